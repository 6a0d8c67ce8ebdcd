"""The template workbook: an empty .xlsx with guidance, drop-downs and units that an analyst fills without help.

Everything in it comes from the data dictionary. Layout of a data sheet, from the top: group bands, headers, one row of
units, one worked example whose school (county) name begins with 示例, then the rows to fill. The reader skips the
bands, the units and the example.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edukit.dictionary import Field, SheetSpec, load
from edukit.errors import CallError
from edukit.workbook.edition import TITLE
from edukit.workbook.guide import write_guide
from edukit.workbook.look import Look, display_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlsxwriter.worksheet import Worksheet

BAND, HEADER, UNIT, EXAMPLE = range(4)
"""Row numbers, from 0; the rows to fill follow."""
FIRST = EXAMPLE + 1
ROWS = {
    "school": 500, "room": 1500, "score": 20000, "answer": 20000, "item": 60,
    "standard": 20, "option": 20, "dossier": 33, "year": 20,
}  # fmt: skip
"""How many rows are prepared on a sheet, by what its row is."""

NUMBER_FORMATS = {"text": "@", "code": "@", "choice": "@", "flag": "@", "count": "#,##0", "year": "0", "percent": "0.0"}
PRINT_SCALE, PAGE_WIDTH = 70, 192
"""Percent, and how many characters of column width an A4 page in landscape then holds."""
WIDEST_TEXT = 44
"""Column width at which a text is broken into lines rather than shown in one."""
CREATED = dt.datetime(2020, 1, 1)
"""A fixed date in the file's properties, so that the same dictionary gives the same bytes."""


