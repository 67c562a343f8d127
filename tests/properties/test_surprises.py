"""A surprise is drawn by weight, the same every time, and as often as its weight says."""

import hmac
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from rewards.surprises import drawn

WEIGHTS = st.dictionaries(st.integers(1, 50), st.integers(1, 1000), min_size=1, max_size=8)
SECRETS = st.binary(min_size=1, max_size=40)


def recomputed(weights: dict[int, int], secret: bytes, seed: bytes) -> int:
    """The same from its definition: a list with every key as often as its weight."""
    tickets = [key for key in sorted(weights) for _ in range(weights[key])]
    digest = hmac.new(secret, b"trouw surprise\0" + seed, "sha256").digest()
    return tickets[int(digest.hex(), 16) % len(tickets)]


class TestDrawn:
    @given(WEIGHTS, SECRETS, st.uuids())
    def test_is_what_its_definition_says(self, weights, secret, seed):
        found = drawn(weights, secret=secret, seed=seed.bytes)

        assert found == recomputed(weights, secret, seed.bytes)
        assert found in weights

    @given(WEIGHTS, SECRETS, st.uuids(), st.randoms())
    def test_does_not_depend_on_the_order_of_what_is_drawn_from(
        self, weights, secret, seed, random
    ):
        shuffled = list(weights.items())
        random.shuffle(shuffled)

        assert drawn(dict(shuffled), secret=secret, seed=seed.bytes) == drawn(
            weights, secret=secret, seed=seed.bytes
        )

    def test_comes_out_as_often_as_the_weights_say(self):
        weights, draws = {1: 1, 2: 3, 3: 6}, 20_000

        times = dict.fromkeys(weights, 0)
        for number in range(draws):
            times[drawn(weights, secret=b"k", seed=UUID(int=number).bytes)] += 1

        exact = dict.fromkeys(weights, 0)
        for number in range(draws):
            exact[recomputed(weights, b"k", UUID(int=number).bytes)] += 1
        assert times == exact
        # four standard deviations of a share of a tenth, three and six tenths
        assert all(
            abs(times[key] - draws * weight / 10) < 4 * (draws * weight * (10 - weight)) ** 0.5 / 10
            for key, weight in weights.items()
        )
