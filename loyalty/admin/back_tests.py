"""Back-tests: asked for, followed while they run, and read."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from loyalty.admin.back_test_figures import shown
from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.admin.rule_pages import AboutRule, register_page
from loyalty.errors import DomainError
from loyalty.forms.back_tests import BackTestForm
from loyalty.models import BackTest
from loyalty.services.back_tests import cancel_back_test, draft_with, progress, start_back_test
from loyalty.templatetags.figures import day, last_day

State = BackTest.State
STATES = {
    State.WAITING: gettext_lazy("Waiting"),
    State.RUNNING: gettext_lazy("Running"),
    State.DONE: gettext_lazy("Done"),
    State.FAILED: gettext_lazy("Failed"),
    State.CANCELLED: gettext_lazy("Called off"),
}
COLOURS = {
    "WAITING": "warning",
    "RUNNING": "info",
    "DONE": "success",
    "FAILED": "danger",
    "CANCELLED": "default",
}


@admin.register(BackTest)
class BackTestAdmin(ConsoleAdmin):
    """What would have happened."""

    intro = gettext_lazy(
        "Try rules on what really happened, before they go live. Nothing of the books is touched."
    )
    empty = gettext_lazy("Draft a rule, then see here what it would have given.")
    programme_path = "programme"
    list_display = ["called", "period", "state_label", "asked"]
    list_display_links = ["called"]
    ordering = ["-pk"]
    actions_detail = ["call_off"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BackTest]:
        rows: QuerySet[BackTest] = super().get_queryset(request)
        return rows.select_related("programme").defer("draft")

    @display(description=gettext_lazy("Question"))
    def called(self, back_test: BackTest) -> str:
        return back_test.title

    @display(description=gettext_lazy("Period"))
    def period(self, back_test: BackTest) -> str:
        return _period(back_test)

    @display(description=gettext_lazy("State"), label=COLOURS)
    def state_label(self, back_test: BackTest) -> tuple[str, Any]:
        return back_test.state, STATES[State(back_test.state)]

    @display(description=gettext_lazy("Asked"))
    def asked(self, back_test: BackTest) -> datetime:
        return back_test.asked_at

    # --- Asking --------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        programme = self.programme(request)
        today = timezone.now().astimezone(ZoneInfo(programme.time_zone)).date()
        form = BackTestForm(
            programme, today, request.POST or None, initial={"rules": request.GET.getlist("rule")}
        )
        if request.method == "POST" and form.is_valid():
            try:
                return self.page_of(self._started(request, form).pk)
            except DomainError as refusal:
                form.add_error(None, told(refusal))
        context = {**self._frame(request, _("New back-test")), "form": form}
        return TemplateResponse(request, "admin/loyalty/back_test_new.html", context)

    def _started(self, request: HttpRequest, form: BackTestForm) -> BackTest:
        programme_id = form.programme.pk
        return start_back_test(
            programme_id=programme_id,
            title=form.cleaned_data["title"],
            draft=draft_with(programme_id=programme_id, rule_ids=form.rule_ids),
            actor=actor_of(request),
            at=timezone.now(),
            **form.period,
        )

    # --- Following and reading -----------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        back_test = self.visible(request, object_id)
        is_open = back_test.state in (State.WAITING, State.RUNNING)
        context = {
            **self._frame(request, back_test.title),
            "original": back_test,
            "state": STATES[State(back_test.state)],
            "state_colour": COLOURS[back_test.state],
            "period": _period(back_test),
            "is_open": is_open,
            "per_cent": round(progress(back_test) * 100),
        }
        if request.headers.get("HX-Request") and not is_open:
            return HttpResponse(headers={"HX-Refresh": "true"})
        if back_test.state == State.DONE:
            context |= shown(back_test)
        deeds = self.get_actions_detail(request, back_test.pk)
        context["actions_detail"] = self._get_actions_navigation(
            self.actions_detail, deeds, back_test.pk
        )
        return TemplateResponse(request, "admin/loyalty/back_test.html", context)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """What is over cannot be called off."""
        still = BackTest.objects.filter(pk=object_id, state__in=[State.WAITING, State.RUNNING])
        return list(super().get_actions_detail(request, object_id)) if still.exists() else []

    @action(
        description=gettext_lazy("Call off"),
        permissions=["change"],
        icon="stop",
        variant=ActionVariant.DANGER,
    )
    def call_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        back_test = self.visible(request, object_id)

        def deed() -> str:
            cancel_back_test(back_test_id=back_test.pk, at=timezone.now())
            return _("Called off.")

        return self.ask(
            request,
            back_test,
            title=_("Call off “%s”?") % back_test.title,
            sentences=[_("What it has reckoned so far is not kept.")],
            button=_("Call off"),
            deed=deed,
            danger=True,
        )

    def _frame(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.model._meta,
            "has_add_permission": False,
        }

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """It is asked once and never changed: its page is its history."""
        messages.info(request, _("A back-test is never changed."))
        return self.page_of(object_id)


def _period(back_test: BackTest) -> str:
    with timezone.override(ZoneInfo(back_test.programme.time_zone)):
        first, last = day(back_test.since), day(last_day(back_test.until))
    return _("%(first)s through %(last)s") % {"first": first, "last": last}


register_page(
    AboutRule(
        key="back-test",
        title=gettext_lazy("Back-test"),
        address=lambda rule: f"{reverse('admin:loyalty_backtest_add')}?rule={rule.pk}",
        permission="loyalty.add_backtest",
        place=40,
    )
)
