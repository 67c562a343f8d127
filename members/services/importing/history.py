"""Lines that are what members did: those of one receipt together, through the door of all batches."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from loyalty.errors import DomainError
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.identifiers import ParsedIdentifier
from members.models import ImportRow
from members.services.activities import record_activities
from members.services.importing import values
from members.services.importing.balances import placed
from members.services.importing.members import refused
from members.services.importing.owners import Holding, Job, Taken, holdings_of, owners_of
from members.services.importing.reading import Line
from members.services.importing.refused import LineRefused, refused_by
from members.services.submissions import EARLIEST
from members.types import ActivitySubmission, RecordedActivity

State = ImportRow.Outcome
SOURCE = "import"
PURCHASE = "purchase"
PAST = "past_"  # before the type of what is told without points: no rule is about it
MOST_LINES = 500
_CLOCKS_DIFFER_BY = timedelta(minutes=5)
_OF_RECEIPT = ("occurred_at", "amount", "channel", "location", "source", "type")


class _Receipt(NamedTuple):
    lines: list[Line]
    keys: list[ParsedIdentifier]
    said: dict[str, Any]


def take_history(job: Job, lines: Sequence[Line]) -> list[Taken]:
    """Record what is not recorded yet; what is refused harms no other."""
    book = current_rulebook(programme_id=job.programme_id)
    taken: dict[int, Taken] = {}
    receipts: list[_Receipt] = []
    for group in receipts_of(job, lines):
        try:
            receipts.append(_receipt(job, book, group))
        except LineRefused as refusal:
            _tell(group, refused(group[0].number, refusal), taken)
    _record(job, book, receipts, taken)
    return [taken[line.number] for line in lines]


def receipts_of(job: Job, lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of each receipt: those that follow each other and say the same number and source."""

    def name(line: Line) -> tuple[str, ...]:
        number = job.layout.said(line, "external_id")
        return (number, job.layout.said(line, "source"), "" if number else str(line.number))

    for _name, group in groupby(lines, name):
        yield list(group)


def _tell(group: Sequence[Line], first: Taken, taken: dict[int, Taken]) -> None:
    """What became of a receipt became of each of its lines."""
    for line in group:
        taken[line.number] = first._replace(number=line.number)


def _record(job: Job, book: Rulebook, receipts: list[_Receipt], taken: dict[int, Taken]) -> None:
    owners = owners_of(key for each in receipts for key in each.keys)
    members = {owner.member_id for owner in owners.values() if owner.member_id}
    places = holdings_of(job.programme_id, members)
    told: list[tuple[_Receipt, Holding, ActivitySubmission]] = []
    for each in receipts:
        try:
            member, place = placed(each.keys, owners, places)
            submission = _submission(each, member)
            if not _was_seen(job, each, submission, place, taken):
                told.append((each, place, submission))
        except LineRefused as refusal:
            _tell(each.lines, refused(each.lines[0].number, refusal), taken)
    answers = record_activities(
        book=book,
        submissions=[submission for _, _, submission in told],
        actor=job.actor,
        at=job.at,
        tells_all=False,
    )
    for (each, place, submission), answer in zip(told, answers, strict=True):
        _tell(each.lines, _answered(each, place, answer), taken)
        if job.seen is not None and isinstance(answer, RecordedActivity):
            job.seen.add([(_name(submission), _content(submission))])


def _answered(each: _Receipt, place: Holding, answer: RecordedActivity | DomainError) -> Taken:
    number = each.lines[0].number
    if isinstance(answer, DomainError):
        return refused(number, refused_by(answer))
    outcome = State.KNOWN if answer.is_replay else State.NEW
    return Taken(number, outcome, place.membership_id, made=str(answer.id))


def _was_seen(
    job: Job,
    each: _Receipt,
    submission: ActivitySubmission,
    place: Holding,
    taken: dict[int, Taken],
) -> bool:
    """Whether a line that was tried before says this receipt; then it has its answer."""
    before = job.seen.get(_name(submission)) if job.seen is not None else ""
    if not before:
        return False
    if before != _content(submission):
        raise LineRefused("key_conflict", field="external_id")
    _tell(each.lines, Taken(each.lines[0].number, State.KNOWN, place.membership_id), taken)
    return True


def _name(submission: ActivitySubmission) -> str:
    return f"{submission.source}:{submission.external_id}"


def _content(submission: ActivitySubmission) -> str:
    return msgspec.json.encode(submission).decode()


# --- What the lines say --------------------------------------------------------------------------


def _receipt(job: Job, book: Rulebook, group: list[Line]) -> _Receipt:
    layout, first = job.layout, group[0]
    if len(group) > MOST_LINES:
        raise LineRefused("receipt_too_long", MOST_LINES, field="external_id")
    for line in group:
        layout.check(line)
        for field in (*_OF_RECEIPT, *layout.identifiers):
            if layout.said(line, field) != layout.said(first, field):
                raise LineRefused("receipt_differs", layout.said(line, field)[:40], field=field)
    kind = layout.said(first, "type").lower() or PURCHASE
    said: dict[str, Any] = {
        "type": f"{PAST}{kind}" if layout.said(first, "without_points") else kind,
        "external_id": layout.needed(first, "external_id"),
        "occurred_at": _moment(job, book, first),
        "source": layout.said(first, "source") or SOURCE,
        "channel": layout.said(first, "channel"),
        "location": layout.said(first, "location"),
    }
    if "product" in layout.places:
        said["lines"] = [_line(job, line) for line in group]
    elif len(group) > 1 and "amount" in layout.places:
        raise LineRefused("receipt_differs", layout.said(first, "external_id"), field="amount")
    elif amount := layout.said(first, "amount"):
        said["amount"] = str(_amount(amount, "amount"))
    return _Receipt(group, layout.keys(first), said)


def _moment(job: Job, book: Rulebook, line: Line) -> Any:
    said = job.layout.needed(line, "occurred_at")
    at = values.moment(said, book.zone, "occurred_at")
    if at > job.at + _CLOCKS_DIFFER_BY:
        raise LineRefused("date_ahead", said[:40], field="occurred_at")
    if at < EARLIEST:
        raise LineRefused("date_too_early", said[:40], field="occurred_at")
    return at


def _line(job: Job, line: Line) -> dict[str, Any]:
    layout = job.layout
    found: dict[str, Any] = {
        "product": layout.needed(line, "product"),
        "amount": str(_amount(layout.needed(line, "line_amount"), "line_amount")),
        "category": layout.said(line, "category"),
        "brand": layout.said(line, "brand"),
    }
    if quantity := layout.said(line, "quantity"):
        found["quantity"] = str(values.number(quantity, "quantity"))
    return found


def _amount(said: str, field: str) -> Decimal:
    return values.number(said, field)


def _submission(each: _Receipt, member: UUID) -> ActivitySubmission:
    try:
        return msgspec.convert({**each.said, "member": str(member)}, ActivitySubmission)
    except msgspec.ValidationError as invalid:
        problem, _, path = str(invalid).partition(" - at `$.")
        raise LineRefused("invalid", problem, field=path.rstrip("`")) from invalid
