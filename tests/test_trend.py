"""Two years side by side: schools are matched by code, else by name; what is new has no year before."""

from __future__ import annotations

import math

import pytest

from county import judge, junior, primary
from edukit.trend import balance_change, school_change


def test_coefficients_side_by_side() -> None:
    before = judge([primary("甲", 300, multimedia_rooms=4), primary("乙", 300, multimedia_rooms=30)])
    now = judge([primary("甲", 300, multimedia_rooms=10), primary("乙", 300, multimedia_rooms=30), junior("丙")])
    change = balance_change(before, now).set_index(["stage", "indicator"])
    own = change.loc[("primary", "Q7")]
    assert (own["verdict_before"], own["verdict"]) == ("not_met", "met")
    assert own["cv_before"] == pytest.approx(13 / 17, rel=1e-15)
    assert own["cv"] == pytest.approx(0.5, rel=1e-15)
    assert (own["mean_before"], own["mean"]) == pytest.approx((17 / 3, 20 / 3), rel=1e-15)
    assert len(change) == 14
    assert math.isnan(change.loc[("junior", "Q7"), "cv_before"])
    assert change.loc[("junior", "Q7"), "verdict_before"] == ""


def test_schools_are_matched_by_code_then_by_name() -> None:
    before = judge([primary("旧名小学", 300, school_code="0001", multimedia_rooms=0), primary("乙", 200)])
    now = judge([primary("新建小学", 100), primary("乙", 210), primary("新名小学", 320, school_code="0001")])
    change = school_change(before, now).set_index("school")
    assert change["pupils_before"].fillna(-1).to_dict() == {"新名小学": 300, "乙": 200, "新建小学": -1}
    assert change.loc["新名小学", ["n_met_before", "n_met"]].tolist() == [6, 7]
    assert change["verdict_before"].to_dict() == {"新名小学": "not_met", "乙": "met", "新建小学": ""}


def test_stages_are_matched_apart() -> None:
    before = judge([primary("甲", 300)])
    now = judge([primary("甲", 300), junior("乙")])
    assert school_change(before, now)["pupils_before"].isna().tolist() == [False, True]


def test_codes_that_came_this_year_still_match_by_name() -> None:
    before = judge([primary("甲", 300), primary("乙", 200)])
    now = judge([primary("甲", 310, school_code="0001"), primary("乙", 210, school_code="0002")])
    assert school_change(before, now)["pupils_before"].tolist() == [300, 200]
