"""The problem ledger as a workbook that people fill: written with one fixed look, read back with all they typed."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from edukit.errors import DataError
from edukit.ledger import COLUMNS, HIDDEN, ORIGINS, STATUSES
from edukit.ledger.columns import CLOSED, KEPT_BY_EDUKIT, OPEN, WAITING
from edukit.workbook.grid import Cell, Grid, Trouble, column_letter, read_grids
from edukit.workbook.look import Look, lines

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SHEET = "问题台账"
TITLE, GUIDE, HEADER, FIRST = range(4)
"""Row numbers, from 0."""
LINE, TALLEST = 14.5, 400
"""Height of a line of text, and the tallest row that Excel allows, in points; Excel does not fit rows by itself."""
SPARE = 300
"""Rows below the last entry that are prepared for people's own."""
CREATED = dt.datetime(2020, 1, 1)
"""A fixed date in the file's properties, so that the same ledger gives the same bytes."""
EXECUTED = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins with one of these could be taken for a formula."""

WIDTHS = {
    **{"number": 5, "origin": 8, "school": 16, "stage": 6, "item": 15, "problem": 24, "standard": 12, "value": 14},
    **{"gap": 13, "measure": 19, "office": 10, "person": 8, "deadline": 10, "progress": 12, "result": 12},
    **{"evidence": 12, "status": 8, "closed_on": 11, "first_seen": 9, "last_seen": 9, "reopened": 6, "note": 24},
    **{"history": 28, "key": 30, "verdict": 12, "met_since": 12, "spent": 20},
}
OWN_WIDTH = 16
CENTRED = {"number", "origin", "stage", "standard", "value", "deadline", "status", "closed_on", "first_seen"}
CENTRED |= {"last_seen", "reopened"}
PRINT_SCALE = 60
"""Percent at which the columns up to 销号日期 fill the width of an A4 page in landscape."""

GUIDANCE = (
    "灰色表头各列由程序按当年数据更新，其余各列由责任单位填写，重新生成时原样保留，可自行增加行和列。"
    "指标达标并填写佐证材料后销号；达标而无佐证材料的为待销号；销号后又未达标的恢复为未销号，计为反弹。"
)


def read_ledger(path: Path) -> pd.DataFrame:
    """A ledger as people left it.

    Returns:
        The columns of ``COLUMNS``, then people's own under their headers; blank is "". Text, numbers and dates as
        typed; a formula is its last result.

    Raises:
        DataError: the file cannot be read without losing something: damaged, a column deleted or renamed, a second
            sheet, or a column without a header. The file is left as it is.
    """
    grids = [grid for grid in read_grids(path) if any(cell is not None for row in grid.rows for cell in row)]
    grid = next((grid for grid in grids if grid.name == SHEET), None)
    if grid is None:
        raise _refused(path, f"其中没有“{SHEET}”工作表", f"把工作表名称改回“{SHEET}”")
    if others := [other.name for other in grids if other is not grid]:
        raise _refused(path, f"另有工作表{_quoted(others)}，更新时不能保留", "把这些工作表移到别的文件")
    head = _header_row(grid)
    if head is None:
        raise _refused(path, f"找不到含“{COLUMNS['number']}”“{COLUMNS['key']}”的表头行", "恢复表头行")
    names = {header: name for name, header in COLUMNS.items()}
    headers = ["" if cell is None else _header(cell, names) for cell in grid.rows[head]]
    _check_headers(path, grid, head, headers)
    rows = [
        {names.get(header, header): _typed(cell) for header, cell in zip(headers, cells, strict=True) if header}
        for cells in _unmerged(grid)[head + 1 :]
        if any(cell is not None for cell in cells)
    ]
    own = [header for header in headers if header and header not in names]
    return pd.DataFrame(rows, columns=[*COLUMNS, *own], dtype=object)


def _refused(path: Path, problem: str, action: str) -> DataError:
    return DataError(
        f"不能更新问题台账 {path.parent.name}/{path.name}：{problem}。文件未改动，报告没有生成。"
        f"处理：{action}；或将该文件改名另存，程序会重新建立台账。"
    )


def _quoted(names: list[str]) -> str:
    return "、".join(f"“{name}”" for name in names)


def _header_row(grid: Grid) -> int | None:
    wanted = {COLUMNS["number"], COLUMNS["key"]}
    for number, row in enumerate(grid.rows[:10]):
        texts = {_text(cell) for cell in row if cell is not None}
        if texts & wanted and len(texts & set(COLUMNS.values())) > len(COLUMNS) // 2:
            return number
    return None


def _check_headers(path: Path, grid: Grid, head: int, headers: list[str]) -> None:
    """Every column of a ledger once, and no column of people's own that could not be told from another."""
    if missing := [header for header in COLUMNS.values() if header not in headers]:
        raise _refused(path, f"缺少{_quoted(missing)}列，可能被删除或改名", "恢复这些列的表头和内容")
    if twice := [header for header, count in Counter(headers).items() if header and count > 1]:
        raise _refused(path, f"{_quoted(twice)}列出现两次", "给其中一列换一个列名")
    if reserved := [header for header in headers if header in COLUMNS]:
        raise _refused(path, f"列名{_quoted(reserved)}由程序占用", "换一个列名")
    for column, header in enumerate(headers):
        if not header and any(row[column] is not None for row in grid.rows[head + 1 :]):
            raise _refused(path, f"{column_letter(column)}列有内容而没有列名", "在表头行补上列名")


