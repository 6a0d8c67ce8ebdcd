"""What is short: whole pieces, the section that binds, sums over schools, and what settles a coefficient."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county import Row, cell, judge, junior, nine_year, primary, town, unit
from edukit.dispersion import coefficient
from edukit.exact import fraction
from edukit.gaps import gaps, settle, totals
from edukit.schemes import load_scheme

QUALITY = load_scheme("quality-2017")


def gap(rows: list[Row], school: str, indicator: str, stage: str = "primary") -> pd.Series:
    found = gaps(judge(rows))
    own = found[(found["school"] == school) & (found["indicator"] == indicator) & (found["stage"] == stage)]
    assert len(own) == 1
    return own.iloc[0]


def test_nothing_is_short_where_all_is_met() -> None:
    found = gaps(judge(town()))
    assert found.empty
    assert "school_to_threshold" in found
    assert totals(found).empty


@pytest.mark.parametrize(
    ("school", "indicator", "stage", "to_threshold", "to_floor", "unit_"),
    [
        (primary("甲", 307, backbone_teachers_primary=2), "Q2", "primary", 2, 1, "人"),  # 3.07 - 2, 2.6095 - 2
        (primary("甲", 300, backbone_teachers_primary=2), "Q2", "primary", 1, 1, "人"),
        (primary("甲", 1000, pe_arts_teachers_primary=8), "Q3", "primary", 1, 0, "人"),
        (junior("甲", 1000, higher_degree_teachers_junior=0), "Q1", "junior", 53, 46, "人"),
        (primary("甲", 1000, multimedia_rooms=0), "Q7", "primary", 23, 20, "间"),
        (primary("甲", 300, teaching_area=1097, indoor_sports_area=100), "Q4", "primary", 353, 150.5, "㎡"),
        (primary("甲", 300, sports_field_area=2000.5, indoor_sports_area=0), "Q5", "primary", 249.5, 0, "㎡"),
        (primary("甲", 300, equipment_value=59.9999), "Q6", "primary", 1, 0, "元"),
    ],
)
def test_by_hand(school: Row, indicator: str, stage: str, to_threshold: float, to_floor: float, unit_: str) -> None:
    own = gap([school], "甲", indicator, stage)
    assert (own["to_threshold"], own["to_floor"], own["resource_unit"]) == (to_threshold, to_floor, unit_)
    assert own["school_to_threshold"] == to_threshold
    assert own["binding"]


# ---- adding the gap reaches the threshold, a piece less does not ----------------------------------------------------

SINGLE = {
    "Q1": ("higher_degree_teachers_primary", 1),
    "Q2": ("backbone_teachers_primary", 1),
    "Q3": ("pe_arts_teachers_primary", 1),
    "Q4": ("teaching_area", 1),
    "Q5": ("sports_field_area", 1),
    "Q6": ("equipment_value", 10000),
    "Q7": ("multimedia_rooms", 1),
}


def added(row: Row, indicator: str, amount: float) -> Row:
    field, per_unit = SINGLE[indicator]
    return row | {field: float(fraction(row[field]) + fraction(amount) / per_unit)}


def short_of(indicator: str, pupils: int, share: float, name: str) -> Row:
    """A primary school that has a share of what the standard asks for, in whole pieces or hundredths."""
    own = QUALITY.indicator(indicator)
    field, factor = SINGLE[indicator]
    piece = Decimal(1) if own.whole else Decimal("0.01")
    missing_last_piece = math.ceil(Decimal(str(own.threshold["primary"])) * pupils / own.per / piece) - 1
    have = int(missing_last_piece * share) * piece
    return primary(name, pupils, indoor_sports_area=0, **{field: float(have / factor)})


@settings(max_examples=6)
@given(
    st.lists(st.tuples(st.sampled_from(list(SINGLE)), st.integers(5, 3000), st.floats(0, 1)), min_size=5, max_size=12)
)
def test_exactly_the_gap_reaches_the_threshold(schools: list[tuple[str, int, float]]) -> None:
    rows = [short_of(*school, name=f"第{i}小学") for i, school in enumerate(schools)]
    found = gaps(judge(rows)).set_index(["school", "indicator"])["to_threshold"]
    enough, lacking = [], []
    for row, (indicator, *_) in zip(rows, schools, strict=True):
        need = found[row["school_name"], indicator]
        piece = 1 if QUALITY.indicator(indicator).whole else 0.01
        assert need >= piece
        assert piece != 1 or need == int(need)
        enough.append(added(row, indicator, need))
        lacking.append(added(row, indicator, need - piece))
    for repaired, verdict in ((enough, "met"), (lacking, "not_met")):
        result = judge(repaired)
        for row, (indicator, *_) in zip(rows, schools, strict=True):
            assert cell(result, row["school_name"], indicator)["verdict"] == verdict, (row["school_name"], indicator)


@settings(max_examples=6)
@given(
    st.sampled_from(["Q4", "Q5", "Q6", "Q7"]),
    st.lists(st.tuples(st.integers(20, 1500), st.integers(20, 1500), st.floats(0, 0.9)), min_size=3, max_size=8),
)
def test_a_nine_year_school_needs_what_its_binding_section_needs(
    indicator: str, schools: list[tuple[int, int, float]]
) -> None:
    field, factor = SINGLE[indicator]
    own = QUALITY.indicator(indicator)
    rows = []
    for i, (first, second, share) in enumerate(schools):
        have = math.floor(own.threshold["primary"] * (first + 1.1 * second) / own.per * share)
        rows.append(nine_year(f"第{i}学校", (first, second), indoor_sports_area=0, **{field: have / factor}))
    found = gaps(judge(rows))
    found = found[found["indicator"] == indicator]
    binds = "primary" if indicator == "Q7" else "junior"  # 2.3 : 2.4 is less than 1 : 1.1, the others are more
    enough, lacking = [], []
    for row in rows:
        mine = found[found["school"] == row["school_name"]]
        assert mine["school_to_threshold"].nunique() == 1
        assert binds in set(mine.loc[mine["binding"], "stage"])
        need, piece = mine["school_to_threshold"].iloc[0], 1 if own.whole else 0.001
        enough.append(added(row, indicator, need + (0 if own.whole else piece)))
        lacking.append(added(row, indicator, need - piece))
    for repaired, verdict, stages in ((enough, "met", ("primary", "junior")), (lacking, "not_met", (binds,))):
        result = judge(repaired)
        for row in rows:
            for stage in stages:
                assert cell(result, row["school_name"], indicator, stage)["verdict"] == verdict, row


@pytest.mark.parametrize(
    ("indicator", "field", "per_weighted", "binding"),
    [
        ("Q4", "teaching_area", Fraction("5.8") / Fraction("1.1"), "junior"),
        ("Q5", "sports_field_area", Fraction("10.2") / Fraction("1.1"), "junior"),
        ("Q6", "equipment_value", Fraction("2500") / Fraction("1.1"), "junior"),
        ("Q7", "multimedia_rooms", Fraction("0.023"), "primary"),
    ],
)
def test_which_section_binds(indicator: str, field: str, per_weighted: Fraction, binding: str) -> None:
    weighted = 1000 + Fraction("1.1") * 500
    found = gaps(judge([nine_year("甲", (1000, 500), indoor_sports_area=0, **{field: 0})]))
    own = found[found["indicator"] == indicator].set_index("stage")
    assert own["binding"].to_dict() == {binding: True, ({"primary", "junior"} - {binding}).pop(): False}
    need = per_weighted * weighted
    expected = math.ceil(need) if indicator == "Q7" else float(need)
    assert own["school_to_threshold"].tolist() == pytest.approx([expected] * 2, rel=1e-12)


def test_gaps_never_fall_short_of_the_need() -> None:
    """A third of a square metre has no last digit: what is printed must still be enough."""
    own = gap([nine_year("甲", (301, 203), teaching_area=0, indoor_sports_area=0)], "甲", "Q4", "junior")
    need = Fraction("5.8") * (301 + Fraction("1.1") * 203) / Fraction("1.1")
    assert fraction(own["school_to_threshold"]) >= need


# ---- order and sums -------------------------------------------------------------------------------------------------


def test_ordered_by_indicator_and_then_by_need() -> None:
    rows = [
        primary("甲", 1000, backbone_teachers_primary=8, multimedia_rooms=0),
        primary("乙", 1000, backbone_teachers_primary=2),
        primary("丙", 1000, backbone_teachers_primary=5),
    ]
    found = gaps(judge(rows))
    assert list(zip(found["indicator"], found["school"], strict=True)) == [
        ("Q2", "乙"),
        ("Q2", "丙"),
        ("Q2", "甲"),
        ("Q7", "甲"),
    ]
    assert found.index.tolist() == [0, 1, 2, 3]


def summed(rows: list[Row]) -> dict[str, tuple[Any, ...]]:
    made = totals(gaps(judge(rows)))
    columns = ["units", "schools", "amount", "resource_unit"]
    return {row[0]: row[1:] for row in made[["indicator", *columns]].itertuples(index=False, name=None)}


def test_totals_add_up_over_schools() -> None:
    rows = [primary(name, 1000, backbone_teachers_primary=have) for name, have in (("甲", 8), ("乙", 2), ("丙", 12))]
    assert summed(rows) == {"Q2": (2, 2, 10, "人")}


def test_teachers_of_both_sections_are_all_needed() -> None:
    row = nine_year("甲", (300, 300), backbone_teachers_primary=2, backbone_teachers_junior=2)
    assert summed([row]) == {"Q2": (2, 1, 2, "人")}


def test_a_split_resource_is_needed_once() -> None:
    row = nine_year("甲", (1000, 500), multimedia_rooms=0)
    assert summed([row]) == {"Q7": (2, 1, 36, "间")}  # 2.3 % of 1550 weighted pupils is 35.65
    twin = nine_year("乙", (1000, 500), multimedia_rooms=0)
    assert summed([row, twin]) == {"Q7": (4, 2, 72, "间")}


# ---- settling a coefficient -----------------------------------------------------------------------------------------


def test_settling_brings_the_coefficient_within_its_limit() -> None:
    rows = [primary(name, 300, multimedia_rooms=have) for name, have in (("甲", 4), ("乙", 20), ("丙", 30), ("丁", 9))]
    before = judge(rows)
    assert before.balance.set_index("indicator").at["Q7", "verdict"] == "not_met"
    steps = settle(before, "primary", "Q7")
    assert steps["school"].tolist() == ["甲"]
    assert steps["cv"].iloc[-1] <= 0.5
    rows[0]["multimedia_rooms"] += steps["added"].iloc[0]
    after = judge(rows)
    own = after.balance.set_index("indicator").loc["Q7"]
    assert own["verdict"] == "met"
    assert own["cv"] == pytest.approx(steps["cv"].iloc[-1], rel=1e-12)


@pytest.mark.parametrize(
    "rows",
    [
        [primary("甲", 300), primary("乙", 300)],
        [primary("甲", 300, books=0), primary("乙", 300)],
        [primary("甲", 300, multimedia_rooms=None), primary("乙", 300, multimedia_rooms=1)],
    ],
    ids=["已在上限内", "别的指标", "有未知数"],
)
def test_nothing_to_settle(rows: list[Row]) -> None:
    assert settle(judge(rows), "primary", "Q7").empty


def test_settling_does_not_touch_the_assessment() -> None:
    result = judge([primary("甲", 300, multimedia_rooms=1), primary("乙", 300, multimedia_rooms=40)])
    before = result.cells.copy(deep=True)
    settle(result, "primary", "Q7")
    pd.testing.assert_frame_equal(result.cells, before)
    assert coefficient([1, 40], [300, 300]) > 0.5


def test_a_gap_is_listed_although_the_school_passes() -> None:
    rows = [primary("甲", 1000, pe_arts_teachers_primary=8)]
    assert unit(judge(rows), "甲")["verdict"] == "met"
    assert gap(rows, "甲", "Q3")["to_threshold"] == 1
