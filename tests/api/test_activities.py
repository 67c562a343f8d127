import json
from datetime import UTC, datetime, timedelta

import pytest

from loyalty.models import Account, Lot, OutboxEvent, Transfer
from members.models import Activity, ActivityLine
from tests.api.conftest import everything, till_of
from tests.members.shop import CARD, EMAIL, open_shop

MORNING = "2026-11-22T09:30:00+01:00"


def purchase(**changes):
    said = {
        "type": "purchase",
        "member": CARD,
        "source": "kassa",
        "external_id": "b-1",
        "occurred_at": MORNING,
        "channel": "store",
        "location": "Utrecht",
        "currency": "EUR",
        "lines": [
            {"product": "verf-1", "category": "paint", "amount": "30.95", "quantity": 2},
            {"product": "kwast-4", "category": "tools", "amount": 9.10},
        ],
    }
    return {name: value for name, value in (said | changes).items() if value is not ...}


def line(**changes):
    said = {"product": "verf-1", "category": "paint", "amount": "30.95"} | changes
    return {"lines": [{name: value for name, value in said.items() if value is not ...}]}


class TestPostActivities:
    def test_answers_points_per_line_and_every_rules_reason_in_both_languages(self, shop, till):
        answer = till.post("activities", purchase())

        body = answer.json()
        activity = Activity.objects.get()
        assert answer.status_code == 201
        assert body["id"] == str(activity.pk)
        assert body["points"] == 71
        assert body["balance"] == 71
        assert body["line_points"] == [62, 9]
        assert body["loose_points"] == 0
        assert [(r["rule"], r["outcome"], r["points"]) for r in body["reasons"]] == [
            ("base", "APPLIED", 40),
            ("paint-twice", "APPLIED", 31),
            ("fifty", "NEAR_MISS", 0),
        ]
        base, paint, fifty = body["reasons"]
        assert base["lines"] == [0, 1]
        assert paint["lines"] == [0]
        assert base["name"] == {"nl": "base nl", "en": "base en"}
        assert fifty["params"] == {"basket.amount": "50.00", "short": "9.95", "would_earn": "50"}
        assert "9,95" in fifty["text"]["nl"]
        assert "9.95" in fifty["text"]["en"]
        assert (body["pending"], body["tiers"], body["balances"]) == (0, {}, {"points": 71})
        assert set(body) == {
            *("id", "points", "pending", "balance", "balances", "tiers"),
            *("line_points", "loose_points", "reasons"),
        }

    def test_keeps_the_activity_its_lines_its_transfer_and_says_so(self, shop, till):
        till.post("activities", purchase())

        activity, transfer, lot = Activity.objects.get(), Transfer.objects.get(), Lot.objects.get()
        lines = list(
            ActivityLine.objects.order_by("number").values_list(
                "number", "product", "category", "quantity", "amount", "points"
            )
        )
        events = list(OutboxEvent.objects.order_by("id").values_list("name", flat=True))
        assert activity.membership == shop.anna
        assert activity.occurred_at == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
        assert str(activity.amount) == "40.05"
        assert [str(field) for field in lines[0]] == [
            "1",
            "verf-1",
            "paint",
            "2.000",
            "30.95",
            "62",
        ]
        assert [str(field) for field in lines[1]] == ["2", "kwast-4", "tools", "1.000", "9.10", "9"]
        assert (transfer.source, transfer.external_id) == ("activity", f"{activity.pk}:1")
        assert transfer.points == lot.remaining == 71
        assert [reason["rule"] for reason in transfer.reasons] == ["base", "paint-twice"]
        assert lot.expires_at == datetime(2028, 11, 22, 23, 0, tzinfo=UTC)
        assert events == [
            "members.member_enrolled.v1",
            "loyalty.points_earned.v1",
            "members.activity_recorded.v1",
        ]
        assert OutboxEvent.objects.latest("id").payload == {
            "activity": str(activity.pk),
            "type": "purchase",
            "source": "kassa",
            "external_id": "b-1",
            "points": 71,
            "balance": 71,
        }

    def test_asks_the_database_twice(self, till, django_assert_num_queries):
        till.post("activities", purchase(external_id="a-warm"))

        with django_assert_num_queries(2):
            assert till.post("activities", purchase()).status_code == 201

    def test_gives_the_first_answer_again_however_it_is_written(self, till):
        first = till.post("activities", purchase())
        till.post("activities", purchase(external_id="b-2"))
        before = everything()
        otherwise = purchase(
            member=EMAIL.upper().replace("EMAIL", "email"),
            occurred_at="2026-11-22T08:30:00Z",
            amount=40.05,
            currency=...,
            lines=[
                {"product": "verf-1", "category": "paint", "amount": 30.950, "quantity": "2.000"},
                {"amount": "9.1", "quantity": 1, "product": "kwast-4", "category": "tools"},
            ],
        )

        again = till.post("activities", otherwise)

        assert again.status_code == 200
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.json() == first.json()
        assert everything() == before

    @pytest.mark.parametrize(
        "changes",
        [
            {"lines": [{"product": "verf-1", "category": "paint", "amount": "30.96"}]},
            {"occurred_at": "2026-11-22T09:30:01+01:00"},
            {"location": "Delft"},
            {"type": "order"},
        ],
        ids=["another basket", "a second later", "another shop", "another type"],
    )
    def test_refuses_another_activity_under_a_used_key(self, till, changes):
        till.post("activities", purchase())
        before = everything()

        answer = till.post("activities", purchase(**changes))

        assert answer.status_code == 422
        assert answer.json()["code"] == "key_conflict"
        assert everything() == before

    def test_knows_the_same_purchase_through_another_client(self, shop, till):
        first = till.post("activities", purchase())

        again = till_of(shop, "webshop").post("activities", purchase())

        assert again.status_code == 200
        assert again.json() == first.json()

    def test_keeps_the_sources_of_clients_apart_when_none_is_said(self, shop, till):
        till.post("activities", purchase(source=...))

        other = till_of(shop, "webshop").post("activities", purchase(source=...))

        assert other.status_code == 201
        assert sorted(Activity.objects.values_list("source", flat=True)) == ["kassa", "webshop"]

    def test_tells_another_programme_nothing_of_a_purchase_or_a_member(self, shop, till):
        till.post("activities", purchase())
        other = open_shop("other", card="card:2990000000026", email="email:bo@example.nl")
        theirs = till_of(other, "their-till")
        before = everything()

        unknown = theirs.post("activities", purchase())

        assert (unknown.status_code, unknown.json()["code"]) == (404, "member_unknown")
        assert everything() == before

    def test_lets_each_programme_have_its_own_keys(self, shop, till):
        till.post("activities", purchase())
        other = open_shop("other", card="card:2990000000026", email="email:bo@example.nl")

        theirs = till_of(other, "their-till").post(
            "activities", purchase(member="card:2990000000026")
        )

        assert theirs.status_code == 201
        assert theirs.json()["balance"] == 71

    def test_rewards_what_has_no_basket(self, shop, till):
        shop.publish(
            "review",
            {"schema": 1, "trigger": "review", "effect": {"kind": "fixed", "points": 25}},
        )

        answer = till.post("activities", purchase(type="review", lines=..., currency=...))

        assert answer.status_code == 201
        assert answer.json()["points"] == answer.json()["loose_points"] == 25
        assert answer.json()["line_points"] == []

    def test_keeps_what_earns_nothing_without_a_transfer(self, till):
        answer = till.post("activities", purchase(type="visit", lines=...))

        assert answer.json()["points"] == 0
        assert Activity.objects.get().points == 0
        assert Transfer.objects.count() == 0

    def test_refuses_a_closed_account_and_changes_nothing(self, shop, till, django_db_blocker):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
            cursor.execute("UPDATE loyalty_account SET closed_at = now() WHERE kind = 'MEMBER'")
            cursor.execute("SET ROLE trouw_app")
        before = everything()

        answer = till.post("activities", purchase())

        assert (answer.status_code, answer.json()["code"]) == (409, "account_closed")
        assert everything() == before

    def test_does_without_the_rule_from_the_moment_it_is_stopped(self, shop, till):
        from loyalty.services.rules import stop_rule

        till.post("activities", purchase())
        rule = shop.programme.earning_rules.get(key="paint-twice")
        stop_rule(rule_id=rule.pk, actor="test", at=datetime.now(UTC))

        assert till.post("activities", purchase(external_id="b-2")).json()["points"] == 40


