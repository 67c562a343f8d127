"""What a merge promises is derived again, and seen when it was tampered with."""

import pytest

from tests.loyalty.ledger.damage import damage, differences
from tests.members.deeds import bought, record
from tests.members.pairs import OTHER_CARD, open_pair

DAMAGES = {
    "a lot that is of somebody else": (
        "I11 origins",
        "UPDATE loyalty_lot SET granted = granted + 1, remaining = remaining + 1"
        " WHERE origin_id IS NOT NULL",
    ),
    "an absorbed record that still saves": (
        "I2 merged holders",
        "UPDATE loyalty_account SET closed_at = NULL WHERE closed_at IS NOT NULL",
    ),
}


@pytest.fixture(autouse=True)
def _merged(db):
    pair = open_pair()
    record(pair.shop, bought("b-1", 2, "10.00"))
    record(pair.shop, bought("b-2", 3, "20.00", member=OTHER_CARD))
    pair.merge()


class TestAudit:
    def test_finds_nothing_in_a_merge_that_is_right(self):
        assert differences() == {}

    @pytest.mark.parametrize(("check", "statement"), DAMAGES.values(), ids=DAMAGES)
    def test_sees_damage(self, check, statement):
        damage(statement)

        assert check in differences(quick=True)
