"""The county's own report: every block is told, the verdict is that of all of them, and nothing is told that is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import county as made
from edukit import tables, text
from edukit.case import Case, case_of
from edukit.render import check_html
from edukit.schemes import load_scheme
from reports import home, make

QUALITY, BASIC = "quality-2017", "basic-2012"


def opened(folder: Path, scheme: str = QUALITY, **sheets: list[made.Row]) -> Case:
    return case_of(made.saved(folder, made.town(), **sheets), load_scheme(scheme))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder of its own, so that what is made here is not found where other tests count files."""
    root = tmp_path_factory.mktemp("project")
    for part in ("data", "notebooks"):
        shutil.copytree(home() / part, root / part)
    return root


def said(thing: object) -> str:
    assert thing is not None
    return str(getattr(thing, "text", ""))


def vetoes(**given: str) -> list[made.Row]:
    fields = "veto_exam veto_choice veto_key_classes veto_staffing veto_safety veto_fraud".split()
    return [{"year": 2020, **dict.fromkeys(fields, "否"), **given}]


@pytest.mark.parametrize(("county", "scheme"), [("210903", QUALITY), ("210903", BASIC), ("空白列县", QUALITY)])
def test_the_report_is_sound_and_has_every_chapter(project: Path, county: str, scheme: str) -> None:
    page = make(project, county, 2020, scheme, notebook="self_assessment").read_text(encoding="utf-8")
    assert check_html(page) == []
    soup = BeautifulSoup(page, "html.parser")
    heads = " ".join(h.get_text() for h in soup.find_all("h2"))
    for (
        word
    ) in "结论 基本情况 口径 资源配置 政府 满意度 经费 学位 一票否决 特殊群体 两种结果 主要问题 一校一案 附录".split():
        assert word in heads
    assert "县级自评报告" in soup.h1.get_text()  # type: ignore[union-attr]
    assert "nan" not in soup.main.get_text().lower()  # type: ignore[union-attr]


def test_with_the_school_sheet_alone_the_verdict_is_about_the_resources(tmp_path: Path) -> None:
    case = opened(tmp_path)
    assert case.now.scope == "resources"
    first = said(text.conclusion(case))
    assert "达到优质均衡资源配置要求" in first and "本结论只就资源配置作出" in first
    assert "政府保障程度" in first and "须另行核查" in first
    assert "逐校指标达到要求" in first


def test_with_more_the_verdict_is_told_by_block(tmp_path: Path) -> None:
    case = opened(tmp_path, 县级=vetoes())
    first = said(text.conclusion(case))
    assert case.now.scope == "all" and "数据不全，尚不能判定" in first
    for words in ("资源配置达到要求", "一票否决达到要求", "政府保障程度无法判定", "教育质量无法判定"):
        assert words in first
    assert "补全后才能作出结论" in first


def test_one_block_that_fails_decides(tmp_path: Path) -> None:
    case = opened(tmp_path, 县级=vetoes(veto_exam="是"))
    first = said(text.conclusion(case))
    assert "未达到优质均衡评估要求" in first and "一票否决未达到要求" in first
    assert "补全后结论不会改变" in first
    listed = said(tables.blocks(case))
    assert len(case.now.blocks) == listed.count("\n") - 1


def test_marks_are_told_as_what_is_certain_and_what_is_possible(tmp_path: Path) -> None:
    findings = [{"item_id": "Work1", "item_verdict": "达到", "item_basis": "某文件"}]
    case = opened(tmp_path, BASIC, 核查结论=findings)
    full = float(next(item.marks or 0 for item in case.scheme.items if item.id == "Work1"))
    assert f"已确定得{full:g}分，最多可得100分，达到要求须85分" in said(text.conclusion(case))
    assert "分值" in said(tables.block(case, "政府推进工作"))


def test_each_block_names_what_fails_and_what_is_open(tmp_path: Path) -> None:
    case = opened(tmp_path, 县级=[{"year": 2020, "dis_total": 100, "dis_enrolled": 94}])
    told = said(text.block(case, "教育质量"))
    assert "Edu2 残疾儿童少年入学率未达到" in told and "94.0%" in told
    assert "无法判定" in told and "三年巩固率" in told
    assert text.block(case, "没有的方面") is None and tables.block(case, "没有的方面") is None


def test_preconditions_and_vetoes_stand_apart(tmp_path: Path) -> None:
    quality, basic = opened(tmp_path / "a"), opened(tmp_path / "b", BASIC)
    assert text.gates(quality) == ["前置条件", "一票否决"] and text.no_gates(quality) is None
    assert text.survey_blocks(quality) == ["社会认可度"]
    assert text.item_blocks(quality) == ["政府保障程度", "教育质量"]
    assert text.gates(basic) == [] and "学校办学基本标准" in said(text.no_gates(basic))
    shown = {*text.gates(quality), *text.survey_blocks(quality), *text.item_blocks(quality)}
    assert shown == set(quality.now.items["block"])


def test_an_option_in_use_is_printed_with_its_basis_and_both_results(tmp_path: Path) -> None:
    private = made.primary("民办小学", 200, sponsor_type="民办", teaching_area=500.0)
    rows = [*made.town(), private]
    option = [{"option_id": "private-out", "option_on": "是", "option_basis": "某省文件〔2020〕1号"}]
    path = made.saved(tmp_path, rows, 评估设置=option)
    case = case_of(path, load_scheme(QUALITY))
    told = said(text.options(case))
    assert "民办学校不计入" in told and "某省文件〔2020〕1号" in told
    assert "“民办学校不计入”一条使全县结论由达标变为未达标" in said(text.alternatives(case))
    assert "采用" in said(tables.alternatives(case))


def test_without_options_both_texts_say_so(tmp_path: Path) -> None:
    case = opened(tmp_path)
    assert "没有采用放宽口径" in said(text.options(case))
    assert "各项判定均不变" in said(text.alternatives(case)) and tables.alternatives(case) is None
