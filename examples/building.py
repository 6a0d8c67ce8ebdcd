"""Write a constructed county's workbook: notes first, then its sheets, plainly marked, the same bytes every time."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from edukit.dictionary import load
from edukit.workbook.look import Look, display_width
from edukit.workbook.template import validation

if TYPE_CHECKING:
    from xlsxwriter import Workbook

Value = str | float | None
Row = dict[str, Value]

FORMATS = {"text": "@", "count": "#,##0", "decimal": "#,##0.00", "percent": "0.0", "year": "0"}
BANDS = {"le25": 25, "26_30": 30, "31_35": 35, "36_40": 40, "41_45": 45, "46_50": 50, "51_55": 55, "56_60": 60,
         "61_65": 65, "ge66": 1000}  # fmt: skip


def workbook(county: str, year: int, sheets: Mapping[str, Sequence[Row]], notes: Sequence[str]) -> bytes:
    """The .xlsx of one county and year.

    Args:
        county: name of the county, for the titles.
        year: the year, for the titles.
        sheets: name of a sheet of the dictionary -> its rows, field name -> value; fields of other sheets are left out.
        notes: paragraphs of the sheet 数据说明; the first says that the data are constructed.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": f"{county}{year}年示例数据（构造）", "created": dt.datetime(2020, 1, 1)})
        look = Look(book)
        _write_notes(book, look, notes)
        for name, rows in sheets.items():
            _write_sheet(book, look, name, rows, f"构造的示例数据，不是真实数据　{county}{year}年“{name}”")
    return buffer.getvalue()


def of_classes(sizes: Sequence[int], stage: str) -> Row:
    """Pupils, classes, the largest class and the bands of a stage, from the size of every class."""
    row: Row = {f"pupils_{stage}": sum(sizes), f"classes_{stage}": len(sizes), f"max_class_{stage}": max(sizes)}
    low = 0
    for band, high in BANDS.items():
        row[f"classes_{band}_{stage}"] = sum(low < size <= high for size in sizes)
        low = high
    return row


def _write_notes(book: Workbook, look: Look, notes: Sequence[str]) -> None:
    sheet = book.add_worksheet("数据说明")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 110)
    for number, text in enumerate(notes):
        sheet.write_string(number, 0, text, look.format(text_wrap=True, font_size=11, bold=number == 0))
        sheet.set_row_pixels(number, 14 + 20 * -(-display_width(text) // 100))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _write_sheet(book: Workbook, look: Look, name: str, rows: Sequence[Row], title: str) -> None:
    """Title, group bands, headers, units, then the rows; only columns that hold something."""
    columns = [field for field in load().columns(name) if any(row.get(field.name) is not None for row in rows)]
    groups = [(group, len(list(run))) for group, run in groupby(columns, key=lambda field: field.group)]
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, title, look.format(bold=True, font_size=12, font_color=Look.NEEDED))
    centre = {"align": "center", "text_wrap": True, "border": 1, "border_color": "#FFFFFF"}
    bands = [look.format(bold=True, font_color="#FFFFFF", bg_color=c, **centre) for c in (Look.DEEP, Look.DEEP_2)]
    first = 0
    for number, (group, width) in enumerate(groups):
        if width > 1:
            sheet.merge_range(1, first, 1, first + width - 1, group, bands[number % 2])
        else:
            sheet.write_string(1, first, group, bands[number % 2])
        first += width
    header, unit = look.format(bold=True, bg_color=Look.SOFT, **centre), look.format(font_color=Look.PALE_INK, **centre)
    ruled = {"indent": 1, "bottom": 4, "bottom_color": Look.RULE}
    cells = {
        kind: look.format(num_format=form, align="left" if form == "@" else "right", **ruled)
        for kind, form in FORMATS.items()
    }
    for index, field in enumerate(columns):
        values = [row.get(field.name) for row in rows]
        widest = max(display_width(str(value)) + 4 for value in values)
        sheet.set_column(index, index, max(12, -(-display_width(field.header) // 3) + 5, widest))
        sheet.write_string(2, index, field.header, header)
        sheet.write_string(3, index, field.hint, unit)
        for number, value in enumerate(values, start=4):
            sheet.write(number, index, value, cells.get(field.kind, cells["text"]))
        sheet.data_validation(4, index, 3 + len(values), index, validation(field))
    for number, pixels in enumerate((32, 28, 66, 24, *[24] * len(rows))):
        sheet.set_row_pixels(number, pixels)
    sheet.freeze_panes(4, groups[0][1])
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.repeat_rows(0, 3)
    sheet.repeat_columns(0, groups[0][1] - 1)
