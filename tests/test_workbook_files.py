"""Files as they come: encodings, formulas, codes that Excel mangled, and files that are not what they say."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

import hostile
from county import Form, csv_bytes, primary, table, town, write_csv, write_xlsx
from edukit.errors import CallError, DataError
from edukit.findings import Severity
from edukit.workbook import Workbook, read

SIMPLE = [["学校标识码", "学校名称", "办学类型", "小学在校生数"], ["0123456789", "甲小学", "小学", 300]]


def at(tmp_path: Path, name: str = "2020.xlsx") -> Path:
    folder = tmp_path / "210903-新邱区"
    folder.mkdir(exist_ok=True)
    return folder / name


def same_schools(book: Workbook, rows: list[dict[str, Any]]) -> None:
    for row, (_, school) in zip(rows, book.schools.iterrows(), strict=True):
        assert {name: school[name] for name in row} == row


# ---- CSV ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_in_any_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [*town(), primary("第二十四小学“东”校区", school_code="0123456789")]
    book = read(write_csv(at(tmp_path, "2020.csv"), table(rows), encoding, delimiter))
    same_schools(book, rows)
    assert (book.code, book.county, book.year) == ("210903", "新邱区", 2020)


def test_rare_characters_in_gb18030(tmp_path: Path) -> None:
    book = read(write_csv(at(tmp_path, "2020.csv"), table([primary("㑇𠮷小学")]), "gb18030"))
    assert book.schools["school_name"].tolist() == ["㑇𠮷小学"]


def test_a_csv_of_any_name_is_the_school_sheet(tmp_path: Path) -> None:
    book = read(write_csv(tmp_path / "导出数据.csv", SIMPLE))
    assert list(book.sheets) == ["学校"]
    assert book.where(2, "pupils_primary") == "导出数据.csv!D2"


def test_characters_that_nobody_sees_do_not_matter(tmp_path: Path) -> None:
    grid = [[f"\u200b{text}\ufeff" for text in SIMPLE[0]], ["0123456789\t", "甲\u200b小学", "小学\u00a0", "300\u200b"]]
    for path in (write_csv(at(tmp_path, "2020.csv"), grid), write_xlsx(at(tmp_path, "2021.xlsx"), {"学校": grid})):
        assert read(path).schools.iloc[0, :4].tolist() == [
            "0123456789",
            "甲小学",
            "小学",
            read(path).schools.iloc[0, 3],
        ]
        assert read(path).schools["pupils_primary"].tolist() == [300]


def test_codes_that_an_export_keeps_as_text(tmp_path: Path) -> None:
    at(tmp_path, "2020.csv").write_text('学校标识码,学校名称,办学类型\n"=""0123456789""",甲,小学\n', encoding="gbk")
    assert read(at(tmp_path, "2020.csv")).schools["school_code"].tolist() == ["0123456789"]


def test_lines_of_unequal_length(tmp_path: Path) -> None:
    at(tmp_path, "2020.csv").write_text(
        "学校名称,办学类型,小学在校生数,图书册数\n甲,小学,300\n乙,小学,200,400,\n", encoding="utf-8"
    )
    book = read(at(tmp_path, "2020.csv"))
    assert book.schools["books"].fillna(-1).tolist() == [-1, 400]


def test_a_header_with_a_line_break_in_quotes(tmp_path: Path) -> None:
    at(tmp_path, "2020.csv").write_bytes('学校名称,办学类型,"小学\r\n在校生数"\r\n甲,小学,"1,300"\r\n'.encode("gbk"))
    assert read(at(tmp_path, "2020.csv")).schools["pupils_primary"].tolist() == [1300]


