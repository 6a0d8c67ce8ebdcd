"""表Ⅳ of the 申报表: every item beyond the indicators by block, with marks where the scheme gives marks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.export.paper import CENTRE, DARK, PALE, TOTAL, Paper, Style
from edukit.frames import records
from edukit.schemes import Item
from edukit.verdict import Verdict

if TYPE_CHECKING:
    from edukit.workbook.look import Look

MARK = {**CENTRE, "num_format": "0.##"}
WHOLE_MARK = {**CENTRE, "num_format": "0"}
BAND: Style = {"bold": True, "bg_color": "#DCE6F0", "border": 1, "border_color": "#C9D2DC"}
GROUND = {Verdict.NOT_MET: DARK, Verdict.UNDETERMINED: PALE}
NUMERALS = "一二三四五六七八九十"


def write_items(book: Any, look: Look, case: Case) -> None:
    """Add the sheet 表Ⅳ 其他方面."""
    items = case.now.items
    groups = {i.id: i.group for i in case.scheme.all_items if isinstance(i, Item)}
    grouped = any(groups.get(id_) for id_ in items["id"])
    marked = bool(_marks(items).notna().any())
    columns = {
        **({"一级指标": 14} if grouped else {}),
        **{"编号": 8, "指标": 38, "达标情况简述": 56},
        **({"分值": 7, "自评分": 8, "复评分": 8, "省评分": 8} if marked else {}),
        **{"结论": 10, "依据和佐证材料": 28, "备注": 26},
    }
    paper = Paper(book, look, "表Ⅳ 其他方面", tuple(columns.values()))
    paper.heading(case, "表Ⅳ", "政府工作及其他方面")
    first = paper.row
    paper.head(list(columns))
    names = [name for name in case.now.blocks["name"] if (items["block"] == name).any()]
    for number, name in enumerate(names):
        own = items[items["block"] == name]
        _band(paper, case, f"{NUMERALS[number % len(NUMERALS)]}、{name}（{len(own)}项）", name)
        for row in records(own):
            _item(paper, case, row, groups.get(row["id"], ""), list(columns))
        _sum(paper, case, name, own, list(columns))
    paper.notes(_notes(case, len(items), marked))
    paper.sign()
    paper.page(first, first)


def _marks(items: pd.DataFrame) -> pd.Series:
    return items.get("marks", pd.Series(math.nan, index=items.index)).astype(float)


def _band(paper: Paper, case: Case, text: str, block: str) -> None:
    row = case.now.blocks[case.now.blocks["name"] == block].iloc[0]
    verdict = Verdict(row["verdict"]).label
    note = f"　{row['note']}" if row["note"] else ""
    aside = "" if row["counts"] else "，只作参考"
    paper.wide(f"{text}：{verdict}{aside}{note}", **BAND)


def _item(paper: Paper, case: Case, row: dict[str, Any], group: str, columns: list[str]) -> None:
    verdict = Verdict(row["verdict"])
    full, low, high = (float(row.get(name, math.nan)) for name in ("marks", "earned_low", "earned_high"))
    remark = f"缺：{formats.listed(list(map(str, row['unknown'])), 4, '个')}" if len(row["unknown"]) else ""
    if not math.isnan(full) and low != high:
        span = f"得分未定，{formats.plain(low)}～{formats.plain(high)}分"
        remark = f"{span}；{remark}" if remark else span
    values = {
        "一级指标": group,
        "编号": row["id"],
        "指标": row["name"],
        "达标情况简述": row["evidence"],
        "分值": full,
        "自评分": low if low == high else math.nan,
        "结论": verdict.label,
        "依据和佐证材料": _basis(case, str(row["id"])),
        "备注": remark,
    }
    centred = {"编号": CENTRE, "结论": CENTRE | GROUND.get(verdict, {})}
    centred |= {name: _mark(values.get(name)) for name in ("分值", "自评分", "复评分", "省评分")}
    paper.line(
        [values.get(name) for name in columns], {columns.index(n): s for n, s in centred.items() if n in columns}
    )


def _mark(value: object) -> Style:
    """Whole marks without a trailing point, which the format of broken ones would show."""
    return MARK if isinstance(value, float) and not math.isnan(value) and not value.is_integer() else WHOLE_MARK


def _basis(case: Case, item: str) -> str:
    """What the sheet 核查结论 has on record for an item."""
    rows = case.now.evidence.findings
    own = rows[rows["item_id"] == item] if len(rows) else rows
    return "；".join(text for text in own["item_basis"] if isinstance(text, str)) if len(own) else ""


def _sum(paper: Paper, case: Case, name: str, items: pd.DataFrame, columns: list[str]) -> None:
    """Marks of a block: what there is to earn, what is certain, and what decides."""
    block = case.now.blocks[case.now.blocks["name"] == name].iloc[0]
    if "分值" not in columns or math.isnan(float(block["limit"])):
        return
    low, high = float(block["earned_low"]), float(block["earned_high"])
    verdict = Verdict(block["verdict"])
    certain = (
        f"自评得分{formats.plain(low)}分"
        if low == high
        else f"确定得分{formats.plain(low)}分，最多{formats.plain(high)}分"
    )
    values = {
        "指标": "合计",
        "达标情况简述": f"{certain}；{formats.plain(float(block['limit']))}分以上为达到要求",
        "分值": float(_marks(items).sum()),
        "自评分": low if low == high else math.nan,
        "结论": verdict.label,
        "备注": "" if low == high else f"得分未定，{formats.plain(low)}～{formats.plain(high)}分",
    }
    styles = {"结论": CENTRE | GROUND.get(verdict, {})}
    styles |= {column: _mark(values.get(column)) for column in ("分值", "自评分", "复评分", "省评分")}
    own = {columns.index(column): style for column, style in styles.items()}
    paper.line([values.get(column) for column in columns], own, **TOTAL)


def _notes(case: Case, count: int, marked: bool) -> list[str]:
    if not count:
        return [f"《{case.scheme.name}》没有资源配置以外的指标。"]
    said = [
        "“达标情况简述”由工作簿的数据和核查结论得出；没有数据、也没有核查结论的项目为无法判定，不按达标或未达标处理。"
    ]
    if marked:
        said.append(
            "各项分值由省级规定，请与本省评分表核对。自评分为空的，得分待补充数据后确定；复评分、省评分由复核和评估单位填写。"
        )
    return said
