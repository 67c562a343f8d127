"""Programmes and the accounts in which points are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from loyalty.ledger.posting import open_account, open_accounts
from loyalty.models import Account, Programme, Unit
from loyalty.services.units import NEVER, add_unit

ACTOR = "system:opening"


@transaction.atomic
def open_programme(
    *,
    programme: Programme,
    at: datetime,
    expiry: Mapping[str, Any] = NEVER,
    actor: str = ACTOR,
) -> Unit:
    """Store a new programme with its points, which lapse by `expiry`, and its own accounts.

    Raises RuleInvalid for a policy that could not be carried out.
    """
    programme.full_clean(validate_constraints=True)
    programme.save()
    return add_unit(
        programme_id=programme.pk,
        code="points",
        kind=Unit.Kind.POINTS,
        name_nl="punten",
        name_en="points",
        expiry=expiry,
        actor=actor,
        at=at,
    )


def open_member_account(
    *, programme_id: int, holder: UUID, at: datetime, unit_code: str = "points"
) -> int:
    """Open a holder's account of a unit; the same holder again gives the same account's id."""
    unit = Unit.objects.get(programme_id=programme_id, code=unit_code)
    return open_account(unit_id=unit.pk, kind=Account.Kind.MEMBER, holder=holder, at=at)


def open_member_accounts(*, programme_id: int, holders: Sequence[UUID], at: datetime) -> None:
    """Open the points accounts of these holders; an open one stays as it is."""
    unit = Unit.objects.get(programme_id=programme_id, code="points")
    open_accounts(unit_id=unit.pk, holders=holders, at=at)
