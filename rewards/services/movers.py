"""What the rewards' app keeps of a person: what they redeemed, and the vouchers with it."""

from members.belongings import register_mover
from members.services.movers import repointing
from rewards.models import Redemption


def register_movers() -> None:
    """Have a merge know them; done when the app starts. A voucher goes with its redemption."""
    register_mover(repointing("redemptions", Redemption, "membership"))
