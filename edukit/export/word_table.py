"""A table of a Word file: as wide as its words need, its header on every page, no row cut in two.

The table is written as XML at once; python-docx takes a second for each thousand cells set one by one.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from edukit import style
from edukit.export.content import Cell, Facts, Grid, Row
from edukit.export.word_look import HEI, LANDSCAPE_WIDTH, LATIN, TEXT_WIDTH
from edukit.workbook.look import display_width

if TYPE_CHECKING:
    from docx.oxml.table import CT_Tbl

TINTS: Final = {
    "met": (None, style.MET_TEXT),
    "floor": (style.FLOOR_TINT, style.FLOOR_TEXT),
    "not-met": (style.NOT_MET_TINT, style.NOT_MET_TEXT),
    "unknown": (style.UNDETERMINED_TINT, style.UNDETERMINED_TEXT),
}
"""State of a cell to its ground and its ink, as on the page."""
HEAD_GROUND: Final = "#e4ebf3"
_RULE: Final = "#8b97a5"
_TWIPS = 567
"""To the centimetre."""
_EM, _PADDING = 0.162, 0.32
"""Centimetres: half-width character of 小五, and the free space beside the words of a cell."""
_LEAST, _WHOLE, _MOST = 1.25, 2.8, 7.0
_HEAD, _WORDS = 1.7, 2.1
"""Centimetres that a column takes at least, up to which a number stays on one line, and that a column may ask for; and
what a header and words that can be broken need."""
STYLE_ID: Final = "表格文字"
"""Id of the style of cells in the file."""
_SQUEEZED, _HARDLY = 1.06, 0.9
"""A table that is wider by no more than that stays on the upright page, since a page of its own for it reads worse; and
how much of the upright page a table takes that hardly fits."""
_FILL_HEIGHT = 1.1
"""Centimetres of a row that people write into."""


def needs_landscape(grid: Grid, *, lying: bool = False) -> bool:
    """Whether the words of a table would be squeezed on an upright page.

    Args:
        grid: the table.
        lying: whether the page before is in landscape; a table that hardly fits upright then stays with it.
    """
    return sum(_needs(grid)[1]) > TEXT_WIDTH * (_HARDLY if lying else _SQUEEZED)


def table(grid: Grid, *, lying: bool) -> CT_Tbl:
    """The ``w:tbl`` of a table.

    Args:
        grid: the table.
        lying: whether it stands on a page in landscape.
    """
    widths = _widths(grid, LANDSCAPE_WIDTH if lying else TEXT_WIDTH)
    head = "".join(_row(cells, widths, head=True) for cells in _spread(grid.head))
    tall = round(_FILL_HEIGHT * _TWIPS) if grid.to_fill else 0
    body = "".join(_row(cells, widths, tall=tall) for cells in _spread(grid.body))
    return _parsed(_frame(widths, head + body, grid.caption))


def facts_table(facts: Facts) -> CT_Tbl:
    """A few facts, two to a row: what, and how much."""
    widths = [3.2, TEXT_WIDTH / 2 - 3.2] * 2
    rows = []
    for first in range(0, len(facts.pairs), 2):
        pairs = [*facts.pairs[first : first + 2], ("", "")][:2]
        cells = [Cell(text, header=place == 0) for pair in pairs for place, text in enumerate(pair)]
        rows.append(_row([(at, cell, "") for at, cell in enumerate(cells)], widths, shade_headers=True))
    return _parsed(_frame(widths, "".join(rows), "基本情况"))


def _parsed(xml: str) -> CT_Tbl:
    from docx.oxml import parse_xml

    return parse_xml(xml)


def _frame(widths: list[float], rows: str, caption: str) -> str:
    from docx.oxml.ns import nsdecls

    edges = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{_RULE[1:]}"/>'
        for side, size in (("top", 8), ("left", 4), ("bottom", 8), ("right", 4), ("insideH", 4), ("insideV", 4))
    )
    columns = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(map(_twips, widths))}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        '<w:top w:w="28" w:type="dxa"/><w:left w:w="70" w:type="dxa"/>'
        '<w:bottom w:w="28" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar>'
        '<w:tblLook w:val="0620" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" '
        f'w:noVBand="1"/><w:tblCaption w:val="{escape(caption)}"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )


Placed = tuple[int, Cell, str]
"""Column of a cell, the cell, and ``restart``, ``continue`` or "" for a merge downwards."""


def _spread(rows: tuple[Row, ...]) -> list[list[Placed]]:
    """Each row's cells with their columns, and stand-ins where a cell of a row above reaches down."""
    reaching: dict[int, tuple[int, Cell]] = {}
    spread = []
    for row in rows:
        placed: list[Placed] = []
        column, cells = 0, list(row)
        while cells or column in reaching:
            if column in reaching:
                left, cell = reaching.pop(column)
                placed.append((column, cell, "continue"))
                if left > 1:
                    reaching[column] = (left - 1, cell)
            else:
                cell = cells.pop(0)
                placed.append((column, cell, "restart" if cell.rows > 1 else ""))
                if cell.rows > 1:
                    reaching[column] = (cell.rows, cell)
                    left, _ = reaching[column]
                    reaching[column] = (left - 1, cell)
            column += placed[-1][1].columns
        spread.append(placed)
    return spread


