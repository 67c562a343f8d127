"""Members: found at once, with their whole story, and why they have the points they have."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.views import ChangeList

from loyalty.admin import scope
from loyalty.models import Account
from loyalty.selectors import balance_card
from loyalty.templatetags.figures import number
from members.admin.search import found
from members.admin.tabs import tabs_for
from members.admin.try_rule import TryRule
from members.admin.words import TOUCHPOINTS, word
from members.models import Identifier, Member, Membership
from members.selectors import account_of

Kind = Identifier.Kind


class MemberList(ChangeList):  # type: ignore[misc]
    """The members of a page with what they hold, looked up at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        looked_at = scope.chosen(request)
        for member in self.result_list:
            kept = [m for m in member.memberships.all() if m.programme == looked_at]
            member.membership = next(iter(kept or member.memberships.all()), None)
        holders = [m.membership.holder for m in self.result_list if m.membership]
        accounts = Account.objects.filter(
            kind=Account.Kind.MEMBER, unit__code="points", holder__in=holders
        )
        balances = dict(accounts.values_list("holder", "balance"))
        for member in self.result_list:
            membership = member.membership
            member.joined_at = membership.joined_at if membership else None
            member.held = balances.get(membership.holder, 0) if membership else 0


@admin.register(Member)
class MemberAdmin(TryRule):
    """Who takes part."""

    intro = gettext_lazy("Everybody who takes part, the newest first.")
    empty = gettext_lazy("Your members will stand here, from the first who joins.")
    programme_path = "memberships__programme"
    list_display = ["name", "email", "card", "joined", "balance"]
    search_fields = ["given_name"]  # shows the box; `members.admin.search` does the finding
    search_help_text = gettext_lazy("Name, e-mail address, card or telephone number")
    ordering = ["-pk"]
    actions_detail = ["correct"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        members: QuerySet[Member] = super().get_queryset(request)
        return members.prefetch_related(
            "memberships__programme", Prefetch("identifiers", Identifier.objects.order_by("pk"))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        return found(queryset, search_term), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MemberList

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
        membership = self.membership(request, object_id)
        tabs = tabs_for(request)
        wanted = request.GET.get("tab", "")
        tab = next((tab for tab in tabs if tab.key == wanted), tabs[0])
        context = {
            **self.page_context(request, membership),
            **tab.context(request, membership),
            "tab": tab,
            "tabs": tabs,
            "card": balance_card(account_of(membership), at=timezone.now()),
            "joined_through": word(TOUCHPOINTS, membership.joined_through),
            "identifiers": [
                (Kind(i.kind), _in_groups(i.value) if i.kind == Kind.CARD else i.value)
                for i in membership.member.identifiers.all()
            ],
        }
        return TemplateResponse(request, "admin/members/member.html", context)

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
