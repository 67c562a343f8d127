"""The step that asks something of the member and goes on by the answer."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from campaigns.admin.around import Around
from campaigns.admin.campaign_fields import one_of
from campaigns.admin.conditions import Conditions, around_rows
from campaigns.admin.step_rows import Fields, StepRow
from campaigns.admin.step_tree import NO, YES, Part, Sent
from members.admin.segment_editor import put_conditions

SEGMENT, CONDITIONS = "segment", "conditions"
ASKS = [
    (SEGMENT, _("They are in a segment")),
    (CONDITIONS, _("What is asked below holds of them")),
]
IN_SEGMENT = "segment"  # the attribute
ROWS = "c"  # where the conditions stand among the row's fields


class ConditionRow(StepRow):
    """A segment that there is already, or conditions as a segment has them."""

    title = _("Look at the member")
    icon = "call_split"
    opens = True
    fields_class = "campaign-asks"
    begins = {"asks": SEGMENT, f"{ROWS}-about": "group", f"{ROWS}-join": "all"}
    asks = one_of(_("Whether"), ASKS)
    segment = one_of(_("Which segment"), required=False)

    def prepare(self) -> None:
        self.offer("segment", self.around.segments, blank="—")

    @cached_property
    def conditions(self) -> Conditions:
        """The rows of what is asked, empty while a segment is chosen."""
        return Conditions(
            self.sent,
            place=f"{self.place}-{ROWS}",
            programme=self.around.programme,
            is_judged=self.is_judged and self["asks"].value() == CONDITIONS,
        )

    @property
    def branches(self) -> list[tuple[str, Any]]:
        return [(YES, _("If so")), (NO, _("If not"))]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("asks") == SEGMENT and not said.get("segment"):
            self.add_error("segment", say("Fill this in for that question."))
        if said.get("asks") == CONDITIONS and not self.conditions.is_valid:
            self.add_error(None, self.conditions.problem or say("See what is marked here."))
        return said

    def part(self, branches: Mapping[str, list[Part]]) -> Part:
        return {
            "kind": self.kind,
            "asks": self.asked(),
            "yes": branches[YES],
            "no": branches[NO],
        }

    def asked(self) -> Part:
        """The question as a segment asks it."""
        said = self.cleaned_data
        if said["asks"] == SEGMENT:
            return {"attribute": IN_SEGMENT, "is": "in", "value": [said["segment"]]}
        return self.conditions.document

    @classmethod
    def branches_of(cls, part: Part) -> dict[str, list[Part]]:
        return {YES: part.get("yes", []), NO: part.get("no", [])}

    @classmethod
    def drawn_branches(cls, part: Part) -> list[tuple[str, Any, list[Part]]]:
        return [("yes", _("If so"), part.get("yes", [])), ("no", _("If not"), part.get("no", []))]

    @classmethod
    def sent_for(cls, part: Part, around: Around) -> Fields:
        asked = part["asks"]
        if _is_segment(asked):
            return {**cls.begins, "asks": SEGMENT, "segment": asked["value"][0]}
        rows: Sent = MultiValueDict()
        put_conditions(rows, ROWS, asked, around_rows(around.programme))
        return {"asks": CONDITIONS, "segment": "", **{name: rows.getlist(name) for name in rows}}


def _is_segment(asked: Part) -> bool:
    """Whether it asks no more than whether they are in one segment."""
    value = asked.get("value")
    is_one = isinstance(value, list) and len(value) == 1
    return asked == {"attribute": IN_SEGMENT, "is": "in", "value": value} and is_one
