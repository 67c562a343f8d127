"""What this app keeps of a person, heading by heading: how it is told and how it is forgotten.

Rows that are only about them are deleted; rows that belong to the books, or to somebody else too,
are stripped of every word (members.services.strips).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from members import models
from members.belongings import Keeper, Row, register_keeper
from members.models import Member
from members.services import export_books, strips

Rows = Callable[[Member], QuerySet[Any]]


def plain(row: dict[str, Any]) -> Row:
    """The row as values that JSON has."""
    told: Row = msgspec.to_builtins(row)
    return told


def _keep(key: str, title: Any, rows: Rows, fields: Sequence[str] = ()) -> None:
    """Rows that are about this person alone: told by these fields, and deleted."""

    def export(member: Member) -> list[Row]:
        if not fields:
            return []
        return [plain(row) for row in rows(member).order_by("pk").values(*fields)]

    def erase(member: Member, at: datetime) -> int:
        return rows(member).delete()[0]

    register_keeper(Keeper(key=key, title=title, export=export, erase=erase))


def _strip(
    key: str,
    title: Any,
    export: Callable[[Member], list[Row]],
    erase: Callable[[Member, datetime], int],
) -> None:
    register_keeper(Keeper(key=key, title=title, export=export, erase=erase))


def _of_member(model: Any) -> Rows:
    return lambda member: model.objects.filter(member=member)


def _of_membership(model: Any) -> Rows:
    return lambda member: model.objects.filter(membership__member=member)


def _duplicates(member: Member) -> QuerySet[Any]:
    return models.DuplicateCandidate.objects.filter(Q(first=member) | Q(second=member))


def _logins(member: Member) -> list[Row]:
    if member.user is None:
        return []
    login = member.user
    said = {"email": login.email, "joined_at": login.joined_at, "last_login": login.last_login}
    return [plain(said)]


def register() -> None:
    """Tell merges, exports and erasures of all of it; done when the app starts.

    In the order in which an export tells it; an erasure goes the other way, so that activities are
    stripped while it is still known what the person was called.
    """
    _who()
    _what()
    _traces()


def _who() -> None:
    _strip("who", _("Who you are"), strips.told_who, strips.strip_who)
    _strip("login", _("Your login"), _logins, strips.drop_login)
    _keep(
        "identifiers",
        _("By what you are found"),
        _of_member(models.Identifier),
        ("kind", "system", "value", "added_at", "verified_at", "blocked_at"),
    )
    _strip("memberships", _("Where you take part"), strips.told_memberships, strips.strip_joining)
    _strip("consents", _("What you agreed to"), export_books.told_consents, strips.drop_consents)
    _keep(
        "answers",
        _("What you answered"),
        _of_member(models.ProfileAnswer),
        ("field__key", "value", "source", "answered_at", "confirmed_at", "conflicting"),
    )
    _keep(
        "preferences",
        _("What you like"),
        _of_membership(models.Preference),
        ("kind", "key", "source", "is_liked", "weight", "said_at"),
    )
    _keep(
        "segments",
        _("The groups you are in"),
        _of_membership(models.SegmentMembership),
        ("segment", "since", "until"),
    )


def _what() -> None:
    _strip("activities", _("What you did"), export_books.told_activities, strips.strip_activities)
    _strip("statement", _("Your points"), export_books.told_statement, strips.books_stay)
    _strip("tiers", _("Your tiers"), export_books.told_tiers, strips.books_stay)
    _keep(
        "messages",
        _("What we told you"),
        _of_membership(models.Message),
        ("kind", "title_nl", "title_en", "text_nl", "text_en", "sent_at", "read_at"),
    )
    _keep(
        "notes",
        _("What colleagues wrote down"),
        _of_member(models.Note),
        ("text", "written_at"),
    )
    _keep(
        "looks",
        _("Who saw or changed your data"),
        _of_member(models.MemberLook),
        ("role", "deed", "what", "on", "last_at", "times"),
    )


def _traces() -> None:
    _strip("merges", _("Records made one"), strips.told_merges, strips.strip_merges)
    _keep("duplicates", _("Possible duplicates"), _duplicates, ("score", "reasons", "found_at"))
    _strip("receipts", _("Receipts you claimed"), strips.told_sales, strips.strip_sales)
    _keep(
        "attempts",
        _("Attempts to claim a receipt"),
        _of_membership(models.ClaimAttempt),
        ("attempted_at", "is_success"),
    )
    _keep(
        "visits",
        _("Your visits before you joined"),
        _of_member(models.Visitor),
        ("agreed_at", "text_version", "known_at", "events__submission", "events__occurred_at"),
    )
    _keep(
        "passes",
        _("Cards in your phone"),
        _of_membership(models.WalletPass),
        ("wallet", "created_at", "changed_at", "voided_at"),
    )
    _keep(
        "timeline",
        _("Your story"),
        _of_member(models.TimelineEntry),
        ("name", "occurred_at", "payload"),
    )
