"""Who or what was scanned at a till, and what fits them now."""

from collections.abc import Iterable
from datetime import datetime

from loyalty.errors import InvalidRequest
from loyalty.services.held_tiers import tier_keys, tier_names
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.types import Words
from members.errors import MemberUnknown
from members.models import Membership
from members.selectors import account_of, find_membership, id_in, read_typed
from members.services.segments import segments_of
from rewards.errors import VoucherUnknown
from rewards.holdings import vouchers_of
from rewards.kinds import Tender, read_terms, sentence_of, tender_worth
from rewards.models import Grant, Till, Voucher
from rewards.offline.ticket import LENGTH
from rewards.sales import (
    Customer,
    FitCard,
    FitGift,
    FitReward,
    Fits,
    FitTender,
    FitVoucher,
    Found,
)
from rewards.selectors import RewardOffer, rewards_for, usable_points
from rewards.services.held_cards import stamp_cards_of
from rewards.services.till_basket import GIFT, name_of
from rewards.services.till_vouchers import (
    CHANNEL,
    find_voucher,
    refusal_of,
    reserved_of,
    short_code,
)

MOST = 20  # of each; a cashier reads no more
_TICKET = "ticket"


def lookup(*, till: Till, scanned: str, at: datetime) -> Found:
    """The member or the voucher behind whatever was scanned or typed, and what fits now.

    A card, telephone number, address, member's id, one-time code, voucher's code or signed ticket.
    Raises MemberUnknown, IdentifierBlocked, VoucherUnknown, and InvalidRequest for what can be none
    of these.
    """
    programme_id = till.programme_id
    book = current_rulebook(programme_id=programme_id)
    kind, membership, voucher = _read(programme_id, scanned.strip(), at)
    if voucher is not None and voucher.membership_id and membership is None:
        membership = Membership.objects.select_related("member").get(pk=voucher.membership_id)
    usable = usable_points(membership, at=at) if membership else 0
    return Found(
        scanned=kind,
        customer=_customer(membership, usable, book, at) if membership else None,
        voucher=_told(voucher, membership, till, book, at) if voucher else None,
        fits=_fits(membership, usable, till, book, at) if membership else Fits(),
    )


def _read(
    programme_id: int, text: str, at: datetime
) -> tuple[str, Membership | None, Voucher | None]:
    """What was scanned, and whom or which voucher it means."""
    if len(text) == LENGTH:
        return _TICKET, None, find_voucher(programme_id, text, at=at)
    if id_in(text):
        return "member", find_membership(programme_id, text), None
    if digits := short_code(programme_id, text, at=at):
        voucher = find_voucher(programme_id, text, at=at) if digits.voucher_id else None
        return "short_code", digits.membership, voucher
    try:
        key = read_typed(text)
    except InvalidRequest:
        return "voucher", None, find_voucher(programme_id, text, at=at)
    try:
        return key.kind.lower(), find_membership(programme_id, str(key)), None
    except MemberUnknown as nobody:
        try:
            return "voucher", None, find_voucher(programme_id, text, at=at)
        except VoucherUnknown:
            raise nobody from None


def _customer(membership: Membership, usable: int, book: Rulebook, at: datetime) -> Customer:
    tier, name = _tier(membership, book, at)
    return Customer(
        id=membership.member_id,
        given_name=membership.member.given_name,
        points=usable,
        tier=tier,
        tier_name=name,
    )


def _tier(membership: Membership, book: Rulebook, at: datetime) -> tuple[str, Words]:
    """The highest that they have, of the first ladder on which they have one."""
    if not book.rule_set.tier_sets:
        return "", {}
    held = tier_keys(
        book=book,
        account_id=account_of(membership),
        joined_on=membership.joined_at.astimezone(book.zone).date(),
        at=at,
        segments=segments_of(membership.pk, at=at),
    )
    names = tier_names(book)
    for tier_set in book.rule_set.tier_sets:
        mine = [tier.key for tier in tier_set.policy.tiers if tier.key in held]
        if mine:
            return mine[-1], names[mine[-1]]
    return "", {}


# --- What fits -----------------------------------------------------------------------------------


def _fits(membership: Membership, usable: int, till: Till, book: Rulebook, at: datetime) -> Fits:
    offers = rewards_for(membership, at=at, usable=usable, channel=CHANNEL, location=till.location)
    within = [offer for offer in offers if offer.is_within_reach]
    return Fits(
        rewards=tuple(
            _reward(offer, book) for offer in within if not isinstance(offer.terms, Tender)
        )[:MOST],
        vouchers=_vouchers(membership, till, book, at),
        gifts=_gifts(membership, at),
        cards=tuple(
            FitCard(key=card.key, name=card.name, stamps=card.stamps, of=card.of)
            for card in stamp_cards_of(membership, at=at)
        ),
        tenders=tuple(_tenders(within, usable)),
    )


def _reward(offer: RewardOffer, book: Rulebook) -> FitReward:
    return FitReward(
        key=offer.reward.key,
        kind=offer.reward.kind,
        name=name_of(offer.reward),
        sentence=sentence_of(offer.terms, currency=book.currency, zone=book.zone),
        points=offer.points,
        money=offer.reward.money,
    )


def _tenders(offers: Iterable[RewardOffer], usable: int) -> Iterable[FitTender]:
    for offer in offers:
        if isinstance(terms := offer.terms, Tender):
            points = min(usable, terms.at_most or usable)
            points -= points % terms.step
            yield FitTender(
                reward=offer.reward.key,
                point_worth=terms.point_worth,
                step=terms.step,
                at_least=terms.at_least,
                at_most=terms.at_most,
                share=terms.share,
                points=points,
                worth=tender_worth(terms, points),
            )


def _vouchers(
    membership: Membership, till: Till, book: Rulebook, at: datetime
) -> tuple[FitVoucher, ...]:
    """Those that can be used at this place now, what ends first on top."""
    good = vouchers_of(membership).filter(state=Voucher.State.ISSUED, expires_at__gt=at)
    found = list(good.order_by("expires_at", "pk")[:MOST])
    reserved = reserved_of(found, till=till, at=at)
    told = (
        _told(voucher, membership, till, book, at, reserved=reserved.get(voucher.pk, 0))
        for voucher in found
    )
    return tuple(voucher for voucher in told if not voucher.refusal)


def _told(
    voucher: Voucher,
    membership: Membership | None,
    till: Till,
    book: Rulebook,
    at: datetime,
    *,
    reserved: int | None = None,
) -> FitVoucher:
    reward = voucher.reward
    refusal = refusal_of(voucher, till=till, membership=membership, at=at, reserved=reserved)
    return FitVoucher(
        id=voucher.pk,
        reward=reward.key,
        kind=reward.kind,
        name=name_of(reward),
        sentence=sentence_of(
            read_terms(reward.kind, reward.terms), currency=book.currency, zone=book.zone
        ),
        expires_at=voucher.expires_at,
        value_left=voucher.value_left,
        refusal=refusal.code if refusal else "",
    )


def _gifts(membership: Membership, at: datetime) -> tuple[FitGift, ...]:
    waiting = Grant.objects.filter(membership=membership, state=Grant.State.OPEN)
    grants = waiting.select_related("reward").order_by("expires_at", "pk")[:MOST]
    return tuple(
        FitGift(
            id=grant.pk,
            name=name_of(grant.reward) if grant.reward and not grant.is_surprise else GIFT,
            reason=grant.reason,
            expires_at=grant.expires_at,
        )
        for grant in grants
        if grant.expires_at is None or grant.expires_at > at
    )
