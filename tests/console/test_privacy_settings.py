"""Consent texts, questions, data quality and retention, as colleagues work with them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from members.models import (
    Consent,
    ConsentText,
    Membership,
    ProfileAnswer,
    ProfileField,
    Retention,
)

TEXTS, QUESTIONS = "/console/members/consenttext/", "/console/members/profilefield/"
QUALITY, RETENTION = "/console/members/fielduse/", "/console/members/retention/"
BIRTHDAY = {
    "label_nl": "Wanneer ben je jarig?",
    "label_en": "When is your birthday?",
    "kind": "DATE",
    "choices_said": "",
    "why_nl": "Om je te feliciteren.",
    "why_en": "To wish you a happy one.",
    "benefit_nl": "Een cadeau.",
    "benefit_en": "A present.",
    "points": "50",
    "keep_days": "730",
    "purpose": "",
    "ask_after": "0",
    "place": "0",
}


def text(response: Any) -> str:
    return str(response.content.decode())


def saved(client: Client, **changes: str) -> Any:
    return client.post(f"{QUESTIONS}add/", {**BIRTHDAY, **changes}, follow=True)


def answered(anna: Membership, field: ProfileField) -> ProfileAnswer:
    return ProfileAnswer.objects.create(
        member=anna.member,
        field=field,
        value="1980-05-17",
        source="MEMBER",
        answered_at=timezone.now(),
    )


class TestConsentTexts:
    def test_are_published_and_counted(
        self, client: Client, sign_in: Any, anna: Membership
    ) -> None:
        sign_in("administrator")
        Consent.objects.create(
            member=anna.member,
            purpose="OFFERS",
            channel="EMAIL",
            is_given=True,
            text_version="2026-11",
            touchpoint="portal",
            actor="member:1",
            recorded_at=timezone.now(),
        )
        before = text(client.get(TEXTS))
        form = text(client.get(f"{TEXTS}add/?purpose=OFFERS"))
        words = {"purpose": "OFFERS", "text_nl": "Mag het?", "text_en": "May we, please?"}

        page = text(client.post(f"{TEXTS}add/", words, follow=True))

        assert "standard words" in before
        assert "Offers that suit me." in form
        assert ConsentText.objects.get().text_nl == "Mag het?"
        assert "May we, please?" in page
        assert "1 member agreed to earlier words" in page

    def test_in_dutch(self, client: Client, sign_in: Any) -> None:
        sign_in("administrator")
        client.cookies["django_language"] = "nl"

        assert "Aanbiedingen die bij me passen." in text(client.get(TEXTS))

    def test_refuse_the_words_that_hold_already(self, client: Client, sign_in: Any) -> None:
        sign_in("administrator")
        words = {"purpose": "OFFERS", "text_nl": "Mag het?", "text_en": "May we?"}
        client.post(f"{TEXTS}add/", words)

        page = text(client.post(f"{TEXTS}add/", words, follow=True))

        assert "These are the words that hold already." in page
        assert ConsentText.objects.count() == 1

    @pytest.mark.parametrize(("role", "status"), [("marketer", 403), ("finance", 403)])
    def test_are_published_by_administrators_only(
        self, client: Client, sign_in: Any, role: str, status: int
    ) -> None:
        sign_in(role)
        words = {"purpose": "OFFERS", "text_nl": "Mag het?", "text_en": "May we?"}

        assert client.post(f"{TEXTS}add/", words).status_code == status
        assert not ConsentText.objects.exists()


class TestQuestions:
    def test_are_written_looked_at_asked_and_stopped(self, client: Client, sign_in: Any) -> None:
        sign_in("marketer")
        page = text(saved(client))
        field = ProfileField.objects.get()
        draft = field.state
        asks = text(client.get(f"{QUESTIONS}{field.pk}/ask/", follow=True))
        client.post(f"{QUESTIONS}{field.pk}/ask/")
        field.refresh_from_db()
        live = field.state
        client.post(f"{QUESTIONS}{field.pk}/stop/")
        field.refresh_from_db()

        assert field.key == "when-is-your-birthday"
        assert "Why we ask" in page
        assert "Om je te feliciteren." in page
        assert "one question at a time" in asks
        assert (draft, live, field.state) == ("DRAFT", "LIVE", "STOPPED")
        assert "When is your birthday?" in text(client.get(QUESTIONS))

    def test_keep_the_keys_of_their_choices(self, client: Client, sign_in: Any) -> None:
        sign_in("marketer")
        saved(client, kind="CHOICE", choices_said="Muur | A wall\nDeur | A door")
        field = ProfileField.objects.get()
        said = {**BIRTHDAY, "kind": "CHOICE", "choices_said": "Wand | A wall\nRaam | A window"}
        client.post(f"{QUESTIONS}{field.pk}/change/", said)
        field.refresh_from_db()

        assert [choice["key"] for choice in field.choices] == ["a-wall", "a-window"]
        assert field.choices[0]["nl"] == "Wand"

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"kind": "CHOICE"}, "Give 2 to 30 choices."),
            ({"choices_said": "a | a\nb | b"}, "This kind of question has no choices."),
            ({"kind": "CHOICE", "choices_said": "Muur\nDeur"}, "lacks one of the languages"),
            ({"benefit_en": ""}, "Say this in both languages."),
            ({"why_nl": ""}, "This field is required."),
        ],
    )
    def test_are_refused_beside_the_field_and_not_kept(
        self, client: Client, sign_in: Any, wrong: dict[str, str], said: str
    ) -> None:
        sign_in("marketer")

        page = text(saved(client, **wrong))

        assert said in page
        assert not ProfileField.objects.exists()

    @pytest.mark.parametrize("role", ["service desk", "finance"])
    def test_are_no_business_of_others(self, client: Client, sign_in: Any, role: str) -> None:
        sign_in(role)

        assert client.get(QUESTIONS).status_code == 403


class TestDataQuality:
    def test_shows_every_field_in_few_queries(
        self,
        client: Client,
        sign_in: Any,
        anna: Membership,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        saved(client)
        answered(anna, ProfileField.objects.get())
        with django_assert_max_num_queries(20):
            page = text(client.get(QUALITY))

        assert "When is your birthday?" in page
        assert "100%" in page

    def test_deletes_what_nobody_uses_for_a_reason(
        self, client: Client, sign_in: Any, anna: Membership
    ) -> None:
        sign_in("marketer")
        saved(client)
        field = ProfileField.objects.get()
        answered(anna, field)
        ProfileField.objects.update(created_at=timezone.now() - timedelta(days=100))
        listed = text(client.get(QUALITY))
        address = f"{QUALITY}forget/profile:{field.key}/"
        asks = text(client.get(address))
        nameless = client.post(address, {"reason": "", "count": "1"})
        stale = client.post(address, {"reason": "Unused", "count": "7"})
        still = ProfileAnswer.objects.count()
        done = text(client.post(address, {"reason": "Unused", "count": "1"}, follow=True))

        assert "Not used for 90 days" in listed
        assert "What 1 member told or showed goes" in asks
        assert (nameless.status_code, stale.status_code, still) == (200, 200, 1)
        assert "Deleted: 1." in done
        assert not ProfileAnswer.objects.exists()
        assert "Unused" in LogEntry.objects.latest("pk").change_message

    def test_deletes_no_field_that_members_cannot_do_without(
        self, client: Client, sign_in: Any
    ) -> None:
        sign_in("administrator")

        assert client.get(f"{QUALITY}forget/member.email/").status_code == 404
        assert client.get(f"{QUALITY}forget/profile:nothing/").status_code == 404

    def test_is_not_deleted_by_whoever_may_not(self, client: Client, sign_in: Any) -> None:
        sign_in("service desk")

        assert client.post(f"{QUALITY}forget/preference:brand/").status_code == 403
        assert client.get(QUALITY).status_code == 403


class TestRetention:
    def days(self, client: Client) -> dict[str, str]:
        form = client.get(RETENTION).context["form"]
        return {name: str(field.initial) for name, field in form.fields.items()}

    def test_is_shown_and_changed(self, client: Client, sign_in: Any) -> None:
        sign_in("administrator")
        days = self.days(client)

        page = text(client.post(RETENTION, {**days, "messages": "60"}, follow=True))

        assert "Saved. It is carried out every night." in page
        assert [(row.kind, row.days) for row in Retention.objects.all()] == [("messages", 60)]

    def test_refuses_too_few_days_and_keeps_what_was_typed(
        self, client: Client, sign_in: Any
    ) -> None:
        sign_in("administrator")
        days = self.days(client)

        page = text(client.post(RETENTION, {**days, "messages": "3", "looks": "999"}))

        assert "console-error" in page
        assert 'value="999"' in page
        assert not Retention.objects.exists()

    def test_is_read_by_marketers_and_changed_by_none_of_them(
        self, client: Client, sign_in: Any
    ) -> None:
        sign_in("marketer")

        assert client.get(RETENTION).status_code == 200
        assert client.post(RETENTION, {"messages": "60"}).status_code == 403
        assert client.get(f"{RETENTION}inactive/").status_code == 403
        assert not Retention.objects.exists()

    def test_lists_members_to_decide_on(
        self, client: Client, sign_in: Any, programme: Programme, anna: Membership
    ) -> None:
        sign_in("administrator")
        nobody = text(client.get(f"{RETENTION}inactive/"))
        Membership.objects.update(joined_at=timezone.now() - timedelta(days=2_000))

        page = text(client.get(f"{RETENTION}inactive/"))

        assert programme.pk == anna.programme_id
        assert "There are none" in nobody
        assert "Anna de Vries" in page
        assert f"/console/members/erasure/of/{anna.member_id}/" in page
        assert "1 member did nothing" in text(client.get(RETENTION))
