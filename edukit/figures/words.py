"""All texts of a sheet as one artist."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

from edukit.figures.measuring import measure

Align = Literal["left", "center", "right"]
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
RISE = 0.37
"""From a baseline to the middle of a Chinese character or a digit, in em."""


@dataclass(frozen=True)
class Word:
    """One line of text; ``x`` and ``y`` in inches from the top left corner, ``y`` of its vertical middle."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    align: Align

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in inches."""
        width, half = measure(self.text, self.size), self.size / 72 / 2
        left = self.x - {"left": 0.0, "center": 0.5, "right": 1.0}[self.align] * width
        return left, self.y - half, left + width, self.y + half


class Words(Artist):
    """Draws words straight on the renderer.

    matplotlib's own text objects each measure themselves on every drawing. Their width is known here already, and on
    a sheet of a few hundred numbers that halves the time. All words of a row share a baseline.
    """

    def __init__(self) -> None:
        super().__init__()
        self._words: list[Word] = []
        # Above all marks.
        self.set_zorder(math.inf)

    def __iter__(self) -> Iterator[Word]:
        return iter(self._words)

    def write(self, word: Word) -> None:
        """Add a word."""
        self._words.append(word)

    def draw(self, renderer: RendererBase) -> None:
        """Draw all words; called by matplotlib."""
        figure = self.get_figure(root=True)
        if figure is None:
            return
        if (writer := getattr(renderer, "writer", None)) is not None and rcParams["svg.fonttype"] == "none":
            self._write(writer, figure.dpi)
            return
        dpi, height = figure.dpi, figure.bbox.height
        flip = renderer.flipy()
        fonts = {size: FontProperties(size=size) for size in {word.size for word in self._words}}
        context = renderer.new_gc()
        # Tells a renderer that keeps text as text on which side of its place a word stands.
        anchor = Text(transform=IdentityTransform())
        for word in self._words:
            context.set_foreground(word.colour)
            down = (word.y + RISE * word.size / 72) * dpi
            anchor.set_position((word.x * dpi, height - down))
            anchor.set_horizontalalignment(word.align)
            y = down if flip else height - down
            renderer.draw_text(context, word.box[0] * dpi, y, word.text, fonts[word.size], 0.0, mtext=anchor)
        context.restore()

    def _write(self, writer: Any, dpi: float) -> None:
        """Write the words into an SVG as matplotlib's renderer would, which works out each one's style anew."""
        known = dict(rcParams.items())
        kinds = {kind: known.get(f"font.{kind}") for kind in rcParams["font.family"]}
        families = ([repr(kind)] if named is None else [*map(repr, named), kind] for kind, named in kinds.items())
        family = ", ".join(dict.fromkeys(chain.from_iterable(families)))
        styles = {
            (size, align, colour): f"font-size: {size:g}px; font-family: {family}; "
            f"text-anchor: {_ANCHORS[align]}; fill: {to_hex(colour)}"
            for size, align, colour in dict.fromkeys((word.size, word.align, word.colour) for word in self._words)
        }
        for word in self._words:
            place = {"x": _short(word.x * dpi), "y": _short((word.y + RISE * word.size / 72) * dpi)}
            style = styles[word.size, word.align, word.colour]
            writer.element("text", word.text, attrib={"style": style, **place})


def _short(number: float) -> str:
    return f"{number:f}".rstrip("0").rstrip(".")
