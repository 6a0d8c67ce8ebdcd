"""Which cells would settle what cannot be told: one finding for each, or for a whole column that is blank."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from edukit.dictionary import STAGES_OF_TYPE, load
from edukit.findings import Finding, Severity
from edukit.schemes import Scheme

Locate = Callable[[object, str], str]
"""Where a school's field stands in the source: (row of the schools frame, field name) -> e.g. 学校!E5."""


def unknown(
    cells: pd.DataFrame, source: pd.DataFrame, units: pd.DataFrame, scheme: Scheme, locate: Locate | None
) -> list[Finding]:
    """One finding for each input cell whose value would settle something, or for a whole column that is blank."""
    missing: dict[str, list[object]] = {}
    for cell in cells[cells["value"].isna()].itertuples():
        row, indicator = units.at[cell.unit, "row"], scheme.indicator(str(cell.indicator))
        needed = list(indicator.fields(str(cell.stage)))
        if indicator.split and np.isnan(units.at[cell.unit, "share"]):
            needed += [f"pupils_{stage}" for stage in STAGES_OF_TYPE[source.at[row, "school_type"]]]
        for name in needed:
            if pd.isna(source.at[row, name]) and row not in missing.setdefault(name, []):
                missing[name].append(row)
    findings = []
    for name, rows in missing.items():
        affected = [
            f"{i.short}（{i.id}）" for i in scheme.indicators if any(name in i.fields(stage) for stage in scheme.stages)
        ]
        what = "、".join(affected) or "拆分到学段的各项指标"
        header = load().field(name).header
        if len(rows) > 1 and source[name].isna().all():
            findings.append(
                _blank(name, "学校", f"“{header}”整列空白或缺少这一列，{what}无法判定", f"补填“{header}”列")
            )
            continue
        for row in rows:
            school = str(source.at[row, "school_name"])
            where = locate(row, name) if locate else "学校"
            findings.append(_blank(name, where, f"{school}的“{header}”空白，{what}无法判定", "补填该单元格", school))
    return findings


def _blank(name: str, where: str, problem: str, action: str, school: str = "") -> Finding:
    return Finding(
        Severity.WARNING, "unknown-value", where, problem, action=f"{action}；确为零的填 0", school=school, field=name
    )
