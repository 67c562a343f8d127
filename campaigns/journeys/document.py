"""A campaign's document: when it begins for a member, for whom, in which variants, and its steps.

A step has a place in the document, by which it is found again: "0" is the first of the campaign's
own, "2.yes.1" the second of a condition's branch, "3.parts.0.steps.0" the first of a split's first
part, "steps_by_variant.b.0" the first of a variant that has steps of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from campaigns.errors import CampaignInvalid
from campaigns.journeys.steps import Clock, Condition, Days, Key, Split, Step, Wait, Weight
from loyalty.types import Words

EVENT_KINDS: Final = frozenset(
    {
        *("enrolled", "first_purchase", "purchase", "tier_reached", "reward_within_reach"),
        *("entered_segment", "left_segment", "near_location", "activity"),
    }
)
DAILY_KINDS: Final = frozenset({"points_expiring", "birthday", "silent"})
SCHEDULED_KINDS: Final = frozenset({"once", "daily", "weekly", "monthly"})
BY_HAND: Final = "by_hand"
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "points_expiring": ("days",),
    "entered_segment": ("segment",),
    "left_segment": ("segment",),
    "silent": ("days",),
    "activity": ("activity",),
    "once": ("date", "time"),
    "daily": ("time",),
    "weekly": ("weekday", "time"),
    "monthly": ("monthday", "time"),
}
MOST_STEPS: Final = 60
DEEPEST: Final = 5
LONGEST_PLACE: Final = 100


class Trigger(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a campaign begins for a member; which particulars count depends on `kind`."""

    kind: str
    days: Days | None = None
    tier: str = ""
    segment: str = ""
    location: str = ""
    activity: str = ""
    date: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")] | None = None
    time: Clock | None = None
    weekday: Annotated[int, Meta(ge=0, le=6)] | None = None  # 0 is Monday
    monthday: Annotated[int, Meta(ge=1, le=28)] | None = None


class Variant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the ways that are compared, by its weight among the others."""

    key: Annotated[str, Meta(pattern=r"^[\w-]{1,40}$")]
    weight: Weight = 1
    names: Words = {}


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All that a campaign does."""

    trigger: Trigger
    again: Literal["once", "every", "always"] = "once"
    again_days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    segments: list[Key] = []  # in one of them; none: everybody
    without: list[Key] = []  # and in none of these
    variants: list[Variant] = []
    steps: list[Step] = []
    steps_by_variant: dict[str, list[Step]] = {}

    def steps_of(self, arm: str) -> tuple[str, list[Step]]:
        """Where the steps of an arm begin in the document, and those steps."""
        if arm in self.steps_by_variant:
            return f"steps_by_variant.{arm}.", self.steps_by_variant[arm]
        return "", self.steps

    @property
    def weights(self) -> list[tuple[str, int]]:
        """The variants as the lots are drawn: pairs of key and weight, at least one."""
        return [(v.key, v.weight) for v in self.variants] or [("main", 1)]


def read_document(document: Any) -> Document:
    """Return the document as read. Raises CampaignInvalid, with the path of what is wrong."""
    try:
        read = msgspec.convert(document, Document, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong(str(error), _path_in(str(error))) from error
    _check_trigger(read)
    _check_variants(read)
    every = list(all_steps(read))
    if len(every) > MOST_STEPS:
        raise _wrong(f"A campaign has at most {MOST_STEPS} steps.", "steps")
    for place, step in every:
        _check_step(place, step)
    return read


def all_steps(document: Document) -> Iterator[tuple[str, Step]]:
    """Every step with its place, each before those of its branches."""
    yield from _below("", document.steps)
    for key, steps in document.steps_by_variant.items():
        yield from _below(f"steps_by_variant.{key}.", steps)


def branches_of(step: Step) -> list[tuple[str, Sequence[Step]]]:
    """The lists that a step opens, by the end of their place."""
    if isinstance(step, Condition):
        return [("yes", step.yes), ("no", step.no)]
    if isinstance(step, Split):
        return [(f"parts.{n}.steps", part.steps) for n, part in enumerate(step.parts)]
    return []


def _below(prefix: str, steps: Sequence[Step]) -> Iterator[tuple[str, Step]]:
    for number, step in enumerate(steps):
        place = f"{prefix}{number}"
        yield place, step
        for name, below in branches_of(step):
            yield from _below(f"{place}.{name}.", below)


def _check_trigger(document: Document) -> None:
    trigger = document.trigger
    known = {*EVENT_KINDS, *DAILY_KINDS, *SCHEDULED_KINDS, BY_HAND}
    if trigger.kind not in known:
        raise _wrong("There is no such beginning.", "trigger.kind")
    for name in _NEEDED.get(trigger.kind, ()):
        if getattr(trigger, name) in (None, ""):
            raise _wrong("This beginning needs it.", f"trigger.{name}")
    if trigger.date is not None:
        try:
            date.fromisoformat(trigger.date)
        except ValueError as error:
            raise _wrong("There is no such day.", "trigger.date") from error
    if document.again == "every" and document.again_days is None:
        raise _wrong("Say after how many days they may come in again.", "again_days")


def _check_variants(document: Document) -> None:
    keys = [variant.key for variant in document.variants]
    if len(set(keys)) != len(keys) or {"holdout", "universal"} & set(keys):
        raise _wrong("Each variant has a key of its own.", "variants")
    if not any(weight for _key, weight in document.weights):
        raise _wrong("One of the variants must have a weight.", "variants")
    if set(document.steps_by_variant) - set(keys):
        raise _wrong("There is no such variant.", "steps_by_variant")


def _check_step(place: str, step: Step) -> None:
    path = place if place.startswith("steps_by_variant") else f"steps.{place}"
    if place.count(".") > 3 * DEEPEST or len(place) > LONGEST_PLACE:
        raise _wrong("Too many branches in branches.", path)
    if isinstance(step, Wait) and not (step.days or step.hours or step.until):
        raise _wrong("Say how long to wait.", path)
    if isinstance(step, Split) and not any(part.weight for part in step.parts):
        raise _wrong("One of the parts must have a weight.", path)


def _wrong(detail: str, field: str) -> CampaignInvalid:
    return CampaignInvalid(detail, field=field)


def _path_in(error: str) -> str:
    """The path that a reader's message names, as ours are written: "steps.0.days"."""
    found = re.search(r"at `\$\.?([^`]*)`", error)
    return re.sub(r"\[(\d+|\.\.\.)\]", r".\1", found[1]).strip(".") if found else ""
