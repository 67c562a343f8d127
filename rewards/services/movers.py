"""What the rewards' app keeps of a person: what they took, were given and handed in."""

from members.belongings import register_mover
from members.services.movers import repointing
from rewards.models import Grant, Redemption, ShortCode, TillReceipt, Voucher, VoucherUse


def register_movers() -> None:
    """Have a merge know them; done when the app starts. A delivery goes with its redemption."""
    register_mover(repointing("redemptions", Redemption, "membership"))
    register_mover(repointing("grants", Grant, "membership", once=["key"]))
    register_mover(repointing("bound vouchers", Voucher, "membership"))
    register_mover(repointing("voucher uses", VoucherUse, "membership"))
    register_mover(repointing("short codes", ShortCode, "membership"))
    register_mover(repointing("till receipts", TillReceipt, "membership"))
