"""Enrolment in the years to come, by hand; and what fails first if nothing is done."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county import Row, judge, junior, nine_year, primary
from edukit.assess import Assessment
from edukit.outlook import outlook
from edukit.projection import COHORT, GROWTH, UNKNOWN, Projection, projection


def graded(row: Row, stage: str, *counts: float, **more: Any) -> Row:
    """A school with its pupils by grade, blank where it has no such grade."""
    own = {f"grade{i}_{stage}": count for i, count in enumerate(counts, start=1)}
    return {**row, **own, f"pupils_{stage}": sum(counts), **more}


def year(y: int, rows: list[Row], births: dict[int, float] | None = None) -> Assessment:
    county = pd.DataFrame({"year": list(births), "births": list(births.values())}) if births else pd.DataFrame()
    return judge(rows, year=y, sheets={"县级": county})


def at(found: Projection, school: str, y: int, stage: str = "primary") -> tuple[float, float]:
    own = found.enrolment
    own = own[(own["school"] == school) & (own["year"] == y) & (own["stage"] == stage)]
    assert len(own) == 1
    return own["low"].iloc[0], own["high"].iloc[0]


THREE = [
    year(2018, [graded(primary("甲"), "primary", 100, 100, 100, 100, 100, 100)], {2012: 100, 2013: 120}),
    year(2019, [graded(primary("甲"), "primary", 120, 100, 90, 100, 100, 100)]),
    year(2020, [graded(primary("甲"), "primary", 60, 120, 100, 90, 100, 100)], {2014: 100, 2015: 200}),
]
"""From the second to the third grade a tenth was once lost (100 → 90); entries are 1.0, 1.0 and 0.6 of the births."""


def test_cohorts_by_hand() -> None:
    found = projection(THREE, 2021)
    ratio = found.ratios.set_index("grade")
    assert ratio.loc[2, ["low", "high", "pairs"]].tolist() == [1, 1, 2]
    assert ratio.loc[3, ["low", "high", "pairs"]].tolist() == [0.9, 1, 2]
    # Entry: 200 born in 2015 times 0.6 to 1.0. Then 60, 120 x 0.9 to 1.0, 100, 90, 100.
    assert at(found, "甲", 2021) == pytest.approx((120 + 60 + 108 + 100 + 90 + 100, 200 + 60 + 120 + 100 + 90 + 100))
    assert at(found, "甲", 2020) == (570, 570)
    assert set(found.enrolment["method"]) == {COHORT}


def test_without_births_the_first_grades_on_record_bound_the_entry() -> None:
    found = projection(THREE, 2022)  # nobody gave the births of 2016
    low, high = at(found, "甲", 2022)
    # 2021: 120 or 200 entered, 60 in the second grade; 2022: 60 to 120 enter.
    assert low == pytest.approx(60 + 120 + 60 * 0.9 + 108 + 100 + 90)
    assert high == pytest.approx(120 + 200 + 60 + 120 + 100 + 90)
    assert any("2022年小学新生没有可用的出生人口" in note for note in found.notes)


def test_new_first_graders_go_where_they_go_now() -> None:
    schools = [graded(primary("甲"), "primary", 30, 30), graded(primary("乙"), "primary", 10, 50)]
    found = projection([year(2020, schools, {2014: 40, 2015: 80})], 2021)
    assert at(found, "甲", 2021) == (60 + 30, 60 + 30)
    assert at(found, "乙", 2021) == (20 + 10, 20 + 10)
    assert found.county[found.county["year"] == 2021][["low", "high"]].iloc[0].tolist() == [120, 120]
    assert any("没有连续两年的数据" in note for note in found.notes)


def test_leavers_of_primary_schools_enter_the_junior_schools() -> None:
    """Five primary and four junior grades; 40 of the 50 who left in 2019 came."""
    before = [graded(primary("小"), "primary", 60, 60, 60, 60, 50, 0), graded(junior("中"), "junior", 50, 40, 40, 40)]
    now = [graded(primary("小"), "primary", 60, 60, 60, 60, 60, 0), graded(junior("中"), "junior", 40, 50, 40, 40)]
    found = projection([year(2019, before), year(2020, now)], 2021)
    entry = found.ratios[(found.ratios["stage"] == "junior") & (found.ratios["grade"] == 1)].iloc[0]
    assert (entry["low"], entry["high"]) == (0.8, 0.8)
    assert at(found, "中", 2021, "junior") == pytest.approx((48 + 40 + 50 + 40, 48 + 40 + 50 + 40))


def test_without_grades_the_stage_grows_as_it_did() -> None:
    years = [year(y, [primary("甲", n), junior("乙", 300)]) for y, n in ((2018, 400), (2019, 500), (2020, 550))]
    found = projection(years, 2022)
    assert at(found, "甲", 2022) == pytest.approx((550 * 1.1**2, 550 * 1.25**2))
    assert set(found.enrolment["method"]) == {GROWTH}
    assert "小学没有分年级在校生数的1所：甲，按全县该学段在校生逐年变化推算。" in found.notes


def test_what_nobody_knows_stays_unknown() -> None:
    found = projection([year(2020, [primary("甲", 400), graded(primary("乙"), "primary", 50, 50)])], 2021)
    assert all(map(math.isnan, at(found, "甲", 2021)))
    assert at(found, "乙", 2021) == (100, 100)
    assert found.enrolment.set_index("school").at["甲", "method"].tolist() == [UNKNOWN] * 2
    assert found.county["low"].isna().tolist() == [False, True]
    fails = outlook(judge([primary("甲", 400)]), projection([year(2020, [primary("甲", 400)])], 2021))
    own = fails[(fails["kind"] == "threshold") & (fails["item"] == "Q7")].iloc[0]
    assert math.isnan(own["earliest"]) and own["unknown_from"] == 2021
    with pytest.raises(ValueError, match="2020"):
        projection([year(2020, [primary("甲")])], 2020)


@settings(max_examples=20)
@given(st.lists(st.lists(st.integers(1, 90), min_size=6, max_size=6), min_size=2, max_size=4), st.integers(1, 4))
def test_low_is_never_above_high_and_schools_sum_to_the_county(sizes: list[list[int]], ahead: int) -> None:
    years = [
        year(2018 + i, [graded(primary("甲"), "primary", *own), graded(primary("乙"), "primary", *own[::-1])])
        for i, own in enumerate(sizes)
    ]
    found = projection(years, until := years[-1].year + ahead)
    assert (found.enrolment["low"] <= found.enrolment["high"] + 1e-9).all()
    last = found.county[found.county["year"] == until].iloc[0]
    parts = found.enrolment[found.enrolment["year"] == until]
    assert parts["high"].sum() == pytest.approx(last["high"], rel=1e-12)


# ---- what fails first -----------------------------------------------------------------------------------------------


def first(frame: pd.DataFrame, kind: str, school: str = "", item: str = "") -> pd.Series:
    own = frame[(frame["kind"] == kind) & (frame["school"] == school) & (frame["item"] == item)]
    assert len(own) == 1
    return own.iloc[0]


def test_the_first_year_in_which_each_fails() -> None:
    """400 pupils in four grades of 100 in each of two schools; from 2021 on 150 enter each of them."""
    base = [100, 100, 100, 100]
    rows = [
        graded(primary("甲", 400), "primary", *base, multimedia_rooms=12, classes_primary=10, max_class_primary=41),
        graded(primary("乙", 400), "primary", *base, classes_primary=20, max_class_primary=20),
    ]
    born = {2014: 200.0, 2015: 300.0, 2016: 300.0, 2017: 300.0, 2018: 300.0}
    now = year(2020, rows, born)
    projected = projection([now], 2024)
    assert at(projected, "甲", 2021) == (450, 450)
    assert [at(projected, "甲", y)[1] for y in (2022, 2023, 2024)] == [500, 550, 600]
    found = outlook(now, projected)
    rooms = first(found, "threshold", "甲", "Q7")  # 12 rooms: 2.3 per hundred up to 521 pupils
    assert (rooms["verdict"], rooms["first_low"], rooms["first_high"], rooms["earliest"]) == ("met", 2023, 2023, 2023)
    classes = first(found, "class_size", "甲", "Gov5")  # ten classes of 45 hold 450; 41 grown by an eighth is above 45
    assert (classes["earliest"], classes["likely"]) == (2022, 2021)
    assert math.isnan(first(found, "class_size", "乙", "Gov5")["earliest"])
    size = first(found, "school_size", "甲", "Gov4")
    assert (size["limit"], size["verdict"]) == (2000, "met") and math.isnan(size["earliest"])
    unit = first(found, "unit", "甲")
    direct = {
        y: judge([{**row, "pupils_primary": 400 + 50 * (y - 2020)} for row in rows]).schools["verdict"].iloc[0]
        for y in range(2021, 2025)
    }
    assert unit["earliest"] == min(y for y, verdict in direct.items() if verdict == "not_met")


def test_a_section_fails_because_the_other_grows() -> None:
    """The nine-year school's junior section stays as it is; the primary one takes its rooms away."""
    row = graded(nine_year("九", (200, 150)), "primary", 50, 50, 50, 50, multimedia_rooms=9)
    row |= {"grade1_junior": 50, "grade2_junior": 50, "grade3_junior": 50}
    now = year(2020, [row], {2014: 50, 2015: 150, 2016: 150})
    found = outlook(now, projection([now], 2022))
    own = found[(found["kind"] == "threshold") & (found["item"] == "Q7") & (found["stage"] == "junior")].iloc[0]
    assert (own["verdict"], own["earliest"]) == ("met", 2021)  # 9 x 110 / (300 + 165) = 2.13 < 2.4


def test_a_coefficient_of_another_year_is_judged_as_any() -> None:
    rows = [graded(primary("甲", 300), "primary", 150, 150, multimedia_rooms=8),
            graded(primary("乙", 300), "primary", 50, 250, multimedia_rooms=24)]  # fmt: skip
    now = year(2020, rows, {2014: 200, 2015: 200})
    found = outlook(now, projection([now], 2021))  # CV is 0.5 now; next year 300 and 100 pupils
    own = first(found, "cv", "", "Q7")
    assert (own["verdict"], own["earliest"]) == ("met", 2021)


def test_a_teaching_point_that_grows_into_the_count_is_in_it() -> None:
    """48 pupils, not counted; growing by a fifth a year it is, in 2021, and has no multimedia room."""
    years = [
        year(y, [primary("点", n, school_type="小学教学点", multimedia_rooms=0), primary("乙", 5 * n)])
        for y, n in ((2019, 40), (2020, 48))
    ]
    found = outlook(years[-1], projection(years, 2021))
    rooms = first(found, "threshold", "点", "Q7")
    assert (rooms["verdict"], rooms["limit"], rooms["earliest"]) == ("", 2.3, 2021)
    assert first(found, "unit", "点")["earliest"] == 2021
