"""The page on which a campaign is made and followed: its form, and beside it what it says.

Every button posts the whole form to the page itself. A script sends the same and takes the part of
the answer that has changed; without one the browser shows the answer as it is.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.admin.around import Around
from campaigns.admin.campaign_deeds import CampaignDeeds
from campaigns.admin.campaign_editor import CampaignEditor
from campaigns.admin.campaign_figures import (
    arms_of,
    counted,
    facts_of,
    funnel_of,
    not_sent,
    steps_by_place,
)
from campaigns.admin.campaign_looks import document_of, flow_of, looked_at, standing, variants_of
from campaigns.admin.ready_made import begin_with, offered
from campaigns.admin.step_tree import Part
from campaigns.admin.written_messages import save_written
from campaigns.journeys.document import BY_HAND
from campaigns.models import Campaign
from campaigns.services.campaigns import save_campaign
from campaigns.services.parking import parked_of
from loyalty.admin.fields import unused_key
from loyalty.admin.pages import actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError

SAVE, CHECK, LOOK = "save", "check", "look"
State = Campaign.State
CHANGEABLE = {State.DRAFT, State.REVIEW, State.APPROVED}
BEGUN = {State.LIVE, State.PAUSED, State.ENDED}


class CampaignPage(CampaignDeeds):
    """A campaign in fields and steps. Who may only look sees its sentences and its flow."""

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        around = Around(self.programme(request))
        begin = request.GET.get("from", "")
        if request.method == "POST":
            return self._posted(request, None, around)
        if not begin:
            context = {**self.frame(request, None), "ready_made": offered(around)}
            return TemplateResponse(request, "admin/campaigns/campaign_new.html", context)
        campaign, document = begin_with(begin, around, at=timezone.now())
        return self._drawn(
            request, None, CampaignEditor.of(campaign, document, around, is_begun=True)
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        campaign = self.visible(request, object_id)
        around = Around(campaign.programme)
        if request.method == "POST":
            if not self._may_change(request, campaign):
                raise PermissionDenied
            return self._posted(request, campaign, around)
        return self._drawn(
            request, campaign, CampaignEditor.of(campaign, document_of(campaign), around)
        )

    def _may_change(self, request: HttpRequest, campaign: Campaign | None) -> bool:
        if campaign is None:
            return bool(self.has_add_permission(request))
        may = self.has_change_permission(request, campaign)
        return bool(may) and campaign.state in CHANGEABLE

    # --- What was posted -------------------------------------------------------------------------

    def _posted(
        self, request: HttpRequest, campaign: Campaign | None, around: Around
    ) -> HttpResponse:
        deed = request.POST.get("deed", SAVE)
        is_judged = deed in (SAVE, CHECK)
        editor = CampaignEditor(request.POST.copy(), around=around, is_judged=is_judged)
        if deed == SAVE and editor.is_valid:
            try:
                return self._saved(request, campaign, editor)
            except DomainError as refusal:
                editor.problem = told(refusal)
        elif deed == CHECK:
            editor.is_valid  # noqa: B018 - marks what is wrong
        drawn = editor if is_judged or deed == LOOK else editor.done(deed)
        return self._drawn(request, campaign, drawn, deed=deed)

    def _saved(
        self, request: HttpRequest, campaign: Campaign | None, editor: CampaignEditor
    ) -> HttpResponse:
        programme, settings = editor.around.programme, editor.fields.settings
        key = campaign.key if campaign else _free_key(settings["name_en"], programme.pk)
        who: dict[str, Any] = {"actor": actor_of(request), "at": timezone.now()}
        with transaction.atomic():  # the messages that were written here, and the campaign
            save_written(editor, **who)
            saved = save_campaign(
                programme_id=programme.pk,
                campaign_id=campaign.pk if campaign else None,
                key=key,
                document=editor.document,
                **settings,
                **who,
            )
        messages.success(request, _("Saved: “%s”.") % saved)
        return self.page_of(saved.pk)

    # --- Drawing ---------------------------------------------------------------------------------

    def _drawn(
        self,
        request: HttpRequest,
        campaign: Campaign | None,
        editor: CampaignEditor,
        deed: str = "",
    ) -> HttpResponse:
        may_change = self._may_change(request, campaign)
        context: dict[str, Any] = {"editor": editor, "deed": deed, "may_change": may_change}
        if may_change:
            context |= looked_at(editor)
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, "admin/campaigns/campaign_form.html", context)
        context |= {**self.frame(request, campaign), "tab": "campaign"}
        if campaign is not None:
            context |= standing(campaign)
            if campaign.state in BEGUN:
                context |= self._begun(campaign)
            elif not may_change:
                context |= flow_of(campaign, document_of(campaign))
        return TemplateResponse(request, "admin/campaigns/campaign.html", context)

    def _begun(self, campaign: Campaign) -> dict[str, Any]:
        document = document_of(campaign)
        variants = variants_of(document)
        counts = counted(campaign)
        return {
            "is_begun": True,
            "parked": parked_of(campaign.pk),
            "facts": facts_of(campaign, counts),
            "funnel": funnel_of(counts),
            "not_sent": not_sent(counts),
            "arms": arms_of(counts, variants),
            "counted_at": timezone.now(),
            **flow_of(campaign, document, steps_by_place(counts, variants)),
        }

    def frame(self, request: HttpRequest, campaign: Campaign | None) -> dict[str, Any]:
        """What every page about a campaign has: its title, its tabs, its buttons."""
        context = {
            **self.admin_site.each_context(request),
            "title": str(campaign) if campaign else _("New campaign"),
            "opts": self.model._meta,
            "original": campaign,
            "has_add_permission": False,
        }
        if campaign is None:
            return context
        deeds = self.get_actions_detail(request, campaign.pk)
        context["actions_detail"] = self._get_actions_navigation(
            self.actions_detail, deeds, campaign.pk
        )
        return {**context, "tabs": tabs_of(campaign)}


def tabs_of(campaign: Campaign) -> list[tuple[str, str, str]]:
    own = [
        ("campaign", _("Campaign"), "admin:campaigns_campaign_change"),
        ("before", _("Before launch"), "admin:campaigns_campaign_before"),
        ("results", _("Results"), "admin:campaigns_campaign_results"),
        ("versions", _("Versions"), "admin:campaigns_campaign_history"),
    ]
    shown = [tab for tab in own if tab[0] != "results" or campaign.state in BEGUN]
    if campaign.state == State.LIVE and begins_by_hand(document_of(campaign)):
        shown.insert(1, ("put_in", _("Put members in"), "admin:campaigns_campaign_put_in"))
    return [(key, title, reverse(name, args=[campaign.pk])) for key, title, name in shown]


def begins_by_hand(document: Part) -> bool:
    """Whether members are put into it, and do not come in by themselves."""
    return bool(document.get("trigger", {}).get("kind") == BY_HAND)


def _free_key(name: str, programme_id: int) -> str:
    taken = set(Campaign.objects.filter(programme_id=programme_id).values_list("key", flat=True))
    return unused_key(name, taken, otherwise="campaign")
