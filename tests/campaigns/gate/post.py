"""A post office: a real SMTP server that counts what it was handed, and members with messages due."""

import email
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller

from campaigns.models import ContactPolicy, Dispatch
from campaigns.services.gate import offer_messages
from campaigns.services.gate import work_off as gate_work_off
from campaigns.types import Candidate
from members.models import Membership
from tests.campaigns.journeys.town import Town

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class PostOffice:
    """Counts letters by their Message-ID; may kill who hands in the nth, before it answers."""

    def __init__(self) -> None:
        self.letters: Counter[str] = Counter()
        self.addressees: Counter[str] = Counter()
        self.port = 0
        self.victim = 0
        self.kills_at = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        letter = email.message_from_bytes(envelope.content)
        self.letters[str(letter["Message-ID"]).strip()] += 1
        self.addressees[str(letter["To"])] += 1
        if self.victim and self.letters.total() == self.kills_at:
            os.kill(self.victim, signal.SIGKILL)
        return "250 OK"


@contextmanager
def open_office(settings: Any) -> Iterator[PostOffice]:
    """Have Django's mail go there, in this process and those it forks."""
    office = PostOffice()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        office.port = int(free.getsockname()[1])
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
    server = Controller(office, hostname="127.0.0.1", port=office.port)
    server.start()
    try:
        yield office
    finally:
        server.stop()


def due(
    town: Town, members: Sequence[Membership], *, channels: Sequence[str], each: int = 1
) -> None:
    """Offer every member so many messages by each channel, a member's beside each other."""
    offer_messages(
        [
            candidate(town, member, f"{channel}:{number}", channel=channel)
            for member in members
            for number in range(each)
            for channel in channels
        ],
        at=town.now,
    )


def candidate(town: Town, member: Membership, key: str, **said: Any) -> Candidate:
    fields: dict[str, Any] = {
        "channel": "EMAIL",
        "nature": "MARKETING",
        "purpose": "OFFERS",
        "source": "campaign:test",
        "template": "hello",
        "context": {},
        "priority": 50,
        "not_before": town.now,
    }
    return Candidate(
        member_id=member.member_id, membership_id=member.pk, key=key, **{**fields, **said}
    )


def work_until_nothing_is_due(at: Any, limit: int) -> int:
    """As a worker does, a few at a time."""
    done = 0
    while decided := gate_work_off(at=at, limit=limit):
        done += decided
    return done


def allow(cap: int) -> None:
    ContactPolicy.objects.update(cap=cap, quiet_from="03:00", quiet_until="03:00")


def left() -> Counter[int]:
    """How many marketing messages left for each membership, over all channels."""
    gone = Dispatch.objects.filter(nature="MARKETING", fate="SENT")
    return Counter(pk for pk in gone.values_list("membership_id", flat=True) if pk)


def fates() -> Counter[tuple[str, str]]:
    rows = Dispatch.objects.filter(nature="MARKETING")
    return Counter(rows.values_list("fate", "reason"))
