"""Why an activity is worth what it is: judged again by what it was judged by, and told in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loyalty.services import judging
from loyalty.services.earning import Audience, explained
from loyalty.services.rule_sets import rule_set
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.types import Award, Language, Reason, Words
from members.errors import ActivityUnknown
from members.models import Activity, ActivityLine, ActivityRevision
from members.past import Past, history_of
from members.wording import told_of_ours


@dataclass(frozen=True)
class ToldReason:
    """A rule's reason, in words: `text` in the language asked for, `texts` in each."""

    reason: Reason
    text: str
    texts: Words


@dataclass(frozen=True)
class ToldRevision:
    """A change of what the activity is worth, and what caused it: a return, something late."""

    number: int
    points: int
    cause: Activity
    recorded_at: datetime


@dataclass(frozen=True)
class Explanation:
    """An activity, what it is worth by now, and every rule's reason.

    `line_points` are those of the lines now; `revisions` how it came to be worth something else
    than the activity's own `points`.
    """

    activity: Activity
    lines: list[ActivityLine]
    line_points: Sequence[int]
    currency: str
    award: Award
    reasons: list[ToldReason]
    revisions: list[ToldRevision]

    @property
    def points(self) -> int:
        """What it is worth by now."""
        return self.award.points


def explanation(
    activity_id: UUID,
    language: Language,
    *,
    programme_id: int | None = None,
    audience: Audience = "member",
) -> Explanation:
    """Why the activity gave its points and why not more, rule by rule, in sentences.

    It is judged again by the rule set and the facts that it was judged by, over what is kept of it;
    so it tells what is booked, whatever has changed since. Raises ActivityUnknown, also when it is
    of another programme than the one asked for.
    """
    activity = Activity.objects.filter(pk=activity_id).first()
    if activity is None or programme_id not in (None, activity.programme_id):
        raise ActivityUnknown("There is no such activity.")
    book = current_rulebook(programme_id=activity.programme_id)
    award = judged_award(activity, book)
    lines = list(ActivityLine.objects.filter(activity=activity).order_by("number"))
    earned = award.line_points if len(award.line_points) == len(lines) else ()
    return Explanation(
        activity=activity,
        lines=lines,
        line_points=earned or [line.points for line in lines],
        currency=book.currency,
        award=award,
        reasons=[
            ToldReason(reason=reason, text=said[language], texts=said)
            for reason in award.reasons
            for said in [told(book, reason, audience=audience)]
        ],
        revisions=_revisions(activity),
    )


def told(book: Rulebook, reason: Reason, *, audience: Audience = "member") -> Words:
    """The reason in a sentence, in each language; the engine's and those of returns."""
    return told_of_ours(reason) or explained(book, reason, audience=audience)


def judged_award(activity: Activity, book: Rulebook) -> Award:
    """What the activity is worth by now, with the reasons of all rules."""
    returns = Activity.objects.filter(
        programme_id=activity.programme_id,
        membership_id=activity.membership_id,
        original=f"{activity.source}:{activity.external_id}",
    ).values_list("pk", flat=True)
    past = {
        one.deed.id: one
        for one in history_of(activity.membership_id, book, only=[activity.pk, *returns])
    }
    mine = past.pop(activity.pk)
    if activity.rule_set_id is None or mine.deed.original:
        return mine.award
    return _worth(mine, list(past.values()))


def _worth(mine: Past, returns: Sequence[Past]) -> Award:
    rules = rule_set(mine.deed.rule_set)
    whole = judging.award_again(rules, mine.deed.activity, mine.facts)
    if not mine.number or not returns:
        return whole
    _kept, worth = judging.judge_return(
        rules,
        sale=mine.deed.activity,
        facts=mine.facts,
        given=whole,
        returns=[one.deed.returned for one in returns],
    )
    return worth


def _revisions(activity: Activity) -> list[ToldRevision]:
    revisions = list(ActivityRevision.objects.filter(activity=activity).order_by("number"))
    causes = Activity.objects.in_bulk([revision.cause for revision in revisions])
    return [
        ToldRevision(
            number=revision.number,
            points=revision.points,
            cause=causes[revision.cause],
            recorded_at=revision.recorded_at,
        )
        for revision in revisions
        if revision.cause in causes
    ]
