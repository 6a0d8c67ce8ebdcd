"""The workbook: numbers as numbers, texts as texts, and nothing that a spreadsheet would execute."""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import written
from edukit.export.content import Cell, clean
from edukit.export.reading import read_report
from edukit.export.sheets import number, sheets


@pytest.fixture(scope="module")
def content() -> bytes:
    return sheets(written.report())


@pytest.fixture(scope="module")
def book(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_every_table_and_figure_has_its_sheet(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == ["目录", "表1 各校指标", "表2 很宽的表", "图1 规模"]
    links = [cell.hyperlink.location for row in book["目录"].iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]


def test_numbers_are_unrounded_and_shown_as_in_the_report(book: openpyxl.Workbook) -> None:
    sheet = book["表1 各校指标"]
    cell = next(row[1] for row in sheet.iter_rows() if row[0].value == "甲校")
    assert cell.value == 0.39682 and cell.number_format == '"▼"#,##0.00'
    assert cell.fill.fgColor.rgb == "FFFBE9E6"
    total = next(row[3] for row in book["表2 很宽的表"].iter_rows() if row[0].value == "甲校")
    assert total.value == 12345.67
    drawn = next(row[1] for row in book["图1 规模"].iter_rows() if row[0].value == "甲校")
    assert drawn.value == 1.25


def test_nothing_is_executed(book: openpyxl.Workbook, content: bytes, tmp_path: Path) -> None:
    texts = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert written.HOSTILE in texts and "+1" in texts and "@x" in texts and written.LONG in texts
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row), sheet.title
    for name, text in written.parts(content, tmp_path).items():
        assert "<f>" not in text and 'TargetMode="External"' not in text and "externalLink" not in name


def test_a_sheet_is_ready_to_work_in_and_to_print(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets[1:]:
        head = next(row for row in sheet.iter_rows() if row[0].value == "学校")[0].row
        assert sheet.freeze_panes and int(re.sub(r"\D", "", sheet.freeze_panes)) == head + 1
        assert sheet.auto_filter.ref.startswith(f"A{head}:")
        assert sheet.print_title_rows == f"${head}:${head}"
        assert sheet.page_setup.paperSize == "9" or sheet.page_setup.paperSize == 9
        rules = [rule.formula[0] for ranges in sheet.conditional_formatting for rule in ranges.rules]
        assert '"未达标"' in rules and '"无法判定"' in rules
    notes = [cell.value for row in book["表1 各校指标"].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert "注：▼ 低于底线。" in notes and "quality-2017　数据 abc" in notes


def test_the_same_report_gives_the_same_bytes(content: bytes) -> None:
    assert sheets(written.report()) == content


def test_many_like_tables_stand_on_one_sheet() -> None:
    tables = tuple(written.schools([f"甲{n}"], f"第{n}校各项指标") for n in range(4))
    book = openpyxl.load_workbook(io.BytesIO(sheets(read_report(written.notebook(tables), title="题"))))
    assert book.sheetnames == ["目录", "表1至4 校各项指标"]
    rows = [[cell.value for cell in row[:3]] for row in book.worksheets[1].iter_rows()]
    assert ["表2 第1", "甲1", 0.39682] in rows


def test_captions_that_are_the_same_or_no_names() -> None:
    names = ["甲/乙[1]?*" * 9, "甲/乙[1]?*" * 9, "'"]
    tables = [written.schools(["甲"], name, columns=n) for n, name in enumerate(names)]
    book = openpyxl.load_workbook(io.BytesIO(sheets(read_report(written.notebook(tuple(tables)), title="题"))))
    assert len({name.lower() for name in book.sheetnames}) == 4
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in book.sheetnames)


def test_a_text_longer_than_a_cell_is_cut_and_says_so() -> None:
    long = read_report(written.notebook((written.schools(["字" * 40000]),)), title="题")
    book = openpyxl.load_workbook(io.BytesIO(sheets(long)))
    assert any(str(cell.value).endswith("（全文见网页报告）") for row in book.worksheets[1].iter_rows() for cell in row)


@pytest.mark.parametrize(
    ("text", "known", "value", "form"),
    [
        ("1,234", None, 1234.0, "#,##0"),
        ("−0.080", -0.0801, -0.0801, "+#,##0.000;−#,##0.000;#,##0.000"),
        ("4.00万元", None, 4.0, '#,##0.00"万元"'),
        ("40.0%", 0.39951, 0.39951, "#,##0.0%"),
        ("4.00", 40000.0, 4.0, "#,##0.00"),  # another unit: what is shown holds
    ],
)
def test_numbers_in_cells(text: str, known: float | None, value: float, form: str) -> None:
    shown = number(Cell(text, numeric=True, number=known))
    assert shown is not None and (shown.value, shown.form) == (value, form)


@pytest.mark.parametrize("text", ["", "—", "？", "2020-01-01", "1、2", "小学2.3、初中2.4", "=1+1", "1" * 9 + ",1"])
def test_what_is_no_number(text: str) -> None:
    assert number(Cell(text, numeric=True)) is None


@given(st.text(max_size=40))
def test_cleaned_text_is_allowed_in_xml(text: str) -> None:
    ElementTree.fromstring(f"<a>{escape(clean(text))}</a>")
    assert len(clean(text)) == len(text)


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.skipif(written.soffice() is None, reason="没有 LibreOffice：apt-get install libreoffice-calc-nogui")
def test_libreoffice_opens_it(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(content)
    pdf = written.to_pdf(path, tmp_path)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 4
