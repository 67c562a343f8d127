"""Tiers: what is asked for them, and tiers given by hand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from msgspec import structs

from loyalty.earning.standing import Assigned
from loyalty.earning.tier_moves import tier_changes
from loyalty.earning.tiers import TierSet as TierSetPolicy
from loyalty.earning.tiers import parse_tier_set
from loyalty.errors import InvalidRequest, NotFound, TierSetInvalid
from loyalty.events import publish
from loyalty.events.tiers import TierSetChanged
from loyalty.models import Account, Programme, TierAssignment, TierSet
from loyalty.services.remarks import check_remark, keep_remark, new_remark
from loyalty.services.rule_sets import current_rule_set, keep_rule_set, rule_set
from loyalty.services.standings import locked_standings, move_tiers, set_standing

MOST_WORDS = 500  # of what stands there from before remarks were kept


@transaction.atomic
def save_tier_set(
    *,
    programme_id: int,
    key: str,
    name_nl: str,
    name_en: str,
    policy: Mapping[str, Any],
    actor: str,
    at: datetime,
) -> TierSet:
    """Write down what is asked for the tiers of a set; of a set that is live, from now on.

    Nobody loses a tier that they hold before its time is over. Raises TierSetInvalid, with `field`
    as the place, and NotFound for an unknown programme.
    """
    if not Programme.objects.select_for_update().filter(pk=programme_id).exists():
        raise NotFound("There is no such programme.")
    read = parse_tier_set(policy, key=key, name={"nl": name_nl, "en": name_en})
    _check_keys(programme_id, read)
    tier_set, _created = TierSet.objects.update_or_create(
        programme_id=programme_id,
        key=key,
        defaults={"name_nl": name_nl, "name_en": name_en, "policy": dict(policy)},
    )
    tier_set.clean_fields()
    if tier_set.is_live:
        _keep(tier_set, actor=actor, at=at)
    return tier_set


@transaction.atomic
def publish_tier_set(*, tier_set_id: int, actor: str, at: datetime) -> TierSet:
    """Let members climb from now on, by all that they did. Raises NotFound and TierSetInvalid."""
    tier_set = _locked(tier_set_id)
    parse_tier_set(
        tier_set.policy, key=tier_set.key, name={"nl": tier_set.name_nl, "en": tier_set.name_en}
    )
    if not tier_set.is_live:
        tier_set.is_live = True
        tier_set.save(update_fields=["is_live"])
        _keep(tier_set, actor=actor, at=at)
    return tier_set


@transaction.atomic
def stop_tier_set(*, tier_set_id: int, actor: str, at: datetime) -> None:
    """Let nobody have a tier of this set any more. Raises NotFound."""
    tier_set = _locked(tier_set_id)
    if tier_set.is_live:
        tier_set.is_live = False
        tier_set.save(update_fields=["is_live"])
        _keep(tier_set, actor=actor, at=at)


@transaction.atomic
def assign_tier(
    *,
    account_id: int,
    tier_set_id: int,
    tier: str,
    reason: str,
    actor: str,
    at: datetime,
    ends_at: datetime | None = None,
) -> TierAssignment:
    """Give a holder a tier by hand, until a moment or for life; the higher of two counts.

    `account_id` is their points account. The same tier again moves its end. Raises NotFound, and
    InvalidRequest without a reason, for a tier that is none and for an end that is past.
    """
    tier_set = _of_account(account_id, tier_set_id)
    _check(tier_set, tier=tier, reason=reason, ends_at=ends_at, at=at)
    (held,) = locked_standings([account_id])
    remark = new_remark()
    keep_remark(remark=remark, account_id=account_id, text=reason, actor=actor, at=at)
    for known in _live_assignments(account_id, at).filter(tier_set=tier_set, tier=tier):
        _end(known, at)
    given = TierAssignment.objects.create(
        account_id=account_id,
        tier_set=tier_set,
        tier=tier,
        starts_at=at,
        ends_at=ends_at,
        reason=str(remark),
        actor=actor,
    )
    _reassign(account_id, tier_set.programme_id, held, at=at)
    return given


@transaction.atomic
def end_assignment(*, assignment_id: int, reason: str, actor: str, at: datetime) -> None:
    """Take back a tier that was given by hand; what was earned counts again. Raises NotFound.

    One that is over already stays as it is. Raises InvalidRequest without a reason.
    """
    given = TierAssignment.objects.select_related("tier_set").filter(pk=assignment_id).first()
    if given is None:
        raise NotFound("There is no such assignment.")
    check_remark(reason)
    (held,) = locked_standings([given.account_id])
    given.refresh_from_db()
    if given.ended_at is not None or (given.ends_at is not None and given.ends_at <= at):
        return
    remark = new_remark()
    keep_remark(remark=remark, account_id=given.account_id, text=reason, actor=actor, at=at)
    _end(given, at, remark)
    _reassign(given.account_id, given.tier_set.programme_id, held, at=at)


def assigned_to(account_id: int) -> tuple[Assigned, ...]:
    """All tiers that a holder was ever given by hand, for judging their history again."""
    rows = TierAssignment.objects.select_related("tier_set").filter(account_id=account_id)
    return tuple(
        Assigned(
            tier_set=row.tier_set.key,
            tier=row.tier,
            starts_at=row.starts_at,
            ends_at=min(filter(None, (row.ends_at, row.ended_at)), default=None),
        )
        for row in rows.order_by("starts_at", "pk")
        if row.ended_at is None or row.ended_at > row.starts_at
    )


# --- The sets ----------------------------------------------------------------------------------


def _locked(tier_set_id: int) -> TierSet:
    tier_set = TierSet.objects.select_for_update().filter(pk=tier_set_id).first()
    if tier_set is None:
        raise NotFound("There is no such tier set.")
    return tier_set


def _keep(tier_set: TierSet, *, actor: str, at: datetime) -> None:
    keep_rule_set(programme_id=tier_set.programme_id, actor=actor, at=at)
    publish(TierSetChanged(subject=None, occurred_at=at, tier_set=tier_set.key, actor=actor), at=at)


def _check_keys(programme_id: int, read: TierSetPolicy) -> None:
    """Rules name a tier by its key alone, so that another set cannot have one of that name."""
    others = TierSet.objects.filter(programme_id=programme_id).exclude(key=read.key)
    taken = {tier["key"] for other in others for tier in other.policy["tiers"]}
    for place, key in enumerate(read.levels):
        if key in taken:
            raise TierSetInvalid(f"Another tier set has a tier {key}.", field=f"tiers.{place}.key")


# --- By hand -----------------------------------------------------------------------------------


def _of_account(account_id: int, tier_set_id: int) -> TierSet:
    programme = Account.objects.filter(
        pk=account_id, kind=Account.Kind.MEMBER, unit__code="points"
    ).values_list("unit__programme_id")
    tier_set = TierSet.objects.filter(pk=tier_set_id, programme_id__in=programme).first()
    if tier_set is None:
        raise NotFound("There is no such tier set.")
    return tier_set


def _check(
    tier_set: TierSet, *, tier: str, reason: str, ends_at: datetime | None, at: datetime
) -> None:
    if tier not in {known["key"] for known in tier_set.policy["tiers"]}:
        raise InvalidRequest("There is no such tier.", field="tier")
    if ends_at is not None and ends_at <= at:
        raise InvalidRequest("The end must be still to come.", field="ends_at")
    check_remark(reason)


def _live_assignments(account_id: int, at: datetime) -> Any:
    live = TierAssignment.objects.filter(account_id=account_id, ended_at=None)
    return live.exclude(ends_at__lte=at)


def _end(given: TierAssignment, at: datetime, remark: UUID | None = None) -> None:
    """Over from now on; why is a further remark, after that of the giving."""
    given.ended_at = at
    further = str(remark) if remark else ""
    given.reason = f"{given.reason} {further}".strip()[:MOST_WORDS]
    given.save(update_fields=["ended_at", "reason"])


def _reassign(account_id: int, programme_id: int, held: Any, *, at: datetime) -> None:
    """Let the standing know of all tiers by hand, and book what that changes."""
    rules = rule_set(current_rule_set(programme_id=programme_id).pk)
    after = structs.replace(held.standing, assigned=assigned_to(account_id))
    set_standing(held, after)
    move_tiers(held, tier_changes(held.standing, after, rules, at=at), programme_id, at=at)
