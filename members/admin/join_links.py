"""Ways to join: a poster, an advert, a push message, each with its own address and QR code."""

from io import BytesIO
from typing import Any

import segno
from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from loyalty.admin.pages import ConsoleAdmin
from loyalty.templatetags.figures import number
from members.models import JoinLink
from members.services.join_links import change_join_link, open_join_link

PIXELS = 24  # per module: sharp on paper at ten centimetres
SVG, PNG = "image/svg+xml", "image/png"


class JoinLinkForm(forms.ModelForm[JoinLink]):
    """What is remembered of who joins by it."""

    class Meta:
        model = JoinLink
        fields = ("name", "touchpoint", "location", "campaign", "is_live")
        labels = {
            "name": gettext_lazy("Name"),
            "touchpoint": gettext_lazy("Where people see it"),
            "location": gettext_lazy("Shop or place"),
            "campaign": gettext_lazy("Campaign"),
            "is_live": gettext_lazy("In use"),
        }
        help_texts = {
            "name": gettext_lazy("For you and your colleagues: “Poster at the till in Utrecht”."),
            "location": gettext_lazy("Kept with everybody who joins by it. May stay empty."),
            "campaign": gettext_lazy("A short word that you use in your reports. May stay empty."),
            "is_live": gettext_lazy("Stopped, people can still join by it; it is not counted."),
        }
        widgets = {
            "name": UnfoldAdminTextInputWidget,
            "touchpoint": UnfoldAdminSelectWidget,
            "location": UnfoldAdminTextInputWidget,
            "campaign": UnfoldAdminTextInputWidget,
            "is_live": UnfoldBooleanSwitchWidget,
        }


@admin.register(JoinLink)
class JoinLinkAdmin(ConsoleAdmin):
    """Each with how many saw it and how many joined."""

    intro = gettext_lazy(
        "Posters, adverts and messages by which people join, and how many each brought in."
    )
    empty = gettext_lazy("Make a way to join, print its poster, and see here whom it brings in.")
    form = JoinLinkForm
    programme_path = "programme"
    list_display = ["called", "where", "place", "campaign_of", "opened", "joined_by", "live"]
    search_fields = ["name", "campaign", "location"]
    ordering = ["-pk"]
    list_select_related = ["programme"]
    actions_detail = ["poster", "qr_svg", "qr_png"]
    fieldsets = [
        (None, {"fields": ["name", "touchpoint", "location", "campaign", "is_live"]}),
        (
            gettext_lazy("What it brought"),
            {"fields": ["address", "drawing", "opened", "joined_by"]},
        ),
    ]
    readonly_fields = ["address", "drawing", "opened", "joined_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[JoinLink]:
        links: QuerySet[JoinLink] = super().get_queryset(request)
        return links.annotate(brought=Count("joined"))

    def get_fieldsets(self, request: HttpRequest, obj: JoinLink | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return (
            fieldsets
            if obj
            else [(None, {"fields": ["name", "touchpoint", "location", "campaign"]})]
        )

    # --- What is shown -------------------------------------------------------------------------

    @display(description=gettext_lazy("Name"))
    def called(self, link: JoinLink) -> str:
        return link.name

    @display(description=gettext_lazy("Where people see it"))
    def where(self, link: JoinLink) -> str:
        return link.get_touchpoint_display()

    @display(description=gettext_lazy("Shop or place"))
    def place(self, link: JoinLink) -> str:
        return link.location

    @display(description=gettext_lazy("Campaign"))
    def campaign_of(self, link: JoinLink) -> str:
        return link.campaign

    @display(description=gettext_lazy("Opened"))
    def opened(self, link: JoinLink) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(link.seen))

    @display(description=gettext_lazy("Joined by it"))
    def joined_by(self, link: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(link.brought))

    @display(description=gettext_lazy("In use"), boolean=True)
    def live(self, link: JoinLink) -> bool:
        return link.is_live

    @display(description=gettext_lazy("Address"))
    def address(self, link: JoinLink) -> SafeString:
        address = reverse("portal:join_link", args=[link.key])
        return format_html('<a href="{}">{}</a>', address, address)

    @display(description=gettext_lazy("QR code"))
    def drawing(self, link: JoinLink) -> SafeString:
        address = reverse("admin:members_joinlink_qr", args=[link.pk, "svg"])
        label = _("QR code to become a member")
        return format_html('<img src="{}" alt="{}" width="200" height="200">', address, label)

    # --- What is done --------------------------------------------------------------------------

    def save_model(
        self, request: HttpRequest, obj: JoinLink, form: forms.ModelForm[JoinLink], change: bool
    ) -> None:
        said = {
            name: form.cleaned_data[name] for name in ("name", "touchpoint", "location", "campaign")
        }
        if change:
            change_join_link(link_id=obj.pk, is_live=form.cleaned_data["is_live"], **said)
            return
        link = open_join_link(programme_id=self.programme(request).pk, at=timezone.now(), **said)
        obj.pk, obj.key, obj.programme_id = link.pk, link.key, link.programme_id

    def said(self, obj: Any) -> str:
        return str(_("Saved: whoever joins by “%s” from now on is counted.") % obj.name)

    def get_urls(self) -> list[Any]:
        own = [
            path(
                "<int:link_id>/qr.<str:kind>",
                self.admin_site.admin_view(self.qr),
                name="members_joinlink_qr",
            ),
        ]
        return [*own, *super().get_urls()]

    def qr(self, request: HttpRequest, link_id: int, kind: str) -> HttpResponse:
        """The code as a file: for a printer as SVG, for a screen as PNG."""
        link = self.visible(request, str(link_id))
        code, out = segno.make_qr(_full_address(request, link), error="m"), BytesIO()
        if kind == "svg":
            code.save(out, kind="svg", scale=10, border=4, light="white")
        else:
            code.save(out, kind="png", scale=PIXELS, border=4, light="white")
        return HttpResponse(out.getvalue(), content_type=SVG if kind == "svg" else PNG)

    @action(description=gettext_lazy("Poster"), icon="print")
    def poster(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A page of A4 to print."""
        link = self.visible(request, object_id)
        address = _full_address(request, link)
        typed = address.partition("://")[2].rstrip("/")
        return render(
            request, "portal/poster.html", {"link": link, "address": address, "typed": typed}
        )

    @action(description=gettext_lazy("QR code for print (SVG)"), icon="download", url_path="qr-svg")
    def qr_svg(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._download(request, object_id, "svg")

    @action(description=gettext_lazy("QR code as picture (PNG)"), icon="image", url_path="qr-png")
    def qr_png(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._download(request, object_id, "png")

    def _download(self, request: HttpRequest, object_id: str, kind: str) -> HttpResponse:
        link = self.visible(request, object_id)
        response = self.qr(request, link.pk, kind)
        response.headers["Content-Disposition"] = f'attachment; filename="join-{link.key}.{kind}"'
        return response


def _full_address(request: HttpRequest, link: JoinLink) -> str:
    return request.build_absolute_uri(reverse("portal:join_link", args=[link.key]))
