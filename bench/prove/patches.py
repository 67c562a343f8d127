"""Lines that must not be missed: each with what stands there and what it is broken into."""

from typing import NamedTuple

LEDGER_SQL = "loyalty/migrations/sql/0007_ledger.sql"
TERMS_SQL = "loyalty/migrations/sql/0008_terms.sql"
MEMBERS_SQL = "members/migrations/sql/0006_activities.sql"


class Patch(NamedTuple):
    """One line to break, and the tests of which at least one should see it."""

    name: str
    tests: tuple[str, ...]
    file: str
    old: str
    new: str

    @property
    def is_sql(self) -> bool:
        """Whether the database has to be made anew to be broken."""
        return self.file.endswith(".sql")


PATCHES = [
    Patch(
        "the account is not locked",
        ("tests/concurrency/test_ledger.py::TestRaces::test_spends_exactly_what_can_be_afforded",),
        LEDGER_SQL,
        "kind = 'MEMBER' ORDER BY id FOR NO KEY UPDATE\n    LOOP",
        "kind = 'MEMBER' ORDER BY id\n    LOOP",
    ),
    Patch(
        "accounts are locked in the order in which they were named",
        (
            "tests/concurrency/test_ledger.py::TestRaces::test_points_go_both_ways_between_two_members_without_a_deadlock",
        ),
        LEDGER_SQL,
        "kind = 'MEMBER' ORDER BY id FOR NO KEY UPDATE\n    LOOP",
        "kind = 'MEMBER' ORDER BY id = p_debit FOR NO KEY UPDATE\n    LOOP",
    ),
    Patch(
        "a business key may come twice at once",
        (
            "tests/concurrency/test_ledger.py::TestRaces::test_answers_one_key_once_also_across_accounts",
        ),
        LEDGER_SQL,
        "ON CONFLICT (source, external_id) DO NOTHING\n    RETURNING id INTO transfer_id",
        "RETURNING id INTO transfer_id",
    ),
    Patch(
        "another request under a used key is taken for a repetition",
        ("tests/loyalty/ledger/test_posting.py",),
        LEDGER_SQL,
        "WHEN v_first.fingerprint = p_fingerprint THEN 'REPLAYED'\n            ELSE 'CONFLICT' END",
        "ELSE 'REPLAYED' END",
    ),
    Patch(
        "more than is held can be spent",
        ("tests/loyalty/ledger/test_spending.py", "tests/loyalty/ledger/test_posting.py"),
        LEDGER_SQL,
        "AND v_usable >= p_points\n",
        "\n",
    ),
    Patch(
        "lapsed points can be spent",
        ("tests/loyalty/ledger/test_posting.py",),
        LEDGER_SQL,
        "AND (l.ends_at IS NULL OR coalesce(p_since, p_now) < l.ends_at)\n",
        "\n",
    ),
    Patch(
        "points can be spent in the moment in which they lapse",
        ("tests/loyalty/ledger/test_posting.py",),
        LEDGER_SQL,
        "coalesce(p_since, p_now) < l.ends_at",
        "coalesce(p_since, p_now) <= l.ends_at",
    ),
    Patch(
        "pending points can be spent",
        ("tests/loyalty/ledger/test_posting.py",),
        LEDGER_SQL,
        "WHEN 'USABLE' THEN l.available_from <= p_now\n            AND",
        "WHEN 'USABLE' THEN",
    ),
    Patch(
        "the oldest lot is spent first, whatever lapses sooner",
        ("tests/loyalty/ledger/test_posting.py",),
        LEDGER_SQL,
        "sum(remaining) OVER (ORDER BY ends_at ASC NULLS LAST, id)",
        "sum(remaining) OVER (ORDER BY id)",
    ),
    Patch(
        "a lot keeps what was taken from it",
        ("tests/loyalty/ledger/test_posting.py",),
        LEDGER_SQL,
        "SET remaining = l.remaining - t.points",
        "SET remaining = l.remaining",
    ),
    Patch(
        "the outbox is left out",
        ("tests/loyalty/ledger/test_posting.py", "tests/loyalty/ledger/test_expiry.py"),
        LEDGER_SQL,
        "    PERFORM outbox_publish(\n        ledger_event_name(p_kind),\n        coalesce(",
        "    PERFORM concat(\n        ledger_event_name(p_kind),\n        coalesce(",
    ),
    Patch(
        "an account's version stands still",
        ("tests/loyalty/ledger/test_posting.py",),
        LEDGER_SQL,
        "SET balance = a.balance + p_points, version = a.version + 1",
        "SET balance = a.balance + p_points, version = a.version + 2",
    ),
    Patch(
        "what a hold sets aside can be spent",
        ("tests/loyalty/ledger/test_holds.py",),
        LEDGER_SQL,
        "- ledger_held(p_account, p_now) - a.owed, 0)",
        "- a.owed, 0)",
    ),
    Patch(
        "a hold that has run out is captured",
        ("tests/loyalty/ledger/test_holds.py",),
        LEDGER_SQL,
        "WHEN v_hold.expires_at <= p_now THEN 'RUN_OUT'",
        "WHEN v_hold.expires_at < v_hold.authorised_at THEN 'RUN_OUT'",
    ),
    Patch(
        "what lapsed under a hold is lost to it",
        ("tests/loyalty/ledger/test_holds.py",),
        LEDGER_SQL,
        "p_points, p_now, 'USABLE', v_hold.authorised_at);",
        "p_points, p_now, 'USABLE');",
    ),
    Patch(
        "what is given away gets a fresh life",
        ("tests/loyalty/ledger/test_transfers.py", "tests/loyalty/ledger/test_posting.py"),
        LEDGER_SQL,
        "CASE WHEN l.is_sliding THEN v_debit.lapses_at ELSE l.expires_at END, l.expiry",
        "NULL, l.expiry",
    ),
    Patch(
        "a return has no upper bound",
        ("tests/loyalty/ledger/test_returns.py",),
        "loyalty/services/returns.py",
        "if points > _sum(earned) - _sum(before):",
        "if points < 0:",
    ),
    Patch(
        "a return of spent points makes no debt",
        ("tests/loyalty/ledger/test_returns.py",),
        LEDGER_SQL,
        "SET owed = a.owed + ledger_return.owed WHERE",
        "SET owed = a.owed WHERE",
    ),
    Patch(
        "what is restored lives anew",
        ("tests/loyalty/ledger/test_restoring.py",),
        LEDGER_SQL,
        "IF v_lot.ends_at <= p_now AND p_goodwill_until > p_now THEN",
        "IF p_goodwill_until > p_now THEN",
    ),
    Patch(
        "spent points come back as often as is asked",
        ("tests/loyalty/ledger/test_restoring.py",),
        LEDGER_SQL,
        "restored := least(p_points, v_spend.points - v_back)",
        "restored := least(p_points, v_spend.points)",
    ),
    Patch(
        "what was granted lapses, not what remains of it",
        ("tests/loyalty/ledger/test_expiry.py",),
        TERMS_SQL,
        "SELECT l.id, l.account_id, l.remaining, x.ends",
        "SELECT l.id, l.account_id, l.granted AS remaining, x.ends",
    ),
    Patch(
        "what had lapsed slides on, because no job had booked it",
        ("tests/loyalty/ledger/test_sliding.py",),
        TERMS_SQL,
        "    PERFORM ledger_book_lapsed(v_lots, v_ends, 'system:expiry', p_now);\nEND $$;",
        "END $$;",
    ),
    Patch(
        "a lot's date is changed without a deed",
        ("tests/loyalty/ledger/test_lot_dates.py", "tests/loyalty/ledger/test_audit_of_deeds.py"),
        TERMS_SQL,
        "            VALUES (v.id, p_deed, v_lot.available_from, v.available, v_lot.expires_at, v.ends,",
        "            VALUES (v.id, p_deed, v_lot.available_from, v.available, v_lot.expires_at, v_lot.expires_at,",
    ),
    Patch(
        "a correction downwards goes up",
        ("tests/loyalty/ledger/test_adjustments.py",),
        "loyalty/services/adjustments.py",
        "is_gift = points > 0",
        "is_gift = points != 0",
    ),
    Patch(
        "a pool's lock is asked for and never taken",
        ("tests/concurrency/test_pools.py",),
        "loyalty/services/pools.py",
        "pool = Pool.objects.select_for_update(no_key=True).filter(pk=pool_id).first()",
        "pool = Pool.objects.filter(pk=pool_id).first()",
    ),
    Patch(
        "allocations can be changed by the owner",
        ("tests/loyalty/ledger/test_posting.py",),
        "loyalty/migrations/sql/0002_ledger.sql",
        "CREATE TRIGGER lotmove_append_only BEFORE UPDATE OR DELETE",
        "CREATE TRIGGER lotmove_append_only BEFORE UPDATE",
    ),
    Patch(
        "the application may change the views of the books",
        ("tests/house/test_app_rights.py",),
        "config/rights.py",
        '"GRANT SELECT ON {view} TO {role}"',
        '"GRANT SELECT, UPDATE ON {view} TO {role}"',
    ),
    Patch(
        "the application may write the books",
        ("tests/house/test_app_rights.py",),
        "loyalty/models/ledger.py",
        'app_rights = "SELECT"',
        'app_rights = "SELECT, INSERT"',
    ),
    Patch(
        "rates are floats",
        ("tests/loyalty/earning/test_rounding.py",),
        "loyalty/earning/rounding.py",
        "total = exact // denominator if is_floor",
        "total = int(exact * (1.0 / denominator)) if is_floor",
    ),
    Patch(
        "a limit is read and nobody looks whether it has moved on",
        (
            "tests/concurrency/test_activities.py::TestFiftyPurchases::test_of_one_member_get_exactly_the_months_cap",
        ),
        MEMBERS_SQL,
        "IF coalesce(v_sequence, 0) <> c.sequence THEN",
        "IF c.sequence < 0 THEN",
    ),
    Patch(
        "a budget is read and nobody looks whether it is used up",
        (
            "tests/concurrency/test_activities.py::TestFiftyPurchases::test_of_fifty_members_get_exactly_the_budget",
        ),
        MEMBERS_SQL,
        "OR l.used + v.amount <= v.ceiling;",
        "OR v.amount > 0;",
    ),
    Patch(
        "a tier is lost with the points that gave it",
        ("tests/scenarios/test_tiers_and_reasons.py",),
        MEMBERS_SQL,
        "coalesce(s.sequence, 0), s.last_at, coalesce(s.document, '{}'),",
        "coalesce(s.sequence, 0), s.last_at, CASE WHEN EXISTS (SELECT FROM loyalty_account x WHERE x.id = a.id AND x.balance = 0) THEN '{}' ELSE coalesce(s.document, '{}') END,",
    ),
    Patch(
        "what comes late is judged as if it came last",
        ("tests/members/test_late.py",),
        "members/services/judging.py",
        "return holder.last_at is None or first > (",
        "return holder.last_at is None or first != (",
    ),
    Patch(
        "more comes back than was bought",
        ("tests/members/test_returns.py",),
        "members/services/returns.py",
        "if becomes.is_exceeded and not was.is_exceeded:",
        "if becomes.is_exceeded and was.is_exceeded:",
    ),
    Patch(
        "another activity under a used key is taken for a repetition",
        ("tests/api/test_activities.py",),
        "members/services/recording.py",
        "if known.fingerprint != fingerprint_of(self.book, holder, wanted.submitted):",
        "if not known.fingerprint:",
    ),
    Patch(
        "the audit looks at the balance alone",
        ("tests/loyalty/ledger/test_audit.py",),
        "loyalty/ledger/proof/books.py",
        "WHERE kept <> entries OR kept <> lots",
        "WHERE kept <> lots AND kept < 0",
    ),
    Patch(
        "a voucher is not locked",
        ("tests/concurrency/test_redemption.py",),
        "rewards/services/vouchers.py",
        'vouchers.select_for_update(of=("self",), no_key=True).first()',
        "vouchers.first()",
    ),
    Patch(
        "a lock is asked for and never taken",
        ("tests/concurrency/test_redemption.py",),
        "rewards/services/redemption/facts.py",
        'Membership.objects.select_for_update(of=("self",), no_key=True)',
        "Membership.objects.all()",
    ),
    Patch(
        "an Idempotency-Key is not claimed while the deed is done",
        ("tests/loyalty/services/test_idempotency.py", "tests/concurrency/test_idempotency.py"),
        "loyalty/services/idempotency.py",
        "    _claim(caller, key)\n",
        "",
    ),
    Patch(
        "another request under a used Idempotency-Key gets the kept answer",
        ("tests/loyalty/services/test_idempotency.py",),
        "loyalty/services/idempotency.py",
        "if kept.fingerprint != fingerprint:",
        "if False:",
    ),
    Patch(
        "an event is marked as handed on though nobody was handed it",
        ("tests/loyalty/events",),
        "loyalty/events/bus.py",
        "        _hand_over(subscriber, concerned, at)\n",
        "        pass\n",
    ),
]
