"""What a notebook shows: charts, tables and prose as objects that carry everything a page needs.

Each object is an output of its own kind. JupyterLab shows it as it is; the report's template recognises it by the
output metadata ``{"edukit": {"kind": …}}`` and adds numbers, captions and the data behind a figure.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from functools import cache
from html import escape, unescape
from io import StringIO
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from edukit import formats as number_formats
from edukit import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Format = Callable[[Any], str]
"""A cell's value to what a reader sees."""
Classes = Mapping[tuple[Any, str], str] | Callable[[Any, str], str]
"""(index label of the row, column) to the CSS classes of a cell, as a mapping or a function; "" or absent for none."""
Numbers = Mapping[str, Sequence[float | None]]
"""Place of a column, from "0" on, to its unrounded numbers: for workbooks, which show a number as they like."""
Bundle = tuple[dict[str, str], dict[str, Any]]
"""What IPython asks for: data by MIME type, and the metadata of the output."""

_NO_FORMATS: Mapping[str, Format] = MappingProxyType({})
_NO_CLASSES: Mapping[tuple[Any, str], str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Chart:
    """A finished figure: drawn once, when it is made, and independent of matplotlib from then on.

    Args:
        figure: any matplotlib figure; it is rendered and then closed.

    Attributes:
        alt: one or two sentences that say what the figure shows, for readers who cannot see it.
        caption: the statement under the figure, without a number.
        data: what is drawn, unrounded, with headers that a reader understands.
        source: where the data come from.
        formats: how single columns of ``data`` are shown; see :func:`shown` for the others.
        svg: the figure as SVG text; the same figure always gives the same text.
    """

    figure: InitVar[Figure]
    alt: str = field(kw_only=True)
    caption: str = field(kw_only=True)
    data: pd.DataFrame = field(kw_only=True, repr=False)
    source: str = field(kw_only=True, default="")
    formats: Mapping[str, Format] = field(kw_only=True, default_factory=dict, repr=False)
    svg: str = field(init=False, repr=False)

    def __post_init__(self, figure: Figure) -> None:
        object.__setattr__(self, "svg", _svg(figure, self.alt))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        about = {
            "kind": "figure",
            "alt": self.alt,
            "caption": self.caption,
            "source": self.source,
            "data": _grid(self.data, self.caption, _texts(self.data, self.formats)),
            "numbers": _numbers(self.data),
        }
        return {"image/svg+xml": self.svg, "text/plain": self.alt}, {"edukit": about}


@dataclass(frozen=True)
class Table:
    """A finished table: HTML for the page, plain text for everything else. Made by :func:`table`."""

    html: str
    text: str = field(repr=False)
    numbers: Numbers = field(repr=False, default_factory=dict)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        about = {"kind": "table", "numbers": dict(self.numbers)}
        return {"text/html": self.html, "text/plain": self.text}, {"edukit": about}


@dataclass(frozen=True)
class Prose:
    """Sentences as HTML: ``<p>``, lists, ``<strong>``, headings, call-outs. Whoever makes them escapes the data."""

    html: str

    @property
    def text(self) -> str:
        r"""The words without tags, one line per block.

        >>> Prose("<p>甲校 <strong>未达标</strong>。</p><p>A &lt; B</p>").text
        '甲校 未达标。\nA < B'
        """
        broken = re.sub(r"</(?:p|li|h\d|div|section|header|tr)>|<br\s*/?>", "\n", self.html)
        lines = (" ".join(line.split()) for line in unescape(re.sub(r"<[^>]*>", "", broken)).split("\n"))
        return "\n".join(line for line in lines if line)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        return {"text/html": self.html, "text/plain": self.text}, {"edukit": {"kind": "prose"}}


@dataclass(frozen=True)
class Attachment:
    """A file that a notebook makes and that is put beside its page; the page names it.

    Attributes:
        name: of the file, without folder.
        content: its bytes.
        about: what it holds, in one sentence without a stop.
    """

    name: str
    content: bytes = field(repr=False)
    about: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        html = f"<p>附件 <strong>{escape(self.name)}</strong>（与本报告在同一文件夹）：{escape(self.about)}。</p>"
        about = {"kind": "attachment", "name": self.name, "content": base64.b64encode(self.content).decode()}
        return {"text/html": html, "text/plain": f"{self.name}：{self.about}。"}, {"edukit": about}


def show(*objects: object) -> None:
    """Show figures, tables and sentences one below the other; ``None``, which means nothing to show, is skipped.

    Example::

        show(text.balance(case), figures.limits(case), tables.balance(case))
    """
    from IPython.display import display

    for thing in objects:
        if thing is not None:
            display(thing)  # type: ignore[no-untyped-call]


def table(
    frame: pd.DataFrame,
    *,
    caption: str,
    formats: Mapping[str, Format] = _NO_FORMATS,
    classes: Classes = _NO_CLASSES,
    notes: Sequence[str] = (),
    row_header: str | None = None,
    numbers: Mapping[str, Iterable[float]] = MappingProxyType({}),
) -> Table:
    """A table as accessible HTML. Everything is escaped; unknown values show as a dash.

    Args:
        frame: one row per row; the column names are the headers. An empty frame gives one row that says 无.
        caption: what the table holds, without a number.
        formats: column -> function from a known value to text; see :func:`shown` for the other columns.
        classes: CSS classes of single cells: ``met``, ``not-met``, ``floor``, ``unknown``.
        notes: sentences under the table.
        row_header: the column that names the row; the first one where None.
        numbers: column -> the unrounded numbers, NaN where unknown, of a column that holds them as text.

    >>> print(table(pd.DataFrame({"学校": ["甲<校>"], "人数": [1200.0]}), caption="规模").html)
    <div class="table-wrap"><table class="edukit-table"><caption>规模</caption>
    <thead><tr><th scope="col">学校</th><th scope="col" class="num">人数</th></tr></thead>
    <tbody>
    <tr><th scope="row">甲&lt;校&gt;</th><td class="num">1,200</td></tr>
    </tbody></table></div>
    """
    texts = _texts(frame, formats)
    grid = _grid(frame, caption, texts, classes, row_header, "edukit-table")
    under = "".join(f'\n<p class="table-note">{escape(note)}</p>' for note in notes)
    lines = [caption, *("\t".join(map(str, row)) for row in [frame.columns, *zip(*texts, strict=True)]), *notes]
    return Table(f'<div class="table-wrap">{grid}</div>{under}', "\n".join(lines), _numbers(frame, numbers))


def shown(value: object) -> str:
    """A value as a reader sees it where no format is given: four significant digits at least, a dash for unknown.

    >>> [shown(value) for value in (0.500312, 12345.678, 45.0, float("nan"), True, "甲校")]
    ['0.5003', '12,346', '45', '—', '是', '甲校']
    """
    if isinstance(value, bool):
        return "是" if value else "否"
    if not isinstance(value, Real):
        return number_formats.DASH if _unknown(value) else str(value)
    number = float(value)
    if number != number:
        return number_formats.DASH
    whole = number.is_integer() or abs(number) >= 1000
    return f"{number:,.0f}" if whole else f"{number:.4g}" if abs(number) >= 1e-4 else f"{number:.2g}"


def _grid(
    frame: pd.DataFrame,
    caption: str,
    texts: Sequence[Sequence[str]],
    classes: Classes = _NO_CLASSES,
    row_header: str | None = None,
    css: str = "",
) -> str:
    """``<table>`` with caption and scopes; ``texts`` are the cells, column by column."""
    header = row_header if row_header is not None else next(iter(frame.columns), None)
    numeric = [column != header and _numeric(frame[column]) for column in frame.columns]
    wanted = classes if callable(classes) else lambda row, column: classes.get((row, column), "")
    heads = [
        _tag("th", str(column), scope="col", css="num" if right else "")
        for column, right in zip(frame.columns, numeric, strict=True)
    ]
    lines = []
    for label, row in zip(frame.index, zip(*texts, strict=True), strict=True):
        cells = []
        for column, right, content in zip(frame.columns, numeric, row, strict=True):
            extra = wanted(label, column)
            if column == header:
                cells.append(_tag("th", content, scope="row", css=extra))
            else:
                cells.append(_tag("td", content, css=(f"num {extra}" if right else extra).strip()))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    if not lines:
        lines.append(f'<tr><td colspan="{len(frame.columns)}">无</td></tr>')
    opening = f'<table class="{css}">' if css else "<table>"
    body = "\n".join(lines)
    return (
        f"{opening}<caption>{escape(caption)}</caption>\n"
        f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def _numbers(frame: pd.DataFrame, given: Mapping[str, Iterable[float]] = MappingProxyType({})) -> Numbers:
    """The numbers of a frame's columns, and those given for columns of text."""
    known = {column: frame[column] for column in frame.columns if _numeric(frame[column])} | dict(given)
    return {
        str(place): [None if _unknown(value) else float(value) for value in known[column]]
        for place, column in enumerate(frame.columns)
        if column in known
    }


def _numeric(column: pd.Series[Any]) -> bool:
    """Whether all known values are numbers, and at least one is known or the column is made for numbers."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return True
    if isinstance(column.dtype, pd.StringDtype):
        return False
    known = [value for value in column.tolist() if not _unknown(value)]
    return bool(known) and all(isinstance(value, Real) and not isinstance(value, bool) for value in known)


def _unknown(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, Real) and value != value)


def _texts(frame: pd.DataFrame, formats: Mapping[str, Format]) -> list[list[str]]:
    """What a reader sees in each cell, column by column."""
    return [
        [
            form(value) if known else number_formats.DASH
            for value, known in zip(frame[column].tolist(), frame[column].notna().tolist(), strict=True)
        ]
        for column in frame.columns
        for form in (formats.get(column, shown),)
    ]


def _tag(name: str, content: str, *, scope: str = "", css: str = "") -> str:
    return f"{_opening(name, scope, css)}{escape(content)}</{name}>"


@cache
def _opening(name: str, scope: str, css: str) -> str:
    attributes = (f' scope="{scope}"' if scope else "") + (f' class="{escape(css)}"' if css else "")
    return f"<{name}{attributes}>"


def _svg(figure: Figure, alt: str) -> str:
    """The figure as SVG that is the same on every run and holds nothing but the drawing."""
    target = StringIO()
    with style.strict():
        figure.savefig(target, format="svg", metadata=dict(style.SVG_METADATA))
    _close(figure)
    text = target.getvalue()
    text = re.sub(r"<!--.*?-->\s*", "", text[text.index("<svg") :], flags=re.DOTALL)
    # A style element would reach beyond the figure once it is part of a page; what it says is inherited from the root.
    text = re.sub(r"<defs>\s*<style[^>]*>[^<]*</style>\s*</defs>", "", text, count=1)
    root = f'<svg role="img" aria-label="{escape(alt)}" stroke-linejoin="round" stroke-linecap="butt" '
    text = text.replace("<svg ", root, 1)
    return _short_ids(_tight(text)) + "\n"


def _tight(text: str) -> str:
    """Without what means nothing: blanks between elements and inside paths, turns by no angle, one font said often."""
    text = re.sub(r">\s+<", "><", text.strip())
    text = re.sub(r' transform="rotate\(-?0 [^"]*\)"', "", text)
    families = set(re.findall(r"font-family: ([^;\"]+)", text))
    if len(families) == 1:
        text = re.sub(r"font-family: [^;\"]+;? ?", "", text)
        text = text.replace("<svg ", f'<svg style="font-family: {families.pop()}" ', 1)
    return re.sub(r'(?<= d=")[^"]+', lambda path: re.sub(r" ?\n ?|(?<=[MLQC]) ", "", path[0]), text)


def _short_ids(text: str) -> str:
    """Ids numbered in the order of use; those that nothing refers to are dropped.

    matplotlib's own ids are long, and random unless a salt is set. A digest of the drawing stands before the number,
    so that two figures can be put into one page without taking each other's glyphs.
    """
    used = dict.fromkeys(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    short = {name: f"-{number}" for number, name in enumerate(used)}
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{short[found[1]]}"' if found[1] in short else "", text)
    text = re.sub(r'(href="#|url\(#)([^")]+)', lambda found: found[1] + short[found[2]], text)
    own = "f" + hashlib.sha256(text.encode()).hexdigest()[:5]
    return re.sub(r'( id="|href="#|url\(#)-', lambda found: f"{found[1]}{own}-", text)


def _close(figure: Figure) -> None:
    """Keep pyplot from showing the figure a second time where it was made by pyplot; others need no closing."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and figure.canvas.manager is not None:
        pyplot.close(figure)
