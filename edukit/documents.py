"""An assessment as JSON for machines, and as plain text for a terminal; a scheme as text."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from edukit.assess import Assessment
from edukit.dictionary import STAGES
from edukit.findings import Finding
from edukit.schemes import Scheme
from edukit.verdict import Verdict
from edukit.workbook import Workbook

Json = dict[str, Any]


def assessment(result: Assessment) -> Json:
    """The object that ``assess --json`` prints: floats unrounded, unknown as None."""
    values = result.matrix("value")
    schools = []
    for row in result.schools.to_dict("records"):
        own = values.loc[row["unit"]]
        schools.append(
            {
                "school": row["school"],
                "code": _plain(row["code"]),
                "stage": row["stage"],
                "pupils": _plain(row["pupils"]),
                "values": {id_: _plain(own[id_]) for id_ in result.scheme.ids},
                "n_met": _plain(row["n_met"]),
                "below_floor": list(row["below_floor"]),
                "verdict": _plain(row["verdict"]),
            }
        )
    balance = ["stage", "indicator", "name", "unit", "n_units", "pupils", "mean", "sd", "cv", "cv_limit", "verdict"]
    return {
        **_head(result.code, result.county, result.year, result.scheme),
        "verdict": result.verdict.value,
        "balance": _records(result.balance, balance),
        "composite": _records(result.composite, ["stage", "cv", "limit", "verdict"]),
        "schools": schools,
        "items": _records(result.items, ["id", "block", "name", "value", "limit", "verdict", "evidence"]),
        "excluded": _records(result.excluded, ["school", "stage", "reason"]),
        "findings": [finding.as_dict() for finding in result.findings],
    }


def refused(book: Workbook | None, scheme: Scheme, findings: Sequence[Finding]) -> Json:
    """The same object for data with errors: nothing is judged, the findings say why. None: the file is unreadable."""
    head = _head(book.code, book.county, book.year, scheme) if book else _head("", "", 0, scheme)
    return {
        **head,
        "verdict": Verdict.UNDETERMINED.value,
        **{key: [] for key in ("balance", "composite", "schools", "items", "excluded")},
        "findings": [finding.as_dict() for finding in findings],
    }


def _head(code: str, county: str, year: int, scheme: Scheme) -> Json:
    return {"county": {"code": code or None, "name": county or None}, "year": year or None, "scheme": scheme.id}


def as_json(document: Mapping[str, Any]) -> str:
    """JSON text; refuses NaN rather than writing what is no JSON."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value == "":
        return None
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    number = float(value)
    if math.isnan(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 and not isinstance(value, float) else number


def _records(frame: pd.DataFrame, columns: list[str]) -> list[Json]:
    return [{key: _plain(row[key]) for key in columns} for row in frame.to_dict("records")]


def summary(result: Assessment) -> str:
    """The assessment in a few lines for a terminal."""
    scheme = result.scheme
    outcome = {"met": scheme.passed, "not_met": scheme.failed}.get(result.verdict.value, "数据不全，尚不能判定")
    scope = "逐校指标和校际差异系数" if scheme.school_rule else "校际差异系数"
    lines = [
        f"{result.county or '（未注明县）'} {result.year or ''} {scheme.short}（{scheme.document}）：{outcome}",
        f"（只就{scope}判定，其余方面须另行核查）\n",
    ]
    for row in result.composite.to_dict("records"):
        verdict = Verdict(row["verdict"]).label
        lines.append(f"{STAGES[row['stage']]}综合差异系数 {_cv(row['cv'])}（上限 {row['limit']:g}）{verdict}")
    for stage in result.stages:
        lines.append(f"\n{STAGES[stage]}　　差异系数　上限　判定")
        for row in result.balance[result.balance["stage"] == stage].to_dict("records"):
            limit = "—" if math.isnan(row["cv_limit"]) else f"{row['cv_limit']:g}"
            verdict = Verdict(row["verdict"]).label if row["verdict"] else ""
            lines.append(
                f"  {row['indicator']} {_wide(row['name'], 46)} {_wide_left(_cv(row['cv']), 9)} {limit:>5}  {verdict}"
            )
    if scheme.school_rule:
        lines += ["", *_school_lines(result)]
    if len(result.excluded):
        lines.append("\n未计入：")
        lines += [f"  {row['school']}：{row['reason']}" for row in result.excluded.to_dict("records")]
    if result.findings:
        lines.append("\n数据提示：")
        lines += [f"  [{f.severity.label}] {f.where}　{f.message}" for f in result.findings]
    return "\n".join(lines)


def _school_lines(result: Assessment) -> list[str]:
    """How many units pass, and on what each of the others fails or hangs."""
    counts = result.schools["verdict"].value_counts()
    shown = [f"{counts[v.value]} 个{v.label}" for v in Verdict if v.value in counts]
    lines = [f"学校：{len(result.schools)} 个学段单位，{'、'.join(shown)}"]
    for row in result.schools[result.schools["verdict"] != Verdict.MET.value].to_dict("records"):
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


def scheme(policy: Scheme) -> str:
    """A scheme as text: indicators with thresholds and limits, scope, split, sources, what is uncertain."""
    lines = [f"{policy.id}　{policy.name}（{policy.document}）", "", "指标"]
    for i in policy.indicators:
        stages = [f"{STAGES[s]} {t:g}" for s, t in i.threshold.items()]
        limits = [f"{STAGES[s]} {t:g}" for s, t in i.cv_limit.items()]
        facts = [f"标准 {'、'.join(stages)}" if stages else "", f"差异系数上限 {'、'.join(limits)}" if limits else ""]
        split = "按学段拆分" if i.split else ""
        lines.append(f"  {i.id} {i.name}（{i.unit}）" + "；".join(f for f in [*facts, split, f"来源 {i.source}"] if f))
    if rule := policy.school_rule:
        lines.append(
            f"\n学校判定：至少 {rule.min_met} 项达标，其余不低于标准的 {rule.floor_share:.0%}（来源 {rule.source}）"
        )
    if policy.composite_limit:
        shown = "、".join(f"{STAGES[s]} {limit:g}" for s, limit in policy.composite_limit.items())
        lines.append(f"\n综合差异系数（各项算术平均）上限：{shown}")
    weights = "、".join(f"{ {**STAGES, 'senior': '高中'}[s] } {w:g}" for s, w in policy.split_weights.items())
    lines.append(f"\n拆分权重：{weights}")
    lines.append("\n不计入的学校")
    lines += [f"  {e.reason}（来源 {e.source}）" for e in policy.exclusions]
    if policy.all_items:
        lines.append("\n其他方面的判定事项")
        lines += [f"  {item.id} {item.name}（来源 {item.source}）" for item in policy.all_items]
    if policy.uncertain:
        lines.append("\n尚无全国统一规定、本办法暂按以下口径")
        lines += [f"  {topic}：{text}" for topic, text in policy.uncertain]
    lines.append("\n来源")
    lines += [f"  {code}：{text}" for code, text in policy.sources.items()]
    return "\n".join(lines)
