"""Every kind of reward in one sentence, and points as money."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.errors import InvalidRequest
from rewards.kinds import (
    Tender,
    check_tender,
    next_step,
    read_terms,
    sentence_of,
    tender_points,
    tender_worth,
)
from rewards.models import Reward

ZONE = ZoneInfo("Europe/Amsterdam")
SAID: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "DISCOUNT",
        {"amount": "5", "minimum": "25"},
        "€ 5 korting op je mandje vanaf € 25",
        "€5 off your basket from €25",
    ),
    (
        "DISCOUNT",
        {"percent": "12.5", "at_most": "7.50", "categories": ["paint"]},
        "12,5% korting op een deel van het assortiment, hoogstens € 7,50",
        "12.5% off part of the range, €7.50 at most",
    ),
    ("PRODUCT", {"products": ["tape"]}, "Gratis bij je aankoop", "Free with your purchase"),
    (
        "GIFT",
        {"ways": ["SHIP", "COLLECT"]},
        "Een cadeau, thuisgestuurd of op te halen in de winkel",
        "A gift, sent home or collected in the shop",
    ),
    ("GIFT", {}, "Een cadeau dat je in de winkel krijgt", "A gift that you get in the shop"),
    (
        "DELIVERY",
        {"option": "free", "minimum": "50"},
        "Gratis bezorging van een bestelling vanaf € 50",
        "Free delivery of an order of €50 or more",
    ),
    (
        "SERVICE",
        {"service": "advice", "minutes": 60},
        "Persoonlijk advies, 1 uur",
        "Personal advice, 1 hour",
    ),
    (
        "SAMPLES",
        {"count": 5, "ways": ["SHIP"]},
        "5 gratis proefjes naar keuze, naar je huis gestuurd",
        "5 free samples of your choice, sent to your home",
    ),
    (
        "EXPERIENCE",
        {
            "starts_at": "2026-12-12T18:00:00Z",
            "ends_at": "2026-12-12T20:00:00Z",
            "venue": "Kleur & Co Utrecht",
        },
        "Een plek op 12 december 2026 om 19:00, Kleur & Co Utrecht",
        "A place on 12 December 2026 at 19:00, Kleur & Co Utrecht",
    ),
    (
        "EARLY_ACCESS",
        {"opens_at": "2026-03-01T08:00:00Z", "for_all_at": "2026-03-15T08:00:00Z"},
        "Jij kunt al terecht op 1 maart 2026 om 09:00, anderen vanaf 15 maart 2026 om 09:00",
        "Yours from 1 March 2026 at 09:00, for others from 15 March 2026 at 09:00",
    ),
    (
        "DONATION",
        {"cause": "De Groene Buurt"},
        "Je punten gaan naar De Groene Buurt",
        "Your points go to De Groene Buurt",
    ),
    (
        "PARTNER",
        {"pool": "cinema", "where": {"nl": "Aan de kassa.", "en": "At the box office."}},
        "Een code van onze partner",
        "A code of our partner",
    ),
    (
        "TENDER",
        {"point_worth": "0.005"},
        "Betaal met punten: 1.000 punten is € 5",
        "Pay with points: 1,000 points are €5",
    ),
    (
        "MULTIPLIER",
        {"factor": "2.0", "days": 7},
        "7 dagen lang 2× punten",
        "2× points for 7 days",
    ),
    ("CASH_CARD", {"value": "10"}, "Een cadeaukaart van € 10", "A gift card of €10"),
]


class TestSentenceOf:
    @pytest.mark.parametrize(("kind", "terms", "dutch", "english"), SAID)
    def test_says_each_kind_in_both_languages(self, kind, terms, dutch, english):
        said = sentence_of(read_terms(kind, terms), currency="EUR", zone=ZONE)

        assert said == {"nl": dutch, "en": english}

    def test_leaves_no_kind_out(self):
        assert {kind for kind, *_ in SAID} == set(Reward.Kind.values)


class TestNextStep:
    @pytest.mark.parametrize(("kind", "terms"), [(kind, terms) for kind, terms, *_ in SAID])
    def test_tells_what_to_do_in_both_languages(self, kind, terms):
        said = next_step(read_terms(kind, terms))

        assert set(said) == {"nl", "en"}
        assert all(said.values())

    def test_is_the_partners_own_word_for_a_partners_code(self):
        where = {"nl": "Aan de kassa.", "en": "At the box office."}

        assert next_step(read_terms("PARTNER", {"pool": "cinema", "where": where})) == where


class TestTender:
    @pytest.mark.parametrize(
        ("point_worth", "points", "worth"),
        [("0.01", 250, "2.50"), ("0.005", 101, "0.51"), ("0.005", 99, "0.50"), ("1", 3, "3.00")],
    )
    def test_is_worth_so_much_to_the_cent(self, point_worth, points, worth):
        assert tender_worth(Tender(point_worth=Decimal(point_worth)), points) == Decimal(worth)

    @pytest.mark.parametrize(
        ("changes", "money", "points"),
        [
            ({}, "12.34", 1234),
            ({"step": 50}, "12.34", 1200),
            ({"step": 50, "at_most": 1020}, "12.34", 1000),
            ({"share": Decimal(50)}, "12.35", 617),
            ({"at_least": 1235}, "12.34", 0),
            ({}, "0", 0),
        ],
    )
    def test_takes_as_many_points_as_may_pay(self, changes, money, points):
        terms = Tender(point_worth=Decimal("0.01"), **changes)

        assert tender_points(terms, Decimal(money)) == points

    @pytest.mark.parametrize("points", [0, -50, 49, 75, 1050])
    def test_refuses_what_may_not_pay(self, points):
        terms = Tender(point_worth=Decimal("0.01"), step=50, at_least=50, at_most=1000)

        with pytest.raises(InvalidRequest) as refused:
            check_tender(terms, points)

        assert refused.value.field == "points"

    def test_refuses_more_than_the_basket(self):
        terms = Tender(point_worth=Decimal("0.01"))
        check_tender(terms, 500, basket=Decimal("5.00"))

        with pytest.raises(InvalidRequest):
            check_tender(terms, 501, basket=Decimal("5.00"))
