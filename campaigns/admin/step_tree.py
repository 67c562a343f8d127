"""The steps of a campaign as they are sent: rows in lists, by the names of their fields.

A list is `s`, the campaign's own, or a branch of a step: `s_2_yes`, `s_2_no`, `s_2_p0`. A step is a
number in its list, `s_2_yes_0`; what kind it is stands in `s_2_yes_0-about`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.datastructures import MultiValueDict

Sent = MultiValueDict[str, str]
Part = dict[str, Any]

ROOT = "s"
KEPT = "kept"
YES, NO = "yes", "no"
MOST_STEPS = 40
DEEPEST = 4  # lists in lists
MOST_PARTS = 5
_ABOUT = re.compile(r"^(s(?:_(?:\d{1,3}|yes|no|p\d))*_\d{1,3})-about$")


def about(sent: Sent, place: str) -> str:
    return str(sent.get(f"{place}-about", ""))


def all_steps(sent: Sent) -> list[str]:
    """Every step's place, in whichever list."""
    return [match[1] for name in sent if (match := _ABOUT.match(name))]


def steps_of(sent: Sent, listed: str) -> list[str]:
    """The steps of this list, in their order."""
    below = [each for each in all_steps(sent) if list_of(each) == listed]
    return sorted(below, key=number_of)


def list_of(place: str) -> str:
    """The list that a step is in."""
    return place.rpartition("_")[0]


def number_of(place: str) -> int:
    return int(place.rpartition("_")[2])


def level(listed: str) -> int:
    """How deep a list is: 1 for the campaign's own."""
    return (listed.count("_") + 2) // 2


def next_place(sent: Sent, listed: str) -> str:
    """Where a step that is added to the end of this list goes."""
    last = steps_of(sent, listed)[-1:]
    return f"{listed}_{number_of(last[0]) + 1 if last else 0}"


def without(sent: Sent, place: str) -> None:
    """Take a step away, with all that is in its branches."""
    for name in names_of(sent, place):
        del sent[name]


def names_of(sent: Sent, place: str) -> list[str]:
    return [name for name in sent if name.startswith((f"{place}-", f"{place}_"))]


def moved(sent: Sent, place: str, by: int) -> str:
    """Change places with the step before (-1) or after (1); where the step is now."""
    steps = steps_of(sent, list_of(place))
    if place not in steps:
        return place
    other = steps.index(place) + by
    if not 0 <= other < len(steps):
        return place
    _swap(sent, place, steps[other])
    return steps[other]


def _swap(sent: Sent, one: str, other: str) -> None:
    kept = {
        there + name.removeprefix(here): sent.getlist(name)
        for here, there in ((one, other), (other, one))
        for name in names_of(sent, here)
    }
    without(sent, one)
    without(sent, other)
    for name, values in kept.items():
        sent.setlist(name, values)


def put(sent: Sent, place: str, kind: str, fields: Mapping[str, str | Sequence[str]]) -> None:
    """A step with what its fields say."""
    sent[f"{place}-about"] = kind
    for name, value in fields.items():
        sent.setlist(f"{place}-{name}", [value] if isinstance(value, str) else list(value))


def put_kept(sent: Sent, place: str, part: Part) -> None:
    put(sent, place, KEPT, {"document": json.dumps(part, ensure_ascii=False)})
