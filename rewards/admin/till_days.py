"""What a till did on a day, as figures that tie out to the books; on a page and as a file."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.admin.fields import DayInput
from loyalty.admin.pages import ConsoleAdmin
from loyalty.templatetags.figures import money, number
from rewards.models import Till, TillReceipt
from rewards.services.reconciliation import DayFigures, TillDay, as_csv, till_day

RIGHT = "rewards.view_tillreceipt"
STATES = dict(TillReceipt.State.choices)
TIES: dict[str, Any] = {
    "points earned": gettext_lazy("Points earned"),
    "points spent": gettext_lazy("Points spent"),
    "vouchers used": gettext_lazy("Vouchers used"),
    "vouchers rolled back": gettext_lazy("Vouchers rolled back"),
}


class DayForm(forms.Form):
    """Which day."""

    use_required_attribute = False

    day = forms.DateField(label=gettext_lazy("Day"), widget=DayInput())


class TillDays(ConsoleAdmin):
    """The page of a till's day."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.day)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:till_id>/day/", view, name="rewards_till_day"), *urls]

    def day(self, request: HttpRequest, till_id: int) -> HttpResponse:
        """Today's figures, or of `?day=`; with `format=csv` or `json` as a file."""
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        till: Till = self.visible(request, str(till_id))
        now = timezone.now()
        today = now.astimezone(ZoneInfo(till.programme.time_zone)).date()
        form = DayForm({"day": request.GET.get("day") or today}, auto_id="of_%s")
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("%s per day") % till.name,
            "opts": self.model._meta,
            "original": till,
            "form": form,
            "actions_detail": [],
        }
        if form.is_valid():
            found = till_day(till=till, day=form.cleaned_data["day"], at=now)
            if wanted := request.GET.get("format"):
                return _file(found, wanted)
            context |= _shown(found, form.cleaned_data["day"])
        return TemplateResponse(request, "admin/rewards/till_day.html", context)


def _file(found: TillDay, wanted: str) -> HttpResponse:
    """The same figures, as a spreadsheet or a program reads them."""
    kind = "json" if wanted == "json" else "csv"
    if kind == "json":
        response = HttpResponse(msgspec.json.encode(found), content_type="application/json")
    else:
        text = "\N{ZERO WIDTH NO-BREAK SPACE}" + as_csv(found)
        response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = f"till-{found.till}-{found.day}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(found: TillDay, day: date) -> dict[str, Any]:
    return {
        "found": found,
        "receipts": [
            {
                "receipt": each,
                "state": STATES[each.state],
                "amount": money(each.amount, found.currency),
                "tendered": money(each.tendered, found.currency) if each.tendered else "",
                "off": money(each.voucher_value, found.currency) if each.vouchers else "",
            }
            for each in found.receipts
        ],
        "facts": _facts(found.totals, found.currency),
        "cancelled": sum(each.state == TillReceipt.State.CANCELLED for each in found.receipts),
        "ties": [
            {"tie": tie, "words": TIES.get(tie.name, tie.name), "off_by": tie.receipts - tie.books}
            for tie in found.ties
        ],
        "files": f"?day={day.isoformat()}&format=",
    }


def _facts(totals: DayFigures, currency: str) -> list[tuple[str, str]]:
    return [
        (_("Goods, after discounts"), money(totals.amount, currency)),
        (_("Discounts"), money(totals.discount, currency)),
        (_("Paid with points"), money(totals.tendered, currency)),
        (_("Paid with gift cards"), money(totals.cards, currency)),
        (_("To pay"), money(totals.to_pay, currency)),
        (_("Points earned"), number(totals.earned)),
        (_("Points spent"), number(totals.redeemed)),
        (_("Vouchers used"), number(totals.vouchers)),
    ]
