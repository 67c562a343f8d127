"""Putting members into a campaign by hand: who is in some segments, or who is on a list."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from campaigns.admin.around import Around
from campaigns.admin.campaign_looks import document_of
from campaigns.admin.campaign_page import CampaignPage, begins_by_hand
from campaigns.models import Campaign
from campaigns.services.by_hand import put_in
from campaigns.tasks import put_in_segments
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from loyalty.templatetags.figures import number
from members.admin.segment_list_page import members_in
from members.services.segments import audience, find_listed

MOST_LINES = 5_000
PUT = "put"


class HandForm(forms.Form):
    """Segments, or lines; `key` makes the same form sent twice the same deed."""

    use_required_attribute = False

    segments = forms.MultipleChoiceField(
        label=gettext_lazy("Who is in one of these segments"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    lines = forms.CharField(
        label=gettext_lazy("Or write them here"),
        required=False,
        max_length=200_000,
        help_text=gettext_lazy(
            "A member on each line: an e-mail address, a card, a telephone number, "
            "or your own number of a member."
        ),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, segments: Sequence[tuple[str, str]]) -> None:
        super().__init__(data, initial={"key": uuid.uuid4()})
        self.fields["segments"].choices = segments  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        said["listed"] = members_in(said.get("lines") or "")
        if len(said["listed"]) > MOST_LINES:
            raise forms.ValidationError(_("At most %s members at once.") % number(MOST_LINES))
        if bool(said["listed"]) == bool(said.get("segments")):
            raise forms.ValidationError(_("Tick segments, or write who it is: one of both."))
        return said


class CampaignHand(CampaignPage):
    """The page that puts members in: first says how many, then does it."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.put_in)
        own = path("<int:campaign_id>/put-in/", view, name="campaigns_campaign_put_in")
        return [own, *super().get_urls()]

    def put_in(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        campaign = self.visible(request, str(campaign_id))
        if not is_by_hand(campaign):
            messages.error(request, _("Nobody can be put into this campaign by hand now."))
            return self.page_of(campaign.pk)
        form = HandForm(request.POST or None, segments=Around(campaign.programme).segments)
        context = {
            **self.frame(request, campaign),
            "tab": "put_in",
            "form": form,
            "page": reverse("admin:campaigns_campaign_change", args=[campaign.pk]),
        }
        if request.method == "POST" and form.is_valid():
            if request.POST.get("deed") == PUT:
                return self._put(request, campaign, form)
            context["counted"] = _counted(campaign, form.cleaned_data)
        return TemplateResponse(request, "admin/campaigns/campaign_hand.html", context)

    def _put(self, request: HttpRequest, campaign: Campaign, form: HandForm) -> HttpResponse:
        said, key = form.cleaned_data, str(form.cleaned_data["key"])
        try:
            if said["segments"]:
                put_in_segments.delay(campaign_id=campaign.pk, segments=said["segments"], key=key)
                done = _("They are coming in: the figures on this page count along.")
            else:
                ids, _unknown = find_listed(
                    programme_id=campaign.programme_id, identifiers=said["listed"]
                )
                came = put_in(
                    campaign_id=campaign.pk, membership_ids=ids, key=key, at=timezone.now()
                )
                done = ngettext("%s member came in.", "%s members came in.", came) % number(came)
        except DomainError as refusal:
            messages.error(request, told(refusal))
        else:
            messages.success(request, done)
        return self.page_of(campaign.pk)


def is_by_hand(campaign: Campaign) -> bool:
    """Whether members can be put into it now."""
    return campaign.state == Campaign.State.LIVE and begins_by_hand(document_of(campaign))


def _counted(campaign: Campaign, said: dict[str, Any]) -> list[str]:
    """How many it is about, as sentences."""
    unknown: list[str] = []
    if said["segments"]:
        found = audience(
            programme_id=campaign.programme_id,
            segment_keys=said["segments"],
            without_keys=[],
            at=timezone.now(),
        ).count()
    else:
        ids, unknown = find_listed(programme_id=campaign.programme_id, identifiers=said["listed"])
        found = len(ids)
    told_ = [ngettext("It is about %s member.", "It is about %s members.", found) % number(found)]
    if unknown:
        none = ngettext(
            "By %s line nobody was found.", "By %s lines nobody was found.", len(unknown)
        )
        told_.append(none % number(len(unknown)))
    told_.append(_("Who is outside its audience, or took part already, does not come in."))
    if campaign.holdout:
        told_.append(_("%s%% is held out by lot and gets nothing.") % campaign.holdout)
    return told_
