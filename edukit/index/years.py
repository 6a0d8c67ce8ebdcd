"""A county's last years in a small drawing: the verdict of each, and how near the worst coefficient is to its limit."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from edukit import formats
from edukit.index.entries import Entry

VERDICTS: Final = {"met": "达到", "not_met": "未达到", "undetermined": "无法判定"}
MOST: Final = 5
"""Years in a drawing."""
_STEP, _HEIGHT, _LOW, _TOP = 16, 30, 0.4, 1.4
"""Width of a year, height of a drawing, and times the limit at its foot and top, between which most counties are."""
_MARKS: Final = {  # around the point, the shapes that stand for the verdicts everywhere
    "met": "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
    "not_met": "m-4-3h8l-4 7z",
    "undetermined": "m-3-3h6v6h-6z",
}


def histories(found: Iterable[Entry]) -> Mapping[str, Sequence[Entry]]:
    """Folder name to its judged years, the oldest first."""
    own: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(found, key=lambda entry: entry.year):
        if entry.verdict:
            own[entry.slug].append(entry)
    return own


def drawing(years: Sequence[Entry]) -> str:
    """The years as SVG; "" where there is nothing to compare."""
    last = years[-MOST:]
    if len(last) < 2:
        return ""
    across = [_STEP // 2 + _STEP * at for at in range(len(last))]
    points = [(x, _depth(entry), entry) for x, entry in zip(across, last, strict=True)]
    line = " ".join(f"{x},{y:g}" for x, y, entry in points if not math.isnan(ratio(entry)))
    limit = _height(1)
    marks = "".join(f'<path class="{entry.verdict}" d="M{x} {y:g}{_MARKS[entry.verdict]}"/>' for x, y, entry in points)
    told = "；".join(f"{entry.year}年{_told(entry)}" for entry in last)
    return (
        f'<svg class="spark" role="img" aria-label="{escape(told)}" viewBox="0 0 {_STEP * len(last)} {_HEIGHT}" '
        f'width="{_STEP * len(last)}" height="{_HEIGHT}"><title>{escape(told)}</title>'
        f'<path class="limit" d="M0 {limit:g}h{_STEP * len(last)}"/><polyline points="{line}"/>{marks}</svg>'
    )


def change(years: Sequence[Entry]) -> str:
    """Change of the worst coefficient's ratio to its limit in the last year, to sort by; "" if unknown."""
    if len(years) < 2:
        return ""
    step = ratio(years[-1]) - ratio(years[-2])
    return "" if math.isnan(step) else f"{step:.6g}"


def ratio(entry: Entry) -> float:
    """The worst coefficient by its limit; NaN where either is missing."""
    return entry.worst.value / entry.worst.limit if entry.worst else math.nan


def _depth(entry: Entry) -> float:
    """Where a year stands: the higher the worse; in the middle where nothing is known."""
    known = ratio(entry)
    return _height((_LOW + _TOP) / 2 if math.isnan(known) else max(_LOW, min(known, _TOP)))


def _height(share: float) -> float:
    return round(4 + (_HEIGHT - 8) * (_TOP - share) / (_TOP - _LOW), 1)


def _told(entry: Entry) -> str:
    word = VERDICTS[entry.verdict]
    return f"{word}，{entry.worst.name}{formats.cv(entry.worst.value, entry.worst.limit)}" if entry.worst else word
