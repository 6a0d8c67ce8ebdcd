"""Several sheets: which is which, how rows are joined, whose county and year it is, and what blanks are filled with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from county import address, found, opened, primary, table, town, write_csv, write_xlsx
from edukit.errors import DataError
from edukit.findings import Severity
from edukit.workbook import Workbook, read
from edukit.workbook.template import write_template

ROWS = [primary("甲小学", school_code="0000000001"), primary("乙小学", school_code="0000000002"), primary("丙小学")]
BANDS = {"classes_41_45_primary": 10, "classes_46_50_primary": 0}


def rules(book: Workbook) -> set[str]:
    return {finding.rule for finding in book.findings}


def at(tmp_path: Path, sheets: dict[str, Any]) -> Workbook:
    return read(write_xlsx(tmp_path / "210903-新邱区" / "2020.xlsx", sheets))


# ---- joins ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        [{"school_code": "0000000002"}, {"school_code": "0000000001"}, {"school_name": "丙小学"}],
        [{"school_name": "乙小学"}, {"school_name": "甲小学"}, {"school_name": "丙小学"}],
        [{"school_name": " 乙小学 "}, {"school_name": "甲 小学"}, {"school_name": "丙小学"}],
        [{"school_code": "0000000002", "school_name": "乙小学"}, {"school_name": "甲小学"}, {"school_name": "丙小学"}],
    ],
    ids=["标识码", "名称", "名称带空格", "都有"],
)
def test_rows_are_joined_by_code_or_name_in_any_order(tmp_path: Path, keys: list[dict[str, str]]) -> None:
    entries = [key | {"funds_budget": amount} for key, amount in zip(keys, (20, 10, 30), strict=True)]
    book = opened(tmp_path, ROWS, 经费=entries)
    assert book.schools["funds_budget"].tolist() == [10, 20, 30]
    assert "unknown-school" not in rules(book)


def test_brackets_of_either_width_are_the_same_name(tmp_path: Path) -> None:
    rows = [primary("第一小学（东校区）"), primary("第一小学（西校区）")]
    book = opened(tmp_path, rows, 经费=[{"school_name": "第一小学(西校区)", "funds_budget": 5}])
    assert book.schools["funds_budget"].fillna(-1).tolist() == [-1, 5]


def test_the_joined_cell_keeps_its_address(tmp_path: Path) -> None:
    entries = [{"school_name": "乙小学", **BANDS}, {"school_name": "甲小学", **BANDS}]
    book = opened(tmp_path, ROWS, 班额=entries)
    assert book.where(3, "classes_41_45_primary") == address(table(entries), "classes_41_45_primary", 2, "班额")
    assert book.where(4, "classes_41_45_primary") == "学校!第4行"
    assert book.where(3, "pupils_primary") == address(table(ROWS), "pupils_primary", 3)
    assert book.schools["classes_41_45_primary"].fillna(-1).tolist() == [10, 10, -1]


def test_a_school_that_is_not_listed_is_an_error(tmp_path: Path) -> None:
    book = opened(tmp_path, ROWS, 经费=[{"school_name": "丁小学", "funds_budget": 5}])
    error = next(f for f in book.findings if f.rule == "unknown-school")
    assert (error.severity, error.where) == (Severity.ERROR, "经费!第2行")
    assert "丁小学" in error.message


def test_a_school_twice_in_a_detail_sheet_is_an_error(tmp_path: Path) -> None:
    twice = [{"school_name": "甲小学", "funds_budget": 5}, {"school_name": "甲小学", "funds_budget": 6}]
    book = opened(tmp_path, ROWS, 经费=twice)
    errors = [f for f in book.findings if f.rule == "unknown-school"]
    assert [f.where for f in errors] == ["经费!第3行"]
    assert book.schools["funds_budget"].fillna(-1).tolist() == [5, -1, -1]


def test_one_wide_table_needs_no_other_sheets(tmp_path: Path) -> None:
    rows = [row | {"funds_budget": 9.5, "staff": 60} for row in ROWS]
    book = opened(tmp_path, rows)
    assert book.schools["funds_budget"].tolist() == [9.5] * 3
    assert book.schools["staff"].tolist() == [60] * 3
    assert "unknown-column" not in rules(book)


def test_a_field_may_stand_in_another_sheet(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "books"} for row in ROWS]
    entries = [{"school_name": "乙小学", "funds_budget": 20, "books": 7000}]
    book = opened(tmp_path, rows, 经费=entries)
    assert book.schools["books"].fillna(-1).tolist() == [-1, 7000, -1]
    assert book.where(3, "books") == address(table(entries), "books", 2, "经费")


def test_two_sheets_that_contradict_each_other(tmp_path: Path) -> None:
    rows = [row | {"books": books} for row, books in zip(ROWS, (5000, 6000, None), strict=True)]
    entries = [
        {"school_name": name, "books": books} for name, books in (("甲小学", 5000), ("乙小学", 6100), ("丙小学", 700))
    ]
    book = opened(tmp_path, rows, 经费=entries)
    assert book.schools["books"].tolist() == [5000, 6000, 700]
    errors = [f for f in book.findings if f.rule == "conflict"]
    assert [(f.severity, f.where, f.school) for f in errors] == [
        (Severity.ERROR, address(table(entries), "books", 3, "经费"), "乙小学")
    ]
    assert book.where(2, "books") == address(table(rows), "books", 2)
    assert book.where(4, "books") == address(table(entries), "books", 4, "经费")


def test_rooms_are_kept_one_by_one(tmp_path: Path) -> None:
    rooms = [
        {"school_name": "甲小学", "room_kind": kind, "room_area": area} for kind, area in (("音乐", 96), ("美术", 90.5))
    ]
    book = opened(tmp_path, ROWS, 专用教室=rooms)
    assert book.sheets["专用教室"].frame["room_area"].tolist() == [96, 90.5]


# ---- which sheet is which -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["学校", " 学校 ", "Sheet1", "小学初中基本情况"])
def test_the_only_table_is_the_school_sheet(tmp_path: Path, name: str) -> None:
    book = at(tmp_path, {name: table(ROWS)})
    assert book.schools["school_name"].tolist() == ["甲小学", "乙小学", "丙小学"]
    assert book.where(2, "school_name").startswith(f"{name}!")


def test_guidance_is_not_read_and_unknown_sheets_are_said(tmp_path: Path) -> None:
    other = [["学校名称", "分数"], ["甲小学", 90]]
    book = at(tmp_path, {"填写说明": [["每校一行"]], "学校": table(ROWS), "考试成绩": other, "空表": [[None]]})
    assert list(book.sheets) == ["学校"]
    unknown = [f for f in book.findings if f.rule == "unknown-sheet"]
    assert [(f.severity, f.where) for f in unknown] == [(Severity.INFO, "考试成绩")]


def test_no_school_sheet(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="没有“学校”表"):
        at(tmp_path, {"县级": [["年度", "行政区划代码"], [2020, "210903"]]})


def test_the_same_sheet_twice(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="“学校”表出现两次"):
        at(tmp_path, {"学校": table(ROWS), "学校 ": table(ROWS)})


def test_notes_for_the_reader_are_kept(tmp_path: Path) -> None:
    book = at(tmp_path, {"学校": table(ROWS), "数据说明": [["本数据为演示用。"], [None, "数字均为虚构。"]]})
    assert book.notes == ("本数据为演示用。", "数字均为虚构。")


# ---- county and year ------------------------------------------------------------------------------------------------


def county(**given: Any) -> list[dict[str, Any]]:
    return [{"county": "新邱区", "code": "210903", "year": 2020} | given]


def test_from_the_path(tmp_path: Path) -> None:
    book = opened(tmp_path, ROWS)
    assert (book.code, book.county, book.year) == ("210903", "新邱区", 2020)


def test_from_the_county_sheet(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "上报.xlsx", {"学校": table(ROWS), "县级": table(county(code="021090"))})
    book = read(path)
    assert (book.code, book.county, book.year) == ("021090", "新邱区", 2020)


@pytest.mark.parametrize(
    ("given", "field"), [({"year": 2019}, "year"), ({"code": "210904"}, "code"), ({"county": "太平区"}, "county")]
)
def test_the_county_sheet_must_not_contradict_the_path(tmp_path: Path, given: dict[str, Any], field: str) -> None:
    book = opened(tmp_path, ROWS, 县级=county(**given))
    errors = [f for f in book.findings if f.rule == "identity"]
    assert [(f.severity, f.where) for f in errors] == [(Severity.ERROR, address(table(county()), field, 2, "县级"))]
    assert str(given[field]) in errors[0].found


def test_the_full_name_does_not_contradict_the_short_one(tmp_path: Path) -> None:
    assert "identity" not in rules(opened(tmp_path, ROWS, 县级=county(county="阜新市新邱区")))


def test_four_years_of_which_one_is_judged(tmp_path: Path) -> None:
    years = [county(year=year, population=20 + year - 2017)[0] for year in (2017, 2018, 2019, 2020)]
    book = opened(tmp_path, ROWS, 县级=years)
    assert book.year == 2020
    assert "identity" not in rules(book)
    assert book.sheets["县级"].frame["population"].tolist() == [20, 21, 22, 23]


# ---- blanks that may be filled --------------------------------------------------------------------------------------


def test_blank_sponsor_and_sports_area_are_agreed_and_said(tmp_path: Path) -> None:
    rows = [
        primary("甲", sponsor_type="民办"),
        primary("乙", indoor_sports_area=None),
        primary("丙", indoor_sports_area=None, teaching_area=None),
    ]
    book = opened(tmp_path, rows)
    assert book.schools["sponsor_type"].tolist() == ["民办", "县级教育部门", "县级教育部门"]
    assert book.schools["indoor_sports_area"].fillna(-1).tolist() == [200, 0, -1]
    said = {f.field: f for f in found(book, "blank-means")}
    assert set(said) == {"sponsor_type", "indoor_sports_area"}
    assert "1 所学校：乙" in said["indoor_sports_area"].message
    assert all(f.severity is Severity.INFO for f in said.values())


def test_no_other_blank_is_filled(tmp_path: Path) -> None:
    rows = [primary("甲", backbone_teachers_primary=None, books=None), primary("乙")]
    book = opened(tmp_path, rows)
    assert book.schools["backbone_teachers_primary"].isna().tolist() == [True, False]
    assert book.schools["books"].isna().tolist() == [True, False]


def test_a_blank_sum_is_filled_from_its_parts(tmp_path: Path) -> None:
    degrees = dict.fromkeys(("doctor", "master", "bachelor", "college", "highschool", "below_highschool"), 2)
    parts = {f"{degree}_teachers_primary": number for degree, number in degrees.items()}
    rows = [primary("甲", teachers_primary=None, higher_degree_teachers_primary=None), primary("乙")]
    book = opened(tmp_path, rows, 学校补充=[{"school_name": "甲", **parts}])
    assert book.schools.loc[2, ["teachers_primary", "higher_degree_teachers_primary"]].tolist() == [12, 8]
    assert {f.field for f in found(book, "filled-sum")} == {"teachers_primary", "higher_degree_teachers_primary"}


def test_a_sum_with_an_unknown_part_stays_unknown(tmp_path: Path) -> None:
    rows = [primary("甲", pe_arts_teachers_primary=None)]
    book = opened(
        tmp_path, rows, 学校补充=[{"school_name": "甲", "pe_teachers_primary": 2, "arts_teachers_primary": None}]
    )
    assert book.schools["pe_arts_teachers_primary"].isna().all()


# ---- the template ---------------------------------------------------------------------------------------------------


def test_the_template_itself_can_be_read_once_it_is_filled(tmp_path: Path) -> None:
    import openpyxl

    path = tmp_path / "210903-新邱区" / "2020.xlsx"
    path.parent.mkdir()
    write_template(path)
    with pytest.raises(DataError, match="没有一所学校"):
        read(path)
    filled = openpyxl.load_workbook(path)
    sheet = filled["学校"]
    headers = {cell.value: cell.column for cell in sheet[2]}
    rows = town()
    for number, row in enumerate(rows, start=5):
        for title, value in zip(*table([row]), strict=True):
            sheet.cell(number, headers[title], value)
    filled.save(path)
    book = read(path)
    for row, (_, school) in zip(rows, book.schools.iterrows(), strict=True):
        assert {name: school[name] for name in row} == row
    assert {f.rule for f in book.findings} == {"example-row", "blank-means"}
    assert book.schools.index.tolist() == [5, 6, 7, 8]


def test_every_header_of_the_template_is_understood(tmp_path: Path) -> None:
    from edukit import dictionary

    spec = dictionary.load()
    for sheet in spec.sheets:
        for field in spec.columns(sheet.name):
            for text in (field.header, field.label, field.name, *field.aliases):
                if field.sheet == sheet.name or text == field.header:
                    assert spec.match(text, sheet.name) == field, (sheet.name, text)


def test_a_csv_beside_says_nothing(tmp_path: Path) -> None:
    write_csv(tmp_path / "210903-新邱区" / "其他.csv", [["x"]])
    assert opened(tmp_path, ROWS).schools.shape[0] == 3
