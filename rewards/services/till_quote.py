"""What a sale would come to, and points set aside for it while the customer pays."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from loyalty.errors import NotFound
from loyalty.models import Hold
from loyalty.services.earning import explained
from loyalty.services.holds import TILL_TERM, authorise_points, void_hold
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.types import Award, Outcome
from members.models import Membership
from members.selectors import account_of
from members.services.activities import preview_award
from rewards.models import Till
from rewards.sales import Sale, SaleQuote, Told
from rewards.services.till_basket import Basket, customer_of, reckon, submission_of
from rewards.services.till_vouchers import actor_of

HOLD_SOURCE = "till"


def quote_sale(
    *, till: Till, sale: Sale, at: datetime, reserves: bool = False, hold: int | None = None
) -> SaleQuote:
    """Reckon a sale as if it were booked now; nothing is kept.

    What cannot be used stands in `uses` with its refusal. With `reserves` the points that it takes
    are set aside for two minutes, so that nobody spends them at another till; `hold` is the one of
    the quote before, which this one replaces. Raises MemberUnknown, IdentifierBlocked,
    InvalidRequest, and with `reserves` what `authorise_points` does.
    """
    book = current_rulebook(programme_id=till.programme_id)
    membership = customer_of(till.programme_id, sale.member, at=at) if sale.member else None
    with transaction.atomic():
        if hold is not None and membership is not None:
            let_go(till, membership, hold, at=at)
        basket = reckon(sale, till=till, book=book, membership=membership, at=at)
        held = None
        if reserves and membership is not None and basket.redeems:
            held = authorise_points(
                account_id=account_of(membership),
                points=basket.redeems,
                term=TILL_TERM,
                source=HOLD_SOURCE,
                external_id=f"{till.pk}:{uuid4()}",
                actor=actor_of(till),
                at=at,
            )
    award = _award(basket, till, book, membership, at)
    return SaleQuote(
        goods=basket.goods,
        discount=basket.goods - basket.amount,
        amount=basket.amount,
        due=basket.due,
        tendered=basket.tendered,
        cards=basket.cards,
        to_pay=basket.to_pay,
        earns=award.points,
        redeems=basket.redeems,
        usable=basket.usable,
        reasons=_told(book, award, Outcome.APPLIED),
        near_misses=_told(book, award, Outcome.NEAR_MISS),
        uses=tuple(thing.told() for thing in basket.things),
        hold=held.hold_id if held else None,
        hold_until=held.expires_at if held else None,
    )


def let_go(till: Till, membership: Membership, hold: int, *, at: datetime) -> None:
    """Free what this till set aside for this member; what has run out is free already.

    Raises NotFound for a hold of another till or member.
    """
    found = Hold.objects.filter(
        pk=hold,
        account_id=account_of(membership),
        source=HOLD_SOURCE,
        external_id__startswith=f"{till.pk}:",
    )
    if not found.exists():
        raise NotFound("This till set nothing like that aside for this member.", field="hold")
    void_hold(hold_id=hold, actor=actor_of(till), at=at)


def _award(
    basket: Basket, till: Till, book: Rulebook, membership: Membership | None, at: datetime
) -> Award:
    submission = submission_of(
        basket,
        till=till,
        source="",
        receipt="",
        member=str(membership.member_id) if membership else "",
        occurred_at=at,
    )
    return preview_award(book=book, submission=submission, at=at)


def _told(book: Rulebook, award: Award, outcome: Outcome) -> tuple[Told, ...]:
    return tuple(
        Told(
            rule=reason.rule,
            points=reason.points,
            params=dict(reason.params),
            text=explained(book, reason, is_ahead=True),
        )
        for reason in award.reasons
        if reason.outcome is outcome
    )
