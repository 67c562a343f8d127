import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from loyalty.ledger.proof import CHECKS
from loyalty.services import audit as audits
from loyalty.services.audit import audit, register_check
from loyalty.services.expiry import expire_due_points
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import damage, differences

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)
TAIL = "(SELECT max(id) FROM loyalty_transfer WHERE kind = 'REDEEM')"


@pytest.fixture
def books() -> Books:
    """Two members who earned, spent and lost points, and a second programme."""
    Books("other")
    books = Books("shop", members=2)
    books.earn(100, "r-1")
    books.earn(40, "r-2", expires_at=LATER)
    books.earn(30, "r-3", member=1, available_from=LATER)
    books.spend(60, "s-1")
    books.spend(50, "s-2")
    books.earn(20, "r-4", expires_at=LATER)
    expire_due_points(at=LATER + timedelta(days=1))
    return books


DAMAGES = {
    "a sale credited from another programme": (
        "I1 conservation",
        1 + 2,  # the transfer, and both units no longer sum to zero
        [
            "UPDATE loyalty_transfer SET debit_account_id = (SELECT min(id) FROM loyalty_account"
            " WHERE kind = 'ISSUANCE') WHERE external_id = 'r-1'"
        ],
    ),
    "a transfer to an account that is not there": (
        "I1 conservation",
        1 + 1 + 1,  # the transfer, its unit, and the unit that nobody has
        [
            "UPDATE loyalty_transfer SET credit_account_id = 0 WHERE external_id = 's-1'",
        ],
    ),
    "a balance raised by hand": (
        "I2 balances",
        1,
        ["UPDATE loyalty_account SET balance = balance + 1 WHERE version = 6"],
    ),
    "a spending moved before the earning that paid it": (
        "I3 never negative",
        2,  # spent below zero, and earned from below zero
        [
            "UPDATE loyalty_transfer SET credit_version = 9 WHERE external_id = 'r-1'",
            "UPDATE loyalty_transfer SET credit_version = 3, credit_before = -20"
            " WHERE external_id = 'r-1'",
            "UPDATE loyalty_transfer SET credit_version = 1, credit_before = 0"
            " WHERE external_id = 'r-2'",
            "UPDATE loyalty_transfer SET debit_version = 2, debit_before = 40"
            " WHERE external_id = 's-1'",
        ],
    ),
    "a figure in the middle of the chain": (
        "I4 chain",
        2,  # it does not follow, and the next does not follow it
        ["UPDATE loyalty_transfer SET credit_before = 101 WHERE external_id = 'r-2'"],
    ),
    "a version skipped": (
        "I4 chain",
        1,
        ["UPDATE loyalty_account SET version = version + 1 WHERE version = 6"],
    ),
    "a right given to the application": (
        "I5 closed books",
        1,
        ["GRANT UPDATE ON loyalty_transfer TO trouw_app"],
    ),
    "a trigger switched off": (
        "I5 closed books",
        1,
        ["ALTER TABLE loyalty_lotmove DISABLE TRIGGER lotmove_append_only"],
    ),
    "a receipt counted twice": (
        "I7 business keys",
        1,
        [
            "ALTER TABLE loyalty_transfer DROP CONSTRAINT transfer_business_key_once",
            "UPDATE loyalty_transfer SET external_id = 'r-1' WHERE external_id = 'r-2'",
        ],
    ),
    "a float beside the points": (
        "I10 whole numbers",
        1,
        ["ALTER TABLE loyalty_lot ADD COLUMN worth double precision"],
    ),
    "a lot that says it granted more": (
        "I11 lots",
        2,  # against its moves, and against its transfer
        [
            "UPDATE loyalty_lot SET granted = granted + 1"
            " WHERE id = (SELECT min(id) FROM loyalty_lot)"
        ],
    ),
    "a lot under another transfer": (
        "I11 lots",
        2,  # the transfer without a lot, and the lot without a transfer
        ["UPDATE loyalty_lot SET transfer_id = 0 WHERE id = (SELECT min(id) FROM loyalty_lot)"],
    ),
    "an allocation booked on another spending": (
        "I11 allocations",
        2,
        [
            f"UPDATE loyalty_lotmove SET transfer_id = {TAIL} WHERE id = (SELECT min(id)"
            " FROM loyalty_lotmove)"
        ],
    ),
    "points spent after they had lapsed": (
        "I12 in time",
        2,  # both spendings that the lot paid
        [
            f"UPDATE loyalty_lot SET expires_at = '{NOON:%Y-%m-%d %H:%M}Z', available_from ="
            f" '{NOON - timedelta(days=1):%Y-%m-%d %H:%M}Z' WHERE id = (SELECT lot_id FROM"
            f" loyalty_lotmove WHERE transfer_id = {TAIL})"
        ],
    ),
    "points that lapsed while they were good": (
        "I12 in time",
        1,
        [
            "UPDATE loyalty_lot SET expires_at = NULL WHERE transfer_id = (SELECT id FROM"
            " loyalty_transfer WHERE external_id = 'r-4')"
        ],
    ),
    "a movement nobody was told of": (
        "I22 said once",
        1,
        [f"DELETE FROM loyalty_outboxevent WHERE (payload ->> 'transfer')::bigint = {TAIL}"],
    ),
    "a movement told twice": (
        "I22 said once",
        1,
        [
            "INSERT INTO loyalty_outboxevent (name, payload, occurred_at, recorded_at) SELECT name,"
            " payload, occurred_at, recorded_at FROM loyalty_outboxevent ORDER BY id LIMIT 1"
        ],
    ),
}


