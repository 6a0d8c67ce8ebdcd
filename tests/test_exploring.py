"""The desk of sliders, worked without a browser: what is chosen, what is tried, and what is shown of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest

import reports
from county import Row, junior, nine_year, primary, saved, town
from edukit import figures, tables, text
from edukit.case import Case, case_of
from edukit.changes import Change
from edukit.errors import CallError
from edukit.exploring import Desk, drafting, explore
from edukit.exploring.drafting import BOUGHT, BUILT, STAFF, Slot
from edukit.render import check_html
from edukit.run.execution import tidy
from edukit.scenario import Scenario, load_scenario, what_if
from edukit.schemes import load_scheme

POOR = primary("贫校", 100, teaching_area=550.0, indoor_sports_area=0.0, multimedia_rooms=1, equipment_value=10.0)
"""By hand: 100 pupils need 450 ㎡, have 550; 20 万元, have 10; 2.3 rooms, have 1; all else is reached."""


def case(folder: Path, rows: Sequence[Row], scheme: str = "quality-2017") -> Case:
    return case_of(saved(folder, rows), load_scheme(scheme))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return explore(case(tmp_path, [*town(), POOR]))


def test_it_begins_with_the_poorest_school_repaired(desk: Desk) -> None:
    assert (desk.place.name, desk.stage.value) == ("贫校", "primary")
    assert desk.amounts == {Slot("buy", "贫校", "equipment_value"): 10.0, Slot("buy", "贫校", "multimedia_rooms"): 2.0}
    units = desk.found.units.set_index("school")
    assert units.loc["贫校", ["verdict_before", "verdict", "n_met"]].tolist() == ["not_met", "met", 7]
    assert "贫校教学仪器设备资产值增加10万元" in desk.result.value
    assert "未达标 → 达标" in desk.result.value


def test_sliders_make_the_scenario(desk: Desk) -> None:
    desk.clear()
    assert desk.scenario.changes == () and "没有任何变更" in desk.result.value
    desk.what[BUILT].value = "teaching_area"
    desk.amount[BUILT].value = 30
    desk.what[STAFF].value = "pe_arts_teachers_primary"
    desk.giver.value = "城关小学"
    desk.amount[STAFF].value = 1
    desk.whom.value = ""
    desk.growth.value = 4
    assert desk.scenario.changes == (
        Change("build", "贫校", "teaching_area", 30.0),
        Change("move", "贫校", "pe_arts_teachers_primary", 1.0, from_school="城关小学"),
        Change("grow", "", stage="primary", amount=0.04),
    )
    expected = what_if(desk.case, desk.scenario).after
    assert desk.found.after.balance.equals(expected.balance)
    assert "城关小学到贫校，小学体育艺术专任教师数1人" in desk.result.value


def test_every_slider_shows_what_is_tried_where_it_stands(desk: Desk) -> None:
    assert desk.what[BOUGHT].value == "multimedia_rooms" and desk.amount[BOUGHT].value == 2
    desk.what[BOUGHT].value = "equipment_value"
    assert desk.amount[BOUGHT].value == 10
    desk.school.value = "城关小学"
    assert desk.amount[BOUGHT].value == 0
    desk.amount[BOUGHT].value = 1.5
    desk.school.value = "贫校"
    assert desk.amount[BOUGHT].value == 10
    desk.clear("贫校")
    assert desk.scenario.changes == (Change("buy", "城关小学", "equipment_value", 1.5),)


def test_stages_and_givers_follow_the_school(desk: Desk) -> None:
    desk.school.value = "长营子学校"
    assert [value for _, value in desk.stage.options] == ["primary", "junior"]
    desk.stage.value = "junior"
    assert all(value.endswith("_junior") for _, value in desk.what[STAFF].options)
    assert "贫校" not in [value for _, value in desk.giver.options]
    desk.school.value = "贫校"
    assert (desk.stage.value, [value for _, value in desk.stage.options]) == ("primary", ["primary"])
    assert {value for _, value in desk.giver.options} == {"", "城关小学", "河东小学", "长营子学校"}


def test_a_giver_gives_no_more_than_it_has(desk: Desk) -> None:
    desk.what[STAFF].value = "backbone_teachers_primary"
    desk.giver.value = "城关小学"
    has = desk.case.book.schools.set_index("school_name").at["城关小学", "backbone_teachers_primary"]
    assert desk.amount[STAFF].max == has
    desk.amount[STAFF].value = has
    kept = desk.amounts
    desk.school.value = "河东小学"
    desk.giver.value = "城关小学"
    desk.amount[STAFF].value = 1  # all are gone already
    assert "不能这样变更，已恢复原值" in desk.result.value and "不能减少 1" in desk.result.value
    assert desk.amounts == kept and desk.amount[STAFF].value == 0


def test_a_chart_and_both_tables_follow_what_is_looked_at(desk: Desk) -> None:
    desk.indicator.value = "Q6"
    shown = desk.result.value
    assert 'aria-label="小学各校教学仪器设备值（元/生）：贫校由1,000变为2,000' in shown
    assert "贫校（小学）变更前后的各项指标" in shown and "变更前后的小学校际差异系数" in shown
    desk.school.value = "城关小学"
    assert "城关小学（小学）变更前后的各项指标" in desk.result.value


def test_fill_brings_one_indicator_to_its_standard(desk: Desk) -> None:
    desk.clear()
    desk.indicator.value = "Q6"
    desk.what[BOUGHT].value = "equipment_value"
    desk.amount[BOUGHT].value = 4
    desk.fill()
    assert desk.amounts == {Slot("buy", "贫校", "equipment_value"): 10.0}
    desk.fill()
    assert desk.amounts == {Slot("buy", "贫校", "equipment_value"): 10.0}


def test_a_nine_year_school_is_filled_once_for_both_sections(tmp_path: Path) -> None:
    """By hand: 500 pupils, split 300 to 220: the primary share of 6 rooms is 3.46, it needs 6.9, so 12 rooms in all."""
    poor = nine_year("九年校", (300, 200), multimedia_rooms=6)
    desk = explore(case(tmp_path, [*town(), poor]))
    assert desk.place.name == "九年校"
    assert desk.amounts == {Slot("buy", "九年校", "multimedia_rooms"): 6.0}
    verdicts = desk.found.units[desk.found.units["school"] == "九年校"]["verdict"].tolist()
    assert verdicts == ["met", "met"]


def test_the_file_gives_the_same_scenario(desk: Desk, tmp_path: Path) -> None:
    desk.giver.value = "城关小学"
    desk.amount[STAFF].value = 1
    desk.growth.value = -3
    path = tmp_path / "方案.yaml"
    path.write_text(desk.yaml, encoding="utf-8")
    assert load_scenario(path) == desk.scenario


def test_schools_are_known_by_their_code_where_it_is_their_own(tmp_path: Path) -> None:
    rows = [primary("甲校", school_code="1000000001"), primary("乙校", school_code=None), junior()]
    assert [place.key for place in drafting.places(case(tmp_path, rows))] == ["1000000001", "乙校", "第一中学"]


def test_what_to_begin_with_can_be_asked_for(tmp_path: Path) -> None:
    made = explore(case(tmp_path, [*town(), POOR]), "河东小学", "Q4")
    assert (made.place.name, made.indicator.value, made.amounts) == ("河东小学", "Q4", {})
    for school, indicator, said in (("无此校", "", "没有“无此校”"), ("", "Q9", "没有指标“Q9”")):
        with pytest.raises(CallError, match=said):
            explore(made.case, school, indicator)


def test_a_county_that_passes_begins_as_it_is(tmp_path: Path) -> None:
    made = explore(case(tmp_path, town()))
    assert made.amounts == {} and "前后相同" in made.result.value


def test_a_scheme_without_standards_has_sliders_too(tmp_path: Path) -> None:
    made = explore(case(tmp_path, [*town(), POOR], "basic-2012"))
    made.what[BOUGHT].value = "books"
    made.amount[BOUGHT].value = 5
    assert made.scenario.changes[0].field == "books"
    made.indicator.value = next(i.id for i in made.case.scheme.indicators if "books" in i.numerator)
    assert "变更后平均" in made.result.value and "<svg" in made.result.value


def test_hostile_names_are_shown_as_they_are(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>小学"
    made = explore(case(tmp_path, [*town(), {**POOR, "school_name": evil}]))
    assert "<script" not in made.result.value and "&lt;script&gt;" in made.result.value
    data, _ = made._repr_mimebundle_()
    assert "<script" not in data["text/html"]


def test_without_widgets_words_stand_in_their_place(desk: Desk) -> None:
    data, about = desk._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert "此处为交互面板" in data["text/plain"] and "贫校" in data["text/html"]
    assert about == {"edukit": {"kind": "prose"}}


def test_merged_and_opened_schools_are_told(tmp_path: Path) -> None:
    before = case(tmp_path, [*town(), POOR])
    changes = (
        Change("merge", "城关小学", from_school="贫校"),
        Change("open", values=primary("新校", 50)),
        Change("pupils", "城关小学", stage="primary", amount=10, from_school="河东小学"),
        Change("set", "城关小学", "max_class_primary", 44),
    )
    found = what_if(before, Scenario("并校", changes))
    said = text.scenarios.conclusion(found)
    assert said is not None
    for words in (
        "撤并学校：贫校并入城关小学",
        "新设学校：新校（小学）",
        "河东小学划到城关小学，小学10人",
        "城关小学小学最大班额改为44人",
        "班额待定",
    ):
        assert words in said.text, words
    listed = tables.scenarios.units(found)
    assert listed is not None and "贫校" in listed.html and "100 → —" in listed.html
    drawn = figures.scenarios.values(found, "primary", "Q7")
    assert drawn is not None and "贫校由1.00变为不再计入" in drawn.alt
    assert drawn.data["学校"].tolist()[-1] in set(found.units["school"])
    assert tables.scenarios.school(found, 99, "primary") is None


def test_what_turns_is_counted(tmp_path: Path) -> None:
    found = what_if(case(tmp_path, [*town(), POOR]), Scenario("补", (Change("buy", "贫校", "multimedia_rooms", 2),
        Change("buy", "贫校", "equipment_value", 10.0))))  # fmt: skip
    passing = [int((each.schools["verdict"] == "met").sum()) for each in (found.before, found.after)]
    assert text.scenarios.schools(found) == f"达标的学段单位由{passing[0]}个变为{passing[1]}个，转为达标的有贫校。"
    assert passing[1] == passing[0] + 1
    table = tables.scenarios.balance(found, "primary")
    assert table is not None and "学段" not in table.html


def dead(model: str, **beside: str) -> nbformat.NotebookNode:
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": model}}
    return nbformat.v4.new_output("display_data", data={**view, **beside})


def test_an_executed_notebook_keeps_what_stands_for_a_widget() -> None:
    """The widget itself died with its kernel, and its random id would make two runs differ."""
    executed = [
        tidy(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("desk", outputs=[output])]), {})
        for output in (dead("a1", **{"text/html": "<p>词</p>"}), dead("b2", **{"text/html": "<p>词</p>"}))
    ]
    assert executed[0] == executed[1]
    assert list(executed[0].cells[0].outputs[0].data) == ["text/html"]
    alone = tidy(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[dead("c")])]), {})
    assert len(alone.cells[0].outputs[0].data) == 1  # nothing stands beside it


@pytest.mark.slow
def test_a_report_of_the_notebook_is_sound() -> None:
    """Without anybody to pull a slider the notebook tells what it began with, and the page is like any other."""
    made = reports.make(reports.home(), "新邱区", notebook="explore")
    page = made.with_suffix(".html").read_text(encoding="utf-8")
    assert check_html(page) == []
    for words in ("此处为交互面板", "阿金歹小学教学及辅助用房面积增加353㎡", "变更前后的校际差异系数"):
        assert words in page, words
    assert "widget-view" not in made.with_suffix(".ipynb").read_text(encoding="utf-8")
