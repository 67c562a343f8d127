"""Whatever the rules: limits hold, groups give the member the most, and an exact oracle agrees."""

import json
from collections import Counter
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.earning.document import Rule, parse_rule
from loyalty.earning.engine import evaluate, shared_limits
from loyalty.types import Activity, Award, Line, MemberFacts, Outcome, Rounding
from tests.loyalty.earning.shop import (
    NOBODY,
    NOON,
    at_least,
    cap,
    fixed,
    multiplier,
    off,
    on,
    per_amount,
    per_quantity,
    reward,
)
from tests.properties.earning_oracle import Said, points_by_rule

many = settings(max_examples=200, deadline=None)

CATEGORIES = ("paint", "stain", "tools")
BUDGETS = {"autumn": 60}
money = st.sampled_from(("1", "2.00", "0.50", "0.30", "10"))
thresholds = st.sampled_from(("0.50", "10", "25.00", "60.00"))
factors = st.sampled_from(("1", "1.25", "1.5", "2", "3"))
lines = st.builds(
    Line,
    product=st.just("4711"),
    amount=st.one_of(
        st.integers(-2, 40).map(Decimal), st.integers(1, 4_000).map(lambda n: Decimal(n) / 100)
    ),
    category=st.sampled_from(CATEGORIES),
    quantity=st.sampled_from((Decimal(1), Decimal(2), Decimal("0.5"))),
)
activities = st.builds(
    Activity,
    type=st.just("purchase"),
    occurred_at=st.just(NOON),
    location=st.sampled_from(("Assen", "Utrecht")),
    lines=st.lists(lines, max_size=5).map(tuple),
)
roundings = st.sampled_from(Rounding)
units = st.sampled_from(({}, {}, {"unit": "stamps"}))
counted = st.one_of(
    st.builds(per_amount, st.integers(1, 9), money), st.builds(per_quantity, st.integers(1, 9))
)
giving = st.one_of(counted, st.builds(multiplier, factors), st.builds(fixed, st.integers(1, 60)))
asked = st.lists(
    st.one_of(
        st.sampled_from(CATEGORIES).map(on),
        st.sampled_from(CATEGORIES).map(off),
        thresholds.map(at_least),
    ),
    max_size=2,
    unique_by=lambda condition: (condition["field"], condition["operator"]),
)
limits = st.one_of(
    st.builds(
        lambda most, scope, period: {"most": most, "scope": scope, "period": period},
        st.integers(1, 90),
        st.sampled_from(("member", "rule", "location")),
        st.sampled_from(("day", "week", "ever")),
    ),
    st.just({"scope": "budget", "budget": "autumn"}),
    st.just({"of": "times", "most": 2, "period": "month"}),
    st.integers(1, 50).map(lambda most: {"most": most, "period": "activity"}),
)
terms = st.sampled_from(({}, {}, {"terms": {"pending_days": 14}}, {"terms": {"awaits": "sent"}}))
Document = dict[str, Any]


def said(document: Document, key: str, priority: int = 0) -> Said:
    return Said(key, priority, {"schema": 2, "trigger": "purchase", "conditions": [], **document})


def parsed(each: Said) -> Rule:
    name = {"nl": each.key, "en": each.key}
    return parse_rule(each.document, key=each.key, version=1, name=name, priority=each.priority)


@st.composite
def documents(draw: st.DrawFn, *, groups: int = 2) -> list[Said]:
    """Up to six rules of every make: several effects and units, limits, groups, terms and caps."""
    drawn = []
    for number in range(draw(st.integers(0, 6))):
        effects = [draw(giving) | draw(units) for _ in range(draw(st.integers(1, 2)))]
        effects += [reward("mug")] * (draw(st.integers(0, 5)) == 0)
        own = {effect["unit"] for effect in effects if effect.get("unit")}
        document: Document = {"effects": effects, "conditions": draw(asked)} | draw(terms)
        if "points" in own or any("unit" not in e and e["kind"] != "reward" for e in effects):
            document["limits"] = [draw(limits)] * draw(st.integers(0, 1))
        if groups and draw(st.booleans()):
            choose = draw(st.sampled_from(("best", "best", "first", "sum")))
            document["group"] = {"key": f"group-{draw(st.integers(1, groups))}", "choose": choose}
        drawn.append(said(document, f"rule-{number}", draw(st.integers(-1, 1))))
    if draw(st.integers(0, 3)) == 0:
        drawn.append(said({"effects": [cap(draw(st.integers(1, 120)), period="day")]}, "cap"))
    return drawn


