"""Had, and had no more: the end of what was taken."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from rewards.events import RedemptionFulfilled, RedemptionReopened
from rewards.models import Fulfilment, Redemption
from rewards.redeeming import Step, state_after
from rewards.services.redemption.steps import alone, say, write_step

State = Redemption.State


@transaction.atomic
def fulfil_redemption(
    *, redemption_id: UUID, actor: str, at: datetime, params: Mapping[str, Any] | None = None
) -> Redemption:
    """Say that the member has what they took; again changes nothing.

    `params` are told to the member: where, by whom it was sent; no address. Raises NotFound and
    WrongStep for what is not paid, or went back.
    """
    redemption = alone(redemption_id)
    if redemption.state == State.FULFILLED:
        return redemption
    redemption.state = state_after(redemption.state, Step.FULFIL)
    redemption.save(update_fields=["state"])
    waiting = Fulfilment.objects.filter(redemption=redemption).exclude(state="DONE")
    waiting.update(state=Fulfilment.State.DONE, done_at=at, done_by=actor)
    write_step(redemption, State.FULFILLED, actor=actor, at=at, params=params)
    say(RedemptionFulfilled, redemption, at=at)
    return redemption


@transaction.atomic
def reopen_redemption(*, redemption_id: UUID, actor: str, at: datetime) -> Redemption:
    """Undo that the member has it: the use of its voucher was rolled back. Again changes nothing.

    Raises NotFound and WrongStep.
    """
    redemption = alone(redemption_id)
    if redemption.state == State.CAPTURED:
        return redemption
    redemption.state = state_after(redemption.state, Step.REOPEN)
    redemption.save(update_fields=["state"])
    write_step(redemption, Step.REOPEN, actor=actor, at=at)
    say(RedemptionReopened, redemption, at=at)
    return redemption
