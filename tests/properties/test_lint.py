"""What lint calls impossible never happens, and what it says never wins never does."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from loyalty.earning.document import Rule, parse_rule
from loyalty.earning.engine import evaluate
from loyalty.earning.lint import lint
from loyalty.earning.reach import Known, both, reach_of, why_impossible
from loyalty.types import EarningBase, Outcome, Reason
from tests.loyalty.earning.documents import (
    CATEGORIES,
    CLOCKS_BACK,
    LADDERS,
    PRODUCTS,
    SEGMENTS,
    YEAR,
    alike,
    conditions,
    documents,
    effects,
    happenings,
    rivals,
    several,
)
from tests.loyalty.earning.shop import Json

many = settings(max_examples=80, deadline=None)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HELD = {Outcome.APPLIED, Outcome.LOST, Outcome.LIMITED}
bases = st.builds(EarningBase, gift_cards=st.booleans(), delivery=st.booleans())
starts = st.one_of(
    st.none(), st.integers(0, 60).map(lambda hours: CLOCKS_BACK + timedelta(hours=hours))
)
spans = st.one_of(st.none(), st.sampled_from((1, 5, 24, 48, 24 * 6, 24 * 40)))
HAPPENED = happenings(200)


def found(rules: list[Rule], code: str, **more: Any) -> list[tuple[str, ...]]:
    findings = lint(
        rules,
        budgets={"spring": 10_000},
        tier_keys=LADDERS,
        categories=CATEGORIES,
        products=PRODUCTS,
        segments=SEGMENTS,
        units=("points", "stamps"),
        zone=AMSTERDAM,
        now=YEAR,
        **more,
    )
    return [finding.rules for finding in findings if finding.code == code]


def parsed(document: Json, key: str, starts_at: datetime | None, hours: int | None) -> Rule:
    ends_at = starts_at + timedelta(hours=hours) if starts_at and hours else None
    return parse_rule(document, key=key, version=1, name={}, starts_at=starts_at, ends_at=ends_at)


class TestNever:
    @settings(many, max_examples=150)
    @given(alike(), starts, spans, bases)
    def test_what_can_never_apply_never_does(
        self,
        asked: list[Json],
        starts_at: datetime | None,
        hours: int | None,
        base: EarningBase,
    ) -> None:
        rule = parsed(fixed(asked), "rule", starts_at, hours)
        assume(found([rule], "never_fires", base=base))
        for activity, facts in HAPPENED:
            award = evaluate([rule], activity, facts, zone=AMSTERDAM, base=base)
            assert not any(reason.outcome in HELD for reason in award.reasons)

    @given(rivals())
    @many
    def test_rules_that_never_meet_never_do(self, asked: tuple[list[Json], list[Json]]) -> None:
        """Neither on one line: a second line would let each have its own."""
        rules = [
            parsed(fixed(each), key, None, None) for key, each in zip("ab", asked, strict=True)
        ]
        known = Known(tiers=[frozenset(tiers) for tiers in LADDERS.values()], zone=AMSTERDAM)
        assume(why_impossible(both(*map(reach_of, rules)), known))
        for activity, facts in HAPPENED:
            alone = replace(activity, lines=activity.lines[:1])
            award = evaluate(rules, alone, facts, zone=AMSTERDAM)
            assert sum(reason.outcome in HELD for reason in award.reasons) < 2

    @many
    @given(documents(), starts, spans)
    def test_anything_can_be_linted(
        self, document: Json, starts_at: datetime | None, hours: int | None
    ) -> None:
        rule = parsed(document, "rule", starts_at, hours)
        found([rule, rule._replace(key="other")], "")


class TestNeverWins:
    @settings(many, max_examples=80, suppress_health_check=[HealthCheck.filter_too_much])
    @given(
        st.sampled_from(("first", "best")),
        st.lists(
            st.tuples(effects, st.lists(conditions, max_size=1), st.integers(-1, 1)),
            min_size=2,
            max_size=4,
        ),
        several(2),
    )
    def test_who_never_wins_never_does(
        self, choose: str, several_rules: list[tuple[Json, list[Json], int]], shared: list[Json]
    ) -> None:
        group = {"key": "autumn", "choose": choose}
        rules = [
            parse_rule(
                fixed(own) | {"effects": [effect], "group": group},
                key=f"r{place}",
                version=1,
                name={},
                priority=priority,
            )
            for place, (effect, own, priority) in enumerate(several_rules)
        ]
        base = fixed(shared) | {"effects": [{"kind": "per_amount", "points": 3, "per": "1"}]}
        rules.append(parse_rule(base, key="base", version=1, name={}))
        losers = {keys[1] for keys in found(rules, "never_wins")}
        assume(losers)
        for activity, facts in HAPPENED:
            award = evaluate(rules, activity, facts, zone=AMSTERDAM)
            won = {r.rule for r in award.reasons if r.outcome is Outcome.APPLIED and _gave(r)}
            assert not won & losers


def fixed(asked: list[Json]) -> Json:
    """A document of one point for all that is asked."""
    return {
        "schema": 2,
        "trigger": "purchase",
        "conditions": asked,
        "effects": [{"kind": "fixed", "points": 1}],
    }


def _gave(reason: Reason) -> bool:
    return bool(reason.points) or reason.code == "reward"
