"""Points that a member brings along from another house, by a signed export: lot by lot."""

from datetime import datetime

import msgspec
from django.db import transaction

from loyalty.earning.terms import parse_expiry
from loyalty.errors import InvalidRequest, RuleInvalid
from loyalty.ledger.lot_dates import slide
from loyalty.ledger.posting import Posting, post
from loyalty.models import Account, Transfer
from loyalty.types import Outcome, Reason

SOURCE = "export"
NAMES = {"nl": "Meegebracht van elders", "en": "Brought along from elsewhere"}


class BroughtLot(msgspec.Struct, frozen=True, kw_only=True):
    """What remains of a lot, with its dates, as the other house has signed it."""

    id: int
    remaining: int
    available_from: datetime | None
    awaits: str = ""
    expires_at: datetime | None = None
    is_sliding: bool = False
    expiry: str = ""


@transaction.atomic
def bring_lot(*, account_id: int, lot: BroughtLot, key: str, actor: str, at: datetime) -> bool:
    """Book a lot as an opening balance with the same dates, once per `key`; False if it was there.

    Raises InvalidRequest for nothing, for one that has lapsed, and for terms that cannot be read.
    """
    _check(lot, at)
    account = Account.objects.select_related("unit").get(pk=account_id, kind=Account.Kind.MEMBER)
    issuance = Account.objects.get(unit=account.unit, kind=Account.Kind.ISSUANCE)
    posted = post(
        Posting(
            kind=Transfer.Kind.EARN,
            debit_account=issuance.pk,
            credit_account=account_id,
            points=lot.remaining,
            source=SOURCE,
            external_id=key,
            reasons=[_why(lot, account.unit.code)],
            actor=actor,
            effective_at=at,
            available_from=lot.available_from,
            expires_at=None if lot.is_sliding else lot.expires_at,
            awaits=lot.awaits,
            expiry=lot.expiry,
            is_sliding=lot.is_sliding,
        ),
        at=at,
    )
    if lot.is_sliding and lot.expires_at is not None and not posted.is_replay:
        slide(account_id, lapses_at=lot.expires_at, effective_at=at, at=at)
    return not posted.is_replay


def _check(lot: BroughtLot, at: datetime) -> None:
    if lot.remaining < 1:
        raise InvalidRequest("A lot has one point or more.", field="remaining")
    if lot.expires_at is not None and lot.expires_at <= at:
        raise InvalidRequest("These points have lapsed.", field="expires_at")
    try:
        if lot.expiry:
            parse_expiry(lot.expiry)
    except RuleInvalid as unread:
        raise InvalidRequest("These terms cannot be read.", field="expiry") from unread


def _why(lot: BroughtLot, unit: str) -> Reason:
    return Reason(
        rule=SOURCE,
        version=1,
        outcome=Outcome.APPLIED,
        code=SOURCE,
        points=lot.remaining,
        unit=unit,
        name=NAMES,
    )
