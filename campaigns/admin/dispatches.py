"""Sent and not sent: every message that could have gone out, and what became of it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.admin.dispatch_words import COLOURS, REASONS, fate_words, reason_words
from campaigns.models import Campaign, Channel, Dispatch, DispatchEvent
from loyalty.admin.pages import ReadOnlyAdmin
from loyalty.errors import DomainError
from members.admin.tabs import Tab, register_tab
from members.models import Membership
from members.selectors import find_membership
from rewards.admin.asking import AskFilter, AskForm, AskList, a_day, one_of

SHOWN = 100


HOUSE = {
    "accounts": gettext_lazy("About their account"),
    "news": gettext_lazy("News of the house"),
}


class DispatchAsk(AskForm):
    """Which of the messages."""

    fate = one_of(gettext_lazy("What became of it"), Dispatch.Fate.choices)
    reason = one_of(gettext_lazy("Why"), sorted(REASONS.items()))
    channel = one_of(gettext_lazy("Channel"), Channel.choices)
    campaign = one_of(gettext_lazy("Campaign"))
    nature = one_of(gettext_lazy("Kind"), Dispatch.Nature.choices)
    member = forms.CharField(
        label=gettext_lazy("Member"), required=False, widget=UnfoldAdminTextInputWidget
    )
    since = a_day(gettext_lazy("From"))
    until = a_day(gettext_lazy("Up to and including"))

    def offer(self) -> None:
        campaigns = Campaign.objects.filter(programme=self.programme).order_by("name_nl")
        self.offered("campaign", [(each.pk, str(each)) for each in campaigns])

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for field in ("fate", "reason", "channel", "nature"):
            if said := self.says(field):
                rows = rows.filter(**{field: said})
        if said := self.says("campaign"):
            rows = rows.filter(campaign_id=said)
        if said := self.says("member"):
            try:
                found = find_membership(self.programme.pk, said.strip())
            except DomainError:
                return rows.none()
            rows = rows.filter(membership=found)
        return self.within(rows, "created_at")


class DispatchFilter(AskFilter):
    form_class = DispatchAsk


@admin.register(Dispatch)
class DispatchAdmin(ReadOnlyAdmin):
    """Every candidate has its row; no address and no text is kept."""

    intro = gettext_lazy(
        "Every message that could have gone out, the latest first: what became of it and why. "
        "Addresses and texts are not kept."
    )
    empty = gettext_lazy("The first message of a campaign will stand here.")
    list_title = gettext_lazy("Sent and not sent")
    list_display = ["moment", "what", "channel_label", "who", "fate_label", "why", "back"]
    list_display_links = None
    list_select_related = ["campaign", "member"]
    list_filter = [DispatchFilter]
    list_before_template = "admin/rewards/ask_before.html"
    ordering = ["-created_at", "-pk"]
    paginator = InfinitePaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispatch]:
        rows: QuerySet[Dispatch] = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("events", DispatchEvent.objects.order_by("at")))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AskList

    @display(description=gettext_lazy("When"))
    def moment(self, dispatch: Dispatch) -> datetime:
        return dispatch.created_at

    @display(description=gettext_lazy("What"))
    def what(self, dispatch: Dispatch) -> str:
        return what_of(dispatch)

    @display(description=gettext_lazy("Channel"))
    def channel_label(self, dispatch: Dispatch) -> str:
        return dispatch.get_channel_display()

    @display(description=gettext_lazy("Member"))
    def who(self, dispatch: Dispatch) -> str:
        return str(dispatch.member) if dispatch.member else "–"

    @display(description=gettext_lazy("What became of it"), label=COLOURS)
    def fate_label(self, dispatch: Dispatch) -> tuple[str, str]:
        return dispatch.fate, dispatch.get_fate_display()

    @display(description=gettext_lazy("Why"))
    def why(self, dispatch: Dispatch) -> str:
        return reason_words(dispatch) or "–"

    @display(description=gettext_lazy("What came back"))
    def back(self, dispatch: Dispatch) -> str:
        return came_back(dispatch) or "–"


def what_of(dispatch: Dispatch) -> str:
    """The campaign, or what else it was about."""
    if dispatch.campaign:
        return str(dispatch.campaign)
    return str(HOUSE.get(dispatch.source, dispatch.source))


def came_back(dispatch: Dispatch) -> str:
    """Delivered, opened, clicked …, each once."""
    kinds = dict.fromkeys(event.get_kind_display() for event in dispatch.events.all())
    return ", ".join(str(each) for each in kinds)


def _of_member(_request: HttpRequest, membership: Membership) -> dict[str, Any]:
    rows = Dispatch.objects.filter(membership=membership).select_related("campaign")
    rows = rows.prefetch_related("events").order_by("-created_at", "-pk")
    return {
        "messages_sent": [
            {
                "dispatch": each,
                "what": what_of(each),
                "fate": fate_words(each),
                "colour": COLOURS[each.fate],
                "back": came_back(each),
            }
            for each in rows[:SHOWN]
        ]
    }


register_tab(
    Tab(
        key="contact",
        title=gettext_lazy("Messages"),
        template="admin/campaigns/dispatches_of_member.html",
        context=_of_member,
        permission="campaigns.view_dispatch",
        place=35,
    )
)
