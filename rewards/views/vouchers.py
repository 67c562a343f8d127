"""The member's vouchers: what can be handed in, with its code; what was used, and what lapsed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.errors import DomainError
from members.access import MemberRequest, require_member
from rewards.codes import code_of
from rewards.holdings import Standing, pool_codes_of, standing_of, vouchers_of
from rewards.models import PoolCode, ShortCode, Voucher
from rewards.sealing import unseal
from rewards.services.offline.tickets import offline_digits_of, ticket_of
from rewards.services.pools import PURPOSE as OF_POOL
from rewards.services.short_codes import issue_short_code
from rewards.views.words import refused

MINUTES = 5
MOST_ENDED = 50


class ShownVoucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher as its member sees it. `scanned` is what the QR code says: a ticket or the code.

    `digits` are its twelve for a till without a line; empty where it is not for those.
    """

    voucher: Voucher
    standing: Standing
    code: str
    scanned: str
    digits: str = ""

    @property
    def is_usable(self) -> bool:
        return self.standing is Standing.USABLE


@require_safe
@require_member
def vouchers(request: MemberRequest) -> HttpResponse:
    """What can be used first; below it what was used, lapsed or undone."""
    now = timezone.now()
    mine = [shown(voucher, at=now) for voucher in vouchers_of(request.membership)]
    open_ = [one for one in mine if one.standing in {Standing.USABLE, Standing.SOON}]
    ended = [one for one in mine if one.standing not in {Standing.USABLE, Standing.SOON}]
    codes = pool_codes_of(request.membership, at=now)
    context = {
        "open": sorted(open_, key=lambda one: (not one.is_usable, one.voucher.expires_at)),
        "partners": [(code, code_out_of(code)) for code in codes],
        "ended": sorted(
            ended, key=lambda one: one.voucher.used_at or one.voucher.expires_at, reverse=True
        )[:MOST_ENDED],
        "currency": request.membership.programme.currency,
        "today": timezone.localdate(now),
    }
    return render(request, "rewards/vouchers.html", context)


@require_POST
@require_member
def short_code(request: MemberRequest, voucher_id: UUID) -> HttpResponse:
    """Digits for a till that cannot scan; made anew each time, good once and for minutes."""
    voucher = own_voucher(request, voucher_id)
    if standing_of(voucher, at=timezone.now()) is not Standing.USABLE:
        return redirect("portal:vouchers")
    said = {"purpose": ShortCode.Purpose.VOUCHER, "voucher_id": voucher.pk}
    return _digits(request, "portal:vouchers", said, {"voucher": voucher})


@require_http_methods(["GET", "POST"])
@require_member
def own_code(request: MemberRequest) -> HttpResponse:
    """The member's own digits: "this is me", for a till that cannot scan the card.

    The card is kept on the phone and holds no form, so it leads here and this page asks.
    """
    if request.method == "GET":
        return render(request, "rewards/short_code.html", {"back": "portal:card", "digits": 9})
    return _digits(request, "portal:card", {"purpose": ShortCode.Purpose.IDENTIFY}, {})


def own_voucher(request: MemberRequest, voucher_id: UUID) -> Voucher:
    """The member's own. Raises Http404 for anybody else's."""
    voucher = vouchers_of(request.membership).filter(pk=voucher_id).first()
    if voucher is None:
        raise Http404
    return voucher


def shown(voucher: Voucher, *, at: datetime) -> ShownVoucher:
    """With its code; of what tills take without a line, what they scan and type."""
    standing = standing_of(voucher, at=at)
    code = text_of(voucher)
    is_offline = standing is Standing.USABLE and voucher.reward.is_offline
    return ShownVoucher(
        voucher=voucher,
        standing=standing,
        code=code,
        scanned=(ticket_of(voucher) if is_offline else "") or code,
        digits=offline_digits_of(voucher) if is_offline else "",
    )


def text_of(voucher: Voucher) -> str:
    """The code as it is typed: made again from the id, or as it was uploaded."""
    if voucher.sealed_code is None:
        return code_of(voucher.pk)
    return unseal(bytes(voucher.sealed_code), purpose="voucher code").decode()


def code_out_of(pool_code: PoolCode) -> str:
    """The partner's code that was handed out."""
    return unseal(bytes(pool_code.sealed_code), purpose=OF_POOL).decode()


def _digits(
    request: MemberRequest, back: str, said: dict[str, Any], context: dict[str, Any]
) -> HttpResponse:
    digits = int(request.POST["digits"]) if request.POST.get("digits") in {"9", "12"} else 9
    now = timezone.now()
    try:
        code = issue_short_code(
            membership_id=request.membership.pk, digits=digits, minutes=MINUTES, at=now, **said
        )
    except DomainError as refusal:
        messages.error(request, refused(refusal))
        return redirect(back)
    context |= {
        "code": " ".join(code[start : start + 3] for start in range(0, len(code), 3)),
        "until": now + timedelta(minutes=MINUTES),
        "minutes": MINUTES,
        "back": back,
        "digits": digits,
    }
    return render(request, "rewards/short_code.html", context)
