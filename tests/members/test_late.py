"""What comes in late is judged in its place, and so is what happened after it."""

from django.db import connection

from loyalty.models import Programme, Standing
from loyalty.services.programmes import change_programme
from loyalty.services.rules import stop_rule
from loyalty.types import EarningBase, Rounding
from members.explanations import explanation
from members.models import Activity
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import balance, bought, part, record, returned, revisions
from tests.members.shop import NOON

FIRST = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "count", "of": "purchase", "operator": "equals", "value": 1}],
    "effects": [{"kind": "fixed", "points": 500}],
}


class TestLateArrival:
    def test_takes_the_bonus_for_the_first_purchase_with_it(self, shop):
        shop.publish("first", FIRST)
        record(shop, bought("b-2", 2, "10.00"))

        late = record(shop, bought("b-1", 1, "10.00"))

        assert late.award.points == 510
        assert balance(shop) == 520
        assert revisions() == [("b-2", 1, 10)]
        assert Standing.objects.get().document["counts"] == {"purchase": 2}
        assert differences() == {}

    def test_of_the_very_same_moment_goes_by_its_key(self, shop):
        shop.publish("first", FIRST)
        record(shop, bought("b-2", 1, "10.00"))

        record(shop, bought("b-1", 1, "10.00"))

        assert revisions() == [("b-2", 1, 10)]
        assert balance(shop) == 520

    def test_in_order_revises_nothing(self, shop):
        shop.publish("first", FIRST)
        record(shop, bought("b-1", 1, "10.00"))

        record(shop, bought("b-2", 1, "10.00"))

        assert revisions() == []
        assert balance(shop) == 520

    def test_is_taken_up_from_before_standings_were_kept(self, shop):
        shop.publish("first", FIRST)
        record(shop, bought("b-1", 1, "10.00"))
        with connection.cursor() as cursor:  # as an upgrade leaves it
            cursor.execute("SET ROLE NONE; SET session_replication_role = replica")
            cursor.execute(
                "UPDATE members_activity SET rule_set_id = NULL, facts = '{}',"
                " award = award - 'grants' - 'uses'"
            )
            cursor.execute(
                "UPDATE loyalty_transfer SET source = 'activity:kassa', external_id = 'b-1'"
            )
            cursor.execute("DELETE FROM loyalty_standing")
            cursor.execute("SET session_replication_role = DEFAULT; SET ROLE trouw_app")

        record(shop, bought("b-2", 2, "10.00"))
        record(shop, returned("r-1", "b-1", 3))

        assert balance(shop) == 10
        assert differences() == {}


class TestExplanation:
    def test_equals_what_is_booked_whatever_has_changed_since(self, shop):
        shop.publish("first", FIRST)
        record(shop, bought("b-2", 2, "30.95", "60.00"))
        record(shop, bought("b-1", 1, "10.00"))
        record(shop, returned("r-1", "b-2", 3, part(2, amount="20.00")))
        before = self._told()

        for rule in shop.programme.earning_rules.all():
            stop_rule(rule_id=rule.pk, actor="test", at=NOON)
        self._change(shop)

        assert self._told() == before
        assert sum(points for points, _texts in before.values()) == balance(shop)
        assert all(
            points == sum(reason.points for reason in told.reasons)
            for points, told in self._awards().values()
        )

    @staticmethod
    def _change(shop):
        programme = shop.programme
        change_programme(
            programme_id=programme.pk,
            name="Other",
            point_worth=programme.point_worth,
            rounding=Rounding.CEILING,
            expiry={"kind": "never"},
            base=EarningBase(points_tender=True),
            return_policy=Programme.ReturnPolicy.WRITE_OFF,
            goodwill_days=0,
            transfer_limit=None,
            brand_colour=programme.brand_colour,
            accent_colour=programme.accent_colour,
            actor="test",
            at=NOON,
        )

    @staticmethod
    def _told():
        found = {}
        for activity in Activity.objects.exclude(type="return"):
            told = explanation(activity.pk, "en")
            found[activity.external_id] = (told.points, [each.text for each in told.reasons])
        return found

    @staticmethod
    def _awards():
        told = {
            activity.external_id: explanation(activity.pk, "en")
            for activity in Activity.objects.exclude(type="return")
        }
        return {key: (each.points, each.award) for key, each in told.items()}
