"""A member's privacy at the desk: who looked at them, all their data in a file, forgetting them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from members.admin.colleague import role_of
from members.admin.deeds import done_by_form
from members.admin.tabs import Tab, register_tab
from members.look_words import look_word, role_word
from members.models import Erasure, Member, MemberLook, Membership
from members.services.erasure import erase_member
from members.services.export import export_member

ERASES, EXPORTS = "members.erase_member", "members.export_member"
SHOWN = 100
WHY_ERASE = [
    ("asked", gettext_lazy("The member asked for it")),
    ("support", gettext_lazy("The record should not be there")),
    ("retention", gettext_lazy("It was kept long enough")),
]
WHY_EXPORT = [
    ("asked", gettext_lazy("The member asked for it")),
    ("authority", gettext_lazy("An authority asked for it")),
]


class ExportForm(forms.Form):
    """Why it is taken out."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=WHY_EXPORT, widget=UnfoldAdminSelectWidget
    )


class EraseForm(forms.Form):
    """Why, and a word typed so that it is no slip of the finger."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=WHY_ERASE, widget=UnfoldAdminSelectWidget
    )
    sure = forms.CharField(
        label=gettext_lazy("Type: forget"),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def clean_sure(self) -> str:
        said = str(self.cleaned_data["sure"]).strip().lower()
        if said not in {"forget", "vergeet"}:
            raise forms.ValidationError(_("Type the word as it stands above the field."))
        return said


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """Who was forgotten, by a number that leads to nobody; and the two deeds on members' pages."""

    intro = gettext_lazy("Everybody who was forgotten, the last first. Only a number is left.")
    empty = gettext_lazy("Nobody has been forgotten yet.")
    list_display = ["member", "erased_at", "reason", "actor"]
    ordering = ["-erased_at"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        return [
            path("of/<uuid:member_id>/", view(self.erase), name="members_erasure_of"),
            path("export/<uuid:member_id>/", view(self.export), name="members_erasure_export"),
            *urls,
        ]

    def export(self, request: HttpRequest, member_id: UUID) -> HttpResponse | FileResponse:
        """All that is kept of a member in one file; the member reads that it was taken out."""
        member = _asked(request, member_id, EXPORTS)
        form = ExportForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            made = export_member(
                member_id=member.pk,
                actor=actor_of(request),
                role=role_of(request),
                what=form.cleaned_data["reason"],
                at=timezone.now(),
            )
            name, kind = f"member-{member.pk}.zip", "application/zip"
            return FileResponse(made, as_attachment=True, filename=name, content_type=kind)
        said = [
            _("One file with everything that is kept of this member; they read that it was made.")
        ]
        context = self._page(request, member, _("Take out all data"), said)
        return TemplateResponse(request, "admin/members/deed.html", {**context, "form": form})

    def erase(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """A member forgotten, for good."""
        member = _asked(request, member_id, ERASES)

        def deed(said: dict[str, Any]) -> str:
            erase_member(
                member_id=member.pk,
                reason=said["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("Forgotten. Nothing of this member is left.")

        said = [
            _("All that is about this member goes, at once and for good. Their points are lost."),
            _("Amounts and points stay in the books, under a number that leads to nobody."),
        ]
        return done_by_form(
            request,
            EraseForm(request.POST or None),
            deed=deed,
            context={
                **self._page(request, member, _("Forget this member"), said),
                "is_dangerous": True,
            },
            after=lambda: redirect("admin:members_member_changelist"),
        )

    def _page(
        self, request: HttpRequest, member: Member, title: str, sentences: list[str]
    ) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "sentences": [str(member), *sentences],
            "button": title,
            "page": reverse("admin:members_member_change", args=[member.pk]) + "?tab=privacy",
            "opts": Member._meta,
            "original": member,
            "actions_detail": [],
        }


def _asked(request: HttpRequest, member_id: UUID, right: str) -> Member:
    if not request.user.has_perm(right):
        raise PermissionDenied
    member = Member.objects.filter(pk=member_id, erased_at=None).first()
    if member is None:
        raise Http404
    return member


def _privacy(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    looks = MemberLook.objects.filter(member=membership.member_id).order_by("-last_at", "-pk")
    of = [membership.member_id]
    return {
        "looks": [
            {"look": each, "who": role_word(each.role), "deed": look_word(each.deed, each.what)}
            for each in looks[:SHOWN]
        ],
        "export": reverse("admin:members_erasure_export", args=of)
        if request.user.has_perm(EXPORTS)
        else "",
        "erase": reverse("admin:members_erasure_of", args=of)
        if request.user.has_perm(ERASES)
        else "",
    }


register_tab(
    Tab(
        key="privacy",
        title=gettext_lazy("Privacy"),
        template="admin/members/privacy.html",
        context=_privacy,
        place=90,
    )
)
