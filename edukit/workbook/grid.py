"""Raw grids of cells from .xlsx and .csv files, with everything kept that a later message needs to point at."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import error as zlib_error

from edukit.errors import DataError

INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\x00-\x08]")
MAX_UNPACKED = 200 * 2**20
"""Largest unpacked size of an .xlsx that is opened, in bytes: a county's workbook is below one hundredth of it."""


@dataclass(frozen=True)
class Trouble:
    """A cell that holds no usable value: an error such as #DIV/0!, or a formula that was never computed."""

    text: str
    reason: str


Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | Trouble | None


@dataclass(frozen=True)
class Grid:
    """One sheet as it lies in the file.

    Attributes:
        name: the sheet's name; for a CSV its file name without ending.
        rows: the cells, row by row, padded to equal length.
        merges: merged areas as (first row, first column, last row, last column), from 0, both ends inclusive.
        label: what a message calls the sheet, e.g. 学校 or 学校.csv.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    merges: tuple[tuple[int, int, int, int], ...] = ()
    label: str = ""

    def address(self, row: int, column: int) -> str:
        """A cell as a message names it, e.g. 学校!E5 (row and column from 0)."""
        return f"{self.label or self.name}!{column_letter(column)}{row + 1}"

    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0]) if self.rows else 0


def column_letter(column: int) -> str:
    """Excel's letters of a column counted from 0.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_grids(path: Path) -> list[Grid]:
    """All sheets of a workbook, or the one table of a CSV.

    Raises:
        DataError: the file cannot be opened; says what it seems to be and what to do.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"无法读取文件 {path.name}：{error.strerror}。") from error
    if not content.strip():
        raise DataError(f"文件 {path.name} 是空的。请重新导出后再试。")
    if path.suffix.lower() in (".csv", ".txt", ".tsv"):
        if content.startswith(b"PK\x03\x04"):
            raise DataError(f"文件 {path.name} 扩展名是 {path.suffix}，内容却是 Excel 工作簿。请把扩展名改为 .xlsx。")
        return [_csv_grid(path, content)]
    return _xlsx_grids(path, content)


def decode(content: bytes, name: str) -> str:
    """Text of a CSV: by its byte order mark, else UTF-8, else GB18030 (which includes GBK and GB2312)."""
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DataError(f"文件 {name} 不是文本：编码既非 UTF-8 也非 GBK/GB18030。请在 Excel 中另存为“CSV UTF-8”。")


def _csv_grid(path: Path, content: bytes) -> Grid:
    text = decode(content, path.name)
    head = "\n".join(text.splitlines()[:20])
    delimiter = max(",\t;", key=head.count)
    try:
        rows = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise DataError(f"文件 {path.name} 不是完整的 CSV：多半是引号没有成对。请重新导出后再试。") from error
    return Grid(path.stem, _padded([[_clean(cell) for cell in row] for row in rows]), (), path.name)


def _padded(rows: Sequence[Sequence[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    width = max((len(row) for row in rows), default=0)
    return tuple((*row, *[None] * (width - len(row))) for row in rows)


def _xlsx_grids(path: Path, content: bytes) -> list[Grid]:
    has_formulas = _inspect_package(path, content)
    import openpyxl  # costs 0.1 s, so only when a workbook is really read

    with warnings.catch_warnings():
        # openpyxl warns of drawings, extensions and styles that it leaves out; none of them carries a number.
        warnings.simplefilter("ignore", UserWarning)
        try:
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
            formulas = openpyxl.load_workbook(io.BytesIO(content), keep_links=False) if has_formulas else None
        except Exception as error:  # openpyxl raises many kinds for damaged files; all mean the same to the user
            raise DataError(
                f"工作簿 {path.name} 已损坏，无法打开（{type(error).__name__}）。请用 Excel 打开后另存为 .xlsx 再试。"
            ) from error
    grids = []
    for sheet in book.worksheets:
        rows = []
        for cells in sheet.iter_rows():
            formula_row = formulas[sheet.title][cells[0].row] if formulas and cells else None
            rows.append([_value(cell, formula_row) for cell in cells])
        merges = tuple(
            (area.min_row - 1, area.min_col - 1, area.max_row - 1, area.max_col - 1)
            for area in sorted(sheet.merged_cells.ranges, key=lambda area: (area.min_row, area.min_col))
        )
        grids.append(Grid(sheet.title, _padded(rows), merges))
    return grids


def _inspect_package(path: Path, content: bytes) -> bool:
    """Refuse what is no sound .xlsx before a parser touches it; tell whether any sheet holds formulas."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(f"文件 {path.name} 加了打开密码，或是旧版 .xls。请取消密码，用 Excel 另存为 .xlsx 再试。")
    if not content.startswith(b"PK"):
        raise DataError(
            f"文件 {path.name} 不是 Excel 工作簿（.xlsx）。如果它是文本表格，请把扩展名改为 .csv；否则请重新导出。"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            unpacked = sum(entry.file_size for entry in package.infolist())
            if unpacked > MAX_UNPACKED:
                raise DataError(
                    f"工作簿 {path.name} 展开后有 {unpacked // 2**20} MB，超过上限 {MAX_UNPACKED // 2**20} MB。"
                    "请删除多余的空白行列和图片后另存再试。"
                )
            sheets = [entry for entry in package.namelist() if entry.startswith("xl/worksheets/")]
            return any(re.search(rb"<f[\s>/]", package.read(entry)) for entry in sheets)
    except (zipfile.BadZipFile, zlib_error, EOFError, OSError, RuntimeError) as error:
        raise DataError(f"工作簿 {path.name} 不完整或已损坏。请重新复制或用 Excel 另存后再试。") from error


def _value(cell: object, formula_row: object) -> Cell:
    value = getattr(cell, "value", None)
    if getattr(cell, "data_type", "") == "e":
        return Trouble(str(value), "公式出错")
    if value is None and formula_row is not None and getattr(cell, "data_type", "") != "str":  # str: an empty text
        column = getattr(cell, "column", 1)
        formula = formula_row[column - 1].value if column <= len(formula_row) else None  # type: ignore[index, arg-type]
        if formula is not None:
            return Trouble(str(getattr(formula, "text", formula)), "公式没有计算结果")
    if isinstance(value, int) and not isinstance(value, bool):
        shown = getattr(cell, "number_format", "")
        if re.fullmatch(r"0{2,}", shown or ""):  # a code shown with leading zeros that the number itself has lost
            return str(value).zfill(len(shown))
    return _clean(value) if isinstance(value, str) else value


def _clean(text: str) -> str | None:
    """A text without the characters of no width that copying from web pages brings along; None where nothing is left.

    A text that Excel was made to keep as such, ="0123", is the text.

    >>> _clean("300\u200b"), _clean('="0123"'), _clean(" ")
    ('300', '0123', None)
    """
    seen = INVISIBLE.sub("", text)
    kept = re.fullmatch(r'\s*="([^"]*)"\s*', seen)
    seen = kept[1] if kept else seen
    return seen if seen.strip() else None
