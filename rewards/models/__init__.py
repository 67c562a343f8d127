from rewards.models.catalogue import Reward, RewardCategory, RewardPicture, Shelf, Stock
from rewards.models.occasions import Grant, Occasion, OccasionReward, StampCard
from rewards.models.redemption import Fulfilment, Redemption, RedemptionStep
from rewards.models.tills import (
    DoubleUse,
    JournalEntry,
    OfflinePack,
    SigningKey,
    Till,
    TillReceipt,
)
from rewards.models.vouchers import (
    CodePool,
    PoolCode,
    ShortCode,
    Voucher,
    VoucherBatch,
    VoucherReservation,
    VoucherUse,
    WrongGuess,
)

__all__ = [
    "CodePool",
    "DoubleUse",
    "Fulfilment",
    "Grant",
    "JournalEntry",
    "Occasion",
    "OccasionReward",
    "OfflinePack",
    "PoolCode",
    "Redemption",
    "RedemptionStep",
    "Reward",
    "RewardCategory",
    "RewardPicture",
    "Shelf",
    "ShortCode",
    "SigningKey",
    "StampCard",
    "Stock",
    "Till",
    "TillReceipt",
    "Voucher",
    "VoucherBatch",
    "VoucherReservation",
    "VoucherUse",
    "WrongGuess",
]
