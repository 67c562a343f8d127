import pytest

from members.services.activities import record_activity
from tests.loyalty.ledger.damage import damage, differences
from tests.members.shop import NOON
from tests.members.test_activities import purchase

DAMAGES = {
    "an activity that earned nothing in the books": (
        "activities booked",
        2,  # an activity without a transfer, and a transfer without an activity
        ["UPDATE loyalty_transfer SET external_id = gen_random_uuid() || ':1'"],
    ),
    "an activity of somebody who is not there": (
        "activities booked",
        2,
        ["UPDATE members_activity SET membership_id = 0"],
    ),
    "a line with more points": (
        "points explained",
        1,
        ["UPDATE members_activityline SET points = points + 1 WHERE number = 1"],
    ),
    "a reason that is gone": (
        "points explained",
        1,
        ["UPDATE members_activity SET award = jsonb_set(award, '{reasons}', '[]')"],
    ),
    "an activity nobody was told of": (
        "activities said",
        1,
        ["DELETE FROM loyalty_outboxevent WHERE name = 'members.activity_recorded.v1'"],
    ),
}


class TestAudit:
    @pytest.fixture(autouse=True)
    def _recorded(self, shop):
        record_activity(book=shop.book, submission=purchase(), actor="api:kassa", at=NOON)

    def test_finds_nothing_in_activities_that_are_right(self):
        assert differences() == {}

    @pytest.mark.parametrize(("check", "expected", "statements"), DAMAGES.values(), ids=DAMAGES)
    def test_sees_damage_and_blames_one_promise(self, check, expected, statements):
        damage(*statements)

        assert differences() == {check: expected}
