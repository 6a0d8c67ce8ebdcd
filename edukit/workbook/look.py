"""How the workbooks look: fonts, colours and cell formats, each colour with one meaning."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format


def display_width(text: str) -> int:
    """Width of a text in half-width characters.

    >>> display_width("学校A")
    5
    """
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def lines(text: str, width: float) -> int:
    """How many lines a text takes in a cell that is ``width`` half-width characters wide.

    >>> lines("在校生数", 4), lines("", 4)
    (2, 1)
    """
    return sum(max(1, -(-display_width(part) // int(width))) for part in text.split("\n"))


class Look:
    """The formats of one workbook, made once and reused.

    Attributes:
        bands: formats of the group bands, used in turn.
        header, unit, cell, example: formats by what must be filled, or by number format and alignment.
        missing, wrong, unusual, used: colours that appear while the sheet is filled.
    """

    FONT = "微软雅黑"
    INK, PALE_INK, RULE = "#1F2933", "#6B7785", "#C9D2DC"
    DEEP, DEEP_2, SOFT = "#1F4E79", "#3D6E99", "#DCE6F0"
    NEEDED, NEEDED_BY_TYPE = "#C55A11", "#F4C7A1"
    MISSING, WRONG, UNUSUAL, SAMPLE = "#FBE0D3", "#F8C9CE", "#FFF0C2", "#F1F3F5"
    HEADS: ClassVar[dict[str, tuple[str, str]]] = {
        "必填": (NEEDED, "#FFFFFF"),
        "按类型必填": (NEEDED_BY_TYPE, INK),
        "": (SOFT, INK),
    }

    def __init__(self, book: Workbook) -> None:
        self._book = book
        centre = {"align": "center", "valign": "vcenter", "text_wrap": True}
        self.bands = [
            self.format(bold=True, font_color="#FFFFFF", bg_color=colour, border=1, border_color="#FFFFFF", **centre)
            for colour in (self.DEEP, self.DEEP_2)
        ]
        self.missing = self._book.add_format({"bg_color": self.MISSING})
        self.wrong = self._book.add_format({"bg_color": self.WRONG, "font_color": "#9C0006"})
        self.unusual = self._book.add_format({"bg_color": self.UNUSUAL})
        self.used = self._book.add_format({"border": 1, "border_color": self.RULE})
        self.header = cache(self._header)
        self.unit = cache(self._unit)
        self.cell = cache(self._cell)
        self.example = cache(self._example)

    def format(self, **properties: Any) -> Format:
        """A format in the workbook's font."""
        base = {"font_name": self.FONT, "font_size": 10, "font_color": self.INK, "valign": "vcenter"}
        return self._book.add_format(base | properties)

    def _header(self, need: str) -> Format:
        fill, ink = self.HEADS[need]
        edge = {"border": 1, "border_color": "#FFFFFF"}
        return self.format(bold=True, bg_color=fill, font_color=ink, align="center", text_wrap=True, **edge)

    def _unit(self, need: str) -> Format:
        """The unit row; what must be filled says so through the number format, so that the cell holds the unit only."""
        shown = f'@"（{need}）"' if need else "@"
        ground = {"bg_color": "#F7F9FB", "bottom": 2, "bottom_color": self.DEEP, "align": "center", "text_wrap": True}
        return self.format(num_format=shown, font_size=9, font_color=self.PALE_INK, **ground)

    def _cell(self, number_format: str, align: str) -> Format:
        return self.format(num_format=number_format, align=align, indent=int(align != "center"))

    def _example(self, number_format: str, align: str) -> Format:
        pale = {"font_color": self.PALE_INK, "bg_color": self.SAMPLE, "bottom": 1, "bottom_color": self.RULE}
        return self.format(
            num_format=number_format,
            align=align,
            indent=int(align != "center"),
            italic=True,
            text_wrap=align == "left",
            **pale,
        )

    def comment(self, text: str) -> dict[str, Any]:
        """Size and font of a cell comment that holds the text without being cut."""
        return {
            "font_name": self.FONT,
            "font_size": 9,
            "color": "#FFFDF3",
            "width": 300,
            "height": 18 * lines(text, 44) + 12,
        }