def _unmerged(grid: Grid) -> list[list[Cell]]:
    """The rows with each merged area filled with what it shows."""
    rows = [list(row) for row in grid.rows]
    for top, left, bottom, right in grid.merges:
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                rows[row][column] = grid.rows[top][left]
    return rows


def _header(cell: Cell, names: dict[str, str]) -> str:
    """A header of ours without the blanks and line breaks that crept in; one of people's own as it is."""
    return _text(cell) if _text(cell) in names else str(cell).strip()


def _text(cell: Cell) -> str:
    return "".join(str(cell).split())


def _typed(cell: Cell) -> Any:
    """A cell as a ledger keeps it: text, whole or decimal number, date; blank is ""."""
    if cell is None:
        return ""
    if isinstance(cell, Trouble):
        return cell.text
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    return cell if isinstance(cell, str | int | float | dt.datetime) else str(cell)


def write_ledger(ledger: pd.DataFrame, *, title: str) -> bytes:
    """The workbook of a ledger; the same ledger gives the same bytes.

    Args:
        ledger: as :func:`edukit.ledger.update` returns it.
        title: the line above the table.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": title, "created": CREATED})
        look = Look(book)
        sheet = book.add_worksheet(SHEET)
        visible = [name for name in ledger.columns if name not in HIDDEN]
        names = [*visible, *HIDDEN]
        _top(sheet, look, names, len(visible), title)
        _rows(sheet, look, ledger[names], names)
        _rules(sheet, book, names, len(ledger))
        _page(sheet, names, len(visible), len(ledger))
    return buffer.getvalue()


def _top(sheet: Worksheet, look: Look, names: list[str], visible: int, title: str) -> None:
    edge = names.index("closed_on")
    heading = look.format(bold=True, font_size=16, font_color=Look.DEEP, align="center")
    sheet.merge_range(TITLE, 0, TITLE, edge, "", heading)
    sheet.write_string(TITLE, 0, title, heading)
    sheet.merge_range(
        GUIDE, 0, GUIDE, edge, GUIDANCE, look.format(font_size=9, font_color=Look.PALE_INK, text_wrap=True)
    )
    sheet.set_row_pixels(TITLE, 40)
    sheet.set_row_pixels(GUIDE, 34)
    sheet.set_row_pixels(HEADER, 44)
    style = {"bold": True, "align": "center", "text_wrap": True, "border": 1, "border_color": "#FFFFFF"}
    people = look.format(bg_color=Look.DEEP, font_color="#FFFFFF", **style)
    program = look.format(bg_color=Look.PALE_INK, font_color="#FFFFFF", **style)
    for column, name in enumerate(names):
        sheet.write_string(HEADER, column, COLUMNS.get(name, name), program if _is_ours(name) else people)
        options = {"hidden": True} if column >= visible else {}
        sheet.set_column(column, column, WIDTHS.get(name, OWN_WIDTH), None, options)


def _is_ours(name: str) -> bool:
    return name in (*KEPT_BY_EDUKIT, *HIDDEN, "history")


def _rows(sheet: Worksheet, look: Look, ledger: pd.DataFrame, names: list[str]) -> None:
    ground = {"border": 1, "border_color": Look.RULE, "text_wrap": True, "valign": "top"}
    forms: dict[tuple[str, str], Format] = {}

    def form(name: str, kind: str) -> Format:
        align = "center" if name in CENTRED else "left"
        if (align, kind) not in forms:
            more: dict[str, Any] = {"num_format": "yyyy-mm-dd"} if kind == "date" else {}
            more |= {"quote_prefix": True} if kind == "guarded" else {}
            forms[align, kind] = look.format(align=align, **ground, **more)
        return forms[align, kind]

    for row, values in enumerate(ledger.itertuples(index=False, name=None), start=FIRST):
        shown = [(str(value), WIDTHS.get(name, OWN_WIDTH)) for name, value in zip(names, values, strict=True)]
        tall = max(lines(text, width - 1.5) for text, width in shown[: -len(HIDDEN)])
        sheet.set_row(row, min(tall * LINE + 3, TALLEST))
        for column, (name, value) in enumerate(zip(names, values, strict=True)):
            if isinstance(value, dt.datetime):
                sheet.write_datetime(row, column, value, form(name, "date"))
            elif isinstance(value, bool):
                sheet.write_boolean(row, column, value, form(name, ""))
            elif isinstance(value, int | float):
                sheet.write_number(row, column, value, form(name, ""))
            elif value == "":
                sheet.write_blank(row, column, None, form(name, ""))
            else:
                guarded = "guarded" if str(value).startswith(EXECUTED) else ""
                sheet.write_string(row, column, str(value), form(name, guarded))


def _rules(sheet: Worksheet, book: Any, names: list[str], count: int) -> None:
    """Drop-downs, and the colour of an entry's state, which follows what people choose."""
    last = FIRST + count + SPARE - 1
    for name, choices, stop in (("origin", ORIGINS, False), ("status", STATUSES, True)):
        column, header = names.index(name), COLUMNS[name]
        rule = {
            "validate": "list",
            "source": list(choices),
            "error_type": "stop" if stop else "warning",
            "error_title": "请从下拉列表中选择",
            "error_message": f"“{header}”一般填：{'、'.join(choices)}。",
        }
        sheet.data_validation(FIRST, column, last, column, rule)
    column = names.index("status")
    for state, fill, ink in (
        (OPEN, Look.WRONG, "#9C0006"),
        (WAITING, Look.UNUSUAL, "#7A5200"),
        (CLOSED, "#D5EBD8", "#1E5B2A"),
    ):
        style = book.add_format({"bg_color": fill, "font_color": ink, "bold": True})
        rule = {"type": "cell", "criteria": "==", "value": f'"{state}"', "format": style}
        sheet.conditional_format(FIRST, column, last, column, rule)


def _page(sheet: Worksheet, names: list[str], visible: int, count: int) -> None:
    """Frozen panes and filter on the screen; on paper A4 landscape, the header and the first columns repeated."""
    sheet.freeze_panes(FIRST, names.index("stage"))
    sheet.autofilter(HEADER, 0, FIRST + max(count, 1) - 1, len(names) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_print_scale(PRINT_SCALE)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.repeat_rows(HEADER)
    sheet.repeat_columns(0, names.index("item"))
    sheet.print_area(0, 0, FIRST + max(count, 1) - 1, visible - 1)
    sheet.set_v_pagebreaks([names.index("first_seen")])
    sheet.set_footer(f'&C&"{Look.FONT}"&9第&P页，共&N页')
