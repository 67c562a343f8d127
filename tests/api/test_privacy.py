"""Consents and answers as a webshop or a till sends and reads them."""

from typing import Any

import pytest

from members.models import Consent, ProfileAnswer
from members.selectors import accounts_of
from members.services.consent_texts import publish_text
from members.services.consents import may
from tests.api.conftest import Till, everything, till_of
from tests.members.asking import NEXT, answer, question
from tests.members.shop import NOON, Shop, open_shop


def consents(shop: Shop) -> str:
    return f"members/{shop.anna.member_id}/consents"


def answers(shop: Shop) -> str:
    return f"members/{shop.anna.member_id}/answers"


def put(till: Till, path: str, body: Any) -> Any:
    return till.http.put(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {till.key}"},
    )


def agree(till: Till, shop: Shop, key: str = "k", **said: Any) -> Any:
    body = {"purpose": "OFFERS", "channel": "EMAIL", "is_given": True, "text_version": "v1"} | said
    return till.post(consents(shop), body, **{"Idempotency-Key": key})


@pytest.fixture
def words(shop: Shop) -> None:
    publish_text(
        programme_id=shop.programme.pk,
        purpose="OFFERS",
        text_nl="Mag het?",
        text_en="May we?",
        version="v1",
        actor="staff:1",
        at=NOON,
    )


class TestConsents:
    @pytest.mark.usefixtures("words")
    def test_are_given_in_words_read_and_withdrawn(self, shop: Shop, till: Till) -> None:
        texts = till.get(consents(shop)).json()["texts"]
        given = agree(till, shop)
        member = shop.anna.member_id
        is_on = may(member_id=member, purpose="OFFERS", channel="EMAIL")
        withdrawn = agree(till, shop, "k2", is_given=False, text_version="", channel="ANY")

        assert texts[0] == {
            "purpose": "OFFERS",
            "version": "v1",
            "text": {"nl": "Mag het?", "en": "May we?"},
        }
        assert is_on
        now = {"purpose": "OFFERS", "channel": "EMAIL", "is_given": True}
        assert now in given.json()["now"]
        assert all(not each["is_given"] for each in withdrawn.json()["now"])
        receipts = withdrawn.json()["receipts"]
        assert [each["is_given"] for each in receipts] == [False, True]
        assert receipts[0]["text_version"] == "v1"
        assert not may(member_id=member, purpose="OFFERS", channel="EMAIL")

    @pytest.mark.usefixtures("words")
    def test_count_once_however_often_they_are_sent(self, shop: Shop, till: Till) -> None:
        first, second = agree(till, shop), agree(till, shop)

        assert first.json() == second.json()
        assert Consent.objects.count() == 1

    @pytest.mark.usefixtures("words")
    @pytest.mark.parametrize(
        ("said", "status", "code"),
        [
            ({"text_version": "never"}, 400, "consent_text_unknown"),
            ({"purpose": "WORLD"}, 400, "invalid"),
            ({"channel": "PIGEON"}, 400, "invalid"),
            ({"more": 1}, 400, "invalid"),
        ],
    )
    def test_are_refused_and_leave_nothing_behind(
        self, shop: Shop, till: Till, said: dict[str, Any], status: int, code: str
    ) -> None:
        before = everything()

        refused = agree(till, shop, **said)

        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert everything() == before

    def test_want_a_key(self, shop: Shop, till: Till) -> None:
        refused = till.post(consents(shop), {"purpose": "OFFERS", "is_given": True})

        assert refused.json()["code"] == "idempotency_key_missing"

    @pytest.mark.usefixtures("words")
    def test_are_judged_when_somebody_joins(self, till: Till) -> None:
        said = {"purpose": "OFFERS", "is_given": True, "text_version": "never"}
        body = {"identifiers": ["email:bob@example.nl"], "consents": [said]}
        before = everything()

        refused = till.post("members", body, **{"Idempotency-Key": "x"})

        assert refused.json()["code"] == "consent_text_unknown"
        assert everything() == before

    def test_of_another_programme_are_not_known(self, shop: Shop) -> None:
        other = open_shop("other", card="card:2990000000026", email="email:o@example.nl")
        stranger = till_of(other)

        assert stranger.get(consents(shop)).status_code == 404
        assert stranger.get(answers(shop)).status_code == 404
        assert agree(stranger, shop).status_code == 404
        assert put(stranger, answers(shop), {"field": "x", "value": 1}).status_code == 404

    def test_want_the_scope(self, shop: Shop) -> None:
        reader = till_of(shop, "reader", ["members:read"])

        assert reader.get(consents(shop)).status_code == 200
        assert agree(reader, shop).status_code == 403
        assert put(reader, answers(shop), {"field": "x", "value": 1}).status_code == 403


class TestAnswers:
    def test_tell_what_is_open_with_its_deal(self, shop: Shop, till: Till) -> None:
        question(shop)
        question(shop, **NEXT)

        said = till.get(answers(shop)).json()

        assert said["answers"] == []
        assert [each["field"] for each in said["open"]] == ["birthday", "next-job"]
        assert said["open"][0]["why"]["en"] == "To wish you a happy one."
        assert said["open"][1]["choices"][0] == {
            "key": "wall",
            "name": {"nl": "Een muur", "en": "A wall"},
        }

    def test_of_a_system_are_kept_beside_those_of_the_member(self, shop: Shop, till: Till) -> None:
        question(shop)
        answer(shop, "1980-05-17")

        said = put(till, answers(shop), {"field": "birthday", "value": "1990-01-01"}).json()

        [known] = said["answers"]
        assert (known["value"], known["source"]) == ("1980-05-17", "MEMBER")
        assert (known["conflict"]["value"], known["conflict"]["source"]) == ("1990-01-01", "API")
        assert said["open"] == []

    def test_of_members_in_another_screen_are_thanked_for(self, shop: Shop, till: Till) -> None:
        question(shop)
        said = {"field": "birthday", "value": "1980-05-17", "is_from_member": True}
        for _time in range(2):
            put(till, answers(shop), said)
        deleted = put(till, answers(shop), {"field": "birthday", "value": None}).json()

        assert accounts_of(shop.anna)["points"][1] == 50
        assert deleted["answers"] == []

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"field": "birthday", "value": "soon"}, "answer_invalid"),
            ({"field": "birthday", "value": {"a": 1}}, "answer_invalid"),
            ({"field": "shoe-size", "value": "42"}, "question_unknown"),
            ({"field": "draft", "value": "2000-01-01"}, "question_closed"),
            ({"field": "birthday"}, "invalid"),
        ],
    )
    def test_are_refused_and_leave_nothing_behind(
        self, shop: Shop, till: Till, said: dict[str, Any], code: str
    ) -> None:
        question(shop)
        question(shop, key="draft", is_live=False)
        before = everything()

        refused = put(till, answers(shop), said)

        assert refused.json()["code"] == code
        assert everything() == before
        assert not ProfileAnswer.objects.exists()
