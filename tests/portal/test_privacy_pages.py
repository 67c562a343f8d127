"""Consents, questions and preferences as the member sees and changes them."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from members.models import Consent, Membership, Preference, ProfileAnswer, ProfileField
from members.selectors import accounts_of
from members.services.consent_texts import publish_text
from members.services.consents import may, record_consent
from members.services.questions import Question, ask_question, save_question
from tests.members.asking import BIRTHDAY, NEXT
from tests.portal.shop import STAFF, Shop


def ask(shop: Shop, **said: Any) -> ProfileField:
    field = save_question(
        programme_id=shop.programme.pk,
        question=Question(**{**BIRTHDAY, **said}),
        actor=STAFF,
        at=shop.opened_at,
    )
    return ask_question(field_id=field.pk, actor=STAFF, at=shop.opened_at)


def page(portal: Client, path: str) -> str:
    return portal.get(path).content.decode()


def switch(portal: Client, *, on: bool, **said: str) -> str:
    body = {
        "purpose": "OFFERS",
        "channel": "EMAIL",
        "text_version": "2026-11",
        "is_given": "yes" if on else "no",
        **said,
    }
    return portal.post("/me/consents/", body, follow=True).content.decode()


def in_dutch(anna: Membership) -> None:
    anna.member.language = "nl"
    anna.member.save(update_fields=["language"])


class TestConsents:
    def test_are_switched_per_channel_and_read_back(self, portal: Client, anna: Membership) -> None:
        on = switch(portal, on=True)
        by_mail = may(member_id=anna.member_id, purpose="OFFERS", channel="EMAIL")
        by_sms = may(member_id=anna.member_id, purpose="OFFERS", channel="SMS")
        off = switch(portal, on=False)

        assert (by_mail, by_sms) == (True, False)
        assert "Thank you, we have noted it." in on
        assert "You agreed on" in on
        assert "in the portal" in on
        assert "Offers that suit me." in on
        assert "You stopped on" in off
        assert not may(member_id=anna.member_id, purpose="OFFERS", channel="EMAIL")
        receipts = Consent.objects.order_by("pk").values_list("channel", "is_given", "actor")
        assert [each[:2] for each in receipts] == [("EMAIL", True), ("EMAIL", False)]
        assert all(actor.startswith("member:") for _c, _g, actor in receipts)

    def test_stop_all_of_a_purpose_at_once(self, portal: Client, anna: Membership) -> None:
        switch(portal, on=True)
        shown = switch(portal, on=True, channel="SMS")

        switch(portal, on=False, channel="ANY", text_version="")

        assert "Stop all of these" in shown
        for channel in ("EMAIL", "SMS", "PUSH"):
            assert not may(member_id=anna.member_id, purpose="OFFERS", channel=channel)

    def test_tell_where_it_was_when_they_joined(self, portal: Client, anna: Membership) -> None:
        Membership.objects.update(joined_through="till", joined_location="Utrecht")
        record_consent(
            member_id=anna.member_id,
            purpose="OFFERS",
            channel="EMAIL",
            is_given=True,
            text_version="2026-11",
            touchpoint="till",
            actor="api:till",
            at=anna.joined_at,
        )

        assert "in the shop in Utrecht" in page(portal, "/me/consents/")

    def test_say_when_the_words_are_newer(
        self, portal: Client, anna: Membership, shop: Shop, now: datetime
    ) -> None:
        switch(portal, on=True)
        publish_text(
            programme_id=shop.programme.pk,
            purpose="OFFERS",
            text_nl="Nieuw",
            text_en="Brand new words",
            actor=STAFF,
            at=now,
            version="v2",
        )

        shown = page(portal, "/me/consents/")
        stale = switch(portal, on=True, channel="SMS")

        assert "Brand new words" in shown
        assert "These words are newer" in shown
        assert "The words have just changed." in stale
        assert Consent.objects.count() == 1
        assert may(member_id=anna.member_id, purpose="OFFERS", channel="EMAIL")

    @pytest.mark.parametrize(
        "wrong", [{"purpose": "WORLD"}, {"channel": "PIGEON"}, {"is_given": "perhaps"}]
    )
    def test_keep_nothing_of_what_they_do_not_know(
        self, portal: Client, wrong: dict[str, str]
    ) -> None:
        switch(portal, on=True, **wrong)

        assert not Consent.objects.exists()

    def test_ask_in_dutch(self, portal: Client, anna: Membership) -> None:
        in_dutch(anna)

        assert "Je krijgt af en toe een aanbieding van ons." in page(portal, "/me/consents/")

    @pytest.mark.parametrize("path", ["consents", "questions", "preferences"])
    def test_are_for_who_signed_in(self, client: Client, db: None, path: str) -> None:
        answer = client.get(f"/me/{path}/")

        assert answer.status_code == 302
        assert "login" in answer["Location"]


class TestQuestions:
    def test_ask_one_at_a_time_with_the_deal(self, portal: Client, shop: Shop) -> None:
        ask(shop)
        ask(shop, **NEXT)

        first = page(portal, "/me/questions/")
        told = portal.post("/me/questions/birthday/", {"value": "1980-05-17"}, follow=True)
        second = told.content.decode()

        assert "When is your birthday?" in first
        assert "What are you painting next?" not in first
        for part in ("To wish you a happy one.", "A present on your birthday.", "2 years"):
            assert part in first
        assert "Thank you: 50 points for your answer." in second
        assert "What are you painting next?" in second
        assert "May 17, 1980" in second or "17 May 1980" in second

    def test_can_be_corrected_and_deleted_without_a_second_thanks(
        self, portal: Client, shop: Shop, anna: Membership
    ) -> None:
        ask(shop)
        portal.post("/me/questions/birthday/", {"value": "1980-05-17"})
        form = page(portal, "/me/questions/birthday/")
        corrected = portal.post("/me/questions/birthday/", {"value": "1981-05-17"}, follow=True)
        portal.post("/me/questions/birthday/delete/")
        portal.post("/me/questions/birthday/", {"value": "1982-05-17"})

        assert 'value="1980-05-17"' in form
        assert "50 points for your answer" not in corrected.content.decode()
        assert ProfileAnswer.objects.get().value == "1982-05-17"
        assert accounts_of(anna)["points"][1] == 50
        assert "Thanks for your answer: When is your birthday?" in page(portal, "/statement/")

    def test_keep_what_was_typed_when_it_does_not_fit(self, portal: Client, shop: Shop) -> None:
        ask(shop)

        shown = portal.post("/me/questions/birthday/", {"value": "soon"}).content.decode()

        assert "This is not right yet:" in shown
        assert 'value="soon"' in shown
        assert not ProfileAnswer.objects.exists()

    def test_take_several_choices(self, portal: Client, shop: Shop) -> None:
        ask(shop, **NEXT)

        portal.post("/me/questions/next-job/", {"value": ["door", "wall"]})

        assert ProfileAnswer.objects.get().value == ["wall", "door"]
        assert "A wall, A door" in page(portal, "/me/questions/")

    def test_can_be_put_off(self, portal: Client, shop: Shop) -> None:
        ask(shop)

        shown = portal.post("/me/questions/birthday/later/", follow=True).content.decode()

        assert "We have nothing to ask you now." in shown
        assert not ProfileAnswer.objects.exists()

    def test_show_another_answer_and_who_uses_it(
        self, portal: Client, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        from members.services.field_use import note_use

        field = ask(shop)
        ProfileAnswer.objects.create(
            member=anna.member,
            field=field,
            value="1980-05-17",
            source="IMPORT",
            answered_at=now,
            conflicting={"value": "1990-01-01", "source": "API", "at": now.isoformat()},
        )
        note_use(
            programme_id=shop.programme.pk,
            field="profile:birthday",
            used_by="rule:double-paint",
            on=now.date() - timedelta(days=3),
        )

        shown = page(portal, "/me/questions/")

        assert "There is another answer" in shown
        assert "from the webshop or the till" in shown
        assert "Double points on paint" in shown

    @pytest.mark.parametrize("path", ["", "later/", "delete/"])
    def test_that_are_not_there_are_not_found(self, portal: Client, shop: Shop, path: str) -> None:
        save_question(
            programme_id=shop.programme.pk,
            question=Question(**BIRTHDAY),
            actor=STAFF,
            at=shop.opened_at,
        )

        assert portal.post(f"/me/questions/birthday/{path}").status_code == 404
        assert portal.post(f"/me/questions/shoe-size/{path}").status_code == 404

    def test_ask_in_dutch(self, portal: Client, shop: Shop, anna: Membership) -> None:
        ask(shop)
        in_dutch(anna)

        shown = page(portal, "/me/questions/")

        assert "Wanneer ben je jarig?" in shown
        assert "Een cadeau op je verjaardag." in shown

    def test_are_one_query_on_the_home_page(
        self,
        shop: Shop,
        anna: Membership,
        rf: RequestFactory,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        ask(shop)
        request: Any = rf.get("/")
        request.session, request.membership = {}, anna
        card = Template("{% load asking %}{% next_question %}")
        with django_assert_max_num_queries(1), translation.override("en"):
            shown = card.render(Context({"request": request}))

        assert "When is your birthday?" in shown
        assert "Answer for 50 points" in shown


class TestPreferences:
    def test_are_told_concluded_and_corrected(
        self, portal: Client, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        for day in (3, 4):
            shop.sell("30.00", at=now - timedelta(days=day), category="paint")
        before = page(portal, "/me/preferences/")
        said = {"deed": "infer", "text_version": "2026-11"}
        concluded = portal.post("/me/preferences/", said, follow=True).content.decode()
        no = {"deed": "not-this", "kind": "CATEGORY", "key": "paint"}
        corrected = portal.post("/me/preferences/", no, follow=True).content.decode()

        assert "you have not agreed that we look at what you buy" in before
        assert "because 100% of what you bought in the past year was paint" in concluded
        assert "because 100% of your visits in the past year were there" in concluded
        assert "was paint" not in corrected
        paint = Preference.objects.get(kind="CATEGORY")
        assert (paint.source, paint.is_liked) == ("ASKED", False)

        stopped = portal.post("/me/preferences/", {"deed": "stop-inferring"}, follow=True)

        assert not Preference.objects.filter(source="INFERRED").exists()
        assert not may(member_id=anna.member_id, purpose="PROFILING")
        assert "you have not agreed" in stopped.content.decode()
        assert Preference.objects.filter(kind="CATEGORY").exists()

    def test_keep_the_boxes_that_are_ticked(self, portal: Client, anna: Membership) -> None:
        said = {"deed": "like", "kind": "CATEGORY", "liked": ["paint"]}
        shown = portal.post("/me/preferences/", said, follow=True).content.decode()
        portal.post("/me/preferences/", {"deed": "like", "kind": "CHANNEL", "liked": ["EMAIL"]})
        portal.post("/me/preferences/", {"deed": "like", "kind": "CATEGORY"})

        assert re.search(r'value="paint" checked', shown)
        assert [(row.kind, row.key) for row in Preference.objects.all()] == [("CHANNEL", "EMAIL")]
        assert anna.pk

    @pytest.mark.parametrize(
        "wrong",
        [
            {"deed": "like", "kind": "CATEGORY", "liked": ["cheese"]},
            {"deed": "like", "kind": "SONG", "liked": ["x"]},
            {"deed": "right", "kind": "CATEGORY", "key": "cheese"},
            {"deed": "dance"},
            {},
        ],
    )
    def test_keep_nothing_of_what_they_do_not_know(
        self, portal: Client, wrong: dict[str, Any]
    ) -> None:
        answer = portal.post("/me/preferences/", wrong)

        assert answer.status_code == 302
        assert not Preference.objects.exists()

    def test_speak_dutch(self, portal: Client, anna: Membership) -> None:
        in_dutch(anna)

        assert '<html lang="nl"' in page(portal, "/me/preferences/")
