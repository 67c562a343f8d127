"""Trying a segment on one member: whether they are in it, and which condition says so."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.admin.pages import exactly
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from members.admin.drawn import Drawn
from members.admin.segment_page import SegmentPage
from members.admin.segment_reasons import reasons_of
from members.admin.segment_words import latest
from members.identifiers import typed_identifier
from members.models import Membership, Segment
from members.selectors import find_membership
from members.services.segments import stay_of


class WhoForm(Drawn):
    """Which member."""

    member = forms.CharField(
        label=gettext_lazy("Card, e-mail address or telephone number"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-56", "autocomplete": "off"}),
    )


class SegmentTrial(SegmentPage):
    """The page, for who may see members."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_member)
        own = [path("<int:segment_id>/try/", view, name="members_segment_try")]
        return [*own, *super().get_urls()]

    def try_member(self, request: HttpRequest, segment_id: int) -> HttpResponse:
        """Fill in who; read whether they are in it by its latest conditions, and why."""
        segment = self.visible(request, str(segment_id))
        if not request.user.has_perm("members.view_member"):
            raise PermissionDenied
        is_asked = request.method == "POST"
        form = WhoForm(request.POST, is_judged=is_asked)
        context = {**self.frame(request, segment), "tab": "try", "form": form}
        if is_asked and form.is_valid():
            try:
                who = typed_identifier(form.cleaned_data["member"])
                membership = find_membership(segment.programme_id, str(who))
                context["answer"] = _answer(segment, membership)
            except DomainError as refusal:
                form.add_error("member", told(refusal))
        return TemplateResponse(request, "admin/members/segment_try.html", context)


def _answer(segment: Segment, membership: Membership) -> dict[str, Any]:
    at = timezone.now()
    stay = stay_of(membership.pk, segment.key, at=at)
    version = latest(segment)
    is_in, reasons = (
        reasons_of(segment, version.document, membership.pk, at=at)
        if version
        else (
            stay is not None,
            [],
        )
    )
    return {
        "title": _("Yes: belongs to it") if is_in else _("No: does not belong to it"),
        "name": str(membership.member),
        "address": reverse("admin:members_member_change", args=[membership.member_id]),
        "reasons": reasons,
        "stay": _("In it since %s.") % exactly(stay.since)
        if stay
        else _("Not in it at the moment."),
    }
