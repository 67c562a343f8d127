"""Returns, points that pay, fulfilment and reasons, through HTTP."""

import pytest

from loyalty.models import Account
from tests.api.conftest import everything
from tests.api.test_activities import purchase

AFTERNOON = "2026-11-22T12:30:00+01:00"
PENDING = {
    "schema": 2,
    "trigger": "order",
    "effects": [{"kind": "fixed", "points": 40}],
    "terms": {"awaits": "delivered"},
}


def return_of(key="r-1", **changes):
    said = {
        "type": "return",
        "member": purchase()["member"],
        "source": "kassa",
        "external_id": key,
        "original": "b-1",
        "occurred_at": AFTERNOON,
    }
    return {name: value for name, value in (said | changes).items() if value is not ...}


class TestPostReturn:
    def test_says_what_goes_back_of_which_line_and_why(self, till):
        till.post("activities", purchase())

        answer = till.post("activities", return_of(lines=[{"line": 1}]))

        body = answer.json()
        assert answer.status_code == 201
        assert (body["points"], body["line_points"], body["balance"]) == (-32, [-32], 39)
        [reason] = body["reasons"]
        assert (reason["code"], reason["points"]) == ("returned", -32)
        assert "b-1" in reason["text"]["en"]

    def test_before_its_sale_says_that_it_waits(self, till):
        body = till.post("activities", return_of()).json()

        assert (body["points"], body["balance"]) == (0, 0)
        assert body["reasons"][0]["code"] == "waiting"
        assert till.post("activities", purchase()).json()["points"] == 71
        assert Account.objects.get(kind="MEMBER").balance == 0

    def test_names_a_sale_of_another_source(self, till):
        till.post("activities", purchase(source="webshop"))

        body = till.post("activities", return_of(original_source="webshop")).json()

        assert (body["points"], body["balance"]) == (-71, 0)

    @pytest.mark.parametrize(
        ("body", "status", "code", "field"),
        [
            (return_of(original=...), 400, "invalid", "original"),
            (return_of(lines=[{"line": 1, "quantity": 3}]), 409, "return_exceeds_sale", "lines"),
            (return_of(lines=[{"line": 3}]), 409, "return_exceeds_sale", "lines"),
            (return_of(lines=[{"product": "x"}]), 400, "invalid", "lines.0.line"),
            (return_of(lines=[{"line": 1, "product": "x"}]), 400, "invalid", "lines.0.product"),
            (return_of(lines=[{"line": 1, "amount": 0}]), 400, "invalid", "lines.0.amount"),
            (
                return_of(lines=[{"line": 1, "amount": -1}]),
                400,
                "return_not_supported",
                "lines.0.amount",
            ),
            (return_of(lines=[{"line": 1}], amount="1.00"), 400, "invalid", "amount"),
            (return_of(amount="0.00"), 400, "invalid", "amount"),
            (
                return_of(points_paid={"points": 1, "amount": "1.00"}),
                400,
                "invalid",
                "points_paid",
            ),
            (purchase(external_id="b-2", original="b-1"), 400, "invalid", "original"),
            (
                purchase(external_id="b-2", lines=[{"line": 1, "product": "x", "amount": 1}]),
                400,
                "invalid",
                "lines.0.line",
            ),
        ],
    )
    def test_is_refused_where_it_is_wrong_and_changes_nothing(
        self, till, body, status, code, field
    ):
        till.post("activities", purchase())
        before = everything()

        answer = till.post("activities", body)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert everything() == before


class TestPostPointsPaid:
    def test_spends_them_with_the_purchase_and_earns_on_the_rest(self, till):
        till.post("activities", purchase())
        tender = {"points": 50, "amount": "10.00"}

        body = till.post(
            "activities",
            purchase(external_id="b-2", occurred_at=AFTERNOON, points_paid=tender),
        ).json()

        assert body["balance"] == 71 - 50 + body["points"]
        assert body["points"] < 71

    def test_is_refused_with_all_of_the_purchase_when_there_are_too_few(self, till):
        till.post("activities", purchase())
        before = everything()
        tender = {"points": 72, "amount": "10.00"}

        answer = till.post("activities", purchase(external_id="b-2", points_paid=tender))

        assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_points")
        assert everything() == before

    def test_pays_no_more_than_the_basket(self, till):
        tender = {"points": 72, "amount": "40.06"}

        answer = till.post("activities", purchase(points_paid=tender))

        assert answer.json()["errors"][0]["field"] == "points_paid.amount"


