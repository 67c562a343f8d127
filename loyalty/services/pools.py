"""A household's shared points: a pool, with contributors who are named.

A pool's account holds what its contributors put in, each lot with the dates it had. The pool's row
is locked first, then accounts, so that who may do what is decided one deed at a time.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty.errors import (
    InvalidRequest,
    NotAContributor,
    NotFound,
    PoolClosed,
    UnitNotSpendable,
)
from loyalty.events import ContributorJoined, ContributorLeft, PoolOpened, PoolShut, publish
from loyalty.ledger.holdings import holdings
from loyalty.ledger.posting import (
    Posted,
    Posting,
    close_account,
    lock_accounts,
    open_account,
    post,
)
from loyalty.models import Account, Contributor, Pool, Transfer, Unit
from loyalty.services.transfers import check_shareable
from loyalty.types import Reason

SOURCE = "pool"
SHARE = "pool share"  # what is given back, apart from the keys that callers choose


@transaction.atomic
def open_pool(
    *,
    unit_id: int,
    holder: UUID,
    contributors: Sequence[UUID],
    actor: str,
    at: datetime,
    name: str = "",
) -> Pool:
    """Open a pool under a holder of its own, with its first contributors.

    The same `holder` again gives the same pool. Raises InvalidRequest without contributors or for a
    holder who is a member, NotFound for a contributor without an open account, UnitNotShareable and
    UnitNotSpendable.
    """
    if known := Pool.objects.filter(holder=holder).first():
        return known
    unit = Unit.objects.get(pk=unit_id)
    check_shareable(unit)
    if unit.kind == Unit.Kind.CREDITS:
        raise UnitNotSpendable("Credits count towards a tier; they are not pooled.")
    if not contributors or Account.objects.filter(holder=holder).exists():
        raise InvalidRequest("A pool has a holder of its own, and contributors.")
    pool, is_new = Pool.objects.get_or_create(
        holder=holder, defaults={"unit": unit, "name": name, "opened_at": at}
    )
    if is_new:
        open_account(unit_id=unit_id, kind=Account.Kind.MEMBER, holder=holder, at=at)
        publish(PoolOpened(subject=holder, occurred_at=at, pool=pool.pk, actor=actor), at=at)
        for contributor in contributors:
            _admit(pool, contributor, actor=actor, at=at)
    return pool


@transaction.atomic
def add_contributor(*, pool_id: int, holder: UUID, actor: str, at: datetime) -> Contributor:
    """Let a member put points in and spend from the pool; who is in already stays in.

    Raises NotFound for the pool or for a member without an open account, and PoolClosed.
    """
    return _admit(_locked(pool_id), holder, actor=actor, at=at)


@transaction.atomic
def contribute(
    *, pool_id: int, holder: UUID, points: int, actor: str, at: datetime, key: str
) -> Posted:
    """Move a contributor's own points into the pool, once per `key`; they keep their dates.

    Raises InvalidRequest for no points, NotFound, PoolClosed, NotAContributor, InsufficientPoints,
    AccountClosed, and KeyConflict when the key was used for another request.
    """
    if points < 1 or not key:
        raise InvalidRequest("Contribute one point or more, under a key.", field="points")
    pool = _locked(pool_id)
    _contributor(pool, holder)
    posting = Posting(
        kind=Transfer.Kind.MOVE,
        debit_account=_account(pool, holder).pk,
        credit_account=_account(pool, pool.holder).pk,
        points=points,
        source=SOURCE,
        external_id=key,
        actor=actor,
        effective_at=at,
    )
    return post(posting, at=at)


@transaction.atomic
def spend_from_pool(
    *,
    pool_id: int,
    holder: UUID,
    points: int,
    source: str,
    external_id: str,
    reasons: list[Reason],
    actor: str,
    at: datetime,
) -> Posted:
    """Spend the pool's points, soonest expiry first, by one of its contributors.

    Raises NotFound, PoolClosed, NotAContributor, and as `spend_points`.
    """
    pool = _locked(pool_id)
    _contributor(pool, holder)
    redeemed = Account.objects.only("id").get(unit=pool.unit_id, kind=Account.Kind.REDEEMED)
    posting = Posting(
        kind=Transfer.Kind.REDEEM,
        debit_account=_account(pool, pool.holder).pk,
        credit_account=redeemed.pk,
        points=points,
        source=source,
        external_id=external_id,
        reasons=list(reasons),
        actor=actor,
        effective_at=at,
    )
    return post(posting, at=at)


@transaction.atomic
def leave_pool(*, pool_id: int, holder: UUID, actor: str, at: datetime) -> None:
    """Give a contributor what is left of their own lots, and let them go.

    The last one to leave gets all there is, and the pool closes. Raises NotFound, PoolClosed,
    NotAContributor, and AccountClosed.
    """
    pool = _locked(pool_id)
    leaving = _contributor(pool, holder)
    is_last = not pool.contributors.filter(left_at=None).exclude(pk=leaving.pk).exists()
    _let_go(pool, leaving, is_last=is_last, actor=actor, at=at)
    if is_last:
        _shut(pool, actor=actor, at=at)


@transaction.atomic
def close_pool(*, pool_id: int, actor: str, at: datetime) -> None:
    """Give every contributor what is left of their own lots, and close the pool; again is nothing.

    What is nobody's who is still in (spent points that came back as goodwill) goes to who has been
    in longest. Raises NotFound, and AccountClosed.
    """
    pool = _locked(pool_id, even_closed=True)
    if pool.closed_at is not None:
        return
    newest_first = list(pool.contributors.filter(left_at=None).order_by("-pk"))
    for leaving in newest_first:
        _let_go(pool, leaving, is_last=leaving == newest_first[-1], actor=actor, at=at)
    _shut(pool, actor=actor, at=at)


def _locked(pool_id: int, *, even_closed: bool = False) -> Pool:
    pool = Pool.objects.select_for_update(no_key=True).filter(pk=pool_id).first()
    if pool is None:
        raise NotFound("There is no such pool.")
    if pool.closed_at is not None and not even_closed:
        raise PoolClosed("The pool is closed.")
    return pool


def _contributor(pool: Pool, holder: UUID) -> Contributor:
    found = pool.contributors.filter(holder=holder, left_at=None).first()
    if found is None:
        raise NotAContributor("Only the pool's contributors put points in and spend them.")
    return found


def _account(pool: Pool, holder: UUID) -> Account:
    accounts = Account.objects.filter(unit=pool.unit_id, kind=Account.Kind.MEMBER, holder=holder)
    if (account := accounts.first()) is None:
        raise NotFound("There is no such member.")
    return account


def _admit(pool: Pool, holder: UUID, *, actor: str, at: datetime) -> Contributor:
    if _account(pool, holder).closed_at is not None or holder == pool.holder:
        raise NotFound("There is no such member.")
    contributor, is_new = Contributor.objects.get_or_create(
        pool=pool, holder=holder, left_at=None, defaults={"joined_at": at}
    )
    if is_new:
        joined = ContributorJoined(
            subject=pool.holder, occurred_at=at, pool=pool.pk, contributor=holder, actor=actor
        )
        publish(joined, at=at)
    return contributor


def _let_go(pool: Pool, leaving: Contributor, *, is_last: bool, actor: str, at: datetime) -> None:
    """A lot is whose account it came from; to the last one also what came from nobody else."""
    own, shared = _account(pool, leaving.holder), _account(pool, pool.holder)
    lock_accounts(own.pk, shared.pk)
    usable = holdings(shared.pk, at=at).usable
    lots = [lot for lot in usable if is_last or lot.giver == own.pk]
    if lots and (is_last or own.closed_at is None):
        posting = Posting(
            kind=Transfer.Kind.MOVE,
            debit_account=shared.pk,
            credit_account=own.pk,
            points=sum(lot.points for lot in lots),
            source=SHARE,
            external_id=str(leaving.pk),
            actor=actor,
            effective_at=at,
            lots=[lot.pk for lot in lots],
        )
        post(posting, at=at)
    leaving.left_at = at
    leaving.save(update_fields=["left_at"])
    left = ContributorLeft(
        subject=pool.holder, occurred_at=at, pool=pool.pk, contributor=leaving.holder, actor=actor
    )
    publish(left, at=at)


def _shut(pool: Pool, *, actor: str, at: datetime) -> None:
    close_account(_account(pool, pool.holder).pk, at=at)
    pool.closed_at = at
    pool.save(update_fields=["closed_at"])
    publish(PoolShut(subject=pool.holder, occurred_at=at, pool=pool.pk, actor=actor), at=at)
