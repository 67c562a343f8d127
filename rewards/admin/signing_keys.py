"""The keys that sign vouchers for tills without a line: made, rotated, retired."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from loyalty.admin.pages import ReadOnlyAdmin, actor_of, exactly
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from rewards.models import SigningKey
from rewards.services.offline.keys import retire_key, rotate_key


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    """Each with its number on the ticket; the newest signs."""

    list_title = gettext_lazy("Keys for tills without a line")
    intro = gettext_lazy(
        "By these a till believes a voucher without asking us. The newest signs;"
        " tickets of the others stay good until you retire their key."
    )
    empty = gettext_lazy("The first till makes the first key.")
    programme_path = "programme"
    list_display = ["called", "made", "state_label"]
    list_select_related = ["programme"]
    ordering = ["-number"]
    actions_list = ["rotate"]
    actions_detail = ["retire"]

    @display(description=gettext_lazy("Key"))
    def called(self, key: SigningKey) -> str:
        return _("Key %s") % key.number

    @display(description=gettext_lazy("Made"))
    def made(self, key: SigningKey) -> datetime:
        return key.made_at

    @display(description=gettext_lazy("State"), label={"LIVE": "success", "RETIRED": "default"})
    def state_label(self, key: SigningKey) -> tuple[str, str]:
        if key.retired_at is None:
            return "LIVE", _("In use")
        return "RETIRED", _("Retired on %s") % exactly(key.retired_at)

    def has_rotate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("rewards.add_signingkey")

    def has_retire_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("rewards.change_signingkey")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        key = self.visible(request, object_id)
        actions = [] if key.retired_at else self.get_actions_detail(request, key.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": self.called(key),
            "opts": self.model._meta,
            "original": key,
            "state": self.state_label(key)[1],
            "colour": "default" if key.retired_at else "success",
            "sentence": _("Made on %s.") % exactly(key.made_at),
            "public": bytes(key.public).hex(),
            "actions_detail": self._get_actions_navigation(self.actions_detail, actions, key.pk),
        }
        return TemplateResponse(request, "admin/rewards/signing_key.html", context)

    @action(description=gettext_lazy("Make a new key"), permissions=["rotate"], icon="key")
    def rotate(self, request: HttpRequest) -> HttpResponse:
        """A page that asks; by POST the new key is made and signs from then on."""
        programme = self.programme(request)
        if request.method == "POST":
            try:
                key = rotate_key(
                    programme_id=programme.pk, actor=actor_of(request), at=timezone.now()
                )
            except DomainError as refusal:
                messages.error(request, told(refusal))
            else:
                messages.success(request, _("Key %s signs from now on.") % key.number)
            return redirect("admin:rewards_signingkey_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Make a new key?"),
            "opts": self.model._meta,
            "original": "",
            "sentences": [
                _("It signs every voucher that is shown from now on."),
                _("Tickets of the keys before stay good until you retire those."),
            ],
            "button": _("Make a new key"),
        }
        return TemplateResponse(request, "admin/rewards/ask_list.html", context)

    @action(
        description=gettext_lazy("Retire"),
        permissions=["retire"],
        icon="key_off",
        variant=ActionVariant.DANGER,
    )
    def retire(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = self.visible(request, object_id)

        def deed() -> str:
            retire_key(
                programme_id=key.programme_id,
                number=key.number,
                actor=actor_of(request),
                at=timezone.now(),
            )
            return str(_("Key %s signs nothing any more.") % key.number)

        return self.ask(
            request,
            key,
            title=_("Retire key %s?") % key.number,
            sentences=[
                _("Tickets that it signed are refused by every till that was heard of since."),
                _("Members who open their voucher again see one that a newer key signed."),
            ],
            button=_("Retire"),
            deed=deed,
            danger=True,
        )
