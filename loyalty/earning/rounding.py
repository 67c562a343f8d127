"""From exact ratios to whole points. No floats, no Decimals: integers over one denominator."""

from collections.abc import Callable, Sequence

from loyalty.types import Rounding


def _floor(numerator: int, denominator: int) -> int:
    return numerator // denominator


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _ceiling(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


_ROUND: dict[Rounding, Callable[[int, int], int]] = {
    Rounding.FLOOR: _floor,
    Rounding.HALF_UP: _half_up,
    Rounding.CEILING: _ceiling,
}


def spread(numerators: Sequence[int], denominator: int, rounding: Rounding) -> list[int]:
    """Whole points for each `numerator / denominator`, rounded once on their sum.

    The sum of the answer is the rounded sum of the exact shares; each share differs from its
    exact value by less than one point. What is left over after rounding every share down goes
    to the largest remainders, of equal ones to the earlier. Numerators are not negative. Who splits
    a purchase in two gains at most one point per rule by it, and by rounding down none at all.
    """
    exact = sum(numerators)
    is_floor = rounding is Rounding.FLOOR
    total = exact // denominator if is_floor else _ROUND[rounding](exact, denominator)
    shares = [numerator // denominator for numerator in numerators]
    left_over = total - sum(shares)
    if left_over:
        remainders = [-(numerator % denominator) for numerator in numerators]
        largest_first = sorted(
            range(len(shares)), key=remainders.__getitem__
        )  # stable: ties earlier
        for position in largest_first[:left_over]:
            shares[position] += 1
    return shares
