"""Small made-up counties for the tests: rows of schools, frames, files, and what edukit says about them."""

from __future__ import annotations

import copy
import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils import get_column_letter

from edukit import dictionary
from edukit.assess import Assessment, assess
from edukit.checks import check
from edukit.findings import Finding
from edukit.schemes import load_scheme
from edukit.workbook import Workbook, read

CASES = Path(__file__).parent / "cases"
GIVEN = str(Path(__file__).parent / "schemes" / "given.yaml")
"""The scheme whose indicators are the columns of the published cases."""

Row = dict[str, Any]


def saying(now: Assessment, **found: Any) -> Assessment:
    """The assessment as if it had found something else in what it works out when asked: items, blocks, scope."""
    other = copy.copy(now)
    vars(other).update(found)
    return other


# ---- rows: a school as a dictionary of fields -----------------------------------------------------------------------


def _stage(stage: str, pupils: int) -> Row:
    classes = math.ceil(pupils / 40)
    return {
        f"pupils_{stage}": pupils,
        f"classes_{stage}": classes,
        f"max_class_{stage}": math.ceil(pupils / classes),
        f"teachers_{stage}": math.ceil(pupils * 0.09),
        f"higher_degree_teachers_{stage}": math.ceil(pupils * 0.06),
        f"middle_title_teachers_{stage}": math.ceil(pupils * 0.04),
        f"backbone_teachers_{stage}": math.ceil(pupils * 0.012),
        f"pe_arts_teachers_{stage}": math.ceil(pupils * 0.01),
    }


def _premises(pupils: int) -> Row:
    return {
        "teaching_area": pupils * 8.0,
        "indoor_sports_area": pupils * 0.5,
        "sports_field_area": pupils * 12.0,
        "equipment_value": pupils * 0.3,
        "multimedia_rooms": math.ceil(pupils * 0.03),
        "computers": math.ceil(pupils * 0.2),
        "books": pupils * 30,
    }


def primary(name: str = "第一小学", pupils: int = 400, **fields: Any) -> Row:
    """A primary school that reaches every threshold, with some fields given otherwise."""
    return {"school_name": name, "school_type": "小学", **_stage("primary", pupils), **_premises(pupils), **fields}


def junior(name: str = "第一中学", pupils: int = 500, **fields: Any) -> Row:
    """A junior school that reaches every threshold."""
    return {"school_name": name, "school_type": "初级中学", **_stage("junior", pupils), **_premises(pupils), **fields}


def nine_year(name: str = "九年制学校", pupils: tuple[int, int] = (300, 200), **fields: Any) -> Row:
    """A nine-year school with both of its sections at every threshold."""
    first, second = pupils
    both = {**_stage("primary", first), **_stage("junior", second)}
    return {"school_name": name, "school_type": "九年一贯制学校", **both, **_premises(first + second), **fields}


def complete(name: str = "完全中学", pupils: tuple[int, int] = (400, 600), **fields: Any) -> Row:
    """A school with junior and senior pupils."""
    first, second = pupils
    stages = {**_stage("junior", first), "pupils_senior": second}
    return {"school_name": name, "school_type": "完全中学", **stages, **_premises(first + second), **fields}


def twelve_year(name: str = "十二年制学校", pupils: tuple[int, int, int] = (300, 200, 250), **fields: Any) -> Row:
    """A school with all three stages."""
    first, second, third = pupils
    stages = {**_stage("primary", first), **_stage("junior", second), "pupils_senior": third}
    return {"school_name": name, "school_type": "十二年一贯制学校", **stages, **_premises(sum(pupils)), **fields}


def town() -> list[Row]:
    """A small county that passes everything: two primary schools, a junior school and a nine-year school."""
    return [
        primary("城关小学", 600),
        primary("河东小学", 350),
        junior("城关中学", 700),
        nine_year("长营子学校", (300, 200)),
    ]


# ---- frames and verdicts --------------------------------------------------------------------------------------------


def frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as the frame that reading gives: every school-level field a column, unknown NaN."""
    rows = list(rows)
    spec = dictionary.load()
    fields = [field for sheet in spec.sheets if sheet.rows == "school" for field in spec.of_sheet(sheet.name)]
    numeric = [field.name for field in fields if field.numeric]
    text = [field.name for field in fields if not field.numeric]
    numbers = np.array([[row.get(name) for name in numeric] for row in rows], dtype=float).reshape(len(rows), -1)
    words = {name: pd.Series([row.get(name) for row in rows], dtype="str") for name in text}
    made = pd.concat([pd.DataFrame(words), pd.DataFrame(numbers, columns=numeric)], axis=1)
    made["sponsor_type"] = made["sponsor_type"].fillna("县级教育部门")
    return made


def judge(rows: Iterable[Mapping[str, Any]] | pd.DataFrame, scheme: str = "quality-2017", **given: Any) -> Assessment:
    """What a scheme says about rows."""
    source = rows if isinstance(rows, pd.DataFrame) else frame(rows)
    return assess(source, load_scheme(scheme), **given)


def cell(result: Assessment, school: str, indicator: str, stage: str = "primary") -> pd.Series:
    """The row of ``cells`` of one school, stage and indicator."""
    cells = result.cells
    mask = (cells["school"] == school) & (cells["indicator"] == indicator) & (cells["stage"] == stage)
    assert mask.sum() == 1
    return cells[mask].iloc[0]


def balance(result: Assessment, indicator: str, stage: str = "primary") -> pd.Series:
    """The row of ``balance`` of one indicator and stage."""
    mask = (result.balance["indicator"] == indicator) & (result.balance["stage"] == stage)
    assert mask.sum() == 1
    return result.balance[mask].iloc[0]


def unit(result: Assessment, school: str, stage: str = "primary") -> pd.Series:
    """The row of ``schools`` of one school and stage."""
    mask = (result.schools["school"] == school) & (result.schools["stage"] == stage)
    assert mask.sum() == 1
    return result.schools[mask].iloc[0]


# ---- files ----------------------------------------------------------------------------------------------------------


def header(name: str) -> str:
    """The official header of a field."""
    return dictionary.load().field(name).header


def table(rows: Sequence[Mapping[str, Any]], *, fields: bool = False) -> list[list[Any]]:
    """Rows as a grid with official headers, or with field names, in the first line."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [names if fields else [header(name) for name in names], *[[row.get(name) for name in names] for row in rows]]


