"""What rewards do: the figures add up, and are counted in few queries."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from members.models import Membership
from rewards.funnel import reward_insight
from tests.console.conftest import NOON
from tests.console.rewarding import a_reward, a_voucher, days, taken
from tests.console.rules import text

PAGE = "/console/rewards/redemption/insight/"
ASKED = f"{PAGE}?starts_on=2026-11-16&ends_on=2026-12-06"
SignIn = Callable[..., Any]


@pytest.fixture(autouse=True)
def _uncounted(db: None) -> None:
    cache.clear()


@pytest.fixture
def full(anna: Membership, programme: Programme) -> None:
    """Of one reward four were taken: received, used, waiting, returned; another is only live."""
    brush = a_reward(programme, name_en="Brush", cost=Decimal("1.50"))
    a_reward(programme, name_en="Paint")
    taken(anna, brush, state="FULFILLED")
    a_voucher(taken(anna, brush, redeemed_at=days(7)), uses=1, used_at=NOON, state="USED")
    a_voucher(taken(anna, brush, redeemed_at=days(7)))
    taken(anna, brush, state="RETURNED", ended_at=NOON)
    other = Programme.objects.create(slug="other", name="Other")
    taken(anna, a_reward(other, name_en="Theirs"))


class TestRewardInsight:
    def test_counts_what_became_of_each_and_what_it_cost(
        self,
        programme: Programme,
        full: None,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        with django_assert_max_num_queries(3):
            insight = reward_insight(
                programme, since=NOON - timedelta(days=6), until=days(14), at=NOON
            )

        brush, paint = insight.rewards
        assert (brush.taken, brush.received, brush.given_up, brush.waiting) == (4, 2, 1, 1)
        assert (brush.points, brush.worth, brush.cost) == (750, Decimal("7.50"), Decimal("3.00"))
        assert (paint.taken, paint.worth, paint.cost) == (0, Decimal("0.00"), None)
        assert insight.offered == 2
        assert [(week.taken, week.received) for week in insight.weeks] == [(2, 1), (2, 1), (0, 0)]

    def test_of_another_kind_or_period_counts_nothing(
        self, programme: Programme, full: None
    ) -> None:
        since, until = NOON - timedelta(days=6), days(14)
        donated = reward_insight(programme, since=since, until=until, at=NOON, kind="DONATION")
        later = reward_insight(programme, since=until, until=until + timedelta(days=7), at=NOON)
        assert (donated.taken, donated.rewards) == (0, [])
        assert later.taken == 0


class TestThePage:
    def test_shows_the_figures_with_a_table_behind(
        self,
        client: Client,
        sign_in: SignIn,
        full: None,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("finance")
        with django_assert_max_num_queries(14):
            shown = text(client.get(ASKED))
        assert "Brush" in shown
        assert "€7.50" in shown
        assert "€3.00" in shown
        assert "Theirs" not in shown
        assert "Counted anew every five minutes." in shown

    @pytest.mark.parametrize(
        "wrong", ["starts_on=never", "starts_on=2026-12-31&ends_on=2026-01-01"]
    )
    def test_a_wrong_period_shows_no_figures(
        self, client: Client, sign_in: SignIn, full: None, wrong: str
    ) -> None:
        sign_in("finance")
        answer = client.get(f"{PAGE}?{wrong}")
        assert answer.context["form"].errors
        assert "Brush" not in text(answer)

    def test_without_anything_says_so(self, client: Client, sign_in: SignIn) -> None:
        sign_in("marketer")
        assert "No reward was taken in this period." in text(client.get(PAGE))

    def test_is_not_the_cashiers(self, client: Client, sign_in: SignIn) -> None:
        sign_in("cashier")
        assert client.get(PAGE).status_code == 403
