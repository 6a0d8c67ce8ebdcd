"""The template workbook: what an analyst finds in it, and that the reader takes it back."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from edukit.checks import check
from edukit.dictionary import Field, load
from edukit.errors import CallError
from edukit.findings import Severity
from edukit.workbook import read
from edukit.workbook.look import display_width
from edukit.workbook.template import span, validation, write_template

BAND, HEADER, UNIT, EXAMPLE, FIRST = 1, 2, 3, 4, 5
SHEETS = [spec.name for spec in load().sheets]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("template") / "模板.xlsx"
    write_template(target)
    return target


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def row(sheet: Worksheet, number: int) -> list[object]:
    return [cell.value for cell in sheet[number]]


def rules(sheet: Worksheet) -> dict[str, object]:
    """Data validation by column letter; a rule's range is one column."""
    found = {}
    for rule in sheet.data_validations.dataValidation:
        for area in rule.sqref.ranges:
            assert area.min_col == area.max_col and area.min_row == FIRST and area.max_row >= FIRST + 19
            found[get_column_letter(area.min_col)] = rule
    return found


def test_sheets(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == ["填写说明", *SHEETS]
    assert book.active is not None and book.active.title == "填写说明"


@pytest.mark.parametrize("name", SHEETS)
def test_rows_above_the_data(book: openpyxl.Workbook, name: str) -> None:
    sheet, columns = book[name], load().columns(name)
    assert row(sheet, HEADER) == [field.header for field in columns]
    assert row(sheet, UNIT) == [field.hint for field in columns]
    assert row(sheet, EXAMPLE) == [field.example for field in columns]
    assert row(sheet, BAND)[0] == columns[0].group
    assert {value for value in row(sheet, BAND) if value} == {field.group for field in columns}
    for cell, field in zip(sheet[HEADER], columns, strict=True):
        assert cell.comment is not None and cell.comment.text.startswith(field.note)


@pytest.mark.parametrize("name", SHEETS)
def test_header_and_names_stay_in_sight_on_screen_and_paper(book: openpyxl.Workbook, name: str) -> None:
    sheet = book[name]
    narrow = ("B4", "$A:$A")
    one = {"测试成绩", "问卷", "核查结论", "办学标准", "评估设置", "迎检档案"}
    panes, columns = narrow if name in one else {"县级": ("D4", "$A:$C")}.get(name, ("C4", "$A:$B"))
    assert (sheet.freeze_panes, sheet.print_title_cols) == (panes, columns)
    assert sheet.print_title_rows == "$1:$3"
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")


@pytest.mark.parametrize("name", SHEETS)
def test_drop_downs_are_the_choices_of_the_dictionary(book: openpyxl.Workbook, name: str) -> None:
    found = rules(book[name])
    for index, field in enumerate(load().columns(name), start=1):
        rule = found[get_column_letter(index)]
        choices = ("是", "否") if field.kind == "flag" else field.choices
        assert (rule.type == "list") == bool(choices)
        if choices:
            assert rule.formula1 == '"' + ",".join(choices) + '"'
            assert rule.showDropDown is not True  # in the file format this flag hides the arrow


@pytest.mark.parametrize("name", SHEETS)
def test_numbers_are_validated_and_explained(book: openpyxl.Workbook, name: str) -> None:
    found = rules(book[name])
    for index, field in enumerate(load().columns(name), start=1):
        rule = found[get_column_letter(index)]
        assert rule.prompt == field.note and rule.promptTitle == field.header
        if field.numeric:
            assert rule.type == ("whole" if field.kind in {"count", "year"} else "decimal")
            unusual = field.soft != (None, None)
            low, _ = field.soft if unusual else field.hard
            assert rule.errorStyle == ("warning" if unusual else None)
            assert float(rule.formula1) == low
            assert field.header in rule.error


@pytest.mark.parametrize("field", load().fields, ids=lambda field: field.name)
def test_texts_fit_the_limits_of_excel(field: Field) -> None:
    rule = validation(field)
    assert len(rule["input_title"]) <= 32 and len(rule["input_message"]) <= 255
    assert len(rule.get("error_title", "")) <= 32 and len(rule.get("error_message", "")) <= 255
    assert len(",".join(rule.get("source", []))) <= 255


@pytest.mark.parametrize("name", [name for name in SHEETS if load().sheet(name).rows in ("school", "room", "year")])
def test_codes_are_text_so_that_leading_zeros_stay(book: openpyxl.Workbook, name: str) -> None:
    sheet = book[name]
    codes = [index for index, field in enumerate(load().columns(name), start=1) if field.kind == "code"]
    assert codes
    for index in codes:
        assert sheet.column_dimensions[get_column_letter(index)].number_format == "@"
        example = sheet.cell(EXAMPLE, index)
        assert isinstance(example.value, str) and example.number_format == "@" and example.value.startswith("0")


def test_required_columns_stand_out(book: openpyxl.Workbook) -> None:
    sheet = book["学校"]
    fills = {
        field.name: cell.fill.fgColor.rgb for field, cell in zip(load().columns("学校"), sheet[HEADER], strict=True)
    }
    assert fills["school_name"] == fills["school_type"]
    assert fills["pupils_primary"] == fills["pupils_junior"]
    assert len({fills["school_name"], fills["pupils_primary"], fills["books"]}) == 3
    shown = {field.name: cell.number_format for field, cell in zip(load().columns("学校"), sheet[UNIT], strict=True)}
    assert "必填" in shown["school_name"] and "按类型必填" in shown["pupils_junior"] and "必填" not in shown["books"]


def test_an_answer_need_not_name_a_school(book: openpyxl.Workbook) -> None:
    sheet = book["问卷"]
    shown = {field.name: cell.number_format for field, cell in zip(load().columns("问卷"), sheet[UNIT], strict=True)}
    assert "必填" in shown["group"] and "必填" not in shown["school_name"] and "必填" not in shown["answer"]
    painted = {str(area.sqref) for area in sheet.conditional_formatting}
    assert "B5:B20004" in painted and "A5:A20004" not in painted


def test_mistakes_are_coloured_while_typing(book: openpyxl.Workbook) -> None:
    formulas = {
        str(area.sqref): [rule.formula[0] for rule in area.rules if rule.formula]
        for area in book["学校"].conditional_formatting
    }
    letter = {field.name: get_column_letter(i) for i, field in enumerate(load().columns("学校"), start=1)}

    def of(name: str) -> str:
        return " ".join(formulas[f"{letter[name]}5:{letter[name]}504"])

    assert f'${letter["school_type"]}5="小学教学点"' in of("pupils_primary")
    assert f"${letter['backbone_teachers_junior']}5>${letter['teachers_junior']}5" in of("backbone_teachers_junior")
    assert "2000" in of("pupils_primary")
    assert f"${letter['equipment_value']}5/SUM(" in of("equipment_value")


def test_the_guide_says_what_an_analyst_asks(book: openpyxl.Workbook) -> None:
    text = "\n".join(str(cell.value) for cells in book["填写说明"].iter_rows() for cell in cells if cell.value)
    for phrase in (
        "空白＝未知，不等于0",
        "9月1日",
        "edukit check",
        "小学教学点",
        "九年一贯制学校",
        "示例",
        "必填",
        "万元",
    ):
        assert phrase in text
    assert all(name in text for name in SHEETS)


def test_the_guide_says_where_the_other_judgements_come_from(book: openpyxl.Workbook) -> None:
    rows = {str(cells[1].value): str(cells[2].value) for cells in book["填写说明"].iter_rows() if cells[1].value}
    assert "“县级”表" in rows["社会认可度（公众满意度）"] and "“问卷”表逐条" in rows["社会认可度（公众满意度）"]
    told = " ".join(rows.values())
    assert all(f"“{name}”表" in told for name in SHEETS)
    assert "{" not in told


@pytest.mark.parametrize("name", SHEETS)
def test_an_example_of_text_is_not_cut_off(book: openpyxl.Workbook, name: str) -> None:
    """The row of the example is two lines high, so a text must fit twice the width of its column."""
    for index, field in enumerate(load().columns(name), start=1):
        if field.kind == "text" and field.example is not None:
            width = book[name].column_dimensions[get_column_letter(index)].width
            assert display_width(str(field.example)) <= 2 * (width - 2), field.header


def test_county_and_year_are_entered(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx", county="210903-新邱区", year=2020)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert row(book["县级"], FIRST)[:3] == ["新邱区", "210903", 2020]
    text = "\n".join(str(cell.value) for cells in book["填写说明"].iter_rows() for cell in cells if cell.value)
    assert "新邱区义务教育均衡发展数据填报表" in text and "edukit check data/raw/210903-新邱区/2020.xlsx" in text
    write_template(tmp_path / "b.xlsx", county="新邱区")
    assert row(openpyxl.load_workbook(tmp_path / "b.xlsx")["县级"], FIRST)[:3] == ["新邱区", None, None]


def test_the_same_call_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    write_template(tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
        assert b"2020-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    filled = tmp_path / "2020.xlsx"
    filled.write_bytes(b"filled")
    with pytest.raises(CallError, match="文件已存在"):
        write_template(filled)
    assert filled.read_bytes() == b"filled"


@pytest.mark.parametrize(("name", "message"), [("a.csv", "只能保存为 .xlsx"), ("无此文件夹/a.xlsx", "无法写入")])
def test_a_path_that_cannot_be_written(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(CallError, match=message):
        write_template(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("bounds", "words"), [((1, 2000), "1～2,000"), ((0, None), "不小于0"), ((None, 0.5), "不大于0.5")]
)
def test_span(bounds: tuple[float | None, float | None], words: str) -> None:
    assert span(bounds) == words


def test_a_filled_template_is_read_back_whole(tmp_path: Path) -> None:
    """The example's numbers under a real name: every column arrives, and the checks find nothing wrong."""
    folder = tmp_path / "210903-新邱区"
    folder.mkdir()
    target = folder / "2020.xlsx"
    write_template(target)
    book = openpyxl.load_workbook(target)
    names = {"school_name": "第一学校", "county": "新邱区", "code": "210903", "stat_county": "新邱区"}
    names |= {"item_id": "Gov1", "standard_indicator": "B1", "option_id": "rooms-2016", "dossier_files": "自评报告"}
    for name in SHEETS:
        for index, field in enumerate(load().columns(name), start=1):
            if field.name != "n_nine" and field.name.startswith("n_"):
                value: object = 0
            else:
                value = 1 if field.name == "n_nine" else names.get(field.name, field.example)
            book[name].cell(FIRST, index, value)
    book.save(target)
    taken = read(target)
    for name in SHEETS:
        frame = taken.sheets[name].frame
        assert len(frame) == 1
        assert [field.name for field in load().columns(name) if field.name not in frame] == []
    school = taken.schools.iloc[0]
    assert school["school_code"] == "0123456789"
    assert (school["pupils_primary"], school["equipment_value"]) == (516, 215.6)
    worse = [finding for finding in check(taken) if finding.severity is not Severity.INFO]
    assert [finding.message for finding in worse] == []
