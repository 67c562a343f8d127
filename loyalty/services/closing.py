"""Leaving for good: what a holder has is given up, and their accounts are closed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from loyalty.errors import DomainError
from loyalty.ledger.holdings import holdings
from loyalty.ledger.holds import void
from loyalty.ledger.lot_dates import Deed, book_lapsed, cancel_lots
from loyalty.ledger.posting import Posting, close_account, lock_accounts, post
from loyalty.ledger.returns import Returning, forgive
from loyalty.models import Account, Contributor, Hold, Lot, Transfer
from loyalty.services.pools import leave_pool
from loyalty.types import Outcome, Reason

SOURCE = "forfeit"
NAMES = {"nl": "Vervallen bij het vertrek van het lid", "en": "Given up when the member left"}


class AccountStillOpen(DomainError):
    """Something keeps the account open."""

    code = "account_still_open"


@transaction.atomic
def close_holder(*, holder: UUID, actor: str, at: datetime) -> int:
    """Close all accounts of a holder; the points, of all units, that were given up.

    They leave their pools with what is theirs; what is set aside is freed, debts are let go, what
    waits is cancelled, what has lapsed is booked, and the rest goes to the programme's corrections,
    for the reason "forfeit". Accounts that are closed stay as they are. Raises AccountStillOpen.
    """
    for contributor in Contributor.objects.filter(holder=holder, left_at=None).order_by("pk"):
        leave_pool(pool_id=contributor.pool_id, holder=holder, actor=actor, at=at)
    accounts = Account.objects.filter(kind=Account.Kind.MEMBER, holder=holder, closed_at=None)
    ids = list(accounts.order_by("pk").values_list("pk", flat=True))
    lock_accounts(*ids)
    return sum(_close(account, actor, at) for account in ids)


def _close(account_id: int, actor: str, at: datetime) -> int:
    for hold in Hold.objects.filter(account=account_id, ended_at=None, expires_at__gt=at):
        void(hold_id=hold.pk, actor=actor, at=at)
    account = Account.objects.select_related("unit").get(pk=account_id)
    if account.owed:
        _let_go(account, actor, at)
    cancelled = _cancel(account, actor, at)
    book_lapsed(after=account_id - 1, limit=1, actor=actor, at=at)
    given_up = _give_up(account, actor, at)
    if not close_account(account_id, at=at):
        raise AccountStillOpen("Something keeps this account open.")
    return cancelled + given_up


def _let_go(account: Account, actor: str, at: datetime) -> None:
    asked = Returning(
        account_id=account.pk,
        points=account.owed,
        source=SOURCE,
        external_id=f"{account.pk}:debt",
        reasons=[_why(account, account.owed)],
        actor=actor,
        effective_at=at,
    )
    forgive(asked, at=at)


def _cancel(account: Account, actor: str, at: datetime) -> int:
    waiting = Lot.objects.filter(
        Q(available_from=None) | Q(available_from__gt=at), account=account, remaining__gt=0
    )
    lots = dict(waiting.order_by("pk").values_list("pk", "remaining"))
    if not lots:
        return 0
    taken = cancel_lots(
        account.pk,
        list(lots),
        request=SOURCE,
        reasons=[_why(account, -sum(lots.values()))],
        reverses=None,
        by=Deed(source=SOURCE, external_id=f"{account.pk}:waiting", reason=SOURCE, actor=actor),
        at=at,
    )
    return taken.points


def _give_up(account: Account, actor: str, at: datetime) -> int:
    points = holdings(account.pk, at=at).spendable
    if points:
        corrections = Account.objects.get(unit=account.unit, kind=Account.Kind.ADJUSTMENT)
        posting = Posting(
            kind=Transfer.Kind.ADJUST,
            debit_account=account.pk,
            credit_account=corrections.pk,
            points=points,
            source=SOURCE,
            external_id=f"{account.pk}:rest",
            reasons=[_why(account, -points)],
            actor=actor,
            effective_at=at,
        )
        post(posting, at=at)
    return points


def _why(account: Account, points: int) -> Reason:
    return Reason(
        rule=SOURCE,
        version=1,
        outcome=Outcome.APPLIED,
        code=SOURCE,
        points=points,
        unit=account.unit.code,
        name=NAMES,
    )
