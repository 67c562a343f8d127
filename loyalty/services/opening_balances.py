"""What members held elsewhere before they came: booked as transfers, once, and taken back whole."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet

from loyalty.earning.terms import (
    Inactivity,
    Never,
    dates_of,
    expiry_text,
    parse_expiry,
    slides_to,
    start_of_day,
)
from loyalty.ledger.lot_dates import slide
from loyalty.ledger.opening import Granting, close_accounts, grant_many
from loyalty.ledger.posting import open_accounts
from loyalty.models import Account, Lot, Programme, Transfer, Unit
from loyalty.services.returns import return_points
from loyalty.types import Outcome, Reason, Terms

SOURCE = "import"
UNDO = "import-undo"
OPENING = {"nl": "Beginsaldo", "en": "Opening balance"}
TAKEN_BACK = {"nl": "Beginsaldo teruggenomen", "en": "Opening balance taken back"}


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """So many points of a unit that somebody brings along; `key` names them, for ever.

    They lapse at `expires_at`, or else by the unit's own terms counted from `earned_at`.
    """

    account_id: int
    unit: str
    points: int
    key: str
    expires_at: datetime | None = None
    earned_at: datetime


class Booked(NamedTuple):
    """An opening balance that is in the books."""

    transfer_id: int
    points: int
    is_undone: bool


class Book(NamedTuple):
    """What opening balances of a programme are written by: each unit with its terms and issuance."""

    programme_id: int
    zone: ZoneInfo
    units: dict[str, Unit]
    issuance: dict[str, int]


def book_of(programme_id: int) -> Book:
    """The units of the programme."""
    programme = Programme.objects.get(pk=programme_id)
    units = {unit.code: unit for unit in Unit.objects.filter(programme_id=programme_id)}
    issuance = Account.objects.filter(
        unit__programme_id=programme_id, kind=Account.Kind.ISSUANCE
    ).values_list("unit__code", "id")
    return Book(programme_id, ZoneInfo(programme.time_zone), units, dict(issuance))


def start_of(book: Book, day: date) -> datetime:
    """The first moment of a day where the programme is; of the next day it is a day's end."""
    return start_of_day(day, book.zone)


def accounts_for(
    *, unit_id: int, holders: Sequence[UUID], at: datetime
) -> dict[UUID, tuple[int, bool]]:
    """The account of each holder for that unit, opened if need be, and whether it is closed."""
    rows = Account.objects.filter(unit_id=unit_id, kind=Account.Kind.MEMBER, holder__in=holders)
    known = {holder: (pk, closed) for holder, pk, closed in _accounts(rows)}
    if missing := [holder for holder in holders if holder not in known]:
        open_accounts(unit_id=unit_id, holders=missing, at=at)
        known |= {holder: (pk, closed) for holder, pk, closed in _accounts(rows)}
    return {holder: (pk, closed is not None) for holder, (pk, closed) in known.items()}


def _accounts(rows: QuerySet[Account]) -> list[tuple[UUID, int, datetime | None]]:
    return [
        (holder, pk, closed)
        for holder, pk, closed in rows.values_list("holder", "id", "closed_at")
        if holder is not None
    ]


def lapses_at(book: Book, opening: Opening) -> datetime | None:
    """When it would lapse: as said, else by the unit's terms; None for never, or by inactivity."""
    if opening.expires_at is not None:
        return opening.expires_at
    policy = parse_expiry(book.units[opening.unit].expiry)
    if isinstance(policy, Inactivity):
        return slides_to(policy, opening.earned_at, book.zone)
    return dates_of(Terms(), policy, opening.earned_at, book.zone).expires_at


def booked(*, keys: Sequence[str]) -> dict[str, Booked]:
    """Those of the keys that are in the books."""
    rows = Transfer.objects.filter(source=SOURCE, external_id__in=list(keys))
    known = {
        key: (pk, points) for key, pk, points in rows.values_list("external_id", "id", "points")
    }
    undone = set(
        Transfer.objects.filter(
            source=UNDO, external_id__in=[str(pk) for pk, _points in known.values()]
        ).values_list("external_id", flat=True)
    )
    return {key: Booked(pk, points, str(pk) in undone) for key, (pk, points) in known.items()}


