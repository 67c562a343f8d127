"""Connections: which webshop, till or partner may use the API, and by which keys."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from loyalty.admin.pages import ConsoleAdmin
from loyalty.forms import CLIENT_KINDS, SCOPES, ApiClientForm
from loyalty.models import ApiClient, ApiKey
from loyalty.services.api_clients import issue_key, register_client, revoke_key


@admin.register(ApiClient)
class ApiClientAdmin(ConsoleAdmin):
    """Who calls the API."""

    intro = gettext_lazy("The webshops, tills and partners that may send and ask for things.")
    empty = gettext_lazy("Connect your webshop or till: make a connection, then issue it a key.")
    form = ApiClientForm
    programme_path = "programme"
    list_display = ["called", "kind_label", "may", "keys_in_use"]
    ordering = ["name"]
    fields = ["name", "kind", "scopes"]
    actions_detail = ["new_key"]
    change_form_outer_before_template = "admin/loyalty/client_keys.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiClient]:
        clients: QuerySet[ApiClient] = super().get_queryset(request)
        return clients.annotate(in_use=Count("keys", filter=Q(keys__revoked_at=None)))

    @display(description=gettext_lazy("Name"))
    def called(self, client: ApiClient) -> str:
        return client.name

    @display(description=gettext_lazy("Kind"))
    def kind_label(self, client: ApiClient) -> Any:
        return dict(CLIENT_KINDS)[client.kind]

    @display(description=gettext_lazy("May do"))
    def may(self, client: ApiClient) -> str:
        words = dict(SCOPES)
        return ", ".join(str(words.get(scope, scope)) for scope in client.scopes)

    @display(description=gettext_lazy("Keys in use"))
    def keys_in_use(self, client: Any) -> int:
        return int(client.in_use)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiClient | None = None) -> list[str]:
        """The name is how what it has sent is known; it stays."""
        return ["name"] if obj else []

    def save_model(
        self, request: HttpRequest, obj: ApiClient, form: ApiClientForm, change: bool
    ) -> None:
        programme_id = obj.programme_id or self.programme(request).pk
        client = register_client(
            programme_id=programme_id,
            name=obj.name,
            kind=ApiClient.Kind(form.cleaned_data["kind"]),
            scopes=form.cleaned_data["scopes"],
        )
        obj.pk, obj.programme_id = client.pk, client.programme_id

    def said(self, obj: Any) -> str:
        return str(_("Saved. Issue a key to let “%s” in.") % obj.name)

    # --- Keys ----------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        client = self.visible(request, object_id)
        keys = ApiKey.objects.filter(client=client).order_by("-issued_at")
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "keys": keys}
        )
        return response

    def get_urls(self) -> list[URLPattern]:
        revoke = path(
            "keys/<int:key_id>/revoke/",
            self.admin_site.admin_view(self.revoke),
            name="loyalty_apiclient_revoke",
        )
        return [revoke, *super().get_urls()]

    @action(
        description=gettext_lazy("Issue a key"),
        permissions=["change"],
        icon="key",
        variant=ActionVariant.PRIMARY,
    )
    def new_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.visible(request, object_id)
        if request.method != "POST":
            return self.ask(
                request,
                client,
                title=_("Issue a key to “%s”?") % client,
                sentences=[
                    _("The key is shown once. Keep it where only the connection can read it."),
                    _("Keys that were issued before go on working until you revoke them."),
                ],
                button=_("Issue a key"),
                deed=str,
            )
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new key"),
            "opts": self.model._meta,
            "original": client,
            "key": issue_key(client_id=client.pk, at=timezone.now()),
        }
        response = TemplateResponse(request, "admin/loyalty/new_key.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def revoke(self, request: HttpRequest, key_id: int) -> HttpResponse:
        key = get_object_or_404(ApiKey.objects.select_related("client"), pk=key_id)
        if not self.has_change_permission(request, key.client):
            return HttpResponse(status=403)

        def deed() -> str:
            revoke_key(key_id=key.pk, at=timezone.now())
            return _("The key %s opens nothing any more.") % key

        return self.ask(
            request,
            key.client,
            title=_("Revoke the key %s?") % key,
            sentences=[_("From that moment “%s” is refused with it.") % key.client],
            button=_("Revoke"),
            deed=deed,
            danger=True,
        )
