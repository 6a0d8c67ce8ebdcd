"""``columns.yaml``: somebody else's table read as it came, and a broken mapping refused before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from county import Row, found, write_csv, write_xlsx
from edukit.checks import check
from edukit.errors import DataError
from edukit.findings import Severity
from edukit.workbook import Workbook, columns, read

HEAD = ["code", "name", "men", "women", "boys", "girls", "fte", "spent", "m2", "kind"]
LINES: list[list[Any]] = [
    ["007", "North", 3, 9, 101, 99, 10.9, 0.5512, 800.1, "A"],
    ["008", "South", 4, 7, 60, 40, "11.15", 0.4423, 700.2, "B"],
]
FIELDS = """
fields:
  school_code: code
  学校名称: name
  school_type: {value: 小学}
  pupils_primary: [boys, girls]
"""


def opened(tmp_path: Path, mapping: str, lines: list[list[Any]] | None = None, where: str = "columns.yaml") -> Workbook:
    path = write_csv(tmp_path / "raw" / "01-某县" / "2020.csv", [HEAD, *(LINES if lines is None else lines)])
    target = (path.parent / where).resolve()
    target.write_text(mapping, encoding="utf-8")
    return read(path)


def read_with(tmp_path: Path, entry: str, lines: list[list[Any]] | None = None) -> Workbook:
    return opened(tmp_path, f"{FIELDS}  {entry}\n", lines)


# ---- what a mapping can say -----------------------------------------------------------------------------------------


def test_columns_sums_and_values(tmp_path: Path) -> None:
    book = opened(tmp_path, FIELDS)
    assert book.schools["school_code"].tolist() == ["007", "008"]
    assert book.schools["school_name"].tolist() == ["North", "South"]
    assert book.schools["school_type"].tolist() == ["小学", "小学"]
    assert book.schools["pupils_primary"].tolist() == [200, 100]
    assert book.where(2, "pupils_primary") == "2020.csv!E2+2020.csv!F2"
    assert book.where(2, "school_type") == "2020.csv!第2行"
    assert "unknown-column" not in {f.rule for f in book.findings}


@pytest.mark.parametrize(
    ("entry", "field", "values"),
    [
        ("teachers_primary: [men, women]", "teachers_primary", [12, 11]),
        ("teachers_primary: {columns: [men, women]}", "teachers_primary", [12, 11]),
        ("teachers_primary: {column: fte, fraction: true}", "teachers_primary", [10.9, 11.15]),
        ("equipment_value: {column: spent, times: boys}", "equipment_value", [55.6712, 26.538]),
        ("equipment_value: {column: spent, times: boys, factor: 0.1}", "equipment_value", [5.56712, 2.6538]),
        ("teaching_area: {column: m2, factor: 666.6666666666666}", "teaching_area", [533400, 466800]),
        ("teaching_area: {column: m2, factor: 0.0929}", "teaching_area", [74.32929, 65.04858]),
        ("books: {value: 5000}", "books", [5000, 5000]),
        ("是否寄宿制学校: {value: 否}", "is_boarding", ["否", "否"]),
        ("teaching_area: [m2, spent]", "teaching_area", [800.6512, 700.6423]),
    ],
)
def test_sources(tmp_path: Path, entry: str, field: str, values: list[Any]) -> None:
    assert read_with(tmp_path, entry).schools[field].tolist() == values


@pytest.mark.parametrize("factor", ["{column: men, factor: 0.5}", "{column: men, times: spent}"])
def test_converted_counts_need_not_be_whole(tmp_path: Path, factor: str) -> None:
    book = read_with(tmp_path, f"computers: {factor}")
    assert "whole-number" not in {f.rule for f in book.findings}


def test_a_fraction_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    book = read_with(tmp_path, "teachers_primary: fte")
    assert [f.where for f in book.findings if f.rule == "whole-number"] == ["2020.csv!G2", "2020.csv!G3"]
    assert book.schools["teachers_primary"].isna().all()


def test_a_blank_part_makes_the_sum_unknown(tmp_path: Path) -> None:
    lines = [[*LINES[0][:4], None, *LINES[0][5:]], LINES[1]]
    assert opened(tmp_path, FIELDS, lines).schools["pupils_primary"].fillna(-1).tolist() == [-1, 100]


def test_a_blank_multiplier_makes_the_product_unknown(tmp_path: Path) -> None:
    lines = [[*LINES[0][:4], None, *LINES[0][5:]], LINES[1]]
    book = read_with(tmp_path, "equipment_value: {column: spent, times: boys}", lines)
    assert book.schools["equipment_value"].isna().tolist() == [True, False]


def big(tmp_path: Path, entry: str) -> list[tuple[str, str, str]]:
    book = opened(tmp_path, FIELDS.replace("[boys, girls]", entry), [["1", "Big", 1, 1, 9000, 9000, 1, 1, 1, "A"]])
    return [(f.rule, f.expected, f.field) for f in check(book) if f.field == "pupils_primary"]


def test_max_widens_the_range_and_nothing_else(tmp_path: Path) -> None:
    assert big(tmp_path, "[boys, girls]") == [("range", "0 至 6000 人", "pupils_primary")]
    assert big(tmp_path, "{columns: [boys, girls], max: 20000}") == []
    assert big(tmp_path, "{columns: [boys, girls], max: 10000}") == [("range", "0 至 10000 人", "pupils_primary")]


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ("{kind: A}", ["North"]),
        ("{kind: [A, B]}", ["North", "South"]),
        ("{kind: B, men: 4}", ["South"]),
        ("{men: [3, 9]}", ["North"]),
    ],
)
def test_only_some_rows(tmp_path: Path, rows: str, names: list[str]) -> None:
    assert opened(tmp_path, f"rows: {rows}\n{FIELDS}").schools["school_name"].tolist() == names


def test_no_row_left(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="没有一所学校"):
        opened(tmp_path, f"rows: {{kind: C}}\n{FIELDS}")


def test_source_and_note_are_kept_for_the_reader(tmp_path: Path) -> None:
    assert opened(tmp_path, f"source: 某统计年鉴\nnote: 教师为折合数\n{FIELDS}").notes == ("某统计年鉴", "教师为折合数")


def test_the_mapping_is_part_of_what_was_read(tmp_path: Path) -> None:
    first = opened(tmp_path, FIELDS)
    assert opened(tmp_path, FIELDS + "  books: {value: 9}\n").digest != first.digest


def test_headers_that_differ_only_in_brackets_are_told_apart(tmp_path: Path) -> None:
    head = ["学校", "学生数（男）", "学生数（女）", "教师数(男)", "教师数(女)"]
    path = write_csv(tmp_path / "2020.csv", [head, ["甲", 150, 148, 5, 12]])
    (tmp_path / "columns.yaml").write_text(
        "fields:\n  school_name: 学校\n  school_type: {value: 小学}\n  pupils_primary: [学生数（男）, 学生数（女）]\n"
        "  teachers_primary: [教师数（男）, 教师数(女)]\n",
        encoding="utf-8",
    )
    book = read(path)
    assert book.schools[["pupils_primary", "teachers_primary"]].to_numpy().tolist() == [[298, 17]]


def test_titles_units_totals_and_merges_in_a_foreign_workbook(tmp_path: Path) -> None:
    grid = [
        ["某省中小学一览表"],
        ["Schule", "Kinder", "Ort"],
        ["甲", "1,200", "城"],
        ["乙", "３００", None],
        ["合计", 1501, None],
    ]
    path = write_xlsx(tmp_path / "02-某县" / "2020.xlsx", {"Tabelle1": grid})
    (path.parent / "columns.yaml").write_text(
        "fields: {学校名称: Schule, 小学在校生数: Kinder, 办学类型: {value: 小学}}", encoding="utf-8"
    )
    book = read(path)
    assert book.schools["pupils_primary"].tolist() == [1200, 300]
    assert book.where(4, "pupils_primary") == "Tabelle1!B4"
    assert [(f.where, f.expected) for f in found(book, "total")] == [("Tabelle1!B5", "1500")]


def test_a_mapping_for_another_sheet(tmp_path: Path) -> None:
    schools = [["学校名称", "办学类型", "小学在校生数"], ["甲", "小学", 300]]
    path = write_xlsx(tmp_path / "2020.xlsx", {"学校": schools, "Budget": [["school", "total"], ["甲", 45.5]]})
    text = "sheet: 经费\nfields: {school_name: school, funds_budget: total}\n"
    (tmp_path / "2020.columns.yaml").write_text(text, encoding="utf-8")
    assert read(path).schools["funds_budget"].tolist() == [45.5]


# ---- where it is looked for -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["2020.columns.yaml", "columns.yaml", "../columns.yaml"])
def test_beside_the_file_or_one_folder_up(tmp_path: Path, where: str) -> None:
    assert len(opened(tmp_path, FIELDS, where=where).schools) == 2


def test_the_nearest_one_counts(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "01-某县"
    folder.mkdir(parents=True)
    for path in (folder / "columns.yaml", folder.parent / "columns.yaml"):
        path.write_text("fields: {school_name: 没有}", encoding="utf-8")
    assert len(opened(tmp_path, FIELDS, where="2020.columns.yaml").schools) == 2


def test_inside_a_folder_of_csv(tmp_path: Path) -> None:
    folder = tmp_path / "01-某县" / "2020"
    write_csv(folder / "export.csv", [HEAD, *LINES])
    (folder / "columns.yaml").write_text(FIELDS, encoding="utf-8")
    assert len(read(folder).schools) == 2


def test_without_a_mapping_there_is_none(tmp_path: Path) -> None:
    assert columns.find(tmp_path / "01-某县" / "2020.csv") is None


# ---- what is wrong with it ------------------------------------------------------------------------------------------

NAMED = "fields:\n  school_name: name\n  "


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("fields: [a]", "缺少 fields"),
        ("fields: {}", "缺少 fields"),
        ("- a", "缺少 fields"),
        ("", "缺少 fields"),
        ("fields: {a: b", "行有误"),
        (f"sheet: 不存在\n{FIELDS}", "“不存在”不是数据字典中的工作表"),
        (f"colums: 1\n{FIELDS}", "不认识的键：colums"),
        (f"{NAMED}pupil_primary: boys", "没有“pupil_primary”，是否指 pupils_primary"),
        (f"{NAMED}学校名称: code", "“学校名称”出现两次"),
        (f"{NAMED}books: {{colum: men}}", "colum；可用"),
        (f"{NAMED}books: {{factor: 2}}", "应写 column（原表列名）或 value（固定值）之一"),
        (f"{NAMED}books: {{column: men, value: 3}}", "应写 column"),
        (f"{NAMED}books: {{column: men, factor: 0}}", "books.factor 应为大于 0 的数，实为“0”"),
        (f"{NAMED}books: {{column: men, factor: 千}}", "books.factor 应为大于 0 的数，实为“千”"),
        (f"{NAMED}books: {{column: men, max: -1}}", "books.max"),
        (f"{NAMED}books: {{column: men, fraction: 是}}", "books.fraction"),
        (f"{NAMED}books: Bücher", "所写的列：Bücher。原表的列：code、name"),
        (f"{NAMED}books: {{column: men, times: nope}}", "所写的列：nope"),
        (f"rows: {{region: x}}\n{FIELDS}", "所写的列：region"),
        (f"rows: [x]\n{FIELDS}", "rows"),
        (f"{NAMED}township: [kind, code]", "township"),
    ],
)
def test_a_broken_mapping_is_refused(tmp_path: Path, mapping: str, words: str) -> None:
    with pytest.raises(DataError) as refused:
        opened(tmp_path, mapping)
    assert words in str(refused.value)
    assert "columns.yaml" in str(refused.value)


def test_a_fixed_value_that_is_none(tmp_path: Path) -> None:
    book = opened(tmp_path, FIELDS.replace("{value: 小学}", "{value: 大学}"))
    errors = [f for f in book.findings if f.severity is Severity.ERROR]
    assert [(f.rule, f.where) for f in errors] == [("choice", "columns.yaml:school_type")]


def test_a_mapping_in_the_wrong_encoding(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "2020.csv", [HEAD, *LINES])
    (tmp_path / "columns.yaml").write_bytes("note: 教师为折合数\n".encode("gbk"))
    with pytest.raises(DataError, match="UTF-8"):
        read(path)


def rows_of(book: Workbook) -> list[Row]:
    return book.schools[["school_name", "pupils_primary"]].to_dict("records")


def test_unmapped_fields_stay_unknown_even_where_headers_would_match(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "2020.csv", [["学校名称", "小学在校生数", "图书册数"], ["甲", 300, 9000]])
    text = "fields: {school_name: 学校名称, pupils_primary: 小学在校生数, school_type: {value: 小学}}"
    (tmp_path / "columns.yaml").write_text(text, encoding="utf-8")
    book = read(path)
    assert rows_of(book) == [{"school_name": "甲", "pupils_primary": 300}]
    assert book.schools["books"].isna().all()
