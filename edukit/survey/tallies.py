"""Tallies by group and theme, from single answers or from the numbers of the sheet 县级."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from edukit import dictionary
from edukit.survey.rule import ANSWERS, SurveyRule

PARENTS = "家长"
GROUPS: Mapping[str, str] = {
    "pupils": "学生",
    "parents": PARENTS,
    "teachers": "教师",
    "heads": "校长",
    "deputies": "人大代表",
    "advisers": "政协委员",
    "others": "其他群众",
}
"""The groups of the fields ``survey_n_*`` of the sheet 县级, with the name a reader sees."""
OVERALL, UNNAMED = "总体", "未注明"
"""The theme of a survey with one question; the group or theme of answers that name none."""
COLUMNS = ("group", "theme", "n", "satisfied", "answers", "unknown")


def tallies_of_answers(frame: pd.DataFrame, rule: SurveyRule) -> pd.DataFrame:
    """Single answers (group, theme, answer; text or NaN) counted by group and theme.

    Returns:
        Columns :data:`COLUMNS`, groups in the dictionary's order, themes as they first appear. A blank answer, or one
        that the rule does not list, counts as ``unknown`` and never as unsatisfied.
    """
    scale = {dictionary.plain(text): key for key in ANSWERS for text in getattr(rule, key)}
    kind = frame["answer"].map(lambda text: scale.get(dictionary.plain(text), "unknown"), na_action="ignore")
    kind = kind.astype(object).fillna("unknown")
    one_theme = frame["theme"].isna().all()
    marked = pd.DataFrame(
        {
            "group": frame["group"].astype(object).fillna(UNNAMED),
            "theme": frame["theme"].astype(object).fillna(OVERALL if one_theme else UNNAMED),
            "n": kind.isin(["satisfied", "unsatisfied", *(["unsure"] if rule.count_unsure else [])]),
            "satisfied": kind == "satisfied",
            "answers": True,
            "unknown": kind == "unknown",
        }
    )
    themes = list(dict.fromkeys(marked["theme"]))
    counted = marked.groupby(["group", "theme"], as_index=False, sort=False).sum()
    order = ordered(counted["group"])
    rank = counted["group"].map(order.index) * (len(themes) + 1) + counted["theme"].map(themes.index)
    counted = counted.iloc[np.argsort(rank.to_numpy(dtype=float), kind="stable")].reset_index(drop=True)
    return counted.astype(dict.fromkeys(COLUMNS[2:], float))[list(COLUMNS)]


def tallies_of_county(row: pd.Series) -> pd.DataFrame:
    """The fields survey_n_* and survey_satisfied_* of one row of the sheet 县级 as tallies.

    A group with both fields blank was not asked and has no row; parents always have one, since without their number
    their share is unknown.
    """
    entries = []
    for key, group in GROUPS.items():
        n, satisfied = (float(row.get(f"survey_{part}_{key}", math.nan)) for part in ("n", "satisfied"))
        if group == PARENTS or not (math.isnan(n) and math.isnan(satisfied)):
            entries.append((group, OVERALL, n, satisfied, n, 0.0))
    return pd.DataFrame(entries, columns=list(COLUMNS))


def ordered(groups: pd.Series) -> list[str]:
    """Groups in the dictionary's order, others behind by name."""
    there, known = set(groups), dictionary.load().field("group").choices
    return [group for group in known if group in there] + sorted(there - set(known))
