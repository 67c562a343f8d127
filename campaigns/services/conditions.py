"""Whom a condition matches: the questions that a step can ask of members, in sets."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q

from campaigns.errors import CampaignInvalid
from campaigns.models import DispatchEvent
from members.models import Activity, SegmentMembership

IN_SEGMENT: Final = "segment"
BOUGHT: Final = "purchases.count"
CLICKED: Final = "campaigns.clicked"


def check_condition(asks: Mapping[str, Any], *, field: str) -> None:
    """Raise CampaignInvalid for a question that cannot be answered."""
    attribute, value = asks.get("attribute"), asks.get("value")
    if attribute == IN_SEGMENT:
        is_asked = asks.get("is") == "in" and isinstance(value, list) and bool(value)
    else:
        days = asks.get("with", {}).get("days")
        is_asked = attribute in (BOUGHT, CLICKED) and asks.get("is") == "at_least"
        is_asked = is_asked and isinstance(days, int) and isinstance(value, int)
    if not is_asked:
        raise CampaignInvalid("This cannot be asked here: make a segment of it.", field=field)


def matching(asks: Mapping[str, Any], membership_ids: Collection[int], *, at: datetime) -> set[int]:
    """Return those of the memberships of whom it is true at that moment; one query."""
    if asks["attribute"] == IN_SEGMENT:
        stays = SegmentMembership.objects.filter(
            Q(until=None) | Q(until__gt=at),
            membership__in=membership_ids,
            segment__in=asks["value"],
            since__lte=at,
        )
        return set(stays.values_list("membership_id", flat=True))
    since, least = at - timedelta(days=asks["with"]["days"]), asks["value"]
    if asks["attribute"] == BOUGHT:
        deeds = Activity.objects.filter(
            membership__in=membership_ids, type="purchase", occurred_at__gt=since
        )
        counted = deeds.values("membership_id").annotate(times=Count("pk"))
        return set(counted.filter(times__gte=least).values_list("membership_id", flat=True))
    clicks = DispatchEvent.objects.filter(
        dispatch__membership__in=membership_ids, kind=DispatchEvent.Kind.CLICKED, at__gt=since
    )
    told = clicks.values("dispatch__membership_id").annotate(
        times=Count("dispatch_id", distinct=True)
    )
    return set(told.filter(times__gte=least).values_list("dispatch__membership_id", flat=True))