TOO_LATE = (datetime.now(UTC) + timedelta(days=2)).isoformat()  # however late the test runs
BAD = [
    # what is sent, the status, the code, the field
    (purchase(member="card:2990000000026"), 404, "member_unknown", "member"),
    (purchase(member="card:2990000000018"), 400, "invalid", "member"),
    (purchase(member="2990000000019"), 400, "invalid", "member"),
    (purchase(member="email:a\x00b@example.nl"), 400, "invalid", "member"),
    (purchase(member="01a2041e-1934-7324-92d6-175ee18ceb40"), 404, "member_unknown", "member"),
    (purchase(member=...), 400, "invalid", "member"),
    (purchase(member=7), 400, "invalid", "member"),
    (purchase(type="Purchase"), 400, "invalid", "type"),
    (purchase(type="purchase\n"), 400, "invalid", "type"),
    (purchase(external_id=""), 400, "invalid", "external_id"),
    (purchase(external_id=" b-1"), 400, "invalid", "external_id"),
    (purchase(external_id="b\x00"), 400, "invalid", "external_id"),
    (purchase(external_id="x" * 121), 400, "invalid", "external_id"),
    (purchase(source="x" * 61), 400, "invalid", "source"),
    (purchase(location="x" * 101), 400, "invalid", "location"),
    (purchase(channel="sto\nre"), 400, "invalid", "channel"),
    (purchase(currency="USD"), 400, "currency_mismatch", "currency"),
    (purchase(currency="eur"), 400, "invalid", "currency"),
    (purchase(occurred_at="2026-11-22T09:30:00"), 400, "invalid", "occurred_at"),
    (purchase(occurred_at="22-11-2026"), 400, "invalid", "occurred_at"),
    (purchase(occurred_at="2027-02-29T12:00:00Z"), 400, "invalid", "occurred_at"),
    (purchase(occurred_at="1999-12-31T23:59:59Z"), 400, "invalid", "occurred_at"),
    (purchase(occurred_at="0001-01-01T00:00:00+14:00"), 400, "invalid", "occurred_at"),
    (purchase(occurred_at=TOO_LATE), 400, "invalid", "occurred_at"),
    (purchase(occurred_at=1700000000), 400, "invalid", "occurred_at"),
    (purchase(amount="40.06"), 400, "invalid", "amount"),
    (purchase(amount="-1", lines=...), 400, "return_not_supported", "amount"),
    (purchase(lines=...), 400, "invalid", "amount"),
    (purchase(lines={}), 400, "invalid", "lines"),
    (purchase(lines=[{"product": "x", "amount": 1}] * 501), 400, "invalid", "lines"),
    (purchase(points=1000), 400, "invalid", "points"),
    (purchase(**line(points=5)), 400, "invalid", "lines.0.points"),
    (purchase(**line(amount=...)), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount=None)), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount=True)), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount="abc")), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount="１２")), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount="1e3")), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount="1,00")), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount="1_0")), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount="NaN")), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount="Infinity")), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount=1.005)), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount=0.1 + 0.2)), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount=10_000_000)), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount=10**30)), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount=[1])), 400, "invalid", "lines.0.amount"),
    (purchase(**line(amount="-0.01")), 400, "return_not_supported", "lines.0.amount"),
    (purchase(**line(quantity=0)), 400, "invalid", "lines.0.quantity"),
    (purchase(**line(quantity=-1)), 400, "invalid", "lines.0.quantity"),
    (purchase(**line(quantity="0.0001")), 400, "invalid", "lines.0.quantity"),
    (purchase(**line(quantity=10**6)), 400, "invalid", "lines.0.quantity"),
    (purchase(**line(product="")), 400, "invalid", "lines.0.product"),
    (purchase(**line(product=5)), 400, "invalid", "lines.0.product"),
    (purchase(**line(product="a\x00b")), 400, "invalid", "lines.0.product"),
    (purchase(**line(category="x" * 61)), 400, "invalid", "lines.0.category"),
]
NOT_JSON = [
    b"{",
    b"not json",
    b"\xff\xfe",
    b'{"type": "purchase", "member": "\xed\xa0\x80"}',
    b'{"type": "\\ud800"}',
    b"[" * 100_000,
    b"{}{}",
]


