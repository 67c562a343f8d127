"""What the rewards' app does when something has happened: it adds to the members' timelines."""

from collections.abc import Sequence

from loyalty.events import subscribe
from loyalty.models import OutboxEvent
from members.services.timeline import add_to_timeline
from rewards.events import RewardRedeemed, VoucherUsed


@subscribe(RewardRedeemed, VoucherUsed)
def tell_in_timeline(events: Sequence[OutboxEvent]) -> None:
    add_to_timeline(events=events)
