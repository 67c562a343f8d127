"""Values that the rooms of this app hand each other."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct


class Ready(Struct, frozen=True, kw_only=True):
    """A text that is written already, by an app below."""

    subject: str
    text: str
    html: str = ""


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
    ready: Ready | None = None
