"""What is saved in a programme: points, tier credits, the stamps of a card, a club's wallet."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from loyalty.earning.terms import parse_expiry
from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import ProgrammeChanged, publish
from loyalty.ledger.posting import open_account
from loyalty.models import Account, Programme, Unit
from loyalty.services.rule_sets import keep_rule_set

HELD_KINDS = (Account.Kind.MEMBER, Account.Kind.OWED)
OWN_KINDS = [kind for kind in Account.Kind if kind not in HELD_KINDS]
NEVER = {"kind": "never"}


@transaction.atomic
def add_unit(
    *,
    programme_id: int,
    code: str,
    kind: Unit.Kind,
    name_nl: str,
    name_en: str,
    expiry: Mapping[str, Any] = NEVER,
    is_shareable: bool = True,
    actor: str,
    at: datetime,
) -> Unit:
    """Let something new be saved in the programme, with the programme's own accounts for it.

    Raises RuleInvalid for an expiry policy that could not be carried out, and InvalidRequest for a
    code that is taken or is none.
    """
    unit = Unit(
        programme_id=programme_id,
        code=code,
        kind=kind,
        expiry=_policy(expiry),
        is_shareable=is_shareable and kind != Unit.Kind.CREDITS,
        name_nl=name_nl,
        name_en=name_en,
    )
    unit.clean_fields()
    try:
        with transaction.atomic():
            unit.save(force_insert=True)
    except IntegrityError as taken:
        raise InvalidRequest(f"There is a unit {code} already.", field="code") from taken
    for own in OWN_KINDS:
        open_account(unit_id=unit.pk, kind=own, at=at)
    keep_rule_set(programme_id=programme_id, actor=actor, at=at)
    return unit


@transaction.atomic
def change_unit_expiry(
    *, programme_id: int, code: str, expiry: Mapping[str, Any], actor: str, at: datetime
) -> Unit:
    """Let what is earned from now on lapse by another policy; what is held keeps its dates.

    Raises NotFound, and RuleInvalid for a policy that could not be carried out.
    """
    unit = store_expiry(programme_id=programme_id, code=code, expiry=expiry)
    keep_rule_set(programme_id=programme_id, actor=actor, at=at)
    slug = Programme.objects.values_list("slug", flat=True).get(pk=programme_id)
    publish(ProgrammeChanged(subject=None, occurred_at=at, programme=slug, actor=actor), at=at)
    return unit


def store_expiry(*, programme_id: int, code: str, expiry: Mapping[str, Any]) -> Unit:
    """As `change_unit_expiry`, for a deed that keeps the rule set and says so itself."""
    unit = Unit.objects.select_for_update().filter(programme_id=programme_id, code=code).first()
    if unit is None:
        raise NotFound("There is no such unit.")
    unit.expiry = _policy(expiry)
    unit.save(update_fields=["expiry"])
    return unit


def _policy(expiry: Mapping[str, Any]) -> dict[str, Any]:
    """The policy as it is kept: checked, and without what means nothing."""
    policy: dict[str, Any] = msgspec.to_builtins(parse_expiry(expiry))
    return policy
