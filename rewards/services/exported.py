"""What a data team may have of rewards: what was taken, never a code and never an address."""

from loyalty.services.exports.catalogue import Table, register_tables, same
from rewards.models import Fulfilment, Grant, Redemption, Reward, Voucher, VoucherUse

TABLES = (
    Table(
        name="rewards",
        model=Reward,
        row="A reward of the catalogue.",
        columns=same("id", "programme_id", "key", "kind", "name_nl", "name_en", "points")
        | same("money", "cost", "state", "available_from", "available_until")
        | {"category": "category__key"},
        notes={"points": "what it costs a member", "cost": "money, what it costs the shop"},
    ),
    Table(
        name="redemptions",
        model=Redemption,
        row="A reward that a member took.",
        columns=same("id", "reward_id", "membership_id", "grant_id", "state", "unit", "points")
        | same("money", "worth", "channel", "location", "order", "redeemed_at", "ended_at"),
        notes={
            "worth": "money, what it was worth to the member",
            "grant_id": "a row of grants, when it was given and not bought",
        },
    ),
    Table(
        name="fulfilments",
        model=Fulfilment,
        row="What has to be sent, made or handed over for a redemption.",
        columns=same("id", "redemption_id", "way", "state", "location", "asked_at", "done_at"),
    ),
    Table(
        name="grants",
        model=Grant,
        row="Something that a member was given.",
        columns=same("id", "membership_id", "reward_id", "state", "granted_at", "expires_at")
        | same("ended_at")
        | {"occasion": "occasion__key"},
    ),
    Table(
        name="vouchers",
        model=Voucher,
        row="A voucher, without its code.",
        columns=same("id", "reward_id", "redemption_id", "batch_id", "membership_id", "state")
        | same("max_uses", "uses", "value_left", "issued_at", "valid_from", "expires_at"),
    ),
    Table(
        name="voucher_uses",
        model=VoucherUse,
        row="One use of a voucher.",
        columns=same("id", "voucher_id", "membership_id", "amount", "basket", "channel")
        | same("location", "is_offline", "used_at", "rolled_back_at"),
        notes={"amount": "money, of a gift card", "basket": "the shop's name for the sale"},
    ),
)


def register() -> None:
    """Offer the tables; done when the app starts."""
    register_tables(*TABLES)
