"""The programme's own policies."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from loyalty.errors import NotFound
from loyalty.events import ProgrammeChanged, publish
from loyalty.models import Programme
from loyalty.services.configuration import bump_configuration
from loyalty.types import Rounding


@transaction.atomic
def change_programme(
    *,
    programme_id: int,
    name: str,
    point_worth: Decimal,
    points_valid_months: int | None,
    rounding: Rounding,
    brand_colour: str,
    accent_colour: str,
    actor: str,
    at: datetime,
) -> Programme:
    """Change the policies; they hold for what is earned from now on. Raises NotFound.

    Points that members hold keep the expiry that they were given when they were earned.
    """
    programme = Programme.objects.select_for_update().filter(pk=programme_id).first()
    if programme is None:
        raise NotFound("There is no such programme.")
    programme.name = name
    programme.point_worth = point_worth
    programme.points_valid_months = points_valid_months
    programme.rounding = rounding.value
    programme.brand_colour = brand_colour
    programme.accent_colour = accent_colour
    programme.full_clean()
    programme.save()
    bump_configuration()
    changed = ProgrammeChanged(subject=None, occurred_at=at, programme=programme.slug, actor=actor)
    publish(changed, at=at)
    return programme
