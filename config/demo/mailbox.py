"""The demo's mail, which never leaves the machine: the newest letters, their codes in large."""

import email
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
_CODE = re.compile(r"^\s*(\d{4}-\d{4})\s*$", re.MULTILINE)
_SEPARATOR = b"-" * 79  # what Django's file backend writes after each letter


@dataclass(frozen=True)
class Letter:
    """A mail as its reader sees it; `code` is empty when there is none in it."""

    recipient: str
    subject: str
    body: str
    code: str
    sent_at: datetime


@require_safe
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO_MAILBOX:
        raise Http404
    letters = letters_in(Path(str(settings.EMAIL_FILE_PATH)))
    context = {"letters": letters, "today": timezone.localdate()}
    return render(request, "portal/mailbox.html", context)


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
    return [_letter(part.strip()) for part in parts if part.strip()]


def _letter(raw: bytes) -> Letter:
    message = email.message_from_bytes(raw, policy=policy.default)
    part = message.get_body(("plain",))
    body = part.get_content().strip() if part else ""
    code = _CODE.search(body)
    return Letter(
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        body=body,
        code=code.group(1) if code else "",
        sent_at=message["Date"].datetime.replace(tzinfo=UTC),  # Django writes "-0000"
    )


app_name = "demo"
urlpatterns = [path("mailbox/", mailbox, name="mailbox")]
