"""A small county with every sheet that the chapters on survey, money, seats, classes and scores read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

import county as made
from edukit.assess import Assessment, assess
from edukit.case import Case
from edukit.schemes import load_scheme
from edukit.workbook import Workbook

QUALITY, BASIC, SEATS = "quality-2017", "basic-2012", "guangdong-city"
SCORES = {"城关小学": [60, 70, 80], "河东小学": [70, 75, 80, 85], "甲村小学": [50, 65, 80]}


def bands(stage: str, **classes: int) -> made.Row:
    """Bands of a stage by the end of their name (``le25``, ``56_60``), all others empty; with the number of classes."""
    names = "le25 26_30 31_35 36_40 41_45 46_50 51_55 56_60 61_65 ge66".split()
    assert set(classes) <= {name.replace("_", "") for name in names} | set(names)
    row: made.Row = {f"classes_{name}_{stage}": classes.get(name, 0) for name in names}
    return row | {f"classes_{stage}": sum(classes.values())}


def schools() -> list[made.Row]:
    """Three primary schools and a junior one; classes above 45, above 55 and above 65; a village school of 60."""
    money = {"funds_budget": 60.0, "train_budget": 3.0}
    return [
        made.primary("城关小学", 600, urban_type="城区", max_class_primary=67, approved_places_primary=700,
                     boarders_primary=10, special_pupils_primary=20, **money,
                     **bands("primary", **{"36_40": 5, "46_50": 3, "56_60": 2, "ge66": 1})),
        made.primary("河东小学", 350, urban_type="镇区", max_class_primary=45, designed_classes_primary=12,
                     boarders_primary=0, special_pupils_primary=12, funds_budget=40.0, train_budget=1.96,
                     **bands("primary", **{"41_45": 8})),
        made.primary("甲村小学", 60, urban_type="乡村", max_class_primary=12, boarders_primary=0,
                     special_pupils_primary=0, funds_budget=6.5, train_budget=0.325,
                     **bands("primary", le25=6)),
        made.junior("城关中学", 700, urban_type="城区", max_class_junior=52, designed_classes_junior=16,
                    boarders_junior=100, special_pupils_junior=14, funds_budget=80.0, train_budget=4.0,
                    **bands("junior", **{"46_50": 13, "51_55": 1})),
    ]  # fmt: skip


def years(last: int = 2020) -> pd.DataFrame:
    """Four years of the sheet 县级; in the third the wage falls, in the last revenue outgrows appropriations."""
    rows: list[dict[str, Any]] = [
        {"edu_alloc": 1000.0, "revenue_recurrent": 5000.0, "wage": 70000.0, "edu_exp": 1100.0},
        {"edu_alloc": 1100.0, "revenue_recurrent": 5100.0, "wage": 72000.0, "edu_exp": 1100.0},
        {"edu_alloc": 1200.0, "revenue_recurrent": 5200.0, "wage": 71000.0, "edu_exp": 1150.0},
        {"edu_alloc": 1210.0, "revenue_recurrent": 5400.0, "wage": 75000.0, "edu_exp": 1200.0},
    ]
    for i, row in enumerate(rows):
        row |= {"edu_exp_pp": 12000.0 + 100 * i, "year": last - 3 + i, "population": 2.5, "births": 250 + i}
        row |= {
            f"{name}_{stage}": 9000.0 + 100 * i for name in ("exp_pp", "funds_pp") for stage in ("primary", "junior")
        }
    rows[-1] |= {"norm_primary": 650.0, "norm_junior": 850.0, "norm_boarding": 200.0, "norm_special": 6000.0}
    rows[-1] |= {"wage_teacher": 8.0, "wage_civil": 8.0, "urban_residents": 1.5}
    rows[-1] |= {"survey_sent": 130, "survey_returned": 125, "survey_valid": 120, "qual_diff_maths_primary": 0.12}
    return pd.DataFrame(rows)


def answers(unhappy: int = 10) -> pd.DataFrame:
    """Answers to one theme: 60 pupils, 56 parents of whom some are unhappy, and four heads who are all happy."""
    rows = [("学生", "满意")] * 60 + [("家长", "不满意")] * unhappy + [("家长", "满意")] * (56 - unhappy)
    rows += [("校长", "满意")] * 4
    return pd.DataFrame(rows, columns=["group", "answer"]).assign(theme="总体评价", school_name=None)


def scores() -> pd.DataFrame:
    """The worked example of the standards as a test of grade four."""
    rows = [(name, "四年级", "数学", float(score)) for name, own in SCORES.items() for score in own]
    return pd.DataFrame(rows, columns=["school_name", "test_grade", "test_subject", "score"])


def judged(
    rows: list[made.Row], scheme: str, year: int, before: Assessment | None = None, **sheets: pd.DataFrame
) -> Case:
    """A case from rows and other sheets by name."""
    frame = made.frame(rows)
    now = assess(frame, load_scheme(scheme), code="210903", county="新邱区", year=year, sheets=sheets, before=before)
    book = cast(Workbook, SimpleNamespace(frames=sheets, schools=frame))
    return Case(now=now, book=book, before=before)


def full(scheme: str = QUALITY, rows: list[made.Row] | None = None, **changed: pd.DataFrame) -> Case:
    """The county with every sheet; single sheets can be given otherwise."""
    last = schools()
    last[0] |= bands("primary", **{"36_40": 5, "46_50": 2, "56_60": 2, "ge66": 3})
    last[0] |= {"max_class_primary": 68}
    before = judged(last, scheme, 2019).now
    sheets = {"县级": years(), "问卷": answers(), "测试成绩": scores()} | changed
    return judged(rows or schools(), scheme, 2020, before, **sheets)


def empty(scheme: str = QUALITY) -> Case:
    """The county with the sheet 学校 alone, and without class sizes."""
    blank = {f"max_class_{stage}": None for stage in ("primary", "junior")}
    return judged([made.primary("甲校") | blank, made.junior("乙校") | blank], scheme, 2020)
