"""The page of what rewards do: how far they come, and what each costs. One question to a chart."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django import forms
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from loyalty.admin.fields import DayInput
from loyalty.admin.pages import ReadOnlyAdmin
from loyalty.models import Programme
from loyalty.templatetags.charts import Pair
from loyalty.templatetags.figures import money, number
from rewards.admin.fields import PeriodForm, a_choice
from rewards.funnel import RewardInsight, RewardOutcome, reward_insight
from rewards.models import Reward

KEPT_SECONDS = 300
PERIOD = timedelta(days=90)
LONGEST = timedelta(days=366 * 2)
CHARTED = 8


class InsightForm(PeriodForm):
    """Of which days, and of which kind."""

    starts_on = forms.DateField(label=gettext_lazy("First day"), widget=DayInput())
    ends_on = forms.DateField(label=gettext_lazy("Last day"), widget=DayInput())
    kind = a_choice(
        gettext_lazy("Kind"), [("", gettext_lazy("All")), *Reward.Kind.choices], required=False
    )

    def __init__(self, programme: Programme, asked: Any, at: datetime) -> None:
        self.programme = programme
        today = at.astimezone(self.zone).date()
        usual = {"starts_on": today - PERIOD, "ends_on": today, "kind": ""}
        super().__init__({**usual, **{k: v for k, v in asked.items() if v}}, auto_id="of_%s")

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        first, last = said.get("starts_on"), said.get("ends_on")
        if first and last and last - first > LONGEST:
            self.add_error("ends_on", _("Choose at most two years."))
        return said


class InsightPage(ReadOnlyAdmin):
    """The page itself."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.insight)
        urls: list[URLPattern] = super().get_urls()
        return [path("insight/", view, name="rewards_redemption_insight"), *urls]

    def insight(self, request: HttpRequest) -> HttpResponse:
        """What rewards did in a period; a wrong period shows no figures."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        programme = self.programme(request)
        form = InsightForm(programme, request.GET.dict(), timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": _("What rewards do"),
            "opts": self.model._meta,
            "original": "",
            "form": form,
            "currency": programme.currency,
        }
        if form.is_valid():
            context |= _shown(_counted(programme, form), programme)
        return TemplateResponse(request, "admin/rewards/insight.html", context)


def _counted(programme: Programme, form: InsightForm) -> RewardInsight:
    """Counting walks all redemptions of the period: once in five minutes for everybody."""
    said = form.cleaned_data
    key = f"rewards-insight:{programme.pk}:{said['starts_on']}:{said['ends_on']}:{said['kind']}"
    if kept := cache.get(key):
        return msgspec.json.decode(kept, type=RewardInsight)
    since, until = form.starts_at(), form.ends_at()
    assert since is not None and until is not None  # noqa: PT018, S101  the form wants both
    counted = reward_insight(
        programme, since=since, until=until, at=timezone.now(), kind=said["kind"]
    )
    cache.set(key, msgspec.json.encode(counted), KEPT_SECONDS)
    return counted


def _shown(counted: RewardInsight, programme: Programme) -> dict[str, Any]:
    return {
        "counted": counted,
        "funnel": _funnel(counted),
        "weeks": counted.weeks,
        "lines": [Pair(_short(week.monday), week.taken, week.received) for week in counted.weeks],
        "rows": [_row(each, programme) for each in counted.rewards],
        "costs": [
            Pair(_name(each), round(each.worth), round(each.cost or 0))
            for each in counted.rewards[:CHARTED]
            if each.taken
        ],
        "totals": _totals(counted, programme),
    }


def _funnel(counted: RewardInsight) -> list[dict[str, Any]]:
    steps = [
        (_("Taken"), counted.taken),
        (_("Received or used"), counted.received),
        (
            _("Paid, still to be received or used"),
            counted.taken - counted.received - counted.given_up,
        ),
        (_("Cancelled, returned or not finished"), counted.given_up),
    ]
    most = counted.taken or 1
    return [
        {"title": title, "count": count, "words": number(count), "share": round(100 * count / most)}
        for title, count in steps
    ]


def _row(each: RewardOutcome, programme: Programme) -> dict[str, Any]:
    return {
        "name": _name(each),
        "page": f"{reverse('admin:rewards_redemption_changelist')}?reward={each.reward}",
        "kind": Reward.Kind(each.kind).label,
        "outcome": each,
        "worth": money(each.worth, programme.currency),
        "cost": "—" if each.cost is None else money(each.cost, programme.currency),
    }


def _totals(counted: RewardInsight, programme: Programme) -> dict[str, str]:
    known = [each.cost for each in counted.rewards if each.cost is not None]
    return {
        "points": number(sum(each.points for each in counted.rewards)),
        "worth": money(
            sum((each.worth for each in counted.rewards), Decimal(0)), programme.currency
        ),
        "cost": money(sum(known, Decimal(0)), programme.currency) if known else "—",
        "unknown": number(sum(each.cost is None and each.taken > 0 for each in counted.rewards)),
    }


def _name(each: RewardOutcome) -> str:
    return each.name_nl if (get_language() or "nl").startswith("nl") else each.name_en


def _short(day: Any) -> str:
    told = str(date_format(day, "j M"))
    return told.lower() if (get_language() or "nl").startswith("nl") else told
