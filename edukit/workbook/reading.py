"""A file or folder -> :class:`Workbook`: its sheets, whose county and year it is, and what was noticed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from pathlib import Path

import pandas as pd

from edukit import counties, dictionary
from edukit.cards import card
from edukit.dictionary import plain
from edukit.errors import CallError, DataError
from edukit.findings import Finding, Severity
from edukit.workbook import columns, joining
from edukit.workbook.columns import ColumnMap
from edukit.workbook.completing import complete
from edukit.workbook.edition import GUIDE, Edition, edition_of
from edukit.workbook.grid import Grid, content_of, grids_of
from edukit.workbook.joining import KEYS, SCHOOLS
from edukit.workbook.table import Sheet, read_table

COUNTY = "县级"
IGNORED_SHEETS = (GUIDE, "说明", "目录", "封面", "数据说明")


@dataclass(frozen=True)
class Workbook:
    """A county's data of one year, as read.

    Attributes:
        path: the file or folder it was read from.
        code, county, year: from the 县级 sheet, else from the path; "" or 0 where neither tells.
        sheets: by the dictionary's sheet names.
        schools: one row per school with every school-level field of the dictionary; unknown is NaN. Index = row
            number in the 学校 sheet.
        findings: what reading noticed.
        digest: SHA-256 of all bytes that were read.
        notes: sentences about the source, from ``columns.yaml`` or the sheet 数据说明.
        origins: sheet -> row of ``schools`` -> row number in that sheet, for sheets joined to 学校.
        edition: the template that it was filled in; None where nothing tells.
    """

    path: Path
    code: str
    county: str
    year: int
    sheets: Mapping[str, Sheet]
    schools: pd.DataFrame
    findings: tuple[Finding, ...]
    digest: str
    notes: tuple[str, ...] = ()
    origins: Mapping[str, Mapping[object, int]] = dataclass_field(default_factory=dict)
    edition: Edition | None = None

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The sheets as read, by name."""
        return {name: sheet.frame for name, sheet in self.sheets.items()}

    def __repr__(self) -> str:
        return f"<Workbook {self.path.name} {self.county}{self.year}年, {len(self.schools)} schools>"

    def _repr_html_(self) -> str:
        """The file, and which of its sheets are filled."""
        facts = [(name, f"{len(sheet.frame)} 行") for name, sheet in self.sheets.items()]
        note = "学校数据：.schools；各表：.frames[表名]；某个数所在的单元格：.where(行, 列名)。"
        return card(f"{self.path.name}　{self.county}{self.year}年", facts, note)

    def where(self, row: object, field: str) -> str:
        """The cell that holds, or would hold, a school's field: in 学校, unless another sheet has what 学校 has not."""
        main = self.sheets[SCHOOLS]
        if field in KEYS or (field in main.present and pd.notna(main.frame.at[row, field])):
            return main.where(row, field)
        for name, rows in self.origins.items():
            if field in self.sheets[name].present and row in rows:
                return self.sheets[name].where(rows[row], field)
        return main.where(row, field)


def read(path: Path | str) -> Workbook:
    """Read a county's data of a year: ``<year>.xlsx``, a folder of CSV files (one per sheet), or a CSV of schools.

    >>> book = read("data/raw/210903-新邱区/2020.xlsx")
    >>> book.county, book.year, len(book.schools)
    ('新邱区', 2020, 6)

    Raises:
        CallError: there is no such file or folder.
        DataError: it cannot be opened, or holds no table of schools. Problems of single cells do not raise; they
            are in ``findings``.
    """
    path = Path(path)
    contents = {file: content_of(file) for file in _files(path)}  # read once: what is hashed is what is judged
    grids = [grid for file, content in contents.items() for grid in grids_of(file, content)]
    found_map = columns.find(path)
    if found_map:
        contents[found_map] = content_of(found_map)
    mapping = columns.read(found_map, contents[found_map]) if found_map else None
    findings: list[Finding] = []
    sheets: dict[str, Sheet] = {}
    for name, grid in _assigned(grids, mapping, findings):
        if name in sheets:
            raise DataError(f"“{name}”表出现两次（{grid.label or grid.name}）。请只保留一个。")
        sheet, noticed = read_table(grid, name, mapping if mapping and mapping.sheet == name else None)
        sheets[name] = sheet
        findings += noticed
    if SCHOOLS not in sheets:
        raise DataError(f"{path.name} 中没有“学校”表。请使用 edukit template 生成的模板，每校填一行。")
    sheets = joining.named(sheets)
    origins = joining.origins(sheets, findings)
    schools = joining.joined(sheets, origins, findings)
    if schools.empty:
        raise DataError(f"{path.name} 的“学校”表没有一所学校。请每校填一行后再试。")
    code, county, year = _identity(path, sheets, findings)
    notes = tuple(note for note in (mapping.source, mapping.note) if note) if mapping else _notes(grids)
    digest = _digest(contents.values())
    book = Workbook(path, code, county, year, sheets, schools, (), digest, notes, origins, edition_of(grids))
    schools, filled = complete(schools, book.where)
    return replace(book, schools=schools, findings=(*findings, *filled))


