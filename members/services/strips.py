"""Rows that stay when a person is forgotten, without a word about them.

The books need them (as a pseudonym), or they are also somebody else's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.crypto import salted_hmac

from loyalty.models import Location
from members.belongings import Row
from members.models import Consent, GuestSale, Member, Membership, Merge, User
from members.services.persons import Person, person_of

CODES = frozenset(
    [
        "activity",
        "actor",
        "after",
        "before",
        "card",
        "cause",
        "channel",
        "contributor",
        "currency",
        "deed",
        "event",
        "expires_at",
        "field",
        "grant",
        "holder",
        "kind",
        "last_day",
        "member",
        "merge",
        "occasion",
        "of",
        "purpose",
        "redemption",
        "reward",
        "segment",
        "source",
        "step",
        "taker",
        "text_version",
        "tier",
        "tier_set",
        "touchpoint",
        "type",
        "unit",
        "until",
        "version",
        "voucher",
    ]
)
"""The keys of events' payloads that hold codes, ids and moments; of others the words go."""


def _plain(row: Mapping[str, Any]) -> Row:
    told: Row = msgspec.to_builtins(row)
    return told


# --- Who -----------------------------------------------------------------------------------------


def told_who(member: Member) -> list[Row]:
    named = {"given_name": member.given_name, "family_name": member.family_name}
    return [_plain({"id": member.pk, **named, "language": member.language})]


def strip_who(member: Member, at: datetime) -> int:
    """The name goes, and the login lets go of it; the row stays, for the books name its id."""
    return Member.objects.filter(pk=member.pk).update(
        given_name="", family_name="", language="nl", user=None, erased_at=at
    )


def drop_login(member: Member, at: datetime) -> int:
    """The login with all that hangs on it: addresses, keys, sessions, other sign-ins, tokens.

    A colleague's login is theirs as a colleague and stays.
    """
    if member.user_id is None:
        return 0
    return User.objects.filter(pk=member.user_id, is_staff=False).delete()[0]


def told_memberships(member: Member) -> list[Row]:
    rows = Membership.objects.filter(member=member).order_by("pk")
    fields = ("programme__name", "programme__slug", "joined_at", "joined_through")
    return [_plain(row) for row in rows.values(*fields, "joined_location", "joined_campaign")]


def strip_joining(member: Member, at: datetime) -> int:
    rows = Membership.objects.filter(member=member)
    return rows.update(joined_location="", joined_campaign="")


def drop_consents(member: Member, at: datetime) -> int:
    return Consent.objects.filter(member=member).delete()[0]


# --- What they did -------------------------------------------------------------------------------


def strip_activities(member: Member, at: datetime) -> int:
    """The numbers and the shop's codes stay, so that the books can be checked for ever."""
    return strip_activities_of(person_of(member.pk), [member])


def strip_activities_of(person: Person, members: list[Member]) -> int:
    """Of these of the person's records; the words to look for are those of all of them."""
    ids = {member.pk for member in members}
    memberships = [each for each in person.memberships if each.member_id in ids]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT members_forget_activities(%s, %s, %s, %s, %s, %s)",
            [
                [each.pk for each in memberships],
                [*ids, *(each.holder for each in memberships)],
                person.needles,
                list(Location.objects.values_list("name", flat=True)),
                sorted(CODES),
                salt(),
            ],
        )
        stripped: int = cursor.fetchone()[0]
    return stripped


def salt() -> str:
    """With which a reference that has words in it is hashed; it never leaves the house."""
    return salted_hmac("members.forgetting", "reference", secret=settings.SECRET_KEY).hexdigest()


def books_stay(member: Member, at: datetime) -> int:
    """The ledger knows nobody: it holds a pseudonym, numbers and the names of rules."""
    return 0


# --- What is also somebody else's ----------------------------------------------------------------


def told_merges(member: Member) -> list[Row]:
    rows = Merge.objects.filter(Q(kept=member) | Q(absorbed=member)).order_by("pk")
    return [_plain(row) for row in rows.values("reason", "merged_at", "parted_at", "parted_reason")]


def strip_merges(member: Member, at: datetime) -> int:
    rows = Merge.objects.filter(Q(kept=member) | Q(absorbed=member))
    return rows.update(reason="", parted_reason="", moved={})


def told_sales(member: Member) -> list[Row]:
    rows = GuestSale.objects.filter(claimed_by__member=member).order_by("pk")
    fields = ("source", "external_id", "occurred_at", "claimed_at")
    return [_plain(row) for row in rows.values(*fields)]


def strip_sales(member: Member, at: datetime) -> int:
    """That it was claimed stays, so that nobody claims it again."""
    claimed = GuestSale.objects.filter(claimed_by__member=member)
    person = person_of(member.pk)
    for sale in claimed.only("external_id"):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE members_guestsale SET submission = '{}',"
                " external_id = members_forgotten_key(external_id, %s, %s) WHERE id = %s",
                [person.needles, salt(), sale.pk],
            )
    return claimed.count()
