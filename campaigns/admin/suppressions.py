"""Addresses that are not written to: looked up one by one, never shown as a list."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.models import Channel, Suppression
from campaigns.services.suppressions import (
    lift_suppression,
    read_address,
    suppress,
    suppression_of,
)
from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.errors import DomainError

ADDS = "campaigns.add_suppression"
LIFTS = "campaigns.delete_suppression"


class AddressForm(forms.Form):
    """The address that somebody types; it stands in no address bar and is not kept."""

    use_required_attribute = False
    address = forms.CharField(
        label=gettext_lazy("E-mail address or telephone number"),
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def clean_address(self) -> tuple[str, str]:
        try:
            return read_address(self.cleaned_data["address"])
        except DomainError:
            raise forms.ValidationError(_("This is no address and no number.")) from None


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    """One page: how many there are, and whether one address is among them."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = AddressForm(request.POST or None, auto_id="id_%s")
        found, is_asked = None, False
        if request.method == "POST" and form.is_valid():
            channel, address = form.cleaned_data["address"]
            deed = request.POST.get("deed", "look")
            if deed in ("add", "lift"):
                return self._done(request, deed, channel, address)
            is_asked = True
            found = suppression_of(channel=channel, address=address).first()
        counts = Suppression.objects.values("channel", "reason").annotate(many=Count("pk"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Addresses that are not written to"),
            "opts": self.model._meta,
            "form": form,
            "is_asked": is_asked,
            "found": found,
            "counts": [
                (
                    Channel(each["channel"]).label,
                    Suppression.Reason(each["reason"]).label,
                    each["many"],
                )
                for each in counts.order_by("channel", "reason")
            ],
            "may_add": request.user.has_perm(ADDS),
            "may_lift": request.user.has_perm(LIFTS),
        }
        return TemplateResponse(request, "admin/campaigns/suppressions.html", context)

    def _done(self, request: HttpRequest, deed: str, channel: str, address: str) -> HttpResponse:
        if not request.user.has_perm(ADDS if deed == "add" else LIFTS):
            raise PermissionDenied
        if deed == "add":
            reason = Suppression.Reason.ASKED
            suppress(
                channel=channel,
                address=address,
                reason=reason,
                actor=actor_of(request),
                at=timezone.now(),
            )
            messages.success(request, _("This address is not written to from now on."))
        elif lift_suppression(channel=channel, address=address):
            messages.success(request, _("This address may be written to again."))
        return redirect("admin:campaigns_suppression_changelist")
