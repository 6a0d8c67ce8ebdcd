"""The plan of a batch: a table with one row per report, made from data/raw or given as a CSV."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edukit import subjects
from edukit.batch.table import FAULTS_SHOWN, read_table, refuse
from edukit.counties import Places
from edukit.errors import CallError, SchemeError
from edukit.report import find_notebook
from edukit.run.parameters import check_source, defaults, read_cells, read_notebook
from edukit.schemes import as_given, load_scheme
from edukit.subjects import Subject

if TYPE_CHECKING:
    from nbformat import NotebookNode

OWN = ("county", "year", "notebook")
"""Columns of a plan; every other column is a parameter of the notebook."""


@dataclass(frozen=True)
class Task:
    """One report.

    Attributes:
        county: folder name of the county, or of the city or province, ``<code>-<name>``.
        year: the year that is judged.
        notebook: name of the notebook without ``.ipynb``.
        parameters: every parameter that the notebook is run with, county and year included.
        subject: what the report is about.
        formats: what is made of it, the page first; see :func:`edukit.export.formats.wanted`.
    """

    county: str
    year: int
    notebook: str
    parameters: Mapping[str, object]
    subject: Subject
    formats: tuple[str, ...] = ("html",)

    @property
    def key(self) -> tuple[str, int, str]:
        """What is the same for two tasks that would make the same files."""
        return self.county, self.year, self.notebook

    @property
    def name(self) -> str:
        """How messages call it.

        >>> Task("210903-新邱区", 2020, "balance", {}, Subject("county", "210903-新邱区", "210903-新邱区", ())).name
        '210903-新邱区 2020 balance'
        """
        return f"{self.county} {self.year} {self.notebook}"

    def folder(self, root: Path) -> Path:
        """Where its files go: ``reports/<year>/<code>-<name>``."""
        return root / "reports" / str(self.year) / self.county


class _Notebooks:
    """The notebooks of a plan, each read once, not once for each county."""

    def __init__(self, root: Path, formats: tuple[str, ...]) -> None:
        self._root, self._formats = root, formats
        self._places = Places(root)
        self._read: dict[str, tuple[NotebookNode, dict[str, object]]] = {}

    def _of(self, name: str) -> tuple[NotebookNode, dict[str, object]]:
        if name not in self._read:
            path = find_notebook(name, self._root)
            self._read[name] = read_notebook(path), defaults(path)
        return self._read[name]

    def subjects(self, name: str, wanted: Iterable[str]) -> list[Subject]:
        """What the reports of a notebook are about: those that are wanted, or all that have data."""
        _, declared = self._of(name)
        kind = subjects.kind_of(declared)
        named = [subjects.find(kind, one, self._root, declared, self._places) for one in wanted]
        return named or subjects.all_of(kind, self._root, declared)

    def task(self, subject: Subject, year: int, name: str, more: Mapping[str, object]) -> Task:
        """A task whose parameters the notebook takes; what edukit adds by itself only where it is declared.

        Raises:
            CallError: a parameter is unknown, missing or of the wrong type, or there is no such scheme.
            SchemeError: the scheme's file is broken.
        """
        source, declared = self._of(name)
        given = {**subject.parameters(year), **more}
        taken = {key: value for key, value in given.items() if key in declared or key not in subjects.OWN}
        parameters = check_source(source, f"{name}.ipynb", taken)
        if scheme := parameters.get("scheme"):
            parameters["scheme"] = as_given(str(scheme), self._root)
            load_scheme(str(parameters["scheme"]), folder=self._root)
        return Task(subject.slug, year, find_notebook(name, self._root).stem, parameters, subject, self._formats)

    def read_cells(self, name: str, cells: Mapping[str, str]) -> dict[str, object]:
        """The cells of a row as the types that the notebook declares."""
        source, _ = self._of(name)
        return read_cells(source, f"{name}.ipynb", cells)


def from_data(
    root: Path,
    *,
    notebook: str,
    scheme: str,
    year: int | None = None,
    codes: Iterable[str] = (),
    formats: tuple[str, ...] = ("html",),
) -> list[Task]:
    """A row for every year and county that lies in data/raw, or city, or the nation: whatever the notebook is about.

    Args:
        root: project folder.
        notebook: name of the notebook.
        scheme: id of the scheme.
        year: only this year; None for all.
        codes: only these counties (cities, provinces), by code, name or folder name; empty for all.
        formats: what to make of each.

    Raises:
        CallError: a county, the notebook, or a parameter of it does not exist, or nothing is left to do.
    """
    notebooks = _Notebooks(root, formats)
    rows = [(subject, own) for subject in notebooks.subjects(notebook, codes) for own in subject.years()]
    rows = [(subject, own) for subject, own in rows if year in (None, own)]
    if not rows:
        asked = f" {year} 年的" if year else ""
        raise CallError(
            f"data/raw 中没有{asked}数据，没有可生成的报告。请把工作簿放到 data/raw/<代码>-<县名>/<年度>.xlsx。"
        )
    return _each_once(notebooks.task(subject, own, notebook, {"scheme": scheme}) for subject, own in rows)


def from_csv(path: Path, root: Path, *, notebook: str, scheme: str, formats: tuple[str, ...] = ("html",)) -> list[Task]:
    """The rows of a CSV: county, year, perhaps notebook and scheme, and further parameters of the notebook.

    A county stays text, whatever it looks like, and is a city or a province where the notebook is about one; every
    other cell is read as the type that the notebook declares, see :func:`edukit.run.kinds.from_cell`. An empty cell
    leaves the notebook's default.

    Raises:
        CallError: the file cannot be read, a column is missing, a row names what does not exist, or two rows are one
            report; all problems with their line.
    """
    notebooks = _Notebooks(root, formats)
    made: dict[tuple[str, int, str], int] = {}
    tasks, problems = [], []
    for line, cells in read_table(path):
        try:
            task = _of_row(cells, notebooks, notebook, scheme)
        except (CallError, SchemeError) as error:
            problems.append(f"第 {line} 行：{error}")
            if len(problems) == FAULTS_SHOWN:
                break
            continue
        if (first := made.setdefault(task.key, line)) != line:
            problems.append(f"第 {line} 行：与第 {first} 行是同一份报告（{task.name}），只能有一行")
        tasks.append(task)
    refuse(path, problems)
    return tasks


def _of_row(cells: Mapping[str, str], notebooks: _Notebooks, notebook: str, scheme: str) -> Task:
    if not re.fullmatch(r"[0-9]{4}", cells["year"]):
        raise CallError(f"year（年度）应为四位年份，实为“{cells['year']}”。")
    if not cells["county"]:
        raise CallError("county（县）是空的。应为行政区划代码、县名或“代码-县名”。")
    name, year = cells.get("notebook") or notebook, int(cells["year"])
    (subject,) = notebooks.subjects(name, [cells["county"]])
    if year not in (years := subject.years()):
        have = "、".join(map(str, years)) or "没有任何年度的数据"
        raise CallError(f"{subject.slug} 没有 {year} 年的数据。现有：{have}。")
    more = notebooks.read_cells(name, {key: text for key, text in cells.items() if key not in OWN and text})
    return notebooks.task(subject, year, name, {"scheme": scheme, **more})


def _each_once(tasks: Iterable[Task]) -> list[Task]:
    seen: dict[tuple[str, int, str], Task] = {}
    for task in tasks:
        seen.setdefault(task.key, task)
    return list(seen.values())
