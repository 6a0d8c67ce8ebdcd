"""Estimates of the difference between schools (校际差异率) of a case, beside what the national monitoring delivered."""

from __future__ import annotations

import math

import pandas as pd

from edukit import achievement
from edukit.case import Case
from edukit.dictionary import load
from edukit.groups import least_shown
from edukit.topics.asked import settings_of

SHEET = "测试成绩"
FORMS = {"eta2": "η²", "icc": "ICC", "cv": "S/M"}
"""The three forms with the sign that a report prints."""


def estimates(case: Case) -> pd.DataFrame:
    """The three estimates by grade and subject; empty where no scores were given.

    Returns:
        The columns of :func:`edukit.achievement.estimates`; delivered (the monitoring's own rate from the sheet 县级,
        NaN where it has none), few (fewer scores than may be shown: then all estimates are NaN), limit (what the
        scheme asks the rate to stay below, NaN where it asks nothing), agree (whether all three known forms lie on
        the same side of the limit; None where fewer than two are known).
    """
    found = achievement.estimates(case.book.frames.get(SHEET, pd.DataFrame()), schools=_names(case))
    settings = settings_of(case, "monitored")
    limit = math.nan if settings is None else float(settings["below"])
    numbers = {field.header: field.name for field in load().of_sheet("县级") if field.name.startswith("qual_diff_")}
    heads = (found["grade"] + found["subject"] + "校际差异率") if len(found) else pd.Series(dtype=object)
    found["delivered"] = [case.now.evidence.number(numbers[head]) if head in numbers else math.nan for head in heads]
    found["few"] = [n < least_shown() for n in found["n"]]
    shown = ["mean", "eta2", "icc", "n0", "sd", "cv"]
    found[shown] = found[shown].astype(float).mask(found["few"].astype(bool))
    found["limit"] = limit
    found["agree"] = [_agree([row[form] for form in FORMS], limit) for row in found.to_dict("records")]
    return found


def _names(case: Case) -> set[str]:
    return set(case.now.evidence.schools["school_name"].dropna())


def _agree(values: list[float], limit: float) -> bool | None:
    sides = {value < limit for value in values if not math.isnan(value)}
    known = sum(not math.isnan(value) for value in values)
    return None if known < 2 or math.isnan(limit) else len(sides) == 1
