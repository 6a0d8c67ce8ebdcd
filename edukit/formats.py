"""Numbers and lists as a reader sees them. Rounding happens here and only here, after every verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

DASH = "—"
"""Shown for a number that is not known."""


def decimal(value: float, digits: int) -> str:
    """A number with thousands separators and fixed decimals; a dash where it is not known.

    >>> decimal(23226.5, 0), decimal(math.nan, 2)
    ('23,226', '—')
    """
    return DASH if math.isnan(value) else f"{value:,.{digits}f}"


def beside(value: float, limit: float, digits: int) -> str:
    """A number shown with as many decimals as it takes not to look equal to a limit that it misses.

    >>> beside(0.50018, 0.5, 3), beside(4.196, 4.2, 2), beside(4.2, 4.2, 2)
    ('0.5002', '4.196', '4.20')
    """
    if math.isnan(value) or math.isnan(limit) or value == limit:
        return decimal(value, digits)
    for places in range(digits, digits + 10):
        shown = decimal(value, places)
        number = float(shown.replace(",", ""))
        if number != limit and (number < limit) == (value < limit):
            return shown
    return decimal(value, digits)


def cv(value: float, limit: float = math.nan) -> str:
    """A coefficient of variation with three decimals, more where three would hide on which side of a limit it is."""
    return beside(value, limit, 3)


def cv_change(before: float, now: float) -> str:
    """How much a coefficient of variation changed, as a reader subtracts the two shown; nought has no sign.

    >>> cv_change(0.2713, 0.2746), cv_change(0.31, 0.302), cv_change(0.1352, 0.1348), cv_change(math.nan, 0.1)
    ('+0.004', '−0.008', '0.000', '—')
    """
    if math.isnan(before) or math.isnan(now):
        return DASH
    moved = f"{round(now, 3) - round(before, 3):+.3f}"
    return moved.lstrip("+-") if float(moved) == 0 else moved.replace("-", "−")


def whole(value: float) -> str:
    """A count with thousands separators.

    >>> whole(1234.0)
    '1,234'
    """
    return decimal(value, 0)


def plain(value: float) -> str:
    """A number as briefly as it can be written: limits and thresholds.

    >>> plain(4.2), plain(2000.0), plain(0.85)
    ('4.2', '2,000', '0.85')
    """
    return DASH if math.isnan(value) else f"{value:,.10g}"


def amount(value: float, unit: str) -> str:
    """A quantity with its unit; yuan from ten thousand on in 万元, areas to the next tenth unless whole.

    >>> amount(353.0, "㎡"), amount(123456.0, "元"), amount(3, "人")
    ('353㎡', '12.35万元', '3人')
    """
    if math.isnan(value):
        return DASH
    if unit == "元":
        return f"{value / 10000:,.2f}万元" if abs(value) >= 10000 else f"{value:,.0f}元"
    near = round(value, 6)
    return f"{near:,.0f}{unit}" if float(near).is_integer() else f"{value:,.1f}{unit}"


def percent(value: float, digits: int = 1) -> str:
    """A share as percent.

    >>> percent(0.2634)
    '26.3%'
    """
    return DASH if math.isnan(value) else f"{value:.{digits}%}"


def listed(names: Sequence[str], most: int = 5, measure: str = "所") -> str:
    """Names joined by 、, cut after ``most`` with the full count.

    >>> listed(["甲", "乙", "丙"], most=2)
    '甲、乙等3所'
    """
    shown = "、".join(names[:most])
    return shown if len(names) <= most else f"{shown}等{len(names)}{measure}"


def area(county: str) -> str:
    """The word for the whole of a county, by what it is called.

    >>> area("新邱区"), area("宁国市"), area("某县")
    ('全区', '全市', '全县')
    """
    return {"区": "全区", "市": "全市", "旗": "全旗"}.get(county[-1:], "全县")
