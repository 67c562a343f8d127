"""Forty messages in any order, some twice: the same books, standing and uses in the end (I13)."""

import random
from typing import Any

import pytest
from django.db import connection, transaction

from members.services.activities import record_activities, record_activity
from members.types import ActivitySubmission
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import bought, part, returned, state
from tests.members.shop import NOON, Shop, open_shop

SHUFFLES = 20
RULES: dict[str, dict[str, Any]] = {
    "capped": {
        "schema": 2,
        "trigger": "purchase",
        "conditions": [{"field": "line.category", "operator": "in", "value": ["tools"]}],
        "effects": [{"kind": "fixed", "points": 40}],
        "limits": [{"of": "points", "most": 100, "scope": "member", "period": "month"}],
    },
    "every-third": {
        "schema": 2,
        "trigger": "purchase",
        "conditions": [{"field": "count", "of": "purchase", "operator": "every", "value": 3}],
        "effects": [{"kind": "fixed", "points": 25}],
        "terms": {"pending_days": 14},
    },
    "first": {
        "schema": 2,
        "trigger": "purchase",
        "conditions": [{"field": "count", "of": "purchase", "operator": "equals", "value": 1}],
        "effects": [{"kind": "fixed", "points": 500}],
    },
    "silver": {
        "schema": 2,
        "trigger": "purchase",
        "conditions": [{"field": "member.tier", "operator": "in", "value": ["silver"]}],
        "effects": [{"kind": "multiplier", "factor": "1.5"}],
    },
    "review": {
        "schema": 2,
        "trigger": "review",
        "effects": [{"kind": "fixed", "points": 20}],
        "limits": [{"of": "times", "most": 3, "scope": "member", "period": "month"}],
    },
}
TIERS = {
    "measure": {"kind": "spend"},
    "period": {"kind": "rolling", "months": 12},
    "downgrade": "eligible",
    "on_return": "at_once",
    "tiers": [
        {"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 150},
        {"key": "gold", "name": {"nl": "Goud", "en": "Gold"}, "threshold": 600},
    ],
}


def messages(choose: random.Random) -> list[ActivitySubmission]:
    """Forty: purchases, returns of parts and of the whole, reviews, and some of them twice."""
    said: list[ActivitySubmission] = []
    for n in range(20):
        amounts = [
            f"{choose.randrange(100, 9000) / 100:.2f}" for _ in range(choose.randrange(1, 4))
        ]
        on = 1 + choose.randrange(20)
        said.append(bought(f"b-{n:02}", on, *amounts))
        if n % 3 == 0:
            said.append(returned(f"r-{n:02}", f"b-{n:02}", on + choose.random(), part(1)))
        if n % 6 == 0 and len(amounts) > 1:
            amount = f"{float(amounts[1]) / 2:.2f}"
            said.append(returned(f"s-{n:02}", f"b-{n:02}", on + 1, part(2, amount=amount)))
        if n % 7 == 1 and n % 3:
            said.append(returned(f"w-{n:02}", f"b-{n:02}", on + 0.5))
    while len(said) < 35:
        on = 1 + choose.randrange(20)
        review = bought(f"review-{len(said)}", on, type="review", lines=())
        said.append(review)
    return said + choose.sample(said, 40 - len(said))


def publish(shop: Shop) -> None:
    from loyalty.models import TierSet
    from loyalty.services.configuration import bump_configuration

    for key, document in RULES.items():
        shop.publish(key, document)
    TierSet.objects.create(
        programme=shop.programme,
        key="tiers",
        name_nl="Niveaus",
        name_en="Tiers",
        policy=TIERS,
        is_live=True,
    )
    bump_configuration()


class TestAnyOrder:
    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.django_db
    def test_ends_in_the_same_state(self, seed):
        choose = random.Random(seed)
        shop = open_shop()
        publish(shop)
        said = messages(choose)
        ends = []
        for shuffle in range(SHUFFLES):
            with transaction.atomic():
                choose.shuffle(said)
                for start in range(0, len(said), 8):
                    self._send(shop, said[start : start + 8], in_batch=bool(shuffle % 2))
                ends.append(state(shop))
                assert differences() == {}
                transaction.set_rollback(True)
            connection.cursor().close()

        assert len(said) == 40
        assert all(end == ends[0] for end in ends)
        assert ends[0]["balances"][0][2] > 0

    @staticmethod
    def _send(shop: Shop, said: list[ActivitySubmission], *, in_batch: bool) -> None:
        if in_batch:
            record_activities(book=shop.book, submissions=said, actor="api:kassa", at=NOON)
            return
        for submission in said:
            record_activity(book=shop.book, submission=submission, actor="api:kassa", at=NOON)
