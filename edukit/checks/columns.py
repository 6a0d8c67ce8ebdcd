"""Rules about single columns and sums of columns: required, range, per pupil, part and whole."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from edukit import dictionary
from edukit.checks.wording import between, confused, finding, number, outside, refused
from edukit.dictionary import STAGES_OF_TYPE, Field
from edukit.findings import Finding, Severity
from edukit.schools import stage_pupils
from edukit.workbook import Workbook

Findings = Iterator[Finding]


def required(book: Workbook) -> Findings:
    """Name, type, and the pupils of every stage that the type teaches must be there."""
    sheet, told = book.sheets["学校"], refused(book)
    for field in dictionary.load().of_sheet("学校"):
        if not field.required and not field.required_for:
            continue
        needed = pd.Series(field.required, index=book.schools.index)
        if field.required_for:
            needed |= book.schools["school_type"].isin(field.required_for)
        rows = book.schools.index[needed & book.schools[field.name].isna()]
        if field.name not in sheet.present and len(rows):
            yield Finding(
                Severity.ERROR,
                "missing-column",
                sheet.grid.label or sheet.name,
                f"缺少必填列“{field.header}”",
                action="补上这一列",
                field=field.name,
            )
            continue
        for row in rows:
            if book.where(row, field.name) not in told:
                yield finding(book, Severity.ERROR, "required", row, field.name, f"“{field.header}”必填", action="补填")


def _given(book: Workbook) -> list[Field]:
    """The numeric school-level fields for which at least one school has a number."""
    known = book.schools.notna().any()
    return [field for field in dictionary.load().fields if field.numeric and known.get(field.name, False)]


def _untaught(book: Workbook, field: Field) -> pd.Series:
    """Which schools do not teach the stage that a field is about, so that 0 says nothing else than blank does."""
    stage = field.name.rpartition("_")[2]
    if stage not in {stage for taught in STAGES_OF_TYPE.values() for stage in taught}:
        return pd.Series(False, index=book.schools.index)
    return book.schools["school_type"].map(lambda kind: stage not in STAGES_OF_TYPE.get(kind, (stage,))).astype(bool)


def ranges(book: Workbook) -> Findings:
    """Numbers must be possible (hard range) and should be plausible (soft range)."""
    for field in _given(book):
        low, high = field.hard
        override = book.sheets["学校"].overrides.get(field.name)
        if override is not None and override.max is not None:
            high = override.max
        values = book.schools[field.name]
        for row in values.index[outside(values, low, high)]:
            yield finding(
                book,
                Severity.ERROR,
                "range",
                row,
                field.name,
                f"“{field.header}”超出可能的范围",
                between(low, high, field.unit),
                number(values[row]),
                f"核对数值和单位（{field.unit or '无单位'}）",
            )
        soft = outside(values, *field.soft) & ~outside(values, low, high)
        if soft.any() and (override is None or override.max is None):
            for row in values.index[soft & ~((values == 0) & _untaught(book, field))]:
                yield finding(
                    book,
                    Severity.WARNING,
                    "unlikely",
                    row,
                    field.name,
                    f"“{field.header}”少见",
                    between(*field.soft, field.unit),
                    number(values[row]),
                    "核对；属实则不必改",
                )


def per_pupil(book: Workbook) -> Findings:
    """Resource per pupil should be plausible; a unit typed by mistake is named (元 for 万元, 亩 for ㎡)."""
    pupils = stage_pupils(book.schools).sum(axis=1, skipna=False)
    pupils = pupils.where(pupils > 0)
    for field in _given(book):
        low, high = field.per_pupil
        if low is None and high is None:
            continue
        ratio = book.schools[field.name] / pupils
        for row in ratio.index[outside(ratio, low, high) & (book.schools[field.name] > 0)]:
            guess = confused(field, ratio[row], field.per_pupil)
            action = f"疑似以{guess}填报，应换算为{field.unit}" if guess else "核对数值和单位"
            severity = Severity.ERROR if guess else Severity.WARNING
            yield finding(
                book,
                severity,
                "unit-mistake" if guess else "unlikely",
                row,
                field.name,
                f"按在校生平均，“{field.header}”{'过大' if high is not None and ratio[row] > high else '过小'}",
                between(low, high, f"{field.unit}/生"),
                f"{ratio[row]:.4g} {field.unit}/生",
                action,
            )


def parts(book: Workbook) -> Findings:
    """A part can never exceed its whole, and given parts must add up to a given sum."""
    spec, given = dictionary.load(), _given(book)
    known = {field.name for field in given}
    for field in given:
        values = book.schools[field.name]
        for whole in (whole for whole in field.at_most if whole in known):
            for row in values.index[values > book.schools[whole]]:
                yield finding(
                    book,
                    Severity.ERROR,
                    "part-over-whole",
                    row,
                    field.name,
                    f"“{field.header}”大于“{spec.field(whole).header}”",
                    f"不大于 {number(book.schools.at[row, whole])}",
                    number(values[row]),
                )
        if field.sum_of and known.issuperset(field.sum_of):
            sums = book.schools[list(field.sum_of)].sum(axis=1, skipna=False)
            for row in values.index[(values - sums).abs() > 1e-6]:
                names = "、".join(spec.field(part).header for part in field.sum_of)
                yield finding(
                    book,
                    Severity.WARNING,
                    "sum",
                    row,
                    field.name,
                    f"“{field.header}”不等于各分项之和（{names}）",
                    number(sums[row]),
                    number(values[row]),
                )
