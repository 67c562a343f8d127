"""Whoever is drawn: the arm is one that exists, the same every time, and moves only as it must."""

from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from campaigns.experiments.allocation import HOLDOUT, UNIVERSAL, Share, arm_of, place_of

members = st.uuids()
salts = st.text("abcdef0123456789", min_size=1, max_size=32)
per_cents = st.integers(0, 90)
variants = st.lists(st.integers(0, 100), min_size=1, max_size=5).map(
    lambda weights: [(f"v{n}", weight + (n == 0)) for n, weight in enumerate(weights)]
)
universals = st.none() | st.builds(Share, salts, st.integers(0, 50))


class TestArmOf:
    @given(salts, members, per_cents, universals, variants)
    def test_is_an_arm_that_exists_and_the_same_every_time(
        self,
        salt: str,
        member: UUID,
        holdout: int,
        universal: Share | None,
        variants: list[tuple[str, int]],
    ):
        arm = arm_of(salt, member, holdout, universal, variants)

        assert arm in {HOLDOUT, UNIVERSAL, *(key for key, weight in variants if weight)}
        assert arm_of(salt, UUID(str(member)), holdout, universal, variants) == arm

    @given(salts, members, per_cents, variants)
    def test_is_where_exact_fractions_put_it(
        self, salt: str, member: UUID, holdout: int, variants: list[tuple[str, int]]
    ):
        place = Fraction(place_of(salt, member), 2**64)
        total = sum(weight for _, weight in variants)
        edge, expected = Fraction(holdout, 100), HOLDOUT
        for key, weight in variants:
            if place < edge:
                break
            edge, expected = edge + (1 - Fraction(holdout, 100)) * Fraction(weight, total), key

        assert arm_of(salt, member, holdout, None, variants) == expected

    @given(salts, members, st.lists(per_cents, min_size=2, max_size=2, unique=True).map(sorted))
    def test_who_is_held_out_stays_so_when_more_are(
        self, salt: str, member: UUID, parts: list[int]
    ):
        fewer, more = parts

        if arm_of(salt, member, fewer, None, [("a", 1)]) == HOLDOUT:
            assert arm_of(salt, member, more, None, [("a", 1)]) == HOLDOUT
