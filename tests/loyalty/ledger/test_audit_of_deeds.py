"""Damage to what is set aside, given back, moved, extended, kept alive, sealed and said of tiers."""

import json
from datetime import date, timedelta

import pytest

from loyalty.ledger.lot_dates import slide
from loyalty.ledger.posting import call
from loyalty.ledger.proof import CHECKS
from loyalty.models import Lot, Programme, TierAssignment, TierSet
from loyalty.services.audit import audit
from loyalty.services.holds import capture_hold
from loyalty.services.lot_dates import extend_lot
from loyalty.services.seals import seal_days
from tests.loyalty.ledger import test_audit
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import damage, differences
from tests.loyalty.ledger.sliding import grant

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
THEN = NOON + 2 * DAY
# tests/members/test_audit.py has activities to use budgets, test_audit_of_merges.py has merges.
ELSEWHERE = {"I18 budgets", "I11 origins", "I2 merged holders"}


@pytest.fixture
def books() -> Books:
    """Three members to whom everything happened that points can do."""
    books = Books("shop", members=3)
    Programme.objects.update(goodwill_days=30)
    first = books.earn(100, "r-1")
    books.earn(40, "r-2", expires_at=NOON + DAY)
    paid = books.spend(50, "s-1")
    held = books.hold(20, "h-1")
    capture_hold(hold_id=held.hold_id, points=15, reasons=[], actor="test", at=NOON)
    books.give_back(50, "c-1", spent_by=paid.transfer_id, at=THEN)
    second = books.earn(100, "r-3", expires_at=THEN + 5 * DAY, at=THEN)
    books.take_back(60, "t-1", first.transfer_id, at=THEN)
    books.take_back(60, "t-2", second.transfer_id, at=THEN)
    books.hold(10, "h-2", at=THEN)
    lot = Lot.objects.get(transfer=second.transfer_id)
    extend_lot(lot_id=lot.pk, last_day=date(2026, 12, 31), reason="late parcel", actor="test",
               at=THEN, key="e-1")  # fmt: skip
    books.earn(100, "r-4", member=1, expires_at=NOON + 9 * DAY)
    books.give(30, "g-1", giver=1, taker=2, at=THEN)
    grant(books, 7, "a-1", member=2, at=THEN, is_sliding=True, source="till")
    slide(books.accounts[2], lapses_at=THEN + 9 * DAY, effective_at=THEN, at=THEN)
    _climb(books)
    seal_days(at=THEN + DAY)
    return books


def _climb(books: Books) -> None:
    """A tier that was found, and one that was given."""
    programme = Programme.objects.get(slug="shop")
    tiers = TierSet.objects.create(
        programme=programme, key="tiers", name_nl="Niveaus", name_en="Tiers", policy={}
    )
    moves = [[tiers.pk, "", "silver", "earned", THEN.isoformat()]]
    call("loyalty_move_tiers", books.accounts[0], books.holder(0), json.dumps(moves), THEN)
    TierAssignment.objects.create(
        account_id=books.accounts[1],
        tier_set=tiers,
        tier="gold",
        starts_at=NOON,
        reason="thirty years of custom",
        actor="test",
    )


def of(key: str) -> str:
    return f"(SELECT id FROM loyalty_transfer WHERE external_id = '{key}')"


