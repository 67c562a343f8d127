"""A till with its key, cards, rewards and vouchers for a stage: `python -m bench.till_stage 200`.

Prints the key as JSON, and of each member the card and the vouchers that they have.
"""

import os
import sys
from typing import Any

import django
import msgspec

ACTOR = "system:bench"
FIRST_CARD = 10_000_000
VOUCHERS = 3


def main(count: int) -> dict[str, Any]:
    """Let the first so many members come to the till."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.utils import timezone

    from bench.portal_stage import publish_rewards
    from loyalty.models import ApiClient, Programme
    from loyalty.services.api_clients import issue_key, register_client
    from members.models import Membership
    from rewards.services.tills import save_till

    now, programme = timezone.now(), Programme.objects.get()
    client = register_client(
        programme_id=programme.pk, name="kassa", kind=ApiClient.Kind.TILL, scopes=["till:use"]
    )
    save_till(
        programme_id=programme.pk,
        key="kassa",
        name="Kassa",
        location="Utrecht",
        client_id=client.pk,
        actor=ACTOR,
        at=now,
    )
    publish_rewards(programme.pk, at=now)
    five = _publish(programme.pk, "five", now, kind="DISCOUNT", points=1, terms={"amount": "5.00"})
    _publish(programme.pk, "pay", now, kind="TENDER", points=0, terms={"point_worth": "0.01"})
    found = Membership.objects.select_related("member").order_by("pk")[:count]
    people = [_person(number, one, five, now) for number, one in enumerate(found)]
    return {"key": issue_key(client_id=client.pk, at=now), "people": people}


def _publish(programme_id: int, key: str, now: Any, **said: Any) -> Any:
    from rewards.services.catalogue import publish_reward, save_reward

    reward = save_reward(
        programme_id=programme_id, key=key, name_nl=key, name_en=key, actor=ACTOR, at=now, **said
    )
    return publish_reward(reward_id=reward.pk, actor=ACTOR, at=now)


def _person(number: int, membership: Any, reward: Any, now: Any) -> dict[str, Any]:
    """Their card, with vouchers that they redeemed and points left to pay with."""
    from loyalty.services.adjustments import adjust_points
    from members.models import Identifier
    from members.selectors import account_of
    from rewards.models import Voucher
    from rewards.services.redemption import redeem_reward

    card = str(FIRST_CARD + number)
    Identifier.objects.create(member=membership.member, kind=Identifier.Kind.CARD, value=card)
    adjust_points(
        account_id=account_of(membership),
        points=5_000,
        reason="bench",
        key=f"bench-{number}",
        actor=ACTOR,
        at=now,
    )
    taken = [
        redeem_reward(
            membership_id=membership.pk,
            reward_id=reward.pk,
            request_key=f"bench-{number}-{nth}",
            channel="web",
            actor=ACTOR.replace("system", "member"),
            at=now,
        )
        for nth in range(VOUCHERS)
    ]
    vouchers = Voucher.objects.filter(redemption__in=taken).values_list("pk", flat=True)
    return {"card": card, "vouchers": [str(one) for one in vouchers]}


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(main(int(sys.argv[1]))).decode() + "\n")
