"""A plan for machines (the object that ``edukit plan --json`` prints) and as text for a terminal."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from edukit import formats
from edukit.changes import KINDS
from edukit.dictionary import STAGES
from edukit.plan.model import Plan
from edukit.verdict import Verdict


def as_document(made: Plan, *, detail: bool = False) -> dict[str, Any]:
    """The object that ``plan --json`` prints; with ``detail`` also the years, verdicts, obstacles and unknown cells."""
    document = {
        "feasible": made.feasible,
        "cost": _plain(made.cost),
        "optimality_gap": _plain(made.optimality_gap),
        "reason": made.reason,
        "verdict_after": made.verdict_after.value,
        "actions": _records(made.actions),
    }
    if detail:
        for name in ("yearly", "verdicts", "unmet", "unknown"):
            document[name] = _records(getattr(made, name))
        document["notes"] = list(made.notes)
    return document


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{key: _plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str | bool):
        return value
    return int(value) if float(value).is_integer() else float(value)


def as_text(made: Plan) -> str:
    """The plan as a screenful or more."""
    now = made.before
    lines = [f"{now.county or '（未注明县）'} {now.year or ''} {now.scheme.short}最省方案", made.reason]
    if made.feasible and len(made.actions):
        block = now.scheme.resource_block
        lines.append(
            f"与最优的差距不超过 {made.optimality_gap:.2%}；实施后重新测算{block}：{made.verdict_after.label}。"
        )
    if len(made.actions):
        lines += ["", *_grid(_action_rows(made))]
    if len(made.yearly) > 1:
        lines += ["", "分年安排", *_grid(_year_rows(made))]
    if len(made.unknown):
        lines += [
            "",
            "缺数据（补齐后重新计算）",
            *(f"  {row['where']}　{row['message']}" for row in made.unknown.to_dict("records")),
        ]
    return "\n".join([*lines, "", *(f"注：{note}" for note in made.notes)])


def _action_rows(made: Plan) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [("年度", "学校", "学段", "指标", "措施", "数量", "费用")]
    for action in made.actions.to_dict("records"):
        indicator = made.before.scheme.indicator(action["indicator"])
        origin = f"（自{action['from_school']}）" if action["from_school"] else ""
        rows.append(
            (
                str(action["year"]),
                action["school"],
                STAGES.get(action["stage"], "全校"),
                f"{indicator.id} {indicator.short}",
                f"{KINDS[action['kind']]}{origin}",
                formats.amount(float(action["quantity"]), action["unit"]),
                formats.amount(float(action["cost"]), "元"),
            )
        )
    return rows


def _year_rows(made: Plan) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [
        ("年度", "应达标学校", "已达标学校", "达标学段单位", "超限差异系数", "费用", "年末结论")
    ]
    for year in made.yearly.to_dict("records"):
        rows.append(
            (
                str(year["year"]),
                f"{year['target']}/{year['failing_schools']}",
                f"{year['repaired']}/{year['failing_schools']}",
                f"{year['units_met']}/{year['units']}",
                f"{year['cvs_over']} 项",
                formats.amount(float(year["cost"]), "元"),
                Verdict(year["verdict"]).label,
            )
        )
    return rows


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side, where a Chinese character is two columns wide; the last two to the right."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def unmet(made: Plan) -> Iterator[tuple[str, str]]:
    """What a plan leaves undone or what makes it impossible: its kind as in ``Plan.unmet``, and a sentence."""
    scheme = made.before.scheme
    for row in made.unmet.to_dict("records"):
        stage = STAGES.get(row["stage"], "") if isinstance(row["stage"], str) else ""
        amount = float(row["amount"])
        match row["what"]:
            case "budget":
                text = f"预算还差{formats.amount(amount, '元')}"
            case "unit":
                text = f"{row['school']}（{stage}）仍未达标"
            case "cv":
                text = f"{stage}{scheme.indicator(row['indicator']).short}的差异系数仍比上限高{amount:.3f}"
            case what:
                indicator = scheme.indicator(row["indicator"])
                who = f"{row['school']}{stage}的" if what == "closed" else ""
                text = f"{who}{indicator.resource}的限制至少要再放宽{formats.amount(amount, indicator.resource_unit)}"
        yield row["what"], text
