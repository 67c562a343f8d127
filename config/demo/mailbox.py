"""What the demo sends, which never leaves the machine: mail, SMS and messages on phones."""

import email
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

SHOWN = 20
_IN_A_MAIL = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:", "https:"],
}
_CODE = re.compile(r"^\s*(\d{4}-\d{4})\s*$", re.MULTILINE)
_FILE = re.compile(r"^[0-9]{8}-[0-9]{6}-[0-9]+$")  # as Django's file backend names them
_SEPARATOR = b"-" * 79  # what Django's file backend writes after each letter


@dataclass(frozen=True)
class Letter:
    """A mail as its reader sees it; `code` is empty when there is none in it."""

    recipient: str
    subject: str
    body: str
    code: str
    sent_at: datetime
    html: str = ""
    file: str = ""
    number: int = 0


@dataclass(frozen=True)
class Note:
    """An SMS, or a message on a phone."""

    recipient: str
    title: str
    text: str
    link: str
    sent_at: datetime


@require_safe
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest letters and notes; what was sent to one address with ?to=."""
    folder = _folder()
    wanted = request.GET.get("to", "").strip().lower()
    context = {
        "letters": [each for each in letters_in(folder) if wanted in each.recipient.lower()],
        "texts": notes_in(folder / "sms"),
        "pushes": notes_in(folder / "push"),
        "wallets": notes_in(folder / "wallet"),
        "today": timezone.localdate(),
    }
    return render(request, "portal/mailbox.html", context)


@require_safe
@never_cache
def letter(request: HttpRequest, file: str, number: int) -> HttpResponse:
    """One mail as a mail program shows it; it may carry styles, and nothing else."""
    path = _folder() / f"{file}.log"
    if not _FILE.match(file) or not path.is_file():
        raise Http404
    found = _letters(path)
    if number >= len(found) or not found[number].html:
        raise Http404
    # Links open beside the mailbox: what they lead to is a page of its own.
    html = found[number].html.replace("<head>", '<head><base target="_blank">', 1)
    response = HttpResponse(html)
    response._csp_config = _IN_A_MAIL  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def notes_in(folder: Path) -> list[Note]:
    """The newest notes that were written to the folder, one JSON file each, newest first."""
    files = sorted(folder.glob("*.json"), key=_written, reverse=True)[:SHOWN]
    said = [json.loads(file.read_text()) for file in files]
    return [
        Note(
            recipient=str(each.get("to", "")),
            title=str(each.get("title", "")),
            text=str(each.get("text", "")),
            link=str(each.get("link", "")),
            sent_at=datetime.fromisoformat(each["sent_at"]),
        )
        for each in said
    ]


def _folder() -> Path:
    if not settings.DEMO_MAILBOX:
        raise Http404
    return Path(str(settings.EMAIL_FILE_PATH))


def letters_in(folder: Path) -> list[Letter]:
    """The newest letters that the file backend wrote to the folder, newest first."""
    # By when they were written: their names tell the second and then something random.
    files = sorted(folder.glob("*.log"), key=_written, reverse=True)[:SHOWN]
    letters = [letter for file in files for letter in reversed(_letters(file))]
    return letters[:SHOWN]


def _written(file: Path) -> int:
    return file.stat().st_mtime_ns


def _letters(file: Path) -> list[Letter]:
    parts = file.read_bytes().split(_SEPARATOR)
    kept = [part.strip() for part in parts if part.strip()]
    return [_letter(part, file.stem, number) for number, part in enumerate(kept)]


def _letter(raw: bytes, file: str, number: int) -> Letter:
    message = email.message_from_bytes(raw, policy=policy.default)
    part = message.get_body(("plain",))
    body = part.get_content().strip() if part else ""
    html = message.get_body(("html",))
    code = _CODE.search(body)
    return Letter(
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        body=body,
        code=code.group(1) if code else "",
        sent_at=message["Date"].datetime.replace(tzinfo=UTC),  # Django writes "-0000"
        html=html.get_content() if html else "",
        file=file,
        number=number,
    )


app_name = "demo"
urlpatterns = [
    path("mailbox/", mailbox, name="mailbox"),
    path("mailbox/<str:file>/<int:number>/", letter, name="letter"),
]
