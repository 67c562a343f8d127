"""K18 to K20, K33 and K34 of the bugs that real loyalty systems had: levels and reasons."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from loyalty.models import Standing
from loyalty.services.adjustments import adjust_points
from loyalty.services.expiry import expire_due_points
from loyalty.services.spending import spend_points
from members.selectors import account_of, member_statement
from members.services.profiles import change_profile
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import bought, record, returned
from tests.members.shop import NOON
from tests.scenarios.shop import SILVER_TWICE

pytestmark = pytest.mark.django_db


def tier_after(answer):
    return answer.tiers.get("main", "")


def test_k18_gold_stays_gold_when_points_are_spent_or_lapse(ladder):
    ladder.change(expiry={"kind": "term", "days": 5})
    before = record(ladder, bought("b-1", 1, "500.00"), at=NOON.replace(day=1))
    spend_points(
        account_id=account_of(ladder.anna),
        points=300,
        source="webshop",
        external_id="w-1",
        reasons=[],
        actor="api:webshop",
        at=NOON.replace(day=2),
    )
    expire_due_points(at=NOON)

    after = record(ladder, bought("b-2", 22, "1.00"))

    assert (tier_after(before), tier_after(after)) == ("gold", "gold")


def test_k19_a_correction_by_hand_or_a_new_name_moves_no_tier_and_freezes_none(ladder):
    record(ladder, bought("b-1", 1, "100.00"))
    adjust_points(
        account_id=account_of(ladder.anna),
        points=1000,
        reason="Excuses",
        actor="staff:1",
        at=NOON,
        key="sorry",
    )
    change_profile(member_id=ladder.anna.member_id, actor="staff:1", at=NOON, given_name="Anne")

    corrected = record(ladder, bought("b-2", 20, "1.00"))
    climbed = record(ladder, bought("b-3", 21, "400.00"))

    assert (corrected.tiers, climbed.tiers) == ({"main": "silver"}, {"main": "gold"})


@pytest.mark.parametrize(
    ("first", "tier", "second"),
    [("99.00", "", 10), ("100.00", "silver", 20), ("101.00", "silver", 20)],
)
def test_k20_a_tiers_rate_begins_with_the_purchase_after_the_threshold(ladder, first, tier, second):
    ladder.publish("silver-twice", SILVER_TWICE)

    crossing = record(ladder, bought("b-1", 1, first))
    after = record(ladder, bought("b-2", 2, "10.00"))

    assert crossing.award.points == int(float(first))  # by the rate before it
    assert tier_after(crossing) == tier
    assert after.award.points == second


def test_k20_a_return_below_the_threshold_takes_the_tier(ladder):
    record(ladder, bought("b-1", 1, "99.00"))
    at_threshold = record(ladder, bought("b-2", 2, "1.00"))
    record(ladder, returned("r-2", "b-2", 3))

    below = record(ladder, bought("b-3", 4, "0.50"))

    assert (tier_after(at_threshold), tier_after(below)) == ("silver", "")


def test_k33_every_movement_says_why(shop):
    record(shop, bought("b-1", 1, "30.00", "30.00"))
    record(shop, returned("r-1", "b-1", 2))
    adjust_points(
        account_id=account_of(shop.anna),
        points=5,
        reason="Excuses voor de wachttijd",
        actor="staff:1",
        at=NOON,
        key="sorry",
    )

    lines = member_statement(shop.anna)

    assert len(lines) == 3
    assert all(reason.name["nl"] and reason.name["en"] for line in lines for reason in line.reasons)
    assert [bool(line.reasons) for line in lines] == [True, True, True]


def test_k34_what_is_kept_equals_what_the_events_make_of_it(ladder, capsys):
    for n in range(1, 8):
        record(ladder, bought(f"b-{n}", n, "60.00"))
    record(ladder, returned("r-3", "b-3", 9))

    call_command("audit")

    assert differences() == {}
    assert Standing.objects.get().last_at == datetime(2026, 11, 9, 12, 0, tzinfo=UTC)