def test_a_folder_of_csv_files(tmp_path: Path) -> None:
    folder = at(tmp_path, "2020")
    rows = town()
    write_csv(folder / "学校.csv", table(rows), "gbk")
    write_csv(folder / "县级.csv", [["年度", "行政区划代码"], [2020, "210903"]])
    write_csv(folder / "经费.csv", [["学校名称", "公用经费预算总额"], ["城关小学", 72.6]], "utf-8-sig")
    (folder / "说明.txt").write_text("不是数据", encoding="utf-8")
    book = read(folder)
    same_schools(book, rows)
    assert set(book.sheets) == {"学校", "县级", "经费"}
    assert (book.code, book.county, book.year) == ("210903", "新邱区", 2020)
    assert book.schools["funds_budget"].fillna(-1).tolist() == [72.6, -1, -1, -1]
    assert book.where(2, "funds_budget") == "经费.csv!B2"


# ---- formulas, dates, codes in xlsx ---------------------------------------------------------------------------------


def test_formulas_count_with_their_computed_value(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(at(tmp_path)) as made:
        sheet = made.add_worksheet("学校")
        for number, row in enumerate(SIMPLE):
            sheet.write_row(number, 0, row)
        sheet.write_formula("D2", "=100*3", value=300)
    book = read(at(tmp_path))
    assert book.schools["pupils_primary"].tolist() == [300]


def test_a_formula_that_was_never_computed_is_an_error(tmp_path: Path) -> None:
    book = read(write_xlsx(at(tmp_path), {"学校": [SIMPLE[0], [*SIMPLE[1][:3], "=100*3"]]}))
    error = next(f for f in book.findings if f.rule == "formula")
    assert (error.severity, error.where, error.found) == (Severity.ERROR, "学校!D2", "=100*3")
    assert "公式没有计算结果" in error.message


def test_a_formula_that_fails_is_an_error(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(at(tmp_path)) as made:
        sheet = made.add_worksheet("学校")
        for number, row in enumerate(SIMPLE):
            sheet.write_row(number, 0, row)
        sheet.write_formula("D2", "=1/0", value="#DIV/0!")
    error = next(f for f in read(at(tmp_path)).findings if f.rule == "formula")
    assert (error.severity, error.where, error.found) == (Severity.ERROR, "学校!D2", "#DIV/0!")


def test_a_formula_with_an_empty_result_is_blank(tmp_path: Path) -> None:
    grid = [[*SIMPLE[0], "图书册数"], [*SIMPLE[1], '=IF(A9="","",A9)']]
    path = write_xlsx(at(tmp_path), {"学校": grid})
    content = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(content, "w") as target:
        for entry in source.namelist():
            data = source.read(entry)
            if entry == "xl/worksheets/sheet1.xml":  # as Excel stores a text result that is empty
                data = data.replace(b'<c r="E2"><f>', b'<c r="E2" t="str"><f>')
                assert b't="str"' in data
            target.writestr(entry, data)
    path.write_bytes(content.getvalue())
    book = read(path)
    assert book.schools["books"].isna().all()
    assert "formula" not in {f.rule for f in book.findings}


def test_formulas_in_total_rows_do_not_matter(tmp_path: Path) -> None:
    grid = [*SIMPLE, [None, "合计", None, "=SUM(D2:D2)"]]
    assert "formula" not in {f.rule for f in read(write_xlsx(at(tmp_path), {"学校": grid})).findings}


@pytest.mark.parametrize(
    ("value", "number_format", "code"),
    [
        ("0123456789", "@", "0123456789"),
        ("0123456789", "General", "0123456789"),
        (123456789, "0000000000", "0123456789"),
        (2109030001, "0", "2109030001"),
        (2109030001, "General", "2109030001"),
        (2109030001.0, "0.00E+00", "2109030001"),
    ],
)
def test_codes_keep_their_leading_zeros(tmp_path: Path, value: Any, number_format: str, code: str) -> None:
    grid = [SIMPLE[0], [value, *SIMPLE[1][1:]]]
    path = write_xlsx(at(tmp_path), {"学校": grid}, {"学校": Form(formats=(("A2", number_format),))})
    assert read(path).schools["school_code"].tolist() == [code]


def test_numbers_shown_with_zeros_stay_numbers(tmp_path: Path) -> None:
    path = write_xlsx(at(tmp_path), {"学校": SIMPLE}, {"学校": Form(formats=(("D2", "00000"),))})
    assert read(path).schools["pupils_primary"].tolist() == [300]


def test_a_code_that_lost_its_digits_is_refused(tmp_path: Path) -> None:
    book = read(write_csv(at(tmp_path, "2020.csv"), [SIMPLE[0], ["2.10903E+09", *SIMPLE[1][1:]]]))
    error = next(f for f in book.findings if f.rule == "code")
    assert (error.severity, error.where) == (Severity.ERROR, "2020.csv!A2")


def test_hidden_columns_styles_and_comments_do_not_matter(tmp_path: Path) -> None:
    path = write_xlsx(at(tmp_path), {"学校": SIMPLE})
    book = openpyxl.load_workbook(path)
    sheet = book["学校"]
    sheet.column_dimensions["D"].hidden = True
    sheet["D2"].font = openpyxl.styles.Font(bold=True)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = "A1:D2"
    book.save(path)
    assert read(path).schools["pupils_primary"].tolist() == [300]


# ---- files that are not what they say -------------------------------------------------------------------------------


def good_xlsx() -> bytes:
    content = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.title = "学校"
    for row in SIMPLE:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def without(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good_xlsx())) as source, zipfile.ZipFile(content, "w") as target:
        for entry in source.namelist():
            if entry != name:
                target.writestr(entry, source.read(entry))
    return content.getvalue()


def bomb() -> bytes:
    return hostile.packed({**hostile.parts(""), "xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * (201 * 2**20)})


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("2020.xlsx", lambda: b"", "是空的"),
        ("2020.csv", lambda: b"\r\n  \r\n", "是空的"),
        ("2020.xlsx", lambda: good_xlsx()[:2000], "不完整或已损坏"),
        ("2020.xlsx", lambda: b"PK\x03\x04" + b"\0" * 200, "不完整或已损坏"),
        ("2020.xlsx", lambda: without("xl/workbook.xml"), "已损坏"),
        ("2020.xlsx", lambda: csv_bytes(SIMPLE), "改为 .csv"),
        ("2020.xlsx", lambda: "<html>请登录</html>".encode(), "不是 Excel 工作簿"),
        ("2020.csv", good_xlsx, "改为 .xlsx"),
        ("2020.csv", lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "不是文本"),
        ("2020.csv", lambda: csv_bytes(SIMPLE, "utf-16-le"), "不是文本"),
        ("2020.csv", lambda: '学校名称,办学类型\n"甲小学,小学\n'.encode() + b"x" * 200_000, "引号"),
        ("2020.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "打开密码，或是旧版 .xls"),
        ("2020.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为 .xlsx"),
        ("2020.docx", good_xlsx, "只支持 .xlsx 和 .csv"),
        ("2020.xlsx", bomb, "超过上限"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_say_why(tmp_path: Path, name: str, content: Callable[[], bytes], words: str) -> None:
    path = at(tmp_path, name)
    path.write_bytes(content())
    with pytest.raises(DataError) as refused:
        read(path)
    assert words in str(refused.value)
    assert name in str(refused.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="找不到文件"):
        read(tmp_path / "没有.xlsx")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "2020").mkdir()
    with pytest.raises(DataError, match="没有 CSV 文件"):
        read(tmp_path / "2020")


def test_a_workbook_with_nothing_in_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="没有“学校”表"):
        read(write_xlsx(at(tmp_path), {"Sheet1": [[None]]}))


def test_reading_leaves_the_file_alone_and_depends_on_nothing_else(tmp_path: Path) -> None:
    path = write_xlsx(at(tmp_path), {"学校": SIMPLE})
    before = path.read_bytes()
    first, second = read(path), read(path)
    assert path.read_bytes() == before
    assert first.digest == second.digest
    assert first.schools.equals(second.schools)
