"""What was set aside, paid."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty.errors import HoldEnded, InvalidRequest
from rewards.kinds import Tender, Terms, check_tender, read_terms, tender_worth
from rewards.models import Fulfilment, Redemption
from rewards.redeeming import PAID, Step, state_after
from rewards.services.redemption.issuing import (
    hand_out_code,
    rows_when_paid,
    say_paid,
    state_when_paid,
    undo_end,
    voucher_of,
)
from rewards.services.redemption.paying import pay_from_hold
from rewards.services.redemption.steps import locked
from rewards.services.redemption.storing import store


@transaction.atomic
def capture_redemption(
    *, redemption_id: UUID, actor: str, at: datetime, points: int | None = None
) -> Redemption:
    """Pay what was set aside, and hand out what was taken; of points as money, up to what was held.

    The same again gives the same redemption. Raises NotFound, HoldEnded when the term is over,
    WrongStep, and InvalidRequest for other points than it costs.
    """
    redemption = locked(redemption_id)
    if redemption.state in PAID and points in (None, redemption.points):
        return redemption
    state_after(redemption.state, Step.CAPTURE)
    if redemption.expires_at is None or redemption.expires_at <= at:
        raise HoldEnded("It was not finished in time: what was set aside is free again.")
    terms = read_terms(redemption.reward.kind, redemption.reward.terms)
    if points is not None and points != redemption.points:
        _take_less(redemption, terms, points)
    pay_from_hold(redemption, actor=actor, at=at)
    redemption.state = state_when_paid(terms)
    redemption.undo_until = undo_end(redemption, at)
    redemption.save(
        update_fields=["state", "points", "worth", "balance_after", "undo_until"],
    )
    voucher = voucher_of(redemption, terms, at=at)
    store(rows_when_paid(redemption, voucher, first=2, actor=actor, at=at))
    waiting = Fulfilment.objects.filter(redemption=redemption)
    waiting.update(state=Fulfilment.State.TO_DO, asked_at=at)
    hand_out_code(redemption, terms, at=at)
    say_paid(redemption, voucher, at=at)
    return redemption


def _take_less(redemption: Redemption, terms: Terms, points: int) -> None:
    if not isinstance(terms, Tender) or points > redemption.points:
        raise InvalidRequest("So many points were not set aside for it.", field="points")
    check_tender(terms, points)
    redemption.points, redemption.worth = points, tender_worth(terms, points)
