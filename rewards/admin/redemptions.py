"""What members took: found, read step by step, and put right by who may."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from members.admin.words import CHANNELS
from rewards.admin.asking import AskFilter, AskForm, AskList, a_day, one_of
from rewards.admin.redemption_deeds import RedemptionDeeds
from rewards.admin.redemption_page import page_of_redemption
from rewards.admin.words import STATE_COLOURS, STATES, channel_words, paid_words
from rewards.models import Redemption, Reward


class RedemptionAsk(AskForm):
    """Which of what was taken."""

    state = one_of(gettext_lazy("State"), STATES.items())
    reward = one_of(gettext_lazy("Reward"))
    kind = one_of(gettext_lazy("Kind"), Reward.Kind.choices)
    channel = one_of(gettext_lazy("Channel"), CHANNELS.items())
    since = a_day(gettext_lazy("From"))
    until = a_day(gettext_lazy("Up to and including"))

    def offer(self) -> None:
        self.offer_rewards()

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for field, of in (
            ("state", "state"),
            ("reward", "reward_id"),
            ("kind", "reward__kind"),
            ("channel", "channel"),
        ):
            if said := self.says(field):
                rows = rows.filter(**{of: said})
        return self.within(rows, "redeemed_at")


class RedemptionFilter(AskFilter):
    form_class = RedemptionAsk


@admin.register(Redemption)
class RedemptionAdmin(RedemptionDeeds):
    """Rewards taken, newest first."""

    intro = gettext_lazy("What members took, the latest first. Open one to read every step of it.")
    empty = gettext_lazy("The first reward that a member redeems will stand here.")
    programme_path = "reward__programme"
    list_display = ["moment", "reward_name", "who", "price", "where", "state_label"]
    list_select_related = ["reward__programme", "membership__member"]
    list_filter = [RedemptionFilter]
    list_before_template = "admin/rewards/ask_before.html"
    ordering = ["-pk"]
    paginator = InfinitePaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AskList

    @display(description=gettext_lazy("When"))
    def moment(self, redemption: Redemption) -> datetime:
        return redemption.redeemed_at

    @display(description=gettext_lazy("Reward"))
    def reward_name(self, redemption: Redemption) -> str:
        return str(redemption.reward)

    @display(description=gettext_lazy("Member"))
    def who(self, redemption: Redemption) -> str:
        return str(redemption.membership.member)

    @display(description=gettext_lazy("Paid"))
    def price(self, redemption: Redemption) -> SafeString:
        return format_html('<span class="figure">{}</span>', paid_words(redemption))

    @display(description=gettext_lazy("Where"))
    def where(self, redemption: Redemption) -> str:
        return redemption.location or channel_words(redemption.channel)

    @display(description=gettext_lazy("State"), label=STATE_COLOURS)
    def state_label(self, redemption: Redemption) -> tuple[str, Any]:
        return redemption.state, STATES[redemption.state]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Its sentence and state, what was paid, its steps, its voucher and its delivery."""
        redemption = self.visible(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(redemption.reward),
            "opts": self.model._meta,
            "original": "",
            "deeds": self.deeds(request, redemption),
            **page_of_redemption(request, redemption, at=timezone.now()),
        }
        return TemplateResponse(request, "admin/rewards/redemption.html", context)
