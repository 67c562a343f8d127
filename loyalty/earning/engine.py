"""The earning engine: rules, what happened and what is known, in; points and reasons, out.

The same function answers the live purchase, the batch, the quote at checkout, the trial of a
rule on last year's sales and the question "why did I get this?".

What a reason says: `code` and `params`, always texts. An applied rule gives one reason per effect,
every other rule one reason. A condition's params are those of `conditions.condition_params`
(field, or "not:" / "at_most:" / "every:" … and the field, to its value; `of`, `name`, `campaign`).

outcome    code            params
---------  --------------  ---------------------------------------------------------------------
APPLIED    per_amount      points, per; and the rule's conditions of line, basket and count
           per_quantity    points, per; likewise
           multiplier      factor; likewise
           fixed           points, trigger; likewise
           reward          reward; likewise; points is 0 and unit is "points"
           cap             most, scope, period, unit (if not points), cut: what it took off; points 0
           (any but cap, cut short) more: cut, limit, and of a limit: of, period, most or budget;
                           limit is member, rule, location, budget or cap; of a cap: cap (its rule)
LIMITED    limit           limit, of, period, most or budget; cut: what it would have given (not when
                           it may not give once more: of is times)
           cap             limit "cap", cap (its rule), cut
LOST       group           group, choose, winner (a rule), would_earn, unit (if not points)
NEAR_MISS  basket.amount   its params; short: money, would_earn, unit (if not points), reward
           line.amount     likewise; short is what the largest line lacks
           basket.quantity likewise; short is a quantity
           count           likewise; short is how many more of the activity; the nth that counts
NOT_MET    period          starts_at or ends_at: the moment, ISO
           no_amount       -; nothing was paid that could earn
           excluded        -; what was paid is left out of the earning base (gift card, tender …)
           cap             most, scope, period, unit: the cap was not reached
           <a field>       the failing condition's params
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo

from loyalty.earning.awarding import award_of
from loyalty.earning.choosing import Choice
from loyalty.earning.document import Rule
from loyalty.earning.judging import judge
from loyalty.earning.plan import Indexed, versions_for
from loyalty.earning.rooms import rooms_for, shared_ceilings
from loyalty.earning.scene import Scene
from loyalty.earning.settling import Settlement
from loyalty.types import Activity, Award, EarningBase, MemberFacts, Rounding

_PLAIN_BASE = EarningBase()
_NO_BUDGETS: Mapping[str, int] = {}
_NO_FACTS = MemberFacts()


def evaluate(
    rules: Indexed | Sequence[Rule],
    activity: Activity,
    facts: MemberFacts,
    *,
    rounding: Rounding = Rounding.FLOOR,
    zone: tzinfo = UTC,
    base: EarningBase = _PLAIN_BASE,
    budgets: Mapping[str, int] = _NO_BUDGETS,
    tells_all: bool = True,
) -> Award:
    """What the activity earns under these rules, and why; the order of `rules` does not matter.

    Rules have their turn by phase, priority and key. Of several versions of one rule the newest
    in force counts and the others are silent. Every other rule whose trigger is the activity's
    type gives a reason, also when it gives no points; without `tells_all` only those that gave
    something (APPLIED), which is what is kept of an award. Lines of zero or less earn nothing, nor does
    what `base` leaves out. `zone` is the programme's: in it days, hours and windows are reckoned;
    `budgets` is how much each holds (an unknown one: nothing). A tuple of rules, and a rule set
    whose `by_trigger` has tuples, is put in order once and remembered.
    Raises InvalidRequest when an amount is not a usable number.
    """
    plan = versions_for(rules, activity.type).at(activity.occurred_at)
    scene = Scene(activity, facts, rounding=rounding, zone=zone, base=base)
    verdicts = [judge(rule, scene) for rule in plan.rules]
    live = [verdict if isinstance(verdict, tuple) else None for verdict in verdicts]
    rooms = rooms_for(plan, scene, verdicts, budgets)
    for index in rooms.blocked:
        live[index] = None
    if plan.entangled:
        settlement = Choice(plan, scene, live, rooms).settle()
    else:
        settlement = Settlement(plan, scene, live, rooms, frozenset()).run()
    return award_of(plan, scene, verdicts, rooms, settlement, tells_all=tells_all)


def shared_limits(
    rules: Indexed | Sequence[Rule],
    activity: Activity,
    *,
    zone: tzinfo = UTC,
    budgets: Mapping[str, int] = _NO_BUDGETS,
) -> dict[str, int]:
    """The limits shared between members that the activity may touch: each key and its ceiling.

    Their uses so far belong in `MemberFacts.used` before evaluating; to what the award then uses
    of them the ceiling applies when it is written.
    """
    plan = versions_for(rules, activity.type).at(activity.occurred_at)
    if not plan.are_shared:
        return {}
    scene = Scene(activity, _NO_FACTS, rounding=Rounding.FLOOR, zone=zone, base=_PLAIN_BASE)
    return shared_ceilings(plan, scene, budgets)
