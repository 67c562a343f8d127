"""What an activity is worth by now and what is booked for it: the difference is booked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from loyalty.services import judging
from loyalty.services.judging import Deed, JudgedDeed
from loyalty.services.rule_sets import rule_set
from loyalty.types import Award, Grant, Reason
from members.past import Past, Slot
from members.services.judging import GrantRow, Ledger, Revision, told_reasons
from members.services.returns import reasons_back
from members.types import Key, RevisedAward

BackRow = tuple[str, int, int, list[Key], str, list[Reason]]
RestoreRow = tuple[str, Key, int, datetime | None, list[Reason]]


class Correction(NamedTuple):
    """One activity as it is booked and as it is judged now, because of another that came in."""

    booked: Past
    judged: JudgedDeed
    cause: Deed
    number: int  # of the revision


class Reviser:
    """Finds what is worth something else since these activities came in."""

    def __init__(
        self,
        ledger: Ledger,
        judged: Mapping[str, JudgedDeed],
        causes: Sequence[Deed],
        *,
        at: datetime,
    ) -> None:
        self.ledger = ledger
        self.judged = judged
        self.causes = sorted(causes, key=lambda deed: deed.order)
        self.at = at

    def all(self, booked: Iterable[Past]) -> list[Revision]:
        """A revision for each of them that changed."""
        found = (self._revision(one) for one in booked if not one.deed.original)
        return [revision for revision in found if revision]

    def _revision(self, booked: Past) -> Revision | None:
        """What is to be written and booked; None when the activity is worth what it was."""
        judged, deed = self.judged[booked.deed.key], booked.deed
        worth, restored = judged.final, _restored(booked, judged)
        came_back = self._return_of(judged)
        if not came_back and _is_same(worth, booked.worth) and restored == booked.restored:
            return None
        cause = came_back or self._late_before(deed)
        correction = Correction(booked, judged, cause, booked.number + 1)
        grants, backs, further = _differences(self.ledger, correction)
        self._use_limits(booked.worth, worth)
        return Revision(
            activity=deed.id,
            number=correction.number,
            cause=cause.id,
            facts=judged.facts,
            award=RevisedAward(
                points=worth.points,
                line_points=worth.line_points,
                loose_points=worth.loose_points,
                grants=worth.grants,
                uses=worth.uses,
                reasons=told_reasons(worth),
                further=booked.further | further,
                restored=restored,
            ),
            points=worth.points,
            fingerprint=booked.fingerprint,
            at=max(cause.activity.occurred_at, deed.activity.occurred_at),
            grants=grants,
            backs=backs,
            restores=_restores(correction, restored - booked.restored, self.at),
        )

    def _return_of(self, judged: JudgedDeed) -> Deed | None:
        """The last of the returns of a sale, if the sale or one of its returns is new."""
        if not judged.revisions:
            return None
        last = judged.revisions[-1].cause
        news = {deed.id for deed in self.causes}
        if judged.deed.id not in news and news.isdisjoint(each.cause for each in judged.revisions):
            return None
        return next(each.deed for each in self.judged.values() if each.deed.id == last)

    def _late_before(self, deed: Deed) -> Deed:
        """The first of the new activities: what happened after it is judged anew."""
        return next((cause for cause in self.causes if cause.order < deed.order), self.causes[0])

    def _use_limits(self, before: Award, after: Award) -> None:
        used, uses = judging.shared_uses(before), judging.shared_uses(after)
        for key in used.keys() | uses.keys():
            self.ledger.use(key, uses.get(key, 0) - used.get(key, 0), None)


def _is_same(one: Award, other: Award) -> bool:
    """Whether they grant the same and use the same of every limit."""
    return (
        _slots(one) == _slots(other)
        and one.line_points == other.line_points
        and {key: used for key, used in one.uses.items() if used}
        == {key: used for key, used in other.uses.items() if used}
    )


def _slots(award: Award) -> dict[Slot, Grant]:
    return {(grant.unit, grant.terms): grant for grant in judging.grants_of(award) if grant.points}


def _differences(
    ledger: Ledger, correction: Correction
) -> tuple[list[GrantRow], list[BackRow], dict[str, Grant]]:
    """What is granted besides, what goes back, and the grants by the ends of their keys."""
    booked, judged, cause, number = correction
    deed, book = booked.deed, ledger.book
    rules = rule_set(deed.rule_set)
    now, then = _slots(judged.final), _slots(booked.worth)
    granted: list[GrantRow] = []
    backs: list[BackRow] = []
    further: dict[str, Grant] = {}
    for n, slot in enumerate(now | then, 1):
        unit, terms = slot
        more = _points(now, slot) - _points(then, slot)
        suffix, keys = f"r{number}:{n}", booked.transfers.get(slot, [])
        if more > 0:
            further[suffix] = Grant(points=more, unit=unit, terms=terms)
            reasons = [each for each in judged.final.reasons if each.unit == unit and each.points]
            lot = judging.granted_lot(rules, deed.activity, further[suffix], reasons=reasons)
            first = keys[0] if keys else None
            granted.append(ledger.grant(deed.id, suffix, lot, adds_to=first))
        elif more < 0:
            told = reasons_back(deed, cause, -more, unit)
            row = (f"{deed.id}:{suffix}", book.units[unit].unit_id, -more, keys)
            backs.append((*row, rules.return_policy, told))
    return granted, backs, further


def _points(slots: dict[Slot, Grant], slot: Slot) -> int:
    return slots[slot].points if slot in slots else 0


# --- Points that had paid ----------------------------------------------------------------------


def _restored(booked: Past, judged: JudgedDeed) -> int:
    """How many of the points that had paid are back by now: in proportion to what was returned."""
    if not booked.points_paid or not judged.revisions:
        return booked.restored
    kept = judged.revisions[-1].kept.basket
    if kept is None:
        return booked.points_paid
    sale = booked.deed.activity
    share = (sale.amount - max(kept.amount, Decimal(0))) / sale.amount
    return max(booked.restored, int(booked.points_paid * share))


def _restores(correction: Correction, points: int, at: datetime) -> list[RestoreRow]:
    if points <= 0:
        return []
    booked, _judged, cause, number = correction
    deed = booked.deed
    return [
        (
            f"{deed.id}:r{number}:p",
            ("activity", f"{deed.id}:p"),
            points,
            judging.goodwill_until(rule_set(deed.rule_set), at),
            reasons_back(deed, cause, points, "points", is_restored=True),
        )
    ]
