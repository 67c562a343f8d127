"""What occasions give when something happens to a member, and what they take back when it is undone.

Everything here may be told twice: a grant is given once for its key.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db import connection

from loyalty.errors import DomainError, NotFound
from loyalty.models import Account, OutboxEvent, Standing, TierSet
from loyalty.services.unit_holdings import units_held
from members.models import Activity, Membership
from rewards.models import Grant, Occasion, Redemption
from rewards.moments import (
    BalanceReached,
    PointsEarned,
    Purchases,
    TierReached,
    reached,
    read_moment,
    reason_of,
)
from rewards.services import giving
from rewards.services import redemption as redemptions
from rewards.services.audience import is_for, is_on, live_occasions, members_of

Moment = Occasion.Moment
CLIMBED = ("earned", "assigned")  # causes of a change of tier that somebody reached
IMPORTED = "import"  # who was a member already did not join now

# What a holder earned of points in all, less what went back, up to and with a transfer.
_EARNED = """
SELECT told.id, coalesce(sum(CASE WHEN e.kind = 'EARN' THEN e.points ELSE -e.points END), 0)
FROM unnest(%s::bigint[]) AS told (id)
JOIN loyalty_transfer t ON t.id = told.id
JOIN loyalty_account a ON a.id IN (t.credit_account_id, t.debit_account_id) AND a.kind = 'MEMBER'
JOIN loyalty_unit u ON u.id = a.unit_id AND u.code = 'points'
JOIN loyalty_transfer e ON e.id <= t.id
    AND (e.credit_account_id = a.id AND e.credit_version IS NOT NULL AND e.kind = 'EARN'
         OR e.debit_account_id = a.id AND e.debit_version IS NOT NULL
            AND e.kind IN ('RETURN', 'CANCEL'))
GROUP BY told.id
"""


def grant_for(
    occasion: Occasion, membership: Membership, *, key: str, n: int = 1, at: datetime
) -> Grant | None:
    """Give what the occasion gives, if the member is one of those whom it is for."""
    if not is_for(occasion, membership, at=at):
        return None
    try:
        return giving.give(
            membership_id=membership.pk,
            key=key,
            occasion=occasion,
            reason=reason_of(read_moment(occasion.moment, occasion.params), n=n),
            actor=giving.ACTOR,
            at=at,
        )
    except NotFound:
        return None  # erased or merged meanwhile


def _key(occasion: Occasion, *more: object) -> str:
    return ":".join(["occasion", occasion.key, *map(str, more)])


# --- Joining and climbing ----------------------------------------------------------------------


def welcome(*, events: Sequence[OutboxEvent]) -> None:
    """Give what there is for joining, to those who came by themselves."""
    came = [event for event in events if event.payload.get("touchpoint") != IMPORTED]
    for occasion, event, member in _concerned([Moment.JOINED], came):
        grant_for(occasion, member, key=_key(occasion), at=event.recorded_at)


def celebrate_tiers(*, events: Sequence[OutboxEvent]) -> None:
    """Give what there is for reaching a tier, to those who climbed to it."""
    climbed = [event for event in events if event.payload["cause"] in CLIMBED]
    for occasion, event, member in _concerned([Moment.TIER_REACHED], climbed):
        moment = read_moment(occasion.moment, occasion.params)
        said = event.payload
        if not isinstance(moment, TierReached) or said["after"] != moment.tier:
            continue
        if _is_up(occasion.programme_id, said["tier_set"], said["before"], said["after"]):
            grant_for(occasion, member, key=_key(occasion), at=event.recorded_at)


def _is_up(programme_id: int, tier_set: str, before: str, after: str) -> bool:
    policies = TierSet.objects.filter(programme_id=programme_id, key=tier_set)
    for policy in policies.values_list("policy", flat=True):
        order = ["", *(tier["key"] for tier in policy.get("tiers", []))]
        return before in order and after in order and order.index(after) > order.index(before)
    return False


# --- Points ------------------------------------------------------------------------------------


def reward_points(*, events: Sequence[OutboxEvent]) -> None:
    """Give what there is for points earned in all, and redeem what a balance suffices for."""
    for occasion, event, member in _concerned([Moment.BALANCE_REACHED], events):
        redeem_reached(occasion, member, cause=event.payload["transfer"], at=event.recorded_at)
    concerned = list(_concerned([Moment.POINTS_EARNED], events))
    totals = _earned([event.payload["transfer"] for _o, event, _m in concerned])
    for occasion, event, member in concerned:
        moment = read_moment(occasion.moment, occasion.params)
        total = totals.get(event.payload["transfer"])
        if total is None or not isinstance(moment, PointsEarned):
            continue
        before = total - int(event.payload["points"])
        had = reached(before, step=moment.points, repeats=moment.repeats)
        for n in reached(total, step=moment.points, repeats=moment.repeats)[len(had) :]:
            grant_for(occasion, member, key=_key(occasion, n), n=n, at=event.recorded_at)


def take_back_for_points(*, events: Sequence[OutboxEvent]) -> None:
    """Withdraw what was given for points in all that are no longer there."""
    concerned = list(_concerned([Moment.POINTS_EARNED], events, in_period=False))
    totals = _earned([event.payload["transfer"] for _o, event, _m in concerned])
    for occasion, event, member in concerned:
        moment = read_moment(occasion.moment, occasion.params)
        total = totals.get(event.payload["transfer"])
        if total is not None and isinstance(moment, PointsEarned):
            _withdraw_above(occasion, member, total // moment.points, at=event.recorded_at)


def redeem_reached(
    occasion: Occasion, membership: Membership, *, cause: object, at: datetime
) -> Redemption | None:
    """Redeem the occasion's reward when the member can spend so many points, once per crossing.

    What is refused is left for the next time. Who gave the reward back is left alone until their
    balance has been below again.
    """
    moment = read_moment(occasion.moment, occasion.params)
    account = _points_account(membership)
    choice = occasion.choices.select_related("reward").first()
    if choice is None or account is None or not isinstance(moment, BalanceReached):
        return None
    held = units_held(holder=membership.holder, unit_ids=[account.unit_id], at=at)
    spendable = held[account.unit_id].spendable if account.unit_id in held else 0
    if spendable < moment.points or not is_for(occasion, membership, at=at):
        return None
    if not _crossed(occasion, membership, account, moment.points):
        return None
    try:
        return redemptions.redeem_reward(
            membership_id=membership.pk,
            reward_id=choice.reward_id,
            request_key=_key(occasion, membership.pk, cause),
            channel="",
            actor=_payer(occasion),
            at=at,
        )
    except DomainError:
        return None


def _payer(occasion: Occasion) -> str:
    return f"system:occasion:{occasion.key}"


def _points_account(membership: Membership) -> Account | None:
    accounts = Account.objects.filter(unit__programme_id=membership.programme_id)
    return accounts.filter(unit__code="points", holder=membership.holder, kind="MEMBER").first()


_WAS_BELOW = """
SELECT EXISTS (
    SELECT FROM loyalty_transfer t WHERE t.recorded_at > %(since)s AND (
        t.debit_account_id = %(account)s AND t.debit_version IS NOT NULL
            AND t.debit_before - t.points < %(points)s
        OR t.credit_account_id = %(account)s AND t.credit_version IS NOT NULL
            AND t.credit_before + t.points < %(points)s))
