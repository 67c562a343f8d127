"""Rewards: made in a form, read back as a sentence, published and stopped."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.views import ChangeList

from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.templatetags.figures import number
from rewards.admin.wording import reward_sentence
from rewards.forms import RewardForm
from rewards.models import Reward
from rewards.reports import RewardUse, use_of_rewards
from rewards.services.catalogue import publish_reward, save_reward, set_stock, stop_reward

State = Reward.State
STATES = {
    State.DRAFT: gettext_lazy("Draft"),
    State.LIVE: gettext_lazy("Live"),
    State.STOPPED: gettext_lazy("Stopped"),
}
COLOURS = {"DRAFT": "warning", "LIVE": "success", "STOPPED": "default"}


class RewardList(ChangeList):  # type: ignore[misc]
    """The rewards of a page with their use, counted at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        uses = use_of_rewards([reward.pk for reward in self.result_list])
        for reward in self.result_list:
            reward.use = uses.get(reward.pk, RewardUse())


class StateFilter(admin.SimpleListFilter):
    """By state, in words."""

    title = gettext_lazy("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(state.value, words) for state, words in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reward]) -> QuerySet[Reward]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Reward)
class RewardAdmin(ConsoleAdmin):
    """What points buy."""

    intro = gettext_lazy(
        "What members can get for their points. They see a reward while it is live."
    )
    empty = gettext_lazy("Your rewards will stand here. Begin with something small that is close.")
    form = RewardForm
    programme_path = "programme"
    list_display = ["name", "says", "state_label", "redeemed", "spent"]
    list_select_related = ["programme", "stock"]
    list_filter = [StateFilter]
    search_fields = ["name_nl", "name_en"]
    ordering = ["state", "points"]
    fieldsets = [
        (None, {"fields": ["name_nl", "name_en", "description_nl", "description_en"]}),
        (gettext_lazy("What it costs"), {"fields": ["points", "stock", "limit_per_member"]}),
        (gettext_lazy("When"), {"fields": ["starts_on", "ends_on", "voucher_valid_days"]}),
    ]
    change_form_outer_before_template = "admin/rewards/reward_standing.html"
    actions_detail = ["publish", "stop"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reward]:
        rewards: QuerySet[Reward] = super().get_queryset(request)
        return rewards.select_related("programme", "stock")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RewardList

    @display(description=gettext_lazy("Reward"), ordering="name_nl")
    def name(self, reward: Reward) -> str:
        return reward.name_nl if get_language() == "nl" else reward.name_en

    @display(description=gettext_lazy("What it says"))
    def says(self, reward: Reward) -> str:
        return reward_sentence(reward, get_language() or "nl").partition(": ")[2].capitalize()

    @display(description=gettext_lazy("State"), ordering="state", label=COLOURS)
    def state_label(self, reward: Reward) -> tuple[str, Any]:
        return reward.state, STATES[State(reward.state)]

    @display(description=gettext_lazy("Redeemed"))
    def redeemed(self, reward: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(reward.use.times))

    @display(description=gettext_lazy("Points spent"))
    def spent(self, reward: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(reward.use.points))

    # --- Saving --------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Reward, form: RewardForm, change: bool) -> None:
        now, actor = timezone.now(), actor_of(request)
        said: dict[str, Any] = {name: form.cleaned_data[name] for name in RewardForm.Meta.fields}
        reward = save_reward(
            programme_id=form.programme.pk,
            key=obj.key if change else _free_key(obj.name_en, form.programme.pk),
            reward_id=obj.pk if change else None,
            actor=actor,
            at=now,
            **(said | form.period),
        )
        total = form.cleaned_data["stock"]
        if total is not None and (form.held is None or form.held.total != total):
            set_stock(reward_id=reward.pk, total=total, actor=actor, at=now)
        obj.pk, obj.programme, obj.key = reward.pk, form.programme, reward.key

    def said(self, obj: Any) -> str:
        reward = Reward.objects.select_related("programme", "stock").get(pk=obj.pk)
        kept = reward_sentence(reward, get_language() or "nl")
        if reward.state == State.LIVE:
            return _("Saved: %s") % kept
        return _("Saved, not live yet: %s") % kept

    # --- The reward's page ---------------------------------------------------------------------

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

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Publish what is not live, stop what is."""
        reward = self.get_object(request, str(object_id))
        is_live = reward is not None and reward.state == State.LIVE
        offered = "stop" if is_live else "publish"
        actions = super().get_actions_detail(request, object_id)
        return [a for a in actions if a.method.original_function_name == offered]

    @action(
        description=gettext_lazy("Publish"),
        permissions=["change"],
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.visible(request, object_id)
        kept = reward_sentence(reward, get_language() or "nl")

        def deed() -> str:
            publish_reward(reward_id=reward.pk, actor=actor_of(request), at=timezone.now())
            return _("Live from now on: %s") % kept

        return self.ask(
            request,
            reward,
            title=_("Publish “%s”?") % self.name(reward),
            sentences=[kept, _("From that moment members see it and can redeem it.")],
            button=_("Publish"),
            deed=deed,
        )

    @action(
        description=gettext_lazy("Stop"),
        permissions=["change"],
        icon="stop",
        variant=ActionVariant.DANGER,
    )
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.visible(request, object_id)

        def deed() -> str:
            stop_reward(reward_id=reward.pk, actor=actor_of(request), at=timezone.now())
            return str(_("Stopped: “%s” can no longer be redeemed.") % self.name(reward))

        return self.ask(
            request,
            reward,
            title=_("Stop “%s”?") % self.name(reward),
            sentences=[
                reward_sentence(reward, get_language() or "nl"),
                _("It can no longer be redeemed. Vouchers that members have stay good."),
            ],
            button=_("Stop"),
            deed=deed,
            danger=True,
        )


def _standing(reward: Reward) -> dict[str, Any]:
    return {
        "state": STATES[State(reward.state)],
        "state_colour": COLOURS[reward.state],
        "sentences": [reward_sentence(reward, language) for language in ("nl", "en")],
        "use": use_of_rewards([reward.pk]).get(reward.pk, RewardUse()),
    }


def _free_key(name: str, programme_id: int) -> str:
    """A reward's key made from its name, with a number when that key is taken."""
    wanted = slugify(name)[:50] or "reward"
    named_alike = Reward.objects.filter(programme_id=programme_id, key__startswith=wanted)
    taken = set(named_alike.values_list("key", flat=True))
    numbered = (f"{wanted}-{count}" for count in range(2, len(taken) + 3))
    return next(key for key in (wanted, *numbered) if key not in taken)
