"""The example data of 新邱区: made by its program, sound, and in agreement with what is published."""

from __future__ import annotations

import doctest
import importlib
import sys
import unicodedata
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import openpyxl
import pytest

from edukit import showing
from edukit.assess import assess
from edukit.case import Case, open_case
from edukit.checks import check
from edukit.counties import HOME_VARIABLE
from edukit.dictionary import load
from edukit.findings import Severity
from edukit.run.parameters import read_notebook
from edukit.schemes import load_scheme
from edukit.verdict import Verdict
from edukit.workbook import read

FOLDER = Path("data", "raw", "210903-新邱区")
YEARS = (2018, 2019, 2020)
VILLAGE = "阿金歹小学"
MARGIN = 0.01
"""How far every value keeps from what it is compared with, so that nobody takes the example for a hard tie."""


def loaded(root: Path, name: str) -> ModuleType:
    """A program of examples/, which import each other as they do when they are run there."""
    folder = str(root / "examples")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def program(root: Path) -> ModuleType:
    return loaded(root, "xinqiu")


@pytest.fixture(scope="module")
def guigang(root: Path) -> ModuleType:
    return loaded(root, "guigang")


@pytest.fixture(scope="module")
def cases(root: Path) -> dict[tuple[int, str], Case]:
    return {
        (year, scheme): open_case("210903", year, scheme, root)
        for year in YEARS
        for scheme in ("quality-2017", "basic-2012")
    }


def given(root: Path) -> list[str]:
    """The counties whose data come with the program."""
    return sorted(path.name for path in (root / "data" / "raw").iterdir() if path.is_dir())