class TestPostFulfilment:
    @pytest.fixture
    def order(self, shop, till):
        shop.publish("pending", PENDING)
        body = till.post("activities", purchase(type="order")).json()
        assert (body["points"], body["pending"], body["balance"]) == (40, 40, 40)
        return body["id"]

    def test_makes_pending_points_usable_once(self, shop, till, order):
        report = {"event": "delivered", "occurred_at": AFTERNOON}

        first = till.post(f"activities/{order}/fulfilment", report).json()
        again = till.post(f"activities/{order}/fulfilment", report).json()

        assert (first["activated"], again["activated"]) == (40, 0)
        balance = till.get(f"members/{shop.anna.member_id}").json()["balance"]
        assert (balance["points"], balance["pending"]) == (40, 0)

    def test_of_a_cancelled_order_takes_them_back(self, shop, till, order):
        report = {"event": "cancelled", "occurred_at": AFTERNOON}

        body = till.post(f"activities/{order}/fulfilment", report).json()

        assert (body["activated"], body["cancelled"]) == (0, 40)
        assert Account.objects.get(kind="MEMBER").balance == 0

    def test_of_a_cancelled_order_that_comes_back_too_takes_nothing_twice(self, till, order):
        till.post(
            f"activities/{order}/fulfilment", {"event": "cancelled", "occurred_at": AFTERNOON}
        )

        till.post("activities", return_of())

        account = Account.objects.get(kind="MEMBER")
        assert (account.balance, account.owed) == (0, 0)

    def test_is_not_for_what_is_not_there(self, till, order):
        path = "activities/01a2041e-1934-7324-92d6-175ee18ceb40/fulfilment"

        answer = till.post(path, {"event": "delivered", "occurred_at": AFTERNOON})

        assert (answer.status_code, answer.json()["code"]) == (404, "activity_unknown")


class TestPostBatch:
    def test_tells_why_when_asked(self, till):
        silent = till.post("activities/batch", [purchase()]).json()["results"][0]
        told = till.post("activities/batch?reasons=true", [purchase()]).json()["results"][0]

        assert "reasons" not in silent
        assert [reason["rule"] for reason in told["reasons"]] == ["base", "paint-twice", "fifty"]

    def test_takes_sales_and_their_returns_in_any_order(self, till):
        said = till.post("activities/batch", [return_of(), purchase(external_id="b-1")]).json()

        assert (said["recorded"], said["refused"]) == (2, 0)
        assert Account.objects.get(kind="MEMBER").balance == 0


class TestGetExplanationOfReturns:
    def test_tells_what_is_kept_and_what_made_it_so(self, till):
        sale = till.post("activities", purchase()).json()["id"]
        back = till.post("activities", return_of(lines=[{"line": 1}])).json()["id"]

        body = till.get(f"activities/{sale}/explanation", **{"Accept-Language": "en"}).json()

        assert (body["points"], body["first_points"]) == (39, 71)
        assert [line["points"] for line in body["lines"]] == [30, 9]
        [revision] = body["revisions"]
        assert (revision["points"], revision["cause"], revision["type"]) == (39, back, "return")

    @pytest.mark.parametrize("audience", ["member", "cashier", "desk"])
    def test_speaks_to_who_reads_it(self, till, audience):
        sale = till.post("activities", purchase()).json()["id"]

        body = till.get(f"activities/{sale}/explanation?audience={audience}").json()

        assert len(body["reasons"]) == 3
        assert ("base" in body["reasons"][0]["text"]) == (audience == "desk")

    def test_knows_no_other_reader(self, till):
        sale = till.post("activities", purchase()).json()["id"]

        answer = till.get(f"activities/{sale}/explanation?audience=boss")

        assert answer.json()["errors"][0]["field"] == "audience"
