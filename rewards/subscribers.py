"""What the rewards' app does when something has happened: it tells the members."""

from collections.abc import Sequence

from loyalty.events import subscribe
from loyalty.models import OutboxEvent
from members.services.timeline import add_to_timeline
from rewards.events import RewardRedeemed, VoucherUsed
from rewards.services.news import tell_of_redemptions


@subscribe(RewardRedeemed, VoucherUsed)
def tell_in_timeline(events: Sequence[OutboxEvent]) -> None:
    add_to_timeline(events=events)


@subscribe(RewardRedeemed)
def tell_in_message_box(events: Sequence[OutboxEvent]) -> None:
    tell_of_redemptions(events=events)
