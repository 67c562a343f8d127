"""What a language must be able to say for the earning engine: the templates, without the words.

Dutch is in `wording_nl`, English in `wording_en`. A new condition, effect or outcome gets a
template in both; a test walks all of them and fails for one that is missing.
"""

from collections.abc import Mapping
from typing import NamedTuple

Counted = tuple[str, str]  # one, and any other number: ("{} punt", "{} punten")


class Deed(NamedTuple):
    """A type of activity as a rule speaks of it; `{}` is its key's words, if it is not known."""

    once: str  # "bij een aankoop"
    one: str  # "aankoop"
    many: str  # "aankopen"
    by: str = ""  # "bij": before "elke vijfde aankoop"
    each: str = ""  # "elke"
    the: str = ""  # "de"


class RuleWording(NamedTuple):
    """What a rule's sentence is made of.

    `fields` are conditions by field, with the operator in front where it changes the phrase
    ("at_most:basket.amount"); those of the member come after `members`.
    """

    # what is given
    units: Mapping[str, Counted]
    other_unit: str
    extra: str  # besides what is earned: "50 punten extra"
    per: str
    per_money: Mapping[str, str]  # one of a currency: "euro"
    pieces: Counted
    each_piece: str
    multiplier: str
    reward: str
    cap: str
    # on what, by what deed
    on: str  # the lines that count: "2× points *on* paint"
    with_: str  # the lines that a fixed number asks for: "for a purchase *with* paint"
    by_brand: str
    products: str  # what a brand makes, when nothing more precise is named
    each_line: str  # a threshold of each line
    kinds: Mapping[str, str]
    deeds: Mapping[str, Deed]
    other_deed: Deed
    counts: Mapping[str, str]  # by operator: "every", "equals", …
    first_of: str  # the first one, and no more
    # when, where, for whom
    fields: Mapping[str, str]
    channels: Mapping[str, str]
    other_channel: str
    days: Counted
    days_through: str
    anniversary: Mapping[str, str]
    members: str
    members_get: str
    except_: str
    not_: str
    since: str  # from a day or hour on
    through: str  # up to and including a day
    until: str  # up to an hour
    # limits, groups, terms
    at_most: str
    times: Counted
    periods: Mapping[str, str]
    each_deed: str  # the period of one activity
    shared: Mapping[str, str]  # scope: who shares the limit
    budget: str
    budget_of: str
    choose: Mapping[str, str]
    pending: str
    events: Mapping[str, str]
    other_event: str
    for_tier: str
    conjunction: str
    alternative: str
    others: str  # the rest of a long list


class ReasonWording(NamedTuple):
    """What a reason's sentence is made of; `cashier` has the shorter ones, by the same name."""

    gave: str
    less: str  # the points that a cap took
    nothing_taken: str
    trimmed: str
    maximum: str
    cap: str
    budget: str
    limited: str
    budget_spent: str
    lost: str
    lost_first: str
    near: str
    near_ahead: str
    near_count: str
    near_next: str  # the very next one
    only: str
    does_not: str
    not_yet: str
    no_longer: str
    no_amount: str
    excluded: str
    not_met: str
    desk: str
    desk_lines: Counted
    cashier: Mapping[str, str]


class TierWording(NamedTuple):
    """What a member's way to keep or reach a tier is told in; `day` is the last one that counts."""

    measures: Mapping[str, Counted]
    keep: str
    keep_within: str  # by what is earned from a later day on
    safe: str
    reach: str
    reach_by: str


class Wording(NamedTuple):
    """All templates of one language."""

    rule: RuleWording
    reason: ReasonWording
    tier: TierWording
