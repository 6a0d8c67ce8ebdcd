"""Groups of pupils by stage, place and school; and that no small number of a single school can be found out."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import county as made
from edukit import figures, groups, tables, text
from edukit.case import Case, case_of
from edukit.schemes import load_scheme

LEAST = 10


def schools() -> pd.DataFrame:
    """Three primary schools and a nine-year school; one number is blank."""
    return made.frame(
        [
            made.primary("城关小学", 600, urban_type="城区", migrants_primary=90, left_behind_primary=12,
                         special_pupils_primary=3, boarders_primary=0),
            made.primary("河东小学", 400, urban_type="城区", migrants_primary=10, left_behind_primary=0,
                         special_pupils_primary=1, boarders_primary=0),
            made.primary("甲村小学", 100, urban_type="乡村", migrants_primary=2, left_behind_primary=40,
                         special_pupils_primary=2, boarders_primary=30),
            made.nine_year("蒙古族学校", (200, 150), urban_type="乡村", migrants_primary=8, migrants_junior=6,
                           left_behind_primary=None, left_behind_junior=15, special_pupils_primary=4,
                           special_pupils_junior=5, boarders_primary=20, boarders_junior=60),
        ]
    )  # fmt: skip


def cell(group: str, stage: str, place: str = "", of: pd.DataFrame | None = None) -> dict[str, Any]:
    found = groups.by_place(schools() if of is None else of)
    rows = found[(found["group"] == group) & (found["stage"] == stage) & (found["place"] == place)]
    assert len(rows) == 1
    return rows.iloc[0].to_dict()


@pytest.mark.parametrize(
    ("group", "stage", "place", "number", "pupils"),
    [
        ("migrants", "primary", "", 110, 1300),  # 90 + 10 + 2 + 8 of 600 + 400 + 100 + 200
        ("migrants", "primary", "城区", 100, 1000),
        ("migrants", "primary", "乡村", 10, 300),
        ("migrants", "junior", "", 6, 150),
        ("boarders", "primary", "乡村", 50, 300),
        ("left_behind", "primary", "城区", 12, 1000),
        ("left_behind", "junior", "", 15, 150),
    ],
)
def test_numbers_by_stage_and_place(group: str, stage: str, place: str, number: float, pupils: float) -> None:
    row = cell(group, stage, place)
    assert (row["number"], row["pupils"], row["unknown"]) == (number, pupils, ())
    assert row["share"] == number / pupils


def test_a_blank_is_unknown_and_named() -> None:
    row = cell("left_behind", "primary")
    assert math.isnan(row["number"]) and math.isnan(row["share"])
    assert (row["known"], row["unknown"], row["schools"]) == (52, ("蒙古族学校",), 4)


def test_a_special_school_is_not_asked_for_its_own_pupils() -> None:
    special = {"school_name": "特教学校", "school_type": "特殊教育学校", "pupils_primary": 60, "pupils_junior": 0}
    frame = pd.concat([schools(), made.frame([special])], ignore_index=True)
    assert cell("disabled", "primary", of=frame)["number"] == 10
    assert cell("migrants", "primary", of=frame)["unknown"] == ("特教学校",)


def test_the_highest_shares_come_first_and_small_sensitive_numbers_not_at_all() -> None:
    found = groups.concentrated(schools(), most=2)
    first = found[found["group"] == "migrants"]
    assert list(first["school"]) == ["城关小学", "蒙古族学校"] and list(first["share"]) == [0.15, 0.04]
    assert list(found.loc[found["group"] == "left_behind", "school"]) == ["甲村小学", "蒙古族学校"]
    assert (found["group"] == "disabled").sum() == 0


def test_a_small_number_is_not_published_nor_what_gives_it_away() -> None:
    # Juniors: one school with 5, so the stage's own total would tell it.
    assert not cell("disabled", "junior")["published"]
    # Primary: 3 and 1 in town, 2 and 4 in the country: every sum is of two schools, none can be told apart.
    assert [cell("disabled", "primary", place)["published"] for place in ("", "城区", "乡村")] == [True] * 3
    # With a single school in the country its part would be total - town: both places are withheld, the total is not.
    three = schools().iloc[:3]
    assert [cell("disabled", "primary", place, three)["published"] for place in ("", "城区", "乡村")] == [
        True, False, False,
    ]  # fmt: skip


def feasible(leaves: list[tuple[str, float]], told: dict[str, float], shown: list[float | None]) -> list[set[float]]:
    """Every value that each school may have, given what is published (brute force)."""
    ranges = [[number] if number is not None else range(LEAST) for number in shown]
    found: list[set[float]] = [set() for _ in leaves]
    for values in itertools.product(*ranges):
        sums = {
            place: sum(v for v, (own, _) in zip(values, leaves, strict=True) if place in ("", own)) for place in told
        }
        if sums == told:
            for own, value in zip(found, values, strict=True):
                own.add(value)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["城区", "乡村", "镇区"]), st.integers(0, 14)), min_size=1, max_size=4))
def test_no_small_number_can_be_worked_out(leaves: list[tuple[str, int]]) -> None:
    frame = made.frame(
        made.primary(f"第{i}小学", 100, urban_type=place, left_behind_primary=number)
        for i, (place, number) in enumerate(leaves)
    )
    rows = groups.by_place(frame)
    rows = rows[(rows["group"] == "left_behind") & rows["published"]]
    told = dict(zip(rows["place"], rows["number"], strict=True))
    shown = [float(number) if number >= LEAST else None for _, number in leaves]
    options = feasible([(place, float(n)) for place, n in leaves], told, shown)
    for (_, number), possible in zip(leaves, options, strict=True):
        assert number >= LEAST or number == 0 or len(possible) > 1


@given(st.lists(st.tuples(st.sampled_from(["城区", "乡村", None]), st.integers(0, 100)), min_size=1, max_size=8))
def test_places_add_up_to_the_county(leaves: list[tuple[str | None, int]]) -> None:
    frame = made.frame(
        made.primary(f"第{i}小学", 100, urban_type=place, migrants_primary=number)
        for i, (place, number) in enumerate(leaves)
    )
    rows = groups.by_place(frame)
    rows = rows[rows["group"] == "migrants"]
    assert rows.loc[rows["place"] != "", "number"].sum() == rows.loc[rows["place"] == "", "number"].iloc[0]
    assert rows.loc[rows["place"] != "", "schools"].sum() == len(leaves)


# ---- the chapter -----------------------------------------------------------------------------------------------------


def opened(folder: Path, extra: list[made.Row], county: list[made.Row] | None = None) -> Case:
    rows = [
        made.primary("城关小学", 600, urban_type="城区"),
        made.primary("甲村小学", 100, urban_type="乡村"),
        made.junior("第一中学", 500, urban_type="城区"),
    ]
    sheets = {"学校补充": extra, **({"县级": county} if county else {})}
    return case_of(made.saved(folder, rows, **sheets), load_scheme("quality-2017"))


def filled() -> list[made.Row]:
    return [
        {"school_name": "城关小学", "migrants_primary": 60, "left_behind_primary": 4},
        {"school_name": "甲村小学", "migrants_primary": 1, "left_behind_primary": 40},
        {"school_name": "第一中学", "migrants_junior": None, "left_behind_junior": 3},
    ]


def test_the_chapter_tells_numbers_places_and_what_is_missing(tmp_path: Path) -> None:
    said = text.groups(opened(tmp_path, filled()))
    assert said is not None
    assert "小学61人（占8.7%），其中城区60人（占10.0%）、乡村1人（占1.0%）" in said.text
    assert "初中未填报" in said.text and "没有填报随班就读和特教班学生、寄宿生人数" in said.text
    assert "占比最高的是城关小学小学（10.0%，60人）" in said.text


def test_the_chapter_withholds_what_would_tell_a_small_number(tmp_path: Path) -> None:
    case = opened(tmp_path, filled())
    said, shown = text.groups(case), tables.groups(case)
    assert said is not None and shown is not None
    # 40 at one school is published; 4 at the other follows from the total of 44, so neither total nor 城区 is.
    for page in (said.text, shown.text):
        assert not any(number in page for number in ("44人", " 4人", "小学4人", "城区4人", "3人"))
    assert "初中不单独公布" in said.text and "甲村小学" in html_of(tables.group_schools(case))


def html_of(thing: object) -> str:
    return str(getattr(thing, "html", ""))


def test_the_chapter_takes_the_verdicts_from_the_items(tmp_path: Path) -> None:
    county = [{"year": 2020, "mig_eligible": 100, "mig_public": 80, "mig_purchased": 5, "dis_total": 40}]
    case = opened(tmp_path, filled(), county)
    said = text.groups(case)
    assert said is not None
    assert "符合条件随迁子女数100人" in said.text
    assert "随迁子女就读比例85.0%（要求不低于85%）" in said.text
    assert "Edu2 残疾儿童少年入学率无法判定" in said.text


def test_a_county_without_the_sheet_is_told_so_and_draws_nothing(tmp_path: Path) -> None:
    case = opened(tmp_path, [])
    said = text.groups(case)
    assert said is not None and "“学校补充”表没有填报随迁子女、留守儿童" in said.text
    assert figures.groups(case) is None and tables.groups(case) is None and tables.group_schools(case) is None


def test_the_figure_draws_only_what_is_published(tmp_path: Path) -> None:
    chart = figures.groups(opened(tmp_path, filled()))
    assert chart is not None
    assert set(chart.data["群体"]) == {"随迁子女", "留守儿童"}
    rural = chart.data[chart.data["群体"] == "留守儿童"]
    assert list(rural["范围"]) == ["乡村"] and list(rural["人数"]) == [40]
