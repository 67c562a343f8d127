"""The steps of a campaign, each a small form of its own that says its piece of the document."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.admin.around import Around
from campaigns.admin.campaign_fields import Drawn, count, one_of, text
from campaigns.admin.step_tree import MOST_PARTS, Part, Sent
from campaigns.journeys.steps import LARGEST, POINTS
from loyalty.admin.fields import HourInput

Fields = Mapping[str, str | Sequence[str]]


class StepRow(Drawn):
    """One step. `branches` are the lists it opens, each with what is written above it."""

    title: ClassVar[Any] = ""
    icon: ClassVar[str] = "circle"
    opens: ClassVar[bool] = False  # lists of its own
    begins: ClassVar[dict[str, str]] = {}
    fields_class: ClassVar[str] = ""

    def __init__(self, sent: Sent, *, place: str, kind: str, around: Around, is_judged: bool):
        self.place = place
        self.kind = kind
        self.around = around
        self.sent = sent
        super().__init__(sent, is_judged=is_judged, prefix=place)
        self.prepare()

    def prepare(self) -> None:
        """Offer what this programme has to choose from."""

    @property
    def branches(self) -> list[tuple[str, Any]]:
        return []

    @property
    def main(self) -> list[forms.BoundField]:
        """The fields that are always shown."""
        return list(self)

    def said(self) -> Part:
        """What is particular to this kind, once the row is valid."""
        raise NotImplementedError

    def part(self, branches: Mapping[str, list[Part]]) -> Part:
        """The piece of the document."""
        return {"kind": self.kind, **self.said()}

    @classmethod
    def branches_of(cls, part: Part) -> dict[str, list[Part]]:
        """The steps of its branches, by the names of the lists they come into."""
        return {}

    @classmethod
    def drawn_branches(cls, part: Part) -> list[tuple[str, Any, list[Part]]]:
        """The branches as a flow shows them: where each stands, what is above it, its steps."""
        return []

    @classmethod
    def sent_for(cls, part: Part, around: Around) -> Fields:
        """What the row's fields would have sent to mean this part."""
        return {name: str(value) for name, value in part.items() if name != "kind"}


