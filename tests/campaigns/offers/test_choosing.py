"""Which offers suit a member, in which order, and what is said of why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from campaigns.offers.choosing import Bought, Chosen, OfferFacts, Showing, choose

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LABELS = {
    "paint": {"nl": "verf", "en": "paint"},
    "wallpaper": {"nl": "behang", "en": "wallpaper"},
    "gold": {"nl": "Goud", "en": "Gold"},
}
NOBODY = OfferFacts(shop="Kleur & Co", labels=LABELS)
PAINT = Showing(key="paint", categories=["paint"])
WALLPAPER = Showing(key="wallpaper", categories=["wallpaper"])
TOOLS = Showing(key="tools", weight=100)


def knows(**said: Any) -> OfferFacts:
    return msgspec.structs.replace(NOBODY, **said)


def chosen(offers: list[Showing], facts: OfferFacts, limit: int = 10) -> list[Chosen]:
    return choose(offers, facts, at=NOON, limit=limit)


def keys(offers: list[Showing], facts: OfferFacts) -> list[str]:
    return [one.offer.key for one in chosen(offers, facts)]


def why(offer: Showing, facts: OfferFacts) -> dict[Any, str]:
    [one] = chosen([offer], facts)
    return dict(one.why)


class TestOrder:
    def test_is_the_shops_wish_for_whom_nothing_is_known(self) -> None:
        assert keys([PAINT, TOOLS, WALLPAPER], NOBODY) == ["tools", "paint", "wallpaper"]

    def test_puts_what_was_asked_above_what_was_concluded(self) -> None:
        facts = knows(
            may_profile=True,
            liked=frozenset({("CATEGORY", "wallpaper")}),
            inferred={("CATEGORY", "paint"): 90},
            bought=[Bought(kind="CATEGORY", key="paint", times=2)],
        )

        assert keys([PAINT, WALLPAPER], facts) == ["wallpaper", "paint"]

    def test_uses_no_history_without_consent(self) -> None:
        facts = knows(
            inferred={("CATEGORY", "wallpaper"): 90},
            bought=[Bought(kind="CATEGORY", key="wallpaper", times=9)],
        )

        assert keys([PAINT, WALLPAPER], facts) == ["paint", "wallpaper"]
        assert "nothing about you was used" in why(WALLPAPER, facts)["en"]

    def test_halves_what_was_shown_on_five_days_without_being_followed(self) -> None:
        seen = Showing(key="a", weight=60, days_shown=5)
        followed = Showing(key="b", weight=50, days_shown=9, is_followed=True)
        fresh = Showing(key="c", weight=40, days_shown=4)

        assert keys([seen, followed, fresh], NOBODY) == ["b", "c", "a"]

    def test_takes_no_more_than_asked_and_the_first_by_key_of_equals(self) -> None:
        same = [Showing(key=key) for key in "cab"]

        assert [one.offer.key for one in chosen(same, NOBODY, limit=2)] == ["a", "b"]


class TestWhomItIsFor:
    def test_never_shows_what_the_member_dislikes_or_put_away(self) -> None:
        facts = knows(disliked=frozenset({("CATEGORY", "paint")}))

        assert keys([PAINT, Showing(key="away", is_dismissed=True)], facts) == []

    def test_ends_at_its_end_exclusive(self) -> None:
        over = Showing(key="over", ends_at=NOON)
        to_come = Showing(key="to-come", starts_at=NOON + timedelta(seconds=1))
        on = Showing(key="on", starts_at=NOON, ends_at=NOON + timedelta(seconds=1))

        assert keys([over, to_come, on], NOBODY) == ["on"]

    def test_asks_the_tier_the_segment_and_the_campaign(self) -> None:
        gold = Showing(key="gold", tiers=["gold"])
        painters = Showing(key="painters", segments=["painters"])
        action = Showing(key="action", campaign={"nl": "Actie", "en": "Action"})
        mine = msgspec.structs.replace(action, key="mine", is_in_campaign=True)

        assert keys([gold, painters, action, mine], NOBODY) == ["mine"]
        facts = knows(tiers=frozenset({"gold"}), segments=frozenset({"painters"}))
        assert keys([gold, painters], facts) == ["gold", "painters"]

    def test_keeps_to_the_shop_where_the_member_is_or_goes(self) -> None:
        here = Showing(key="here", locations=["Utrecht"])

        assert keys([here], NOBODY) == ["here"]
        assert keys([here], knows(location="Ede")) == []
        assert keys([here], knows(liked=frozenset({("STORE", "Ede")}))) == []
        assert keys([here], knows(liked=frozenset({("STORE", "Utrecht")}))) == ["here"]


class TestWhy:
    def test_names_what_was_bought_and_how_often(self) -> None:
        facts = knows(may_profile=True, bought=[Bought(kind="CATEGORY", key="paint", times=2)])

        assert why(PAINT, facts) == {
            "nl": "Je kocht de afgelopen 30 dagen twee keer verf.",
            "en": "You bought paint twice in the past 30 days.",
        }

    def test_names_what_the_member_told(self) -> None:
        facts = knows(liked=frozenset({("CATEGORY", "wallpaper")}))

        assert why(WALLPAPER, facts) == {
            "nl": "Je vertelde ons dat behang je interesseert.",
            "en": "You told us that you like wallpaper.",
        }

    def test_names_the_share_that_it_was_concluded_from(self) -> None:
        facts = knows(may_profile=True, inferred={("CATEGORY", "paint"): 60})

        assert why(PAINT, facts)["nl"] == (
            "60% van wat je het afgelopen jaar uitgaf, was voor verf."
        )

    def test_names_tier_place_campaign_and_what_is_new(self) -> None:
        gold = Showing(key="gold", tiers=["gold"])
        here = Showing(key="here", locations=["Ede"])
        mine = Showing(key="m", campaign={"nl": "Herfst", "en": "Autumn"}, is_in_campaign=True)
        new = Showing(key="new", starts_at=NOON - timedelta(days=13))

        assert why(gold, knows(tiers=frozenset({"gold"})))["nl"] == "Dit is voor leden met Goud."
        assert why(here, knows(location="Ede"))["en"] == "This is on here, in Ede."
        assert why(mine, NOBODY)["en"] == "You take part in “Autumn”."
        assert why(new, NOBODY)["nl"] == "Nieuw bij Kleur & Co."
