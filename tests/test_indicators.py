"""Values of the indicators: what is added up, divided and split, against hand-made numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county import Row, cell, frame, judge, nine_year
from edukit.indicators import exact_resource, exact_share, resources, values
from edukit.schemes import load_scheme
from edukit.schools import units

SCHOOL: Row = {
    "school_name": "某校",
    "school_type": "九年一贯制学校",
    "pupils_primary": 200,
    "pupils_junior": 100,
    "teachers_primary": 14,
    "teachers_junior": 11,
    "higher_degree_teachers_primary": 12,
    "higher_degree_teachers_junior": 9,
    "middle_title_teachers_primary": 7,
    "middle_title_teachers_junior": 6,
    "backbone_teachers_primary": 3,
    "backbone_teachers_junior": 2,
    "pe_arts_teachers_primary": 4,
    "pe_arts_teachers_junior": 1,
    "teaching_area": 3410,
    "indoor_sports_area": 310,
    "sports_field_area": 6200,
    "equipment_value": 93,
    "multimedia_rooms": 31,
    "computers": 62,
    "books": 9300,
}
S = 1 / 310  # 200 + 1.1 x 100 weighted pupils; a primary pupil counts 1, a junior pupil 1.1

EXPECTED = {  # id: (primary, junior)
    "B1": (3410 * S, 3410 * 1.1 * S),
    "B2": (6510 * S, 6510 * 1.1 * S),
    "B3": (930000 * S, 930000 * 1.1 * S),
    "B4": (6200 * S, 6200 * 1.1 * S),
    "B5": (9300 * S, 9300 * 1.1 * S),
    "B6": (14 / 200, 11 / 100),
    "B7": (12 / 200, 9 / 100),
    "B8": (7 / 200, 6 / 100),
    "Q1": (6.0, 9.0),
    "Q2": (1.5, 2.0),
    "Q3": (2.0, 1.0),
    "Q4": (3100 * S, 3100 * 1.1 * S),
    "Q5": (6510 * S, 6510 * 1.1 * S),
    "Q6": (930000 * S, 930000 * 1.1 * S),
    "Q7": (3100 * S, 3100 * 1.1 * S),
}


@pytest.mark.parametrize("scheme", ["basic-2012", "quality-2017"])
def test_values_by_hand(scheme: str) -> None:
    result = judge([SCHOOL], scheme)
    for indicator in load_scheme(scheme).ids:
        for stage, expected in zip(("primary", "junior"), EXPECTED[indicator], strict=True):
            assert cell(result, "某校", indicator, stage)["value"] == pytest.approx(expected, rel=1e-14), (
                indicator,
                stage,
            )


NEEDS = {
    "B1": {"teaching_area"},
    "B2": {"sports_field_area", "indoor_sports_area"},
    "B3": {"equipment_value"},
    "B4": {"computers"},
    "B5": {"books"},
    "B6": {"teachers_primary"},
    "B7": {"higher_degree_teachers_primary"},
    "B8": {"middle_title_teachers_primary"},
    "Q1": {"higher_degree_teachers_primary"},
    "Q2": {"backbone_teachers_primary"},
    "Q3": {"pe_arts_teachers_primary"},
    "Q4": {"teaching_area", "indoor_sports_area"},
    "Q5": {"sports_field_area", "indoor_sports_area"},
    "Q6": {"equipment_value"},
    "Q7": {"multimedia_rooms"},
}


@pytest.mark.parametrize("scheme", ["basic-2012", "quality-2017"])
def test_a_blank_makes_unknown_what_needs_it_and_nothing_else(scheme: str) -> None:
    blanks = sorted(set().union(*NEEDS.values()))
    cells = judge([SCHOOL | {"school_name": blank, blank: None} for blank in blanks], scheme).cells
    for blank in blanks:
        own = cells[(cells["school"] == blank) & (cells["stage"] == "primary")].set_index("indicator")["value"]
        assert set(own.index[own.isna()]) == {i for i in load_scheme(scheme).ids if blank in NEEDS[i]}, blank


def test_without_senior_pupils_only_the_split_is_unknown() -> None:
    school = SCHOOL | {"school_type": "十二年一贯制学校", "pupils_senior": None}
    own = judge([school]).cells
    assert set(own.loc[own["value"].isna(), "indicator"]) == {"Q4", "Q5", "Q6", "Q7"}


def test_what_little_is_left_of_two_areas_has_all_its_digits() -> None:
    school = SCHOOL | {"school_type": "小学", "pupils_primary": 1, "pupils_junior": None}
    areas = {"teaching_area": 7117.3, "indoor_sports_area": 7044.4}
    assert 7117.3 - 7044.4 != 72.9
    assert cell(judge([school | areas]), "某校", "Q4")["value"] == 72.9


def test_zero_is_a_number() -> None:
    assert cell(judge([SCHOOL | {"backbone_teachers_primary": 0}]), "某校", "Q2")["value"] == 0


@settings(max_examples=10)
@given(st.integers(1, 3000), st.integers(1, 3000), st.decimals("0.01", "20000", places=2))
def test_the_exact_way_agrees_and_conserves_the_total(first: int, second: int, equipment: object) -> None:
    scheme = load_scheme("quality-2017")
    source = frame([nine_year(pupils=(first, second), equipment_value=float(str(equipment)))])
    found = units(source, scheme).frame
    totals = resources(found, source, scheme)
    for indicator in scheme.indicators:
        exact = [exact_resource(indicator, unit, source.loc[0], scheme) for _, unit in found.iterrows()]
        assert totals[indicator.id].to_numpy() == pytest.approx([float(x) for x in exact], rel=1e-12)
        if indicator.id == "Q6":
            assert sum(exact) == Fraction(str(equipment)) * 10000
    assert sum(exact_share(unit, source.loc[0], scheme) for _, unit in found.iterrows()) == 1


def test_nothing_is_rounded() -> None:
    school = SCHOOL | {
        "school_type": "小学",
        "pupils_junior": None,
        "pupils_primary": 307,
        "backbone_teachers_primary": 3,
    }
    source = frame([school])
    scheme = load_scheme("quality-2017")
    found = units(source, scheme).frame
    value = values(resources(found, source, scheme), found, scheme)["Q2"][0]
    assert value == 3 * 100 / 307
    assert value != np.round(value, 6)