def _row(
    cells: list[Placed], widths: list[float], *, head: bool = False, tall: int = 0, shade_headers: bool = False
) -> str:
    height = f'<w:trHeight w:val="{tall}" w:hRule="atLeast"/>' if tall else ""
    marks = f"<w:cantSplit/>{height}{'<w:tblHeader/>' if head else ''}"
    inside = "".join(_cell(at, cell, merge, widths, head, shade_headers) for at, cell, merge in cells)
    return f"<w:tr><w:trPr>{marks}</w:trPr>{inside}</w:tr>"


def _cell(at: int, cell: Cell, merge: str, widths: list[float], head: bool, shade_headers: bool) -> str:
    ground, ink = TINTS.get(cell.state, (None, None))
    if head or (shade_headers and cell.header):
        ground = HEAD_GROUND
    width = sum(map(_twips, widths[at : at + cell.columns]))
    span = f'<w:gridSpan w:val="{cell.columns}"/>' if cell.columns > 1 else ""
    down = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{ground[1:]}"/>' if ground else ""
    bold = cell.state == "not-met"
    text = "" if merge == "continue" else _words(cell.text, head, bold, ink)
    align = "center" if head else "right" if cell.numeric else "left"
    keep = "<w:keepNext/>" if head else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{down}{shade}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{STYLE_ID}"/>{keep}<w:jc w:val="{align}"/></w:pPr>{text}</w:p></w:tc>'
    )


def _words(text: str, head: bool, bold: bool, ink: str | None) -> str:
    fonts = f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{HEI}" w:cs="{LATIN}"/>' if head else ""
    look = fonts + ("<w:b/>" if bold else "") + (f'<w:color w:val="{ink[1:]}"/>' if ink else "")
    lines = [f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n")]
    return f"<w:r>{f'<w:rPr>{look}</w:rPr>' if look else ''}{'<w:br/>'.join(lines)}</w:r>"


def _twips(centimetres: float) -> int:
    return round(centimetres * _TWIPS)


def _needs(grid: Grid) -> tuple[list[float], list[float], list[float]]:
    """Centimetres below which a column breaks a number, that its words need, and that it would like to have."""
    count = grid.wide
    firm, least, liked = [_LEAST] * count, [_LEAST] * count, [_LEAST] * count
    for head, rows in ((True, _spread(grid.head)), (False, _spread(grid.body))):
        for placed in rows:
            for at, cell, merge in placed:
                if cell.columns > 1 or merge == "continue" or at >= count:
                    continue
                natural = max(map(display_width, cell.text.split("\n"))) * _EM + _PADDING
                # Numbers and short verdicts stay on one line, names and sentences break.
                whole = not head and (cell.numeric or bool(cell.state)) and natural < _WHOLE
                wanted = natural if whole else min(natural, _HEAD if head else _WORDS)
                firm[at] = max(firm[at], wanted if whole else 0.0)
                least[at] = max(least[at], wanted)
                liked[at] = max(liked[at], min(natural, _LEAST * 2 if head else _MOST if natural < 30 else 2 * _MOST))
    return firm, least, [max(pair) for pair in zip(least, liked, strict=True)]


def _widths(grid: Grid, room: float) -> list[float]:
    """The width of each column: what it needs, and of what is left a share by what it would like."""
    firm, least, liked = _needs(grid)
    if sum(firm) >= room:
        return [width * room / sum(firm) for width in firm]
    if sum(least) >= room:
        share = (room - sum(firm)) / (sum(least) - sum(firm))
        return [low + (high - low) * share for low, high in zip(firm, least, strict=True)]
    more = [high - low for low, high in zip(least, liked, strict=True)]
    free = room - sum(least)
    if sum(more) <= free:  # all that is liked fits: the rest is spread evenly
        return [high + (free - sum(more)) / len(liked) for high in liked]
    return [low + free * extra / sum(more) for low, extra in zip(least, more, strict=True)]
