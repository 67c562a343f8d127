"""Redemptions: what a member takes, step by step. The table of steps is rewards.redeeming.

Whatever takes several locks takes them in this order: member, voucher, redemption, account, shelf.
"""

from rewards.redeeming import DeliveryWish, voucher_end
from rewards.services.redemption.capturing import capture_redemption
from rewards.services.redemption.ending import cancel_redemption, return_redemption
from rewards.services.redemption.expiring import expire_redemptions
from rewards.services.redemption.fulfilling import fulfil_redemption, reopen_redemption
from rewards.services.redemption.taking import authorise_redemption, redeem_reward

__all__ = [
    "DeliveryWish",
    "authorise_redemption",
    "cancel_redemption",
    "capture_redemption",
    "expire_redemptions",
    "fulfil_redemption",
    "redeem_reward",
    "reopen_redemption",
    "return_redemption",
    "voucher_end",
]
