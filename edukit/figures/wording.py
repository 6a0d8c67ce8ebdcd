"""Words that several figures share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from edukit import formats
from edukit.dictionary import STAGES
from edukit.schemes import Indicator, Scheme
from edukit.style import VERDICT_MARKS
from edukit.verdict import Verdict

MET, NOT_MET, UNDETERMINED = (verdict.value for verdict in Verdict)
FLOOR = "floor"


def marked(text: str, state: str) -> str:
    """A text with the mark of its state behind it; unchanged where there is no verdict."""
    return f"{text} {VERDICT_MARKS[state]}" if state else text


def limit_text(value: float) -> str:
    """A limit with two decimals, or more where it has more.

    >>> limit_text(0.5), limit_text(0.455)
    ('0.50', '0.455')
    """
    brief = formats.plain(value)
    return brief if "." in brief and len(brief.partition(".")[2]) > 2 else formats.decimal(value, 2)


def standard_text(indicator: Indicator, stage: str) -> str:
    """The threshold of a stage with its unit, e.g. ``4.2人/百人``; empty where there is none."""
    threshold = indicator.threshold.get(stage, math.nan)
    return "" if math.isnan(threshold) else f"{formats.plain(threshold)}{indicator.unit}"


def stage_names(stages: Sequence[str]) -> str:
    """小学、初中, as far as they are given."""
    return "、".join(STAGES[stage] for stage in stages)


def has_thresholds(scheme: Scheme) -> bool:
    """Whether the scheme sets standards that a school must reach."""
    return any(indicator.threshold for indicator in scheme.indicators)


def state_of(verdict: str, below_floor: bool, floor: float) -> str:
    """The state that a cell is shown in: a verdict, or ``floor`` between the floor and the threshold."""
    between = verdict == NOT_MET and not below_floor and not math.isnan(floor)
    return FLOOR if between else verdict


def states_of(cells: pd.DataFrame) -> pd.Series:
    """The states of many cells, see :func:`state_of`."""
    between = (cells["verdict"] == NOT_MET) & ~cells["below_floor"].astype(bool) & cells["floor"].notna()
    return cells["verdict"].mask(between, FLOOR)


def state_words(scheme: Scheme) -> dict[str, str]:
    """What a reader reads for each state of a cell."""
    words = {MET: "达标", NOT_MET: "未达标", UNDETERMINED: "无法判定"}
    if rule := scheme.school_rule:
        share = f"标准的{rule.floor_share:.0%}"
        words[FLOOR] = f"未达标，不低于{share}"
        words[NOT_MET] = f"未达标，低于{share}" if rule.floor_share < 1 else words[NOT_MET]
    return words


def share_text(ratio: float) -> str:
    """A ratio to a standard in whole percent, with decimals where it would otherwise look like 100 %.

    >>> share_text(0.9984), share_text(1.0), share_text(0.4)
    ('99.8%', '100%', '40%')
    """
    return f"{formats.beside(ratio * 100, 100, 0)}%"
