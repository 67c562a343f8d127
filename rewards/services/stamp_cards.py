"""Stamp cards: drafted, published and stopped by staff.

The stamps are a unit of the ledger, given by an earning rule that the card keeps: so what holds
for points (returns, lapsing, explanations, the audit) holds for stamps.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import EarningRule, Unit
from loyalty.services.rules import change_rule, draft_rule, publish_rule, stop_rule
from loyalty.services.units import NEVER, add_unit, change_unit_expiry
from rewards.errors import RewardUnavailable
from rewards.models import Reward, StampCard
from rewards.services.checking import check_asks_nothing, check_can_be_given, checked
from rewards.stamps import MOST_TO_FILL, read_collect, rule_of, written_collect

State = StampCard.State


class StampCardDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What staff say of a card. `collect` is a document of rewards.stamps, `expiry` of a unit."""

    key: str
    name_nl: str
    name_en: str
    stamps: int
    collect: Mapping[str, Any]
    reward_id: int
    expiry: Mapping[str, Any] = msgspec.field(default_factory=lambda: dict(NEVER))
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@transaction.atomic
def save_stamp_card(
    *,
    programme_id: int,
    card: StampCardDraft,
    actor: str,
    at: datetime,
    card_id: int | None = None,
) -> StampCard:
    """Draft a card, or with `card_id` change it; a live one says so from now on.

    Once a card was published its number of stamps stays, for members count on it. Raises NotFound,
    RuleInvalid for an expiry that could not be carried out, and InvalidRequest with the field.
    """
    kept = StampCard(programme_id=programme_id, key=card.key)
    if card_id is not None:
        kept = _locked(programme_id, card_id)
        _check_kept(kept, card)
    collect = read_collect(card.collect)
    _check_stamps(card)
    kept.name_nl, kept.name_en = card.name_nl, card.name_en
    kept.stamps, kept.collect = card.stamps, written_collect(collect)
    kept.reward = _reward(programme_id, card.reward_id)
    kept.starts_at, kept.ends_at = card.starts_at, card.ends_at
    kept.rule_key = f"stamps-{kept.key}"
    checked(kept, but=("unit",))
    _set_unit(kept, card, actor=actor, at=at)
    kept.save()
    if kept.state == State.LIVE:
        _publish_rule(kept, actor=actor, at=at)
    return kept


@transaction.atomic
def publish_stamp_card(*, programme_id: int, card_id: int, actor: str, at: datetime) -> StampCard:
    """Give stamps from now on; one that is live already stays so, one that was stopped goes on.

    Raises NotFound, RewardUnavailable while its reward is not live, and RuleContradicts.
    """
    card = _locked(programme_id, card_id)
    if card.reward.state != Reward.State.LIVE:
        raise RewardUnavailable("Publish the reward of the card first.", field="reward")
    if card.state != State.LIVE:
        card.state = State.LIVE
        card.save(update_fields=["state"])
        _publish_rule(card, actor=actor, at=at)
    return card


@transaction.atomic
def stop_stamp_card(*, programme_id: int, card_id: int, actor: str, at: datetime) -> StampCard:
    """Give no more stamps; those that members have stay theirs. Raises NotFound."""
    card = _locked(programme_id, card_id)
    if card.state == State.LIVE:
        card.state = State.STOPPED
        card.save(update_fields=["state"])
        rule = _rule(card)
        if rule is not None:
            stop_rule(rule_id=rule.pk, actor=actor, at=at)
    return card


def _locked(programme_id: int, card_id: int) -> StampCard:
    cards = StampCard.objects.select_for_update(of=("self",), no_key=True)
    card = (
        cards.select_related("reward", "unit").filter(programme_id=programme_id, pk=card_id).first()
    )
    if card is None:
        raise NotFound("There is no such stamp card.", field="card")
    return card


def _check_kept(kept: StampCard, card: StampCardDraft) -> None:
    if kept.key != card.key:
        raise InvalidRequest("A stamp card keeps its key.", field="key")
    if kept.state != State.DRAFT and kept.stamps != card.stamps:
        raise InvalidRequest("Members count on this number of stamps.", field="stamps")


def _check_stamps(card: StampCardDraft) -> None:
    if not 2 <= card.stamps <= MOST_TO_FILL:  # noqa: PLR2004  a card of one is no card
        raise InvalidRequest(f"A card has 2 to {MOST_TO_FILL} stamps.", field="stamps")
    if card.starts_at and card.ends_at and card.ends_at <= card.starts_at:
        raise InvalidRequest("It ends after it begins.", field="ends_at")


def _reward(programme_id: int, reward_id: int) -> Reward:
    reward = Reward.objects.filter(programme_id=programme_id, pk=reward_id).first()
    if reward is None:
        raise NotFound("There is no such reward.", field="reward")
    check_can_be_given(reward, field="reward")
    check_asks_nothing(reward, field="reward")
    return reward


def _set_unit(kept: StampCard, card: StampCardDraft, *, actor: str, at: datetime) -> None:
    """The unit that the stamps are, made with the card; what is held keeps its dates."""
    code = f"stamps-{kept.key}"
    if kept.unit_id is None:
        kept.unit = add_unit(
            programme_id=kept.programme_id,
            code=code,
            kind=Unit.Kind.STAMPS,
            name_nl="stempels",
            name_en="stamps",
            expiry=card.expiry,
            is_shareable=False,
            actor=actor,
            at=at,
        )
    elif dict(card.expiry) != kept.unit.expiry:
        kept.unit = change_unit_expiry(
            programme_id=kept.programme_id, code=code, expiry=card.expiry, actor=actor, at=at
        )


def _rule(card: StampCard) -> EarningRule | None:
    return EarningRule.objects.filter(programme_id=card.programme_id, key=card.rule_key).first()


def _publish_rule(card: StampCard, *, actor: str, at: datetime) -> None:
    said: dict[str, Any] = {
        "name_nl": card.name_nl,
        "name_en": card.name_en,
        "document": rule_of(read_collect(card.collect), unit=card.unit.code),
        "starts_at": card.starts_at,
        "ends_at": card.ends_at,
        "actor": actor,
        "at": at,
    }
    rule = _rule(card)
    if rule is None:
        rule = draft_rule(
            programme_id=card.programme_id, key=card.rule_key, source="stamp card", **said
        )
    else:
        change_rule(rule_id=rule.pk, **said)
    publish_rule(rule_id=rule.pk, actor=actor, at=at)
