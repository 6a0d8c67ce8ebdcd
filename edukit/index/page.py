"""The index as a page: one table, searched, filtered and sorted by a script of its own."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape, unescape
from string import Template
from typing import Final
from urllib.parse import quote

from edukit import __version__, formats, style, webfont
from edukit.counties import parse_slug
from edukit.index.entries import Coefficient, Entry
from edukit.index.names import pinyin
from edukit.index.years import VERDICTS, change, drawing, histories
from edukit.render.script import TEMPLATES, policy, script

NOTEBOOKS: Final = {
    "balance": "分析报告",
    "self_assessment": "自评报告",
    "school_plan": "一校一案",
    "monitoring": "监测复查",
    "improvement": "整改提升方案",
    "city": "市级汇总",
    "national": "全国汇总",
}
"""Notebook to what a reader calls its report; another notebook goes by its own name."""
BOOKS: Final = {
    **{"ledger.xlsx": "问题台账", "declaration.xlsx": "申报表", "dossier.xlsx": "迎检档案清单"},
    **{"school_plans.xlsx": "整改方案表"},
}
"""Excel file of a report to what a reader calls it."""
FORMATS: Final = {"docx": "Word", "pdf": "PDF", "xlsx": "Excel"}
"""Other forms of a report, by the end of the file's name."""
_STATES: Final = {"done": "正常", "stale": "旧报告", "failed": "失败"}
_COLUMNS: Final = ("行政区划代码", "县", "年度", "结论", "最大差异系数", "近年", "报告", "表格", "状态")


def page(found: list[Entry], problem: str = "") -> str:
    """The index as HTML.

    Args:
        found: the entries in the order in which they are shown.
        problem: a sentence about what the reader cannot see here, or "".

    Returns:
        One file: no request, its own font, one script that the security policy names by its hash, so that nothing else
        on the page can run.
    """
    years = sorted({entry.year for entry in found}, reverse=True)
    names = list(dict.fromkeys(name for entry in found for name in entry.coefficients))
    own = histories(found)
    html = Template((TEMPLATES / "index" / "page.html").read_text(encoding="utf-8")).substitute(
        policy=policy("index"),
        script=script("index"),
        summary=escape(_summary(found)),
        notice=f'<p class="callout warning">{escape(problem)}</p>' if problem else "",
        coefficients="".join(f"<option>{escape(name)}</option>" for name in names),
        years="".join(f'<option value="{year}">{year}年</option>' for year in years),
        head="".join(f'<th scope="col"{_numeric(name)}>{name}</th>' for name in _COLUMNS),
        rows="\n".join(
            _row(entry, names, [past for past in own[entry.slug] if past.year <= entry.year]) for entry in found
        )
        or f'<tr><td colspan="{len(_COLUMNS)}">还没有报告。</td></tr>',
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
    sheets = ((TEMPLATES / folder / "style.css").read_text(encoding="utf-8") for folder in ("report", "index"))
    return f":root{{{root}}}\n" + re.sub(r"/\*.*?\*/\s*", "", "".join(sheets), flags=re.DOTALL).strip()


def _summary(found: list[Entry]) -> str:
    """How many there are of what; the script counts the same of what is left after filtering."""
    verdicts = "，".join(f"{word} {sum(e.verdict == id_ for e in found)}" for id_, word in VERDICTS.items())
    bad = "".join(f"，{_STATES[s]} {sum(e.state == s for e in found)}" for s in ("stale", "failed"))
    return f"共 {len(found)} 条（{len({e.slug for e in found})} 个县市）：{verdicts}{bad}。"


def _numeric(column: str) -> str:
    return ' class="num"' if column == "最大差异系数" else ""


def _row(entry: Entry, names: Sequence[str], years: Sequence[Entry]) -> str:
    """A line; ``data-v`` is what a column is sorted by, empty where nothing is known."""
    code, name = parse_slug(entry.slug)
    reports, books = _links(entry, _pages(entry)), _links(entry, {f: w for f, w in BOOKS.items() if f in entry.files})
    compared = years if entry.verdict else ()
    worst = entry.worst
    rank = {"": "", **{id_: str(at) for at, id_ in enumerate(VERDICTS)}}[entry.verdict]
    cells = (
        _cell(0, code, escape(code) or formats.DASH),
        f'<th scope="row" data-v="{escape(name)}" data-label="县">{escape(name)}</th>',
        _cell(2, str(entry.year), str(entry.year)),
        _cell(3, rank, _verdict(entry), entry.verdict.replace("_", "-")),
        _cell(4, repr(worst.value) if worst else "", _coefficient(worst), "num"),
        _cell(5, change(compared), drawing(compared) or formats.DASH),
        _cell(6, str(len(reports)), "".join(reports) or formats.DASH, "links"),
        _cell(7, str(len(books)), "".join(books) or formats.DASH, "links"),
        _cell(8, str(list(_STATES).index(entry.state)), _state(entry), f"state {entry.state}"),
    )
    key = escape(f"{code} {name} {pinyin(name)}".lower())
    facts = f'data-key="{key}" data-verdict="{entry.verdict}" data-year="{entry.year}" data-state="{entry.state}"'
    if entry.coefficients:
        facts += f' data-cvs="{";".join(_short(entry, name) for name in names)}"'
    return f"<tr {facts}>{''.join(cells)}</tr>"


def _short(entry: Entry, name: str) -> str:
    """A coefficient for the script: as it is shown, with a mark where it is over its limit; "" where unknown."""
    value, limit, verdict = entry.coefficients.get(name, (math.nan, math.nan, ""))
    return "" if math.isnan(value) else formats.cv(value, limit) + "!" * (verdict == "not_met")


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
    """Page to what it is called, the notebooks of edukit first, each with the other forms that it has."""
    names = sorted(name.removesuffix(".html") for name in entry.files if name.endswith(".html"))
    order = {name: at for at, name in enumerate(NOTEBOOKS)}
    shown: dict[str, str] = {}
    for name in sorted(names, key=lambda n: order.get(n, len(order))):
        shown[f"{name}.html"] = NOTEBOOKS.get(name, name)
        shown |= {f"{name}.{end}": word for end, word in FORMATS.items() if f"{name}.{end}" in entry.files}
    return shown


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
