"""The parts of a member's page. Apps above this one add theirs when they start."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models import Transfer
from loyalty.selectors import StatementLine
from loyalty.services.earning import explained
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.types import Outcome
from members.admin.revisions import proofs
from members.admin.words import (
    ACTIVITIES,
    CHANNELS,
    CONSENT_CHANNELS,
    KINDS,
    PURPOSES,
    word,
)
from members.models import Activity, ActivityLine, Membership
from members.selectors import id_in, member_statement

PAGE = 50


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """One part: `context` looks up what `template` shows."""

    key: str
    title: Any
    template: str
    context: Callable[[HttpRequest, Membership], dict[str, Any]]
    permission: str = "members.view_member"
    place: int = 50


_tabs: dict[str, Tab] = {}


def register_tab(tab: Tab) -> None:
    """Add a part to every member's page."""
    _tabs[tab.key] = tab


def tabs_for(request: HttpRequest) -> list[Tab]:
    """The parts that this colleague may see, in their order."""
    allowed = [tab for tab in _tabs.values() if request.user.has_perm(tab.permission)]
    return sorted(allowed, key=lambda tab: tab.place)


def _before(request: HttpRequest) -> int | None:
    """The last one seen on the page before; nonsense is the first page."""
    said = request.GET.get("before", "")
    return int(said) if said.isdigit() and len(said) < len(str(2**63)) else None


# --- Statement ---------------------------------------------------------------------------------


def _statement(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    book = current_rulebook(programme_id=membership.programme_id)
    lines = member_statement(membership, before=_before(request), limit=PAGE + 1)
    shown = lines[:PAGE]
    known = proofs({activity for line in shown if (activity := _activity_of(line))})
    return {
        "lines": [
            {
                "proof": known.get(_activity_of(line)) or f"{line.source} {line.external_id}",
                "line": line,
                "kind": word(KINDS, line.kind),
                "why": _why(book, line),
                "activity": _activity_of(line),
            }
            for line in shown
        ],
        "may_correct": request.user.has_perm("loyalty.adjust_points"),
        "next": shown[-1].transfer if len(lines) > PAGE else None,
    }


def _activity_of(line: StatementLine) -> str:
    """The activity that a line was booked for: its id, for who may look at it."""
    if line.source != "activity":
        return ""
    activity = line.external_id.partition(":")[0]
    return activity if id_in(activity) else ""


def _why(book: Rulebook, line: StatementLine) -> list[str]:
    language = get_language() or "nl"
    given = [reason for reason in line.reasons if reason.outcome == Outcome.APPLIED]
    if line.kind == Transfer.Kind.EARN:
        return [explained(book, reason)[language] for reason in given]
    return [said for reason in given if (said := reason.name.get(language, ""))]


# --- Activities --------------------------------------------------------------------------------


def _activities(_request: HttpRequest, membership: Membership) -> dict[str, Any]:
    done = Activity.objects.filter(membership=membership).order_by("-occurred_at", "-pk")[:PAGE]
    lines = _lines_of(list(done), membership.programme_id)
    return {
        "currency": membership.programme.currency,
        "activities": [
            {
                "activity": activity,
                "type": word(ACTIVITIES, activity.type),
                "channel": word(CHANNELS, activity.channel) if activity.channel else "",
                "lines": lines[activity.pk],
            }
            for activity in done
        ],
    }


def _lines_of(
    activities: list[Activity], programme_id: int
) -> defaultdict[UUID, list[dict[str, Any]]]:
    labels = current_rulebook(programme_id=programme_id).labels
    language = get_language() or "nl"
    lines: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for line in ActivityLine.objects.filter(activity__in=activities).order_by("number"):
        category = labels.get(line.category, {}).get(language, line.category)
        lines[line.activity_id].append({"line": line, "category": category})
    return lines


# --- Consents ----------------------------------------------------------------------------------


def _consents(_request: HttpRequest, membership: Membership) -> dict[str, Any]:
    receipts = membership.member.consents.order_by("-recorded_at", "-pk")
    return {
        "consents": [
            {
                "consent": receipt,
                "purpose": word(PURPOSES, receipt.purpose),
                "channel": word(CONSENT_CHANNELS, receipt.channel),
            }
            for receipt in receipts
        ]
    }


for _tab in (
    Tab(
        key="statement",
        title=_("Statement"),
        template="admin/members/statement.html",
        context=_statement,
        place=10,
    ),
    Tab(
        key="activities",
        title=_("Activities"),
        template="admin/members/activities.html",
        context=_activities,
        permission="members.view_activity",
        place=20,
    ),
    Tab(
        key="consents",
        title=_("Consents"),
        template="admin/members/consents.html",
        context=_consents,
        place=40,
    ),
):
    register_tab(_tab)
