"""What members agree to: receipts, words that never change, and one question before any use."""

from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import ProgrammingError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from loyalty.errors import InvalidRequest
from loyalty.models import OutboxEvent
from members.errors import ConsentTextUnknown, MemberUnknown
from members.models import Consent, ConsentText, Member, Preference
from members.services.consent_texts import (
    STANDARD,
    STANDARD_VERSION,
    agreed_to,
    current_texts,
    publish_text,
    texts_shown,
)
from members.services.consents import agreeing, may, may_each, record_consent
from tests.members.shop import NOON, Shop

LATER = NOON + timedelta(hours=1)


def publish(shop: Shop, purpose: str = "OFFERS", **changes: Any) -> ConsentText:
    said = {"text_nl": "Mag het?", "text_en": "May we?", "actor": "staff:1", "at": NOON}
    return publish_text(programme_id=shop.programme.pk, purpose=purpose, **{**said, **changes})


def say(shop: Shop, *, is_given: bool, **changes: Any) -> Consent:
    said = {
        "purpose": "OFFERS",
        "channel": "ANY",
        "text_version": STANDARD_VERSION,
        "touchpoint": "portal",
        "actor": "member:1",
        "at": NOON,
    }
    return record_consent(member_id=shop.anna.member_id, is_given=is_given, **{**said, **changes})


class TestPublishText:
    def test_gives_a_version_by_the_day_and_numbers_the_second_of_a_day(self, shop: Shop) -> None:
        first, second = publish(shop), publish(shop, text_nl="Mag dit?")

        assert (first.version, second.version) == ("2026-11-22", "2026-11-22-2")
        assert current_texts(shop.programme.pk)["OFFERS"] == second

    def test_asks_the_standard_words_until_others_are_published(self, shop: Shop) -> None:
        before = texts_shown(shop.programme.pk)
        publish(shop)
        after = texts_shown(shop.programme.pk)

        assert [text.version for text in before.values()] == [STANDARD_VERSION] * 2
        assert {purpose: text.version for purpose, text in after.items()} == {
            "OFFERS": "2026-11-22",
            "PROFILING": STANDARD_VERSION,
        }
        assert after["OFFERS"].text == {"nl": "Mag het?", "en": "May we?"}

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"purpose": "WORLD"}, "purpose"),
            ({"text_nl": " "}, "text_nl"),
            ({"text_en": "x" * 2_001}, "text_en"),
            ({"text_en": "a\x00b"}, "text_en"),
            ({"version": "first", "text_nl": "Nieuw"}, "version"),
            ({"version": "x" * 41, "text_nl": "Nieuw"}, "version"),
            ({"text_nl": "Mag het? ", "text_en": "May we?"}, "text_nl"),
        ],
    )
    def test_refuses_what_is_wrong_and_publishes_nothing(
        self, shop: Shop, wrong: dict[str, str], field: str
    ) -> None:
        publish(shop, version="first")
        events = OutboxEvent.objects.count()

        with pytest.raises(InvalidRequest) as refusal:
            publish(shop, **wrong)

        assert refusal.value.field == field
        assert ConsentText.objects.count() == 1
        assert OutboxEvent.objects.count() == events

    def test_cannot_be_changed_or_deleted_by_the_application(self, shop: Shop) -> None:
        publish(shop)

        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            ConsentText.objects.update(text_nl="Iets anders")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            ConsentText.objects.all().delete()

    def test_counts_who_agreed_to_which_words(self, shop: Shop) -> None:
        publish(shop, version="a")
        say(shop, is_given=True, text_version="a", channel="EMAIL")
        say(shop, is_given=True, text_version="a", channel="SMS")
        publish(shop, version="b", text_nl="Nieuw")
        earlier = [(each.version, each.members) for each in agreed_to(shop.programme.pk)]
        say(shop, is_given=False, text_version="a", channel="EMAIL", at=LATER)
        say(shop, is_given=False, text_version="a", channel="SMS", at=LATER)

        assert earlier == [("a", 1)]
        assert agreed_to(shop.programme.pk) == []


