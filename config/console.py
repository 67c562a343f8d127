"""The marketers' console: Django's admin in the words of the trade."""

from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from config.overview import overview
from config.sign_in import sign_in
from loyalty.admin import scope
from members.second_factor import has_shown_second_factor


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]
    """The site at /console/, for staff."""

    index_title = _("Overview")

    def has_permission(self, request: HttpRequest) -> bool:
        """Colleagues, and only with a second factor where the settings ask for one."""
        return bool(super().has_permission(request)) and has_shown_second_factor(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The door. A colleague without a second factor is sent to set one, and gets no further."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_staff and request.user.is_active:  # signed in, without the factor
            return redirect("portal:security")
        context = {
            **self.each_context(request),
            "title": _("Sign in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": "",
            REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index")),
            **(extra_context or {}),
        }
        return sign_in(request, context, self.login_template or "admin/login.html")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = overview(request.user, scope.chosen(request), at=timezone.now())
        context |= extra_context or {}
        response: TemplateResponse = super().index(request, context)
        return response

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There are no pages per app: a marketer knows no apps."""
        return redirect("admin:index")

    def get_urls(self) -> list[URLPattern]:
        choose = path("programme/", self.admin_view(scope.choose), name="choose_programme")
        return [choose, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With several programmes, every page says which one is looked at."""
        context: dict[str, Any] = super().each_context(request)
        if context.get("has_permission") and scope.has_several(request):
            context["console_programmes"] = scope.programmes(request)
            context["console_programme"] = scope.chosen(request)
        return context


def programme_name(request: HttpRequest) -> str:
    """Whose console this is."""
    programme = scope.chosen(request)
    return programme.name if programme else "Trouw"
