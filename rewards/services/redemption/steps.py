"""What all steps of a redemption share: its locks, its log, what is said of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from loyalty.errors import NotFound
from loyalty.events import publish
from members.models import Membership
from rewards.events import RedemptionSaid
from rewards.models import Redemption, RedemptionStep, Voucher


def locked(redemption_id: UUID, *, with_voucher: bool = False) -> Redemption:
    """The redemption, one deed at a time; with its reward, member and programme. Raises NotFound."""
    found = Redemption.objects.filter(pk=redemption_id).values_list("membership_id", flat=True)
    membership_id = found.first()
    if membership_id is None:
        raise NotFound("There is no such redemption.", field="redemption")
    Membership.objects.select_for_update(no_key=True).filter(pk=membership_id).first()
    if with_voucher:
        Voucher.objects.select_for_update(no_key=True).filter(redemption=redemption_id).first()
    return alone(redemption_id)


def alone(redemption_id: UUID) -> Redemption:
    """The redemption locked, and its member not: for what touches neither points nor stock."""
    redemptions = Redemption.objects.select_for_update(of=("self",), no_key=True)
    found = redemptions.select_related("reward__programme", "membership__programme")
    redemption = found.filter(pk=redemption_id).first()
    if redemption is None:
        raise NotFound("There is no such redemption.", field="redemption")
    return redemption


def write_step(
    redemption: Redemption,
    name: str,
    *,
    actor: str,
    at: datetime,
    params: Mapping[str, Any] | None = None,
) -> None:
    """Add it to the log; the caller has the redemption locked, or has just made it."""
    last = redemption.steps.aggregate(last=Max("number"))["last"] or 0
    RedemptionStep.objects.create(
        redemption=redemption,
        number=last + 1,
        name=name,
        params=dict(params or {}),
        actor=actor,
        at=at,
    )


def say(event: type[RedemptionSaid], redemption: Redemption, *, at: datetime, **more: Any) -> None:
    """Announce the step."""
    publish(said_of(event, redemption, at=at, **more), at=at)


def said_of(
    event: type[RedemptionSaid], redemption: Redemption, *, at: datetime, **more: Any
) -> RedemptionSaid:
    """The step as it is announced."""
    return event(
        subject=redemption.membership.holder,
        occurred_at=at,
        redemption=redemption.pk,
        reward=redemption.reward.key,
        points=redemption.points,
        **more,
    )
