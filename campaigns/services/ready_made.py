"""The classic campaigns, to begin with: what each does and is called; the marketer changes the rest."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from loyalty.types import Words


class ReadyMade(Struct, frozen=True):
    """A campaign to begin with; its messages are the ready-made ones of the same keys.

    Where the shop has to choose (a rule, a segment) the document leaves it empty.
    """

    names: Words
    says: Words
    document: Mapping[str, Any]


def _message(template: str) -> dict[str, Any]:
    return {"kind": "message", "template": template}


def _points(count: int, nl: str, en: str) -> dict[str, Any]:
    return {"kind": "points", "points": count, "reason": {"nl": nl, "en": en}}


def _unless_bought(days: int, *steps: dict[str, Any]) -> dict[str, Any]:
    asked = {"attribute": "purchases.count", "with": {"days": days}, "is": "at_least", "value": 1}
    return {"kind": "condition", "asks": asked, "yes": [], "no": list(steps)}


def _wait(days: int) -> dict[str, Any]:
    return {"kind": "wait", "days": days}


READY_MADE: Final[Mapping[str, ReadyMade]] = {
    "welcome": ReadyMade(
        {"nl": "Welkom", "en": "Welcome"},
        {
            "nl": "Een bericht na aanmelding, en een duwtje als er een week niet gekocht is.",
            "en": "A message after joining, and a nudge when nothing was bought for a week.",
        },
        {
            "trigger": {"kind": "enrolled"},
            "steps": [
                _message("welcome"),
                _wait(7),
                _unless_bought(7, _points(50, "Fijn dat je er bent", "Good to have you with us")),
            ],
        },
    ),
    "birthday": ReadyMade(
        {"nl": "Verjaardag", "en": "Birthday"},
        {"nl": "Een felicitatie met punten.", "en": "Congratulations, with points."},
        {
            "trigger": {"kind": "birthday"},
            "again": "every",
            "again_days": 300,
            "steps": [_points(50, "Voor je verjaardag", "For your birthday"), _message("birthday")],
        },
    ),
    "double-points": ReadyMade(
        {"nl": "Dubbele punten", "en": "Double points"},
        {
            "nl": "Op één dag naar iedereen; kies zelf de spaarregel die een week geldt.",
            "en": "To everybody on one day; choose the earning rule that holds for a week.",
        },
        {
            "trigger": {"kind": "once", "time": "10:00"},
            "steps": [{"kind": "bonus_rule", "rule": "", "days": 7}, _message("double-points")],
        },
    ),
    "win-back": ReadyMade(
        {"nl": "Terughalen", "en": "Win back"},
        {
            "nl": "Wie 60 dagen niet kwam hoort van je, en krijgt daarna punten.",
            "en": "Who did not come for 60 days hears from you, and gets points after that.",
        },
        {
            "trigger": {"kind": "silent", "days": 60},
            "again": "every",
            "again_days": 180,
            "steps": [
                _message("win-back"),
                _wait(10),
                _unless_bought(10, _points(100, "We missen je", "We miss you")),
            ],
        },
    ),
    "expiring": ReadyMade(
        {"nl": "Punten verlopen", "en": "Points expire"},
        {
            "nl": "Een maand tevoren, met wat er nog mee te doen is.",
            "en": "A month ahead, with what can still be done with them.",
        },
        {
            "trigger": {"kind": "points_expiring", "days": 30},
            "again": "every",
            "again_days": 30,
            "steps": [_message("expiring")],
        },
    ),
    "tier-almost-reached": ReadyMade(
        {"nl": "Bijna een tier hoger", "en": "Tier almost reached"},
        {
            "nl": "Voor wie in een segment komt dat er bijna is; kies dat segment.",
            "en": "For who comes into a segment that is nearly there; choose that segment.",
        },
        {
            "trigger": {"kind": "entered_segment"},
            "again": "every",
            "again_days": 90,
            "steps": [_message("tier-almost-reached")],
        },
    ),
}
