"""The tables of a report as one workbook: numbers as numbers, ready to be filtered, sorted and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from edukit import style
from edukit.export.content import Block, Cell, Grid, Picture, Report, Row
from edukit.export.paper import CENTRE, LEFT, RIGHT, Paper, workbook
from edukit.workbook.look import Look, display_width

CONTENTS: Final = "目录"
ALIKE: Final = 3
"""From so many tables with the same columns on, they stand on one sheet, each row with the name of its table."""
_LONGEST_NAME, _LONGEST_TEXT = 31, 32000
"""Characters of a sheet's name and of a cell's text; Excel itself allows 31 and 32,767."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_NUMBER = re.compile(r"([▼▽✓？]?)\s*([+\-−]?)((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?)\s*(%|[^\d\s,.、；（(+\-−]{0,8})")
_STATES: Final[dict[str, dict[str, Any]]] = {
    "met": {"font_color": style.MET_TEXT},
    "floor": {"bg_color": style.FLOOR_TINT, "font_color": style.FLOOR_TEXT},
    "not-met": {"bg_color": style.NOT_MET_TINT, "font_color": style.NOT_MET_TEXT, "bold": True},
    "unknown": {"bg_color": style.UNDETERMINED_TINT, "font_color": style.UNDETERMINED_TEXT},
}
_VERDICTS: Final = {
    "met": ("达标", "达到", "通过", "符合"),
    "not-met": ("未达标", "未达到", "未通过", "不符合"),
    "unknown": ("无法判定",),
}
"""What a cell says to how it is shaded, for as long as people go on working in the sheet."""


@dataclass(frozen=True)
class _Sheet:
    """A sheet: its name, its title, what stands below the title, and its table."""

    name: str
    title: str
    kind: str
    grid: Grid
    source: str = ""


@dataclass(frozen=True)
class Shown:
    """A number, and the number format with which it looks as in the report."""

    value: float
    form: str


def sheets(report: Report) -> bytes:
    """The .xlsx file of a report's tables and of the data behind its figures; the same bytes for the same report."""
    listed = list(_listed(report.blocks))

    def fill(book: Any, look: Look) -> None:
        # Before the others, so that it is the first; filled when all names are known.
        contents = Paper(book, look, CONTENTS, (8, 64, 14, 10))
        for sheet in listed:
            _fill(Paper(book, look, sheet.name, _widths(sheet.grid)), book, sheet, report)
        _contents(contents, listed, report)

    return workbook(report.title, fill)


def number(cell: Cell) -> Shown | None:
    """The number in a cell as it is known, and how to show it; None where the cell holds none.

    The unrounded number is taken where the table gives one that rounds to what the cell shows; else what it shows.

    >>> number(Cell("▼0.40", numeric=True, number=0.39682))
    Shown(value=0.39682, form='"▼"#,##0.00')
    >>> number(Cell("26.3%", numeric=True)), number(Cell("353㎡", numeric=True))
    (Shown(value=0.263, form='#,##0.0%'), Shown(value=353.0, form='#,##0"㎡"'))
    >>> number(Cell("小学2.3、初中2.4", numeric=True)), number(Cell("—", numeric=True))
    (None, None)
    """
    found = _NUMBER.fullmatch(cell.text.strip()) if cell.numeric and not cell.header else None
    if found is None:
        return None
    mark, sign, digits, decimals, unit = found.groups()
    places = len(decimals or "")
    value = float(digits.replace(",", "")) * (-1 if sign in ("-", "−") else 1)
    form = "#,##0" + ("." + "0" * places if places else "")
    scale = 100 if unit == "%" else 1
    form += "%" if unit == "%" else f'"{unit}"' if unit and '"' not in unit else ""
    if sign and sign != "-":  # a change is written with its sign
        form = f"+{form};−{form};{form}"
    elif mark:
        form = f'"{mark}"{form}'
    known = cell.number
    if known is not None and abs(known * scale - value) <= 0.5000001 * 10**-places:
        return Shown(known, form)
    return Shown(round(value / scale, 12), form)


def _listed(blocks: Sequence[Block]) -> Iterator[_Sheet]:
    """The sheets: tables in the order of the report, then the data of its figures; those that are alike on one."""
    tables = [block for block in blocks if isinstance(block, Grid)]
    figures = [block for block in blocks if isinstance(block, Picture)]
    found = [("表", number, grid, "") for number, grid in enumerate(tables, start=1)]
    found += [
        ("图", number, replace(picture.data, caption=picture.caption), picture.source)
        for number, picture in enumerate(figures, start=1)
        if picture.data is not None
    ]
    alike: dict[tuple[str, tuple[str, ...]], list[tuple[str, int, Grid, str]]] = {}
    for kind, number, grid, source in found:
        if grid.body and grid.wide:
            alike.setdefault((kind, grid.names), []).append((kind, number, grid, source))
    used: set[str] = {CONTENTS.lower()}
    for (kind, _), group in alike.items():
        parts = [group] if len(group) >= ALIKE else [[one] for one in group]
        for part in parts:
            first, last = part[0], part[-1]
            label = f"{kind}{first[1]}" if len(part) == 1 else f"{kind}{first[1]}至{last[1]}"
            data = "的数据" if kind == "图" else ""
            title = first[2].caption if len(part) == 1 else _shared([one[2].caption for one in part])
            own = [(f"{kind}{one[1]} {one[2].caption.removesuffix(title)}".strip(), one[2]) for one in part]
            grid = first[2] if len(part) == 1 else _stacked(own, kind)
            yield _Sheet(_name(f"{label} {title}", used), f"{label}{data}　{title}", kind, grid, first[3])


def _shared(captions: Sequence[str]) -> str:
    """What the captions of like tables have in common at their end, which is what the tables hold."""
    end = captions[0]
    while end and not all(caption.endswith(end) for caption in captions):
        end = end[1:]
    return end.lstrip("的：、 ") or captions[0]


def _stacked(parts: Sequence[tuple[str, Grid]], kind: str) -> Grid:
    """Like tables below each other, the name of its own before each row."""
    head = tuple((Cell(kind, header=True), *row) for row in parts[0][1].head)
    body = tuple((Cell(label), *row) for label, grid in parts for row in grid.body)
    notes = tuple(dict.fromkeys(note for _, grid in parts for note in grid.notes))
    return Grid("", head, body, notes)


def _name(text: str, used: set[str]) -> str:
    """A name that Excel takes for a sheet, and that no other sheet has.

    >>> _name("表1 甲/乙[2020]", set()), _name("History", {"history"})
    ('表1 甲 乙 2020 ', 'History 2')
    """
    plain = _NOT_IN_NAMES.sub(" ", text) or "表"
    name, again = plain[:_LONGEST_NAME], 1
    while name.lower() in used or name.lower() == "history":
        again += 1
        name = f"{plain[: _LONGEST_NAME - len(str(again)) - 1]} {again}"
        if name.lower() not in used:
            break
    used.add(name.lower())
    return name


def _widths(grid: Grid) -> list[float]:
    """Width of each column: its longest value, within bounds; two or three lines of header where that is wider."""
    widths = [7.0] * max(grid.wide, 1)
    for row in grid.body:
        for column, cell in enumerate(row[: len(widths)]):
            widths[column] = max(widths[column], min(max(map(display_width, cell.text.split("\n"))) + 3, 44))
    numeric = {column for row in grid.body for column, cell in enumerate(row) if cell.numeric}
    for column, name in enumerate(grid.names[: len(widths)]):
        lines = 3 if column in numeric else 2
        widths[column] = max(widths[column], min(display_width(name) / lines + 4, 20))
    return widths


def _fill(paper: Paper, book: Any, sheet: _Sheet, report: Report) -> None:
    grid, page = sheet.grid, paper.sheet
    paper.title(sheet.title, report.title)
    page.write_url(0, grid.wide, f"internal:'{CONTENTS}'!A1", paper.style(font_color=style.EMPHASIS), "返回目录")
    page.set_column(grid.wide, grid.wide, 10)
    first = paper.row
    head = grid.head[-1] if grid.head else tuple(Cell(f"列{at + 1}") for at in range(grid.wide))
    for row in grid.head[:-1]:
        _spanned(paper, row)
    paper.head([_short(cell.text) for cell in head])
    top = paper.row
    for row in grid.body:
        _line(paper, row)
    last = paper.row - 1
    if len(head) == grid.wide:
        page.autofilter(top - 1, 0, last, grid.wide - 1)
    for state, words in _VERDICTS.items():
        look = book.add_format(_STATES[state])
        for word in words:
            rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
            page.conditional_format(top, 0, last, grid.wide - 1, rule)
    if grid.notes:
        paper.notes([_short(note) for note in grid.notes])
    for line in (sheet.source, report.stamp):
        if line:
            paper.wide(_short(line), font_size=9, font_color=Look.PALE_INK)
    named = next((at for at, cell in enumerate(grid.body[0]) if cell.header), 0)
    paper.page(first, top - 1, frozen=named + 1 if named <= 1 and grid.wide > 3 else 0)


def _spanned(paper: Paper, row: Row) -> None:
    """A row of headers over several columns."""
    names = [name for cell in row for name in [_short(cell.text)] + [""] * (cell.columns - 1)]
    paper.head(names)


def _line(paper: Paper, row: Row) -> None:
    values: list[object] = []
    styles: dict[int, dict[str, Any]] = {}
    for cell in row:
        shown = number(cell)
        look = {**_STATES.get(cell.state, {}), **(RIGHT if cell.numeric else LEFT)}
        if shown is not None:
            look["num_format"] = shown.form
        styles[len(values)] = look
        values.append(shown.value if shown is not None else _short(cell.text))
        values += [""] * (cell.columns - 1)
    paper.line(values, styles)


def _short(text: str) -> str:
    """A text as long as a cell may hold it."""
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}……（全文见网页报告）"


def _contents(paper: Paper, listed: Sequence[_Sheet], report: Report) -> None:
    paper.title(report.title, "报告中的表格和图的数据；点击名称打开")
    first = paper.row
    paper.head(["序号", "名称", "类别", "行数"])
    for place, sheet in enumerate(listed, start=1):
        at = paper.row
        kind = "表格" if sheet.kind == "表" else "图的数据"
        paper.line([place, sheet.title, kind, len(sheet.grid.body)], {0: CENTRE, 2: CENTRE, 3: CENTRE})
        framed = {"border": 1, "border_color": Look.RULE, "text_wrap": True, **LEFT}
        link = paper.style(font_color=style.EMPHASIS, underline=1, **framed)
        paper.sheet.write_url(at, 1, f"internal:'{sheet.name}'!A1", link, _short(sheet.title))
    if report.stamp:
        paper.notes([report.stamp])
    paper.page(first, first)
    paper.sheet.set_portrait()
    paper.sheet.activate()
