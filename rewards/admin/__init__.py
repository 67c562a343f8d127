"""The console's rooms for what points buy."""

from rewards.admin import (
    batches,
    catalogue,
    categories,
    double_uses,
    fulfilment,
    grants,
    occasions,
    of_member,
    pools,
    redemptions,
    segment_uses,
    signing_keys,
    stamp_cards,
    tills,
)

__all__ = [
    "batches",
    "catalogue",
    "categories",
    "double_uses",
    "fulfilment",
    "grants",
    "occasions",
    "of_member",
    "pools",
    "redemptions",
    "segment_uses",
    "signing_keys",
    "stamp_cards",
    "tills",
]
