"""A till's key and a batch of codes for a stage: `python -m bench.voucher_stage 2000`. As JSON."""

import os
import sys
from datetime import timedelta
from typing import Any

import django
import msgspec

ACTOR = "system:bench"


def main(count: int) -> dict[str, Any]:
    """Ten euros off, on so many codes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.utils import timezone

    from loyalty.models import ApiClient, Programme
    from loyalty.services.api_clients import issue_key, register_client
    from rewards.services.batches import codes_in, make_batch, make_codes
    from rewards.services.catalogue import publish_reward, save_reward

    now, programme = timezone.now(), Programme.objects.get()
    client = register_client(
        programme_id=programme.pk, name="kassa", kind=ApiClient.Kind.TILL, scopes=["vouchers:use"]
    )
    reward = save_reward(
        programme_id=programme.pk,
        key="ten",
        name_nl="Tien euro",
        name_en="Ten euros",
        kind="DISCOUNT",
        points=1,
        terms={"amount": "10.00"},
        actor=ACTOR,
        at=now,
    )
    publish_reward(reward_id=reward.pk, actor=ACTOR, at=now)
    batch = make_batch(
        reward_id=reward.pk,
        key="flyer",
        names={"nl": "Folder", "en": "Flyer"},
        wanted=count,
        valid_from=now,
        valid_until=now + timedelta(days=30),
        actor=ACTOR,
        at=now,
    )
    while make_codes(batch_id=batch.pk, at=now):
        pass
    return {"key": issue_key(client_id=client.pk, at=now), "codes": list(codes_in(batch.pk))}


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(main(int(sys.argv[1]))).decode() + "\n")
