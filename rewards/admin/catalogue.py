"""Rewards: made in a form of their kind, seen as members see them, published and stopped."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display
from unfold.views import ChangeList

from loyalty.admin.pages import actor_of
from loyalty.models import Location
from loyalty.templatetags.figures import money, number
from rewards.admin.reward_deeds import RewardDeeds, free_key
from rewards.admin.reward_layout import CHOICES, fieldsets
from rewards.admin.wording import faces, price_words, reward_sentence
from rewards.forms import RewardForm, reward_form
from rewards.models import Reward, RewardPicture, Shelf, Stock
from rewards.reports import RewardUse, use_of_rewards
from rewards.services.catalogue import save_reward, set_stock
from rewards.services.pictures import remove_picture, save_picture
from rewards.services.withdrawing import outstanding

State = Reward.State
STATES = {
    State.DRAFT: gettext_lazy("Draft"),
    State.LIVE: gettext_lazy("Live"),
    State.STOPPED: gettext_lazy("Stopped"),
}
COLOURS = {"DRAFT": "warning", "LIVE": "success", "STOPPED": "default"}


class RewardList(ChangeList):  # type: ignore[misc]
    """The rewards of a page with their use and what is left, counted at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        found = [reward.pk for reward in self.result_list]
        uses, left = use_of_rewards(found), _left(found)
        for reward in self.result_list:
            reward.use = uses.get(reward.pk, RewardUse())
            reward.left_now = left.get(reward.pk)


class _WordFilter(admin.SimpleListFilter):
    """By a stored word, told in words."""

    words: Mapping[Any, Any]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(word.value, words) for word, words in self.words.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reward]) -> QuerySet[Reward]:
        asked = {str(self.parameter_name): self.value()}
        return queryset.filter(**asked) if self.value() else queryset


class StateFilter(_WordFilter):
    title = gettext_lazy("State")
    parameter_name = "state"
    words = STATES


class KindFilter(_WordFilter):
    title = gettext_lazy("Kind")
    parameter_name = "kind"
    words = {kind: kind.label for kind in Reward.Kind}


@admin.register(Reward)
class RewardAdmin(RewardDeeds):
    """What points buy."""

    intro = gettext_lazy(
        "What members can get for their points. They see a reward while it is live."
    )
    empty = gettext_lazy("Your rewards will stand here. Begin with something small that is close.")
    form = RewardForm
    programme_path = "programme"
    list_display = ["name", "kind_label", "price", "state_label", "left", "redeemed", "costs"]
    list_select_related = ["programme"]
    list_filter = [StateFilter, KindFilter]
    search_fields = ["name_nl", "name_en"]
    ordering = ["state", "position", "points"]
    change_form_outer_before_template = "admin/rewards/reward_standing.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reward]:
        rewards: QuerySet[Reward] = super().get_queryset(request)
        return rewards.select_related("programme")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RewardList

    @display(description=gettext_lazy("Reward"), ordering="name_nl")
    def name(self, reward: Reward) -> str:
        return reward.name_nl if get_language() == "nl" else reward.name_en

    @display(description=gettext_lazy("Kind"), ordering="kind")
    def kind_label(self, reward: Reward) -> str:
        return str(Reward.Kind(reward.kind).label)

    @display(description=gettext_lazy("Price"), ordering="points")
    def price(self, reward: Reward) -> str:
        said = price_words(reward)
        return said[:1].upper() + said[1:]

    @display(description=gettext_lazy("State"), ordering="state", label=COLOURS)
    def state_label(self, reward: Reward) -> tuple[str, Any]:
        return reward.state, STATES[State(reward.state)]

    @display(description=gettext_lazy("Left"))
    def left(self, reward: Any) -> SafeString:
        return _figure("" if reward.left_now is None else number(reward.left_now))

    @display(description=gettext_lazy("Taken"))
    def redeemed(self, reward: Any) -> SafeString:
        return _figure(number(reward.use.times))

    @display(description=gettext_lazy("Cost so far"))
    def costs(self, reward: Any) -> SafeString:
        spent = _spent(reward, reward.use)
        return _figure("" if spent is None else money(spent, reward.programme.currency))

    # --- The form --------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First the kind, then its form."""
        if request.method != "POST" and request.GET.get("kind") not in Reward.Kind.values:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return self._kinds(request)
        kind = Reward.Kind(_kind(request, None))
        title = {"title": _("New reward: %s") % kind.label}
        response: HttpResponse = super().add_view(
            request, form_url, {**title, **(extra_context or {})}
        )
        return response

    def _kinds(self, request: HttpRequest) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("What kind of reward?"),
            "opts": self.model._meta,
            "kinds": CHOICES,
        }
        return TemplateResponse(request, "admin/rewards/reward_kinds.html", context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        programme = obj.programme if obj else self.programme(request)
        form = reward_form(_kind(request, obj), programme)
        own = {"form": form, "fields": form.Meta.fields}  # the rest is the service's to write
        return super().get_form(request, obj, change, **{**kwargs, **own})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        programme = obj.programme if obj else self.programme(request)
        return fieldsets(
            _kind(request, obj),
            programme,
            has_locations=Location.objects.filter(programme=programme).exists()
            or bool(obj and obj.locations),
        )

    def save_model(self, request: HttpRequest, obj: Reward, form: RewardForm, change: bool) -> None:
        now, actor = timezone.now(), actor_of(request)
        reward = save_reward(
            programme_id=form.programme.pk,
            key=obj.key if change else free_key(obj.name_en, form.programme.pk),
            reward_id=obj.pk if change else None,
            actor=actor,
            at=now,
            **form.said(),
        )
        _see_to_stock(reward, form, actor)
        _see_to_picture(reward, form, actor)
        obj.pk, obj.programme, obj.key = reward.pk, form.programme, reward.key

    def said(self, obj: Any) -> str:
        reward = Reward.objects.select_related("programme").get(pk=obj.pk)
        kept = reward_sentence(reward, get_language() or "nl")
        if reward.state == State.LIVE:
            return _("Saved: %s") % kept
        return _("Saved, not live yet: %s") % kept

    # --- The reward's page -----------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        reward = self.get_object(request, object_id)
        standing = _standing(reward) if reward else {}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **standing}
        )
        return response


