"""What staff do so that a member gets what they took: lay ready, send, hand over, book, do.

Address, place and the parcel's number stand on the delivery alone, which can be stripped of them:
the steps and events of it say only what was done.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import publish
from rewards.errors import WrongStep
from rewards.events import FulfilmentMoved
from rewards.models import Fulfilment
from rewards.services.redemption.fulfilling import fulfil_redemption
from rewards.services.redemption.steps import alone, write_step

State = Fulfilment.State
Way = Fulfilment.Way
OPEN = (State.TO_DO, State.READY)
LONGEST = {"carrier": 40, "tracking": 80, "location": 100}


@transaction.atomic
def ready_fulfilment(*, fulfilment_id: int, actor: str, at: datetime) -> Fulfilment:
    """It is packed or laid aside; again changes nothing. Raises NotFound and WrongStep."""
    fulfilment = _open(fulfilment_id, Way.SHIP, Way.COLLECT)
    if fulfilment.state == State.TO_DO:
        fulfilment.state = State.READY
        fulfilment.save(update_fields=["state"])
        _say(fulfilment, "READY", actor=actor, at=at, params={})
    return fulfilment


@transaction.atomic
def ship_fulfilment(
    *, fulfilment_id: int, actor: str, at: datetime, carrier: str = "", tracking: str = ""
) -> Fulfilment:
    """It is on its way to the member, who is told by whom and under which number.

    Raises NotFound, InvalidRequest, and WrongStep for what is not sent or is done already.
    """
    fulfilment = _open(fulfilment_id, Way.SHIP)
    fulfilment.carrier, fulfilment.tracking = carrier.strip(), tracking.strip()
    _check_lengths(fulfilment, "carrier", "tracking")
    said = {"carrier": fulfilment.carrier}
    return _done(fulfilment, "SHIPPED", actor=actor, at=at, params=said)


@transaction.atomic
def hand_over(*, fulfilment_id: int, actor: str, at: datetime, location: str = "") -> Fulfilment:
    """The member has it in their hands. Raises NotFound, InvalidRequest and WrongStep."""
    fulfilment = _open(fulfilment_id, Way.COLLECT, Way.SHIP)
    fulfilment.location = location.strip() or fulfilment.location
    _check_lengths(fulfilment, "location")
    return _done(fulfilment, "HANDED_OVER", actor=actor, at=at, params={})


@transaction.atomic
def book_fulfilment(
    *, fulfilment_id: int, booked_for: datetime, actor: str, at: datetime, location: str = ""
) -> Fulfilment:
    """The member comes then and there; booked again, it is moved.

    Raises NotFound, InvalidRequest for a moment that has been, and WrongStep.
    """
    fulfilment = _open(fulfilment_id, Way.BOOK)
    if booked_for <= at:
        raise InvalidRequest("Book a moment that is still to come.", field="booked_for")
    fulfilment.booked_for = booked_for
    fulfilment.location = location.strip() or fulfilment.location
    _check_lengths(fulfilment, "location")
    fulfilment.state = State.READY
    fulfilment.save(update_fields=["state", "booked_for", "location"])
    said = {"booked_for": booked_for.isoformat()}
    _say(fulfilment, "BOOKED", actor=actor, at=at, params=said)
    return fulfilment


@transaction.atomic
def complete_fulfilment(*, fulfilment_id: int, actor: str, at: datetime) -> Fulfilment:
    """It was done for the member. Raises NotFound and WrongStep."""
    return _done(_open(fulfilment_id, *Way), "COMPLETED", actor=actor, at=at, params={})


def _open(fulfilment_id: int, *ways: Fulfilment.Way) -> Fulfilment:
    """The delivery with its redemption locked, if it is of that way and still to be done."""
    found = Fulfilment.objects.filter(pk=fulfilment_id).values_list("redemption_id", flat=True)
    redemption_id = found.first()
    if redemption_id is None:
        raise NotFound("There is no such delivery.", field="fulfilment")
    redemption = alone(redemption_id)
    fulfilment = Fulfilment.objects.get(pk=fulfilment_id)
    fulfilment.redemption = redemption
    if fulfilment.state not in OPEN:
        raise WrongStep(fulfilment.state)
    if fulfilment.way not in ways:
        raise InvalidRequest("It is not delivered that way.", field="way")
    return fulfilment


def _done(
    fulfilment: Fulfilment, step: str, *, actor: str, at: datetime, params: Mapping[str, Any]
) -> Fulfilment:
    fulfilment.state, fulfilment.done_at, fulfilment.done_by = State.DONE, at, actor
    fulfilment.save(
        update_fields=["state", "done_at", "done_by", "carrier", "tracking", "location"]
    )
    _say(fulfilment, step, actor=actor, at=at, params=params)
    fulfil_redemption(redemption_id=fulfilment.redemption_id, actor=actor, at=at)
    return fulfilment


def _say(
    fulfilment: Fulfilment, step: str, *, actor: str, at: datetime, params: Mapping[str, Any]
) -> None:
    redemption = fulfilment.redemption
    known = {name: value for name, value in params.items() if value}
    write_step(redemption, step, actor=actor, at=at, params=known)
    event = FulfilmentMoved(
        subject=redemption.membership.holder,
        occurred_at=at,
        redemption=redemption.pk,
        reward=redemption.reward.key,
        step=step,
    )
    publish(event, at=at)


def _check_lengths(fulfilment: Fulfilment, *names: str) -> None:
    for name in names:
        if len(getattr(fulfilment, name)) > LONGEST[name]:
            raise InvalidRequest(f"Say it in {LONGEST[name]} characters.", field=name)
