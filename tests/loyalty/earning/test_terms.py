from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.earning.terms import (
    available_from,
    dates_of,
    describe_expiry,
    expires_at,
    keeps_alive,
    parse_expiry,
    slides_to,
)
from loyalty.errors import RuleInvalid
from loyalty.types import Terms

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def end(at: str, zone: str = "Europe/Amsterdam", **policy: Any) -> str:
    """When it lapses, on the clock there."""
    parsed = parse_expiry(policy)
    moment = expires_at(parsed, datetime.fromisoformat(at).replace(tzinfo=UTC), ZoneInfo(zone))
    assert moment is not None
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


class TestExpiresAt:
    def test_a_term_ends_as_its_last_day_does(self):
        assert end("2026-11-22 12:00", kind="term", days=30) == "2026-12-23 00:00"
        assert end("2026-11-22 12:00", kind="term", months=24) == "2028-11-23 00:00"

    def test_a_month_after_the_last_of_january_is_the_last_of_february(self):
        assert end("2026-01-31 12:00", kind="term", months=1) == "2026-03-01 00:00"
        assert end("2028-01-31 12:00", kind="term", months=1) == "2028-03-01 00:00"
        assert end("2028-02-29 12:00", kind="term", months=12) == "2029-03-01 00:00"

    @pytest.mark.parametrize(
        ("period", "after", "moment"),
        [
            ("month", 0, "2026-12-01 00:00"),
            ("month", 3, "2027-03-01 00:00"),
            ("quarter", 0, "2027-01-01 00:00"),
            ("quarter", 4, "2028-01-01 00:00"),
            ("half_year", 1, "2027-07-01 00:00"),
            ("year", 1, "2028-01-01 00:00"),
        ],
    )
    def test_a_period_ends_as_its_last_day_does(self, period, after, moment):
        assert end("2026-11-22 12:00", kind="end_of", period=period, after=after) == moment

    def test_of_the_dates_the_first_that_is_a_day_ahead_counts(self):
        dates = ["09-30", "03-31"]
        assert end("2026-03-30 12:00", kind="dates", dates=dates) == "2026-04-01 00:00"
        assert end("2026-03-31 12:00", kind="dates", dates=dates) == "2026-10-01 00:00"
        assert end("2026-11-22 12:00", kind="dates", dates=dates) == "2027-04-01 00:00"

    def test_a_leap_day_is_the_last_of_february_in_other_years(self):
        assert end("2026-02-01 12:00", kind="dates", dates=["02-29"]) == "2026-03-01 00:00"
        assert end("2028-02-01 12:00", kind="dates", dates=["02-29"]) == "2028-03-01 00:00"

    def test_the_day_is_the_one_on_the_programmes_clock(self):
        late = "2026-11-22 23:30"  # the 23rd in Amsterdam
        assert end(late, kind="term", days=1) == "2026-11-25 00:00"
        assert end(late, "America/New_York", kind="term", days=1) == "2026-11-24 00:00"

    def test_a_day_that_a_country_left_out_ends_as_it_would_have_begun(self):
        """Apia went from 29 to 31 December 2011: what was good until the 30th lasts no longer."""
        assert end("2011-12-29 20:00", "Pacific/Apia", kind="term", days=1) == "2011-12-31 00:00"

    def test_what_never_lapses_and_what_slides_has_no_end_of_its_own(self):
        assert expires_at(parse_expiry({"kind": "never"}), NOON, AMSTERDAM) is None
        sliding = parse_expiry({"kind": "inactivity", "months": 12})
        assert expires_at(sliding, NOON, AMSTERDAM) is None
        assert slides_to(sliding, NOON, AMSTERDAM) == datetime(2027, 11, 22, 23, tzinfo=UTC)
        assert slides_to(parse_expiry({"kind": "never"}), NOON, AMSTERDAM) is None


class TestTerms:
    def test_points_without_terms_are_usable_at_once(self):
        assert available_from(Terms(), NOON, AMSTERDAM) == NOON

    def test_pending_days_end_with_a_day(self):
        usable = datetime(2026, 12, 6, 23, tzinfo=UTC)
        assert available_from(Terms(pending_days=14), NOON, AMSTERDAM) == usable
        both = Terms(pending_days=14, awaits="delivered")
        assert available_from(both, NOON, AMSTERDAM) == usable

    def test_what_awaits_only_an_event_has_no_dates_yet(self):
        policy = parse_expiry({"kind": "term", "days": 1})
        waiting = Terms(awaits="delivered")
        assert dates_of(waiting, policy, NOON, AMSTERDAM) == (None, None, False)

    def test_the_end_counts_from_when_they_become_usable(self):
        policy = parse_expiry({"kind": "term", "days": 1})
        assert dates_of(Terms(pending_days=1), policy, NOON, AMSTERDAM) == (
            datetime(2026, 11, 23, 23, tzinfo=UTC),
            datetime(2026, 11, 25, 23, tzinfo=UTC),
            False,
        )

    def test_only_the_activities_that_are_named_keep_points_alive(self):
        purchases = parse_expiry({"kind": "inactivity", "months": 12, "activities": ["purchase"]})
        anything = parse_expiry({"kind": "inactivity", "months": 12})
        assert keeps_alive(purchases, "purchase")
        assert not keeps_alive(purchases, "review")
        assert keeps_alive(anything, "review")
        assert not keeps_alive(parse_expiry({"kind": "never"}), "purchase")


