"""What the steps of a campaign do: tell, give, note. Each is done once for a participant."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Q
from msgspec import Struct

from campaigns.errors import BudgetSpent
from campaigns.events import WebhookAsked
from campaigns.journeys.document import Document
from campaigns.journeys.steps import (
    POINTS,
    BonusRule,
    GiveReward,
    Message,
    Points,
    Step,
    Tag,
    Webhook,
)
from campaigns.models import Campaign, Dispatch, MessageTemplate, Participant
from campaigns.services.gate import offer_messages
from campaigns.services.reach import reached_by
from campaigns.types import Candidate
from loyalty.errors import NotFound
from loyalty.events import publish
from loyalty.services.accounts import open_member_account
from loyalty.services.rulebook import current_rulebook
from loyalty.services.thanks import give_thanks
from members.models import Membership
from members.services.segments import join_segment
from rewards.models import Reward
from rewards.services.giving import give

ACTOR: Final = "system:campaigns"
Params = dict[str, Any]
ALL_CHANNELS: Final = ("EMAIL", "PUSH", "SMS", "INBOX", "WALLET")


class Traveller(Struct):
    """A participant on the way, and what their campaign does."""

    participant: Participant
    campaign: Campaign
    document: Document

    @property
    def membership(self) -> Membership:
        return self.participant.membership

    @property
    def key(self) -> str:
        """That of the step the participant is at: what makes its effect once, for ever."""
        return f"campaign:{self.campaign.key}:{self.participant.pk}:{self.participant.place}"


def tell(step: Message, travellers: Sequence[Traveller], *, at: datetime) -> list[Params]:
    """Offer the message to the gate for each; what is noted of the step, in their order.

    All travellers are of one campaign. Raises NotFound when the message is there no more.
    """
    keys = {step.template, *step.templates.values()}
    campaign = travellers[0].campaign
    found = MessageTemplate.objects.filter(programme_id=campaign.programme_id, key__in=keys)
    templates = {template.key: template for template in found}
    candidates: list[Candidate] = []
    spoken: dict[str, list[Traveller]] = {}
    for traveller in travellers:
        key = step.templates.get(traveller.participant.arm, step.template)
        spoken.setdefault(key, []).append(traveller)
    told: dict[int, list[str]] = {}
    for key, group in spoken.items():
        if key not in templates:
            raise NotFound(f"There is no message “{key}”.")
        told |= _channels(step, templates[key], group)
        for traveller in group:
            channels = told[traveller.participant.pk]
            others = _others(step, templates[key], channels)
            candidates += [_candidate(traveller, key, each, others, at) for each in channels]
    offer_messages(candidates, at=at)
    return [{"channels": told[traveller.participant.pk]} for traveller in travellers]


def _channels(
    step: Message, template: MessageTemplate, travellers: Sequence[Traveller]
) -> dict[int, list[str]]:
    """By which channels each participant is told."""
    wanted = _wanted(step, template)
    if step.how == "all" or len(wanted) <= 1:
        return {t.participant.pk: list(wanted) for t in travellers}
    waiting = {t.membership.member_id: t.participant.pk for t in travellers}
    told = {t.participant.pk: wanted[:1] for t in travellers}  # the gate notes why it does not go
    left = set(waiting)
    for channel in wanted:
        reached = reached_by(channel, travellers[0].campaign.purpose, left) if left else set()
        told |= {waiting[member_id]: [channel] for member_id in reached}
        left -= reached
    return told


def _wanted(step: Message, template: MessageTemplate) -> list[str]:
    has = [name for name in ALL_CHANNELS if name.lower() in template.document]
    asked: Sequence[str] = step.channels
    return [name for name in asked if name in has] or has


def _others(step: Message, template: MessageTemplate, channels: Sequence[str]) -> list[str]:
    """What the gate tries next, should the channel be closed by then; of `all` each stands alone."""
    wanted = _wanted(step, template)
    if step.how == "all" or len(channels) != 1 or channels[0] not in wanted:
        return []
    return wanted[wanted.index(channels[0]) + 1 :]


def _candidate(
    traveller: Traveller, template: str, channel: str, others: Sequence[str], at: datetime
) -> Candidate:
    campaign, participant = traveller.campaign, traveller.participant
    return Candidate(
        member_id=traveller.membership.member_id,
        membership_id=participant.membership_id,
        key=f"{traveller.key}:{channel}"[-160:],
        channel=channel,
        nature=Dispatch.Nature.MARKETING,
        purpose=campaign.purpose,
        source=f"campaign:{campaign.key}",
        template=template,
        context=participant.context,
        priority=campaign.priority,
        not_before=at,
        campaign_id=campaign.pk,
        participant_id=participant.pk,
        arm=participant.arm,
        otherwise=others,
    )


# --- One at a time ---------------------------------------------------------------------------


def carry_out(step: Step, traveller: Traveller, *, at: datetime) -> Params:
    """Do a step that gives or notes something; what is noted of it.

    Raises BudgetSpent when the campaign may not spend that, and what the giving refuses.
    """
    return _DEEDS[type(step)](step, traveller, at)


def _points(step: Points, traveller: Traveller, at: datetime) -> Params:
    campaign = traveller.campaign
    book = current_rulebook(programme_id=campaign.programme_id)
    if step.unit not in book.units:
        raise NotFound("There is no such unit.", field="unit")
    account_id = open_member_account(
        programme_id=campaign.programme_id,
        holder=traveller.membership.holder,
        unit_code=step.unit,
        at=at,
    )
    give_thanks(
        book=book,
        account_id=account_id,
        unit=step.unit,
        points=step.points,
        source="campaign",
        key=traveller.key,
        name=step.reason,
        actor=ACTOR,
        at=at,
    )
    worth = campaign.programme.point_worth if step.unit == POINTS else Decimal(0)
    _spend(campaign, step.points, step.points * worth)
    return {"points": step.points} | ({"unit": step.unit} if step.unit != POINTS else {})


def _reward(step: GiveReward, traveller: Traveller, at: datetime) -> Params:
    campaign = traveller.campaign
    reward = Reward.objects.filter(programme_id=campaign.programme_id, key=step.reward).first()
    if reward is None:
        raise NotFound("There is no such reward.")
    give(
        membership_id=traveller.participant.membership_id,
        key=traveller.key,
        reason={"nl": campaign.name_nl, "en": campaign.name_en},
        actor=ACTOR,
        at=at,
        reward=reward,
    )
    cost = reward.cost or Decimal(0)
    _spend(campaign, 0, cost)
    return {"reward": reward.key, "cost": str(cost)}


def _bonus_rule(step: BonusRule, traveller: Traveller, at: datetime) -> Params:
    return _join(f"campaign-{traveller.campaign.key}", step.days, traveller, at)


def _tag(step: Tag, traveller: Traveller, at: datetime) -> Params:
    return _join(step.segment, step.days, traveller, at)


def _join(segment: str, days: int, traveller: Traveller, at: datetime) -> Params:
    until = at + timedelta(days=days) if days else None
    join_segment(
        membership_id=traveller.participant.membership_id, segment=segment, at=at, until=until
    )
    return {"segment": segment}


def _webhook(step: Webhook, traveller: Traveller, at: datetime) -> Params:
    asked = WebhookAsked(
        subject=traveller.membership.holder,
        occurred_at=at,
        campaign=traveller.campaign.key,
        participant=traveller.participant.pk,
        event=step.event,
        url=step.url,
    )
    publish(asked, at=at)
    return {"event": step.event}


def _spend(campaign: Campaign, points: int, money: Decimal) -> None:
    """Count it, within the budget: the row's own check, so that many at once never pass it."""
    within = Campaign.objects.filter(
        Q(budget_points=None) | Q(budget_points__gte=F("spent_points") + points),
        Q(budget_money=None) | Q(budget_money__gte=F("spent_money") + money),
        pk=campaign.pk,
        state=Campaign.State.LIVE,
    )
    spent = within.update(
        spent_points=F("spent_points") + points, spent_money=F("spent_money") + money
    )
    if not spent:
        raise BudgetSpent("The campaign's budget is spent.")


_DEEDS: Final[dict[type, Callable[[Any, Traveller, datetime], Params]]] = {
    Points: _points,
    GiveReward: _reward,
    BonusRule: _bonus_rule,
    Tag: _tag,
    Webhook: _webhook,
}
