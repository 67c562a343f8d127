"""Who gives how much: effects in their turns, trimmed by limits, groups decided, caps at the end."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from loyalty.earning.basket import Positions
from loyalty.earning.effects import Phase
from loyalty.earning.gifts import Of
from loyalty.earning.plan import Contest, Plan, Turn
from loyalty.earning.rooms import Rooms
from loyalty.earning.rounding import spread
from loyalty.earning.scene import Scene
from loyalty.types import Rounding

Worth = tuple[int, int, int]  # points of the unit "points", of all others, rewards: in this order
NOTHING: Worth = (0, 0, 0)


class Portion:
    """What one effect gives, for each of its lines; `cut` is what limits took off it, by which."""

    __slots__ = ("cut", "limit", "points", "positions", "shares", "turn")

    def __init__(self, turn: Turn, positions: Positions, shares: list[int], points: int) -> None:
        self.turn = turn
        self.positions = positions
        self.shares = shares
        self.points = points
        self.cut = 0
        self.limit: Mapping[str, str] = {}

    def cut_to(self, points: int, limit: Mapping[str, str]) -> None:
        """Leave that many points, over the lines in proportion."""
        self.cut += self.points - points
        self.limit = limit
        if self.shares:
            shares = [share * points for share in self.shares]
            self.shares = spread(shares, self.points, Rounding.FLOOR)
        self.points = points


class Loss(NamedTuple):
    """A rule that another of its group beat, and what it would have given."""

    winner: int
    would: Worth


class Settlement:
    """One way of giving: with these rules out, everything that the others give."""

    __slots__ = (
        "_budgets", "_decided", "_left", "_ready", "_rooms", "base", "cap_cuts", "given", "live",
        "losses", "out", "plan", "scene",
    )  # fmt: skip

    def __init__(
        self,
        plan: Plan,
        scene: Scene,
        live: Sequence[Positions | None],
        rooms: Rooms,
        out: AbstractSet[int],
    ) -> None:
        self.plan = plan
        self.scene = scene
        self.live = live
        self.out = set(out)
        self.given: list[Portion] = []
        self.losses: dict[int, Loss] = {}
        self.cap_cuts = [0] * len(plan.ceilings)
        size = len(scene.basket.lines)
        self.base = {unit: [0] * size for unit in plan.multiplied}
        self._rooms = rooms
        self._left: dict[int, list[int]] = {}
        self._budgets = dict(rooms.budgets)
        self._decided: set[str] = set()
        self._ready: dict[tuple[int, int], Portion] = {}

    def run(self) -> "Settlement":
        """Give everything, in turn."""
        live, out, contest_of, base = self.live, self.out, self.plan.contest_of, self.base
        for turn in self.plan.turns:
            index = turn.rule
            positions = live[index]
            if positions is None or index in out:
                continue
            if index in contest_of:
                portion = self._contested(turn, positions, contest_of[index])
                if portion is None:
                    continue
            else:
                portion = self._play(turn, positions)
            self.given.append(portion)
            gift = turn.gift
            if gift.phase is Phase.BASE and gift.unit in base:
                own = base[gift.unit]
                for at, share in zip(positions, portion.shares, strict=True):
                    own[at] += share
        if self.plan.ceilings:
            self._cap()
        return self

    def worth(self) -> Worth:
        """All that is given."""
        return _worth(self.given)

    def worth_of(self, index: int) -> Worth:
        """What one rule gives."""
        return _worth([portion for portion in self.given if portion.turn.rule == index])

    def alone(self, index: int, positions: Positions) -> list[Portion]:
        """What the rule would give besides all that is given, its own limits kept."""
        if index in self._rooms.blocked:
            return []
        before = self._budgets
        self._budgets = dict(before)
        self._left.pop(index, None)
        portions = [self._play(turn, positions) for turn in self.plan.turns_of[index]]
        self._budgets = before
        return portions

    def cap_room(self, unit: str) -> int | None:
        """How much the caps still leave of a unit; None without a cap."""
        rooms = [
            room - sum([p.points for p in self.given if p.turn.gift.unit == unit])
            for ceiling, room in zip(self.plan.ceilings, self._rooms.ceilings, strict=True)
            if ceiling.gift.unit == unit and self.live[ceiling.rule] is not None
        ]
        return min(rooms, default=None)

    def _play(self, turn: Turn, positions: Positions) -> Portion:
        gift = turn.gift
        if gift.of is Of.NOTHING:
            portion = Portion(turn, positions, [], gift.numerator)
        else:
            shares = gift.shares(self.scene, positions, self.base.get(gift.unit, ()))
            portion = Portion(turn, positions, shares, sum(shares))
        if portion.points and turn.rule in self._rooms.left:
            self._trim(turn, portion)
        return portion

    def _trim(self, turn: Turn, portion: Portion) -> None:
        """Cut the portion to what every limit of its rule leaves, and take that off what is left."""
        index, unit = turn.rule, turn.gift.unit
        left = self._left.get(index)
        if left is None:
            left = self._left[index] = list(self._rooms.left[index])
        bounds = self.plan.rules[index].bounds
        concerned = [
            place
            for place, bound in enumerate(bounds)
            if not bound.of_times and bound.unit in {"", unit}
        ]
        for place in concerned:
            bound = bounds[place]
            room = self._budgets[bound.budget] if bound.budget else left[place]
            if portion.points > room:
                portion.cut_to(room, bound.params)
        for place in concerned:
            left[place] -= portion.points
            if budget := bounds[place].budget:
                self._budgets[budget] -= portion.points

    def _contested(self, turn: Turn, positions: Positions, contest: Contest) -> Portion | None:
        """The portion of this turn if its rule has won its group's contest."""
        if contest.key not in self._decided:
            self._decided.add(contest.key)
            candidates = [at for at in contest.indexes if self.live[at] is not None]
            if len(candidates) > 1:
                self._decide(contest, candidates)
        if turn.rule in self.out:
            return None
        return self._ready.get((turn.rule, turn.gift.place)) or self._play(turn, positions)

    def _decide(self, contest: Contest, candidates: Sequence[int]) -> None:
        tried = {at: self.alone(at, self.live[at] or ()) for at in candidates}
        worths = {at: _worth(portions) for at, portions in tried.items()}
        winner = chosen(contest, worths)
        for index in candidates:
            if winner is None or index == winner:
                for portion in tried[index]:
                    self._ready[index, portion.turn.gift.place] = portion
                self._draw(tried[index])
            else:
                self.out.add(index)
                self.losses[index] = Loss(winner, worths[index])

    def _draw(self, portions: Sequence[Portion]) -> None:
        """Take off the budgets what has been played apart from them."""
        for portion in portions:
            for bound in self.plan.rules[portion.turn.rule].bounds:
                if bound.budget:
                    self._budgets[bound.budget] -= portion.points

    def _cap(self) -> None:
        """Take what is over a cap off what was given last."""
        for place, ceiling in enumerate(self.plan.ceilings):
            if self.live[ceiling.rule] is None:
                continue
            unit, key = ceiling.gift.unit, self.plan.rules[ceiling.rule].key
            portions = [portion for portion in self.given if portion.turn.gift.unit == unit]
            over = sum([portion.points for portion in portions]) - self._rooms.ceilings[place]
            for portion in reversed(portions):
                taken = min(over, portion.points)
                if taken <= 0:
                    continue
                portion.cut_to(portion.points - taken, {"limit": "cap", "cap": key})
                self.cap_cuts[place] += taken
                over -= taken


def chosen(contest: Contest, worths: Mapping[int, Worth]) -> int | None:
    """Who wins: the first that gives, or the one that gives most; None when nobody gives."""
    giving = [index for index, worth in worths.items() if worth > NOTHING]
    if not giving:
        return None
    if contest.choose == "first":
        return giving[0]
    return max(giving, key=lambda index: (worths[index], -index))


def _worth(portions: Sequence[Portion]) -> Worth:
    points = others = rewards = 0
    for portion in portions:
        unit = portion.turn.gift.unit
        if unit == "points":
            points += portion.points
        elif unit:
            others += portion.points
        else:
            rewards += 1
    return (points, others, rewards)
