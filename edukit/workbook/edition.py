"""Which version of the template a workbook was filled in, and what each version added.

The template carries its version as a cell of the sheet 填写说明, where a person reads it too. Templates made before
there were marks are known by the title of that sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise

from edukit.dictionary import Dictionary, Field, plain
from edukit.workbook.grid import Cell, Grid

GUIDE = "填写说明"
TITLE = "义务教育均衡发展数据填报表"
MARK = "模板版本"
HIGHEST = 9999
"""No template will ever have a higher version; what says so is no mark."""
LOOKED_AT = 500, 20
"""Rows and columns of the sheet in which the mark is looked for; the template writes less than half as many."""


@dataclass(frozen=True)
class Edition:
    """The template of a workbook.

    Attributes:
        version: its version, from 1; None for a template without a mark, which is older than the first mark.
        where: the cell that says so, or the sheet.
    """

    version: int | None
    where: str


def edition_of(grids: Iterable[Grid]) -> Edition | None:
    """The template that sheets were filled in; None where they come from elsewhere.

    >>> guide = Grid(GUIDE, ((None, "新邱区" + TITLE), (None, MARK, "3")))
    >>> edition_of([guide])
    Edition(version=3, where='填写说明!C2')
    >>> edition_of([Grid(GUIDE, guide.rows[:1])])
    Edition(version=None, where='填写说明')
    """
    for grid in grids:
        if plain(grid.name) != GUIDE:
            continue
        head = [row[: LOOKED_AT[1]] for row in grid.rows[: LOOKED_AT[0]]]
        for number, row in enumerate(head):
            for column, (mark, value) in enumerate(pairwise(row)):
                if isinstance(mark, str) and plain(mark) == MARK and (version := _version(value)):
                    return Edition(version, grid.address(number, column + 1))
        if any(isinstance(cell, str) and cell.strip().endswith(TITLE) for row in head for cell in row):
            return Edition(None, grid.label or grid.name)
    return None


def _version(value: Cell) -> int:
    """The number in the cell beside the mark; 0 where it is none."""
    text = str(value).strip().removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) <= len(str(HIGHEST)) else 0


def news(dictionary: Dictionary, version: int) -> str:
    """What one version of the template added, in a sentence.

    >>> from edukit.dictionary import load
    >>> news(load(), 4)[:26]
    '“学校补充”表10列：小学一年级在校生数、小学二年级'
    """
    return told(dictionary, tuple(field for field in dictionary.fields if field.since == version), version - 1)


def told(dictionary: Dictionary, fields: tuple[Field, ...], after: int) -> str:
    """Fields by sheet; a sheet that is itself newer than ``after`` and lacks them all is named alone."""
    age = {sheet.name: sheet.since for sheet in dictionary.sheets}
    parts, sheets = [], []
    for sheet, group in groupby(fields, key=lambda field: field.sheet):
        own = list(group)
        first = {field for field in dictionary.of_sheet(sheet) if field.since == age[sheet]}
        if age[sheet] > after and first <= {*own}:
            sheets.append(f"“{sheet}”")
        else:
            parts.append(f"“{sheet}”表{len(own)}列：{'、'.join(field.header for field in own)}")
    return "；".join([*parts, *([f"工作表{'、'.join(sheets)}"] if sheets else [])])
