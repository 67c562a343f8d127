import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from loyalty.services import trying_out
from loyalty.services.rule_sets import document_of
from loyalty.services.trying_out import try_out
from tests.loyalty.services.lives import (
    FIFTH,
    Lives,
    day,
    doubled,
    earning,
    fixed,
    holder,
    with_rule,
)

pytestmark = pytest.mark.django_db


def tried(lives: Lives, draft: dict[str, Any], *, since: int = 0, until: int = 300) -> Any:
    return try_out(
        programme=lives.programme,
        draft=draft,
        since=day(since) - timedelta(hours=1),
        until=day(until),
    )


class TestTryOut:
    def test_gives_the_live_rules_what_they_gave(self, lives):
        lives.publish("fifth", earning(fixed(100), FIFTH))
        for number in range(12):
            sale = lives.buy(number % 2, f"{number + 1}.00", day=number)
            if number % 5 == 0:
                lives.bring_back(number % 2, sale, day=40 + number, quantity=1)

        figures = tried(lives, document_of(lives.programme.pk))

        assert (figures.activities, figures.changed) == (12, 0)
        assert figures.cost.live == figures.cost.draft > 200

    def test_counts_a_sale_that_came_back_for_what_is_kept_of_it(self, lives):
        half = lives.buy(0, "10.00", day=1)
        whole = lives.buy(0, "7.00", day=2)
        lives.bring_back(0, half, day=3, quantity=1)
        lives.bring_back(0, whole, day=4)

        figures = tried(lives, doubled(lives))

        assert (figures.cost.live, figures.cost.draft) == (5, 10)
        assert figures.activities == 2

    def test_forgets_returns_from_after_the_period(self, lives):
        sale = lives.buy(0, "10.00", day=1)
        lives.bring_back(0, sale, day=50)

        figures = tried(lives, doubled(lives), until=40)

        assert (figures.cost.live, figures.cost.draft) == (10, 20)

    def test_lets_members_start_where_they_stood(self, lives):
        draft = with_rule(lives, "fifth", earning(fixed(100), FIFTH))
        for number in range(5):
            lives.buy(0, "1.00", day=number)

        figures = tried(lives, draft, since=4)

        assert (figures.activities, figures.cost.live, figures.cost.draft) == (1, 1, 101)

    def test_shares_a_budget_among_members_in_order_of_happening(self, lives):
        limit = {"of": "points", "scope": "budget", "budget": "autumn", "period": "ever"}
        draft = with_rule(
            lives, "gift", earning(fixed(60), limits=[limit]), budgets={"autumn": 100}
        )
        lives.buy(1, "1.00", day=1)
        lives.buy(0, "1.00", day=2)
        lives.buy(1, "1.00", day=3)

        figures = tried(lives, draft)

        assert figures.order == "moment"
        gift = next(rule for rule in figures.rules if rule.rule == "gift")
        assert (gift.live, gift.draft) == (0, 100)
        assert {w.holder: w.change for w in figures.members.top_winners} == {
            str(holder(1)): 60,
            str(holder(0)): 40,
        }

    def test_frees_a_budget_when_goods_come_back(self, lives):
        limit = {"of": "points", "scope": "budget", "budget": "autumn", "period": "ever"}
        draft = with_rule(lives, "gift", earning(fixed(60), limits=[limit]), budgets={"autumn": 60})
        sale = lives.buy(0, "1.00", day=1)
        lives.bring_back(0, sale, day=2)
        lives.buy(1, "1.00", day=3)

        figures = tried(lives, draft)

        assert [(w.holder, w.change) for w in figures.members.top_winners] == [(str(holder(1)), 60)]

    def test_tells_the_same_in_both_orders_when_nothing_is_shared(self, lives, monkeypatch):
        chosen = random.Random(3)
        lives.publish("fifth", earning(fixed(100), FIFTH))
        for number in range(120):
            member = chosen.randrange(6)
            sale = lives.buy(member, f"{chosen.randrange(1, 90)}.00", day=number)
            if chosen.random() < 0.3:
                lives.bring_back(member, sale, day=number + chosen.randrange(40))
        draft = with_rule(
            lives,
            "treat",
            earning(
                fixed(7), limits=[{"of": "times", "most": 2, "scope": "member", "period": "month"}]
            ),
        )
        by_member = tried(lives, draft, since=30)
        monkeypatch.setattr(trying_out, "shares_limits", lambda _rules: True)

        by_moment = tried(lives, draft, since=30)

        assert (by_member.order, by_moment.order) == ("member", "moment")
        assert by_member.changed > 20
        assert msgspec.structs.replace(by_moment, order="member") == by_member

    def test_tells_how_members_move_between_tiers(self, lives):
        tiers = {
            "measure": {"kind": "points"},
            "period": {"kind": "rolling", "months": 12},
            "tiers": [{"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 15}],
        }
        named = {"key": "main", "name": {"nl": "Trap", "en": "Ladder"}, "policy": tiers}
        lives.buy(0, "10.00", day=1)
        lives.buy(1, "7.00", day=2)

        figures = tried(lives, doubled(lives) | {"tier_sets": [named]})

        [move] = figures.tier_moves
        assert (move.tier_set, move.before, move.after) == ("main", "", "silver")
        assert (move.live, move.draft) == (0, 1)
        [ended] = figures.tier_members
        assert (ended.of, ended.key, ended.live, ended.draft) == ("main", "silver", 0, 1)

    def test_takes_what_was_spent_off_the_liability(self, lives):
        lives.buy(0, "10.00", day=1)
        figures = tried(lives, doubled(lives))

        assert (figures.liability.live, figures.liability.draft) == (10, 20)

    def test_lets_lapse_what_the_policies_let_lapse(self, lives):
        lives.buy(0, "10.00", day=1)
        draft = document_of(lives.programme.pk)
        draft["units"]["points"]["expiry"] = {"kind": "term", "days": 30}

        figures = tried(lives, draft)

        assert (figures.liability.live, figures.liability.draft) == (10, 0)
