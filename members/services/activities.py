"""What members do, recorded and rewarded: the way of every purchase, alone or by the thousand."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import uuid_utils.compat
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from loyalty.errors import AccountClosed, DomainError, KeyConflict
from loyalty.services import earning
from loyalty.services.rulebook import Rulebook
from loyalty.types import Award, MemberFacts, Outcome, Reason
from members.errors import MemberUnknown
from members.selectors import holders_by_identifier
from members.services.submissions import check_submission, fingerprint_of
from members.types import ActivitySubmission, Holder, RecordedActivity

CHUNK = 500  # activities in one transaction
_ATTEMPTS = 3
_RECORD = "SELECT * FROM members_record_activities(%s::jsonb, %s, %s, %s)"

_encode = msgspec.json.Encoder().encode
_awards = msgspec.json.Decoder(Award)


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    """One activity as members_record_activities takes it; `n` is its place in the answer."""

    n: int
    id: UUID
    membership: int
    holder: UUID
    account: int
    type: str
    source: str
    external_id: str
    fingerprint: str
    occurred_at: datetime
    channel: str
    location: str
    amount: Decimal
    points: int
    expires_at: datetime | None
    award: Award
    reasons: list[Reason]
    lines: list[tuple[str, str, str, Decimal, Decimal, int]]


class _Row(NamedTuple):
    """What members_record_activities answers; the award only for a repetition."""

    n: int
    outcome: str
    activity: UUID
    points: int
    balance: int
    award: str | None


def record_activity(
    *, book: Rulebook, submission: ActivitySubmission, actor: str, at: datetime
) -> RecordedActivity:
    """Keep what a member did, book what it earns, and say so; all or nothing.

    The same (source, external_id) with the same content gives the first answer again. Raises
    InvalidRequest with the field that is wrong, MemberUnknown, AccountClosed, and KeyConflict when
    the key was used for another activity.
    """
    answer = record_activities(book=book, submissions=[submission], actor=actor, at=at)[0]
    if isinstance(answer, DomainError):
        raise answer
    return answer


def record_activities(
    *, book: Rulebook, submissions: Sequence[ActivitySubmission], actor: str, at: datetime
) -> list[RecordedActivity | DomainError]:
    """As `record_activity` for each, in the order given; what is refused harms no other.

    Outside a transaction every CHUNK is one of its own: after an interruption, send all of it
    again, and what was recorded is answered as a repetition.
    """
    answers: list[RecordedActivity | DomainError] = []
    for start in range(0, len(submissions), CHUNK):
        answers += _record_chunk(book, submissions[start : start + CHUNK], actor, at)
    return answers


def preview_award(*, book: Rulebook, submission: ActivitySubmission, at: datetime) -> Award:
    """What the activity would earn now; nothing is kept. Without a member: what anybody would.

    Raises InvalidRequest and MemberUnknown as `record_activity`.
    """
    activity = check_submission(submission, book=book, at=at)
    facts = MemberFacts()
    if submission.member:
        holders = holders_by_identifier(book.programme_id, book.unit_id, [submission.member])
        facts = _facts(book, _found(holders[submission.member]))
    return earning.award(book=book, activity=activity, facts=facts)


def _record_chunk(
    book: Rulebook, submissions: Sequence[ActivitySubmission], actor: str, at: datetime
) -> list[RecordedActivity | DomainError]:
    holders = holders_by_identifier(
        book.programme_id, book.unit_id, {submission.member for submission in submissions}
    )
    answers: dict[int, RecordedActivity | DomainError] = {}
    items: list[_Item] = []
    for n, submission in enumerate(submissions):
        try:
            holder = _found(holders[submission.member])
            items.append(_item(book, n, submission, holder, actor=actor, at=at))
        except DomainError as refusal:
            answers[n] = refusal
    if items:
        # always in this order, so that two batches with the same members wait and do not deadlock
        items.sort(key=lambda item: item.account)
        answers |= _written(book, items, actor, at)
    return [answers[n] for n in range(len(submissions))]


def _found(holder: Holder | DomainError | None) -> Holder:
    if isinstance(holder, DomainError):
        raise holder
    if holder is None:
        raise MemberUnknown("No member has this identifier.", field="member")
    return holder


def _facts(book: Rulebook, holder: Holder) -> MemberFacts:
    return MemberFacts(joined_on=holder.joined_at.astimezone(book.zone).date())


def _item(
    book: Rulebook,
    n: int,
    submission: ActivitySubmission,
    holder: Holder,
    *,
    actor: str,
    at: datetime,
) -> _Item:
    activity = check_submission(submission, book=book, at=at)
    award = earning.award(book=book, activity=activity, facts=_facts(book, holder))
    points = award.line_points or (0,) * len(activity.lines)
    return _Item(
        n=n,
        id=uuid_utils.compat.uuid7(),
        membership=holder.membership_id,
        holder=holder.holder,
        account=holder.account_id,
        type=activity.type,
        source=submission.source or actor.removeprefix("api:"),
        external_id=submission.external_id,
        fingerprint=fingerprint_of(book, holder, activity),
        occurred_at=activity.occurred_at,
        channel=activity.channel,
        location=activity.location,
        amount=activity.amount,
        points=award.points,
        expires_at=earning.expires_at(book, activity.occurred_at),
        award=award,
        reasons=[reason for reason in award.reasons if reason.outcome is Outcome.APPLIED],
        lines=[
            (line.product, line.category, line.brand, line.quantity, line.amount, earned)
            for line, earned in zip(activity.lines, points, strict=True)
        ],
    )


def _written(
    book: Rulebook, items: list[_Item], actor: str, at: datetime
) -> dict[int, RecordedActivity | DomainError]:
    by_number = {item.n: item for item in items}
    rows = _call([_encode(items).decode(), book.issuance_account, actor, at])
    return {row.n: _answer(by_number[row.n], row) for row in rows}


def _call(arguments: Sequence[Any]) -> list[_Row]:
    """Run the database function; tried again when two callers crossed each other's keys."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with connection.cursor() as cursor:
                cursor.execute(_RECORD, arguments)
                return [_Row(*row) for row in cursor.fetchall()]
        except OperationalError as error:
            crossed = isinstance(error.__cause__, DeadlockDetected)
            if not crossed or connection.in_atomic_block or attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _answer(item: _Item, row: _Row) -> RecordedActivity | DomainError:
    if row.outcome == "CLOSED":
        return AccountClosed("The member's account is closed.", field="member")
    if row.outcome == "CONFLICT":
        return KeyConflict(
            f"{item.source}:{item.external_id} was used before for a different activity.",
            field="external_id",
        )
    return RecordedActivity(
        id=row.activity,
        award=_awards.decode(row.award) if row.award else item.award,
        balance=row.balance,
        is_replay=row.outcome == "REPLAYED",
    )
