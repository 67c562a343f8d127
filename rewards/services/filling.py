"""Full stamp cards: each pays for its reward with its stamps, and the next card has begun."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from loyalty.errors import DomainError, NotFound
from loyalty.events import publish
from loyalty.models import Account, OutboxEvent, Transfer, Unit
from loyalty.services.unit_holdings import units_held
from members.models import Membership
from rewards.events import StampCardFilled
from rewards.models import Redemption, StampCard
from rewards.services.redemption import redeem_reward

ACTOR = "system:stamp-cards"


def fill_after(*, events: Sequence[OutboxEvent]) -> int:
    """Fill the cards of those who got stamps; how many cards were full. Twice gives nothing more."""
    transfers = {event.payload["transfer"]: event for event in events}
    got = Transfer.objects.filter(
        pk__in=transfers,
        credit_account__kind=Account.Kind.MEMBER,
        credit_account__unit__kind=Unit.Kind.STAMPS,
    ).order_by("pk")
    fields = ("pk", "credit_account__unit_id", "credit_account__holder")
    last = {(unit, holder): pk for pk, unit, holder in got.values_list(*fields) if holder}
    full = 0
    for (unit, holder), transfer in last.items():
        card = StampCard.objects.filter(unit_id=unit).first()
        member = Membership.objects.filter(holder=holder, member__erased_at=None).first()
        if card and member:
            at = transfers[transfer].recorded_at
            full += len(fill_card(card_id=card.pk, membership_id=member.pk, cause=transfer, at=at))
    return full


def fill_waiting(*, programme_id: int, at: datetime) -> int:
    """Fill what stayed full: for a reward that was sold out, a merge, stamps that waited.

    Who gave their last full card back keeps the stamps until they get another one.
    """
    waiting = (
        Account.objects.filter(
            unit__programme_id=programme_id,
            unit__kind=Unit.Kind.STAMPS,
            kind=Account.Kind.MEMBER,
            balance__gte=F("unit__stamp_card__stamps"),
        )
        .order_by("pk")
        .values_list("unit__stamp_card", "holder")
    )
    full = 0
    for card_id, holder in waiting:
        alive = Membership.objects.filter(member__erased_at=None)
        member = alive.filter(holder=holder).first() if holder else None
        if member and not _was_given_back(card_id, member.pk):
            cause = f"{at:%Y-%m-%d}"
            full += len(fill_card(card_id=card_id, membership_id=member.pk, cause=cause, at=at))
    return full


@transaction.atomic
def fill_card(
    *, card_id: int, membership_id: int, cause: int | str, at: datetime
) -> list[Redemption]:
    """Redeem the reward for every card that the member's stamps fill, once for each cause.

    What is refused (a reward that is sold out) leaves the card full. Raises NotFound.
    """
    member = Membership.objects.select_for_update(no_key=True).filter(pk=membership_id).first()
    card = StampCard.objects.select_related("unit", "reward").filter(pk=card_id).first()
    if member is None or card is None or card.programme_id != member.programme_id:
        raise NotFound("There is no such card.", field="card")
    held = units_held(holder=member.holder, unit_ids=[card.unit_id], at=at).get(card.unit_id)
    full = held.spendable // card.stamps if held else 0
    done: list[Redemption] = []
    for number in range(full):
        try:
            with transaction.atomic():
                done.append(_redeem(card, member, f"card:{card.key}:{cause}:{number}", at))
        except DomainError:
            break
    return done


def _redeem(card: StampCard, member: Membership, key: str, at: datetime) -> Redemption:
    redemption = redeem_reward(
        membership_id=member.pk,
        reward_id=card.reward_id,
        request_key=key,
        channel="",
        actor=ACTOR,
        at=at,
        points=card.stamps,
        unit=card.unit.code,
    )
    event = StampCardFilled(
        subject=member.holder,
        occurred_at=at,
        card=card.key,
        redemption=redemption.pk,
        reward=card.reward.key,
    )
    publish(event, at=at)
    return redemption


def _was_given_back(card_id: int, membership_id: int) -> bool:
    paid = Redemption.objects.filter(
        membership_id=membership_id, unit=F("reward__stamp_cards__unit__code")
    )
    last = paid.filter(reward__stamp_cards=card_id).order_by("-redeemed_at", "-pk").first()
    return last is not None and last.state == Redemption.State.CANCELLED
