"""A till's basket reckoned: what each thing takes off, and what is left to pay. Changes nothing."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from loyalty.errors import DomainError, InsufficientPoints, InvalidRequest, NotFound
from loyalty.services.rulebook import Rulebook
from loyalty.types import Line, Words
from members.models import Membership
from members.selectors import find_membership, id_in, read_typed
from members.services.submissions import check_submission
from members.types import ActivitySubmission, PointsPaid
from rewards.discounting import taken_off
from rewards.eligibility import refused
from rewards.errors import GrantOver
from rewards.kinds import CashCard, Tender, Terms, check_tender, read_terms, tender_worth
from rewards.models import Grant, Reward, Till, Voucher
from rewards.sales import NOTHING, Sale, TenderWish, UsedThing
from rewards.selectors import find_reward, offer_of, usable_points
from rewards.services.till_vouchers import CHANNEL, find_voucher, refusal_of, short_code
from rewards.stacking import check_stacking

GIFT: Words = {"nl": "Cadeau", "en": "Gift"}
_NAMES: Mapping[str, Words] = {
    "gift": GIFT,
    "voucher": {"nl": "Tegoedbon", "en": "Voucher"},
    "reward": {"nl": "Beloning", "en": "Reward"},
    "tender": {"nl": "Betalen met punten", "en": "Pay with points"},
}
"""What a thing is called while it is not known which it is."""


class Planned(msgspec.Struct, kw_only=True):
    """Something that the sale uses, and what it comes to; with an `error` it comes to nothing."""

    kind: str
    ref: str
    place: int = 0  # among all that the sale uses
    reward: Reward | None = None
    terms: Terms | None = None
    voucher: Voucher | None = None
    grant: Grant | None = None
    points: int = 0
    off: Decimal = NOTHING
    pays: Decimal = NOTHING
    due: Decimal = NOTHING
    error: DomainError | None = None

    def told(self) -> UsedThing:
        """As the till is told of it."""
        return UsedThing(
            kind=self.kind,
            ref=self.ref,
            name=name_of(self.reward) if self.reward else _NAMES[self.kind],
            points=self.points,
            off=self.off,
            pays=self.pays,
            due=self.due,
            refusal=self.error.code if self.error else "",
            detail=self.error.detail if self.error else "",
        )


class Basket(msgspec.Struct, kw_only=True):
    """A sale's figures: `lines` are what is left of each line after `things` took off theirs."""

    sale: Sale
    lines: tuple[Line, ...]
    left: list[Decimal]
    goods: Decimal
    usable: int = 0
    things: list[Planned] = msgspec.field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """Of the goods, after discounts."""
        return sum(self.left, NOTHING)

    @property
    def redeems(self) -> int:
        return sum(each.points for each in self.things)

    @property
    def due(self) -> Decimal:
        return sum((each.due for each in self.things), NOTHING)

    @property
    def tendered(self) -> Decimal:
        return sum((each.pays for each in self.things if each.kind == "tender"), NOTHING)

    @property
    def cards(self) -> Decimal:
        return sum((each.pays for each in self.things if each.kind != "tender"), NOTHING)

    @property
    def to_pay(self) -> Decimal:
        return self.amount + self.due - self.tendered - self.cards

    @property
    def errors(self) -> Iterator[DomainError]:
        return (each.error for each in self.things if each.error is not None)


def customer_of(programme_id: int, said: str, *, at: datetime) -> Membership:
    """The member by id, or by whatever was typed or scanned. Raises as `find_membership`."""
    text = said.strip()
    if id_in(text):
        return find_membership(programme_id, text)
    digits = short_code(programme_id, text, at=at)
    if digits is not None and digits.membership is not None and digits.voucher_id is None:
        return digits.membership
    return find_membership(programme_id, str(read_typed(text)))


