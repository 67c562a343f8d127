"""Members: found at once, with their whole story, and why they have the points they have."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.views import ChangeList

from loyalty.admin import scope
from loyalty.admin.pages import actor_of
from loyalty.templatetags.figures import number
from members.admin import notes, story  # noqa: F401  their parts of the page
from members.admin.bulk import EXPORTS, MOST_IDS, BulkDeeds, may_do
from members.admin.colleague import role_of
from members.admin.filters import MemberFilters
from members.admin.heading import heading
from members.admin.insight import InsightPage
from members.admin.member_list import MemberList
from members.admin.person import CHANGES, PersonDeeds
from members.admin.saved_filters import SavedViews
from members.admin.tabs import tabs_for
from members.models import Identifier, Member, MemberLook, Membership
from members.services.looks import record_look
from members.services.member_search import found

Kind = Identifier.Kind
_LOOKS = {"statement": "statement", "story": "timeline"}  # what of it the member reads


@admin.register(Member)
class MemberAdmin(BulkDeeds, InsightPage, SavedViews, PersonDeeds):
    """Who takes part."""

    intro = gettext_lazy("Everybody who takes part, the newest first.")
    empty = gettext_lazy("Your members will stand here, from the first who joins.")
    programme_path = "memberships__programme"
    list_display = ["name", "email", "card", "joined", "last_active", "balance"]
    list_filter = [MemberFilters]
    list_before_template = "admin/members/list_before.html"
    search_fields = ["given_name"]  # shows the box; `member_search.found` does the finding
    search_help_text = gettext_lazy("Name, e-mail address, card, telephone, number or receipt")
    ordering = ["-pk"]
    actions = ["for_these"]
    actions_detail = ["correct"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        members: QuerySet[Member] = super().get_queryset(request)
        if self.is_list(request):
            members = members.filter(merged_into__isnull=True, erased_at__isnull=True)
        return members.prefetch_related(
            "memberships__programme", Prefetch("identifiers", Identifier.objects.order_by("pk"))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        if not search_term.strip():
            return queryset, False
        programme_ids = [programme.pk for programme in scope.programmes(request)]
        return found(queryset, search_term, programme_ids), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MemberList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may = self.has_bulk_permission(request)
        return super().changelist_view(request, {"may_do_in_bulk": may, **(extra_context or {})})

    def has_bulk_permission(self, request: HttpRequest) -> bool:
        return bool(may_do(request)) or request.user.has_perm(EXPORTS)

    @admin.action(description=gettext_lazy("Do something for these"), permissions=["bulk"])
    def for_these(self, request: HttpRequest, members: QuerySet[Member]) -> HttpResponse:
        """On to the page that asks what, for the members that were ticked."""
        ids = members.order_by().values_list("pk", flat=True)[:MOST_IDS]
        asked = urlencode([("id", str(pk)) for pk in ids])
        return redirect(f"{reverse('admin:members_member_bulk')}?{asked}")

    @display(description=gettext_lazy("Name"))
    def name(self, member: Member) -> str:
        return str(member)

    @display(description=gettext_lazy("E-mail address"))
    def email(self, member: Member) -> str:
        return _identifier(member, Kind.EMAIL)

    @display(description=gettext_lazy("Card"))
    def card(self, member: Member) -> str:
        return _in_groups(_identifier(member, Kind.CARD))

    @display(description=gettext_lazy("Member since"))
    def joined(self, member: Any) -> Any:
        return member.joined_at

    @display(description=gettext_lazy("Last did something"))
    def last_active(self, member: Any) -> Any:
        return member.last_at

    @display(description=gettext_lazy("Points"))
    def balance(self, member: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(member.held))

    # --- The member's page ---------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The member's page; that it was opened is written down for the member to read."""
        membership = self.membership(request, object_id)
        now = timezone.now()
        tabs = tabs_for(request)
        wanted = request.GET.get("tab", "")
        tab = next((tab for tab in tabs if tab.key == wanted), tabs[0])
        context = {
            **self.page_context(request, membership),
            **tab.context(request, membership),
            "tab": tab,
            "tabs": tabs,
            **heading(request, membership, at=now),
            "desk": self.desk(request, membership),
        }
        record_look(
            member_id=membership.member_id,
            actor=actor_of(request),
            role=role_of(request),
            deed=MemberLook.Deed.SEEN,
            what=_LOOKS.get(tab.key, ""),
            at=now,
        )
        return TemplateResponse(request, "admin/members/member.html", context)

    def desk(self, request: HttpRequest, membership: Membership) -> list[tuple[str, Any]]:
        """What this colleague may do for the member from here."""
        if not request.user.has_perm(CHANGES):
            return []
        of = [membership.member_id]
        deeds = [(reverse("admin:members_member_profile", args=of), _("Name and language"))]
        if membership.member.user_id is None:
            deeds.append((reverse("admin:members_member_link", args=of), _("Link to complete")))
        return deeds

    def has_correct_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("loyalty.adjust_points")

    @action(
        description=gettext_lazy("Correct points"),
        permissions=["correct"],
        icon="exposure",
    )
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.corrected(request, self.membership(request, object_id))

    def membership(self, request: HttpRequest, object_id: str) -> Membership:
        member = self.visible(request, object_id)
        memberships = list(
            Membership.objects.select_related("programme").filter(member=member).order_by("pk")
        )
        if not memberships:
            raise Http404
        looked_at = scope.chosen(request)
        of_it = (each for each in memberships if each.programme == looked_at)
        membership = next(of_it, memberships[0])
        scope.follow(request, membership.programme_id)
        membership.member = member
        return membership

    def page_context(self, request: HttpRequest, membership: Membership) -> dict[str, Any]:
        member = membership.member
        page = reverse("admin:members_member_change", args=[member.pk])
        return {
            **self.admin_site.each_context(request),
            "title": str(member),
            "opts": self.model._meta,
            "original": member,
            "member": member,
            "membership": membership,
            "today": timezone.localdate(),
            "page": page,
            "actions_detail": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, member.pk), member.pk
            ),
        }


def _identifier(member: Member, kind: Identifier.Kind) -> str:
    return next((i.value for i in member.identifiers.all() if i.kind == kind), "")


def _in_groups(card: str) -> str:
    return " ".join(part for part in (card[:4], card[4:8], card[8:]) if part)
