"""An endpoint for a stage, and events that only wait to be handed on.

`python -m bench.webhook_stage endpoint URL` adds the endpoint;
`python -m bench.webhook_stage relay 20000` prints how many events a second are handed on.
"""

import os
import sys
import time
from datetime import UTC, datetime

import django

EARNED = "loyalty.points_earned.v1"


def main(what: str, said: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print({"endpoint": endpoint, "relay": relay}[what](said))


def endpoint(url: str) -> str:
    """Have that address told of every points earned."""
    from loyalty.models import Programme
    from loyalty.services.webhooks import add_endpoint

    made, _secret = add_endpoint(
        programme_id=Programme.objects.get().pk,
        url=url,
        description="bench",
        event_names=[EARNED],
        at=datetime.now(UTC),
    )
    return str(made.pk)


def relay(many: str) -> str:
    """Events of members, as purchases say them, handed on to all who listen."""
    from django.db import transaction

    from loyalty.events import PointsEarned, publish_all
    from loyalty.services.relay import hand_on
    from members.models import Membership

    at = datetime.now(UTC)
    holders = list(Membership.objects.values_list("holder", flat=True)[:1000])
    hand_on(at=at)
    with transaction.atomic():
        publish_all(
            [
                PointsEarned(
                    subject=holders[number % len(holders)],
                    occurred_at=at,
                    transfer=number,
                    points=1,
                    balance=1,
                    source="bench",
                    external_id=f"relay-{number}",
                )
                for number in range(int(many))
            ],
            at=at,
        )
    began = time.perf_counter()
    done = hand_on(at=at)
    return str(done / (time.perf_counter() - began))


if __name__ == "__main__":
    main(*sys.argv[1:])
