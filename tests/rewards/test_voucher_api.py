"""The addresses of the till for vouchers, through HTTP."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.utils import timezone

from rewards.codes import code_of
from rewards.models import Voucher
from tests.rewards.callers import wanted
from tests.rewards.shop import NOON, everything

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


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
            "kind": "GIFT",
            "sentence": {
                "nl": "Een cadeau dat je in de winkel krijgt",
                "en": "A gift that you get in the shop",
            },
            "uses_left": 1,
            "value_left": None,
            "refusal": "",
            "detail": "",
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
