"""Offers: what members' eyes are drawn to, made in a form, and how many followed them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import action, display

from campaigns.admin.offer_form import OfferForm
from campaigns.models import Offer
from campaigns.selectors import with_figures
from campaigns.services.offers import copy_offer, publish_offer, save_offer, stop_offer
from loyalty.admin.fields import unused_key
from loyalty.admin.pages import actor_of
from loyalty.templatetags.figures import number
from rewards.admin.live import COLOURS, STATES, LiveAdmin


@admin.register(Offer)
class OfferAdmin(LiveAdmin):
    """What is chosen from for each member."""

    intro = gettext_lazy(
        "What you would like members to see. Each sees the ones that suit them, with why, and can "
        "put away what does not interest them."
    )
    empty = gettext_lazy("Make an offer: it will be shown to the members whom it suits.")
    list_title = gettext_lazy("Offers")
    form = OfferForm
    programme_path = "programme"
    list_display = ["called", "state_label", "seen_by", "followed_by", "put_away_by"]
    ordering = ["state", "title_nl"]
    fieldsets = [
        (None, {"fields": ["title_nl", "title_en", "text_nl", "text_en"]}),
        (gettext_lazy("Where it leads"), {"fields": ["leads_to", "link"]}),
        (gettext_lazy("What it is about"), {"fields": ["categories", "brands", "locations"]}),
        (gettext_lazy("For whom"), {"fields": ["tiers", "segments", "given_by", "weight"]}),
        (gettext_lazy("When"), {"fields": ["starts_on", "ends_on"]}),
    ]
    actions_detail = [*LiveAdmin.actions_detail, "copy"]
    change_form_outer_before_template = "admin/campaigns/offer_standing.html"
    publishing = staticmethod(publish_offer)
    stopping = staticmethod(stop_offer)
    id_name = "offer_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        offers: QuerySet[Offer] = super().get_queryset(request)
        return with_figures(offers.select_related("programme", "reward"))

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        every = self._filter_unfold_actions_by_permissions(
            request, self._get_base_actions_detail(), object_id
        )
        copying = [each for each in every if each.method.original_function_name == "copy"]
        return [*super().get_actions_detail(request, object_id), *copying]

    def has_copy_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(self.has_add_permission(request))

    @action(description=gettext_lazy("Copy"), permissions=["copy"], icon="content_copy")
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        offer = self.visible(request, object_id)

        def deed() -> str:
            rows = Offer.objects.filter(programme=offer.programme_id)
            taken = set(rows.values_list("key", flat=True))
            made = copy_offer(
                programme_id=offer.programme_id,
                offer_id=offer.pk,
                key=unused_key(offer.title_en, taken, otherwise="offer")[:60],
                actor=actor_of(request),
                at=timezone.now(),
            )
            offer.pk = made.pk  # the page to go on to
            return str(_("Copied: this is “%s”, a draft.") % made)

        return self.ask(
            request,
            offer,
            title=_("Copy “%s”?") % offer,
            sentences=[_("The copy is a draft that says the same, without its days.")],
            button=_("Copy"),
            deed=deed,
        )

    @display(description=gettext_lazy("Offer"))
    def called(self, offer: Offer) -> str:
        return str(offer)

    @display(description=gettext_lazy("State"), label=COLOURS)
    def state_label(self, offer: Offer) -> tuple[str, Any]:
        return offer.state, STATES[offer.state]

    @display(description=gettext_lazy("Members who saw it"))
    def seen_by(self, offer: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(offer.seen))

    @display(description=gettext_lazy("Followed it"))
    def followed_by(self, offer: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(offer.followed))

    @display(description=gettext_lazy("Not interested"))
    def put_away_by(self, offer: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(offer.dismissed))

    def save_model(self, request: HttpRequest, obj: Offer, form: OfferForm, change: bool) -> None:
        programme_id = form.programme.pk
        taken = set(Offer.objects.filter(programme=programme_id).values_list("key", flat=True))
        draft = form.draft("")
        key = obj.key if change else unused_key(draft.title_en, taken, otherwise="offer")[:60]
        offer = save_offer(
            programme_id=programme_id,
            offer=form.draft(key),
            offer_id=obj.pk if change else None,
            actor=actor_of(request),
            at=timezone.now(),
        )
        obj.pk, obj.programme_id, obj.key = offer.pk, offer.programme_id, offer.key

    def said(self, obj: Any) -> str:
        offer = Offer.objects.get(pk=obj.pk)
        if offer.state == Offer.State.LIVE:
            return str(_("Saved: “%s”.") % offer)
        return str(_("Saved, not live yet: %s") % offer)

    def sentences_of(self, thing: Any) -> list[str]:
        both = [f"{thing.title_nl}: {thing.text_nl}", f"{thing.title_en}: {thing.text_en}"]
        return both if (get_language() or "nl").startswith("nl") else both[::-1]

    def live_means(self, thing: Any) -> str:
        return _("From that moment it is shown to the members whom it suits.")

    def stopped_means(self, thing: Any) -> str:
        return _("Nobody sees it any more. What members did with it stays known.")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        offer = self.visible(request, object_id)
        counted: Any = with_figures(Offer.objects.filter(pk=offer.pk)).get()
        standing = {
            "offer": counted,
            "state": STATES[offer.state],
            "state_colour": COLOURS[offer.state],
            "sentences": self.sentences_of(offer),
            "is_dutch_first": (get_language() or "nl").startswith("nl"),
        }
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **standing}
        )
        return response
