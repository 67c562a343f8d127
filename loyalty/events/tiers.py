"""What is announced of tiers."""

from typing import ClassVar

from loyalty.events.contracts import DomainEvent


class TierChanged(DomainEvent, frozen=True, kw_only=True):
    """A holder came to another tier; "" is none. `loyalty_move_tiers` writes these itself."""

    name: ClassVar[str] = "loyalty.tier_changed.v1"

    account: int
    tier_set: str
    before: str
    after: str
    cause: str  # earned, returned, lapsed, assigned, assignment_ended, recounted


class TierSetChanged(DomainEvent, frozen=True, kw_only=True):
    """What is asked for the tiers of a set is otherwise from now on."""

    name: ClassVar[str] = "loyalty.tier_set_changed.v1"

    tier_set: str
    actor: str
