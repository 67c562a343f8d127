"""What the page of one redemption shows: a sentence, what was paid, steps, voucher, delivery."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty.admin.pages import actor_of
from loyalty.templatetags.figures import money, number
from members.admin.colleague import role_of
from members.models import MemberLook
from members.services.looks import record_look
from rewards.admin.words import (
    DELIVERY_COLOURS,
    STATE_COLOURS,
    STATES,
    VOUCHER_COLOURS,
    actor_words,
    channel_words,
    exactly,
    paid_words,
    step_words,
    voucher_words,
    way_words,
)
from rewards.models import Fulfilment, PoolCode, Redemption, Voucher, VoucherUse

FULFILS = "rewards.fulfil_redemption"


def page_of_redemption(
    request: HttpRequest, redemption: Redemption, *, at: datetime
) -> dict[str, Any]:
    """All that stands on the page; seven queries. An address that is shown is noted as a look."""
    steps = list(redemption.steps.order_by("number"))
    voucher = Voucher.objects.filter(redemption=redemption).first()
    uses = list(VoucherUse.objects.filter(voucher=voucher).order_by("pk")) if voucher else []
    who = actor_words(
        {redemption.actor, *(step.actor for step in steps), *(use.actor for use in uses)}
    )
    delivery = Fulfilment.objects.filter(redemption=redemption).first()
    return {
        "redemption": redemption,
        "state": STATES[redemption.state],
        "colour": STATE_COLOURS[redemption.state],
        "sentence": _sentence(redemption),
        "facts": list(_facts(redemption, who[redemption.actor])),
        "steps": [
            {"words": step_words(step.name, step.params), "at": step.at, "who": who[step.actor]}
            for step in steps
        ],
        "voucher": _voucher(voucher, at),
        "uses": [_use(use, redemption, who[use.actor]) for use in uses],
        "pool_code": PoolCode.objects.filter(redemption=redemption).select_related("pool").first(),
        "delivery": page_of_delivery(request, redemption, delivery, at) if delivery else None,
        "today": timezone.localdate(),
        "member_page": reverse(
            "admin:members_member_change", args=[redemption.membership.member_id]
        ),
        "reward_page": reverse("admin:rewards_reward_change", args=[redemption.reward_id]),
    }


def _sentence(redemption: Redemption) -> str:
    said = {
        "who": str(redemption.membership.member),
        "reward": str(redemption.reward),
        "paid": paid_words(redemption),
        "when": exactly(redemption.redeemed_at),
    }
    if redemption.grant_id:
        return _("%(who)s was given “%(reward)s” and took it on %(when)s.") % said
    return _("%(who)s took “%(reward)s” for %(paid)s on %(when)s.") % said


def _facts(redemption: Redemption, who: str) -> Iterator[tuple[str, str]]:
    yield _("Paid"), paid_words(redemption)
    if redemption.worth is not None:
        yield _("Worth"), money(redemption.worth, redemption.reward.programme.currency)
    if redemption.balance_after is not None:
        yield _("Left on the account after it"), number(redemption.balance_after)
    place = redemption.location or channel_words(redemption.channel)
    if place:
        yield _("Where"), place
    if redemption.order:
        yield _("Order or receipt"), redemption.order
    if chosen := choice_words(redemption.choice):
        yield _("Chosen"), chosen
    yield _("Done by"), who
    yield from _moments(redemption)


def _moments(redemption: Redemption) -> Iterator[tuple[str, str]]:
    if redemption.state == Redemption.State.AUTHORISED and redemption.expires_at:
        yield _("Set aside until"), exactly(redemption.expires_at)
    if redemption.undo_until and redemption.ended_at is None:
        yield _("The member may undo it until"), exactly(redemption.undo_until)
    if redemption.ended_at:
        yield _("Ended"), exactly(redemption.ended_at)


def choice_words(choice: Any) -> str:
    """What a member chose: colours, a size, a slot; in the language of the page where it has one."""
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    if isinstance(choice, dict):
        if language in choice:
            return str(choice[language])
        parts = [choice_words(value) for value in choice.values()]
    elif isinstance(choice, list):
        parts = [choice_words(value) for value in choice]
    else:
        return "" if choice is None else str(choice)
    return ", ".join(part for part in parts if part)


def _voucher(voucher: Voucher | None, at: datetime) -> dict[str, Any] | None:
    if voucher is None:
        return None
    standing, said = voucher_words(voucher, at)
    return {
        "colour": VOUCHER_COLOURS[standing],
        "words": said,
        "uses": voucher.uses,
        "max_uses": voucher.max_uses,
        "is_own": voucher.membership_id is not None,
        "value_left": voucher.value_left,
    }


def _use(use: VoucherUse, redemption: Redemption, who: str) -> dict[str, Any]:
    currency = redemption.reward.programme.currency
    return {
        "at": use.used_at,
        "where": use.location or channel_words(use.channel),
        "basket": use.basket,
        "amount": money(use.amount, currency) if use.amount is not None else "",
        "who": who,
        "rolled_back_at": use.rolled_back_at,
        "is_offline": use.is_offline,
    }


def page_of_delivery(
    request: HttpRequest, redemption: Redemption, delivery: Fulfilment, at: datetime
) -> dict[str, Any]:
    """How it is delivered; an address only for who delivers, and then it is noted as a look."""
    is_shown = bool(delivery.street) and request.user.has_perm(FULFILS)
    if is_shown:
        record_look(
            member_id=redemption.membership.member_id,
            actor=actor_of(request),
            role=role_of(request),
            deed=MemberLook.Deed.SEEN,
            what="delivery",
            at=at,
        )
    return {
        "delivery": delivery,
        "way": way_words(delivery.way),
        "state": delivery.get_state_display(),
        "colour": DELIVERY_COLOURS[delivery.state],
        "address": address_lines(delivery) if is_shown else [],
        "is_hidden": bool(delivery.street) and not is_shown,
        "chosen": choice_words(redemption.choice),
        "page": reverse("admin:rewards_fulfilment_change", args=[delivery.pk]),
        "redemption_page": reverse("admin:rewards_redemption_change", args=[redemption.pk]),
    }


def address_lines(delivery: Fulfilment) -> list[str]:
    """As it stands on a parcel."""
    town = f"{delivery.postal_code} {delivery.town}".strip()
    lines = [delivery.recipient, delivery.street, town, delivery.country]
    return [line for line in lines if line]
