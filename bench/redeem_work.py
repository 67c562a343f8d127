"""A process that redeems when it is told to: `python -m bench.redeem_work 0`.

It says `ready`, and then for each line `hot 4 tag` or `own 4 tag` how many it redeemed in so many
seconds; `python -m bench.redeem_work open 4` puts a hot reward and one for each of four there.
"""

import os
import sys
import time
from datetime import UTC, datetime
from random import Random

import django

ACTOR = "system:bench"
STOCK = 1_000_000


def open_shop(workers: int) -> None:
    """A hot reward and one for each worker, all with a stock."""
    from loyalty.models import Programme
    from rewards.services.catalogue import publish_reward, save_reward, set_stock

    now, programme = datetime.now(UTC), Programme.objects.get()
    for key in ["hot", *(f"own-{number}" for number in range(workers))]:
        reward = save_reward(
            programme_id=programme.pk,
            key=key,
            name_nl=key,
            name_en=key,
            points=1,
            actor=ACTOR,
            at=now,
        )
        set_stock(reward_id=reward.pk, total=STOCK, actor=ACTOR, at=now)
        publish_reward(reward_id=reward.pk, actor=ACTOR, at=now)


def listen(number: int) -> None:
    """Redeem as each line says, and say how many."""
    from members.models import Membership
    from rewards.models import Reward

    rewards = dict(Reward.objects.values_list("key", "pk"))
    members = list(Membership.objects.order_by("pk").values_list("pk", flat=True))
    print("ready", flush=True)
    for line in sys.stdin:
        what, seconds, tag = line.split()
        reward = rewards["hot" if what == "hot" else f"own-{number}"]
        key = f"{what}-{tag}-{number}"
        print(redeem(reward, members, seconds=float(seconds), key=key), flush=True)


def redeem(reward_id: int, members: list[int], *, seconds: float, key: str) -> int:
    """Let one member after the other, by chance, take it; how many in that time."""
    from rewards.services.redemption import redeem_reward

    choose, done, end = Random(key), 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        redeem_reward(
            membership_id=choose.choice(members),
            reward_id=reward_id,
            request_key=f"{key}-{done}",
            channel="web",
            actor="api:bench",
            at=datetime.now(UTC),
        )
        done += 1
    return done


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if sys.argv[1] == "open":
        open_shop(int(sys.argv[2]))
    else:
        listen(int(sys.argv[1]))
