"""One click stops it, a look does not (RFC 8058)."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from campaigns.messaging.links import Use, sign, stop_address
from campaigns.models import Dispatch, DispatchEvent
from members.models import Consent
from members.services.consents import may
from tests.campaigns.messages.sent import ID, agree, sent
from tests.members.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(shop: Shop) -> str:
    """Where the mail that Anna got is unsubscribed from."""
    agree(shop.anna)
    sent(shop.anna)
    return urlsplit(stop_address(ID)).path


@pytest.fixture
def program() -> Client:
    """A mail program: no cookies, no login, and Django checks CSRF as for a browser."""
    return Client(enforce_csrf_checks=True)


def is_on(shop: Shop, channel: str = "EMAIL") -> bool:
    return may(member_id=shop.anna.member_id, purpose="OFFERS", channel=channel)


class TestUnsubscribing:
    def test_stops_with_one_post_that_carries_neither_cookie_nor_csrf(
        self, shop: Shop, address: str, program: Client
    ) -> None:
        answer = program.post(
            address,
            "List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == 200
        assert "sessionid" not in answer.cookies
        assert not is_on(shop)
        receipt = Consent.objects.latest("pk")
        assert (receipt.purpose, receipt.channel, receipt.touchpoint, receipt.is_given) == (
            "OFFERS",
            "EMAIL",
            "message",
            False,
        )
        assert DispatchEvent.objects.get().kind == DispatchEvent.Kind.UNSUBSCRIBED

    def test_takes_the_post_as_multipart_too(
        self, shop: Shop, address: str, program: Client
    ) -> None:
        program.post(address, {"List-Unsubscribe": "One-Click"})
        assert not is_on(shop)

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_changes_nothing_when_looked_at(
        self, shop: Shop, address: str, program: Client, method: str
    ) -> None:
        before = Consent.objects.count()
        assert getattr(program, method)(address).status_code == 200
        assert is_on(shop)
        assert Consent.objects.count() == before
        assert not DispatchEvent.objects.exists()

    def test_leaves_the_other_channels_unless_all_are_asked(
        self, shop: Shop, address: str, program: Client
    ) -> None:
        agree(shop.anna, channel="SMS")
        program.post(address)
        assert is_on(shop, "SMS")
        program.post(address, {"everything": "yes"})
        assert not is_on(shop, "SMS")

    def test_stops_a_yes_to_all_ways_for_this_one(
        self, shop: Shop, address: str, program: Client
    ) -> None:
        agree(shop.anna, channel="ANY")
        program.post(address)
        assert not is_on(shop)
        assert is_on(shop, "PUSH")

    def test_notes_it_once_however_often_it_is_asked(self, address: str, program: Client) -> None:
        program.post(address)
        receipts = Consent.objects.count()
        assert program.post(address).status_code == 200
        assert Consent.objects.count() == receipts
        assert DispatchEvent.objects.count() == 1

    def test_knows_nobody_who_was_erased(self, address: str, program: Client) -> None:
        Dispatch.objects.update(member=None, membership=None)
        assert program.post(address).status_code == 200

    def test_refuses_tokens_that_we_never_made(
        self, shop: Shop, address: str, program: Client
    ) -> None:
        forged = [
            "/news/stop/x/",
            address[:-3] + "aa/",
            f"/news/stop/{sign(ID, Use.PIXEL)}/",
            f"/news/stop/{sign(ID, Use.STOP, b'1')}/",
        ]
        assert [program.post(each).status_code for each in forged] == [404] * 4
        assert is_on(shop)

    def test_says_nothing_personal_in_the_address(self, shop: Shop, address: str) -> None:
        assert str(shop.anna.member_id) not in address
        assert "anna" not in address.lower()

    def test_speaks_the_language_of_the_member(
        self, shop: Shop, address: str, program: Client
    ) -> None:
        shop.anna.member.language = "en"
        shop.anna.member.save()
        page = program.get(address, headers={"accept-language": "nl"}).content.decode()
        assert "with one click; you need not sign in" in page