class WaitRow(StepRow):
    """Some days or hours, or until a time of the day."""

    title = _("Wait")
    icon = "hourglass_empty"
    begins = {"unit": "days", "amount": "3"}
    amount = count(_("How long"), most=3650, required=False)
    unit = one_of(_("In"), [("days", _("days")), ("hours", _("hours"))])
    until = forms.TimeField(
        label=_("And then until"),
        required=False,
        widget=HourInput(),
        help_text=_("In the programme's time zone. Empty: at once."),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("amount") and not said.get("until") and not self.errors:
            self.add_error("amount", _("Fill in how long, or until what time."))
        return said

    def said(self) -> Part:
        said = self.cleaned_data
        length = {said["unit"]: said["amount"]} if said["amount"] else {}
        until = {"until": said["until"].strftime("%H:%M")} if said["until"] else {}
        return {**length, **until}

    @classmethod
    def sent_for(cls, part: Part, around: Around) -> Fields:
        unit = "hours" if part.get("hours") else "days"
        return {
            "unit": unit,
            "amount": str(part.get(unit) or ""),
            "until": str(part.get("until") or ""),
        }


class SplitRow(StepRow):
    """Members divided by lot, each part with steps of its own."""

    title = _("Split by lot")
    icon = "alt_route"
    opens = True
    begins = {"weight0": "50", "weight1": "50"}

    def prepare(self) -> None:
        sent = [n for n in range(MOST_PARTS) if f"{self.prefix}-weight{n}" in self.data]
        for number in sent or [0, 1]:
            self.fields[f"weight{number}"] = count(
                _("Weight of part %s") % (number + 1), most=1000, initial=50
            )

    @property
    def numbers(self) -> list[int]:
        return sorted(int(name.removeprefix("weight")) for name in self.fields)

    @property
    def branches(self) -> list[tuple[str, Any]]:
        return [(f"p{n}", _("Part %s") % (n + 1)) for n in self.numbers]

    @property
    def may_grow(self) -> bool:
        return len(self.fields) < MOST_PARTS

    def part(self, branches: Mapping[str, list[Part]]) -> Part:
        parts = [
            {"weight": self.cleaned_data[f"weight{n}"], "steps": branches[f"p{n}"]}
            for n in self.numbers
        ]
        return {"kind": self.kind, "parts": parts}

    @classmethod
    def branches_of(cls, part: Part) -> dict[str, list[Part]]:
        return {f"p{n}": each["steps"] for n, each in enumerate(part["parts"])}

    @classmethod
    def drawn_branches(cls, part: Part) -> list[tuple[str, Any, list[Part]]]:
        whole = sum(each["weight"] for each in part["parts"]) or 1
        return [
            (f"parts.{n}.steps", f"{round(100 * each['weight'] / whole)}%", each["steps"])
            for n, each in enumerate(part["parts"])
        ]

    @classmethod
    def sent_for(cls, part: Part, around: Around) -> Fields:
        return {f"weight{n}": str(each["weight"]) for n, each in enumerate(part["parts"])}


class PointsRow(StepRow):
    """Points as a present, with the reason that the member reads."""

    title = _("Give points")
    icon = "savings"
    begins = {"unit": POINTS}
    points = count(
        _("How many"), most=LARGEST, help_text=_("At most 10,000 in one step, against a slip.")
    )
    unit = one_of(_("Of what"), required=False)
    reason_nl = text(_("Why, in Dutch"), longest=100)
    reason_en = text(_("Why, in English"), longest=100)

    def prepare(self) -> None:
        if len(self.around.units) > 1:
            self.offer("unit", self.around.units)
        else:
            del self.fields["unit"]

    def said(self) -> Part:
        said = self.cleaned_data
        unit = said.get("unit") or POINTS
        return {
            "points": said["points"],
            **({"unit": unit} if unit != POINTS else {}),
            "reason": {"nl": said["reason_nl"], "en": said["reason_en"]},
        }

    @classmethod
    def sent_for(cls, part: Part, around: Around) -> Fields:
        return {
            "points": str(part["points"]),
            "unit": part.get("unit", POINTS),
            "reason_nl": part["reason"]["nl"],
            "reason_en": part["reason"]["en"],
        }


class RewardRow(StepRow):
    """A reward as a present."""

    title = _("Give a reward")
    icon = "redeem"
    reward = one_of(_("Which reward"))

    def prepare(self) -> None:
        self.offer("reward", self.around.rewards, blank="—")

    def said(self) -> Part:
        return {"reward": self.cleaned_data["reward"]}


class BonusRuleRow(StepRow):
    """An earning rule that holds for this member for some days."""

    title = _("Start a bonus rule")
    icon = "bolt"
    begins = {"days": "14"}
    rule = one_of(_("Which rule"))
    days = count(_("For how many days"), most=366)

    def prepare(self) -> None:
        self.offer("rule", self.around.rules, blank="—")

    def said(self) -> Part:
        return {"rule": self.cleaned_data["rule"], "days": self.cleaned_data["days"]}


class TagRow(StepRow):
    """In a segment for some days."""

    title = _("Put in a segment")
    icon = "label"
    segment = forms.SlugField(
        label=_("Which segment"),
        max_length=80,
        help_text=_("Its key, in small letters; rules and campaigns can ask for it."),
    )
    days = count(_("For how many days"), most=3650, required=False)

    def said(self) -> Part:
        said = self.cleaned_data
        return {"segment": said["segment"], **({"days": said["days"]} if said["days"] else {})}


class WebhookRow(StepRow):
    """Another system is told."""

    title = _("Tell another system")
    icon = "webhook"
    event = text(_("What it is called"), longest=60)
    url = forms.URLField(label=_("Address"), max_length=300, assume_scheme="https")

    def said(self) -> Part:
        return {"url": self.cleaned_data["url"], "event": self.cleaned_data["event"]}


class KeptRow(StepRow):
    """A step that this form has no fields for: shown as it is, and kept as it is."""

    title = _("Made elsewhere, kept as it is")
    icon = "lock"
    document = forms.CharField(widget=forms.HiddenInput)

    @property
    def shown_as(self) -> str:
        return str(self["document"].value() or "")

    def clean_document(self) -> str:
        kept: str = self.cleaned_data["document"]
        try:
            is_known = isinstance(json.loads(kept), dict)
        except ValueError:
            is_known = False
        if not is_known:
            raise forms.ValidationError(_("This part cannot be read."))
        return kept

    def part(self, branches: Mapping[str, list[Part]]) -> Part:
        part: Part = json.loads(self.cleaned_data["document"])
        return part

    @classmethod
    def sent_for(cls, part: Part, around: Around) -> Fields:
        return {"document": json.dumps(part, ensure_ascii=False)}
