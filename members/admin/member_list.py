"""The list of members: found, filtered and paged without counting a million of them."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpRequest, QueryDict
from unfold.views import ChangeList

from loyalty.admin import scope
from loyalty.models import Account
from members.admin.filters import MemberFilters, question
from members.admin.saved_filters import chips
from members.models import Activity
from members.selectors import id_in


class Pages(Paginator):  # type: ignore[type-arg]
    """One page, with the ways to others below it instead of how many there are."""

    template_name = "admin/members/list_after.html"


class MemberList(ChangeList):  # type: ignore[misc]
    """A page of members with what they hold, looked up at once.

    A page begins after the last one seen, so that the thousandth is as quick as the first.
    """

    result_list: list[Any]
    older: str = ""
    has_begun_later: bool = False

    def get_filters(self, request: HttpRequest) -> Any:
        specs, _has_filters, remaining, may_repeat, has_active = super().get_filters(request)
        return specs, False, remaining, may_repeat, has_active

    @property
    def member_filter(self) -> MemberFilters:
        return next(spec for spec in self.filter_specs if isinstance(spec, MemberFilters))

    def get_results(self, request: HttpRequest) -> None:
        self.member_form = self.member_filter.form
        self.question = question(request.GET)
        self.chips = chips(request)
        rows = self.queryset
        if seen := id_in(request.GET.get("before", "")):
            self.has_begun_later = True
            rows = rows.filter(pk__lt=seen)
        shown = list(rows[: self.list_per_page + 1])
        self.result_list = shown[: self.list_per_page]
        if len(shown) > self.list_per_page:
            self.older = self._link(before=str(self.result_list[-1].pk))
        self.first_page = f"?{self.question}"
        self.paginator = Pages(self.result_list, self.list_per_page)
        self.result_count = len(self.result_list)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = self.multi_page = False
        self._complete(request)

    def _link(self, **more: str) -> str:
        said = QueryDict(self.question, mutable=True)
        said.update(more)
        return f"?{said.urlencode()}"

    def _complete(self, request: HttpRequest) -> None:
        looked_at = getattr(scope.chosen(request), "pk", None)
        for member in self.result_list:
            kept = [m for m in member.memberships.all() if m.programme_id == looked_at]
            member.membership = next(iter(kept or member.memberships.all()), None)
        memberships = [m.membership for m in self.result_list if m.membership]
        held = balances([each.holder for each in memberships])
        last = last_done([each.pk for each in memberships])
        for member in self.result_list:
            membership = member.membership
            member.joined_at = membership.joined_at if membership else None
            member.through = membership.joined_through if membership else ""
            member.held = held.get(membership.holder, 0) if membership else 0
            member.last_at = last.get(membership.pk) if membership else None


def balances(holders: list[UUID]) -> dict[UUID, int]:
    """The points that each holds."""
    accounts = Account.objects.filter(
        kind=Account.Kind.MEMBER, unit__code="points", holder__in=holders
    )
    return {holder: held for holder, held in accounts.values_list("holder", "balance") if holder}


def last_done(memberships: list[int]) -> dict[int, Any]:
    """When each last did something."""
    rows = Activity.objects.filter(membership__in=memberships).order_by()
    done = rows.values("membership_id").annotate(at=Max("occurred_at"))
    return dict(done.values_list("membership_id", "at"))
