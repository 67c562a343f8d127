"""The queue of what staff have to send, hand over or do, the oldest first."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.views import ChangeList

from rewards.admin.asking import AskList, question
from rewards.admin.fulfilment_asking import LATE, OPEN, FulfilmentAsk, FulfilmentFilter
from rewards.admin.fulfilment_bulk import FulfilmentBulk
from rewards.admin.redemption_page import FULFILS, choice_words, page_of_delivery
from rewards.admin.words import DELIVERY_COLOURS, exactly, way_words
from rewards.models import Fulfilment

MOST_TICKED = 200


@admin.register(Fulfilment)
class FulfilmentAdmin(FulfilmentBulk):
    """What members wait for."""

    list_title = gettext_lazy("To deliver")
    intro = gettext_lazy(
        "What members wait for: to send, to hand over, to book and do. The oldest first."
    )
    empty = gettext_lazy("Nothing to deliver. A reward that has to be sent or done will wait here.")
    programme_path = "redemption__reward__programme"
    list_display = ["asked", "what", "who", "way_label", "where", "when_booked", "state_label"]
    list_select_related = ["redemption__reward__programme", "redemption__membership__member"]
    list_filter = [FulfilmentFilter]
    list_before_template = "admin/rewards/ask_before.html"
    ordering = ["asked_at", "pk"]
    actions = ["for_these"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AskList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        buttons = []
        if self.has_fulfil_permission(request):
            asked = question(request.GET, FulfilmentAsk)
            bulk = f"{reverse('admin:rewards_fulfilment_bulk')}?{asked}"
            buttons = [(bulk, _("Do or export all of these"))]
        return super().changelist_view(request, {"buttons": buttons, **(extra_context or {})})

    def has_fulfil_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(FULFILS)

    @admin.action(description=gettext_lazy("Do or export these"), permissions=["fulfil"])
    def for_these(self, request: HttpRequest, rows: QuerySet[Fulfilment]) -> HttpResponse:
        """On to the page that asks what, for what was ticked."""
        ids = rows.order_by().values_list("pk", flat=True)[:MOST_TICKED]
        asked = "&".join(f"id={pk}" for pk in ids)
        return redirect(f"{reverse('admin:rewards_fulfilment_bulk')}?state=all&{asked}")

    @display(description=gettext_lazy("Asked"))
    def asked(self, delivery: Fulfilment) -> datetime:
        return delivery.asked_at

    @display(description=gettext_lazy("Reward"))
    def what(self, delivery: Fulfilment) -> str:
        chosen = choice_words(delivery.redemption.choice)
        name = str(delivery.redemption.reward)
        return f"{name}: {chosen}" if chosen else name

    @display(description=gettext_lazy("Member"))
    def who(self, delivery: Fulfilment) -> str:
        return str(delivery.redemption.membership.member)

    @display(description=gettext_lazy("How"))
    def way_label(self, delivery: Fulfilment) -> str:
        return way_words(delivery.way)

    @display(description=gettext_lazy("Where"))
    def where(self, delivery: Fulfilment) -> str:
        return delivery.location or delivery.town

    @display(description=gettext_lazy("Booked for"))
    def when_booked(self, delivery: Fulfilment) -> str:
        return exactly(delivery.booked_for) if delivery.booked_for else ""

    @display(description=gettext_lazy("State"), label={**DELIVERY_COLOURS, "LATE": "danger"})
    def state_label(self, delivery: Fulfilment) -> tuple[str, str]:
        return standing(delivery, timezone.now())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What is to be done, for whom, and the deeds that are possible now."""
        delivery = self.visible(request, object_id)
        now = timezone.now()
        state, words = standing(delivery, now)
        context = {
            **self.admin_site.each_context(request),
            "title": self.what(delivery),
            "opts": self.model._meta,
            "original": "",
            "sentence": _sentence(delivery),
            **page_of_delivery(request, delivery.redemption, delivery, now),
            "state": words,
            "colour": {**DELIVERY_COLOURS, "LATE": "danger"}[state],
            "deeds": self.deeds(request, delivery),
        }
        return TemplateResponse(request, "admin/rewards/fulfilment.html", context)


def standing(delivery: Fulfilment, at: datetime) -> tuple[str, str]:
    """Its state and that in words; late is told where it is."""
    words = str(delivery.get_state_display())
    due = delivery.booked_for or delivery.asked_at + LATE
    if delivery.state in OPEN and due < at:
        return "LATE", _("%s, late") % words
    return delivery.state, words


def _sentence(delivery: Fulfilment) -> str:
    return _("%(who)s waits for “%(reward)s” since %(when)s.") % {
        "who": str(delivery.redemption.membership.member),
        "reward": str(delivery.redemption.reward),
        "when": exactly(delivery.asked_at),
    }
