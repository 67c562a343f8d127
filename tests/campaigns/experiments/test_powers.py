from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns.services.powers import detectable
from loyalty.models import Programme
from loyalty.services.accounts import open_programme
from tests.campaigns.experiments.shop import AFTER, START, buys, some_members


@pytest.fixture
def programme(db: None) -> Programme:
    programme = Programme(slug="shop", name="Shop", point_worth=Decimal("0.01"))
    return open_programme(programme=programme, at=START - timedelta(days=100)).programme


def said(programme, **changes):
    asked = {"goal": "SPEND", "goal_days": 28, "holdout": 10, "audience": 1_000, **changes}
    return detectable(programme_id=programme.pk, at=AFTER, **asked)


@pytest.fixture
def bought(programme):
    """Of ten members, five spent 10 to 50 in the last weeks."""
    for at, member in enumerate(some_members(programme, 10)):
        if at < 5:
            buys(member, f"{(at + 1) * 10}.00", days=50)


class TestDetectable:
    def test_is_reckoned_from_what_members_did_lately(self, programme, bought):
        found = said(programme)

        spread = (sum((y - 15) ** 2 for y in [10, 20, 30, 40, 50]) + 5 * 15**2) / 9
        assert found.mean == 15
        assert found.smallest == pytest.approx(
            2.8016 * (spread * (1 / 900 + 1 / 100)) ** 0.5, rel=1e-4
        )
        assert found.part == pytest.approx(found.smallest / 15)

    def test_says_how_many_must_enter_to_find_a_tenth(self, programme, bought):
        needed = said(programme).needed

        assert said(programme, audience=needed).part == pytest.approx(0.1, rel=1e-3)

    def test_says_nothing_when_nobody_is_held_out(self, programme, bought):
        found = said(programme, holdout=0)

        assert (found.smallest, found.part, found.needed) == (None, None, None)

    def test_says_nothing_when_nobody_did_anything(self, programme):
        assert said(programme) == (0, None, None, None)

    def test_takes_one_query(self, programme, bought, django_assert_num_queries):
        with django_assert_num_queries(1):
            said(programme)
