"""Questions about members: who is it, what is their story, why these points."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from loyalty.errors import DomainError
from loyalty.models import Account
from loyalty.selectors import StatementLine, statement
from loyalty.services.held_tiers import HeldTier, tiers_held
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.types import Language
from members.errors import IdentifierBlocked, MemberUnknown
from members.identifiers import ParsedIdentifier, parse_identifier, typed_identifier
from members.models import Activity, Identifier, Member, Membership, Merge, TimelineEntry

ACTIVITY = "activity"
"""The source of the transfers that are booked for activities."""

_LENGTH_OF_AN_ID = 36


def id_in(text: str) -> UUID | None:
    """The member's id when the text is one, as opposed to a card, an address or a number."""
    if len(text) != _LENGTH_OF_AN_ID:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


# --- Who is it ---------------------------------------------------------------------------------


def read_typed(text: str) -> ParsedIdentifier:
    """What somebody typed or scanned at a till, as it is stored: a card, an address or a number.

    Raises InvalidRequest when it can be none of these.
    """
    return typed_identifier(text)


def find_membership(programme_id: int, identifier: str) -> Membership:
    """The membership of whoever has this identifier, or is the member with this id.

    The id of somebody who was merged finds whom they were merged into. Raises MemberUnknown when
    the programme has nobody like that, IdentifierBlocked when a blocked card finds nobody any
    more, and InvalidRequest when it is no identifier.
    """
    memberships = Membership.objects.select_related("member").filter(programme_id=programme_id)
    if member_id := id_in(identifier):
        membership = _by_id(memberships, member_id)
    else:
        key = parse_identifier(identifier)
        membership = memberships.filter(
            member__identifiers__kind=key.kind,
            member__identifiers__system=key.system,
            member__identifiers__value=key.value,
            member__identifiers__blocked_at__isnull=True,
        ).first()
        if membership is None:
            raise nobody_by(key)
    if membership is None or membership.member.erased_at is not None:
        raise MemberUnknown("No member has this identifier.", field="member")
    return membership


def _by_id(memberships: QuerySet[Membership], member_id: UUID) -> Membership | None:
    membership = memberships.filter(member_id=member_id).first()
    if membership is not None and membership.member.merged_into_id is None:
        return membership
    kept = Member.objects.filter(pk=member_id, merged_into__isnull=False)
    return memberships.filter(member_id__in=kept.values("merged_into")).first()


def nobody_by(key: ParsedIdentifier) -> DomainError:
    """Why nobody is found by this: it is blocked, or nobody has it."""
    blocked = Identifier.objects.filter(
        kind=key.kind, system=key.system, value=key.value, blocked_at__isnull=False
    )
    if blocked.exists():
        return IdentifierBlocked("This card was blocked.", field="member")
    return MemberUnknown("No member has this identifier.", field="member")


def memberships_of_one(membership_id: int) -> list[int]:
    """The other memberships of the programme that were ever merged with this one, parted or not."""
    own = Membership.objects.get(pk=membership_id)
    pairs = list(Merge.objects.values_list("kept_id", "absorbed_id")) if _was_merged(own) else []
    members = {own.member_id}
    while more := {each for pair in pairs if members & set(pair) for each in pair} - members:
        members |= more
    others = Membership.objects.filter(programme_id=own.programme_id, member__in=members)
    return list(others.exclude(pk=own.pk).order_by("pk").values_list("pk", flat=True))


def _was_merged(membership: Membership) -> bool:
    either = Q(kept=membership.member_id) | Q(absorbed=membership.member_id)
    return Merge.objects.filter(either).exists()


def membership_of_user(user_id: int, programme_id: int) -> Membership:
    """The membership of the member who signs in as this user. Raises MemberUnknown."""
    memberships = Membership.objects.select_related("member")
    membership = memberships.filter(member__user_id=user_id, programme_id=programme_id).first()
    if membership is None:
        raise MemberUnknown("This login is no member's.")
    return membership


def account_of(membership: Membership) -> int:
    """The membership's points account."""
    account: int = Account.objects.values_list("id", flat=True).get(
        unit__programme_id=membership.programme_id,
        unit__code="points",
        kind=Account.Kind.MEMBER,
        holder=membership.holder,
    )
    return account


