"""Objects that people meet in a notebook: how they show themselves, and what their help texts teach."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

import edukit
from county import opened, primary, saved, town
from edukit.assess import Assessment
from edukit.case import Case, case_of
from edukit.changes import Change
from edukit.checks import check
from edukit.counties import find_county
from edukit.findings import Finding, Findings, Severity
from edukit.plan import load_costs, plan
from edukit.scenario import Scenario, what_if
from edukit.schemes import load_scheme

EVIL = "<script>alert('甲')</script>校&<b>"
LARGEST = 8_000
"""Characters of HTML that an object may take: it is looked at in passing."""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    rows = [*town(), primary(EVIL, 100, multimedia_rooms=1, equipment_value=10.0, books=None)]
    return case_of(saved(tmp_path_factory.mktemp("county"), rows), load_scheme("quality-2017"))


def shown(thing: Any) -> str:
    """The words of an object as a notebook shows it; sound, small and harmless."""
    html = thing._repr_html_()
    soup = BeautifulSoup(html, "html.parser")
    assert len(html) < LARGEST
    assert not soup.find(["script", "b"]), html
    assert soup.table is not None and soup.table.caption is not None, "a page refuses a table without caption"
    assert isinstance(thing, Findings) or len(repr(thing)) < 200, "the plain text goes into the notebook too"
    return soup.get_text(" ", strip=True)


def test_a_case_and_its_assessment(case: Case) -> None:
    words = shown(case)
    assert "优质均衡（quality-2017）" in words and "结论 未达标" in words and "5 所学校，6 个学段单位" in words
    assert "上年数据 没有" in words and "case.gaps" in words
    words = shown(case.now)
    assert "6 个学段单位，5 个达标" in words and "资源配置" in words and "超过上限的差异系数" in words
    assert isinstance(case.now, Assessment) and repr(case.now).startswith("<Assessment ")


def test_findings(case: Case, tmp_path: Path) -> None:
    assert shown(Findings()).startswith("数据问题：没有发现问题")
    many = Findings(Finding(Severity.WARNING, "x", f"学校!A{i}", EVIL) for i in range(60))
    words = shown(Findings(many[:20]))
    assert "20 条警告" in words and "学校!A19" in words and EVIL in words
    html = many._repr_html_()
    assert "另有 10 条未列出" in html and html.count("<tr>") == 1 + Findings.MOST
    for some in (case.now.findings, check(opened(tmp_path, town()))):
        assert isinstance(some, Findings)


def test_a_scheme(case: Case) -> None:
    words = shown(case.scheme)
    assert "Q4" in words and "4.5 / 5.8" in words and "0.5 / 0.45" in words and "edukit schemes quality-2017" in words
    assert "— 差异系数" not in shown(load_scheme("basic-2012"))


def test_what_if_and_plan(case: Case) -> None:
    found = what_if(case, Scenario(EVIL, (Change("buy", "城关小学", "multimedia_rooms", 1),)))
    words = shown(found)
    assert "变更 1 项" in words and "结论 未达标 → 未达标" in words and "5 → 5 个" in words
    made = plan(case.now, load_costs(case.scheme))
    words = shown(made)
    assert ("能否达到 能" in words) == made.feasible and "措施" in words


def test_a_county_and_a_workbook(case: Case, tmp_path: Path) -> None:
    assert "学校 5 行" in shown(case.book)
    (tmp_path / "data" / "raw" / "000001-甲县").mkdir(parents=True)
    county = find_county("甲县", tmp_path)
    assert "有数据的年度 没有" in shown(county)
    (county.folder / "2021").mkdir()
    assert 'open_case("000001", 2021' in shown(county) and "2021年" in shown(county)


@pytest.mark.parametrize("name", edukit.__all__)
def test_help_begins_with_one_clear_line_and_gives_an_example(name: str) -> None:
    """What Shift+Tab shows in JupyterLab."""
    text = inspect.getdoc(getattr(edukit, name)) or ""
    first, _, rest = text.partition("\n")
    assert 20 < len(first) <= 120 and first.endswith("."), first
    assert not rest or rest.startswith("\n"), "the first line must stand alone"
    assert ">>> " in text or "Example::" in text


@pytest.mark.parametrize("module", ["figures", "tables", "text"])
def test_completion_offers_what_a_notebook_calls(module: str) -> None:
    room = getattr(edukit, module)
    for name in room.__all__:
        text = inspect.getdoc(getattr(room, name)) or ""
        assert 20 < len(text.partition("\n")[0]) <= 120, f"{module}.{name}"
    assert {"scenarios", "years", "cities", "nation"} <= set(dir(room))


def test_what_edukit_offers_is_what_dir_shows() -> None:
    assert set(edukit.__all__) <= set(dir(edukit))
    for name in edukit.__all__:
        assert getattr(edukit, name) is getattr(edukit, name), "a module of the same name would take its place"
        assert not (inspect.ismodule(getattr(edukit, name)) and name not in ("figures", "tables", "text"))