"""


def _crossed(occasion: Occasion, membership: Membership, account: Account, points: int) -> bool:
    """Whether the balance was below since the occasion last paid, or since that was given back."""
    paid = Redemption.objects.filter(membership=membership, actor=_payer(occasion))
    last = paid.order_by("-redeemed_at", "-pk").first()
    if last is None or (last.ended_at is None and (last.balance_after or 0) < points):
        return True
    since = last.ended_at or last.redeemed_at
    with connection.cursor() as cursor:
        cursor.execute(_WAS_BELOW, {"since": since, "account": account.pk, "points": points})
        (below,) = cursor.fetchone()
    return bool(below)


def _earned(transfers: Iterable[int]) -> dict[int, int]:
    wanted = list(transfers)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_EARNED, [wanted])
        return {pk: int(total) for pk, total in cursor.fetchall()}


# --- Purchases ---------------------------------------------------------------------------------


def count_purchases(*, events: Sequence[OutboxEvent]) -> None:
    """Give what there is for so many purchases, and take it back when too few are left."""
    bought = [event for event in events if event.payload["type"] in ("purchase", "return")]
    for occasion, event, member in _concerned([Moment.PURCHASES], bought, in_period=False):
        moment = read_moment(occasion.moment, occasion.params)
        if not isinstance(moment, Purchases):
            continue
        total = _purchases(member, since=occasion.starts_at)
        if event.payload["type"] == "return":
            _withdraw_above(occasion, member, total // moment.count, at=event.recorded_at)
        elif is_on(occasion, event.occurred_at):
            for n in reached(total, step=moment.count, repeats=moment.repeats):
                grant_for(occasion, member, key=_key(occasion, n), n=n, at=event.recorded_at)


def _purchases(membership: Membership, *, since: datetime | None) -> int:
    """Those that were not wholly returned, as the rules count them, less those from before."""
    standing = Standing.objects.filter(
        account__holder=membership.holder, account__unit__programme_id=membership.programme_id
    ).first()
    counted = int(standing.document.get("counts", {}).get("purchase", 0)) if standing else 0
    if since is None:
        return counted
    before = Activity.objects.filter(membership=membership, type="purchase", occurred_at__lt=since)
    return counted - before.count()


def _withdraw_above(occasion: Occasion, membership: Membership, n: int, *, at: datetime) -> None:
    """Take back what was given for more than the n-th time."""
    mine = Grant.objects.filter(membership=membership, occasion=occasion)
    over = [grant.key for grant in mine if int(grant.key.rpartition(":")[2]) > n]
    if over:
        giving.withdraw_grants(membership_id=membership.pk, keys=over, actor=giving.ACTOR, at=at)


# --- Whom it concerns --------------------------------------------------------------------------


def _concerned(
    moments: Sequence[str], events: Sequence[OutboxEvent], *, in_period: bool = True
) -> Iterator[tuple[Occasion, OutboxEvent, Membership]]:
    """Each live occasion with each event that it may give for, and whom that is about."""
    occasions = live_occasions(moments) if events else []
    members = members_of(event.subject for event in events) if occasions else {}
    for event in events:
        member = members.get(event.subject) if event.subject else None
        for occasion in occasions if member else ():
            on = not in_period or is_on(occasion, event.occurred_at)
            if member and on and occasion.programme_id == member.programme_id:
                yield occasion, event, member