def digest(path: Path) -> str:
    """SHA-256 of all bytes that :func:`read` reads of a path, without understanding them.

    Raises:
        CallError, DataError: as :func:`read`, where there is no such file.
    """
    _files(path)
    return _digest(map(content_of, sources(path)))


def sources(path: Path) -> list[Path]:
    """The files that :func:`read` reads of a path: the workbook, or each CSV of a folder, and the ``columns.yaml``."""
    found_map = columns.find(path)
    return [*(_tables(path) if path.is_dir() else [path]), *([found_map] if found_map else [])]


def _digest(contents: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for number, content in enumerate(contents):
        found.update(b"\0" * bool(number) + content)
    return found.hexdigest()


def _tables(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.csv") if not file.name.startswith((".", "~$")))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = _tables(path)
        if not files:
            raise DataError(f"文件夹 {path.name} 中没有 CSV 文件。应每个工作表一个，如“学校.csv”。")
        return files
    if not path.exists():
        raise CallError(f"找不到文件 {path}。请核对路径。")
    if path.suffix.lower() not in (".xlsx", ".xlsm", ".csv", ".txt", ".tsv"):
        raise DataError(f"不能读取 {path.name}：只支持 .xlsx 和 .csv。旧版 .xls 请用 Excel 另存为 .xlsx。")
    return [path]


def _assigned(grids: list[Grid], mapping: ColumnMap | None, findings: list[Finding]) -> list[tuple[str, Grid]]:
    """Which grid is which sheet; a table without a telling name is the 学校 sheet where it is the only one."""
    filled = [grid for grid in grids if any(cell is not None for row in grid.rows for cell in row)]
    assigned, others = [], []
    for grid in filled:
        spec = dictionary.load().sheet(grid.name)
        if spec is not None:
            assigned.append((spec.name, grid))
        elif plain(grid.name) not in {plain(name) for name in IGNORED_SHEETS}:
            others.append(grid)
    wanted = mapping.sheet if mapping else SCHOOLS
    if wanted not in dict(assigned) and len(others) == 1:
        return [(wanted, others[0]), *assigned]
    for grid in others:
        where = grid.label or grid.name
        findings.append(Finding(Severity.INFO, "unknown-sheet", where, f"工作表“{grid.name}”不在数据字典中，没有读取"))
    return sorted(assigned, key=lambda pair: pair[0] != SCHOOLS)


def _identity(path: Path, sheets: Mapping[str, Sheet], findings: list[Finding]) -> tuple[str, str, int]:
    """Code, name and year from the 县级 sheet and from the path; where both tell and differ, that is an error."""
    stem_year = int(path.stem) if re.fullmatch(r"\d{4}", path.stem) else 0
    folder_code, folder_name = counties.parse_slug(path.resolve().parent.name if stem_year else path.stem)
    from_path: dict[str, str | int] = {"code": folder_code, "county": folder_name, "year": stem_year}
    told: dict[str, str | int] = {}
    if COUNTY in sheets and len(sheets[COUNTY].frame):
        sheet = sheets[COUNTY]
        rows = sheet.frame if not stem_year else sheet.frame[sheet.frame["year"].isin([stem_year])]
        entry = (rows if len(rows) else sheet.frame).iloc[-1]
        for key in from_path:
            if pd.notna(entry[key]):
                told[key] = int(entry[key]) if key == "year" else str(entry[key])
                here, there = str(from_path[key]), str(told[key])
                agrees = here == there or (key == "county" and there.endswith(here))  # 阜新市新邱区 is 新邱区
                filed = bool(folder_code) and bool(stem_year)  # only <code>-<name>/<year> says whose data it should be
                if filed and from_path[key] and not agrees:
                    findings.append(
                        Finding(
                            Severity.ERROR,
                            "identity",
                            sheet.where(entry.name, key),
                            f"“{dictionary.load().field(key).header}”与文件夹或文件名不一致",
                            here,
                            there,
                            "核对是否放错了文件",
                        )
                    )
    merged = {key: told.get(key) or value for key, value in from_path.items()}
    return str(merged["code"]), str(merged["county"]), int(merged["year"])


def _notes(grids: list[Grid]) -> tuple[str, ...]:
    """Sentences of the sheet 数据说明, which a workbook may carry for the reader of the report."""
    rows = [row for grid in grids if plain(grid.name) == "数据说明" for row in grid.rows]
    return tuple(str(cell).strip() for row in rows for cell in row if isinstance(cell, str) and cell.strip())
