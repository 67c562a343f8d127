"""When the households' purchases happen: their own year, moved by whole weeks to end just now.

The year runs from Sunday 1 January to Sunday 31 December 2017, so moved by whole weeks it ends with
the last completed week. Weekday and hour stay as they were; the season does not.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

SHOP_ZONE = "Europe/Amsterdam"
_HOUSEHOLD_ZONE = "America/New_York"  # in which the shops they visited open and close as shops do
_AFTER_LAST_WEEK = date(2018, 1, 1)  # the Monday after the last purchase


def anchor_week(moment: datetime) -> date:
    """Monday of the week in which a first load begins; every purchase lies before it."""
    local = moment.astimezone(ZoneInfo(SHOP_ZONE)).date()
    return local - timedelta(days=local.weekday())


def anchor_of_loaded(*, taken_at: datetime, occurred_at: datetime) -> date:
    """The anchor an earlier load used, told by any one purchase of it.

    `taken_at` is the purchase's moment in the package (`households.taken_at`), `occurred_at` the
    moment it was stored with. A later load must use this anchor, or its purchases would differ
    from those already known under the same business key.
    """
    original = taken_at.astimezone(ZoneInfo(_HOUSEHOLD_ZONE)).date()
    return _AFTER_LAST_WEEK + (occurred_at.astimezone(ZoneInfo(SHOP_ZONE)).date() - original)


def shifted(taken_at: pl.Expr, *, anchor: date) -> pl.Expr:
    """Seconds since the epoch of the purchase, moved so that the year ends before `anchor`.

    Noon stays noon in the shop's own zone; a moment inside the hour that a spring night skips
    comes one hour later. Raises ValueError when the anchor is not a Monday.
    """
    if anchor.weekday() != 0:
        raise ValueError(f"the anchor must be a Monday, not {anchor:%A %d %B %Y}")
    local = taken_at.dt.replace_time_zone("UTC").dt.convert_time_zone(_HOUSEHOLD_ZONE)
    moved = local.dt.replace_time_zone(None, ambiguous="earliest") + (anchor - _AFTER_LAST_WEEK)
    return pl.coalesce(_in_shop_zone(moved), _in_shop_zone(moved + timedelta(hours=1)))


def moved_day(day: date, *, anchor: date) -> date:
    """A day of the households' year, moved as their purchases are."""
    return day + (anchor - _AFTER_LAST_WEEK)


def _in_shop_zone(local: pl.Expr) -> pl.Expr:
    zoned = local.dt.replace_time_zone(SHOP_ZONE, ambiguous="earliest", non_existent="null")
    return zoned.dt.epoch("s")


def moment(seconds: int) -> datetime:
    """An aware UTC moment from seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC)
