"""A sale booked at a till, all of it or nothing; and the same answer for ever to the same receipt."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import IntegrityError, connection, transaction
from uuid_utils.compat import uuid7

from loyalty.errors import KeyConflict
from loyalty.events import publish
from loyalty.services.idempotency import fingerprint_of
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.models import Membership
from members.services.activities import record_activity
from members.services.guest_sales import keep_guest_sale
from rewards.errors import TillUnknown
from rewards.events import SaleCommitted
from rewards.models import Till, TillReceipt
from rewards.sales import Sale, SaleAnswer
from rewards.services.giving import take_grant
from rewards.services.redemption import redeem_reward
from rewards.services.short_codes import take_short_code
from rewards.services.till_basket import Basket, Planned, customer_of, reckon, submission_of
from rewards.services.till_quote import let_go
from rewards.services.till_using import Deed, Used, use_thing
from rewards.services.till_vouchers import CHANNEL, actor_of, locked, short_code
from rewards.services.tills import source_of

_TILL = "SELECT 1 FROM rewards_till WHERE id = %s FOR SHARE"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class _Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What the books have of the goods."""

    activity: UUID | None = None
    guest_sale: UUID | None = None
    earned: int = 0
    pending: int = 0
    balance: int | None = None


@transaction.atomic
def commit_sale(
    *,
    till: Till,
    receipt: str,
    sale: Sale,
    actor: str,
    at: datetime,
    occurred_at: datetime | None = None,
    hold: int | None = None,
) -> SaleAnswer:
    """Book a sale: vouchers used, rewards and points taken, the purchase recorded; all or nothing.

    The same receipt of a till with the same body gives the same answer for ever; another body is a
    KeyConflict. Without a member it is kept for whoever claims the receipt. `hold` is what the
    quote set aside; it is freed first, within the same transaction. Raises the refusal of the first
    thing that cannot be used, MemberUnknown, InvalidRequest, InsufficientPoints, and TillUnknown.
    """
    begin(till, receipt)
    fingerprint = fingerprint_of(receipt, sale, occurred_at)
    if known := TillReceipt.objects.filter(till=till, number=receipt).first():
        return _again(known, sale, fingerprint)
    book = current_rulebook(programme_id=till.programme_id)
    membership = (
        _locked(customer_of(till.programme_id, sale.member, at=at)) if sale.member else None
    )
    if hold is not None and membership is not None:
        let_go(till, membership, hold, at=at)
    basket = reckon(sale, till=till, book=book, membership=membership, at=at)
    locked([thing.voucher.pk for thing in basket.things if thing.voucher])
    for refusal in basket.errors:
        raise refusal
    _take_digits(till, sale, at)
    deed = Deed(till=till, receipt=receipt, membership=membership, moment=occurred_at or at, at=at)
    used = [_use(deed, thing) for thing in basket.things]
    booked = _book(deed, basket, book)
    row = _written(deed, basket, booked, used)
    row.fingerprint, row.actor = fingerprint, actor
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise KeyConflict("This receipt was booked before.", field="receipt") from error
    _announce(row, membership, at)
    return answer_of(row)


def _take_digits(till: Till, sale: Sale, at: datetime) -> None:
    """One-time digits are good no more. Raises ShortCodeUnknown when another till has them now."""
    for said in dict.fromkeys([sale.member, *sale.vouchers]):
        if short_code(till.programme_id, said, at=at):
            take_short_code(
                programme_id=till.programme_id, digits=said, actor=actor_of(till), at=at
            )