@st.composite
def competing(draw: st.DrawFn) -> list[Said]:
    """Two to five rules in one or two groups, mostly the best of them, and one or two beside."""
    groups = draw(st.integers(1, 2))
    chooses = {n: draw(st.sampled_from(("best", "best", "best", "first"))) for n in range(groups)}
    drawn = []
    for number in range(draw(st.integers(2, 5))):
        of = number % groups
        document: Document = {
            "effects": [draw(giving) | draw(units)] + [draw(giving)] * draw(st.integers(0, 1)),
            "conditions": draw(asked) if draw(st.booleans()) else [],
            "group": {"key": f"group-{of}", "choose": chooses[of]},
        }
        if any("unit" not in effect for effect in document["effects"]) and draw(st.booleans()):
            document["limits"] = [draw(limits)]
        drawn.append(said(document, f"rule-{number}", draw(st.integers(-1, 1))))
    beside = [{"effects": [draw(giving)]}, {"effects": [fixed(50)], "limits": [draw(limits)]}]
    drawn += [said(each, f"zest-{at}") for at, each in enumerate(beside) if draw(st.booleans())]
    return drawn


@st.composite
def contending(draw: st.DrawFn) -> list[Said]:
    """Two or three rules of a group, and one beside them, some of which draw on one budget."""
    drawn = []
    for number in range(draw(st.integers(3, 4))):
        document: Document = {"effects": [fixed(draw(st.integers(1, 60)))]}
        if draw(st.booleans()):
            document["limits"] = [{"scope": "budget", "budget": "autumn"}]
        if number:
            document["group"] = {"key": "group-1", "choose": "best"}
        drawn.append(said(document, f"rule-{number}", draw(st.integers(-1, 1))))
    return drawn


@st.composite
def plain_documents(draw: st.DrawFn) -> list[Said]:
    """Up to five rules of the kind that the oracle knows."""
    drawn = []
    for number in range(draw(st.integers(0, 5))):
        document: Document = {"effects": [draw(giving)], "conditions": draw(asked)}
        if draw(st.booleans()):
            document["limits"] = [{"most": draw(st.integers(1, 60))}]
        drawn.append(said(document, f"rule-{number}", draw(st.integers(-1, 1))))
    if draw(st.booleans()):
        drawn.append(said({"effects": [cap(draw(st.integers(1, 120)))]}, "cap"))
    return drawn


def judged(rules: list[Said], activity: Activity, **given: Any) -> Award:
    return evaluate(
        tuple(map(parsed, rules)), activity, given.pop("facts", NOBODY), budgets=BUDGETS, **given
    )


class TestSums:
    @many
    @given(documents(), activities, roundings)
    def test_grants_reasons_and_lines_agree_in_every_unit(
        self, rules: list[Said], activity: Activity, rounding: Rounding
    ) -> None:
        award = judged(rules, activity, rounding=rounding)
        granted: Counter[str] = Counter()
        for grant in award.grants:
            assert grant.points == sum(grant.line_points) + grant.loose_points > 0
            granted[grant.unit] += grant.points
        told: Counter[str] = Counter()
        for reason in award.reasons:
            assert reason.points >= 0
            told[reason.unit] += reason.points
        assert +told == +granted
        assert award.points == granted["points"] == sum(award.line_points) + award.loose_points
        assert len({(grant.unit, grant.terms) for grant in award.grants}) == len(award.grants)

    @many
    @given(documents(), activities, st.data())
    def test_the_order_of_the_rules_does_not_matter(
        self, rules: list[Said], activity: Activity, data: st.DataObject
    ) -> None:
        shuffled = data.draw(st.permutations(rules))
        assert judged(rules, activity) == judged(shuffled, activity)

    @many
    @given(plain_documents(), activities, st.integers(0, 40), roundings)
    def test_an_exact_oracle_agrees_on_what_every_rule_gives(
        self, rules: list[Said], activity: Activity, used: int, rounding: Rounding
    ) -> None:
        before = {f"{each.key}|member|ever:": used for each in rules}
        award = judged(rules, activity, facts=MemberFacts(used=before), rounding=rounding)
        found = {reason.rule: reason.points for reason in award.reasons if reason.points}
        expected = points_by_rule(rules, activity, before, rounding)
        assert found == {key: points for key, points in expected.items() if points}

    @many
    @given(documents(), activities)
    def test_a_document_survives_json_and_earns_the_same(
        self, rules: list[Said], activity: Activity
    ) -> None:
        again = [
            each._replace(document=json.loads(msgspec.json.encode(parsed(each).document)))
            for each in rules
        ]
        assert [parsed(each).document for each in again] == [parsed(e).document for e in rules]
        assert judged(again, activity) == judged(rules, activity)


