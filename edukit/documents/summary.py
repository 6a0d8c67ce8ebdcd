"""An assessment as plain text for a terminal."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from edukit.assess import Assessment
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

    from edukit.scenario import WhatIf


def summary(result: Assessment) -> str:
    """The assessment in a screenful or two for a terminal."""
    scheme = result.scheme
    whole = result.scope == "all"
    told = {"met": scheme.passed_all, "not_met": scheme.failed_all} if whole else {}
    told = told or {"met": scheme.passed, "not_met": scheme.failed}
    outcome = told.get(result.verdict.value, "数据不全，尚不能判定")
    lines = [f"{result.county or '（未注明县）'} {result.year or ''} {scheme.short}（{scheme.document}）：{outcome}"]
    if whole:
        lines += _block_lines(result)
    else:
        scope = "逐校指标和校际差异系数" if scheme.school_rule else "校际差异系数"
        lines.append(f"（只就{scope}判定，其余方面没有数据，须另行核查）")
    lines += [f"采用口径：{option.name}（{option.basis or '未注明依据'}）" for option in result.options]
    lines.append("")
    for row in records(result.composite):
        verdict = Verdict(row["verdict"]).label
        lines.append(f"{STAGES[row['stage']]}综合差异系数 {_cv(row['cv'])}（上限 {row['limit']:g}）{verdict}")
    for stage in result.stages:
        lines.append(f"\n{STAGES[stage]}　　差异系数　上限　判定")
        for row in records(result.balance[result.balance["stage"] == stage]):
            limit = "—" if math.isnan(row["cv_limit"]) else f"{row['cv_limit']:g}"
            verdict = Verdict(row["verdict"]).label if row["verdict"] else ""
            lines.append(
                f"  {row['indicator']} {_wide(row['name'], 46)} {_wide_left(_cv(row['cv']), 9)} {limit:>5}  {verdict}"
            )
    if scheme.school_rule:
        lines += ["", *_school_lines(result)]
    lines += _item_lines(result)
    if len(result.excluded):
        lines.append("\n未计入：")
        lines += [f"  {row['school']}：{row['reason']}" for row in records(result.excluded)]
    if result.findings:
        lines.append("\n数据提示：")
        lines += [f"  [{f.severity.label}] {f.where}　{f.message}" for f in result.findings]
    return "\n".join(lines)


def scenario_text(changed: WhatIf) -> str:
    """What a scenario changes, in a screenful for a terminal."""
    result = changed.after
    place = f"{result.county or '（未注明县）'} {result.year or ''}"
    lines = [f"{place} {result.scheme.short}　方案“{changed.scenario.name}”", ""]
    moved = changed.verdicts[changed.verdicts["changed"]]
    told = [row for row in records(changed.verdicts) if row["changed"] or row["kind"] == "county"]
    lines += [f"{row['id']} {row['name']}：{_turn(row['before'], row['after'])}".strip() for row in told]
    cvs = changed.balance[~_same(changed.balance)]
    for stage, part in cvs.groupby("stage", sort=False):
        lines.append(f"\n{STAGES[str(stage)]}差异系数　　变更前　变更后　上限　判定")
        for row in records(part):
            name = _wide(result.scheme.indicator(row["indicator"]).short, 20)
            limit = "—" if math.isnan(row["cv_limit"]) else f"{row['cv_limit']:g}"
            verdict = _turn(row["verdict_before"], row["verdict"]) if row["verdict"] else ""
            numbers = f"{_wide_left(_cv(row['cv_before']), 9)} {_wide_left(_cv(row['cv']), 9)} {limit:>5}"
            lines.append(f"  {row['indicator']} {name} {numbers}  {verdict}")
    means = records(changed.composite[~_same(changed.composite)])
    for row in means:
        numbers = f"{_cv(row['cv_before'])} → {_cv(row['cv'])}（上限 {row['limit']:g}）"
        lines.append(f"\n{STAGES[row['stage']]}综合差异系数 {numbers}　{_turn(row['verdict_before'], row['verdict'])}")
    units = changed.units[changed.units["changed"]]
    lines += ["\n学校"] if len(units) else []
    for row in records(units):
        counts = [f"{row[name]:g}" if row[name] == row[name] else "—" for name in ("n_met_before", "n_met")]
        said = f"达标 {counts[0]} → {counts[1]} 项　{_turn(row['verdict_before'], row['verdict'])}"
        if counts == ["—", "—"]:
            pupils = [f"{row[name]:,g}" if row[name] == row[name] else "—" for name in ("pupils_before", "pupils")]
            said = f"学生 {pupils[0]} → {pupils[1]} 人"
        lines.append(f"  {row['school']}（{STAGES[row['stage']]}）{said}")
    if moved.empty and cvs.empty and units.empty and not means:
        lines.append("结论、差异系数和各校达标情况都没有变化。")
    lines += [f"  [{f.severity.label}] {f.message}" for f in result.findings if f.rule == "scenario-classes"]
    return "\n".join(lines)


def _same(both: pd.DataFrame) -> pd.Series:
    """Which coefficients are as they were, or unknown on both sides."""
    same: pd.Series = both["cv"].eq(both["cv_before"]) | (both["cv"].isna() & both["cv_before"].isna())
    return same


def _turn(before: str, after: str) -> str:
    words = [Verdict(each).label if each else "—" for each in (before, after)]
    return words[0] if before == after else " → ".join(words)


def _block_lines(result: Assessment) -> list[str]:
    lines = []
    for row in records(result.blocks):
        if math.isnan(row["limit"]):
            counts = ((row["n_met"], "达到"), (row["n_not_met"], "未达到"), (row["n_unknown"], "无法判定"))
            facts = "、".join(f"{count} 项{word}" for count, word in counts if count)
        else:
            low, high = row["earned_low"], row["earned_high"]
            facts = f"得分 {low:g}" + ("" if low == high else f" 至 {high:g}") + f"（要求 {row['limit']:g}）"
        counts_not = "" if row["counts"] else "（不计入结论）"
        lines.append(f"  {row['name']}：{Verdict(row['verdict']).label}{counts_not}　{facts or row['note']}")
    return lines


def _item_lines(result: Assessment) -> list[str]:
    """The items that are not met, each with its reason, and the ids of those that cannot be told."""
    failing = result.items[result.items["verdict"] == Verdict.NOT_MET.value]
    lines = [f"  {row['id']} {row['short']}：{row['evidence']}" for row in records(failing)]
    open_ = result.items.loc[result.items["verdict"] == Verdict.UNDETERMINED.value, "id"].tolist()
    lines += [f"  无法判定：{'、'.join(open_)}"] if open_ else []
    return ["\n其他方面未达到的事项：", *lines] if lines else []


def _school_lines(result: Assessment) -> list[str]:
    """How many units pass, and on what each of the others fails or hangs."""
    counts = result.schools["verdict"].value_counts()
    shown = [f"{counts[v.value]} 个{v.label}" for v in Verdict if v.value in counts]
    lines = [f"学校：{len(result.schools)} 个学段单位，{'、'.join(shown)}"]
    for row in records(result.schools[result.schools["verdict"] != Verdict.MET.value]):
        cells = result.cells[result.cells["unit"] == row["unit"]]
        missed = cells[(cells["verdict"] == Verdict.NOT_MET.value) & ~cells["below_floor"]]["indicator"]
        parts = [("低于底线", row["below_floor"]), ("未达标但不低于底线", list(missed))]
        parts.append(("缺数据", list(cells.loc[cells["verdict"] == Verdict.UNDETERMINED.value, "indicator"])))
        facts = "".join(f"；{what}：{'、'.join(ids)}" for what, ids in parts if ids)
        verdict = Verdict(row["verdict"]).label
        lines.append(f"  {row['school']}（{STAGES[row['stage']]}）{verdict}：达标 {int(row['n_met'])} 项{facts}")
    return lines


def _cv(value: float) -> str:
    return "无法计算" if math.isnan(value) else f"{value:.4f}"


def _wide(text: str, width: int) -> str:
    used = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(0, width - used)


def _wide_left(text: str, width: int) -> str:
    return text.rjust(width - sum(unicodedata.east_asian_width(c) in "WF" for c in text))
