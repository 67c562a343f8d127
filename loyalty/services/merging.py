"""Two holders who are one person: all points, debts and tiers by hand of one become the other's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import transaction

from loyalty.errors import AccountClosed, DomainError
from loyalty.ledger.merging import Taken, lots_to_part, merge_account, merge_holders
from loyalty.ledger.posting import lock_accounts, open_account
from loyalty.models import Account, Contributor, HolderMerge, TierAssignment
from loyalty.types import Outcome, Reason

MERGED = {"nl": "Samengevoegd", "en": "Merged"}
PARTED = {"nl": "Weer gescheiden", "en": "Parted again"}


class PointsSetAside(DomainError):
    """Points are set aside for a payment; it has to be finished first."""

    code = "points_set_aside"


class InPool(DomainError):
    """The holder shares points in a household's pool; they have to leave it first."""

    code = "in_pool"


class TakenOver(msgspec.Struct, frozen=True, kw_only=True):
    """What went over, for parting: points and debts by the unit's id, and tiers given by hand."""

    points: dict[int, int] = {}
    owed: dict[int, int] = {}
    assignments: list[int] = []


@transaction.atomic
def take_over(
    *, programme_id: int, kept: UUID, absorbed: UUID, merge: UUID, actor: str, at: datetime
) -> TakenOver:
    """Let the kept holder have all that the absorbed one has in a programme; their accounts close.

    Each lot keeps its dates and what it waits for. Raises PointsSetAside, InPool, and AccountClosed
    when one of them has a closed account. The caller holds the standings of both.
    """
    if Contributor.objects.filter(holder=absorbed, left_at=None).exists():
        raise InPool("They share points in a household's pool; let them leave it first.")
    pairs = _accounts(programme_id, absorbed, kept, at)
    move = _Move(MERGED, actor, at)
    taken = {unit: move(pair, f"{merge}:{pair[0]}") for unit, pair in pairs.items()}
    given = TierAssignment.objects.filter(account__in=[source for source, _ in pairs.values()])
    assignments = list(given.order_by("pk").values_list("pk", "account__unit_id"))
    for assignment, unit in assignments:
        TierAssignment.objects.filter(pk=assignment).update(account=pairs[unit][1])
    merge_holders(
        kept=kept,
        absorbed=absorbed,
        merge=merge,
        deed=HolderMerge.Deed.MERGE,
        actor=actor,
        at=at,
    )
    return TakenOver(
        points={unit: each.points for unit, each in taken.items() if each.points},
        owed={unit: each.owed for unit, each in taken.items() if each.owed},
        assignments=[assignment for assignment, _unit in assignments],
    )


@transaction.atomic
def give_back(
    *,
    programme_id: int,
    kept: UUID,
    absorbed: UUID,
    merge: UUID,
    merged_at: datetime,
    taken: TakenOver,
    activities: Sequence[str],
    actor: str,
    at: datetime,
) -> Mapping[int, int]:
    """Give the absorbed holder what is left of what was taken over; the points, by the unit's id.

    That is what remains of their lots, of what these activities (by their ids) granted since, and
    so much of the debt as is still owed. Raises PointsSetAside when the kept one has a live hold.
    """
    merge_holders(
        kept=kept, absorbed=absorbed, merge=merge, deed=HolderMerge.Deed.PART, actor=actor, at=at
    )
    move = _Move(PARTED, actor, at)
    points: dict[int, int] = {}
    for unit, pair in _accounts(programme_id, kept, absorbed, at).items():
        lots = lots_to_part(*pair, key=f"{merge}:{pair[1]}", since=merged_at, activities=activities)
        owed = taken.owed.get(unit, 0)
        points[unit] = move(pair, f"{merge}:part:{pair[0]}", lots=lots, owed=owed).points
        given = TierAssignment.objects.filter(pk__in=taken.assignments, account=pair[0])
        given.update(account=pair[1])
    return points


def lock_holders(*, programme_id: int, holders: Sequence[UUID]) -> None:
    """Hold all accounts of these holders in the programme until the transaction ends."""
    accounts = Account.objects.filter(
        unit__programme_id=programme_id, kind=Account.Kind.MEMBER, holder__in=holders
    )
    lock_accounts(*accounts.order_by("pk").values_list("pk", flat=True))


def _accounts(
    programme_id: int, source: UUID, target: UUID, at: datetime
) -> dict[int, tuple[int, int]]:
    """By the unit the account of the one and of the other, which is opened; all held."""
    own = Account.objects.filter(
        unit__programme_id=programme_id, kind=Account.Kind.MEMBER, holder=source
    )
    pairs = {
        unit: (
            account,
            open_account(unit_id=unit, kind=Account.Kind.MEMBER, holder=target, at=at),
        )
        for unit, account in own.order_by("unit_id").values_list("unit_id", "pk")
    }
    lock_accounts(*(account for pair in pairs.values() for account in pair))
    return pairs


class _Move(NamedTuple):
    """A merge or a parting, as the ledger is told it."""

    name: dict[str, str]
    actor: str
    at: datetime

    def __call__(
        self,
        accounts: tuple[int, int],
        key: str,
        *,
        lots: list[int] | None = None,
        owed: int | None = None,
    ) -> Taken:
        """From the one account to the other; all, or these lots and that debt."""
        taken = merge_account(
            *accounts,
            key=key,
            reasons=[_reason(self.name)],
            actor=self.actor,
            at=self.at,
            lots=lots,
            owed=owed,
        )
        if taken.outcome == "HELD":
            raise PointsSetAside("Points are set aside for a payment; wait until it is finished.")
        if taken.outcome == "CLOSED":
            raise AccountClosed("One of the accounts is closed.")
        return taken


def _reason(name: dict[str, str]) -> Reason:
    return Reason(
        rule="merge", version=0, outcome=Outcome.APPLIED, code="merge", points=0, name=name
    )
