"""Raw grids of cells from .xlsx and .csv files, with everything kept that a later message needs to point at."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import stat
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edukit.errors import DataError
from edukit.workbook.package import LAST_ROW, MAX_AREA, MAX_COLUMNS, MAX_FILE, Package, reduce, too_large, too_wide

INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Characters without a shape: of no width, turning the direction of the text, control characters, no characters."""
ESCAPED = re.compile("_x00(?:0[0-9A-Fa-f]|1[0-9A-Fa-f]|7F)_")
"""Control characters as Excel writes them into a text, most often a carriage return."""
DELIMITERS = ",\t;"
"""What may stand between the cells of a CSV."""


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
        hidden_rows, hidden_columns: numbers of what Excel does not show, from 0; read like the others.
        hidden: whether the whole sheet is hidden.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    merges: tuple[tuple[int, int, int, int], ...] = ()
    label: str = ""
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    hidden: bool = False

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

    Nothing in a file is executed or fetched: formulas count with the result that is stored with them, and links,
    macros and embedded files are not opened. Sizes are bounded, see :mod:`edukit.workbook.package`.

    Raises:
        DataError: the file cannot be opened; says what it seems to be and what to do.
    """
    return grids_of(path, content_of(path))


def content_of(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        DataError: it is no plain file, is larger than any workbook, or cannot be read.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise DataError(f"{path.name} 不是普通文件，不能读取。请换成工作簿或 CSV 文件。")
        if found.st_size > MAX_FILE:
            raise too_large(path.name, found.st_size)
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"无法读取文件 {path.name}：{error.strerror}。") from error


def grids_of(path: Path, content: bytes) -> list[Grid]:
    """The same as :func:`read_grids` for bytes that were read before; the path only says what they should be."""
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


def csv_rows(text: str, name: str, delimiter: str) -> list[list[str]]:
    """The rows of a CSV.

    Raises:
        DataError: it is none.
    """
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise DataError(f"文件 {name} 不是完整的 CSV：多半是引号没有成对。请重新导出后再试。") from error


def _csv_grid(path: Path, content: bytes) -> Grid:
    text = decode(content, path.name)
    head = "\n".join(text.splitlines()[:20])
    rows = csv_rows(text, path.name, max(DELIMITERS, key=head.count))
    return Grid(path.stem, _padded([[_clean(cell) for cell in row] for row in rows], path.name), (), path.name)


def _padded(rows: Sequence[Sequence[Cell]], name: str) -> tuple[tuple[Cell, ...], ...]:
    width = max((len(row) for row in rows), default=0)
    if width > MAX_COLUMNS or len(rows) * width > MAX_AREA:
        raise too_wide(name, len(rows), width)
    return tuple((*row, *[None] * (width - len(row))) for row in rows)


def _xlsx_grids(path: Path, content: bytes) -> list[Grid]:
    package = reduce(content, path.name)
    import openpyxl  # costs 0.1 s, so only when a workbook is really read

    def opened(*, data_only: bool) -> Any:
        return openpyxl.load_workbook(
            io.BytesIO(package.content), read_only=True, data_only=data_only, keep_links=False
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of dates out of range, which come as errors of their cells
        try:
            book = opened(data_only=True)
            formulas = opened(data_only=False) if any(part.formulas for part in package.parts.values()) else None
            return [_sheet_grid(sheet, formulas, package) for sheet in book.worksheets]
        except DataError:
            raise
        except Exception as error:  # openpyxl raises many kinds for damaged files; all mean the same to the user
            raise DataError(
                f"工作簿 {path.name} 已损坏，无法打开（{type(error).__name__}）。请用 Excel 打开后另存为 .xlsx 再试。"
            ) from error


def _sheet_grid(sheet: Any, formulas: Any, package: Package) -> Grid:
    part = package.parts[sheet._worksheet_path]
    written = formulas[sheet.title].iter_rows(max_col=part.width) if formulas and part.formulas else None
    rows, area = [], 0
    for number, cells in enumerate(sheet.iter_rows(max_col=part.width) if part.width != 0 else (), start=1):
        area += len(cells)
        if number > LAST_ROW or area > MAX_AREA:
            raise too_wide(sheet.title, number, len(cells))
        if any(cell.row != number for cell in cells if cell.value is not None):
            raise ValueError("a cell that lies in another row than it says")
        as_typed = next(written) if written else (None,) * len(cells)
        rows.append([_value(cell, formula) for cell, formula in zip(cells, as_typed, strict=True)])
    grid = Grid(
        sheet.title,
        _padded(rows, sheet.title),
        hidden_rows=part.hidden_rows,
        hidden_columns=part.hidden_columns,
        hidden=sheet.sheet_state != "visible",
    )
    last_row, last_column = len(rows) - 1, grid.width() - 1
    shown = [area for area in part.merges if area[0] <= last_row and area[1] <= last_column]
    merges = tuple((top, left, min(bottom, last_row), min(right, last_column)) for top, left, bottom, right in shown)
    if sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in merges) > len(rows) * grid.width():
        raise ValueError("merged areas that overlap")
    return replace(grid, merges=merges)


def _value(cell: Any, formula: Any) -> Cell:
    value, kind = cell.value, getattr(cell, "data_type", "")
    if kind == "e":
        return Trouble(str(value), "公式出错")
    if value is None and formula is not None and formula.value is not None and kind != "str":  # str: an empty text
        return Trouble(str(getattr(formula.value, "text", formula.value)), "公式没有计算结果")
    if isinstance(value, int) and not isinstance(value, bool):
        shown = getattr(cell, "number_format", "")
        if re.fullmatch(r"0{2,}", shown or ""):  # a code shown with leading zeros that the number itself has lost
            return str(value).zfill(len(shown))
    return _clean(ESCAPED.sub(" ", value)) if isinstance(value, str) else value


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
