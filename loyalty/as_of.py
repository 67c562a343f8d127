"""What an account held at any moment in the past: the books as they stood, and what moved since.

Everything is derived from what was written up to that moment (by `recorded_at`), so it is what was
seen then: a lapse that no job had booked yet is still in the balance, and not spendable.
"""

from datetime import datetime

import msgspec
from django.db import connection
from django.db.models import Count, Q, Sum

from loyalty.earning.ruleset import parse_rule_set
from loyalty.earning.standing import read_standing, tier_states
from loyalty.models import (
    Hold,
    RuleSet,
    Standing,
    TierAssignment,
    TierMove,
    TierSet,
    Transfer,
)


class LotThen(msgspec.Struct, frozen=True, kw_only=True):
    """A lot as it stood: what remained, and between which moments it could be spent."""

    lot: int
    granted: int
    remaining: int
    available_from: datetime | None
    expires_at: datetime | None  # of a sliding lot its account's end as it was then
    awaits: str
    is_sliding: bool

    def is_usable(self, at: datetime) -> bool:
        """Whether it could be spent from at that moment."""
        return (
            self.available_from is not None
            and self.available_from <= at
            and (self.expires_at is None or at < self.expires_at)
        )

    def is_pending(self, at: datetime) -> bool:
        """Whether it was still to become usable."""
        return (self.available_from is None or at < self.available_from) and (
            self.expires_at is None or at < self.expires_at
        )


class HoldThen(msgspec.Struct, frozen=True, kw_only=True):
    """Points that were set aside."""

    hold: int
    points: int
    expires_at: datetime