class TestBadInput:
    @pytest.mark.parametrize(("body", "status", "code", "field"), BAD)
    def test_is_told_where_it_is_wrong_and_changes_nothing(self, till, body, status, code, field):
        before = everything()

        answer = till.post("activities", body)

        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert [error["field"] for error in problem["errors"]] == [field]
        assert everything() == before

    @pytest.mark.parametrize(
        "number",
        [
            "1e400",
            "1e99999999999999999999",
            "-1e-99999999999999999999",
            "1" * 400,
            "[" * 900 + "]" * 900,
        ],
        ids=["large", "too large for a Decimal", "too small for one", "long", "deep"],
    )
    def test_is_told_so_when_a_number_is_monstrous(self, till, number):
        body = json.dumps(purchase(**line(amount="here"))).replace('"here"', number)
        before = everything()

        answer = till.post("activities", body)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert answer.json()["errors"][0]["field"] == "lines.0.amount"
        assert everything() == before

    @pytest.mark.parametrize("body", NOT_JSON)
    def test_is_refused_when_it_is_no_json(self, till, body):
        before = everything()

        answer = till.post("activities", body)

        assert answer.status_code == 400
        assert answer.json()["code"] in {"invalid_json", "invalid"}
        assert everything() == before

    @pytest.mark.parametrize("body", [[], "text", 5, None, [purchase()]])
    def test_is_refused_when_it_is_no_object(self, till, body):
        answer = till.post("activities", body if not isinstance(body, str) else '"text"')

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert Activity.objects.count() == 0

    def test_is_refused_when_it_is_too_large(self, till, settings):
        settings.API_MAX_BODY_BYTES = 1000

        answer = till.post("activities", purchase(location="x" * 1000))

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert Activity.objects.count() == 0

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/xml", "multipart/form-data", ""]
    )
    def test_is_refused_when_it_is_of_another_kind(self, till, content_type):
        answer = till.post("activities", b"{}", content_type=content_type)

        assert (answer.status_code, answer.json()["code"]) == (415, "content_type_unsupported")


class TestTheBalance:
    def test_is_the_accounts(self, shop, till):
        till.post("activities", purchase())
        till.post("activities", purchase(external_id="b-2"))

        assert Account.objects.get(holder=shop.anna.holder).balance == 142
