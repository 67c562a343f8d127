"""Segments are facts of a member at the moment of what they do: live, in batches, late, in trials."""

from datetime import datetime, timedelta

import pytest

from loyalty.errors import InvalidRequest, NotFound
from loyalty.services.back_test_check import check_live_rules
from loyalty.services.back_tests import draft_with
from loyalty.services.rules import draft_rule
from loyalty.services.trying_out import try_out
from loyalty.types import Award
from members.models import Activity, SegmentMembership
from members.services.activities import preview_award, record_activities, record_activity
from members.services.segments import join_segment, leave_segment, segments_of
from members.types import ActivitySubmission
from tests.members.pairs import open_pair
from tests.members.shop import CARD, EMAIL, NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THRICE = {
    "schema": 1,
    "trigger": "purchase",
    "conditions": [{"field": "member.segment", "operator": "in", "value": ["painters"]}],
    "effect": {"kind": "multiplier", "factor": "3"},
}


def purchase(number: int, at: datetime, *, member: str = CARD) -> ActivitySubmission:
    return ActivitySubmission(
        type="purchase",
        member=member,
        external_id=f"receipt-{number}",
        occurred_at=at,
        amount="10.00",
    )


def bought(shop, number: int, at: datetime, *, recorded: datetime | None = None) -> Award:
    return record_activity(
        book=shop.book,
        submission=purchase(number, at),
        actor="api:till",
        at=recorded or at + 5 * DAY,
    ).award


class TestJoinSegment:
    def test_has_the_member_in_it_from_then_until_just_before_then(self, shop):
        join_segment(membership_id=shop.anna.pk, segment="painters", at=NOON, until=NOON + DAY)

        moments = [NOON - HOUR, NOON, NOON + DAY - timedelta(microseconds=1), NOON + DAY]
        assert [segments_of(shop.anna.pk, at=at) for at in moments] == [
            set(),
            {"painters"},
            {"painters"},
            set(),
        ]

    def test_makes_a_stay_that_runs_longer_and_never_shorter(self, shop):
        for days in (2, 1, 5):
            join_segment(
                membership_id=shop.anna.pk,
                segment="painters",
                at=NOON + HOUR,
                until=NOON + days * DAY,
            )

        stay = SegmentMembership.objects.get()
        assert (stay.since, stay.until) == (NOON + HOUR, NOON + 5 * DAY)

    def test_refuses_a_stay_that_is_over_before_it_begins_and_nobody_and_keeps_nothing(self, shop):
        with pytest.raises(InvalidRequest) as refusal:
            join_segment(membership_id=shop.anna.pk, segment="painters", at=NOON, until=NOON)
        with pytest.raises(NotFound):
            join_segment(membership_id=0, segment="painters", at=NOON)

        assert refusal.value.field == "until"
        assert not SegmentMembership.objects.exists()


class TestLeaveSegment:
    def test_ends_the_stay_and_keeps_that_there_was_one(self, shop):
        join_segment(membership_id=shop.anna.pk, segment="painters", at=NOON)

        was_in = leave_segment(membership_id=shop.anna.pk, segment="painters", at=NOON + DAY)
        again = leave_segment(membership_id=shop.anna.pk, segment="painters", at=NOON + DAY)

        assert (was_in, again) == (True, False)
        assert segments_of(shop.anna.pk, at=NOON) == {"painters"}
        assert segments_of(shop.anna.pk, at=NOON + DAY) == set()