class TestParseExpiry:
    @pytest.mark.parametrize(
        ("document", "field"),
        [
            ({"kind": "sometimes"}, "kind"),
            ({"kind": "term"}, "days"),
            ({"kind": "term", "days": 1, "months": 1}, "days"),
            ({"kind": "term", "days": 0}, "days"),
            ({"kind": "term", "months": 241}, "months"),
            ({"kind": "end_of", "period": "week"}, "period"),
            ({"kind": "end_of", "period": "year", "after": -1}, "after"),
            ({"kind": "dates", "dates": []}, "dates"),
            ({"kind": "dates", "dates": ["12-31", "02-30"]}, "dates.1"),
            ({"kind": "dates", "dates": ["12-31", "12-31"]}, "dates.1"),
            ({"kind": "dates", "dates": ["2-3"]}, "dates.0"),
            ({"kind": "dates", "dates": [f"01-{day:02d}" for day in range(1, 22)]}, "dates"),
            ({"kind": "inactivity"}, ""),
            ({"kind": "inactivity", "months": 1, "activities": ["Purchase"]}, "activities.0"),
            ({"kind": "inactivity", "months": 1, "activities": ["a" * 60] * 4}, "activities"),
            ({"kind": "never", "days": 1}, ""),
            ("not json", ""),
            ("[]", ""),
        ],
    )
    def test_refuses_what_could_not_be_carried_out_and_names_the_place(self, document, field):
        with pytest.raises(RuleInvalid) as refused:
            parse_expiry(document)
        assert refused.value.field == field


class TestDescribeExpiry:
    @pytest.mark.parametrize(
        ("document", "dutch", "english"),
        [
            ({"kind": "never"}, "punten vervallen niet", "points never lapse"),
            (
                {"kind": "term", "days": 30},
                "punten vervallen na 30 dagen, aan het eind van de dag",
                "points lapse after 30 days, at the end of the day",
            ),
            (
                {"kind": "term", "months": 24},
                "punten vervallen na 2 jaar, aan het eind van de dag",
                "points lapse after 2 years, at the end of the day",
            ),
            (
                {"kind": "end_of", "period": "month"},
                "punten vervallen aan het eind van de maand",
                "points lapse at the end of the month",
            ),
            (
                {"kind": "end_of", "period": "quarter", "after": 4},
                "punten vervallen aan het eind van het kwartaal, een jaar later",
                "points lapse at the end of the quarter, a year later",
            ),
            (
                {"kind": "end_of", "period": "half_year", "after": 3},
                "punten vervallen aan het eind van het halfjaar, 3 halfjaren later",
                "points lapse at the end of the half-year, 3 half-years later",
            ),
            (
                {"kind": "dates", "dates": ["09-30", "03-31"]},
                "punten vervallen aan het eind van 31 maart of 30 september, wat het eerst komt",
                "points lapse at the end of 31 March or 30 September, whichever comes first",
            ),
            (
                {"kind": "dates", "dates": ["12-31"]},
                "punten vervallen aan het eind van 31 december",
                "points lapse at the end of 31 December",
            ),
            (
                {"kind": "inactivity", "months": 18, "activities": ["purchase", "own.event"]},
                "punten vervallen na 18 maanden zonder aankoop of own.event",
                "points lapse after 18 months without a purchase or own.event",
            ),
            (
                {"kind": "inactivity", "months": 12},
                "punten vervallen na een jaar zonder activiteit",
                "points lapse after a year without any activity",
            ),
        ],
    )
    def test_says_in_both_languages_when_points_lapse(self, document, dutch, english):
        policy = parse_expiry(document)
        assert describe_expiry(policy, "nl") == dutch
        assert describe_expiry(policy, "en") == english

    def test_names_what_lapses(self):
        never = parse_expiry({"kind": "never"})
        assert describe_expiry(never, "nl", what="stempels") == "stempels vervallen niet"
