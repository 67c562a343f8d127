"""The classic campaigns, to begin with: what each does and is called; the marketer changes the rest."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from loyalty.types import Words


class ReadyMade(Struct, frozen=True):
    """A campaign to begin with; its messages are the ready-made ones of the same keys."""

    key: str
    names: Words
    document: Mapping[str, Any]


def _made(key: str, nl: str, en: str, document: dict[str, Any]) -> ReadyMade:
    return ReadyMade(key, {"nl": nl, "en": en}, document)


def _points(points: int, nl: str, en: str) -> dict[str, Any]:
    return {"kind": "points", "points": points, "reason": {"nl": nl, "en": en}}


_BOUGHT: Final = {
    "attribute": "purchases.count",
    "with": {"days": 14},
    "is": "at_least",
    "value": 1,
}

READY_MADE: Final[Mapping[str, ReadyMade]] = {
    made.key: made
    for made in (
        _made(
            "welcome",
            "Welkom",
            "Welcome",
            {
                "trigger": {"kind": "enrolled"},
                "steps": [
                    {"kind": "message", "template": "welcome"},
                    _points(50, "Welkom bij ons", "Welcome to our programme"),
                ],
            },
        ),
        _made(
            "birthday",
            "Verjaardag",
            "Birthday",
            {
                "trigger": {"kind": "birthday"},
                "again": "every",
                "again_days": 300,
                "steps": [
                    {"kind": "message", "template": "birthday"},
                    _points(100, "Voor je verjaardag", "For your birthday"),
                ],
            },
        ),
        _made(
            "double-points",
            "Twee weken dubbele punten",
            "Two weeks of double points",
            {
                "trigger": {"kind": "by_hand"},
                "steps": [
                    {"kind": "bonus_rule", "rule": "double-points", "days": 14},
                    {"kind": "message", "template": "double-points"},
                ],
            },
        ),
        _made(
            "win-back",
            "We missen je",
            "We miss you",
            {
                "trigger": {"kind": "silent", "days": 90},
                "again": "every",
                "again_days": 180,
                "steps": [
                    {"kind": "message", "template": "win-back"},
                    {"kind": "wait", "days": 14},
                    {
                        "kind": "condition",
                        "asks": _BOUGHT,
                        "yes": [_points(50, "Fijn dat je er weer bent", "Good to see you again")],
                        "no": [],
                    },
                ],
            },
        ),
        _made(
            "expiring",
            "Punten vervallen",
            "Points about to lapse",
            {
                "trigger": {"kind": "points_expiring", "days": 30},
                "again": "every",
                "again_days": 60,
                "steps": [{"kind": "message", "template": "expiring"}],
            },
        ),
        _made(
            "tier-almost-reached",
            "Bijna een niveau hoger",
            "A tier almost reached",
            {
                "trigger": {"kind": "entered_segment", "segment": "tier-almost-reached"},
                "again": "every",
                "again_days": 90,
                "steps": [{"kind": "message", "template": "tier-almost-reached"}],
            },
        ),
    )
}
