import pytest

from rewards.services.offline.tickets import ticket_of
from tests.loyalty.ledger.damage import damage, differences
from tests.rewards.offline.conftest import CARD
from tests.rewards.shop import NOON

pytestmark = pytest.mark.django_db

JOURNALS, USES, LOSERS = "journals of tills", "uses without a line", "losers without a line"
MINE = {JOURNALS, USES, LOSERS}
OTHERS = {"vouchers", "redemptions paid", "redemption states", "till receipts", "till vouchers"}
ENTRY = "rewards_journalentry"
DAMAGES = {
    "a loss that nobody is told": ({JOURNALS: 1}, "DELETE FROM rewards_doubleuse"),
    "a loss of another value": (
        {JOURNALS: 1},
        "UPDATE rewards_doubleuse SET value = value - 1",
    ),
    "a loser that won after all": (
        {JOURNALS: 1},
        f"UPDATE {ENTRY} SET outcome = 'BOOKED' WHERE outcome = 'LOST'",
    ),
    "a refusal without a reason": (
        {JOURNALS: 1},
        f"UPDATE {ENTRY} SET refusal = '' WHERE outcome = 'REFUSED'",
    ),
    "a sale without its receipt": (
        {JOURNALS: 1},
        "DELETE FROM rewards_tillreceipt",
    ),
    "a sale at another amount": (
        {JOURNALS: 1},
        "UPDATE rewards_tillreceipt SET amount = amount + 1",
    ),
    "a use that was rolled back without a word": (
        {JOURNALS: 1},
        "UPDATE rewards_voucheruse SET rolled_back_at = used_at, rolled_back_by = 'system:journal'",
    ),
    "a use that no till had": (
        {JOURNALS: 1, USES: 1},
        f"UPDATE {ENTRY} SET use_id = NULL WHERE outcome = 'BOOKED'",
    ),
    "one use too many": (
        {USES: 1},
        "INSERT INTO rewards_voucheruse (voucher_id, amount, basket, channel, location, actor,"
        " request_key, fingerprint, is_offline, used_at, rolled_back_by)"
        " SELECT voucher_id, amount, basket, channel, location, actor, 'again', '', false, used_at,"
        " '' FROM rewards_voucheruse WHERE rolled_back_at IS NULL",
    ),
    "a loser that was first": (
        {LOSERS: 1},
        f"UPDATE {ENTRY} SET counted_at = counted_at - interval '1 day' WHERE outcome = 'LOST'",
    ),
}


@pytest.fixture
def uploaded(emulator_factory, voucher_factory) -> None:
    """One voucher that was won and lost, a sale, and what was refused."""
    first, second = emulator_factory("a"), emulator_factory("b")
    code = ticket_of(voucher_factory())
    first.take(code, NOON, receipt="r-1")
    first.sell("r-1", "10.00", NOON, member=CARD)
    second.take(code, NOON)
    second.note("USE", NOON, code="")
    for till in (second, first):
        till.upload(NOON)


class TestAudit:
    def test_finds_nothing_in_what_was_uploaded(self, uploaded):
        found = set(differences(quick=True))

        assert found & {*MINE, *OTHERS} == set()

    @pytest.mark.parametrize(("expected", "statement"), DAMAGES.values(), ids=DAMAGES)
    def test_sees_damage_and_blames_its_promises(self, uploaded, expected, statement):
        damage(statement)

        found = differences(quick=True)
        assert {name: found[name] for name in MINE & set(found)} == expected
