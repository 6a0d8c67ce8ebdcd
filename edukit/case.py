"""A case: one county in one year under one scheme, with the year before where there is one.

This is what a notebook opens and what figures, tables and sentences are made from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from edukit import counties, gaps
from edukit.assess import Assessment, assess
from edukit.checks import check
from edukit.errors import DataError
from edukit.findings import Finding, errors
from edukit.schemes import Scheme, load_scheme
from edukit.workbook import Workbook, read


@dataclass(frozen=True)
class Case:
    """What a report is about.

    Attributes:
        now: the assessment of the year.
        before: the assessment of the year before, or None.
        book: the workbook of the year.
    """

    now: Assessment
    book: Workbook
    before: Assessment | None = field(default=None)

    @property
    def scheme(self) -> Scheme:
        """The policy that the county is judged by."""
        return self.now.scheme

    @property
    def county(self) -> str:
        """Name of the county as sentences use it."""
        return self.now.county or "本县"

    @property
    def year(self) -> int:
        """The year that is judged."""
        return self.now.year

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Everything below a threshold, see :func:`edukit.gaps.gaps`."""
        return gaps.gaps(self.now)


def open_case(county: str, year: int, scheme: str, root: Path | None = None) -> Case:
    """The case of a county in data/raw.

    Args:
        county: code, name or ``<code>-<name>``.
        year: the year to judge; the year before is added where data/raw has it.
        scheme: id of a scheme, or path of a scheme file.
        root: project folder; found as :func:`edukit.counties.home` does where None.

    Raises:
        CallError: county, year or scheme do not exist.
        DataError: the data hold errors; all findings are carried.
    """
    policy = load_scheme(scheme)
    place = counties.find_county(county, root)
    path = counties.find_year(place, int(year))
    return case_of(path, policy, place.years().get(int(year) - 1))


def assess_book(book: Workbook, scheme: Scheme, findings: Iterable[Finding]) -> Assessment:
    """Judge a workbook under a scheme; ``findings`` are what checking it found."""
    return assess(
        book.schools,
        scheme,
        code=book.code,
        county=book.county,
        year=book.year,
        findings=findings,
        locate=book.where,
        sheets=book.frames,
    )


def case_of(path: Path, scheme: Scheme, path_before: Path | None = None) -> Case:
    """The case of a file or folder, and of another one for the year before.

    The year before is only compared with: where it has errors it is left out.

    Raises:
        DataError: the data hold errors, or the scheme judges none of the schools; all findings are carried.
    """
    book = read(path)
    book_before = read(path_before) if path_before else None
    findings = check(book, book_before)
    if hard := errors(findings):
        raise DataError(f"{path.name} 中有 {len(hard)} 处错误，改正后才能出报告。", findings)
    now = assess_book(book, scheme, findings)
    if now.units.empty:
        raise DataError(
            f"{path.name} 中没有一所学校按《{scheme.name}》的口径计入测算，不能出报告。"
            f"未计入的原因：{'；'.join(now.excluded['reason'].unique())}。",
            findings,
        )
    before = None
    if book_before is not None and not errors(check(book_before)):
        before = assess(
            book_before.schools, scheme, code=book_before.code, county=book_before.county, year=book_before.year
        )
    return Case(now=now, book=book, before=before)
