"""What the members' part of the API answers; only what is named here goes out."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from loyalty.services.earning import explained
from loyalty.services.rulebook import Rulebook
from loyalty.types import Reason
from members.types import RecordedActivity

Texts = dict[str, str]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an answer."""


class AwardReason(Answer, frozen=True, kw_only=True):
    """Why a rule gave its points, or why not; `lines` are places in the basket, from 0."""

    rule: str
    version: int
    outcome: str
    code: str
    points: int
    lines: tuple[int, ...]
    params: dict[str, str]
    name: Texts
    text: Texts


class AwardAnswer(Answer, frozen=True, kw_only=True):
    """What an activity earned. `line_points` are in the order of the lines."""

    id: UUID
    points: int
    balance: int
    line_points: tuple[int, ...]
    loose_points: int
    reasons: list[AwardReason]


class BatchResult(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """One item's answer; `status` as its own request would have had it."""

    index: int
    status: int
    id: UUID | None = None
    points: int | None = None
    balance: int | None = None
    line_points: tuple[int, ...] | None = None
    code: str = ""
    detail: str = ""
    field: str = ""


class BatchAnswer(Answer, frozen=True, kw_only=True):
    """An answer per item, in the order sent."""

    recorded: int
    replayed: int
    refused: int
    results: list[BatchResult]


class EnrolledAnswer(Answer, frozen=True, kw_only=True):
    """The new member, and the number of their card."""

    id: UUID
    card: str
    joined_at: datetime


class ExpiringAnswer(Answer, frozen=True, kw_only=True):
    """Points and the last day on which they can be spent."""

    on: date
    points: int


class BalanceAnswer(Answer, frozen=True, kw_only=True):
    """Points usable now, points still pending, and what the usable ones are worth."""

    points: int
    pending: int
    worth: Decimal
    currency: str
    expiring: list[ExpiringAnswer]


class MemberAnswer(Answer, frozen=True, kw_only=True):
    """A member of the programme."""

    id: UUID
    given_name: str
    family_name: str
    language: str
    identifiers: list[str]
    joined_at: datetime
    balance: BalanceAnswer


class StatementItem(Answer, frozen=True, kw_only=True):
    """One movement: below zero when points were spent or lapsed."""

    at: datetime
    kind: str
    points: int
    balance: int
    source: str
    external_id: str
    reasons: list[AwardReason]


class StatementAnswer(Answer, frozen=True, kw_only=True):
    """The last booked first; `next` is the cursor of the page after, null at the end."""

    items: list[StatementItem]
    next: str | None


class TimelineItem(Answer, frozen=True, kw_only=True):
    """Something that happened to the member."""

    at: datetime
    name: str
    payload: dict[str, Any]


class TimelineAnswer(Answer, frozen=True, kw_only=True):
    """The latest first; `next` is the cursor of the page after, null at the end."""

    items: list[TimelineItem]
    next: str | None


class ExplainedLine(Answer, frozen=True, kw_only=True):
    """A line of the basket and the points it earned."""

    product: str
    category: str
    brand: str
    quantity: Decimal
    amount: Decimal
    points: int


class ExplainedReason(Answer, frozen=True, kw_only=True):
    """A rule's reason; `text` in the language of the answer, `texts` in each."""

    rule: str
    version: int
    outcome: str
    code: str
    points: int
    lines: tuple[int, ...]
    params: dict[str, str]
    name: Texts
    text: str
    texts: Texts


class ExplanationAnswer(Answer, frozen=True, kw_only=True):
    """Why these points, and why not more."""

    id: UUID
    type: str
    source: str
    external_id: str
    occurred_at: datetime
    currency: str
    amount: Decimal
    points: int
    balance: int
    language: str
    lines: list[ExplainedLine]
    reasons: list[ExplainedReason]


def reason_answers(book: Rulebook, reasons: list[Reason] | tuple[Reason, ...]) -> list[AwardReason]:
    """Reasons with their sentences in each language."""
    return [
        AwardReason(
            rule=reason.rule,
            version=reason.version,
            outcome=reason.outcome.value,
            code=reason.code,
            points=reason.points,
            lines=reason.lines,
            params=reason.params,
            name=reason.name,
            text=explained(book, reason),
        )
        for reason in reasons
    ]


def award_answer(book: Rulebook, recorded: RecordedActivity) -> AwardAnswer:
    """What was recorded, with every reason told."""
    award = recorded.award
    return AwardAnswer(
        id=recorded.id,
        points=award.points,
        balance=recorded.balance,
        line_points=award.line_points,
        loose_points=award.loose_points,
        reasons=reason_answers(book, award.reasons),
    )
