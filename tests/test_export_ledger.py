"""The ledger as a workbook: everything people typed comes back, and nothing typed is ever executed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from pandas.testing import assert_frame_equal

from edukit import ledger
from edukit.errors import DataError
from edukit.export.ledger import read_ledger, write_ledger
from edukit.ledger import COLUMNS, HIDDEN
from test_ledger import judged, said

HEADER = 3
"""Row of the headers, as Excel counts."""


def sample() -> pd.DataFrame:
    keys = [f"s|{code}|{name}|primary|Q4|threshold" for code, name in (("01", "甲小学"), ("02", "乙小学"), ("", "=丙"))]
    rows = [said("not_met", key, school=key.split("|")[2]) for key in keys]
    return ledger.update(ledger.empty(), judged(*rows), 2020)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ledger.xlsx"
    file.write_bytes(write_ledger(sample(), title="某县问题台账"))
    return file


def edited(path: Path, edit: Callable[[Worksheet, dict[str, int]], Any]) -> Path:
    """Edit the workbook as people do; the second argument gives the column of each header."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    edit(sheet, {str(cell.value): cell.column for cell in sheet[HEADER]})
    book.save(path)
    return path


def test_what_is_written_is_read_and_the_bytes_repeat(path: Path) -> None:
    frame = read_ledger(path)
    assert_frame_equal(frame[list(sample().columns)], sample())
    again = ledger.update(frame, judged(*[said("not_met", key, school="x") for key in frame["key"]]), 2020)
    assert write_ledger(again, title="某县问题台账") == path.read_bytes()


def test_an_empty_ledger_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "ledger.xlsx"
    path.write_bytes(write_ledger(ledger.empty(), title="某县问题台账"))
    assert read_ledger(path).empty


def test_a_ledger_that_people_worked_on(path: Path) -> None:
    def work(sheet: Worksheet, column: dict[str, int]) -> None:
        own = max(column.values()) + 1
        sheet.cell(HEADER, own, "投入资金")
        sheet.cell(HEADER + 1, own, 12.5)
        sheet.cell(HEADER + 2, own, "=6*7")
        sheet.cell(HEADER + 1, column["时限"], dt.datetime(2021, 6, 30))
        sheet.cell(HEADER + 1, column["责任人"], "张某")
        sheet.cell(HEADER + 1, column["学校"], "改过的校名")
        sheet.cell(HEADER + 4, column["来源"], "市级反馈")
        sheet.cell(HEADER + 4, column["问题描述"], "操场积水")
        # sorted upside down
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(HEADER + 1, HEADER + 4)]
        for number, values in enumerate(reversed(rows), start=HEADER + 1):
            for place, value in enumerate(values, start=1):
                sheet.cell(number, place).value = value

    frame = read_ledger(edited(path, work))
    result = ledger.update(frame, judged(*[said("met", key) for key in sample()["key"]]), 2021)
    assert result["problem"].iloc[0] == "操场积水"
    assert list(result["status"]) == ["", "待销号", "待销号", "待销号"]
    last = dict(result.iloc[-1])
    assert (last["school"], last["person"], last["投入资金"]) == ("改过的校名", "张某", 12.5)
    assert last["deadline"] == dt.datetime(2021, 6, 30)
    path.write_bytes(write_ledger(result, title="某县问题台账"))
    assert_frame_equal(read_ledger(path)[list(result.columns)], result)


def test_text_is_never_executed(tmp_path: Path) -> None:
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")', "{=1}", "http://example.org"]
    frame = pd.concat([sample()] * 3, ignore_index=True).head(len(hostile))
    frame["progress"] = hostile
    path = tmp_path / "ledger.xlsx"
    path.write_bytes(write_ledger(frame, title="=1+1"))
    sheet = openpyxl.load_workbook(path).active
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds <= {"s", "n"}
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    assert list(read_ledger(path)["progress"]) == hostile


def test_merged_cells_keep_what_they_show(path: Path) -> None:
    def merge(sheet: Worksheet, column: dict[str, int]) -> None:
        place = column["责任单位"]
        sheet.cell(HEADER + 1, place, "发展规划股")
        sheet.merge_cells(start_row=HEADER + 1, end_row=HEADER + 3, start_column=place, end_column=place)

    assert list(read_ledger(edited(path, merge))["office"]) == ["发展规划股"] * 3


def header(name: str, text: str | None) -> Callable[[Worksheet, dict[str, int]], None]:
    return lambda sheet, column: setattr(sheet.cell(HEADER, column[name]), "value", text)


def second_sheet(sheet: Worksheet, column: dict[str, int]) -> None:
    sheet.parent.create_sheet("备忘")["A1"] = "勿忘"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda sheet, column: sheet.delete_cols(column["佐证材料"]), "缺少“佐证材料”"),
        (lambda sheet, column: sheet.delete_cols(column[COLUMNS["key"]], 4), "缺少“条目编号"),
        (header("责任人", "负责人"), "缺少“责任人”"),
        (lambda sheet, column: sheet.delete_rows(HEADER), "找不到"),
        (lambda sheet, column: sheet.cell(HEADER + 1, 40, "无名"), "AN列有内容而没有列名"),
        (lambda sheet, column: sheet.cell(HEADER, 40, "学校"), "出现两次"),
        (lambda sheet, column: sheet.cell(HEADER, 40, "status"), "由程序占用"),
        (lambda sheet, column: setattr(sheet, "title", "台账"), "没有“问题台账”"),
        (second_sheet, "另有工作表“备忘”"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    path: Path, edit: Callable[[Worksheet, dict[str, int]], Any], message: str
) -> None:
    content = edited(path, edit).read_bytes()
    with pytest.raises(DataError, match=message) as refused:
        read_ledger(path)
    assert "ledger.xlsx" in str(refused.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", b"text", b"\xd0\xcf\x11\xe0"], ids=["empty", "half", "text", "old"]
)
def test_a_damaged_file_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"ledger\.xlsx"):
        read_ledger(path)
    assert path.read_bytes() == content


def test_the_sheet_is_made_to_be_worked_with(path: Path) -> None:
    sheet = openpyxl.load_workbook(path).active
    column = {str(cell.value): cell.column_letter for cell in sheet[HEADER]}
    assert list(column) == [COLUMNS[name] for name in COLUMNS if name not in HIDDEN] + [COLUMNS[n] for n in HIDDEN]
    assert sheet.freeze_panes == f"{column['学段']}{HEADER + 1}"
    assert sheet.auto_filter.ref == f"A{HEADER}:{column[COLUMNS[HIDDEN[-1]]]}{HEADER + 3}"
    assert all(sheet.column_dimensions[column[COLUMNS["key"]]].hidden for _ in HIDDEN)
    assert not sheet.column_dimensions["A"].hidden
    lists = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists[f"{column['是否销号']}{HEADER + 1}"] == '"未销号,待销号,已销号"'
    assert lists[f"{column['来源']}{HEADER + 1}"] == '"自评,市级反馈,省级反馈,国家反馈"'
    coloured = {str(area.sqref) for area in sheet.conditional_formatting}
    assert any(area.startswith(column["是否销号"]) for area in coloured)
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == f"${HEADER}:${HEADER}"
