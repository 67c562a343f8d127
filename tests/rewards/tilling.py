"""A till in the shop of tests.members.shop, with Anna at it."""

from datetime import timedelta
from typing import Any

import msgspec

from loyalty.models import Account
from members.services.activities import record_activity
from members.types import ActivitySubmission
from rewards.models import Redemption, Reward, Till, Voucher
from rewards.sales import CancelAnswer, Found, Sale, SaleAnswer, SaleQuote
from rewards.services.catalogue import publish_reward, save_reward
from rewards.services.redemption import redeem_reward
from rewards.services.till import cancel_sale, commit_sale, lookup, quote_sale
from rewards.services.tills import save_till
from tests.members.shop import CARD, NOON, Shop

STAFF = "staff:jane@example.org"
FIVE_OFF = {"kind": "DISCOUNT", "terms": {"amount": "5.00", "minimum": "20.00"}}
POINTS_PAY = {"kind": "TENDER", "points": 0, "terms": {"point_worth": "0.01", "step": 100}}


class Counter:
    """What a cashier does."""

    def __init__(self, shop: Shop, key: str = "till-1") -> None:
        self.shop = shop
        self.till: Till = save_till(
            programme_id=shop.programme.pk,
            key=key,
            name=key,
            location="Utrecht",
            actor=STAFF,
            at=NOON,
        )

    def reward(self, key: str, **said: Any) -> Reward:
        values = {"name_nl": key, "name_en": key, "points": 50, **said}
        reward = save_reward(
            programme_id=self.shop.programme.pk, key=key, actor=STAFF, at=NOON, **values
        )
        return publish_reward(reward_id=reward.pk, actor=STAFF, at=NOON)

    def earn(self, euros: int, receipt: str = "before") -> None:
        """Let Anna buy for so much, an hour before."""
        record_activity(
            book=self.shop.book,
            submission=ActivitySubmission(
                type="purchase",
                member=CARD,
                external_id=receipt,
                source="before",
                occurred_at=NOON - timedelta(hours=1),
                amount=str(euros),
            ),
            actor="test",
            at=NOON,
        )

    def voucher(self, reward: Reward, key: str = "k") -> Voucher:
        """Redeemed by Anna in the portal."""
        redemption: Redemption = redeem_reward(
            membership_id=self.shop.anna.pk,
            reward_id=reward.pk,
            request_key=key,
            channel="web",
            actor="member:anna",
            at=NOON,
        )
        return Voucher.objects.get(redemption=redemption)

    def lookup(self, scanned: str) -> Found:
        return lookup(till=self.till, scanned=scanned, at=NOON)

    def quote(self, **said: Any) -> SaleQuote:
        more = {name: said.pop(name) for name in ("reserves", "hold") if name in said}
        return quote_sale(till=self.till, sale=sale(**said), at=NOON, **more)

    def commit(self, receipt: str = "r-1", *, at: Any = NOON, **said: Any) -> SaleAnswer:
        more = {name: said.pop(name) for name in ("hold",) if name in said}
        return commit_sale(
            till=self.till, receipt=receipt, sale=sale(**said), actor=STAFF, at=at, **more
        )

    def cancel(self, receipt: str = "r-1", *, at: Any = NOON) -> CancelAnswer:
        return cancel_sale(till=self.till, receipt=receipt, actor=STAFF, at=at)

    @property
    def balance(self) -> int:
        account = Account.objects.get(
            holder=self.shop.anna.holder, unit__code="points", kind="MEMBER"
        )
        return account.balance


def sale(**said: Any) -> Sale:
    """As a body that came in: Anna buys for thirty euros unless it says otherwise."""
    return msgspec.convert({"member": CARD, "amount": "30.00"} | said, Sale)
