from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.earning.projection import Projection
from loyalty.earning.sentences import tell_expiry, tell_projection
from loyalty.earning.terms import parse_expiry
from tests.loyalty.earning.telling import LABELS

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEW_YEAR = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
YEAR_AFTER = datetime(2027, 12, 31, 23, 0, tzinfo=UTC)


def ahead(**more: Any) -> Projection:
    given: dict[str, Any] = {
        "tier_set": "main",
        "tier": "gold",
        "name": {"nl": "Goud", "en": "Gold"},
        "measure": "credits",
        "unit": "credits",
        "is_keep": True,
        "short": 320,
        "since": NOON,
        "by": NEW_YEAR,
    }
    return Projection(**(given | more))


def both(projection: Projection, **more: Any) -> tuple[str, str]:
    nl, en = (
        tell_projection(projection, each, at=NOON, labels=LABELS, zone=AMSTERDAM, **more)
        for each in ("nl", "en")
    )
    return nl, en


class TestTellProjection:
    @pytest.mark.parametrize(
        ("projection", "nl", "en"),
        [
            (
                ahead(),
                "Houd Goud: nog 320 credits, uiterlijk 31 december",
                "Keep Gold: 320 credits more by 31 December",
            ),
            (
                ahead(short=1),
                "Houd Goud: nog 1 credit, uiterlijk 31 december",
                "Keep Gold: 1 credit more by 31 December",
            ),
            (
                ahead(since=NEW_YEAR, by=YEAR_AFTER),
                "Houd Goud: 320 credits van 1 januari 2027 t/m 31 december 2027",
                "Keep Gold: 320 credits from 1 January 2027 through 31 December 2027",
            ),
            (
                ahead(short=0),
                "Je houdt Goud, ook na 31 december",
                "You keep Gold, also after 31 December",
            ),
            (
                ahead(is_keep=False, by=None, short=250, measure="points", unit=""),
                "Nog 250 punten tot Goud",
                "250 points to go to Gold",
            ),
            (
                ahead(is_keep=False, measure="spend", short=4250, unit=""),
                "Nog € 42,50 tot Goud, uiterlijk 31 december",
                "€42.50 to go to Gold, by 31 December",
            ),
            (
                ahead(is_keep=False, by=None, measure="visits", short=1, unit=""),
                "Nog 1 bezoek tot Goud",
                "1 visit to go to Gold",
            ),
            (
                ahead(is_keep=False, by=None, measure="activities", short=1200, unit=""),
                "Nog 1.200 activiteiten tot Goud",
                "1,200 activities to go to Gold",
            ),
            (
                ahead(is_keep=False, by=None, measure="points", unit="stars", short=2, name={}),
                "Nog 2 sterren tot Goud",
                "2 stars to go to Gold",
            ),
        ],
    )
    def test_says_how_much_and_by_which_last_day(
        self, projection: Projection, nl: str, en: str
    ) -> None:
        assert both(projection) == (nl, en)

    def test_shows_money_in_the_programmes_currency(self) -> None:
        spend = ahead(is_keep=False, by=None, measure="spend", short=100_000, unit="")
        assert both(spend, currency="JPY") == ("Nog ¥ 1.000 tot Goud", "¥1,000 to go to Gold")


class TestTellExpiry:
    def test_names_what_lapses(self) -> None:
        policy = parse_expiry({"kind": "end_of", "period": "year"})
        assert tell_expiry(policy, "nl") == "punten vervallen aan het eind van het jaar"
        assert tell_expiry(policy, "en-GB", unit="stars", labels=LABELS) == (
            "stars lapse at the end of the year"
        )
