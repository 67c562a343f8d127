"""Groups whose choice touches what others give: each allowed choice is tried out in full.

A rule that earns base points is also worth what multipliers add to them, and one that empties a
budget leaves less to others. So that no member gets less than under any allowed choice, the
choices of all such groups are tried together; beyond 64 of them group after group.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

from loyalty.earning.basket import Positions
from loyalty.earning.plan import Contest, Plan
from loyalty.earning.rooms import Rooms
from loyalty.earning.scene import Scene
from loyalty.earning.settling import NOTHING, Loss, Settlement

_MOST_TRIALS = 64

Out = frozenset[int]


@dataclass(slots=True)
class Choice:
    """The trials of one activity; each set of rules that stay out is worked out once."""

    plan: Plan
    scene: Scene
    live: Sequence[Positions | None]
    rooms: Rooms
    tried: dict[Out, Settlement] = field(default_factory=dict)

    def settle(self) -> Settlement:
        """The best allowed way of giving, with what the losers would have given in it."""
        contests = [
            (contest, tuple([at for at in contest.indexes if self.live[at] is not None]))
            for contest in self.plan.entangled
        ]
        contests = [(contest, able) for contest, able in contests if len(able) > 1]
        if prod(len(able) for _, able in contests) <= _MOST_TRIALS:
            out = self._best(contests, frozenset())
        else:
            out = frozenset()
            for contest in contests:
                out = self._best([contest], out)
        settlement = self._with(out)
        for _, able in contests:
            self._note_losses(settlement, out, able)
        return settlement

    def _best(self, contests: Sequence[tuple[Contest, tuple[int, ...]]], out: Out) -> Out:
        """Which rules stay out so that most is given; of equal ways that of the earlier rules."""
        if not contests:
            return out
        (contest, able), rest = contests[0], contests[1:]
        ways = []
        for index in able:
            way = self._best(rest, out | (frozenset(able) - {index}))
            if contest.choose == "first" and self._with(way).worth_of(index) > NOTHING:
                return way
            ways.append(way)
        if contest.choose == "first":  # nobody gives anything: nobody has lost
            return self._best(rest, out)
        return max(ways, key=lambda way: self._with(way).worth())  # the earlier of equal ones

    def _with(self, out: Out) -> Settlement:
        settlement = self.tried.get(out)
        if settlement is None:
            settlement = Settlement(self.plan, self.scene, self.live, self.rooms, out).run()
            self.tried[out] = settlement
        return settlement

    def _note_losses(self, settlement: Settlement, out: Out, able: Sequence[int]) -> None:
        winners = [index for index in able if index not in out]
        if len(winners) != 1:
            return
        for index in able:
            if index in out:
                instead = self._with((out - {index}) | {winners[0]})
                settlement.losses[index] = Loss(winners[0], instead.worth_of(index))