def reckon(
    sale: Sale, *, till: Till, book: Rulebook, membership: Membership | None, at: datetime
) -> Basket:
    """The basket with all that is used, in the order: rewards, gifts, vouchers, gift cards, points.

    Raises InvalidRequest for lines that cannot be; what cannot be used says so in `things`.
    """
    if membership is None and (sale.rewards or sale.gifts or sale.tender):
        raise InvalidRequest("Points and gifts are a member's.", field="member")
    basket = _of_goods(sale, book, at)
    if membership is not None:
        basket.usable = usable_points(membership, at=at)
    things = [*_rewards(sale, till, membership, at), *_gifts(sale, membership, at)]
    things += _vouchers(sale, till, membership, at)
    for thing in things:
        _take_off(basket, thing)
    if membership is not None and sale.tender is not None:
        _pay_with_points(basket, sale.tender, till, membership, at)
    for thing in basket.things:
        _pay_with_card(basket, thing)
    return basket


def submission_of(
    basket: Basket, *, till: Till, source: str, receipt: str, member: str, occurred_at: datetime
) -> ActivitySubmission:
    """The purchase that it is: lines after discount, and the part of it that points paid for."""
    sale, tender = basket.sale, _tender_of(basket)
    lines = tuple(
        msgspec.structs.replace(line, amount=str(left))
        for line, left in zip(sale.lines, basket.left, strict=bool(sale.lines))
    )
    return ActivitySubmission(
        type="purchase",
        member=member,
        external_id=receipt,
        occurred_at=occurred_at,
        source=source,
        channel=CHANNEL,
        location=till.location,
        currency=sale.currency,
        amount=None if lines else str(basket.amount),
        lines=lines,
        points_paid=PointsPaid(points=tender.points, amount=str(tender.pays)) if tender else None,
    )


def name_of(reward: Reward) -> Words:
    """What it is called, in each language."""
    return {"nl": reward.name_nl, "en": reward.name_en}


# --- The goods and what comes off them -----------------------------------------------------------


def _of_goods(sale: Sale, book: Rulebook, at: datetime) -> Basket:
    submission = ActivitySubmission(
        type="purchase",
        member="",
        external_id="",
        occurred_at=at,
        currency=sale.currency,
        amount=sale.amount,
        lines=sale.lines,
    )
    activity = check_submission(submission, book=book, source="", at=at).activity
    lines = activity.lines or (Line(product="", amount=activity.amount),)
    return Basket(
        sale=sale,
        lines=lines,
        left=[line.amount for line in lines],
        goods=activity.amount,
    )


def _take_off(basket: Basket, thing: Planned) -> None:
    """Let it take its part of what is left of the lines; what is refused costs nothing either."""
    thing.place = len(basket.things)
    try:
        if thing.error is not None:
            raise thing.error
        _check_points(basket, thing.points)
        if thing.reward is not None:
            there = [each.reward for each in basket.things if each.reward and not each.error]
            check_stacking(thing.reward, there)
        off = taken_off(thing.terms, basket.lines, basket.left) if thing.terms else []
    except DomainError as refusal:
        thing.error, thing.points, thing.due = refusal, 0, NOTHING
        basket.things.append(thing)
        return
    basket.things.append(thing)
    if not off:
        return
    thing.off = sum(off, NOTHING)
    basket.left = [left - less for left, less in zip(basket.left, off, strict=True)]


def _check_points(basket: Basket, points: int) -> None:
    """All of it out of one balance, in the order in which it is used. Raises InsufficientPoints."""
    missing = basket.redeems + points - basket.usable
    if points and missing > 0:
        raise InsufficientPoints(f"{missing} points are missing.")


# --- What is used --------------------------------------------------------------------------------


def _rewards(
    sale: Sale, till: Till, membership: Membership | None, at: datetime
) -> Iterator[Planned]:
    for key in sale.rewards:
        if membership is not None:
            yield _reward(key, till, membership, at)


def _reward(key: str, till: Till, membership: Membership, at: datetime) -> Planned:
    try:
        reward = find_reward(till.programme_id, key)
    except NotFound as refusal:
        return Planned(kind="reward", ref=key, error=refusal)
    offer = offer_of(membership, reward, at=at, channel=CHANNEL, location=till.location)
    planned = Planned(
        kind="reward",
        ref=key,
        reward=reward,
        terms=offer.terms,
        points=offer.points,
        due=reward.money,
    )
    if isinstance(offer.terms, Tender):
        planned.error = InvalidRequest("Say with how many points to pay.", field="tender")
    elif offer.refusals:
        planned.error = refused(offer.refusals[0])
    return planned


