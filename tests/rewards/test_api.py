"""The addresses about rewards, through HTTP and with keys as webshops and tills have them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from loyalty.models import ApiClient, EarningRule, EarningRuleVersion, KeptAnswer
from loyalty.services.api_clients import issue_key, register_client
from loyalty.services.configuration import bump_configuration
from members.models import Membership
from rewards.codes import code_of
from rewards.models import Redemption, Reward, Voucher
from tests.rewards.shop import NOON, everything

SCOPES = ["rewards:read", "redemptions:write", "vouchers:use", "quotes:read"]
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


class Shop:
    """A client of the API; every write has a new Idempotency-Key unless one is given."""

    def __init__(self, programme_id: int, name: str, scopes: list[str]) -> None:
        client = register_client(
            programme_id=programme_id, name=name, kind=ApiClient.Kind.WEBSHOP, scopes=scopes
        )
        self.http = APIClient()
        self.http.credentials(
            HTTP_AUTHORIZATION=f"Bearer {issue_key(client_id=client.pk, at=NOON)}"
        )
        self.sent = 0

    def get(self, path: str, **query: str) -> Any:
        return self.http.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> Any:
        self.sent += 1
        headers = {"Idempotency-Key": f"sent-{self.sent}" if key is None else key}
        return self.http.post(f"/api/v1/{path}", body, format="json", headers=headers)


@pytest.fixture
def shop_factory(programme) -> Callable[..., Shop]:
    def make(name: str = "webshop", *, within=programme, scopes=SCOPES) -> Shop:
        return Shop(within.pk, name, scopes)

    return make


@pytest.fixture
def shop(shop_factory) -> Shop:
    return shop_factory()


def wanted(membership: Membership, reward: Reward, /, **changes: Any) -> dict[str, Any]:
    return {"member": str(membership.member_id), "reward": reward.key} | changes


class TestRewards:
    def test_shows_the_catalogue(self, shop, reward_factory):
        reward_factory(stock=3, available_until=NEW_YEAR + timedelta(days=3650))

        answer = shop.get("rewards")

        assert answer.status_code == 200
        assert answer.json() == {
            "rewards": [
                {
                    "key": "brush",
                    "name": {"nl": "Kwast", "en": "Brush"},
                    "description": {"nl": "", "en": ""},
                    "points": 250,
                    "available_until": "2036-12-29T00:00:00Z",
                    "left_in_stock": 3,
                }
            ]
        }

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
        assert body == {
            "id": str(redemption.pk),
            "reward": "brush",
            "points": 250,
            "balance": 150,
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

        with django_assert_num_queries(20):
            shop.post("redemptions", body, key="k")
        with django_assert_num_queries(5):
            shop.post("redemptions", body, key="k")


@pytest.fixture
def voucher(shop, membership_factory, reward_factory) -> Voucher:
    membership, reward = membership_factory(points=250), reward_factory()
    answer = shop.post("redemptions", wanted(membership, reward))
    return Voucher.objects.get(pk=UUID(answer.json()["voucher"]["id"]))


class TestVouchers:
    def test_are_looked_at_without_being_used(self, shop, voucher):
        before = everything()

        answer = shop.post("vouchers/check", {"code": code_of(voucher.pk).lower()})

        body = answer.json()
        assert answer.status_code == 200
        assert body.pop("expires_at")
        assert body == {
            "id": str(voucher.pk),
            "standing": "USABLE",
            "reward": "brush",
            "name": {"nl": "Kwast", "en": "Brush"},
            "used_at": None,
            "used_location": "",
        }
        assert everything() == before

    def test_are_used_once_and_answered_the_same_again(self, shop, voucher):
        body = {"code": code_of(voucher.pk), "location": "Utrecht"}
        typed = {"code": code_of(voucher.pk).replace("-", " ").lower(), "location": "Utrecht"}

        first = shop.post("vouchers/use", body, key="k")
        again = shop.post("vouchers/use", typed, key="k")

        assert (first.status_code, first.json()["standing"]) == (200, "USED")
        assert (again.status_code, again.json()) == (200, first.json())

    def test_are_refused_the_second_time_with_when_and_where(self, shop, voucher):
        body = {"code": code_of(voucher.pk), "location": "Utrecht"}
        used_at = shop.post("vouchers/use", body).json()["used_at"]
        before = everything()

        answer = shop.post("vouchers/use", body)

        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "voucher_already_used")
        assert problem["detail"].endswith("in Utrecht.")
        assert (problem["used_at"], problem["used_location"]) == (used_at, "Utrecht")
        assert shop.post("vouchers/check", {"code": body["code"]}).json()["standing"] == "USED"
        assert everything() == before

    def test_are_refused_when_their_time_is_over(self, shop, voucher):
        Voucher.objects.update(issued_at=NOON, expires_at=timezone.now())
        before = everything()

        answer = shop.post("vouchers/use", {"code": code_of(voucher.pk)})

        assert (answer.status_code, answer.json()["code"]) == (409, "voucher_expired")
        assert everything() == before

    @pytest.mark.parametrize("path", ["vouchers/check", "vouchers/use"])
    def test_of_another_programme_are_unknown(self, shop_factory, other_programme, voucher, path):
        elsewhere = shop_factory("elsewhere", within=other_programme)
        before = everything()

        answer = elsewhere.post(path, {"code": code_of(voucher.pk)})

        assert (answer.status_code, answer.json()["code"]) == (404, "voucher_unknown")
        assert everything() == before

    @pytest.mark.parametrize("path", ["vouchers/check", "vouchers/use"])
    def test_with_a_typing_error_are_unknown(self, shop, voucher, path):
        code = code_of(voucher.pk)
        wrong = code[:-1] + ("2" if code[-1] != "2" else "3")

        answer = shop.post(path, {"code": wrong})

        assert (answer.status_code, answer.json()["code"]) == (404, "voucher_unknown")

    def test_need_a_key_to_be_used(self, shop, voucher):
        answer = shop.post("vouchers/use", {"code": code_of(voucher.pk)}, key="")

        assert answer.json()["code"] == "idempotency_key_missing"
        assert Voucher.objects.get().state == "ISSUED"

    def test_are_refused_in_another_place_under_a_used_key(self, shop, voucher):
        body = {"code": code_of(voucher.pk), "location": "Utrecht"}
        shop.post("vouchers/use", body, key="k")

        answer = shop.post("vouchers/use", body | {"location": "Zwolle"}, key="k")

        assert (answer.status_code, answer.json()["code"]) == (422, "key_conflict")


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
