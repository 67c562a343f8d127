import pytest

from loyalty.models import Budget
from loyalty.services.configuration import bump_configuration
from members.services.activities import record_activity
from tests.loyalty.ledger.damage import damage, differences
from tests.members.deeds import bought, paid, part, record, returned
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

        assert differences(quick=True) == {check: expected}


RETURNED = {
    "more that came back than was bought": (
        "I9 returns",
        2,  # both sales
        ["UPDATE members_activityline SET quantity = 5 WHERE of_line IS NOT NULL"],
    ),
    "points that had paid given back twice": (
        "I9 returns",
        2,  # both sales
        ["UPDATE members_activityrevision SET award = jsonb_set(award, '{restored}', '20')"],
    ),
    "a return of another return": (
        "I9 returns",
        1,
        ["UPDATE members_activity SET original = 'kassa:r-2' WHERE external_id = 'r-1'"],
    ),
    "more used of a limit than activities use": (
        "I18 shared limits",
        1,
        ["UPDATE loyalty_limituse SET used = used - 1"],
    ),
    "a budget that was never that large": (
        "I18 budgets",
        1,
        ["UPDATE loyalty_ruleset SET document = jsonb_set(document, '{budgets}', '{}')"],
    ),
    "a purchase of a day to come": (
        "I14 activities",
        1,
        [
            "UPDATE members_activity SET occurred_at = recorded_at + interval '1 day'"
            " WHERE external_id = 'b-2'"
        ],
    ),
    "a revision without a cause": (
        "I14 activities",
        2,  # both sales
        ["UPDATE members_activityrevision SET cause = gen_random_uuid() WHERE number = 1"],
    ),
    "the right to take revisions away": (
        "I5 closed activities",
        1,
        ["GRANT DELETE ON members_activityrevision TO trouw_app"],
    ),
}


class TestAuditOfReturns:
    @pytest.fixture(autouse=True)
    def _returned(self, shop):
        """A purchase within a budget, one paid with points, and parts of it that came back."""
        Budget.objects.create(
            programme=shop.programme, key="autumn", name_nl="n", name_en="n", points=15
        )
        bump_configuration()
        shop.publish(
            "autumn",
            {
                "schema": 2,
                "trigger": "purchase",
                "effects": [{"kind": "fixed", "points": 10}],
                "limits": [{"scope": "budget", "budget": "autumn"}],
            },
        )
        record(shop, bought("b-1", 1, "60.00"))
        record(shop, bought("b-2", 2, "20.00", "20.00", points_paid=paid(20, "2.00")))
        record(shop, returned("r-1", "b-2", 3, part(1)))
        record(shop, returned("r-2", "b-1", 4, part(1, amount="10.00")))

    def test_finds_nothing_when_all_is_right(self):
        assert differences() == {}

    @pytest.mark.parametrize(("check", "expected", "statements"), RETURNED.values(), ids=RETURNED)
    def test_sees_damage_and_blames_one_promise(self, check, expected, statements):
        damage(*statements)

        assert differences(quick=True) == {check: expected}


JUDGED = {
    "a basket that was another": (
        "explained again",
        "UPDATE members_activityline SET amount = amount * 2",
    ),
    "a member who did more": (
        "I15 standings",
        "UPDATE loyalty_standing SET document = jsonb_set(document, '{counts,purchase}', '9')",
    ),
    "a member without a standing": ("I15 standings", "DELETE FROM loyalty_standing"),
}


class TestAuditByJudgingAgain:
    @pytest.mark.parametrize(("check", "statement"), JUDGED.values(), ids=JUDGED)
    def test_sees_damage_that_no_query_sees(self, shop, check, statement):
        record_activity(book=shop.book, submission=purchase(), actor="api:kassa", at=NOON)

        damage(statement)

        assert differences(quick=True) == {}
        assert differences() == {check: 1}
