from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from campaigns.errors import CampaignInvalid
from campaigns.journeys.document import Trigger, all_steps, read_document
from campaigns.journeys.lint import findings
from campaigns.journeys.sentences import campaign_sentences
from campaigns.journeys.steps import Wait
from campaigns.journeys.triggers import last_due
from campaigns.journeys.walking import after, first_place, into, wakes_at

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WORDS = {"nl": "Welkom", "en": "Welcome"}
MESSAGE = {"kind": "message", "template": "hello"}
POINTS = {"kind": "points", "points": 50, "reason": WORDS}
ASKS = {"attribute": "segment", "is": "in", "value": ["painters"]}
DOCUMENT = {
    "trigger": {"kind": "enrolled"},
    "steps": [
        {"kind": "wait", "days": 2, "until": "09:00"},
        {"kind": "condition", "asks": ASKS, "yes": [MESSAGE, POINTS], "no": []},
        {"kind": "split", "parts": [{"weight": 1, "steps": [MESSAGE]}, {"weight": 3}]},
        POINTS,
    ],
}


class TestReading:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"trigger": {"kind": "moon"}}, "trigger.kind"),
            ({"trigger": {"kind": "silent"}}, "trigger.days"),
            ({"trigger": {"kind": "once", "date": "2026-02-30", "time": "10:00"}}, "trigger.date"),
            ({"again": "every"}, "again_days"),
            ({"steps": [{"kind": "wait"}]}, "steps.0"),
            ({"steps": [MESSAGE, {**POINTS, "points": 0}]}, "steps.1.points"),
            ({"variants": [{"key": "holdout"}]}, "variants"),
            ({"steps_by_variant": {"b": [MESSAGE]}}, "steps_by_variant"),
        ],
    )
    def test_refuses_what_cannot_be_carried_out_and_says_where(self, change, field):
        with pytest.raises(CampaignInvalid) as refused:
            read_document({**DOCUMENT, **change})

        assert refused.value.field.replace("...", "1") == field

    def test_gives_every_step_a_place(self):
        places = [place for place, _step in all_steps(read_document(DOCUMENT))]

        assert places == ["0", "1", "1.yes.0", "1.yes.1", "2", "2.parts.0.steps.0", "3"]


class TestPlaces:
    document = read_document(DOCUMENT)

    @pytest.mark.parametrize(
        ("place", "following"),
        [
            ("0", "1"),
            ("1.yes.0", "1.yes.1"),
            ("1.yes.1", "2"),
            ("2.parts.0.steps.0", "3"),
            ("3", ""),
        ],
    )
    def test_follow_each_other_out_of_branches_too(self, place, following):
        assert after(self.document, place) == following

    def test_lead_into_a_branch_or_past_an_empty_one(self):
        assert into(self.document, "1", "yes") == "1.yes.0"
        assert into(self.document, "1", "no") == "2"
        assert into(self.document, "2", "parts.1.steps") == "3"

    def test_begin_in_a_variants_own_steps(self):
        document = read_document(
            {
                **DOCUMENT,
                "variants": [{"key": "a"}, {"key": "b"}],
                "steps_by_variant": {"b": [MESSAGE, POINTS]},
            }
        )

        assert first_place(document, "a") == "0"
        assert first_place(document, "b") == "steps_by_variant.b.0"
        assert after(document, "steps_by_variant.b.0") == "steps_by_variant.b.1"
        assert after(document, "steps_by_variant.b.1") == ""


class TestWaiting:
    def test_is_till_a_time_of_the_day_in_the_zone_over_the_change_of_the_clock(self):
        saturday = datetime(2026, 10, 24, 10, 0, tzinfo=UTC)  # the clock goes back that night

        waking = wakes_at(Wait(days=2, until="09:00"), AMSTERDAM, at=saturday)

        assert waking == datetime(2026, 10, 27, 8, 0, tzinfo=UTC)


class TestSchedule:
    def test_says_the_last_moment_that_was_due(self):
        at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
        weekly = Trigger(kind="weekly", weekday=4, time="09:00")
        once = Trigger(kind="once", date="2026-11-23", time="09:00")

        assert last_due(weekly, AMSTERDAM, at=at) == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
        assert last_due(once, AMSTERDAM, at=at) is None


class TestWords:
    def test_say_the_whole_campaign_in_both_languages(self):
        document = read_document(DOCUMENT)

        assert campaign_sentences(document, "en", {"hello": "Hello"}) == [
            "It begins when somebody joins.",
            "Each member takes part once.",
            "Then we wait 2 days and until 09:00.",
            "We look whether segment is painters.",
            "If so: the member gets message “Hello”.",
            "The member gets 50 points.",
            "If not: nothing.",
            "Members are divided by lot.",
            "25%: the member gets message “Hello”.",
            "75%: nothing.",
            "The member gets 50 points.",
        ]
        assert campaign_sentences(document, "nl", {})[0] == "Het begint als iemand lid wordt."

    def test_point_at_what_is_remarkable(self):
        found = findings(read_document(DOCUMENT), "en", holdout=0, has_budget=False)

        assert found == [
            "Nobody is held out: what it brings about cannot be told.",
            "It gives things away without a budget.",
            "Message “hello” is in it more than once.",
        ]

    def test_survive_being_written_and_read_again(self):
        document = read_document(DOCUMENT)

        assert read_document(msgspec.to_builtins(document)) == document
