"""A quote is the purchase before it is made: the same facts, the same engine, nothing kept."""

import msgspec
import pytest

from loyalty.models import Budget
from loyalty.services.configuration import bump_configuration
from members.models import Activity
from members.services.activities import preview_award
from tests.members.deeds import bought, record
from tests.members.shop import NOON

CAPPED = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "fixed", "points": 40}],
    "limits": [
        {"of": "points", "most": 100, "scope": "member", "period": "month"},
        {"scope": "budget", "budget": "autumn"},
    ],
}
THIRD = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "count", "of": "purchase", "operator": "every", "value": 3}],
    "effects": [{"kind": "fixed", "points": 25}],
}


class TestPreviewAward:
    @pytest.mark.parametrize("budget", [1000, 90])
    def test_is_what_the_purchase_then_earns_rule_by_rule(self, shop, budget):
        Budget.objects.create(
            programme=shop.programme, key="autumn", name_nl="n", name_en="n", points=budget
        )
        bump_configuration()
        shop.publish("capped", CAPPED)
        shop.publish("third", THIRD)

        for n in range(5):
            basket = bought(f"b-{n}", n + 1, "12.34", "50.00")
            quoted = preview_award(book=shop.book, submission=basket, at=NOON)
            assert record(shop, basket).award == quoted

    def test_keeps_nothing(self, shop):
        preview_award(book=shop.book, submission=bought("b-1", 1, "10.00"), at=NOON)

        assert Activity.objects.count() == 0

    def test_of_nobody_is_what_anybody_would_get(self, shop):
        basket = msgspec.structs.replace(bought("b-1", 1, "10.00"), member="")

        assert preview_award(book=shop.book, submission=basket, at=NOON).points == 10
