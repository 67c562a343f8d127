"""Why a member cannot have a reward: the codes, their numbers and their words."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.errors import InsufficientPoints
from rewards.eligibility import MemberStanding, Refusal, price_of, refusals_of, refused, tell
from rewards.errors import LimitReached, NotForYou, OtherPlace, RewardSoldOut, RewardUnavailable
from rewards.kinds import read_terms
from rewards.models import Reward
from tests.rewards.shop import NOON

ZONE = ZoneInfo("Europe/Amsterdam")
SECOND = timedelta(seconds=1)


def reward(**changes: Any) -> Reward:
    return Reward(**{"state": "LIVE", "points": 250, "kind": "GIFT", **changes})


def codes(
    of: Reward, standing: MemberStanding | None = None, *, at: datetime = NOON, **where: Any
) -> list[str]:
    standing = standing or MemberStanding(usable=250)
    found = refusals_of(of, read_terms(of.kind, of.terms), standing, at=at, **where)
    return [refusal.code for refusal in found]


class TestRefusalsOf:
    def test_are_none_for_who_can_have_it(self):
        assert codes(reward()) == []

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"state": "DRAFT"}, "not_live"),
            ({"state": "STOPPED"}, "not_live"),
            ({"is_listed": False}, "not_listed"),
            ({"available_from": NOON + SECOND}, "not_yet"),
            ({"available_until": NOON}, "over"),
            ({"segments": ["renovators"]}, "not_your_segment"),
            ({"tiers": ["gold"]}, "not_your_tier"),
            ({"channels": ["store"]}, "other_channel"),
            ({"locations": ["utrecht"]}, "other_location"),
            ({"limit_per_member": 1}, "limit_reached"),
            ({"points": 251}, "missing_points"),
        ],
    )
    def test_name_what_is_in_the_way(self, changes, code):
        standing = MemberStanding(usable=250, taken=1)

        said = codes(reward(**changes), standing, channel="web", location="amersfoort")

        assert said == [code]

    def test_are_none_at_the_very_ends_of_the_window(self):
        window = reward(available_from=NOON, available_until=NOON + SECOND)

        assert codes(window) == []
        assert codes(window, at=NOON + SECOND) == ["over"]

    def test_are_none_for_who_is_in_one_of_the_groups(self):
        asked = reward(tiers=["gold", "silver"], segments=["renovators"], channels=["store"])
        standing = MemberStanding(
            usable=250, tiers=frozenset(["silver"]), segments=frozenset(["renovators", "x"])
        )

        assert codes(asked, standing, channel="till", location="utrecht") == []

    def test_come_the_gravest_first(self):
        asked = reward(points=300, limit_per_member=1, tiers=["gold"])
        standing = MemberStanding(usable=250, taken=1, left=0)

        assert codes(asked, standing) == [
            "not_your_tier",
            "limit_reached",
            "sold_out",
            "missing_points",
        ]

    def test_of_what_is_given_are_of_time_and_stock_alone(self):
        asked = reward(is_listed=False, tiers=["gold"], limit_per_member=1, channels=["store"])
        standing = MemberStanding(usable=0, taken=1, left=0)

        assert codes(asked, standing, channel="web", is_given=True) == ["sold_out"]

    def test_of_an_event_that_has_begun_are_that_it_is_over(self):
        event = {"starts_at": NOON, "ends_at": NOON + SECOND, "venue": "Utrecht"}
        held = reward(kind="EXPERIENCE", terms=event)

        assert codes(held, at=NOON - SECOND) == []
        assert codes(held) == ["over"]


class TestPriceOf:
    def test_is_the_least_that_the_members_tiers_ask(self):
        asked = reward(points=500, tier_points={"gold": 400, "silver": 450})
        terms = read_terms("GIFT", {})

        prices = [
            price_of(asked, terms, frozenset(tiers))
            for tiers in ([], ["silver"], ["silver", "gold"])
        ]

        assert prices == [500, 450, 400]

    def test_of_a_tender_is_the_fewest_whole_steps(self):
        terms = read_terms("TENDER", {"point_worth": "0.01", "step": 50, "at_least": 120})

        assert price_of(reward(kind="TENDER", points=0), terms, frozenset()) == 150


class TestRefused:
    @pytest.mark.parametrize(
        ("refusal", "error", "code"),
        [
            (Refusal(code="not_live"), RewardUnavailable, "reward_unavailable"),
            (Refusal(code="over"), RewardUnavailable, "reward_unavailable"),
            (Refusal(code="sold_out"), RewardSoldOut, "reward_sold_out"),
            (Refusal(code="limit_reached", params={"limit": 2}), LimitReached, "limit_reached"),
            (
                Refusal(code="missing_points", params={"missing": 5}),
                InsufficientPoints,
                "insufficient_points",
            ),
            (Refusal(code="not_your_segment"), NotForYou, "reward_not_for_member"),
            (
                Refusal(code="other_channel", params={"channels": ["store"]}),
                OtherPlace,
                "reward_elsewhere",
            ),
        ],
    )
    def test_is_the_error_that_a_deed_raises(self, refusal, error, code):
        raised = refused(refusal)

        assert type(raised) is error
        assert raised.code == code
        assert raised.detail

    def test_names_no_segment(self):
        [found] = refusals_of(
            reward(segments=["at-risk"]),
            read_terms("GIFT", {}),
            MemberStanding(usable=250),
            at=NOON,
        )

        assert refused(found).facts == {"reason": "not_your_segment"}


class TestTell:
    @pytest.mark.parametrize(
        ("code", "params", "dutch", "english"),
        [
            (
                "missing_points",
                {"missing": 1240},
                "Nog 1.240 punten te gaan.",
                "1,240 points to go.",
            ),
            ("missing_points", {"missing": 1}, "Nog één punt te gaan.", "One point to go."),
            (
                "not_yet",
                {"from": NOON},
                "Te krijgen vanaf 22 november 2026 om 13:00.",
                "To be had from 22 November 2026 at 13:00.",
            ),
            (
                "not_your_tier",
                {"tiers": ["silver", "gold"]},
                "Deze beloning is voor leden met Zilver of Goud.",
                "This reward is for Silver or Gold members.",
            ),
            (
                "other_channel",
                {"channels": ["store"]},
                "Alleen te krijgen via de kassa in de winkel.",
                "Only to be had at the till in the shop.",
            ),
            (
                "limit_reached",
                {"limit": 1, "again_at": NOON},
                "Je hebt deze beloning nu vaak genoeg gehad. Het kan weer vanaf 22 november 2026.",
                "You have had this reward often enough for now."
                " It can be had again from 22 November 2026.",
            ),
            (
                "limit_reached",
                {"limit": 1},
                "Je hebt deze beloning al gehad; dat kan één keer.",
                "You have had this reward already; it can be had once.",
            ),
            ("sold_out", {}, "Deze beloning is op.", "There are none left of this reward."),
        ],
    )
    def test_says_it_in_both_languages(self, code, params, dutch, english):
        refusal = Refusal(code=code, params=params)
        names = {
            "silver": {"nl": "Zilver", "en": "Silver"},
            "gold": {"nl": "Goud", "en": "Gold"},
        }

        told = [tell(refusal, language, zone=ZONE, names=names) for language in ("nl", "en")]

        assert told == [dutch, english]
