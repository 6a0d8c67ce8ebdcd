"""Why a county is unequal: measures split by groups, what one school does, and what moved since the year before."""

from __future__ import annotations

import csv
import math
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from county import judge, junior, primary
from edukit import dispersion
from edukit.inequality import gini, split, splits, theil
from edukit.influence import influence, raised, without
from edukit.movement import PARTS, movement

BOOKS, PUPILS = [279.0, 137, 935, 160, 402], [45.0, 37, 89, 76, 55]
PYSAL = {"theil": 0.2546084944385914, "gini": 0.3843178254051228, "between": 0.03046348}
"""inequality 1.1.2, one pupil each: Theil(y).T, Gini(y).g, TheilD(y, partition).bg (printed with eight digits)."""
MEASURES = ("cv2", "theil", "gini")
units = st.lists(
    st.tuples(st.floats(0, 1e6), st.integers(1, 3000), st.sampled_from("城镇乡")), min_size=2, max_size=40
).filter(lambda rows: sum(x for x, _, _ in rows) > 1e-3)


def taiwan() -> Path:
    return Path(__file__).resolve().parents[2] / "shared/domain/cases/read_only/c15_taiwan_2024_primary_given.csv"


# ---- measures -------------------------------------------------------------------------------------------------------


def test_measures_by_hand() -> None:
    """Two schools of 100 pupils with 1 and 3 of the resource: shares 1/4 and 3/4 against 1/2 and 1/2."""
    x, n = [1.0, 3.0], [100.0, 100.0]
    assert theil(x, n) == pytest.approx(0.25 * math.log(0.5) + 0.75 * math.log(1.5), rel=1e-15)
    assert gini(x, n) == pytest.approx(0.25, rel=1e-15)
    assert split("cv2", x, n, ["a", "a"]).total == pytest.approx(0.25, rel=1e-15)


def test_unweighted_numbers_are_those_of_pysal() -> None:
    ones = [1.0] * 5
    assert theil(BOOKS, ones) == pytest.approx(PYSAL["theil"], rel=1e-12)
    assert gini(BOOKS, ones) == pytest.approx(PYSAL["gini"], rel=1e-12)
    assert split("theil", BOOKS, ones, list("abaab")).between == pytest.approx(PYSAL["between"], abs=5e-9)


@given(units)
def test_weights_are_as_many_pupils_each(rows: list[tuple[float, int, str]]) -> None:
    """The Gini coefficient from its definition, over all pairs of pupils."""
    x, n = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])
    r, mean = x / n, x.sum() / n.sum()
    pairs = np.abs(r[:, None] - r[None, :]) * n[:, None] * n[None, :]
    assert gini(x, n) == pytest.approx(pairs.sum() / (2 * n.sum() ** 2 * mean), abs=1e-12)


@given(units, st.sampled_from(MEASURES))
def test_the_parts_sum_to_the_total_and_none_is_negative(rows: list[tuple[float, int, str]], measure: str) -> None:
    x, n, groups = zip(*rows, strict=True)
    found = split(measure, x, n, groups)
    assert found.between + found.within + found.overlap == pytest.approx(found.total, rel=1e-12, abs=1e-12)
    assert min(found.between, found.within, found.overlap) >= -1e-12
    if measure == "cv2":
        assert math.sqrt(found.total) == pytest.approx(dispersion.coefficient(x, n), rel=1e-9, abs=1e-9)


