"""The thirteen errors found in public programs for the same purpose: each test fails a program that makes the error."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from county import Row, balance, case, cell, frame, judge, junior, nine_year, opened, primary, town, unit
from edukit.assess import Assessment, assess
from edukit.schemes import load_scheme
from edukit.schemes.files import shipped
from edukit.verdict import Verdict


def with_ratio(low: float, high: float, field: str = "equipment_value") -> list[Row]:
    """Two primary schools of the same size, unequal in one indicator only."""
    return [primary("甲", 1000, **{field: low}), primary("乙", 1000, **{field: high})]


def item_verdict(result: Assessment, id_: str) -> str | None:
    """The verdict on an item, None where it is not judged."""
    own = result.items[result.items["id"] == id_]
    return None if own.empty else str(own["verdict"].iloc[0])


def test_unweighted_coefficient() -> None:
    rows = [
        primary(line["school"], int(line["students"]), books=int(line["books"]))
        for line in case("c01_books_example_schools")
    ]
    ratios = np.array([row["books"] / row["pupils_primary"] for row in rows])
    own = balance(judge(rows, "basic-2012"), "B5")["cv"]
    assert own == pytest.approx(0.515257, abs=5e-7)
    assert abs(own - ratios.std() / ratios.mean()) > 0.02


def test_composite_of_seven_against_the_limit_of_one() -> None:
    result = judge(with_ratio(100, 400))
    assert balance(result, "Q6")["cv"] == pytest.approx(0.6)
    assert result.balance["cv"].mean() < 0.1
    assert result.verdict is Verdict.NOT_MET
    assert result.composite.empty


def test_a_limit_of_065_for_a_single_coefficient() -> None:
    basic = judge(with_ratio(100, 700), "basic-2012")
    assert balance(basic, "B3")["cv"] == pytest.approx(0.75)
    assert basic.verdict is Verdict.MET
    quality = judge(with_ratio(100, 400))
    assert 0.5 < balance(quality, "Q6")["cv"] < 0.65
    assert balance(quality, "Q6")["verdict"] == "not_met"


def test_floor_compared_after_rounding() -> None:
    floor = judge([primary("甲", 2000, pe_arts_teachers_primary=15.3)])  # 0.765 exactly, which rounds to 0.77
    assert cell(floor, "甲", "Q3")["value"] == pytest.approx(0.765)
    assert not cell(floor, "甲", "Q3")["below_floor"]
    assert unit(floor, "甲")["verdict"] == "met"
    below = judge([primary("甲", 2000, backbone_teachers_primary=16.92)])  # 0.846, which rounds to 0.85
    assert cell(below, "甲", "Q2")["below_floor"]
    assert unit(below, "甲")["verdict"] == "not_met"


@pytest.mark.parametrize(
    ("indicator", "field"), [("Q1", "higher_degree_teachers_primary"), ("Q3", "pe_arts_teachers_primary")]
)
def test_schools_without_such_teachers_left_out(indicator: str, field: str) -> None:
    rows = [primary("甲", 300, **{field: 20}), primary("乙", 300, **{field: 20}), primary("丙", 300, **{field: 0})]
    result = judge(rows)
    assert balance(result, indicator)["n_units"] == 3
    assert balance(result, indicator)["cv"] == pytest.approx(math.sqrt(0.5), rel=1e-12)
    assert balance(result, indicator)["verdict"] == "not_met"
    assert cell(result, "丙", indicator)["below_floor"]


def test_values_and_coefficients_rounded_before_the_test() -> None:
    value = judge([primary("甲", 1000, higher_degree_teachers_primary=41.96)])
    assert f"{cell(value, '甲', 'Q1')['value']:.2f}" == "4.20"
    assert cell(value, "甲", "Q1")["verdict"] == "not_met"
    result = judge(with_ratio(100, 301.4454))
    assert f"{balance(result, 'Q6')['cv']:.2f}" == "0.50"
    assert balance(result, "Q6")["verdict"] == "not_met"
    rows = [primary("甲", 1000, teachers_primary=61.4), primary("乙", 1000, teachers_primary=64.6)]
    assert balance(judge(rows, "basic-2012"), "B6")["cv"] == pytest.approx(1.6 / 63, rel=1e-12)  # both round to 0.06


def test_share_of_a_stage_applied_to_the_value_per_pupil() -> None:
    result = judge([nine_year("甲", (166, 210), books=23226)], "basic-2012")
    assert cell(result, "甲", "B5")["value"] == pytest.approx(58.5038, abs=5e-5)
    assert cell(result, "甲", "B5", "junior")["value"] == pytest.approx(64.3542, abs=5e-5)
    whole = 23226 / 376
    assert cell(result, "甲", "B5")["value"] > 0.9 * whole  # share x value per pupil would be less than half of it


def test_missing_taken_for_zero() -> None:
    rows = [*town(), primary("丙", 300, backbone_teachers_primary=None)]
    result = judge(rows)
    own = cell(result, "丙", "Q2")
    assert (own["verdict"], own["below_floor"]) == ("undetermined", False)
    assert math.isnan(own["value"])
    assert unit(result, "丙")["verdict"] == "undetermined"
    assert math.isnan(balance(result, "Q2")["cv"])
    assert result.verdict is Verdict.UNDETERMINED
    zero = judge([*town(), primary("丙", 300, backbone_teachers_primary=0)])
    assert zero.verdict is Verdict.NOT_MET


def test_oversize_classes_guessed_from_the_mean() -> None:
    small_mean = primary("甲", 400, classes_primary=10, max_class_primary=46)
    assert item_verdict(judge([small_mean]), "Gov5") == "not_met"
    unknown = primary("甲", 400, classes_primary=10, max_class_primary=None)
    assert item_verdict(judge([unknown]), "Gov5") == "undetermined"


def test_special_rooms_passed_without_their_area(tmp_path: Path) -> None:
    rooms = [{"school_name": "甲", "room_kind": kind, "room_area": 20} for kind in ("音乐", "美术")]
    rows = [primary("甲", 400, music_rooms=1, art_rooms=1)]
    book = opened(tmp_path, rows, 专用教室=rooms)
    assert book.sheets["专用教室"].frame["room_area"].tolist() == [20, 20]
    assert item_verdict(judge(book.schools), "Gov3") != "met"


DEGREES = {"doctor": 1, "master": 2, "bachelor": 4, "college": 8, "highschool": 16, "below_highschool": 32}


def test_only_masters_or_only_pe_teachers_counted(tmp_path: Path) -> None:
    first, second = (
        {
            **{f"{degree}_teachers_{stage}": number for degree, number in DEGREES.items()},
            **{f"pe_teachers_{stage}": 3, f"arts_teachers_{stage}": 5},
        }
        for stage in ("primary", "junior")
    )
    blank = ("teachers", "higher_degree_teachers", "pe_arts_teachers")
    rows = [
        primary("甲", 1000, **{f"{field}_primary": None for field in blank}),
        junior("乙", 1000, **{f"{field}_junior": None for field in blank}),
    ]
    book = opened(tmp_path, rows, 学校补充=[{"school_name": "甲", **first}, {"school_name": "乙", **second}])
    result = judge(book.schools)
    assert cell(result, "甲", "Q1")["value"] == 1.5  # 专科 and above
    assert cell(result, "乙", "Q1", "junior")["value"] == 0.7  # 本科 and above
    assert cell(result, "甲", "Q3")["value"] == cell(result, "乙", "Q3", "junior")["value"] == 0.8


def test_two_formulas_for_the_retention_rate(root: Path) -> None:
    """One formula in one place, the scheme; the other is an option there, so that no report can mix the two.

    Checking the data for more graduates than pupils who stayed judges nothing.
    """
    code = [path for path in (root / "edukit").rglob("*.py") if "entry3y" in path.read_text(encoding="utf-8")]
    assert [path.parent.name for path in code] == ["checks"]
    for scheme in shipped():
        own = [c for item in load_scheme(scheme).items for c in item.conditions if "entry3y" in str(c.settings)]
        assert len(own) <= 1
    plain, other = load_scheme("quality-2017"), load_scheme("quality-2017", (("retention-b", ""),))
    schools = frame([junior(grads=95, entry3y=98, in3y=4, out3y=2, died3y=0)])
    rates = [assess(schools, scheme).items.set_index("id").at["Edu1", "value"] for scheme in (plain, other)]
    assert rates == [pytest.approx(95 / 100), pytest.approx(93 / 98)]


def test_sports_fields_without_the_indoor_rooms() -> None:
    row = primary("甲", 1000, sports_field_area=7000, indoor_sports_area=500, teaching_area=4900)
    quality, basic = judge([row]), judge([row], "basic-2012")
    assert (cell(quality, "甲", "Q5")["value"], cell(quality, "甲", "Q5")["verdict"]) == (7.5, "met")
    assert (cell(quality, "甲", "Q4")["value"], cell(quality, "甲", "Q4")["verdict"]) == (4.4, "not_met")
    assert cell(basic, "甲", "B2")["value"] == 7.5
