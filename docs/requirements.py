"""Where every requirement lives: ``requirements.yaml`` read, checked against the code and laid out as a page.

``python -m docs.requirements`` writes ``requirements.md`` anew and prints every link that leads nowhere.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from docs.links import ROOT, fields_of, is_chapter, is_field, is_policy, is_test, sheets
from docs.markdown import line

DATA = ROOT / "docs" / "requirements.yaml"
PAGE = ROOT / "docs" / "requirements.md"

SORTS = ("可计算", "核查结论", "工作流程", "背景")
LINKS = ("fields", "scheme", "tests", "chapter")
OWN = {"id", "at", "text", "sort", *LINKS, "like", "note", "open"}


@dataclass(frozen=True)
class Row:
    """One requirement.

    Attributes:
        id: code of the source and a number, e.g. ``S3-14`` or ``STD-2.2-Gov5``.
        source, section: where it stands, as titles of the page.
        at: the place within the section.
        text: the requirement in our own short words.
        sort: one of :data:`SORTS`.
        links: kind of link (:data:`LINKS`) -> links, its own and those of the rows that it is ``like``.
        like: ids of the rows that say the same.
        note: why it is judged in this way, or why it is no matter of data.
        open: what nothing in the project does yet; empty where nothing is missing.
    """

    id: str
    source: str
    section: str
    at: str
    text: str
    sort: str
    links: Mapping[str, tuple[str, ...]]
    like: tuple[str, ...] = ()
    note: str = ""
    open: str = ""


def load(text: str | None = None) -> list[Row]:
    """The rows in the order of the file, each with the links of the rows that it is like.

    Raises:
        ValueError: a row has an unknown key, an id that is taken, or is like a row that does not exist.
    """
    data = yaml.safe_load(DATA.read_text(encoding="utf-8") if text is None else text)
    entries: dict[str, dict[str, Any]] = {}
    for source in data["sources"]:
        for section in source["sections"]:
            for entry in section["rows"]:
                if unknown := set(entry) - OWN:
                    raise ValueError(f"{entry['id']}：不认识的键{'、'.join(sorted(unknown))}。")
                if entry["id"] in entries:
                    raise ValueError(f"编号 {entry['id']} 出现两次。")
                places = {"source": f"{source['id']}　{source['title']}", "section": section["title"]}
                entries[entry["id"]] = {**_inherited(section.get("each", {}), entry), **places}
    return [_row(entry, entries) for entry in entries.values()]


def _inherited(each: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the section says of each of its rows, then the row; lists add up, an empty list takes away."""
    merged = {**each, **entry}
    for kind in LINKS:
        own = entry.get(kind)
        merged[kind] = [] if own == [] else [*(own or []), *each.get(kind, [])]
    return merged


def _row(entry: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]) -> Row:
    links = {kind: tuple(dict.fromkeys(_all(entry, entries, kind, (entry["id"],)))) for kind in LINKS}
    texts = {key: str(entry.get(key, "")) for key in ("id", "source", "section", "at", "text", "sort", "note", "open")}
    return Row(**texts, links=links, like=tuple(entry.get("like", ())))


def _all(
    entry: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]], kind: str, seen: tuple[str, ...]
) -> Iterator[str]:
    yield from (str(link) for link in entry[kind])
    for other in entry.get("like", ()):
        if other not in entries or other in seen:
            raise ValueError(f"{entry['id']}：like 所指的 {other} 不存在或互相指向。")
        yield from _all(entries[other], entries, kind, (*seen, other))


def faults(row: Row) -> list[str]:
    """Every link of a row that leads nowhere, and what its sort asks for that it lacks."""
    known = {"fields": is_field, "scheme": is_policy, "tests": is_test, "chapter": is_chapter}
    found = [f"{kind}：{link}" for kind in LINKS for link in row.links[kind] if not known[kind](link)]
    if row.sort not in SORTS:
        found.append(f"sort：{row.sort}")
    if not row.text or not row.at:
        found.append("text、at 不能空")
    if row.open:
        return found
    if row.sort == "可计算":
        found += [f"可计算的没有{kind}" for kind in ("fields", "tests", "chapter") if not row.links[kind]]
    if row.sort == "核查结论":
        found += [f"核查结论的没有{kind}" for kind in ("scheme", "chapter") if not row.links[kind] and not row.note]
    if row.sort in ("工作流程", "背景") and not row.note and not row.like:
        found.append(f"{row.sort}的没有说明")
    return found


