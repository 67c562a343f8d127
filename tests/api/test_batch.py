import json

import pytest

from loyalty.models import Account, Transfer
from members.models import Activity
from tests.api.conftest import everything
from tests.api.test_activities import purchase


def mixed():
    """Six items of which three are right, one of them twice."""
    return [
        purchase(external_id="a-1"),
        purchase(external_id="a-2", member="card:2990000000026"),
        {"type": "purchase"},
        purchase(external_id="a-3", lines=[{"product": "x", "amount": "-1"}]),
        purchase(external_id="a-1"),
        purchase(external_id="a-4", lines=[{"product": "x", "amount": "60"}]),
    ]


class TestPostBatch:
    @pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
    def test_answers_each_item_as_if_it_had_come_alone(self, shop, till, content_type):
        items = [json.dumps(item) for item in mixed()]
        body = "\n".join(items) if "nd" in content_type else f"[{','.join(items)}]"

        answer = till.post("activities/batch", body, content_type=content_type)

        said = answer.json()
        ids = [str(Activity.objects.get(external_id=key).pk) for key in ("a-1", "a-4")]
        assert answer.status_code == 200
        assert (said["recorded"], said["replayed"], said["refused"]) == (2, 1, 3)
        assert [result["index"] for result in said["results"]] == [0, 1, 2, 3, 4, 5]
        first = {"id": ids[0], "points": 71, "balance": 71, "line_points": [62, 9]}
        assert said["results"][0] == {"index": 0, "status": 201} | first
        assert said["results"][4] == {"index": 4, "status": 200} | first
        assert said["results"][5] == {
            "index": 5,
            "status": 201,
            "id": ids[1],
            "points": 110,
            "balance": 181,
            "line_points": [60],
        }
        refused = [(r["status"], r["code"], r["field"]) for r in said["results"][1:4]]
        assert refused == [
            (404, "member_unknown", "member"),
            (400, "invalid", "member"),
            (400, "return_not_supported", "lines.0.amount"),
        ]
        assert Account.objects.get(holder=shop.anna.holder).balance == 181
        assert Transfer.objects.count() == 2

    def test_sent_again_changes_nothing(self, till):
        first = till.post("activities/batch", mixed()).json()
        before = everything()

        again = till.post("activities/batch", mixed()).json()

        assert (again["recorded"], again["replayed"], again["refused"]) == (0, 3, 3)
        assert [r.get("balance") for r in again["results"]] == [
            r.get("balance") for r in first["results"]
        ]
        assert everything() == before

    def test_counts_a_purchase_once_whether_it_comes_alone_or_in_a_batch(self, till):
        alone = till.post("activities", purchase()).json()

        batch = till.post("activities/batch", [purchase()]).json()

        assert batch["results"][0]["status"] == 200
        assert batch["results"][0]["id"] == alone["id"]

    def test_asks_the_database_as_often_for_a_hundred_as_for_one(
        self, till, django_assert_num_queries
    ):
        till.post("activities", purchase(external_id="a-warm"))

        with django_assert_num_queries(2):
            said = till.post(
                "activities/batch", [purchase(external_id=f"h-{n}") for n in range(100)]
            ).json()

        assert said["recorded"] == 100
        assert said["results"][99]["balance"] == 71 * 101

    def test_goes_on_past_one_transactions_worth(self, till, monkeypatch):
        monkeypatch.setattr("members.services.activities.CHUNK", 2)

        said = till.post("activities/batch", mixed()).json()

        assert (said["recorded"], said["replayed"], said["refused"]) == (2, 1, 3)

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"items": []}, 400, "invalid"),
            ("[", 400, "invalid_json"),
            ([{}] * 5001, 400, "too_many_items"),
        ],
        ids=["no array", "no JSON", "too many"],
    )
    def test_refuses_what_is_no_batch(self, till, body, status, code):
        before = everything()

        answer = till.post("activities/batch", body)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert everything() == before

    def test_of_nothing_is_nothing(self, till):
        said = till.post("activities/batch", []).json()

        assert said == {"recorded": 0, "replayed": 0, "refused": 0, "results": []}
