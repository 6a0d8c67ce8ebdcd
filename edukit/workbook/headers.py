"""Where a table begins and what its columns mean: titles above, headers in one or two rows, a unit row below."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from edukit.dictionary import KIND_HINTS, plain
from edukit.schools import bare
from edukit.workbook.cells import unit_named
from edukit.workbook.grid import Cell, Grid

SEARCHED_ROWS = 20
"""How far down a header is looked for."""


@dataclass(frozen=True)
class Header:
    """The header of a table.

    Attributes:
        meanings: column number -> whatever ``meaning`` returned for its text (a field name or a raw header).
        texts: column number -> the header text as read, for all columns that have one.
        units: column number -> unit named in the header or in the unit row, by the dictionary's name.
        first_row: number of the first row below header and unit row, from 0.
    """

    meanings: dict[int, str]
    texts: dict[int, str]
    units: dict[int, str]
    first_row: int


def spread_merges(grid: Grid) -> list[list[Cell]]:
    """The rows of a grid with each merged area's value written into all of its cells."""
    rows = [list(row) for row in grid.rows]
    for top, left, bottom, right in grid.merges:
        value = rows[top][left] if top < len(rows) and left < len(rows[top]) else None
        for r in range(top, min(bottom + 1, len(rows))):
            for c in range(left, min(right + 1, len(rows[r]))):
                rows[r][c] = value
    return rows


def matcher(grid: Grid, wanted: list[str]) -> Callable[[str], str | None]:
    """A ``meaning`` for :func:`locate` that knows headers as somebody else wrote them.

    A header that stands in the table as it is wanted is matched to the letter, brackets included, since they may tell
    two columns apart; any other is matched by what identifies it.
    """
    there = {bare(cell).lower() for row in grid.rows[: SEARCHED_ROWS + 1] for cell in row if isinstance(cell, str)}
    exact = {bare(text).lower(): text for text in wanted if bare(text).lower() in there}
    loose = {plain(text): text for text in wanted if text not in exact.values()}
    return lambda text: exact.get(bare(text).lower()) or loose.get(plain(text))


def locate(grid: Grid, meaning: Callable[[str], str | None]) -> Header | None:
    """Find the row, or the two rows, whose texts mean the most columns.

    Args:
        grid: the sheet.
        meaning: what a header text means, or None.

    Returns:
        None where no row holds any header that is known.
    """
    rows = spread_merges(grid)
    best: tuple[tuple[int, int], int, int, dict[int, tuple[str, str]]] | None = None
    for top in range(min(len(rows), SEARCHED_ROWS)):
        for depth in (1, 2):
            if top + depth > len(rows) or (depth == 2 and _is_units(rows[top + 1])):
                continue
            found = _meanings(rows[top : top + depth], meaning)
            known = len({name for name, _ in found.values()})
            # a second row adds nothing but a title or the first school, unless headers are merged into it
            merged = any(area[0] == top < area[2] and area[1] in found for area in grid.merges)
            score = (known, (2 if merged else 0) if depth == 2 else 1)
            if known and (best is None or score > best[0]):
                best = (score, top, depth, found)
    if best is None:
        return None
    _, top, depth, found = best
    texts = {c: _joined(rows[top : top + depth], c) for c in range(grid.width())}
    units = {c: unit for c, text in texts.items() if (unit := _bracketed_unit(text))}
    below = top + depth
    while below < len(rows) and _is_units(rows[below]):
        units |= {
            c: unit for c, cell in enumerate(rows[below]) if cell and (unit := unit_named(str(cell).strip("()（）")))
        }
        below += 1
    return Header({c: name for c, (name, _) in found.items()}, {c: t for c, t in texts.items() if t}, units, below)


def _meanings(rows: list[list[Cell]], meaning: Callable[[str], str | None]) -> dict[int, tuple[str, str]]:
    found = {}
    for c in range(len(rows[0])):
        upper = rows[0][c] if isinstance(rows[0][c], str) else ""
        lower = rows[-1][c] if isinstance(rows[-1][c], str) else ""
        candidates = [upper] if len(rows) == 1 else [f"{upper}{lower}", f"{lower}{upper}", lower, upper]
        for text in candidates:
            if isinstance(text, str) and text.strip() and (name := meaning(text)):
                found[c] = (name, text)
                break
    return found


def _joined(rows: list[list[Cell]], column: int) -> str:
    parts = [str(row[column]).strip() for row in rows if row[column] is not None]
    return "".join(dict.fromkeys(parts))


def _bracketed_unit(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    return next((unit for part in re.findall(r"\((.*?)\)", folded) if (unit := unit_named(part))), "")


def _is_units(row: list[Cell]) -> bool:
    """Whether a row below the header only names units, or says how the columns are filled."""
    texts = [str(cell).strip("()（） ") for cell in row if cell is not None]
    hints = set(KIND_HINTS.values())
    named = [text for text in texts if unit_named(text) or text in hints]
    notes = {*hints, "单位", "计量单位", "-", "—", "/"}
    return bool(named) and all(text in notes or unit_named(text) for text in texts)
