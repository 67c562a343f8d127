"""Deeds for all members who match the list's search and filters: counted, confirmed, followed."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from loyalty.models import Programme
from loyalty.templatetags.figures import number
from members.admin.colleague import role_of
from members.admin.filters import FilterForm, question
from members.models import BulkDeed
from members.selectors import id_in
from members.services.bulk import AT_ONCE, ask_bulk_deed, new_key, work_on_bulk
from members.services.member_rows import HEAD, rows_of
from members.services.member_search import Chosen, chosen_members

RIGHTS = {
    BulkDeed.Deed.POINTS: "loyalty.adjust_points",
    BulkDeed.Deed.NOTE: "members.add_note",
}
EXPORTS = "members.export_member"
MOST_IDS = 200


class BulkForm(forms.Form):
    """What is done for all of them, and why."""

    use_required_attribute = False

    deed = forms.ChoiceField(label=gettext_lazy("What"), widget=UnfoldAdminSelectWidget)
    points = forms.IntegerField(
        label=gettext_lazy("Points for each"),
        required=False,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Only when points are given."),
    )
    text = forms.CharField(
        label=gettext_lazy("Why, or the note"),
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("With points the member reads this."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    counted = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, deeds: list[BulkDeed.Deed], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial, auto_id="id_%s")
        choices = [(deed.value, deed.label) for deed in deeds]
        self.fields["deed"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        is_gift = said.get("deed") == BulkDeed.Deed.POINTS
        if is_gift and not said.get("points") and "points" not in self.errors:
            self.add_error("points", _("Fill in how many points each gets."))
        return said


def may_do(request: HttpRequest) -> list[BulkDeed.Deed]:
    """What this colleague may do for many at once."""
    return [deed for deed, right in RIGHTS.items() if request.user.has_perm(right)]


def chosen_by(said: QueryDict, programme: Programme) -> Chosen:
    """Who the list's address is about."""
    ids = [known for each in said.getlist("id")[:MOST_IDS] if (known := id_in(each))]
    asked = FilterForm(said, programme).asked()
    return Chosen(said=said.get("q", ""), asked=asked, ids=ids)


def address_of(said: QueryDict) -> str:
    kept = QueryDict(question(said), mutable=True)
    kept.setlist("id", [each for each in said.getlist("id")[:MOST_IDS] if id_in(each)])
    return kept.urlencode()


class BulkDeeds(ReadOnlyAdmin):
    """The page that asks, the page that follows, and the file."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        return [
            path("bulk/", view(self.bulk), name="members_member_bulk"),
            path("bulk/export/", view(self.export), name="members_member_bulk_export"),
            path("bulk/<uuid:pk>/", view(self.bulk_done), name="members_member_bulk_done"),
            *urls,
        ]

    def bulk(self, request: HttpRequest) -> HttpResponse:
        """For whom, how many they are, and what is done; by POST it is."""
        deeds, may_export = may_do(request), request.user.has_perm(EXPORTS)
        if not (self.has_view_permission(request) and (deeds or may_export)):
            raise PermissionDenied
        programme = self.programme(request)
        now = timezone.now()
        chosen = chosen_by(request.GET, programme)
        counted = chosen_members(chosen, programme, at=now).count()
        initial = {"key": new_key(), "counted": counted}
        form = BulkForm(request.POST or None, deeds, initial)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                asked = ask_bulk_deed(
                    programme_id=programme.pk,
                    deed=BulkDeed.Deed(said["deed"]),
                    chosen=chosen,
                    counted=said["counted"],
                    points=said["points"] or 0,
                    text=said["text"],
                    key=said["key"],
                    actor=actor_of(request),
                    at=now,
                )
            except DomainError as refusal:
                field = refusal.field if refusal.field in ("points", "text") else None
                form.add_error(field, told(refusal))
            else:
                if asked.total <= AT_ONCE:
                    work_on_bulk(bulk_id=asked.pk, at=timezone.now())
                return redirect("admin:members_member_bulk_done", asked.pk)
        context = {
            **self._bulk_context(request, _("For many members at once")),
            "form": form if deeds else None,
            "counted": counted,
            "counted_words": number(counted),
            "is_later": counted > AT_ONCE,
            "address": address_of(request.GET),
            "may_export": may_export,
        }
        return TemplateResponse(request, "admin/members/bulk.html", context)

    def bulk_done(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """How far it is."""
        if not (self.has_view_permission(request) and may_do(request)):
            raise PermissionDenied
        asked = BulkDeed.objects.filter(pk=pk).first()
        if asked is None:
            raise Http404
        context = {
            **self._bulk_context(request, BulkDeed.Deed(asked.deed).label),
            "asked": asked,
            "state": BulkDeed.State(asked.state).label,
        }
        return TemplateResponse(request, "admin/members/bulk_done.html", context)

    def export(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """Who they are as a file for a spreadsheet; each of them reads that it was made."""
        if not (self.has_view_permission(request) and request.user.has_perm(EXPORTS)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        programme = self.programme(request)
        now = timezone.now()
        rows = rows_of(
            chosen_members(chosen_by(request.GET, programme), programme, at=now),
            programme,
            actor=actor_of(request),
            role=role_of(request),
            at=now,
        )
        answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="members.csv"'
        return answer

    def _bulk_context(self, request: HttpRequest, title: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.model._meta,
            "original": "",
            "list": reverse("admin:members_member_changelist"),
        }


def _lines(rows: Iterator[list[str]]) -> Iterator[str]:
    """The rows as lines of a file, which spreadsheets take for UTF-8."""
    yield "\ufeff"
    yield _line(HEAD)
    for row in rows:
        yield _line(row)


def _line(row: list[str]) -> str:
    kept = io.StringIO()
    csv.writer(kept).writerow(row)
    return kept.getvalue()
