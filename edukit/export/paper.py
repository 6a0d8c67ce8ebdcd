"""Forms on paper: what the printed workbooks share, from the title to the line for signatures.

Everything is written with one of three calls (text, number, blank), so that no text is ever taken for a formula.
"""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from edukit.case import Case
from edukit.workbook.look import Look, lines

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

CREATED = dt.datetime(2020, 1, 1)
"""A fixed date in the file's properties, so that the same county gives the same bytes."""
EXECUTED = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins with one of these could be taken for a formula once somebody edits the cell."""
LINE, TALLEST = 14.5, 400
"""Height of a line of text, and the tallest row that Excel allows, in points; Excel does not fit rows by itself."""
A4 = 9
GAP = "　" * 9
SIGNATURES = f"填表人：{GAP}审核人：{GAP}单位负责人（签章）：{GAP}填表日期：　　　　年　　月　　日"
Style = dict[str, Any]
DARK: Style = {"bg_color": "#566573", "font_color": "#FFFFFF", "bold": True}
"""The dark ground that the form asks for where a value is below the standard; white and bold, so that it prints."""
PALE: Style = {"bg_color": Look.UNUSUAL}
"""The ground of what cannot be told yet."""
TOTAL: Style = {"bold": True, "bg_color": Look.SAMPLE}
LEFT: Style = {"align": "left", "indent": 1}
RIGHT: Style = {"align": "right", "indent": 0}
CENTRE: Style = {"align": "center", "indent": 0}


class Paper:
    """One sheet that is filled from the top and printed on A4 in landscape.

    Args:
        book: the xlsxwriter workbook.
        look: its formats.
        name: name of the sheet.
        widths: width of each column in half-width characters.
    """

    def __init__(self, book: Any, look: Look, name: str, widths: Sequence[float]) -> None:
        self.sheet: Worksheet = book.add_worksheet(name)
        self.row = 0
        self._look, self._widths = look, tuple(widths)
        self._styles: dict[tuple[tuple[str, Any], ...], Format] = {}
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)

    def style(self, **properties: Any) -> Format:
        """A format of this sheet, made once."""
        key = tuple(properties.items())
        if key not in self._styles:
            ordered = tuple(sorted(key))
            if ordered not in self._styles:
                self._styles[ordered] = self._look.format(**properties)
            self._styles[key] = self._styles[ordered]
        return self._styles[key]

    def put(self, row: int, column: int, value: object, **properties: Any) -> None:
        """Write one value with a thin frame: a number as number, a text as text, None and NaN as blank."""
        framed = {"border": 1, "border_color": Look.RULE, "text_wrap": True, **LEFT} | properties
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            self.sheet.write_blank(row, column, None, self.style(**framed))
        elif isinstance(value, str):
            guarded = {"quote_prefix": True} if value.startswith(EXECUTED) else {}
            self.sheet.write_string(row, column, value, self.style(**framed, **guarded))
        else:
            self.sheet.write_number(row, column, float(value), self.style(**framed))  # type: ignore[arg-type]

    def title(self, title: str, below: str) -> None:
        """The title over the whole width, and a line of facts below it."""
        heading = {"bold": True, "font_size": 16, "font_color": Look.DEEP, "align": "center"}
        high = lines(title, sum(self._widths) * 0.6) * 22 + 12  # the title is larger than what ``lines`` reckons with
        self.wide(title, height=max(34, high), **heading)
        self.wide(below, font_size=9, font_color=Look.PALE_INK, align="center")

    def heading(self, case: Case, number: str, name: str) -> None:
        """The title of one table of a form, with county, year, scheme and the options in use below."""
        scheme, options = case.scheme, case.now.options
        used = f"　采用的口径：{'、'.join(option.name for option in options)}" if options else ""
        place = f"{case.county}（行政区划代码{case.now.code}）" if case.now.code else case.county
        below = f"{place}　{case.year}年　依据：《{scheme.name}》（{scheme.document}）{used}"
        self.title(f"{number}　{case.county}{scheme.short}申报：{name}", below)

    def wide(self, text: str, height: float | None = None, **properties: Any) -> None:
        """One line of text over the whole width, without a frame; as high as the text needs."""
        style = self.style(**({"text_wrap": True, "align": "left"} | properties))
        last = len(self._widths) - 1
        if last:
            self.sheet.merge_range(self.row, 0, self.row, last, "", style)
        self.sheet.write_string(self.row, 0, text, style)
        fitted = lines(text, sum(self._widths) * 0.95) * LINE + 3
        self.sheet.set_row(self.row, min(TALLEST, height or fitted))
        self.row += 1

    def head(self, names: Sequence[str], height: float | None = None, **properties: Any) -> None:
        """A row of column names."""
        style = {"bold": True, **CENTRE, "bg_color": Look.DEEP, "font_color": "#FFFFFF"} | properties
        for column, name in enumerate(names):
            self.put(self.row, column, name, **({"border_color": "#FFFFFF"} | style))
        self.sheet.set_row(self.row, height or self._height(names, 1.5))
        self.row += 1

    def line(self, values: Sequence[object], styles: Mapping[int, Mapping[str, Any]], **everywhere: Any) -> None:
        """A row of values, each with the style of its column; as high as its texts need."""
        for column, value in enumerate(values):
            self.put(self.row, column, value, **(everywhere | dict(styles.get(column, {}))))
        self.sheet.set_row(self.row, self._height(values))
        self.row += 1

    def notes(self, notes: Sequence[str]) -> None:
        """Sentences below the table, numbered where there are several."""
        self.row += 1
        for number, note in enumerate(notes, start=1):
            label = "注：" if len(notes) == 1 else f"注{number}：" if number == 1 else f"　{number}："
            self.wide(label + note, font_size=9, font_color=Look.PALE_INK)

    def sign(self) -> None:
        """The line for signatures."""
        self.row += 1
        self.wide(SIGNATURES, height=26)

    def page(self, first: int, last: int, *, frozen: int = 0) -> None:
        """Frozen panes on the screen; on paper A4 landscape, one page wide, the header rows repeated.

        Args:
            first: first row of the header, which each page repeats.
            last: last row of it; the panes are frozen below.
            frozen: columns that stay in view.
        """
        sheet = self.sheet
        sheet.hide_gridlines(2)
        sheet.freeze_panes(last + 1, frozen)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.45, right=0.45, top=0.6, bottom=0.6)
        sheet.center_horizontally()
        sheet.repeat_rows(first, last)
        sheet.print_area(0, 0, self.row - 1, len(self._widths) - 1)
        sheet.set_footer(f'&C&"{Look.FONT}"&9{sheet.get_name()}　第&P页，共&N页')

    def _height(self, values: Sequence[object], margin: float = 3) -> float:
        """Points that the longest text of a row needs."""
        texts = zip(values, self._widths, strict=False)
        tall = max((lines(str(text), width - margin) for text, width in texts if isinstance(text, str)), default=1)
        return float(min(TALLEST, max(tall * LINE + 4, 19)))


def workbook(title: str, fill: Callable[[Any, Look], None]) -> bytes:
    """A workbook that ``fill`` fills; the same content gives the same bytes."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": title, "created": CREATED})
        fill(book, Look(book))
    return buffer.getvalue()


