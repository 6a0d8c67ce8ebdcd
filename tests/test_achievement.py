"""Differences between schools in local test scores: the worked example, the edges, and what must always hold."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edukit.achievement import ALL_EQUAL, COLUMNS, NO_SCORE, ONE_EACH, ONE_SCHOOL, estimates

EXAMPLE = {"A": [60, 70, 80], "B": [70, 75, 80, 85], "C": [50, 65, 80]}
"""Test vector 5 of the domain's standards."""

Scores = dict[str, list[float]]
points = st.integers(0, 200).map(lambda half: half / 2)
tests = st.dictionaries(st.sampled_from("甲乙丙丁戊"), st.lists(points, min_size=1, max_size=8), min_size=2)


def sheet(scores: Scores, grade: str = "四年级", subject: str = "数学") -> pd.DataFrame:
    rows = [(name, grade, subject, score) for name, own in scores.items() for score in own]
    return pd.DataFrame(rows, columns=["school_name", "test_grade", "test_subject", "score"])


def one(scores: Scores) -> pd.Series:
    found = estimates(sheet(scores))
    assert len(found) == 1 and list(found.columns) == COLUMNS
    return found.iloc[0]


def by_fractions(scores: Scores) -> tuple[Fraction, Fraction]:
    """Eta squared and the untruncated ICC from the sums of squares as a textbook writes them, exactly."""
    groups = [[Fraction(str(y)) for y in own] for own in scores.values()]
    n, k = sum(map(len, groups)), len(groups)
    grand = sum(map(sum, groups)) / n
    total = sum((y - grand) ** 2 for own in groups for y in own)
    within = sum((y - sum(own) / len(own)) ** 2 for own in groups for y in own)
    between = total - within
    msb, msw = between / (k - 1), within / (n - k)
    n0 = (n - Fraction(sum(len(own) ** 2 for own in groups), n)) / (k - 1)
    return between / total, (msb - msw) / (msb + (n0 - 1) * msw)


def test_the_worked_example() -> None:
    row = one(EXAMPLE)
    assert (row["n"], row["schools"], row["smallest"], row["mean"], row["reason"]) == (10, 3, 3, 71.5, "")
    assert row["n0"] == pytest.approx(3.3, rel=1e-14)
    # By hand: SSB = 3 x 1.5² + 4 x 6² + 3 x 6.5² = 277.5, SSW = 200 + 125 + 450 = 775, SST = 1052.5.
    assert row["eta2"] == pytest.approx(277.5 / 1052.5, rel=1e-14)
    assert row["eta2"] == pytest.approx(0.263658, abs=5e-7)
    assert row["icc"] == pytest.approx(0.071266, abs=5e-7)
    assert row["sd"] == pytest.approx(math.sqrt(27.75), rel=1e-14)
    assert row["sd"] == pytest.approx(5.267827, abs=5e-7)
    assert row["cv"] == pytest.approx(0.073676, abs=5e-7)


def test_the_three_forms_disagree_about_the_limit() -> None:
    row = one(EXAMPLE)
    assert row["eta2"] > 0.15 > row["cv"] > row["icc"]


def test_a_negative_share_is_none() -> None:
    row = one({"甲": [0, 100], "乙": [0, 100], "丙": [1, 99]})
    assert row["icc"] == 0 and row["eta2"] == 0


def test_all_of_it_lies_between_the_schools() -> None:
    row = one({"甲": [60, 60], "乙": [80, 80, 80]})
    assert (row["eta2"], row["icc"]) == (1, 1)


@pytest.mark.parametrize(
    ("scores", "known", "reason"),
    [
        ({"甲": [60.0, 70.0]}, {"mean": 65}, ONE_SCHOOL),
        ({"甲": [60.0], "乙": [80.0]}, {"mean": 70, "sd": 10, "cv": 1 / 7, "n0": 1}, ONE_EACH),
        ({"甲": [70.1] * 3, "乙": [70.1] * 2}, {"mean": 70.1, "sd": 0, "cv": 0, "n0": 2.4}, ALL_EQUAL),
        ({"甲": [0.0] * 3, "乙": [0.0] * 2}, {"mean": 0, "sd": 0, "n0": 2.4}, ALL_EQUAL),
        ({"甲": [math.nan], "乙": [math.nan]}, {}, NO_SCORE),
    ],
    ids=["one school", "one pupil each", "all equal", "all nought", "all absent"],
)
def test_what_cannot_be_told_is_unknown_and_says_why(scores: Scores, known: dict[str, float], reason: str) -> None:
    row = one(scores)
    assert row["reason"] == reason
    numbers = row[["mean", "eta2", "icc", "n0", "sd", "cv"]].astype(float).dropna()
    assert numbers.to_dict() == pytest.approx(known)


