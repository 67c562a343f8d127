"""Dose tests: drafted, begun, read and ended with a decision."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.admin.dose_figures import dose_figures
from campaigns.models import ContactPolicy, DoseTest
from campaigns.services.doses import (
    end_dose_test,
    read_dose_test,
    save_dose_test,
    start_dose_test,
)
from loyalty.admin.fields import DayInput
from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError

State = DoseTest.State
COLOURS = {"DRAFT": "default", "LIVE": "success", "ENDED": "info"}


class DoseTestForm(forms.Form):
    """What is tried, on how many, and when it is judged."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    doses = forms.RegexField(
        r"^\s*\d{1,2}(\s*,\s*\d{1,2})+\s*$",
        label=gettext_lazy("Doses"),
        initial="1, 2, 4",
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Messages at most, with commas between; each gets an equal part."),
        error_messages={"invalid": gettext_lazy("Write it as 1, 2, 4.")},
    )
    share = forms.IntegerField(
        label=gettext_lazy("Part of the members, in per cent"),
        initial=100,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("The others keep to the programme's own cap."),
    )
    reading_on = forms.DateField(
        label=gettext_lazy("Day on which it is judged"),
        widget=DayInput(),
        help_text=gettext_lazy("Said beforehand, so that nobody stops when it looks good."),
    )

    def clean_doses(self) -> list[int]:
        return [int(each) for each in self.cleaned_data["doses"].split(",")]


class DecisionForm(forms.Form):
    """How often members will hear from us from now on, and why."""

    use_required_attribute = False

    decision = forms.CharField(
        label=gettext_lazy("What was decided?"),
        max_length=2_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


@admin.register(DoseTest)
class DoseTestAdmin(ConsoleAdmin):
    """How often is often enough."""

    intro = gettext_lazy(
        "How often members may hear from us, drawn by lot: what more messages bring, and how many "
        "members they cost."
    )
    empty = gettext_lazy("Try three doses on your members, and see which one to keep.")
    programme_path = "programme"
    list_display = ["name", "state_label", "tried", "judged"]
    list_display_links = ["name"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DoseTest]:
        rows: QuerySet[DoseTest] = super().get_queryset(request)
        return rows.select_related("programme")

    @display(description=gettext_lazy("State"), label=COLOURS)
    def state_label(self, test: DoseTest) -> tuple[str, Any]:
        return test.state, test.get_state_display()

    @display(description=gettext_lazy("Doses"))
    def tried(self, test: DoseTest) -> str:
        return ", ".join(str(dose) for dose in test.doses)

    @display(description=gettext_lazy("Judged on"))
    def judged(self, test: DoseTest) -> Any:
        return test.reading_on

    def get_urls(self) -> list[URLPattern]:
        ours = [
            ("<int:test_id>/start/", self.start, "campaigns_dosetest_start"),
            ("<int:test_id>/read/", self.read, "campaigns_dosetest_read"),
            ("<int:test_id>/end/", self.end, "campaigns_dosetest_end"),
        ]
        urls: list[URLPattern] = super().get_urls()
        wrap = self.admin_site.admin_view
        return [*(path(route, wrap(view), name=name) for route, view, name in ours), *urls]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A draft; nothing is drawn before it begins."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = DoseTestForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self.page_of(self._saved(request, form).pk)
            except DomainError as refusal:
                form.add_error(
                    refusal.field if refusal.field in form.fields else None, told(refusal)
                )
        context = {**self._frame(request, _("New dose test")), "form": form}
        return TemplateResponse(request, "admin/campaigns/dose_test_new.html", context)

    def _saved(self, request: HttpRequest, form: DoseTestForm) -> DoseTest:
        return save_dose_test(
            programme_id=self.programme(request).pk,
            actor=actor_of(request),
            at=timezone.now(),
            **form.cleaned_data,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What was tried and what came of it."""
        test = self.visible(request, object_id)
        policy = ContactPolicy.objects.filter(programme=test.programme).first() or ContactPolicy()
        context = {
            **self._frame(request, test.name),
            "original": test,
            "test": test,
            "state_colour": COLOURS[test.state],
            "days": policy.cap_days,
            "doses": ", ".join(str(dose) for dose in test.doses),
            "may_change": self.has_change_permission(request),
            "form": DecisionForm(auto_id="of_%s"),
            **dose_figures(test, policy.cap_days),
        }
        return TemplateResponse(request, "admin/campaigns/dose_test.html", context)

    def start(self, request: HttpRequest, test_id: int) -> HttpResponse:
        def deed(at: datetime) -> str:
            start_dose_test(dose_test_id=test_id, at=at)
            return _("It has begun: the lot decides how often each member may hear from us.")

        return self._done(request, test_id, deed)

    def read(self, request: HttpRequest, test_id: int) -> HttpResponse:
        def deed(at: datetime) -> str:
            read_dose_test(dose_test_id=test_id, at=at)
            return _("Read.")

        return self._done(request, test_id, deed)

    def end(self, request: HttpRequest, test_id: int) -> HttpResponse:
        def deed(at: datetime) -> str:
            form = DecisionForm(request.POST)
            form.is_valid()
            decision = form.cleaned_data.get("decision", "")
            end_dose_test(dose_test_id=test_id, decision=decision, at=at)
            return _("Ended. The programme's own cap holds again for everybody.")

        return self._done(request, test_id, deed)

    def _done(
        self, request: HttpRequest, test_id: int, deed: Callable[[datetime], str]
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        self.visible(request, str(test_id))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            messages.success(request, deed(timezone.now()))
        except DomainError as refusal:
            messages.error(request, told(refusal))
        return self.page_of(test_id)

    def _frame(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.model._meta,
            "original": "",
            "has_add_permission": False,
        }
