"""Members who buy and redeem without pause, and a journal outside the database of what was said.

`python -m bench.prove.traffic JOURNAL WORKER MEMBERS` writes each key to the journal before it is
sent and each answer after it came. Whatever goes unanswered is sent again under the same key until
it is answered, as a till does. When its input closes it answers for the last one and ends.
"""

import os
import random
import select
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import django
from django.db import InterfaceError, OperationalError, connection

PATIENCE = 60.0
REWARD = "coffee"
ONE_IN = 5
"""One deed in so many is a redemption; the others are purchases."""


class Unanswered(Exception):
    """The database stayed away for longer than `PATIENCE`."""


def open_shelf() -> None:
    """Offer the reward that the members of this traffic take."""
    from loyalty.models import Programme
    from rewards.services.catalogue import publish_reward, save_reward, set_stock

    now, actor = datetime.now(UTC), "system:bench"
    programme = Programme.objects.get()
    reward = save_reward(
        programme_id=programme.pk,
        key=REWARD,
        name_nl="Koffie",
        name_en="Coffee",
        points=20,
        actor=actor,
        at=now,
    )
    set_stock(reward_id=reward.pk, total=1_000_000, actor=actor, at=now)
    publish_reward(reward_id=reward.pk, actor=actor, at=now)


def insist(deed: Callable[[], Any]) -> Any:
    """Do the deed until the database answers, whatever becomes of it in between."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            return deed()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.05)
    raise Unanswered


def purchase(key: str, member: int, points: int) -> str:
    """A purchase that earns about so many points; what was acknowledged."""
    from loyalty.models import Programme
    from loyalty.services.rulebook import current_rulebook
    from members.services.activities import record_activity
    from members.types import ActivitySubmission

    def deed() -> Any:
        now = datetime.now(UTC)
        said = ActivitySubmission(
            type="purchase",
            source="traffic",
            external_id=key,
            member=f"ext:bench:{member}",
            occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
            amount=points,
        )
        book = current_rulebook(programme_id=Programme.objects.get().pk)
        return record_activity(book=book, submission=said, actor="api:traffic", at=now)

    return f"activity {insist(deed).id}"


def redemption(key: str, member: int) -> str:
    """A redemption; what was acknowledged, or that the points did not suffice."""
    from loyalty.errors import InsufficientPoints
    from members.models import Membership
    from rewards.models import Reward
    from rewards.services.redemption import redeem_reward

    def deed() -> Any:
        membership = Membership.objects.get(member__identifiers__value=str(member))
        return redeem_reward(
            membership_id=membership.pk,
            reward_id=Reward.objects.get(key=REWARD).pk,
            request_key=key,
            channel="web",
            actor="api:traffic",
            at=datetime.now(UTC),
        )

    try:
        return f"redemption {insist(deed).pk}"
    except InsufficientPoints:
        return "refused -"


def trade(journal: TextIO, *, worker: int, members: int) -> None:
    """Buy and redeem until the input closes."""
    choose = random.Random(worker)
    number = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        number += 1
        key, member = f"{worker}-{number}", choose.randrange(members)
        journal.write(f"sent {key}\n")
        journal.flush()
        if choose.randrange(ONE_IN):
            answer = purchase(key, member, points=choose.randrange(1, 50))
        else:
            answer = redemption(key, member)
        journal.write(f"{answer}\n")
        journal.flush()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if sys.argv[1:] == ["shelf"]:
        open_shelf()
        return
    path, worker, members = sys.argv[1:]
    with Path(path).open("w") as journal:
        trade(journal, worker=int(worker), members=int(members))


if __name__ == "__main__":
    main()
