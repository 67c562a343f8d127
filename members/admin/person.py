"""What the desk does for a member besides points: name and language, the link to complete it."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty.admin.pages import actor_of
from members.admin.deeds import DeedForm
from members.admin.notes import NoteDeeds
from members.admin.try_rule import TryRule
from members.services.completion import completion_token, is_to_complete
from members.services.desk import correct_profile

CHANGES = "members.change_member"


def _name(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=100, widget=UnfoldAdminTextInputWidget
    )


class ProfileForm(DeedForm):
    """What the member is called and in which language we speak to them."""

    given_name = _name(gettext_lazy("Given name"))
    family_name = _name(gettext_lazy("Family name"))
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("nl", gettext_lazy("Dutch")), ("en", gettext_lazy("English"))],
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("given_name", "family_name", "language", "reason")


class PersonDeeds(NoteDeeds, TryRule):
    """Put a name right, hand out the link by which somebody completes their membership."""

    def get_urls(self) -> list[URLPattern]:
        member = "<uuid:member_id>"
        ours = [
            (f"{member}/profile/", self.profile, "profile"),
            (f"{member}/link/", self.link, "link"),
        ]
        urls: list[URLPattern] = super().get_urls()
        views = (
            path(route, self.admin_site.admin_view(view), name=f"members_member_{name}")
            for route, view, name in ours
        )
        return [*views, *urls]

    def profile(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """Name and language, with a reason that is kept as a note."""
        if not request.user.has_perm(CHANGES):
            raise PermissionDenied
        membership = self.membership(request, str(member_id))
        member = membership.member

        def deed(said: dict[str, Any]) -> str:
            said = {key: value for key, value in said.items() if key != "key"}
            correct_profile(member_id=member.pk, actor=actor_of(request), at=timezone.now(), **said)
            return _("Changed.")

        initial = {
            "given_name": member.given_name,
            "family_name": member.family_name,
            "language": member.language,
        }
        return self.by_form(
            request,
            membership,
            ProfileForm(request.POST or None, initial=initial),
            deed,
            title=_("Put name or language right"),
            sentences=[_("Why is kept as a note about the member.")],
            button=_("Change"),
            tab="story",
            what="profile",
        )

    def link(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """The link by which the member puts their own name and address, as text and as QR code."""
        if not request.user.has_perm(CHANGES):
            raise PermissionDenied
        membership = self.membership(request, str(member_id))
        if not is_to_complete(membership.member_id):
            raise Http404
        token = completion_token(membership.member_id)
        context = {
            **self.page_context(request, membership),
            "title": _("Link to complete the membership"),
            "link": request.build_absolute_uri(reverse("portal:complete", args=[token])),
            "actions_detail": [],
        }
        return TemplateResponse(request, "admin/members/link.html", context)
