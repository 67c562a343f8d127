"""Points that end a month after the last purchase, through the doors that shops use."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
import pytest

from loyalty.models import Account, Transfer
from loyalty.selectors import balance_card
from loyalty.services.expiry import expire_due_points
from loyalty.services.replay import replay
from members.selectors import account_of
from members.services.activities import record_activities
from members.services.enrolment import enrol_member
from members.services.merging import merge_members
from members.services.parting import part_members
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import balance, bought, day, record
from tests.members.pairs import is_proved

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 2, 1, 12, 0, tzinfo=UTC)
# 2 and 20 November are one stretch, which ended on 20 December; the other two are alive
PURCHASES = {2: "1.00", 20: "10.00", 60: "100.00", 75: "1000.00"}


@pytest.fixture
def shop(plain_shop):
    plain_shop.change(expiry={"kind": "inactivity", "months": 1, "activities": ["purchase"]})
    return plain_shop


def receipt(on: int):
    return bought(f"b-{on}", on, PURCHASES[on])


def test_a_purchase_keeps_all_points_alive_and_a_month_without_ends_them(shop):
    record(shop, receipt(2), at=day(2))
    record(shop, receipt(20), at=day(20))
    account = account_of(shop.anna)
    end = Account.objects.get(pk=account).lapses_at

    assert end == datetime(2026, 12, 20, 23, 0, tzinfo=UTC)
    assert balance_card(account, at=day(49)).points == 11
    assert balance_card(account, at=end).points == 0
    expire_due_points(at=end)
    assert balance(shop) == 0
    assert differences() == {}


@pytest.mark.parametrize("order", list(permutations(PURCHASES)))
def test_any_order_of_arrival_leaves_the_same_points(shop, order):
    for on in order:
        record(shop, receipt(on), at=NOW)
        expire_due_points(at=NOW)

    assert balance_card(account_of(shop.anna), at=NOW).points == 1100
    assert balance(shop) == 1100
    assert differences() == {}


def test_a_batch_leaves_what_single_purchases_leave(shop):
    record_activities(
        book=shop.book,
        submissions=[receipt(on) for on in PURCHASES],
        actor="api:kassa",
        at=NOW,
    )

    assert balance_card(account_of(shop.anna), at=NOW).points == 1100
    expired = Transfer.objects.get(kind="EXPIRE")
    assert (expired.points, expired.effective_at) == (11, datetime(2026, 12, 20, 23, tzinfo=UTC))
    assert differences() == {}


def test_the_history_replays_to_the_same_books(shop):
    for minute, on in enumerate((60, 2, 75, 20)):
        record(shop, receipt(on), at=NOW + timedelta(minutes=2 * minute))
        expire_due_points(at=NOW + timedelta(minutes=2 * minute + 1))

    assert [(part.name, part.first) for part in replay().parts if part.differences] == []


class TestMerged:
    """Two records of one person, each with half of the purchases."""

    @pytest.fixture
    def twin(self, shop):
        return enrol_member(
            programme_id=shop.programme.pk,
            identifiers=["card:2990000000026"],
            given_name="Anna",
            touchpoint="api",
            actor="test",
            at=day(1),
        )

    @pytest.mark.parametrize("mine", [(2, 60), (20, 75), (2, 20), (60, 75), (75,)])
    def test_end_when_one_persons_points_would(self, shop, twin, mine):
        for on in PURCHASES:
            card = {} if on in mine else {"member": "card:2990000000026"}
            record(shop, msgspec.structs.replace(receipt(on), **card), at=NOW)
        expire_due_points(at=NOW)

        merge_members(
            kept_id=shop.anna.member_id,
            absorbed_id=twin.member_id,
            reason="One person",
            actor="test",
            at=NOW + timedelta(hours=1),
        )

        account = account_of(shop.anna)
        assert balance(shop) == balance_card(account, at=NOW).points == 1100
        kept = Account.objects.get(pk=account)
        assert kept.lapses_at == Account.objects.get(holder=twin.holder, kind="MEMBER").lapses_at
        assert differences() == {}
        assert is_proved()

    def test_and_parted_points_live_until_the_later_end(self, shop, twin):
        record(shop, receipt(60), at=day(60))
        other = msgspec.structs.replace(receipt(75), member="card:2990000000026")
        record(shop, other, at=day(75))
        merge = merge_members(
            kept_id=shop.anna.member_id,
            absorbed_id=twin.member_id,
            reason="One person",
            actor="test",
            at=day(76),
        )

        part_members(merge_id=merge.pk, reason="Two", actor="test", at=day(77))

        ends = Account.objects.filter(kind="MEMBER").values_list("lapses_at", flat=True)
        assert (balance(shop), len(set(ends))) == (100, 1)
        assert is_proved()
