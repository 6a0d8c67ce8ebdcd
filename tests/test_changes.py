"""What a county looks like after teachers, rooms, pupils or schools were changed."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from county import frame, junior, nine_year, primary, town
from edukit.changes import Change, apply
from edukit.errors import CallError


def schools() -> pd.DataFrame:
    return frame(town())


def test_a_hired_teacher_is_one_more_teacher() -> None:
    before = schools()
    after = apply(before, [Change("hire", "城关小学", "higher_degree_teachers_primary", 2)])
    for name in ("higher_degree_teachers_primary", "teachers_primary"):
        assert after.at[0, name] == before.at[0, name] + 2
    assert after.at[0, "pe_arts_teachers_primary"] == before.at[0, "pe_arts_teachers_primary"]
    pd.testing.assert_frame_equal(before, schools())  # the frame given is not touched


def test_moved_teachers_leave_where_they_came_from() -> None:
    before = schools()
    after = apply(before, [Change("move", "河东小学", "backbone_teachers_primary", 1, from_school="城关小学")])
    for name in ("backbone_teachers_primary", "teachers_primary"):
        assert (after[name] - before[name]).dropna().tolist() == [-1, 1, 0]


def test_whoever_comes_has_what_every_teacher_must_have() -> None:
    """By hand: 20 teachers, all with a certificate, 18 with their hours, and schools that know less of theirs."""
    before = frame(
        [
            primary("甲校", teachers_primary=20, cert_teachers_primary=20, trained360_primary=18),
            primary("乙校", teachers_primary=9, cert_teachers_primary=9),
            primary("丙校", teachers_primary=9, cert_teachers_primary=0, trained360_primary=9),
        ]
    )
    hired = apply(before, [Change("hire", "甲校", "pe_arts_teachers_primary", 2)])
    assert hired.loc[0, ["teachers_primary", "cert_teachers_primary", "trained360_primary"]].tolist() == [22, 22, 20]
    moved = apply(before, [Change("move", "甲校", "teachers_primary", 1, from_school="乙校")])
    assert moved["cert_teachers_primary"].tolist() == [21, 8, 0]
    assert moved["trained360_primary"].tolist()[0] == 19 and math.isnan(moved.at[1, "trained360_primary"])
    left = apply(before, [Change("hire", "丙校", "teachers_primary", -1)])
    assert left.loc[2, ["teachers_primary", "cert_teachers_primary", "trained360_primary"]].tolist() == [8, 0, 8]


def test_a_new_school_is_not_taken_for_one_that_was_merged() -> None:
    before = frame([*town(), primary("末校")])
    after = apply(before, [Change("merge", "城关小学", from_school="末校"), Change("open", values=primary("新校"))])
    assert after.index[after["school_name"] == "新校"].tolist() == [len(before)]


def test_rooms_count_in_the_building_but_a_field_takes_no_land() -> None:
    before = frame([primary(building_area=4000.0, site_area=9000.0)])
    after = apply(
        before,
        [Change("build", "第一小学", "teaching_area", 353), Change("build", "第一小学", "sports_field_area", 10.5)],
    )
    assert after.at[0, "teaching_area"] == before.at[0, "teaching_area"] + 353
    assert after.at[0, "building_area"] == 4353
    assert after.at[0, "sports_field_area"] == before.at[0, "sports_field_area"] + 10.5
    assert after.at[0, "site_area"] == 9000


def test_sums_are_made_of_the_decimals_typed() -> None:
    after = apply(frame([primary(equipment_value=0.1)]), [Change("buy", "第一小学", "equipment_value", 0.2)])
    assert after.at[0, "equipment_value"] == 0.3


def test_a_blank_stays_a_blank() -> None:
    before = frame([primary(teaching_area=None, teachers_primary=None)])
    after = apply(
        before,
        [
            Change("build", "第一小学", "teaching_area", 10),
            Change("hire", "第一小学", "pe_arts_teachers_primary", 1),
            Change("grow", amount=0.1, stage="junior"),
        ],
    )
    assert math.isnan(after.at[0, "teaching_area"])
    assert math.isnan(after.at[0, "teachers_primary"])
    assert math.isnan(after.at[0, "pupils_junior"])
    assert after.at[0, "pe_arts_teachers_primary"] == before.at[0, "pe_arts_teachers_primary"] + 1


def test_pupils_move_and_grow_in_whole_numbers() -> None:
    after = apply(
        schools(),
        [
            Change("pupils", "河东小学", amount=25, from_school="城关小学", stage="primary"),
            Change("grow", "河东小学", amount=0.05),
            Change("grow", amount=-0.1, stage="junior"),
        ],
    )
    assert after["pupils_primary"].dropna().tolist() == [575, 394, 300]  # 375 x 1.05 = 393.75
    assert after["pupils_junior"].dropna().tolist() == [630, 180]


def test_a_merged_school_is_gone_and_its_numbers_are_added() -> None:
    before = schools()
    after = apply(before, [Change("merge", "城关小学", from_school="河东小学")])
    assert after.index.tolist() == [0, 2, 3]
    assert after.at[0, "pupils_primary"] == 950
    assert after.at[0, "teaching_area"] == before["teaching_area"][:2].sum()
    assert after.at[0, "max_class_primary"] == before["max_class_primary"][:2].max()


def test_a_new_school_has_what_is_told_of_it_and_nothing_else() -> None:
    after = apply(schools(), [Change("open", values=primary("新城小学", 200, books=None))])
    assert after.index.tolist() == [0, 1, 2, 3, 4]
    assert after.at[4, "pupils_primary"] == 200
    assert after.at[4, "sponsor_type"] == "县级教育部门"
    assert math.isnan(after.at[4, "books"])
    assert (after.dtypes == schools().dtypes).all()


def test_a_code_tells_schools_of_one_name_apart() -> None:
    both = frame([primary("中心小学", school_code="01"), primary("中心小学", school_code="02")])
    after = apply(both, [Change("buy", "02", "books", 5)])
    assert (after["books"] - both["books"]).tolist() == [0, 5]
    with pytest.raises(CallError, match="有 2 所学校叫“中心小学”"):
        apply(both, [Change("buy", "中心小学", "books", 5)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Change("paint", "城关小学"), "没有“paint”这种变更"),
        (Change("buy", "城北小学", "books", 1), "没有“城北小学”"),
        (Change("buy", "城关小学", "township", 1), "“township”不是“学校”表的数字列"),
        (Change("buy", "城关小学", "books", math.nan), "数量应为数字"),
        (Change("buy", "城关小学", "books", -1e6), "不能减少 1e\\+06"),
        (Change("hire", "城关小学", "pe_arts_teachers_primary", 0.5), "应为整数"),
        (Change("move", "城关小学", "backbone_teachers_primary", 1, from_school="城关小学"), "不能与自己交流"),
        (Change("move", "城关小学", "backbone_teachers_primary", -1, from_school="河东小学"), "不能为负"),
        (Change("pupils", "城关中学", amount=5, from_school="城关小学", stage="primary"), "不办小学"),
        (Change("pupils", "城关小学", amount=5, from_school="河东小学", stage="nursery"), "学段应为"),
        (Change("merge", "城关小学", from_school="长营子学校"), "不办初中"),
        (Change("merge", "城关小学", from_school="城关小学"), "不能并入自己"),
        (Change("open", values={"school_name": "新校"}), "应写明学校名称和办学类型"),
        (Change("open", values={"school_name": "城关小学", "school_type": "小学"}), "已有“城关小学”"),
        (Change("open", values={"school_name": "新校", "school_type": "小学", "pool": 1}), "没有这些列：pool"),
        (Change("grow", amount=-1.5), "不能减少 150%"),
        (Change("hire", "城关小学", "teachers_junior", 1), "城关小学（小学）不办初中"),
        (Change("move", "城关小学", "teachers_junior", 1, from_school="城关中学"), "城关小学（小学）不办初中"),
        (Change("set", "城关中学", "max_class_primary", 40), "城关中学（初级中学）不办小学"),
        (Change("buy", "城关小学", "pupils_primary", 5), "“小学在校生数”应以划转学生"),
        (Change("hire", "城关小学", "grade1_primary", 5), "应以划转学生（pupils）或在校生增减（grow）变更"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(change: Change, message: str) -> None:
    with pytest.raises(CallError, match=message) as error:
        apply(schools(), [Change("buy", "城关小学", "books", 1), change])
    assert str(error.value).startswith("第 2 项变更不能进行。")


@given(st.lists(st.tuples(st.sampled_from(["城关小学", "河东小学", "长营子学校"]), st.integers(0, 3)), max_size=4))
def test_moving_keeps_the_county_s_totals(moves: list[tuple[str, int]]) -> None:
    before = frame([primary("城关小学", 600), primary("河东小学", 350), junior(), nine_year("长营子学校")])
    names = ["城关小学", "河东小学", "长营子学校", "城关小学"]
    changes = [
        Change("move", names[names.index(giver) + 1], "higher_degree_teachers_primary", count, from_school=giver)
        for giver, count in moves
    ]
    after = apply(before, changes)
    for name in ("higher_degree_teachers_primary", "teachers_primary"):
        assert after[name].sum() == before[name].sum()
