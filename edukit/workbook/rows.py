"""Which rows below a header are schools, and which are the example, totals, notes or units."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from enum import Enum

from edukit.workbook.cells import unit_named
from edukit.workbook.grid import Cell

TOTAL = re.compile(r".{0,12}(合计|总计|小计|共计|总和|平均)[数值]?|[本全](县|区|市|旗)|[生校班]均")
GRAND_TOTAL = re.compile(r"(.{0,10}[县区市旗])?(合计|总计|共计|总和)数?|[本全](县|区|市|旗)")
NOTE = re.compile(r"(注|备注|说明|填表|填报|制表|审核|单位负责人|联系)([^:]{0,6}:|\d|$)")
EXAMPLE = re.compile(r"[(【\[]?(示例|样例|例:|例$)")
LONG = 30
"""Characters from which a text that stands alone is a note and no name."""


class Kind(Enum):
    """What a row is."""

    DATA = "data"
    EXAMPLE = "example"
    PART_TOTAL = "a sum of some rows, or an average"
    GRAND_TOTAL = "the sum of all rows"
    NOTE = "note"
    UNITS = "units"


def texts_of(cells: Sequence[Cell]) -> list[str]:
    """The texts of a row, half-width and without blanks."""
    return [unicodedata.normalize("NFKC", cell).replace(" ", "") for cell in cells if isinstance(cell, str)]


def kind_of(cells: Sequence[Cell]) -> Kind:
    """What a row is, judged by its first three texts and by how much it holds.

    >>> kind_of(["合计", None, 500]).name, kind_of(["长营子镇小计", 90]).name, kind_of(["合计小学校", "小学", 90]).name
    ('GRAND_TOTAL', 'PART_TOTAL', 'DATA')
    """
    filled = [cell for cell in cells if cell is not None]
    texts = texts_of(filled)
    first = texts[:3]
    if any(EXAMPLE.match(text) for text in first):
        return Kind.EXAMPLE
    if any(TOTAL.fullmatch(text) for text in first):
        return Kind.GRAND_TOTAL if any(GRAND_TOTAL.fullmatch(text) for text in first) else Kind.PART_TOTAL
    no_numbers = all(isinstance(cell, str | dt.date | dt.time) for cell in filled)
    prose = len(filled) <= 2 or (no_numbers and bool(texts) and ":" in texts[0])
    if prose and texts and (NOTE.match(texts[0]) or len(texts[0]) > LONG):
        return Kind.NOTE
    return Kind.UNITS if filled and all(unit_named(cell) for cell in filled) else Kind.DATA
