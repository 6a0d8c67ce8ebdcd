"""Every item of a scheme against the evidence, as one table."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from edukit.items.evidence import Evidence
from edukit.items.kinds import KINDS
from edukit.items.limits import judge_school_items
from edukit.items.marks import earned
from edukit.items.told import decisive, together
from edukit.schemes import Item, Scheme

COLUMNS = (
    "id",
    "block",
    "name",
    "short",
    "unit",
    "value",
    "limit",
    "verdict",
    "evidence",
    "failing",
    "unknown",
    "marks",
    "earned_low",
    "earned_high",
)


def judged(scheme: Scheme, evidence: Evidence) -> pd.DataFrame:
    """Every item that the scheme asks for in the year of the evidence, in the scheme's order, with :data:`COLUMNS`."""
    rows = [*judge_school_items(scheme.school_items, evidence), *judge_items(scheme.items, evidence)]
    order = {item.id: position for position, item in enumerate(scheme.all_items)}
    return pd.DataFrame(sorted(rows, key=lambda row: order[str(row["id"])]), columns=list(COLUMNS))


def judge_items(items: Iterable[Item], evidence: Evidence) -> list[dict[str, object]]:
    """One row per item that is asked for in the year: all of its conditions must hold.

    Returns:
        Rows with the keys of :data:`COLUMNS`. ``value``, ``limit`` and ``unit`` are those of the deciding condition;
        ``evidence`` holds the sentences of all conditions; ``failing`` and ``unknown`` name schools or fields;
        ``marks`` are the item's full marks, ``earned_low`` and ``earned_high`` what it earns of them (NaN without).
    """
    return [_row(item, evidence) for item in items if item.asked_in(evidence.year)]


def _row(item: Item, evidence: Evidence) -> dict[str, object]:
    outcomes = [
        KINDS[condition.kind](evidence, {"name": item.short, "item": item.id, **condition.settings})
        for condition in item.conditions
    ]
    shown, verdict = decisive(outcomes), together(outcomes)
    marks, problem = earned(item.id, item.marks, verdict, evidence)
    return {
        "id": item.id,
        "block": item.block,
        "name": item.name,
        "short": item.short,
        "unit": shown.unit,
        "value": shown.value,
        "limit": shown.limit,
        "verdict": verdict.value,
        "evidence": "；".join([*(outcome.evidence for outcome in outcomes), *([problem] if problem else [])]),
        "failing": [name for outcome in outcomes for name in outcome.failing],
        "unknown": [name for outcome in outcomes for name in outcome.unknown],
        **marks,
    }
