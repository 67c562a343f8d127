from datetime import UTC, datetime, timedelta

import pytest

from loyalty.events import dispatch_pending
from loyalty.models import Account, KeptAnswer, OutboxEvent
from members.identifiers import check_digit
from members.models import Consent, Identifier, Member, Membership
from tests.api.conftest import everything, till_of
from tests.api.test_activities import purchase
from tests.members.shop import open_shop

BO = {
    "identifiers": ["email:Bo@Example.nl", "phone:06 12345678", "ext:crm:K-77"],
    "given_name": "Bo",
    "family_name": "de Vries",
    "language": "en",
    "touchpoint": "till",
    "location": "Utrecht",
    "consents": [{"purpose": "OFFERS", "channel": "EMAIL", "is_given": True, "text_version": "3"}],
}


def bo(**changes):
    return {name: value for name, value in (BO | changes).items() if value is not ...}


class TestPostMembers:
    def test_enrols_with_a_virtual_card_an_empty_account_and_the_consents(self, shop, till):
        answer = till.post("members", bo(), **{"Idempotency-Key": "k-1"})

        body = answer.json()
        membership = Membership.objects.get(member_id=body["id"])
        account = Account.objects.get(holder=membership.holder)
        card = body["card"]
        assert answer.status_code == 201
        assert set(body) == {"id", "card", "joined_at", "complete_url"}
        assert card.startswith("299")
        assert card[-1] == check_digit(card[:-1])
        assert account.balance == 0
        assert membership.joined_through == "till"
        assert membership.joined_location == "Utrecht"
        assert sorted(
            Identifier.objects.filter(member=membership.member).values_list(
                "kind", "system", "value"
            )
        ) == [
            ("CARD", "", card),
            ("EMAIL", "", "bo@example.nl"),
            ("EXTERNAL", "crm", "K-77"),
            ("PHONE", "", "+31612345678"),
        ]
        consent = Consent.objects.get()
        assert (consent.purpose, consent.is_given, consent.actor) == ("OFFERS", True, "api:kassa")
        assert list(OutboxEvent.objects.order_by("id").values_list("name", flat=True))[1:] == [
            "members.member_enrolled.v1",
            "members.consent_changed.v1",
        ]

    def test_says_nothing_of_the_person_in_events_and_kept_answers(self, till):
        till.post("members", bo(), **{"Idempotency-Key": "k-1"})

        said = str([*OutboxEvent.objects.values(), *KeptAnswer.objects.values()])
        assert not any(
            word in said for word in ("Bo", "Vries", "bo@", "K-77", "31612345678", "299")
        )

    def test_answers_the_same_request_under_the_same_key_once(self, till):
        first = till.post("members", bo(), **{"Idempotency-Key": "k-1"})
        before = everything()

        again = till.post("members", bo(), **{"Idempotency-Key": "k-1"})

        assert (again.status_code, again.json()) == (201, first.json())
        assert everything() == before

    def test_refuses_another_request_under_the_same_key(self, till):
        till.post("members", bo(), **{"Idempotency-Key": "k-1"})
        before = everything()

        answer = till.post("members", bo(given_name="Bob"), **{"Idempotency-Key": "k-1"})

        assert (answer.status_code, answer.json()["code"]) == (422, "key_conflict")
        assert everything() == before

    def test_wants_a_key(self, till):
        before = everything()

        answer = till.post("members", bo())

        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
        assert everything() == before

    @pytest.mark.parametrize(
        "identifier",
        ["email:ANNA@example.NL", "card:299 0000 0000 19", "card:2990000000019"],
    )
    def test_refuses_an_identifier_that_somebody_has_however_written(self, till, identifier):
        before = everything()

        answer = till.post("members", bo(identifiers=[identifier]), **{"Idempotency-Key": "k"})

        assert (answer.status_code, answer.json()["code"]) == (409, "identifier_taken")
        assert everything() == before

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"identifiers": ["card:123"]}, "identifiers.0"),
            ({"identifiers": ["email:bo@example.nl", "card:2990000000018"]}, "identifiers.1"),
            ({"identifiers": ["email:bo"]}, "identifiers.0"),
            ({"identifiers": ["phone:12"]}, "identifiers.0"),
            ({"identifiers": ["ext:crm"]}, "identifiers.0"),
            ({"identifiers": ["passport:NL1"]}, "identifiers.0"),
            ({"identifiers": ["email:b\u202eo@example.nl"]}, "identifiers.0"),
            ({"identifiers": ["ext:crm:1"] * 21}, "identifiers"),
            ({"identifiers": "email:bo@example.nl"}, "identifiers"),
            ({"identifiers": ...}, "identifiers"),
            ({"language": "de"}, "language"),
            ({"given_name": "x" * 101}, "given_name"),
            ({"given_name": "B\x00o"}, "given_name"),
            ({"family_name": "a\nb"}, "family_name"),
            (
                {"consents": [{"purpose": "SPAM", "is_given": True, "text_version": "1"}]},
                "consents.0.purpose",
            ),
            (
                {"consents": [{"purpose": "OFFERS", "is_given": 1, "text_version": "1"}]},
                "consents.0.is_given",
            ),
            ({"touchpoint": ""}, "touchpoint"),
            ({"points": 500}, "points"),
            ({"is_staff": True}, "is_staff"),
        ],
    )
    def test_tells_where_a_request_is_wrong_and_changes_nothing(self, till, changes, field):
        before = everything()

        answer = till.post("members", bo(**changes), **{"Idempotency-Key": "k-1"})

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert answer.json()["errors"][0]["field"] == field
        assert everything() == before


