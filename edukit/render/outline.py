"""What a reader finds the way by: numbers of figures and tables, anchors of headings, the table of contents."""

from __future__ import annotations

import re
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag

from edukit.render.rows import Rows, keep_units, of_table

_NAMED_SOURCE = re.compile(r"\s*(资料|数据)?来源")
_SCROLLING_COLUMNS = 7
_WIDE_COLUMNS = 11
_LANDSCAPE_COLUMNS = 18
_SHORT_ROWS = 12
_TALL_ROWS = 20


def outline(soup: BeautifulSoup, title: str, rows: list[Rows]) -> None:
    """Number, anchor and list what a rendered page holds, in place; ``rows`` are those of the plain tables.

    * A page without ``h1`` gets a plain cover with the title.
    * Figures become ``fig-1`` and ``图 1``, tables ``tab-1`` and ``表 1``, in the order of the page; the data behind a
      figure keep its number.
    * h2 and h3 become ``sec-1`` and ``sec-1-1``; links to the old anchors follow.
    * Each of them ends in a link to itself, to be copied.
    * The contents come twice: beside the text for a wide screen, folded before the first chapter for a narrow one,
      where a link that stays in sight leads back to them.
    """
    main = soup.main
    if main is None:
        return
    if soup.h1 is None:
        cover = soup.new_tag("header", attrs={"class": "cover"})
        heading = soup.new_tag("h1")
        heading.string = title
        cover.append(heading)
        main.insert(0, cover)
    for number, figure in enumerate(main.find_all("figure"), start=1):
        _number_figure(soup, figure, number, rows)
    tables = [table for table in main.find_all("table") if table.find_parent("figure") is None]
    for number, table in enumerate(tables, start=1):
        table["id"] = f"tab-{number}"
        if table.caption is not None:
            _prefix(table.caption, soup, f"表 {number}")
        _wrap(soup, table, of_table(table, rows))
        if table.caption is not None:
            _link_to(soup, table.caption, f"tab-{number}", f"表 {number}")
    for text in list(main.strings):
        if (kept := keep_units(text)) != text and text.find_parent(["pre", "code"]) is None:
            text.replace_with(kept)
    chapters = _anchor(soup, main)
    if chapters:
        _contents(soup, main, chapters)


def _number_figure(soup: BeautifulSoup, figure: Tag, number: int, rows: list[Rows]) -> None:
    figure["id"] = f"fig-{number}"
    if figure.figcaption is not None:
        _prefix(figure.figcaption, soup, f"图 {number}")
        _link_to(soup, figure.figcaption, f"fig-{number}", f"图 {number}")
    source = figure.find("p", class_="source")
    if source is not None and not _NAMED_SOURCE.match(source.get_text()):
        source.insert(0, "资料来源：")
    for table in figure.find_all("table"):
        if table.caption is None:
            table.insert(0, soup.new_tag("caption"))
        if table.caption is not None:
            _prefix(table.caption, soup, f"图 {number} 的数据")
        _add_class(table, "edukit-table")
        _wrap(soup, table, of_table(table, rows))


def _prefix(caption: Tag, soup: BeautifulSoup, label: str) -> None:
    number = soup.new_tag("span", attrs={"class": "number"})
    number.string = label
    caption.insert(0, number)
    # One full-width space, as official documents set it between a number and its title.
    number.insert_after("\u3000")


def _link_to(soup: BeautifulSoup, place: Tag, anchor: str, name: str) -> None:
    """A link to the place that it stands in; its sign comes from the style sheet, so that the text stays as it is."""
    place.append(soup.new_tag("a", attrs={"class": "anchor", "href": f"#{anchor}", "aria-label": f"{name}的链接"}))


def _wrap(soup: BeautifulSoup, table: Tag, plain: Rows | None) -> None:
    """Let a wide table scroll by itself, by keyboard too; print it smaller, and a short one on one page."""
    parent = table.parent
    if parent is None or "table-wrap" not in parent.get_attribute_list("class"):
        parent = table.wrap(soup.new_tag("div", attrs={"class": "table-wrap"}))
    _align_heads(table, plain)
    rows = table.find_all("tr")
    columns = max([len(row.find_all(["th", "td"])) for row in rows] + [len(plain.numeric) if plain else 0])
    count = len(rows) + (plain.count if plain else 0)
    if count <= _SHORT_ROWS:
        _add_class(parent, "short")
    if count >= _TALL_ROWS:
        _add_class(parent, "tall")
    if (columns >= _SCROLLING_COLUMNS or count >= _TALL_ROWS) and table.caption is not None:
        parent["tabindex"] = "0"
        parent["role"] = "region"
        parent["aria-label"] = table.caption.get_text()
    if columns >= _WIDE_COLUMNS:
        _add_class(parent, "wide")
    if columns >= _LANDSCAPE_COLUMNS:
        _add_class(parent, "landscape")


