"""A shop with rules, rewards and Anna, who signs in; made through the doors that people use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress

from loyalty.models import Category, Programme
from loyalty.services.accounts import open_programme
from loyalty.services.rulebook import current_rulebook
from loyalty.services.rules import draft_rule, publish_rule
from members.models import Activity, Membership, User
from members.services.activities import record_activity
from members.services.enrolment import enrol_member
from members.types import ActivitySubmission, LineSubmission, PointsPaid
from rewards.models import Reward
from rewards.services.catalogue import publish_reward, save_reward, set_stock

CARD = "2990000000019"
STAFF = "staff:jane@example.org"
BASE: dict[str, Any] = {
    "schema": 1,
    "trigger": "purchase",
    "effect": {"kind": "per_amount", "points": 1, "per": "1.00"},
}
PAINT: dict[str, Any] = {
    "schema": 1,
    "trigger": "purchase",
    "conditions": [{"field": "line.category", "operator": "in", "value": ["paint"]}],
    "effect": {"kind": "multiplier", "factor": "2"},
}

_receipts = count(4711)


@dataclass
class Shop:
    """The programme, and what its staff and tills do."""

    programme: Programme
    opened_at: datetime

    def rule(self, key: str, name_nl: str, name_en: str, document: dict[str, Any]) -> None:
        rule = draft_rule(
            programme_id=self.programme.pk,
            key=key,
            name_nl=name_nl,
            name_en=name_en,
            document=document,
            priority=0,
            starts_at=None,
            ends_at=None,
            actor=STAFF,
            at=self.opened_at,
        )
        publish_rule(rule_id=rule.pk, actor=STAFF, at=self.opened_at)

    def reward(self, key: str, points: int, *, stock: int | None = None, **more: Any) -> Reward:
        """A live reward that is called after its key."""
        words = {"name_nl": f"{key.title()} nl", "name_en": f"{key.title()} en"}
        reward = save_reward(
            programme_id=self.programme.pk,
            key=key,
            points=points,
            actor=STAFF,
            at=self.opened_at,
            **{**words, **more},
        )
        if stock is not None:
            set_stock(reward_id=reward.pk, total=stock, actor=STAFF, at=self.opened_at)
        return publish_reward(reward_id=reward.pk, actor=STAFF, at=self.opened_at)

    def sell(
        self,
        amount: str,
        *,
        at: datetime,
        category: str = "tools",
        to: str = f"card:{CARD}",
        points_paid: PointsPaid | None = None,
    ) -> None:
        """Ring up one article for a member."""
        line = LineSubmission(product="article", amount=Decimal(amount), category=category)
        record_activity(
            book=current_rulebook(programme_id=self.programme.pk),
            submission=ActivitySubmission(
                type="purchase",
                member=to,
                source="till",
                external_id=f"sale:{next(_receipts)}",
                occurred_at=at,
                channel="store",
                location="Utrecht",
                lines=(line,),
                points_paid=points_paid,
            ),
            actor="api:till",
            at=at,
        )

    def take_back(self, *, at: datetime, of: str | None = None, to: str = f"card:{CARD}") -> None:
        """Take back the article that was sold last, or the one at that price."""
        sales = Activity.objects.filter(type="purchase", **({"amount": of} if of else {}))
        sale = sales.latest("occurred_at")
        record_activity(
            book=current_rulebook(programme_id=self.programme.pk),
            submission=ActivitySubmission(
                type="return",
                member=to,
                source="till",
                external_id=f"return:{next(_receipts)}",
                original=sale.external_id,
                occurred_at=at,
            ),
            actor="api:till",
            at=at,
        )

    def login(self, email: str) -> User:
        """A login that has proved its address; not yet a member's."""
        user = User.objects.create_user(email)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    def enrol(self, email: str, **changes: Any) -> Membership:
        """A member with a login."""
        said: dict[str, Any] = {"identifiers": [f"email:{email}"], "language": "en"}
        membership: Membership = enrol_member(
            programme_id=self.programme.pk,
            touchpoint="portal",
            user_id=self.login(email).pk,
            verified=True,
            actor=STAFF,
            at=self.opened_at,
            **{**said, **changes},
        )
        return membership


def open_shop(*, at: datetime) -> Shop:
    """Kleur & Co with two rules; one point is worth a cent and lasts two years."""
    opened_at = at - timedelta(days=60)
    programme = Programme(slug="kleur", name="Kleur & Co", point_worth=Decimal("0.01"))
    open_programme(programme=programme, expiry={"kind": "term", "months": 24}, at=opened_at)
    Category.objects.create(programme=programme, key="paint", name_nl="verf", name_en="paint")
    shop = Shop(programme, opened_at)
    shop.rule("purchase", "Punten op elke aankoop", "Points on every purchase", BASE)
    shop.rule("double-paint", "Dubbele punten op verf", "Double points on paint", PAINT)
    return shop
