"""Links that are followed, and mails that are opened."""

import copy
from urllib.parse import urlsplit

import pytest
from django.test import Client

from campaigns.messaging.links import Use, addresses_of, link_address, sign
from campaigns.messaging.rendering import render
from campaigns.models import DispatchEvent, MessageTemplate
from tests.campaigns.messages.documents import ANNA, WELCOME
from tests.campaigns.messages.sent import ID, agree, keep_template, sent
from tests.members.shop import Shop

pytestmark = pytest.mark.django_db

OUT = "https://kleur.example/lezen?a=1&b=2"


@pytest.fixture
def mailed(shop: Shop) -> Shop:
    keep_template(shop.programme)
    sent(shop.anna)
    return shop


def path_of(number: int, target: str) -> str:
    return urlsplit(link_address(ID, number, target)).path


def kinds() -> list[tuple[str, str]]:
    return list(DispatchEvent.objects.values_list("kind", "detail"))


class TestFollow:
    def test_leads_on_and_counts_each_link_once(self, mailed: Shop, client: Client) -> None:
        for _time in range(2):
            assert client.get(path_of(0, "/card/"))["Location"] == "/card/"
        assert client.get(path_of(1, OUT))["Location"] == OUT
        assert kinds() == [("CLICKED", "0"), ("CLICKED", "1")]

    def test_does_not_count_a_program_that_looks(self, mailed: Shop, client: Client) -> None:
        assert client.head(path_of(0, "/card/")).status_code == 302
        assert kinds() == []

    def test_is_no_way_to_anywhere_else(self, mailed: Shop, client: Client) -> None:
        for forged in [
            path_of(7, "https://evil.example/"),
            path_of(0, "/card/").replace("/m/", "/m/a"),
            f"/m/{sign(ID, Use.PIXEL)}/",
            "/m/https://evil.example/",
        ]:
            assert client.get(forged).status_code == 404
        assert "evil" not in client.get(path_of(1, "https://evil.example/"))["Location"]

    def test_finds_a_link_that_moved_in_the_message(self, mailed: Shop, client: Client) -> None:
        document = copy.deepcopy(WELCOME)
        document["email"]["blocks"].insert(
            0, {"block": "button", "text": {"nl": "Nieuw", "en": "New"}, "link": "/new/"}
        )
        MessageTemplate.objects.update(document=document)
        assert client.get(path_of(1, OUT))["Location"] == OUT

    def test_follows_a_link_that_was_put_right(self, mailed: Shop, client: Client) -> None:
        assert client.get(path_of(0, "/crad/"))["Location"] == "/card/"

    def test_knows_no_link_of_a_message_that_is_gone(self, shop: Shop, client: Client) -> None:
        sent(shop.anna)
        assert client.get(path_of(0, "/card/")).status_code == 404

    def test_every_link_of_a_mail_leads_where_it_says(self, mailed: Shop, client: Client) -> None:
        way = addresses_of(ID, is_marketing=True, may_watch=True)
        text = render(WELCOME, "EMAIL", "nl", ANNA, addresses=way).text
        links = [line for line in text.splitlines() if line.startswith("http")]
        assert [client.get(urlsplit(link).path)["Location"] for link in links] == ["/card/", OUT]


class TestPixel:
    def test_counts_only_who_agreed_to_be_followed(self, mailed: Shop, client: Client) -> None:
        path = f"/m/{sign(ID, Use.PIXEL)}.gif"
        assert client.get(path)["Content-Type"] == "image/gif"
        assert kinds() == []
        agree(mailed.anna, "PROFILING", "ANY")
        client.get(path)
        client.get(path)
        assert kinds() == [("OPENED", "")]

    def test_knows_no_token_that_we_never_made(self, mailed: Shop, client: Client) -> None:
        assert client.get("/m/x.gif").status_code == 404
        assert kinds() == []

    def test_stands_in_no_mail_of_who_did_not_agree(self) -> None:
        assert not addresses_of(ID, is_marketing=True, may_watch=False).pixel
        assert not addresses_of(ID, is_marketing=False, may_watch=False).unsubscribe
