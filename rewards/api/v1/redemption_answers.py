"""What is answered about a redemption: never an address, and codes for the member's eyes alone."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from rewards.codes import code_of
from rewards.kinds import Proof, proof_of, read_terms
from rewards.models import Fulfilment, Redemption, Voucher


class VoucherIssued(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The voucher to hand in; the code is for the member's eyes."""

    id: UUID
    expires_at: datetime
    code: str = ""


class DeliveryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How it is delivered, and how far that is."""

    way: str
    state: str
    location: str
    carrier: str
    tracking: str
    booked_for: datetime | None


class StepAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One step, by the name of the state that it led to, or of what staff did."""

    name: str
    at: datetime
    params: dict[str, Any]


class RedemptionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken or set aside, and the balance right after it was paid.

    `balance` is null until then, `expires_at` when nothing was set aside. `money` is to be paid at
    the till, `worth` what it is worth there. `voucher` and `delivery` are null for what has none.
    """

    id: UUID
    reward: str
    state: str
    points: int
    money: Decimal
    worth: Decimal | None
    balance: int | None
    redeemed_at: datetime
    expires_at: datetime | None
    undo_until: datetime | None
    voucher: VoucherIssued | None
    delivery: DeliveryAnswer | None


class StoryAnswer(RedemptionAnswer, frozen=True, kw_only=True):
    """A redemption with its steps, the first one first."""

    steps: list[StepAnswer]


def answered(redemption: Redemption, *, with_steps: bool = False) -> dict[str, Any]:
    """The answer as it may be kept: without codes."""
    proof = proof_of(read_terms(redemption.reward.kind, redemption.reward.terms))
    voucher: Voucher | None = None
    delivery: Fulfilment | None = None
    if proof is Proof.VOUCHER:
        voucher = getattr(redemption, "voucher", None)
    elif proof is Proof.DELIVERY:
        delivery = getattr(redemption, "fulfilment", None)
    said: dict[str, Any] = {
        "id": redemption.pk,
        "reward": redemption.reward.key,
        "state": redemption.state,
        "points": redemption.points,
        "money": Decimal(redemption.money),
        "worth": redemption.worth,
        "balance": redemption.balance_after,
        "redeemed_at": redemption.redeemed_at,
        "expires_at": redemption.expires_at,
        "undo_until": redemption.undo_until,
        "voucher": VoucherIssued(id=voucher.pk, expires_at=voucher.expires_at) if voucher else None,
        "delivery": _delivery(delivery) if delivery else None,
    }
    if with_steps:
        steps = redemption.steps.order_by("number")
        said["steps"] = [
            StepAnswer(name=step.name, at=step.at, params=step.params) for step in steps
        ]
    shape = StoryAnswer if with_steps else RedemptionAnswer
    body: dict[str, Any] = msgspec.to_builtins(shape(**said))
    return body


def told(body: dict[str, Any]) -> dict[str, Any]:
    """The answer as kept, and the code, which is never kept but made again."""
    voucher = body["voucher"]
    if voucher is None or body["state"] in ("CANCELLED", "RETURNED"):
        return body
    return body | {"voucher": voucher | {"code": code_of(UUID(voucher["id"]))}}


def _delivery(delivery: Fulfilment) -> DeliveryAnswer:
    return DeliveryAnswer(
        way=delivery.way,
        state=delivery.state,
        location=delivery.location,
        carrier=delivery.carrier,
        tracking=delivery.tracking,
        booked_for=delivery.booked_for,
    )
