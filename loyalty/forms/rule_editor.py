"""A rule as it is being made: fields and rows out of what was sent, and one document out of them.

What a button asks for (a row more, a row less) is done to what was sent, so the page can be drawn
again with nothing lost; the same page then works with and without scripts.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from loyalty.earning.document import Rule, parse_rule
from loyalty.errors import RuleInvalid
from loyalty.forms.condition_kinds import ACTIVITIES, CONDITIONS, GROUPS
from loyalty.forms.effects import EFFECTS, LIMIT_BEGINS
from loyalty.forms.rows import KeptRow, Part, Row, Sent, Surroundings
from loyalty.forms.rule_refusals import in_words
from loyalty.forms.rule_rows import KINDS, LIMIT, fields_of, row_class, send, surroundings
from loyalty.forms.rules import RuleFields, fields_sent, in_version_two
from loyalty.models import EarningRule, EarningRuleVersion, Programme

MOST_EFFECTS = 5
_ROW = re.compile(r"^(condition|effect|limit)-(\d{1,4})-about$")
_OWN = {"schema", "trigger", "conditions", "effects", "limits", "group", "terms"}
BEGINS = {"name_nl": "", "name_en": "", "trigger": "purchase"}


class RuleEditor:
    """One rule in the making. `is_judged` when it is to be checked, not just drawn again."""

    def __init__(self, sent: Sent, *, around: Surroundings, is_judged: bool) -> None:
        self.sent = sent
        self.around = around
        self.is_judged = is_judged
        self.fields = RuleFields(sent, around=around, is_judged=is_judged)
        self.conditions = self._rows("condition")
        self.effects = self._rows("effect")
        self.limits = self._rows("limit")
        self.problem = ""  # what the engine has against the whole

    # --- Out of what is there ------------------------------------------------------------------

    @classmethod
    def new(cls, programme: Programme) -> "RuleEditor":
        """A rule to begin with: one point for every euro of a purchase."""
        sent: Sent = MultiValueDict({name: [value] for name, value in BEGINS.items()})
        around = surroundings(programme)
        editor = cls(sent, around=around, is_judged=False)
        editor.sent["new-effect"] = "per_amount"
        return editor.done("add-effect")

    @classmethod
    def of(cls, version: EarningRuleVersion, *, is_judged: bool = False) -> "RuleEditor":
        """A stored version in fields."""
        around = surroundings(version.rule.programme)
        document = in_version_two(version.document)
        zone = RuleFields({}, around=around, is_judged=False).zone
        sent: Sent = MultiValueDict(
            {name: [value] for name, value in fields_sent(version, document, zone).items()}
        )
        for kind in KINDS:
            for place, part in enumerate(document.get(kind.list, ())):
                send(sent, f"{kind.word}-{place}", *fields_of(kind, part, around))
        rest = {name: value for name, value in document.items() if name not in _OWN}
        if rest:
            sent["kept"] = json.dumps(rest, ensure_ascii=False)
        return cls(sent, around=around, is_judged=is_judged)

    # --- Rows more and fewer -------------------------------------------------------------------

    def done(self, deed: str) -> "RuleEditor":
        """The editor after a button was pressed: `add-condition`, `remove-effect-2`, or neither."""
        sent = self.sent.copy()
        verb, _dash, what = deed.partition("-")
        if verb == "add":
            self._add(sent, what)
        elif verb == "remove":
            for name in [name for name in sent if name.startswith(f"{what}-")]:
                del sent[name]
        return RuleEditor(sent, around=self.around, is_judged=False)

    def _add(self, sent: Sent, word: str) -> None:
        about = LIMIT if word == "limit" else sent.get(f"new-{word}", "")
        begins: Mapping[str, str] = LIMIT_BEGINS
        if word == "condition":
            begins = {"of": "purchase"} if about in CONDITIONS else {}
        elif word == "effect":
            begins = EFFECTS[about].begins if about in EFFECTS else {}
        if row_class(word, about) is KeptRow:
            return
        places = [place for place, _about in self._places(word)]
        send(sent, f"{word}-{max(places, default=-1) + 1}", about, begins)
        sent[f"new-{word}"] = ""

    def _places(self, word: str) -> list[tuple[int, str]]:
        """The rows of a kind that were sent, in their order, with what each is about."""
        found = (match for name in self.sent if (match := _ROW.match(name)))
        return sorted((int(m[2]), self.sent.get(m[0], "")) for m in found if m[1] == word)

    def _rows(self, word: str) -> list[Row]:
        return [
            row_class(word, about)(
                self.sent,
                prefix=f"{word}-{place}",
                key=about,
                around=self.around,
                is_judged=self.is_judged,
            )
            for place, about in self._places(word)
        ]

    # --- The document --------------------------------------------------------------------------

    @cached_property
    def is_valid(self) -> bool:
        """Whether every field makes sense, and the engine can carry out the whole."""
        forms: Iterable[Any] = [self.fields, *self.conditions, *self.effects, *self.limits]
        judged = [form.is_valid() for form in forms]  # each of them, to show all that is wrong
        if not all(judged):
            return False
        if not self.effects:
            self.problem = str(_("Say what it gives: add at least one effect."))
            return False
        try:
            self.rule(key="draft", version=1)
        except RuleInvalid as refusal:
            self._blame(refusal)
            return False
        return True

    def rule(self, *, key: str, version: int) -> Rule:
        """What was filled in, as the engine knows it. Raises RuleInvalid."""
        return parse_rule(
            self.document,
            key=key,
            version=version,
            name=self.fields.name,
            priority=self.fields.turn,
            **self.fields.period,
        )

    @property
    def document(self) -> Part:
        """The one document that all fields and rows say, in its second version."""
        document: Part = {
            "schema": 2,
            "trigger": self.fields.trigger_said(),
            "conditions": [row.part() for row in self.conditions],
            "effects": [row.part() for row in self.effects],
        }
        if self.limits:
            document["limits"] = [row.part() for row in self.limits]
        return {**document, **self.fields.parts(), **self.kept}

    @property
    def said(self) -> dict[str, Any]:
        """What the services want to know of a rule, besides who and when."""
        return {
            "name_nl": self.fields.name["nl"],
            "name_en": self.fields.name["en"],
            "document": self.document,
            "priority": self.fields.turn,
            **self.fields.period,
        }

    @property
    def kept(self) -> Part:
        """Parts of the document that this form has no fields for."""
        try:
            kept = json.loads(self.sent.get("kept") or "{}")
        except ValueError:
            return {}
        return {name: part for name, part in kept.items() if name not in _OWN}

    def _blame(self, refusal: RuleInvalid) -> None:
        """The engine's refusal beside the row that it is about, else above the whole."""
        detail = in_words(refusal)
        listed, _dot, rest = refusal.field.partition(".")
        rows: Sequence[Row] = getattr(self, listed, ()) if listed in _OWN else ()
        place = rest.partition(".")[0]
        if place.isdigit() and int(place) < len(rows):
            rows[int(place)].add_error(None, detail)
        else:
            self.problem = detail

    # --- What the page asks --------------------------------------------------------------------

    @property
    def has_terms(self) -> bool:
        """Whether anything is said of when points can be used and lapse."""
        names = ("pending_days", "awaits", "expiry_kind")
        return bool(self.kept) or any(self.sent.get(name) for name in names)

    @property
    def has_company(self) -> bool:
        """Whether anything is said of its place among other rules."""
        return any(self.sent.get(name) for name in ("group_key", "priority"))

    activities = ACTIVITIES

    # --- What can be added ---------------------------------------------------------------------

    @property
    def new_conditions(self) -> list[tuple[Any, list[tuple[str, Any]]]]:
        return [(group, [(f, CONDITIONS[f].title) for f in fields]) for group, fields in GROUPS]

    @property
    def new_effects(self) -> list[tuple[str, Any]]:
        full = len(self.effects) >= MOST_EFFECTS
        return [] if full else [(kind, each.title) for kind, each in EFFECTS.items()]

    @property
    def known_groups(self) -> list[str]:
        """The groups in which other rules of the programme compete."""
        groups = EarningRule.objects.filter(programme=self.around.programme).values_list(
            "versions__document__group__key", flat=True
        )
        return sorted({group for group in groups if group})


def draft_of(editor: RuleEditor, rule: EarningRule | None) -> Part:
    """The rule in the making as a rule set's document has one; its key is the stored rule's."""
    period = {name: at and at.isoformat() for name, at in editor.fields.period.items()}
    return {
        "key": rule.key if rule else "draft",
        "version": 1,
        "name": editor.fields.name,
        "priority": editor.fields.turn,
        **period,
        "document": editor.document,
    }
