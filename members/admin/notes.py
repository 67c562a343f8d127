"""Notes about a member, on their page: written, kept on top, dropped."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from members.admin.tabs import Tab, register_tab
from members.models import Membership, Note, User
from members.services.notes import LONGEST, MOST, pin_note, remove_note, write_note

READ, WRITE = "members.view_note", "members.add_note"


class NoteForm(forms.Form):
    """What is to be remembered."""

    use_required_attribute = False

    text = forms.CharField(
        label=gettext_lazy("New note"),
        max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy("Members who ask what we keep of them read this too."),
    )


def _notes(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    notes = Note.objects.filter(member=membership.member_id)
    known = list(notes.order_by("-is_pinned", "-written_at", "-pk")[:MOST])
    ids = {note.author[6:] for note in known if note.author.startswith("staff:")}
    rows = User.objects.filter(pk__in=[each for each in ids if each.isdigit()])
    authors = {f"staff:{pk}": email for pk, email in rows.values_list("pk", "email")}
    return {
        "notes": [(note, authors.get(note.author, note.author)) for note in known],
        "form": NoteForm(auto_id="note_%s"),
        "may_write": request.user.has_perm(WRITE),
    }


class NoteDeeds(ReadOnlyAdmin):
    """The deeds of the notes' part of a member's page."""

    def get_urls(self) -> list[URLPattern]:
        ours = [
            ("<uuid:member_id>/notes/write/", self.write_note, "note_write"),
            ("<uuid:member_id>/notes/<int:note_id>/pin/", self.pin_note, "note_pin"),
            ("<uuid:member_id>/notes/<int:note_id>/remove/", self.remove_note, "note_remove"),
        ]
        urls: list[URLPattern] = super().get_urls()
        views = (
            path(route, self.admin_site.admin_view(view), name=f"members_member_{name}")
            for route, view, name in ours
        )
        return [*views, *urls]

    def write_note(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        def deed() -> str:
            write_note(
                member_id=member_id,
                text=request.POST.get("text", ""),
                author=actor_of(request),
                at=timezone.now(),
            )
            return _("Noted.")

        return self._done(request, member_id, deed)

    def pin_note(self, request: HttpRequest, member_id: UUID, note_id: int) -> HttpResponse:
        is_pinned = request.POST.get("pin") == "yes"

        def deed() -> str:
            pin_note(member_id=member_id, note_id=note_id, is_pinned=is_pinned)
            return _("The note stays on top.") if is_pinned else _("The note is no longer on top.")

        return self._done(request, member_id, deed)

    def remove_note(self, request: HttpRequest, member_id: UUID, note_id: int) -> HttpResponse:
        def deed() -> str:
            remove_note(member_id=member_id, note_id=note_id)
            return _("The note is gone.")

        return self._done(request, member_id, deed)

    def _done(self, request: HttpRequest, member_id: UUID, deed: Any) -> HttpResponse:
        if not (request.user.has_perm(WRITE) and request.user.has_perm("members.view_member")):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            messages.success(request, deed())
        except DomainError as refusal:
            messages.error(request, told(refusal))
        return redirect(reverse("admin:members_member_change", args=[member_id]) + "?tab=notes")


register_tab(
    Tab(
        key="notes",
        title=gettext_lazy("Notes"),
        template="admin/members/notes.html",
        context=_notes,
        permission=READ,
        place=30,
    )
)
