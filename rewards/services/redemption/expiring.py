"""What was set aside and not finished in time."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from loyalty.events import publish_all
from rewards.events import RedemptionExpired
from rewards.models import Fulfilment, Redemption, RedemptionStep
from rewards.services.redemption.addresses import forget_addresses
from rewards.services.stock import return_to_stock

ACTOR = "system:redemptions"
BATCH = 200

State = Redemption.State


@transaction.atomic
def expire_redemptions(*, at: datetime, limit: int = BATCH, reward_id: int | None = None) -> int:
    """End what was set aside and whose term is over; how many of at most `limit`.

    Its points are free already: the ledger's holds end by themselves. What somebody is at work with
    is left for the next time, but of one reward it is waited for: whoever finds that sold out calls
    this, and then looks again. No member and no account is locked.
    """
    over = Redemption.objects.filter(state=State.AUTHORISED, expires_at__lte=at)
    if reward_id is not None:
        over = over.filter(reward_id=reward_id)
    found = over.order_by("expires_at", "pk").select_related("reward", "membership")
    is_hurried = reward_id is None
    ended = list(found.select_for_update(of=("self",), no_key=True, skip_locked=is_hurried)[:limit])
    if ended:
        _end(ended, at)
    return len(ended)


def _end(ended: Sequence[Redemption], at: datetime) -> None:
    Redemption.objects.filter(pk__in=[each.pk for each in ended]).update(
        state=State.EXPIRED, ended_at=at, is_from_stock=False
    )
    RedemptionStep.objects.bulk_create(
        # an authorised redemption has taken one step
        [
            RedemptionStep(redemption=each, number=2, name="EXPIRED", actor=ACTOR, at=at)
            for each in ended
        ]
    )
    forget_addresses(Fulfilment.objects.filter(redemption__in=ended))
    publish_all([_said(each, at) for each in ended], at=at)
    freed = Counter(each.reward_id for each in ended if each.is_from_stock)
    for reward_id in sorted(freed):  # last, for a shelf is many members'
        return_to_stock(reward_id=reward_id, lot=0, count=freed[reward_id])


def _said(redemption: Redemption, at: datetime) -> RedemptionExpired:
    return RedemptionExpired(
        subject=redemption.membership.holder,
        occurred_at=at,
        redemption=redemption.pk,
        reward=redemption.reward.key,
        points=redemption.points,
    )
