"""A segment as it is being made: rows in groups out of what was sent, and one document out of them.

What a button asks for (a row more, a group more, a part less) is done to what was sent, so the page
is drawn again with nothing lost; the same page works with and without scripts.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from members.admin import segment_tree as tree
from members.admin.segment_fields import SegmentFields
from members.admin.segment_rows import (
    Around,
    ConditionRow,
    KeptRow,
    begins,
    row_for,
    sent_for,
)
from members.admin.segment_tree import Document, Sent
from members.models import Segment, SegmentVersion
from members.segments.document import read_document
from members.segments.errors import SegmentUnknown


class Making(Protocol):
    """What is being made of conditions: what was sent, and whether it is to be judged."""

    sent: Sent
    around: Around
    is_judged: bool


class Group:
    """Parts of which all, or any, must hold."""

    is_group = True

    def __init__(self, editor: Making, place: str) -> None:
        self.place = place
        self.level = tree.level(place)
        join = editor.sent.get(f"{place}-join", "")
        self.join = join if join in tree.JOINS else "all"
        self.wanted = editor.sent.get(f"{place}-new", "")
        self.parts: list[Group | Exception_ | Leaf] = [
            part_at(editor, below) for below in tree.parts_of(editor.sent, place)
        ]
        self.problem = ""
        self.is_slot = tree.about(editor.sent, place.rpartition("_")[0]) == tree.EXCEPT

    @property
    def is_root(self) -> bool:
        return tree.is_root(self.place)

    @property
    def may_nest(self) -> bool:
        """Whether a group goes in it: an exception takes two levels more than itself."""
        return self.level + 2 <= tree.DEEPEST

    def leaves(self) -> Iterator["Leaf"]:
        for part in self.parts:
            yield from part.leaves()

    def document(self) -> Document:
        parts = [part.document() for part in self.parts]
        return parts[0] if len(parts) == 1 and not self.is_root else {self.join: parts}

    def find(self, path: list[str]) -> "Group | Exception_ | Leaf":
        """The part that a path of the document leads to, or the last one that is on it."""
        rest = path[1:] if path[:1] and path[0] in tree.JOINS else path
        if len(self.parts) == 1 and not self.is_root:
            return self.parts[0].find(path)
        if rest[:1] and rest[0].isdigit() and int(rest[0]) < len(self.parts):
            return self.parts[int(rest[0])].find(rest[1:])
        return self


class Exception_:  # noqa: N801 - `Exception` is Python's
    """Who is in one group and not in another."""

    is_exception = True

    def __init__(self, editor: Making, place: str) -> None:
        self.place = place
        self.level = tree.level(place)
        self.of = Group(editor, f"{place}_0")
        self.without = Group(editor, f"{place}_1")
        self.problem = ""

    def leaves(self) -> Iterator["Leaf"]:
        yield from self.of.leaves()
        yield from self.without.leaves()

    def document(self) -> Document:
        return {"except": {"of": self.of.document(), "without": self.without.document()}}

    def find(self, path: list[str]) -> "Group | Exception_ | Leaf":
        rest = path[1:] if path[:1] == ["except"] else path
        if rest[:1] == ["of"]:
            return self.of.find(rest[1:])
        if rest[:1] == ["without"]:
            return self.without.find(rest[1:])
        return self


class Leaf:
    """One condition: an attribute, how it compares, with what."""

    def __init__(self, editor: Making, place: str) -> None:
        self.place = place
        self.level = tree.level(place)
        key = tree.about(editor.sent, place)
        row = KeptRow if key == tree.KEPT else row_for(key, editor.around) or KeptRow
        self.row: ConditionRow | KeptRow = row(
            editor.sent, prefix=place, key=key, around=editor.around, is_judged=editor.is_judged
        )
        self.problem = ""

    def leaves(self) -> Iterator["Leaf"]:
        yield self

    def document(self) -> Document:
        return self.row.part()

    def find(self, path: list[str]) -> "Leaf":
        return self


def part_at(editor: Making, place: str) -> Group | Exception_ | Leaf:
    made = {tree.GROUP: Group, tree.EXCEPT: Exception_}
    kind: Any = made.get(tree.about(editor.sent, place), Leaf)
    part: Group | Exception_ | Leaf = kind(editor, place)
    return part


class SegmentEditor:
    """One segment in the making. `is_judged` when it is to be checked, not just drawn again."""

    def __init__(
        self, sent: Sent, *, around: Around, segment: Segment | None, is_judged: bool
    ) -> None:
        self.sent = sent
        self.around = around
        self.segment = segment
        self.is_judged = is_judged
        self.fields = SegmentFields(sent, segment=segment, is_judged=is_judged)
        self.root = Group(self, tree.ROOT)
        self.problem = ""

    # --- Out of what is there ------------------------------------------------------------------

    @classmethod
    def new(cls, around: Around) -> "SegmentEditor":
        """A segment to begin with: nothing asked yet."""
        sent: Sent = MultiValueDict({"kind": [Segment.Kind.DYNAMIC.value]})
        tree.put_group(sent, tree.ROOT)
        return cls(sent, around=around, segment=None, is_judged=False)

    @classmethod
    def of(
        cls, segment: Segment, version: SegmentVersion | None, around: Around
    ) -> "SegmentEditor":
        """A stored version in fields."""
        said = {"name_nl": segment.name_nl, "name_en": segment.name_en, "kind": segment.kind}
        sent: Sent = MultiValueDict({name: [value] for name, value in said.items()})
        document = version.document if version else {}
        put_conditions(sent, tree.ROOT, document, around)
        return cls(sent, around=around, segment=segment, is_judged=False)

    # --- Parts more and fewer ------------------------------------------------------------------

    def done(self, deed: str) -> "SegmentEditor":
        """The editor after a button was pressed: `add-c`, `group-c_0`, `remove-c_0_1`, or none."""
        sent = self.sent.copy()
        press(sent, deed, self.around, is_full=len(list(self.leaves())) >= tree.MOST_PARTS)
        return SegmentEditor(sent, around=self.around, segment=self.segment, is_judged=False)

    def judged(self) -> "SegmentEditor":
        """The same, looked at as if it were to be saved, with a name where it has none yet."""
        sent = self.sent.copy()
        for name in ("name_nl", "name_en"):
            sent[name] = sent.get(name) or "–"
        return SegmentEditor(sent, around=self.around, segment=self.segment, is_judged=True)

    def added(self, deed: str) -> str:
        """The place of the part that a button added, to go on in."""
        return added_by(self.sent, deed)

    # --- The document --------------------------------------------------------------------------

    def leaves(self) -> Iterator[Leaf]:
        return self.root.leaves()

    @cached_property
    def is_valid(self) -> bool:
        """Whether every field makes sense, and the whole can be asked."""
        forms = (
            [self.fields, *(leaf.row for leaf in self.leaves())]
            if self.has_conditions
            else [self.fields]
        )
        judged = [form.is_valid() for form in forms]  # each of them, to show all that is wrong
        return all(judged) and (not self.has_conditions or self._is_asked())

    def _is_asked(self) -> bool:
        if not list(self.leaves()):
            self.problem = _("Say who it is about: add at least one condition.")
            return False
        try:
            read_document(self.document)
        except SegmentUnknown as refusal:
            self._blame(refusal)
            return False
        return True

    def _blame(self, refusal: SegmentUnknown) -> None:
        """The refusal beside the part that it is about."""
        path = [
            step for step in refusal.field.replace("[", ".").replace("]", "").split(".") if step
        ]
        self.root.find(path).problem = refusal.detail
        self.problem = _("Not everything can be asked like this: see what is marked below.")

    @property
    def has_conditions(self) -> bool:
        """An uploaded list has none."""
        return bool(self.sent.get("kind") != Segment.Kind.UPLOADED.value)

    @property
    def document(self) -> Document:
        return self.root.document()


def press(sent: Sent, deed: str, around: Around, *, is_full: bool) -> None:
    """Do to what was sent what a button asks: a part more, or one less."""
    verb, _dash, place = deed.partition("-")
    if verb == "remove" and not tree.is_root(place) and tree.about(sent, place):
        tree.without(sent, place)
    elif tree.about(sent, place) == tree.GROUP and not is_full:
        _add(sent, verb, place, around)


def _add(sent: Sent, verb: str, place: str, around: Around) -> None:
    new = tree.next_place(sent, place)
    if verb == "add":
        key = sent.get(f"{place}-new", "")
        if row_for(key, around):
            tree.put_fields(sent, new, key, begins(key, around))
            sent[f"{place}-new"] = ""
    elif verb in ("group", "except") and tree.level(place) + 2 <= tree.DEEPEST:
        put = tree.put_exception if verb == "except" else _put_any
        put(sent, new)


def added_by(sent: Sent, deed: str) -> str:
    """The place of the part that a button added."""
    verb, _dash, place = deed.partition("-")
    parts = tree.parts_of(sent, place)
    return parts[-1] if verb in ("add", "group", "except") and parts else ""


def put_conditions(sent: Sent, place: str, document: Document, around: Around) -> None:
    """What would have been sent to mean these conditions."""
    _put(sent, place, document if _joined(document) else _grouped(document), around)


def _put_any(sent: Sent, place: str) -> None:
    tree.put_group(sent, place, "any")


def _joined(document: Document) -> bool:
    return len(document) == 1 and next(iter(document)) in tree.JOINS


def _grouped(document: Document) -> Document:
    return {"all": [document] if document else []}


def _put(sent: Sent, place: str, part: Document, around: Around) -> None:
    """What would have been sent to mean this part."""
    if _joined(part):
        ((join, parts),) = part.items()
        tree.put_group(sent, place, join)
        for number, below in enumerate(parts):
            _put(sent, f"{place}_{number}", below, around)
    elif set(part) == {"except"}:
        sent[f"{place}-about"] = tree.EXCEPT
        for number, name in enumerate(("of", "without")):
            below = part["except"][name]
            _put(sent, f"{place}_{number}", below if _joined(below) else _grouped(below), around)
    else:
        fields = sent_for(part, around)
        if fields is None:
            tree.put_kept(sent, place, part)
        else:
            tree.put_fields(sent, place, str(part["attribute"]), fields)