def _kind(request: HttpRequest, reward: Reward | None) -> str:
    """The reward's own, else what was chosen; a gift when nothing was."""
    if reward is not None:
        return reward.kind
    said = request.GET.get("kind", "")
    return said if said in Reward.Kind.values else Reward.Kind.GIFT


def _see_to_stock(reward: Reward, form: RewardForm, actor: str) -> None:
    counted = form.cleaned_data["stock"]
    held = Stock.objects.filter(reward=reward).first()
    known = held.counted if held else None
    if counted != known and (counted is not None or reward.budget is not None):
        set_stock(reward_id=reward.pk, total=counted, actor=actor, at=timezone.now())


def _see_to_picture(reward: Reward, form: RewardForm, actor: str) -> None:
    said, now = form.cleaned_data, timezone.now()
    if said["is_picture_removed"] and not said["picture"]:
        remove_picture(reward_id=reward.pk, actor=actor, at=now)
    elif said["picture"] or (form.had and {"alt_nl", "alt_en"} & set(form.changed_data)):
        save_picture(
            reward_id=reward.pk,
            upload=said["picture"],
            alt_nl=said["alt_nl"],
            alt_en=said["alt_en"],
            actor=actor,
            at=now,
        )


def _standing(reward: Reward) -> dict[str, Any]:
    """How it stands now, and what members see of it."""
    use = use_of_rewards([reward.pk]).get(reward.pk, RewardUse())
    picture = RewardPicture.objects.filter(reward=reward).first()
    stock = Stock.objects.filter(reward=reward).first()
    return {
        "reward": reward,
        "kind": Reward.Kind(reward.kind).label,
        "state": STATES[State(reward.state)],
        "state_colour": COLOURS[reward.state],
        "sentences": [reward_sentence(reward, language) for language in ("nl", "en")],
        "use": use,
        "stock": stock,
        "left": _left([reward.pk]).get(reward.pk),
        "spent": _spent(reward, use),
        "currency": reward.programme.currency,
        "out": outstanding(reward, at=timezone.now()),
        "faces": faces(reward, picture),
    }


def _left(reward_ids: list[int]) -> dict[int, int]:
    """What the stock of each has left, in one query; those without stock are not in it."""
    shelves = Shelf.objects.filter(stock__reward__in=reward_ids).values_list("stock__reward")
    return dict(shelves.annotate(Sum("left")))


def _spent(reward: Reward, use: RewardUse) -> Decimal | None:
    """What the shop paid for all that were taken; None when nobody said what one costs."""
    return None if reward.cost is None else use.times * reward.cost


def _figure(said: str) -> SafeString:
    return format_html('<span class="figure">{}</span>', said)
