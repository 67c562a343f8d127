"""The page of how members come and stay: one question to each chart, a table behind it."""

from hashlib import sha256
from typing import Any

import msgspec
from django import forms
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from loyalty.admin.pages import ReadOnlyAdmin
from loyalty.models import Location, Programme
from loyalty.templatetags.figures import number
from members.admin.words import TOUCHPOINTS, word
from members.models import JoinLink
from members.services.insight import ACTIVE_DAYS, Insight, JoinedWeek, member_insight

KEPT_SECONDS = 300
HIGH, STEP, BAR = 140, 22, 16
SERIES = 5  # touchpoints with a colour of their own; the rest are one


class InsightForm(forms.Form):
    """Of whom."""

    location = forms.ChoiceField(
        label=gettext_lazy("Joined at"), required=False, widget=UnfoldAdminSelectWidget
    )
    campaign = forms.ChoiceField(
        label=gettext_lazy("Campaign"), required=False, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, data: Any, programme: Programme) -> None:
        super().__init__(data, auto_id="of_%s")
        places = Location.objects.filter(programme=programme).order_by("name")
        links = JoinLink.objects.filter(programme=programme).exclude(campaign="")
        self._offer("location", places.values_list("name", flat=True))
        self._offer("campaign", links.order_by("campaign").values_list("campaign", flat=True))

    def _offer(self, field: str, values: Any) -> None:
        choices = [("", _("All")), *((each, each) for each in dict.fromkeys(values))]
        self.fields[field].choices = choices  # type: ignore[attr-defined]


class InsightPage(ReadOnlyAdmin):
    """The page itself."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.insight)
        urls: list[URLPattern] = super().get_urls()
        return [path("insight/", view, name="members_member_insight"), *urls]

    def insight(self, request: HttpRequest) -> HttpResponse:
        """How members come and stay, of one location or campaign or of all."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        programme = self.programme(request)
        form = InsightForm(request.GET, programme)
        form.is_valid()
        of = {key: form.cleaned_data.get(key, "") for key in ("location", "campaign")}
        counted = _counted(programme, of)
        through = _touchpoints(counted.weeks)
        context = {
            **self.admin_site.each_context(request),
            "title": _("How members come and stay"),
            "opts": self.model._meta,
            "original": "",
            "form": form,
            "counted": counted,
            "days": ACTIVE_DAYS,
            "through": [word(TOUCHPOINTS, each) if each else _("other") for each in through],
            "bars": _bars(counted.weeks, through),
            "wide": len(counted.weeks) * STEP,
            "high": HIGH,
            "weeks": [
                (week.monday, [number(each) for each in _split(week, through)], number(week.total))
                for week in reversed(counted.weeks)
            ],
            "funnel": _funnel(counted),
            "presence": [(_("Active"), counted.active), (_("Not active"), counted.inactive)],
        }
        return TemplateResponse(request, "admin/members/insight.html", context)


def _counted(programme: Programme, of: dict[str, str]) -> Insight:
    """Counting walks all activities, so it is done once in five minutes for everybody."""
    digest = sha256(f"{of['location']}\0{of['campaign']}".encode()).hexdigest()[:16]
    key = f"members-insight:{programme.pk}:{digest}"
    if kept := cache.get(key):
        return msgspec.json.decode(kept, type=Insight)
    counted = member_insight(programme, **of, at=timezone.now())
    cache.set(key, msgspec.json.encode(counted), KEPT_SECONDS)
    return counted


def _touchpoints(weeks: list[JoinedWeek]) -> list[str]:
    """Those that most came through; "" stands for the rest, when there is one."""
    sums: dict[str, int] = {}
    for week in weeks:
        for through, count in week.through.items():
            sums[through] = sums.get(through, 0) + count
    ranked = sorted(sums, key=lambda each: (-sums[each], each))
    return [*ranked[:SERIES], ""] if len(ranked) > SERIES else ranked


def _split(week: JoinedWeek, through: list[str]) -> list[int]:
    named = [week.through.get(each, 0) for each in through if each]
    return [*named, week.total - sum(named)] if "" in through else named


def _bars(weeks: list[JoinedWeek], through: list[str]) -> list[dict[str, int]]:
    most = max((week.total for week in weeks), default=0) or 1
    bars = []
    for place, week in enumerate(weeks):
        floor = HIGH
        for series, count in enumerate(_split(week, through)):
            high = round(count * HIGH / most)
            floor -= high
            if high:
                bars.append({"x": place * STEP, "y": floor, "high": high, "series": series})
    return bars


def _funnel(counted: Insight) -> list[dict[str, Any]]:
    steps = [
        (_("Joined"), counted.joined),
        (_("Bought once"), counted.bought),
        (_("Bought again"), counted.bought_again),
        (_("Redeemed after that"), counted.redeemed),
    ]
    before = counted.joined
    rows = []
    for title, count in steps:
        share = round(count * 100 / before) if before else 0
        rows.append({"title": title, "count": count, "words": number(count), "share": share})
        before = count
    return rows
