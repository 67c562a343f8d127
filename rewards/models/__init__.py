from rewards.models.catalogue import Reward, Stock
from rewards.models.redemption import Redemption, Voucher

__all__ = ["Redemption", "Reward", "Stock", "Voucher"]
