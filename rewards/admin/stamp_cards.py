"""Stamp cards: made in a form, read back as a sentence and a card, published and stopped."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display
from unfold.views import ChangeList

from loyalty.admin.fields import unused_key
from loyalty.admin.pages import actor_of
from loyalty.models import Account
from loyalty.templatetags.figures import number
from rewards.admin.live import COLOURS, STATES, LiveAdmin
from rewards.admin.stamp_card_form import StampCardForm
from rewards.models import Redemption, StampCard
from rewards.services.stamp_cards import publish_stamp_card, save_stamp_card, stop_stamp_card
from rewards.stamps import read_collect, sentence

ENDED = [Redemption.State.CANCELLED, Redemption.State.EXPIRED, Redemption.State.RETURNED]


class CardList(ChangeList):  # type: ignore[misc]
    """The cards of a page with what they have done, counted at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        done = done_by(self.result_list)
        for card in self.result_list:
            card.collectors, card.filled = done[card.pk]


def done_by(cards: list[StampCard]) -> dict[int, tuple[int, int]]:
    """For each how many members have stamps on it now, and how many were filled. Two queries."""
    held = Account.objects.filter(
        unit__in=[card.unit_id for card in cards], kind=Account.Kind.MEMBER, balance__gt=0
    )
    members = dict(held.values("unit").annotate(n=Count("pk")).values_list("unit", "n"))
    of_cards = Q()
    for card in cards:
        of_cards |= Q(unit=card.unit.code, reward__programme=card.programme_id)
    paid = Redemption.objects.filter(of_cards).exclude(state__in=ENDED) if cards else []
    full: dict[tuple[str, int], int] = {}
    if cards:
        rows = paid.values("unit", "reward__programme").annotate(n=Count("pk"))  # type: ignore[attr-defined]
        full = {(row["unit"], row["reward__programme"]): row["n"] for row in rows}
    return {
        card.pk: (members.get(card.unit_id, 0), full.get((card.unit.code, card.programme_id), 0))
        for card in cards
    }


@admin.register(StampCard)
class StampCardAdmin(LiveAdmin):
    """Cards that members fill."""

    intro = gettext_lazy(
        "Cards that members fill with stamps. A full one gives its reward, and the next begins."
    )
    empty = gettext_lazy("Make a card: ten coffees, the eleventh free. It will stand here.")
    form = StampCardForm
    programme_path = "programme"
    list_display = ["called", "says", "state_label", "collecting", "filled_so_far"]
    list_select_related = ["programme", "reward", "unit"]
    ordering = ["state", "name_nl"]
    fieldsets = [
        (None, {"fields": ["name_nl", "name_en"]}),
        (
            gettext_lazy("A stamp"),
            {
                "fields": [
                    *("by", "minimum", "products", "categories", "per", "activity"),
                    "most_a_day",
                ]
            },
        ),
        (gettext_lazy("A full card"), {"fields": ["stamps", "gives"]}),
        (gettext_lazy("When"), {"fields": ["starts_on", "ends_on", "months"]}),
    ]
    change_form_outer_before_template = "admin/rewards/stamp_card_standing.html"
    publishing = staticmethod(publish_stamp_card)
    stopping = staticmethod(stop_stamp_card)
    id_name = "card_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[StampCard]:
        cards: QuerySet[StampCard] = super().get_queryset(request)
        return cards.select_related("programme", "reward", "unit")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CardList

    @display(description=gettext_lazy("Card"))
    def called(self, card: StampCard) -> str:
        return str(card)

    @display(description=gettext_lazy("What it says"))
    def says(self, card: StampCard) -> str:
        return self.sentences_of(card)[0]

    @display(description=gettext_lazy("State"), label=COLOURS)
    def state_label(self, card: StampCard) -> tuple[str, Any]:
        return card.state, STATES[card.state]

    @display(description=gettext_lazy("Members collecting"))
    def collecting(self, card: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(card.collectors))

    @display(description=gettext_lazy("Cards filled"))
    def filled_so_far(self, card: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(card.filled))

    def save_model(
        self, request: HttpRequest, obj: StampCard, form: StampCardForm, change: bool
    ) -> None:
        programme_id = form.programme.pk
        taken = set(
            StampCard.objects.filter(programme_id=programme_id).values_list("key", flat=True)
        )
        key = obj.key if change else unused_key(obj.name_en, taken, otherwise="card")[:40]
        card = save_stamp_card(
            programme_id=programme_id,
            card=form.draft(key),
            card_id=obj.pk if change else None,
            actor=actor_of(request),
            at=timezone.now(),
        )
        obj.pk, obj.programme_id, obj.key = card.pk, card.programme_id, card.key

    def said(self, obj: Any) -> str:
        card = self.model.objects.select_related("programme", "reward").get(pk=obj.pk)
        kept = self.sentences_of(card)[0]
        if card.state == StampCard.State.LIVE:
            return str(_("Saved: %s") % kept)
        return str(_("Saved, not live yet: %s") % kept)

    def sentences_of(self, thing: Any) -> list[str]:
        """In the page's language first, then in the other."""
        said = sentence(
            read_collect(thing.collect),
            stamps=thing.stamps,
            reward={"nl": thing.reward.name_nl, "en": thing.reward.name_en},
            currency=thing.programme.currency,
        )
        both = [said["nl"], said["en"]]
        return both if (get_language() or "nl").startswith("nl") else both[::-1]

    def live_means(self, thing: Any) -> str:
        return _("From that moment members get stamps. The number that fills it stays as it is.")

    def stopped_means(self, thing: Any) -> str:
        return _("Nobody gets a stamp any more. Stamps that members have stay theirs.")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        card = self.visible(request, object_id)
        collectors, filled = done_by([card])[card.pk]
        standing = {
            "card": card,
            "state": STATES[card.state],
            "state_colour": COLOURS[card.state],
            "sentences": self.sentences_of(card),
            "is_dutch_first": (get_language() or "nl").startswith("nl"),
            "places": range(1, card.stamps + 1),
            "shown": min(3, card.stamps - 1),
            "collectors": collectors,
            "filled": filled,
            "taken": f"?reward={card.reward_id}",
        }
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **standing}
        )
        return response
