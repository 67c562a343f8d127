"""The step that asks something of the member and goes on by the answer."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from campaigns.admin.around import Around
from campaigns.admin.campaign_fields import count, one_of
from campaigns.admin.step_rows import Fields, StepRow
from campaigns.admin.step_tree import NO, YES, Part

SEGMENT, BOUGHT, CLICKED = "segment", "bought", "clicked"
ASKS = [
    (SEGMENT, _("They are in a segment")),
    (BOUGHT, _("They bought in so many days")),
    (CLICKED, _("They clicked in a message in so many days")),
]


class ConditionRow(StepRow):
    """One question; whatever needs more than that is a segment."""

    title = _("Look at the member")
    icon = "call_split"
    opens = True
    fields_class = "campaign-asks"
    begins = {"asks": SEGMENT, "days": "7"}
    asks = one_of(_("Whether"), ASKS)
    segment = one_of(_("Which segment"), required=False)
    days = count(_("In so many days"), most=365, required=False)

    def prepare(self) -> None:
        self.offer("segment", self.around.segments, blank="—")

    @property
    def branches(self) -> list[tuple[str, Any]]:
        return [(YES, _("If so")), (NO, _("If not"))]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        needed = "segment" if said.get("asks") == SEGMENT else "days"
        if not said.get(needed) and needed not in self.errors:
            self.add_error(needed, say("Fill this in for that question."))
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
        return question(said["asks"], said["segment"], said["days"] or 0)

    @classmethod
    def branches_of(cls, part: Part) -> dict[str, list[Part]]:
        return {YES: part.get("yes", []), NO: part.get("no", [])}

    @classmethod
    def drawn_branches(cls, part: Part) -> list[tuple[str, Any, list[Part]]]:
        return [("yes", _("If so"), part.get("yes", [])), ("no", _("If not"), part.get("no", []))]

    @classmethod
    def sent_for(cls, part: Part) -> Fields:
        asked = part["asks"]
        if asked["attribute"] == SEGMENT_ATTRIBUTE:
            return {"asks": SEGMENT, "segment": asked["value"][0], "days": ""}
        known = {attribute: asks for asks, attribute in COUNTED.items()}
        days = str(asked["with"]["days"])
        return {"asks": known[asked["attribute"]], "segment": "", "days": days}


def asked_words(asked: Part, around: Around) -> str:
    """The question in words; of one that was made elsewhere nothing."""
    try:
        fields = ConditionRow.sent_for({"asks": asked})
    except (KeyError, IndexError, TypeError):
        return ""
    if fields["asks"] == SEGMENT:
        key = str(fields["segment"])
        return say("Are they in “%s”?") % dict(around.segments).get(key, key)
    asks = {BOUGHT: say("Did they buy in %s days?"), CLICKED: say("Did they click in %s days?")}
    return asks[str(fields["asks"])] % fields["days"]


SEGMENT_ATTRIBUTE = "segment"
COUNTED = {BOUGHT: "purchases.count", CLICKED: "campaigns.clicked"}


def question(asks: str, segment: str, days: int) -> Part:
    if asks == SEGMENT:
        return {"attribute": SEGMENT_ATTRIBUTE, "is": "in", "value": [segment]}
    return {"attribute": COUNTED[asks], "with": {"days": days}, "is": "at_least", "value": 1}
