"""Tables as people lay them out: titles, units, totals, merged cells, notes; each cell keeps its address."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from county import Form, found, header, nine_year, primary, table, town, write_xlsx
from edukit.checks import check
from edukit.errors import DataError
from edukit.findings import Severity
from edukit.workbook import Workbook, read

Grid = list[list[Any]]


def opened(tmp_path: Path, grid: Grid, *merges: str, formats: tuple[tuple[str, str], ...] = ()) -> Workbook:
    path = tmp_path / "210903-新邱区" / "2020.xlsx"
    return read(write_xlsx(path, {"学校": grid}, {"学校": Form(merges, formats)}))


def rules(book: Workbook) -> set[str]:
    return {finding.rule for finding in book.findings}


def numbers(book: Workbook) -> list[float]:
    return book.schools["pupils_primary"].tolist()


SIMPLE = [["学校名称", "办学类型", "小学在校生数"], ["甲小学", "小学", 300], ["乙小学", "小学", 200]]


# ---- headers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [False, True], ids=["官方名称", "字段名"])
def test_every_column_by_either_name(tmp_path: Path, fields: bool) -> None:
    rows = [*town(), nine_year("又一所", school_code="0123456789", sponsor_type="民办", township="长营子镇")]
    book = opened(tmp_path, table(rows, fields=fields))
    for row, (_, school) in zip(rows, book.schools.iterrows(), strict=True):
        assert {name: school[name] for name in row} == row
    assert rules(book) <= {"blank-means"}


@pytest.mark.parametrize(
    "text",
    [
        "小学在校生数",
        " 小学 在校生数 ",
        "小学\n在校生数",
        "小学在校生数（人）",
        "小学在校生数(人)",
        "小学在校生数*",
        "＊小学在校生数",
        "小学在校生数：",
        "小学在校学生数",
        "在校生数（小学）",
        "pupils_primary",
        "Pupils_Primary",
        "ｐｕｐｉｌｓ＿ｐｒｉｍａｒｙ",
    ],
)
def test_a_header_in_any_spelling(tmp_path: Path, text: str) -> None:
    book = opened(tmp_path, [["学校名称", "办学类型", text], ["甲小学", "小学", 300]])
    assert numbers(book) == [300]


def test_columns_in_any_order_and_unknown_ones_left_out(tmp_path: Path) -> None:
    grid = [
        ["序号", "小学在校生数", "校长姓名", "学校名称", "办学类型", "备注"],
        [1, 300, "张三", "甲小学", "小学", "无"],
    ]
    book = opened(tmp_path, grid)
    assert numbers(book) == [300]
    unknown = [f for f in book.findings if f.rule == "unknown-column"]
    assert [(f.where, f.severity) for f in unknown] == [("学校!C列", Severity.WARNING)]
    assert "“校长姓名”不在数据字典中" in unknown[0].message


def test_a_header_almost_right_names_the_right_one(tmp_path: Path) -> None:
    book = opened(tmp_path, [[*SIMPLE[0], "小学专任教帅数"], [*SIMPLE[1], 20]])
    unknown = next(f for f in book.findings if f.rule == "unknown-column")
    assert unknown.action == "是否应为“小学专任教师数”？"
    assert book.schools["teachers_primary"].isna().all()


@pytest.mark.parametrize("titles", [0, 1, 3])
@pytest.mark.parametrize("units", [False, True])
def test_title_rows_above_and_a_unit_row_below(tmp_path: Path, titles: int, units: bool) -> None:
    above: Grid = [["新邱区2020年学校基本情况表"], ["填报单位：新邱区教育局"], [None]][:titles]
    below: Grid = [[None, None, "（人）"]] if units else []
    book = opened(tmp_path, [*above, SIMPLE[0], *below, *SIMPLE[1:], ["丙小学", "小学", "约50"]])
    assert numbers(book)[:2] == [300, 200]
    bad = next(f for f in book.findings if f.rule == "not-a-number")
    assert bad.where == f"学校!C{titles + units + 4}"
    assert "unknown-column" not in rules(book)


def test_a_merged_title_is_no_header(tmp_path: Path) -> None:
    grid = [["新邱区学校情况", None, None, None], ["序号", *SIMPLE[0]], [1, *SIMPLE[1]]]
    book = opened(tmp_path, grid, "A1:D1")
    assert numbers(book) == [300]
    assert rules(book) == {"blank-means"}


def test_headers_in_two_rows(tmp_path: Path) -> None:
    grid: Grid = [
        ["学校名称", "办学类型", "在校生数", None, "专任教师", None, "图书册数"],
        [None, None, "小学", "初中", "小学", "初中", None],
        ["甲校", "九年一贯制学校", 300, 200, 20, 18, 9000],
    ]
    book = opened(tmp_path, grid, "A1:A2", "B1:B2", "C1:D1", "E1:F1", "G1:G2")
    row = book.schools.iloc[0]
    names = ["pupils_primary", "pupils_junior", "teachers_primary", "teachers_junior", "books"]
    assert row[names].tolist() == [300, 200, 20, 18, 9000]
    assert book.where(book.schools.index[0], "pupils_junior") == "学校!D3"
    assert rules(book) == {"blank-means"}


def test_headers_in_two_rows_stage_above(tmp_path: Path) -> None:
    grid: Grid = [
        ["学校名称", "办学类型", "小学", None, "初中", None],
        [None, None, "在校生数", "班数", "在校生数", "班数"],
        ["甲校", "九年一贯制学校", 300, 8, 200, 5],
    ]
    book = opened(tmp_path, grid, "A1:A2", "B1:B2", "C1:D1", "E1:F1")
    names = ["pupils_primary", "classes_primary", "pupils_junior", "classes_junior"]
    assert book.schools.iloc[0][names].tolist() == [300, 8, 200, 5]


def test_headers_merged_over_two_rows_without_a_second_level(tmp_path: Path) -> None:
    grid = [SIMPLE[0], [None, None, None], *SIMPLE[1:]]
    book = opened(tmp_path, grid, "A1:A2", "B1:B2", "C1:C2")
    assert numbers(book) == [300, 200]
    assert book.schools.index.tolist() == [3, 4]


def test_a_second_level_of_unknown_columns_is_no_school(tmp_path: Path) -> None:
    grid: Grid = [[*SIMPLE[0], "其中", None], [None, None, None, "女生", "住宿生"], [*SIMPLE[1], 140, 20]]
    book = opened(tmp_path, grid, "A1:A2", "B1:B2", "C1:C2", "D1:E1")
    assert book.schools["school_name"].tolist() == ["甲小学"]
    assert numbers(book) == [300]


def test_the_same_column_twice_is_an_error(tmp_path: Path) -> None:
    book = opened(tmp_path, [[*SIMPLE[0], "小学学生数"], [*SIMPLE[1], 400]])
    twice = next(f for f in book.findings if f.rule == "duplicate-column")
    assert (twice.severity, twice.where) == (Severity.ERROR, "学校!D列")


def test_no_header_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="没有找到表头"):
        opened(tmp_path, [["甲小学", 300], ["乙小学", 200]])


# ---- which rows are schools -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    [
        "合计",
        "合 计",
        "总计",
        "全区合计",
        "新邱区合计",
        "小计",
        "小学小计",
        "长营子镇小计",
        "平均",
        "全区平均数",
        "全县",
        "共计",
        "生均",
    ],
)
def test_total_rows_are_no_schools(tmp_path: Path, label: str) -> None:
    book = opened(tmp_path, [*SIMPLE, [label, None, 500]])
    assert numbers(book) == [300, 200]
    assert {(f.rule, f.severity) for f in book.findings} >= {("total-row", Severity.INFO)}


@pytest.mark.parametrize("name", ["合计小学校", "平均屯小学", "全县希望小学", "总计划路小学", "例屯小学", "注溪小学"])
def test_schools_that_sound_like_totals_are_schools(tmp_path: Path, name: str) -> None:
    book = opened(tmp_path, [*SIMPLE, [name, "小学", 50]])
    assert book.schools["school_name"].tolist() == ["甲小学", "乙小学", name]


def test_a_total_that_does_not_add_up(tmp_path: Path) -> None:
    total = found(opened(tmp_path, [*SIMPLE, ["合计", None, 501]]), "total")
    assert [(f.where, f.expected, f.found, f.severity) for f in total] == [("学校!C4", "500", "501", Severity.WARNING)]
    assert found(opened(tmp_path, [*SIMPLE, ["合计", None, 500]]), "total") == []


@pytest.mark.parametrize("label", ["平均", "小计", "长营子镇小计"])
def test_averages_and_subtotals_need_not_add_up(tmp_path: Path, label: str) -> None:
    assert found(opened(tmp_path, [*SIMPLE, [label, None, 250]]), "total") == []


@pytest.mark.parametrize(
    ("cell", "heard"), [("五百", True), ("#REF!", True), ("—", False), ("合计", False), (None, False)]
)
def test_a_total_that_cannot_be_compared_is_told(tmp_path: Path, cell: Any, heard: bool) -> None:
    told = [f for f in opened(tmp_path, [*SIMPLE, ["合计", None, cell]]).findings if f.rule == "total"]
    assert [(f.where, f.severity) for f in told] == [("学校!C4", Severity.WARNING)] * heard


def test_a_total_of_unknowns_is_not_compared(tmp_path: Path) -> None:
    book = opened(tmp_path, [*SIMPLE[:2], ["乙小学", "小学", None], ["合计", None, 500]])
    assert found(book, "total") == []


@pytest.mark.parametrize(
    "row",
    [
        [None, None, None],
        ["注：数据截至9月1日", None, None],
        ["说明：教师数不含临聘人员", None, None],
        ["填表人：张三", None, "审核人：李四"],
        ["填表人：张三", "审核人：李四", "填报日期：2020年9月10日"],
        ["本表按照教育事业统计口径填报，数据截至当年9月1日，如有疑问请与区教育局计财科联系", None, None],
        [" ", "　", None],
    ],
)
def test_rows_below_the_table_are_no_schools(tmp_path: Path, row: list[Any]) -> None:
    book = opened(tmp_path, [*SIMPLE, row])
    assert book.schools["school_name"].tolist() == ["甲小学", "乙小学"]


def test_the_example_row_is_left_out_and_said(tmp_path: Path) -> None:
    book = opened(tmp_path, [SIMPLE[0], ["示例：某某小学（填写前删除本行）", "小学", 516], *SIMPLE[1:]])
    assert numbers(book) == [300, 200]
    example = next(f for f in book.findings if f.rule == "example-row")
    assert (example.where, example.severity) == ("学校!第2行", Severity.INFO)


def test_prepared_rows_with_only_a_serial_number_are_no_schools(tmp_path: Path) -> None:
    grid = [["序号", *SIMPLE[0]], [1, *SIMPLE[1]], [2, None, None, None], [3, None, None, None]]
    assert numbers(opened(tmp_path, grid)) == [300]


def test_blank_rows_between_schools_do_not_shift_addresses(tmp_path: Path) -> None:
    book = opened(tmp_path, [*SIMPLE[:2], [None, None, None], ["乙小学", "小学", "x"]])
    assert book.schools.index.tolist() == [2, 4]
    assert next(f.where for f in book.findings if f.rule == "not-a-number") == "学校!C4"


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="没有一所学校"):
        opened(tmp_path, [SIMPLE[0], [None, None, None]])


# ---- merged data ----------------------------------------------------------------------------------------------------


def test_text_merged_down_counts_for_every_row(tmp_path: Path) -> None:
    grid = [["乡镇街道", *SIMPLE[0]], ["长营子镇", *SIMPLE[1]], [None, *SIMPLE[2]], [None, "丙小学", "小学", 90]]
    book = opened(tmp_path, grid, "A2:A3")
    assert book.schools["township"].fillna("—").tolist() == ["长营子镇", "长营子镇", "—"]


@pytest.mark.parametrize("value", [300, "300", "1,300", "12.5", "３００"])
def test_a_number_merged_over_schools_is_refused(tmp_path: Path, value: Any) -> None:
    grid = [SIMPLE[0], ["甲小学", "小学", value], ["乙小学", "小学", None], ["丙小学", "小学", 90]]
    book = opened(tmp_path, grid, "C2:C3")
    merged = [f for f in book.findings if f.rule == "merged-number"]
    assert [(f.where, f.severity) for f in merged] == [("学校!C2", Severity.ERROR)]
    assert "第 2 至 3 行" in merged[0].message
    assert book.schools["pupils_primary"].isna().tolist() == [True, True, False]


def test_a_placeholder_merged_over_schools_is_unknown_for_each(tmp_path: Path) -> None:
    grid = [[*SIMPLE[0], "图书册数"], ["甲小学", "小学", 300, "—"], ["乙小学", "小学", 200, None]]
    book = opened(tmp_path, grid, "D2:D3")
    assert book.schools["books"].isna().all()
    assert "merged-number" not in rules(book)


def test_cells_merged_across_one_row_stay_one_number(tmp_path: Path) -> None:
    grid = [[*SIMPLE[0], "备注"], ["甲小学", "小学", 300, None]]
    assert numbers(opened(tmp_path, grid, "C2:D2")) == [300]


# ---- units ----------------------------------------------------------------------------------------------------------


def priced(unit_header: str, unit_row: str | None, value: Any) -> Grid:
    head: Grid = [[*SIMPLE[0], f"教学仪器设备资产值{unit_header}"]]
    return [*head, *([[None, None, "人", unit_row]] if unit_row else []), ["甲小学", "小学", 300, value]]


@pytest.mark.parametrize(
    ("unit_header", "unit_row"),
    [("（元）", None), ("", "元"), ("(元)", "元"), ("（万元）", "元"), ("（单位：元）", None), ("", "单位:元")],
)
def test_yuan_named_in_the_header_are_converted(tmp_path: Path, unit_header: str, unit_row: str | None) -> None:
    book = opened(tmp_path, priced(unit_header, unit_row, 700123))
    assert book.schools["equipment_value"].tolist() == [70.0123]
    unit = next(f for f in book.findings if f.rule == "unit")
    assert unit.severity is Severity.WARNING
    assert "已换算为万元" in unit.message
    assert not [f for f in check(book) if f.severity is Severity.ERROR]


@pytest.mark.parametrize(("unit_header", "unit_row"), [("（万元）", None), ("", "万元"), ("", None)])
def test_the_right_unit_is_not_touched(tmp_path: Path, unit_header: str, unit_row: str | None) -> None:
    book = opened(tmp_path, priced(unit_header, unit_row, 70.0123))
    assert book.schools["equipment_value"].tolist() == [70.0123]
    assert "unit" not in rules(book)


def test_mu_named_in_the_header_are_converted(tmp_path: Path) -> None:
    book = opened(tmp_path, [[*SIMPLE[0], "运动场地面积（亩）"], [*SIMPLE[1], 6]])
    assert book.schools["sports_field_area"].tolist() == [4000]


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("教学仪器设备资产值（千元）", "千元"),
        ("运动场地面积（公顷）", "公顷"),
        ("图书册数（千册）", "千册"),
        ("图书册数(单位：万册)", "万册"),
        ("教学及辅助用房面积（万平方米）", "万㎡"),
    ],
)
def test_a_stated_unit_that_cannot_be_converted_is_an_error(tmp_path: Path, title: str, unit: str) -> None:
    book = opened(tmp_path, [[*SIMPLE[0], title], [*SIMPLE[1], 70]])
    stated = next(f for f in book.findings if f.rule == "unit")
    assert (stated.severity, stated.where) == (Severity.ERROR, "学校!D列")
    assert unit in stated.message


def test_a_unit_typed_in_one_cell_counts_before_the_header(tmp_path: Path) -> None:
    book = opened(tmp_path, priced("（元）", None, "70万元"))
    assert book.schools["equipment_value"].tolist() == [70]


@pytest.mark.parametrize(
    ("field", "value", "unit"),
    [("equipment_value", 900000, "元"), ("teaching_area", 3, "亩"), ("sports_field_area", 6, "亩")],
)
def test_a_unit_not_stated_is_guessed_and_refused(tmp_path: Path, field: str, value: float, unit: str) -> None:
    rows = [primary("甲小学", 300, **{field: value, "indoor_sports_area": 0})]
    mistakes = found(opened(tmp_path, table(rows)), "unit-mistake")
    assert [(f.severity, f.field) for f in mistakes] == [(Severity.ERROR, field)]
    assert f"疑似以{unit}填报" in mistakes[0].message
    assert header(field) in mistakes[0].message


@pytest.mark.parametrize("title", ["小学在校生数（名）", "小学在校生数（个）"])
def test_words_for_single_things_are_all_the_same(tmp_path: Path, title: str) -> None:
    book = opened(tmp_path, [["学校名称", "办学类型", title], *SIMPLE[1:]])
    assert numbers(book) == [300, 200]
    assert "unit" not in rules(book)


def test_a_header_that_is_repeated_on_every_page_is_no_school(tmp_path: Path) -> None:
    book = opened(tmp_path, [SIMPLE[0], SIMPLE[1], SIMPLE[0], SIMPLE[2]])
    assert numbers(book) == [300, 200]
    (said,) = (f for f in book.findings if f.rule == "header-row")
    assert (said.severity, said.where) == (Severity.INFO, "学校!第3行")
    assert not [f for f in check(book) if f.severity is Severity.ERROR]


def test_a_header_without_end_is_told_in_few_words(tmp_path: Path) -> None:
    book = opened(tmp_path, [[*SIMPLE[0], "头" * 5000], [*SIMPLE[1], 1], [*SIMPLE[2], 2]])
    assert numbers(book) == [300, 200]
    assert all(len(f.message) < 200 for f in book.findings)


@pytest.mark.parametrize("row", [["小学", "小学", 90], ["学校名称", "小学", 90], ["学校名称", None, None]])
def test_what_only_looks_like_a_header_is_a_school(tmp_path: Path, row: list[Any]) -> None:
    assert len(opened(tmp_path, [*SIMPLE, row]).schools) == 3


def test_who_checked_and_when_is_no_school(tmp_path: Path) -> None:
    book = opened(tmp_path, [*SIMPLE, ["审核人：", "填表日期", dt.date(2020, 9, 1)]])
    assert numbers(book) == [300, 200]
    assert "note-row" in rules(book)
