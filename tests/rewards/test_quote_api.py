"""The address of quotes, through HTTP."""

from datetime import UTC, datetime

import pytest

from loyalty.models import EarningRule, EarningRuleVersion
from loyalty.services.configuration import bump_configuration
from tests.rewards.shop import NOON, everything

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def rules(programme) -> None:
    """A point per euro, and fifty more from fifty euros."""
    base = {"kind": "per_amount", "points": 1, "per": "1.00"}
    fifty = {"kind": "fixed", "points": 50}
    large = [{"field": "basket.amount", "operator": "at_least", "value": "50.00"}]
    for key, effect, conditions in (("base", base, []), ("fifty", fifty, large)):
        rule = EarningRule.objects.create(
            programme=programme, key=key, name_nl=key, name_en=key, state="LIVE"
        )
        document = {
            "schema": 1,
            "trigger": "purchase",
            "conditions": conditions,
            "effect": effect,
        }
        EarningRuleVersion.objects.create(
            rule=rule, number=1, document=document, published_at=NOON, actor="test"
        )
    bump_configuration()


class TestQuotes:
    def test_tell_what_a_basket_earns_and_what_it_just_misses(self, shop, rules):
        basket = {"lines": [{"product": "paint", "amount": "46.90"}], "currency": "EUR"}
        before = everything()

        answer = shop.post("quotes", basket)

        body = answer.json()
        assert answer.status_code == 200
        assert (body["points"], body["line_points"], body["rewards"]) == (46, [46], [])
        assert [(r["rule"], r["points"]) for r in body["reasons"]] == [("base", 46)]
        [miss] = body["near_misses"]
        assert miss["rule"] == "fifty"
        assert "3.10" in miss["text"]["en"]
        assert "3,10" in miss["text"]["nl"]
        assert everything() == before

    def test_tell_which_rewards_the_balance_buys_now(
        self, shop, rules, membership_factory, reward_factory
    ):
        membership = membership_factory(points=250)
        reward_factory(key="fits")
        reward_factory(key="dear", points=251)
        reward_factory(key="gone", stock=0)

        answer = shop.post(
            "quotes",
            {
                "member": str(membership.member_id),
                "lines": [{"product": "paint", "amount": "60.00"}],
            },
        )

        body = answer.json()
        assert body["points"] == 110
        assert [reward["key"] for reward in body["rewards"]] == ["fits"]

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"lines": []}, 400, "invalid"),
            ({"member": "card:2990000000019"}, 404, "member_unknown"),
            ({"currency": "USD"}, 400, "currency_mismatch"),
            ({"discount": 1}, 400, "invalid"),
        ],
    )
    def test_refuse(self, shop, rules, changes, status, code):
        basket = {"lines": [{"product": "paint", "amount": "46.90"}]}

        answer = shop.post("quotes", basket | changes)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
