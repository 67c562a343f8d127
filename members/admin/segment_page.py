"""The page on which a segment is made: its form, and beside it what it says and how many it has.

Every button posts the whole form to the page itself. A script sends the same and takes the part of
the answer that has changed; without one the browser shows the answer as it is.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from members.admin.segment_course import course
from members.admin.segment_editor import SegmentEditor
from members.admin.segment_keys import free_key
from members.admin.segment_rows import around_of, choices
from members.admin.segment_size import size_of
from members.admin.segment_uses import uses_of
from members.admin.segment_words import drafted, history, latest, said_by, standing
from members.models import Segment
from members.services.segments import save_segment

SAVE, CHECK, SAY, COUNT = "save", "check", "say", "count"
PARTS = {SAY: "admin/members/segment_said.html", COUNT: "admin/members/segment_size.html"}


class SegmentPage(ConsoleAdmin):
    """A segment in fields and rows. Who may only look sees its sentence."""

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._made(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        segment = self.visible(request, object_id)
        if request.method == "POST" and not self.has_change_permission(request, segment):
            raise PermissionDenied
        return self._made(request, segment)

    def _made(self, request: HttpRequest, segment: Segment | None) -> HttpResponse:
        around = around_of(segment.programme if segment else self.programme(request), segment)
        if request.method != "POST":
            editor = (
                SegmentEditor.of(segment, latest(segment), around)
                if segment
                else SegmentEditor.new(around)
            )
            return self._drawn(request, editor)
        deed = request.POST.get("deed", SAVE)
        is_judged = deed in (SAVE, CHECK)
        editor = SegmentEditor(
            request.POST.copy(), around=around, segment=segment, is_judged=is_judged
        )
        if deed == SAVE and editor.is_valid:
            try:
                return self._saved(request, editor)
            except DomainError as refusal:
                editor.problem = told(refusal)
        if deed == CHECK:
            editor.is_valid  # noqa: B018 - marks what is wrong
        return self._drawn(request, editor if is_judged else editor.done(deed), deed=deed)

    def _saved(self, request: HttpRequest, editor: SegmentEditor) -> HttpResponse:
        segment, programme = editor.segment, editor.around.programme
        names = editor.fields.names
        saved = save_segment(
            programme_id=programme.pk,
            key=segment.key if segment else free_key(names["en"], programme.pk),
            names=names,
            kind=segment.kind if segment else editor.fields.cleaned_data["kind"],
            document=editor.document if editor.has_conditions else {},
            actor=actor_of(request),
            at=timezone.now(),
            segment_id=segment.pk if segment else None,
        )
        if saved.kind == Segment.Kind.UPLOADED:
            messages.success(request, _("Saved: “%s”.") % saved)
        elif (last := latest(saved)) and last.number != saved.version:
            messages.success(request, _("Saved, not live yet: %s") % said_by(saved))
        else:
            messages.success(request, _("Saved: %s") % said_by(saved))
        return self.page_of(saved.pk)

    # --- Drawing -------------------------------------------------------------------------------

    def _drawn(self, request: HttpRequest, editor: SegmentEditor, deed: str = "") -> HttpResponse:
        segment = editor.segment
        context: dict[str, Any] = {
            "editor": editor,
            "choices": choices(editor.around),
            "deed": deed,
            "new_place": editor.added(deed),
            "may_change": self.has_change_permission(request, segment)
            if segment
            else self.has_add_permission(request),
        }
        judged = editor.judged()
        if deed != COUNT:
            context["draft_sentences"] = drafted(judged)
        if deed in (COUNT, CHECK):
            context |= size_of(request, judged)
        if request.headers.get("HX-Request"):
            template = PARTS.get(deed, "admin/members/segment_form.html")
            part = TemplateResponse(request, template, context)
            if deed not in PARTS:
                part.headers["HX-Trigger-After-Settle"] = "segment-changed"  # count it anew
            return part
        context |= {**self.frame(request, segment), "tab": "segment"}
        if segment is not None:
            context |= standing(segment)
            context |= {
                "course": course(segment, at=timezone.now()),
                "uses": uses_of(request, segment),
            }
        return TemplateResponse(request, "admin/members/segment.html", context)

    def frame(self, request: HttpRequest, segment: Segment | None) -> dict[str, Any]:
        """What every page about a segment has: its title, its tabs, its buttons."""
        context = {
            **self.admin_site.each_context(request),
            "title": str(segment) if segment else _("New segment"),
            "opts": self.model._meta,
            "original": segment,
            "has_add_permission": False,
        }
        if segment is None:
            return context
        deeds = self.get_actions_detail(request, segment.pk)
        context["actions_detail"] = self._get_actions_navigation(
            self.actions_detail, deeds, segment.pk
        )
        return {**context, "tabs": self._tabs(request, segment)}

    def _tabs(self, request: HttpRequest, segment: Segment) -> list[tuple[str, str, str]]:
        named = [("segment", _("Segment"), "admin:members_segment_change")]
        if request.user.has_perm("members.view_member"):
            named.append(("try", _("Try one member"), "admin:members_segment_try"))
        if segment.kind == Segment.Kind.UPLOADED:
            if self.has_change_permission(request, segment):
                named.append(("list", _("Upload a list"), "admin:members_segment_upload"))
        else:
            named.append(("versions", _("Versions"), "admin:members_segment_history"))
        return [(key, words, reverse(name, args=[segment.pk])) for key, words, name in named]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every version in words, the newest first."""
        segment = self.visible(request, object_id)
        context = {
            **self.frame(request, segment),
            "tab": "versions",
            "versions": history(segment),
        }
        return TemplateResponse(request, "admin/members/segment_history.html", context)
