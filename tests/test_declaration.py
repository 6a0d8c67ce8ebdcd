"""The 申报表: totals by hand, numbers unrounded and equal to the assessment, nothing executed, nothing hidden."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from county import Row, complete, junior, nine_year, primary, saved, saying, town, twelve_year
from edukit.case import Case, case_of, open_case
from edukit.declaration import LINES, overview, sponsors
from edukit.export.declaration import declaration
from edukit.export.paper import DARK, PALE, Paper, workbook
from edukit.schemes import load_scheme
from edukit.verdict import Verdict

DARK_FILL, PALE_FILL = (f"FF{ground['bg_color'][1:]}" for ground in (DARK, PALE))
SCHEMES = ("quality-2017", "basic-2012")
POINT = {**primary("乙教学点", 30), "school_type": "小学教学点"}
SPECIAL = {"school_name": "特殊教育学校", "school_type": "特殊教育学校"}
COUNTY: list[Row] = [
    primary("甲小学", 100, staff=12),
    {**POINT, "staff": 3},
    nine_year("丙学校", (60, 40), staff=20),
    complete("丁中学", (200, 300), staff=60),
    twelve_year("戊学校", (80, 70, 50), sponsor_type="民办", staff=30),
    junior("己中学", 150, staff=25),
    SPECIAL,
]
ECONOMY = {"population": 12.345, "rural_pop": 4.5, "towns": 3, "gdp_pc": 31200.55}


def made(
    folder: Path, rows: Sequence[Row], scheme: str = "quality-2017", **sheets: Sequence[Mapping[str, Any]]
) -> Case:
    path = saved(folder, rows, **sheets)
    book = openpyxl.load_workbook(path)
    for cell in (cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
        cell.data_type = "s"  # a text that looks like a formula, as somebody types it after an apostrophe
    book.save(path)
    return case_of(path, load_scheme(scheme))


def read_back(case: Case) -> dict[str, Worksheet]:
    book = openpyxl.load_workbook(io.BytesIO(declaration(case)))
    return {sheet.title: sheet for sheet in book.worksheets}


def found(sheet: Worksheet, text: str) -> Cell:
    """The first cell that begins with a text."""
    return next(cell for row in sheet.iter_rows() for cell in row if str(cell.value or "").startswith(text))


def line(sheet: Worksheet, text: str) -> tuple[Cell, ...]:
    return sheet[found(sheet, text).row]


def headers(sheet: Worksheet, first: str) -> dict[str, int]:
    """Column number of each header, by its first word; the header row is the one that holds ``first``."""
    return {str(cell.value).split()[0]: cell.column for cell in line(sheet, first) if cell.value}


def fill(cell: Cell) -> str:
    return str(cell.fill.fgColor.rgb) if cell.fill.fill_type else ""


# ---- 表Ⅰ ------------------------------------------------------------------------------------------------------------


def test_totals_of_the_overview_by_hand(tmp_path: Path) -> None:
    case = made(tmp_path, COUNTY, 县级=[{"county": "新邱区", "year": 2020, **ECONOMY}])
    frame = overview(case).set_index("number")
    values = frame["value"].to_dict()
    # 小学 甲; 一贯制 丙, 戊; 初中 己; 完中 丁; 特教; 教学点 乙
    assert [values[f"L{k}"] for k in range(9, 15)] == [1, 2, 1, 1, 1, 1]
    # classes of 40: 小学 3+1+2+2, 初中 1+5+2+4; pupils 100+30+60+80 and 40+200+70+150
    assert [values[f"L{k}"] for k in range(15, 19)] == [8, 12, 270, 460]
    # full-time teachers, nine for a hundred pupils, rounded up: 9+3+6+8 and 4+18+7+14
    assert (values["L20"], values["L22"]) == (26, 43)
    assert [values[f"L{k}"] for k in (1, 2, 3, 5)] == [12.345, 4.5, 3, 31200.55]
    assert [line.number for line in LINES] == [f"L{k}" for k in range(1, 23)]
    assert sponsors(case) == ["一贯制学校中：民办1所。"]


def test_staff_is_told_apart_only_where_no_school_has_two_stages(tmp_path: Path) -> None:
    frame = overview(made(tmp_path / "a", COUNTY)).set_index("number")
    assert frame.loc[["L19", "L21"], "value"].isna().all()
    assert "丙学校、戊学校小学部" in frame.at["L19", "remark"]
    assert frame.at["L19", "remark"].endswith("只办小学的2所合计15")
    apart = [row for row in COUNTY if row["school_type"] in ("小学", "小学教学点", "初级中学")]
    frame = overview(made(tmp_path / "b", apart)).set_index("number")
    assert (frame.at["L19", "value"], frame.at["L21", "value"]) == (15, 25)


def test_what_is_unknown_stays_blank_and_names_the_cell(tmp_path: Path) -> None:
    rows = [row | {"classes_primary": None} if row["school_name"] == "甲小学" else row for row in COUNTY]
    rows = [row | {"teachers_junior": None} if "teachers_junior" in row else row for row in rows]
    case = made(tmp_path, rows, 县级=[{"county": "新邱区", "year": 2020, "towns": 3, "n_primary": 5}])
    frame = overview(case).set_index("number")
    assert frame.loc[["L1", "L15", "L22"], "value"].isna().all()
    where = case.book.where(case.book.schools.index[0], "classes_primary")
    assert frame.at["L15", "remark"] == f"缺“小学班数”：甲小学（{where}）；其余3所合计5"
    assert where.startswith("学校!") and where.endswith("2")
    assert "整列空白" in frame.at["L22", "remark"]
    assert frame.at["L1", "remark"] == "补填 县级!第2行“人口总数”"
    assert "5所" in frame.at["L9", "remark"] and frame.at["L9", "value"] == 1
    sheet = read_back(case)["表Ⅰ 基本情况"]
    cells = line(sheet, "L15")
    assert cells[4].value is None and fill(cells[4]) == PALE_FILL
    assert cells[6].value == frame.at["L15", "remark"]


def test_a_workbook_without_county_sheet_says_so(tmp_path: Path) -> None:
    remarks = overview(made(tmp_path, town())).set_index("number")["remark"]
    assert remarks["L1"] == "补填“县级”表“人口总数”"


def test_schools_that_do_not_count_as_schools_are_told(tmp_path: Path) -> None:
    rows = [*town(), primary("河东小学西校区", 40, counted="否"), {**POINT, "counted": "否"}]
    frame = overview(made(tmp_path, rows)).set_index("number")
    assert (frame.at["L9", "value"], frame.at["L9", "remark"]) == (2, "另有不计校数的1所")
    assert frame.at["L14", "value"] == 1
    assert frame.at["L17", "value"] == 600 + 350 + 300 + 40 + 30


# ---- 表Ⅱ ------------------------------------------------------------------------------------------------------------


def short(**changes: Any) -> list[Row]:
    """A county with one school that misses something."""
    return [primary("甲小学", 400), primary("乙小学", 200, **changes), junior("丙中学", 500), nine_year("丁学校")]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_unit_is_a_row_and_every_number_is_unrounded(tmp_path: Path, scheme: str) -> None:
    case = made(tmp_path, COUNTY, scheme)
    book = read_back(case)
    for stage, name in (("primary", "小学"), ("junior", "初中")):
        sheet = book[f"表Ⅱ {name}办学标准"]
        columns = headers(sheet, "序号")
        units = case.now.units[case.now.units["stage"] == stage]
        first = found(sheet, units["school"].iloc[0]).row
        for row, (unit, entry) in enumerate(units.iterrows(), start=first):
            assert str(sheet.cell(row, 2).value).startswith(entry["school"])
            assert sheet.cell(row, columns["在校生数"]).value == entry["pupils"]
            for id_ in case.scheme.ids:
                cells = case.now.cells
                want = cells[(cells["unit"] == unit) & (cells["indicator"] == id_)].iloc[0]
                cell = sheet.cell(row, columns[id_])
                assert cell.value == pytest.approx(want["value"], rel=1e-15, abs=0)
                assert (fill(cell) == DARK_FILL) == (want["verdict"] == "not_met")
        assert sheet.cell(first + len(units), 2).value == f"合计（{len(units)}个学校、学段）"
    assert "丙学校小学部" in str(found(book["表Ⅱ 小学办学标准"], "丙学校").value)
    assert "丙学校初中部" in str(found(book["表Ⅱ 初中办学标准"], "丙学校").value)


def test_who_passes_who_fails_and_who_is_open(tmp_path: Path) -> None:
    rows = [
        primary("甲小学", 400),
        primary("乙小学", 200, teaching_area=700, sports_field_area=1000),
        primary("丁小学", 200, books=None, equipment_value=None, backbone_teachers_primary=None),
        junior("丙中学", 500),
    ]
    case = made(tmp_path, rows)
    sheet = read_back(case)["表Ⅱ 小学办学标准"]
    column = headers(sheet, "序号")
    passed = {name: line(sheet, f"{name}小学")[column["该校综合评估是否达标"] - 1].value for name in "甲乙丁"}
    assert passed == {"甲": 1, "乙": None, "丁": "未定"}
    remarks = {name: line(sheet, f"{name}小学")[column["备注"] - 1].value for name in "甲乙丁"}
    assert remarks["甲"] is None
    assert remarks["乙"] == "Q4、Q5低于标准的85%"
    row = case.book.schools.index[2]
    for field in ("equipment_value", "backbone_teachers_primary"):
        assert case.book.where(row, field) in str(remarks["丁"])
    assert "图书" not in str(remarks["丁"])  # not asked for by this scheme
    total = line(sheet, "合计")
    assert total[column["Q4"] - 1].value == 2 and total[column["该校综合评估是否达标"] - 1].value == 1
    assert total[column["备注"] - 1].value == "未定1个"


def test_a_value_never_looks_equal_to_a_standard_that_it_misses(tmp_path: Path) -> None:
    case = made(tmp_path, short(teaching_area=999.9, indoor_sports_area=100.0))  # (999.9 - 100) / 200 = 4.4995
    sheet = read_back(case)["表Ⅱ 小学办学标准"]
    cell = line(sheet, "乙小学")[headers(sheet, "序号")["Q4"] - 1]
    assert cell.value == pytest.approx(4.4995)
    assert fill(cell) == DARK_FILL and cell.number_format == "#,##0.0000_ "


def test_the_provincial_standards_are_the_columns_where_they_are_given(tmp_path: Path) -> None:
    standards = [
        {"standard_indicator": "B1", "standard_stage": "小学", "standard_value": 5, "standard_source": "某省标准"},
        {"standard_indicator": "B5", "standard_stage": None, "standard_value": 40, "standard_source": "某省标准"},
    ]
    sheet = read_back(made(tmp_path, COUNTY, "basic-2012", 办学标准=standards))["表Ⅱ 小学办学标准"]
    columns = headers(sheet, "序号")
    assert {"B1", "B5"} == {name for name in columns if name.startswith("B")}
    assert line(sheet, "标准值")[columns["B1"] - 1].value == 5
    cells = line(sheet, "甲小学")
    assert fill(cells[columns["B5"] - 1]) == DARK_FILL and fill(cells[columns["B1"] - 1]) == ""
    assert cells[columns["该校综合评估是否达标"] - 1].value is None


def test_without_standards_nobody_is_said_to_pass(tmp_path: Path) -> None:
    sheet = read_back(made(tmp_path, COUNTY, "basic-2012"))["表Ⅱ 小学办学标准"]
    assert line(sheet, "甲小学")[headers(sheet, "序号")["该校综合评估是否达标"] - 1].value == "未定"
    assert "没有填写本省的办学基本标准" in str(found(sheet, "注1").value)
    notes = [str(cell.value) for cell in sheet["A"] if cell.value]
    assert any("乙教学点（教学点不计入校际差异系数）" in note for note in notes)


# ---- 表Ⅲ ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_coefficients_are_those_of_the_assessment(tmp_path: Path, scheme: str) -> None:
    case = made(tmp_path, COUNTY, scheme)
    sheet = read_back(case)["表Ⅲ 校际差异系数"]
    columns = headers(sheet, "学段")
    rows = {(str(row[0].value)[:2], row[1].value): row for row in sheet.iter_rows() if row[1].value}
    for stage, name in (("primary", "小学"), ("junior", "初中")):
        for entry in case.now.balance[case.now.balance["stage"] == stage].itertuples():
            place = columns[entry.indicator] - 1
            for label, number in (("全县平均值", entry.mean), ("标准差", entry.sd), ("差异系数", entry.cv)):
                assert rows[name, label][place].value == pytest.approx(number, rel=1e-15, abs=0)
            if not math.isnan(entry.cv_limit):
                assert rows[name, "差异系数上限"][place].value == entry.cv_limit
                assert rows[name, "是否达到要求"][place].value == Verdict(entry.verdict).label
        for entry in case.now.composite[case.now.composite["stage"] == stage].itertuples():
            place = columns["综合差异系数"] - 1
            assert rows[name, "差异系数"][place].value == pytest.approx(entry.cv, rel=1e-15, abs=0)
            assert rows[name, "差异系数上限"][place].value == entry.limit
    assert ("综合差异系数" in columns) == (scheme == "basic-2012")


def test_a_blank_column_leaves_the_coefficient_open(tmp_path: Path) -> None:
    rows = [row | {"books": None} for row in COUNTY]
    case = made(tmp_path, rows, "basic-2012")
    book = read_back(case)
    sheet = book["表Ⅲ 校际差异系数"]
    columns, row = headers(sheet, "学段"), found(sheet, "差异系数").row
    for name in ("B5", "综合差异系数"):
        cell = sheet.cell(row, columns[name])
        assert cell.value is None and fill(cell) == PALE_FILL
    assert found(sheet, "无法判定").column == columns["综合差异系数"]
    assert any("B5（3个学校缺数）" in str(cell.value) for cell in sheet["A"])
    school = book["表Ⅱ 小学办学标准"]
    assert "“图书册数”整列空白" not in str(line(school, "甲小学")[-1].value)
    assert "图书册数" in str(line(school, "甲小学")[-1].value)


# ---- 表Ⅳ ------------------------------------------------------------------------------------------------------------


def test_each_item_of_each_block_stands_with_its_verdict(tmp_path: Path) -> None:
    basis = [{"item_id": "Gov1", "item_verdict": "达到", "item_basis": "=规划文件"}]
    case = made(tmp_path, COUNTY, 核查结论=basis)
    sheet = read_back(case)["表Ⅳ 其他方面"]
    columns = headers(sheet, "编号")
    assert "分值" not in columns or case.now.items.get("marks") is not None
    for item in case.now.items.itertuples():
        cells = line(sheet, item.id)
        assert cells[columns["指标"] - 1].value == item.name
        assert cells[columns["结论"] - 1].value == Verdict(item.verdict).label
    cell = line(sheet, "Gov1")[columns["依据和佐证材料"] - 1]
    assert (cell.value, cell.data_type) == ("=规划文件", "s")


def with_marks(case: Case) -> Case:
    """The case with a block of three items by marks: 6 of 6, 0 of 4, and 2 to 5.5 of 10."""
    item = {"block": "政府推进工作", "unit": "", "value": math.nan, "limit": math.nan, "failing": [], "unknown": []}
    items = pd.DataFrame(
        [
            {**item, "id": "Work1", "name": "一", "short": "一", "verdict": "met", "evidence": "有"},
            {**item, "id": "Work2", "name": "二", "short": "二", "verdict": "not_met", "evidence": "无"},
            {**item, "id": "Work3", "name": "三", "short": "三", "verdict": "undetermined", "evidence": "缺"},
        ]
    ).assign(marks=[6.0, 4.0, 10.0], earned_low=[6.0, 0.0, 2.0], earned_high=[6.0, 0.0, 5.5])
    block = {"name": "政府推进工作", "rule": "marks", "verdict": "not_met", "earned_low": 8.0, "earned_high": 11.5}
    block |= {"limit": 17.0, "counts": True, "note": ""}
    return replace(case, now=saying(case.now, items=items, blocks=pd.DataFrame([block])))


def test_marks_are_summed_and_open_ones_are_a_span(tmp_path: Path) -> None:
    sheet = read_back(with_marks(made(tmp_path, COUNTY, "basic-2012")))["表Ⅳ 其他方面"]
    columns = headers(sheet, "编号" if "一级指标" not in str(sheet["A3"].value) else "一级指标")

    def of(text: str, name: str) -> Any:
        return line(sheet, text)[columns[name] - 1].value

    assert [of(f"Work{k}", "分值") for k in (1, 2, 3)] == [6, 4, 10]
    assert [of(f"Work{k}", "自评分") for k in (1, 2, 3)] == [6, 0, None]
    assert of("Work3", "备注") == "得分未定，2～5.5分"
    assert of("合计", "分值") == 20 and of("合计", "自评分") is None
    assert of("合计", "达标情况简述") == "确定得分8分，最多11.5分；17分以上为达到要求"
    assert [of("Work1", name) for name in ("复评分", "省评分")] == [None, None]


# ---- the file -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_same_county_gives_the_same_bytes(root: Path, scheme: str) -> None:
    assert declaration(open_case("210903", 2020, scheme, root)) == declaration(open_case("210903", 2020, scheme, root))


HOSTILE = [
    "=1+1",
    "+1+1小学",
    "-1小学",
    "@SUM(A1)小学",
    '=HYPERLINK("http://example.org")',
    "{=1}小学",
    "http://甲小学",
]


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    rows = [*(primary(name, 100 + k) for k, name in enumerate(HOSTILE)), junior("己中学", 150)]
    book = read_back(made(tmp_path, rows))
    kinds = {cell.data_type for sheet in book.values() for row in sheet.iter_rows() for cell in row if cell.value}
    assert kinds <= {"s", "n"}
    assert not any(cell.hyperlink for sheet in book.values() for row in sheet.iter_rows() for cell in row)
    sheet = book["表Ⅱ 小学办学标准"]
    shown = [str(cell.value) for cell in sheet["B"] if cell.value in HOSTILE]
    assert shown == HOSTILE
    assert all(cell.quotePrefix for cell in sheet["B"] if str(cell.value).startswith(("=", "+", "-", "@")))


@settings(max_examples=30)
@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40))
def test_any_text_is_written_as_text(text: str) -> None:
    def write(book: Any, look: Any) -> None:
        Paper(book, look, "表", (10,)).put(0, 0, text)

    cell = openpyxl.load_workbook(io.BytesIO(workbook("表", write))).active["A1"]
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_sheet_is_ready_to_print(tmp_path: Path, scheme: str) -> None:
    book = read_back(made(tmp_path, COUNTY, scheme))
    assert list(book) == ["表Ⅰ 基本情况", "表Ⅱ 小学办学标准", "表Ⅱ 初中办学标准", "表Ⅲ 校际差异系数", "表Ⅳ 其他方面"]
    for sheet in book.values():
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.page_setup.fitToHeight == 0 and sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows and sheet.freeze_panes
        assert int(sheet.freeze_panes.lstrip("ABC")) == int(sheet.print_title_rows.split("$")[-1]) + 1
        assert str(found(sheet, "填表人").value).count("：") == 4


def test_a_county_with_one_stage_has_one_table_of_schools(tmp_path: Path) -> None:
    book = read_back(made(tmp_path, [primary("甲小学"), primary("乙小学", 200)]))
    assert [name for name in book if name.startswith("表Ⅱ")] == ["表Ⅱ 小学办学标准"]


def test_the_tests_find_what_they_look_for(tmp_path: Path) -> None:
    """A cell that is below the standard is dark and no other: the opposite must not pass unseen."""
    sheet = read_back(made(tmp_path, short(teaching_area=700)))["表Ⅱ 小学办学标准"]
    column = headers(sheet, "序号")["Q4"]
    pick: Callable[[str], str] = lambda name: fill(line(sheet, name)[column - 1])  # noqa: E731
    assert (pick("乙小学"), pick("甲小学")) == (DARK_FILL, "")
