"""Whatever happened: each moment of the past is told as it was seen when it was the present."""

from datetime import datetime
from typing import Any

import pytest

from loyalty.as_of import balance_at, difference, lots_at
from tests.properties.ledger_life import Life

pytestmark = pytest.mark.django_db

STEPS = 120


def then(account: int, at: datetime) -> tuple[Any, ...]:
    figures = balance_at(account, at)
    lots = [
        (lot.lot, lot.remaining, lot.available_from, lot.expires_at) for lot in lots_at(account, at)
    ]
    return (
        figures.balance,
        figures.spendable,
        figures.pending,
        figures.held,
        figures.owed,
    ), lots


@pytest.mark.parametrize("seed", range(6))
def test_the_past_is_told_as_it_was_seen(seed):
    run = Life(seed)
    seen = {}
    for _ in range(STEPS):
        run.advance()
        seen[run.now] = run.seen()

    assert {at: then(run.account, at) for at in seen} == seen
    assert any(figures[4] for figures, _ in seen.values()), "somebody owed something"


@pytest.mark.parametrize("seed", range(3))
def test_what_moved_between_two_moments_is_the_difference_of_the_balances(seed):
    run = Life(seed)
    moments = [run.now]
    for _ in range(60):
        run.advance()
        moments.append(run.now)

    for _ in range(20):
        since, until = sorted(run.random.sample(moments, 2))
        found = difference(run.account, since, until)
        assert sum(moved.points for moved in found.moved.values()) == (
            found.after.balance - found.before.balance
        )
