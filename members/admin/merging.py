"""Two records of one person: found, compared side by side, made one, and parted again."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.admin import scope
from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.admin.refusals import told
from members.admin.cards import shown
from members.admin.colleague import refuse_own, role_of
from members.admin.deeds import done_by_form
from members.admin.tabs import Tab, register_tab
from members.models import DuplicateCandidate, Member, MemberLook, Membership, Merge
from members.services.looks import record_look
from members.services.member_search import found
from members.services.merge_preview import preview_merge
from members.services.merging import LONGEST_REASON, merge_members
from members.services.parting import part_members

MERGES, PARTS = "members.add_merge", "members.change_merge"
SHOWN = 25


class WhyForm(forms.Form):
    """A merge and a parting want a reason."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=LONGEST_REASON, widget=UnfoldAdminTextInputWidget
    )


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    """Who was there twice; and the pages on which two records become one, or two again."""

    intro = gettext_lazy("Records that were made one, the last first. Each can be undone.")
    empty = gettext_lazy("No two records have been made one yet.")
    list_display = ["who", "merged_at", "reason", "state"]
    list_select_related = ["kept"]
    ordering = ["-merged_at"]

    @display(description=gettext_lazy("Member"))
    def who(self, merge: Merge) -> str:
        return str(merge.kept)

    @display(description=gettext_lazy("State"), label={"one": "success", "parted": "info"})
    def state(self, merge: Merge) -> tuple[str, str]:
        return ("parted", _("Parted again")) if merge.parted_at else ("one", _("One record"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        return [
            path("of/<uuid:member_id>/", view(self.find), name="members_merge_find"),
            path(
                "of/<uuid:kept_id>/<uuid:absorbed_id>/",
                view(self.compare),
                name="members_merge_compare",
            ),
            path("<uuid:merge_id>/part/", view(self.part), name="members_merge_part"),
            *urls,
        ]

    def find(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """The other record, by whatever is said of it."""
        member = _asked(request, member_id, MERGES)
        said = request.GET.get("q", "").strip()
        others: list[Member] = []
        if said:
            known = Member.objects.filter(merged_into__isnull=True, erased_at__isnull=True)
            here = [programme.pk for programme in scope.programmes(request)]
            wanted = found(known, said, here).exclude(pk=member_id).order_by("-pk")
            others = list(wanted.prefetch_related("identifiers")[:SHOWN])
        context = {
            **self._page(request, member, _("Merge with another record")),
            "said": said,
            "others": [
                (reverse("admin:members_merge_compare", args=[member.pk, each.pk]), _side(each))
                for each in others
            ],
        }
        return TemplateResponse(request, "admin/members/merge_find.html", context)

    def compare(self, request: HttpRequest, kept_id: UUID, absorbed_id: UUID) -> HttpResponse:
        """Both side by side, what would change, and the deed."""
        kept = _asked(request, kept_id, MERGES)
        absorbed = _asked(request, absorbed_id, MERGES)
        for member in (kept, absorbed):
            refuse_own(request, member)

        def deed(said: dict[str, Any]) -> str:
            now = timezone.now()
            merge_members(
                kept_id=kept_id,
                absorbed_id=absorbed_id,
                reason=said["reason"],
                actor=actor_of(request),
                at=now,
            )
            _note(request, kept_id, now)
            return _("They are one record now.")

        preview = preview_merge(kept_id=kept_id, absorbed_id=absorbed_id, at=timezone.now())
        pair = sorted((kept_id, absorbed_id))
        candidate = DuplicateCandidate.objects.filter(
            first=pair[0], second=pair[1], state=DuplicateCandidate.State.OPEN
        ).first()
        context = {
            **self._page(request, kept, _("Merge two records")),
            "kept": _side(kept),
            "absorbed": _side(absorbed),
            "preview": preview,
            "blocked": told(preview.blocked) if preview.blocked else "",
            "swap": reverse("admin:members_merge_compare", args=[absorbed_id, kept_id]),
            "dismiss": candidate
            and reverse("admin:members_duplicatecandidate_dismiss", args=[candidate.pk]),
            "template": "admin/members/merge.html",
        }
        return done_by_form(
            request,
            WhyForm(request.POST or None),
            deed=deed,
            context=context,
            after=lambda: redirect("admin:members_member_change", kept_id),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What was merged, and what went over."""
        merge: Merge = self.visible(request, object_id)
        programmes = merge.moved.get("programmes", [])
        context = {
            **self._page(request, merge.kept, _("Merge")),
            "merge": merge,
            "state": self.state(merge)[1],
            "activities": sum(len(each["activities"]) for each in programmes),
            "identifiers": len(merge.moved.get("belongings", {}).get("identifiers", [])),
            "part": reverse("admin:members_merge_part", args=[merge.pk])
            if merge.parted_at is None and request.user.has_perm(PARTS)
            else "",
        }
        return TemplateResponse(request, "admin/members/merge_done.html", context)

    def part(self, request: HttpRequest, merge_id: UUID) -> HttpResponse:
        """Two people after all."""
        merge = Merge.objects.select_related("kept").filter(pk=merge_id).first()
        if merge is None:
            raise Http404
        kept = _asked(request, merge.kept_id, PARTS)
        refuse_own(request, kept)

        def deed(said: dict[str, Any]) -> str:
            now = timezone.now()
            part_members(merge_id=merge_id, actor=actor_of(request), at=now, **said)
            for member_id in (merge.kept_id, merge.absorbed_id):
                _note(request, member_id, now)
            return _("They are two records again.")

        page = reverse("admin:members_merge_change", args=[merge_id])
        return done_by_form(
            request,
            WhyForm(request.POST or None),
            deed=deed,
            context={
                **self._page(request, kept, _("Part these two again")),
                "page": page,
                "button": _("Part them"),
                "is_dangerous": True,
                "sentences": [
                    _("Cards, addresses, purchases and what is left of the points go back."),
                    _("What was spent since stays spent."),
                ],
            },
            after=lambda: redirect(page),
        )

    def _page(self, request: HttpRequest, member: Member, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "page": reverse("admin:members_member_change", args=[member.pk]),
            "opts": self.model._meta,
            "original": "",
            "member": member,
            "actions_detail": [],
        }


def _asked(request: HttpRequest, member_id: UUID, right: str) -> Member:
    if not request.user.has_perm(right):
        raise PermissionDenied
    known = Member.objects.prefetch_related("identifiers", "memberships")
    member = known.filter(pk=member_id, erased_at=None).first()
    if member is None:
        raise Http404
    return member


def _side(member: Member) -> dict[str, Any]:
    """What tells one record from the other."""
    memberships = list(member.memberships.all())
    return {
        "name": str(member),
        "page": reverse("admin:members_member_change", args=[member.pk]),
        "identifiers": [shown(each) for each in member.identifiers.all()],
        "joined_at": min((each.joined_at for each in memberships), default=None),
        "signs_in": member.user_id is not None,
    }


def _note(request: HttpRequest, member_id: UUID, at: Any) -> None:
    record_look(
        member_id=member_id,
        actor=actor_of(request),
        role=role_of(request),
        deed=MemberLook.Deed.CHANGED,
        what="merge",
        at=at,
    )


# --- On the member's page ----------------------------------------------------------------------


def _records(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    member_id = membership.member_id
    open_pairs = DuplicateCandidate.objects.filter(state=DuplicateCandidate.State.OPEN)
    pairs = [
        *open_pairs.filter(first=member_id).values_list("second", "score"),
        *open_pairs.filter(second=member_id).values_list("first", "score"),
    ]
    names = Member.objects.in_bulk([other for other, _score in pairs])
    may_merge = request.user.has_perm(MERGES)
    return {
        "find": reverse("admin:members_merge_find", args=[member_id]) if may_merge else "",
        "pairs": [
            (
                str(names[other]),
                score,
                reverse("admin:members_merge_compare", args=[member_id, other]),
            )
            for other, score in sorted(pairs, key=lambda each: -each[1])
        ]
        if may_merge
        else [],
        "merges": list(Merge.objects.filter(kept=member_id).order_by("-merged_at")),
    }


register_tab(
    Tab(
        key="records",
        title=gettext_lazy("There twice"),
        template="admin/members/merges_tab.html",
        context=_records,
        permission="members.view_merge",
        place=90,
    )
)
