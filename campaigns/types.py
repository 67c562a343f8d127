"""Values that the rooms of this app hand each other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct


class Candidate(Struct, frozen=True, kw_only=True):
    """A message that could be sent to one person; `key` makes it once for them."""

    member_id: UUID
    membership_id: int | None
    key: str
    channel: str
    nature: str
    purpose: str
    source: str
    template: str
    context: Mapping[str, Any]
    priority: int
    not_before: datetime
    campaign_id: int | None = None
    participant_id: int | None = None
    arm: str = ""
    otherwise: Sequence[str] = ()  # channels to try in turn, should this one be closed by then


class Envelope(Struct, frozen=True, kw_only=True):
    """A message made for one person, ready to leave by one channel; never kept.

    `to` is an address or number; of the message box and of pushes the membership says where.
    """

    dispatch_id: UUID
    membership_id: int | None
    to: str
    subject: str
    text: str
    html: str = ""
    link: str = ""
    headers: Mapping[str, str] = {}
    both: Mapping[str, Any] = {}  # of the message box: title and text in both languages
    offers: Any = None  # those that the mail shows, with whom: counted as seen when it left
    at: datetime


class Sent(Struct, frozen=True, kw_only=True):
    """It left; `provider_id` is by what the provider names it when it tells of it."""

    provider_id: str = ""


class Refused(Struct, frozen=True, kw_only=True):
    """It could not leave; a code why."""

    reason: str