@given(units, st.sampled_from(MEASURES), st.integers(2, 5))
def test_scale_and_size_do_not_matter(rows: list[tuple[float, int, str]], measure: str, times: int) -> None:
    x, n, groups = zip(*rows, strict=True)
    one = split(measure, x, n, groups)
    scaled = split(measure, [value * times for value in x], n, groups)
    again = split(measure, x * times, n * times, groups * times)
    for other in (scaled, again):
        for part in ("total", "between", "within"):
            assert getattr(other, part) == pytest.approx(getattr(one, part), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("measure", MEASURES)
def test_equal_shares_are_zero_and_one_group_has_nothing_between(measure: str) -> None:
    even = split(measure, [4.0, 8.0, 2.0], [2.0, 4.0, 1.0], ["a", "b", "a"])
    assert (even.total, even.between, even.within) == pytest.approx((0, 0, 0), abs=1e-15)
    assert split(measure, BOOKS, PUPILS, ["a"] * 5).between == pytest.approx(0, abs=1e-15)
    alone = split(measure, BOOKS, PUPILS, list("abcde"))
    assert (alone.within, alone.between) == pytest.approx((0, alone.total), abs=1e-15)


@pytest.mark.parametrize("measure", MEASURES)
def test_unknown_is_unknown_and_nothing_is_zero(measure: str) -> None:
    assert math.isnan(split(measure, [1.0, math.nan], [1.0, 1.0], ["a", "b"]).total)
    assert math.isnan(split(measure, [0.0, 0.0], [1.0, 1.0], ["a", "b"]).total)
    assert split(measure, [2.0, 0.0, 0.0], [1.0, 1.0, 1.0], ["a", "b", "b"]).within == 0


# ---- real data ------------------------------------------------------------------------------------------------------


def california() -> dict[str, list[dict[str, str]]]:
    with (Path(__file__).parent / "cases" / "c12_caschool_districts.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["county"])
    return {county: list(own) for county, own in groupby(rows, key=lambda row: row["county"])}


@pytest.mark.parametrize("measure", MEASURES)
def test_every_county_of_california_splits_exactly(measure: str) -> None:
    for rows in california().values():
        n = [float(row["students"]) for row in rows]
        for resource in ("teachers", "computers"):
            x = [float(row[resource]) for row in rows]
            found = split(measure, x, n, [row["grades"] for row in rows])
            assert found.between + found.within + found.overlap == pytest.approx(found.total, abs=1e-12)
            if measure == "cv2":  # school by school too
                parts = dispersion.contributions(x, n)
                assert math.fsum(parts) == pytest.approx(found.total, abs=1e-12) and parts.min() >= 0
    whole = [row for rows in california().values() for row in rows]
    found = split(measure, [float(r["teachers"]) for r in whole], [float(r["students"]) for r in whole],
                  [r["county"] for r in whole])  # fmt: skip
    assert 0 < found.between < found.total


@pytest.mark.skipif(not taiwan().is_file(), reason="the data may be read in place only, and are not here")
def test_the_schools_of_taiwan_split_exactly() -> None:
    with taiwan().open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    pupils = [sum(int(row[f"{sex}_g{g}"] or 0) for sex in ("boys", "girls") for g in range(1, 7)) for row in rows]
    teachers = [int(row["teachers_m"]) + int(row["teachers_f"]) for row in rows]
    kept = [i for i, count in enumerate(pupils) if count > 0]
    assert len(rows) == 1428 and len(kept) > 1400
    n, x = [pupils[i] for i in kept], [teachers[i] for i in kept]
    for by in ("county", "township", "level"):
        for measure in MEASURES:
            found = split(measure, x, n, [rows[i][by] for i in kept])
            assert found.between + found.within + found.overlap == pytest.approx(found.total, abs=1e-12)
    assert dispersion.contributions(x, n).sum() == pytest.approx(dispersion.coefficient(x, n) ** 2, abs=1e-12)


def independent() -> list[dict[str, str]]:
    with (Path(__file__).parent / "cases" / "oracle_inequality.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("line", independent(), ids=lambda line: f"{line['group']}-{line['indicator']}")
def test_weighted_numbers_are_those_of_independent_libraries(line: dict[str, str]) -> None:
    if line["case"] == "C01":
        x, n, groups = BOOKS, PUPILS, list("aabbc")
    else:
        rows = california()[line["group"]]
        column = {"teachers_per_student": "teachers", "computers_per_100_students": "computers"}[line["indicator"]]
        x, n = [float(row[column]) for row in rows], [float(row["students"]) for row in rows]
        groups = [row["grades"] for row in rows]
    assert (len(n), sum(n)) == (int(line["n_units"]), float(line["pupils"]))
    spread, square = split("theil", x, n, groups), split("cv2", x, n, groups)
    for ours, theirs in (
        (spread.total, "theil"),
        (spread.between, "theil_between"),
        (spread.within, "theil_within"),
        (gini(x, n), "gini"),
        (square.total, "cv_square"),
        (square.between, "cv_square_between"),
        (theil(np.array(x) / np.array(n), np.ones(len(n))), "theil_unweighted"),
        (gini(np.array(x) / np.array(n), np.ones(len(n))), "gini_unweighted"),
    ):
        assert ours == pytest.approx(float(line[theirs]), rel=1e-9, abs=1e-12), theirs


# ---- one school -----------------------------------------------------------------------------------------------------


@example([(65468.0, 1, "城"), (68.6, 1, "城")])  # one school is nearly all of the inequality
@given(units)
def test_without_one_school_is_the_coefficient_of_the_others(rows: list[tuple[float, int, str]]) -> None:
    x, n = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])
    for i, found in enumerate(without(x, n)):
        expected = dispersion.coefficient(np.delete(x, i), np.delete(n, i))
        if np.delete(x, i).sum() > 1e-6 * x.sum():  # else nothing is left to be unequal, up to rounding
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(units)
def test_a_school_brought_up_is_the_coefficient_computed_anew(rows: list[tuple[float, int, str]]) -> None:
    x, n = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])
    targets = x.sum() / n.sum() * n
    for i, found in enumerate(raised(x, n, targets)):
        other = x.copy()
        other[i] = max(x[i], targets[i])
        assert found == pytest.approx(dispersion.coefficient(other, n), rel=1e-9, abs=1e-9)