class TestAudit:
    def test_finds_nothing_in_books_that_are_right(self, books):
        findings = {finding.name: finding for finding in audit()}

        assert differences() == {}
        assert findings["I1 conservation"].rows == 7
        assert findings["I2 balances"].rows == 15  # twelve of the programmes' own, three members
        assert {check.name for check in CHECKS} <= set(findings)

    @pytest.mark.parametrize(("check", "expected", "statements"), DAMAGES.values(), ids=DAMAGES)
    def test_sees_damage_and_blames_one_promise(self, books, check, expected, statements):
        damage(*statements)

        assert differences() == {check: expected}

    def test_shows_the_first_rows_that_break_a_promise(self, books):
        damage("UPDATE loyalty_account SET balance = balance + 1 WHERE version = 6")

        [finding] = [finding for finding in audit() if finding.differences]

        assert finding.examples == (
            {"account": str(books.accounts[0]), "kept": "31", "entries": "30", "lots": "30"},
        )

    def test_asks_one_query_per_promise(self, books, django_assert_num_queries):
        # a savepoint and its release, the limits, and a count per relation
        relations = len({check.over for check in audits.checks()})

        with django_assert_num_queries(3 + relations + len(audits.checks())):
            audit(quick=True)


class TestRegisterCheck:
    @pytest.fixture(autouse=True)
    def _own_registry(self, monkeypatch):
        monkeypatch.setattr(audits, "_registered", dict(audits._registered))

    def register(self, sql: str) -> None:
        register_check(name="tills", promise="Tills close.", over="loyalty_unit", sql=sql)

    def test_asks_the_promise_of_an_upper_app_too(self, books):
        self.register("SELECT id FROM loyalty_unit")

        assert differences() == {"tills": 2}

    def test_refuses_another_promise_under_a_name_that_is_taken(self):
        self.register("SELECT 1")
        self.register("SELECT 1")

        with pytest.raises(ValueError, match="tills"):
            self.register("SELECT 2")


class TestTheCommand:
    def run(self, **options: object) -> str:
        out = io.StringIO()
        call_command("audit", stdout=out, **options)
        return out.getvalue()

    def test_prints_a_line_per_promise(self, books):
        lines = self.run().splitlines()

        assert lines[0].split() == ["check", "rows", "differences", "ms"]
        assert lines[1].split()[:4] == ["I1", "conservation", "7", "0"]
        assert len(lines) == 1 + len(audit())
        assert lines[-1].split()[:2] == ["I15", "standings"]

    def test_leaves_out_on_demand_what_judges_all_again(self, books):
        assert len(self.run(quick=True).splitlines()) == 1 + len(audits.checks())

    def test_prints_json_for_machines(self, books):
        findings = json.loads(self.run(json=True))

        assert findings[1]["name"] == "I2 balances"
        assert findings[1]["differences"] == 0

    @pytest.mark.parametrize("json", [False, True])
    def test_fails_on_any_difference(self, books, json):
        damage("UPDATE loyalty_account SET balance = balance + 1 WHERE version = 6")

        with pytest.raises(CommandError, match="1 difference") as refusal:
            self.run(json=json)

        assert refusal.value.returncode == 1
