"""One grid of cells -> one tidy frame: which rows are data, what each cell means, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
import pandas as pd

from edukit import dictionary
from edukit.dictionary import Field, plain
from edukit.errors import DataError
from edukit.exact import converted, fraction, total
from edukit.findings import Finding, Severity
from edukit.workbook import headers, rows
from edukit.workbook.cells import Remark, is_placeholder, parse
from edukit.workbook.columns import ColumnMap, Source
from edukit.workbook.grid import Cell, Grid, Trouble

PIECES = frozenset({"人", "个", "间", "台", "册", "所"})
"""Units that all count single things: one for the other is a matter of wording."""


@dataclass(frozen=True)
class Sheet:
    """A table once read.

    Attributes:
        name: sheet name of the dictionary.
        frame: one row per data row, index = row number in the file (from 1), columns = fields; text or float.
        places: field -> column numbers in the grid (from 0) that its values came from.
        grid: the raw cells.
        present: fields for which the file has a column.
        totals: (row, field, value) of the rows that add up the whole table, which are not in ``frame``.
        overrides: field -> how ``columns.yaml`` widened its rules.
    """

    name: str
    frame: pd.DataFrame
    places: Mapping[str, tuple[int, ...]]
    grid: Grid
    present: frozenset[str]
    totals: tuple[tuple[int, str, float], ...] = ()
    overrides: Mapping[str, Source] = field(default_factory=dict)

    def where(self, row: object, name: str) -> str:
        """The cell of a row and field as a message names it; the row alone where the file has no such column."""
        number = int(str(row))
        columns = self.places.get(name, ())
        if not columns:
            return f"{self.grid.label or self.grid.name}!第{number}行"
        return "+".join(self.grid.address(number - 1, column) for column in columns)


def read_table(grid: Grid, sheet: str, mapping: ColumnMap | None = None) -> tuple[Sheet, list[Finding]]:
    """Read a grid as a sheet of the dictionary.

    Args:
        grid: the raw cells.
        sheet: name of the dictionary's sheet.
        mapping: a ``columns.yaml``, where the headers are not the dictionary's.

    Returns:
        The sheet and what was noticed while reading.

    Raises:
        DataError: no header row was found, or a column named in ``columns.yaml`` is missing.
    """
    reader = _Reader(grid, sheet, mapping)
    return reader.sheet(), list(reader.noticed)


class _Reader:
    """The steps of reading one table share their grid, header and list of findings; nothing outlives it."""

    def __init__(self, grid: Grid, sheet: str, mapping: ColumnMap | None) -> None:
        self.grid, self.name, self.mapping = grid, sheet, mapping
        self.noticed: dict[Finding, None] = {}  # each once, in the order found
        self.label = grid.label or grid.name
        self.spec = dictionary.load()
        self.header = self._locate()
        self.sources, self.columns = self._sources()
        self.fields = self.spec.columns(sheet) + tuple(
            self.spec.field(name) for name in self.sources if self.spec.field(name) not in self.spec.columns(sheet)
        )

    def _locate(self) -> headers.Header:
        if self.mapping:
            wanted = dict.fromkeys(h for source in self.mapping.fields.values() for h in source.headers)
            wanted |= dict.fromkeys(self.mapping.rows)
            header = headers.locate(self.grid, headers.matcher(self.grid, list(wanted)))
            if missing := [h for h in wanted if header is None or h not in header.meanings.values()]:
                have = "、".join(list(header.texts.values())[:20]) if header else "没有找到表头"
                raise DataError(
                    f"{self.label} 中没有列对照文件 {self.mapping.name} 所写的列：{'、'.join(missing)}。"
                    f"原表的列：{have}。"
                )
        else:
            header = headers.locate(self.grid, self._meaning)
        if header is None:
            raise DataError(
                f"{self.label} 中没有找到表头：前 {headers.SEARCHED_ROWS} 行没有一列是“{self.name}”表的官方名称。"
                "请使用 edukit template 生成的模板，或在文件旁放 columns.yaml 说明各列的含义。"
            )
        return header

    def _meaning(self, text: str) -> str | None:
        found = self.spec.match(text, self.name)
        return found.name if found else None

    def _sources(self) -> tuple[dict[str, Source], dict[str, int]]:
        """Field -> source, and header (or field name) -> column number."""
        columns: dict[str, int] = {}
        for column, name in self.header.meanings.items():
            if name in columns:
                both = f"{self.grid.address(self.header.first_row - 1, columns[name])} 与同行另一列"
                self._find(
                    Severity.ERROR,
                    "duplicate-column",
                    f"{self.label}!{self._letter(column)}列",
                    f"“{self.header.texts[column]}”这一列出现两次（{both}），无法确定用哪一列",
                    action="删去或改名其中一列",
                )
                continue
            columns[name] = column
        if self.mapping:
            return dict(self.mapping.fields), columns
        for column, text in self.header.texts.items():
            if column not in self.header.meanings and not text.startswith(("序号", "备注", "说明")):
                known = [f.header for f in self.spec.columns(self.name)]
                near = get_close_matches(text[:60], known, n=1, cutoff=0.6)
                self._find(
                    Severity.WARNING,
                    "unknown-column",
                    f"{self.label}!{self._letter(column)}列",
                    f"“{text[:60]}”不在数据字典中，这一列没有读取",
                    action=f"是否应为“{near[0]}”？" if near else "",
                )
        return {name: Source(columns=(name,)) for name in columns}, columns

    def sheet(self) -> Sheet:
        """Parse every data row."""
        found = self._data_rows()
        self._say_hidden(found)
        data: dict[str, list[str | float | None]] = {item.name: [] for item in self.fields}
        for r, cells in found:
            for item in self.fields:
                data[item.name].append(self._value(r, cells, item))
        frame = pd.DataFrame(
            {
                item.name: pd.Series(
                    [np.nan if v is None else v for v in data[item.name]], dtype=float if item.numeric else object
                )
                for item in self.fields
            }
        )
        frame.index = pd.Index([r + 1 for r, _ in found], dtype="int64", name="row")
        places = {name: tuple(self.columns[h] for h in source.headers) for name, source in self.sources.items()}
        overrides = self.sources if self.mapping else {}
        return Sheet(self.name, frame, places, self.grid, frozenset(self.sources), self._totals(), overrides)

    def _say_hidden(self, found: list[tuple[int, list[Cell]]]) -> None:
        """What Excel does not show is read like everything else, but whoever looks at the table should know."""
        grid, unseen = self.grid, set(self.grid.hidden_rows)
        rows = [str(r + 1) for r, _ in found if r in unseen]
        columns = sorted(set(grid.hidden_columns) & set(self.columns.values()))
        letters = [self._letter(column) for column in columns]
        parts = [
            ("整个工作表" if grid.hidden else ""),
            (f"第 {'、'.join(rows[:10])} {'等' if len(rows) > 10 else ''}行（共 {len(rows)} 行）" if rows else ""),
            (f"{'、'.join(letters[:10])}{'等' if len(letters) > 10 else ''}列" if letters else ""),
        ]
        if hidden := [part for part in parts if part]:
            problem = f"{'，'.join(hidden)}是隐藏的，照常读取"
            self._find(Severity.INFO, "hidden", self.label, problem, action="不应计入的请删除，不要隐藏")

    def _totals(self) -> tuple[tuple[int, str, float], ...]:
        """Numbers of the 合计 rows whose columns can be added up; averages and years cannot."""
        entries = []
        for r, cells in self.total_rows:
            for item in self.fields:
                source = self.sources.get(item.name)
                if item.kind in ("count", "decimal") and source and source.columns and not item.name.startswith("max_"):
                    places = [self.columns[h] for h in source.columns]
                    values = [parse(cells[c], item, whole=False, factor=self._unit_factor(c, item))[0] for c in places]
                    numbers = [value for value in values if isinstance(value, float)]
                    for c, value in zip(places, values, strict=True):
                        if value is None and not _says_nothing(cells[c]):
                            self._say_no_total(r, c, item)
                    if len(numbers) == len(values) and not source.times:
                        entries.append((r + 1, item.name, converted(total(numbers), source.factor)))
        return tuple(entries)

    def _say_no_total(self, r: int, c: int, item: Field) -> None:
        cell = self.grid.rows[r][c]
        found = cell.text if isinstance(cell, Trouble) else str(cell)
        problem = f"合计行的“{item.header}”不是数字，无法与各校之和核对"
        where = self.grid.address(r, c)
        self._find(
            Severity.WARNING, "total", where, problem, "数字", found[:60], "改正公式或数字，不需要合计的清空这一格"
        )

    def _data_rows(self) -> list[tuple[int, list[Cell]]]:
        found = []
        self.total_rows: list[tuple[int, list[Cell]]] = []
        merged = self._fill_merged()
        for r in range(self.header.first_row, len(merged)):
            cells = merged[r]
            if any(cell is not None for cell in cells) and self._is_data(r, cells):
                found.append((r, cells))
        return found

    def _is_data(self, r: int, cells: list[Cell]) -> bool:
        if all(cells[column] is None for column in self.columns.values()):
            return False  # prepared rows that hold a serial number and no more
        kind, where, said = rows.kind_of(cells), f"{self.label}!第{r + 1}行", "".join(rows.texts_of(cells)[:1])
        if self._is_header_again(cells):
            self._find(Severity.INFO, "header-row", where, "重复的表头没有读取")
            return False
        if kind is rows.Kind.EXAMPLE:
            self._find(Severity.INFO, "example-row", where, "示例行没有读取", action="填报完成后可删除该行")
        elif kind in (rows.Kind.PART_TOTAL, rows.Kind.GRAND_TOTAL):
            self._find(Severity.INFO, "total-row", where, f"“{said}”行是合计，不作为学校读取")
            if kind is rows.Kind.GRAND_TOTAL:
                self.total_rows.append((r, cells))
        elif kind is rows.Kind.NOTE:
            self._find(Severity.INFO, "note-row", where, f"说明文字没有读取：{said[:20]}")
        return kind is rows.Kind.DATA and self._is_selected(cells)

    def _is_header_again(self, cells: list[Cell]) -> bool:
        """Whether a row repeats the header, as tables do that are printed on several pages."""
        there = [column for column in self.columns.values() if cells[column] is not None]
        texts = self.header.texts
        return len(there) > 1 and all(plain(str(cells[column])) == plain(texts[column]) for column in there)

    def _is_selected(self, cells: list[Cell]) -> bool:
        if not self.mapping:
            return True
        for header, wanted in self.mapping.rows.items():
            cell = cells[self.columns[header]]
            if (str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()) not in wanted:
                return False
        return True

    def _fill_merged(self) -> list[list[Cell]]:
        """Text merged over several rows counts for each of them; a merged number cannot, and is refused."""
        filled = [list(row) for row in self.grid.rows]
        amounts = {
            self.columns[header]
            for name, source in self.sources.items()
            for header in source.headers
            if self.spec.field(name).numeric or self.spec.field(name).kind == "code"
        }
        for top, left, bottom, right in self.grid.merges:
            if top < self.header.first_row or top >= len(filled) or (value := filled[top][left]) is None:
                continue
            if bottom > top and left in amounts and not is_placeholder(value):
                self._find(
                    Severity.ERROR,
                    "merged-number",
                    self.grid.address(top, left),
                    f"一个数合并在第 {top + 1} 至 {bottom + 1} 行，无法分到各校",
                    found=str(value),
                    action="取消合并，逐校填写",
                )
                filled[top][left] = None
                continue
            for r in range(top, min(bottom + 1, len(filled))):
                if left == right:
                    filled[r][left] = value
        return filled

    def _value(self, r: int, cells: list[Cell], item: Field) -> str | float | None:
        source = self.sources.get(item.name)
        if source is None:
            return None
        if source.value is not None:
            value, remark = parse(source.value, item)
            self._remark(remark, f"{self.mapping.name if self.mapping else ''}:{item.name}")
            return value
        if not item.numeric:
            column = self.columns[source.columns[0]]
            value, remark = parse(cells[column], item)
            self._remark(remark, self.grid.address(r, column), item.name)
            return value
        numbers = [self._number(r, cells, self.columns[h], item, source) for h in source.columns]
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            return None
        amount = known[0] if len(known) == 1 else total(known)
        if source.times:
            times = self._number(r, cells, self.columns[source.times], item, Source(fraction=True))
            if times is None:
                return None
            amount = float(fraction(amount) * fraction(times))
        return amount if source.factor == 1 else converted(amount, source.factor)

    def _number(self, r: int, cells: list[Cell], column: int, item: Field, source: Source) -> float | None:
        whole = not (source.fraction or source.times or source.factor != 1)
        value, remark = parse(cells[column], item, whole=whole, factor=self._unit_factor(column, item))
        self._remark(remark, self.grid.address(r, column), item.name)
        return value if isinstance(value, float) else None

    def _unit_factor(self, column: int, item: Field) -> float:
        """What the unit in the header, if any, asks to multiply by; a ``columns.yaml`` says that itself."""
        unit = self.header.units.get(column, "")
        if self.mapping or unit in ("", item.unit):
            return 1.0
        factor = dict(item.confusions).get(unit)
        where = f"{self.label}!{self._letter(column)}列"
        if factor:
            self._find(
                Severity.WARNING,
                "unit",
                where,
                f"表头注明“{item.header}”的单位是{unit}，已换算为{item.unit}",
                field=item.name,
            )
            return factor
        if item.unit and {unit, item.unit} - PIECES:
            self._find(
                Severity.ERROR,
                "unit",
                where,
                f"表头注明“{item.header}”的单位是{unit}，不能换算为{item.unit}",
                action="核对单位后改正表头或数值",
                field=item.name,
            )
        return 1.0

    def _letter(self, column: int) -> str:
        return self.grid.address(0, column).rsplit("!", 1)[1][:-1]

    def _remark(self, remark: Remark | None, where: str, name: str = "") -> None:
        if remark:
            self._find(
                remark.severity,
                remark.rule,
                where,
                remark.problem,
                remark.expected,
                remark.found,
                remark.action,
                field=name,
            )

    def _find(
        self,
        severity: Severity,
        rule: str,
        where: str,
        problem: str,
        expected: str = "",
        found: str = "",
        action: str = "",
        field: str = "",
    ) -> None:
        self.noticed[Finding(severity, rule, where, problem, expected, found, action, field=field)] = None


def _says_nothing(cell: Cell) -> bool:
    """Whether a cell of a 合计 row is blank, a dash, or the word itself, which may be merged over several columns."""
    return cell is None or is_placeholder(cell) or (isinstance(cell, str) and bool(rows.TOTAL.fullmatch(cell.strip())))
