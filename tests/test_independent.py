"""Every number and verdict of the resource blocks against an implementation that shares no line with edukit."""

from __future__ import annotations

import ast
import os
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import county as made
import independent
from comparing import differences, schools_of
from counts import count, times
from edukit import dictionary
from edukit.schemes import load_scheme
from edukit.workbook import read
from examples.generated import nation

SCHEMES = ("quality-2017", "basic-2012")
ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "data" / "raw").glob("*/*.xlsx"))


def test_it_is_independent() -> None:
    tree = ast.parse((ROOT / "tests" / "independent.py").read_text(encoding="utf-8"))
    names = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= {"__future__", "collections.abc", "dataclasses", "decimal", "fractions"}


def agree(rows: Any, scheme: str) -> None:
    frame = rows if hasattr(rows, "columns") else made.frame(rows)
    result = made.judge(frame, scheme)
    assert list(differences(result, schools_of(frame))) == []
    count("counties recomputed independently")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_example_workbook(path: Path, scheme: str) -> None:
    agree(read(path).schools, scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_generated_counties(scheme: str) -> None:
    frame = nation(times(6, 400), [2022], schools=40, seed=7)
    fields = [name for name in frame.columns if name in dictionary.load()]
    for _, own in frame[fields].groupby(frame["county"]):
        agree(made.frame(completed(own.to_dict("records"))), scheme)


def completed(rows: list[made.Row]) -> list[made.Row]:
    """What is filled in when a workbook is read: no indoor rooms where the blank stands beside an area."""
    for row in rows:
        if pd.isna(row["indoor_sports_area"]) and not pd.isna(row["teaching_area"]):
            row["indoor_sports_area"] = 0.0
    return rows


NUMBER = st.integers(0, 400)
AREA = st.decimals(0, 9000, places=1).map(float)
KIND = st.sampled_from(
    "小学 小学教学点 初级中学 九年一贯制学校 十二年一贯制学校 完全中学 特殊教育学校 职业初中".split()
)
SPONSOR = st.sampled_from("县级教育部门 民办 企业 高校 地级教育部门 省级教育部门 县级其他部门".split())
STAFF = "teachers higher_degree_teachers middle_title_teachers backbone_teachers pe_arts_teachers".split()
PER_THOUSAND = (42, 53, 10, 9)
PER_PUPIL = (4.5, 5.8, 7.5, 10.2, 0.2, 0.25, 3.825)


@st.composite
def counties(draw: st.DrawFn) -> list[made.Row]:
    """Counties with anything that can be in them: all types and sponsors, zeros, blanks, values at the standard."""
    rows = []
    for number in range(draw(st.integers(1, 7))):
        row = made.primary(f"校{number}", 300, school_type=draw(KIND), sponsor_type=draw(SPONSOR))
        for stage in ("primary", "junior", "senior"):
            row[f"pupils_{stage}"] = draw(st.none() | st.integers(0, 900))
        for stage in ("primary", "junior"):
            pupils = row[f"pupils_{stage}"] or 100
            near = st.sampled_from([-(-pupils * share // 1000) for share in PER_THOUSAND])
            for part in STAFF:
                row[f"{part}_{stage}"] = draw(NUMBER | near)
        pupils = row["pupils_primary"] or 100
        for part in ("teaching_area", "sports_field_area", "equipment_value"):
            row[part] = draw(AREA | st.sampled_from([round(by * pupils, 4) for by in PER_PUPIL]))
        for part in ("multimedia_rooms", "computers", "books"):
            row[part] = draw(NUMBER)
        row["indoor_sports_area"] = draw(st.none() | st.just(0.0) | AREA)
        if draw(st.integers(0, 14)) == 0:
            row[draw(st.sampled_from(sorted(row.keys() - {"school_name", "school_type"})))] = None
        rows.append(row)
    for row in rows:
        row["sponsor_type"] = row["sponsor_type"] or "县级教育部门"
        if row["indoor_sports_area"] is None and row["teaching_area"] is not None:
            row["indoor_sports_area"] = 0.0
    return rows


@pytest.mark.parametrize("scheme", SCHEMES)
def test_any_county(scheme: str) -> None:
    @settings(max_examples=times(60, 100))
    @given(rows=counties())
    def some(rows: list[made.Row]) -> None:
        agree(rows, scheme)

    end = time.monotonic() + 600  # bounded, however slow the machine is; what was tried is counted
    for number in range(times(1, 30)):
        if time.monotonic() < end:
            (seed(number)(some) if os.environ.get("CI") else some)()  # with CI set, the same in every run


def test_a_difference_is_seen() -> None:
    frame = made.frame(made.town())
    result = made.judge(frame)
    wrong = schools_of(frame)
    wrong[0]["teaching_area"] += 1
    assert any("Q4" in line for line in differences(result, wrong))


def test_the_numbers_are_the_policys() -> None:
    """The copies of thresholds and limits agree, so that a typing error in either is seen."""
    quality, basic = (load_scheme(name) for name in SCHEMES)
    for indicator in quality.indicators:
        assert [indicator.threshold[s] for s in independent.STAGES] == [
            float(x) for x in independent.QUALITY[indicator.id][3]
        ]
        assert [indicator.cv_limit[s] for s in independent.STAGES] == [float(x) for x in independent.QUALITY_LIMITS]
    assert [basic.composite_limit[s] for s in independent.STAGES] == [float(x) for x in independent.BASIC_LIMITS]
