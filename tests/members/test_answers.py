"""Questions with a deal, and what members answer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from loyalty.errors import DomainError, InvalidRequest
from loyalty.models import Lot, OutboxEvent, Transfer
from loyalty.services.audit import audit
from members.errors import AnswerInvalid, MemberUnknown, QuestionClosed, QuestionUnknown
from members.models import Activity, ProfileAnswer, ProfileField
from members.selectors import account_of, accounts_of
from members.services.answers import delete_answer, record_answer
from members.services.questions import (
    Question,
    next_question,
    save_question,
    stop_and_delete,
    stop_question,
)
from tests.members.asking import BIRTHDAY, NEXT, answer, question
from tests.members.deeds import bought, record
from tests.members.shop import NOON, Shop

LATER = NOON + timedelta(days=1)


def points(shop: Shop) -> int:
    return accounts_of(shop.anna)["points"][1]


class TestSaveQuestion:
    def test_begins_as_a_draft_that_is_not_asked(self, shop: Shop) -> None:
        field = question(shop, is_live=False)

        assert field.state == "DRAFT"
        assert next_question(shop.anna) is None

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"label_nl": " "}, "label_nl"),
            ({"why_en": ""}, "why_en"),
            ({"benefit_en": ""}, "benefit_en"),
            ({"keep_days": 0}, "keep_days"),
            ({"keep_days": 3_661}, "keep_days"),
            ({"points": 10_001}, "points"),
            ({"kind": "SONG"}, "kind"),
            ({"purpose": "WORLD"}, "purpose"),
            ({"choices": [("a", "a", "a"), ("b", "b", "b")]}, "choices"),
            ({"kind": "CHOICE"}, "choices"),
            ({"kind": "CHOICE", "choices": [("a", "a", "a"), ("a", "b", "b")]}, "choices"),
        ],
    )
    def test_refuses_what_is_wrong_and_keeps_nothing(
        self, shop: Shop, wrong: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidRequest) as refusal:
            question(shop, **wrong)

        assert refusal.value.field == field
        assert not ProfileField.objects.exists()

    @pytest.mark.parametrize(
        "change",
        [{"kind": "TEXT", "choices": ()}, {"choices": [("door", "d", "d"), ("x", "x", "x")]}],
    )
    def test_refuses_what_takes_the_meaning_from_answers(
        self, shop: Shop, change: dict[str, Any]
    ) -> None:
        question(shop, **NEXT)
        answer(shop, ["wall"], field="next-job")

        with pytest.raises(QuestionClosed):
            save_question(
                programme_id=shop.programme.pk,
                question=Question(**{**NEXT, **change}),
                actor="staff:1",
                at=LATER,
            )

        assert ProfileField.objects.get().kind == "CHOICES"
        assert len(ProfileField.objects.get().choices) == 2


class TestNextQuestion:
    def test_asks_one_at_a_time_in_order(self, shop: Shop, django_assert_num_queries: Any) -> None:
        second, first = question(shop, **NEXT), question(shop)
        with django_assert_num_queries(1):
            asked = next_question(shop.anna)
        answer(shop, "1980-05-17")

        assert asked == first
        assert next_question(shop.anna) == second
        assert next_question(shop.anna, skipped=[second.pk]) is None

    def test_waits_for_so_many_activities_that_are_no_answers(self, shop: Shop) -> None:
        question(shop, **{**NEXT, "ask_after": 1})
        question(shop)
        answer(shop, "1980-05-17")
        before = next_question(shop.anna)
        record(shop, bought("1", 1, "10.00"))

        assert before is None
        assert next_question(shop.anna) is not None


class TestRecordAnswer:
    def test_thanks_with_points_that_say_what_for_and_lapse_like_others(self, shop: Shop) -> None:
        question(shop)
        answer(shop, "1980-05-17")

        [transfer] = Transfer.objects.filter(source="questions")
        assert (transfer.kind, transfer.points) == ("EARN", 50)
        assert transfer.reasons[0]["name"]["nl"] == (
            "Bedankt voor je antwoord: Wanneer ben je jarig?"
        )
        assert Lot.objects.get(transfer=transfer).expires_at is not None
        assert points(shop) == 50
        assert [finding.differences for finding in audit() if finding.differences] == []

    def test_is_an_activity_that_rules_can_reward_once(self, shop: Shop) -> None:
        shop.publish(
            "told",
            {
                "schema": 1,
                "trigger": "profile_answered",
                "conditions": [],
                "effect": {"kind": "fixed", "points": 7},
            },
        )
        question(shop, points=0)
        answer(shop, "1980-05-17")
        answer(shop, "1980-05-18", at=LATER)

        done = Activity.objects.get(type="profile_answered")
        assert (done.source, done.external_id) == ("questions", f"birthday:{shop.anna.member_id}")
        assert done.attributes == {"field": "birthday"}
        assert points(shop) == 7

    def test_never_pays_twice_also_after_deleting_and_answering_again(self, shop: Shop) -> None:
        field = question(shop)
        answer(shop, "1980-05-17")
        self.delete(shop)
        question(shop, points=80)
        answer(shop, "1981-05-17", at=LATER)

        assert points(shop) == 50
        assert Transfer.objects.filter(source="questions").count() == 1
        assert Activity.objects.filter(type="profile_answered").count() == 1
        assert ProfileAnswer.objects.get(field=field).value == "1981-05-17"

    @staticmethod
    def delete(shop: Shop) -> bool:
        return delete_answer(
            programme_id=shop.programme.pk,
            member_id=shop.anna.member_id,
            field="birthday",
            actor="member:1",
            at=LATER,
        )

    def test_gives_no_thanks_for_what_others_say(self, shop: Shop) -> None:
        question(shop)
        answer(shop, "1980-05-17", source="IMPORT")

        assert points(shop) == 0

    def test_lets_the_members_word_stand_and_shows_the_other(self, shop: Shop) -> None:
        question(shop)
        answer(shop, "1980-05-17")
        kept = answer(shop, "1990-01-01", source="API", at=LATER)

        assert kept.value == "1980-05-17"
        assert kept.conflicting == {
            "value": "1990-01-01",
            "source": "API",
            "at": LATER.isoformat(),
        }

        settled = answer(shop, "1990-01-01", at=LATER)

        settled.refresh_from_db()
        assert (settled.value, settled.conflicting) == ("1990-01-01", None)
        assert settled.confirmed_at == LATER

    def test_lets_the_later_of_two_others_stand_and_keeps_the_first_beside_it(
        self, shop: Shop
    ) -> None:
        question(shop)
        answer(shop, "1980-05-17", source="IMPORT")
        answer(shop, "1990-01-01", source="DESK", at=LATER)

        kept = ProfileAnswer.objects.get()
        assert (kept.value, kept.source) == ("1990-01-01", "DESK")
        assert kept.conflicting is not None
        assert kept.conflicting["value"] == "1980-05-17"

    def test_tells_that_it_was_answered_and_never_what(self, shop: Shop) -> None:
        question(shop)
        answer(shop, "1980-05-17")

        said = OutboxEvent.objects.get(name="members.answer_changed.v1")
        assert said.subject == shop.anna.holder
        assert said.payload["deed"] == "answered"
        assert "1980" not in str(said.payload)

    @pytest.mark.parametrize(
        ("kind", "said", "kept"),
        [
            ("TEXT", "  blue ", "blue"),
            ("DATE", "2001-02-03", "2001-02-03"),
            ("NUMBER", "12,50", "12.5"),
            ("NUMBER", 100, "100"),
            ("YES_NO", "ja", True),
            ("YES_NO", False, False),
            ("CHOICE", "door", "door"),
            ("CHOICES", ["door", "wall"], ["wall", "door"]),
        ],
    )
    def test_keeps_one_form_of_each_kind(self, shop: Shop, kind: str, said: Any, kept: Any) -> None:
        choices = NEXT["choices"] if kind.startswith("CHOICE") else ()
        question(shop, kind=kind, choices=choices)

        answer(shop, said)

        assert ProfileAnswer.objects.get().value == kept

    @pytest.mark.parametrize(
        ("kind", "said"),
        [
            ("TEXT", " "),
            ("TEXT", "x" * 501),
            ("TEXT", "a\x00b"),
            ("TEXT", 7),
            ("DATE", "17-5-1980"),
            ("DATE", "1899-12-31"),
            ("NUMBER", "many"),
            ("NUMBER", "1.234"),
            ("NUMBER", "NaN"),
            ("NUMBER", "1e40"),
            ("NUMBER", True),
            ("YES_NO", "perhaps"),
            ("CHOICE", "window"),
            ("CHOICE", ["door"]),
            ("CHOICES", []),
            ("CHOICES", ["door", "window"]),
            ("CHOICES", "door"),
        ],
    )
    def test_refuses_what_does_not_fit_and_leaves_nothing_behind(
        self, shop: Shop, kind: str, said: Any
    ) -> None:
        choices = NEXT["choices"] if kind.startswith("CHOICE") else ()
        question(shop, kind=kind, choices=choices)
        events = OutboxEvent.objects.count()

        with pytest.raises(AnswerInvalid):
            answer(shop, said)

        assert not ProfileAnswer.objects.exists()
        assert not Activity.objects.exists()
        assert OutboxEvent.objects.count() == events
        assert points(shop) == 0

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"field": "shoe-size"}, QuestionUnknown),
            ({"member_id": uuid4()}, MemberUnknown),
            ({"field": "draft"}, QuestionClosed),
            ({"field": "stopped"}, QuestionClosed),
        ],
    )
    def test_refuses_what_is_not_asked(
        self, shop: Shop, changes: dict[str, Any], refusal: type[DomainError]
    ) -> None:
        question(shop, key="draft", is_live=False)
        stopped = question(shop, key="stopped")
        stop_question(field_id=stopped.pk, actor="staff:1", at=NOON)
        said = {"field": "birthday", "member_id": shop.anna.member_id}

        with pytest.raises(refusal):
            record_answer(
                programme_id=shop.programme.pk,
                value="1980-05-17",
                source="MEMBER",
                actor="member:1",
                at=NOON,
                **{**said, **changes},
            )

        assert not ProfileAnswer.objects.exists()


class TestStopAndDelete:
    def test_deletes_every_answer_and_asks_no_more(self, shop: Shop) -> None:
        field = question(shop)
        answer(shop, "1980-05-17")

        deleted = stop_and_delete(field_id=field.pk, actor="staff:1", at=LATER)

        field.refresh_from_db()
        assert deleted == 1
        assert field.state == "STOPPED"
        assert not ProfileAnswer.objects.exists()
        assert OutboxEvent.objects.get(name="members.question_stopped.v1").payload["deleted"] == 1
        assert account_of(shop.anna)
        assert points(shop) == 50
        assert BIRTHDAY["points"] == 50
