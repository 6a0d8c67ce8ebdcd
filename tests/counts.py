"""How hard to try, and how much was tried.

``make test-hard`` sets ``EDUKIT_HARD``: the same tests then try many times as much. What was tried is counted and
printed at the end of the run.
"""

from __future__ import annotations

import os
from collections import Counter

HARD = bool(os.environ.get("EDUKIT_HARD"))
TRIED: Counter[str] = Counter()


def times(short: int, hard: int) -> int:
    """How many cases to try."""
    return hard if HARD else short


def count(what: str, number: int = 1) -> None:
    """Add to what was tried."""
    TRIED[what] += number


def survived(fault: str, number: int = 1) -> None:
    """Add a fault after which nothing was lost, half made or untrue."""
    count("faults survived, nothing lost", number)
    count(f"fault: {fault}", number)


def highest(what: str, number: float) -> None:
    """Keep the highest of some measurements."""
    TRIED[f"{what}, at most"] = max(TRIED[f"{what}, at most"], round(number))
