"""The tables of the programme: its units, its books and its tiers."""

from loyalty.models import Account, EarningRule, Lot, Programme, TierMove, Transfer, Unit
from loyalty.services.exports.catalogue import Table, register_tables, same

TABLES = (
    Table(
        name="programmes",
        model=Programme,
        row="A loyalty programme.",
        columns=same("id", "slug", "name", "currency", "time_zone", "point_worth"),
        notes={"point_worth": "money, what one point is worth to whoever pays with it"},
    ),
    Table(
        name="units",
        model=Unit,
        row="What a programme counts in: points, or the stamps of a card.",
        columns=same("id", "programme_id", "code", "kind", "name_nl", "name_en"),
    ),
    Table(
        name="accounts",
        model=Account,
        row="A holder's account for one unit, or one of the programme's own.",
        columns=same(
            "id", "unit_id", "kind", "holder", "balance", "owed", "opened_at", "closed_at"
        ),
        notes={
            "holder": "the membership's, see memberships.holder; empty: the programme's own",
            "balance": "points, pending and lapsed ones included; members' accounts only",
            "owed": "points that a return left to be earned back",
        },
    ),
    Table(
        name="transfers",
        model=Transfer,
        row="Points that went from one account to another; never changed, never deleted.",
        columns=same(
            *("id", "debit_account_id", "credit_account_id", "points", "kind", "source"),
            *("external_id", "actor", "effective_at", "recorded_at", "reverses"),
        ),
        notes={
            "source": "with external_id the business key: the same deed is booked once",
            "effective_at": "when it counts from",
            "reverses": "the transfer that this one takes back",
        },
    ),
    Table(
        name="lots",
        model=Lot,
        row="What is left of points that were granted together, and when they lapse.",
        columns=same(
            *("id", "transfer_id", "account_id", "granted", "remaining", "available_from"),
            *("awaits", "expires_at"),
        ),
        notes={
            "available_from": "empty: still pending",
            "awaits": "what they are pending for",
            "expires_at": "empty: never, or not before something that can still move it",
        },
    ),
    Table(
        name="tier_moves",
        model=TierMove,
        row="A member that came to another tier.",
        columns=same("id", "account_id", "before", "after", "cause", "effective_at")
        | {"tier_set": "tier_set__key"},
    ),
    Table(
        name="earning_rules",
        model=EarningRule,
        row="A rule by which members earn.",
        columns=same("id", "programme_id", "key", "name_nl", "name_en", "state", "source"),
    ),
)


def register() -> None:
    """Offer them; done when the app starts."""
    register_tables(*TABLES)
