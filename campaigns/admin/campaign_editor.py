"""A campaign as it is being made: fields and steps out of what was sent, and one document of them.

What a button asks for (a step more, one up, one less) is done to what was sent, so the page is
drawn again with nothing lost; the same page works with and without scripts.
"""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from campaigns.admin import step_tree as tree
from campaigns.admin.around import Around
from campaigns.admin.campaign_form import CampaignFields, fields_sent
from campaigns.admin.conditions import around_rows
from campaigns.admin.step_kinds import KINDS, fields_of, row_class
from campaigns.admin.step_rows import StepRow
from campaigns.admin.step_tree import Part, Sent
from campaigns.admin.trigger_fields import trigger_sent
from campaigns.admin.variant_rows import VariantRow, variants_said, variants_sent
from campaigns.journeys.document import read_document
from campaigns.models import Campaign
from loyalty.errors import DomainError
from members.admin.segment_editor import added_by, press

OWN = {"trigger", "again", "again_days", "segments", "without", "variants", "steps"}
MOST_VARIANTS = 5
_VARIANT = re.compile(r"^v(\d{1,2})-key$")


class Step:
    """One step of the form, with the lists it opens."""

    def __init__(self, editor: "CampaignEditor", place: str, number: int, many: int) -> None:
        self.place = place
        self.number = number
        self.is_first = number == 1
        self.is_last = number == many
        self.problem = ""
        kind = tree.about(editor.sent, place)
        self.row: StepRow = row_class(kind)(
            editor.sent, place=place, kind=kind, around=editor.around, is_judged=editor.is_judged
        )
        self.lists = [
            (label, Steps(editor, f"{place}_{name}")) for name, label in self.row.branches
        ]

    def all(self) -> Iterator["Step"]:
        yield self
        for _label, below in self.lists:
            yield from below.all()

    def document(self) -> Part:
        below = {steps.place.rpartition("_")[2]: steps.document() for _l, steps in self.lists}
        return self.row.part(below)


class Steps:
    """A list of steps: the campaign's own, or a branch's."""

    def __init__(self, editor: "CampaignEditor", place: str) -> None:
        self.place = place
        self.is_root = place == tree.ROOT
        found = tree.steps_of(editor.sent, place)
        self.steps = [Step(editor, each, n, len(found)) for n, each in enumerate(found, start=1)]
        may_branch = tree.level(place) < tree.DEEPEST
        self.kinds = [
            (kind, row.title) for kind, row in KINDS.items() if may_branch or not row.opens
        ]

    def all(self) -> Iterator[Step]:
        for step in self.steps:
            yield from step.all()

    def document(self) -> list[Part]:
        return [step.document() for step in self.steps]


