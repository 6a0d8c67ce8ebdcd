"""A sheet to draw on, measured in inches from its top left corner.

Places are worked out from the widths of the texts before anything is drawn, so that nothing overlaps or is cut off.
There are no matplotlib axes: two of them take as long as all the marks and texts of a figure together, and a batch
draws tens of thousands of figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import matplotlib as mpl
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from edukit import style
from edukit.case import Case
from edukit.figures.measuring import BODY, SMALL, measure
from edukit.figures.words import Align, Word, Words
from edukit.showing import Chart, Format

WIDTH = 7.2
"""Width of every figure in inches; a page scales it down, to half the size on a phone."""
EDGE = 0.08
"""Free margin around a sheet in inches."""
LINE = 0.17
"""Distance between two lines of one text in inches."""
AXIS = 0.45
"""Room below the marks for the numbers and the name of an axis."""
DASHES = (0, (4, 2.2))
SIGN, KEY_LINE, KEY_GAP = 0.23, 0.21, 0.2

Sign = Literal["bar", "hatch", "o", "s", "^", "v", "D", "line", "dash"]
Bar = tuple[float, float, float, float]
"""Left, top, width, height in inches."""


@dataclass(frozen=True)
class Scale:
    """Data from ``low`` to ``high`` on the way from ``left`` to ``right`` in inches.

    >>> Scale(0, 2, left=1, right=5)(0.5)
    2.0
    """

    low: float
    high: float
    left: float
    right: float

    def __call__(self, value: float) -> float:
        """Place of a value in inches."""
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)

    def steps(self, most: int) -> list[float]:
        """At most about ``most`` round numbers on the scale.

        >>> Scale(0, 0.52, 0, 1).steps(4)
        [0.0, 0.2, 0.4]
        """
        raw = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(i * step, 12) for i in range(first, last + 1)]


@dataclass(frozen=True)
class KeyEntry:
    """One entry of a key: a sign in a colour and what it stands for."""

    sign: Sign
    colour: str
    label: str
    hollow: bool = False


class Sheet:
    """A figure on which places are given in inches, x to the right and y downwards."""

    def __init__(self, height: float, width: float = WIDTH) -> None:
        """Open an empty sheet; sets matplotlib up on the first call in a process."""
        prepare()
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height), layout="none")  # type: ignore[arg-type]  # missing in the stub
        self.words = Words()
        self._drawn = 0
        self.figure.add_artist(self.words)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = BODY,
        colour: str = style.INK,
        align: Align = "left",
    ) -> None:
        """Write a text whose vertical middle is at ``y``."""
        lines = text.split("\n")
        for i, line in enumerate(lines):
            down = (i - (len(lines) - 1) / 2) * LINE * size / BODY
            self.words.write(Word(x, y + down, line, size, colour, align))

    def bars(
        self, bars: Sequence[Bar], colours: str | Sequence[str], *, hatch: bool = False, edge: str = "none"
    ) -> None:
        """Fill rectangles, all in one colour or each in its own. Those of a colour are one shape."""
        each = [colours] * len(bars) if isinstance(colours, str) else colours
        for colour in dict.fromkeys(each):
            corners = [
                [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
                for (x, y, w, h), own in zip(bars, each, strict=True)
                if own == colour
            ]
            shape = self._shape(corners, closed=True)
            fill = PathPatch(shape, facecolor=colour, edgecolor=edge, linewidth=0.5, joinstyle="round")
            if hatch:
                fill.set_hatch("////")
                fill.set_hatchcolor(style.UNDETERMINED)
            self._add(fill)

    def lines(
        self, lines: Iterable[tuple[float, float, float, float]], colour: str, *, width: float = 0.8, dash: bool = False
    ) -> None:
        """Draw straight lines from (x, y) to (x, y), as one shape."""
        ends = [[(x1, y1), (x2, y2)] for x1, y1, x2, y2 in lines]
        if ends:
            look = {"linestyle": DASHES if dash else "solid", "joinstyle": "round"}
            self._add(PathPatch(self._shape(ends), fill=False, edgecolor=colour, linewidth=width, **look))

    def dots(
        self,
        places: Sequence[tuple[float, float]],
        colour: str,
        *,
        marker: str = "o",
        sizes: float | Sequence[float] = 6.5,
        hollow: bool = False,
    ) -> None:
        """Draw marks of one kind; ``sizes`` are diameters in points."""
        if not places:
            return
        each = [sizes] * len(places) if isinstance(sizes, int | float) else sizes
        # Small marks on top, so that none is hidden.
        for size in sorted(set(each), reverse=True):
            here = [place for place, own in zip(places, each, strict=True) if own == size]
            self._add(
                Line2D(
                    [x for x, _ in here],
                    [self.height - y for _, y in here],
                    linestyle="",
                    marker=marker,
                    markersize=size,
                    markerfacecolor=style.PAPER if hollow else colour,
                    markeredgecolor=colour if hollow else style.PAPER,
                    markeredgewidth=1.2 if hollow else 0.7,
                )
            )

    def axis(
        self,
        scale: Scale,
        top: float,
        bottom: float,
        label: str,
        *,
        most: int = 5,
        form: Callable[[float], str] = lambda value: f"{value:g}",
    ) -> None:
        """Grid lines from ``top`` to ``bottom`` with numbers, and the axis's name with its unit, below."""
        steps = scale.steps(most)
        self.lines([(scale(step), top, scale(step), bottom) for step in steps], style.RULE)
        for step in steps:
            self.text(scale(step), bottom + 0.12, form(step), size=SMALL, colour=style.MUTED, align="center")
        middle = (scale.left + scale.right) / 2
        if label:
            self.text(middle, bottom + 0.32, label, size=SMALL, colour=style.MUTED, align="center")

    def key(self, top: float, entries: Sequence[KeyEntry], left: float = EDGE) -> None:
        """Write the key from ``top`` on; :func:`key_height` tells how much room it takes."""
        for row, line in enumerate(_key_lines(entries, self.width - left - EDGE)):
            x, y = left, top + (row + 0.5) * KEY_LINE
            for entry in line:
                self._sign(entry, x, y)
                self.text(x + SIGN, y, entry.label, size=SMALL, colour=style.MUTED)
                x += _key_width(entry)

    def _sign(self, entry: KeyEntry, x: float, y: float) -> None:
        if entry.sign in ("bar", "hatch"):
            self.bars([(x, y - 0.055, 0.17, 0.11)], entry.colour, hatch=entry.sign == "hatch", edge=style.NEUTRAL)
        elif entry.sign in ("line", "dash"):
            self.lines([(x, y, x + 0.17, y)], entry.colour, width=1.5, dash=entry.sign == "dash")
        else:
            self.dots([(x + 0.085, y)], entry.colour, marker=entry.sign, hollow=entry.hollow)

    def _shape(self, parts: Sequence[Sequence[tuple[float, float]]], *, closed: bool = False) -> Path:
        """Polygons or lines as one path: matplotlib then draws one thing in place of many."""
        points = [(x, self.height - y) for part in parts for x, y in [*part, *part[:closed]]]
        codes = [Path.MOVETO, *[Path.LINETO] * (len(parts[0]) - 1), *[Path.CLOSEPOLY] * closed] * len(parts)
        return Path(points, codes)

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self.figure.dpi_scale_trans)
        # What is drawn later covers what was drawn before, whatever kind of artist it is.
        self._drawn += 1
        artist.set_zorder(self._drawn)
        self.figure.add_artist(artist)

    def chart(
        self, case: Case, *, alt: str, caption: str, data: pd.DataFrame, formats: Mapping[str, Format] | None = None
    ) -> Chart:
        """The finished chart with its source line."""
        source = f"数据来源：{case.county}{case.year}年学校数据（edukit 测算）"
        return Chart(self.figure, alt=alt, caption=caption, data=data, source=source, formats=dict(formats or {}))


