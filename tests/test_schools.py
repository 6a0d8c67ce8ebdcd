"""From schools to units: scope of both schemes, exclusions with their reason, and the split between stages."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county import Row, complete, frame, junior, nine_year, primary, town, twelve_year
from edukit.dictionary import STAGES_OF_TYPE, load
from edukit.schemes import load_scheme
from edukit.schools import Units, shares, stage_pupils, units

BASIC, QUALITY = "basic-2012", "quality-2017"


def made(rows: list[Row], scheme: str = QUALITY) -> Units:
    return units(frame(rows), load_scheme(scheme))


def pairs(found: Units) -> list[tuple[str, str]]:
    return list(zip(found.frame["school"], found.frame["stage"], strict=True))


def reasons(found: Units) -> list[tuple[str, str, str]]:
    columns = found.excluded[["school", "stage", "reason"]]
    return [tuple(row) for row in columns.itertuples(index=False)]


# ---- who counts -----------------------------------------------------------------------------------------------------

SCOPE: list[tuple[Row, bool, bool]] = [  # school, in the basic scheme, in the quality scheme
    (primary(), True, True),
    (primary(school_type="小学教学点", pupils=50), False, True),
    (primary(school_type="小学教学点", pupils=49), False, False),
    (primary(pupils=20), True, True),
    (junior(), True, True),
    (nine_year(), True, True),
    (complete(), True, True),
    (twelve_year(), True, True),
    (junior(school_type="职业初中"), False, False),
    (primary(school_type="特殊教育学校"), False, False),
    (primary(sponsor_type="民办"), False, True),
    (primary(sponsor_type="省级教育部门"), False, True),
    (primary(sponsor_type="地级教育部门"), False, True),
    (primary(sponsor_type="企业"), False, True),
    (primary(sponsor_type="高校"), False, True),
    (primary(sponsor_type="县级其他部门"), True, True),
    (primary(sponsor_type=None), True, True),
]


@pytest.mark.parametrize(("school", "basic", "quality"), SCOPE)
def test_scope(school: Row, basic: bool, quality: bool) -> None:
    for scheme, inside in ((BASIC, basic), (QUALITY, quality)):
        found = made([school], scheme)
        assert found.frame.empty != inside, scheme
        assert found.excluded.empty == inside, scheme
        assert all(reason for reason in found.excluded["reason"])


def test_every_school_type_is_understood() -> None:
    assert set(STAGES_OF_TYPE) == set(load().field("school_type").choices)


def test_units_come_stage_by_stage_in_the_order_given() -> None:
    found = made([nine_year("丙"), primary("乙"), junior("甲")])
    assert pairs(found) == [("丙", "primary"), ("乙", "primary"), ("丙", "junior"), ("甲", "junior")]
    assert found.frame["row"].tolist() == [0, 1, 0, 2]
    assert found.frame.index.tolist() == [0, 1, 2, 3]


def test_left_out_schools_are_listed_once_per_stage_with_reason() -> None:
    found = made(
        [
            primary("甲"),
            nine_year("乙", sponsor_type="民办"),
            {"school_name": "丙", "school_type": "特殊教育学校"},
            primary("丁", school_type="小学教学点"),
            primary("戊", sponsor_type="企业", pupils_primary=None),
        ],
        BASIC,
    )
    assert reasons(found) == [
        ("乙", "primary", "民办学校不计入校际差异系数"),
        ("乙", "junior", "民办学校不计入校际差异系数"),
        ("丙", "", "特殊教育学校不计入校际差异系数"),
        ("丁", "primary", "教学点不计入校际差异系数"),
        ("戊", "primary", "企业办学校不计入校际差异系数"),
    ]


def test_the_first_rule_that_matches_speaks() -> None:
    found = made([primary("民办教学点", school_type="小学教学点", sponsor_type="民办")], BASIC)
    assert reasons(found) == [("民办教学点", "primary", "教学点不计入校际差异系数")]


def test_a_stage_without_pupils_is_left_out_and_said() -> None:
    found = made([primary("甲"), nine_year("乙", pupils_junior=0)])
    assert pairs(found) == [("甲", "primary"), ("乙", "primary")]
    assert reasons(found) == [("乙", "junior", "初中在校生数为 0")]
    assert found.frame["share"].tolist() == [1, 1]


def test_a_teaching_point_of_unknown_size_stays_in() -> None:
    found = made([primary("点", school_type="小学教学点", pupils_primary=None)])
    assert pairs(found) == [("点", "primary")]
    assert math.isnan(found.frame.at[0, "share"])


@pytest.mark.parametrize("scheme", [BASIC, QUALITY])
def test_nobody_left(scheme: str) -> None:
    found = made([{"school_name": "启智学校", "school_type": "特殊教育学校"}], scheme)
    assert found.frame.empty
    assert reasons(found)[0][:2] == ("启智学校", "")


# ---- pupils ---------------------------------------------------------------------------------------------------------


def test_blank_is_zero_only_where_the_type_has_no_such_stage() -> None:
    rows = [primary(), nine_year(pupils_junior=None), complete(pupils_senior=None)]
    pupils = stage_pupils(frame(rows))
    assert pupils.fillna(-1).to_numpy().tolist() == [[400, 0, 0], [300, -1, 0], [0, 400, -1]]


# ---- the split ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("school", "expected"),
    [
        (nine_year(pupils=(166, 210)), {"primary": 166 / 397, "junior": 231 / 397}),
        (complete(pupils=(400, 600)), {"junior": 400 / 1120}),
        (twelve_year(pupils=(300, 200, 250)), {"primary": 300 / 850, "junior": 220 / 850}),
        (primary(), {"primary": 1}),
        (junior(), {"junior": 1}),
    ],
    ids=["九年一贯制", "完全中学", "十二年一贯制", "小学", "初中"],
)
@pytest.mark.parametrize("scheme", [BASIC, QUALITY])
def test_shares(school: Row, expected: dict[str, float], scheme: str) -> None:
    found = made([school], scheme).frame
    assert dict(zip(found["stage"], found["share"], strict=True)) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("school", "unknown"),
    [
        (complete(pupils_senior=None), {"junior"}),
        (twelve_year(pupils_senior=None), {"primary", "junior"}),
        (nine_year(pupils_junior=None), {"primary", "junior"}),
    ],
)
def test_without_the_pupils_of_a_stage_nothing_is_split(school: Row, unknown: set[str]) -> None:
    found = made([school]).frame
    assert set(found.loc[found["share"].isna(), "stage"]) == unknown


@given(st.tuples(*[st.integers(0, 3000)] * 3).filter(any))
def test_the_split_conserves_the_total(pupils: tuple[int, int, int]) -> None:
    table = pd.DataFrame([pupils], columns=["primary", "junior", "senior"], dtype=float)
    own = shares(table, load_scheme(QUALITY).split_weights)
    assert own.to_numpy().sum() == pytest.approx(1, rel=1e-12)
    assert (own.to_numpy() >= 0).all()


@settings(max_examples=15)
@given(st.integers(1, 3000), st.integers(1, 3000), st.floats(1, 1e6), st.sampled_from([BASIC, QUALITY]))
def test_junior_has_a_tenth_more_per_pupil(first: int, second: int, total: float, scheme: str) -> None:
    found = made([nine_year(pupils=(first, second))], scheme).frame
    per_pupil = total * found["share"] / found["pupils"]
    assert per_pupil[1] / per_pupil[0] == pytest.approx(1.1, rel=1e-12)


def test_order_of_schools_never_matters() -> None:
    rows: list[dict[str, Any]] = [*town(), complete(), twelve_year(), primary("点", 30, school_type="小学教学点")]
    there, back = made(rows), made(rows[::-1])
    assert sorted(pairs(there)) == sorted(pairs(back))
    assert sorted(reasons(there)) == sorted(reasons(back))
    shares_of = [{(r.school, r.stage): r.share for r in found.frame.itertuples()} for found in (there, back)]
    assert shares_of[0] == shares_of[1]
