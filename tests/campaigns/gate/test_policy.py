from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from campaigns.gate.policy import (
    Facts,
    Rules,
    Verdict,
    decide_marketing,
    decide_service,
    quiet_end,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = Rules(
    cap=2,
    window=7 * DAY,
    quiet_from=time(21),
    quiet_until=time(8),
    zone=ZoneInfo("Europe/Amsterdam"),
    patience=3 * DAY,
)
GOOD = Facts(is_there=True, is_held_out=False, has_address=True, is_suppressed=False, agrees=True)


def told(facts=GOOD, *, rules=RULES, asked_at=NOON, sent=(), at=NOON, **changes):
    known = msgspec.structs.replace(facts, **changes)
    decision = decide_marketing(known, rules, asked_at=asked_at, sent=sent, at=at)
    return decision.verdict.value, decision.reason, decision.not_before


class TestMarketing:
    def test_goes_when_nothing_stops_it(self):
        assert told() == ("SEND", "", None)

    @pytest.mark.parametrize(
        ("changes", "fate"),
        [
            ({"is_there": False}, ("DROP", "gone", None)),
            ({"is_held_out": True}, ("HOLD_OUT", "held_out", None)),
            ({"is_over": True}, ("DROP", "ended", None)),
            ({"has_address": False}, ("DROP", "no_address", None)),
            ({"is_suppressed": True}, ("DROP", "suppressed", None)),
            ({"agrees": False}, ("DROP", "no_consent", None)),
            ({"is_paused": True}, ("DELAY", "paused", NOON + timedelta(minutes=15))),
        ],
    )
    def test_is_stopped_by_what_is_known(self, changes, fate):
        assert told(**changes) == fate

    def test_says_held_out_before_any_other_reason(self):
        assert told(is_held_out=True, agrees=False, has_address=False)[0] == "HOLD_OUT"

    def test_is_not_worth_sending_after_the_patience(self):
        assert told(asked_at=NOON - 3 * DAY) == ("SEND", "", None)
        assert told(asked_at=NOON - 3 * DAY - timedelta(seconds=1)) == ("DROP", "patience", None)

    def test_waits_until_the_oldest_within_the_cap_falls_out_of_the_window(self):
        sent = [NOON - 5 * DAY, NOON - 6 * DAY]
        assert told(sent=sent) == ("DELAY", "cap", NOON + DAY)
        assert told(sent=[NOON - 7 * DAY, NOON - DAY]) == ("SEND", "", None)

    def test_is_dropped_when_the_cap_lasts_longer_than_its_worth(self):
        assert told(sent=[NOON - DAY, NOON]) == ("DROP", "cap", None)

    def test_never_goes_to_who_wants_none(self):
        assert told(rules=msgspec.structs.replace(RULES, cap=0)) == ("DROP", "cap", None)

    def test_waits_for_the_end_of_the_quiet_hours(self):
        at = datetime(2026, 11, 23, 20, tzinfo=UTC)  # 21:00 in Amsterdam
        morning = datetime(2026, 11, 24, 7, tzinfo=UTC)
        assert told(at=at) == ("DELAY", "quiet", morning)
        assert told(at=at - timedelta(microseconds=1)) == ("SEND", "", None)

    def test_freed_by_the_cap_at_night_waits_for_the_morning_after(self):
        freed = datetime(2026, 11, 24, 2, tzinfo=UTC)
        sent = [freed - 7 * DAY, NOON]
        assert told(sent=sent) == ("DELAY", "cap", datetime(2026, 11, 24, 7, tzinfo=UTC))


class TestService:
    def test_knows_no_cap_no_quiet_and_no_consent(self):
        facts = msgspec.structs.replace(GOOD, agrees=False, is_held_out=True, is_paused=True)
        assert decide_service(facts).verdict == Verdict.SEND

    def test_does_not_go_where_nobody_can_be_reached(self):
        gone = msgspec.structs.replace(GOOD, is_suppressed=True)
        assert decide_service(gone) == (Verdict.DROP, "suppressed", None)


class TestQuietEnd:
    @pytest.mark.parametrize(
        ("at", "end"),
        [
            # The clock goes back in the night of 25 October 2026: that night lasts an hour longer.
            (datetime(2026, 10, 24, 19, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)),
            # It goes forward in the night of 29 March 2026.
            (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
            (datetime(2026, 3, 29, 5, 59, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
            (datetime(2026, 3, 29, 6, tzinfo=UTC), None),
        ],
    )
    def test_goes_by_the_clock_on_the_wall(self, at, end):
        assert quiet_end(RULES, at) == end

    def test_may_lie_within_one_day(self):
        siesta = msgspec.structs.replace(RULES, quiet_from=time(12), quiet_until=time(14))
        assert quiet_end(siesta, NOON) == NOON + HOUR
        assert quiet_end(siesta, NOON + HOUR) is None

    def test_none_when_they_begin_when_they_end(self):
        never = msgspec.structs.replace(RULES, quiet_from=time(8), quiet_until=time(8))
        assert quiet_end(never, NOON) is None
