"""A sale at a till from lookup to cancel; figures are exact."""

from datetime import timedelta
from typing import Any

import pytest

from loyalty.models import Account
from members.models import Activity
from rewards.models import TillReceipt
from rewards.sales import Sale
from rewards.services.catalogue import publish_reward, save_reward
from rewards.services.till import cancel_sale, commit_sale
from rewards.services.tills import save_till
from tests.members.shop import CARD, NOON, Shop, open_shop
from tests.rewards.shop import STAFF

pytestmark = pytest.mark.django_db

PAINT_LINES = (
    {"product": "latex", "category": "paint", "amount": "40.00"},
    {"product": "tape", "category": "tools", "amount": "20.00"},
)


class Counter:
    """A till in the shop of tests.members.shop, and Anna at it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.till = save_till(
            programme_id=shop.programme.pk,
            key="till-1",
            name="Till 1",
            location="Utrecht",
            actor=STAFF,
            at=NOON,
        )

    def reward(self, key: str, **said: Any) -> Any:
        values = {"name_nl": key, "name_en": key, "points": 50, **said}
        reward = save_reward(
            programme_id=self.shop.programme.pk, key=key, actor=STAFF, at=NOON, **values
        )
        return publish_reward(reward_id=reward.pk, actor=STAFF, at=NOON)

    def commit(self, receipt: str = "r-1", *, at: Any = NOON, **said: Any) -> Any:
        return commit_sale(till=self.till, receipt=receipt, sale=sale(**said), actor=STAFF, at=at)

    def cancel(self, receipt: str = "r-1", *, at: Any = NOON) -> Any:
        return cancel_sale(till=self.till, receipt=receipt, actor=STAFF, at=at)

    @property
    def balance(self) -> int:
        return Account.objects.get(
            holder=self.shop.anna.holder, unit__code="points", kind="MEMBER"
        ).balance


def sale(**said: Any) -> Sale:
    import msgspec

    return msgspec.convert({"member": CARD, "amount": "30.00"} | said, Sale)


@pytest.fixture
def counter(db: None) -> Counter:
    return Counter(open_shop())


class TestCommitSale:
    def test_records_the_purchase_and_answers_the_same_for_ever(self, counter):
        answer = counter.commit()
        again = counter.commit(at=NOON + timedelta(days=400))

        assert (answer.earned, answer.balance, str(answer.to_pay)) == (30, 30, "30.00")
        assert again == answer
        assert Activity.objects.count() == TillReceipt.objects.count() == 1
        assert counter.balance == 30

    def test_undoes_it_once(self, counter):
        counter.commit()

        undone = counter.cancel()

        assert (undone.taken_back, undone.balance) == (30, 0)
        assert counter.cancel() == undone
        assert counter.balance == 0