class TestRecordConsent:
    def test_keeps_receipts_that_nobody_can_change(self, shop: Shop) -> None:
        say(shop, is_given=True)

        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Consent.objects.update(is_given=False)
        assert Consent.objects.get().is_given is True

    def test_takes_any_words_while_none_were_published(self, shop: Shop) -> None:
        assert say(shop, is_given=True, text_version="webshop-7").text_version == "webshop-7"

    def test_refuses_words_that_were_never_published_and_keeps_nothing(self, shop: Shop) -> None:
        publish(shop, version="a")
        events = OutboxEvent.objects.count()

        with pytest.raises(ConsentTextUnknown) as refusal:
            say(shop, is_given=True, text_version="b")

        assert (refusal.value.code, refusal.value.field) == ("consent_text_unknown", "text_version")
        assert not Consent.objects.exists()
        assert OutboxEvent.objects.count() == events

    def test_takes_the_standard_words_also_after_others_were_published(self, shop: Shop) -> None:
        publish(shop, version="a")

        assert say(shop, is_given=True).text_version == STANDARD_VERSION

    def test_never_refuses_a_withdrawal_for_its_words(self, shop: Shop) -> None:
        publish(shop, version="a")
        say(shop, is_given=True, text_version="a")

        receipt = say(shop, is_given=False, text_version="unheard of", at=LATER)

        assert receipt.text_version == "a"
        assert not may(member_id=shop.anna.member_id, purpose="OFFERS", channel="EMAIL")

    @pytest.mark.parametrize("wrong", [{"purpose": "WORLD"}, {"channel": "PIGEON"}])
    def test_refuses_what_it_does_not_know(self, shop: Shop, wrong: dict[str, str]) -> None:
        with pytest.raises(InvalidRequest):
            say(shop, is_given=True, **wrong)

        assert not Consent.objects.exists()

    def test_refuses_for_nobody(self, shop: Shop) -> None:
        with pytest.raises(MemberUnknown):
            record_consent(
                member_id=uuid4(),
                purpose="OFFERS",
                channel="ANY",
                is_given=True,
                text_version="",
                touchpoint="portal",
                actor="system",
                at=NOON,
            )

    def test_deletes_what_was_concluded_when_the_choosing_is_withdrawn(self, shop: Shop) -> None:
        say(shop, is_given=True, purpose="PROFILING")
        for source in Preference.Source:
            Preference.objects.create(
                membership=shop.anna, kind="BRAND", key=source, source=source, said_at=NOON
            )

        say(shop, is_given=False, purpose="PROFILING", at=LATER)

        assert list(Preference.objects.values_list("key", flat=True)) == ["ASKED"]


class TestMay:
    def test_says_no_of_whoever_said_nothing(self, shop: Shop) -> None:
        assert not may(member_id=shop.anna.member_id, purpose="OFFERS")
        assert not may(member_id=uuid4(), purpose="OFFERS")

    def test_lets_the_last_word_count_of_the_channel_and_of_all_channels(self, shop: Shop) -> None:
        def allowed() -> list[str]:
            channels = ["EMAIL", "SMS", "PUSH", "ANY"]
            return [c for c in channels if may(member_id=anna, purpose="OFFERS", channel=c)]

        anna = shop.anna.member_id
        say(shop, is_given=True, channel="EMAIL", at=NOON)
        by_mail = allowed()
        say(shop, is_given=True, channel="ANY", at=NOON + timedelta(minutes=1))
        any_way = allowed()
        say(shop, is_given=False, channel="SMS", at=NOON + timedelta(minutes=2))
        but_sms = allowed()
        say(shop, is_given=False, channel="ANY", at=NOON + timedelta(minutes=3))

        assert by_mail == ["EMAIL"]
        assert any_way == ["EMAIL", "SMS", "PUSH", "ANY"]
        assert but_sms == ["EMAIL", "PUSH", "ANY"]
        assert allowed() == []

    def test_lets_the_channel_go_before_all_channels_at_the_same_moment(self, shop: Shop) -> None:
        say(shop, is_given=False, channel="EMAIL")
        say(shop, is_given=True, channel="ANY")

        assert not may(member_id=shop.anna.member_id, purpose="OFFERS", channel="EMAIL")
        assert may(member_id=shop.anna.member_id, purpose="OFFERS", channel="SMS")

    def test_asks_once_for_many(self, shop: Shop, django_assert_num_queries: Any) -> None:
        other = Member.objects.create(id=uuid4())
        say(shop, is_given=True)

        with django_assert_num_queries(1):
            found = may_each(
                member_ids=[shop.anna.member_id, other.pk], purpose="OFFERS", channel="EMAIL"
            )

        assert found == {shop.anna.member_id}
        assert [each.member_id for each in agreeing(purpose="OFFERS", channel="PUSH")] == [
            shop.anna.member_id
        ]


