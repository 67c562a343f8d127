"""The catalogue, one page per reward, and what comes after taking it."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.events import dispatch_pending
from loyalty.selectors import balance_card
from members.models import Membership
from members.selectors import account_of
from rewards.codes import code_of
from rewards.models import Fulfilment, Redemption, Reward, ShortCode, Voucher
from rewards.services.short_codes import find_by_short_code
from rewards.services.vouchers import use_voucher
from tests.portal.kinds import given, occasion, partner, stamp_card, stock_shelves
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


@pytest.fixture
def rich(portal: Client, shop: Shop, now: datetime) -> Client:
    """Anna with 600 points."""
    shop.sell("600.00", at=now - timedelta(hours=1))
    return portal


@pytest.fixture
def shelves(shop: Shop) -> dict[str, Reward]:
    return stock_shelves(shop)


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


class TestVouchers:
    def test_are_usable_first_with_code_place_and_day(
        self, rich: Client, shop: Shop, shelves: dict[str, Reward], now: datetime
    ) -> None:
        take(rich, "discount")
        take(rich, "product")
        used = Voucher.objects.get(reward__key="product")
        use_voucher(
            programme_id=shop.programme.pk,
            code=code_of(used.pk),
            request_key="till-1",
            actor="api:till",
            location="Utrecht",
            at=now,
        )

        page = text(rich, "/vouchers/")

        ready = Voucher.objects.get(reward__key="discount")
        assert code_of(ready.pk) in page
        assert page.count('aria-label="QR code for the till"') == 1
        assert "It works in every shop and in the webshop." in page
        assert page.index("€5 off") < page.index("Used and lapsed") < page.index("Free brush")
        assert "in Utrecht" in page

    def test_have_digits_for_a_till_without_a_scanner(
        self, rich: Client, shop: Shop, shelves: dict[str, Reward], now: datetime
    ) -> None:
        take(rich, "discount")
        voucher = Voucher.objects.get()

        for digits, shape in (("9", r"\d{3} \d{3} \d{3}"), ("12", r"(\d{3} ){3}\d{3}")):
            answer = rich.post(f"/vouchers/{voucher.pk}/code/", {"digits": digits})
            page = answer.content.decode()
            found = re.search(rf'class="digits">({shape})<', page)
            assert found
            code = find_by_short_code(programme_id=shop.programme.pk, digits=found[1], at=now)
            assert code.voucher == voucher
        assert "These digits work once, for 5 minutes" in page

    def test_that_are_used_have_no_digits(
        self, rich: Client, shelves: dict[str, Reward], now: datetime
    ) -> None:
        take(rich, "discount")
        Voucher.objects.update(state="USED", used_at=now, uses=1)

        answer = rich.post(f"/vouchers/{Voucher.objects.get().pk}/code/")

        assert answer["Location"] == "/vouchers/"
        assert not ShortCode.objects.exists()

    def test_of_a_partner_show_the_partners_code(
        self, rich: Client, shop: Shop, now: datetime
    ) -> None:
        partner(shop, at=now)

        at = take(rich, "cinema", is_sure="on")["Location"]

        for page in (text(rich, at), text(rich, "/vouchers/")):
            assert "BIOS-2026-AAAA-7" in page
        assert "At the till of the cinema." in text(rich, at)
        assert "Changed your mind?" not in text(rich, at)

    def test_of_a_gift_card_say_what_is_left(
        self, rich: Client, shelves: dict[str, Reward]
    ) -> None:
        take(rich, "card")

        assert '<span class="balance-unit">€10.00</span>' in text(rich, "/vouchers/")

    def test_teach_who_has_none(self, portal: Client) -> None:
        assert "Here are your codes as soon as you redeem something" in text(portal, "/vouchers/")

    def test_ask_the_database_no_more_for_more_of_them(
        self, rich: Client, shop: Shop, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        shop.reward("brush", 10)
        take(rich, "brush")
        with django_assert_num_queries(6):
            rich.get("/vouchers/")
        for _again in range(4):
            take(rich, "brush")
        with django_assert_num_queries(6):
            rich.get("/vouchers/")


class TestTheCard:
    def test_has_digits_that_say_who_somebody_is(
        self, portal: Client, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        assert 'action="/card/code/"' in text(portal, "/card/")

        page = portal.post("/card/code/").content.decode()

        found = re.search(r'class="digits">([\d ]+)<', page)
        assert found
        code = find_by_short_code(programme_id=shop.programme.pk, digits=found[1], at=now)
        assert (code.membership, code.purpose) == (anna, "IDENTIFY")


class TestStampCards:
    def test_are_drawn_with_words_for_who_cannot_see_them(
        self, portal: Client, shop: Shop, shelves: dict[str, Reward], now: datetime
    ) -> None:
        stamp_card(shop, shelves["product"])
        shop.sell("20.00", at=now)

        page = text(portal, "/stamps/")

        assert 'aria-label="1 of 5 stamps"' in page
        assert (page.count('class="stamp-open"'), page.count('class="stamp"')) == (4, 1)
        assert "4 stamps to go to Free brush." in page

    def test_teach_where_there_is_none(self, portal: Client) -> None:
        assert "There is no stamp card now." in text(portal, "/stamps/")


class TestGifts:
    def test_are_chosen_once_and_cost_nothing(
        self,
        portal: Client,
        shop: Shop,
        shelves: dict[str, Reward],
        anna: Membership,
        now: datetime,
    ) -> None:
        either = [shelves["discount"], shelves["donation"]]
        grant = given(anna, at=now, occasion=occasion(shop, "CHOICE", either, key="five"))
        at = f"/gifts/{grant.pk}/"
        assert "Because you came five times" in text(portal, at)
        assert "Choose your gift" in text(portal, "/rewards/")

        answer = portal.post(at, {"reward": "discount", "request_key": str(uuid4())})

        redeemed = Redemption.objects.get()
        assert answer["Location"] == f"/redemptions/{redeemed.pk}/"
        assert (redeemed.points, redeemed.reward.key) == (0, "discount")
        assert portal.get(at)["Location"] == answer["Location"]
        assert "Given to you" in text(portal, answer["Location"])

    def test_that_are_a_surprise_say_nothing_before_they_are_opened(
        self,
        portal: Client,
        shop: Shop,
        shelves: dict[str, Reward],
        anna: Membership,
        now: datetime,
    ) -> None:
        grant = given(anna, at=now, occasion=occasion(shop, "SURPRISE", [shelves["card"]], key="s"))
        at = f"/gifts/{grant.pk}/"
        for page in (text(portal, at), text(portal, "/")):
            assert "A surprise for you" in page
        assert "gift card" not in text(portal, at)

        portal.post(at)

        assert Redemption.objects.get().reward.key == "card"

    def test_refuse_what_was_not_to_be_chosen(
        self,
        portal: Client,
        shop: Shop,
        shelves: dict[str, Reward],
        anna: Membership,
        now: datetime,
    ) -> None:
        choice = occasion(shop, "CHOICE", [shelves["discount"], shelves["gift"]], key="five")
        grant = given(anna, at=now, occasion=choice)

        answer = portal.post(f"/gifts/{grant.pk}/", {"reward": "card", "request_key": str(uuid4())})

        assert answer.status_code == 404
        assert not Redemption.objects.exists()

    def test_say_when_their_time_is_over(
        self,
        portal: Client,
        shop: Shop,
        shelves: dict[str, Reward],
        anna: Membership,
        now: datetime,
    ) -> None:
        past = now - timedelta(days=40)
        choice = occasion(shop, "CHOICE", [shelves["discount"], shelves["gift"]], key="five")
        grant = given(anna, at=past, occasion=choice)

        assert "The time to take this gift is over." in text(portal, f"/gifts/{grant.pk}/")
        portal.post(f"/gifts/{grant.pk}/", {"reward": "discount", "request_key": str(uuid4())})
        assert not Redemption.objects.exists()


class TestHome:
    def test_has_what_is_ready_in_two_questions(
        self,
        rich: Client,
        shop: Shop,
        anna: Membership,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        brush = shop.reward("brush", 300, name_en="Free brush")
        given(anna, at=timezone.now(), reward=brush)
        stamp_card(shop, brush)
        rich.get("/")

        with django_assert_num_queries(12):
            page = text(rich, "/")

        assert "Ready for you" in page
        assert "Free brush" in page
        assert 'aria-label="0 of 5 stamps"' in page