class BalanceThen(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of an account: `balance` is as booked, `spendable` what could be spent."""

    balance: int
    spendable: int
    pending: int
    held: int
    owed: int


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """All transfers of one kind between two moments; `points` is what they did to the balance."""

    times: int
    points: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What lies between two moments; the points of `moved` add up to the change of balance."""

    before: BalanceThen
    after: BalanceThen
    moved: dict[str, Moved]


# The account's lots are those with something left and those that ever paid for a transfer of it. A
# change made later tells what the dates were before.
_LOTS = """
WITH own AS (
    SELECT id FROM loyalty_lot WHERE account_id = %(account)s AND remaining > 0
    UNION
    SELECT m.lot_id FROM loyalty_transfer t JOIN loyalty_lotmove m ON m.transfer_id = t.id
    WHERE t.debit_account_id = %(account)s AND t.debit_version IS NOT NULL
)
SELECT l.id, l.granted, l.granted + coalesce(moved.points, 0)::bigint,
       CASE WHEN later.id IS NULL THEN l.available_from ELSE later.available_before END,
       CASE WHEN l.is_sliding THEN (
                SELECT max(s.lapses_at) FROM loyalty_slide s
                WHERE s.account_id = %(account)s AND s.recorded_at <= %(at)s)
            WHEN later.id IS NULL THEN l.expires_at ELSE later.expires_before END,
       l.awaits, l.is_sliding
FROM own
JOIN loyalty_lot l ON l.id = own.id AND l.account_id = %(account)s
JOIN loyalty_transfer granting ON granting.id = l.transfer_id AND granting.recorded_at <= %(at)s
LEFT JOIN LATERAL (
    SELECT sum(m.points) AS points FROM loyalty_lotmove m
    JOIN loyalty_transfer t ON t.id = m.transfer_id
    WHERE m.lot_id = l.id AND t.recorded_at <= %(at)s) moved ON true
LEFT JOIN LATERAL (
    SELECT c.id, c.available_before, c.expires_before FROM loyalty_lotchange c
    WHERE c.lot_id = l.id AND c.recorded_at > %(at)s ORDER BY c.id LIMIT 1) later ON true
WHERE l.granted + coalesce(moved.points, 0) > 0
ORDER BY l.id
"""

_OWED = """
SELECT coalesce((SELECT sum(t.points) FROM loyalty_transfer t
                 WHERE t.kind = 'OWE' AND t.debit_account_id = o.id AND t.recorded_at <= %(at)s), 0)
     - coalesce((SELECT sum(t.points) FROM loyalty_transfer t
                 WHERE t.kind = 'FORGIVE' AND t.credit_account_id = o.id
                   AND t.recorded_at <= %(at)s), 0)
     - coalesce((SELECT sum(t.points) FROM loyalty_transfer t
                 WHERE t.kind = 'REPAY' AND t.debit_account_id = a.id
                   AND t.debit_version IS NOT NULL AND t.recorded_at <= %(at)s), 0)
FROM loyalty_account a
JOIN loyalty_account o ON o.unit_id = a.unit_id AND o.holder = a.holder AND o.kind = 'OWED'
WHERE a.id = %(account)s
"""


def lots_at(account_id: int, at: datetime) -> list[LotThen]:
    """The lots of which something remained at that moment, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, {"account": account_id, "at": at})
        rows = cursor.fetchall()
    return [
        LotThen(
            lot=lot,
            granted=granted,
            remaining=remaining,
            available_from=available_from,
            expires_at=expires_at,
            awaits=awaits,
            is_sliding=is_sliding,
        )
        for lot, granted, remaining, available_from, expires_at, awaits, is_sliding in rows
    ]


def holds_at(account_id: int, at: datetime) -> list[HoldThen]:
    """The holds that were live at that moment, the oldest first."""
    live = Hold.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=at),
        account_id=account_id,
        authorised_at__lte=at,
        expires_at__gt=at,
    )
    return [
        HoldThen(hold=hold.pk, points=hold.points, expires_at=hold.expires_at)
        for hold in live.order_by("pk")
    ]


def balance_at(account_id: int, at: datetime) -> BalanceThen:
    """The figures of the account as they stood, in three statements."""
    lots = lots_at(account_id, at)
    held = sum(hold.points for hold in holds_at(account_id, at))
    owed = _owed_at(account_id, at)
    usable = sum(lot.remaining for lot in lots if lot.is_usable(at))
    return BalanceThen(
        balance=sum(lot.remaining for lot in lots),
        spendable=max(usable - held - owed, 0),
        pending=sum(lot.remaining for lot in lots if lot.is_pending(at)),
        held=held,
        owed=owed,
    )


def difference(account_id: int, since: datetime, until: datetime) -> Difference:
    """What was booked after `since` and up to `until`, by kind, with the figures at both ends."""
    booked = Transfer.objects.filter(recorded_at__gt=since, recorded_at__lte=until)
    moved: dict[str, Moved] = {}
    sides = (
        (-1, booked.filter(debit_account=account_id, debit_version__isnull=False)),
        (+1, booked.filter(credit_account=account_id, credit_version__isnull=False)),
    )
    for sign, transfers in sides:
        summed = transfers.order_by().values_list("kind").annotate(Count("pk"), Sum("points"))
        for kind, times, points in summed:
            known = moved.get(kind, Moved(times=0, points=0))
            moved[kind] = Moved(times=known.times + times, points=known.points + sign * points)
    return Difference(
        before=balance_at(account_id, since), after=balance_at(account_id, until), moved=moved
    )


def rule_set_at(programme_id: int, at: datetime) -> RuleSet | None:
    """All by which the programme judged at that moment; None before its first."""
    held = RuleSet.objects.filter(programme_id=programme_id, since__lte=at)
    return held.order_by("-number").first()


def tier_at(account_id: int, at: datetime) -> dict[str, str]:
    """The tier that the holder of a points account had in each tier set, by their keys.

    By what is known today of that moment, as everything about tiers: since the last activity from
    the standing itself, rolled on to that moment, before it from the moves that were booked. Of an
    earned tier and one given by hand the higher counts; no tier, no entry.
    """
    standing = Standing.objects.filter(account_id=account_id).first()
    if standing is not None and (standing.last_at is None or standing.last_at <= at):
        return _tiers_since(standing, at)
    return _tiers_booked(account_id, at)


def _tiers_since(standing: Standing, at: datetime) -> dict[str, str]:
    held = rule_set_at(standing.account.unit.programme_id, at)
    if held is None:
        return {}
    rules = parse_rule_set(held.document, number=held.number)
    states = tier_states(read_standing(standing.document), rules, at=at)
    return {state.tier_set: state.tier for state in states if state.tier}


def _tiers_booked(account_id: int, at: datetime) -> dict[str, str]:
    moves = TierMove.objects.filter(account_id=account_id, effective_at__lte=at)
    latest = moves.order_by("tier_set_id", "-effective_at", "-pk").distinct("tier_set_id")
    held = [(move.tier_set_id, move.after) for move in latest if move.after]
    given = TierAssignment.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=at),
        Q(ended_at=None) | Q(ended_at__gt=at),
        account_id=account_id,
        starts_at__lte=at,
    )
    held += given.values_list("tier_set_id", "tier")
    sets = TierSet.objects.in_bulk({tier_set for tier_set, _ in held})
    tiers: dict[str, str] = {}
    for tier_set, tier in held:
        ladder = [each["key"] for each in sets[tier_set].policy["tiers"]]
        key = sets[tier_set].key
        if key not in tiers or ladder.index(tier) > ladder.index(tiers[key]):
            tiers[key] = tier
    return tiers


def _owed_at(account_id: int, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_OWED, {"account": account_id, "at": at})
        row = cursor.fetchone()
    return int(row[0]) if row else 0
