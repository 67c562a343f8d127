"""What members did, as it came in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from loyalty.admin.pages import ReadOnlyAdmin, by_number
from loyalty.templatetags.figures import money, number
from members.admin.revisions import revisions_of
from members.admin.words import ACTIVITIES, CHANNELS, word
from members.explanations import explanation
from members.models import Activity


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    """Purchases, reviews and all else that members do."""

    intro = _("What members did, the last received first. Open one to read why it gave its points.")
    empty = _("The first purchase that a till or webshop sends will stand here.")
    programme_path = "programme"
    list_display = ["moment", "type_word", "who", "where", "paid", "earned"]
    list_select_related = ["membership__member", "membership__programme"]
    search_fields = ["external_id"]  # shows the box; `by_number` does the finding
    search_help_text = _("The whole number of a receipt or order")
    ordering = ["-pk"]
    paginator = InfinitePaginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Activity], search_term: str
    ) -> tuple[QuerySet[Activity], bool]:
        return by_number(queryset, search_term) if search_term else queryset, False

    @display(description=_("When"))
    def moment(self, activity: Activity) -> datetime:
        return activity.occurred_at

    @display(description=_("What"))
    def type_word(self, activity: Activity) -> Any:
        return word(ACTIVITIES, activity.type)

    @display(description=_("Member"))
    def who(self, activity: Activity) -> str:
        return str(activity.membership.member)

    @display(description=_("Where"))
    def where(self, activity: Activity) -> Any:
        return activity.location or word(CHANNELS, activity.channel)

    @display(description=_("Paid"))
    def paid(self, activity: Activity) -> SafeString:
        amount = money(activity.amount, activity.membership.programme.currency)
        return format_html('<span class="figure">{}</span>', amount if activity.amount else "")

    @display(description=_("Points"))
    def earned(self, activity: Activity) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(activity.points))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Its lines, and every rule's reason: why these points, and why not more."""
        activity = self.visible(request, object_id)
        told = explanation(UUID(object_id), get_language() or "nl")
        context = {
            **self.admin_site.each_context(request),
            "title": word(ACTIVITIES, activity.type),
            "opts": self.model._meta,
            "original": "",
            "activity": activity,
            "told": told,
            "revisions": revisions_of(activity),
        }
        return TemplateResponse(request, "admin/members/activity.html", context)