class TestBestForTheMember:
    @settings(max_examples=400, deadline=None)
    @given(st.one_of(competing(), contending()), activities, st.integers(0, 60))
    def test_no_allowed_choice_gives_more(
        self, rules: list[Said], activity: Activity, used: int
    ) -> None:
        facts = MemberFacts(used={"!budget:autumn|ever:": used})
        ordered = sorted(map(parsed, rules), key=lambda rule: rule.order)
        by_group: dict[str, list[str]] = {}
        choose: dict[str, str] = {}
        for each in ordered:
            if each.group is not None:
                by_group.setdefault(each.group.key, []).append(each.key)
                choose.setdefault(each.group.key, each.group.choose)
        best = [key for key in by_group if choose[key] == "best"]
        award = judged(rules, activity, facts=facts)
        for choice in product(*(by_group[key] for key in best)):
            losers = {key for group in best for key in by_group[group]} - set(choice)
            allowed = [each for each in rules if each.key not in losers]
            assert judged(allowed, activity, facts=facts).points <= award.points

    @many
    @given(documents(groups=1), activities)
    def test_one_of_a_group_gives_and_the_others_have_lost_to_it(
        self, rules: list[Said], activity: Activity
    ) -> None:
        plain = [each for each in rules if each.key != "cap"]
        choices = {each.document.get("group", {}).get("choose") for each in plain} - {None}
        award = judged(plain, activity)
        if choices & {"sum"}:
            return
        inside = {each.key for each in plain if "group" in each.document}
        gave = {
            r.rule
            for r in award.reasons
            if r.rule in inside
            and (r.points or (r.code == "reward" and r.outcome is Outcome.APPLIED))
        }
        assert len(gave) <= 1
        lost = [reason for reason in award.reasons if reason.outcome is Outcome.LOST]
        assert {reason.params["winner"] for reason in lost} <= gave


class TestLimits:
    @many
    @given(documents(), st.lists(activities, min_size=1, max_size=6))
    def test_are_never_exceeded_whatever_happens_one_after_the_other(
        self, rules: list[Said], happened: list[Activity]
    ) -> None:
        ready = tuple(map(parsed, rules))
        used: Counter[str] = Counter()
        ceilings: dict[str, int] = {}
        given: Counter[str] = Counter()
        for activity in happened:
            ceilings |= shared_limits(ready, activity, budgets=BUDGETS)
            award = evaluate(ready, activity, MemberFacts(used=dict(used)), budgets=BUDGETS)
            used.update(award.uses)
            given.update({r.rule: r.points for r in award.reasons if r.unit == "points"})
            assert all(amount > 0 for amount in award.uses.values())
        for rule in ready:
            for limit in rule.limits:
                if limit.scope == "member" and limit.period != "activity":
                    own = [key for key in used if key.startswith(f"{rule.key}|member")]
                    assert all(used[key] <= (limit.most or 0) for key in own)
        for key, ceiling in ceilings.items():
            assert used[key] <= ceiling
        assert set(used) <= set(ceilings) | {key for key in used if not key.startswith("!")}

    @many
    @given(documents(), activities)
    def test_book_exactly_what_the_rule_gave(self, rules: list[Said], activity: Activity) -> None:
        award = judged(rules, activity)
        given: Counter[str] = Counter()
        for reason in award.reasons:
            if reason.unit == "points":
                given[reason.rule] += reason.points
        for each in rules:
            for limit in each.document.get("limits", ()):
                if (
                    limit.get("of") == "times"
                    or limit.get("period") == "activity"
                    or "budget" in limit
                ):
                    continue
                keys = [k for k in award.uses if k.lstrip("!").startswith(f"{each.key}|")]
                assert sum(award.uses[key] for key in keys) == given[each.key]


class TestParts:
    @many
    @given(
        st.lists(counted, min_size=1, max_size=4),
        st.lists(lines, min_size=1, max_size=5),
        st.data(),
        roundings,
    )
    def test_splitting_a_purchase_gains_no_more_than_a_point_per_rule(
        self, effects: list[Document], bought: list[Line], data: st.DataObject, rounding: Rounding
    ) -> None:
        """Of rules that count amounts or quantities; by rounding down it gains nothing at all."""
        rules = [said({"effects": [effect]}, f"r{at}") for at, effect in enumerate(effects)]
        cut = data.draw(st.integers(0, len(bought)))

        def points(part: list[Line]) -> int:
            happened = Activity(type="purchase", occurred_at=NOON, lines=tuple(part))
            return judged(rules, happened, rounding=rounding).points if part else 0

        gained = points(bought[:cut]) + points(bought[cut:]) - points(bought)
        assert gained <= (0 if rounding is Rounding.FLOOR else len(rules))

    @many
    @given(
        plain_documents(),
        st.lists(lines, min_size=1, max_size=6),
        st.data(),
        roundings,
        st.sampled_from(("none", "best")),
    )
    def test_keeping_less_of_a_basket_never_earns_more(
        self,
        rules: list[Said],
        bought: list[Line],
        data: st.DataObject,
        rounding: Rounding,
        choose: str,
    ) -> None:
        """Under rules that only ask for more; a multiplier of some lines alone may shift a point."""
        monotone = [each for each in rules if not _shifts(each)]
        if choose == "best":
            grouped = {"group": {"key": "g", "choose": "best"}}
            monotone = [
                each if each.key == "cap" else each._replace(document={**each.document, **grouped})
                for each in monotone
            ]
        paid = [line for line in bought if line.amount >= 0]
        kept = [line for line in paid if data.draw(st.booleans())]
        whole, part = (
            judged(
                monotone,
                Activity(type="purchase", occurred_at=NOON, lines=tuple(some)),
                rounding=rounding,
            )
            for some in (paid, kept)
        )
        assert part.points <= whole.points


def _shifts(each: Said) -> bool:
    fields = {condition["field"] for condition in each.document["conditions"]}
    return each.effect["kind"] == "multiplier" and "line.category" in fields
