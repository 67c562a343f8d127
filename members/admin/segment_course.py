"""Who came into a segment and who left it, day by day."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.templatetags.figures import day, number
from members.models import Segment, SegmentMembership

DAYS = 28
MOST_DRAWN = 200_000  # members; of a larger segment the count would keep the page waiting
BAR, STEP, HALF = 14, 20, 56


def course(segment: Segment, *, at: datetime) -> dict[str, Any]:
    """Of the last four weeks; without days, and why, where there is nothing to draw."""
    if segment.refreshed_at is None:
        return {"days": [], "empty": _("Drawn from its first day on.")}
    if (segment.size or 0) > MOST_DRAWN:
        return {"days": [], "empty": _("This segment is too large to draw here.")}
    zone = ZoneInfo(segment.programme.time_zone)
    today = at.astimezone(zone).date()
    first = today - timedelta(days=DAYS - 1)
    start = datetime.combine(first, datetime.min.time(), tzinfo=zone)
    entered = _per_day(segment, "since", start, at, zone)
    left = _per_day(segment, "until", start, at, zone)
    most = max([1, *entered.values(), *left.values()])
    days = [first + timedelta(days=each) for each in range(DAYS)]
    return {
        "days": [
            _bar(place, each, entered.get(each, 0), left.get(each, 0), most)
            for place, each in enumerate(days)
        ],
        "width": DAYS * STEP,
        "bar": BAR,
        "note": _note(sum(entered.values()), sum(left.values())),
    }


def _per_day(
    segment: Segment, moment: str, start: datetime, at: datetime, zone: ZoneInfo
) -> dict[date, int]:
    stays = SegmentMembership.objects.filter(
        segment=segment.key,
        membership__programme=segment.programme_id,
        **{f"{moment}__gte": start, f"{moment}__lte": at},
    )
    days = stays.annotate(on=TruncDate(moment, tzinfo=zone)).values("on")
    return dict(days.annotate(number=Count("pk")).values_list("on", "number"))


def _bar(place: int, each: date, entered: int, left: int, most: int) -> dict[str, Any]:
    up, down = round(HALF * entered / most), round(HALF * left / most)
    return {
        "day": day(each),
        "entered": number(entered),
        "left": number(left),
        "x": place * STEP,
        "up": up,
        "up_y": HALF + 4 - up,
        "down": down,
    }


def _note(entered: int, left: int) -> str:
    came = ngettext("%s member came in", "%s members came in", entered) % number(entered)
    went = ngettext("%s left", "%s left", left) % number(left)
    return _("In four weeks %(came)s and %(went)s.") % {"came": came, "went": went}
