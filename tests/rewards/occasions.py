"""A shop with members, rewards, occasions and stamp cards, in which time goes by."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from loyalty.events.bus import dispatch_pending
from loyalty.models import EventFailure
from members.models import Membership
from members.services.activities import record_activity
from members.types import ActivitySubmission, RecordedActivity
from rewards.models import Grant, Occasion, Reward, StampCard
from rewards.services.catalogue import publish_reward, save_reward, set_stock
from rewards.services.occasions import OccasionDraft, publish_occasion, save_occasion
from rewards.services.stamp_cards import StampCardDraft, publish_stamp_card, save_stamp_card
from tests.members.shop import CARD, NOON, Shop

STAFF = "staff:1"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

_receipts = count(1)


@dataclass
class Town:
    """The shop, and the time there."""

    shop: Shop
    now: datetime = NOON + MINUTE

    @property
    def anna(self) -> Membership:
        return self.shop.anna

    def reward(self, key: str = "brush", *, stock: int | None = None, **said: Any) -> Reward:
        values = {"name_nl": "Kwast", "name_en": "Brush", "points": 250, **said}
        reward = save_reward(
            programme_id=self.shop.programme.pk, key=key, actor=STAFF, at=self.now, **values
        )
        if stock is not None:
            set_stock(reward_id=reward.pk, total=stock, actor=STAFF, at=self.now)
        return publish_reward(reward_id=reward.pk, actor=STAFF, at=self.now)

    def card(self, reward: Reward, key: str = "coffee", **said: Any) -> StampCard:
        values = {"name_nl": "Koffiekaart", "name_en": "Coffee card", "stamps": 3}
        card = save_stamp_card(
            programme_id=self.shop.programme.pk,
            card=StampCardDraft(
                key=key,
                reward_id=reward.pk,
                **{**values, "collect": {"by": "purchase"}, **said},
            ),
            actor=STAFF,
            at=self.now,
        )
        return publish_stamp_card(
            programme_id=self.shop.programme.pk, card_id=card.pk, actor=STAFF, at=self.now
        )

    def occasion(self, moment: str, *rewards: Reward, **said: Any) -> Occasion:
        values = {"key": "hello", "name_nl": "Hallo", "name_en": "Hello", "way": "GIVE"}
        draft = OccasionDraft(
            moment=moment, rewards={reward.pk: 1 for reward in rewards}, **{**values, **said}
        )
        programme = self.shop.programme.pk
        occasion = save_occasion(programme_id=programme, occasion=draft, actor=STAFF, at=self.now)
        return publish_occasion(
            programme_id=programme, occasion_id=occasion.pk, actor=STAFF, at=self.now
        )

    def buys(self, amount: str = "10.00", **said: Any) -> RecordedActivity:
        """Something is bought a minute later, and what has happened is told to who listens."""
        self.now += MINUTE
        values: dict[str, Any] = {
            "type": "purchase",
            "member": CARD,
            "external_id": f"receipt-{next(_receipts)}",
            "occurred_at": self.now,
            "amount": amount,
        }
        if "lines" in said:
            values.pop("amount")
        recorded = record_activity(
            book=self.shop.book,
            submission=ActivitySubmission(**{**values, **said}),
            actor="api:till",
            at=self.now,
        )
        self.tells()
        return recorded

    def returns(self, receipt: str) -> None:
        """All of it comes back a minute later."""
        self.buys(type="return", amount=None, original=receipt)

    def tells(self) -> None:
        """What has happened is told to who listens; none of them fails."""
        while dispatch_pending(at=self.now):
            pass
        assert list(EventFailure.objects.values_list("subscriber", "error")) == []

    def given(self) -> list[tuple[str, str, str]]:
        """What Anna was given: for what, what it is, and what became of it."""
        mine = Grant.objects.filter(membership=self.anna).order_by("granted_at", "key")
        return [
            (each.key, each.reward.key if each.reward else "", each.state)
            for each in mine.select_related("reward")
        ]


__all__ = ["CARD", "DAY", "HOUR", "MINUTE", "NOON", "STAFF", "UTC", "Town"]
