"""What a message says, and what it never lets through."""

import copy
from typing import Any

import pytest

from campaigns.errors import TemplateInvalid
from campaigns.messaging.document import links_in, read_document
from campaigns.messaging.rendering import Addresses, render
from tests.campaigns.messages.documents import ANNA, WELCOME

EVERYWHERE = Addresses(
    link=lambda number, _target: f"https://shop.example/m/{number}",
    unsubscribe="https://shop.example/news/stop/abc/",
    preferences="https://shop.example/me/news/",
    pixel="https://shop.example/m/abc.gif",
)


def with_text(text: str) -> dict[str, Any]:
    document = copy.deepcopy(WELCOME)
    document["email"]["blocks"][1]["text"]["nl"] = text
    return document


class TestRender:
    def test_fills_in_the_fields_in_each_language(self) -> None:
        dutch = render(WELCOME, "EMAIL", "nl", ANNA)
        english = render(WELCOME, "EMAIL", "en", ANNA)
        assert dutch.subject == "Welkom Anna"
        assert "Hoi Anna," in dutch.html
        assert "1.250" in dutch.html
        assert english.subject == "Welcome Anna"
        assert "You have 1,250 points" in english.text

    def test_says_the_same_in_plain_text_with_links_written_out(self) -> None:
        text = render(WELCOME, "EMAIL", "nl", ANNA, addresses=EVERYWHERE).text
        assert text == (
            "Hoi Anna,\n\nFijn dat je er bent.\nEcht.\n\nJe hebt 1.250 punten\n\n"
            "Bekijk je kaart:\nhttps://shop.example/m/0\n\n"
            "Lees meer:\nhttps://shop.example/m/1\n\n"
            "-- \nJe krijgt dit omdat je daarvoor koos bij Kleur & Co.\n"
            "Afmelden: https://shop.example/news/stop/abc/\n"
            "Kiezen wat je krijgt: https://shop.example/me/news/\n"
        )

    @pytest.mark.parametrize(
        "name",
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</mj-text><mj-raw>x",
            "&lt;",
        ],
    )
    def test_escapes_what_members_are_called(self, name: str) -> None:
        html = render(WELCOME, "EMAIL", "nl", ANNA | {"given_name": name}).html
        assert "<script" not in html
        assert "onerror=alert(1)>" not in html
        assert "<mj-raw" not in html
        assert (
            name.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace('"', "&quot;")
            in html
        )

    def test_escapes_what_marketers_type(self) -> None:
        html = render(
            with_text('<mj-include path="/etc/passwd" /> & <b>'), "EMAIL", "nl", ANNA
        ).html
        assert "&lt;mj-include path=&quot;/etc/passwd&quot; /&gt; &amp; &lt;b&gt;" in html

    def test_leaves_no_gap_where_a_name_is_not_known(self) -> None:
        made = render(WELCOME, "EMAIL", "nl", ANNA | {"given_name": ""})
        assert made.subject == "Welkom"
        assert "Hoi," in made.text

    def test_keeps_a_subject_on_one_line(self) -> None:
        name = "Anna\r\nBcc: everybody@example.nl"
        assert render(WELCOME, "EMAIL", "nl", ANNA | {"given_name": name}).subject == (
            "Welkom Anna Bcc: everybody@example.nl"
        )

    def test_names_the_way_out_in_marketing_only(self) -> None:
        assert "Afmelden" not in render(WELCOME, "EMAIL", "nl", ANNA).html
        assert "/news/stop/abc/" in render(WELCOME, "EMAIL", "nl", ANNA, addresses=EVERYWHERE).html

    def test_watches_only_when_it_may(self) -> None:
        blind = Addresses(link=EVERYWHERE.link, unsubscribe=EVERYWHERE.unsubscribe)
        assert "/m/abc.gif" in render(WELCOME, "EMAIL", "nl", ANNA, addresses=EVERYWHERE).html
        assert "abc.gif" not in render(WELCOME, "EMAIL", "nl", ANNA, addresses=blind).html

    def test_says_how_to_stop_in_an_sms(self) -> None:
        made = render(WELCOME, "SMS", "nl", ANNA, addresses=EVERYWHERE)
        assert made.text == ("Je hebt 1.250 punten.\nStoppen: https://shop.example/news/stop/abc/")

    def test_makes_notes_of_a_title_a_text_and_a_link(self) -> None:
        push = render(WELCOME, "PUSH", "en", ANNA, addresses=EVERYWHERE)
        inbox = render(WELCOME, "INBOX", "nl", ANNA, addresses=EVERYWHERE)
        assert (push.subject, push.text, push.link) == (
            "Welcome",
            "Your card is ready.",
            "https://shop.example/m/0",
        )
        assert (inbox.subject, inbox.link) == ("Welkom Anna", "/card/")

    def test_shows_a_reward_only_when_it_can_be_chosen(self) -> None:
        document = with_text("x")
        document["email"]["blocks"].append({"block": "reward", "reward": "paint-sample"})
        shown = {"reward:paint-sample": {"nl": "Verfstaal", "en": "Paint sample"}}
        assert "Verfstaal" in render(document, "EMAIL", "nl", ANNA | shown).text
        assert "/rewards/" not in render(document, "EMAIL", "nl", ANNA).html

    def test_refuses_a_channel_on_which_nothing_is_said(self) -> None:
        with pytest.raises(TemplateInvalid):
            render(WELCOME, "WALLET", "nl", ANNA)


class TestReadDocument:
    def test_numbers_the_links_of_a_mail(self) -> None:
        assert links_in(read_document(WELCOME), "EMAIL") == [
            "/card/",
            "https://kleur.example/lezen?a=1&b=2",
        ]

    @pytest.mark.parametrize("text", ["{password}", "{given_name.__class__}", "{", "a } b", "{0}"])
    def test_refuses_fields_that_it_does_not_know(self, text: str) -> None:
        with pytest.raises(TemplateInvalid) as refusal:
            read_document(with_text(text))
        assert refusal.value.field == "email.blocks.1.text.nl"

    @pytest.mark.parametrize(
        "link",
        [
            "javascript:alert(1)",
            "http://shop.example/",
            "//evil.example/",
            "/\\evil.example",
            "https://user@evil.example/",
            "https://",
            "card/",
            "https://[::1",
            "/{given_name}",
            "",
        ],
    )
    def test_refuses_links_that_lead_nowhere_safe(self, link: str) -> None:
        document = copy.deepcopy(WELCOME)
        document["email"]["blocks"][3]["link"] = link
        with pytest.raises(TemplateInvalid) as refusal:
            read_document(document)
        assert refusal.value.field == "email.blocks.3.link"

    @pytest.mark.parametrize(
        "change",
        [
            {"email": None, "sms": None, "push": None, "inbox": None},
            {"carrier_pigeon": {}},
            {"sms": {"text": {"nl": "Alleen Nederlands"}}},
            {"sms": {"text": {"nl": "x" * 481, "en": "x"}}},
            {"sms": {"text": {"nl": "", "en": "x"}}},
        ],
    )
    def test_refuses_what_is_incomplete_or_unknown(self, change: dict[str, Any]) -> None:
        with pytest.raises(TemplateInvalid):
            read_document(WELCOME | change)
