"""Sign-in for shops and apps: where members may use their account of ours."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from loyalty.admin.pages import ConsoleAdmin
from members.app_scopes import SCOPES
from members.models import SignInClient
from members.services.sign_in_clients import (
    change_sign_in_client,
    is_return_address,
    register_sign_in_client,
    renew_secret,
    stop_sign_in_client,
)

ASKABLE = [(key, scope.name) for key, scope in SCOPES.items() if key != "openid"]


class SignInClientForm(forms.ModelForm[Any]):
    """A shop or app: its name, where members return to, and what it may ask."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("As members know it; they read it when they sign in there."),
    )
    addresses = forms.CharField(
        label=gettext_lazy("Addresses to return to"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "One a line, letter by letter as the shop or app sends it: https://…"
        ),
    )
    asks = forms.MultipleChoiceField(
        label=gettext_lazy("May ask"),
        choices=ASKABLE,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("The member reads it and agrees, or does not."),
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("Runs on the member's own device"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy(
            "An app for the phone, or a page without a server: it has no secret."
        ),
    )

    class Meta:
        model = SignInClient
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001  an id is there from the start
            self.fields["addresses"].initial = self.instance.redirect_uris
            self.fields["asks"].initial = self.instance.get_scopes()
            self.fields["is_public"].initial = self.instance.type == SignInClient.Type.PUBLIC
            self.fields["is_public"].disabled = True

    def clean_addresses(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["addresses"].splitlines()]
        addresses = [line for line in lines if line]
        for address in addresses:
            if not is_return_address(address):
                text = _("“%s” will not do: https, or an app's own scheme, without * and #.")
                raise forms.ValidationError(text % address)
        return addresses


@admin.register(SignInClient)
class SignInClientAdmin(ConsoleAdmin):
    """Where members sign in with us."""

    intro = gettext_lazy("The shops and apps in which members sign in with their account here.")
    empty = gettext_lazy("Let members sign in to your webshop with their account: add it.")
    list_title = gettext_lazy("Sign-in for shops and apps")
    form = SignInClientForm
    list_display = ["called", "state", "may_ask"]
    ordering = ["name"]
    fields = ["name", "addresses", "asks", "is_public"]
    actions_detail = ["new_secret", "stop"]

    @display(description=gettext_lazy("Name"))
    def called(self, client: SignInClient) -> str:
        return str(client.name)

    @display(
        description=gettext_lazy("State"),
        label={"live": "success", "stopped": "warning"},
    )
    def state(self, client: SignInClient) -> tuple[str, Any]:
        if client.get_redirect_uris():
            return "live", _("Live")
        return "stopped", _("Stopped")

    @display(description=gettext_lazy("May ask"))
    def may_ask(self, client: SignInClient) -> str:
        names = [str(SCOPES[scope].name) for scope in client.get_scopes() if scope in SCOPES]
        return ", ".join(names)

    def save_model(
        self, request: HttpRequest, obj: Any, form: SignInClientForm, change: bool
    ) -> None:
        said = form.cleaned_data
        wanted = {
            "name": said["name"],
            "redirect_uris": said["addresses"],
            "scopes": said["asks"],
        }
        if change:
            change_sign_in_client(client_id=obj.pk, **wanted)
            return
        client, obj.shown_secret = register_sign_in_client(is_public=said["is_public"], **wanted)
        obj.pk = client.pk

    def response_add(self, request: HttpRequest, obj: Any, *_args: Any) -> HttpResponse:
        return self._shown(request, obj, obj.shown_secret)

    def said(self, obj: Any) -> str:
        return str(_("Saved: %s.") % obj.name)

    @action(
        description=gettext_lazy("New secret"),
        permissions=["change"],
        icon="key",
        variant=ActionVariant.PRIMARY,
    )
    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.visible(request, object_id)
        if request.method != "POST":
            return self.ask(
                request,
                client,
                title=_("A new secret for “%s”?") % client.name,
                sentences=[
                    _("The secret is shown once."),
                    _(
                        "The old one opens nothing from then on: nobody can sign in there"
                        " until it has the new one."
                    ),
                ],
                button=_("Make a new secret"),
                deed=str,
            )
        return self._shown(request, client, renew_secret(client_id=client.pk))

    @action(
        description=gettext_lazy("Stop"),
        permissions=["change"],
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.visible(request, object_id)

        def deed() -> str:
            stop_sign_in_client(client_id=client.pk)
            return str(_("Nobody signs in to “%s” any more.") % client.name)

        return self.ask(
            request,
            client,
            title=_("Stop signing in to “%s”?") % client.name,
            sentences=[
                _("Members who are signed in there with us: it learns nothing more of them."),
                _("Its addresses are removed; fill them in again to start it, with a new secret."),
            ],
            button=_("Stop"),
            deed=deed,
            danger=True,
        )

    def _shown(self, request: HttpRequest, client: Any, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": client.name,
            "opts": self.model._meta,
            "original": client,
            "secret": secret,
        }
        response = TemplateResponse(request, "admin/members/app_secret.html", context)
        response["Cache-Control"] = "no-store"
        return response
