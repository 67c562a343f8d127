"""Programmes and the accounts in which points are kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty.ledger.posting import open_account, open_accounts
from loyalty.models import Account, Programme, Unit

HELD_KINDS = (Account.Kind.MEMBER, Account.Kind.OWED)
OWN_KINDS = [kind for kind in Account.Kind if kind not in HELD_KINDS]


@transaction.atomic
def open_programme(*, programme: Programme, at: datetime) -> Unit:
    """Store a new programme with its points and the programme's own accounts."""
    programme.full_clean(validate_constraints=True)
    programme.save()
    unit = Unit.objects.create(programme=programme)
    for kind in OWN_KINDS:
        open_account(unit_id=unit.pk, kind=kind, at=at)
    return unit


def open_member_account(*, programme_id: int, holder: UUID, at: datetime) -> int:
    """Open the points account of a holder; the same holder again gives the same account's id."""
    unit = Unit.objects.get(programme_id=programme_id, code="points")
    return open_account(unit_id=unit.pk, kind=Account.Kind.MEMBER, holder=holder, at=at)


def open_member_accounts(*, programme_id: int, holders: Sequence[UUID], at: datetime) -> None:
    """Open the points accounts of these holders; an open one stays as it is."""
    unit = Unit.objects.get(programme_id=programme_id, code="points")
    open_accounts(unit_id=unit.pk, holders=holders, at=at)