def accounts_of(membership: Membership) -> dict[str, tuple[int, int]]:
    """The member's account for each unit, and what it holds, pending included; by the unit."""
    accounts = Account.objects.filter(
        unit__programme_id=membership.programme_id,
        kind=Account.Kind.MEMBER,
        holder=membership.holder,
    ).order_by("unit__code")
    rows = accounts.values_list("unit__code", "id", "balance")
    return {code: (account_id, balance) for code, account_id, balance in rows}


def tiers_of(
    membership: Membership, language: Language, *, at: datetime, book: Rulebook | None = None
) -> list[HeldTier]:
    """Where the member stands on each ladder at that moment, and what it takes to climb."""
    book = book or current_rulebook(programme_id=membership.programme_id)
    if not book.rule_set.tier_sets:
        return []
    return tiers_held(
        book=book,
        account_id=account_of(membership),
        joined_on=membership.joined_at.astimezone(book.zone).date(),
        at=at,
        language=language,
    )


def card_number(member_id: UUID) -> str:
    """The number of the member's card: the newest that is not blocked, nothing when none."""
    cards = Identifier.objects.filter(
        member_id=member_id, kind=Identifier.Kind.CARD, blocked_at__isnull=True
    )
    return cards.order_by("-id").values_list("value", flat=True).first() or ""


def identifiers_of(member_id: UUID) -> list[str]:
    """All by which the member is found, as parse_identifier reads them."""
    rows = Identifier.objects.filter(member_id=member_id, blocked_at__isnull=True).order_by("id")
    return [str(ParsedIdentifier(*row)) for row in rows.values_list("kind", "system", "value")]


def known_by(member_id: UUID) -> list[Identifier]:
    """All by which the member is or was found, blocked ones included; the oldest first."""
    return list(Identifier.objects.filter(member_id=member_id).order_by("id"))


# --- Their story -------------------------------------------------------------------------------


def member_statement(
    membership: Membership, *, before: int | None = None, limit: int = 50
) -> list[StatementLine]:
    """The member's points, in and out, the last booked first; `before` is a transfer seen."""
    return statement(account_of(membership), before=before, limit=limit)


def activities_behind(
    membership: Membership, lines: Iterable[StatementLine]
) -> dict[int, Activity]:
    """The activity for which each line was booked, by the line's transfer; in one query.

    A transfer's key begins with the activity's id. From before rule sets were kept it is the
    activity's own: "activity:" and its source, and its external id.
    """
    ids: dict[int, UUID] = {}
    keys: dict[int, tuple[str, str]] = {}
    for line in lines:
        if line.source == ACTIVITY and (known := id_in(line.external_id.partition(":")[0])):
            ids[line.transfer] = known
        elif line.source.startswith(f"{ACTIVITY}:"):
            keys[line.transfer] = (line.source.partition(":")[2], line.external_id)
    if not ids and not keys:
        return {}
    own = Q(source__in={source for source, _ in keys.values()})
    own &= Q(external_id__in=[external_id for _, external_id in keys.values()])
    activities = Activity.objects.defer("award", "facts").filter(
        Q(pk__in=set(ids.values())) | own, membership=membership
    )
    found = {activity.pk: activity for activity in activities}
    by_key = {(each.source, each.external_id): each for each in found.values()}
    behind = {transfer: found[pk] for transfer, pk in ids.items() if pk in found}
    return behind | {transfer: by_key[key] for transfer, key in keys.items() if key in by_key}


def timeline(member_id: UUID, *, before: int | None = None, limit: int = 50) -> list[TimelineEntry]:
    """What happened to the member, the latest first; `before` is an entry seen already."""
    entries = TimelineEntry.objects.filter(member_id=member_id)
    if before is not None:
        seen = entries.filter(pk=before).first()
        if seen is None:
            return []
        earlier = Q(occurred_at__lt=seen.occurred_at)
        entries = entries.filter(earlier | Q(occurred_at=seen.occurred_at, id__lt=before))
    return list(entries.order_by("-occurred_at", "-id")[:limit])
