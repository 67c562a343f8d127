"""Rewards that earning rules give: the engine's effect "reward", made into grants.

What an activity's award names is given once for that activity; what a return or a late activity
takes out of the award is withdrawn, as far as it was not used.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from loyalty.models import OutboxEvent
from loyalty.types import Words
from members.models import Activity, ActivityRevision, Membership
from rewards.models import Reward
from rewards.services import giving
from rewards.services.audience import members_of

ACTOR = "system:rules"
_NAMES_A_REWARD = {"reasons": [{"code": "reward"}]}


def give_by_rules(*, events: Sequence[OutboxEvent]) -> None:
    """Give what the rules say of these activities, and of those that they changed. Twice is once."""
    told = {UUID(event.payload["activity"]): event for event in events}
    given = Activity.objects.filter(pk__in=told, award__contains=_NAMES_A_REWARD)
    awards: dict[UUID, tuple[Mapping[str, Any], OutboxEvent]] = {
        pk: (award, told[pk]) for pk, award in given.values_list("pk", "award")
    }
    for pk, award, cause in _revised(told):
        awards[pk] = award, told[cause]
    if not awards:
        return
    owners = dict(Activity.objects.filter(pk__in=awards).values_list("pk", "membership__holder"))
    members = members_of(owners.values())
    for pk, (award, event) in awards.items():
        if member := members.get(owners[pk]):
            _settle(member, pk, award, at=event.recorded_at)


def _revised(causes: Iterable[UUID]) -> list[tuple[UUID, Mapping[str, Any], UUID]]:
    """The latest awards of activities that these changed, where a rule gave or gives a reward."""
    changed = ActivityRevision.objects.filter(cause__in=list(causes)).filter(
        Q(award__contains=_NAMES_A_REWARD) | Q(activity__award__contains=_NAMES_A_REWARD)
    )
    rows = changed.order_by("activity_id", "number")
    return list(rows.values_list("activity_id", "award", "cause"))


def _settle(member: Membership, activity: UUID, award: Mapping[str, Any], *, at: datetime) -> None:
    """Have the member hold exactly what the award says now."""
    said = dict(_rewards_in(award))
    rewards = Reward.objects.filter(programme_id=member.programme_id, key__in=said)
    for reward in rewards.order_by("pk"):
        giving.give(
            membership_id=member.pk,
            key=_key(activity, reward.key),
            reward=reward,
            reason=said[reward.key],
            actor=ACTOR,
            at=at,
        )
    over = member.grants.filter(key__startswith=f"activity:{activity}:").exclude(
        key__in=[_key(activity, key) for key in said]
    )
    if gone := list(over.values_list("key", flat=True)):
        giving.withdraw_grants(membership_id=member.pk, keys=gone, actor=ACTOR, at=at)


def _rewards_in(award: Mapping[str, Any]) -> list[tuple[str, Words]]:
    """The rewards that it gives, each with the name of the rule that gives it."""
    return [
        (reason["params"]["reward"], reason.get("name", {}))
        for reason in award.get("reasons", [])
        if reason["code"] == "reward" and reason["outcome"] == "APPLIED"
    ]


def _key(activity: UUID, reward: str) -> str:
    return f"activity:{activity}:{reward}"
