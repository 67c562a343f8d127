"""Conditions inside a form of campaigns: the rows of the segments' own form, under a step's name."""

from typing import Any

from django.utils.translation import gettext as _

from campaigns.admin.step_tree import Part, Sent
from loyalty.models import Programme
from members.admin.segment_editor import Group
from members.admin.segment_rows import Around, around_of, choices
from members.segments.document import read_document
from members.segments.errors import SegmentUnknown


class Conditions:
    """What is asked of a member, in rows. `is_judged` when it is to be checked."""

    def __init__(self, sent: Sent, *, place: str, programme: Programme, is_judged: bool) -> None:
        self.sent = sent
        self.around = around_rows(programme)
        self.is_judged = is_judged
        self.root = Group(self, place)
        self.problem = ""

    @property
    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What can be asked, in groups."""
        return choices(self.around)

    @property
    def is_valid(self) -> bool:
        """Whether every row makes sense and the whole can be asked; what is wrong is marked."""
        rows = [leaf.row for leaf in self.root.leaves()]
        if not rows:
            self.problem = _("Say who it is about: add at least one condition.")
            return False
        judged = [row.is_valid() for row in rows]  # each of them, to show all that is wrong
        if not all(judged):
            return False
        try:
            read_document(self.document)
        except SegmentUnknown as refusal:
            path = [step for step in refusal.field.split(".") if step]
            self.root.find(path).problem = refusal.detail
            self.problem = _("Not everything can be asked like this: see what is marked below.")
            return False
        return True

    @property
    def document(self) -> Part:
        """What the rows say; one condition stands for itself."""
        document: Any = self.root.document()
        [(_join, parts)] = document.items()
        return parts[0] if len(parts) == 1 else document  # type: ignore[no-any-return]


def around_rows(programme: Programme) -> Around:
    """What the rows need to know; there is no segment that may not be asked for."""
    return around_of(programme, None)
