"""Items that put a limit on a number of every school: size by school type, largest class by stage."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from edukit import schools
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.items.evidence import Evidence
from edukit.items.marks import earned
from edukit.items.when import fields, first_that_matches, unknown_fields
from edukit.schemes import SchoolItem
from edukit.verdict import Verdict


def judge_school_items(items: Iterable[SchoolItem], evidence: Evidence) -> list[dict[str, object]]:
    """One row per item that limits a number of every school or unit: size, largest class."""
    return [_school_item(item, evidence) for item in items]


def _school_item(item: SchoolItem, evidence: Evidence) -> dict[str, object]:
    measured = _limited(item, _measured(item, evidence), evidence)
    number, limit, most = measured["number"], measured["limit"], measured["most"]
    over = measured[number > most]
    # Above the ordinary limit but within the relaxed one: open as long as it is not known which one holds.
    open_ = measured[(number > limit) & ~(number > most)]
    blank = measured[number.isna()]
    verdict = (
        Verdict.NOT_MET
        if len(over)
        else Verdict.UNDETERMINED
        if len(blank) or len(open_) or measured.empty
        else Verdict.MET
    )
    asked = "所学校" if item.measure == "pupils" else "个学段单位"
    sentences = [
        f"{row['label']}{row['number']:g}{item.unit}（上限{row['most']:g}{item.unit}）" for row in records(over)
    ]
    sentences += [
        f"{row['label']}{row['number']:g}{item.unit}，上限为{row['limit']:g}{item.unit}或{row['most']:g}{item.unit}，"
        f"缺{row['lacks']}"
        for row in records(open_)
    ]
    if len(blank):
        sentences.append(f"缺数据：{'、'.join(blank['label'])}")
    marks, problem = earned(item.id, item.marks, verdict, evidence)
    text = "；".join(sentences) or f"{len(measured)}{asked}均符合"
    return {
        "id": item.id,
        "block": item.block,
        "name": item.name,
        "short": item.short,
        "unit": item.unit,
        "value": float(number.max()) if len(measured) else math.nan,
        "limit": float(limit.max()) if len(measured) else math.nan,
        "verdict": verdict.value,
        "evidence": f"{text}；{problem}" if problem else text,
        "failing": list(over["label"]),
        "unknown": [*blank["label"], *(f"{row['label']}（缺{row['lacks']}）" for row in records(open_))],
        **marks,
    }


def _measured(item: SchoolItem, evidence: Evidence) -> pd.DataFrame:
    """The schools or units with their number, the limit of their type or stage, and what they are called."""
    units, source = evidence.units, evidence.schools
    rows = units["row"].to_numpy()
    if item.measure == "pupils":
        pupils = schools.stage_pupils(source)[list(STAGES)].sum(axis=1, skipna=False)
        measured = units.assign(number=pupils.loc[rows].to_numpy(), key=units["type"]).drop_duplicates("row")
        return measured.assign(label=measured["school"])
    numbers = np.full(len(units), np.nan)
    for stage in units["stage"].unique():
        here = (units["stage"] == stage).to_numpy()
        numbers[here] = source[item.measure.replace("{stage}", stage)].loc[rows[here]]
    label = units["school"] + "（" + units["stage"].map(STAGES) + "）"
    return units.assign(number=numbers, key=units["stage"], label=label)


def _limited(item: SchoolItem, measured: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """The strictest and the mildest limit that may hold for each, the same where it is certain; and what is unknown."""
    ordinary = measured["key"].map(item.limit).astype(float)
    if not item.relaxed:
        return measured.assign(limit=ordinary, most=ordinary, lacks="")
    least, most, lacks = [], [], []
    schools = evidence.looked_up(fields(item.relaxed))
    for row, key, base in zip(measured["row"], measured["key"], ordinary, strict=True):
        school = schools[row]
        rules, base_too = first_that_matches(school, item.relaxed)
        limits = [float(rule["limit"].get(key, base)) for rule in rules] + ([base] if base_too else [])
        least.append(min(limits))
        most.append(max(limits))
        blank = [name for rule in rules for name in unknown_fields(school, rule["when"])]
        lacks.append("、".join(dict.fromkeys(blank)))
    return measured.assign(limit=least, most=most, lacks=lacks)