class TestFacts:
    @pytest.fixture(autouse=True)
    def stay(self, shop):
        shop.publish("thrice", THRICE)
        join_segment(membership_id=shop.anna.pk, segment="painters", at=NOON, until=NOON + DAY)

    def test_are_those_of_the_moment_of_a_purchase(self, shop):
        moments = [NOON - HOUR, NOON, NOON + HOUR, NOON + DAY]

        assert [bought(shop, n, at).points for n, at in enumerate(moments)] == [10, 30, 30, 10]
        assert [each.facts["segments"] for each in Activity.objects.order_by("occurred_at")] == [
            [],
            ["painters"],
            ["painters"],
            [],
        ]

    def test_are_read_with_the_member_and_by_no_query_more(self, shop, django_assert_num_queries):
        book = shop.book
        bought(shop, 1, NOON)

        with django_assert_num_queries(2):
            record_activity(
                book=book, submission=purchase(2, NOON + HOUR), actor="api:till", at=NOON + DAY
            )

    def test_are_each_purchases_own_in_a_batch_whatever_the_member_is_called(self, shop):
        submissions = [
            purchase(1, NOON + DAY, member=EMAIL),
            purchase(2, NOON + HOUR),
            purchase(3, NOON - HOUR),
            purchase(4, NOON + 2 * HOUR, member=EMAIL),
        ]

        answers = record_activities(
            book=shop.book, submissions=submissions, actor="api:till", at=NOON + 2 * DAY
        )

        assert [answer.award.points for answer in answers] == [10, 30, 10, 30]

    def test_are_those_of_the_moment_of_what_comes_in_late(self, shop):
        bought(shop, 1, NOON + 2 * DAY)

        assert bought(shop, 2, NOON + HOUR).points == 30
        assert Activity.objects.get(external_id="receipt-2").points == 30

    def test_of_what_was_judged_stay_when_something_else_comes_in_late(self, shop):
        bought(shop, 1, NOON + HOUR)
        leave_segment(membership_id=shop.anna.pk, segment="painters", at=NOON + 2 * HOUR)

        bought(shop, 2, NOON - HOUR)

        first = Activity.objects.get(external_id="receipt-1")
        assert (first.points, first.revisions.count()) == (30, 0)

    def test_are_those_of_the_moment_in_a_quote(self, shop):
        quotes = [
            preview_award(book=shop.book, submission=purchase(1, at), at=NOON + DAY).points
            for at in (NOON - HOUR, NOON)
        ]

        assert quotes == [10, 30]

    def test_of_a_history_judged_again_give_the_same(self, shop):
        for n, at in enumerate([NOON - HOUR, NOON + HOUR, NOON + DAY]):
            bought(shop, n, at)

        checked = check_live_rules(
            programme_id=shop.programme.pk, since=NOON - DAY, until=NOON + 9 * DAY
        )

        assert (checked.activities, checked.different, checked.first) == (3, 0, [])


class TestMerging:
    def test_takes_the_stays_over_and_gives_them_back(self, db):
        pair = open_pair()
        join_segment(membership_id=pair.absorbed.pk, segment="painters", at=NOON, until=NOON + DAY)

        merge = pair.merge()
        assert segments_of(pair.kept.pk, at=NOON) == {"painters"}

        pair.part(merge)
        assert segments_of(pair.kept.pk, at=NOON) == set()
        assert segments_of(pair.absorbed.pk, at=NOON) == {"painters"}


class TestTryOut:
    def test_judges_a_draft_by_segments_that_no_rule_looked_at_then(self, shop):
        join_segment(membership_id=shop.anna.pk, segment="painters", at=NOON, until=NOON + DAY)
        for n, at in enumerate([NOON - HOUR, NOON + HOUR, NOON + DAY]):
            bought(shop, n, at)
        rule = draft_rule(
            programme_id=shop.programme.pk,
            key="thrice",
            name_nl="Drie keer",
            name_en="Thrice",
            document=THRICE,
            actor="test",
            at=NOON,
        )

        figures = try_out(
            programme=shop.programme,
            draft=draft_with(programme_id=shop.programme.pk, rule_ids=[rule.pk]),
            since=NOON - DAY,
            until=NOON + 9 * DAY,
        )

        assert [(s.key, s.live, s.draft) for s in figures.segments] == [("painters", 10, 30)]