def begin(till: Till, receipt: str) -> None:
    """One deed at a time for a receipt, and none while the till's journal is taken in.

    Raises TillUnknown.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TILL, [till.pk])
        if cursor.fetchone() is None:
            raise TillUnknown("There is no such till.", field="till")
        cursor.execute(_ALONE, [f"till receipt {till.pk} {receipt}"])


def answer_of(receipt: TillReceipt) -> SaleAnswer:
    """As it was answered first, and whether it was undone since."""
    kept = msgspec.convert(receipt.answer, SaleAnswer)
    return msgspec.structs.replace(kept, cancelled_at=receipt.cancelled_at)


def _again(known: TillReceipt, sale: Sale, fingerprint: str) -> SaleAnswer:
    if known.fingerprint != fingerprint:
        raise KeyConflict("This receipt was booked before with other contents.", field="receipt")
    return answer_of(known)


def _locked(membership: Membership) -> Membership:
    locked = Membership.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("programme", "member").get(pk=membership.pk)


def _use(deed: Deed, thing: Planned) -> Used:
    """Take and hand in; `redeem_reward` and `use_voucher` check again, under their locks."""
    till, redemption = deed.till, None
    if thing.kind == "reward" and thing.reward and deed.membership:
        redemption = redeem_reward(
            membership_id=deed.membership.pk,
            reward_id=thing.reward.pk,
            request_key=f"till:{till.pk}:{deed.receipt}:{thing.place}",
            channel=CHANNEL,
            location=till.location,
            order=deed.receipt,
            actor=actor_of(till),
            at=deed.at,
        )
    elif thing.grant is not None:
        redemption = take_grant(
            grant_id=thing.grant.pk,
            channel=CHANNEL,
            location=till.location,
            actor=actor_of(till),
            at=deed.at,
        )
    return use_thing(deed, thing, redemption)


def _book(deed: Deed, basket: Basket, book: Rulebook) -> _Booked:
    """Record the goods; a sale without goods is none to the members' books."""
    if not basket.goods:
        return _Booked()
    till, membership, actor = deed.till, deed.membership, actor_of(deed.till)
    submission = submission_of(
        basket,
        till=till,
        source=source_of(till),
        receipt=deed.receipt,
        member=str(membership.member_id) if membership else "",
        occurred_at=deed.moment,
    )
    if membership is None:
        kept, _known = keep_guest_sale(book=book, submission=submission, actor=actor, at=deed.at)
        return _Booked(guest_sale=kept.pk)
    recorded = record_activity(book=book, submission=submission, actor=actor, at=deed.at)
    return _Booked(
        activity=recorded.id,
        earned=recorded.award.points,
        pending=recorded.pending,
        balance=recorded.balance,
    )


def _written(deed: Deed, basket: Basket, booked: _Booked, used: list[Used]) -> TillReceipt:
    """The receipt with its answer, as it is stored; who and by what words is the caller's."""
    till, answer = deed.till, _answer(deed, basket, booked, used)
    return TillReceipt(
        id=answer.id,
        till=till,
        number=deed.receipt,
        day=deed.moment.astimezone(ZoneInfo(till.programme.time_zone)).date(),
        membership=deed.membership,
        activity=booked.activity,
        guest_sale=booked.guest_sale,
        amount=basket.amount,
        earned=booked.earned,
        redeemed=basket.redeems,
        tendered=basket.tendered,
        redemptions=[str(each.told.redemption) for each in used if each.is_taken_now],
        uses=[each.told.use for each in used if each.told.use is not None],
        answer=msgspec.to_builtins(answer),
        committed_at=deed.moment,
        recorded_at=deed.at,
    )


def _answer(deed: Deed, basket: Basket, booked: _Booked, used: list[Used]) -> SaleAnswer:
    balances = [each.balance for each in used] + [booked.balance]
    return SaleAnswer(
        id=uuid7(),
        receipt=deed.receipt,
        activity=booked.activity,
        goods=basket.goods,
        discount=basket.goods - basket.amount,
        amount=basket.amount,
        due=basket.due,
        tendered=basket.tendered,
        cards=basket.cards,
        to_pay=basket.to_pay,
        earned=booked.earned,
        redeemed=basket.redeems,
        balance=next((each for each in reversed(balances) if each is not None), None),
        pending=booked.pending,
        uses=tuple(each.told for each in used),
        committed_at=deed.at,
    )


def _announce(row: TillReceipt, membership: Membership | None, at: datetime) -> None:
    event = SaleCommitted(
        subject=membership.holder if membership else None,
        occurred_at=at,
        sale=row.pk,
        till=row.till.key,
        activity=row.activity,
        amount=str(row.amount),
        earned=row.earned,
        redeemed=row.redeemed,
    )
    publish(event, at=at)
