"""What the portal's pages ask: whose portal it is, and what a member has told."""

from functools import cache
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

from django.db.models import QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length

from loyalty.models import Account, Configuration, Programme, Unit
from members.errors import MemberUnknown
from members.models import Activity, Identifier, Membership

MOST_RECEIPTS = 50  # that a search by receipt finds


class AtHand(NamedTuple):
    """What every page of a member needs; read along with the membership."""

    card: str  # the newest that is not blocked; empty when there is none
    points_account: int
    has_unread: bool


def portal_programme() -> Programme | None:
    """The programme whose portal this is: the oldest. None before there is one.

    Without its logo, and with the version of the configuration that is in force.
    """
    sql, params = _worded_programme()
    return next(iter(Programme.objects.raw(sql, params)), None)


@cache
def _worded_programme() -> tuple[str, tuple[Any, ...]]:
    """The query, worded once: it is the same on every page; what it answers is never kept."""
    version = Configuration.objects.filter(pk=1).values("version")
    programmes = Programme.objects.defer("logo").annotate(
        configuration=Subquery(version), logo_length=Length("logo")
    )
    return programmes.order_by("pk")[:1].query.sql_with_params()


def configuration_of(programme: Programme) -> int:
    """The version of the configuration under which portal_programme read it."""
    return int(getattr(programme, "configuration", None) or 0)


def brand_version(programme: Programme) -> str:
    """Changes with the programme's looks, so that what is drawn of them can be kept for ever."""
    looks = f"{programme.name} {programme.brand_colour} {programme.accent_colour}"
    return f"{crc32(looks.encode()):08x}{getattr(programme, 'logo_length', None) or 0:x}"


def has_logo(programme: Programme) -> bool:
    return bool(getattr(programme, "logo_length", None))


# Written out: every page asks this, and the ORM takes longer to word it than the database to answer.
_CARD = """(SELECT i.value FROM members_identifier i
    WHERE i.member_id = members_membership.member_id AND i.kind = 'CARD' AND i.blocked_at IS NULL
    ORDER BY i.id DESC LIMIT 1)"""
_ACCOUNT = """(SELECT a.id FROM loyalty_account a
    JOIN loyalty_unit u ON u.id = a.unit_id AND u.programme_id = %s AND u.code = 'points'
    WHERE a.holder = members_membership.holder AND a.kind = 'MEMBER')"""
_UNREAD = """EXISTS (SELECT 1 FROM members_message m
    WHERE m.membership_id = members_membership.id AND m.read_at IS NULL)"""


def portal_membership(user_id: int, programme: Programme) -> Membership:
    """The membership of who signs in as this user, in one query. Raises MemberUnknown."""
    memberships: QuerySet[Membership] = Membership.objects.select_related("member").annotate(
        card=RawSQL(_CARD, []),  # noqa: S611  nothing said by anybody goes into it
        points_account=RawSQL(_ACCOUNT, [programme.pk]),  # noqa: S611
        has_unread=RawSQL(_UNREAD, []),  # noqa: S611
    )
    membership = memberships.filter(member__user_id=user_id, programme_id=programme.pk).first()
    if membership is None:
        raise MemberUnknown("This login is no member's.")
    membership.programme = programme  # known already; saves a query on every page
    return membership


def at_hand(membership: Membership) -> AtHand:
    """What portal_membership read along."""
    return AtHand(
        card=getattr(membership, "card", None) or "",
        points_account=getattr(membership, "points_account", None) or 0,
        has_unread=bool(getattr(membership, "has_unread", False)),
    )


def other_balances(membership: Membership) -> list[tuple[Unit, int]]:
    """What the member has saved beside points: stamps, credits; only of what there is any."""
    accounts = Account.objects.select_related("unit").filter(
        unit__programme_id=membership.programme_id,
        kind=Account.Kind.MEMBER,
        holder=membership.holder,
        balance__gt=0,
    )
    rows = accounts.exclude(unit__code="points").order_by("unit__code")
    return [(account.unit, account.balance) for account in rows]


def deeds_with_receipt(membership: Membership, number: str) -> list[str]:
    """The ids of the member's activities whose receipt has this in its number."""
    found = Activity.objects.filter(membership=membership, external_id__icontains=number)
    ids = found.order_by("-occurred_at").values_list("pk", flat=True)
    return [str(pk) for pk in ids[:MOST_RECEIPTS]]


def has_blocked_card(member_id: UUID) -> bool:
    """Whether a card of the member was blocked."""
    cards = Identifier.objects.filter(member_id=member_id, kind=Identifier.Kind.CARD)
    return cards.filter(blocked_at__isnull=False).exists()


def identifiers_of(member_id: UUID) -> list[Identifier]:
    """By what the member can be found, the oldest of each kind first."""
    return list(Identifier.objects.filter(member_id=member_id).order_by("kind", "pk"))
