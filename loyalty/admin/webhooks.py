"""Webhooks: which systems are told what happened, and what came of telling them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action, display

from loyalty.admin.pages import ConsoleAdmin
from loyalty.forms.webhooks import AgainForm, WebhookForm
from loyalty.models import WebhookDelivery, WebhookEndpoint
from loyalty.services import webhooks

SHOWN = 50  # deliveries on the page of an endpoint

State = WebhookDelivery.State


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ConsoleAdmin):
    """Who is told what happened."""

    intro = gettext_lazy("Systems that are told at once what happens here: a CRM, a warehouse.")
    empty = gettext_lazy("Give the address of a system that wants to know, and choose its events.")
    form = WebhookForm
    programme_path = "programme"
    list_display = ["called", "state_label", "waiting", "failed"]
    ordering = ["pk"]
    fields = ["url", "description", "event_names"]
    actions_detail = ["test", "new_secret", "again", "switch"]
    change_form_outer_before_template = "admin/loyalty/webhook_deliveries.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        endpoints: QuerySet[WebhookEndpoint] = super().get_queryset(request)
        return endpoints.annotate(
            many_waiting=Count("deliveries", filter=Q(deliveries__state=State.WAITING)),
            many_failed=Count("deliveries", filter=Q(deliveries__state=State.FAILED)),
        )

    @display(description=gettext_lazy("Address"))
    def called(self, endpoint: WebhookEndpoint) -> str:
        return str(endpoint)

    @display(
        description=gettext_lazy("State"),
        label={"active": "success", "resting": "warning", "stopped": "danger"},
    )
    def state_label(self, endpoint: WebhookEndpoint) -> tuple[str, str]:
        if not endpoint.is_active:
            return "stopped", _("Stopped")
        if endpoint.paused_until and endpoint.paused_until > timezone.now():
            return "resting", _("Asked for rest")
        return "active", _("Active")

    @display(description=gettext_lazy("Waiting"))
    def waiting(self, endpoint: Any) -> int:
        return int(endpoint.many_waiting)

    @display(description=gettext_lazy("Given up"))
    def failed(self, endpoint: Any) -> int:
        return int(endpoint.many_failed)

    def save_model(
        self, request: HttpRequest, obj: WebhookEndpoint, form: WebhookForm, change: bool
    ) -> None:
        said = {name: form.cleaned_data[name] for name in ("url", "description", "event_names")}
        if change:
            webhooks.change_endpoint(endpoint_id=obj.pk, **said)
            return
        programme_id = self.programme(request).pk
        made, secret = webhooks.add_endpoint(programme_id=programme_id, at=timezone.now(), **said)
        obj.pk, obj.programme_id = made.pk, made.programme_id
        request._new_webhook_secret = secret  # type: ignore[attr-defined]  # noqa: SLF001

    def said(self, obj: Any) -> str:
        return str(_("Saved. It holds for what happens from now on."))

    def response_add(self, request: HttpRequest, obj: Any, *_args: Any) -> HttpResponse:
        return self.show_secret(request, obj, request._new_webhook_secret)  # type: ignore[attr-defined]  # noqa: SLF001

    def show_secret(self, request: HttpRequest, endpoint: Any, secret: str) -> HttpResponse:
        """The secret, shown this once."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new secret"),
            "opts": self.model._meta,
            "original": endpoint,
            "secret": secret,
        }
        response = TemplateResponse(request, "admin/loyalty/new_secret.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        endpoint = self.visible(request, object_id)
        rows = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event")
        context = {**(extra_context or {}), "deliveries": rows.order_by("-pk")[:SHOWN]}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def get_urls(self) -> list[URLPattern]:
        once_more = path(
            "deliveries/<int:delivery_id>/again/",
            self.admin_site.admin_view(self.once_more),
            name="loyalty_webhookendpoint_once_more",
        )
        return [once_more, *super().get_urls()]

    # --- Deeds ---------------------------------------------------------------------------------

    @action(description=gettext_lazy("Send a test"), permissions=["change"], icon="send")
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.visible(request, object_id)

        def deed() -> str:
            webhooks.send_test(endpoint_id=endpoint.pk, at=timezone.now())
            return _("The test is on its way; look below in a moment what came of it.")

        return self.ask(
            request,
            endpoint,
            title=_("Send a test to “%s”?") % endpoint,
            sentences=[_("It is signed as any other and says that nothing happened.")],
            button=_("Send a test"),
            deed=deed,
        )

    @action(description=gettext_lazy("New secret"), permissions=["change"], icon="key")
    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.visible(request, object_id)
        if request.method == "POST":
            secret = webhooks.rotate_secret(endpoint_id=endpoint.pk, at=timezone.now())
            return self.show_secret(request, endpoint, secret)
        return self.ask(
            request,
            endpoint,
            title=_("Make a new secret for “%s”?") % endpoint,
            sentences=[
                _("For a day everything is signed with both, so that nothing is missed."),
                _("The new secret is shown once."),
            ],
            button=_("Make a new secret"),
            deed=str,
        )

    @action(description=gettext_lazy("Send again"), permissions=["change"], icon="replay")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.visible(request, object_id)
        today = timezone.localdate()
        form = AgainForm(request.POST or None, initial={"since": today, "until": today})
        if request.method != "POST" or not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": _("Send what happened again"),
                "opts": self.model._meta,
                "original": endpoint,
                "form": form,
            }
            return TemplateResponse(request, "admin/loyalty/webhook_again.html", context)

        def deed() -> str:
            since, until = form.period
            many = webhooks.send_again(
                endpoint_id=endpoint.pk, since=since, until=until, at=timezone.now()
            )
            return ngettext(
                "%(many)d event is sent again.", "%(many)d events are sent again.", many
            ) % {"many": many}

        return self.ask(request, endpoint, title="", sentences=[], button="", deed=deed)

    @action(
        description=gettext_lazy("Stop or start"), permissions=["change"], icon="power_settings_new"
    )
    def switch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.visible(request, object_id)
        if endpoint.is_active:
            return self._ask_to_stop(request, endpoint)

        def deed() -> str:
            webhooks.start_endpoint(endpoint_id=endpoint.pk)
            return _("It is told again, what waited first.")

        return self.ask(
            request,
            endpoint,
            title=_("Start “%s” again?") % endpoint,
            sentences=[
                _("What waited goes first. What happened meanwhile you can send again by day.")
            ],
            button=_("Start"),
            deed=deed,
        )

    def _ask_to_stop(self, request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
        def deed() -> str:
            webhooks.stop_endpoint(endpoint_id=endpoint.pk)
            return _("Nothing goes there any more.")

        return self.ask(
            request,
            endpoint,
            title=_("Stop “%s”?") % endpoint,
            sentences=[_("What waits stays; what happens from now on is not kept for it.")],
            button=_("Stop"),
            deed=deed,
            danger=True,
        )

    def once_more(self, request: HttpRequest, delivery_id: int) -> HttpResponse:
        rows = WebhookDelivery.objects.select_related("endpoint", "event")
        delivery = get_object_or_404(rows, pk=delivery_id)
        if not self.has_change_permission(request, delivery.endpoint):
            return HttpResponse(status=403)

        def deed() -> str:
            webhooks.send_once_more(delivery_id=delivery.pk, at=timezone.now())
            return _("It is on its way again.")

        return self.ask(
            request,
            delivery.endpoint,
            title=_("Send it once more?"),
            sentences=[_("It keeps its id, so a receiver that has it knows that it does.")],
            button=_("Send again"),
            deed=deed,
        )
