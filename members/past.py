"""What a member did, as it is recorded: the deeds of their history, and what is booked for each."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from loyalty.services import judging
from loyalty.services.judging import Deed, Returned, ReturnedLine
from loyalty.services.rule_sets import rule_set
from loyalty.services.rulebook import Rulebook
from loyalty.types import Activity, Award, Grant, Line, LineKind, MemberFacts, Terms
from members.types import KeptAward, Key, ReturnedPart, RevisedAward

Slot = tuple[str, Terms]  # a unit on some terms: what one grant is of

_PAST = """
SELECT a.id, a.source, a.external_id, a.type, a.occurred_at, a.channel, a.location, a.amount,
    a.tender, a.points_paid, a.attributes::text, a.original, a.rule_set_id, a.fingerprint,
    a.facts::text, a.award::text, r.number, r.award::text,
    r.facts::text,
    (SELECT json_agg(json_build_array(l.product, l.category, l.brand, l.quantity::text,
                                      l.amount::text, l.kind, l.of_line) ORDER BY l.number)::text
     FROM members_activityline l WHERE l.activity_id = a.id)
FROM members_activity a
LEFT JOIN LATERAL (
    SELECT number, facts, award FROM members_activityrevision
    WHERE activity_id = a.id ORDER BY number DESC LIMIT 1) r ON true
WHERE a.membership_id = %(membership)s AND (%(ids)s::uuid[] IS NULL OR a.id = ANY (%(ids)s))
ORDER BY a.id
"""


class _Line(NamedTuple):
    product: str
    category: str
    brand: str
    quantity: Decimal
    amount: Decimal
    kind: LineKind
    of_line: int | None


class _Row(NamedTuple):
    id: UUID
    source: str
    external_id: str
    type: str
    occurred_at: datetime
    channel: str
    location: str
    amount: Decimal
    tender: Decimal
    points_paid: int
    attributes: str
    original: str
    rule_set: int | None
    fingerprint: str
    facts: str
    award: str
    revision: int | None
    revised: str | None
    revised_facts: str | None
    lines: str | None


_lines = msgspec.json.Decoder(tuple[_Line, ...]).decode
_attributes = msgspec.json.Decoder(dict[str, str]).decode
_facts = msgspec.json.Decoder(MemberFacts).decode
_kept = msgspec.json.Decoder(KeptAward).decode
_revised = msgspec.json.Decoder(RevisedAward).decode


class Past(NamedTuple):
    """An activity that is recorded, as a deed, and what is booked for it by now.

    `award` is what it was given at first; `facts` and `worth` are those of its latest revision, of
    which `number` is that, 0 without any. `transfers` are the keys of what was granted, by unit and
    terms.
    """

    deed: Deed
    fingerprint: str
    points_paid: int
    facts: MemberFacts
    award: Award
    number: int
    worth: Award
    restored: int
    further: dict[str, Grant]
    transfers: dict[Slot, list[Key]]


def history_of(
    membership_id: int, book: Rulebook, *, only: Collection[UUID] | None = None
) -> Iterator[Past]:
    """All that the member did, as it is recorded; or only these activities."""
    wanted = {"membership": membership_id, "ids": None if only is None else list(only)}
    with connection.cursor() as cursor:
        cursor.execute(_PAST, wanted)
        rows = [_Row._make(row) for row in cursor.fetchall()]
    for row in rows:
        yield _past(row, book)


def deeds_of(membership_id: int, book: Rulebook) -> list[Deed]:
    """All that the member did, ready to be judged."""
    return [one.deed for one in history_of(membership_id, book)]


# --- What is recorded --------------------------------------------------------------------------


def _past(row: _Row, book: Rulebook) -> Past:
    facts, award = _facts(row.facts), _kept(row.award)
    last_facts = _facts(row.revised_facts) if row.revised_facts else facts
    revised = _revised(row.revised) if row.revised else None
    worth: Award = revised or award
    return Past(
        deed=_deed(row, book, facts, award),
        fingerprint=row.fingerprint,
        points_paid=row.points_paid,
        facts=last_facts,
        award=award,
        number=row.revision or 0,
        worth=worth,
        restored=revised.restored if revised else 0,
        further=revised.further if revised else {},
        transfers=_transfers(row, award, revised),
    )


def _deed(row: _Row, book: Rulebook, facts: MemberFacts, award: Award) -> Deed:
    lines = _lines(row.lines) if row.lines else ()
    activity = Activity(
        type=row.type,
        occurred_at=row.occurred_at,
        channel=row.channel,
        location=row.location,
        lines=() if row.original else tuple([_line(line) for line in lines]),
        amount=row.amount,
        tender=row.tender,
        attributes=_attributes(row.attributes),
    )
    parts = [ReturnedPart(line.of_line or 0, line.quantity, line.amount) for line in lines]
    return Deed(
        id=row.id,
        source=row.source,
        external_id=row.external_id,
        activity=activity,
        rule_set=row.rule_set or book.rule_set_id,
        known=_known(row, activity, facts, award),
        original=row.original,
        returned=returned_of(parts) if row.original else (),
        # from before rule sets were kept: what it was given stands
        given=None if row.rule_set else with_grants(award),
    )


def _known(row: _Row, activity: Activity, facts: MemberFacts, award: Award) -> MemberFacts:
    if row.rule_set is None or row.original:
        return facts
    return judging.known_again(rule_set(row.rule_set), activity, facts, award)


def with_grants(award: Award) -> Award:
    """The award with its points as a grant, when it is from before there were any."""
    return msgspec.structs.replace(award, grants=judging.grants_of(award))


def returned_of(parts: Iterable[ReturnedPart]) -> Returned:
    """The parts of a sale that came back, as the history judges them."""
    return tuple(
        [
            ReturnedLine(
                line=part.line - 1 if part.line else None,
                quantity=part.quantity,
                amount=part.amount or None,
            )
            for part in parts
        ]
    )


def _transfers(row: _Row, award: Award, revised: RevisedAward | None) -> dict[Slot, list[Key]]:
    if row.rule_set is None:
        return {("points", Terms()): [(f"activity:{row.source}", row.external_id)]}
    return transfers_of(row.id, award.grants, revised.further if revised else {})


def transfers_of(
    activity: UUID, grants: Sequence[Grant], further: dict[str, Grant]
) -> dict[Slot, list[Key]]:
    """The keys of the transfers by which an activity granted, by unit and terms."""
    keys: dict[Slot, list[Key]] = {}
    numbered = {str(n): grant for n, grant in enumerate(grants, 1)}
    for suffix, grant in (numbered | further).items():
        keys.setdefault((grant.unit, grant.terms), []).append(("activity", f"{activity}:{suffix}"))
    return keys


def _line(line: _Line) -> Line:
    return Line(
        product=line.product,
        amount=line.amount,
        category=line.category,
        brand=line.brand,
        quantity=line.quantity,
        kind=line.kind,
    )
