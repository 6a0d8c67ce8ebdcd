"""What a notebook's report is about, alone and in a batch: a county, a city, a province, the nation."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from county import table, town, write_xlsx
from edukit import subjects
from edukit.batch import due, from_csv, from_data, run_batch
from edukit.counties import County
from edukit.errors import CallError
from edukit.index.entries import entries

SLUGS = ["210903-新邱区", "450803-港南区", "450804-覃塘区"]
CITY = """
city: str = "450800-贵港市"
year: int = 2020
scheme: str = "quality-2017"
"""
ALL = 'year: int = 2020\nscheme: str = "quality-2017"\nprovince: str = ""'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("EDUKIT_HOME", raising=False)
    for slug in SLUGS:
        put(tmp_path, slug, 2020)
    put(tmp_path, SLUGS[1], 2019)
    (tmp_path / "notebooks").mkdir()
    for name, declared in (("cities", CITY), ("all", ALL)):
        cells = [nbformat.v4.new_code_cell(declared.strip(), metadata={"tags": ["parameters"]})]
        cells.append(nbformat.v4.new_code_cell("1 + 1"))
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / f"{name}.ipynb")
    return tmp_path


def put(home: Path, slug: str, year: int, rows: int = 0) -> None:
    write_xlsx(home / "data" / "raw" / slug / f"{year}.xlsx", {"学校": table(town()[: rows or None])})


@pytest.mark.parametrize(
    ("kind", "wanted", "slug", "value", "counties"),
    [
        ("county", "覃塘区", "450804-覃塘区", "450804-覃塘区", 1),
        ("city", "450800-贵港市", "450800-贵港市", "450800-贵港市", 2),
        ("city", "450800", "450800", "450800", 2),
        ("province", "450000-广西", "450000-广西", "45", 2),
        ("province", "广西", "450000-广西", "45", 2),
        ("province", "450000", "450000-广西", "45", 2),
        ("province", "000000-全国", "000000-全国", "", 3),
        ("province", "全国", "000000-全国", "", 3),
    ],
)
def test_a_subject_is_found_by_code_and_name(
    home: Path, kind: subjects.Kind, wanted: str, slug: str, value: str, counties: int
) -> None:
    found = subjects.find(kind, wanted, home)
    assert (found.slug, found.value, len(found.counties)) == (slug, value, counties)


def test_all_subjects_of_a_kind(home: Path) -> None:
    assert [one.slug for one in subjects.all_of("county", home)] == SLUGS
    assert [one.slug for one in subjects.all_of("city", home, {"city": "450800-贵港市"})] == ["210900", "450800-贵港市"]
    (nation,) = subjects.all_of("province", home)
    assert {year: len(paths) for year, paths in nation.years().items()} == {2019: 1, 2020: 3}


def test_a_province_without_data_is_refused(home: Path) -> None:
    with pytest.raises(CallError, match="没有四川的数据"):
        subjects.find("province", "四川", home)


def test_a_batch_makes_city_and_national_reports_and_only_what_changed(home: Path) -> None:
    (home / "plan.csv").write_text(
        "county,year,notebook\n450800-贵港市,2020,cities\n000000-全国,2020,all\n450000,2020,all\n", encoding="utf-8"
    )
    tasks = from_csv(home / "plan.csv", home, notebook="all", scheme="quality-2017")
    assert [task.parameters for task in tasks][1:] == [
        {"province": province, "year": 2020, "scheme": "quality-2017"} for province in ("", "45")
    ]
    summary = run_batch(tasks, home, workers=2)
    assert [report.reason for report in summary.reports] == ["", "", ""]
    names = ["2020/450800-贵港市/cities.html", "2020/000000-全国/all.html", "2020/450000-广西/all.html"]
    assert all((home / "reports" / name).is_file() for name in names)
    document = json.loads((home / "reports" / "2020" / "450800-贵港市" / "assessment.json").read_text("utf-8"))
    assert document["city"] == {"code": "450800", "name": "贵港市"}
    remarks = {entry.slug: entry.remark for entry in entries(home)[0]}
    assert remarks == {
        "450800-贵港市": "市级汇总，2 个县",
        "000000-全国": "全国汇总，3 个县",
        "450000-广西": "广西汇总，2 个县",
    }
    put(home, SLUGS[0], 2020, rows=3)
    assert [why for _, why in due(tasks, home)] == [[], ["本年数据"], []]
    shutil.rmtree(home / "data" / "raw" / SLUGS[1])
    again = from_csv(home / "plan.csv", home, notebook="all", scheme="quality-2017")
    assert [why for _, why in due(again, home)] == [["本年数据", "上年及以前数据"]] * 3


def test_a_plan_from_data_follows_the_notebook(home: Path) -> None:
    tasks = from_data(home, notebook="cities", scheme="quality-2017", year=2020)
    assert [(task.county, task.parameters["city"]) for task in tasks] == [("210900", "210900"), ("450800-贵港市",) * 2]
    assert [task.name for task in from_data(home, notebook="all", scheme="quality-2017", codes=["广西"])] == [
        "450000-广西 2019 all",
        "450000-广西 2020 all",
    ]


def test_of_a_year_the_workbook_wins_over_a_folder_over_csv(tmp_path: Path) -> None:
    folder = tmp_path / "210903-新邱区"
    folder.mkdir()
    county = County("210903", "新邱区", folder)
    assert county.years() == {}
    for name in "2022.csv 2020.csv 2020.xlsx 2021.csv 2019.txt ~$2020.xlsx 20201.xlsx columns.yaml".split():
        (folder / name).write_text("", encoding="utf-8")
    (folder / "2020").mkdir()
    (folder / "2021").mkdir()
    found = [(year, path.name) for year, path in county.years().items()]
    assert found == [(2020, "2020.xlsx"), (2021, "2021"), (2022, "2022.csv")]
    assert County("1", "无", tmp_path / "无").years() == {}
