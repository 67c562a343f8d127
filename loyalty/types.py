"""Values that cross the borders of the engine: what happened, what is known, what is awarded.

They are frozen, know nothing of Django and mean the same in the live purchase, the batch, the
quote at checkout and the explanation afterwards. They hold values only, never each other in a
circle: the garbage collector need not watch them (gc=False), of which a batch makes very many.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

Language = str  # "nl" or "en"
Words = dict[Language, str]  # the same text in each language


class LineKind(StrEnum):
    """What a line is, for the earning base."""

    GOODS = "GOODS"
    GIFT_CARD = "GIFT_CARD"
    DELIVERY = "DELIVERY"


class Line(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One line of a basket. `amount` is what was paid for the whole line, after discount."""

    product: str
    amount: Decimal
    category: str = ""
    brand: str = ""
    quantity: Decimal = Decimal(1)
    kind: LineKind = LineKind.GOODS


class Activity(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a member did. `amount` is the sum of the lines unless there are none."""

    type: str  # "purchase", "review", "survey", …
    occurred_at: datetime
    channel: str = ""  # "web", "app", "store", "social"
    location: str = ""
    lines: tuple[Line, ...] = ()
    amount: Decimal = Decimal(0)
    tender: Decimal = Decimal(0)  # the part of the amount that points paid for
    attributes: dict[str, str] = {}  # what own events carry: {"rating": "5"}


class MemberFacts(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What the rules may know of a member at one moment; never a name or an address.

    `counts` are their activities before this one by type, `used` what is used of each limit by the
    limit's key (their own and those shared with others), `variants` their campaign variants.
    """

    joined_on: date | None = None
    tiers: dict[str, str] = {}  # of each tier set the tier's key; none: no entry
    segments: frozenset[str] = frozenset()
    counts: dict[str, int] = {}
    used: dict[str, int] = {}
    variants: dict[str, str] = {}


class Rounding(StrEnum):
    """How a rule's exact result becomes whole points, once per rule per order."""

    FLOOR = "FLOOR"
    HALF_UP = "HALF_UP"
    CEILING = "CEILING"


class EarningBase(msgspec.Struct, frozen=True, kw_only=True):
    """What of a purchase earns, besides goods after discount."""

    points_tender: bool = False  # what was paid with points
    gift_cards: bool = False
    delivery: bool = False


class Outcome(StrEnum):
    """What became of one rule on one activity."""

    APPLIED = "APPLIED"
    NEAR_MISS = "NEAR_MISS"  # one threshold short; `params` says by how much
    NOT_MET = "NOT_MET"
    LOST = "LOST"  # another rule of its group gave instead; `params` says which
    LIMITED = "LIMITED"  # it would have given, but a limit left nothing of it


class Reason(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Why one rule gave its points, or why not.

    `code` and `params` are what a sentence is made of (loyalty.earning.sentences); `name` is the
    rule's name in each language, so that a reason can be read long after the rule has changed.
    """

    rule: str  # the rule's stable key
    version: int
    outcome: Outcome
    code: str
    points: int = 0
    unit: str = "points"
    lines: tuple[int, ...] = ()  # positions of the basket lines it counted
    params: dict[str, str] = {}
    name: Words = {}


class Terms(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """When what is granted becomes usable and how long it stays so; the unit's policy by default."""

    pending_days: int = 0  # usable from the end of that day on
    awaits: str = ""  # usable once this event is reported; with days: whichever comes first
    expiry: str = ""  # a policy document of loyalty.earning.terms, as JSON; empty: the unit's


class Grant(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What becomes one lot: so much of one unit on the same terms."""

    points: int
    unit: str = "points"
    terms: Terms = Terms()
    line_points: tuple[int, ...] = ()
    loose_points: int = 0


class Award(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The engine's answer: what is granted, and every rule's reason.

    `points`, `line_points` and `loose_points` are those of the unit "points" alone, over all its
    grants; `points` is always `sum(line_points) + loose_points`. For each unit the grants' points
    and the reasons' points have the same sum. `uses` is what the award uses of each limit, by key.
    """

    points: int
    line_points: tuple[int, ...] = ()
    loose_points: int = 0
    grants: tuple[Grant, ...] = ()
    uses: dict[str, int] = {}
    reasons: tuple[Reason, ...] = ()
