"""What rewards have done."""

from collections.abc import Iterable

import msgspec
from django.db.models import Count, Q, Sum

from rewards.models import Redemption, Voucher


class RewardUse(msgspec.Struct, frozen=True):
    """How often a reward was taken and kept, for how many points, and how many vouchers used."""

    times: int = 0
    points: int = 0
    used: int = 0


def use_of_rewards(reward_ids: Iterable[int]) -> dict[int, RewardUse]:
    """The use of each of the rewards that was ever redeemed, in one query."""
    used = Count("voucher", filter=Q(voucher__state=Voucher.State.USED))
    rows = (
        Redemption.objects.filter(reward__in=list(reward_ids), ended_at=None)
        .values("reward")
        .annotate(times=Count("pk"), spent=Sum("points"), used=used)
        .values_list("reward", "times", "spent", "used")
    )
    return {reward: RewardUse(times, points, used) for reward, times, points, used in rows}