def _key_width(entry: KeyEntry) -> float:
    return SIGN + measure(entry.label, SMALL) + KEY_GAP


def _key_lines(entries: Sequence[KeyEntry], width: float) -> list[list[KeyEntry]]:
    lines: list[list[KeyEntry]] = [[]]
    used = 0.0
    for entry in entries:
        if lines[-1] and used + _key_width(entry) - KEY_GAP > width:
            lines.append([])
            used = 0.0
        lines[-1].append(entry)
        used += _key_width(entry)
    return lines if entries else []


def key_height(entries: Sequence[KeyEntry], width: float = WIDTH, left: float = EDGE) -> float:
    """Room that a key takes in inches, with the gap below it; 0 where there is none."""
    lines = len(_key_lines(entries, width - left - EDGE))
    return lines * KEY_LINE + 0.12 if lines else 0.0


def unknown_key(text: str = "缺数据，无法判定") -> KeyEntry:
    """The entry for what the data do not say."""
    return KeyEntry("hatch", style.UNDETERMINED_TINT, f"{style.VERDICT_MARKS['undetermined']}{text}")


def prepare() -> None:
    """Set matplotlib up unless it is already as :func:`edukit.style.use` leaves it."""
    if mpl.rcParams["font.sans-serif"][:1] != [style.font_family()] or mpl.rcParams["svg.hashsalt"] is None:
        style.use()
