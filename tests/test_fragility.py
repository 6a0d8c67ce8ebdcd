"""How near to failing: by hand, and against judging the county again one pupil, teacher or room at a time."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county import Row, balance, judge, junior, nine_year, primary, town, twelve_year, unit
from edukit.fragility import cv_fragility, most_pupils, unit_fragility

LOSES = {
    "Q1": "higher_degree_teachers_{stage}",
    "Q2": "backbone_teachers_{stage}",
    "Q3": "pe_arts_teachers_{stage}",
    "Q4": "teaching_area",
    "Q5": "sports_field_area",
    "Q6": "equipment_value",
    "Q7": "multimedia_rooms",
}
CAUSES = ["pupils_primary", "Q3", "teachers"]


def causes(rows: list[Row], school: str, stage: str = "primary") -> dict[str, pd.Series]:
    found = unit_fragility(judge(rows))
    own = found[(found["school"] == school) & (found["stage"] == stage)]
    return {row["cause"]: row for _, row in own.iterrows()}


def changed(rows: list[Row], school: str, stage: str, cause: str, amount: float) -> list[Row]:
    """The rows with so many pupils more, or so much of a resource less, at one school."""
    rows = [dict(row) for row in rows]
    own = next(row for row in rows if row["school_name"] == school)
    if cause.startswith("pupils_"):
        own[cause] += amount
        return rows
    for id_ in ("Q1", "Q2", "Q3") if cause == "teachers" else (cause,):
        name = LOSES[id_].replace("{stage}", stage)
        own[name] = max(0, own[name] - amount / (10_000 if id_ == "Q6" else 1))
    return rows


def test_a_unit_by_hand() -> None:
    """300 pupils with 12 higher-degree teachers (4.0; 4.2 asked, floor 3.57) and all else far above.

    One threshold is missed already: the next below a threshold breaks it, and so does Q1 below 3.57: 12 / 3.57 x 100 =
    336.1, so 337 pupils. One teacher less is 11 / 3 = 3.667 (above the floor), two less 3.333.
    """
    rich = dict.fromkeys(("backbone_teachers_primary", "pe_arts_teachers_primary"), 12)
    rows = [primary("甲", 300, higher_degree_teachers_primary=12, multimedia_rooms=20, equipment_value=300.0, **rich)]
    found = causes(rows, "甲")
    assert (found["pupils_primary"]["amount"], found["pupils_primary"]["broken"]) == (37, ("Q1",))
    assert (found["Q1"]["amount"], found["Q1"]["have"], found["Q1"]["broken"]) == (2, 12, ("Q1",))
    # Q7: 20 rooms, 2.3 per hundred asked: 6.9, so with 6 left a second threshold is missed.
    assert (found["Q7"]["amount"], found["Q7"]["measure"], found["Q7"]["broken"]) == (14, "间", ("Q1", "Q7"))
    # Q3: 12 teachers, 0.9 per hundred asked: 2.7, so with 2 left.
    assert found["Q3"]["amount"] == 10
    assert found["teachers"]["amount"] == 2


def test_at_the_threshold_itself_nothing_is_lost_yet() -> None:
    """500 pupils, 21 teachers: 4.2 exactly. Six of seven suffice, so it is the floor that counts: 3.57 is 17.85."""
    rows = [primary("甲", 500, higher_degree_teachers_primary=21)]
    assert causes(rows, "甲")["Q1"]["amount"] == 4
    short = [primary("甲", 500, higher_degree_teachers_primary=21, multimedia_rooms=11)]  # 2.2: the one that is missed
    found = causes(short, "甲")
    assert (found["Q1"]["amount"], found["Q1"]["broken"]) == (1, ("Q1", "Q7"))
    assert found["pupils_primary"]["amount"] == 1


def test_pupils_of_another_stage_count_in_a_shared_building() -> None:
    """By hand: 10 rooms for 200 primary and 100 junior pupils, 1 to 1.1: 10 x 100 / 310 = 3.226 per hundred.

    The primary floor 1.955 asks for at most 511.5 weighted pupils: 283.2 junior pupils, so 184 more are too many.
    """
    rows = [nine_year("九", (200, 100), multimedia_rooms=10, teaching_area=9e4, sports_field_area=9e4,
                      equipment_value=900.0)]  # fmt: skip
    found = causes(rows, "九")
    assert (found["pupils_junior"]["amount"], found["pupils_junior"]["broken"]) == (184, ("Q7",))


@pytest.mark.parametrize("school", ["城关小学", "三段学校"])
@pytest.mark.parametrize("stage", ["primary", "junior"])
def test_each_number_is_where_the_verdict_tips(school: str, stage: str) -> None:
    rows = [*town(), twelve_year("三段学校")]
    for cause, row in causes(rows, school, stage).items():
        amount = row["amount"]
        assert amount >= 1 and float(amount).is_integer() and row["broken"]
        before, after = (
            unit(judge(changed(rows, school, stage, cause, k)), school, stage)["verdict"] for k in (amount - 1, amount)
        )
        assert (before, after) == ("met", "not_met"), cause


@settings(max_examples=10)
@given(st.integers(60, 900), st.integers(0, 12), st.integers(0, 9), st.sampled_from(CAUSES))
def test_any_school_tips_there(pupils: int, spare: int, rooms: int, cause: str) -> None:
    rows = [primary("甲", pupils, multimedia_rooms=math.ceil(pupils * 0.02) + rooms,
                    pe_arts_teachers_primary=math.ceil(pupils * 0.0077) + spare)]  # fmt: skip
    found = causes(rows, "甲")
    if unit(judge(rows), "甲")["verdict"] != "met":
        assert not found
        return
    amount = found[cause]["amount"]
    assert unit(judge(changed(rows, "甲", "primary", cause, amount - 1)), "甲")["verdict"] == "met"
    assert unit(judge(changed(rows, "甲", "primary", cause, amount)), "甲")["verdict"] == "not_met"


def test_what_fails_or_is_open_has_no_margin() -> None:
    rows = [primary("甲"), primary("乙", multimedia_rooms=0), primary("丙", books=None, computers=None),
            primary("丁", multimedia_rooms=None)]  # fmt: skip
    assert set(unit_fragility(judge(rows))["school"]) == {"甲", "丙"}
    assert unit_fragility(judge(rows, "basic-2012")).empty  # judges no single school


# ---- coefficients ---------------------------------------------------------------------------------------------------


def tipping(rows: list[Row], indicator: str, scheme: str = "quality-2017") -> dict[str, Any]:
    found = cv_fragility(judge(rows, scheme))
    own = found[(found["indicator"] == indicator) & (found["stage"] == "primary")]
    return {row["cause"]: row for _, row in own.iterrows()}


def test_a_coefficient_by_hand() -> None:
    """Two schools of 100 with 10 rooms each. k rooms less at one: CV = (k / 2) / (10 - k / 2) > 0.5 for k > 20/3: 7.

    With n pupils at one of them CV² + 1 = (100 + n)(1 + 100 / n) / 400, beyond 1.25 where (100 + n)(1 + 100 / n) > 500.
    """
    rows = [primary(name, 100, multimedia_rooms=10) for name in ("甲", "乙")]
    found = tipping(rows, "Q7")
    assert (found["resource_out"]["amount"], found["resource_out"]["school"]) == (7, "甲")
    assert found["resource_out"]["cv_after"] == pytest.approx(3.5 / 6.5, rel=1e-14)
    fewer = next(k for k in range(1, 100) if (200 - k) * (1 + 100 / (100 - k)) > 500)
    assert found["pupils_out"]["amount"] == fewer
    more = next(k for k in range(1, 9999) if (200 + k) * (1 + 100 / (100 + k)) > 500)
    assert found["pupils_in"]["amount"] == more


def test_at_the_limit_itself_one_room_is_too_many() -> None:
    rows = [primary("甲", 300, multimedia_rooms=10), primary("乙", 300, multimedia_rooms=30)]  # 0.5 exactly
    found = tipping(rows, "Q7")
    assert balance(judge(rows), "Q7")["verdict"] == "met"
    assert (found["resource_out"]["amount"], found["resource_out"]["school"]) == (1, "甲")
    assert found["pupils_in"]["amount"] == 1


def mixed() -> list[Row]:
    return [
        primary("甲", 300, multimedia_rooms=8),
        primary("乙", 520, multimedia_rooms=31),
        nine_year("丙", (150, 260), multimedia_rooms=14),
        junior("丁", 400),
    ]


@pytest.mark.parametrize("indicator", ["Q3", "Q7"])
def test_no_school_tips_it_with_less(indicator: str) -> None:
    """Every school, judged again just before and just there."""
    rows = mixed()
    found = tipping(rows, indicator)
    for cause, sign in (("pupils_in", 1), ("pupils_out", -1)):
        amount, school = int(found[cause]["amount"]), found[cause]["school"]
        over = {
            (name, k): balance(judge(changed(rows, name, "primary", "pupils_primary", sign * k)), indicator)["verdict"]
            for name in ("甲", "乙", "丙")
            for k in (amount - 1, amount)
        }
        assert over[school, amount] == "not_met"
        assert {over[name, amount - 1] for name in ("甲", "乙", "丙")} == {"met"}
    amount, school = found["resource_out"]["amount"], found["resource_out"]["school"]
    if math.isfinite(amount):
        after = balance(judge(changed(rows, school, "primary", indicator, amount)), indicator)
        assert after["verdict"] == "not_met"
        assert after["cv"] == pytest.approx(found["resource_out"]["cv_after"], rel=1e-12)
        for name in ("甲", "乙", "丙"):
            for k in range(max(1, int(amount) - 2), int(amount)):
                less = changed(rows, name, "primary", indicator, k)
                assert balance(judge(less), indicator)["verdict"] == "met"


def test_the_mean_of_all_coefficients() -> None:
    rows = mixed()
    found = tipping(rows, "composite", "basic-2012")
    amount, school = int(found["pupils_in"]["amount"]), found["pupils_in"]["school"]
    for k, verdict in ((amount - 1, "met"), (amount, "not_met")):
        result = judge(changed(rows, school, "primary", "pupils_primary", k), "basic-2012")
        assert result.composite.set_index("stage").at["primary", "verdict"] == verdict
    own = result.composite.set_index("stage").at["primary", "cv"]
    assert own == pytest.approx(found["pupils_in"]["cv_after"], rel=1e-12)


def test_unknown_or_failing_has_no_row_and_one_school_cannot_tip() -> None:
    rows = [primary("甲", 300, multimedia_rooms=None, books=None), primary("乙", 300, backbone_teachers_primary=90)]
    found = cv_fragility(judge(rows))
    assert not {"Q7", "Q2"} & set(found["indicator"])
    alone = cv_fragility(judge([primary("甲", 300)]))
    assert (alone["amount"] == math.inf).all() and (alone["school"] == "").all()
    assert most_pupils("primary") == 6000
