"""Activities that were recorded before rule sets were kept: what they were given stands."""

import pytest

from loyalty.models import RuleSet
from loyalty.services.back_test_check import check_live_rules
from members.models import Activity
from tests.loyalty.ledger.damage import damage
from tests.members.deeds import balance, bought, day, record, returned
from tests.scenarios.shop import OPENED, SILVER_TWICE

pytestmark = pytest.mark.django_db

OLD_SHAPE = """
UPDATE members_activity SET rule_set_id = NULL, facts = '{}',
    award = award - 'grants' - 'uses' - 'tiers'
"""


def test_they_are_as_they_were_given_whatever_the_rules_say_now(ladder):
    record(ladder, bought("b-1", 1, "130.00"))
    record(ladder, bought("b-2", 2, "12.00"))
    damage(OLD_SHAPE, "DELETE FROM loyalty_standing")
    ladder.publish("silver-twice", SILVER_TWICE)
    ladder.stop("base", at=day(3))

    checked = check_live_rules(programme_id=ladder.programme.pk, since=OPENED, until=day(28))

    assert (checked.activities, checked.different) == (2, 0)


def test_their_goods_can_be_returned_and_later_ones_go_on_from_them(plain_shop):
    record(plain_shop, bought("b-1", 1, "30.00"))
    damage(
        OLD_SHAPE,
        "DELETE FROM loyalty_standing",
        "UPDATE loyalty_transfer SET source = 'activity:kassa', external_id = 'b-1'",
    )

    record(plain_shop, returned("r-1", "b-1", 4))
    record(plain_shop, bought("b-2", 5, "12.00"))

    assert balance(plain_shop) == 12
    assert Activity.objects.get(external_id="b-2").rule_set_id == RuleSet.objects.latest("pk").pk
    checked = check_live_rules(programme_id=plain_shop.programme.pk, since=OPENED, until=day(28))
    assert checked.different == 0
