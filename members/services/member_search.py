"""Finding members: by whatever the person at the desk says, and by what they have in common."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from loyalty.models import Account, Programme, TierMove
from members.models import Activity, Consent, Identifier, Member, Membership
from members.selectors import id_in

MOST = 200
"""So many that one thing said may mean; who it was is asked more exactly than that."""

_SPACING = re.compile(r"[\s().-]")
_FEWEST_DIGITS = 4
_MOST_SOURCES = 100

Kind = Identifier.Kind


# --- By what is said ---------------------------------------------------------------------------


def found(members: QuerySet[Member], said: str, programme_ids: list[int]) -> QuerySet[Member]:
    """The members meant by a name, an address, a card, a telephone, a number or a receipt.

    Parts of names in any order, without accents, each from its beginning; addresses and numbers
    from their beginning; a receipt or an id whole. Of identifiers the first 200 count.
    """
    said = said.strip().replace("\0", "")
    if member_id := id_in(said):
        return members.filter(pk__in=_kept(member_id))
    if "@" in said:
        return members.filter(pk__in=_starting(said.lower()))
    if any(sign.isdigit() for sign in said) and " " not in _without_spacing(said):
        return members.filter(pk__in=_numbered(said, programme_ids))
    if len(rare := _named(said)) <= MOST:
        return members.filter(pk__in=rare)
    matches = RawSQL(
        "members_member.names @@ members_name_query(%s)", [said], output_field=BooleanField()
    )
    return members.filter(matches)


def _named(said: str) -> list[UUID]:
    """Who has such a name, one more than MOST when there are more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM members_named(%s, %s)", [said, MOST + 1])
        return [member_id for (member_id,) in cursor.fetchall()]


def _without_spacing(said: str) -> str:
    """Digits without what people put between them; anything else as it is."""
    digits = _SPACING.sub("", said).removeprefix("+")
    return digits if digits.isdigit() else said


def _kept(member_id: UUID) -> list[UUID]:
    """Whoever has this id, or those whom that one was merged into."""
    ids = [member_id]
    while row := Member.objects.filter(pk=ids[-1], merged_into__isnull=False).first():
        if row.merged_into_id is None or row.merged_into_id in ids:
            break
        ids.append(row.merged_into_id)
    return ids


def _starting(*beginnings: str) -> list[UUID]:
    """Who has an identifier that starts with one of these."""
    found: dict[UUID, None] = {}
    for beginning in beginnings:  # each by the index; an "or" of several is read from the table
        rows = Identifier.objects.filter(value__startswith=beginning)
        found |= dict.fromkeys(rows.values_list("member_id", flat=True)[:MOST])
    return list(found)


def _numbered(said: str, programme_ids: list[int]) -> list[UUID]:
    digits = _without_spacing(said)
    if not digits.isdigit():  # a number in another system, with or without its name
        number = said.rpartition(":")[2]
        return [*_starting(said, number), *_of_receipt(said, programme_ids)]
    if len(digits) < _FEWEST_DIGITS:
        return _of_receipt(said, programme_ids)
    return [*_starting(*_numbers(digits)), *_of_receipt(said, programme_ids)]


def _numbers(digits: str) -> Iterator[str]:
    """A card, a number elsewhere, or a telephone here or abroad."""
    yield digits
    international = digits.removeprefix("00")
    yield f"+{international}"
    if digits[0] == "0" and not digits.startswith("00"):
        yield f"+31{digits[1:]}"


def _of_receipt(said: str, programme_ids: list[int]) -> list[UUID]:
    """Who did what came in under this number; by the index, which begins with the source."""
    found: list[UUID] = []
    for programme_id in programme_ids:
        activities = Activity.objects.filter(programme_id=programme_id)
        sources = list(_sources(activities))
        rows = activities.filter(source__in=sources, external_id=said)
        memberships = list(rows.values_list("membership_id", flat=True)[:MOST])
        of_them = Membership.objects.filter(pk__in=memberships)
        found += of_them.values_list("member_id", flat=True)
    return found


def _sources(activities: QuerySet[Activity]) -> Iterator[str]:
    known = activities.order_by("source").values_list("source", flat=True)
    source = known.first()
    for _step in range(_MOST_SOURCES):
        if source is None:
            return
        yield source
        source = known.filter(source__gt=source).first()


# --- By what they have in common ---------------------------------------------------------------


class MemberFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the members of one programme; what is None or empty is not asked."""

    joined_from: date | None = None
    joined_to: date | None = None
    through: str = ""
    location: str = ""
    campaign: str = ""
    tier: str = ""
    consent: str = ""
    has_login: bool | None = None
    points_from: int | None = None
    points_to: int | None = None
    active_within: int | None = None  # days
    quiet_for: int | None = None  # days

    @property
    def is_empty(self) -> bool:
        return self == MemberFilter()


def narrowed(
    members: QuerySet[Member], asked: MemberFilter, programme: Programme, *, at: datetime
) -> QuerySet[Member]:
    """Those of the members who are in the programme and of whom all of it is true at that moment."""
    if asked.has_login is not None:
        members = members.filter(user__isnull=not asked.has_login)
    if asked.consent:
        members = members.filter(_agreed(asked.consent))
    of_programme = Membership.objects.filter(member=OuterRef("pk"), programme=programme)
    narrow = _joined(of_programme, asked, ZoneInfo(programme.time_zone))
    narrow = _doing(narrow, asked, at)
    narrow = _holding(narrow, asked, programme)
    if asked.tier:
        narrow = narrow.filter(_in_tier(asked.tier, programme, at))
    return members.filter(Exists(narrow)) if asked != MemberFilter() else members


def _joined(
    memberships: QuerySet[Membership], asked: MemberFilter, zone: ZoneInfo
) -> QuerySet[Membership]:
    if asked.joined_from:
        since = datetime.combine(asked.joined_from, time.min, tzinfo=zone)
        memberships = memberships.filter(joined_at__gte=since)
    if asked.joined_to:
        until = datetime.combine(asked.joined_to + timedelta(days=1), time.min, tzinfo=zone)
        memberships = memberships.filter(joined_at__lt=until)
    if asked.through:
        memberships = memberships.filter(joined_through=asked.through)
    if asked.location:
        memberships = memberships.filter(joined_location=asked.location)
    if asked.campaign:
        memberships = memberships.filter(joined_campaign=asked.campaign)
    return memberships


def _doing(
    memberships: QuerySet[Membership], asked: MemberFilter, at: datetime
) -> QuerySet[Membership]:
    done = Activity.objects.filter(membership=OuterRef("pk"))
    if asked.active_within is not None:
        since = at - timedelta(days=asked.active_within)
        memberships = memberships.filter(Exists(done.filter(occurred_at__gte=since)))
    if asked.quiet_for is not None:
        since = at - timedelta(days=asked.quiet_for)
        memberships = memberships.exclude(Exists(done.filter(occurred_at__gte=since)))
    return memberships


def _holding(
    memberships: QuerySet[Membership], asked: MemberFilter, programme: Programme
) -> QuerySet[Membership]:
    if asked.points_from is None and asked.points_to is None:
        return memberships
    accounts = Account.objects.filter(
        unit__programme=programme,
        unit__code="points",
        kind=Account.Kind.MEMBER,
        holder=OuterRef("holder"),
    )
    if asked.points_from is not None:
        accounts = accounts.filter(balance__gte=asked.points_from)
    if asked.points_to is not None:
        accounts = accounts.filter(balance__lte=asked.points_to)
    return memberships.filter(Exists(accounts))


def _in_tier(tier: str, programme: Programme, at: datetime) -> Exists:
    """Whose last move on the tier's ladder was to it. `tier` is "set:tier"."""
    set_id, _, key = tier.partition(":")
    moves = TierMove.objects.filter(
        account=OuterRef("pk"), tier_set_id=int(set_id), effective_at__lte=at
    )
    last = moves.order_by("-effective_at", "-pk").values("after")[:1]
    accounts = Account.objects.filter(
        unit__programme=programme,
        unit__code="points",
        kind=Account.Kind.MEMBER,
        holder=OuterRef("holder"),
    )
    return Exists(accounts.annotate(stands=Subquery(last)).filter(stands=key))


def _agreed(purpose: str) -> Exists:
    """Who gave this consent, for some channel, and did not withdraw it since."""
    receipts = Consent.objects.filter(member=OuterRef("pk"), purpose=purpose)
    later = Consent.objects.filter(
        member=OuterRef("member"),
        purpose=purpose,
        channel=OuterRef("channel"),
        pk__gt=OuterRef("pk"),
    )
    return Exists(receipts.filter(is_given=True).exclude(Exists(later)))


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which members of a programme are meant: what the list was asked, or some of its rows."""

    said: str = ""
    asked: MemberFilter = MemberFilter()
    ids: list[UUID] = []


def chosen_members(chosen: Chosen, programme: Programme, *, at: datetime) -> QuerySet[Member]:
    """Those members, as they are at that moment; never somebody merged or forgotten."""
    members = Member.objects.filter(
        memberships__programme=programme, merged_into__isnull=True, erased_at__isnull=True
    )
    if chosen.ids:
        return members.filter(pk__in=chosen.ids)
    if chosen.said.strip():
        members = found(members, chosen.said, [programme.pk])
    return narrowed(members, chosen.asked, programme, at=at)