def write_template(path: Path, *, county: str = "", year: int | None = None) -> None:
    """Write the workbook to fill; the same arguments give the same bytes.

    Args:
        path: the .xlsx file to write; it must not exist, so that no filled workbook is overwritten.
        county: the county's name, or ``<code>-<name>`` as its folder in data/raw is called; shown in the title and
            entered on the sheet 县级.
        year: the year of the data; shown and entered likewise.

    Raises:
        CallError: the path is not an .xlsx file, exists already, or cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise CallError(f"模板只能保存为 .xlsx 文件，实为：{path.name}。请改用以 .xlsx 结尾的文件名。")
    if path.exists():
        raise CallError(f"文件已存在：{path}。为免覆盖已填写的数据，请换一个文件名，或先移走原文件。")
    try:
        path.write_bytes(_workbook(*_county(county), year))
    except OSError as error:
        reason = error.strerror or error
        raise CallError(
            f"无法写入 {path}：{reason}。请确认文件夹存在、可写，且同名文件没有在 Excel 中打开。"
        ) from error


def _county(text: str) -> tuple[str, str]:
    """Code and name from ``210903-新邱区`` or from the name alone."""
    found = re.fullmatch(r"(\d{6})-(.+)", text.strip())
    return (found[1], found[2]) if found else ("", text.strip())


def _workbook(code: str, name: str, year: int | None) -> bytes:
    import xlsxwriter

    dictionary, buffer = load(), io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        title = f"{name}{TITLE}"
        book.set_properties({"title": title, "subject": "县域义务教育均衡发展", "created": CREATED})
        look = Look(book)
        write_guide(book, look, dictionary, code=code, name=name, year=year)
        for spec in dictionary.sheets:
            sheet = book.add_worksheet(spec.name)
            columns = dictionary.columns(spec.name)
            _heads(sheet, look, columns)
            for index, field in enumerate(columns):
                _column(sheet, look, spec, field, index)
            _highlights(sheet, look, spec, columns)
            _page(sheet, spec, columns)
            if spec.rows == "year":
                given = {"county": name, "code": code, "year": year}
                for index, field in enumerate(columns):
                    if given.get(field.name):
                        sheet.write(FIRST, index, given[field.name], look.cell(*_format(field)))
    return buffer.getvalue()


def _heads(sheet: Worksheet, look: Look, columns: tuple[Field, ...]) -> None:
    """The bands over runs of columns with the same group."""
    for number, (group, run) in enumerate(groupby(range(len(columns)), key=lambda index: columns[index].group)):
        members = list(run)
        first, last = members[0], members[-1]
        band = look.bands[number % len(look.bands)]
        if first == last:
            sheet.write_string(BAND, first, group, band)
        else:
            sheet.merge_range(BAND, first, BAND, last, group, band)
    sheet.set_default_row(18)
    sheet.set_row_pixels(BAND, 28)
    sheet.set_row_pixels(HEADER, 66)
    sheet.set_row_pixels(UNIT, 36)
    sheet.set_row_pixels(EXAMPLE, 40)


def _column(sheet: Worksheet, look: Look, spec: SheetSpec, field: Field, index: int) -> None:
    """One column: width, header with its comment, unit, example, format and validation of the rows to fill."""
    need = "必填" if _required(field, spec) else "按类型必填" if field.required_for else ""
    form = _format(field)
    sheet.set_column(index, index, _width(field), look.cell(*form))
    sheet.write_string(HEADER, index, field.header, look.header(need))
    sheet.write_string(UNIT, index, field.hint, look.unit(need))
    comment = "\n".join(_comment(field, need))
    sheet.write_comment(HEADER, index, comment, look.comment(comment))
    if field.example is not None:
        sheet.write(EXAMPLE, index, field.example, look.example(*form))
    else:
        sheet.write_blank(EXAMPLE, index, None, look.example(*form))
    sheet.data_validation(FIRST, index, FIRST + ROWS[spec.rows] - 1, index, validation(field))


def _required(field: Field, spec: SheetSpec) -> bool:
    """Whether each row of a sheet must have the field; an answer need not tell the school it is about."""
    return field.required and (spec.rows not in ("answer", "score") or field.sheet == spec.name)


def _format(field: Field) -> tuple[str, str]:
    """Number format and alignment of the cells of a column."""
    fraction = "0.000" if field.hard == (0, 1) else "#,##0.00"
    align = "right" if field.numeric else "left" if field.kind in {"text", "code"} else "center"
    return NUMBER_FORMATS.get(field.kind, fraction), align


def _width(field: Field) -> float:
    """A width at which the header breaks into lines of about equal length and the longest choice or example fits."""
    if field.name in {"school_name", "county"}:
        return 30
    half_widths = display_width(field.header)
    rows = 1 if half_widths <= 12 else 2 if half_widths <= 32 else 3
    widest = max((display_width(choice) + 5 for choice in field.choices), default=0)
    if field.kind == "text" and field.example is not None:
        widest = min(display_width(str(field.example)) + 4, WIDEST_TEXT)
    least = {"code": 14, "decimal": 13}.get(field.kind, 11)
    return max(least, -(-half_widths // rows) + 2.5, widest)


def span(bounds: tuple[float | None, float | None]) -> str:
    """Bounds in words, empty where there are none.

    >>> span((1, 2000)), span((0, None)), span((None, None))
    ('1～2,000', '不小于0', '')
    """
    low, high = bounds
    if low is not None and high is not None:
        return f"{low:,.10g}～{high:,.10g}"
    return f"不小于{low:,.10g}" if low is not None else f"不大于{high:,.10g}" if high is not None else ""


def _comment(field: Field, need: str) -> Iterator[str]:
    yield field.note
    if field.required_for:
        yield f"必填：办学类型为{'、'.join(field.required_for)}的学校。"
    elif need:
        yield "必填。"
    plain_year = field.kind == "year"
    if field.numeric and not plain_year and span(field.soft):
        yield f"常见范围：{span(field.soft)}{field.unit}，超出请核实。"
    if field.form:
        yield f"数据来源：{field.form}。"


def validation(field: Field) -> dict[str, Any]:
    """What Excel allows in a column, with the guidance that shows when a cell of it is chosen.

    Choices and impossible numbers are refused; a number that is only unusual is questioned and may stay.
    """
    rule: dict[str, Any] = {"validate": "any", "input_title": field.header[:32], "input_message": field.note[:255]}
    choices = ("是", "否") if field.kind == "flag" else field.choices
    if choices:
        rule |= {
            "validate": "list",
            "source": list(choices),
            "error_title": "请从下拉列表中选择",
            "error_message": f"“{field.header}”只能填：{'、'.join(choices)}。不清楚的请留空。",
        }
    if not field.numeric:
        return rule
    unusual = field.soft != (None, None)
    low, high = field.soft if unusual else field.hard
    rule |= {"validate": "integer" if field.kind in {"count", "year"} else "decimal"}
    rule |= (
        {"criteria": "between", "minimum": low, "maximum": high}
        if high is not None
        else {"criteria": ">=", "value": low or 0}
    )
    unit = f"{field.unit}" if field.unit else ""
    bounds = f"{low:.10g}至{high:.10g}" if field.kind == "year" else f"{span((low, high))}{unit}"
    whole = "整数，" if rule["validate"] == "integer" else "数字，"
    if unusual:
        rule |= {
            "error_type": "warning",
            "error_title": "超出常见范围，请核实",
            "error_message": f"“{field.header}”应为{whole}常见范围为{bounds}。请核对单位和数值，确认无误的选“是”。",
        }
    else:
        rule |= {
            "error_type": "stop",
            "error_title": "数值有误",
            "error_message": f"“{field.header}”应为{whole}范围为{bounds}。未知的请留空，不要填文字。",
        }
    return rule


def _highlights(sheet: Worksheet, look: Look, spec: SheetSpec, columns: tuple[Field, ...]) -> None:
    """Colours that appear while the rows are filled: missing, contradictory and unusual cells; lines of used rows."""
    from xlsxwriter.utility import xl_col_to_name

    letter = {field.name: xl_col_to_name(index) for index, field in enumerate(columns)}
    row, last = FIRST + 1, FIRST + ROWS[spec.rows]
    pupils = ",".join(f"${column}{row}" for name, column in letter.items() if name.startswith("pupils_"))
    used = f"COUNTA($A{row}:${xl_col_to_name(len(columns) - 1)}{row})>0"

    def paint(field: Field, formula: str, style: object) -> None:
        area = f"{letter[field.name]}{row}:{letter[field.name]}{last}"
        sheet.conditional_format(area, {"type": "formula", "criteria": f"={formula}", "format": style})

    for field in columns:
        cell = f"${letter[field.name]}{row}"
        if _required(field, spec):
            paint(field, f'AND({used},{cell}="")', look.missing)
        if field.required_for and "school_type" in letter:
            kinds = ",".join(f'${letter["school_type"]}{row}="{kind}"' for kind in field.required_for)
            paint(field, f'AND(OR({kinds}),{cell}="")', look.missing)
        for whole in field.at_most:
            if whole in letter:
                other = f"${letter[whole]}{row}"
                paint(field, f"AND(ISNUMBER({cell}),ISNUMBER({other}),{cell}>{other})", look.wrong)
        bounds = zip(("<", ">"), field.soft, strict=True)
        beyond = ",".join(f"{cell}{sign}{bound:.10g}" for sign, bound in bounds if bound is not None)
        if beyond:
            paint(field, f"AND(ISNUMBER({cell}),OR({beyond}))", look.unusual)
        low, high = field.per_pupil
        if pupils and low is not None and high is not None:
            each = f"{cell}/SUM({pupils})"
            paint(
                field, f"AND(ISNUMBER({cell}),SUM({pupils})>0,OR({each}<{low:.10g},{each}>{high:.10g}))", look.unusual
            )
        if field.kind == "code" and field.sheet == spec.name and spec.rows == "school":
            area = f"{letter[field.name]}{row}:{letter[field.name]}{last}"
            sheet.conditional_format(area, {"type": "duplicate", "format": look.wrong})
    sheet.conditional_format(
        FIRST, 0, last - 1, len(columns) - 1, {"type": "formula", "criteria": f"={used}", "format": look.used}
    )


def _page(sheet: Worksheet, spec: SheetSpec, columns: tuple[Field, ...]) -> None:
    """Frozen panes on the screen; on paper A4 landscape, headers repeated, pages broken between groups."""
    keys = sum(field.group == columns[0].group for field in columns)
    sheet.freeze_panes(FIRST - 1, keys)
    sheet.set_comments_author("edukit")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_print_scale(PRINT_SCALE)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.repeat_rows(BAND, UNIT)
    sheet.repeat_columns(0, keys - 1)
    sheet.set_v_pagebreaks(_breaks(columns, keys))
    sheet.set_header(f'&L&"{Look.FONT}"&10{spec.name}')
    sheet.set_footer(f'&C&"{Look.FONT}"&9第&P页，共&N页')


def _breaks(columns: tuple[Field, ...], keys: int) -> list[int]:
    """Columns before which a new page begins: whole groups, as many as fit beside the repeated key columns."""
    frozen = sum(_width(field) for field in columns[:keys])
    breaks, taken = [], frozen
    for _, group in groupby(range(keys, len(columns)), key=lambda index: columns[index].group):
        members = list(group)
        wide = sum(_width(columns[index]) for index in members)
        if taken > frozen and taken + wide > PAGE_WIDTH:
            breaks.append(members[0])
            taken = frozen
        taken += wide
    return breaks
