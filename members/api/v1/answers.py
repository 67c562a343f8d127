"""What the members' part of the API answers; only what is named here goes out."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from loyalty.services.rulebook import Rulebook
from loyalty.types import Reason
from members.explanations import told
from members.types import RecordedActivity

Texts = dict[str, str]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an answer."""


class MergeAnswer(Answer, frozen=True, kw_only=True):
    """Two records that are one since `merged_at`; two again since `parted_at`."""

    id: UUID
    member: UUID
    other: UUID
    merged_at: datetime
    parted_at: datetime | None


class AwardReason(Answer, frozen=True, kw_only=True):
    """Why a rule gave its points, or why not; `lines` are places in the basket, from 0."""

    rule: str
    version: int
    outcome: str
    code: str
    points: int
    unit: str
    lines: tuple[int, ...]
    params: dict[str, str]
    name: Texts
    text: Texts


class AwardAnswer(Answer, frozen=True, kw_only=True):
    """What an activity earned; a return takes back, so that its points are below zero.

    `line_points` are in the order of the lines, `pending` is how many of the points are not usable
    yet. `balance` is what the member holds of points, pending ones included, `balances` of each
    unit that it touched, `tiers` the member's tier in each tier set.
    """

    id: UUID
    points: int
    pending: int
    balance: int
    balances: dict[str, int]
    tiers: dict[str, str]
    line_points: tuple[int, ...]
    loose_points: int
    reasons: list[AwardReason]


class FulfilmentAnswer(Answer, frozen=True, kw_only=True):
    """How many points became usable, or will never be."""

    id: UUID
    event: str
    activated: int
    cancelled: int


class BatchResult(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """One item's answer; `status` as its own request would have had it."""

    index: int
    status: int
    id: UUID | None = None
    points: int | None = None
    balance: int | None = None
    line_points: tuple[int, ...] | None = None
    reasons: list[AwardReason] | None = None
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
    """The new member, and the number of their card.

    `complete_url` is for the member alone, as a QR code for instance: there they add their name and
    address and sign in. It works for thirty days, until they do; null once they have.
    """

    id: UUID
    card: str
    joined_at: datetime
    complete_url: str | None


class KnownAnswer(Answer, frozen=True, kw_only=True):
    """Somebody has these identifiers already; nothing was changed, and nothing more is told."""

    id: UUID
    is_known: bool


class IdentifierItem(Answer, frozen=True, kw_only=True):
    """One thing by which the member is found; one that is blocked finds nobody any more."""

    id: int
    identifier: str
    is_virtual: bool
    added_at: datetime | None
    verified_at: datetime | None
    blocked_at: datetime | None


class IdentifiersAnswer(Answer, frozen=True, kw_only=True):
    """All by which the member is or was found, the oldest first; `card` is the card in use."""

    items: list[IdentifierItem]
    card: str


class ExpiringAnswer(Answer, frozen=True, kw_only=True):
    """Points and the last day on which they can be spent."""

    on: date
    points: int


class BalanceAnswer(Answer, frozen=True, kw_only=True):
    """Points that can be spent now and what they are worth; points still pending.

    `held` are set aside for a payment, `owed` are taken off what is earned next; neither is in
    `points`. `units` is what there is of every other unit, pending included.
    """

    points: int
    pending: int
    held: int
    owed: int
    units: dict[str, int]
    worth: Decimal
    currency: str
    expiring: list[ExpiringAnswer]


class TierAnswer(Answer, frozen=True, kw_only=True):
    """The tier of one tier set, empty for none; `ahead` says what keeps it and what is next."""

    tier_set: str
    tier: str
    name: Texts
    until: datetime | None
    is_by_hand: bool
    ahead: dict[str, list[str]]


class MemberAnswer(Answer, frozen=True, kw_only=True):
    """A member of the programme."""

    id: UUID
    given_name: str
    family_name: str
    language: str
    identifiers: list[str]
    joined_at: datetime
    balance: BalanceAnswer
    tiers: list[TierAnswer]


class StatementItem(Answer, frozen=True, kw_only=True):
    """One movement: below zero when points were spent, went back or lapsed.

    With the `activity` for which it was booked, `source` and `external_id` are the activity's: of a
    return those of the sale whose points go back.
    """

    at: datetime
    kind: str
    points: int
    balance: int
    source: str
    external_id: str
    activity: UUID | None
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
    unit: str
    lines: tuple[int, ...]
    params: dict[str, str]
    name: Texts
    text: str
    texts: Texts


class RevisionAnswer(Answer, frozen=True, kw_only=True):
    """From when on an activity was worth something else, and the activity that caused it."""

    at: datetime
    points: int
    cause: UUID
    type: str
    source: str
    external_id: str


class ExplanationAnswer(Answer, frozen=True, kw_only=True):
    """Why these points, and why not more.

    `points` are what it is worth by now, `first_points` and `balance` what was answered when it was
    recorded; `revisions` what lies between.
    """

    id: UUID
    type: str
    source: str
    external_id: str
    occurred_at: datetime
    currency: str
    amount: Decimal
    points: int
    first_points: int
    balance: int
    language: str
    lines: list[ExplainedLine]
    reasons: list[ExplainedReason]
    revisions: list[RevisionAnswer]


def reason_answers(book: Rulebook, reasons: list[Reason] | tuple[Reason, ...]) -> list[AwardReason]:
    """Reasons with their sentences in each language."""
    return [
        AwardReason(
            rule=reason.rule,
            version=reason.version,
            outcome=reason.outcome.value,
            code=reason.code,
            points=reason.points,
            unit=reason.unit,
            lines=reason.lines,
            params=reason.params,
            name=reason.name,
            text=told(book, reason),
        )
        for reason in reasons
    ]


def award_answer(book: Rulebook, recorded: RecordedActivity) -> AwardAnswer:
    """What was recorded, with every reason told."""
    award = recorded.award
    return AwardAnswer(
        id=recorded.id,
        points=award.points,
        pending=recorded.pending,
        balance=recorded.balance,
        balances={"points": recorded.balance, **recorded.balances},
        tiers=recorded.tiers,
        line_points=award.line_points,
        loose_points=award.loose_points,
        reasons=reason_answers(book, award.reasons),
    )
