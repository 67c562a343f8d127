"""A redemption written down, and its one taken from the stock."""

from datetime import datetime

from django.db import IntegrityError

from loyalty.errors import KeyConflict
from rewards.errors import RewardSoldOut
from rewards.models import Redemption
from rewards.services.redemption.expiring import expire_redemptions
from rewards.services.stock import take_from_stock


def store(redemption: Redemption) -> None:
    """Insert it. Raises KeyConflict."""
    try:
        redemption.save(force_insert=True)
    except IntegrityError as error:
        # A request of the same member would have waited for the lock: this was another's.
        raise KeyConflict("This key was used before for a different redemption.") from error


def take_one(redemption: Redemption, *, at: datetime) -> None:
    """Take one from the stock, if there is an end to it; what timed out is free. RewardSoldOut."""
    if not redemption.is_from_stock:
        return
    reward_id, lot = redemption.reward_id, redemption.membership_id
    try:
        take_from_stock(reward_id=reward_id, lot=lot)
    except RewardSoldOut:
        if not expire_redemptions(at=at, reward_id=reward_id):
            raise
        take_from_stock(reward_id=reward_id, lot=lot)
