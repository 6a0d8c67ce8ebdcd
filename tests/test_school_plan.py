"""One plan for each school: its numbers are the assessment's, it names what fails, and it fits a page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import browser
import county as made
from edukit import figures, school_plan, tables, text
from edukit.case import Case, case_of
from edukit.errors import CallError
from edukit.render import check_html
from edukit.schemes import load_scheme
from edukit.school_plan import SchoolPlan
from edukit.verdict import Verdict
from reports import home, make

QUALITY, BASIC = "quality-2017", "basic-2012"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder of its own, so that what is made here is not found where other tests count files."""
    root = tmp_path_factory.mktemp("project")
    for part in ("data", "notebooks"):
        shutil.copytree(home() / part, root / part)
    return root


def town() -> list[made.Row]:
    """A school that passes, one below a floor, one with a blank, a nine-year school short of rooms, a small point."""
    point = made.primary("河湾教学点", 30, school_code="5", school_type="小学教学点")
    return [
        made.primary("第一小学", 600, school_code="1"),
        made.primary("第一小学东校区", 400, school_code="2", max_class_primary=50, backbone_teachers_primary=2),
        made.junior("第一中学", 700, school_code="3", equipment_value=None),
        made.nine_year("蒙古族学校", (320, 260), school_code="4", multimedia_rooms=12),
        point,
    ]


def opened(folder: Path, scheme: str = QUALITY, **sheets: list[made.Row]) -> Case:
    return case_of(made.saved(folder, town(), **sheets), load_scheme(scheme))


def of(case: Case, name: str) -> SchoolPlan:
    return school_plan.plans(case, name)[0]


def html(thing: object) -> str:
    assert thing is not None
    return str(getattr(thing, "html", ""))


def test_a_school_that_passes_has_a_short_page(tmp_path: Path) -> None:
    case = opened(tmp_path)
    plan = of(case, "第一小学")
    assert plan.verdict is Verdict.MET and plan.problems.empty
    assert figures.school(case, plan) is None and tables.school_plan(case, plan) is None


def test_a_gap_is_what_lacks_to_the_standard(tmp_path: Path) -> None:
    # 400 pupils x 1 per hundred = 4 backbone teachers, 2 are there; to the floor 0.85 x 4 = 3.4, so 2 as well.
    problems = of(opened(tmp_path), "第一小学东校区").problems
    row = problems[problems["resource"] == "Q2"].iloc[0]
    assert (row["standard"], row["value"], row["amount"]) == ("1", "0.50", 2)
    assert row["gap"] == "2人（至底线2人）" and row["expected"] == "≥1" and row["below_floor"]


def test_what_two_sections_share_is_one_row_for_the_school(tmp_path: Path) -> None:
    # Primary asks for 2.3 x (320 + 1.1 x 260) / 100 = 13.938 rooms, junior for 2.4 x 606 / 1.1 / 100 = 13.22; 12 are
    # there, so two whole rooms are lacking for the whole school, not two for each section.
    problems = of(opened(tmp_path), "蒙古族学校").problems
    rows = problems[problems["resource"] == "Q7"]
    assert len(rows) == 1 and rows["amount"].iloc[0] == 2
    assert rows["subject"].iloc[0] == "网络多媒体教室（全校，间/百人）"
    assert rows["standard"].iloc[0] == "小学2.3；初中2.4"


def test_an_item_goes_to_the_school_it_names_and_not_to_one_of_a_shorter_name(tmp_path: Path) -> None:
    case = opened(tmp_path)
    assert any("班额" in subject for subject in of(case, "第一小学东校区").problems["subject"])
    assert not any("班额" in subject for subject in of(case, "第一小学").problems["subject"])


def test_a_blank_is_named_and_never_a_gap(tmp_path: Path) -> None:
    plan = of(opened(tmp_path), "第一中学")
    assert plan.verdict is Verdict.UNDETERMINED and "教学仪器设备值" in plan.open
    assert "Q6" not in set(plan.problems["resource"])