def page(rows: list[Row]) -> str:
    """The page: what is counted, what is still open, then one table a section."""
    lines = [*_opening(rows), *_open(rows)]
    source = section = ""
    for row in rows:
        if row.source != source:
            source, section = row.source, ""
            lines += ["", f"## {source}"]
        if row.section != section:
            section = row.section
            lines += ["", f"### {section}", "", line(["编号", "要求", "落在哪里"]), "|---|---|---|"]
        lines.append(line(_cells(row)))
    return "\n".join(lines) + "\n"


def _opening(rows: list[Row]) -> list[str]:
    counts = {source: Counter(row.sort for row in rows if row.source == source) for source in _sources(rows)}
    table = [
        line([source.replace("　", " "), str(counted.total()), *(str(counted[sort]) for sort in SORTS)])
        for source, counted in counts.items()
    ]
    total = Counter(row.sort for row in rows)
    return [
        "# 每项要求在哪里",
        "",
        "本页由 `python -m docs.requirements` 从 `docs/requirements.yaml` 生成，请勿手工修改；"
        "`tests/test_requirements.py` 核对每个链接都指向存在的栏目、办法条目、测试和报告章节。",
        "",
        "- **可计算**：由填报的数据算出并判定。**核查结论**：没有可计算的数，由核查人下结论并写明佐证材料。",
        "- **工作流程**：组织和程序要求，说明由哪份报告、台账服务，或为何不涉及数据。**背景**：没有可核对的内容。",
        "- 数据写填报表的列名；办法写“办法文件: 条目”，option 为口径设置，block 为评估方面；测试写文件和函数；"
        "报告写笔记本和章节。",
        "- “同 …”的行与所指的行要求相同，落点相同。",
        "",
        line(["来源", "要求数", *SORTS]),
        "|---|" + "---:|" * (len(SORTS) + 1),
        *table,
        line(["合计", str(len(rows)), *(str(total[sort]) for sort in SORTS)]),
    ]


def _open(rows: list[Row]) -> list[str]:
    still = [row for row in rows if row.open]
    if not still:
        return []
    bullets = [f"- [{row.id}](#{_anchor(row.id)}) {row.text}：{row.open}" for row in still]
    return ["", f"## 还没有落点的要求（{len(still)}项）", "", *bullets]


def _sources(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(row.source for row in rows))


def _anchor(id_: str) -> str:
    return id_.lower()


def _cells(row: Row) -> list[str]:
    like = "同 " + "、".join(f"[{id_}](#{_anchor(id_)})" for id_ in row.like) + "。" if row.like else ""
    open_ = f"**未落实**：{row.open}" if row.open else ""
    links = {
        "数据": "、".join(dict.fromkeys(_header(pattern) for pattern in row.links["fields"])),
        "办法": _grouped(row.links["scheme"], ":", ""),
        "测试": _grouped(row.links["tests"], "::", "tests/"),
        "报告": _grouped(row.links["chapter"], "#", "notebooks/"),
        "说明": "".join((like, row.note, open_)),
    }
    return [
        f'<a id="{_anchor(row.id)}"></a>{row.id}',
        f"{row.text}<br>（{row.at}；{row.sort}）",
        "<br>".join(f"{name}：{text}" for name, text in links.items() if text),
    ]


def _header(pattern: str) -> str:
    """How a reader calls a field: its header; 各学段 for both stages; the sheet's name for all of a sheet."""
    if pattern in sheets():
        return f"“{pattern}”表"
    found = fields_of(pattern)
    if not found:
        return pattern
    first = found[0].header
    if "{stage}" in pattern:
        return re.sub("小学", "各学段", first, count=1)
    return f"{first}等{len(found)}栏" if len(found) > 1 else first


def _grouped(links: tuple[str, ...], mark: str, prefix: str) -> str:
    """``file: one、two`` with each file named once."""
    groups: dict[str, list[str]] = {}
    for link in links:
        name, _, entry = link.partition(mark)
        groups.setdefault(name.removeprefix(prefix), []).append(entry)
    return "；".join(f"{name}: {'、'.join(entries)}" if any(entries) else name for name, entries in groups.items())


def main() -> int:
    """Write the page; print what leads nowhere."""
    rows = load()
    PAGE.write_text(page(rows), encoding="utf-8", newline="\n")
    wrong = [f"{row.id}　{fault}" for row in rows for fault in faults(row)]
    print("\n".join([*wrong, f"{len(rows)}项要求，{len(wrong)}个问题。"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
