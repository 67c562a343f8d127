"""Finance's report: what members held, what came and went, what they hold; and that it ties out."""

import csv
import io
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from loyalty.admin import scope
from loyalty.forms.widgets import DayInput
from loyalty.models import Programme, Unit
from loyalty.movements import Column, Moment, MovementReport, Step, movement_report

PERIOD = timedelta(days=30)
LONGEST = timedelta(days=366 * 5)
COLUMNS = {
    Column.GRANTED: gettext_lazy("Granted"),
    Column.REDEEMED: gettext_lazy("Redeemed"),
    Column.GIVEN_BACK: gettext_lazy("Given back"),
    Column.LAPSED: gettext_lazy("Lapsed"),
    Column.RETURNED: gettext_lazy("Returned"),
    Column.CORRECTED: gettext_lazy("Corrected"),
    Column.REPAID: gettext_lazy("Repaid debt"),
    Column.DONATED: gettext_lazy("Donated"),
    Column.OTHER: gettext_lazy("Other"),
}
STEPS = [(Step.DAY.value, gettext_lazy("Per day")), (Step.MONTH.value, gettext_lazy("Per month"))]
MOMENTS = [
    (Moment.HAPPENED.value, gettext_lazy("By when it happened")),
    (Moment.BOOKED.value, gettext_lazy("By when it was booked")),
]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class MovementForm(forms.Form):
    """What is asked of the report."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("Unit"),
        queryset=Unit.objects.none(),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )
    since = forms.DateField(label=gettext_lazy("First day"), widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Last day"), widget=DayInput)
    step = forms.ChoiceField(
        label=gettext_lazy("Lines"), choices=STEPS, widget=UnfoldAdminSelectWidget
    )
    by = forms.ChoiceField(
        label=gettext_lazy("Days"), choices=MOMENTS, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, programme: Programme, today: date, asked: Any) -> None:
        units = Unit.objects.filter(programme=programme).select_related("programme").order_by("pk")
        usual = {
            "unit": next((str(unit.pk) for unit in units), ""),
            "since": today - PERIOD,
            "until": today,
            "step": Step.DAY.value,
            "by": Moment.HAPPENED.value,
        }
        super().__init__({**usual, **{key: value for key, value in asked.items() if value}})
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["unit"].label_from_instance = unit_name  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day comes before the first."))
        elif since and until and until - since > LONGEST:
            self.add_error("until", _("Choose at most five years."))
        return said


def unit_name(unit: Unit) -> str:
    """What readers of the present language call it: "Points"."""
    name = unit.name_nl if (get_language() or "nl") == "nl" else unit.name_en
    return name[:1].upper() + name[1:]


def movements_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The report as a page, or with `?format=csv` as a file."""
    programme = scope.programme_of(request)
    today = timezone.now().astimezone(ZoneInfo(programme.time_zone)).date()
    form = MovementForm(programme, today, request.GET.dict())
    report = None
    if form.is_valid():
        said = form.cleaned_data
        report = movement_report(
            said["unit"],
            since=said["since"],
            until=said["until"],
            step=Step(said["step"]),
            by=Moment(said["by"]),
        )
        if request.GET.get("format") == "csv":
            return _file(report, said)
    context |= {"form": form, "report": report, "title": _("Movements")}
    if report is not None:
        context |= _shown(report, form.cleaned_data)
        context["as_file"] = "?" + _with_csv(request)
    return TemplateResponse(request, "admin/loyalty/movements.html", context)


def _with_csv(request: HttpRequest) -> str:
    asked = request.GET.copy()
    asked["format"] = "csv"
    return asked.urlencode()


def _shown(report: MovementReport, said: dict[str, Any]) -> dict[str, Any]:
    columns = report.columns
    return {
        "columns": [COLUMNS[column] for column in columns],
        "unit": unit_name(said["unit"]),
        "by_month": said["step"] == Step.MONTH.value,
        "lines": [
            {"line": line, "moved": [line.points.get(column, 0) for column in columns]}
            for line in report.lines
        ],
        "totals": [report.totals[column] for column in columns],
        "as_of": timezone.now(),
        "ties_out": report.difference == 0,
        "reckoned": report.closing + report.since_then,
    }


def _file(report: MovementReport, said: dict[str, Any]) -> HttpResponse:
    """A file that a spreadsheet opens as a table and never as a formula."""
    text = io.StringIO()
    table = csv.writer(text, delimiter=";")
    columns = report.columns
    words = [_("Day"), _("Unit"), _("Opening"), *(COLUMNS[each] for each in columns), _("Closing")]
    table.writerow([harmless(str(word)) for word in words])
    for line in report.lines:
        moved = [line.points.get(column, 0) for column in columns]
        day = line.day.isoformat()
        cells = [day, harmless(unit_name(said["unit"])), line.opening, *moved, line.closing]
        table.writerow(cells)
    response = HttpResponse(
        "\N{ZERO WIDTH NO-BREAK SPACE}" + text.getvalue(), content_type="text/csv; charset=utf-8"
    )
    name = f"movements-{said['unit'].code}-{said['since']}-{said['until']}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def harmless(cell: str) -> str:
    """A cell of text that no spreadsheet takes for a formula; numbers are written as numbers."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
