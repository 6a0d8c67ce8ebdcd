"""Rules about the county: its own sheet, 合计 rows, and changes since the year before."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from edukit import dictionary
from edukit.checks.wording import between, confused, finding, number, outside
from edukit.dictionary import Field
from edukit.exact import fraction
from edukit.findings import Finding, Severity
from edukit.schools import earlier
from edukit.workbook import Workbook

Findings = Iterator[Finding]

TYPE_COUNTS = {
    "n_primary": "小学",
    "n_junior": "初级中学",
    "n_nine": "九年一贯制学校",
    "n_twelve": "十二年一贯制学校",
    "n_complete": "完全中学",
    "n_special": "特殊教育学校",
    "n_points": "小学教学点",
}
"""County-level counts of schools, each with the school type that it must equal."""


def county_sheet(book: Workbook) -> Findings:
    """Ranges and sums of the county's numbers, and its counts of schools against the list."""
    sheet = book.sheets.get("县级")
    if sheet is None:
        return
    spec = dictionary.load()
    for row, entry in sheet.frame.iterrows():
        for field in spec.of_sheet("县级"):
            if field.numeric and pd.notna(entry[field.name]):
                yield from entered(field, entry, sheet.where(row, field.name))
        if entry["year"] == book.year:
            for name, kind in TYPE_COUNTS.items():
                listed = int((book.schools["school_type"] == kind).sum())
                if pd.notna(entry[name]) and entry[name] != listed:
                    yield Finding(
                        Severity.WARNING,
                        "school-count",
                        sheet.where(row, name),
                        f"“{spec.field(name).header}”与“学校”表不一致",
                        f"{listed} 所（“学校”表）",
                        number(entry[name]),
                        "核对学校名单",
                        field=name,
                    )


def entered(field: Field, entry: pd.Series, where: str, lead: str = "") -> Findings:
    """What is wrong with one number of a row that is no school: range, unit, part over whole, sum.

    Args:
        field: the column.
        entry: the row; the field's own number is known.
        where: the cell.
        lead: the school that the row is about, where there is one.
    """
    value, spec = entry[field.name], dictionary.load()

    def say(severity: Severity, rule: str, problem: str, expected: str, action: str) -> Finding:
        told = f"{lead}：{problem}" if lead else problem
        return Finding(severity, rule, where, told, expected, number(value), action, school=lead, field=field.name)

    impossible, unlikely = (bool(outside(value, *bounds)) for bounds in (field.hard, field.soft))
    expected = between(*(field.hard if impossible else field.soft), field.unit)
    if (impossible or unlikely) and (guess := confused(field, value, field.soft)):
        action = f"疑似以{guess}填报，应换算为{field.unit or '小数'}"
        yield say(Severity.ERROR, "unit-mistake", f"“{field.header}”偏离常见范围", expected, action)
    elif impossible:
        action = f"核对数值和单位（{field.unit or '无单位'}）"
        yield say(Severity.ERROR, "range", f"“{field.header}”超出可能的范围", expected, action)
    elif unlikely:
        yield say(Severity.WARNING, "unlikely", f"“{field.header}”少见", expected, "核对；属实则不必改")
    for whole in field.at_most:
        if value > entry[whole]:
            problem = f"“{field.header}”大于“{spec.field(whole).header}”"
            yield say(Severity.ERROR, "part-over-whole", problem, f"不大于 {number(entry[whole])}", "核对后改正")
    if field.sum_of and abs(value - (total := entry[list(field.sum_of)].astype(float).sum(skipna=False))) > 1e-6:
        names = "、".join(spec.field(part).header for part in field.sum_of)
        problem = f"“{field.header}”不等于各分项之和（{names}）"
        yield say(Severity.WARNING, "sum", problem, number(total), "核对后改正")


def totals(book: Workbook) -> Findings:
    """A 合计 row must equal the sum of the rows that were read."""
    for sheet in book.sheets.values():
        for row, name, value in sheet.totals:
            total = sheet.frame[name].sum(skipna=False)
            if abs(total - value) > 1e-6 * max(1.0, abs(value)):
                field = dictionary.load().field(name)
                yield Finding(
                    Severity.WARNING,
                    "total",
                    sheet.where(row, name),
                    f"合计行的“{field.header}”不等于各校之和",
                    number(total),
                    number(value),
                    "核对是否漏校或重复",
                    field=name,
                )


def changes(book: Workbook, before: Workbook) -> Findings:
    """Numbers that moved more within a year than is likely, and schools that came or went."""
    old, new = before.schools, book.schools
    same = earlier(new, old).dropna()
    for field, limit in dictionary.load().changes.items():
        header = dictionary.load().field(field).header
        both = zip(same.index, old[field].loc[same].tolist(), new[field].loc[same.index].tolist(), strict=True)
        for row, was, now in both:
            if was > 0 and now >= 0 and abs(fraction(now) / fraction(was) - 1) > fraction(limit):
                yield finding(
                    book,
                    Severity.WARNING,
                    "change",
                    row,
                    field,
                    f"“{header}”比上年变化 {now / was - 1:+.0%}",
                    f"变化不超过 {limit:.0%}",
                    f"{number(was)} → {number(now)}",
                    "核对；属实则不必改",
                )
    for name in old.loc[old.index.difference(pd.Index(same)), "school_name"]:
        yield Finding(
            Severity.INFO, "school-gone", "学校", f"{name}上年有、本年没有", action="核对是撤并还是漏报", school=name
        )
    for row in new.index.difference(same.index):
        name = new.at[row, "school_name"]
        yield Finding(
            Severity.INFO,
            "school-new",
            book.where(row, "school_name"),
            f"{name}本年有、上年没有",
            action="核对是新建、更名还是重复",
            school=name,
        )
