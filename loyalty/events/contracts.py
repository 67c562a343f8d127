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


class Movement(DomainEvent, frozen=True, kw_only=True):
    """The ledger's functions write these themselves, so that no transfer can go unsaid.

    `balance` is the subject's after it.
    """

    transfer: int
    points: int
    balance: int
    source: str
    external_id: str


class PointsEarned(Movement, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.points_earned.v1"


class PointsSpent(Movement, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.points_spent.v1"


class PointsExpired(Movement, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.points_expired.v1"


class PointsAdjusted(Movement, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.points_adjusted.v1"


class PointsReturned(Movement, frozen=True, kw_only=True):
    """What was earned on goods that came back; also what had lapsed of it before."""

    name: ClassVar[str] = "loyalty.points_returned.v1"


class PointsCancelled(Movement, frozen=True, kw_only=True):
    """Pending points that will not become usable."""

    name: ClassVar[str] = "loyalty.points_cancelled.v1"


class PointsRestored(Movement, frozen=True, kw_only=True):
    """Spent points that came back."""

    name: ClassVar[str] = "loyalty.points_restored.v1"


class PointsOwed(Movement, frozen=True, kw_only=True):
    """A debt: what a return could not take. It does not change the balance."""

    name: ClassVar[str] = "loyalty.points_owed.v1"


class PointsRepaid(Movement, frozen=True, kw_only=True):
    """Points that paid off a debt."""

    name: ClassVar[str] = "loyalty.points_repaid.v1"


class DebtForgiven(Movement, frozen=True, kw_only=True):
    """A debt, or part of it, that need not be paid. It does not change the balance."""

    name: ClassVar[str] = "loyalty.points_forgiven.v1"


class PointsMoved(Movement, frozen=True, kw_only=True):
    """From the subject to another member, or to or from a pool; `taker` is the other."""

    name: ClassVar[str] = "loyalty.points_moved.v1"

    taker: UUID


class PointsDonated(Movement, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.points_donated.v1"


class HoldSaid(DomainEvent, frozen=True, kw_only=True):
    """What became of a hold, but for its capture: that is points spent under the same key."""

    hold: int
    points: int
    until: datetime
    source: str
    external_id: str


class HoldAuthorised(HoldSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.hold_authorised.v1"


class HoldVoided(HoldSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.hold_voided.v1"


class PoolSaid(DomainEvent, frozen=True, kw_only=True):
    """What became of a pool, the subject."""

    pool: int
    actor: str


class PoolOpened(PoolSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.pool_opened.v1"


class PoolShut(PoolSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.pool_closed.v1"


class ContributorJoined(PoolSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.contributor_joined.v1"

    contributor: UUID


class ContributorLeft(PoolSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "loyalty.contributor_left.v1"

    contributor: UUID


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


class BackTestAsked(DomainEvent, frozen=True, kw_only=True):
    """Somebody wants a draft to be tried on history."""

    name: ClassVar[str] = "loyalty.back_test_asked.v1"

    back_test: int
    actor: str
