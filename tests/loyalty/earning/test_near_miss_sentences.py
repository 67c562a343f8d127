import pytest

from loyalty.types import MemberFacts
from tests.loyalty.earning.explaining import FIFTY, both, judged
from tests.loyalty.earning.telling import a_rule, asks, gives


class TestNearMisses:
    @pytest.mark.parametrize(
        ("points", "nl", "en"),
        [(50, "50 punten extra", "50 extra points"), (1, "1 punt extra", "1 extra point")],
    )
    def test_of_an_amount(self, points: int, nl: str, en: str) -> None:
        rule = a_rule(
            asks("basket.amount", "at_least", "1250"), effects=[gives("fixed", points=points)]
        )
        reason = judged(rule)
        assert both(reason) == (
            f"Nog € 3,10 meer en je had {nl} verdiend",
            f"€3.10 more would have earned you {en}",
        )
        assert both(reason, is_ahead=True) == (
            f"Nog € 3,10 meer en je verdient {nl}",
            f"€3.10 more earns you {en}",
        )
        assert both(reason, audience="cashier") == (f"Nog € 3,10: {nl}", f"€3.10 more: {en}")

    def test_of_a_single_line(self) -> None:
        reason = judged(a_rule(asks("line.amount", "at_least", "1235"), effects=FIFTY))
        assert both(reason) == (
            "Nog € 0,59 meer en je had 50 punten extra verdiend",
            "€0.59 more would have earned you 50 extra points",
        )

    def test_of_a_quantity(self) -> None:
        rule = a_rule(asks("basket.quantity", "at_least", "3"), effects=FIFTY)
        assert both(judged(rule)) == (
            "Nog 1 stuk meer en je had 50 punten extra verdiend",
            "1 piece more would have earned you 50 extra points",
        )
        two = judged(a_rule(asks("basket.quantity", "at_least", "4.5"), effects=FIFTY))
        assert both(two, is_ahead=True) == (
            "Nog 2,5 stuks meer en je verdient 50 punten extra",
            "2.5 pieces more earns you 50 extra points",
        )

    @pytest.mark.parametrize(
        ("before", "nl", "en"),
        [
            (
                3,
                "Met je volgende aankoop verdien je 1 ster extra",
                "Your next purchase earns you 1 extra star",
            ),
            (
                1,
                "Nog 3 aankopen en je verdient 1 ster extra",
                "3 purchases more and you earn 1 extra star",
            ),
        ],
    )
    def test_of_the_nth(self, before: int, nl: str, en: str) -> None:
        rule = a_rule(
            asks("count", "every", 5, of="purchase"),
            effects=[gives("fixed", points=1, unit="stars")],
        )
        reason = judged(rule, by=MemberFacts(counts={"purchase": before}))
        assert both(reason) == both(reason, is_ahead=True) == (nl, en)

    def test_of_a_reward(self) -> None:
        rule = a_rule(
            asks("basket.amount", "at_least", "1250"),
            effects=[gives("reward", reward="brush"), *FIFTY],
        )
        assert both(judged(rule)) == (
            "Nog € 3,10 meer en je had 50 punten extra en de beloning Gratis kwast verdiend",
            "€3.10 more would have earned you 50 extra points and the reward Free brush",
        )
