"""A case: one county in one year under one scheme, with the year before where there is one.

This is what a notebook opens and what figures, tables and sentences are made from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from edukit import counties, gaps, lending, settings
from edukit.alternatives import alternatives
from edukit.assess import Assessment, assess
from edukit.cards import card
from edukit.checks import check
from edukit.errors import DataError
from edukit.findings import Finding, errors
from edukit.schemes import Scheme, load_scheme
from edukit.workbook import Workbook, read


@dataclass(frozen=True)
class Case:
    """A county in a year, judged: what every figure, table and sentence is made from.

    In the last line of a cell it shows itself.

    >>> case = open_case("210903", 2020, "quality-2017")
    >>> case
    <Case 新邱区2020年 quality-2017 未达标>
    >>> case.now.schools.loc[1, ["school", "stage", "verdict"]].tolist()
    ['阿金歹小学', 'primary', 'not_met']

    Attributes:
        now: the assessment of the year.
        before: the assessment of the year before, or None.
        book: the workbook of the year.
        digest_before: digest of the workbook of the year before, None where there is none.
    """

    now: Assessment
    book: Workbook
    before: Assessment | None = field(default=None)
    digest_before: str | None = None

    @cached_property
    def alternatives(self) -> pd.DataFrame:
        """What other readings of uncertain rules would change, see :func:`edukit.alternatives.alternatives`."""
        return alternatives(self.now, lambda scheme: _judged(self.book, scheme, (), self.before))

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

    def __repr__(self) -> str:
        return f"<Case {self.county}{self.year}年 {self.scheme.id} {self.now.verdict.label}>"

    def _repr_html_(self) -> str:
        """What was opened, the verdict, and what can be done with it."""
        units = self.now.units
        facts = [
            ("数据文件", self.book.path.name),
            ("评估办法", f"{self.scheme.short}（{self.scheme.id}）"),
            ("计入测算", f"{units['row'].nunique()} 所学校，{len(units)} 个学段单位"),
            ("结论", self.now.verdict.label),
            ("数据提示", self.now.findings.told),
            ("上年数据", f"{self.before.year}年" if self.before is not None else "没有"),
        ]
        note = (
            "接着做：case.now 测算结果，case.gaps 缺口，case.book.schools 学校数据；figures.、tables.、text. 后按 Tab。"
        )
        return card(f"{self.county}{self.year}年", facts, note)

    def again(self, book: Workbook, noticed: Iterable[Finding] = ()) -> Assessment:
        """The same year, scheme and options with another workbook, e.g. one in which something was changed.

        Args:
            book: the workbook to judge; schools that :attr:`book` has not are placed in no cell.
            noticed: findings besides those that the data of this case have.
        """
        used = tuple(sorted((option.id, option.basis) for option in self.scheme.used))
        data = [finding for finding in self.now.findings if finding.rule not in ("unknown-value", "scope")]
        return _judged(book, load_scheme(self.scheme.origin, used), [*data, *noticed], self.before)


def open_case(county: str, year: int, scheme: str, root: Path | None = None) -> Case:
    """Open a county's data in data/raw and judge them: the first line of a notebook.

    >>> case = open_case("210903", 2020, "quality-2017")
    >>> case.county, case.year, case.now.verdict.label
    ('新邱区', 2020, '未达标')
    >>> case.gaps.loc[case.gaps["indicator"] == "Q4", ["school", "to_threshold", "resource_unit"]].values.tolist()
    [['阿金歹小学', 353.0, '㎡']]

    Args:
        county: code, name or ``<code>-<name>``.
        year: the year to judge; the year before is added where data/raw has it.
        scheme: id of a scheme, or path of a scheme file.
        root: project folder; found as :func:`edukit.counties.home` does where None.

    Raises:
        CallError: county, year or scheme do not exist.
        DataError: the data hold errors; all findings are carried.
    """
    policy = load_scheme(scheme, folder=root or counties.home())
    place = counties.find_county(county, root)
    path, path_before = counties.find_year(place, int(year)), place.years().get(int(year) - 1)
    files = [path, *([path_before] if path_before else [])]
    return lending.opened(files, policy, lambda: case_of(path, policy, path_before))


def assess_book(
    book: Workbook, scheme: Scheme, findings: Iterable[Finding], before: Assessment | None = None
) -> Assessment:
    """Judge a workbook under a scheme, with the options that its sheet 评估设置 switches on.

    Args:
        book: the workbook.
        scheme: the policy without the county's options.
        findings: what checking the workbook found.
        before: the assessment of the year before, for the items that compare with it.
    """
    chosen, noticed = settings.as_set(scheme, book.frames.get(settings.SHEET, pd.DataFrame()))
    return _judged(book, chosen, [*findings, *noticed], before)


def _judged(book: Workbook, scheme: Scheme, findings: Iterable[Finding], before: Assessment | None) -> Assessment:
    return assess(
        book.schools,
        scheme,
        code=book.code,
        county=book.county,
        year=book.year,
        findings=findings,
        locate=lambda row, field: book.where(row, field) if row in book.sheets["学校"].frame.index else "学校",
        sheets=book.frames,
        before=before,
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
    before = None
    if book_before is not None and not errors(check(book_before)):
        before = assess_book(book_before, scheme, ())
    now = assess_book(book, scheme, findings, before)
    if now.units.empty:
        raise DataError(
            f"{path.name} 中没有一所学校按《{scheme.name}》的口径计入测算，不能出报告。"
            f"未计入的原因：{'；'.join(now.excluded['reason'].unique())}。",
            findings,
        )
    digest = book_before.digest if book_before is not None and before is not None else None
    return Case(now=now, book=book, before=before, digest_before=digest)


def open_years(
    county: str, scheme: str, year: int, root: Path | None = None
) -> tuple[tuple[Assessment, ...], tuple[tuple[int, str], ...]]:
    """All years of a county in data/raw up to a year, each judged by itself.

    Args:
        county: code, name or ``<code>-<name>``.
        scheme: id of a scheme, or path of a scheme file.
        year: the last year that is wanted; it need not have data.
        root: project folder; found as :func:`edukit.counties.home` does where None.

    Returns:
        The assessments, earliest year first; and each year whose data cannot be used, with the reason.

    Raises:
        CallError: the county or the scheme does not exist.
    """
    policy = load_scheme(scheme, folder=root or counties.home())
    paths = {y: path for y, path in counties.find_county(county, root).years().items() if y <= int(year)}
    found: dict[int, Assessment] = {}
    refused = []
    for y, path in paths.items():
        try:
            # A year before that could not be read must not take this one down with it.
            found[y] = case_of(path, policy, paths[y - 1] if y - 1 in found else None).now
        except DataError as error:
            refused.append((y, reason(error)))
    return tuple(found.values()), tuple(refused)


def reason(error: DataError) -> str:
    """Why data cannot be used, in one line with the first error and its place."""
    first = next((f"例如 {f.where}：{f.message}" for f in errors(error.findings)), "")
    return f"{error}{first}"
