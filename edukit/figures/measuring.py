"""How wide a text is, and how it is broken into lines, before it is drawn."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache

from matplotlib.ft2font import FT2Font, LoadFlags

from edukit import style

SMALL, BODY, TITLE = 9.0, 9.5, 10.5
"""Font sizes in points: the smallest that is readable on a phone, that of labels, that of panel titles."""


def measure(text: str, size: float = BODY) -> float:
    """Width of a text in inches; of its longest line where it has several."""
    return max(sum(map(_advance, line)) for line in text.split("\n")) * size / 72


@cache
def _advance(character: str) -> float:
    """Width of a character in em."""
    font = _font()
    # A missing glyph has the width of a box here (number 0); that it is missing is reported when the page is made.
    glyph = font.load_glyph(font.get_char_index(ord(character)), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / 10


@cache
def _font() -> FT2Font:
    font = FT2Font(str(style.font_file()))
    font.set_size(10, 72)
    return font


if hasattr(os, "register_at_fork"):
    # It reads its file when a glyph is asked for. Forks would share the place in that file, and read what others want.
    os.register_at_fork(after_in_child=_font.cache_clear)


@cache
def wrap(text: str, width: float, size: float = BODY, lines: int = 2) -> str:
    """A text broken into lines of about equal length that fit a width; the middle is left out where they cannot.

    A bracket is kept together where that costs no line more.

    Args:
        text: a name, without line breaks.
        width: in inches.
        size: font size in points.
        lines: how many lines are allowed.
    """
    for count in range(1, lines + 1):
        broken = _broken(text, width, size, count)
        if broken is not None:
            return broken
    kept = len(text)
    while kept > 2:
        kept -= 1
        head = (kept + 1) // 2
        broken = _broken(f"{text[:head]}…{text[len(text) - (kept - head) :]}", width, size, lines)
        if broken is not None:
            return broken
    return "…"


def _broken(text: str, width: float, size: float, count: int) -> str | None:
    if count == 1:
        return text if measure(text, size) <= width else None
    if count == 2 and text.endswith("）") and (place := text.rfind("（")) > 0:
        head, tail = text[:place], text[place:]
        if max(measure(head, size), measure(tail, size)) <= width:
            return f"{head}\n{tail}"
    for each in range(-(-len(text) // count), len(text)):
        parts = [text[i : i + each] for i in range(0, len(text), each)]
        if len(parts) > count or any(measure(part, size) > width for part in parts):
            continue
        if not any(part[0] in "）、，。" for part in parts):
            return "\n".join(parts)
    return None


def widest(texts: Iterable[str], size: float = BODY) -> float:
    """Width of the widest text in inches; 0 where there is none."""
    return max((measure(text, size) for text in texts), default=0.0)
