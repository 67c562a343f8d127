"""Campaigns: who gets what, when, and what it was for; the list, and the page of each."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.views import ChangeList

from campaigns.admin.campaign_before import CampaignBefore
from campaigns.admin.campaign_figures import budget_used
from campaigns.admin.campaign_hand import CampaignHand
from campaigns.admin.campaign_history import CampaignHistory
from campaigns.admin.campaign_lift import lift_words
from campaigns.admin.campaign_words import COLOURS, State
from campaigns.models import Campaign, Dispatch, Participant, Reading
from loyalty.templatetags.figures import number


class CampaignList(ChangeList):  # type: ignore[misc]
    """The campaigns of a page with what they did so far, counted at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        inside = _counted(Participant.objects.filter(state="ACTIVE"), self.result_list)
        sent = _counted(Dispatch.objects.filter(fate="SENT"), self.result_list)
        readings = Reading.objects.filter(campaign__in=self.result_list)
        read = {each.campaign_id: each for each in readings.order_by("is_final", "read_at")}
        for campaign in self.result_list:
            campaign.inside = inside.get(campaign.pk, 0)
            campaign.messages_sent = sent.get(campaign.pk, 0)
            campaign.reading = read.get(campaign.pk)


def _counted(rows: Any, campaigns: Sequence[Campaign]) -> dict[int, int]:
    found = rows.filter(campaign__in=campaigns).values_list("campaign")
    return dict(found.annotate(n=Count("pk")))


class StateFilter(admin.SimpleListFilter):
    """By state, in words."""

    title = gettext_lazy("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return State.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Campaign)
class CampaignAdmin(CampaignBefore, CampaignHand, CampaignHistory):
    """What is done for whom when something happens."""

    intro = gettext_lazy(
        "What members get or are told when something happens, and what that caused."
        " A random part is held out, so that the difference can be seen."
    )
    empty = gettext_lazy("Make the first: a welcome for new members. It will stand here.")
    programme_path = "programme"
    list_display = ["called", "state_label", "in_it", "sent", "lift", "used"]
    list_display_links = ["called"]
    list_filter = [StateFilter]
    list_select_related = ["programme"]
    search_fields = ["name_nl", "name_en"]
    ordering = ["-pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CampaignList

    @display(description=gettext_lazy("Campaign"))
    def called(self, campaign: Campaign) -> str:
        return str(campaign)

    @display(description=gettext_lazy("State"), label=COLOURS)
    def state_label(self, campaign: Campaign) -> tuple[str, Any]:
        return campaign.state, State(campaign.state).label

    @display(description=gettext_lazy("In it now"))
    def in_it(self, campaign: Any) -> SafeString:
        return _figure(number(campaign.inside))

    @display(description=gettext_lazy("Messages sent"))
    def sent(self, campaign: Any) -> SafeString:
        return _figure(number(campaign.messages_sent))

    @display(description=gettext_lazy("What it caused"))
    def lift(self, campaign: Any) -> str:
        return lift_words(campaign.reading)

    @display(description=gettext_lazy("Budget used"))
    def used(self, campaign: Campaign) -> SafeString:
        return _figure(budget_used(campaign) or "–")


def _figure(said: str) -> SafeString:
    return format_html('<span class="figure">{}</span>', said)
