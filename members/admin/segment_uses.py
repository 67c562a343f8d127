"""Who asks for a segment: rules, other segments, and what the apps above this one have."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from loyalty.models import EarningRule, EarningRuleVersion
from members.models import Segment, SegmentVersion


class Use(NamedTuple):
    """One thing that asks for the segment: what sort, its name, its page where one may open it."""

    kind: str
    name: str
    address: str


Finder = Callable[[HttpRequest, Segment], Iterable[Use]]
_finders: list[Finder] = []


def register_uses(finder: Finder) -> None:
    """Let a finder of an app above this one tell what of it asks for a segment."""
    _finders.append(finder)


def uses_of(request: HttpRequest, segment: Segment) -> list[Use]:
    """All that asks for the segment now."""
    found = [*_rules(request, segment), *_segments(segment)]
    for finder in _finders:
        found += finder(request, segment)
    return found


def page(request: HttpRequest, thing: Any) -> str:
    """The console's page of a thing, for who may look at it; else nothing."""
    meta = thing._meta
    if not request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
        return ""
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[thing.pk])


def _rules(request: HttpRequest, segment: Segment) -> Iterable[Use]:
    versions = EarningRuleVersion.objects.filter(
        rule__programme=segment.programme_id, retired_at=None
    ).exclude(rule__state=EarningRule.State.STOPPED)
    asked = versions.filter(
        document__conditions__contains=[{"field": "member.segment", "value": [segment.key]}]
    )
    for rule in EarningRule.objects.filter(pk__in=asked.values("rule")).order_by("pk"):
        yield Use(_("Earning rule"), str(rule), page(request, rule))


def _segments(segment: Segment) -> Iterable[Use]:
    others = Segment.objects.filter(programme=segment.programme_id).exclude(pk=segment.pk)
    latest = SegmentVersion.objects.filter(segment__in=others).order_by("segment", "-number")
    for version in latest.distinct("segment").select_related("segment"):
        if asks_for(version.document, segment.key):
            address = reverse("admin:members_segment_change", args=[version.segment_id])
            yield Use(_("Segment"), str(version.segment), address)


def asks_for(part: Any, key: str) -> bool:
    """Whether a document asks somewhere whether the member is in this segment."""
    if isinstance(part, dict):
        if "attribute" in part:
            wanted = part.get("value")
            keys = wanted if isinstance(wanted, list) else [wanted]
            return "segment" in str(part["attribute"]) and key in keys
        return any(asks_for(below, key) for below in part.values())
    return isinstance(part, list) and any(asks_for(below, key) for below in part)
