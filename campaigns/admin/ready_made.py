"""What a new campaign can begin with: one of the classic ones, or nothing."""

from datetime import datetime, timedelta
from typing import Any

from campaigns.admin.around import Around, language
from campaigns.admin.step_tree import Part
from campaigns.models import Campaign
from campaigns.services.ready_made import READY_MADE
from loyalty.types import Words

NOTHING = "nothing"
READ_AFTER = timedelta(days=90)
ICONS = {
    "welcome": "waving_hand",
    "birthday": "cake",
    "double-points": "exposure_plus_2",
    "win-back": "undo",
    "expiring": "hourglass_bottom",
    "tier-almost-reached": "military_tech",
}


def offered(around: Around) -> list[dict[str, Any]]:
    """The classic ones, as the page shows them."""
    return [
        {
            "key": key,
            "icon": ICONS[key],
            "name": begin.names[language()],
            "says": begin.says[language()],
        }
        for key, begin in READY_MADE.items()
    ]


def begin_with(key: str, around: Around, *, at: datetime) -> tuple[Campaign, Part]:
    """A campaign that is not kept yet, and what it does. What is not known begins with nothing."""
    begin = READY_MADE.get(key)
    names: Words = begin.names if begin else {"nl": "", "en": ""}
    campaign = Campaign(
        programme=around.programme,
        name_nl=names["nl"],
        name_en=names["en"],
        reading_on=at.astimezone(around.zone).date() + READ_AFTER,
    )
    return campaign, dict(begin.document) if begin else {}