@dataclass(frozen=True)
class Form:
    """How a sheet is laid out beyond its values: merged areas like ``A1:B1``, and number formats by cell."""

    merges: tuple[str, ...] = ()
    formats: tuple[tuple[str, str], ...] = ()


def write_xlsx(
    path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], forms: Mapping[str, Form] | None = None
) -> Path:
    """Write grids as sheets of a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, grid in sheets.items():
        sheet = book.create_sheet(name)
        for row in grid:
            sheet.append(list(row))
        form = (forms or {}).get(name, Form())
        for area in form.merges:
            sheet.merge_cells(area)
        for address, number_format in form.formats:
            sheet[address].number_format = number_format
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def csv_bytes(grid: Sequence[Sequence[Any]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """A grid as the bytes of a CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([["" if cell is None else cell for cell in row] for row in grid])
    return text.getvalue().encode(encoding)


def write_csv(path: Path, grid: Sequence[Sequence[Any]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """Write a grid as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_bytes(grid, encoding, delimiter))
    return path


def address(grid: Sequence[Sequence[Any]], name: str, row: int, sheet: str = "学校") -> str:
    """Where a field of a grid with official headers in its first line stands, e.g. 学校!E2 for row 2."""
    return f"{sheet}!{get_column_letter(list(grid[0]).index(header(name)) + 1)}{row}"


def saved(folder: Path, rows: Sequence[Mapping[str, Any]], **sheets: Sequence[Mapping[str, Any]]) -> Path:
    """A workbook ``2020.xlsx`` of a county 210903-新邱区 below ``folder``, other sheets by name."""
    path = folder / "210903-新邱区" / "2020.xlsx"
    return write_xlsx(path, {"学校": table(rows), **{name: table(entries) for name, entries in sheets.items()}})


def opened(folder: Path, rows: Sequence[Mapping[str, Any]], **sheets: Sequence[Mapping[str, Any]]) -> Workbook:
    """The same, read."""
    return read(saved(folder, rows, **sheets))


def found(book: Workbook, rule: str, before: Workbook | None = None) -> list[Finding]:
    """What reading and checking found under one rule."""
    return [finding for finding in check(book, before) if finding.rule == rule]


# ---- published cases ------------------------------------------------------------------------------------------------


def case(name: str) -> list[dict[str, str]]:
    """The lines of a published case."""
    with (CASES / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def oracle() -> list[dict[str, str]]:
    """Weighted mean, sd and CV of real data as an independent library computed them."""
    return case("oracle_given")


def lay_out_real_counties(root: Path) -> dict[str, Path]:
    """data/raw with the 45 counties of California (1998) and Joso (2011), each file's lines unchanged.

    Returns:
        County name -> its file.
    """
    raw = root / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    (raw / "columns.yaml").write_bytes((CASES / "california.columns.yaml").read_bytes())
    head, *lines = (CASES / "c12_caschool_districts.csv").read_bytes().splitlines(keepends=True)
    by_county: dict[str, list[bytes]] = {}
    for line in lines:
        by_county.setdefault(line.split(b",")[1].decode(), []).append(line)
    paths = {}
    for number, (county, own) in enumerate(sorted(by_county.items()), start=1):
        folder = raw / f"06{number:04d}-{county}"
        folder.mkdir()
        paths[county] = folder / "1998.csv"
        paths[county].write_bytes(head + b"".join(own))
    folder = raw / "082112-常総市"
    folder.mkdir()
    paths["常総市"] = folder / "2011.csv"
    paths["常総市"].write_bytes((CASES / "c07_joso_2011_primary_schools.csv").read_bytes())
    (folder / "2011.columns.yaml").write_bytes((CASES / "joso.columns.yaml").read_bytes())
    return paths


def from_json(text: str) -> dict[str, Any]:
    """A JSON object; refuses NaN and Infinity, which are no JSON."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    document = json.loads(text, parse_constant=refuse)
    assert isinstance(document, dict)
    return document