def _gifts(sale: Sale, membership: Membership | None, at: datetime) -> Iterator[Planned]:
    mine = Grant.objects.filter(pk__in=sale.gifts, membership=membership)
    grants = {grant.pk: grant for grant in mine.select_related("reward")} if sale.gifts else {}
    for gift in sale.gifts:
        grant = grants.get(gift)
        planned = Planned(kind="gift", ref=str(gift), grant=grant)
        if grant is None:
            planned.error = NotFound("There is no such gift.", field="gifts")
        elif grant.state != Grant.State.OPEN or (grant.expires_at and grant.expires_at <= at):
            planned.error = GrantOver("This gift can no longer be taken.", field="gifts")
        elif grant.reward is None or grant.is_surprise:
            planned.error = InvalidRequest("The member chooses or opens this first.", field="gifts")
        else:
            planned.reward = grant.reward
            planned.terms = read_terms(grant.reward.kind, grant.reward.terms)
        yield planned


def _vouchers(
    sale: Sale, till: Till, membership: Membership | None, at: datetime
) -> Iterator[Planned]:
    seen: set[Any] = set()
    for said in sale.vouchers:
        planned = _voucher(said, till, membership, at)
        if planned.voucher is not None and planned.voucher.pk in seen:
            planned.error = InvalidRequest("This voucher is there already.", field="vouchers")
        if planned.voucher is not None:
            seen.add(planned.voucher.pk)
        yield planned


def _voucher(said: str, till: Till, membership: Membership | None, at: datetime) -> Planned:
    try:
        voucher = find_voucher(till.programme_id, said, membership=membership, at=at)
    except DomainError as refusal:
        return Planned(kind="voucher", ref="", error=refusal)
    redemption = voucher.redemption
    return Planned(
        kind="voucher",
        ref=str(voucher.pk),
        reward=voucher.reward,
        terms=read_terms(voucher.reward.kind, voucher.reward.terms),
        voucher=voucher,
        due=redemption.money if redemption else NOTHING,
        error=refusal_of(voucher, till=till, membership=membership, at=at),
    )


# --- What is paid with ---------------------------------------------------------------------------


def _pay_with_card(basket: Basket, thing: Planned) -> None:
    """A gift card pays as much as it has of what is still to pay."""
    if thing.error is not None or not isinstance(thing.terms, CashCard):
        return
    has = thing.voucher.value_left if thing.voucher else thing.terms.value
    thing.pays = min(has or NOTHING, basket.to_pay)
    if not thing.pays:
        thing.error = InvalidRequest("There is nothing left to pay.", field="vouchers")


def _pay_with_points(
    basket: Basket, wish: TenderWish, till: Till, membership: Membership, at: datetime
) -> None:
    try:
        reward = _tender_reward(till, wish.reward)
    except DomainError as refusal:
        basket.things.append(Planned(kind="tender", ref=wish.reward, error=refusal))
        return
    offer = offer_of(membership, reward, at=at, channel=CHANNEL, location=till.location)
    planned = Planned(kind="tender", ref=reward.key, reward=reward, terms=offer.terms)
    stands = [each for each in offer.refusals if each.code != "missing_points"]
    try:
        if stands:
            raise refused(stands[0])
        if not isinstance(offer.terms, Tender):
            raise NotFound("One cannot pay with this.", field="tender.reward")
        check_tender(offer.terms, wish.points, basket=basket.amount)
        _check_points(basket, wish.points)
        planned.points, planned.pays = wish.points, tender_worth(offer.terms, wish.points)
    except DomainError as refusal:
        planned.error = refusal
    planned.place = len(basket.things)
    basket.things.append(planned)


def _tender_reward(till: Till, key: str) -> Reward:
    """The one that is meant, or the only one. Raises NotFound and InvalidRequest."""
    ways = Reward.objects.filter(
        programme_id=till.programme_id, kind=Reward.Kind.TENDER, state=Reward.State.LIVE
    )
    found = list((ways.filter(key=key) if key else ways).order_by("position", "key")[:2])
    if not found:
        raise NotFound("One cannot pay with points here.", field="tender")
    if len(found) > 1:
        raise InvalidRequest("There are several ways: say which.", field="tender.reward")
    return found[0]


def _tender_of(basket: Basket) -> Planned | None:
    return next((each for each in basket.things if each.kind == "tender" and each.points), None)