class TestGetMember:
    def test_shows_profile_and_balance_and_nothing_else(self, shop, till):
        till.post("activities", purchase())

        body = till.get(f"members/{shop.anna.member_id}").json()

        assert body == {
            "id": str(shop.anna.member_id),
            "given_name": "Anna",
            "family_name": "",
            "language": "nl",
            "identifiers": ["card:2990000000019", "email:anna@example.nl"],
            "joined_at": "2026-11-22T12:00:00Z",
            "balance": {
                "points": 71,
                "pending": 0,
                "held": 0,
                "owed": 0,
                "units": {},
                "worth": "0.00",
                "currency": "EUR",
                "expiring": [{"on": "2028-11-22", "points": 71}],
            },
            "tiers": [],
        }

    @pytest.mark.parametrize(
        "identifier", ["card:2990000000019", "email:ANNA@example.nl", "card:299-0000-0000-19"]
    )
    def test_is_found_by_any_identifier(self, shop, till, identifier):
        body = till.get(f"members?identifier={identifier}").json()

        assert body["id"] == str(shop.anna.member_id)

    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("members", 400, "invalid"),
            ("members?identifier=anna", 400, "invalid"),
            ("members?identifier=card:2990000000026", 404, "member_unknown"),
            ("members?identifier=card:2990000000019&all=1", 400, "invalid"),
            ("members/01a2041e-1934-7324-92d6-175ee18ceb40", 404, "member_unknown"),
            ("members/7", 404, "not_found"),
        ],
    )
    def test_is_refused_when_nobody_is_meant(self, till, path, status, code):
        answer = till.get(path)

        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_is_nobody_to_another_programme(self, shop, till):
        other = open_shop("other", card="card:2990000000026", email="email:bo@example.nl")
        theirs, anna = till_of(other, "their-till"), shop.anna.member_id

        answers = [
            theirs.get("members?identifier=card:2990000000019"),
            theirs.get(f"members/{anna}"),
            theirs.get(f"members/{anna}/statement"),
            theirs.get(f"members/{anna}/timeline"),
            theirs.patch(f"members/{anna}", {"given_name": "Mallory"}),
        ]

        assert [answer.status_code for answer in answers] == [404] * 5
        assert Member.objects.get(pk=anna).given_name == "Anna"

    def test_asks_little_of_the_database(self, shop, till, django_assert_max_num_queries):
        till.get(f"members/{shop.anna.member_id}")

        with django_assert_max_num_queries(10):  # three of them write down who looked
            till.get(f"members/{shop.anna.member_id}")


class TestPatchMember:
    def test_changes_what_is_sent_and_leaves_the_rest(self, shop, till):
        path = f"members/{shop.anna.member_id}"

        answer = till.patch(path, {"family_name": " Jansen ", "language": "en"})

        body = answer.json()
        event = OutboxEvent.objects.latest("id")
        assert answer.status_code == 200
        assert (body["given_name"], body["family_name"], body["language"]) == (
            "Anna",
            "Jansen",
            "en",
        )
        assert event.name == "members.profile_changed.v1"
        assert event.payload == {"fields": ["family_name", "language"], "actor": "api:kassa"}

    def test_of_nothing_changes_nothing(self, shop, till):
        before = everything()

        assert till.patch(f"members/{shop.anna.member_id}", {}).status_code == 200

        assert everything() == before

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"id": "x"}, "id"),
            ({"identifiers": []}, "identifiers"),
            ({"balance": 1}, "balance"),
            ({"language": "fr"}, "language"),
            ({"given_name": None}, "given_name"),
            ({"given_name": "a\x07"}, "given_name"),
        ],
    )
    def test_refuses_what_may_not_be_changed(self, shop, till, change, field):
        before = everything()

        answer = till.patch(f"members/{shop.anna.member_id}", change)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert answer.json()["errors"][0]["field"] == field
        assert everything() == before