def _align_heads(table: Tag, plain: Rows | None) -> None:
    """Set a column's header over its numbers, where there is one row of headers."""
    rows = table.thead.find_all("tr") if table.thead is not None else []
    heads = rows[0].find_all("th") if len(rows) == 1 else []
    if plain is not None:
        numeric = list(plain.numeric)
    else:
        body = table.tbody.tr if table.tbody is not None else None
        first = body.find_all(["th", "td"]) if body is not None else []
        numeric = ["num" in cell.get_attribute_list("class") for cell in first]
    if len(heads) == len(numeric):
        for head, number in zip(heads, numeric, strict=True):
            if number:
                _add_class(head, "num")


def _add_class(tag: Tag, name: str) -> None:
    tag["class"] = " ".join(dict.fromkeys([*filter(None, tag.get_attribute_list("class")), name]))


def _anchor(soup: BeautifulSoup, main: Tag) -> list[tuple[Tag, list[Tag]]]:
    """Give every chapter and section its anchor; the chapters with their sections."""
    chapters: list[tuple[Tag, list[Tag]]] = []
    moved: dict[str, str] = {}
    for heading in main.find_all(["h2", "h3"]):
        if heading.name == "h2":
            chapters.append((heading, []))
            anchor = f"sec-{len(chapters)}"
        elif chapters:
            chapters[-1][1].append(heading)
            anchor = f"sec-{len(chapters)}-{len(chapters[-1][1])}"
        else:
            continue
        if heading.get("id"):
            moved[str(heading["id"])] = anchor
        heading["id"] = anchor
        _link_to(soup, heading, anchor, f"“{_words(heading)}”")
    for link in main.find_all("a", href=True):
        address = unquote(str(link["href"]))
        if address.startswith("#") and address[1:] in moved:
            link["href"] = f"#{moved[address[1:]]}"
    return chapters


def _contents(soup: BeautifulSoup, main: Tag, chapters: list[tuple[Tag, list[Tag]]]) -> None:
    side = soup.new_tag("nav", attrs={"class": "contents side", "aria-label": "目录"})
    label = soup.new_tag("p", attrs={"class": "contents-title"})
    label.string = "目录"
    side.extend([label, _list(soup, chapters)])
    main.insert_before(side)

    fold = soup.new_tag("details", attrs={"class": "contents fold", "id": "contents"})
    summary = soup.new_tag("summary")
    summary.string = "目录"
    inner = soup.new_tag("nav", attrs={"aria-label": "目录"})
    inner.append(_list(soup, chapters))
    fold.extend([summary, inner])
    first = chapters[0][0]
    # A chapter's heading may stand inside a section of its own; the contents belong before all of it.
    while first.parent is not None and first.parent is not main:
        first = first.parent
    first.insert_before(fold)
    back = soup.new_tag("a", attrs={"class": "to-contents", "href": "#contents"})
    back.string = "目录"
    main.append(back)


def _list(soup: BeautifulSoup, chapters: list[tuple[Tag, list[Tag]]]) -> Tag:
    listed = soup.new_tag("ol")
    for chapter, sections in chapters:
        item = soup.new_tag("li")
        item.append(_link(soup, chapter))
        if sections:
            inner = soup.new_tag("ol")
            for section in sections:
                entry = soup.new_tag("li")
                entry.append(_link(soup, section))
                inner.append(entry)
            item.append(inner)
        listed.append(item)
    return listed


def _link(soup: BeautifulSoup, heading: Tag) -> Tag:
    link = soup.new_tag("a", attrs={"href": f"#{heading['id']}"})
    link.string = _words(heading)
    return link


def _words(heading: Tag) -> str:
    return " ".join(heading.get_text().split())
