"""One cell: what is a number, what is unknown, what is refused, and how codes and choices are understood."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edukit.dictionary import load
from edukit.findings import Severity
from edukit.workbook.cells import parse, unit_named
from edukit.workbook.grid import Trouble

PUPILS, AREA, EQUIPMENT = (load().field(name) for name in ("pupils_primary", "teaching_area", "equipment_value"))
CODE, NAME, KIND = (load().field(name) for name in ("school_code", "school_name", "school_type"))
SPONSOR, FLAG, ROOM = (load().field(name) for name in ("sponsor_type", "is_boarding", "room_kind"))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (120, 120),
        (120.0, 120),
        ("120", 120),
        (" 120 ", 120),
        ("　120　", 120),
        ("'120", 120),
        ("１２０", 120),
        ("1,234", 1234),
        ("1，234", 1234),
        ("１，２３４", 1234),
        ("1 234", 1234),
        ("1,234,567", 1234567),
        ("120.0", 120),
        ("1.2e2", 120),
        ("120人", 120),
        ("120 人", 120),
        ("120名", 120),
        ("+5", 5),
        ("-5", -5),
        ("－5", -5),
        (0, 0),
        ("0", 0),
    ],
)
def test_counts(typed: Any, number: float) -> None:
    assert parse(typed, PUPILS) == (number, None)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1,234.56", 1234.56),
        ("1234.5㎡", 1234.5),
        ("1234.5平方米", 1234.5),
        ("1234.5 m2", 1234.5),
        (".5", 0.5),
        ("5.", 5),
    ],
)
def test_decimals(typed: str, number: float) -> None:
    assert parse(typed, AREA) == (number, None)


WORDS = ["一百二十", "约120", "120左右", "十", "见附件", "120万册", "120元", "#REF!"]
FOOTNOTES = ["300①", "①", "300²", "³00", "⑳", "½", "Ⅸ", "४५०", "٣٠٠", "3⑩0", "㊿"]
"""Marks and letters that Unicode counts as digits: read as such, 300 with a footnote would be 3001."""
MALFORMED = ["12o", "1,23", "1,2345", "12,34,567", "1.2.3", "120-130", "e5", ".e5", ".", ",", "5 5"]
OTHER_KINDS = [True, dt.datetime(2020, 9, 1), dt.time(8, 30), float("inf")]


@pytest.mark.parametrize("typed", [*WORDS, *FOOTNOTES, *MALFORMED, *OTHER_KINDS])
def test_what_is_no_number_is_refused(typed: Any) -> None:
    value, remark = parse(typed, PUPILS)
    assert value is None
    assert remark is not None
    assert remark.severity is Severity.ERROR
    assert "小学在校生数" in remark.problem
    assert "整数（人）" in remark.expected
    assert remark.found
    assert remark.action


@pytest.mark.parametrize(
    "typed", ["—", "-", "－", "——", "无", "/", "／", "空", "N/A", "#N/A", "…", "不详", "未统计", "暂无", "?"]
)
def test_placeholders_are_unknown_never_zero(typed: str) -> None:
    value, remark = parse(typed, PUPILS)
    assert value is None
    assert remark is not None
    assert (remark.severity, remark.rule) == (Severity.WARNING, "placeholder")
    assert typed in remark.problem
    assert "未知" in remark.problem


def test_blank_is_unknown_without_a_word() -> None:
    assert parse(None, PUPILS) == (None, None)
    assert parse(None, NAME) == (None, None)


@pytest.mark.parametrize("typed", [12.5, "12.5", "1,234.5"])
def test_a_count_must_be_whole(typed: Any) -> None:
    value, remark = parse(typed, PUPILS)
    assert value is None
    assert remark is not None
    assert remark.rule == "whole-number"
    assert "整数" in remark.action


def test_a_fractional_count_where_it_is_allowed() -> None:
    assert parse(10.9, PUPILS, whole=False) == (10.9, None)


@pytest.mark.parametrize(
    ("field", "typed", "number"),
    [
        (EQUIPMENT, "2000000元", 200),
        (EQUIPMENT, "600000 元", 60),
        (EQUIPMENT, "1234567元", 123.4567),
        (EQUIPMENT, "57元", 0.0057),
        (AREA, "3亩", 2000),
    ],
)
def test_another_unit_in_the_cell_is_converted_and_said(field: Any, typed: str, number: float) -> None:
    value, remark = parse(typed, field)
    assert value == number
    assert remark is not None
    assert (remark.severity, remark.rule) == (Severity.WARNING, "unit")
    assert remark.found == typed


@pytest.mark.parametrize("typed", ["200千元", "2公顷", "3米"])
def test_a_unit_that_does_not_fit_is_refused(typed: str) -> None:
    value, remark = parse(typed, EQUIPMENT)
    assert value is None
    assert remark is not None
    assert remark.severity is Severity.ERROR


@pytest.mark.parametrize("trouble", [Trouble("#DIV/0!", "公式出错"), Trouble("=SUM(A1:A3)", "公式没有计算结果")])
def test_formulas_without_a_value(trouble: Trouble) -> None:
    value, remark = parse(trouble, PUPILS)
    assert value is None
    assert remark is not None
    assert (remark.severity, remark.rule, remark.found) == (Severity.ERROR, "formula", trouble.text)
    assert trouble.reason in remark.problem


@given(st.integers(-(10**9), 10**9))
def test_a_number_typed_any_way_is_the_same(number: int) -> None:
    full_width = str(number).translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))
    for typed in (number, float(number), str(number), f"{number:,}", full_width, f" {number} 人"):
        assert parse(typed, PUPILS) == (number, None)


@given(st.text(max_size=12))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    value, remark = parse(text, PUPILS)
    assert value is not None or remark is not None or not text.strip()


# ---- codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0123456789", "0123456789"),
        (" 0123456789 ", "0123456789"),
        ("０１２３４５６７８９", "0123456789"),
        (2109030001, "2109030001"),
        (2109030001.0, "2109030001"),
        ("2109-03 0001", "2109-030001"),
    ],
)
def test_codes_stay_text(typed: Any, code: str) -> None:
    assert parse(typed, CODE) == (code, None)


@pytest.mark.parametrize("typed", ["2.1E+09", "2.10903E+09", "2E+09", 2.1e15, 21.5])
def test_a_code_in_scientific_notation_is_refused(typed: Any) -> None:
    value, remark = parse(typed, CODE)
    assert value is None
    assert remark is not None
    assert (remark.severity, remark.rule) == (Severity.ERROR, "code")
    assert "文本" in remark.action


# ---- text, choices, flags -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (" 阿金歹小学 ", "阿金歹小学"),
        ("阿金歹\n小学", "阿金歹 小学"),
        ("第一小学（东校区）", "第一小学（东校区）"),
        (1, "1"),
        ("无", None),
    ],
)
def test_names(typed: Any, text: str | None) -> None:
    assert parse(typed, NAME) == (text, None)


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        ("小学", "小学"),
        (" 小 学 ", "小学"),
        ("完全小学", "小学"),
        ("九年一贯制", "九年一贯制学校"),
        ("教学点", "小学教学点"),
        ("完中", "完全中学"),
    ],
)
def test_choices_and_their_other_words(typed: str, choice: str) -> None:
    assert parse(typed, KIND) == (choice, None)


def test_a_choice_that_is_none_names_the_nearest() -> None:
    value, remark = parse("九年一贯学校", KIND)
    assert value is None
    assert remark is not None
    assert (remark.severity, remark.rule) == (Severity.ERROR, "choice")
    assert remark.action == "是否应为“九年一贯制学校”？"
    assert "十二年一贯制学校" in remark.expected


@pytest.mark.parametrize("typed", ["", "—", "无"])
def test_a_placeholder_is_no_choice(typed: str) -> None:
    assert parse(typed, SPONSOR) == (None, None)


@pytest.mark.parametrize(
    ("typed", "flag"),
    [("是", "是"), ("√", "是"), (1, "是"), ("否", "否"), (0, "否"), ("×", "否"), (True, "是"), ("—", None)],
)
def test_flags(typed: Any, flag: str | None) -> None:
    assert parse(typed, FLAG) == (flag, None)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *[(text, "㎡") for text in ("㎡", "平方米", "m²", " M2 ")],
        *[(text, "台") for text in ("台", "台(套)", "台（套）")],
        *[(text, text) for text in ("元", "千元", "万元", "亿元", "亩", "公顷", "万人")],
        ("备注", ""),
    ],
)
def test_units_by_any_spelling(text: str, unit: str) -> None:
    assert unit_named(text) == unit
