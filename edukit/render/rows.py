"""The rows of plain tables, kept out of the page while it is worked on.

Most elements of a report are cells of long tables, and nothing is to be done with them one by one. A table body that
holds rows of cells with text, and nothing else, is therefore replaced by a stub before the page is parsed and put back
when the page is done. What else a body may hold (links, pictures, scripts) keeps it from being plain, so that it is
parsed and looked at like the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from bs4 import Tag

_ATTRIBUTES = r'(?: scope="(?:row|col)")?(?: class="[\w -]*")?(?: data-[a-z]+="[^"<>]*")*'
_CELL = rf"(?:<td{_ATTRIBUTES}>[^<]*</td>|<th{_ATTRIBUTES}>[^<]*</th>)"
_PLAIN = re.compile(rf"<tbody>\s*((?:<tr>{_CELL}+</tr>\s*)+)</tbody>")
_FIRST = re.compile(r"<tr>(.*?)</tr>")
_CELLS = re.compile(r'<t[hd](?: scope="\w+")?(?: class="([\w -]*)")?')
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:[㎡%人所间元台册名个项班]|平方米|万元))")
_STUB = re.compile(r'<tbody data-rows="(\d+)"></tbody>')
_MARK = "data-rows"


@dataclass(frozen=True)
class Rows:
    """The rows of one table body.

    Attributes:
        html: the rows as they will stand in the page.
        count: how many there are.
        numeric: for each cell of the first row whether it holds a number.
    """

    html: str
    count: int
    numeric: tuple[bool, ...]

    @property
    def text(self) -> str:
        """The words of all cells."""
        return unescape(re.sub(r"<[^>]*>", "\n", self.html))


def keep_units(text: str) -> str:
    r"""A number and its unit stay on one line.

    >>> keep_units("1,200 人，5 月") == "1,200\u00a0人，5 月"
    True
    """
    return _BEFORE_UNIT.sub("\u00a0", text)


def fold(html: str) -> tuple[str, list[Rows]]:
    """The page with a stub for each plain table body, and the rows that were there.

    >>> page, rows = fold('<table><tbody><tr><th scope="row">甲</th><td class="num">3 人</td></tr></tbody></table>')
    >>> page
    '<table><tbody data-rows="0"></tbody></table>'
    >>> rows[0].count, rows[0].numeric
    (1, (False, True))
    >>> fold("<tbody><tr><td><script>1</script></td></tr></tbody>")[1]
    []
    """
    found: list[Rows] = []
    if _MARK in html:  # somebody else's page uses our mark: nothing is taken out, it only takes longer
        return html, found

    def stub(match: re.Match[str]) -> str:
        rows = match[1].rstrip()
        first = _FIRST.match(rows)
        cells = _CELLS.findall(first[1]) if first else []
        found.append(Rows(keep_units(rows), rows.count("<tr>"), tuple("num" in css.split() for css in cells)))
        return f'<tbody {_MARK}="{len(found) - 1}"></tbody>'

    return _PLAIN.sub(stub, html), found


def unfold(html: str, rows: list[Rows]) -> str:
    """The page with the rows in their places again."""
    return _STUB.sub(lambda match: f"<tbody>\n{rows[int(match[1])].html}\n</tbody>", html)


def of_table(table: Tag, rows: list[Rows]) -> Rows | None:
    """The rows of a table whose body is a stub."""
    number = table.tbody.get(_MARK) if table.tbody is not None else None
    return rows[int(str(number))] if number is not None else None
