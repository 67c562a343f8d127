import time
from typing import Any

import pytest

from loyalty.earning.engine import evaluate
from loyalty.errors import RuleInvalid
from loyalty.types import Activity, MemberFacts, Outcome
from tests.loyalty.earning.shop import NOBODY, activity, fixed, line, rule

BASKET = activity(
    line("12.49", "paint"), line("3.99", "tools"), channel="app", attributes={"coupon": "X1"}
)
GOLD = MemberFacts(tiers={"main": "gold"}, counts={"purchase": 4}, segments=frozenset({"painters"}))


def asking(expression: str) -> dict[str, Any]:
    return {"field": "advanced", "value": expression}


def holds(expression: str, happened: Activity = BASKET, facts: MemberFacts = GOLD) -> bool:
    (reason,) = evaluate([rule(fixed(), asking(expression))], happened, facts).reasons
    if reason.outcome is not Outcome.APPLIED:
        assert (reason.code, reason.params) == ("advanced", {"advanced": ""})
    return reason.outcome is Outcome.APPLIED


def refusal_of(expression: str) -> str:
    with pytest.raises(RuleInvalid) as refusal:
        rule(fixed(), asking(expression))
    assert refusal.value.field == "conditions.0.value"
    return refusal.value.detail


class TestExpression:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("activity.amount == 16.48", True),
            ("activity.channel == 'web' || lines.exists(l, l.amount > 12.0)", True),
            ('lines.all(l, l.category == "paint")', False),
            ("lines.filter(l, l.quantity >= 1.0).exists(l, l.category == 'tools')", True),
            ("member.tiers.main == 'gold' && activity.nth['purchase'] == 5", True),
            ("'painters' in member.segments && member.days == -1", True),
            ("activity.attributes.coupon.startsWith('X')", True),
            ("'gift' in activity.attributes", False),
            ("now.weekday == 7 && now.hour == 12", True),
            ("size(lines) % 2 == 0 ? now.month == 11 : false", True),
        ],
    )
    def test_sees_what_happened_and_what_is_known(self, expression: str, *, expected: bool) -> None:
        assert holds(expression) is expected

    @pytest.mark.parametrize(
        "expression",
        [
            "activity.attributes.gift == '1'",
            "member.tiers.main == 'gold'",
            "int(activity.attributes.coupon) > 0",
            "100 / (int(activity.amount) - 16) > 0",
        ],
    )
    def test_what_goes_wrong_is_not_met(self, expression: str) -> None:
        assert not holds(expression, facts=NOBODY)

    def test_a_basket_of_more_than_a_thousand_lines_is_not_looked_through(self) -> None:
        lines = [line("1.00")] * 1001
        assert not holds("size(lines) > 0", activity(*lines))
        assert holds("size(lines) > 0", activity(*lines[1:]))

    @pytest.mark.parametrize(
        ("expression", "said"),
        [
            ("activity.amount >", "The expression cannot be read"),
            ("activity.amount", "The expression must come to true or false."),
            ("basket.amount > 1.0", "Unknown name 'basket'; known here: activity, lines, member,"),
            ("'a'.matches('b')", "Unknown function 'matches'; known here: contains, double"),
            ("lines.exists(l, l.colour == 'red')", "The expression fails on a sample"),
            ("activity.amount > '1'", "The expression fails on a sample"),
            (
                "lines.exists(a, lines.exists(b, a.amount > b.amount))",
                "A list may not be gone through inside another.",
            ),
            (
                "lines.map(a, [a.amount, size(lines . map (b, b.amount))])[0][0] > 1.0",
                "A list may not be gone through inside another.",
            ),
            ("true // always", "Texts stand between plain quotes"),
            ("lines.exists(l, l.category == '''a.map(''')", "Texts stand between plain quotes"),
            ("activity.channel == 'x" + "y" * 500 + "'", "Expected `str` of length <= 500"),
        ],
    )
    def test_refuses_what_it_may_not_or_cannot_ask(self, expression: str, said: str) -> None:
        assert refusal_of(expression).startswith(said)

    def test_brackets_and_macros_in_a_text_are_text(self) -> None:
        assert holds("lines.exists(l, l.category != '(.map(x,')")

    def test_the_longest_of_lists_takes_no_more_than_a_moment(self) -> None:
        lines = [line("1.00")] * 1000
        asked = rule(fixed(), asking("lines.map(l, l.amount * 2.0).exists(a, a > 99.0)"))
        began = time.process_time()
        evaluate([asked], activity(*lines), NOBODY)
        assert time.process_time() - began < 0.5