class TestGetStatement:
    def test_pages_through_every_movement_once_the_last_booked_first(self, shop, till):
        for number in range(5):
            till.post("activities", purchase(external_id=f"b-{number}"))
        path, seen, cursor = f"members/{shop.anna.member_id}/statement?limit=2", [], ""

        while cursor is not None:
            page = till.get(f"{path}&cursor={cursor}" if cursor else path).json()
            seen += page["items"]
            cursor = page["next"]

        assert [item["external_id"] for item in seen] == ["b-4", "b-3", "b-2", "b-1", "b-0"]
        assert [item["balance"] for item in seen] == [355, 284, 213, 142, 71]
        assert set(seen[0]) == {
            "at",
            "kind",
            "points",
            "balance",
            "source",
            "external_id",
            "activity",
            "reasons",
        }
        assert [reason["rule"] for reason in seen[0]["reasons"]] == ["base", "paint-twice"]
        assert set(seen[0]["reasons"][0]["text"]) == {"nl", "en"}

    def test_asks_as_often_for_fifty_as_for_two(self, shop, till, django_assert_num_queries):
        till.post("activities/batch", [purchase(external_id=f"b-{n}") for n in range(50)])
        path = f"members/{shop.anna.member_id}/statement"
        till.get(path)

        for limit in (2, 50):
            with django_assert_num_queries(8):
                assert len(till.get(f"{path}?limit={limit}").json()["items"]) == limit

    @pytest.mark.parametrize(
        "query",
        [
            "cursor=x",
            "cursor=djE6MA",
            "cursor=%00",
            "cursor=djI6NQ",
            "limit=0",
            "limit=101",
            "limit=ten",
            "limit=-1",
            "page=2",
        ],
    )
    def test_refuses_a_page_that_cannot_be(self, shop, till, query):
        answer = till.get(f"members/{shop.anna.member_id}/statement?{query}")

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


class TestGetTimeline:
    def test_pages_through_what_happened_the_latest_first(self, shop, till):
        for minute in range(3):
            at = datetime(2026, 11, 22, 13, minute, tzinfo=UTC).isoformat()
            till.post("activities", purchase(external_id=f"b-{minute}", occurred_at=at))
        dispatch_pending(at=datetime.now(UTC) + timedelta(seconds=1))
        path = f"members/{shop.anna.member_id}/timeline?limit=2"

        first = till.get(path).json()
        last = till.get(f"{path}&cursor={first['next']}").json()

        items = first["items"] + last["items"]
        assert [item["name"] for item in items] == [
            *["members.activity_recorded.v1"] * 3,
            "members.member_enrolled.v1",
        ]
        assert [item["payload"].get("external_id") for item in items] == ["b-2", "b-1", "b-0", None]
        assert last["next"] is None
        assert "transfer" not in str(items)


class TestGetExplanation:
    @pytest.mark.parametrize(
        ("asked", "language"),
        [
            ("nl", "nl"),
            ("en-GB,en;q=0.9,nl;q=0.8", "en"),
            ("de", "nl"),
            ("nl;q=0.1,en;q=0.5", "en"),
            ("", "nl"),
        ],
    )
    def test_tells_why_in_the_language_asked_for(self, till, asked, language):
        recorded = till.post("activities", purchase()).json()

        answer = till.get(f"activities/{recorded['id']}/explanation", **{"Accept-Language": asked})

        body = answer.json()
        assert answer.headers["Content-Language"] == body["language"] == language
        assert (body["points"], body["balance"], body["amount"]) == (71, 71, "40.05")
        assert body["occurred_at"] == "2026-11-22T08:30:00Z"
        assert [(line["product"], line["points"]) for line in body["lines"]] == [
            ("verf-1", 62),
            ("kwast-4", 9),
        ]
        assert [reason["texts"] for reason in body["reasons"]] == [
            reason["text"] for reason in recorded["reasons"]
        ]
        assert all(reason["text"] == reason["texts"][language] for reason in body["reasons"])

    def test_is_not_for_another_programme(self, till):
        recorded = till.post("activities", purchase()).json()
        other = open_shop("other", card="card:2990000000026", email="email:bo@example.nl")

        answer = till_of(other, "their-till").get(f"activities/{recorded['id']}/explanation")

        assert (answer.status_code, answer.json()["code"]) == (404, "activity_unknown")
