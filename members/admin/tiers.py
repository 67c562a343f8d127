"""A member's tiers: which, until when, what it takes; and a tier by hand, with a reason."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from loyalty.admin.pages import actor_of
from loyalty.models import TierAssignment, TierMove, TierSet
from loyalty.remarks import words_of
from loyalty.services.held_tiers import tiers_held
from loyalty.services.rulebook import current_rulebook
from loyalty.services.tiers import assign_tier, end_assignment
from loyalty.templatetags.figures import last_day
from members.admin.deeds import DeedForm, TierForm
from members.admin.points import CORRECT, PointsDeeds
from members.admin.tabs import Tab, register_tab
from members.models import Membership
from members.selectors import account_of

SHOWN = 50


def _language() -> str:
    return "nl" if (get_language() or "nl").startswith("nl") else "en"


def tiers_of(membership: Membership) -> dict[str, tuple[TierSet, str]]:
    """Every tier of the live sets by its key, with its set and what it is called."""
    live = TierSet.objects.filter(programme=membership.programme_id, is_live=True).order_by("pk")
    return {
        tier["key"]: (tier_set, tier.get("name", {}).get(_language()) or tier["key"])
        for tier_set in live
        for tier in tier_set.policy["tiers"]
    }


def _tier_tab(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    account_id, names = account_of(membership), tiers_of(membership)
    book = current_rulebook(programme_id=membership.programme_id)
    now = timezone.now()
    held = tiers_held(
        book=book,
        account_id=account_id,
        joined_on=membership.joined_at.astimezone(book.zone).date(),
        at=now,
        language=_language(),
    )
    assigned = TierAssignment.objects.filter(account_id=account_id).order_by("-starts_at", "-pk")
    given = list(assigned[:SHOWN])
    words = words_of(each.reason for each in given)
    moves = TierMove.objects.filter(account_id=account_id).order_by("-effective_at", "-pk")
    return {
        "held": [{"tier": each, "until": each.until and last_day(each.until)} for each in held],
        "given": [
            {**_given(each, names, now), "why": words[each.reason][_language()]} for each in given
        ],
        "moves": [
            {
                "move": move,
                "before": _named(move.before, names),
                "after": _named(move.after, names),
            }
            for move in moves[:SHOWN]
        ],
        "may_assign": request.user.has_perm(CORRECT) and bool(names),
    }


def _given(
    given: TierAssignment, names: dict[str, tuple[TierSet, str]], at: datetime
) -> dict[str, Any]:
    is_over = given.ended_at is not None or (given.ends_at is not None and given.ends_at <= at)
    return {
        "given": given,
        "name": _named(given.tier, names),
        "last_day": given.ends_at and last_day(given.ends_at),
        "is_over": is_over,
    }


def _named(key: str, names: dict[str, tuple[TierSet, str]]) -> str:
    if not key:
        return _("no tier")
    return names[key][1] if key in names else key


class TierDeeds(PointsDeeds):
    """Give a tier by hand, and take it back."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        member = "<uuid:member_id>"
        return [
            path(f"{member}/tier/", view(self.assign), name="members_member_tier"),
            path(
                f"{member}/tier/<int:assignment_id>/end/",
                view(self.end_tier),
                name="members_member_tier_end",
            ),
            *super().get_urls(),
        ]

    def assign(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """A tier by hand, for a reason; the higher of it and what was earned counts."""
        membership = self.asked(request, member_id)
        tiers = tiers_of(membership)
        if not tiers:
            raise Http404
        zone = ZoneInfo(membership.programme.time_zone)

        def deed(said: dict[str, Any]) -> str:
            last = said["last_day"]
            tier_set, name = tiers[said["tier"]]
            assign_tier(
                account_id=account_of(membership),
                tier_set_id=tier_set.pk,
                tier=said["tier"],
                reason=said["reason"],
                ends_at=last and _end_of(last, zone),
                actor=actor_of(request),
                at=timezone.now(),
            )
            return str(_("Given by hand: %s.") % name)

        choices = [(key, f"{name} · {tier_set}") for key, (tier_set, name) in tiers.items()]
        return self.by_form(
            request,
            membership,
            TierForm(choices, request.POST or None),
            deed,
            title=_("Give %s a tier by hand") % membership.member,
            sentences=[_("The higher of this tier and what the member earned counts.")],
            button=_("Give tier"),
            tab="tier",
        )

    def end_tier(self, request: HttpRequest, member_id: UUID, assignment_id: int) -> HttpResponse:
        """A tier that was given by hand, taken back."""
        membership = self.asked(request, member_id)
        mine = TierAssignment.objects.filter(pk=assignment_id, account_id=account_of(membership))
        given = mine.select_related("tier_set").first()
        if given is None:
            raise PermissionDenied

        def deed(said: dict[str, Any]) -> str:
            end_assignment(
                assignment_id=given.pk,
                reason=said["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return str(_("Taken back. What the member earned counts again."))

        return self.by_form(
            request,
            membership,
            DeedForm(request.POST or None),
            deed,
            title=_("Take back “%s”?") % _named(given.tier, tiers_of(membership)),
            sentences=[],
            button=_("Take back"),
            tab="tier",
            is_dangerous=True,
        )


def _end_of(last: Any, zone: ZoneInfo) -> datetime:
    return datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)


register_tab(
    Tab(
        key="tier",
        title=gettext_lazy("Tier"),
        template="admin/members/tier.html",
        context=_tier_tab,
        place=17,
    )
)
