"""The catalogue, one page per reward, and what comes after taking it."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.events import dispatch_pending
from loyalty.selectors import balance_card
from members.models import Membership
from members.selectors import account_of
from rewards.models import Fulfilment, Redemption, Reward
from tests.portal.kinds import stamp_card
from tests.portal.shop import Shop

SHIP = {
    "recipient": "Anna de Vries",
    "street": "Kerkstraat 1",
    "postal_code": "1234 AB",
    "town": "Utrecht",
    "country": "NL",
}


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def keys(client: Client, query: str = "") -> list[str]:
    shown = client.get(f"/rewards/{query}").context["shown"]
    return [one.offer.reward.key for one in shown]


def take(client: Client, key: str, **said: Any) -> Any:
    return client.post(f"/rewards/{key}/", {"request_key": str(uuid4()), **said})


class TestTheCatalogue:
    def test_is_filtered_by_category_kind_and_reach(
        self, rich: Client, shop: Shop, shelves: dict[str, Reward]
    ) -> None:
        shop.reward("dear", 9000)

        assert set(keys(rich)) == {*shelves, "dear"}
        assert keys(rich, "?category=home") == ["discount", "gift"]
        assert keys(rich, "?kind=SAMPLES") == ["samples"]
        assert set(keys(rich, "?reach=1")) == set(shelves)
        assert keys(rich, "?kind=nothing") == []
        assert "There is nothing like that now." in text(rich, "/rewards/?kind=nothing")

    def test_says_why_not_and_what_it_takes(self, rich: Client, shop: Shop) -> None:
        shop.reward("dear", 900)
        shop.reward("gone", 10, stock=0)
        shop.reward("gold", 10, tiers=["gold"])
        shop.reward("local", 10, channels=["store"])

        page = text(rich, "/rewards/")

        assert keys(rich) == ["dear", "gold", "gone", "local"]
        assert "Another 300 points" in page
        assert '<progress class="progress" max="900" value="600"' in page
        assert "There are none left of this reward." in page
        assert "This reward is for gold members." in page
        assert "Only to be had at the till in the shop." in page

    def test_shows_points_money_and_the_price_for_who_pays_less(
        self, rich: Client, shop: Shop
    ) -> None:
        shop.reward("brush", 250, money=Decimal("2.50"))

        assert "250 <small>points</small> <small>and €2.50</small>" in text(rich, "/rewards/")

    def test_teaches_who_finds_nothing(self, portal: Client, shop: Shop) -> None:
        assert "as soon as there is one you will find it here" in text(portal, "/rewards/")
        shop.reward("brush", 250)
        assert "Nothing here is within reach yet." in text(portal, "/rewards/?reach=1")

    def test_has_its_picture_for_ever_and_for_everybody(
        self, rich: Client, shelves: dict[str, Reward]
    ) -> None:
        page = text(rich, "/rewards/")
        found = re.search(r'src="(/rewards/discount/picture.webp\?v=\w{16})" alt="([^"]+)"', page)
        assert found
        assert found[2] == "Pots of paint on a shelf"

        answer = Client().get(found[1])

        assert answer["Content-Type"] == "image/webp"
        assert "immutable" in answer["Cache-Control"]
        assert answer.content[:4] == b"RIFF"
        assert Client().get("/rewards/gift/picture.webp").status_code == 404

    def test_asks_the_database_no_more_for_more_rewards(
        self,
        rich: Client,
        shop: Shop,
        shelves: dict[str, Reward],
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        stamp_card(shop, shelves["product"])
        rich.get("/rewards/")
        with django_assert_num_queries(9):
            rich.get("/rewards/")
        for number in range(5):
            shop.reward(f"more-{number}", 100 + number)
        with django_assert_num_queries(9):
            rich.get("/rewards/")


class TestAReward:
    @pytest.mark.parametrize(
        ("key", "said"),
        [
            ("discount", "€5 off your basket from €25."),
            ("gift", "A gift, sent home or collected in the shop."),
            ("delivery", "Delivery at a time you choose."),
            ("service", "Personal advice, 30 minutes."),
            ("samples", "2 free samples of your choice, sent to your home."),
            ("donation", "Your points go to Trees for All."),
            ("tender", "Pay with points: 100 points are €1."),
            ("card", "A gift card of €10."),
        ],
    )
    def test_says_what_it_is(
        self, rich: Client, shelves: dict[str, Reward], key: str, said: str
    ) -> None:
        assert said in text(rich, f"/rewards/{key}/")

    def test_asks_to_be_sure_of_what_cannot_be_undone(self, rich: Client, shop: Shop) -> None:
        shop.reward("brush", 250, undo_minutes=0)

        refused = take(rich, "brush")

        assert refused.status_code == 200
        assert "Tick that you know that this cannot be undone." in refused.content.decode()
        assert not Redemption.objects.exists()
        assert take(rich, "brush", is_sure="on").status_code == 302

    @pytest.mark.parametrize(
        ("key", "said", "refusal"),
        [
            ("samples", {}, "Choose at least one sample."),
            ("samples", {"samples": ["0", "1", "2"], **SHIP}, "Choose 2 at most."),
            ("samples", {"samples": ["9"], **SHIP}, "Select a valid choice."),
            ("samples", {"samples": ["0"], **SHIP, "street": ""}, "Fill in the street"),
            ("samples", {"samples": ["0"], **SHIP, "postal_code": "12"}, "looks like 1234 AB"),
            ("gift", {"way": "SHIP", **SHIP}, "Choose one of them."),
            ("gift", {"option": "1"}, "Say how you would like to get it."),
            ("gift", {"option": "1", "way": "SHIP"}, "Fill in for whom it is."),
            ("delivery", {}, "Choose one of them."),
        ],
    )
    def test_says_what_is_missing_and_loses_nothing(
        self, rich: Client, shelves: dict[str, Reward], key: str, said: Any, refusal: str
    ) -> None:
        refused = take(rich, key, **said)

        page = refused.content.decode()
        assert refused.status_code == 200
        assert refusal in page
        assert not Redemption.objects.exists()
        if "recipient" in said:
            assert 'value="Anna de Vries"' in page

    def test_keeps_what_was_chosen_and_where_to(
        self, rich: Client, shelves: dict[str, Reward]
    ) -> None:
        answer = take(rich, "samples", samples=["0", "2"], **SHIP)

        page = text(rich, answer["Location"])
        delivery = Fulfilment.objects.get()
        assert (delivery.way, delivery.street, delivery.town) == ("SHIP", "Kerkstraat 1", "Utrecht")
        assert "Sea green · Night blue" in page
        assert "We pack it for you" in page

    def test_keeps_no_address_of_what_is_collected(
        self, rich: Client, shelves: dict[str, Reward]
    ) -> None:
        take(rich, "gift", option="0", way="COLLECT", **SHIP)

        delivery = Fulfilment.objects.get()
        assert (delivery.way, delivery.recipient, delivery.street) == ("COLLECT", "", "")

    def test_tells_what_points_are_worth_and_takes_none(
        self, rich: Client, shelves: dict[str, Reward], anna: Membership, now: datetime
    ) -> None:
        page = text(rich, "/rewards/tender/?points=350")
        assert '<span class="balance-unit">€3.50</span>' in page
        assert "From 100 to 1000 points, in steps of 50." in text(rich, "/rewards/tender/?points=7")

        assert rich.post("/rewards/tender/", {"points": 350}).status_code == 405
        assert balance_card(account_of(anna), at=now).points == 600


class TestARedemption:
    def test_is_undone_within_the_time_for_it(
        self, rich: Client, shelves: dict[str, Reward], anna: Membership, now: datetime
    ) -> None:
        at = take(rich, "discount")["Location"]
        assert "Changed your mind?" in text(rich, at)

        rich.post(f"{at}cancel/")

        page = text(rich, at)
        assert "What you paid is back with you." in page
        assert "Undone: your 250 points are back" in page
        assert "QR code" not in page
        assert balance_card(account_of(anna), at=now).points == 600

    def test_is_not_undone_after_that(
        self, rich: Client, shelves: dict[str, Reward], anna: Membership, now: datetime
    ) -> None:
        at = take(rich, "discount")["Location"]
        Redemption.objects.update(undo_until=now - timedelta(minutes=1))

        assert "Changed your mind?" not in text(rich, at)
        rich.post(f"{at}cancel/")

        assert "This can no longer be undone." in text(rich, at)
        assert Redemption.objects.get().state == "CAPTURED"
        assert balance_card(account_of(anna), at=now).points == 350

    def test_of_a_full_card_says_so(
        self, portal: Client, shop: Shop, shelves: dict[str, Reward], now: datetime
    ) -> None:
        stamp_card(shop, shelves["product"], stamps=2)
        for hours in (3, 2):
            shop.sell("20.00", at=now - timedelta(hours=hours))
        dispatch_pending(at=now)

        page = text(portal, f"/redemptions/{Redemption.objects.get().pk}/")

        assert "Your stamp card was full." in page
        assert "Paid with a full stamp card" in page
        assert "points</dd>" not in page

    def test_stands_in_the_history(self, rich: Client, shelves: dict[str, Reward]) -> None:
        assert "Here you will find what you redeemed" in text(rich, "/rewards/history/")
        take(rich, "discount")
        rich.post(f"{take(rich, 'card')['Location']}cancel/")

        page = text(rich, "/rewards/history/")

        assert "−250" in page
        assert '<s class="soft">500</s>' not in page  # 350 left: the card was never taken
        assert "€5 off" in page
