"""Imports: a file is uploaded, its columns are named, it is tried, carried out, and taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from members.admin.import_forms import ColumnsForm, UndoForm, UploadForm
from members.models import Import
from members.services.importing.asking import (
    choose_columns,
    start_run,
    start_try,
    start_undo,
    upload_import,
)
from members.services.importing.keeping import refusals, refused_lines, told_row
from members.services.importing.reading import look
from members.services.importing.refused import FileRefused, told_problem
from members.services.importing.running import OPEN
from members.services.importing.undoing import preview

State = Import.State
RIGHT = "members.import_members"
SHOWN = 20
COLOURS = {
    "UPLOADED": "default",
    "TRYING": "info",
    "TRIED": "warning",
    "RUNNING": "info",
    "DONE": "success",
    "FAILED": "danger",
    "UNDOING": "info",
    "UNDONE": "default",
}
STEPS = [
    gettext_lazy("File"),
    gettext_lazy("Columns"),
    gettext_lazy("Try"),
    gettext_lazy("Import"),
]
_STEP_OF = {State.UPLOADED: 2, State.TRYING: 3, State.TRIED: 3}


@admin.register(Import)
class ImportAdmin(ConsoleAdmin):
    """Whole lists of members, balances and history."""

    intro = gettext_lazy(
        "Bring in members, their balances and what they bought before from a file. It is tried"
        " first; the same file again changes nothing, and what was brought in can be taken back."
    )
    empty = gettext_lazy("Upload a list, then see here how far it is and what came of it.")
    programme_path = "programme"
    list_display = ["called", "kind_label", "state_label", "new", "refused", "uploaded"]
    list_display_links = ["called"]
    ordering = ["-uploaded_at"]

    @display(description=gettext_lazy("File"))
    def called(self, found: Import) -> str:
        return found.file_name

    @display(description=gettext_lazy("What is in it"))
    def kind_label(self, found: Import) -> str:
        return str(found.get_kind_display())

    @display(description=gettext_lazy("State"), label=COLOURS)
    def state_label(self, found: Import) -> tuple[str, Any]:
        return found.state, found.get_state_display()

    @display(description=gettext_lazy("New"))
    def new(self, found: Import) -> int:
        return found.rows_new

    @display(description=gettext_lazy("Refused"))
    def refused(self, found: Import) -> int:
        return found.rows_refused

    @display(description=gettext_lazy("Uploaded"))
    def uploaded(self, found: Import) -> datetime:
        return found.uploaded_at

    # --- Who may --------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Import | None = None) -> bool:
        return request.user.has_perm("members.view_import")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RIGHT)

    def has_change_permission(self, request: HttpRequest, obj: Import | None = None) -> bool:
        return request.user.has_perm(RIGHT)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        steps = [
            ("columns", self.columns_view),
            ("run", self.run_view),
            ("undo", self.undo_view),
            ("refused", self.refused_view),
        ]
        own = [
            path(f"<uuid:import_id>/{name}/", page(view), name=f"members_import_{name}")
            for name, view in steps
        ]
        return [*own, *super().get_urls()]

    # --- The file -------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._uploaded(request, form)
            except DomainError as refusal:
                form.add_error("file", told(refusal))
        return self._page(request, "import_new", _("New import"), step=1, form=form)

    def _uploaded(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        file = form.cleaned_data["file"]
        found, is_new = upload_import(
            programme_id=self.programme(request).pk,
            kind=form.cleaned_data["kind"],
            file_name=file.name,
            chunks=file.chunks(),
            actor=actor_of(request),
            at=timezone.now(),
        )
        if not is_new:
            messages.info(request, _("This file was uploaded before; here is what came of it."))
        return self.page_of(found.pk)

    # --- The columns ----------------------------------------------------------------------------

    def columns_view(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        found = self._may(request, import_id)
        form = ColumnsForm(found, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                choose_columns(import_id=found.pk, mapping=form.mapping)
                start_try(import_id=found.pk, actor=actor_of(request), at=timezone.now())
                return self.page_of(found.pk)
            except DomainError as refusal:
                form.refuse(refusal.field, told(refusal))
        try:
            first = look(found.pk).first
        except FileRefused as refusal:
            messages.error(request, told(refusal))
            return redirect("admin:members_import_changelist")
        return self._page(
            request,
            "import_columns",
            found.file_name,
            step=2,
            original=found,
            form=form,
            first=first,
        )

    # --- How far it is, and what came of it -----------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.visible(request, object_id)
        is_open = found.state in OPEN
        if found.state == State.UPLOADED and self.has_change_permission(request):
            return redirect("admin:members_import_columns", found.pk)
        if request.headers.get("HX-Request") and not is_open:
            return HttpResponse(headers={"HX-Refresh": "true"})
        total = found.rows_new if found.state == State.UNDOING else found.rows_total
        return self._page(
            request,
            "import",
            found.file_name,
            step=_STEP_OF.get(found.state, 4),
            original=found,
            colour=COLOURS[found.state],
            is_open=is_open,
            may=self.has_change_permission(request),
            total=total,
            per_cent=min(100, round(100 * found.rows_done / total)) if total else 0,
            problem=told_problem(found.problem) if found.problem else "",
            refusals=[(row.number, told_row(found, row)) for row in refusals(found, limit=SHOWN)],
            staying=_staying(found),
        )

    def refused_view(self, request: HttpRequest, import_id: UUID) -> HttpResponseBase:
        found = self._may(request, import_id)
        name = f"refused-{found.uploaded_at:%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            refused_lines(found.pk),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )

    # --- The deeds ------------------------------------------------------------------------------

    def run_view(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        found = self._may(request, import_id)

        def deed() -> str:
            start_run(import_id=found.pk, actor=actor_of(request), at=timezone.now())
            return _("It runs now. You may close this page.")

        return self.ask(
            request,
            found,
            title=_("Import “%s”?") % found.file_name,
            sentences=_promises(found),
            button=_("Import"),
            deed=deed,
        )

    def undo_view(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        found = self._may(request, import_id)
        form = UndoForm(request.POST or None)
        now = timezone.now()
        if request.method == "POST" and form.is_valid():
            try:
                start_undo(
                    import_id=found.pk,
                    reason=form.cleaned_data["reason"],
                    actor=actor_of(request),
                    at=now,
                )
                messages.success(request, _("It is being taken back. You may close this page."))
                return self.page_of(found.pk)
            except DomainError as refusal:
                form.add_error(None, told(refusal))
        seen = preview(import_id=found.pk, at=now)
        staying = [(count, told_problem(code)) for code, count in seen.staying.items()]
        title = _("Take “%s” back?") % found.file_name
        return self._page(
            request,
            "import_undo",
            title,
            step=4,
            original=found,
            form=form,
            going=seen.going,
            staying=staying,
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Its page is its history."""
        return self.page_of(object_id)

    def _may(self, request: HttpRequest, import_id: UUID) -> Import:
        if not self.has_change_permission(request):
            raise PermissionDenied
        found: Import = self.visible(request, str(import_id))
        return found

    def _page(
        self, request: HttpRequest, template: str, title: str, *, step: int, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.model._meta,
            "has_add_permission": False,
            "steps": [(name, nth == step, nth < step) for nth, name in enumerate(STEPS, start=1)],
            "back": reverse("admin:members_import_changelist"),
            **more,
        }
        return TemplateResponse(request, f"admin/members/{template}.html", context)


def _promises(found: Import) -> list[str]:
    """What will happen, as far as a try has told."""
    if found.state != State.TRIED:
        return [_("It goes on where it stopped.")]
    said = [
        _("%(new)s lines are new, %(known)s are known already and change nothing.")
        % {"new": f"{found.rows_new:,}", "known": f"{found.rows_known:,}"}
    ]
    if found.rows_refused:
        refused = f"{found.rows_refused:,}"
        said.append(
            ngettext(
                "%s line is refused; you can mend and import it afterwards.",
                "%s lines are refused; you can mend and import them afterwards.",
                found.rows_refused,
            )
            % refused
        )
    return [*said, _("It can be taken back, as long as nothing was done with it.")]


def _staying(found: Import) -> list[tuple[int, str]]:
    """Of what was taken back, how many stayed and why."""
    if found.state not in (State.UNDONE, State.UNDOING):
        return []
    counts: dict[str, int] = {}
    stuck = found.rows.filter(outcome="NEW").exclude(problem="")
    for problem in stuck.values_list("problem", flat=True).iterator():
        counts[problem] = counts.get(problem, 0) + 1
    return [(count, told_problem(problem)) for problem, count in counts.items()]
