"""What a new campaign can begin with: one of the classic ones, or nothing."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from campaigns.admin.around import Around, language
from campaigns.admin.step_tree import Part
from campaigns.models import Campaign
from loyalty.types import Words

NOTHING = "nothing"
READ_AFTER = timedelta(days=90)


class Begin(NamedTuple):
    """A whole campaign to change: what it is called, what it does."""

    icon: str
    name: Words
    says: Words
    document: Part


def _message(template: str) -> Part:
    return {"kind": "message", "template": template}


def _points(count: int, nl: str, en: str) -> Part:
    return {"kind": "points", "points": count, "reason": {"nl": nl, "en": en}}


def _unless_bought(days: int, *steps: Part) -> Part:
    asked = {"attribute": "purchases.count", "with": {"days": days}, "is": "at_least", "value": 1}
    return {"kind": "condition", "asks": asked, "yes": [], "no": list(steps)}


def _wait(days: int) -> Part:
    return {"kind": "wait", "days": days}


BEGINS: dict[str, Begin] = {
    "welcome": Begin(
        "waving_hand",
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
    "birthday": Begin(
        "cake",
        {"nl": "Verjaardag", "en": "Birthday"},
        {"nl": "Een felicitatie met punten.", "en": "Congratulations, with points."},
        {
            "trigger": {"kind": "birthday"},
            "again": "every",
            "again_days": 300,
            "steps": [_points(50, "Voor je verjaardag", "For your birthday"), _message("birthday")],
        },
    ),
    "double-points": Begin(
        "exposure_plus_2",
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
    "win-back": Begin(
        "undo",
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
    "expiring": Begin(
        "hourglass_bottom",
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
    "tier-almost-reached": Begin(
        "military_tech",
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


def offered(around: Around) -> list[dict[str, Any]]:
    """The classic ones, as the page shows them."""
    return [
        {
            "key": key,
            "icon": begin.icon,
            "name": begin.name[language()],
            "says": begin.says[language()],
        }
        for key, begin in BEGINS.items()
    ]


def begin_with(key: str, around: Around, *, at: datetime) -> tuple[Campaign, Part]:
    """A campaign that is not kept yet, and what it does. What is not known begins with nothing."""
    begin = BEGINS.get(key)
    names: Words = begin.name if begin else {"nl": "", "en": ""}
    campaign = Campaign(
        programme=around.programme,
        name_nl=names["nl"],
        name_en=names["en"],
        reading_on=at.astimezone(around.zone).date() + READ_AFTER,
    )
    return campaign, begin.document if begin else {}
