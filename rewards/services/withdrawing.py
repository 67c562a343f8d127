"""A reward taken back by the shop: no longer offered, and what nobody used yet undone."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from loyalty.errors import DomainError
from rewards.models import Redemption, Reward, Voucher, VoucherBatch
from rewards.services.batches import withdraw_batch
from rewards.services.catalogue import stop_reward
from rewards.services.redemption import cancel_redemption

State = Redemption.State
AT_ONCE = 500


class Outstanding(NamedTuple):
    """What members still have of a reward: to be used, to be delivered; and codes of batches."""

    vouchers: int
    deliveries: int
    points: int
    batches: int

    @property
    def redemptions(self) -> int:
        return self.vouchers + self.deliveries


class Withdrawn(NamedTuple):
    """How many redemptions were undone, could not be any more, and wait for the next time; and how
    many batches of codes were withdrawn.
    """

    cancelled: int
    kept: int
    left: int = 0
    batches: int = 0


def withdraw_reward(
    *,
    reward_id: int,
    actor: str,
    at: datetime,
    is_undone: bool = False,
    with_batches: bool = False,
) -> Withdrawn:
    """Offer a reward no longer; with `is_undone` also cancel what members have not used yet.

    With `with_batches` none of the codes that were made for it by the batch is taken any more.

    Each gets back exactly what they gave, one by one, so that a member who is at the till is not
    kept waiting, and at most 500 at once: what is `left` is done by repeating it. What was used,
    sent or handed over in the meantime stays. Raises NotFound, and RewardUnavailable for a draft.
    """
    stop_reward(reward_id=reward_id, actor=actor, at=at)
    batches = _withdraw_batches(reward_id, actor, at) if with_batches else 0
    cancelled = kept = 0
    undoable = _undoable(reward_id) if is_undone else []
    for redemption_id in undoable[:AT_ONCE]:
        try:
            cancel_redemption(redemption_id=redemption_id, actor=actor, at=at)
        except DomainError:
            kept += 1
        else:
            cancelled += 1
    left = max(0, len(undoable) - AT_ONCE)
    return Withdrawn(cancelled=cancelled, kept=kept, left=left, batches=batches)


def _withdraw_batches(reward_id: int, actor: str, at: datetime) -> int:
    good = VoucherBatch.objects.filter(reward=reward_id).exclude(state="WITHDRAWN")
    ids = list(good.order_by("pk").values_list("pk", flat=True))
    for batch_id in ids:
        withdraw_batch(batch_id=batch_id, actor=actor, at=at)
    return len(ids)


def outstanding(reward: Reward, *, at: datetime) -> Outstanding:
    """What would be undone if the reward were withdrawn at that moment; in two queries."""
    counted = _open(reward.pk).aggregate(
        vouchers=Count("pk", filter=Q(voucher__state="ISSUED", voucher__expires_at__gt=at)),
        deliveries=Count("pk", filter=Q(fulfilment__state__in=["TO_DO", "READY"])),
    )
    points = _open(reward.pk).filter(
        Q(voucher__state="ISSUED", voucher__expires_at__gt=at)
        | Q(fulfilment__state__in=["TO_DO", "READY"])
    )
    batches = VoucherBatch.objects.filter(reward=reward).exclude(state="WITHDRAWN")
    return Outstanding(
        **counted,
        points=sum(points.values_list("points", flat=True)),
        batches=batches.count(),
    )


def _open(reward_id: int) -> QuerySet[Redemption]:
    return Redemption.objects.filter(
        reward_id=reward_id, state__in=[State.AUTHORISED, State.CAPTURED]
    )


def _undoable(reward_id: int) -> list[UUID]:
    unused = _open(reward_id).exclude(voucher__state=Voucher.State.USED)
    return list(unused.order_by("pk").values_list("pk", flat=True))