@transaction.atomic
def book_openings(
    *, book: Book, openings: Sequence[Opening], actor: str, at: datetime
) -> dict[str, int]:
    """Book all of them, in a handful of statements; the transfer of each key.

    The keys are new (see `booked`) and none has lapsed (see `lapses_at`). Raises IntegrityError,
    with nothing written, when a key was taken meanwhile or an account was closed.
    """
    if not openings:
        return {}
    grants = [_granting(book, opening, at) for opening in openings]
    grant_many(grants, source=SOURCE, actor=actor, at=at)
    for opening, grant in zip(openings, grants, strict=True):
        if grant.is_sliding and (end := lapses_at(book, opening)):
            slide(opening.account_id, lapses_at=end, effective_at=opening.earned_at, at=at)
    keys = [opening.key for opening in openings]
    rows = Transfer.objects.filter(source=SOURCE, external_id__in=keys)
    return dict(rows.values_list("external_id", "id"))


def _granting(book: Book, opening: Opening, at: datetime) -> Granting:
    policy = parse_expiry(book.units[opening.unit].expiry)
    slides = isinstance(policy, Inactivity) and opening.expires_at is None
    return Granting(
        debit_account=book.issuance[opening.unit],
        credit_account=opening.account_id,
        points=opening.points,
        external_id=opening.key,
        reasons=[_reason("opening_balance", opening.points, opening.unit, OPENING)],
        available_from=at,
        expires_at=None if slides else lapses_at(book, opening),
        expiry=expiry_text(Never() if opening.expires_at else policy),
        is_sliding=slides,
    )


def _reason(code: str, points: int, unit: str, name: dict[str, str]) -> Reason:
    return Reason(
        rule=SOURCE,
        version=1,
        outcome=Outcome.APPLIED,
        code=code,
        points=points,
        unit=unit,
        name=name,
    )


def whole_ones(*, transfer_ids: Sequence[int], at: datetime) -> set[int]:
    """Those of the opening balances of which nothing was spent, moved, lapsed or taken back."""
    accounts = Transfer.objects.filter(pk__in=list(transfer_ids), source=SOURCE).values_list(
        "id", "credit_account_id"
    )
    places = dict(accounts)
    # lots are found by their account: there is no index on their transfer
    lots = Lot.objects.filter(account_id__in=set(places.values()), remaining__gt=0)
    rows = lots.values_list("transfer_id", "account_id", "granted", "remaining", "expires_at")
    return {
        transfer
        for transfer, account, granted, remaining, end in rows
        if places.get(transfer) == account and granted == remaining and (end is None or end > at)
    }


def take_back(*, transfer_id: int, actor: str, at: datetime) -> int:
    """Reverse an opening balance that is whole, once; the reversing transfer's id.

    Raises AccountClosed.
    """
    opening = Transfer.objects.get(pk=transfer_id, source=SOURCE)
    account = Account.objects.select_related("unit").get(pk=opening.credit_account_id)
    done = return_points(
        account_id=account.pk,
        points=opening.points,
        earned_by=[opening.pk],
        policy=Programme.ReturnPolicy(
            Programme.objects.values_list("return_policy", flat=True).get(
                pk=account.unit.programme_id
            )
        ),
        source=UNDO,
        external_id=str(opening.pk),
        reasons=[_reason("opening_taken_back", -opening.points, account.unit.code, TAKEN_BACK)],
        actor=actor,
        effective_at=at,
        at=at,
    )
    return done.transfer_id or 0


def untouched_holders(*, holders: Sequence[UUID]) -> set[UUID]:
    """Those who hold and owe nothing, and for whom nothing was booked but balances taken back."""
    accounts = Account.objects.filter(kind=Account.Kind.MEMBER, holder__in=list(holders))
    moved: dict[int, UUID] = {}
    touched: set[UUID] = set()
    for pk, holder, balance, owed in accounts.filter(version__gt=0).values_list(
        "id", "holder", "balance", "owed"
    ):
        if holder is not None and (balance or owed):
            touched.add(holder)
        elif holder is not None:
            moved[pk] = holder
    for own, other in (
        Transfer.objects.exclude(source__in=[SOURCE, UNDO])
        .filter(
            Q(credit_account_id__in=moved, credit_version__isnull=False)
            | Q(debit_account_id__in=moved, debit_version__isnull=False)
        )
        .values_list("credit_account_id", "debit_account_id")
    ):
        touched |= {moved[each] for each in (own, other) if each in moved}
    return set(holders) - touched


def close_member_accounts(*, holders: Sequence[UUID], at: datetime) -> int:
    """Close the empty accounts of holders who are no longer members; how many."""
    return close_accounts(holders, at=at)
