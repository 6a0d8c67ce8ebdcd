"""Ways to damage a good workbook, each with what edukit must then say.

A workbook is its sheets as grids of values. A damage is either *detectable*: no honest workbook looks like that, so a
finding must name the place; or *plausible*: the workbook could be honest, so the result must be that of the damaged
numbers, as an implementation that shares nothing with edukit computes it from the same cells.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import openpyxl

from edukit import dictionary
from edukit.dictionary import Field
from edukit.workbook import Workbook, read, reading
from edukit.workbook.grid import Grid, Trouble, _padded, column_letter

ROOT = Path(__file__).resolve().parent.parent
BASES = tuple(sorted((ROOT / "data" / "raw").glob("*/*.xlsx")))
MAIN = "学校"
Cells = list[list[Any]]


@dataclass(frozen=True)
class Damage:
    """What was done.

    Attributes:
        kind: how.
        where: places that a finding may name.
        detectable: whether a finding must name one of them.
        errors: whether it must be one that stops the report.
    """

    kind: str
    where: tuple[str, ...]
    detectable: bool = False
    errors: bool = False


@dataclass
class Book:
    """A workbook in work."""

    path: Path
    sheets: dict[str, Cells]
    merges: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)
    hurt: set[tuple[str, int, int]] = field(default_factory=set)

    def columns(self, sheet: str) -> dict[int, Field]:
        """The columns of a sheet whose header is still an official one."""
        spec = dictionary.load()
        return {c: found for c, text in enumerate(self.sheets[sheet][self.header(sheet)])
                if isinstance(text, str) and (found := spec.match(text, sheet))}  # fmt: skip

    def header(self, sheet: str) -> int:
        """The row of headers: the one with the most official ones."""
        spec = dictionary.load()
        known = [sum(bool(isinstance(t, str) and spec.match(t, sheet)) for t in row) for row in self.sheets[sheet][:5]]
        return known.index(max(known))

    def rows(self, sheet: str) -> list[int]:
        """The rows of data."""
        first = self.header(sheet) + 1
        cells = self.sheets[sheet]
        return [r for r in range(first, len(cells)) if cells[r][1] is not None and cells[r][0] != "文本"]

    def address(self, sheet: str, row: int, column: int) -> str:
        """A cell as a finding names it."""
        return f"{sheet}!{column_letter(column)}{row + 1}"

    def opened(self) -> Workbook:
        """The workbook as edukit reads it; the file itself is left alone."""
        grids = [Grid(name, _padded(cells, name), tuple(sorted(self.merges.get(name, ()))))
                 for name, cells in self.sheets.items()]  # fmt: skip
        with mock.patch.object(reading, "grids_of", lambda path, content: grids):
            return read(self.path)

    def schools(self) -> list[dict[str, Any]]:
        """The schools as whoever knows nothing of edukit would type them off; a blank sum is that of its parts."""
        more = {row["school_name"]: row for row in self._typed_off("学校补充")} if "学校补充" in self.sheets else {}
        found = []
        for row in self._typed_off(MAIN):
            school = {**more.get(row["school_name"], {}), **{k: v for k, v in row.items() if v is not None}}
            for item in dictionary.load().of_sheet(MAIN):
                parts = [school.get(part) for part in item.sum_of]
                if parts and school.get(item.name) is None and None not in parts:
                    school[item.name] = float(sum(parts))
            found.append(school)
        return found

    def _typed_off(self, sheet: str) -> list[dict[str, Any]]:
        columns = self.columns(sheet).items()
        typed = [{item.name: _typed(self.sheets[sheet][r][c], item) for c, item in columns} for r in self.rows(sheet)]
        return [row for row in typed if row.get("school_name") and "计" not in str(row["school_name"])[-2:]]


def _typed(value: Any, item: Field) -> Any:
    if isinstance(value, str):
        if not item.numeric:
            return value.strip()
        text = unicodedata.normalize("NFKC", value).replace("\u200b", "").strip()
        try:
            return float(text.replace(",", "").removesuffix(item.unit or "人"))
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and item.numeric else None


@cache
def _cells(path: Path) -> dict[str, tuple[tuple[Any, ...], ...]]:
    book = openpyxl.load_workbook(path, data_only=True, read_only=True)
    return {sheet.title: tuple(tuple(row) for row in sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def good(path: Path) -> Book:
    """A good workbook."""
    return Book(path, {name: [list(row) for row in rows] for name, rows in _cells(path).items()})


# ---- a cell that holds a number -------------------------------------------------------------------------------------


def _number(book: Book, random: Random, sheet: str = MAIN) -> tuple[int, int, Field] | None:
    columns = {c: item for c, item in book.columns(sheet).items() if item.numeric and item.kind != "year"}
    places = [(r, c) for r in book.rows(sheet) for c in columns
              if isinstance(book.sheets[sheet][r][c], int | float) and (sheet, r, c) not in book.hurt]  # fmt: skip
    if not places:
        return None
    r, c = random.choice(places)
    book.hurt.add((sheet, r, c))
    return r, c, columns[c]


def _put(kind: str, change: Callable[[Any, Random], Any], *, detectable: bool, errors: bool = False) -> Maker:
    def make(book: Book, random: Random) -> Damage | None:
        found = _number(book, random)
        if found is None:
            return None
        r, c, item = found
        value = change(book.sheets[MAIN][r][c], random)
        if value is None and item.required_for:
            return Damage("required blank", (book.address(MAIN, r, c),), False) if _put_in(book, r, c, None) else None
        if value == book.sheets[MAIN][r][c] or (kind == "a fraction" and item.kind != "count"):
            return None
        _put_in(book, r, c, value)
        return Damage(kind, (book.address(MAIN, r, c), f"{MAIN}!第{r + 1}行"), detectable, errors)

    return make


def _put_in(book: Book, r: int, c: int, value: Any) -> bool:
    book.sheets[MAIN][r][c] = value
    return True


def _other_sheet(kind: str, value: Any) -> Maker:
    def make(book: Book, random: Random) -> Damage | None:
        names = [name for name in book.sheets if name != MAIN and dictionary.load().sheet(name)]
        if not names or (found := _number(book, random, sheet := random.choice(names))) is None:
            return None
        r, c, _ = found
        book.sheets[sheet][r][c] = value
        return Damage(f"{kind} on another sheet", (book.address(sheet, r, c),), True, True)

    return make


# ---- rows, columns, sheets ------------------------------------------------------------------------------------------


def _duplicate_row(book: Book, random: Random) -> Damage:
    r = random.choice(book.rows(MAIN))
    book.sheets[MAIN].append(list(book.sheets[MAIN][r]))
    last = len(book.sheets[MAIN])
    return Damage("row twice", tuple(f"{MAIN}!{column_letter(c)}{last}" for c in range(3)), True, True)


def _move_row(book: Book, random: Random) -> Damage:
    cells = book.sheets[MAIN]
    rows = book.rows(MAIN)
    cells.insert(random.choice(rows), cells.pop(random.choice(rows)))
    return Damage("row moved", ())


def _delete_row(book: Book, random: Random) -> Damage | None:
    if len(rows := book.rows(MAIN)) < 3:
        return None
    book.sheets[MAIN].pop(random.choice(rows))
    return Damage("row deleted", ())


def _blank_row(book: Book, random: Random) -> Damage:
    book.sheets[MAIN].insert(random.choice(book.rows(MAIN)), [None] * len(book.sheets[MAIN][0]))
    return Damage("blank row between", ())


def _total_row(book: Book, random: Random) -> Damage:
    line: list[Any] = [None] * len(book.sheets[MAIN][0])
    line[1] = random.choice(["合计", "全县合计", "总计"])
    for c, item in book.columns(MAIN).items():
        values = [row[c] for r in book.rows(MAIN) if isinstance((row := book.sheets[MAIN][r])[c], int | float)]
        if item.kind in ("count", "decimal") and values:
            line[c] = sum(values)
    book.sheets[MAIN].append(line)
    return Damage("total row", (f"{MAIN}!第{len(book.sheets[MAIN])}行",), True)


def _optional(book: Book, random: Random) -> int | None:
    free = [c for c, item in book.columns(MAIN).items() if not item.required and not item.required_for]
    return random.choice(free) if free else None


def _delete_column(book: Book, random: Random) -> Damage | None:
    if (column := _optional(book, random)) is None:
        return None
    for row in book.sheets[MAIN]:
        row.pop(column)
    return Damage("column deleted", ())


def _rename_header(book: Book, random: Random) -> Damage | None:
    if (column := _optional(book, random)) is None:
        return None
    book.sheets[MAIN][book.header(MAIN)][column] = random.choice(["某某数", "列1", "Unnamed: 7", "数据（元）"])
    return Damage("header renamed", (f"{MAIN}!{column_letter(column)}列",), True)


def _two_headers(book: Book, random: Random) -> Damage | None:
    if (column := _optional(book, random)) is None or (other := _optional(book, random)) in (None, column):
        return None
    header = book.sheets[MAIN][book.header(MAIN)]
    header[other] = header[column]
    return Damage("header twice", tuple(f"{MAIN}!{column_letter(c)}列" for c in (column, other)), True, True)


def _delete_sheet(book: Book, random: Random) -> Damage | None:
    names = [name for name in book.sheets if name not in (MAIN, "县级")]
    if not names:
        return None
    book.sheets.pop(random.choice(names))
    return Damage("sheet deleted", ())


def _swap_sheet_rows(book: Book, random: Random) -> Damage | None:
    found = _number(book, random)
    if found is None:
        return None
    r, c, _ = found
    other = random.choice(book.rows(MAIN))
    cells = book.sheets[MAIN]
    if (MAIN, other, c) in book.hurt and other != r:
        return None
    book.hurt.add((MAIN, other, c))
    cells[r][c], cells[other][c] = cells[other][c], cells[r][c]
    return Damage("cells swapped", tuple(book.address(MAIN, row, c) for row in (r, other)))


def _merge(book: Book, random: Random) -> Damage | None:
    found = _number(book, random)
    if found is None:
        return None
    r, c, _ = found
    if r + 1 >= len(book.sheets[MAIN]) or r + 1 not in book.rows(MAIN):
        return None
    book.sheets[MAIN][r + 1][c] = None
    book.hurt.add((MAIN, r + 1, c))
    book.merges.setdefault(MAIN, []).append((r, c, r + 1, c))
    return Damage("numbers merged", (book.address(MAIN, r, c),), True, True)


def _hurt(book: Book, r: int, c: int) -> bool:
    """Whether a cell may be damaged: one that is damaged a second time may be whole again."""
    free = (MAIN, r, c) not in book.hurt
    book.hurt.add((MAIN, r, c))
    return free


def _choice(book: Book, random: Random) -> Damage | None:
    columns = {c: item for c, item in book.columns(MAIN).items() if item.kind == "choice"}
    if not columns:
        return None
    c, r = random.choice(list(columns)), random.choice(book.rows(MAIN))
    if not _hurt(book, r, c):
        return None
    book.sheets[MAIN][r][c] = random.choice(columns[c].choices)
    return Damage("another choice", (book.address(MAIN, r, c),))


def _no_choice(book: Book, random: Random) -> Damage | None:
    columns = [c for c, item in book.columns(MAIN).items() if item.kind == "choice"]
    if not columns:
        return None
    c, r = random.choice(columns), random.choice(book.rows(MAIN))
    if not _hurt(book, r, c):
        return None
    book.sheets[MAIN][r][c] = random.choice(["学校", "1", "其它", "#N/A?"])
    return Damage("no choice", (book.address(MAIN, r, c),), True, True)


def _no_name(book: Book, random: Random) -> Damage | None:
    columns = [c for c, item in book.columns(MAIN).items() if item.name == "school_name"]
    r = random.choice(book.rows(MAIN))
    book.sheets[MAIN][r][columns[0]] = None
    return Damage("no name", (book.address(MAIN, r, columns[0]),), False)


WORDS = ("见附件", "约300", "12o", "1,23", "三百", "300-400")
WIDE = {48 + digit: 0xFF10 + digit for digit in range(10)}
Maker = Callable[[Book, Random], Damage | None]

STRUCTURE: tuple[Maker, ...] = (
    *(_delete_column, _rename_header, _two_headers, _delete_sheet, _move_row, _delete_row, _blank_row),
    *(_duplicate_row, _total_row),
)
CELLS: tuple[Maker, ...] = (
    _put("a text", lambda v, r: r.choice(WORDS), detectable=True, errors=True),
    _put("a formula error", lambda v, r: Trouble("#REF!", "公式出错"), detectable=True, errors=True),
    _put("no computed value", lambda v, r: Trouble("=A1+B1", "公式没有计算结果"), detectable=True, errors=True),
    _put("a date", lambda v, r: dt.datetime(2020, 9, r.randint(1, 30)), detectable=True, errors=True),
    _put("a truth value", lambda v, r: r.random() < 0.5, detectable=True, errors=True),
    _put("a negative", lambda v, r: -abs(v) - 1, detectable=True, errors=True),
    _put("a huge number", lambda v, r: r.choice([1e308, 1e15, 10**400]), detectable=True, errors=True),
    _put("no number", lambda v, r: r.choice([float("inf"), float("nan"), "inf", "NaN"]), detectable=True),
    _put("a fraction", lambda v, r: v + 0.5, detectable=True, errors=True),
    _put("a placeholder", lambda v, r: r.choice(["无", "—", "/", "N/A"]), detectable=True),
    _put("ten thousand times", lambda v, r: v * 10000, detectable=True),
    _put("blank", lambda v, r: None, detectable=False),
    _put("zero", lambda v, r: 0, detectable=False),
    _put("negative zero", lambda v, r: -0.0, detectable=False),
    _put("a little more or less", lambda v, r: round(v * r.uniform(0.7, 1.4)), detectable=False),
    _put("half or double", lambda v, r: r.choice([v * 2, v // 2]), detectable=False),
    _put("typed as text", lambda v, r: r.choice([f" {v} ", f"{v:,}", f"{v}\u200b".translate(WIDE)]), detectable=False),
    _swap_sheet_rows, _merge, _choice, _no_choice, _no_name,
    _other_sheet("a text", "见附件"), _other_sheet("a formula error", Trouble("#REF!", "公式出错")),
    _other_sheet("a date", dt.datetime(2020, 1, 1)),
)  # fmt: skip


def damaged(seed: int) -> tuple[Book, list[Damage]]:
    """A good workbook with one to five damages: those of rows and columns first, so that addresses hold."""
    random = Random(seed)
    book = good(random.choice(BASES))
    makers = [random.choice(STRUCTURE if random.random() < 0.25 else CELLS) for _ in range(random.randint(1, 5))]
    makers.sort(key=lambda maker: STRUCTURE.index(maker) if maker in STRUCTURE else len(STRUCTURE))
    return book, [done for maker in makers if (done := maker(book, random))]
