"""Verdicts with three values: a rule is met, not met, or cannot be told from the data."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What a rule says about a school, an indicator, an item or a county."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"

    @property
    def label(self) -> str:
        """The word a reader sees: 达标, 未达标 or 无法判定."""
        return {"met": "达标", "not_met": "未达标", "undetermined": "无法判定"}[self.value]


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Whether all hold: one that fails decides, else one unknown leaves it open; nothing to judge is open too.

    >>> str(all_of([Verdict.MET, Verdict.UNDETERMINED]))
    'undetermined'
    >>> str(all_of([Verdict.NOT_MET, Verdict.UNDETERMINED]))
    'not_met'
    """
    seen = set(verdicts)
    if Verdict.NOT_MET in seen:
        return Verdict.NOT_MET
    return Verdict.MET if seen == {Verdict.MET} else Verdict.UNDETERMINED
