"""Finished reports of awkward counties, each made once a session through papermill, as ``edukit report`` makes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import county as made
from edukit.counties import HOME_VARIABLE
from edukit.report import make_report

PROJECT = Path(__file__).resolve().parent.parent


def _everything_passed() -> list[made.Row]:
    return [made.primary("甲小学", 400), made.primary("乙小学", 450), made.junior("丙中学", 500)]


def _blank_column() -> list[made.Row]:
    return [{**row, "backbone_teachers_primary": None} for row in made.town()]


def _many() -> list[made.Row]:
    schools = [
        made.primary(f"某某镇第{i}中心小学", 90 + 37 * i, teaching_area=(90 + 37 * i) * (3 + i % 5), urban_type="乡村")
        for i in range(45)
    ]
    return schools + [made.junior(f"第{i}中学", 300 + 90 * i) for i in range(12)] + [made.nine_year()]


COUNTIES: dict[str, Callable[[], list[made.Row]]] = {
    "全部达标县": _everything_passed,
    "一所学校县": lambda: [made.primary("独一小学", 300)],
    "没有初中县": lambda: [row for row in made.town() if not row.get("pupils_junior")],
    "空白列县": _blank_column,
    "学校很多县": _many,
}


def _project() -> Path:
    root = Path(mkdtemp(prefix="edukit 测试-"))
    shutil.copytree(PROJECT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return root


@cache
def home() -> Path:
    """A project folder with the constructed counties and the example that ships with edukit."""
    root = _project()
    shutil.copytree(PROJECT / "data" / "raw", root / "data" / "raw")
    for number, (name, rows) in enumerate(COUNTIES.items(), start=1):
        grid = {"学校": made.table(rows())}
        made.write_xlsx(root / "data" / "raw" / f"99000{number}-{name}" / "2020.xlsx", grid)
    return root


@cache
def forms_home() -> Path:
    """A project folder with the data that ship with edukit, for reports in every form: the others hold pages only."""
    root = _project()
    shutil.copytree(PROJECT / "data" / "raw", root / "data" / "raw")
    return root


@cache
def real_home() -> Path:
    """A project folder with data that nobody here made: the counties of California and Joso."""
    root = _project()
    made.lay_out_real_counties(root)
    return root


@cache
def report(county: str, year: int = 2020, scheme: str = "quality-2017", *, real: bool = False) -> Path:
    """The HTML file of a county's report."""
    return make(real_home() if real else home(), county, year, scheme)


def make(
    root: Path,
    county: str,
    year: int = 2020,
    scheme: str = "quality-2017",
    notebook: str = "balance",
    formats: tuple[str, ...] = ("html",),
) -> Path:
    """Make a report in a project folder."""
    before = os.environ.get(HOME_VARIABLE)
    os.environ[HOME_VARIABLE] = str(root)
    try:
        return make_report(county, year, scheme=scheme, notebook=notebook, formats=formats)
    finally:
        if before is None:
            del os.environ[HOME_VARIABLE]
        else:
            os.environ[HOME_VARIABLE] = before
