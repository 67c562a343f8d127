"""A segment as one statement: each question answered once, for all members together."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.models import Programme
from members.segments.catalogue import Kind, attribute_of
from members.segments.document import All, Except, Question, Tree, Where, questions
from members.services.segments.sources import source_of

Statement = tuple[str, dict[str, Any]]

_WHO = """
    SELECT s.id, s.member_id, s.holder, s.joined_at, s.joined_through, s.joined_location,
           s.joined_campaign, m.language
    FROM members_membership s JOIN members_member m ON m.id = s.member_id
    WHERE s.programme_id = %(programme)s AND m.merged_into_id IS NULL AND m.erased_at IS NULL
"""
FEW = " AND s.id = ANY(%(ids)s)"
SAMPLED = " AND hashint8extended(s.id, 6) & 65535 < %(share)s"
# For this transaction: sums of all members in memory, and what is read here and there is in it too.
AT_LARGE = "SET LOCAL work_mem = '128MB'; SET LOCAL random_page_cost = 1.1"
# Of a million members the first time: more than a page may take.
UNHURRIED = f"{AT_LARGE}; SET LOCAL statement_timeout = 0"
# For a sample of members: what there is of each is looked up.
AT_FEW = f"{AT_LARGE}; SET LOCAL enable_seqscan = off"
_ABSENT = {Kind.YES_NO: "false", Kind.CHOICES: "'{}'::text[]"}


def compile_document(
    tree: Tree,
    programme_id: int,
    at: datetime,
    *,
    membership_ids: Sequence[int] | None = None,
    share: int | None = None,
) -> Statement:
    """One statement that selects the ids of the memberships in it, of those given or of all.

    With `share` it looks at about so many of each 65,536 members, the same ones every time.
    """
    asked = questions(tree)
    head, params = _head(asked, programme_id, at, membership_ids, share)
    places = {question: n for n, question in enumerate(asked)}
    joins = "".join(f" LEFT JOIN q{n} ON q{n}.membership = w.id" for n in places.values())
    holds = _Holding(places, params, at).of(tree)
    return f"{head} SELECT w.id FROM who w{joins} WHERE {holds}", params  # noqa: S608  own words


def compile_questions(
    asked: Sequence[Question], programme_id: int, at: datetime, membership_ids: Sequence[int]
) -> Statement:
    """One statement that selects for each membership its id and the answer to each question."""
    head, params = _head(asked, programme_id, at, membership_ids, None)
    found = [f"{_value(question, n)}" for n, question in enumerate(asked)]
    joins = "".join(f" LEFT JOIN q{n} ON q{n}.membership = w.id" for n in range(len(asked)))
    columns = ", ".join(["w.id", *found])
    return f"{head} SELECT {columns} FROM who w{joins}", params  # noqa: S608  own words


def _head(
    asked: Sequence[Question],
    programme_id: int,
    at: datetime,
    membership_ids: Sequence[int] | None,
    share: int | None,
) -> Statement:
    zone = Programme.objects.values_list("time_zone", flat=True).get(pk=programme_id)
    today = at.astimezone(ZoneInfo(zone)).date()
    params: dict[str, Any] = {"programme": programme_id, "at": at, "zone": zone, "today": today}
    who = _WHO
    if membership_ids is not None:
        who, params["ids"] = who + FEW, list(membership_ids)
    if share is not None:
        who, params["share"] = who + SAMPLED, share
    kept = "NOT MATERIALIZED" if membership_ids is None else "MATERIALIZED"
    parts = [f"who AS {kept} ({who})"]
    for n, question in enumerate(asked):
        text, used = source_of(question, at=at, prefix=f"q{n}_")
        parts.append(f"q{n} (membership, value) AS MATERIALIZED ({text})")
        params |= used
    return f"WITH {', '.join(parts)}", params


def _value(question: Question, place: int) -> str:
    attribute = attribute_of(question.attribute)
    absent = "0" if attribute.counts else _ABSENT.get(attribute.kind)
    return f"coalesce(q{place}.value, {absent})" if absent else f"q{place}.value"


class _Holding:
    """Writes the conditions as one expression that is true or false, never unknown."""

    def __init__(self, places: dict[Question, int], params: dict[str, Any], at: datetime) -> None:
        self.places, self.params, self.at = places, params, at

    def of(self, tree: Tree) -> str:
        if isinstance(tree, Where):
            return self.where(tree)
        if isinstance(tree, Except):
            return f"({self.of(tree.of)} AND NOT {self.of(tree.without)})"
        joint = " AND " if isinstance(tree, All) else " OR "
        return f"({joint.join(self.of(part) for part in tree.parts)})"

    def where(self, where: Where) -> str:
        value = _value(where.question, self.places[where.question])
        if where.operator in ("is_known", "is_unknown"):
            empty = (
                f"cardinality({value}) = 0" if where.kind is Kind.CHOICES else f"{value} IS NULL"
            )
            return f"({empty})" if where.operator == "is_unknown" else f"(NOT ({empty}))"
        said = self._compared(where, value)
        unknown = "true" if where.operator in ("is_not", "none_of") else "false"
        return f"coalesce({said}, {unknown})"

    def _compared(self, where: Where, value: str) -> str:
        if where.operator in ("within_days", "longer_ago"):
            return self._by_age(where, value)
        if where.kind is Kind.MOMENT:
            value = f"({value} AT TIME ZONE %(zone)s)::date"
        if where.operator == "between":
            assert isinstance(where.value, tuple)  # noqa: S101  read_value has seen to it
            first, last = (self._put(each) for each in where.value)
            return f"{value} BETWEEN {first} AND {last}"
        if where.kind is Kind.CHOICES:
            return f"{_NOT[where.operator]}({value} && {self._put(where.value)}::text[])"
        if where.kind is Kind.CHOICE:
            return f"{_NOT[where.operator]}({value} = ANY({self._put(where.value)}::text[]))"
        if where.operator == "contains":
            text = self._put(where.value)
            return f'strpos(lower({value} COLLATE "C"), lower({text}::text COLLATE "C")) > 0'
        return f"{value} {_SIGNS[where.operator]} {self._put(where.value)}"

    def _by_age(self, where: Where, value: str) -> str:
        assert isinstance(where.value, int)  # noqa: S101  read_value has seen to it
        now: date | datetime = self.params["today"] if where.kind is Kind.DATE else self.at
        since, until = self._put(now - timedelta(days=where.value)), self._put(now)
        if where.operator == "within_days":
            return f"{value} BETWEEN {since} AND {until}"
        return f"{value} < {since}"

    def _put(self, value: Any) -> str:
        name = f"v{len(self.params)}"
        self.params[name] = list(value) if isinstance(value, tuple) else value
        return f"%({name})s"


_NOT = {"one_of": "", "none_of": "NOT "}
_SIGNS = {
    "at_least": ">=",
    "at_most": "<=",
    "is": "=",
    "is_not": "<>",
    "before": "<",
    "after": ">",
}
