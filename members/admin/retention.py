"""How long everything is kept; and members of whom nothing was heard for so long."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from members.models import Retention
from members.services.retention import (
    INACTIVE,
    LONGEST,
    Kept,
    inactive_members,
    kept_kinds,
    set_retention,
)

CHANGES, FORGETS = "members.change_retention", "members.erase_member"


class DaysForm(forms.Form):
    """The days of every kind, each in its own field."""

    use_required_attribute = False

    def __init__(self, kinds: list[Kept], data: Any = None) -> None:
        super().__init__(data, auto_id="id_%s")
        for kept in kinds:
            if not kept.kind.is_said_elsewhere:
                self.fields[kept.kind.key] = forms.IntegerField(
                    label=kept.kind.title,
                    initial=kept.days,
                    min_value=kept.kind.least,
                    max_value=LONGEST,
                    widget=UnfoldAdminIntegerFieldWidget(attrs={"class": "max-w-32"}),
                )


@admin.register(Retention)
class RetentionAdmin(ReadOnlyAdmin):
    """One page with all kinds, one with the members to decide on."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        programme = self.programme(request)
        kinds = kept_kinds(programme.pk)
        form = DaysForm(kinds, request.POST or None)
        may_change = request.user.has_perm(CHANGES)
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            if form.is_valid():
                return self._saved(request, programme.pk, kinds, form)
        count, _candidates = inactive_members(programme, at=timezone.now(), limit=1)
        context = {
            **self._context(request, _("How long everything is kept")),
            "kinds": [
                {
                    "kept": kept,
                    "field": None if kept.kind.is_said_elsewhere else form[kept.kind.key],
                    "is_listed": kept.kind.key == INACTIVE,
                }
                for kept in kinds
            ],
            "form": form,
            "may_change": may_change,
            "inactive": count,
        }
        return TemplateResponse(request, "admin/members/retention.html", context)

    def _saved(
        self, request: HttpRequest, programme_id: int, kinds: list[Kept], form: DaysForm
    ) -> HttpResponse:
        changed = {
            kept.kind.key: form.cleaned_data[kept.kind.key]
            for kept in kinds
            if form.cleaned_data.get(kept.kind.key, kept.days) != kept.days
        }
        try:
            for kind, days in changed.items():
                row = set_retention(
                    programme_id=programme_id,
                    kind=kind,
                    days=days,
                    actor=actor_of(request),
                    at=timezone.now(),
                )
                self.log_change(request, row, f"{kind}: {days}")
        except DomainError as refusal:
            messages.error(request, told(refusal))
        else:
            messages.success(request, _("Saved. It is carried out every night."))
        return redirect("admin:members_retention_changelist")

    def get_urls(self) -> list[URLPattern]:
        silent = self.admin_site.admin_view(self.inactive)
        urls: list[URLPattern] = super().get_urls()
        return [path("inactive/", silent, name="members_retention_inactive"), *urls]

    def inactive(self, request: HttpRequest) -> HttpResponse:
        """Members to decide on: each is forgotten on a page of its own, or stays."""
        if not request.user.has_perm(FORGETS) or not self.has_view_permission(request):
            raise PermissionDenied
        count, candidates = inactive_members(self.programme(request), at=timezone.now())
        context = {
            **self._context(request, _("Members who do nothing any more")),
            "count": count,
            "candidates": candidates,
        }
        return TemplateResponse(request, "admin/members/inactive.html", context)

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
        }
