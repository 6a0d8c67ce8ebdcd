"""How a rule puts what it found into a finding."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edukit.dictionary import Field
from edukit.findings import Finding, Severity
from edukit.workbook import Workbook

NAMELESS = "（未填校名）"


def number(value: float) -> str:
    """A number as a message shows it: no exponent, no needless zeros.

    >>> number(1200000.0), number(4.25)
    ('1200000', '4.25')
    """
    return f"{value:.6f}".rstrip("0").rstrip(".") if np.isfinite(value) else str(value)


def called(book: Workbook, row: object) -> str:
    """How a message calls a school, also one whose name was left blank."""
    name = book.schools.at[row, "school_name"]
    return name if isinstance(name, str) else NAMELESS


def finding(
    book: Workbook,
    severity: Severity,
    rule: str,
    row: object,
    field: str,
    problem: str,
    expected: str = "",
    found: str = "",
    action: str = "核对后改正",
) -> Finding:
    """A finding about one school and field; the problem is led by the school's name."""
    school = called(book, row)
    return Finding(
        severity,
        rule,
        book.where(row, field),
        f"{school}：{problem}",
        expected,
        found,
        action,
        school=school,
        field=field,
    )


def refused(book: Workbook) -> frozenset[str]:
    """The cells of which reading already said that they cannot be used, so that they need not be called blank too."""
    return frozenset(f.where for f in book.findings if f.severity is Severity.ERROR)


def outside(values: ArrayLike, low: float | None, high: float | None) -> NDArray[np.bool_]:
    """Which values lie below ``low`` or above ``high``; unknown ones do not."""
    numbers = np.asarray(values, dtype=float)
    beyond = np.zeros(numbers.shape, dtype=bool)
    if low is not None:
        beyond |= numbers < low
    if high is not None:
        beyond |= numbers > high
    return beyond


def confused(field: Field, value: float, bounds: tuple[float | None, float | None]) -> str:
    """The unit that would make a far-off value plausible, if it misses the bounds by about that unit's factor."""
    low, high = bounds
    for unit, factor in field.confusions:
        far = (high is not None and value > high * 10) or (low is not None and value < low / 10)
        if far and not outside(float(value) * factor, low, high):  # float: numpy would warn of 1e308 元
            return unit
    return ""


def between(low: float | None, high: float | None, unit: str) -> str:
    """A range in words, e.g. 0 至 6000 人."""
    shown = [number(bound) if bound is not None else "" for bound in (low, high)]
    text = f"{shown[0]} 至 {shown[1]}" if all(shown) else f"不小于 {shown[0]}" if shown[0] else f"不大于 {shown[1]}"
    return f"{text} {unit}".strip()
