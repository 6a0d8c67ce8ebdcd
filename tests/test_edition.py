"""A workbook of an earlier template is read like any other, and says what the template has got since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from county import found, opened, table, town, write_xlsx
from edukit.dictionary import load
from edukit.findings import Severity
from edukit.workbook import Workbook, read
from edukit.workbook.edition import GUIDE, MARK, TITLE
from edukit.workbook.template import write_template

NOW = load().version


def of_version(folder: Path, version: int, mark: Any = None) -> Workbook:
    """A template with the sheets and columns of an earlier version, with one school filled in, read."""
    target = folder / "210903-新邱区" / "2020.xlsx"
    target.parent.mkdir()
    write_template(target, county="210903-新邱区", year=2020)
    book = openpyxl.load_workbook(target)
    for spec in load().sheets:
        if spec.since > version:
            del book[spec.name]
            continue
        for column, field in reversed(list(enumerate(load().columns(spec.name), start=1))):
            if field.since > version:
                book[spec.name].delete_cols(column)
    names = [cell.value for cell in book["学校"][2]]
    for row, school in enumerate(town(), start=5):
        for header, value in zip(*table([school]), strict=True):
            book["学校"].cell(row, names.index(header) + 1, value)
    for row in book[GUIDE].iter_rows():
        if row[1].value == MARK:
            row[2].value = version if mark is None else mark
    book.save(target)
    return read(target)


def test_a_new_template_bears_its_version_and_has_nothing_to_tell(tmp_path: Path) -> None:
    book = of_version(tmp_path, NOW, mark=str(NOW))
    assert book.edition is not None
    assert book.edition.version == NOW
    assert found(book, "older-template") == found(book, "newer-template") == []


@pytest.mark.parametrize("version", range(1, NOW))
def test_an_earlier_template_says_what_is_new(tmp_path: Path, version: int) -> None:
    book = of_version(tmp_path, version)
    assert len(book.schools) == len(town())
    (told,) = found(book, "older-template")
    assert told.severity is Severity.INFO
    assert told.where.startswith(f"{GUIDE}!C")
    assert f"应为：第{NOW}版；实为：第{version}版" in told.message
    for field in load().fields:
        sheet = load().sheet(field.sheet)
        assert sheet is not None
        named = f"“{field.sheet}”" in told.problem if sheet.since > version else field.header in told.problem
        if field.since > version:
            assert named, field.header
    for header in ("教学及辅助用房面积", "“经费”表2", "“学校”"):
        assert header not in told.problem


def test_what_was_added_by_hand_is_not_new(tmp_path: Path) -> None:
    grades = [field.name for field in load().added(after=3)]
    rows = [row | dict.fromkeys(grades) for row in town()]
    guide = [[None, f"新邱区{TITLE}"], [None, MARK, 3]]
    path = write_xlsx(tmp_path / "2020.xlsx", {GUIDE: guide, "学校": table(rows)})
    assert found(read(path), "older-template") == []


@pytest.mark.parametrize("mark", ["", "最新", "0", -1, 10**30, 3.5, True, "１０００００"])
def test_a_template_with_an_unreadable_mark_counts_as_the_oldest(tmp_path: Path, mark: Any) -> None:
    (told,) = found(of_version(tmp_path, 3, mark), "older-template")
    assert told.where == GUIDE
    assert "没有版本标记" in told.found
    assert "小学一年级在校生数" in told.problem
    assert "问卷" not in told.problem  # the workbook has it


def test_a_template_of_a_later_edukit_is_told(tmp_path: Path) -> None:
    (told,) = found(of_version(tmp_path, NOW, NOW + 1), "newer-template")
    assert told.severity is Severity.WARNING
    assert "升级 edukit" in told.action


def test_what_is_no_template_has_no_version(tmp_path: Path) -> None:
    assert opened(tmp_path, town()).edition is None
    guide = [["本表由教育局统计", None], ["填报说明", 3]]
    book = read(write_xlsx(tmp_path / "2020.xlsx", {GUIDE: guide, "学校": table(town())}))
    assert book.edition is None
    assert found(book, "older-template") == []


def test_versions_are_counted_without_a_gap() -> None:
    """Whoever adds a column raises the version of the dictionary; each version added something."""
    added = {field.since for field in load().fields} | {sheet.since for sheet in load().sheets}
    assert added == set(range(1, NOW + 1))
    age = {sheet.name: sheet.since for sheet in load().sheets}
    assert [field.name for field in load().fields if field.since < age[field.sheet]] == []


def test_the_guide_tells_what_each_version_added(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    rows = openpyxl.load_workbook(tmp_path / "t.xlsx")[GUIDE].iter_rows(values_only=True)
    told = {str(row[1]): str(row[2]) for row in rows}
    assert told[MARK] == str(NOW)
    assert told["第4版新增"].startswith("“学校补充”表10列：小学一年级在校生数、")
    assert told["第2版新增"] == "工作表“问卷”、“核查结论”"
