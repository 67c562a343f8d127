"""The ledger, for who must see that the books add up."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from loyalty.admin.holders import source_of
from loyalty.admin.movements import movements_page
from loyalty.admin.pages import ReadOnlyAdmin, by_number, exactly
from loyalty.earning.figures import number
from loyalty.models import Account, Transfer
from loyalty.remarks import with_words
from loyalty.services.earning import explained
from loyalty.services.rulebook import current_rulebook
from loyalty.types import Outcome, Reason

ACCOUNTS = {
    Account.Kind.MEMBER: _("A member"),
    Account.Kind.ISSUANCE: _("Issued points"),
    Account.Kind.REDEEMED: _("Redeemed points"),
    Account.Kind.EXPIRED: _("Lapsed points"),
    Account.Kind.RETURNED: _("Returned points"),
    Account.Kind.OWED: _("Points owed"),
    Account.Kind.ADJUSTMENT: _("Corrections"),
    Account.Kind.DONATED: _("Donated points"),
}
KINDS = {
    Transfer.Kind.EARN: _("Earned"),
    Transfer.Kind.REDEEM: _("Redeemed"),
    Transfer.Kind.EXPIRE: _("Lapsed"),
    Transfer.Kind.ADJUST: _("Corrected"),
    Transfer.Kind.RETURN: _("Returned"),
    Transfer.Kind.CANCEL: _("Cancelled"),
    Transfer.Kind.RESTORE: _("Given back"),
    Transfer.Kind.OWE: _("Owed"),
    Transfer.Kind.REPAY: _("Repaid"),
    Transfer.Kind.FORGIVE: _("Forgiven"),
    Transfer.Kind.MOVE: _("Given away"),
    Transfer.Kind.DONATE: _("Donated"),
}
COLOURS = {
    "EARN": "success",
    "RESTORE": "success",
    "REDEEM": "info",
    "DONATE": "info",
    "MOVE": "info",
    "ADJUST": "warning",
    "RETURN": "warning",
    "CANCEL": "warning",
    "OWE": "danger",
}


ACTIVITY = "activity"  # the source of what activities earned
MOST_GRANTS = 10  # of one activity, by which a search finds its transfers


class KindFilter(admin.SimpleListFilter):
    """By what was done, in words."""

    title = _("Kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(kind.value, words) for kind, words in KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Transfer]) -> QuerySet[Transfer]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class TransferList(ChangeList):  # type: ignore[misc]
    """The transfers of a page with what they were booked for, looked up at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        tell_what_for(request, self.result_list)


def tell_what_for(request: HttpRequest, transfers: list[Any]) -> None:
    """Note on the transfers what they were booked for, and whether this colleague may open that."""
    source = source_of(ACTIVITY)
    mine = [row for row in transfers if row.source == ACTIVITY]
    if source is None or not mine:
        return
    known = source.proofs({row.external_id.partition(":")[0] for row in mine})
    may_open = request.user.has_perm(source.permission)
    for row in mine:
        row.booked_for = known.get(row.external_id.partition(":")[0], "")
        row.may_open = may_open


@admin.register(Transfer)
class LedgerAdmin(ReadOnlyAdmin):
    """Every movement of points, as booked."""

    list_title = _("Ledger")
    programme_path = "debit_account__unit__programme"
    intro = _("Every movement of points, the last booked first. Nothing here is ever changed.")
    empty = _("Every movement of points will stand here, from the first purchase on.")
    list_display = ["moment", "kind_label", "from_account", "to_account", "amount", "proof"]
    list_select_related = ["debit_account", "credit_account"]
    list_filter = [KindFilter]
    search_fields = ["external_id"]  # shows the box; `by_number` does the finding
    search_help_text = _("The whole number of a receipt or a redemption")
    ordering = ["-pk"]
    paginator = InfinitePaginator
    fields = ["happened", "recorded", "kind_word", "from_account", "to_account"]
    fields += ["amount", "proof", "why", "by"]

    actions_list = ["to_movements"]

    @action(description=_("Movements per day"), icon="table_chart", url_path="movements")
    def to_movements(self, request: HttpRequest) -> HttpResponse:
        """What came and went per day, with the proof that it adds up."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return movements_page(request, self.admin_site.each_context(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transfer], search_term: str
    ) -> tuple[QuerySet[Transfer], bool]:
        if not search_term:
            return queryset, False
        source = source_of(ACTIVITY)
        things = source.found(search_term.strip()) if source else []
        if things:
            keys = [f"{thing}:{grant}" for thing in things for grant in range(1, MOST_GRANTS)]
            return queryset.filter(source=ACTIVITY, external_id__in=keys), False
        return by_number(queryset, search_term), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TransferList

    @display(description=_("When"))
    def moment(self, transfer: Transfer) -> datetime:
        return transfer.effective_at

    @display(description=_("Booked at"))
    def recorded(self, transfer: Transfer) -> str:
        return exactly(transfer.recorded_at)

    @display(description=_("When"))
    def happened(self, transfer: Transfer) -> str:
        return exactly(transfer.effective_at)

    @display(description=_("Kind"))
    def kind_word(self, transfer: Transfer) -> Any:
        return KINDS[Transfer.Kind(transfer.kind)]

    @display(description=_("By"))
    def by(self, transfer: Transfer) -> str:
        return transfer.actor

    @display(description=_("Kind"), label=COLOURS)
    def kind_label(self, transfer: Transfer) -> tuple[str, Any]:
        return transfer.kind, KINDS[Transfer.Kind(transfer.kind)]

    @display(description=_("From"))
    def from_account(self, transfer: Transfer) -> Any:
        return ACCOUNTS[Account.Kind(transfer.debit_account.kind)]

    @display(description=_("To"))
    def to_account(self, transfer: Transfer) -> Any:
        return ACCOUNTS[Account.Kind(transfer.credit_account.kind)]

    @display(description=_("Points"))
    def amount(self, transfer: Transfer) -> SafeString:
        shown = number(str(transfer.points), get_language() or "nl")
        return format_html('<span class="figure">{}</span>', shown)

    @display(description=_("Booked for"))
    def proof(self, transfer: Any) -> Any:
        source = source_of(transfer.source)
        thing = transfer.external_id.partition(":")[0]
        told = getattr(transfer, "booked_for", "") or f"{transfer.source} {transfer.external_id}"
        if source is None or not getattr(transfer, "may_open", False):
            return told
        return format_html('<a class="console-link" href="{}">{}</a>', source.address(thing), told)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Transfer | None:
        transfer: Transfer | None = super().get_object(request, object_id, from_field)
        if transfer is not None:
            tell_what_for(request, [transfer])
        return transfer

    @display(description=_("Why"))
    def why(self, transfer: Transfer) -> SafeString:
        book = current_rulebook(programme_id=transfer.debit_account.unit.programme_id)
        language = get_language() or "nl"
        (reasons,) = with_words([msgspec.convert(transfer.reasons, list[Reason])])
        given = [r for r in reasons if r.outcome == Outcome.APPLIED]
        sentences = ((explained(book, reason)[language],) for reason in given)
        return format_html_join("", "<p>{}</p>", sentences)
