"""From an executed notebook to the blocks of its report, read from the outputs that the cells gave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from edukit.export.content import Block, Cell, Facts, Grid, Heading, Paragraph, Picture, Report, Row, Run, clean
from edukit.render.visible import image_kind, markdown_html, visible

if TYPE_CHECKING:
    from bs4 import Tag
    from bs4.element import PageElement
    from nbformat import NotebookNode

    Numbers = Mapping[str, Sequence[float | None]]

_TONES = {"met": "met", "not-met": "not-met", "not_met": "not-met", "unknown": "unknown", "undetermined": "unknown"}
_BOX_TONES = _TONES | {"notice": "notice", "warning": "notice", "problem": "problem"}
_STATES = _TONES | {"floor": "floor"}
_INLINE = frozenset("a abbr b br cite code em i img kbd mark q s small span strong sub sup time u var".split())
_UNSEEN = {"script", "style", "template", "nav", "svg", "button", "input", "select", "option", "summary"}
_ROLES = ("subtitle", "facts", "note", "kicker")


@dataclass(frozen=True)
class _Place:
    """Where in the page an element stands."""

    box: str = ""
    tone: str = ""
    depth: int = 0
    number: int = 0
    role: str = ""
    new_page: bool = False


def read_report(notebook: NotebookNode, *, title: str, stamp: str = "") -> Report:
    """The report of an executed notebook.

    Args:
        notebook: executed, as :func:`edukit.run.run_notebook` returns it; it is not changed.
        title: of the report; a cover of its own in the notebook goes before it.
        stamp: which data, scheme and code it was made from.

    Raises:
        RenderError: a cell ended in an error.
    """
    blocks: list[Block] = []
    for cell in visible(notebook).cells:
        if cell.cell_type == "markdown":
            blocks += _blocks(markdown_html(cell.source))
        elif cell.cell_type == "code":
            if "show-code" in cell.metadata.tags:
                blocks += _plain(cell.source)
            for output in cell.outputs:
                blocks += _of_output(output)
    if not any(isinstance(block, Heading) and block.level == 0 for block in blocks):
        blocks.insert(0, Heading(0, clean(title)))
    return Report(clean(title), clean(stamp), tuple(_with_notes(blocks)))


def _of_output(output: NotebookNode) -> list[Block]:
    if output.output_type == "stream":
        return _plain(output.text)
    about = output.metadata.get("edukit", {})
    if (kind := image_kind(output)) is not None:
        given = about or output.metadata.get(kind, {})
        data = [block for block in _blocks(about.get("data", ""), about.get("numbers")) if isinstance(block, Grid)]
        words = {name: clean(str(given.get(name) or "")) for name in ("alt", "caption", "source")}
        return [Picture(output.data[kind], kind, data=data[0] if data else None, **words)]
    if "text/html" in output.data:
        return list(_blocks(output.data["text/html"], about.get("numbers")))
    if "text/markdown" in output.data:
        return list(_blocks(markdown_html(output.data["text/markdown"])))
    return _plain(output.data.get("text/plain", ""))


def _plain(text: str) -> list[Block]:
    """Code, or what a cell printed: one paragraph, its lines kept."""
    return [Paragraph((Run(clean(text.rstrip("\n"))),), role="code")] if text.strip() else []


def _blocks(html: str, numbers: Numbers | None = None) -> list[Block]:
    from bs4 import BeautifulSoup

    return list(_walk(BeautifulSoup(html, "html.parser"), _Place(), numbers or {}))


def _walk(parent: Tag, place: _Place, numbers: Numbers) -> Iterator[Block]:
    """The blocks inside an element; words that stand loose in it make a paragraph of their own."""
    from bs4 import Tag
    from bs4.element import NavigableString, PreformattedString

    loose: list[PageElement] = []
    for child in parent.children:
        if isinstance(child, PreformattedString):  # a comment or the like
            continue
        if isinstance(child, NavigableString) or (isinstance(child, Tag) and child.name in _INLINE):
            loose.append(child)
            continue
        yield from _paragraph(loose, place)
        loose = []
        if isinstance(child, Tag) and child.name not in _UNSEEN:
            yield from _element(child, place, numbers)
    yield from _paragraph(loose, place)


def _element(tag: Tag, place: _Place, numbers: Numbers) -> Iterator[Block]:
    css = _classes(tag)
    if re.fullmatch(r"h[1-6]", tag.name):
        level = min(int(tag.name[1]) - 1, 3)
        yield Heading(level, _words(tag), place.new_page)
    elif tag.name == "p":
        role = next((role for role in _ROLES if role in css), "")
        role = "lead" if {"verdict-word", "school-verdict"} & css else "note" if "table-note" in css else role
        here = replace(place, role=role, tone=_tone(css, _TONES) or place.tone)
        yield from _paragraph(list(tag.children), here)
    elif tag.name in ("ul", "ol"):
        for number, item in enumerate(tag.find_all("li", recursive=False), start=1):
            yield from _walk(item, replace(place, depth=place.depth + 1, number=number * (tag.name == "ol")), numbers)
    elif tag.name == "dl":
        yield Facts(tuple((_words(dt), _words(dt.find_next("dd"))) for dt in tag.find_all("dt")))
    elif tag.name == "table":
        yield _grid(tag, numbers)
    elif tag.name == "pre":
        yield from _plain(tag.get_text())
    else:
        box = next((name for name in ("verdict", "callout") if name in css), place.box)
        tone = _tone(css, _BOX_TONES) or place.tone
        yield from _walk(tag, replace(place, box=box, tone=tone, new_page="school-head" in css), numbers)


def _paragraph(parts: Sequence[PageElement], place: _Place) -> Iterator[Block]:
    """A paragraph, and the pictures that stand among its words."""
    from bs4 import Tag

    runs = _joined([run for part in parts for run in _runs(part, Run(""))])
    if runs:
        yield Paragraph(runs, place.role, place.box, place.tone, place.depth, place.number)
    for part in parts:
        if isinstance(part, Tag):
            for image in [part] if part.name == "img" else part.find_all("img"):
                yield from _image(image)


def _image(tag: Tag) -> Iterator[Picture]:
    """A picture that is part of the page; one from elsewhere is refused with the page itself."""
    kind, _, content = str(tag.get("src", "")).removeprefix("data:").partition(";base64,")
    if kind in ("image/png", "image/jpeg"):
        yield Picture(content, kind, alt=clean(str(tag.get("alt", ""))))


def _runs(part: PageElement, look: Run) -> Iterator[Run]:
    from bs4 import Tag
    from bs4.element import NavigableString, PreformattedString

    if isinstance(part, PreformattedString):
        return
    if isinstance(part, NavigableString):
        yield replace(look, text=clean(re.sub(r"[ \t\r\n]+", " ", str(part))))
    elif isinstance(part, Tag):
        if part.name == "br":
            yield replace(look, text="\n")
        elif part.name in ("strong", "b"):
            look = replace(look, bold=True)
        elif part.name in ("sub", "sup"):
            look = replace(look, position=part.name)
        for child in part.children:
            yield from _runs(child, look)


def _joined(runs: list[Run]) -> tuple[Run, ...]:
    """Neighbours of one look as one run, without blanks at either end; nothing where there is only blank."""
    joined: list[Run] = []
    for run in runs:
        if joined and replace(joined[-1], text="") == replace(run, text=""):
            joined[-1] = replace(run, text=joined[-1].text + run.text)
        else:
            joined.append(run)
    while joined and not joined[0].text.strip():
        del joined[0]
    while joined and not joined[-1].text.strip():
        del joined[-1]
    if joined:
        joined[0] = replace(joined[0], text=joined[0].text.lstrip())
        joined[-1] = replace(joined[-1], text=joined[-1].text.rstrip())
    return tuple(joined)


def _words(tag: Any) -> str:
    return "".join(run.text for run in _joined(list(_runs(tag, Run(""))))) if tag is not None else ""


def _grid(table: Tag, numbers: Numbers) -> Grid:
    head_tag, caption, wrap = table.find("thead"), table.find("caption"), table.find_parent("div")
    head_rows = head_tag.find_all("tr") if head_tag is not None else []
    body_rows = [row for row in table.find_all("tr") if row.find_parent("thead") is None]
    if not head_rows and body_rows and not body_rows[0].find_all("td"):
        head_rows, body_rows = body_rows[:1], body_rows[1:]
    body = [_row(row) for row in body_rows]
    for column, values in numbers.items():
        if len(values) == len(body):
            body = [_numbered(row, int(column), value) for row, value in zip(body, values, strict=True)]
    return Grid(
        _words(caption),
        tuple(_row(row, header=True) for row in head_rows),
        tuple(body),
        to_fill=wrap is not None and "to-fill" in _classes(wrap),
    )


def _row(row: Tag, *, header: bool = False) -> Row:
    cells = []
    for tag in row.find_all(["th", "td"]):
        css = _classes(tag)
        spans = [max(1, int(text)) if (text := str(tag.get(name, "1"))).isdigit() else 1 for name in _SPANS]
        is_header = header or tag.name == "th"
        cells.append(Cell(_words(tag), _tone(css, _STATES), "num" in css, is_header, columns=spans[0], rows=spans[1]))
    return tuple(cells)


_SPANS = ("colspan", "rowspan")


def _numbered(row: Row, column: int, value: float | None) -> Row:
    if column >= len(row) or value is None:
        return row
    return (*row[:column], replace(row[column], number=value), *row[column + 1 :])


def _classes(tag: Tag) -> set[str]:
    return {name for name in tag.get_attribute_list("class") if name}


def _tone(css: set[str], known: Mapping[str, str]) -> str:
    return next((known[name] for name in known if name in css), "")


def _with_notes(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks with the notes below a table made part of it."""
    table: Grid | None = None
    for block in blocks:
        if table is not None and isinstance(block, Paragraph) and block.role == "note" and not block.box:
            table = replace(table, notes=(*table.notes, block.text))
            continue
        if table is not None:
            yield table
        table = block if isinstance(block, Grid) else None
        if table is None:
            yield block
    if table is not None:
        yield table
