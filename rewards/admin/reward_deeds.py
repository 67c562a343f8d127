"""What is done to a reward on its page: publish, stop, copy, withdraw."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from loyalty.templatetags.figures import number
from rewards.admin.wording import reward_sentence
from rewards.models import Reward, RewardPicture
from rewards.services.catalogue import publish_reward, stop_reward
from rewards.services.copying import copy_reward
from rewards.services.withdrawing import Withdrawn, outstanding, withdraw_reward

State = Reward.State


class RewardDeeds(ConsoleAdmin):
    """The buttons of a reward's page; each asks first and says what will happen."""

    actions_detail = ["publish", "stop", "copy", "withdraw"]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Publish what is not live, stop what is; withdraw what members may have."""
        reward = self.get_object(request, str(object_id))
        is_live = reward is not None and reward.state == State.LIVE
        offered = {"stop" if is_live else "publish", "copy"}
        if reward is not None and reward.state != State.DRAFT:
            offered.add("withdraw")
        actions = super().get_actions_detail(request, object_id)
        return [a for a in actions if a.method.original_function_name in offered]

    @action(
        description=gettext_lazy("Publish"),
        permissions=["change"],
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.visible(request, object_id)
        kept = _sentence(reward)

        def deed() -> str:
            publish_reward(reward_id=reward.pk, actor=actor_of(request), at=timezone.now())
            return _("Live from now on: %s") % kept

        return self.ask(
            request,
            reward,
            title=_("Publish “%s”?") % reward,
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
            return str(_("Stopped: “%s” can no longer be redeemed.") % reward)

        return self.ask(
            request,
            reward,
            title=_("Stop “%s”?") % reward,
            sentences=[
                _sentence(reward),
                _("It can no longer be redeemed. Vouchers that members have stay good."),
            ],
            button=_("Stop"),
            deed=deed,
            danger=True,
        )

    @action(description=gettext_lazy("Copy"), permissions=["change"], icon="content_copy")
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        reward = self.visible(request, object_id)
        made: list[Reward] = []

        def deed() -> str:
            made.append(_copied(reward, actor_of(request)))
            return _("This is the copy. It is a draft: change what is different, then publish it.")

        response = self.ask(
            request,
            reward,
            title=_("Copy “%s”?") % reward,
            sentences=[
                _("A draft is made with the same words, picture, price and conditions."),
                _("Its stock and budget you fill in anew."),
            ],
            button=_("Copy"),
            deed=deed,
        )
        return self.page_of(made[0].pk) if made else response

    @action(
        description=gettext_lazy("Withdraw"),
        permissions=["change"],
        icon="undo",
    )
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop it and, if it is wanted, undo what members have not used; says first how much."""
        reward, now = self.visible(request, object_id), timezone.now()
        is_undone = request.POST.get("is_undone") == "1"
        with_batches = request.POST.get("with_batches") == "1"
        may_undo = request.user.has_perm("rewards.cancel_redemption")
        may_batches = request.user.has_perm("rewards.change_voucherbatch")
        if (is_undone and not may_undo) or (with_batches and not may_batches):
            raise PermissionDenied
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "title": _("Withdraw “%s”?") % reward,
                "opts": self.model._meta,
                "original": reward,
                "sentence": _sentence(reward),
                "out": outstanding(reward, at=now),
                "may_undo": may_undo,
                "may_batches": may_batches,
            }
            return TemplateResponse(request, "admin/rewards/reward_withdraw.html", context)
        try:
            done = withdraw_reward(
                reward_id=reward.pk,
                actor=actor_of(request),
                at=now,
                is_undone=is_undone,
                with_batches=with_batches,
            )
        except DomainError as refusal:
            messages.error(request, told(refusal))
        else:
            messages.success(request, _withdrawn(reward, done))
        return self.page_of(reward.pk)

    # --- The picture -----------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        own = path(
            "<int:reward_id>/picture/",
            self.admin_site.admin_view(self.picture),
            name="rewards_reward_picture",
        )
        return [own, *super().get_urls()]

    def picture(self, request: HttpRequest, reward_id: int) -> HttpResponse:
        """The picture of a reward that may be a draft still."""
        reward = self.visible(request, str(reward_id))
        kept = RewardPicture.objects.filter(reward=reward).first()
        if kept is None:
            raise Http404
        return HttpResponse(bytes(kept.content), content_type="image/webp")


def free_key(name: str, programme_id: int) -> str:
    """A reward's key made from its name, with a number when that key is taken."""
    wanted = slugify(name)[:50] or "reward"
    named_alike = Reward.objects.filter(programme_id=programme_id, key__startswith=wanted)
    taken = set(named_alike.values_list("key", flat=True))
    numbered = (f"{wanted}-{count}" for count in range(2, len(taken) + 3))
    return next(key for key in (wanted, *numbered) if key not in taken)


def _copied(reward: Reward, actor: str) -> Reward:
    return copy_reward(
        reward_id=reward.pk,
        key=free_key(reward.name_en, reward.programme_id),
        name_nl=f"{reward.name_nl[:90]} (kopie)",
        name_en=f"{reward.name_en[:90]} (copy)",
        actor=actor,
        at=timezone.now(),
    )


def _sentence(reward: Reward) -> str:
    return reward_sentence(reward, get_language() or "nl")


def _withdrawn(reward: Reward, done: Withdrawn) -> str:
    said = [_("“%s” can no longer be redeemed.") % reward]
    if done.cancelled:
        said.append(
            ngettext(
                "%s was undone, and what was paid for it is back.",
                "%s were undone, and what was paid for them is back.",
                done.cancelled,
            )
            % number(done.cancelled)
        )
    if done.batches:
        said.append(
            ngettext(
                "The codes of %s batch are no longer taken.",
                "The codes of %s batches are no longer taken.",
                done.batches,
            )
            % number(done.batches)
        )
    if done.kept:
        said.append(
            _("Not undone, for they were used or are on their way: %s.") % number(done.kept)
        )
    if done.left:
        said.append(_("Still to be undone: %s. Withdraw it again.") % number(done.left))
    return " ".join(said)
