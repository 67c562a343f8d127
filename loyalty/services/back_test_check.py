"""The live rules replayed: is what is in the books, to the bit, what judging it all again gives?"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import msgspec

from loyalty.earning.history import Deed, History, Judged, judge
from loyalty.earning.ruleset import RuleSet, award
from loyalty.earning.standing import SHARED
from loyalty.services.judging import known_again
from loyalty.services.pasts import Past, archive
from loyalty.services.rule_sets import current_rule_set, rule_set, rule_sets
from loyalty.services.trying_out import assigned_tiers
from loyalty.types import Award, MemberFacts, Outcome

SHOWN = 20
_json = msgspec.json.Encoder(order="sorted").encode


class Difference(NamedTuple):
    """One activity of which the books say something else; both as JSON."""

    activity: str
    what: str  # "facts", "award", "line points", "worth now"
    booked: str
    judged: str


class Checked(NamedTuple):
    """How many activities were compared, how many differ, and the first of them."""

    activities: int
    different: int
    first: list[Difference]


class Folded(NamedTuple):
    """One member's whole history, judged again: by which rule sets, and which holds now."""

    holder: UUID
    history: History
    rules: dict[int, RuleSet]
    current: RuleSet


def check_live_rules(
    *,
    programme_id: int,
    since: datetime,
    until: datetime,
    said: Callable[[], None] = lambda: None,
    folded: Callable[[Folded], None] = lambda _folded: None,
) -> Checked:
    """Judge every member's whole history again, each activity by its own rule set, and compare.

    Compared are the activities from `since` to before `until`: the facts they were judged by, their
    awards and lines, and what they are worth after all that came later. What was given before rule
    sets were kept stands as it was given. `said` is called for every activity, `folded` with every
    member's whole history. Nothing is written; what is recorded meanwhile may look like a
    difference.
    """
    check = _Check(programme_id, since, folded)
    pasts = archive().tell(programme_id, until=until, order="member")
    for holder, told in groupby(pasts, key=attrgetter("holder")):
        check.member(holder, list(told), said)
    return Checked(check.activities, check.different, check.first)


class _Check:
    """The comparison under way."""

    def __init__(
        self, programme_id: int, since: datetime, folded: Callable[[Folded], None]
    ) -> None:
        self.since = since
        self.folded = folded
        self.activities = self.different = 0
        self.first: list[Difference] = []
        self._current = current_rule_set(programme_id=programme_id).pk
        self._assigned = assigned_tiers(programme_id)

    def member(self, holder: UUID, told: list[Past], said: Callable[[], None]) -> None:
        """Compare all that one member did."""
        current = rule_set(self._current)
        rules = rule_sets({past.rule_set or self._current for past in told})
        deeds = [_deed(past, past.rule_set or self._current, rules) for past in told]
        history = judge(
            deeds,
            rule_sets=rules,
            current=current,
            joined_on=told[0].joined_on,
            assigned=self._assigned.get(holder, ()),
        )
        self.folded(Folded(holder, history, rules, current))
        judged = {each.deed.id: each for each in history.judged}
        latest = told[0].id
        for past in told:
            said()
            latest = max(latest, past.id)  # ids are in the order in which things came in
            if past.activity.occurred_at >= self.since:
                came_last = past.id == latest and not past.is_regrouped
                self._compare(past, judged[past.id], rules, came_last=came_last)

    def _compare(
        self, past: Past, judged: Judged, rules: dict[int, RuleSet], *, came_last: bool
    ) -> None:
        self.activities += 1
        if past.original:
            return
        found = list(_differences(past, judged, rules[judged.deed.rule_set]))
        # else what came later has changed the facts, and perhaps no award
        if came_last and past.rule_set:
            found += _different(past, "facts", _own(past.facts), _own(judged.facts))
        self.different += bool(found)
        self.first += found[: SHOWN - len(self.first)]


def _differences(past: Past, judged: Judged, rules: RuleSet) -> Iterator[Difference]:
    first = judged.award
    facts = past.revisions[-1].facts if past.revisions else past.facts
    if judged.facts != past.facts and past.rule_set:
        first = award(rules, past.activity, past.facts)
    yield from _different(past, "award", kept(past.award), kept(first))
    yield from _different(past, "line points", past.line_points, _line_points(past, first))
    shown = kept if judged.facts == facts else _booked
    yield from _different(past, "worth now", shown(past.final), shown(judged.final))


def _different(past: Past, what: str, booked: object, judged: object) -> Iterator[Difference]:
    if booked != judged:
        yield Difference(past.key, what, _json(booked).decode(), _json(judged).decode())


def kept(given: Award) -> Award:
    """The award as an activity keeps it: without what rule set, facts and basket give again."""
    return Award(
        points=given.points,
        line_points=given.line_points,
        loose_points=given.loose_points,
        grants=given.grants,
        uses=given.uses,
        reasons=tuple([each for each in given.reasons if each.outcome is Outcome.APPLIED]),
    )


def _booked(given: Award) -> Award:
    """What of it is in the books: a near miss that came nearer later on books nothing."""
    return msgspec.structs.replace(given, reasons=())


def _line_points(past: Past, given: Award) -> tuple[int, ...]:
    return given.line_points or (0,) * len(past.line_points)


def _deed(past: Past, rule_set_id: int, rules: dict[int, RuleSet]) -> Deed:
    known = past.facts
    if past.rule_set and not past.original:
        known = known_again(rules[rule_set_id], past.activity, known, past.award)
    return Deed(
        id=past.id,
        source=past.source,
        external_id=past.external_id,
        activity=past.activity,
        rule_set=rule_set_id,
        known=known,
        original=past.original,
        returned=past.returned,
        given=None if past.rule_set else past.award,
    )


def _own(facts: MemberFacts) -> MemberFacts:
    """Without the use of limits that members share: it depends on who came first."""
    if not any(key.startswith(SHARED) for key in facts.used):
        return facts
    own = {key: used for key, used in facts.used.items() if not key.startswith(SHARED)}
    return msgspec.structs.replace(facts, used=own)