def test_only_one_school_leaves_nothing_to_compare() -> None:
    assert math.isnan(without([5.0], [3.0])[0])
    assert math.isnan(raised([math.nan], [3.0], [6.0])[0])
    assert np.isnan(without([5.0, math.nan, 1.0], [3.0, 2.0, 1.0])).all()
    assert raised([5.0, 9.0], [3.0, 2.0], [math.nan, 1.0]) == pytest.approx(dispersion.coefficient([5, 9], [3, 2]))


def test_influence_names_the_school_that_matters() -> None:
    rows = [primary("甲", 300, multimedia_rooms=4), primary("乙", 300, multimedia_rooms=30), primary("丙", 400)]
    found = influence(judge(rows)).set_index(["indicator", "school"])
    rooms = found.loc["Q7"]
    assert rooms["share"].sum() == pytest.approx(1, abs=1e-12)
    assert rooms["without"].idxmin() == rooms["share"].idxmax()
    assert rooms.loc["甲", "at_threshold"] < rooms.loc["甲", "cv"]


# ---- groups of a county ---------------------------------------------------------------------------------------------


def test_splits_of_a_county_and_a_blank_field_is_a_group_of_its_own() -> None:
    rows = [
        primary("甲", 300, urban_type="城区", multimedia_rooms=4),
        primary("乙", 300, urban_type="乡村", multimedia_rooms=30),
        primary("丙", 400, urban_type=None),
        junior("丁", 200, urban_type="城区", multimedia_rooms=None),
    ]
    found = splits(judge(rows), "urban_type").set_index(["stage", "indicator", "measure"])
    own = found.loc[("primary", "Q7", "cv2")]
    assert (own["n_groups"], own["n_unlabelled"]) == (3, 1)
    assert own["within"] == 0 and own["between"] == pytest.approx(own["total"], rel=1e-12)
    assert math.isnan(found.loc[("junior", "Q7", "theil"), "total"])
    assert len(found) == 2 * 7 * 3


# ---- from year to year ----------------------------------------------------------------------------------------------

SAME = [primary("甲", 300, multimedia_rooms=5), primary("乙", 300, multimedia_rooms=9), primary("丙", 400)]


def moved(now: list, before: list | None = None, indicator: str = "Q7") -> dict:
    found = movement(judge(before or SAME), judge(now)).set_index("indicator").loc[indicator]
    parts = [found[part] for part in PARTS]
    assert sum(parts) == pytest.approx(found["change"], abs=1e-12)
    return found.to_dict()


def test_each_cause_alone_is_the_whole_change() -> None:
    rooms = moved([primary("甲", 300, multimedia_rooms=8), *SAME[1:]])
    assert rooms["resources"] == pytest.approx(rooms["change"], abs=1e-15) and rooms["change"] < 0
    assert (rooms["pupils"], rooms["schools"]) == (0, 0)
    closed = moved(SAME[1:])
    assert closed["schools"] == pytest.approx(closed["change"], abs=1e-15)
    assert (closed["n_opened"], closed["n_closed"]) == (0, 1)


def test_two_causes_share_the_change() -> None:
    """By hand: pupils 300 → 150 and rooms 5 → 9 of one school; Shapley is the mean of the two orders."""
    n0, n1, x0, x1 = [300, 300, 400], [150, 300, 400], [5, 9], [9, 9]
    last = float(judge(SAME).cells.query("indicator == 'Q7' and school == '丙'")["resource"].iloc[0])
    cv = {(a, b): dispersion.coefficient([*(x1 if b else x0), last], n1 if a else n0) for a in (0, 1) for b in (0, 1)}
    pupils = ((cv[1, 0] - cv[0, 0]) + (cv[1, 1] - cv[0, 1])) / 2
    found = moved([primary("甲", 150, multimedia_rooms=9), SAME[1], primary("丙", 400, multimedia_rooms=last)])
    assert found["pupils"] == pytest.approx(pupils, abs=1e-15)
    assert found["schools"] == 0


def test_an_unknown_number_leaves_the_parts_unknown() -> None:
    found = movement(judge(SAME), judge([*SAME[:2], primary("丙", 400, multimedia_rooms=None)]))
    own = found.set_index("indicator").loc["Q7"]
    assert math.isnan(own["change"]) and math.isnan(own["pupils"])
