from decimal import Decimal
from itertools import permutations
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from loyalty.types import Line, LineKind
from rewards.discounting import CENT, MinimumNotMet, NothingToTakeOff, spread, taken_off
from rewards.kinds import Discount, Product
from rewards.stacking import refusals

cents = st.integers(0, 100_000).map(lambda n: n * CENT)
lines = st.lists(
    st.builds(
        Line,
        product=st.sampled_from(["paint", "brush", "tape"]),
        amount=cents,
        category=st.sampled_from(["", "tools"]),
        quantity=st.integers(1, 5).map(Decimal),
        kind=st.sampled_from([LineKind.GOODS, LineKind.DELIVERY]),
    ),
    min_size=1,
    max_size=6,
)
named = st.sampled_from([("paint",), ("brush",), ("paint", "brush")])
products = st.just(()) | named
discounts = st.builds(
    Discount, amount=cents.filter(bool), minimum=cents, products=products
) | st.builds(
    Discount,
    percent=st.integers(1, 100).map(Decimal),
    at_most=st.none() | cents.filter(bool),
    minimum=cents,
    products=products,
)
free = st.builds(Product, products=named, quantity=st.integers(1, 4), worth=st.just(Decimal(0)))


def off(terms: Discount | Product, basket: list[Line]) -> list[Decimal] | None:
    try:
        return taken_off(terms, basket, [line.amount for line in basket])
    except (MinimumNotMet, NothingToTakeOff):
        return None


class TestTakenOff:
    @given(discounts | free, lines)
    def test_never_takes_more_of_a_line_than_it_costs_and_always_whole_cents(self, terms, basket):
        for part, line in zip(off(terms, basket) or [], basket, strict=False):
            assert 0 <= part <= line.amount
            assert part % CENT == 0

    @given(discounts, lines)
    def test_takes_what_the_terms_say_and_no_cent_gets_lost(self, terms, basket):
        parts = off(terms, basket)
        meant = [
            line.amount
            for line in basket
            if line.kind is LineKind.GOODS
            and (not terms.products or line.product in terms.products)
        ]
        if parts is None:
            assert sum(meant) == 0 or sum(line.amount for line in basket) < terms.minimum
        elif terms.amount is not None:
            assert sum(parts) == min(terms.amount, sum(meant))
        else:
            exact = sum(meant) * terms.percent / 100
            assert sum(parts) <= (terms.at_most or exact + CENT)
            assert abs(sum(parts) - min(exact, terms.at_most or exact)) <= CENT / 2

    @given(free, lines)
    def test_gives_no_more_pieces_than_it_says(self, terms, basket):
        parts = off(terms, basket) or []
        dearest = sorted(
            (line.amount / line.quantity for line in basket for _ in range(int(line.quantity))),
            reverse=True,
        )
        assert sum(parts) <= sum(dearest[: terms.quantity]) + CENT * len(basket)


class TestSpread:
    @given(st.lists(cents, min_size=1, max_size=8).filter(any), st.integers(0, 1000))
    def test_gives_out_every_cent_in_proportion(self, over, share):
        money = (sum(over) * share / 1000).quantize(CENT, "ROUND_DOWN")
        parts = spread(money, over)

        assert sum(parts) == money
        assert all(0 <= part <= whole for part, whole in zip(parts, over, strict=True))
        exact = [money * whole / sum(over) for whole in over]
        assert all(abs(part - fair) < CENT for part, fair in zip(parts, exact, strict=True))


class Said(NamedTuple):
    kind: str
    stacking: str
    stacking_group: str


sayings = st.builds(
    Said,
    kind=st.sampled_from(["DISCOUNT", "PRODUCT", "CASH_CARD"]),
    stacking=st.sampled_from(["FREELY", "ONE_OF_GROUP", "ALONE"]),
    stacking_group=st.sampled_from(["a", "b"]),
)


class TestRefusals:
    @given(st.lists(sayings, min_size=2, max_size=4))
    def test_allows_a_basket_in_every_order_or_in_none(self, vouchers):
        allowed = {
            all(not refusals(order[:at], one) for at, one in enumerate(order))
            for order in permutations(vouchers)
        }
        assert len(allowed) == 1

    @given(st.lists(sayings, max_size=4), sayings)
    def test_lets_a_gift_card_pay_beside_anything(self, there, new):
        assert refusals(there, new._replace(kind="CASH_CARD")) == []

    @given(st.lists(sayings, max_size=4), sayings)
    def test_lets_nothing_but_gift_cards_beside_one_that_stands_alone(self, there, new):
        goods = [one for one in there if one.kind != "CASH_CARD"]
        alone = new._replace(kind="DISCOUNT", stacking="ALONE")
        assert refusals(there, alone) == goods
