"""The conditions of a segment as they are sent: rows in groups, by the names of their fields.

A place is a path such as `c_0_2`: the third part of the first part of the whole, `c`. What a part
is about stands in `c_0_2-about`: a group, an exception, an attribute, or what is kept as it is.

Conditions inside another form have its name before theirs: `s_1-c_0_2`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.datastructures import MultiValueDict

Sent = MultiValueDict[str, str]
Document = dict[str, Any]

ROOT = "c"
GROUP = "group"
EXCEPT = "except"
KEPT = "kept"
JOINS = ("all", "any")
MOST_PARTS = 50
DEEPEST = 5
_ABOUT = re.compile(r"^((?:\w+-)?c(?:_\d{1,3}){0,12})-about$")


def about(sent: Sent, place: str) -> str:
    return str(sent.get(f"{place}-about", ""))


def parts_of(sent: Sent, place: str) -> list[str]:
    """The places right below this one, in their order."""
    found = [match[1] for name in sent if (match := _ABOUT.match(name))]
    below = [each for each in found if place and each.rpartition("_")[0] == place]
    return sorted(below, key=lambda each: int(each.rpartition("_")[2]))


def next_place(sent: Sent, place: str) -> str:
    """Where a part that is added below this one goes."""
    last = parts_of(sent, place)[-1:]
    return f"{place}_{int(last[0].rpartition('_')[2]) + 1 if last else 0}"


def level(place: str) -> int:
    """How deep a place is: 1 for the whole."""
    return own(place).count("_") + 1


def own(place: str) -> str:
    """The place without the name of the form that the conditions stand in."""
    return place.rpartition("-")[2]


def is_root(place: str) -> bool:
    return own(place) == ROOT


def without(sent: Sent, place: str) -> None:
    """Take a part away, with all that is in it."""
    for name in [name for name in sent if name.startswith((f"{place}-", f"{place}_"))]:
        del sent[name]


def put_group(sent: Sent, place: str, join: str = "all") -> None:
    sent[f"{place}-about"] = GROUP
    sent[f"{place}-join"] = join


def put_exception(sent: Sent, place: str) -> None:
    """Two groups: who it is about, and who of them it is not."""
    sent[f"{place}-about"] = EXCEPT
    put_group(sent, f"{place}_0")
    put_group(sent, f"{place}_1", "any")


def put_fields(sent: Sent, place: str, key: str, fields: Mapping[str, str | Sequence[str]]) -> None:
    """A part about an attribute, with what its fields say."""
    sent[f"{place}-about"] = key
    for name, value in fields.items():
        sent.setlist(f"{place}-{name}", [value] if isinstance(value, str) else list(value))


def put_kept(sent: Sent, place: str, part: Document) -> None:
    put_fields(sent, place, KEPT, {"document": json.dumps(part, ensure_ascii=False)})


def kept(sent: Sent, place: str) -> Document:
    """A part that there are no fields for. Raises ValueError when it cannot be read."""
    part = json.loads(sent.get(f"{place}-document") or "{}")
    if not isinstance(part, dict) or not part:
        raise ValueError(place)
    return part
