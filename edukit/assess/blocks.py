"""The blocks of a scheme: how the verdicts and marks of their items are taken together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction

import pandas as pd

from edukit.exact import fraction
from edukit.findings import Finding, Severity
from edukit.schemes import Block, Item, Scheme, SchoolItem
from edukit.verdict import Verdict, all_of

RESOURCES, ALL = "resources", "all"
"""What a verdict is about, see :attr:`edukit.assess.Assessment.scope`."""

COLUMNS = (
    "name rule verdict n_items n_met n_not_met n_unknown earned_low earned_high limit counts note".split()
)  # fmt: skip
ON_MAIN_SHEET = frozenset(
    "class_sizes small_school_funds large_schools units_met each_unit urban_rural school_count fewer".split()
)
"""Kinds of conditions that the 学校 sheet alone can settle (with the largest class, or where no school is small)."""


def blocks(parts: Mapping[str, Verdict], items: pd.DataFrame, scheme: Scheme, year: int) -> pd.DataFrame:
    """One row per block, the indicators' first; see :attr:`edukit.assess.Assessment.blocks`."""
    rows = []
    if scheme.school_block:
        own = [parts["schools"]] if "schools" in parts else []
        note = "" if own else "“办学标准”表没有填写本省的办学基本标准，不能逐校核对"
        rows.append(_row(Block(scheme.school_block, note=note), own))
    rest = [verdict for name, verdict in parts.items() if not (scheme.school_block and name == "schools")]
    rows.append(_row(Block(scheme.resource_block), rest))
    for block in scheme.blocks:
        asked = items[items["block"] == block.name]
        if len(asked):
            rows.append(_marked(block, asked) if block.rule == "marks" else _row(block, asked["verdict"]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(block: Block, verdicts: Iterable[str]) -> dict[str, object]:
    found = [Verdict(verdict) for verdict in verdicts]
    return {
        "name": block.name,
        "rule": block.rule,
        "verdict": all_of(found).value,
        "n_items": len(found),
        "n_met": found.count(Verdict.MET),
        "n_not_met": found.count(Verdict.NOT_MET),
        "n_unknown": found.count(Verdict.UNDETERMINED),
        "earned_low": math.nan,
        "earned_high": math.nan,
        "limit": math.nan,
        "counts": block.counts,
        "note": block.note,
    }


def _marked(block: Block, items: pd.DataFrame) -> dict[str, object]:
    """Marks earned for certain, and at most; the block passes where even the first reach the pass mark."""
    low, high = (sum(map(fraction, items[column]), Fraction(0)) for column in ("earned_low", "earned_high"))
    limit = fraction(block.pass_mark or math.nan)
    verdict = Verdict.MET if low >= limit else Verdict.NOT_MET if high < limit else Verdict.UNDETERMINED
    marks = {"earned_low": float(low), "earned_high": float(high), "limit": block.pass_mark}
    return {**_row(block, items["verdict"]), **marks, "verdict": verdict.value}


def scope(items: pd.DataFrame, scheme: Scheme) -> str:
    """``all`` as soon as the data settle a single item that the 学校 sheet does not carry, else ``resources``."""
    beyond = [item.id for item in scheme.all_items if not _on_main_sheet(item)]
    decided = items.loc[items["id"].isin(beyond), "verdict"] != Verdict.UNDETERMINED.value
    return ALL if decided.any() else RESOURCES


def scope_finding(of: str, scheme: Scheme) -> list[Finding]:
    """Says to machines and readers that the verdict is about the indicators alone, where it is."""
    if of == ALL or not scheme.all_items:
        return []
    problem = f"数据没有涉及{scheme.resource_block}以外的方面，结论只就{scheme.resource_block}作出"
    action = "要得到完整结论，补填“县级”“学校补充”“核查结论”等工作表"
    return [Finding(Severity.INFO, "scope", "工作簿", problem, action=action)]


def _on_main_sheet(item: Item | SchoolItem) -> bool:
    return isinstance(item, SchoolItem) or {condition.kind for condition in item.conditions} <= ON_MAIN_SHEET
