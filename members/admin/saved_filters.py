"""Views of a list that a colleague kept under a name, for themselves or for all."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from loyalty.admin.pages import ReadOnlyAdmin
from members.admin.filters import question
from members.models import SavedFilter

PAGE = "members_member"
LIST = "admin:members_member_changelist"
MOST = 50
LONGEST = 1_000  # of a view's address, as the table has it


def chips(request: HttpRequest) -> list[dict[str, Any]]:
    """The colleague's own views and what others share, with the one in use marked."""
    now = question(request.GET)
    return [
        {"view": view, "is_on": view.query == now, "is_own": view.user_id == request.user.pk}
        for view in _visible(request).order_by("name", "pk")[:MOST]
    ]


class SavedViews(ReadOnlyAdmin):
    """Keeping a view and dropping one."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        return [
            path("views/keep/", view(self.keep_view), name="members_member_keep_view"),
            path("views/<int:pk>/drop/", view(self.drop_view), name="members_member_drop_view"),
            *urls,
        ]

    def keep_view(self, request: HttpRequest) -> HttpResponse:
        """Keep what is shown under a name; the same name again is the new view."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        name = request.POST.get("name", "").replace("\0", "").strip()[:60]
        query = question(QueryDict(request.POST.get("query", "")))
        if name and 0 < len(query) <= LONGEST:
            SavedFilter.objects.update_or_create(
                user_id=request.user.pk or 0,
                page=PAGE,
                name=name,
                defaults={"query": query, "is_shared": "is_shared" in request.POST},
            )
            messages.success(request, _("Kept as “%s”.") % name)
        else:
            messages.error(request, _("A view needs a name, and a filter or a search."))
        return redirect(f"{reverse(LIST)}?{query}")

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Drop a view of one's own."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        SavedFilter.objects.filter(pk=pk, user_id=request.user.pk or 0, page=PAGE).delete()
        return redirect(LIST)


def _visible(request: HttpRequest) -> QuerySet[SavedFilter]:
    mine = Q(user_id=request.user.pk) | Q(is_shared=True)
    return SavedFilter.objects.filter(mine, page=PAGE)
