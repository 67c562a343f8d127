"""The addresses about rewards, through HTTP and with keys as webshops and tills have them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from loyalty.models import KeptAnswer
from members.models import Membership
from rewards.codes import code_of
from rewards.models import CodePool, Redemption, Reward
from tests.rewards.callers import wanted
from tests.rewards.shop import everything

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


class TestRewards:
    def test_shows_the_catalogue(self, shop, reward_factory):
        reward_factory(stock=3, available_until=NEW_YEAR + timedelta(days=3650))

        answer = shop.get("rewards")

        assert answer.status_code == 200
        assert answer.json() == {
            "rewards": [
                {
                    "key": "brush",
                    "kind": "GIFT",
                    "category": "",
                    "name": {"nl": "Kwast", "en": "Brush"},
                    "description": {"nl": "", "en": ""},
                    "small_print": {"nl": "", "en": ""},
                    "sentence": {
                        "nl": "Een cadeau dat je in de winkel krijgt",
                        "en": "A gift that you get in the shop",
                    },
                    "next_step": {
                        "nl": "Laat de code zien bij de kassa,"
                        " of vul hem in bij het afrekenen in de webshop.",
                        "en": "Show the code at the till,"
                        " or fill it in at the checkout of the webshop.",
                    },
                    "terms": {"ways": [], "options": []},
                    "points": 250,
                    "money": "0.00",
                    "tier_points": {},
                    "available_from": None,
                    "available_until": "2036-12-29T00:00:00Z",
                    "voucher_valid_days": 90,
                    "limit_per_member": None,
                    "limit_days": None,
                    "tiers": [],
                    "channels": [],
                    "locations": [],
                    "left_in_stock": 3,
                    "picture": None,
                }
            ]
        }

    def test_says_why_a_member_cannot_have_it(self, shop, membership_factory, reward_factory):
        membership = membership_factory(points=250)
        reward_factory(channels=["store"])

        answers = [
            shop.get("rewards", member=str(membership.member_id), channel=channel).json()
            for channel in ("store", "web")
        ]

        [[here], [there]] = [answer["rewards"] for answer in answers]
        assert (here["refusals"], here["is_within_reach"]) == ([], True)
        assert there["is_within_reach"] is False
        assert there["refusals"] == [
            {
                "code": "other_channel",
                "params": {"channels": ["store"]},
                "text": {
                    "nl": "Alleen te krijgen via de kassa in de winkel.",
                    "en": "Only to be had at the till in the shop.",
                },
            }
        ]

    def test_says_nothing_of_the_pool_of_a_partner(self, shop, programme, reward_factory):
        CodePool.objects.create(programme=programme, key="cinema", name="Cinema")
        where = {"nl": "Aan de kassa.", "en": "At the box office."}
        reward_factory(kind="PARTNER", terms={"pool": "cinema", "where": where})

        [seen] = shop.get("rewards").json()["rewards"]

        assert seen["terms"] == {"where": where, "link": ""}
        assert seen["next_step"] == where

    def test_shows_what_a_member_misses(self, shop, membership_factory, reward_factory):
        membership = membership_factory(points=100)
        reward_factory(limit_per_member=1)

        answer = shop.get("rewards", member=str(membership.member_id))

        [seen] = answer.json()["rewards"]
        assert (seen["missing_points"], seen["left_in_stock"]) == (150, None)
        flags = [seen[flag] for flag in ("is_sold_out", "is_limit_reached", "is_within_reach")]
        assert flags == [False, False, False]

    def test_needs_five_queries_however_many_there_are(
        self, shop, membership_factory, reward_factory, django_assert_num_queries
    ):
        membership = membership_factory(points=100)
        for number in range(4):
            reward_factory(key=f"reward-{number}", stock=number)
        shop.get("rewards")

        with django_assert_num_queries(5):
            shop.get("rewards", member=str(membership.member_id))

    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ({"member": "card:2990000000019"}, 404, "member_unknown"),
            ({"member": "nonsense"}, 400, "invalid"),
            ({"sort": "points"}, 400, "invalid"),
        ],
    )
    def test_refuses(self, shop, query, status, code):
        answer = shop.get("rewards", **query)

        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_knows_no_member_of_another_programme(
        self, shop_factory, other_programme, membership_factory
    ):
        membership = membership_factory()
        elsewhere = shop_factory("elsewhere", within=other_programme)

        answer = elsewhere.get("rewards", member=str(membership.member_id))

        assert answer.json()["code"] == "member_unknown"


@pytest.fixture
def buyer(membership_factory, reward_factory) -> tuple[Membership, Reward]:
    """A member with 300 points, a reward, and three that cannot be had for them."""
    reward_factory(key="dear", points=301)
    reward_factory(key="gone", stock=0)
    reward_factory(key="over", available_until=timezone.now())
    return membership_factory(points=300), reward_factory()


class TestRedemptions:
    def test_answers_with_the_balance_and_the_voucher(
        self, shop, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=400), reward_factory()

        answer = shop.post("redemptions", wanted(membership, reward, channel="web"))

        redemption = Redemption.objects.get()
        voucher = redemption.voucher
        body = answer.json()
        assert answer.status_code == 201
        assert body.pop("redeemed_at")
        assert body["voucher"].pop("expires_at")
        assert body.pop("undo_until")
        assert body == {
            "id": str(redemption.pk),
            "reward": "brush",
            "state": "CAPTURED",
            "points": 250,
            "money": "0.00",
            "worth": None,
            "balance": 150,
            "expires_at": None,
            "delivery": None,
            "voucher": {"id": str(voucher.pk), "code": code_of(voucher.pk)},
        }
        assert (redemption.actor, redemption.channel) == ("api:webshop", "web")

    def test_answers_the_same_again_code_and_all_and_keeps_no_code(
        self, shop, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=400), reward_factory()
        first = shop.post("redemptions", wanted(membership, reward), key="k")
        before = everything()

        again = shop.post("redemptions", wanted(membership, reward), key="k")

        assert (again.status_code, again.json()) == (201, first.json())
        assert everything() == before
        assert "code" not in KeptAnswer.objects.get().body["voucher"]

    def test_answers_the_same_when_the_kept_answer_is_long_gone(
        self, shop, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=600), reward_factory()
        first = shop.post("redemptions", wanted(membership, reward), key="k")
        KeptAnswer.objects.all().delete()

        again = shop.post("redemptions", wanted(membership, reward), key="k")

        assert (again.status_code, again.json()) == (201, first.json())
        assert Redemption.objects.count() == 1

    def test_refuses_another_request_under_the_key(self, shop, membership_factory, reward_factory):
        membership, reward = membership_factory(points=600), reward_factory()
        shop.post("redemptions", wanted(membership, reward), key="k")
        before = everything()

        answer = shop.post("redemptions", wanted(membership, reward, channel="app"), key="k")

        assert (answer.status_code, answer.json()["code"]) == (422, "key_conflict")
        assert everything() == before

    def test_keeps_the_keys_of_clients_apart(
        self, shop_factory, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=600), reward_factory()

        answers = [
            shop_factory(name).post("redemptions", wanted(membership, reward), key="k")
            for name in ("webshop", "till")
        ]

        assert [answer.status_code for answer in answers] == [201, 201]
        assert [answer.json()["balance"] for answer in answers] == [350, 100]

    @pytest.mark.parametrize(
        ("changes", "key", "refusal"),
        [
            ({}, "", (400, "idempotency_key_missing", "Idempotency-Key")),
            ({"reward": "unknown"}, "k", (404, "not_found", "reward")),
            ({"member": "card:2990000000019"}, "k", (404, "member_unknown", "member")),
            ({"points": 1}, "k", (400, "invalid", "points")),
            ({"reward": 7}, "k", (400, "invalid", "reward")),
            ({"reward": "dear"}, "k", (409, "insufficient_points", None)),
            ({"reward": "gone"}, "k", (409, "reward_sold_out", "reward")),
            ({"reward": "over"}, "k", (409, "reward_unavailable", "reward")),
        ],
    )
    def test_refuses_and_changes_nothing(self, shop, buyer, changes, key, refusal):
        before = everything()

        answer = shop.post("redemptions", wanted(*buyer, **changes), key=key)

        body = answer.json()
        fields = [error["field"] for error in body.get("errors", [{"field": None}])]
        assert (answer.status_code, body["code"], *fields) == refusal
        assert everything() == before
        assert not KeptAnswer.objects.exists()

    def test_refuses_a_key_without_the_scope(
        self, shop_factory, membership_factory, reward_factory
    ):
        reader = shop_factory("reader", scopes=["rewards:read"])
        before = everything()

        answer = reader.post("redemptions", wanted(membership_factory(), reward_factory()))

        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        assert len(everything()["Redemption"]) == len(before["Redemption"]) == 0

    def test_takes_a_member_by_card(self, shop, membership_factory, reward_factory):
        membership, reward = membership_factory(points=250), reward_factory()
        card = membership.member.identifiers.get(kind="CARD").value

        answer = shop.post("redemptions", {"member": f"card:{card}", "reward": reward.key})

        assert answer.status_code == 201

    def test_needs_these_queries(
        self, shop, membership_factory, reward_factory, django_assert_num_queries
    ):
        membership, reward = membership_factory(points=500), reward_factory(stock=2)
        body = wanted(membership, reward)
        shop.get("rewards")

        with django_assert_num_queries(17):
            shop.post("redemptions", body, key="k")
        with django_assert_num_queries(5):
            shop.post("redemptions", body, key="k")
