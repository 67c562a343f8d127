"""What the rewards' app does when something has happened: it tells the members."""

from collections.abc import Sequence

from loyalty.events import PointsAdjusted, PointsEarned, PointsReturned, subscribe
from loyalty.events.tiers import TierChanged
from loyalty.models import OutboxEvent
from members.events import ActivityRecorded, MemberEnrolled
from members.services.timeline import add_to_timeline
from rewards.events import (
    BatchMade,
    FulfilmentMoved,
    GrantLapsed,
    GrantWithdrawn,
    RedemptionAuthorised,
    RedemptionCancelled,
    RedemptionExpired,
    RedemptionFulfilled,
    RedemptionReopened,
    RedemptionReturned,
    RewardChanged,
    RewardGranted,
    RewardPublished,
    RewardRedeemed,
    StampCardFilled,
    VoucherRolledBack,
    VoucherUsed,
)
from rewards.services import boosts, filling, happenings
from rewards.services.giving_news import tell_of_grants
from rewards.services.news import tell_of_redemptions
from rewards.services.rule_rewards import give_by_rules
from rewards.services.step_news import tell_of_steps
from rewards.tasks import make_batches


@subscribe(RewardRedeemed, VoucherRolledBack, VoucherUsed)
def tell_in_timeline(events: Sequence[OutboxEvent]) -> None:
    add_to_timeline(events=events)


@subscribe(RewardRedeemed)
def tell_in_message_box(events: Sequence[OutboxEvent]) -> None:
    tell_of_redemptions(events=events)


@subscribe(
    FulfilmentMoved,
    RedemptionAuthorised,
    RedemptionCancelled,
    RedemptionExpired,
    RedemptionFulfilled,
    RedemptionReopened,
    RedemptionReturned,
)
def tell_steps_in_timeline(events: Sequence[OutboxEvent]) -> None:
    add_to_timeline(events=events)


@subscribe(FulfilmentMoved, RedemptionCancelled, RedemptionReturned)
def tell_steps_in_message_box(events: Sequence[OutboxEvent]) -> None:
    tell_of_steps(events=events)


@subscribe(BatchMade)
def make_codes(_events: Sequence[OutboxEvent]) -> None:
    make_batches.delay()


# --- Given, and stamp cards --------------------------------------------------------------------


@subscribe(GrantLapsed, GrantWithdrawn, RewardGranted, StampCardFilled)
def tell_gifts_in_timeline(events: Sequence[OutboxEvent]) -> None:
    add_to_timeline(events=events)


@subscribe(RewardGranted)
def tell_gifts_in_message_box(events: Sequence[OutboxEvent]) -> None:
    tell_of_grants(events=events)


@subscribe(PointsAdjusted, PointsEarned)
def fill_stamp_cards(events: Sequence[OutboxEvent]) -> None:
    filling.fill_after(events=events)


@subscribe(MemberEnrolled)
def welcome_members(events: Sequence[OutboxEvent]) -> None:
    happenings.welcome(events=events)


@subscribe(TierChanged)
def celebrate_tiers(events: Sequence[OutboxEvent]) -> None:
    happenings.celebrate_tiers(events=events)


@subscribe(PointsAdjusted, PointsEarned)
def reward_points(events: Sequence[OutboxEvent]) -> None:
    happenings.reward_points(events=events)


@subscribe(PointsReturned)
def take_back_for_points(events: Sequence[OutboxEvent]) -> None:
    happenings.take_back_for_points(events=events)


@subscribe(ActivityRecorded)
def count_purchases(events: Sequence[OutboxEvent]) -> None:
    happenings.count_purchases(events=events)


@subscribe(ActivityRecorded)
def give_what_rules_say(events: Sequence[OutboxEvent]) -> None:
    give_by_rules(events=events)


@subscribe(RewardChanged, RewardPublished)
def publish_boosts(events: Sequence[OutboxEvent]) -> None:
    boosts.publish_after(events=events)


@subscribe(RedemptionCancelled, RedemptionReturned, RewardRedeemed)
def settle_boosts(events: Sequence[OutboxEvent]) -> None:
    boosts.settle_after(events=events)