def number_format(digits: int) -> str:
    """The number format with that many decimals, a blank kept to the right of the number.

    >>> number_format(2), number_format(0)
    ('#,##0.00_ ', '#,##0_ ')
    """
    return "#,##0" + ("." + "0" * digits if digits else "") + "_ "


def beside(value: float, limit: float, digits: int) -> str:
    """The number format with as many decimals as it takes not to look equal to a limit that the number misses.

    A spreadsheet rounds the decimal number, halves away from zero, where Python rounds the binary one; so this is not
    :func:`edukit.formats.beside` for cells, though it serves the same end.

    >>> beside(4.4995, 4.5, 2), beside(4.5, 4.5, 2), beside(0.5018, 0.5, 3), beside(3.0, 4.5, 2)
    ('#,##0.0000_ ', '#,##0.00_ ', '#,##0.000_ ', '#,##0.00_ ')
    """
    if math.isnan(value) or math.isnan(limit) or value == limit:
        return number_format(digits)
    number, other = Decimal(f"{value:.15g}"), Decimal(f"{limit:.15g}")
    for places in range(digits, digits + 10):
        if number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) != other:
            return number_format(places)
    return number_format(digits)


def plain(value: float) -> str:
    """The number format that shows a standard or limit as it is written.

    >>> plain(0.765), plain(2000.0)
    ('#,##0.000_ ', '#,##0_ ')
    """
    return number_format(0 if math.isnan(value) else len(f"{value:.10g}".partition(".")[2]))
