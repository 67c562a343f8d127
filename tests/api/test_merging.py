"""Two records made one, and parted again, through the API."""

from uuid import uuid4

import pytest

from members.models import Member, Merge
from tests.api.conftest import everything


@pytest.fixture
def other(till):
    body = {"identifiers": ["email:a.jansen@example.nl"], "given_name": "Anna"}
    return till.post("members", body, **{"Idempotency-Key": "enrol"}).json()["id"]


def merge(till, shop, other, /, key="k-1", **changes):
    body = {"other": other, "reason": "One person", **changes}
    path = f"members/{shop.anna.member_id}/merge"
    return till.post(path, body, **{"Idempotency-Key": key})


class TestMerge:
    def test_makes_them_one_and_the_others_id_leads_to_the_kept_one(self, till, shop, other):
        answer = merge(till, shop, other)

        assert answer.status_code == 201
        found = Merge.objects.get()
        assert answer.json()["id"] == str(found.pk)
        assert (found.actor, found.reason) == ("api:kassa", "One person")
        assert till.get(f"members/{other}").json()["id"] == str(shop.anna.member_id)

    def test_is_done_once_per_key(self, till, shop, other):
        first = merge(till, shop, other)

        again = merge(till, shop, other)

        assert (again.status_code, again.json()) == (201, first.json())
        assert Merge.objects.count() == 1
        refused = merge(till, shop, other, key="k-2")
        assert refused.json()["code"] == "already_merged"

    @pytest.mark.parametrize(
        ("refused", "code"),
        [
            ({"other": str(uuid4())}, "member_unknown"),
            ({"reason": ""}, "invalid"),
            ({"key": ""}, "idempotency_key_missing"),
        ],
    )
    def test_refuses_and_changes_nothing(self, till, shop, other, refused, code):
        before = everything()

        answer = merge(till, shop, other, **refused)

        assert answer.status_code >= 400
        assert answer.json()["code"] == code
        assert everything() == before

    def test_refuses_the_same_record(self, till, shop):
        answer = merge(till, shop, str(shop.anna.member_id))

        assert (answer.json()["code"], answer.json()["errors"][0]["field"]) == ("invalid", "other")


class TestPart:
    def test_makes_them_two_again(self, till, shop, other):
        merge_id = merge(till, shop, other).json()["id"]

        answer = till.post(
            f"merges/{merge_id}/part", {"reason": "Sisters"}, **{"Idempotency-Key": "k-9"}
        )

        assert answer.status_code == 200
        assert answer.json()["parted_at"] is not None
        assert Member.objects.get(pk=other).merged_into_id is None

    def test_knows_no_merge_that_is_not_there(self, till):
        answer = till.post(
            f"merges/{uuid4()}/part", {"reason": "Sisters"}, **{"Idempotency-Key": "k-9"}
        )

        assert answer.status_code == 404
