"""What the demo sent, readable: mail as it looks, SMS and messages on phones."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DEMO_MAILBOX = True
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def mail(folder: Path) -> str:
    """A mail with both parts; the name of its file."""
    backend = "django.core.mail.backends.filebased.EmailBackend"
    connection = get_connection(backend, file_path=str(folder))
    text = "Kijk: http://testserver/m/abc/"
    letter = EmailMultiAlternatives("Herfst", text, "a@b.nl", ["c@d.nl"], connection=connection)
    html = "<html><head></head><body><a href='http://testserver/m/abc/'>Kijk</a></body></html>"
    letter.attach_alternative(html, "text/html")
    letter.send()
    return next(folder.glob("*.log")).stem


class TestMailbox:
    def test_opens_a_mail_as_it_looks_with_links_that_work(
        self, client: Client, folder: Path
    ) -> None:
        name = mail(folder)
        page = client.get("/demo/mailbox/").content.decode()
        assert f"/demo/mailbox/{name}/0/" in page
        assert '<a href="http://testserver/m/abc/"' in page
        letter = client.get(f"/demo/mailbox/{name}/0/")
        assert "href='http://testserver/m/abc/'" in letter.content.decode()
        policy = letter["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy

    @pytest.mark.parametrize("name", ["..", "20261122-120000-1", "%2e%2e%2fsecret"])
    def test_opens_nothing_else(self, client: Client, folder: Path, name: str) -> None:
        assert client.get(f"/demo/mailbox/{name}/0/").status_code == 404

    def test_shows_texts_and_messages_on_phones(self, client: Client, folder: Path) -> None:
        for kind in ("sms", "push", "wallet"):
            (folder / kind).mkdir()
            said = {"to": "0612345678", "text": f"een {kind}", "sent_at": "2026-11-22T12:00:00Z"}
            (folder / kind / "1.json").write_text(json.dumps(said))
        page = client.get("/demo/mailbox/").content.decode()
        assert "een sms" in page
        assert "een push" in page
        assert "een wallet" in page

    def test_is_there_in_the_demo_only(self, client: Client, folder: Path, settings: Any) -> None:
        name = mail(folder)
        settings.DEMO_MAILBOX = False
        assert client.get(f"/demo/mailbox/{name}/0/").status_code == 404
