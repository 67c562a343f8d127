"""Members who may be there twice, the surest first, for somebody to decide."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from members.models import DuplicateCandidate
from members.services.duplicates import dismiss_duplicate

DECIDES = "members.change_duplicatecandidate"

REASONS: dict[str, Any] = {
    "same_name": gettext_lazy("the same name"),
    "same_login": gettext_lazy("one signs in with the other's address"),
    "twin_email": gettext_lazy("the same e-mail address but for dots or a tag"),
    "same_phone": gettext_lazy("the same telephone number, written otherwise"),
    "close_email": gettext_lazy("e-mail addresses a slip apart"),
    "close_phone": gettext_lazy("telephone numbers a slip apart"),
    "identifiers_of_two_members": gettext_lazy("somebody had cards or addresses of both"),
}


@admin.register(DuplicateCandidate)
class DuplicateAdmin(ReadOnlyAdmin):
    """Pairs to look at; each opens side by side, to be merged or told apart."""

    intro = gettext_lazy("People who may be there twice, the surest first.")
    empty = gettext_lazy("Nobody seems to be there twice.")
    programme_path = "first__memberships__programme"
    list_display = ["pair", "alike", "sure", "compare"]
    list_display_links = None
    list_select_related = ["first", "second"]
    ordering = ["-score", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DuplicateCandidate]:
        rows: QuerySet[DuplicateCandidate] = super().get_queryset(request)
        return rows.filter(state=DuplicateCandidate.State.OPEN).distinct()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.dismiss)
        urls: list[URLPattern] = super().get_urls()
        return [
            path("<int:pk>/dismiss/", view, name="members_duplicatecandidate_dismiss"),
            *urls,
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Side by side, the older record as the one that stays."""
        pair: DuplicateCandidate = self.visible(request, object_id)
        return redirect("admin:members_merge_compare", pair.first_id, pair.second_id)

    def dismiss(self, request: HttpRequest, pk: int) -> HttpResponse:
        """They are two people."""
        if not request.user.has_perm(DECIDES):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            dismiss_duplicate(candidate_id=pk, actor=actor_of(request), at=timezone.now())
        except DomainError as refusal:
            messages.error(request, told(refusal))
        else:
            messages.success(request, _("Noted: they are two people."))
        return redirect("admin:members_duplicatecandidate_changelist")

    @display(description=gettext_lazy("Who"))
    def pair(self, pair: DuplicateCandidate) -> str:
        return _("%(one)s and %(other)s") % {"one": pair.first, "other": pair.second}

    @display(description=gettext_lazy("What is alike"))
    def alike(self, pair: DuplicateCandidate) -> str:
        return ", ".join(str(REASONS.get(reason, reason)) for reason in pair.reasons)

    @display(description=gettext_lazy("How sure"))
    def sure(self, pair: DuplicateCandidate) -> SafeString:
        return format_html('<span class="figure">{} %</span>', pair.score)

    @display(description="")
    def compare(self, pair: DuplicateCandidate) -> SafeString:
        page = reverse("admin:members_merge_compare", args=[pair.first_id, pair.second_id])
        return format_html('<a class="console-link" href="{}">{}</a>', page, _("Compare"))
