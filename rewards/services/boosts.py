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
from members.services.segments import join_segment, leave_segment, lock_member, stay_of
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
def settle_boost(*, membership_id: int, reward: Reward, at: datetime) -> None:
    """Let it run for as long as the member's redemptions say: one after the other, none undone.

    Worked out from all of them, so the order in which they are told of makes no difference. What
    was earned meanwhile stays earned. Of a reward of another kind nothing. Raises NotFound.
    """
    terms = read_terms(reward.kind, reward.terms)
    if not isinstance(terms, Multiplier):
        return
    lock_member(membership_id)
    since, until = _run(membership_id, reward, terms.days)
    segment = segment_of(reward)
    running = stay_of(membership_id, segment, at=at)
    if until is None or since is None or until <= at:
        leave_segment(membership_id=membership_id, segment=segment, at=at)
    elif running is None:
        join_segment(membership_id=membership_id, segment=segment, at=since, until=until)
    else:
        leave_segment(membership_id=membership_id, segment=segment, at=at, until=until)


def settle_after(*, events: Sequence[OutboxEvent]) -> None:
    """Settle what was redeemed, cancelled or returned."""
    moments = {event.payload["redemption"]: event.recorded_at for event in events}
    found = Redemption.objects.filter(pk__in=moments, reward__kind=Reward.Kind.MULTIPLIER)
    for redemption in found.select_related("reward").order_by("pk"):
        settle_boost(
            membership_id=redemption.membership_id,
            reward=redemption.reward,
            at=moments[str(redemption.pk)],
        )


def _run(membership_id: int, reward: Reward, days: int) -> tuple[datetime | None, datetime | None]:
    """From when until when the last of the redemptions' runs goes, without a gap."""
    had = Redemption.objects.filter(
        membership_id=membership_id, reward=reward, state__in=TAKEN
    ).order_by("redeemed_at", "pk")
    since: datetime | None = None
    until: datetime | None = None
    for redeemed_at in had.values_list("redeemed_at", flat=True):
        if until is None or until <= redeemed_at:
            since = until = redeemed_at
        until += timedelta(days=days)
    return since, until
