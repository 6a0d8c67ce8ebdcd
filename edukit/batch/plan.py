"""The plan of a batch: a table with one row per report, made from data/raw or given as a CSV."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edukit import counties
from edukit.errors import CallError
from edukit.report import find_notebook
from edukit.run.parameters import check_source, read_notebook

if TYPE_CHECKING:
    from nbformat import NotebookNode

OWN = ("county", "year", "notebook")
"""Columns of a plan; every other column is a parameter of the notebook."""


@dataclass(frozen=True)
class Task:
    """One report.

    Attributes:
        county: folder name of the county in data/raw, ``<code>-<name>``.
        year: the year that is judged.
        notebook: name of the notebook without ``.ipynb``.
        parameters: every parameter that the notebook is run with, county and year included.
    """

    county: str
    year: int
    notebook: str
    parameters: Mapping[str, object]

    @property
    def name(self) -> str:
        """How messages call it.

        >>> Task("210903-新邱区", 2020, "balance", {}).name
        '210903-新邱区 2020 balance'
        """
        return f"{self.county} {self.year} {self.notebook}"

    def folder(self, root: Path) -> Path:
        """Where its files go: ``reports/<year>/<code>-<name>``."""
        return root / "reports" / str(self.year) / self.county


def from_data(
    root: Path, *, notebook: str, scheme: str, year: int | None = None, codes: Iterable[str] = ()
) -> list[Task]:
    """A row for every county and year that lies in data/raw.

    Args:
        root: project folder.
        notebook: name of the notebook.
        scheme: id of the scheme.
        year: only this year; None for all.
        codes: only these counties, by code, name or folder name; empty for all.

    Raises:
        CallError: a county, the notebook, or a parameter of it does not exist, or nothing is left to do.
    """
    places = [counties.find_county(code, root) for code in codes] or counties.all_counties(root)
    rows = [(place.slug, own) for place in places for own in place.years() if year in (None, own)]
    if not rows:
        asked = f"{year} 年的" if year else ""
        raise CallError(
            f"data/raw 中没有{asked}数据，没有可生成的报告。请把工作簿放到 data/raw/<代码>-<县名>/<年度>.xlsx。"
        )
    return checked([Task(c, y, notebook, {"county": c, "year": y, "scheme": scheme}) for c, y in rows], root)


def from_csv(path: Path, root: Path, *, notebook: str, scheme: str) -> list[Task]:
    """The rows of a CSV: county, year, perhaps notebook and scheme, and further parameters of the notebook.

    A county stays text, whatever it looks like; every other cell is read as a Python literal (a number, True, a list)
    and is text where it is none.

    Raises:
        CallError: the file cannot be read, a column is missing, or a row names what does not exist; all problems with
            their line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(f"不能读取计划表 {path}（{error}）。应为 UTF-8 的 CSV，至少有 county、year 两列。") from error
    reader = csv.DictReader(io.StringIO(text))
    if missing := [name for name in ("county", "year") if name not in (reader.fieldnames or ())]:
        raise CallError(
            f"计划表 {path.name} 缺少列：{'、'.join(missing)}。应有 county、year，可有 notebook 和参数各列。"
        )
    tasks, problems = [], []
    for line, row in enumerate(reader, start=2):
        try:
            tasks.append(_of_row(row, root, notebook, scheme))
        except CallError as error:
            problems.append(f"第 {line} 行：{error}")
    if problems:
        raise CallError(f"计划表 {path.name} 有误，什么也没有运行。" + "".join(problems))
    return checked(tasks, root)


def _of_row(row: Mapping[str, str | None], root: Path, notebook: str, scheme: str) -> Task:
    cells = {key: (value or "").strip() for key, value in row.items() if key is not None}
    if not cells["year"].isdigit():
        raise CallError(f"year 应为四位年份，实为“{cells['year']}”。")
    place, year = counties.find_county(cells["county"], root), int(cells["year"])
    counties.find_year(place, year)
    more = {key: _literal(value) for key, value in cells.items() if key not in OWN and value}
    parameters = {"county": place.slug, "year": year, "scheme": scheme, **more}
    return Task(place.slug, year, cells.get("notebook") or notebook, parameters)


def _literal(text: str) -> object:
    if text != "0" and text.startswith("0") and text.isdigit():
        return text  # a code, not an octal number
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def checked(tasks: list[Task], root: Path) -> list[Task]:
    """The tasks, each once, with parameters that their notebooks take.

    A parameter that edukit itself adds (scheme) is left out where the notebook does not declare it.

    Raises:
        CallError: a notebook does not exist, or a parameter is unknown, missing or of the wrong type; nothing ran.
    """
    sources: dict[str, NotebookNode] = {}
    seen: dict[tuple[str, int, str], Task] = {}
    for task in tasks:
        if task.notebook not in sources:  # read once, not once for each county
            sources[task.notebook] = read_notebook(find_notebook(task.notebook, root))
        parameters = check_source(sources[task.notebook], f"{task.notebook}.ipynb", task.parameters)
        seen.setdefault((task.county, task.year, task.notebook), replace(task, parameters=parameters))
    return list(seen.values())
