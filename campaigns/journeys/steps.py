"""The steps of a campaign as its document has them."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from loyalty.types import Words

Key = Annotated[str, Meta(pattern=r"^[\w.:-]{1,80}$")]
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Days = Annotated[int, Meta(ge=0, le=3650)]
Weight = Annotated[int, Meta(ge=0, le=1_000_000)]
ChannelName = Literal["EMAIL", "SMS", "PUSH", "INBOX", "WALLET"]
LARGEST = 10_000  # points in one step
POINTS = "points"  # the unit that every programme has


class _Step(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
):
    """What all steps share: unknown fields are refused."""


class Wait(_Step, frozen=True, kw_only=True, tag="wait"):
    """Days and hours, and then until a time of the day in the programme's zone."""

    days: Days = 0
    hours: Annotated[int, Meta(ge=0, le=8760)] = 0
    until: Clock | None = None


class Condition(_Step, frozen=True, kw_only=True, tag="condition"):
    """`asks` is a segment's document: whoever it matches takes `yes`, the others `no`."""

    asks: dict[str, Any]
    yes: list["Step"] = []
    no: list["Step"] = []


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One branch of a split, by its weight among the others."""

    weight: Weight
    steps: list["Step"] = []


class Split(_Step, frozen=True, kw_only=True, tag="split"):
    """Each member takes one of the parts, drawn by lot and always the same."""

    parts: Annotated[list[Part], Meta(min_length=2, max_length=20)]


class Message(_Step, frozen=True, kw_only=True, tag="message"):
    """A message, by the first channel that reaches the member or by each; none: all it has.

    `templates` has other messages for some variants.
    """

    template: Key
    channels: list[ChannelName] = []
    how: Literal["first", "all"] = "first"
    templates: dict[str, Key] = {}


class Points(_Step, frozen=True, kw_only=True, tag="points"):
    """Points, or another unit of the programme, as a present; `reason` is what the member reads."""

    points: Annotated[int, Meta(ge=1, le=LARGEST)]
    unit: Key = POINTS
    reason: Words


class GiveReward(_Step, frozen=True, kw_only=True, tag="reward"):
    """A reward as a present."""

    reward: Key


class BonusRule(_Step, frozen=True, kw_only=True, tag="bonus_rule"):
    """A rule that asks for the segment `campaign-<rule>` holds for the member, so many days."""

    rule: Key
    days: Annotated[int, Meta(ge=1, le=3650)]


class Tag(_Step, frozen=True, kw_only=True, tag="tag"):
    """The member joins a segment, for so many days or for good."""

    segment: Key
    days: Days = 0


class Webhook(_Step, frozen=True, kw_only=True, tag="webhook"):
    """Another system is told, under this name."""

    url: Annotated[str, Meta(pattern=r"^https?://\S+$", max_length=300)]
    event: Annotated[str, Meta(min_length=1, max_length=60)]


Step = Wait | Condition | Split | Message | Points | GiveReward | BonusRule | Tag | Webhook


def kind_of(step: Step) -> str:
    """The step's kind as the document and its records name it."""
    return str(step.__struct_config__.tag)
