"""What the ledger announces. Ids, numbers and times only; never a name or an address.

The names and fields are a contract with everybody who listens: a change is a new version.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec


class DomainEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `subject` is whom it is about, as an opaque id."""

    name: ClassVar[str]
    subject: UUID | None
    occurred_at: datetime


class PointsMoved(DomainEvent, frozen=True, kw_only=True):
    """`ledger_post` writes these itself, so that no movement can go unsaid."""

    transfer: int
    points: int
    balance: int
    source: str
    external_id: str


class PointsEarned(PointsMoved, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.points_earned.v1"


class PointsSpent(PointsMoved, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.points_spent.v1"


class PointsExpired(PointsMoved, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.points_expired.v1"


class PointsAdjusted(PointsMoved, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.points_adjusted.v1"


class RuleSaid(DomainEvent, frozen=True, kw_only=True):
    """What became of an earning rule; `version` is the one it is about."""

    rule: str
    version: int
    actor: str


class RuleDrafted(RuleSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.rule_drafted.v1"


class RulePublished(RuleSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.rule_published.v1"


class RuleStopped(RuleSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.rule_stopped.v1"


class ProgrammeChanged(DomainEvent, frozen=True, kw_only=True):
    """The programme's policies are others from now on."""

    name: ClassVar[str] = "loyalty.programme_changed.v1"

    programme: str
    actor: str
