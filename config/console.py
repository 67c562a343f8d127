"""The marketers' console: Django's admin in the words of the trade."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from config.overview import overview
from loyalty.models import Programme


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]
    """The site at /console/, for staff."""

    index_title = _("Overview")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = overview(request.user, at=timezone.now()) | (extra_context or {})
        response: TemplateResponse = super().index(request, context)
        return response

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There are no pages per app: a marketer knows no apps."""
        return redirect("admin:index")


def programme_name(_request: HttpRequest) -> str:
    """Whose console this is."""
    return Programme.objects.order_by("pk").values_list("name", flat=True).first() or "Trouw"
