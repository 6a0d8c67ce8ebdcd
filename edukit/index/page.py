"""The index as a page: one table, searched, filtered and sorted by a script of its own."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape, unescape
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import quote

from edukit import __version__, formats, style, webfont
from edukit.counties import parse_slug
from edukit.index.entries import Coefficient, Entry

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

NOTEBOOKS: Final = {
    "balance": "分析报告",
    "self_assessment": "自评报告",
    "school_plan": "一校一案",
    "monitoring": "监测复查",
    "city": "市级汇总",
    "national": "全国汇总",
}
"""Notebook to what a reader calls its report; another notebook goes by its own name."""
BOOKS: Final = {"ledger.xlsx": "问题台账", "declaration.xlsx": "申报表", "dossier.xlsx": "迎检档案清单"}
"""Excel file of a report to what a reader calls it."""
VERDICTS: Final = {"met": "达到", "not_met": "未达到", "undetermined": "无法判定"}
_STATES: Final = {"done": "正常", "stale": "旧报告", "failed": "失败"}
_COLUMNS: Final = ("行政区划代码", "县", "年度", "结论", "最大差异系数", "报告", "表格", "状态")


def page(found: list[Entry], problem: str = "") -> str:
    """The index as HTML.

    Args:
        found: the entries in the order in which they are shown.
        problem: a sentence about what the reader cannot see here, or "".

    Returns:
        One file: no request, its own font, one script that the security policy names by its hash, so that nothing else
        on the page can run.
    """
    script = (_TEMPLATES / "index" / "script.html").read_text(encoding="utf-8")
    script = script.removeprefix("<script>\n").removesuffix("</script>\n")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    years = sorted({entry.year for entry in found}, reverse=True)
    html = Template((_TEMPLATES / "index" / "page.html").read_text(encoding="utf-8")).substitute(
        digest=digest,
        script=script,
        summary=escape(_summary(found)),
        notice=f'<p class="callout warning">{escape(problem)}</p>' if problem else "",
        years="".join(f'<option value="{year}">{year}年</option>' for year in years),
        head="".join(f'<th scope="col"{_numeric(name)}>{name}</th>' for name in _COLUMNS),
        rows="\n".join(map(_row, found)) or f'<tr><td colspan="{len(_COLUMNS)}">还没有报告。</td></tr>',
        stamp=f"edukit {__version__}",
        style="$style",
    )
    font = base64.b64encode(webfont.font_subset(unescape(html) + _css())).decode()
    face = f'@font-face{{font-family:"Edukit Sans";src:url(data:font/woff2;base64,{font}) format("woff2")}}'
    return html.replace("$style", "\n".join((_css(), face)), 1)


@lru_cache(maxsize=1)
def _css() -> str:
    """The style sheet of the reports with what the index adds, colours first."""
    colours = {name: value for name, value in vars(style).items() if isinstance(value, str) and value.startswith("#")}
    root = "".join(f"--{name.lower().replace('_', '-')}:{value};" for name, value in colours.items())
    sheets = ((_TEMPLATES / folder / "style.css").read_text(encoding="utf-8") for folder in ("report", "index"))
    return f":root{{{root}}}\n" + re.sub(r"/\*.*?\*/\s*", "", "".join(sheets), flags=re.DOTALL).strip()


def _summary(found: list[Entry]) -> str:
    """How many there are of what; the script counts the same of what is left after filtering."""
    verdicts = "，".join(f"{word} {sum(e.verdict == id_ for e in found)}" for id_, word in VERDICTS.items())
    bad = "".join(f"，{_STATES[s]} {sum(e.state == s for e in found)}" for s in ("stale", "failed"))
    return f"共 {len(found)} 条（{len({e.slug for e in found})} 个县市）：{verdicts}{bad}。"


def _numeric(column: str) -> str:
    return ' class="num"' if column == "最大差异系数" else ""


def _row(entry: Entry) -> str:
    """A line; ``data-v`` is what a column is sorted by, empty where nothing is known."""
    code, name = parse_slug(entry.slug)
    reports, books = _links(entry, _pages(entry)), _links(entry, {f: w for f, w in BOOKS.items() if f in entry.files})
    worst = entry.worst
    rank = {"": "", **{id_: str(at) for at, id_ in enumerate(VERDICTS)}}[entry.verdict]
    cells = (
        _cell(0, code, escape(code) or formats.DASH),
        f'<th scope="row" data-v="{escape(name)}" data-label="县">{escape(name)}</th>',
        _cell(2, str(entry.year), str(entry.year)),
        _cell(3, rank, _verdict(entry), entry.verdict.replace("_", "-")),
        _cell(4, repr(worst.value) if worst else "", _coefficient(worst), "num"),
        _cell(5, str(len(reports)), "".join(reports) or formats.DASH, "links"),
        _cell(6, str(len(books)), "".join(books) or formats.DASH, "links"),
        _cell(7, str(list(_STATES).index(entry.state)), _state(entry), f"state {entry.state}"),
    )
    key = escape(f"{code} {name}".lower())
    facts = f'data-key="{key}" data-verdict="{entry.verdict}" data-year="{entry.year}" data-state="{entry.state}"'
    return f"<tr {facts}>{''.join(cells)}</tr>"


def _cell(column: int, value: str, html: str, kind: str = "") -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<td{shown} data-v="{escape(value)}" data-label="{_COLUMNS[column]}">{html}</td>'


def _verdict(entry: Entry) -> str:
    if not entry.verdict:
        return f"<small>{escape(entry.remark)}</small>"
    return f"{style.VERDICT_MARKS[entry.verdict]}&#160;{VERDICTS[entry.verdict]}"


def _coefficient(worst: Coefficient | None) -> str:
    if worst is None:
        return formats.DASH
    number = formats.cv(worst.value, worst.limit)
    if worst.verdict == "not_met":
        number = f'<strong class="over">{style.VERDICT_MARKS["not_met"]}&#160;{number}</strong>'
    more = "" if math.isnan(worst.limit) else f"，限 {formats.plain(worst.limit)}"
    more += f"，另有 {worst.unknown} 个未知" if worst.unknown else ""
    return f"{number} <small>{escape(worst.name)}{more}</small>"


def _pages(entry: Entry) -> dict[str, str]:
    """Page to what it is called, the notebooks of edukit first."""
    names = sorted(name.removesuffix(".html") for name in entry.files if name.endswith(".html"))
    order = {name: at for at, name in enumerate(NOTEBOOKS)}
    return {f"{n}.html": NOTEBOOKS.get(n, n) for n in sorted(names, key=lambda n: order.get(n, len(order)))}


def _links(entry: Entry, files: Mapping[str, str]) -> list[str]:
    old = {f"{trouble.notebook}.html" for trouble in entry.troubles if trouble.state == "stale"}
    folder = f"{entry.year}/{quote(entry.slug)}"
    return [
        f'<a href="{folder}/{quote(name)}">{escape(word)}{"（旧）" if name in old else ""}</a>'
        for name, word in files.items()
    ]


def _state(entry: Entry) -> str:
    if not entry.troubles:
        return _STATES["done"]
    return "".join(
        f"<p><b>{_STATES[one.state]}</b>　{escape(NOTEBOOKS.get(one.notebook, one.notebook))}：{escape(one.reason)}</p>"
        for one in entry.troubles
    )