@pytest.mark.parametrize("scheme", ["quality-2017", "basic-2012"])
@pytest.mark.parametrize("notebook", ["balance", "self_assessment"])
def test_every_county_that_comes_along_gets_its_reports_under_both_national_schemes(
    root: Path, notebook: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cells without a kernel; those of 贵港 have school standards of their own, which have no coefficient."""
    shown: list[object] = []

    def show(*things: Any) -> None:
        shown.extend(thing._repr_mimebundle_() for thing in things if thing is not None)

    monkeypatch.setattr(showing, "show", show)
    monkeypatch.setenv(HOME_VARIABLE, str(root))
    for slug in given(root):
        names: dict[str, Any] = {}
        for cell in read_notebook(root / "notebooks" / f"{notebook}.ipynb").cells:
            if cell.cell_type == "code":
                exec(cell.source, names)
                if "parameters" in cell.metadata.get("tags", ()):
                    names |= {"county": slug, "year": 2020 if slug.startswith("21") else 2022, "scheme": scheme}
        assert len(shown) > 20, slug
        shown.clear()


def cells(path: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}


def plain(name: str) -> str:
    """A name as it reads whether or not the reader keeps full-width brackets."""
    return unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize("year", YEARS)
def test_committed_workbook_is_what_the_program_builds(
    root: Path, tmp_path: Path, program: ModuleType, year: int
) -> None:
    program.main(tmp_path)
    assert cells(root / FOLDER / f"{year}.xlsx") == cells(tmp_path / f"{year}.xlsx"), "run: python examples/xinqiu.py"
    assert program.workbook(year) == (tmp_path / f"{year}.xlsx").read_bytes()


def test_examples_in_the_program_hold(program: ModuleType) -> None:
    result = doctest.testmod(program)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("year", YEARS)
def test_workbook_is_sound_and_says_that_it_is_constructed(root: Path, year: int) -> None:
    path = root / FOLDER / f"{year}.xlsx"
    book = read(path)
    before = root / FOLDER / f"{year - 1}.xlsx"
    findings = check(book, read(before) if before.exists() else None)
    assert [f for f in findings if f.severity is Severity.ERROR] == []
    assert sum(f.severity is Severity.WARNING for f in findings) <= 3
    assert (book.code, book.county, book.year) == ("210903", "新邱区", year)
    assert book.notes[0].startswith("本工作簿是构造的示例数据，不是新邱区的真实数据")
    title = cells(path)["学校"][0][0]
    assert isinstance(title, str)
    assert "构造" in title


@pytest.mark.parametrize("year", YEARS)
def test_agrees_with_what_is_published(root: Path, year: int) -> None:
    schools = read(root / FOLDER / f"{year}.xlsx").schools
    assert (schools["counted"] == "是").sum() == len(schools) == 6
    names = [plain(name) for name in schools["school_name"]]
    real = {name for name in names if not name.endswith("(构造)")}
    assert real == {"新邱区蒙古族学校", VILLAGE}
    assert {town for town in schools["township"] if town.endswith("镇")} == {"长营子镇"}
    assert schools["classrooms"].sum() == 131
    by_name = schools.set_index("school_name")
    assert by_name.at["新邱区蒙古族学校", "school_type"] == "九年一贯制学校"
    assert by_name.at[VILLAGE, "urban_type"] == "乡村"
    assert ((schools["school_type"] == "小学") & (schools["pupils_primary"] < 100)).sum() == 1


def test_teaching_rooms_fall_short_by_353_at_one_school_only(cases: dict[tuple[int, str], Case]) -> None:
    gaps = cases[2020, "quality-2017"].gaps
    rooms = gaps[gaps["indicator"] == "Q4"]
    assert list(rooms["school"]) == [VILLAGE]
    assert rooms["school_to_threshold"].item() == 353


def test_smart_blackboards_in_every_classroom_would_mend_the_multimedia_rooms(
    cases: dict[tuple[int, str], Case],
) -> None:
    case = cases[2020, "quality-2017"]
    assert case.gaps.loc[case.gaps["indicator"] == "Q7", "school"].nunique() >= 3
    mended = case.now.source.assign(multimedia_rooms=case.now.source["classrooms"])
    cells_after = assess(mended, load_scheme("quality-2017")).cells
    assert set(cells_after.loc[cells_after["indicator"] == "Q7", "verdict"]) == {Verdict.MET.value}


@pytest.mark.parametrize("year", YEARS)
def test_backbone_teachers_in_primary_schools_are_the_one_imbalance(
    cases: dict[tuple[int, str], Case], year: int
) -> None:
    balance = cases[year, "quality-2017"].now.balance
    failed = balance[balance["verdict"] != Verdict.MET.value]
    assert list(zip(failed["stage"], failed["indicator"], strict=True)) == [("primary", "Q2")]


def test_schools_show_every_kind_of_verdict(cases: dict[tuple[int, str], Case]) -> None:
    schools = cases[2020, "quality-2017"].now.schools
    met = schools[schools["verdict"] == Verdict.MET.value]
    assert sorted(met["n_met"]) == [6, 7]
    failed = schools[schools["verdict"] == Verdict.NOT_MET.value]
    assert failed["below_floor"].map(len).min() >= 1
    short = cases[2020, "quality-2017"].gaps.query("indicator == 'Q3'")
    assert {plain(name) for name in short["school"]} == {VILLAGE, "甲村小学(构造)", "新邱区第二初级中学(构造)"}


@pytest.mark.parametrize("year", YEARS)
def test_basic_balance_was_reached(cases: dict[tuple[int, str], Case], year: int) -> None:
    now = cases[year, "basic-2012"].now
    assert now.resource_verdict is Verdict.MET
    assert set(now.parts) == {"schools", "composite"}
    assert now.cells["value"].notna().all()


def test_year_before_was_worse(cases: dict[tuple[int, str], Case]) -> None:
    now, before = cases[2020, "quality-2017"].now, cases[2020, "quality-2017"].before
    assert before is not None
    assert before.units["pupils"].sum() > now.units["pupils"].sum()
    means = now.balance["mean"] > before.balance["mean"]
    assert set(now.balance.loc[~means, "indicator"]) <= {"Q3"}
    assert cases[2019, "quality-2017"].before is not None
    gov5 = {year: cases[year, "quality-2017"].now.items.set_index("id").loc["Gov5"] for year in YEARS}
    assert gov5[2019]["value"] == 51
    assert gov5[2019]["verdict"] == Verdict.NOT_MET.value
    assert gov5[2020]["verdict"] == Verdict.MET.value


@pytest.mark.parametrize("year", YEARS)
def test_nothing_is_nearly_a_tie(cases: dict[tuple[int, str], Case], year: int) -> None:
    now = cases[year, "quality-2017"].now
    for limit in ("threshold", "floor"):
        apart = np.abs(now.cells["value"] / now.cells[limit] - 1)
        assert apart.min() > MARGIN
    assert np.abs(now.balance["cv"] / now.balance["cv_limit"] - 1).min() > MARGIN
    assert now.cells["value"].notna().all()


# ---- all sheets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_every_sheet_is_filled(root: Path, year: int) -> None:
    sheets = read(root / FOLDER / f"{year}.xlsx").sheets
    wanted = {sheet.name for sheet in load().sheets} - (set() if year == 2020 else {"问卷"})
    assert {name for name, sheet in sheets.items() if len(sheet.frame)} == wanted


def test_every_block_has_items_of_each_verdict(cases: dict[tuple[int, str], Case]) -> None:
    now = cases[2020, "quality-2017"].now
    assert now.scope == "all"
    assert now.verdict is Verdict.NOT_MET
    assert {"met", "not_met", "undetermined"} <= set(now.items["verdict"])
    marks = cases[2020, "basic-2012"].now.blocks.set_index("name").loc["政府推进工作"]
    assert marks["earned_low"] < marks["limit"] < marks["earned_high"]


GUIGANG = [(code, name, year) for code, name in (
    ("450802", "港北区"), ("450803", "港南区"), ("450804", "覃塘区"), ("450821", "平南县"), ("450881", "桂平市"),
) for year in (2021, 2022)]  # fmt: skip


def test_guigang_is_what_its_program_builds(root: Path, tmp_path: Path, guigang: ModuleType) -> None:
    guigang.main(tmp_path)
    for code, name, year in GUIGANG:
        made = tmp_path / f"{code}-{name}" / f"{year}.xlsx"
        kept = root / "data" / "raw" / f"{code}-{name}" / f"{year}.xlsx"
        assert made.read_bytes() == kept.read_bytes(), "run: python examples/guigang.py"


@pytest.mark.parametrize(("code", "name", "year"), GUIGANG)
def test_guigang_is_sound_and_says_that_it_is_constructed(root: Path, code: str, name: str, year: int) -> None:
    book = read(root / "data" / "raw" / f"{code}-{name}" / f"{year}.xlsx")
    found = check(book)
    assert [f for f in found if f.severity is Severity.ERROR] == []
    assert {f.rule for f in found if f.severity is Severity.WARNING} <= {"unlikely", "whole-school"}
    assert (book.code, book.county, book.year) == (code, name, year)
    assert book.notes[0].startswith("本工作簿是构造的示例数据")
    wanted = {sheet.name for sheet in load().sheets} - {"问卷"}
    assert wanted <= {sheet for sheet, own in book.sheets.items() if len(own.frame)}


def test_guigang_agrees_with_the_plan_of_2022(root: Path) -> None:
    over = {}
    for code, name, year in GUIGANG:
        book = read(root / "data" / "raw" / f"{code}-{name}" / f"{year}.xlsx")
        last = book.frames["县级"].set_index("year").loc[year]
        norms = [last[f"norm_{part}"] for part in ("primary", "junior", "boarding", "special")]
        assert norms == [650, 850, 200, 6000]
        over[name, year] = book.schools[["max_class_primary", "max_class_junior"]].max().max() > 65
    assert {name for (name, year), large in over.items() if large and year == 2021} == {
        "港北区",
        "港南区",
        "平南县",
        "桂平市",
    }
    assert not any(large for (_, year), large in over.items() if year == 2022)


def test_guigang_shows_a_county_that_passes_and_one_that_stands_still(root: Path) -> None:
    passes = open_case("450804", 2022, "guangxi-guigang-2022", root).now
    stands = open_case("450881", 2022, "guangxi-guigang-2022", root).now
    assert passes.verdict is Verdict.MET
    assert passes.scope == "all"
    assert stands.verdict is Verdict.NOT_MET
    plan5 = {now.county: now.items.set_index("id").at["Plan5", "verdict"] for now in (passes, stands)}
    assert plan5 == {"覃塘区": "met", "桂平市": "not_met"}
