"""What a member took: what to show at the till, where it is, and the way back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from loyalty.errors import DomainError
from members.access import MemberRequest, require_member
from rewards.holdings import history_of, redemption_of
from rewards.kinds import Proof, next_step, proof_of, read_terms
from rewards.models import Redemption, Voucher
from rewards.redeeming import check_cancellable
from rewards.services.redemption import cancel_redemption
from rewards.views.steps import lines_of
from rewards.views.vouchers import code_out_of, shown
from rewards.views.wishes import in_words
from rewards.views.words import refused

State = Redemption.State


@require_safe
@require_member
def redemption(request: MemberRequest, redemption_id: UUID) -> HttpResponse:
    """What the member shows at the till, or how it comes to them, and what happened so far."""
    redeemed = _own(request, redemption_id)
    now = timezone.now()
    terms = read_terms(redeemed.reward.kind, redeemed.reward.terms)
    voucher: Voucher | None = getattr(redeemed, "voucher", None)
    pool_code = getattr(redeemed, "pool_code", None)
    is_ended = redeemed.state in {State.CANCELLED, State.EXPIRED, State.RETURNED}
    context = {
        "redemption": redeemed,
        "lines": lines_of(redeemed),
        "fulfilment": getattr(redeemed, "fulfilment", None),
        "shown": shown(voucher, at=now) if voucher and not is_ended else None,
        "partner_code": code_out_of(pool_code) if pool_code and not is_ended else "",
        "link": getattr(terms, "link", "") if not is_ended else "",
        "next_step": "" if is_ended else in_words(next_step(terms)),
        "is_delivered": proof_of(terms) is Proof.DELIVERY,
        "is_ended": is_ended,
        "chosen": _chosen(redeemed.choice),
        "can_undo": _can_undo(redeemed, voucher, terms),
        "currency": redeemed.reward.programme.currency,
        "today": timezone.localdate(now),
    }
    return render(request, "rewards/redemption.html", context)


@require_POST
@require_member
def cancel(request: MemberRequest, redemption_id: UUID) -> HttpResponse:
    """The member changed their mind."""
    redeemed = _own(request, redemption_id)
    try:
        cancel_redemption(
            redemption_id=redeemed.pk,
            actor=f"member:{request.membership.member_id}",
            at=timezone.now(),
            by_member=True,
        )
    except DomainError as refusal:
        messages.error(request, refused(refusal))
    else:
        messages.success(request, gettext("Undone. What you paid is back with you."))
    return redirect("portal:redemption", redeemed.pk)


@require_safe
@require_member
def history(request: MemberRequest) -> HttpResponse:
    """All that the member took or was given."""
    now = timezone.now()
    context = {
        "redemptions": history_of(request.membership),
        "now": now,
        "today": timezone.localdate(now),
    }
    return render(request, "rewards/history.html", context)


def _own(request: MemberRequest, redemption_id: UUID) -> Redemption:
    redeemed = redemption_of(request.membership, redemption_id)
    if redeemed is None:
        raise Http404
    return redeemed


def _can_undo(redeemed: Redemption, voucher: Voucher | None, terms: Any) -> bool:
    """Whether the button is there; the deed looks once more."""
    if voucher is not None and (voucher.uses or voucher.state != Voucher.State.ISSUED):
        return False
    try:
        check_cancellable(
            terms,
            redeemed.state,
            at=timezone.now(),
            by_member=True,
            undo_until=redeemed.undo_until,
            is_given=redeemed.grant_id is not None,
        )
    except DomainError:
        return False
    return True


def _chosen(choice: dict[str, Any]) -> list[str]:
    """What was chosen, in the words it had then."""
    said: list[str] = []
    for words in choice.values():
        said += [in_words(one) for one in (words if isinstance(words, list) else [words])]
    return said
