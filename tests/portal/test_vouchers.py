"""What a member has: vouchers with their codes, stamp cards and gifts."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from members.models import Membership
from rewards.codes import code_of
from rewards.models import Redemption, Reward, ShortCode, Voucher
from rewards.services.short_codes import find_by_short_code
from rewards.services.vouchers import use_voucher
from tests.portal.kinds import given, occasion, partner, stamp_card
from tests.portal.shop import Shop
from tests.portal.test_rewards import take, text


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
        assert 'href="/card/code/"' in text(portal, "/card/")

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

        with django_assert_num_queries(13):  # one of them: offers chosen for her
            page = text(rich, "/")

        assert "Ready for you" in page
        assert "Free brush" in page
        assert 'aria-label="0 of 5 stamps"' in page
