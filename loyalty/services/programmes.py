"""The programme's own policies."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from loyalty.errors import NotFound
from loyalty.events import ProgrammeChanged, publish
from loyalty.models import Programme
from loyalty.services.logos import logo_drawn_again
from loyalty.services.rule_sets import keep_rule_set
from loyalty.services.units import store_expiry
from loyalty.types import EarningBase, Rounding


@transaction.atomic
def change_programme(
    *,
    programme_id: int,
    name: str,
    point_worth: Decimal,
    rounding: Rounding,
    expiry: Mapping[str, Any],
    base: EarningBase,
    return_policy: Programme.ReturnPolicy,
    goodwill_days: int,
    transfer_limit: int | None,
    brand_colour: str,
    accent_colour: str,
    actor: str,
    at: datetime,
) -> Programme:
    """Change the policies; they hold for what is earned from now on.

    Points that members hold keep the expiry that they were given when they were earned. Raises
    NotFound, and RuleInvalid for an expiry policy that could not be carried out.
    """
    programme = Programme.objects.select_for_update().filter(pk=programme_id).first()
    if programme is None:
        raise NotFound("There is no such programme.")
    programme.name = name
    programme.point_worth = point_worth
    programme.rounding = rounding.value
    programme.earns_on_points_tender = base.points_tender
    programme.earns_on_gift_cards = base.gift_cards
    programme.earns_on_delivery = base.delivery
    programme.return_policy = return_policy
    programme.goodwill_days = goodwill_days
    programme.transfer_limit = transfer_limit
    programme.brand_colour = brand_colour
    programme.accent_colour = accent_colour
    programme.full_clean()
    programme.save()
    store_expiry(programme_id=programme_id, code="points", expiry=expiry)
    keep_rule_set(programme_id=programme_id, actor=actor, at=at)
    changed = ProgrammeChanged(subject=None, occurred_at=at, programme=programme.slug, actor=actor)
    publish(changed, at=at)
    return programme


@transaction.atomic
def change_face(
    *,
    programme_id: int,
    help_email: str,
    help_phone: str,
    help_hours: str,
    privacy_page: str,
    claim_days: int,
    actor: str,
    at: datetime,
    logo: bytes | None = None,
    remove_logo: bool = False,
) -> Programme:
    """Change what members see of the programme: whom they ask, and its logo.

    `logo` is the upload; without one the logo stays, unless it is to be removed. Raises NotFound,
    InvalidRequest for a picture that we do not take, and ValidationError for what is no address.
    """
    programme = Programme.objects.select_for_update().filter(pk=programme_id).first()
    if programme is None:
        raise NotFound("There is no such programme.")
    programme.help_email = help_email
    programme.help_phone = help_phone
    programme.help_hours = help_hours
    programme.privacy_page = privacy_page
    programme.claim_days = claim_days
    if logo is not None:
        programme.logo = logo_drawn_again(logo)
    elif remove_logo:
        programme.logo = None
    programme.full_clean()
    programme.save()
    changed = ProgrammeChanged(subject=None, occurred_at=at, programme=programme.slug, actor=actor)
    publish(changed, at=at)
    return programme
