"""What bench.segments has asked of the database that the environment names, as the application."""

import itertools
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import django
import msgspec

Document = dict[str, Any]


def leaf(attribute: str, operator: str, value: Any, **narrowed: Any) -> Document:
    return {"attribute": attribute, "with": narrowed, "is": operator, "value": value}


ASKED: dict[str, Document] = {
    "spent 100 in 90 days": leaf("purchases.amount", "at_least", "100.00", days=90),
    "4 purchases ever": leaf("purchases.count", "at_least", 4),
    "bought of a category": leaf("purchases.count", "at_least", 1, category=["paint"]),
    "last purchase longer ago": leaf("purchases.last", "longer_ago", 60),
    "balance": leaf("points.balance", "at_least", 200),
    "expiring": leaf("points.expiring", "at_least", 1, days=720),
    "last basket": leaf("basket.category", "one_of", ["paint"]),
    "language": leaf("language", "one_of", ["nl"]),
}
MIXED = {"all": [ASKED["spent 100 in 90 days"], ASKED["balance"], ASKED["language"]]}


def main(segments: int) -> list[list[str]]:
    """Rows of the table: what, how many, how long."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.utils import timezone

    from loyalty.models import Programme

    programme_id, now = Programme.objects.get().pk, timezone.now()
    return [
        *_estimates(programme_id, now),
        *_refreshes(programme_id, segments, now),
        _followed(now),
    ]


def _estimates(programme_id: int, now: datetime) -> list[list[str]]:
    from members.services.segments import estimate

    def size_of(document: Document) -> int:
        return estimate(programme_id=programme_id, document=document, at=now).size

    named = {**ASKED, "three at once": MIXED}
    return [_timed(f"estimate: {name}", partial(size_of, said)) for name, said in named.items()]


def _refreshes(programme_id: int, segments: int, now: datetime) -> list[list[str]]:
    from members.models import Segment
    from members.services.segments import refresh_segments, save_segment

    documents = itertools.islice(itertools.cycle(ASKED.values()), segments)
    for number, document in enumerate(documents):
        segment = save_segment(
            programme_id=programme_id,
            key=f"segment-{number}",
            names={"nl": "Bench", "en": "Bench"},
            kind="DYNAMIC",
            document=document,
            actor="system:bench",
            at=now,
        )
        Segment.objects.filter(pk=segment.pk).update(version=1, state="LIVE")
    return [
        _timed(f"{name} of {segments} segments", lambda: refresh_segments(at=now))
        for name in ("first fill", "refresh")
    ]


def _followed(now: datetime) -> list[str]:
    from members.models import Membership
    from members.services.segments import follow_members

    holder = Membership.objects.order_by("pk").values_list("holder", flat=True)[7]
    return _timed("one member followed", lambda: follow_members(subjects=[holder], at=now))


def _timed(what: str, ask: Callable[[], int]) -> list[str]:
    began = time.perf_counter()
    found = ask()
    return [what, f"{found:,}", f"{time.perf_counter() - began:.2f}"]


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(main(int(sys.argv[1]))))
