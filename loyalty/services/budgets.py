"""What rules may give out together."""

from datetime import datetime

from django.db import transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import Budget
from loyalty.services.rule_sets import keep_rule_set

LARGEST = 10**12


@transaction.atomic
def save_budget(
    *,
    programme_id: int,
    key: str,
    name_nl: str,
    name_en: str,
    points: int,
    actor: str,
    at: datetime,
) -> Budget:
    """Store a budget, or change the one with that key; what was given out of it stays given.

    Raises InvalidRequest for a number of points that makes no sense.
    """
    if not 0 <= points <= LARGEST:
        raise InvalidRequest(f"A budget holds 0 to {LARGEST} points.", field="points")
    budget, _created = Budget.objects.update_or_create(
        programme_id=programme_id,
        key=key,
        defaults={"name_nl": name_nl, "name_en": name_en, "points": points},
    )
    budget.clean_fields()
    keep_rule_set(programme_id=programme_id, actor=actor, at=at)
    return budget


@transaction.atomic
def drop_budget(*, budget_id: int, actor: str, at: datetime) -> None:
    """Remove a budget; a rule that draws on it gives nothing more. Raises NotFound."""
    budget = Budget.objects.select_for_update().filter(pk=budget_id).first()
    if budget is None:
        raise NotFound("There is no such budget.")
    budget.delete()
    keep_rule_set(programme_id=budget.programme_id, actor=actor, at=at)
