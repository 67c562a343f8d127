"""A mail as it goes over the line: both headers of RFC 8058, and both parts."""

import email
import socket
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import EmailMultiAlternatives, get_connection

from campaigns.messaging.headers import unsubscribe_headers
from campaigns.messaging.links import addresses_of, stop_address
from campaigns.messaging.rendering import render
from tests.campaigns.messages.documents import ANNA, WELCOME
from tests.campaigns.messages.sent import ID


class Sink:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def sink(port: int) -> Iterator[Sink]:
    sink = Sink()
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    yield sink
    server.stop()


class TestOverSmtp:
    def test_carries_the_headers_of_one_click_and_both_parts(self, sink: Sink, port: int) -> None:
        way = addresses_of(ID, is_marketing=True, may_watch=False)
        made = render(WELCOME, "EMAIL", "nl", ANNA, addresses=way)
        mail = EmailMultiAlternatives(
            made.subject,
            made.text,
            "Kleur & Co <info@kleur.example>",
            ["anna@example.nl"],
            headers=unsubscribe_headers(stop_address(ID)),
            connection=get_connection(
                "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port
            ),
        )
        mail.attach_alternative(made.html, "text/html")
        mail.send()
        (got,) = sink.mails
        # The line is long, so it is folded after its name, as RFC 5322 lets it.
        assert got["List-Unsubscribe"].strip() == f"<{stop_address(ID)}>"
        assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert got["Subject"] == "Welkom Anna"
        assert [part.get_content_type() for part in got.iter_parts()] == [
            "text/plain",
            "text/html",
        ]
        plain, html = got.get_body(("plain",)), got.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert stop_address(ID) in plain.get_content()
        assert stop_address(ID) in html.get_content()
        assert "anna" not in got["List-Unsubscribe"].lower()

    def test_says_nothing_of_it_in_a_service_mail(self) -> None:
        assert unsubscribe_headers("") == {}
