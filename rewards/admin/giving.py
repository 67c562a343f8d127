"""Giving a member a reward by hand: the service desk's, with a reason that the member reads."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from members.admin.colleague import refuse_own, role_of
from members.admin.deeds import DeedForm, done_by_form
from members.models import MemberLook, Membership
from members.services.looks import record_look
from rewards.models import Grant, Reward
from rewards.services.giving import give

GIVES = "rewards.add_grant"


class GiveForm(DeedForm):
    """Which reward, and why."""

    reward = forms.ChoiceField(label=gettext_lazy("Reward"), widget=UnfoldAdminSelectWidget)
    field_order = ("reward", "reason")

    def __init__(self, rewards: list[Reward], data: Any = None) -> None:
        super().__init__(data)
        choices = [(each.pk, str(each)) for each in rewards]
        self.fields["reward"].choices = choices  # type: ignore[attr-defined]


class Giving(ReadOnlyAdmin):
    """The deed."""

    def give(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """A live reward of the programme that is looked at, for nothing; the key makes it once."""
        if not request.user.has_perm(GIVES):
            raise PermissionDenied
        programme = self.programme(request)
        mine = Membership.objects.filter(member_id=member_id, programme=programme)
        membership = mine.select_related("member").first()
        if membership is None:
            raise Http404
        now = timezone.now()
        live = Reward.objects.available(at=now).filter(programme=programme)
        page = reverse("admin:members_member_change", args=[member_id]) + "?tab=redemptions"

        def deed(said: dict[str, Any]) -> str:
            refuse_own(request, membership.member)
            reason = said["reason"]
            grant = give(
                membership_id=membership.pk,
                key=f"desk:{said['key']}",
                reward=live.get(pk=said["reward"]),
                reason={"nl": reason, "en": reason},
                actor=actor_of(request),
                at=now,
            )
            self._noted(request, membership, now)
            return _told(grant)

        context = {
            **self.admin_site.each_context(request),
            "opts": Grant._meta,
            "original": membership.member,
            "title": _("Give %s a reward") % membership.member,
            "sentences": [
                _("It costs no points. It comes off the stock, where there is one."),
                _("What has to be chosen or sent waits until the member says where or which."),
            ],
            "button": _("Give"),
            "page": page,
        }
        rewards = list(live.exclude(kind=Reward.Kind.TENDER).order_by("name_nl"))
        form = GiveForm(rewards, request.POST or None)
        return done_by_form(request, form, deed=deed, context=context, after=lambda: redirect(page))

    def _noted(self, request: HttpRequest, membership: Membership, at: Any) -> None:
        record_look(
            member_id=membership.member_id,
            actor=actor_of(request),
            role=role_of(request),
            deed=MemberLook.Deed.CHANGED,
            what="rewards",
            at=at,
        )


def _told(grant: Grant) -> str:
    name = str(grant.reward)
    if grant.state == Grant.State.TAKEN:
        return _("Given: “%s” stands with the member's rewards.") % name
    return _("Given: “%s” waits until the member takes it.") % name
