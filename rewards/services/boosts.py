"""More points for a while: a reward that puts its taker in a segment that a rule multiplies for.

The rule is the reward's own, under its name, so a purchase says why it earned more. It has no end:
each member's stay in the segment has one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from loyalty.models import EarningRule, OutboxEvent
from loyalty.services.rules import change_rule, draft_rule, publish_rule
from members.services.segments import join_segment, leave_segment, stay_of
from rewards.kinds import Multiplier, read_terms
from rewards.models import Redemption, Reward

PREFIX = "boost-"
TAKEN = (Redemption.State.CAPTURED, Redemption.State.FULFILLED)


def segment_of(reward: Reward) -> str:
    """The segment of those for whom it runs; and the key of its rule."""
    return f"{PREFIX}{reward.key}"


@transaction.atomic
def publish_boost(*, reward: Reward, actor: str, at: datetime) -> None:
    """Let the reward's rule multiply from now on; of a reward of another kind nothing.

    A changed factor counts for those for whom it runs already, too. Raises RuleContradicts.
    """
    terms = read_terms(reward.kind, reward.terms)
    if not isinstance(terms, Multiplier):
        return
    key = segment_of(reward)[:60]
    said: dict[str, Any] = {
        "name_nl": reward.name_nl,
        "name_en": reward.name_en,
        "document": {
            "schema": 2,
            "trigger": "purchase",
            "conditions": [
                {"field": "member.segment", "operator": "in", "value": [segment_of(reward)]}
            ],
            "effects": [{"kind": "multiplier", "factor": f"{terms.factor.normalize():f}"}],
        },
    }
    rule = EarningRule.objects.filter(programme_id=reward.programme_id, key=key).first()
    if rule is None:
        rule = draft_rule(
            programme_id=reward.programme_id, key=key, source="reward", actor=actor, at=at, **said
        )
    else:
        change_rule(rule_id=rule.pk, actor=actor, at=at, **said)
    publish_rule(rule_id=rule.pk, actor=actor, at=at)


def publish_after(*, events: Sequence[OutboxEvent]) -> None:
    """Keep the rules of rewards that were published or changed while they are live."""
    keys = {event.payload["reward"]: event for event in events}
    live = Reward.objects.filter(key__in=keys, kind=Reward.Kind.MULTIPLIER, state=Reward.State.LIVE)
    for reward in live.order_by("pk"):
        event = keys[reward.key]
        publish_boost(reward=reward, actor=event.payload["actor"], at=event.recorded_at)


@transaction.atomic
def start_boost(*, redemption: Redemption) -> None:
    """Let it run for the member's days from the redemption on; after one that still runs, then.

    Of a reward of another kind, or a redemption that was undone, nothing.
    """
    terms = read_terms(redemption.reward.kind, redemption.reward.terms)
    if not isinstance(terms, Multiplier) or redemption.state not in TAKEN:
        return
    segment, at = segment_of(redemption.reward), redemption.redeemed_at
    running = stay_of(redemption.membership_id, segment, at=at)
    begin = running.until if running and running.until else at
    join_segment(
        membership_id=redemption.membership_id,
        segment=segment,
        at=at,
        until=begin + timedelta(days=terms.days),
    )


@transaction.atomic
def end_boost(*, redemption: Redemption, at: datetime) -> None:
    """Take a redemption's days off again; what was earned in the meantime stays earned."""
    terms = read_terms(redemption.reward.kind, redemption.reward.terms)
    if not isinstance(terms, Multiplier):
        return
    segment = segment_of(redemption.reward)
    running = stay_of(redemption.membership_id, segment, at=at)
    if running and running.until:
        until = running.until - timedelta(days=terms.days)
        leave_segment(membership_id=redemption.membership_id, segment=segment, at=at, until=until)


def start_after(*, events: Sequence[OutboxEvent]) -> None:
    """Start what was redeemed; one by one, for a second one follows the first."""
    for redemption in _redemptions(events):
        start_boost(redemption=redemption)


def end_after(*, events: Sequence[OutboxEvent]) -> None:
    """End what was cancelled or returned."""
    moments = {event.payload["redemption"]: event.recorded_at for event in events}
    for redemption in _redemptions(events):
        end_boost(redemption=redemption, at=moments[str(redemption.pk)])


def _redemptions(events: Sequence[OutboxEvent]) -> list[Redemption]:
    wanted = {event.payload["redemption"] for event in events}
    found = Redemption.objects.filter(pk__in=wanted, reward__kind=Reward.Kind.MULTIPLIER)
    return list(found.select_related("reward").order_by("pk"))
