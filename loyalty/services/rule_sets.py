"""Rule sets: written whole whenever rules, tiers, units or policies change, and read for ever."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Max, Min

from loyalty import models
from loyalty.earning.ruleset import RuleSet, parse_rule_set
from loyalty.errors import NotFound
from loyalty.selectors import published_versions
from loyalty.services.configuration import bump_configuration

KEPT = 512  # parsed rule sets in the memory of a process
_ATTEMPTS = 5
_SYSTEM = "system:rule_sets"


def keep_rule_set(*, programme_id: int, actor: str, at: datetime) -> models.RuleSet:
    """Let every process know that something changed, and keep what now holds; in a transaction.

    The same rules, tiers, units and policies as before make no new rule set.
    """
    bump_configuration()  # and hold its row: changes come one after the other
    return _kept(programme_id, actor=actor, at=at)


def current_rule_set(*, programme_id: int) -> models.RuleSet:
    """What holds now, kept if nobody did: of a programme older than its rule sets."""
    return _kept(programme_id, actor=_SYSTEM, at=None)


@lru_cache(maxsize=KEPT)
def rule_set(rule_set_id: int) -> RuleSet:
    """The rule set of that row, parsed once. Raises NotFound."""
    row = models.RuleSet.objects.filter(pk=rule_set_id).first()
    if row is None:
        raise NotFound("There is no such rule set.")
    return parse_rule_set(row.document, number=row.number)


def rule_sets(rule_set_ids: Iterable[int]) -> dict[int, RuleSet]:
    """Those rule sets by the row's id, each parsed once. Raises NotFound."""
    return {row_id: rule_set(row_id) for row_id in set(rule_set_ids)}


def rule_set_at(programme_id: int, at: datetime) -> models.RuleSet | None:
    """What held at that moment; None before the programme's first."""
    held = models.RuleSet.objects.filter(programme_id=programme_id, since__lte=at)
    return held.order_by("-number").first()


def document_of(programme_id: int) -> dict[str, Any]:
    """The whole of what holds now, as a rule set's document. Raises NotFound."""
    programme = models.Programme.objects.filter(pk=programme_id).first()
    if programme is None:
        raise NotFound("There is no such programme.")
    return {
        "schema": 1,
        "time_zone": programme.time_zone,
        "currency": programme.currency,
        "rounding": programme.rounding,
        "base": {
            "points_tender": programme.earns_on_points_tender,
            "gift_cards": programme.earns_on_gift_cards,
            "delivery": programme.earns_on_delivery,
        },
        "return_policy": programme.return_policy,
        "goodwill_days": programme.goodwill_days,
        "budgets": dict(
            models.Budget.objects.filter(programme=programme).values_list("key", "points")
        ),
        "units": _units(programme),
        "tier_sets": _tier_sets(programme),
        "rules": [rule_said(version) for version in published_versions(programme_id)],
    }


def _kept(programme_id: int, *, actor: str, at: datetime | None) -> models.RuleSet:
    """The latest rule set if it says what holds now, else the next.

    The latest is read first: should somebody change what holds meanwhile, then the next number is
    theirs, and what was read here, old or in part, cannot take it.
    """
    kept = models.RuleSet.objects.filter(programme_id=programme_id)
    for _attempt in range(_ATTEMPTS):
        latest = kept.order_by("-number").first()
        document = document_of(programme_id)
        if latest is not None and latest.document == document:
            return latest
        row = models.RuleSet(
            programme_id=programme_id,
            number=latest.number + 1 if latest else 1,
            document=document,
            since=at or _since(programme_id, latest),
            actor=actor,
        )
        models.RuleSet.objects.bulk_create([row], ignore_conflicts=True)
    raise RuntimeError("The rules changed faster than they could be kept.")


def _since(programme_id: int, latest: models.RuleSet | None) -> datetime:
    """From when on what nobody kept must have held: the last publication, else the opening."""
    last: datetime | None = published_versions(programme_id).aggregate(at=Max("published_at"))["at"]
    opened: datetime = models.Account.objects.filter(unit__programme_id=programme_id).aggregate(
        at=Min("opened_at")
    )["at"]
    if latest is None:
        return opened
    return max(latest.since, last or latest.since)


def _units(programme: models.Programme) -> dict[str, Any]:
    units = models.Unit.objects.filter(programme=programme).order_by("code")
    return {unit.code: {"kind": unit.kind, "expiry": unit.expiry} for unit in units}


def _tier_sets(programme: models.Programme) -> list[dict[str, Any]]:
    live = models.TierSet.objects.filter(programme=programme, is_live=True).order_by("key")
    return [
        {"key": t.key, "name": {"nl": t.name_nl, "en": t.name_en}, "policy": t.policy} for t in live
    ]


def rule_said(version: models.EarningRuleVersion) -> dict[str, Any]:
    """What the version says, as a rule set's document has it."""
    rule = version.rule
    return {
        "key": rule.key,
        "version": version.number,
        "name": {"nl": rule.name_nl, "en": rule.name_en},
        "priority": version.priority,
        "starts_at": version.starts_at.isoformat() if version.starts_at else None,
        "ends_at": version.ends_at.isoformat() if version.ends_at else None,
        "document": version.document,
    }
