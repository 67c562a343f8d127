"""What bench.segments has asked of the database that the environment names, as the application."""

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import django
import msgspec

Document = dict[str, Any]
ESTIMATE, REFRESH, FOLLOWED = 2.0, 300.0, 5.0  # the goals, in seconds


def leaf(attribute: str, operator: str, value: Any, **narrowed: Any) -> Document:
    return {"attribute": attribute, "with": narrowed, "is": operator, "value": value}


ASKED: dict[str, Document] = {
    "spent 100 in 90 days": leaf("purchases.amount", "at_least", "100.00", days=90),
    "15 purchases ever": leaf("purchases.count", "at_least", 15),
    "spent 100 on a category": leaf("purchases.amount", "at_least", "100.00", category=["paint"]),
    "last purchase longer ago": leaf("purchases.last", "longer_ago", 60),
    "balance": leaf("points.balance", "at_least", 600),
    "expiring": leaf("points.expiring", "at_least", 60, days=30),
    "last basket": leaf("basket.category", "one_of", ["paint"]),
    "language": leaf("language", "one_of", ["nl"]),
    "agreed to offers": leaf("consent", "is", True, purpose=["OFFERS"]),
}
MIXED: Document = {
    "all": [
        ASKED["spent 100 in 90 days"],
        ASKED["balance"],
        ASKED["agreed to offers"],
        {"any": [ASKED["last basket"], ASKED["expiring"]]},
    ]
}


def refreshed(segments: int) -> list[Document]:
    """So many, each another, of a few up to half of all members."""
    made: list[Document] = []
    while len(made) < segments:
        n = len(made) // 8 + 1
        paint = ["paint", "floors", "garden", "wood", "bath", "lighting", "wallpaper"][n % 7]
        agreed = ASKED["agreed to offers"]
        made += [
            leaf("purchases.amount", "at_least", f"{n * 60 + 100}.00", days=n * 30),
            leaf("purchases.count", "at_least", 12 + n),
            leaf("purchases.amount", "at_least", "80.00", category=[paint], days=180),
            {"all": [leaf("purchases.last", "longer_ago", 30 * n), agreed]},
            leaf("points.balance", "at_least", 500 + 100 * n),
            leaf("points.expiring", "at_least", 40 + n, days=5 * n),
            {"all": [leaf("basket.category", "one_of", [paint]), agreed]},
            {"all": [leaf("purchases.average", "at_least", f"{50 + n}.00"), agreed]},
        ]
    return made[:segments]


def main(segments: int) -> list[list[str]]:
    """Rows of the table: what, how many, how long, how much of the goal that is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.utils import timezone

    from loyalty.models import Programme

    programme_id, now = Programme.objects.get().pk, timezone.now()
    return [
        *_estimates(programme_id, now),
        *_refreshes(programme_id, segments, now),
        *_followed(now + timedelta(days=1)),
    ]


def _estimates(programme_id: int, now: datetime) -> list[list[str]]:
    from members.services.segments import estimate

    def size_of(document: Document) -> int:
        return estimate(programme_id=programme_id, document=document, at=now).size

    size_of(MIXED)  # what is read the first time only
    named = {**ASKED, "six at once": MIXED}
    return [
        _timed(f"estimate: {name}", partial(size_of, said), ESTIMATE)
        for name, said in named.items()
    ]


def _refreshes(programme_id: int, segments: int, now: datetime) -> list[list[str]]:
    """All made live, refreshed at once, and a day later, when time alone moved members."""
    from members.models import Segment, SegmentMembership
    from members.services.segments import refresh_segments, save_segment

    for number, document in enumerate(refreshed(segments)):
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

    def refresh(at: datetime) -> int:
        refresh_segments(at=at)
        return SegmentMembership.objects.filter(until=None).count()

    return [
        _timed(f"{segments} segments, {name}", partial(refresh, at), REFRESH)
        for name, at in (
            ("filled", now),
            ("refreshed", now + timedelta(hours=1)),
            ("refreshed a day later", now + timedelta(days=1)),
        )
    ]


def _followed(now: datetime) -> list[list[str]]:
    from members.models import Membership
    from members.services.segments import follow_members

    holders = list(Membership.objects.order_by("-pk").values_list("holder", flat=True)[:100])
    return [
        _timed(f"{count} followed", partial(follow_members, subjects=holders[:count], at=now), goal)
        for count, goal in ((1, FOLLOWED), (100, FOLLOWED))
    ]


def _timed(what: str, ask: Callable[[], int], goal: float) -> list[str]:
    began = time.perf_counter()
    found = ask()
    seconds = time.perf_counter() - began
    return [what, f"{found:,}", f"{seconds:.2f}", f"{seconds / goal:.3f}"]


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(main(int(sys.argv[1]))))
