"""Values that cross the borders of the engine: what happened, what is known, what is awarded.

They are frozen, know nothing of Django and mean the same in the live purchase, the batch, the
quote at checkout and the explanation afterwards.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

Language = str  # "nl" or "en"
Words = dict[Language, str]  # the same text in each language


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a basket. `amount` is what was paid for the whole line, after discount."""

    product: str
    amount: Decimal
    category: str = ""
    brand: str = ""
    quantity: Decimal = Decimal(1)


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What a member did. `amount` is the sum of the lines unless there are none."""

    type: str  # "purchase", "review", "survey", …
    occurred_at: datetime
    channel: str = ""  # "web", "app", "store", "social"
    location: str = ""
    lines: tuple[Line, ...] = ()
    amount: Decimal = Decimal(0)


class MemberFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules may know of a member; never a name or an address."""

    joined_on: date | None = None
    tier: str = ""
    segments: frozenset[str] = frozenset()


class Rounding(StrEnum):
    """How a rule's exact result becomes whole points, once per rule per order."""

    FLOOR = "FLOOR"
    HALF_UP = "HALF_UP"
    CEILING = "CEILING"


class Outcome(StrEnum):
    """What became of one rule on one activity."""

    APPLIED = "APPLIED"
    NEAR_MISS = "NEAR_MISS"  # one threshold short; `params` says by how much
    NOT_MET = "NOT_MET"


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why one rule gave its points, or why not.

    `code` and `params` are what a sentence is made of (loyalty.earning.sentences); `name` is the
    rule's name in each language, so that a reason can be read long after the rule has changed.
    """

    rule: str  # the rule's stable key
    version: int
    outcome: Outcome
    code: str
    points: int = 0
    lines: tuple[int, ...] = ()  # positions of the basket lines it counted
    params: dict[str, str] = {}
    name: Words = {}


class Award(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's answer: points per line, points not bound to a line, and every rule's reason.

    `points` is always `sum(line_points) + loose_points`, and the sum of the reasons' points.
    """

    points: int
    line_points: tuple[int, ...] = ()
    loose_points: int = 0
    reasons: tuple[Reason, ...] = ()
