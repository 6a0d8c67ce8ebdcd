"""What if: changes that are thought of, the county judged beside the county as it is, as frames, JSON and text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from county import Row, frame, from_json, judge, junior, nine_year, primary, saved, town
from edukit import documents
from edukit.case import Case, case_of
from edukit.changes import Change, apply
from edukit.cli import main
from edukit.errors import CallError
from edukit.scenario import Scenario, WhatIf, load_scenario, what_if
from edukit.schemes import load_scheme


def case(folder: Path, rows: Sequence[Row], scheme: str = "quality-2017", **sheets: Sequence[Row]) -> Case:
    return case_of(saved(folder, rows, **sheets), load_scheme(scheme))


def tried(folder: Path, rows: Sequence[Row], *changes: Change, **sheets: Sequence[Row]) -> WhatIf:
    return what_if(case(folder, rows, **sheets), Scenario("试", changes))


def row(frame: pd.DataFrame, **wanted: Any) -> pd.Series:
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


POOR = [*town(), primary("贫校", 100, multimedia_rooms=1, backbone_teachers_primary=0)]
"""One school at 1 room and no backbone teacher per hundred pupils, below two floors."""


def test_a_repaired_school_passes_beside_the_county_as_it_was(tmp_path: Path) -> None:
    found = tried(
        tmp_path,
        POOR,
        Change("buy", "贫校", "multimedia_rooms", 2),
        Change("move", "贫校", "backbone_teachers_primary", 1, from_school="城关小学"),
    )
    own = row(found.units, school="贫校")
    assert (own["verdict_before"], own["verdict"], own["n_met_before"], own["n_met"]) == ("not_met", "met", 5, 7)
    assert row(found.verdicts, kind="resources")[["before", "after"]].tolist() == ["not_met", "met"]
    rooms = row(found.values, school="贫校", indicator="Q7")
    assert (rooms["value_before"], rooms["value"], rooms["threshold"]) == (1.0, 3.0, 2.3)
    assert found.before.source.set_index("school_name").at["贫校", "multimedia_rooms"] == 1  # the old one is untouched
    change = row(found.balance, stage="primary", indicator="Q7")
    assert change["cv_change"] == change["cv"] - change["cv_before"] < 0
    assert set(found.values["indicator"]) == {"Q2", "Q7"}


def test_it_is_what_judging_the_changed_workbook_gives(tmp_path: Path) -> None:
    changes = (Change("merge", "长营子学校", from_school="河东小学"), Change("grow", stage="junior", amount=0.1))
    found = tried(tmp_path, POOR, *changes)
    direct = judge(apply(frame(POOR), changes))
    pd.testing.assert_frame_equal(
        found.after.balance.reset_index(drop=True), direct.balance.reset_index(drop=True), check_dtype=False
    )
    assert found.after.schools["verdict"].tolist() == direct.schools["verdict"].tolist()


def test_a_primary_school_merged_into_a_nine_year_school(tmp_path: Path) -> None:
    """By hand: 300 + 350 primary and 200 junior pupils share one building, 1 to 1.1."""
    found = tried(tmp_path, town(), Change("merge", "长营子学校", from_school="河东小学"))
    area = 500 * 8.0 + 350 * 8.0 - (500 * 0.5 + 350 * 0.5)
    share = 650 / (650 + 1.1 * 200)
    own = row(found.values, school="长营子学校", stage="primary", indicator="Q4")
    assert own["value"] == pytest.approx(area * share / 650, rel=1e-14)
    gone = row(found.units, school="河东小学")
    assert (gone["verdict"], gone["changed"], gone["pupils_before"]) == ("", True, 350)
    assert math.isnan(gone["pupils"])
    assert row(found.units, school="长营子学校", stage="primary")["pupils"] == 650
    assert row(found.units, school="长营子学校", stage="junior")["pupils"] == 200


def test_a_merger_under_a_scheme_that_judges_no_single_school(tmp_path: Path) -> None:
    """And the mean of the coefficients, which is what such a scheme judges, beside what it was."""
    merge = Scenario("并", (Change("merge", "城关小学", from_school="河东小学"),))
    found = what_if(case(tmp_path, town(), "basic-2012"), merge)
    assert found.units.loc[found.units["changed"], "school"].tolist() == ["河东小学"]
    before, after = (each.composite.set_index("stage") for each in (found.before, found.after))
    own = row(found.composite, stage="primary")
    assert (own["cv_before"], own["cv"]) == (before.at["primary", "cv"], after.at["primary", "cv"])
    assert (own["limit"], own["verdict_before"], own["verdict"]) == (0.65, "met", "met")
    text = documents.scenario_text(found)
    assert "小学综合差异系数" in text and "（上限 0.65）" in text and "初中综合差异系数" not in text
    assert "河东小学（小学）学生 350 → — 人" in text


def test_coefficients_unknown_on_both_sides_are_no_change(tmp_path: Path) -> None:
    found = tried(tmp_path, [primary("甲", multimedia_rooms=None), junior()], Change("buy", "第一中学", "books", 1))
    assert "没有变化" in documents.scenario_text(found)


def test_special_rooms_go_with_the_school(tmp_path: Path) -> None:
    rooms = [{"school_name": "河东小学", "room_kind": "音乐", "room_area": 96.0}]
    found = tried(tmp_path, town(), Change("merge", "城关小学", from_school="河东小学"), 专用教室=rooms)
    assert found.after.evidence.rooms["school_name"].tolist() == ["城关小学"]
    assert found.before.evidence.rooms["school_name"].tolist() == ["河东小学"]


def test_sizes_of_classes_are_not_known_once_pupils_moved(tmp_path: Path) -> None:
    moved = Change("pupils", "河东小学", stage="primary", amount=20, from_school="城关小学")
    found = tried(tmp_path, town(), moved)
    assert row(found.verdicts, id="Gov5")[["before", "after"]].tolist() == ["met", "undetermined"]
    told = {finding.school for finding in found.after.findings if finding.rule == "scenario-classes"}
    assert told == {"城关小学", "河东小学"}
    given_ = [Change("set", name, "max_class_primary", 42) for name in ("城关小学", "河东小学")]
    again = tried(tmp_path / "2", town(), moved, *given_)
    assert row(again.verdicts, id="Gov5")["after"] == "met"
    assert not [finding for finding in again.after.findings if finding.rule == "scenario-classes"]


def test_a_blank_that_is_filled_in(tmp_path: Path) -> None:
    rows = [*town(), primary("某校", 100, multimedia_rooms=None)]
    found = tried(tmp_path, rows, Change("set", "某校", "multimedia_rooms", 3))
    assert row(found.units, school="某校")[["verdict_before", "verdict"]].tolist() == ["undetermined", "met"]
    assert not [finding for finding in found.after.findings if finding.rule == "unknown-value"]


def test_a_school_that_is_opened(tmp_path: Path) -> None:
    values = primary("新校", 200)
    found = tried(tmp_path, town(), Change("open", values=values))
    own = row(found.units, school="新校")
    assert (own["verdict_before"], own["verdict"], own["pupils"]) == ("", "met", 200)
    half = tried(tmp_path / "2", town(), Change("open", values={**values, "books": None, "multimedia_rooms": None}))
    assert [f.where for f in half.after.findings if f.rule == "unknown-value"] == ["学校"]


@given(st.integers(0, 349), st.sampled_from(["城关小学", "长营子学校"]))
def test_pupils_moved_keep_their_sum(amount: int, to: str) -> None:
    moved = apply(frame(town()), [Change("pupils", to, stage="primary", amount=amount, from_school="河东小学")])
    assert moved["pupils_primary"].sum() == 1250


def test_options_and_the_year_before_stay(tmp_path: Path) -> None:
    option = load_scheme("quality-2017").options[0]
    setting = [{"option_id": option.id, "option_on": "是", "option_basis": "某文件"}]
    found = tried(tmp_path, town(), Change("buy", "城关小学", "computers", 1), 评估设置=setting)
    assert found.after.options == found.before.options and len(found.after.options) == 1


# ---- the file and the command ---------------------------------------------------------------------------------------


def written(folder: Path, text: str) -> Path:
    path = folder / "方案.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_chinese_names_mean_the_same(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "name: 甲案\nchanges:\n"
        "- {kind: 交流教师, school: 乙校, from_school: 甲校, field: 小学体育艺术专任教师数, amount: 2}\n"
        "- {kind: 划转学生, school: 乙校, from_school: 甲校, stage: 小学, amount: 30}\n",
    )
    teachers = Change("move", "乙校", "pe_arts_teachers_primary", 2, from_school="甲校")
    pupils = Change("pupils", "乙校", stage="primary", amount=30, from_school="甲校")
    assert load_scenario(path) == Scenario("甲案", (teachers, pupils))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- 1", "应写明 name（名称）和 changes"),
        ("name: 甲\nchanges: []", "是空的"),
        ("name: 甲\nplan: 1\nchanges: [{kind: hire}]", "应写明 name"),
        ("changes: [{school: 甲校}]", "第 1 项应写明 kind"),
        ("changes: [{kind: fire, school: 甲校}]", "第 1 项没有“fire”这种变更"),
        ("changes: [{kind: hire, school: 甲校, who: 1}]", "第 1 项不认识“who”"),
        ("changes: [{kind: hire, school: 123, field: books, amount: 1}]", "标识码请加引号，实为“123”"),
        ("changes: [{kind: grow, stage: 幼儿园, amount: 1}]", "应为小学、初中或高中，实为“幼儿园”"),
        ("changes: [{kind: grow, amount: 三}]", "amount 应为数字，实为“三”"),
        ("changes: [{kind: buy, school: 甲校, field: 图书馆, amount: 1}]", "没有“图书馆”这一列"),
        ("changes: [{kind: buy, school: 甲校, field: books}]", "缺少 amount"),
        ("changes: [", "读不出来"),
    ],
)
def test_what_a_scenario_cannot_be_is_said(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(CallError, match=told) as caught:
        load_scenario(written(tmp_path, text))
    assert "方案文件" in str(caught.value)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, POOR)
    text = "name: 补间数\nchanges:\n- {kind: buy, school: 贫校, field: multimedia_rooms, amount: 2}\n"
    plan = written(tmp_path, text)
    assert main(["assess", str(path), "--scenario", str(plan), "--json"]) == 0
    document = from_json(capsys.readouterr().out)
    assert list(document) == ["scenario", "before", "after", "changed"]
    plain = documents.assessment(case(tmp_path / "2", POOR).now)
    assert document["before"].keys() == document["after"].keys() == plain.keys()
    assert document["before"]["balance"] == plain["balance"]
    assert document["scenario"]["changes"][0]["amount"] == 2
    assert [entry["indicator"] for entry in document["changed"]["values"]] == ["Q7"]
    assert document["changed"]["units"][0]["school"] == "贫校"
    assert main(["assess", str(path), "--scenario", str(plan)]) == 0
    text = capsys.readouterr().out
    assert "方案“补间数”" in text and "贫校（小学）达标 5 → 6 项" in text


def test_the_command_refuses_what_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, town())
    plan = written(tmp_path, "name: 甲\nchanges:\n- {kind: merge, school: 城关小学, from_school: 城关中学}\n")
    assert main(["assess", str(path), "--scenario", str(plan)]) == 2
    assert "方案“甲”：第 1 项变更不能进行。撤并学校：" in capsys.readouterr().err
    assert main(["assess", str(path), "--scenario", str(tmp_path / "没有.yaml")]) == 2
    assert "找不到方案文件" in capsys.readouterr().err


def test_nothing_changed_is_said(tmp_path: Path) -> None:
    found = tried(tmp_path, [junior(), nine_year()], Change("buy", "第一中学", "books", 1))
    assert "没有变化" in documents.scenario_text(found)
    assert not documents.what_if(found)["changed"]["units"]
