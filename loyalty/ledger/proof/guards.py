"""What the application may not do, and what stops whoever may."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from loyalty.ledger.proof.check import Check


class Guard(NamedTuple):
    """What the application may do with a table besides reading, and the triggers that guard it."""

    triggers: Sequence[str] = ()
    may_insert: bool = False


def closed(name: str, promise: str, tables: Mapping[str, Guard]) -> Check:
    """That the application has no other rights on the tables, and that their triggers are on."""
    forbidden = ", ".join(
        f"('{table}', '{privilege}')"
        for table, guard in tables.items()
        for privilege in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
        if not (privilege == "INSERT" and guard.may_insert)
    )
    guards = ", ".join(
        f"('{table}', '{trigger}')" for table, guard in tables.items() for trigger in guard.triggers
    )
    books = ", ".join(f"('{table}')" for table in tables)
    return Check(
        name=name,
        promise=promise,
        over=f"(VALUES {books}) AS books (name)",
        sql=f"""
            SELECT book, privilege AS found FROM (VALUES {forbidden}) AS rights (book, privilege)
            WHERE has_table_privilege(%(app_role)s, book, privilege)
            UNION ALL
            SELECT book, guard || ' is off' FROM (VALUES {guards}) AS guards (book, guard)
            WHERE NOT EXISTS (
                SELECT FROM pg_trigger
                WHERE tgrelid = book::regclass AND tgname = guard AND tgenabled IN ('O', 'A'))
        """,  # noqa: S608 - our own names
    )


CLOSED_BOOKS = closed(
    "I5 closed books",
    "The application can only read the books, and the triggers that guard them are on.",
    {
        "loyalty_account": Guard(["account_not_deleted", "account_no_truncate"]),
        "loyalty_transfer": Guard(["transfer_append_only", "transfer_no_truncate"]),
        "loyalty_lot": Guard(["lot_guarded", "lot_not_deleted", "lot_no_truncate"]),
        "loyalty_lotmove": Guard(["lotmove_append_only", "lotmove_no_truncate"]),
        "loyalty_lotchange": Guard(["lotchange_append_only", "lotchange_no_truncate"]),
        "loyalty_slide": Guard(["slide_append_only", "slide_no_truncate"]),
        "loyalty_hold": Guard(["hold_not_deleted", "hold_no_truncate"]),
        "loyalty_holdermerge": Guard(["holdermerge_append_only", "holdermerge_no_truncate"]),
        "loyalty_seal": Guard(["seal_append_only", "seal_no_truncate"], may_insert=True),
        "loyalty_standing": Guard(["standing_not_deleted", "standing_no_truncate"]),
        "loyalty_limituse": Guard(["limituse_not_deleted", "limituse_no_truncate"]),
        "loyalty_ruleset": Guard(["ruleset_append_only", "ruleset_no_truncate"], may_insert=True),
        "loyalty_tiermove": Guard(
            ["tiermove_append_only", "tiermove_no_truncate"], may_insert=True
        ),
    },
)

CHECKS = (CLOSED_BOOKS,)
