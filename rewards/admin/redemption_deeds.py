"""What who may does about a redemption: cancel it before it is had, take it back after."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.admin.pages import actor_of
from members.admin.colleague import refuse_own, role_of
from members.admin.deeds import done_by_form
from members.models import MemberLook
from members.services.looks import record_look
from members.services.notes import write_note
from rewards.admin.fields import a_choice
from rewards.admin.insight import InsightPage
from rewards.admin.words import RETURNS, paid_words
from rewards.kinds import Proof, proof_of, read_terms
from rewards.models import Redemption
from rewards.services.redemption import cancel_redemption, return_redemption

CANCELS = "rewards.cancel_redemption"
State = Redemption.State


class CancelForm(forms.Form):
    """Why."""

    use_required_attribute = False

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("It is kept as a note about the member."),
    )


class ReturnForm(forms.Form):
    """Why, out of a few."""

    use_required_attribute = False

    reason = a_choice(gettext_lazy("Why"), list(RETURNS.items()))


class RedemptionDeeds(InsightPage):
    """The deeds that a redemption's page offers."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        one = "<uuid:redemption_id>"
        return [
            path(f"{one}/cancel/", view(self.cancel), name="rewards_redemption_cancel"),
            path(f"{one}/return/", view(self.take_back), name="rewards_redemption_return"),
            *urls,
        ]

    def deeds(self, request: HttpRequest, redemption: Redemption) -> list[tuple[str, Any]]:
        """The ways to what this colleague may do now."""
        if not request.user.has_perm(CANCELS):
            return []
        found = []
        if may_cancel(redemption):
            found.append(("cancel", pgettext("redemption", "Cancel")))
        if redemption.state == State.FULFILLED:
            found.append(("return", _("Take back")))
        of = [redemption.pk]
        return [(reverse(f"admin:rewards_redemption_{deed}", args=of), w) for deed, w in found]

    def cancel(self, request: HttpRequest, redemption_id: UUID) -> HttpResponse:
        """Before it was had: all that was paid goes back."""
        redemption = self._asked(request, redemption_id)

        def deed(said: dict[str, Any]) -> str:
            now, actor = timezone.now(), actor_of(request)
            cancel_redemption(redemption_id=redemption.pk, actor=actor, at=now)
            member_id = redemption.membership.member_id
            write_note(member_id=member_id, text=said["reason"], author=actor, at=now)
            return _("Cancelled: what was paid is back with the member.")

        return self._by_form(
            request,
            redemption,
            CancelForm(request.POST or None),
            deed,
            title=_("Cancel “%s”?") % redemption.reward,
            button=_("Cancel it"),
        )

    def take_back(self, request: HttpRequest, redemption_id: UUID) -> HttpResponse:
        """After it was had: the reward comes back, and what was paid goes back."""
        redemption = self._asked(request, redemption_id)

        def deed(said: dict[str, Any]) -> str:
            return_redemption(
                redemption_id=redemption.pk,
                reason=said["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("Taken back: what was paid is back with the member.")

        return self._by_form(
            request,
            redemption,
            ReturnForm(request.POST or None),
            deed,
            title=_("Take “%s” back?") % redemption.reward,
            button=_("Take back"),
        )

    def _asked(self, request: HttpRequest, redemption_id: UUID) -> Redemption:
        if not request.user.has_perm(CANCELS):
            raise PermissionDenied
        redemption: Redemption = self.visible(request, str(redemption_id))
        refuse_own(request, redemption.membership.member)
        return redemption

    def _by_form(
        self,
        request: HttpRequest,
        redemption: Redemption,
        form: forms.Form,
        deed: Callable[[dict[str, Any]], str],
        **context: Any,
    ) -> HttpResponse:
        back = _("%(paid)s goes back to %(who)s, with the dates it had.") % {
            "paid": paid_words(redemption),
            "who": redemption.membership.member,
        }
        page = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "original": "",
            "sentences": [back, _("Its voucher, if it has one, is good for nothing any more.")],
            "page": reverse("admin:rewards_redemption_change", args=[redemption.pk]),
            "is_dangerous": True,
            **context,
        }

        def done(said: dict[str, Any]) -> str:
            told = deed(said)
            record_look(
                member_id=redemption.membership.member_id,
                actor=actor_of(request),
                role=role_of(request),
                deed=MemberLook.Deed.CHANGED,
                what="rewards",
                at=timezone.now(),
            )
            return told

        return done_by_form(
            request, form, deed=done, context=page, after=lambda: redirect(page["page"])
        )


def may_cancel(redemption: Redemption) -> bool:
    """Whether cancelling is worth offering; the deed itself looks closer."""
    proof = proof_of(read_terms(redemption.reward.kind, redemption.reward.terms))
    if redemption.state == State.AUTHORISED:
        return True
    if proof is Proof.AT_ONCE:
        return redemption.state in (State.CAPTURED, State.FULFILLED)
    return redemption.state == State.CAPTURED and proof is not Proof.CODE
