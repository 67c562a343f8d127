"""The earning engine once more, written apart from it: slow, in exact fractions, from the documents.

It knows less: one effect a rule, no groups, conditions on the category of lines and on the amount.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

from loyalty.types import Activity, Rounding

PHASES = {"per_amount": 1, "per_quantity": 1, "multiplier": 2, "fixed": 3, "cap": 4}
NOTHING = Fraction(0)


class Said(NamedTuple):
    """A rule as it was published."""

    key: str
    priority: int
    document: Mapping[str, Any]

    @property
    def effect(self) -> Mapping[str, Any]:
        (effect,) = self.document["effects"]
        return dict(effect)

    @property
    def most(self) -> int | None:
        """What its only limit allows."""
        limits = self.document.get("limits", ())
        return int(limits[0]["most"]) if limits else None


def rounded(exact: Fraction, rounding: Rounding) -> int:
    match rounding:
        case Rounding.FLOOR:
            return floor(exact)
        case Rounding.CEILING:
            return ceil(exact)
        case Rounding.HALF_UP:
            return floor(exact + Fraction(1, 2))


def shared_out(exact: Sequence[Fraction], total: int) -> list[int]:
    """The total over the shares: each its whole part, what is left to the largest remainders."""
    shares = [floor(each) for each in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: (shares[at] - exact[at], at))
    for at in by_remainder[: total - sum(shares)]:
        shares[at] += 1
    return shares


def points_by_rule(
    rules: Sequence[Said], activity: Activity, used: Mapping[str, int], rounding: Rounding
) -> dict[str, int]:
    """What each rule gives in the end."""
    in_turn = sorted(rules, key=lambda said: (PHASES[said.effect["kind"]], said.priority, said.key))
    base = [0] * len(activity.lines)
    given: dict[str, int] = {}
    for said in in_turn:
        if said.effect["kind"] == "cap" or not _holds(said, activity):
            continue
        exact = _exact(said, activity, base)
        flat = said.effect["kind"] == "fixed"
        total = said.effect["points"] if flat else rounded(sum(exact, NOTHING), rounding)
        kept = total
        if said.most is not None:
            kept = min(total, max(0, said.most - used.get(f"{said.key}|member|ever:", 0)))
        given[said.key] = kept
        if PHASES[said.effect["kind"]] == 1:
            shares = shared_out(exact, total)
            if kept < total:
                shares = shared_out([Fraction(share * kept, total) for share in shares], kept)
            base = [old + new for old, new in zip(base, shares, strict=True)]
    caps = [s for s in in_turn if s.effect["kind"] == "cap" and _holds(s, activity)]
    for said in caps:
        over = sum(given.values()) - said.effect["most"]
        for key in reversed(list(given)):
            taken = max(0, min(over, given[key]))
            given[key] -= taken
            over -= taken
    return given


def _exact(said: Said, activity: Activity, base: Sequence[int]) -> list[Fraction]:
    """For each line, before rounding."""
    effect = said.effect
    found = []
    for line, own in zip(activity.lines, base, strict=True):
        if not _counts(said, line):
            found.append(NOTHING)
        elif effect["kind"] == "per_amount":
            found.append(Fraction(line.amount) * effect["points"] / Fraction(effect["per"]))
        elif effect["kind"] == "per_quantity":
            found.append(Fraction(line.quantity) * effect["points"] / Fraction(effect["per"]))
        elif effect["kind"] == "multiplier":
            found.append((Fraction(effect["factor"]) - 1) * own)
        else:
            found.append(NOTHING)
    return found


def _holds(said: Said, activity: Activity) -> bool:
    least = [c["value"] for c in said.document["conditions"] if c["field"] == "basket.amount"]
    paid = sum((Fraction(line.amount) for line in activity.lines), NOTHING)
    chooses = any(c["field"] == "line.category" for c in said.document["conditions"])
    if (chooses or PHASES[said.effect["kind"]] < 3) and not any(
        _counts(said, line) for line in activity.lines
    ):
        return False
    return all(paid >= Fraction(amount) for amount in least)


def _counts(said: Said, line: Any) -> bool:
    asked = [c for c in said.document["conditions"] if c["field"] == "line.category"]
    return line.amount > 0 and all(
        (line.category in c["value"]) is (c["operator"] == "in") for c in asked
    )
