"""Every problem of a county's data at once: ranges, contradictions between fields, duplicates, unlikely changes.

Each rule is a function that takes the workbook and yields findings; :data:`RULES` lists them. What a rule needs to
know about a single column stands in the dictionary, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edukit.checks.columns import parts, per_pupil, ranges, required
from edukit.checks.county import changes, county_sheet, totals
from edukit.checks.details import detail_rows, listed_schools, repeated, standards
from edukit.checks.edition import edition
from edukit.checks.schools import class_sizes, duplicates, retention, types, whole_school
from edukit.findings import Finding, Findings, worst_first
from edukit.workbook import Workbook

__all__ = ["RULES", "changes", "check"]

RULES: tuple[Callable[[Workbook], Iterator[Finding]], ...] = (
    required,
    ranges,
    per_pupil,
    parts,
    types,
    whole_school,
    class_sizes,
    retention,
    duplicates,
    detail_rows,
    listed_schools,
    repeated,
    standards,
    county_sheet,
    totals,
    edition,
)


def check(book: Workbook, before: Workbook | None = None) -> Findings:
    """Look for everything that is wrong, missing or implausible in a workbook, errors first.

    >>> from edukit import read
    >>> check(read("data/raw/210903-新邱区/2020.xlsx")).told
    '没有发现问题'

    Args:
        book: as :func:`edukit.workbook.read` gives it.
        before: the same county a year earlier; adds the rules about changes.
    """
    findings = list(book.findings)
    for rule in RULES:
        findings += rule(book)
    if before is not None:
        findings += changes(book, before)
    return worst_first(findings)
