"""Dose tests in the console: drafted, begun, read, and ended with a decision."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import DoseTest
from campaigns.services.doses import dose_of, save_dose_test, start_dose_test
from loyalty.models import Programme
from members.models import Consent
from tests.campaigns.experiments.shop import AFTER, STAFF, START, buys, some_members
from tests.console.test_results import text

SignIn = Callable[..., Any]
LIST = "/console/campaigns/dosetest/"


@pytest.fixture
def test(programme: Programme) -> DoseTest:
    """A live test; at two a week members spend 30 and some, at one or four 20 and some."""
    members = some_members(programme, 150)
    Consent.objects.bulk_create(
        Consent(
            member=each.member,
            purpose="OFFERS",
            is_given=True,
            text_version="1",
            touchpoint="portal",
            actor="member",
            recorded_at=START - timedelta(days=1),
        )
        for each in members
    )
    draft = save_dose_test(
        programme_id=programme.pk,
        name="Autumn",
        doses=[1, 2, 4],
        share=100,
        reading_on=AFTER.date(),
        actor=STAFF,
        at=START,
    )
    test = start_dose_test(dose_test_id=draft.pk, at=START)
    for at, member in enumerate(members):
        best = dose_of(test, member.member_id) == 2
        buys(member, f"{(30 if best else 20) + at % 5}.00")
    return test


def page(test: DoseTest) -> str:
    return f"{LIST}{test.pk}/change/"


class TestDrafting:
    def test_drafts_and_begins(self, client: Client, sign_in: SignIn) -> None:
        sign_in("marketer")
        day = (timezone.now() + timedelta(days=40)).date()
        sent = {"name": "Autumn", "doses": "4, 1,2", "share": "50", "reading_on": day.isoformat()}

        shown = text(client.post(f"{LIST}add/", sent, follow=True))

        test = DoseTest.objects.get()
        assert (test.doses, test.share, test.state) == ([1, 2, 4], 50, "DRAFT")
        assert "1, 2, 4 messages in 7 days at most, by lot, for 50% of the members." in shown
        client.post(f"{LIST}{test.pk}/start/")
        test.refresh_from_db()
        assert test.state == "LIVE"

    def test_tells_what_is_wrong_beside_the_field(self, client: Client, sign_in: SignIn) -> None:
        sign_in("marketer")
        day = (timezone.now() + timedelta(days=40)).date().isoformat()

        one = client.post(
            f"{LIST}add/", {"name": "A", "doses": "2", "share": "50", "reading_on": day}
        )
        same = client.post(
            f"{LIST}add/", {"name": "A", "doses": "2, 2", "share": "50", "reading_on": day}
        )

        assert "Write it as 1, 2, 4." in text(one)
        assert "Give 2 to 8 different doses" in text(same)
        assert not DoseTest.objects.exists()


class TestReading:
    def test_advises_a_dose_with_its_charts(
        self, client: Client, sign_in: SignIn, test: DoseTest
    ) -> None:
        sign_in("marketer")

        shown = text(client.post(f"{LIST}{test.pk}/read/", follow=True))

        assert "Keep to 2 messages in 7 days at most." in shown
        assert "What members spent on average, by dose" in shown
        assert "2 · advised" in shown

    def test_in_dutch(self, client: Client, sign_in: SignIn, test: DoseTest) -> None:
        sign_in("marketer")
        client.post(f"{LIST}{test.pk}/read/")
        client.cookies["django_language"] = "nl"

        assert "Houd het op hoogstens 2 berichten per 7 dagen." in text(client.get(page(test)))


class TestEnding:
    def test_keeps_what_was_decided(self, client: Client, sign_in: SignIn, test: DoseTest) -> None:
        sign_in("marketer")

        shown = text(client.post(f"{LIST}{test.pk}/end/", {"decision": "Two a week."}, follow=True))

        test.refresh_from_db()
        assert (test.state, test.decision) == ("ENDED", "Two a week.")
        assert "What was decided Two a week." in shown

    def test_refuses_without_a_decision(
        self, client: Client, sign_in: SignIn, test: DoseTest
    ) -> None:
        sign_in("marketer")

        client.post(f"{LIST}{test.pk}/end/", {"decision": ""})

        test.refresh_from_db()
        assert test.state == "LIVE"


class TestRights:
    def test_finance_looks_and_does_not_write(
        self, client: Client, sign_in: SignIn, test: DoseTest
    ) -> None:
        sign_in("finance")

        assert client.get(page(test)).status_code == 200
        assert client.get(LIST).status_code == 200
        assert client.get(f"{LIST}add/").status_code == 403
        assert client.post(f"{LIST}{test.pk}/read/").status_code == 403
        test.refresh_from_db()
        assert test.read_at is None

    def test_looking_writes_nothing(self, client: Client, sign_in: SignIn, test: DoseTest) -> None:
        sign_in("marketer")

        for deed in ("start", "read", "end"):
            assert client.get(f"{LIST}{test.pk}/{deed}/").status_code == 405
