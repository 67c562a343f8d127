"""Partners' codes: kept sealed, handed out one by one, and never the same one twice."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import publish
from rewards.errors import RewardSoldOut
from rewards.events import CodesAdded, PoolRanLow
from rewards.models import CodePool, PoolCode, Redemption
from rewards.sealing import derived, seal
from rewards.services.checking import checked

PURPOSE = "pool code"
SHORTEST, LONGEST = 4, 60  # characters of a code
MOST = 100_000  # codes at once


@transaction.atomic
def save_pool(
    *,
    programme_id: int,
    key: str,
    name: str,
    low_at: int,
    actor: str,
    at: datetime,
    pool_id: int | None = None,
) -> CodePool:
    """Add a pool, or with `pool_id` change it; it warns when `low_at` codes are left.

    Raises InvalidRequest, which names the field, and NotFound.
    """
    pool = CodePool(programme_id=programme_id) if pool_id is None else _locked(pool_id)
    if pool.programme_id != programme_id or (pool_id is not None and pool.key != key):
        raise InvalidRequest("A pool keeps its key and its programme.", field="key")
    pool.key, pool.name, pool.low_at = key, name, low_at
    checked(pool)
    pool.save()
    return pool


@transaction.atomic
def add_codes(
    *,
    pool_id: int,
    codes: Sequence[str],
    actor: str,
    at: datetime,
    expires_at: datetime | None = None,
) -> int:
    """Put a partner's codes into its pool; how many of them were not there yet.

    The same codes again add nothing. Raises NotFound, and InvalidRequest for a code that is too
    short, too long or no one line; then none was added.
    """
    pool = _locked(pool_id)
    plain = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    if len(plain) > MOST:
        raise InvalidRequest(f"At most {MOST} codes at once.", field="codes")
    for row, code in enumerate(plain, 1):
        if not SHORTEST <= len(code) <= LONGEST or not code.isprintable():
            raise InvalidRequest(
                f"Code {row} is not {SHORTEST} to {LONGEST} characters of one line.", field="codes"
            )
    before = pool.codes.count()
    PoolCode.objects.bulk_create(
        [_sealed(pool, code, expires_at) for code in plain], ignore_conflicts=True, batch_size=1000
    )
    added = pool.codes.count() - before
    if added:
        pool.warned_at = None
        pool.save(update_fields=["warned_at"])
        publish(
            CodesAdded(subject=None, occurred_at=at, pool=pool.key, actor=actor, codes=added), at=at
        )
    return added


def take_code(*, redemption: Redemption, at: datetime) -> PoolCode:
    """Hand the next code of the reward's pool out to a redemption, within the caller's transaction.

    What lapses first goes first; one that lapsed is never handed out. Raises RewardSoldOut.
    """
    pool = CodePool.objects.get(
        programme_id=redemption.reward.programme_id, key=redemption.reward.terms["pool"]
    )
    code = _next(pool, at, skip_locked=True)
    while code is None and left_in_pool(pool.pk, at=at):
        # Others hold all that are left: wait for one of them, who may yet give it back.
        code = _next(pool, at, skip_locked=False)
    if code is None:
        raise RewardSoldOut("The partner's codes have run out.", field="reward")
    code.redemption = redemption
    code.save(update_fields=["redemption"])
    _warn(pool, at)
    return code


def left_in_pool(pool_id: int, *, at: datetime) -> int:
    """How many codes of it can still be handed out."""
    return PoolCode.objects.filter(_good(at), pool=pool_id).count()


def _next(pool: CodePool, at: datetime, *, skip_locked: bool) -> PoolCode | None:
    free = PoolCode.objects.filter(_good(at), pool=pool).order_by("expires_at", "pk")
    return free.select_for_update(no_key=True, skip_locked=skip_locked).first()


def _good(at: datetime) -> Q:
    return Q(redemption=None) & (Q(expires_at=None) | Q(expires_at__gt=at))


def _warn(pool: CodePool, at: datetime) -> None:
    """Say once that few are left, until there are more."""
    if pool.warned_at is not None:
        return
    left = left_in_pool(pool.pk, at=at)
    if left > pool.low_at:
        return
    unwarned = CodePool.objects.filter(pk=pool.pk, warned_at=None)
    if unwarned.update(warned_at=at):
        publish(PoolRanLow(subject=None, occurred_at=at, pool=pool.key, left=left), at=at)


def _sealed(pool: CodePool, code: str, expires_at: datetime | None) -> PoolCode:
    return PoolCode(
        pool=pool,
        digest=derived("pool digest", code.encode()).hex(),
        sealed_code=seal(code.encode(), purpose=PURPOSE),
        expires_at=expires_at,
    )


def _locked(pool_id: int) -> CodePool:
    pool = CodePool.objects.select_for_update(no_key=True).filter(pk=pool_id).first()
    if pool is None:
        raise NotFound("There is no such code pool.", field="pool")
    return pool
