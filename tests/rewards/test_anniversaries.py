from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from members.models import Membership
from members.services.answers import record_answer
from members.services.consents import record_consent
from members.services.erasure import erase_member
from members.services.field_use import note_current_uses, uses_of
from members.services.questions import Question, ask_question, save_question, stop_question
from rewards import tasks
from rewards.models import Grant
from rewards.services.anniversaries import give_on_day
from tests.rewards.occasions import STAFF


def on(town, day):
    """The daily job on that day, at noon in Amsterdam."""
    town.now = datetime.fromisoformat(f"{day}T11:00:00+00:00")
    return give_on_day(programme_id=town.shop.programme.pk, at=town.now)


class TestBirthday:
    @pytest.fixture
    def question(self, town):
        field = save_question(
            programme_id=town.shop.programme.pk,
            question=Question(
                key="birthday",
                kind="DATE",
                label_nl="Wanneer ben je jarig?",
                label_en="When is your birthday?",
                why_nl="Om je te feliciteren.",
                why_en="To wish you a happy birthday.",
                keep_days=3650,
                purpose="OFFERS",
            ),
            actor=STAFF,
            at=town.now,
        )
        return ask_question(field_id=field.pk, actor=STAFF, at=town.now)

    @pytest.fixture
    def birthday(self, town, question):
        return town.occasion("BIRTHDAY", town.reward())

    def answers(self, town, day, *, agrees=True):
        record_answer(
            programme_id=town.shop.programme.pk,
            member_id=town.anna.member_id,
            field="birthday",
            value=day,
            source="MEMBER",
            actor="portal",
            at=town.now,
        )
        record_consent(
            member_id=town.anna.member_id,
            purpose="OFFERS",
            channel="ANY",
            is_given=agrees,
            text_version="2026-01",
            touchpoint="portal",
            actor="portal",
            at=town.now,
        )

    def test_gives_on_the_day_once_a_year(self, town, birthday):
        self.answers(town, "1980-12-03")

        days = ["2026-12-02", "2026-12-03", "2026-12-03", "2026-12-04", "2027-12-03"]

        assert [on(town, day) for day in days] == [0, 1, 0, 0, 1]
        assert town.given() == [
            ("occasion:hello:2026", "brush", "TAKEN"),
            ("occasion:hello:2027", "brush", "TAKEN"),
        ]

    def test_is_told_to_be_what_the_answer_is_used_for(self, town, birthday):
        note_current_uses(programme_id=town.shop.programme.pk, at=town.now)

        used = uses_of(town.shop.programme.pk)["profile:birthday"]
        with override("en"):
            named = uses_of(town.shop.programme.pk)["profile:birthday"]
        assert len(used) == 1
        assert [use.by for use in named] == ["occasion “hello”"]

    def test_makes_up_for_days_on_which_nothing_ran(self, town, birthday):
        self.answers(town, "1980-12-30")

        assert [on(town, day) for day in ("2026-12-29", "2027-01-05")] == [0, 1]
        assert town.given() == [("occasion:hello:2026", "brush", "TAKEN")]

    def test_keeps_the_29th_of_february_on_the_28th(self, town, birthday):
        self.answers(town, "1980-02-29")

        assert [on(town, day) for day in ("2027-02-27", "2027-02-28")] == [0, 1]
        assert [on(town, day) for day in ("2028-02-28", "2028-02-29")] == [0, 1]

    def test_uses_no_answer_that_was_not_given_for_it(self, town, birthday, question):
        self.answers(town, "1980-12-03", agrees=False)

        assert on(town, "2026-12-03") == 0

    def test_uses_no_answer_to_a_question_that_is_asked_no_more(self, town, birthday, question):
        self.answers(town, "1980-12-03")
        stop_question(field_id=question.pk, actor=STAFF, at=town.now)

        assert on(town, "2026-12-03") == 0

    def test_gives_nothing_to_who_was_erased(self, town, birthday):
        self.answers(town, "1980-12-03")
        erase_member(member_id=town.anna.member_id, reason="asked", actor=STAFF, at=town.now)

        assert on(town, "2026-12-03") == 0


class TestAnniversary:
    def test_gives_each_year_since_joining(self, town):
        town.occasion("ANNIVERSARY", town.reward())

        days = ["2026-11-22", "2027-11-21", "2027-11-22", "2027-11-23", "2028-11-22"]

        assert [on(town, day) for day in days] == [0, 0, 1, 0, 1]
        assert [each.reason["en"] for each in Grant.objects.order_by("granted_at")] == [
            "You have been a member for a year",
            "You have been a member for 2 years",
        ]


class TestInactive:
    def test_gives_after_so_many_days_once_until_they_come_back(self, town):
        town.occasion("INACTIVE", town.reward(), params={"days": 30})
        town.buys()

        first = [on(town, day) for day in ("2026-12-21", "2026-12-22", "2026-12-25")]
        town.buys()
        second = [on(town, day) for day in ("2027-01-23", "2027-01-24")]

        assert (first, second) == ([0, 1, 0], [0, 1])

    def test_does_not_shower_those_who_left_long_ago(self, town):
        town.buys()
        town.now += timedelta(days=400)
        town.occasion("INACTIVE", town.reward(), params={"days": 30})

        assert give_on_day(programme_id=town.shop.programme.pk, at=town.now) == 0


class TestGiveOnDayTask:
    def test_gives_for_every_programme_and_can_run_at_any_time(self, town):
        town.occasion("ANNIVERSARY", town.reward())
        Membership.objects.update(joined_at=datetime(2020, 1, 1, tzinfo=UTC))

        tasks.give_on_day()
        tasks.give_on_day()
