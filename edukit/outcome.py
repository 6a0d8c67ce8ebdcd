"""What a single test of a county says: the number, its limit, the verdict and the sentence that proves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from edukit.formats import listed
from edukit.verdict import Verdict


@dataclass(frozen=True)
class Outcome:
    """The result of one test.

    Attributes:
        name: what was tested, as a reader sees it.
        value: the number that was judged, unrounded, in ``unit``; NaN where it is not known.
        limit: the number it was judged by, in the same unit; NaN where there is none.
        unit: unit of both, e.g. 元, 个; shares and rates are percentages with unit ``%``.
        verdict: met, not met or undetermined.
        evidence: one or more Chinese sentences with the numbers.
        failing: who or what fails the test: schools, years.
        unknown: whose number is missing.
    """

    name: str
    value: float
    limit: float
    unit: str
    verdict: Verdict
    evidence: str
    failing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def in_percent(share: Fraction) -> float:
    """A share as a percentage, rounded to a float only once.

    >>> in_percent(Fraction(7, 100)), 0.07 * 100
    (7.0, 7.000000000000001)
    """
    return float(share * 100)


def decided(failing: object, unknown: object) -> Verdict:
    """The verdict where all must hold: one that fails decides, else one unknown leaves it open.

    Unlike :func:`edukit.verdict.all_of` a test that concerns nobody is met: no small school, none underfunded.

    >>> decided([], ["某校"]).label, decided((), ()).label
    ('无法判定', '达标')
    """
    return Verdict.NOT_MET if failing else Verdict.UNDETERMINED if unknown else Verdict.MET


def missing(names: Sequence[str], what: str = "数据", measure: str = "所") -> str:
    """The sentence that names what is not known, or whose number; nothing where all is known.

    >>> missing(["甲校", "乙校"], "公用经费预算")
    '缺公用经费预算：甲校、乙校。'
    """
    return f"缺{what}：{listed(names, most=10, measure=measure)}。" if names else ""
