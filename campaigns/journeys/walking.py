"""Where a member goes in a campaign: the next step, the branch they take, until when they wait."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from campaigns.experiments.allocation import arm_of
from campaigns.journeys.document import Document, branches_of
from campaigns.journeys.steps import Split, Step, Wait


def first_place(document: Document, arm: str) -> str:
    """The place where somebody of this arm begins; "" when there is nothing to do."""
    prefix, steps = document.steps_of(arm)
    return f"{prefix}0" if steps else ""


def step_at(document: Document, place: str) -> Step:
    """The step at a place. Raises LookupError when the document has none there."""
    listed, number = _list_of(document, place)
    return listed[number]


def after(document: Document, place: str) -> str:
    """The place that comes next: the next in its list, or after what the list is a branch of."""
    while place:
        listed, number = _list_of(document, place)
        if number + 1 < len(listed):
            return f"{place.rpartition('.')[0]}.{number + 1}".lstrip(".")
        place = _above(place)
    return ""


def into(document: Document, place: str, branch: str) -> str:
    """The first place of a step's branch, or what comes after the step when it is empty."""
    steps = dict(branches_of(step_at(document, place)))[branch]
    return f"{place}.{branch}.0" if steps else after(document, place)


def drawn_part(split: Split, *, salt: str, place: str, member_id: UUID) -> int:
    """Which part of a split a member takes: drawn as the arms are, by a salt of its own."""
    weights = [(str(number), part.weight) for number, part in enumerate(split.parts)]
    return int(arm_of(f"{salt}:{place}", member_id, 0, None, weights))


def wakes_at(wait: Wait, zone: ZoneInfo, *, at: datetime) -> datetime:
    """When somebody who begins to wait now goes on. Days are of the calendar in the zone."""
    local = at.astimezone(zone) + timedelta(days=wait.days)
    moment = local.astimezone(UTC) + timedelta(hours=wait.hours)
    if wait.until is None:
        return moment
    clock = time.fromisoformat(wait.until)
    day = moment.astimezone(zone).date()
    until = datetime.combine(day, clock, zone).astimezone(UTC)
    if until < moment:
        until = datetime.combine(day + timedelta(days=1), clock, zone).astimezone(UTC)
    return until


def _list_of(document: Document, place: str) -> tuple[Sequence[Step], int]:
    """The list that a place is in, and which of it it is."""
    above = _above(place)
    number = int(place.rpartition(".")[2])
    if above:
        branch = place[len(above) + 1 :].rpartition(".")[0]
        return dict(branches_of(step_at(document, above)))[branch], number
    if place.startswith("steps_by_variant."):
        return document.steps_by_variant[place.split(".")[1]], number
    return document.steps, number


def _above(place: str) -> str:
    """The place of the step whose branch a place is in; "" for the campaign's own."""
    parts = place.split(".")
    below = parts[:-1]
    if below and below[-1] in ("yes", "no"):
        return ".".join(below[:-1])
    if below and below[-1] == "steps":
        return ".".join(below[:-3])
    return ""
