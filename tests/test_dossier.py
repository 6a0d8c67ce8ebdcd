"""The dossier: 33 items, what people say goes first, and what is missing is named."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from county import Row, junior, primary, saved, town
from edukit import dictionary
from edukit import dossier as dossiers
from edukit.case import Case, case_of, open_case
from edukit.dossier import STATES, entries, states, summary
from edukit.export.dossier import dossier
from edukit.schemes import load_scheme

SCHEMES = ("quality-2017", "basic-2012")


def made(
    folder: Path, scheme: str = "quality-2017", rows: Sequence[Row] = (), **sheets: Sequence[Mapping[str, Any]]
) -> Case:
    return case_of(saved(folder, rows or town(), **sheets), load_scheme(scheme))


def told(case: Case, *rows: Mapping[str, Any]) -> Case:
    """The case with these rows as its sheet 迎检档案, which the file must have; reading is tested elsewhere."""
    sheet = case.book.sheets["迎检档案"]
    frame = pd.DataFrame(rows, columns=["dossier_no", "dossier_state", "dossier_files", "dossier_by"], dtype=object)
    frame.index = pd.RangeIndex(2, len(rows) + 2)
    sheets = {**case.book.sheets, "迎检档案": replace(sheet, frame=frame.astype({"dossier_no": float}))}
    return replace(case, book=replace(case.book, sheets=sheets))


ANY = {"dossier_no": 1, "dossier_state": "未备", "dossier_files": "", "dossier_by": ""}


def of(case: Case, number: int) -> dict[str, Any]:
    return dict(states(case).set_index("no").loc[number])


# ---- the list -------------------------------------------------------------------------------------------------------


def test_there_are_33_items_in_three_groups() -> None:
    assert [entry.number for entry in entries()] == list(range(1, 34))
    groups = [entry.group for entry in entries()]
    assert [groups.count(name) for name in dict.fromkeys(groups)] == [4, 19, 10]
    assert all(entry.title and entry.proves for entry in entries())


def test_the_list_speaks_of_fields_sheets_and_items_that_exist() -> None:
    spec = dictionary.load()
    for entry in entries():
        for need in entry.auto.needs if entry.auto else ():
            assert all(spec.field(name).sheet == "县级" for name in need.county)
            assert all(spec.sheet(name) for name in need.sheets)
            names = [name.replace("{stage}", stage) for name in need.units for stage in dictionary.STAGES]
            for name in (*names, *need.junior):
                assert spec.sheet(spec.field(name).sheet).rows == "school"
    known = {item.id for scheme in SCHEMES for item in load_scheme(scheme).all_items}
    assert {id_ for entry in entries() for id_ in entry.items} <= known


def test_the_17_government_items_are_each_proved() -> None:
    proved = {id_ for entry in entries() for id_ in entry.items}
    assert {f"Work{k}" for k in range(1, 18)} <= proved


# ---- states ---------------------------------------------------------------------------------------------------------


def test_what_people_say_goes_before_what_the_data_allow(tmp_path: Path) -> None:
    given = [
        {"dossier_no": 2, "dossier_state": "部分备齐", "dossier_files": "申报表", "dossier_by": "督导室"},
        {"dossier_no": 6, "dossier_state": "已备齐", "dossier_files": None, "dossier_by": None},
        {"dossier_no": 25, "dossier_state": None, "dossier_files": "脚本", "dossier_by": "宣传股"},
        {"dossier_no": 11, "dossier_state": "不适用", "dossier_files": None, "dossier_by": None},
    ]
    case = told(made(tmp_path, 迎检档案=[ANY]), *given)
    two = of(case, 2)
    assert (two["state"], two["files"], two["by"]) == ("部分备齐", "申报表", "督导室")
    assert (of(case, 6)["state"], of(case, 6)["note"]) == ("已备齐", "未写明档案材料名称")
    assert (of(case, 25)["state"], of(case, 25)["files"]) == ("未清点", "脚本")
    assert of(case, 11)["state"] == "不适用"
    assert of(case, 1)["state"] == "可由本系统生成"
    counts = summary(states(case))
    assert sum(counts.values()) == 33 and list(counts) == list(STATES)
    assert (counts["已备齐"], counts["部分备齐"], counts["不适用"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (["已备齐", "已备齐"], "已备齐"),
        (["已备齐", "未备"], "部分备齐"),
        (["不适用", "未备"], "未备"),
        (["不适用", "不适用"], "不适用"),
        ([None, "已备齐"], "已备齐"),
        ([None, None], "未清点"),
    ],
)
def test_several_rows_about_one_item_are_taken_together(tmp_path: Path, said: list[str | None], state: str) -> None:
    rows = [
        {"dossier_no": 24, "dossier_state": one, "dossier_files": f"材料{k}", "dossier_by": "督导室"}
        for k, one in enumerate(said)
    ]
    row = of(told(made(tmp_path, 迎检档案=[ANY]), *rows), 24)
    assert (row["state"], row["files"], row["by"]) == (state, "材料0；材料1", "督导室")


def test_an_item_that_the_data_carry_can_be_provided_and_says_what_else_it_takes(tmp_path: Path) -> None:
    year = {"county": "新邱区", "year": 2020, "dis_total": 21}
    lacking = of(made(tmp_path / "a", 县级=[year]), 8)
    assert lacking["state"] == "缺数据"
    assert lacking["note"].startswith("待补：“县级”表2020年缺残疾儿童少年入学数；另附：")
    full = of(made(tmp_path / "b", 县级=[year | {"dis_enrolled": 20}]), 8)
    assert full["state"] == "可由本系统生成"
    assert full["note"].startswith("可用：")
    assert full["verdicts"] == "Edu2 残疾儿童少年入学率：达标"  # 20 of 21 is 95.2 %
    assert full["items"] == ["Edu2"]


def test_one_of_several_ways_is_enough(tmp_path: Path) -> None:
    answers = [{"group": "家长", "theme": "就近入学", "answer": "满意"}]
    assert of(made(tmp_path / "a"), 4)["state"] == "缺数据"
    assert of(made(tmp_path / "b", 问卷=answers), 4)["state"] == "可由本系统生成"


MONEY = "edu_alloc revenue_recurrent exp_pp_primary exp_pp_junior funds_pp_primary funds_pp_junior wage".split()


def test_growth_takes_four_years(tmp_path: Path) -> None:
    years = [{"county": "新邱区", "year": year, **dict.fromkeys(MONEY, 5000)} for year in range(2017, 2021)]
    assert of(made(tmp_path / "a", 县级=years), 10)["state"] == "可由本系统生成"
    row = of(made(tmp_path / "b", 县级=years[1:]), 10)
    assert row["state"] == "缺数据" and "“县级”表没有2017年一行" in row["note"]


def test_schools_that_lack_a_number_are_counted(tmp_path: Path) -> None:
    rows = [primary("甲小学", 400), primary("乙小学", 300, teachers_primary=None), junior("丙中学", 500)]
    row = of(made(tmp_path, rows=rows), 14)
    assert row["state"] == "缺数据" and "“学校”表“小学专任教师数”1所学校空白" in row["note"]


def test_standards_are_needed_where_the_scheme_has_none(tmp_path: Path) -> None:
    assert of(made(tmp_path / "a", "basic-2012"), 3)["state"] == "缺数据"
    assert of(made(tmp_path / "b", "quality-2017"), 3)["state"] == "可由本系统生成"
    standard = [{"standard_indicator": "B1", "standard_stage": None, "standard_value": 4, "standard_source": "某省"}]
    assert of(made(tmp_path / "c", "basic-2012", 办学标准=standard), 3)["state"] == "可由本系统生成"


def test_a_number_that_names_no_item_is_not_lost(tmp_path: Path) -> None:
    case = told(
        made(tmp_path, 迎检档案=[ANY]), ANY | {"dossier_no": 33}, ANY | {"dossier_no": 40}, ANY | {"dossier_no": None}
    )
    assert dossiers.strange(case) == ["迎检档案!A3", "迎检档案!A4"]
    sheet = openpyxl.load_workbook(io.BytesIO(dossier(case))).active
    assert any("没有采用的行：迎检档案!A3、迎检档案!A4" in str(cell.value) for cell in sheet["A"])
    assert dossiers.strange(made(tmp_path / "none")) == []


def test_what_is_read_from_the_file_is_used(tmp_path: Path) -> None:
    given = [{"dossier_no": 24, "dossier_state": "部分备齐", "dossier_files": "方案", "dossier_by": "督导室"}]
    row = of(made(tmp_path, 迎检档案=given), 24)
    assert (row["state"], row["files"], row["by"]) == ("部分备齐", "方案", "督导室")


# ---- the workbook ---------------------------------------------------------------------------------------------------


def test_the_checklist_counts_on_top_and_lists_all(tmp_path: Path) -> None:
    given = [{"dossier_no": 2, "dossier_state": "已备齐", "dossier_files": "=1+1", "dossier_by": "@督导室"}]
    case = told(made(tmp_path, 迎检档案=[ANY]), *given)
    sheet = openpyxl.load_workbook(io.BytesIO(dossier(case))).active
    texts = [[cell.value for cell in row] for row in sheet.iter_rows()]
    top = next(row for row in texts if row[0] == "合计")
    assert top[1:] == [f"{state} {count}项" for state, count in summary(states(case)).items()]
    listed = {row[0]: row for row in texts if isinstance(row[0], int | float)}
    assert sorted(listed) == list(range(1, 34))
    frame = states(case).set_index("no")
    assert all(listed[number][4] == state for number, state in frame["state"].items())
    assert listed[2][5:7] == ["=1+1", "@督导室"]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds <= {"s", "n"}
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows and sheet.freeze_panes


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_same_county_gives_the_same_bytes(root: Path, scheme: str) -> None:
    assert dossier(open_case("210903", 2020, scheme, root)) == dossier(open_case("210903", 2020, scheme, root))