class CampaignEditor:
    """One campaign in the making. `is_judged` when it is to be checked, not just drawn again."""

    def __init__(self, sent: Sent, *, around: Around, is_judged: bool, added: str = "") -> None:
        self.sent = sent
        self.around = around
        self.is_judged = is_judged
        self.added = added  # the place of the step that a button added, to go on in
        self.fields = CampaignFields(sent, around=around, is_judged=is_judged)
        self.variants = [
            VariantRow(sent, prefix=f"v{number}", is_judged=is_judged) for number in _variants(sent)
        ]
        self.steps = Steps(self, tree.ROOT)
        self.problem = ""

    # --- Out of what is there --------------------------------------------------------------------

    @classmethod
    def of(
        cls, campaign: Campaign, document: Part, around: Around, *, is_begun: bool = False
    ) -> "CampaignEditor":
        """A campaign, stored or ready made, in fields."""
        sent: Sent = MultiValueDict(
            {name: [value] for name, value in fields_sent(campaign, around).items()}
        )
        for name, value in trigger_sent(document).items():
            sent[name] = value
        sent.setlist("segments", list(document.get("segments", [])))
        sent.setlist("without", list(document.get("without", [])))
        for name, value in variants_sent(document.get("variants", [])).items():
            sent[name] = value
        _put(sent, tree.ROOT, document.get("steps", []), around, is_begun)
        rest = {name: part for name, part in document.items() if name not in OWN}
        if rest:
            sent["kept"] = json.dumps(rest, ensure_ascii=False)
        return cls(sent, around=around, is_judged=False)

    # --- Steps more and fewer --------------------------------------------------------------------

    def done(self, deed: str) -> "CampaignEditor":
        """The editor after a button: `add-s`, `up-s_1`, `remove-s_1_yes_0`, `variant`, or none."""
        sent = self.sent.copy()
        verb, _dash, place = deed.partition("-")
        added = ""
        if "-" in place:  # of the conditions inside a step
            press(sent, deed, around_rows(self.around.programme), is_full=False)
            added = added_by(sent, deed)
        elif verb == "add":
            added = _add(sent, place)
        elif verb == "remove" and place:
            tree.without(sent, place)
        elif verb in ("up", "down"):
            added = tree.moved(sent, place, -1 if verb == "up" else 1)
        elif verb == "grow":
            _grow(sent, place)
        elif verb == "variant":
            _add_variant(sent)
        return CampaignEditor(sent, around=self.around, is_judged=False, added=added)

    # --- The document ----------------------------------------------------------------------------

    @cached_property
    def is_valid(self) -> bool:
        """Whether every field makes sense, and the engine can carry out the whole."""
        rows: list[Any] = [self.fields, *self.variants, *(s.row for s in self.steps.all())]
        judged = [row.is_valid() for row in rows]  # each of them, to show all that is wrong
        if not all(judged):
            return False
        if len(self.variants) == 1:
            self.problem = _("One variant compares nothing: add a second, or remove it.")
            return False
        try:
            read_document(self.document)
        except DomainError as refusal:
            self._blame(refusal)
            return False
        return True

    @property
    def document(self) -> Part:
        """The one document that all fields and steps say."""
        return {
            **self.kept,
            **self.fields.said(),
            "segments": self.fields.cleaned_data["segments"],
            "without": self.fields.cleaned_data["without"],
            "variants": variants_said(self.variants),
            "steps": self.steps.document(),
        }

    @property
    def kept(self) -> Part:
        """Parts of the document that this form has no fields for."""
        try:
            kept = json.loads(self.sent.get("kept") or "{}")
        except ValueError:
            return {}
        return {name: part for name, part in kept.items() if name not in OWN}

    def _blame(self, refusal: DomainError) -> None:
        """The engine's refusal beside the step that it is about, else above the whole."""
        numbers = [int(each) for each in re.findall(r"steps\.(\d+)", refusal.field)]
        steps = self.steps.steps
        if numbers and numbers[0] < len(steps):
            steps[numbers[0]].problem = refusal.detail
            self.problem = _("Not everything can be carried out: see what is marked below.")
        else:
            self.problem = refusal.detail


def _variants(sent: Sent) -> list[int]:
    return sorted(int(match[1]) for name in sent if (match := _VARIANT.match(name)))


def _add_variant(sent: Sent) -> None:
    numbers = _variants(sent)
    for _each in range(1 if numbers else 2):  # one alone compares nothing
        numbers = _variants(sent)
        number = numbers[-1] + 1 if numbers else 0
        if len(numbers) < MOST_VARIANTS:
            letter = chr(ord("a") + number % 26)
            sent[f"v{number}-key"] = letter
            sent[f"v{number}-name_nl"] = sent[f"v{number}-name_en"] = letter.upper()
            sent[f"v{number}-weight"] = "1"


def _add(sent: Sent, listed: str) -> str:
    kind = sent.get(f"{listed}-new", "")
    known = listed == tree.ROOT or tree.about(sent, tree.list_of(listed))
    if kind not in KINDS or not known or len(tree.all_steps(sent)) >= tree.MOST_STEPS:
        return ""
    place = tree.next_place(sent, listed)
    tree.put(sent, place, kind, row_class(kind).begins)
    return place


def _grow(sent: Sent, place: str) -> None:
    """One part more for a split."""
    numbers = [n for n in range(tree.MOST_PARTS) if f"{place}-weight{n}" in sent]
    if numbers and len(numbers) < tree.MOST_PARTS:
        sent[f"{place}-weight{numbers[-1] + 1}"] = "50"


def _put(sent: Sent, listed: str, steps: list[Part], around: Around, is_begun: bool) -> None:
    """What would have been sent to mean these steps."""
    for number, part in enumerate(steps):
        place = f"{listed}_{number}"
        kind, fields, branches = fields_of(part, around, is_begun=is_begun)
        tree.put(sent, place, kind, fields)
        for name, below in branches.items():
            _put(sent, f"{place}_{name}", below, around, is_begun)
