"""The demo's mailbox."""

from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client
from pytest_django import Settings

from config.demo.mailbox import letters_in


def send(folder: Path, subject: str, body: str) -> None:
    letter = EmailMessage(subject, body, "shop@example.nl", ["anna@example.nl"])
    EmailBackend(file_path=str(folder)).send_messages([letter])


class TestLetters:
    def test_are_read_with_their_code_newest_first(self, tmp_path: Path) -> None:
        send(tmp_path, "Eerste", "Hallo ë")
        send(tmp_path, "1234-5678 is je code", "Met deze code log je in:\n\n    1234-5678\n")

        newest, oldest = letters_in(tmp_path)

        assert (newest.subject, newest.code) == ("1234-5678 is je code", "1234-5678")
        assert newest.recipient == "anna@example.nl"
        assert (oldest.body, oldest.code) == ("Hallo ë", "")

    def test_are_none_before_the_first(self, tmp_path: Path) -> None:
        assert letters_in(tmp_path / "nothing") == []


@pytest.mark.django_db
class TestMailbox:
    def test_is_not_there_outside_the_demo(self, client: Client) -> None:
        assert client.get("/demo/mailbox/").status_code == 404

    def test_shows_the_code_in_the_demo(
        self, client: Client, settings: Settings, tmp_path: Path
    ) -> None:
        settings.DEMO_MAILBOX = True
        settings.EMAIL_FILE_PATH = str(tmp_path)
        send(tmp_path, "Je code", "Hier is hij:\n\n    8765-4321\n")

        page = client.get("/demo/mailbox/").content.decode()

        assert '<p class="mail-code">8765-4321</p>' in page
        assert "/demo/mailbox/" in client.get("/accounts/login/").content.decode()