PURPOSES, CHANNELS = ["OFFERS", "PROFILING"], ["EMAIL", "SMS", "ANY"]
RECEIPTS = st.lists(
    st.tuples(
        st.integers(0, 2),  # whose
        st.sampled_from(PURPOSES),
        st.sampled_from(CHANNELS),
        st.booleans(),
        st.integers(0, 4),  # minutes
    ),
    max_size=25,
)


class TestMayOfAnyReceipts(TestCase):
    @settings(deadline=None)
    @given(receipts=RECEIPTS)
    def test_is_what_walking_along_the_receipts_says(self, receipts: list[Any]) -> None:
        members = [Member.objects.create(id=uuid4()) for _ in range(3)]
        for who, purpose, channel, is_given, minute in receipts:
            Consent.objects.create(
                member=members[who],
                purpose=purpose,
                channel=channel,
                is_given=is_given,
                text_version="",
                touchpoint="",
                actor="",
                recorded_at=NOON + timedelta(minutes=minute),
            )

        for purpose in PURPOSES:
            for channel in [*CHANNELS, "PUSH"]:
                found = may_each(
                    member_ids=[member.pk for member in members], purpose=purpose, channel=channel
                )
                assert found == {
                    members[who].pk for who in range(3) if walked(receipts, who, purpose, channel)
                }


def walked(receipts: list[Any], who: int, purpose: str, channel: str) -> bool:
    """The naive way: along the receipts in time; of one moment those of the channel come last."""
    answer = False
    in_time = sorted(receipts, key=lambda said: (said[4], said[2] == channel))
    for whose, about, by, is_given, _minute in in_time:
        if whose == who and about == purpose and by in {channel, "ANY"}:
            answer = is_given
    return answer


class TestTheWordsOfBefore:
    """Installations from before words were published: the portal's own, and every version named."""

    def test_are_published_so_that_nothing_that_was_agreed_to_is_refused(self, shop: Shop) -> None:
        migration = import_module("members.migrations.0014_consent_texts")
        say(shop, is_given=True, text_version="webshop-3")

        migration.publish(apps, None)

        rows = ConsentText.objects.order_by("purpose", "version")
        assert [(row.purpose, row.version) for row in rows] == [
            ("OFFERS", "2026-11"),
            ("OFFERS", "webshop-3"),
            ("PROFILING", "2026-11"),
        ]
        assert {p: t.version for p, t in current_texts(shop.programme.pk).items()} == {
            "OFFERS": "2026-11",
            "PROFILING": "2026-11",
        }
        assert say(shop, is_given=True, text_version="webshop-3").text_version == "webshop-3"
        assert {row.text_nl for row in rows if row.version == STANDARD_VERSION} == {
            words["nl"] for words in STANDARD.values()
        }
        with pytest.raises(ConsentTextUnknown):
            say(shop, is_given=True, text_version="webshop-4")
