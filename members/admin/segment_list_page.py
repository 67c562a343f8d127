"""A list of members as a segment: uploaded as text, with the rows that nobody was found by."""

import base64
import csv
import io
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextareaWidget

from loyalty.admin.pages import actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from loyalty.templatetags.figures import number
from members.admin.segment_page import SegmentPage
from members.models import Segment
from members.services.segments import upload_list

LARGEST_FILE = 10 * 1024 * 1024
MOST = 200_000
MOST_TOLD = 10
HEADS = {"email", "e-mail", "card", "kaart", "phone", "telefoon", "ext", "id", "member", "lid"}


class ListForm(forms.Form):
    """A file, or lines written here; of more columns the first."""

    use_required_attribute = False

    file = forms.FileField(
        label=gettext_lazy("File with members"),
        required=False,
        help_text=gettext_lazy(
            "Text or CSV, a member on each line: an e-mail address, a card, a telephone number, "
            "or your own number of a member."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/plain,text/csv"}),
    )
    lines = forms.CharField(
        label=gettext_lazy("Or write them here"),
        required=False,
        max_length=100_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false"}),
    )

    identifiers: list[str]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        text = _text(said.get("file")) + "\n" + (said.get("lines") or "")
        self.identifiers = members_in(text)
        if not self.identifiers and not self.errors:
            raise forms.ValidationError(_("There is nobody in it."))
        if len(self.identifiers) > MOST:
            raise forms.ValidationError(_("At most %s members at once.") % number(MOST))
        return said


def _text(file: Any) -> str:
    if not file:
        return ""
    if file.size > LARGEST_FILE:
        raise forms.ValidationError(_("The file is too large: at most 10 MB."))
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        raise forms.ValidationError(_("This is no file of text.")) from wrong


def members_in(text: str) -> list[str]:
    """The first cell of every line, each once, without a heading and without empty ones."""
    separator = next((each for each in (";", "\t", ",") if each in text.partition("\n")[0]), ",")
    rows = csv.reader(io.StringIO(text.replace("\0", "").strip()), delimiter=separator)
    cells = [row[0].strip() for row in rows if row]
    if cells and cells[0].lower() in HEADS:
        del cells[0]
    return list(dict.fromkeys(cell for cell in cells if cell))


class SegmentListPage(SegmentPage):
    """Uploading the list of a segment that is one."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.upload)
        own = [path("<int:segment_id>/upload/", view, name="members_segment_upload")]
        return [*own, *super().get_urls()]

    def upload(self, request: HttpRequest, segment_id: int) -> HttpResponse:
        """Who is on the list is in the segment; who is found by no line is given back."""
        segment = self.visible(request, str(segment_id))
        if not self.has_change_permission(request, segment):
            raise PermissionDenied
        if segment.kind != Segment.Kind.UPLOADED:
            messages.error(request, _("This segment follows conditions; it takes no list."))
            return redirect("admin:members_segment_change", segment.pk)
        form = ListForm(request.POST or None, request.FILES or None)
        context = {
            **self.frame(request, segment),
            "tab": "list",
            "form": form,
            "title": _("Upload who is in “%s”") % segment,
            "sentences": [
                _("The list takes the place of the one before: who is not on it goes out.")
            ],
            "button": _("Upload"),
            "page": reverse("admin:members_segment_change", args=[segment.pk]),
        }
        if request.method == "POST" and form.is_valid():
            try:
                return self._uploaded(request, segment, form.identifiers, context)
            except DomainError as refusal:
                form.add_error(None, told(refusal))
        return TemplateResponse(request, "admin/members/segment_upload.html", context)

    def _uploaded(
        self, request: HttpRequest, segment: Segment, said: list[str], context: dict[str, Any]
    ) -> HttpResponse:
        found, unknown = upload_list(
            segment_id=segment.pk, identifiers=said, actor=actor_of(request), at=timezone.now()
        )
        sentence = ngettext("%s member was found.", "%s members were found.", found)
        sentences = [sentence % number(found)]
        if unknown:
            none = ngettext(
                "By %s line nobody was found.", "By %s lines nobody was found.", len(unknown)
            )
            sentences.append(none % number(len(unknown)))
        context |= {
            "title": _("The list was read"),
            "sentences": sentences,
            "unknown": unknown[:MOST_TOLD],
            "file": _as_file(unknown),
            "file_name": f"{segment.key}-{_('unknown')}.csv",
        }
        return TemplateResponse(request, "admin/members/segment_list.html", context)


def _as_file(lines: list[str]) -> str:
    """The lines as an address that holds the file itself: nothing of them is kept here."""
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(line)] for line in lines)
    return f"data:text/csv;base64,{base64.b64encode(text.getvalue().encode()).decode()}"


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would carry out gets a mark before it."""
    return f"'{cell}" if cell.startswith(("=", "@", "-")) else cell