def test_a_blank_score_is_absence_and_never_nought() -> None:
    with_blank = one({**EXAMPLE, "A": [60, math.nan, 70, 80], "D": [math.nan]})
    assert (with_blank["n"], with_blank["absent"], with_blank["schools"]) == (10, 2, 3)
    pd.testing.assert_series_equal(with_blank.drop("absent"), one(EXAMPLE).drop("absent"), check_names=False)


def test_scores_without_a_school_or_of_others_are_counted_and_left_out() -> None:
    more = pd.concat([sheet(EXAMPLE), sheet({"Z": [0.0, 1.0]}), sheet({"?": [5.0]})])
    more["school_name"] = more["school_name"].replace({"?": None})
    row = estimates(more, schools={"A", "B", "C"}).iloc[0]
    assert (row["n"], row["unplaced"], row["left_out"]) == (10, 1, 2)
    assert row["eta2"] == one(EXAMPLE)["eta2"]


def test_each_grade_and_subject_is_by_itself_in_the_order_given() -> None:
    both = pd.concat(
        [sheet(EXAMPLE, subject="语文"), sheet(EXAMPLE, "八年级"), sheet({"A": [1.0, 2.0]}, "八年级", "英语")]
    )
    found = estimates(both)
    assert found[["grade", "subject"]].to_numpy().tolist() == [
        ["四年级", "语文"],
        ["八年级", "数学"],
        ["八年级", "英语"],
    ]
    assert found["eta2"].iloc[0] == found["eta2"].iloc[1] and math.isnan(found["eta2"].iloc[2])


def test_no_scores_give_no_rows() -> None:
    assert estimates(sheet({})).empty and list(estimates(pd.DataFrame()).columns) == COLUMNS


@given(tests)
def test_the_textbook_says_the_same(scores: Scores) -> None:
    values = [y for own in scores.values() for y in own]
    assume(len(set(values)) > 1 and len(values) > len(scores))
    row, (eta2, icc) = one(scores), by_fractions(scores)
    assert 0 <= row["eta2"] <= 1 and 0 <= row["icc"] <= 1
    assert row["eta2"] == pytest.approx(float(eta2), rel=1e-9, abs=1e-12)
    assert row["icc"] == pytest.approx(max(0.0, float(icc)), rel=1e-9, abs=1e-9)


@given(tests, st.floats(0.01, 100), st.integers(-1000, 1000))
def test_neither_scale_nor_shift_nor_the_order_of_schools_matters(scores: Scores, factor: float, shift: int) -> None:
    moved = {name: [y * factor + shift for y in own] for name, own in reversed(scores.items())}
    for name in ("eta2", "icc"):
        before, after = one(scores)[name], one(moved)[name]
        assert after == pytest.approx(before, rel=1e-6, abs=1e-9, nan_ok=True)


@given(tests, st.floats(0.01, 100))
def test_the_spread_of_means_grows_with_the_scale_and_its_share_of_the_mean_stays(
    scores: Scores, factor: float
) -> None:
    before, after = one(scores), one({name: [y * factor for y in own] for name, own in scores.items()})
    assert after["sd"] == pytest.approx(before["sd"] * factor, rel=1e-9, abs=1e-9)
    assert after["cv"] == pytest.approx(before["cv"], rel=1e-9, abs=1e-9, nan_ok=True)


@given(tests)
def test_the_order_of_pupils_does_not_matter(scores: Scores) -> None:
    rows = sheet(scores)
    mixed = rows.sample(frac=1, random_state=np.random.default_rng(len(rows)))
    for name in ("eta2", "icc", "sd"):
        assert estimates(mixed)[name].iloc[0] == pytest.approx(one(scores)[name], rel=1e-9, abs=1e-9, nan_ok=True)
