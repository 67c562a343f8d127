"""Lines that must not be missed: each with what stands there and what it is broken into."""

from typing import NamedTuple

LEDGER_SQL = "loyalty/migrations/sql/0007_ledger.sql"

SUITES = {
    "ledger": (
        "tests/loyalty/ledger",
        "tests/concurrency/test_ledger.py",
        "tests/properties/test_ledger.py",
    ),
    "rights": ("tests/house/test_app_rights.py",),
    "events": ("tests/loyalty/events",),
    "keys": (
        "tests/loyalty/services/test_idempotency.py",
        "tests/concurrency/test_idempotency.py",
    ),
    "members": (
        "tests/members/test_activities.py",
        "tests/members/test_audit.py",
        "tests/concurrency/test_activities.py",
    ),
    "rewards": (
        "tests/rewards/test_redemption.py",
        "tests/rewards/test_vouchers.py",
        "tests/concurrency/test_redemption.py",
    ),
}


class Patch(NamedTuple):
    """One line to break, and the suite that should see it."""

    name: str
    suite: str
    file: str
    old: str
    new: str


PATCHES = [
    Patch(
        "the account is not locked",
        "ledger",
        LEDGER_SQL,
        "ORDER BY id FOR NO KEY UPDATE",
        "ORDER BY id",
    ),
    Patch(
        "accounts are locked in the order in which they were named",
        "ledger",
        LEDGER_SQL,
        "ORDER BY id FOR NO KEY UPDATE",
        "ORDER BY id = p_debit FOR NO KEY UPDATE",
    ),
    Patch(
        "a business key may come twice at once",
        "ledger",
        LEDGER_SQL,
        "ON CONFLICT (source, external_id) DO NOTHING\n    RETURNING id",
        "RETURNING id",
    ),
    Patch(
        "another request under a used key is taken for a repetition",
        "ledger",
        LEDGER_SQL,
        "WHEN v_first.fingerprint = p_fingerprint THEN 'REPLAYED'",
        "WHEN true THEN 'REPLAYED'",
    ),
    Patch(
        "more than is held can be spent",
        "ledger",
        LEDGER_SQL,
        "AND v_usable >= p_points\n",
        "\n",
    ),
    Patch(
        "lapsed points can be spent",
        "ledger",
        LEDGER_SQL,
        "AND (l.expires_at IS NULL OR p_now < l.expires_at) END",
        "END",
    ),
    Patch(
        "points can be spent in the moment in which they lapse",
        "ledger",
        LEDGER_SQL,
        "p_now < l.expires_at",
        "p_now <= l.expires_at",
    ),
    Patch(
        "pending points can be spent",
        "ledger",
        LEDGER_SQL,
        "ELSE l.available_from <= p_now AND",
        "ELSE",
    ),
    Patch(
        "the oldest lot is spent first, whatever lapses sooner",
        "ledger",
        LEDGER_SQL,
        "sum(remaining) OVER (ORDER BY expires_at ASC NULLS LAST, id)",
        "sum(remaining) OVER (ORDER BY id)",
    ),
    Patch(
        "a lot keeps what was taken from it",
        "ledger",
        LEDGER_SQL,
        "SET remaining = l.remaining - t.points",
        "SET remaining = l.remaining",
    ),
    Patch(
        "a movement is not said",
        "ledger",
        LEDGER_SQL,
        "VALUES (p_name, p_subject, p_payload, p_occurred_at, p_now)",
        "SELECT p_name, p_subject, p_payload, p_occurred_at, p_now"
        " WHERE p_name <> 'loyalty.points_spent.v1'",
    ),
    Patch(
        "an account's version stands still",
        "ledger",
        LEDGER_SQL,
        "SET balance = a.balance + p_points, version = a.version + 1",
        "SET balance = a.balance + p_points, version = a.version + 2",
    ),
    Patch(
        "what was granted lapses, not what remains of it",
        "ledger",
        "loyalty/services/expiry.py",
        "sum(remaining)::bigint AS points",
        "sum(granted)::bigint AS points",
    ),
    Patch(
        "a correction downwards goes up",
        "ledger",
        "loyalty/services/adjustments.py",
        "is_gift = points > 0",
        "is_gift = points != 0",
    ),
    Patch(
        "allocations can be changed by the owner",
        "ledger",
        LEDGER_SQL,
        "CREATE TRIGGER lotmove_append_only BEFORE UPDATE OR DELETE",
        "CREATE TRIGGER lotmove_append_only BEFORE UPDATE",
    ),
    Patch(
        "the application may change the views of the books",
        "rights",
        "config/rights.py",
        '"GRANT SELECT ON {view} TO {role}"',
        '"GRANT SELECT, UPDATE ON {view} TO {role}"',
    ),
    Patch(
        "the application may write the books",
        "rights",
        "loyalty/models/ledger.py",
        'app_rights = "SELECT"',
        'app_rights = "SELECT, INSERT"',
    ),
    Patch(
        "an activity's key may come twice",
        "members",
        "members/migrations/sql/0006_activities.sql",
        "ON CONFLICT (source, external_id) DO NOTHING",
        "",
    ),
    Patch(
        "another activity under a used key is taken for a repetition",
        "members",
        "members/migrations/sql/0006_activities.sql",
        "WHEN v_first.fingerprint = v.fingerprint THEN 'REPLAYED'",
        "WHEN true THEN 'REPLAYED'",
    ),
    Patch(
        "a voucher is not locked",
        "rewards",
        "rewards/services/vouchers.py",
        'vouchers.select_for_update(of=("self",), no_key=True).first()',
        "vouchers.first()",
    ),
    Patch(
        "a lock is asked for and never taken",
        "rewards",
        "rewards/services/redemption.py",
        'Membership.objects.select_for_update(of=("self",), no_key=True)',
        "Membership.objects.all()",
    ),
    Patch(
        "the last item is sold twice",
        "rewards",
        "rewards/services/redemption.py",
        'taken__lt=F("total")',
        "",
    ),
    Patch(
        "an Idempotency-Key is not claimed while the deed is done",
        "keys",
        "loyalty/services/idempotency.py",
        "    _claim(caller, key)\n",
        "",
    ),
    Patch(
        "another request under a used Idempotency-Key gets the kept answer",
        "keys",
        "loyalty/services/idempotency.py",
        "if kept.fingerprint != fingerprint:",
        "if False:",
    ),
    Patch(
        "an event is marked as handed on though nobody was handed it",
        "events",
        "loyalty/events/bus.py",
        "        _hand_over(subscriber, concerned, at)\n",
        "        pass\n",
    ),
]
