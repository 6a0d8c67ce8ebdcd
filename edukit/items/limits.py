"""Items that put a limit on a number of every school: size by school type, largest class by stage."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from edukit import schools
from edukit.dictionary import STAGES
from edukit.items.evidence import Evidence
from edukit.schemes import SchoolItem
from edukit.verdict import Verdict


def judge_school_items(items: Iterable[SchoolItem], evidence: Evidence) -> list[dict[str, object]]:
    """One row per item that limits a number of every school or unit: size, largest class."""
    return [_school_item(item, evidence.units, evidence.schools) for item in items]


def _school_item(item: SchoolItem, units: pd.DataFrame, source: pd.DataFrame) -> dict[str, object]:
    rows = units["row"].to_numpy()
    if item.measure == "pupils":
        pupils = schools.stage_pupils(source)[list(STAGES)].sum(axis=1, skipna=False)
        measured = units.assign(number=pupils.loc[rows].to_numpy())
        measured = measured.assign(limit=measured["type"].map(item.limit).astype(float)).drop_duplicates("row")
        measured["label"] = measured["school"]
    else:
        numbers = np.full(len(units), np.nan)
        for stage in units["stage"].unique():
            here = (units["stage"] == stage).to_numpy()
            numbers[here] = source[item.measure.replace("{stage}", stage)].loc[rows[here]]
        measured = units.assign(number=numbers, limit=units["stage"].map(item.limit))
        measured["label"] = measured["school"] + "（" + measured["stage"].map(STAGES) + "）"
    over = measured[measured["number"] > measured["limit"]]
    unknown = measured[measured["number"].isna()]
    verdict = Verdict.NOT_MET if len(over) else Verdict.UNDETERMINED if len(unknown) or measured.empty else Verdict.MET
    asked = "所学校" if item.measure == "pupils" else "个学段单位"
    evidence = [f"{row.label}{row.number:g}{item.unit}（上限{row.limit:g}{item.unit}）" for row in over.itertuples()]
    if len(unknown):
        evidence.append(f"缺数据：{'、'.join(unknown['label'])}")
    return {
        "id": item.id,
        "block": "政府保障程度",
        "name": item.name,
        "short": item.short,
        "unit": item.unit,
        "value": float(measured["number"].max()) if len(measured) else np.nan,
        "limit": float(measured["limit"].max()) if len(measured) else np.nan,
        "verdict": verdict.value,
        "evidence": "；".join(evidence) or f"{len(measured)}{asked}均符合",
        "failing": list(over["label"]),
        "unknown": list(unknown["label"]),
    }
