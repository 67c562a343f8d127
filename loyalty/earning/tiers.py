"""The document of a tier set: what is measured, over what time, and the tiers, lowest first."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple
from zlib import crc32

import msgspec
from msgspec import Meta, Struct

from loyalty.errors import TierSetInvalid
from loyalty.types import Words

MOST_TIERS = 20
CENTS = 100
_LEAP = 2024  # a year that has every month-day

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$(?!\n)", examples=["gold"])]
ActivityType = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,39}$(?!\n)")]
Months = Annotated[int, Meta(ge=1, le=120)]


class Measure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is counted: points or credits of a `unit`, money, days with a visit, activities."""

    kind: Literal["points", "spend", "visits", "activities", "credits", "segment"]
    unit: Slug = ""
    types: Annotated[tuple[ActivityType, ...], Meta(max_length=20)] = ()


class _Period(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Over what time is counted, and so how long a tier is held."""


class Rolling(_Period, frozen=True, kw_only=True, tag="rolling"):
    """The last so many months, counted back from every day."""

    months: Months = 12


class Calendar(_Period, frozen=True, kw_only=True, tag="calendar"):
    """So many months from a day of the year on, and again."""

    months: Months = 12
    starts: Annotated[str, Meta(pattern=r"^\d\d-\d\d$(?!\n)", examples=["01-01"])] = "01-01"


class Anniversary(_Period, frozen=True, kw_only=True, tag="anniversary"):
    """So many months from the day of joining on, and again."""

    months: Months = 12


class Ever(_Period, frozen=True, kw_only=True, tag="ever"):
    """Since joining; what is reached is never lost."""


Period = Rolling | Calendar | Anniversary | Ever


class Tier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One tier: from `threshold` on, in whole points, euros, days or activities, or a segment's."""

    key: Slug
    name: Words
    threshold: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    segment: str = ""


class TierPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document of a tier set, as a marketer publishes it."""

    measure: Measure
    tiers: Annotated[tuple[Tier, ...], Meta(min_length=1, max_length=MOST_TIERS)]
    period: Period = Rolling()
    downgrade: Literal["none", "one_level", "eligible"] = "eligible"
    grace_days: Annotated[int, Meta(ge=0, le=366)] = 0
    on_return: Literal["period_end", "at_once"] = "period_end"


class TierSet(NamedTuple):
    """A published ladder of tiers. `asks` are its thresholds as they are tallied: money in cents.

    `tally` names what is tallied for it: the same measure over the same period is the same tally,
    whatever becomes of the thresholds.
    """

    key: str
    name: Words
    policy: TierPolicy
    tally: str
    asks: tuple[int, ...]
    levels: dict[str, int]  # of each tier's key, its place from below
    by_days: bool  # days are counted, whatever happened on them
    is_endless: bool  # one tally for all days

    def __hash__(self) -> int:
        return hash((self.tally, self.asks))


def parse_tier_set(document: Mapping[str, Any], *, key: str, name: Words) -> TierSet:
    """The ladder that a policy document describes.

    Raises TierSetInvalid, with `field` as the place ("tiers.1.threshold"), for anything that could
    not be carried out.
    """
    try:
        policy = msgspec.convert(document, TierPolicy)
    except msgspec.ValidationError as invalid:
        problem, _, path = str(invalid).partition(" - at `$")
        places = [place.rstrip("]") for place in re.split(r"[.\[]", path.rstrip("`")) if place]
        raise TierSetInvalid(f"{problem.rstrip('.')}.", field=".".join(places)) from invalid
    _check(policy)
    cents = CENTS if policy.measure.kind == "spend" else 1
    tallied = msgspec.json.encode((policy.measure, policy.period))
    return TierSet(
        key=key,
        name=name,
        policy=policy,
        tally=f"{key}:{crc32(tallied):08x}",
        asks=tuple(tier.threshold * cents for tier in policy.tiers),
        levels={tier.key: level for level, tier in enumerate(policy.tiers)},
        by_days=policy.measure.kind == "visits",
        is_endless=isinstance(policy.period, Ever) and policy.measure.kind != "visits",
    )


def _check(policy: TierPolicy) -> None:
    if isinstance(policy.period, Calendar):
        _check_day(policy.period.starts)
    by_segment = policy.measure.kind == "segment"
    seen: set[str] = set()
    for position, tier in enumerate(policy.tiers):
        place = f"tiers.{position}"
        if tier.key in seen:
            raise TierSetInvalid(f"The tier {tier.key} is named twice.", field=f"{place}.key")
        seen.add(tier.key)
        if by_segment and not tier.segment:
            raise TierSetInvalid("A tier by segment names its segment.", field=f"{place}.segment")
        if not by_segment and position and tier.threshold <= policy.tiers[position - 1].threshold:
            raise TierSetInvalid(
                "A higher tier asks more than the one below it.", field=f"{place}.threshold"
            )


def _check_day(month_day: str) -> None:
    try:
        date.fromisoformat(f"{_LEAP}-{month_day}")
    except ValueError as invalid:
        raise TierSetInvalid(f"There is no day {month_day}.", field="period.starts") from invalid
