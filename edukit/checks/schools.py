"""Rules about a school as a whole: type and stages, class sizes, duplicates."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from edukit import dictionary
from edukit.checks.wording import between, called, finding, number, outside
from edukit.dictionary import STAGES, STAGES_OF_TYPE
from edukit.exact import fraction
from edukit.findings import Finding, Severity
from edukit.frames import by_label
from edukit.schools import bare
from edukit.workbook import Workbook

Findings = Iterator[Finding]


COHORT = ("entry3y", "in3y", "out3y", "died3y", "grads")
"""What a junior school's three-year retention is made of: entered, moved in, moved out, died, graduated."""


def retention(book: Workbook) -> Findings:
    """More pupils cannot have graduated than had entered and stayed: above 100 % transfers are wrong."""
    for row, school in book.schools[list(COHORT)].dropna().iterrows():
        entered, came, left, died, graduated = (fraction(school[name]) for name in COHORT)
        stayed = entered + came - left - died
        if graduated > stayed:
            yield finding(
                book,
                Severity.WARNING,
                "retention",
                row,
                "grads",
                "初中三年巩固率超过100%",
                f"毕业生不多于 {number(float(stayed))} 人（三年前初一在校生加转入、减转出和死亡）",
                number(school["grads"]),
                "核对转入、转出人数是否填反或漏填",
            )


def types(book: Workbook) -> Findings:
    """The school type must fit the stages that have pupils."""
    asked = ["school_type", *(f"pupils_{stage}" for stage in (*STAGES, "senior"))]
    for row, school in by_label(book.schools[asked]).items():
        taught = STAGES_OF_TYPE.get(school["school_type"])
        if taught is None or school["school_type"] in ("特殊教育学校", "职业初中"):
            continue
        for stage, name in (*STAGES.items(), ("senior", "高中")):
            field, pupils = f"pupils_{stage}", school[f"pupils_{stage}"]
            if pupils > 0 and stage not in taught:
                yield finding(
                    book,
                    Severity.ERROR,
                    "type-stage",
                    row,
                    field,
                    f"办学类型是{school['school_type']}，却有{name}在校生",
                    "空白或 0",
                    number(pupils),
                    "核对办学类型，或把学生填到正确的学段",
                )
            elif pupils == 0 and stage in taught:
                yield finding(
                    book,
                    Severity.WARNING,
                    "type-stage",
                    row,
                    field,
                    f"办学类型是{school['school_type']}，{name}在校生却为 0",
                    "大于 0",
                    "0",
                    "核对办学类型和在校生数",
                )
        if "senior" in taught and pd.isna(school["pupils_senior"]):
            yield finding(
                book,
                Severity.WARNING,
                "no-senior",
                row,
                "pupils_senior",
                f"{school['school_type']}没有填高中在校生数，校舍、设备等不能按学段拆分，相关指标无法判定",
                action="补填高中在校生数",
            )


def whole_school(book: Workbook) -> Findings:
    """In a school with two stages the same number in both is most likely the whole school's."""
    spec = dictionary.load()
    several = book.schools["school_type"].map(lambda kind: len(set(STAGES_OF_TYPE.get(kind, ())) & set(STAGES)) > 1)
    pairs = [f.name for f in spec.of_sheet("学校") if f.name.endswith("_primary") and f.kind == "count"]
    for row in book.schools.index[several.astype(bool)]:
        both = [(name, name.replace("_primary", "_junior")) for name in pairs]
        same = [
            a for a, b in both if book.schools.at[row, a] == book.schools.at[row, b] and book.schools.at[row, a] >= 5
        ]
        if len(same) >= 2:
            headers = "、".join(spec.field(name).header.removeprefix("小学") for name in same)
            yield finding(
                book,
                Severity.WARNING,
                "whole-school",
                row,
                same[0],
                f"小学和初中的{headers}完全相同，疑似把全校数填到了两个学段",
                action="按学段分开填写",
            )


def class_sizes(book: Workbook) -> Findings:
    """The mean class can never exceed the largest, and ratios between fields should be plausible."""
    for stage, name in STAGES.items():
        pupils, classes = book.schools[f"pupils_{stage}"], book.schools[f"classes_{stage}"]
        largest = book.schools[f"max_class_{stage}"]
        mean = pupils / classes.where(classes > 0)
        for row in mean.index[mean > largest]:
            yield finding(
                book,
                Severity.ERROR,
                "class-size",
                row,
                f"max_class_{stage}",
                f"{name}最大班额小于平均班额",
                f"不小于 {mean[row]:.1f}",
                number(largest[row]),
                "核对在校生数、班数和最大班额",
            )
        for row in pupils.index[(pupils > 0) & (classes == 0)]:
            yield finding(
                book,
                Severity.ERROR,
                "class-size",
                row,
                f"classes_{stage}",
                f"{name}有在校生，班数却为 0",
                "大于 0",
                "0",
            )
    for ratio in dictionary.load().ratios:
        values = book.schools[ratio.numerator] / book.schools[ratio.denominator].where(lambda x: x > 0)
        for row in values.index[outside(values, *ratio.soft)]:
            yield finding(
                book,
                Severity.WARNING,
                "unlikely",
                row,
                ratio.denominator,
                f"{ratio.name}少见",
                between(*ratio.soft, ""),
                f"{values[row]:.1f}",
                "核对；属实则不必改",
            )


def duplicates(book: Workbook) -> Findings:
    """A code or a name twice is an error; the same numbers in two rows are suspicious."""
    names = book.schools["school_name"].map(bare)
    for field, keys in (("school_code", book.schools["school_code"]), ("school_name", names)):
        header = dictionary.load().field(field).header
        known = keys[book.schools[field].notna()]
        for row in known.index[known.duplicated()]:
            first = known.index[known == known[row]][0]
            yield finding(
                book,
                Severity.ERROR,
                "duplicate",
                row,
                field,
                f"“{header}”与{book.where(first, field)}重复",
                found=str(keys[row]),
                action="删去重复行，或改正其中一个",
            )
    numeric = book.schools[[f.name for f in dictionary.load().of_sheet("学校") if f.numeric]]
    enough = numeric.notna().sum(axis=1) >= 6
    # Not pandas' own search for duplicates, which numbers the values of each of the sixty columns first.
    firsts: dict[tuple[float | None, ...], object] = {}
    for row, numbers, many in zip(numeric.index, numeric.to_numpy(float).tolist(), enough, strict=True):
        first = firsts.setdefault(tuple(None if number != number else number for number in numbers), row)
        if first == row or not many:
            continue
        yield finding(
            book,
            Severity.WARNING,
            "same-numbers",
            row,
            "school_name",
            f"全部数字与{called(book, first)}相同，疑似复制未改",
            action="核对两校数据",
        )