DAMAGES = {
    "more set aside than there is": (
        "I2 holds",
        1,
        ["UPDATE loyalty_hold SET points = 100000 WHERE external_id = 'h-2'"],
    ),
    "a hold that says it was captured for less": (
        "I2 holds",
        1,
        ["UPDATE loyalty_hold SET captured = 14 WHERE external_id = 'h-1'"],
    ),
    "the right to take standings away": (
        "I5 closed books",
        1,
        ["GRANT DELETE ON loyalty_standing TO trouw_app"],
    ),
    "rule sets that can be changed": (
        "I5 closed books",
        1,
        [
            "SET CONSTRAINTS ALL IMMEDIATE",
            "ALTER TABLE loyalty_ruleset DISABLE TRIGGER ruleset_append_only",
        ],
    ),
    "a return of somebody else's purchase": (
        "I8 reversals",
        1,
        [f"UPDATE loyalty_transfer SET reverses = {of('r-4')} WHERE external_id = 't-1'"],
    ),
    "a purchase taken back more than once": (
        "I8 reversals",
        1,
        [f"UPDATE loyalty_transfer SET reverses = {of('r-1')} WHERE external_id = 't-2'"],
    ),
    "a reversal of nothing": (
        "I8 reversals",
        1,
        ["UPDATE loyalty_transfer SET reverses = 0 WHERE external_id = 't-2'"],
    ),
    "goodwill without an end": (
        "I9 restored",
        1,
        [f"UPDATE loyalty_lot SET expires_at = NULL WHERE transfer_id = {of('c-1')}"],
    ),
    "goodwill for what had not lapsed": (
        "I9 restored",
        1,
        [f"UPDATE loyalty_lot SET expires_at = '2027-01-01' WHERE transfer_id = {of('r-2')}"],
    ),
    "a date moved without a deed": (
        "I11 dates",
        1,
        [
            "UPDATE loyalty_lot SET expires_at = expires_at + interval '1 year'"
            f" WHERE transfer_id = {of('r-3')}"
        ],
    ),
    "points that live longer at another member's": (
        "I11 moved",
        2,  # what was given is not what was taken, and the other way round
        [
            "UPDATE loyalty_lot SET expires_at = expires_at + interval '1 year'"
            f" WHERE transfer_id = {of('g-1')}"
        ],
    ),
    "sliding points kept alive by nobody": (
        "I12 slides",
        1,
        [
            "UPDATE loyalty_account SET lapses_at = lapses_at + interval '1 year'"
            " WHERE lapses_at IS NOT NULL"
        ],
    ),
    "an entry from before the one before": (
        "I14 moments",
        1,
        [
            "UPDATE loyalty_transfer SET recorded_at = recorded_at - interval '1 hour',"
            " effective_at = effective_at - interval '1 hour' WHERE external_id = 't-1'"
        ],
    ),
    "an entry of a time to come": (
        "I14 moments",
        1,
        [
            "UPDATE loyalty_transfer SET effective_at = effective_at + interval '1 day'"
            " WHERE external_id = 't-1'"
        ],
    ),
    "a tier given by nobody": (
        "I15 tiers by hand",
        1,
        ["UPDATE loyalty_tierassignment SET actor = ''"],
    ),
    "a climb nobody was told of": (
        "I22 tiers said",
        1,
        ["DELETE FROM loyalty_outboxevent WHERE name = 'loyalty.tier_changed.v1'"],
    ),
}


class TestAudit:
    def test_finds_nothing_in_books_that_are_right(self, books):
        findings = {finding.name: finding for finding in audit()}

        assert differences() == {}
        assert findings["I8 reversals"].rows == 3
        assert findings["I9 restored"].rows == 1
        assert findings["I2 holds"].rows == 2
        assert findings["I4 seals"].rows == 3

    @pytest.mark.parametrize(("check", "expected", "statements"), DAMAGES.values(), ids=DAMAGES)
    def test_sees_damage_and_blames_one_promise(self, books, check, expected, statements):
        damage(*statements)

        assert differences(quick=True) == {check: expected}

    def test_every_promise_is_seen_broken_here_or_with_the_plain_books(self):
        broken = {
            check
            for damages in (DAMAGES, test_audit.DAMAGES)
            for check, _expected, _statements in damages.values()
        }

        assert broken | ELSEWHERE == {check.name for check in CHECKS}

    def test_hashes_sealed_days_again(self, books):
        damage("UPDATE loyalty_transfer SET actor = 'somebody else' WHERE external_id = 't-1'")

        assert differences(quick=True) == {}
        assert differences() == {"I4 seals": 1}
