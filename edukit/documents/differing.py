"""What changed between two assessments, as JSON and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from edukit.dictionary import STAGES
from edukit.difference import CAUSES, causes
from edukit.frames import records
from edukit.verdict import Verdict

KINDS = {
    "county": "全县",
    "balance": "差异系数",
    "composite": "综合差异系数",
    "schools": "学校",
    "items": "事项",
    "excluded": "未计入",
}
FIELDS = {
    "scheme": "评估办法",
    "year": "年度",
    "verdict": "判定",
    "n_units": "单位数",
    "pupils": "学生数",
    "mean": "平均值",
    "sd": "标准差",
    "cv": "差异系数",
    "cv_limit": "上限",
    "limit": "标准",
    "n_met": "达标项数",
    "below_floor": "低于底线",
    "value": "数值",
    "reason": "原因",
    "row": "有无",
}


def change_document(documents: Sequence[Mapping[str, Any]], found: pd.DataFrame) -> dict[str, Any]:
    """``county``, ``steps`` (year, scheme and possible causes of each) and ``changes``; see ``edukit.difference``."""
    return {
        "county": documents[-1]["county"],
        "steps": [
            {"from": _named(old), "to": _named(new), "causes": list(causes(old, new))}
            for old, new in pairwise(documents)
        ],
        "changes": [
            {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}
            for row in records(found)
        ],
    }


def _named(document: Mapping[str, Any]) -> dict[str, Any]:
    return {"year": document["year"], "scheme": document["scheme"], "made": document.get("made")}


def changes_text(documents: Sequence[Mapping[str, Any]], found: pd.DataFrame) -> str:
    """The changes in lines, step by step, verdicts first."""
    lines = []
    for step, (old, new) in enumerate(pairwise(documents)):
        place = new["county"].get("name") or "（未注明县）"
        own = found[found["step"] == step]
        turn = f"{old['year']} {old['scheme']} → {new['year']} {new['scheme']}"
        lines.append(f"{place} {turn}：{len(own)} 处变化。{because(causes(old, new))}")
        if not all((document.get("made") or {}).get("data") for document in (old, new)):
            lines.append("  （有一份没有记录由什么生成，不能排除原因；用 edukit assess --json --detail 生成的有记录）")
        for kind, part in own.groupby("kind", sort=False):
            lines.append(f"\n{KINDS[str(kind)]}")
            order = part["field"].ne("verdict").sort_values(kind="stable").index
            lines += [f"  {_line(row)}" for row in records(part.loc[order])]
    return "\n".join(lines)


def because(found: Sequence[str]) -> str:
    """The possible causes in words."""
    if not found:
        return "数据、办法、程序都没有变，不应有变化。"
    words = "、".join(CAUSES[cause] for cause in found)
    return f"原因：{words}。" if len(found) == 1 else f"可能的原因：{words}。"


def _line(row: Mapping[str, Any]) -> str:
    stage = STAGES.get(row["stage"], row["stage"])
    subject = "".join(part for part in (row["subject"], f"（{stage}）" if row["subject"] and stage else stage) if part)
    what = " ".join(part for part in (subject, row["item"], FIELDS.get(row["field"], row["field"])) if part)
    cause = "、".join(CAUSES[name] for name in row["causes"]) or "无记录"
    return f"{what}：{_shown(row['old'])} → {_shown(row['new'])}　〔{cause}〕"


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, list):
        return "、".join(map(str, value)) or "无"
    if isinstance(value, str):
        return Verdict(value).label if value in set(Verdict) else value
    return f"{value:.6g}"
