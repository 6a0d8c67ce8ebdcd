"""Comparisons that stay right at the limit itself.

Numbers are judged unrounded. Where a value lies within a hair of its limit, binary floating point could still tip
the verdict (4.2 per hundred from 0.1 + 0.2 arithmetic is not 4.2), so those few cases are decided again with
rational numbers made from the decimals that were typed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

HAIR = 1e-9
"""Relative distance from a limit within which a comparison is repeated exactly; far above float error, far below
any difference that data could show."""


def fraction(number: float) -> Fraction:
    """The decimal number as it is written, not its binary neighbour.

    >>> fraction(0.1)
    Fraction(1, 10)

    Raises:
        ValueError: it is infinite or no number.
    """
    number = float(number)
    if number.is_integer() and abs(number) < 2**53:  # most numbers typed are; nothing to take apart
        return Fraction(int(number))
    if not math.isfinite(number):
        raise ValueError(f"no fraction is {number}")
    return Fraction(Decimal(repr(number)))  # half the time that Fraction takes to read the text itself


def converted(number: float, factor: float) -> float:
    """A number in another unit, rounded to a float only once.

    A factor that is a simple fraction is taken for that fraction: 1 亩 is 2000/3 ㎡, not 666.6666666666666.

    >>> converted(1234567, 0.0001), 1234567 * 0.0001
    (123.4567, 123.45670000000001)
    >>> converted(3, 2000 / 3)
    2000.0
    """
    if factor == 1 and math.isfinite(number):
        return float(number)
    simple = Fraction(factor).limit_denominator(10**6)
    return float(fraction(number) * (simple if float(simple) == factor else fraction(factor)))


def total(numbers: Iterable[float]) -> float:
    """The sum of decimal numbers as they are written, rounded to a float only once.

    >>> total([0.1, 0.2]), 0.1 + 0.2
    (0.3, 0.30000000000000004)
    """
    return float(sum(map(fraction, numbers), Fraction(0)))


def close(values: NDArray[np.float64], limits: NDArray[np.float64] | float) -> NDArray[np.bool_]:
    """Which values lie within a hair of their limits; unknown values do not."""
    hair = HAIR * np.abs(limits)
    near: NDArray[np.bool_] = (values >= limits - hair) & (values <= limits + hair)
    return near


def at_least(
    values: NDArray[np.float64], limit: float, exact: Callable[[NDArray[np.intp]], Iterable[Fraction]]
) -> NDArray[np.bool_]:
    """Whether each value reaches the limit; ``exact`` gives those at some positions, the close calls, as fractions."""
    reached: NDArray[np.bool_] = values >= limit
    near = np.flatnonzero(close(values, limit))
    if len(near):
        least = fraction(limit)
        reached[near] = [number >= least for number in exact(near)]
    return reached


def roots_at_most(squares: Sequence[Fraction], limit: float) -> bool:
    """Whether the mean of the square roots stays within a limit, with sixty digits where a float has sixteen.

    A difference in the last fifteen of them is taken for none: it is the rounding of roots that have no last digit.

    >>> roots_at_most([Fraction(1, 4), Fraction(49, 100)], 0.6), roots_at_most([Fraction(1, 4), Fraction(1, 2)], 0.6)
    (True, False)
    """
    digits = Context(prec=60)
    roots = [digits.sqrt(digits.divide(square.numerator, square.denominator)) for square in squares]
    total = Fraction(0)
    for root in roots:
        total += Fraction(root)
    return total / len(roots) <= fraction(limit) * (1 + Fraction(1, 10**45))


def ceiling(need: float, exact: Callable[[], Fraction]) -> int:
    """The smallest whole number not below ``need``, decided exactly where ``need`` is nearly whole.

    >>> ceiling(21.000000000000004, lambda: Fraction(21))
    21
    """
    if abs(need - round(need)) <= HAIR * max(1.0, abs(need)):
        return math.ceil(exact())
    return math.ceil(need)
