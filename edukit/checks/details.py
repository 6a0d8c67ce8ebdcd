"""Rules about the sheets that have several rows for a school, or rows about no school: rooms, answers, items, options.

A row that such a sheet holds twice, or for a school that is not listed, would change a verdict without anybody seeing
it, so it is an error; where the numbers only describe (test scores, answers), it is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from edukit import dictionary
from edukit.checks.county import entered
from edukit.checks.wording import number, outside, refused
from edukit.dictionary import STAGES, SheetSpec, plain
from edukit.findings import Finding, Severity
from edukit.schools import bare
from edukit.workbook import Workbook
from edukit.workbook.joining import KEYS
from edukit.workbook.table import Sheet

Findings = Iterator[Finding]

SUPPORTING = ("answer", "score")
"""Rows that describe and of which there are thousands: what is wrong with them is a warning, told once by name."""
ONCE = {"item": ("item_id",), "option": ("option_id",), "dossier": ("dossier_no",)}
"""What a row is -> the fields that may not be the same in two rows; standards have a rule of their own."""


def _sheets(book: Workbook) -> Iterator[tuple[SheetSpec, Sheet]]:
    """The sheets whose rows are neither schools nor years, and that hold a row."""
    for sheet in book.sheets.values():
        spec = dictionary.load().sheet(sheet.name)
        if spec is not None and spec.rows not in ("school", "year") and len(sheet.frame):
            yield spec, sheet


def detail_rows(book: Workbook) -> Findings:
    """What each row must have is there, and its numbers are possible (hard range) and plausible (soft range)."""
    told = refused(book)
    for spec, sheet in _sheets(book):
        severity = Severity.WARNING if spec.rows in SUPPORTING else Severity.ERROR
        for field in dictionary.load().of_sheet(spec.name):
            values = sheet.frame[field.name]
            if field.required:
                blank = [row for row in values.index[values.isna()] if sheet.where(row, field.name) not in told]
                if field.name not in sheet.present:
                    problem, action = f"缺少必填列“{field.header}”", "补上这一列"
                    where = sheet.grid.label or sheet.name
                    yield Finding(severity, "missing-column", where, problem, action=action, field=field.name)
                elif blank:
                    rows = f"（共 {len(blank)} 行）" if len(blank) > 1 else ""
                    where, problem = sheet.where(blank[0], field.name), f"“{field.header}”必填，却空白{rows}"
                    action = "补填，或删去该行"
                    yield Finding(severity, "required", where, problem, action=action, field=field.name)
            if field.numeric:
                for row in values.index[outside(values, *field.hard) | outside(values, *field.soft)]:
                    lead = sheet.frame.at[row, "school_name"] if "school_name" in sheet.frame else None
                    where = sheet.where(row, field.name)
                    yield from entered(field, sheet.frame.loc[row], where, lead if isinstance(lead, str) else "")


def listed_schools(book: Workbook) -> Findings:
    """A row about a school must be about one of the sheet 学校; names of answers and scores are told once each."""
    names = set(book.schools["school_name"].map(bare, na_action="ignore").dropna())
    for spec, sheet in _sheets(book):
        if "school_name" not in spec.keys:
            continue
        own = sheet.frame["school_name"]
        unknown = own[~own.map(bare, na_action="ignore").isin(names)]
        if spec.rows in SUPPORTING:
            for name, rows in unknown.dropna().groupby(unknown, sort=False):
                yield _not_listed(sheet, Severity.WARNING, rows.index[0], str(name), len(rows))
            continue
        for row in unknown.index:
            known = [sheet.frame.at[row, key] for key in reversed(KEYS)]
            yield _not_listed(
                sheet, Severity.ERROR, row, next((text for text in known if isinstance(text, str)), ""), 1
            )


def _not_listed(sheet: Sheet, severity: Severity, row: object, name: str, rows: int) -> Finding:
    said = f"“{name}”不在“学校”表中" if name else "没有写明是哪所学校"
    return Finding(
        severity,
        "unknown-school",
        sheet.where(row, "school_name"),
        f"{said}（共 {rows} 行）" if rows > 1 else said,
        action="使学校名称或标识码与“学校”表一致",
        school=name,
        field="school_name",
    )


def repeated(book: Workbook) -> Findings:
    """An item, an option or a dossier may be there once only: two rows could say two things."""
    for spec, sheet in _sheets(book):
        for field in ONCE.get(spec.rows, ()):
            first: dict[str, object] = {}
            for row, value in sheet.frame[field].dropna().items():
                key = number(value) if isinstance(value, float) else plain(value)
                if key in first:
                    yield _twice(sheet, field, row, first[key], number(value) if isinstance(value, float) else value)
                first.setdefault(key, row)


def standards(book: Workbook) -> Findings:
    """The provincial standards have each indicator once per stage (a blank stage is both), and not too many of them."""
    for spec, sheet in _sheets(book):
        if spec.rows != "standard":
            continue
        first: dict[tuple[str, str], object] = {}
        told: set[object] = set()
        for row, indicator in sheet.frame["standard_indicator"].dropna().items():
            said = sheet.frame.at[row, "standard_stage"]
            for stage in [said] if isinstance(said, str) else list(STAGES.values()):
                key = (plain(indicator), stage)
                if key in first:
                    if row not in told:
                        yield _twice(sheet, "standard_indicator", row, first[key], f"{stage}{indicator}")
                    told.add(row)
                    continue
                first[key] = row
                many = sum(other == stage for _, other in first)
                if spec.most is not None and many == spec.most + 1:
                    yield Finding(
                        Severity.ERROR,
                        "too-many",
                        sheet.where(row, "standard_indicator"),
                        f"{stage}的办学标准超过 {spec.most} 项",
                        f"每个学段最多 {spec.most} 项",
                        f"至少 {many} 项",
                        "只保留省级文件规定的主要指标",
                        field="standard_indicator",
                    )


def _twice(sheet: Sheet, field: str, row: object, before: object, value: object) -> Finding:
    header = dictionary.load().field(field).header
    return Finding(
        Severity.ERROR,
        "duplicate",
        sheet.where(row, field),
        f"“{header}”在第{before}行和第{row}行重复（{sheet.where(before, field)}、{sheet.where(row, field)}）",
        found=str(value),
        action="只保留其中一行",
        field=field,
    )
