"""A member's points by when they can be used and lapse, and what the desk can do to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.models import Account, Lot, Transfer
from loyalty.services.activation import activate_points, cancel_pending_points
from loyalty.services.adjustments import adjust_points
from loyalty.services.lot_dates import extend_lot, reinstate_points
from loyalty.templatetags.figures import day, last_day
from loyalty.templatetags.figures import points as points_shown
from members.admin.colleague import refuse_own, role_of
from members.admin.deeds import CorrectionForm, DeedForm, ExtendForm, ReinstateForm, done_by_form
from members.admin.tabs import Tab, register_tab
from members.models import MemberLook, Membership
from members.selectors import account_of
from members.services.looks import record_look

SHOWN = 200
CORRECT = "loyalty.adjust_points"


def lots_of(membership: Membership) -> list[Lot]:
    """What remains of what the member was granted, in every unit, in the order it is spent in."""
    lots = Lot.objects.filter(
        account__holder=membership.holder,
        account__kind=Account.Kind.MEMBER,
        account__unit__programme=membership.programme_id,
        remaining__gt=0,
    )
    ordered = lots.order_by("account__unit_id", "expires_at", "pk")
    return list(ordered.select_related("account__unit", "transfer")[:SHOWN])


def _points_tab(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    now = timezone.now()
    return {
        "lots": [_told(lot, membership, now) for lot in lots_of(membership)],
        "may_correct": request.user.has_perm(CORRECT),
    }


def _told(lot: Lot, membership: Membership, at: datetime) -> dict[str, Any]:
    unit = lot.account.unit
    is_pending = lot.available_from is None or lot.available_from > at
    end = lot.account.lapses_at if lot.is_sliding else lot.expires_at
    is_lapsed = end is not None and end <= at
    where = [membership.member_id, lot.pk]
    deeds: list[tuple[str, Any]] = []
    if end is not None and not is_lapsed and not lot.is_sliding:
        deeds.append((reverse("admin:members_member_extend", args=where), _("Extend")))
    if is_pending and lot.transfer.source == "activity":
        deeds.append((reverse("admin:members_member_activate", args=where), _("Make usable")))
        deeds.append((reverse("admin:members_member_cancel", args=where), _("Cancel")))
    return {
        "lot": lot,
        "unit": unit.name_nl if (get_language() or "nl") == "nl" else unit.name_en,
        "state": _state(lot, at, is_pending=is_pending, is_lapsed=is_lapsed),
        "end": end and last_day(end),
        "deeds": deeds,
    }


def _state(lot: Lot, at: datetime, *, is_pending: bool, is_lapsed: bool) -> str:
    if is_lapsed:
        return _("Lapsed")
    if not is_pending:
        return _("Usable")
    waits = _("“%s”") % lot.awaits.replace("_", " ") if lot.awaits else ""
    if lot.available_from is None:
        return _("Waits for %s") % waits
    from_day = day(lot.available_from)
    if waits:
        return _("Usable from %(day)s, or once %(event)s") % {"day": from_day, "event": waits}
    return _("Usable from %s") % from_day


class PointsDeeds(ReadOnlyAdmin):
    """Correct, extend, make good again, make usable, cancel: for who may correct points."""

    def get_urls(self) -> list[URLPattern]:
        member = "<uuid:member_id>"
        ours = [
            (f"{member}/lots/<int:lot_id>/extend/", self.extend, "extend"),
            (f"{member}/lots/<int:lot_id>/activate/", self.activate, "activate"),
            (f"{member}/lots/<int:lot_id>/cancel/", self.cancel, "cancel"),
            (f"{member}/lapsed/<int:transfer_id>/reinstate/", self.reinstate, "reinstate"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"members_member_{name}")
                for route, view, name in ours
            ),
            *urls,
        ]

    def membership(self, request: HttpRequest, object_id: str) -> Membership:
        """The member's membership of the programme that is looked at. Raises Http404."""
        raise NotImplementedError

    def page_context(self, request: HttpRequest, membership: Membership) -> dict[str, Any]:
        """What every page about the member has."""
        raise NotImplementedError

    def asked(self, request: HttpRequest, member_id: UUID) -> Membership:
        """The membership, for who may correct. Raises PermissionDenied and Http404."""
        if not request.user.has_perm(CORRECT):
            raise PermissionDenied
        return self.membership(request, str(member_id))

    def _lot(self, membership: Membership, lot_id: int) -> Lot:
        lot = next((lot for lot in lots_of(membership) if lot.pk == lot_id), None)
        if lot is None:
            raise Http404
        return lot

    def by_form(
        self, request: HttpRequest, membership: Membership, form: Any, deed: Any, **said: Any
    ) -> HttpResponse:
        """The deed by its form; then back to the part of the page where it shows.

        The member reads that it was done. Raises PermissionDenied to whoever it is themselves.
        """
        refuse_own(request, membership.member)
        part = said.get("tab", "points")

        def noted(asked: dict[str, Any]) -> str:
            told: str = deed(asked)
            record_look(
                member_id=membership.member_id,
                actor=actor_of(request),
                role=role_of(request),
                deed=MemberLook.Deed.CHANGED,
                what=said.get("what") or ("tier" if part == "tier" else "points"),
                at=timezone.now(),
            )
            return told

        context = {**self.page_context(request, membership), **said}
        page = f"{context['page']}?tab={part}"
        return done_by_form(
            request,
            form,
            deed=noted,
            context={**context, "page": page},
            after=lambda: HttpResponseRedirect(page),
        )

    def corrected(self, request: HttpRequest, membership: Membership) -> HttpResponse:
        """Points given or taken for a reason."""

        def deed(said: dict[str, Any]) -> str:
            posted = adjust_points(
                account_id=account_of(membership),
                actor=actor_of(request),
                at=timezone.now(),
                **said,
            )
            return str(_("Corrected: the balance is now %s.") % points_shown(posted.after))

        form = CorrectionForm(request.POST or None)
        return self.by_form(
            request,
            membership,
            form,
            deed,
            title=_("Correct the points of %s") % membership.member,
            sentences=[
                _(
                    "A correction is a line of its own in the ledger; it cannot be undone, only "
                    "corrected again."
                )
            ],
            button=_("Correct points"),
            tab="statement",
        )

    def extend(self, request: HttpRequest, member_id: UUID, lot_id: int) -> HttpResponse:
        """Points good for longer."""
        membership = self.asked(request, member_id)
        lot = self._lot(membership, lot_id)

        def deed(said: dict[str, Any]) -> str:
            extend_lot(lot_id=lot.pk, actor=actor_of(request), at=timezone.now(), **said)
            return str(_("They are good through %s.") % day(said["last_day"]))

        end = lot.expires_at
        return self.by_form(
            request,
            membership,
            ExtendForm(request.POST or None),
            deed,
            title=_("Let %s be good for longer?") % points_shown(lot.remaining),
            sentences=[_("They lapse after %s now.") % day(last_day(end))] if end else [],
            button=_("Extend"),
        )

    def activate(self, request: HttpRequest, member_id: UUID, lot_id: int) -> HttpResponse:
        """What an activity earned, usable from now on."""
        membership = self.asked(request, member_id)
        lot = self._lot(membership, lot_id)

        def deed(said: dict[str, Any]) -> str:
            now = timezone.now()
            done = activate_points(
                programme_id=membership.programme_id,
                holder=membership.holder,
                activity=_activity_of(lot),
                event=lot.awaits,
                key=said["key"],
                actor=actor_of(request),
                occurred_at=now,
                at=now,
            )
            return str(_("Usable now: %s.") % points_shown(done.points))

        form = DeedForm(request.POST or None)
        del form.fields["reason"]
        return self.by_form(
            request,
            membership,
            form,
            deed,
            title=_("Make %s usable now?") % points_shown(lot.remaining),
            sentences=[_("All that waits with them, of the same purchase, becomes usable too.")],
            button=_("Make usable"),
        )

    def cancel(self, request: HttpRequest, member_id: UUID, lot_id: int) -> HttpResponse:
        """What an activity earned and waits still, taken back."""
        membership = self.asked(request, member_id)
        lot = self._lot(membership, lot_id)

        def deed(said: dict[str, Any]) -> str:
            done = cancel_pending_points(
                programme_id=membership.programme_id,
                holder=membership.holder,
                activity=_activity_of(lot),
                actor=actor_of(request),
                at=timezone.now(),
                **said,
            )
            return str(_("Cancelled: %s.") % points_shown(done.points))

        return self.by_form(
            request,
            membership,
            DeedForm(request.POST or None),
            deed,
            title=_("Cancel %s that wait?") % points_shown(lot.remaining),
            sentences=[_("All that waits of the same purchase goes. What is usable stays.")],
            button=_("Cancel points"),
            is_dangerous=True,
        )

    def reinstate(self, request: HttpRequest, member_id: UUID, transfer_id: int) -> HttpResponse:
        """Lapsed points good again."""
        membership = self.asked(request, member_id)
        lapsed = Transfer.objects.filter(
            pk=transfer_id,
            kind=Transfer.Kind.EXPIRE,
            debit_account__holder=membership.holder,
        ).first()
        if lapsed is None:
            raise Http404

        def deed(said: dict[str, Any]) -> str:
            done = reinstate_points(
                transfer_id=lapsed.pk, actor=actor_of(request), at=timezone.now(), **said
            )
            return str(_("Good again: the balance is now %s.") % points_shown(done.after))

        initial = {"points": lapsed.points}
        return self.by_form(
            request,
            membership,
            ReinstateForm(request.POST or None, initial=initial),
            deed,
            title=_("Make lapsed points good again?"),
            sentences=[
                _("%(points)s lapsed on %(day)s.")
                % {"points": points_shown(lapsed.points), "day": day(lapsed.effective_at)}
            ],
            button=_("Make good again"),
            tab="statement",
        )


def _activity_of(lot: Lot) -> str:
    """The id of the activity that earned the lot."""
    return str(lot.transfer.external_id).partition(":")[0]


register_tab(
    Tab(
        key="points",
        title=gettext_lazy("Points"),
        template="admin/members/points.html",
        context=_points_tab,
        place=15,
    )
)