def test_a_school_is_found_by_code_or_name(tmp_path: Path) -> None:
    case = opened(tmp_path)
    assert [plan.name for plan in school_plan.plans(case, " 4 ")] == ["蒙古族学校"]
    assert [plan.number for plan in school_plan.plans(case)] == [1, 2, 3, 4]
    with pytest.raises(CallError, match="是否想写“蒙古族学校”"):
        school_plan.plans(case, "蒙古族学")
    with pytest.raises(CallError, match="不足50人的教学点"):
        school_plan.plans(case, "河湾教学点")


def test_the_front_page_adds_up_the_needs(tmp_path: Path) -> None:
    case = opened(tmp_path)
    told = school_plan.totals(case, school_plan.plans(case))
    assert told == {"县级以上骨干教师": "2人", "网络多媒体教室": "2间"}
    assert "河湾教学点" in html(text.left_out(case))


def test_the_plan_has_the_columns_of_the_working_paper_and_room_to_write(tmp_path: Path) -> None:
    case = opened(tmp_path)
    soup = BeautifulSoup(html(tables.school_plan(case, of(case, "蒙古族学校"))), "html.parser")
    heads = [th.get_text() for th in soup.thead.find_all("th")]  # type: ignore[union-attr]
    assert heads == "指标或事项 标准值 现状值 缺口 原因 措施 资金 责任单位/人 完成时限 预期值".split()
    cells = [td.get_text().strip() for td in soup.tbody.tr.find_all("td")]  # type: ignore[union-attr]
    assert [cells[heads.index(head) - 1] for head in ("原因", "资金", "责任单位/人", "完成时限")] == [""] * 4


def test_small_numbers_of_sensitive_groups_stay_out(tmp_path: Path) -> None:
    extra = [
        {"school_name": "第一小学", "left_behind_primary": 7, "migrants_primary": 7, "special_pupils_primary": 3},
        {"school_name": "第一小学东校区", "left_behind_primary": 25},
    ]
    case = opened(tmp_path, 学校补充=extra)
    said = html(text.school_head(case, of(case, "第一小学")))
    assert "随迁子女7人、留守儿童不足10人、随班就读和特教班学生不足10人" in said
    assert "留守儿童25人" in html(text.school_head(case, of(case, "第一小学东校区")))


def test_without_standards_nothing_is_said_to_be_right(tmp_path: Path) -> None:
    case = opened(tmp_path, BASIC)
    plan = of(case, "第一小学")
    assert plan.verdict is None and plan.problems.empty
    assert "未作达标核对" in html(text.school_findings(case, plan))
    assert figures.school(case, plan) is not None


def test_the_example_prints_one_page_a_school(tmp_path: Path, project: Path) -> None:
    path = make(project, "210903", 2020, notebook="school_plan")
    page = path.read_text(encoding="utf-8")
    assert check_html(page) == []
    schools = len(BeautifulSoup(page, "html.parser").find_all("section", class_="school-head"))
    assert schools == 6
    if not browser.reason_to_skip():
        assert browser.look(path, tmp_path).pdf_pages == schools + 1


def test_many_schools_get_a_page_each(project: Path) -> None:
    page = make(project, "学校很多县", 2020, notebook="school_plan").read_text(encoding="utf-8")
    assert check_html(page) == []
    assert len(re.findall('class="school-head"', page)) == 58


def test_where_the_province_sets_standards_there_is_no_floor(tmp_path: Path) -> None:
    standards = [{"standard_stage": "小学", "standard_indicator": "B5", "standard_value": 31}]
    case = opened(tmp_path, BASIC, 办学标准=standards)
    plan = of(case, "第一小学")
    # 600 pupils x 31 = 18,600 books, 18,000 are there.
    assert list(plan.problems["gap"]) == ["600册"]
    assert "底线" not in html(tables.school_indicators(case, plan)) + html(text.school_head(case, plan))
    assert "1项指标中0项达到标准" in html(text.school_head(case, plan))
    chart = figures.school(case, plan)
    assert chart is not None and "没有标准" in chart.svg and "缺数据" not in chart.svg
