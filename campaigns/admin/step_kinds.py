"""The kinds of steps, and a document's steps turned into fields and back."""

from collections.abc import Mapping
from typing import Any

from django.utils.datastructures import MultiValueDict

from campaigns.admin import step_tree as tree
from campaigns.admin.around import Around
from campaigns.admin.condition_row import ConditionRow
from campaigns.admin.message_row import OTHER, MessageRow
from campaigns.admin.step_rows import (
    BonusRuleRow,
    Fields,
    KeptRow,
    PointsRow,
    RewardRow,
    SplitRow,
    StepRow,
    TagRow,
    WaitRow,
    WebhookRow,
)
from campaigns.admin.step_tree import Part, Sent

KINDS: dict[str, type[StepRow]] = {
    "message": MessageRow,
    "wait": WaitRow,
    "points": PointsRow,
    "reward": RewardRow,
    "bonus_rule": BonusRuleRow,
    "condition": ConditionRow,
    "split": SplitRow,
    "tag": TagRow,
    "webhook": WebhookRow,
}


DEFAULTS = {"how": "first", "unit": "points"}


def row_class(kind: str) -> type[StepRow]:
    return KINDS.get(kind, KeptRow)


def fields_of(
    part: Part, around: Around, *, is_begun: bool
) -> tuple[str, Fields, Mapping[str, list[Part]]]:
    """A step's kind, what its row would have sent, and the steps of its branches.

    Only a step that the row says again to the letter is shown in fields; any other is kept. One
    that came with the house may be begun only, and is finished by who uses it.
    """
    kind = str(part.get("kind", ""))
    row = row_class(kind)
    if row is KeptRow:
        return tree.KEPT, KeptRow.sent_for(part, around), {}
    try:
        fields = row.sent_for(part, around)
        branches = row.branches_of(part)
        if is_begun or _said_again(row, kind, fields, branches, around) == _full(part):
            return kind, fields, branches
    except (KeyError, ValueError, TypeError, AttributeError):
        pass  # a step of another make than this form's
    return tree.KEPT, KeptRow.sent_for(part, around), {}


def _said_again(
    row: type[StepRow],
    kind: str,
    fields: Fields,
    branches: Mapping[str, list[Part]],
    around: Around,
) -> Any:
    sent: Sent = MultiValueDict()
    tree.put(sent, "s_0", kind, fields)
    for number, key in enumerate(part_variants(fields)):
        sent[f"v{number}-key"] = key
    again = row(sent, place="s_0", kind=kind, around=around, is_judged=True)
    return _full(again.part(branches)) if again.is_valid() else None


def part_variants(fields: Fields) -> list[str]:
    """The variants that a message step has something of its own for."""
    return [name.removeprefix(OTHER) for name in fields if name.startswith(OTHER)]


def _full(part: Part) -> Part:
    """A step without what is left empty or as it is anyway."""
    kept = {name: value for name, value in part.items() if value not in (None, "", 0, [], {})}
    return {name: value for name, value in kept.items() if DEFAULTS.get(name) != value}
