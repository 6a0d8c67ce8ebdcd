"""Do schools become more alike, and do those that had least catch up? By hand, and against the definition."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county import Row, judge, primary, table, write_xlsx
from edukit.convergence import MIXED, NARROWS, SAME, UNKNOWN, WIDENS, convergence, levels, sentence, spread
from edukit.dispersion import coefficient
from edukit.inequality import gini, theil
from edukit.monitoring import open_monitoring


def years(*rooms: list[float | None], pupils: list[int] | None = None) -> list[Any]:
    """A county of as many primary schools, by year the multimedia rooms of each."""
    sizes = pupils or [100] * len(rooms[0])
    return [
        judge([school(i, n, own) for i, (n, own) in enumerate(zip(sizes, row, strict=True))], year=2018 + y)
        for y, row in enumerate(rooms)
    ]


def school(i: int, pupils: int, rooms: float | None) -> Row:
    return primary(f"{i}校", pupils, school_code=f"{i}", multimedia_rooms=rooms)


def rooms_of(found: pd.DataFrame) -> pd.Series:
    own = found[found["indicator"] == "Q7"]
    assert len(own) == 1
    return own.iloc[0]


def test_by_hand() -> None:
    """2, 4, 4, 6 rooms become 4, 4, 4, 6 of a mean of 4: relative starts .5, 1, 1, 1.5 and gains .5, 0, 0, 0.

    Slope: (-.5 x .5) / (.25 + .25) = -.5.
    """
    row = rooms_of(convergence(years([2, 4, 4, 6], [4, 4, 4, 6])))
    assert row["beta"] == pytest.approx(-0.5, rel=1e-14)
    assert (row["mean_first"], row["mean"]) == (4, 4.5)
    assert row["cv_first"] == pytest.approx(math.sqrt(2) / 4, rel=1e-14)
    assert row["cv"] == pytest.approx(math.sqrt(3 / 4) / 4.5, rel=1e-14)
    assert [row[name] for name in ("bottom_first", "bottom", "top_first", "top")] == [2, 4, 6, 6]
    assert (row["spread"], row["catching_up"], row["n_matched"]) == (NARROWS, True, 4)
    text = sentence(row, "每百名学生网络多媒体教室数")
    assert "2018年至2019年校际差距缩小，差异系数由0.354变为0.192" in text
    assert "由2变为4，最高的四分之一由6变为6，薄弱学校增加多于" in text


def test_a_school_that_had_nothing_counts() -> None:
    row = rooms_of(convergence(years([0, 4, 8], [2, 4, 8])))
    assert row["beta"] == pytest.approx(-0.25, rel=1e-14)  # start 0, 1, 2; gain .5, 0, 0
    assert (row["bottom_first"], row["bottom"]) == (0, 2)


def test_more_for_all_alike_is_more_alike_but_no_catching_up() -> None:
    row = rooms_of(convergence(years([2, 4], [3, 5])))
    assert (row["spread"], row["catching_up"]) == (NARROWS, False)
    assert row["beta"] == pytest.approx(0, abs=1e-14)
    wider = rooms_of(convergence(years([2, 4], [2, 6])))
    assert (wider["spread"], wider["catching_up"]) == (WIDENS, False) and wider["beta"] > 0
    assert "校际差距扩大" in sentence(wider, "间数")


def test_every_year_between_is_counted() -> None:
    row = rooms_of(convergence(years([2, 4], [2, 6], [3, 5], [4, 4])))
    assert (row["n_falls"], row["n_rises"], row["year_first"], row["year"]) == (2, 1, 2018, 2021)


def test_schools_of_one_year_only_are_not_matched() -> None:
    before = judge([school(0, 100, 2), school(1, 100, 6), school(2, 100, 9)], year=2018)
    now = judge([school(0, 100, 4), school(1, 100, 6), school(3, 100, 1)], year=2020)
    row = rooms_of(convergence([before, now]))
    assert (row["n_matched"], row["beta"]) == (2, pytest.approx(-0.5))  # starts .5, 1.5; gains .5, 0


def test_unknown_is_unknown() -> None:
    row = rooms_of(convergence(years([2, None], [4, 4])))
    assert row["spread"] == UNKNOWN and row["catching_up"] is None and math.isnan(row["beta"])
    assert "缺数据" in sentence(row, "间数")
    alone = rooms_of(convergence(years([2], [4])))
    assert alone["spread"] == SAME and alone["catching_up"] is None
    assert "不足两所" in sentence(alone, "间数")
    same = rooms_of(convergence(years([4, 4], [4, 4])))
    assert math.isnan(same["beta"]) and same["spread"] == SAME  # all began alike: nothing to regress on
    with pytest.raises(ValueError, match="two years"):
        convergence(years([2, 4]))


def test_levels_have_all_three_measures() -> None:
    found = levels(years([2, 6], [4, 4]))
    own = found[found["indicator"] == "Q7"].set_index("year")
    assert own["theil"].tolist() == [theil([2, 6], [100, 100]), 0]
    assert own["gini"].tolist() == [gini([2, 6], [100, 100]), 0]
    assert own["cv"].tolist() == [0.5, 0]


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.integers(20, 900), st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=6).filter(
        lambda rows: sum(before for _, before, _ in rows) > 0
    )
)
def test_the_slope_is_that_of_weighted_least_squares(rows: list[tuple[int, int, int]]) -> None:
    pupils, before, after = (list(column) for column in zip(*rows, strict=True))
    row = rooms_of(convergence(years(before, after, pupils=pupils)))
    n, x0, x1 = (np.array(column, dtype=float) for column in (pupils, before, after))
    start, gain = x0 / n / (x0.sum() / n.sum()), (x1 - x0) / n / (x0.sum() / n.sum())
    if np.ptp(start) > 1e-3:
        assert row["beta"] == pytest.approx(np.polyfit(start, gain, 1, w=np.sqrt(n))[0], rel=1e-6, abs=1e-6)
    assert row["cv"] == pytest.approx(coefficient(x1, n), nan_ok=True)


def test_two_measures_may_disagree() -> None:
    assert spread(-0.1, 0.1) == spread(0.0, 0.1) == MIXED


def test_the_year_of_recognition_is_where_it_begins(tmp_path: Path) -> None:
    """Four years, recognised in the second: 2 and 6 rooms (CV .5) became 3 and 5 (.25); the first is left aside."""
    for year, rooms in ((2018, (1, 9)), (2019, (2, 6)), (2020, (2, 8)), (2021, (3, 5))):
        rows = [school(i, 100, number) for i, number in enumerate(rooms)]
        county = [{"year": year, "pass_year_basic": 2019}]
        sheets = {"学校": table(rows), "县级": table(county)}
        write_xlsx(tmp_path / "data" / "raw" / "990009-某县" / f"{year}.xlsx", sheets)
    watch = open_monitoring("990009", 2021, "quality-2017", 0, tmp_path)
    row = rooms_of(convergence(watch.years))
    assert (watch.basis, row["year_first"], row["year"]) == ("recognised", 2019, 2021)
    assert (row["cv_first"], row["cv"]) == pytest.approx((0.5, 0.25), rel=1e-14)
    assert (row["n_falls"], row["n_rises"]) == (1, 1)
    assert (row["spread"], row["catching_up"], row["bottom_first"], row["bottom"]) == (NARROWS, True, 2, 3)
    asked = rooms_of(convergence(open_monitoring("990009", 2021, "quality-2017", 2018, tmp_path).years))
    assert (asked["year_first"], asked["cv_first"]) == (2018, pytest.approx(0.8, rel=1e-14))
