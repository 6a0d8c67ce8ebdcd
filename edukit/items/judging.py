"""Every item of a scheme against the evidence, as one table."""

from __future__ import annotations

import math
from collections.abc import Iterable

from edukit.items.evidence import Evidence
from edukit.items.kinds import KINDS, together
from edukit.outcome import Outcome
from edukit.schemes import Item

COLUMNS = ("id", "block", "name", "short", "unit", "value", "limit", "verdict", "evidence", "failing", "unknown")


def judge_items(items: Iterable[Item], evidence: Evidence) -> list[dict[str, object]]:
    """One row per item: all of its conditions must hold.

    Returns:
        Rows with the keys of :data:`COLUMNS`. ``value``, ``limit`` and ``unit`` are those of the deciding condition;
        ``evidence`` holds the sentences of all conditions; ``failing`` and ``unknown`` name schools or fields.
    """
    return [_row(item, evidence) for item in items]


def _row(item: Item, evidence: Evidence) -> dict[str, object]:
    outcomes = [
        KINDS[condition.kind](evidence, {"name": item.short, "item": item.id, **condition.settings})
        for condition in item.conditions
    ]
    shown = _decisive(outcomes)
    return {
        "id": item.id,
        "block": item.block,
        "name": item.name,
        "short": item.short,
        "unit": shown.unit,
        "value": shown.value,
        "limit": shown.limit,
        "verdict": together(outcomes).value,
        "evidence": "；".join(outcome.evidence for outcome in outcomes),
        "failing": [name for outcome in outcomes for name in outcome.failing],
        "unknown": [name for outcome in outcomes for name in outcome.unknown],
    }


def _decisive(outcomes: list[Outcome]) -> Outcome:
    verdict = together(outcomes)
    same = [outcome for outcome in outcomes if outcome.verdict is verdict]
    return next((outcome for outcome in same if not math.isnan(outcome.value)), same[0])
