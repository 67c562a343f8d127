"""What a cashier may tell the customer who stands at the till.

Apps above register what they have to say when they start; so this one knows nothing of offers.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from loyalty.types import Words
from rewards.models import Till


class WorthTelling(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell, and why to this customer."""

    title: Words
    why: Words


Tell = Callable[[UUID, Till, datetime], Sequence[WorthTelling]]  # of a member, at a till

_tellers: dict[str, Tell] = {}


def register_teller(key: str, tell: Tell) -> None:
    _tellers[key] = tell


def worth_telling(member_id: UUID, till: Till, at: datetime) -> list[WorthTelling]:
    """All there is to tell this member here and now, in the order of registering."""
    return [one for tell in _tellers.values() for one in tell(member_id, till, at)]
