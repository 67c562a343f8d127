"""Questions about members: who is it, what is their story, why these points."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.db.models import Q

from loyalty.models import Account
from loyalty.selectors import StatementLine, statement
from loyalty.services.earning import explained
from loyalty.services.rulebook import current_rulebook
from loyalty.types import Award, Language, Reason, Words
from members.errors import ActivityUnknown, MemberUnknown
from members.identifiers import ParsedIdentifier, parse_identifier
from members.models import Activity, ActivityLine, Identifier, Membership, TimelineEntry


@dataclass(frozen=True)
class ToldReason:
    """A rule's reason, in words: `text` in the language asked for, `texts` in each."""

    reason: Reason
    text: str
    texts: Words


@dataclass(frozen=True)
class Explanation:
    """An activity, its lines with their points, and every rule's reason."""

    activity: Activity
    lines: list[ActivityLine]
    currency: str
    reasons: list[ToldReason]


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


def find_membership(programme_id: int, identifier: str) -> Membership:
    """The membership of whoever has this identifier, or is the member with this id.

    Raises MemberUnknown when the programme has nobody like that, and InvalidRequest when it is no
    identifier.
    """
    memberships = Membership.objects.select_related("member").filter(programme_id=programme_id)
    if member_id := id_in(identifier):
        membership = memberships.filter(member_id=member_id).first()
    else:
        key = parse_identifier(identifier)
        membership = memberships.filter(
            member__identifiers__kind=key.kind,
            member__identifiers__system=key.system,
            member__identifiers__value=key.value,
        ).first()
    if membership is None:
        raise MemberUnknown("No member has this identifier.", field="member")
    return membership


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


def card_number(member_id: UUID) -> str:
    """The number of the member's card; the first when there are more, nothing when none."""
    cards = Identifier.objects.filter(member_id=member_id, kind=Identifier.Kind.CARD)
    return cards.order_by("id").values_list("value", flat=True).first() or ""


def identifiers_of(member_id: UUID) -> list[str]:
    """All by which the member is found, as parse_identifier reads them."""
    rows = Identifier.objects.filter(member_id=member_id).order_by("id")
    return [str(ParsedIdentifier(*row)) for row in rows.values_list("kind", "system", "value")]


# --- Their story -------------------------------------------------------------------------------


def member_statement(
    membership: Membership, *, before: int | None = None, limit: int = 50
) -> list[StatementLine]:
    """The member's points, in and out, the last booked first; `before` is a transfer seen."""
    return statement(account_of(membership), before=before, limit=limit)


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


def explanation(
    activity_id: UUID, language: Language, *, programme_id: int | None = None
) -> Explanation:
    """Why the activity gave its points and why not more, rule by rule, in sentences.

    Raises ActivityUnknown, also when it is of another programme than the one asked for.
    """
    activities = Activity.objects.select_related("membership")
    activity = activities.filter(pk=activity_id).first()
    if activity is None or programme_id not in (None, activity.membership.programme_id):
        raise ActivityUnknown("There is no such activity.")
    book = current_rulebook(programme_id=activity.membership.programme_id)
    award = msgspec.convert(activity.award, Award)
    return Explanation(
        activity=activity,
        lines=list(ActivityLine.objects.filter(activity=activity).order_by("number")),
        currency=book.currency,
        reasons=[
            ToldReason(reason=reason, text=said[language], texts=said)
            for reason in award.reasons
            for said in [explained(book, reason)]
        ],
    )
