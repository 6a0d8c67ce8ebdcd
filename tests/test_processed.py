"""data/processed: what national tables are made from, up to date and never half."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import county as made
from edukit import processed
from edukit.errors import CallError, DataError
from edukit.nation import judge
from edukit.schemes import load_scheme
from edukit.workbook import read


def put(root: Path, slug: str, year: int, rows: list[made.Row]) -> Path:
    """A county's workbook in data/raw."""
    return made.write_xlsx(root / "data" / "raw" / slug / f"{year}.xlsx", {"学校": made.table(rows)})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    put(tmp_path, "110101-甲区", 2020, made.town())
    put(tmp_path, "110101-甲区", 2019, made.town()[:3])
    put(tmp_path, "450802-乙区", 2020, [made.primary("小学", 300, computers=None), made.junior()])
    return tmp_path


def test_what_is_read_back_is_what_the_workbook_says(project: Path) -> None:
    book = read(project / "data" / "raw" / "450802-乙区" / "2020.xlsx")
    path = processed.write(book, project)
    assert path == project / "data" / "processed" / "schools" / "year=2020" / "450802.parquet"
    found = processed.read(project)
    assert list(found["code"].astype(str)) == ["450802"] * 2
    assert set(found["year"]) == {2020}
    assert found["computers"].isna().tolist() == [True, False]
    plain = found[list(book.schools.columns)].astype({n: "str" for n in book.schools if found[n].dtype == "category"})
    pd.testing.assert_frame_equal(
        plain, book.schools.reset_index(drop=True), check_dtype=False, check_column_type=False
    )


def test_same_workbook_same_bytes(project: Path) -> None:
    book = read(project / "data" / "raw" / "110101-甲区" / "2020.xlsx")
    assert processed.content(book) == processed.content(book)
    first = processed.write(book, project).read_bytes()
    assert processed.write(book, project).read_bytes() == first
    assert [p.name for p in (project / "data/processed/schools/year=2020").iterdir()] == ["110101.parquet"]


def test_only_what_changed_is_written(project: Path) -> None:
    first = processed.refresh(project)
    assert (len(first.written), first.skipped, first.failed) == (3, (), ())
    again = processed.refresh(project)
    assert (again.written, len(again.skipped)) == ((), 3)
    put(project, "110101-甲区", 2019, made.town()[:2])
    third = processed.refresh(project)
    assert (third.written, len(third.skipped)) == (("110101-甲区/2019",), 2)
    assert len(processed.read(project, years={2019})) == 2


def test_a_county_with_errors_is_named_and_its_old_numbers_go(project: Path) -> None:
    processed.refresh(project)
    put(project, "450802-乙区", 2020, [made.primary("小学", 300, pupils_primary=-5)])
    done = processed.refresh(project)
    ((name, reason),) = done.failed
    assert name == "450802-乙区/2020"
    assert "处错误" in reason and "学校!" in reason
    assert done.removed == ("2020/450802",)
    assert set(processed.read(project)["code"]) == {"110101"}


def test_a_workbook_that_is_gone_is_no_longer_counted(project: Path) -> None:
    processed.refresh(project)
    (project / "data" / "raw" / "110101-甲区" / "2019.xlsx").unlink()
    assert processed.refresh(project).removed == ("2019/110101",)


def test_a_broken_file_is_made_anew(project: Path) -> None:
    processed.refresh(project)
    processed.place(project, "450802", 2020).write_bytes(b"half")
    assert processed.refresh(project).written == ("450802-乙区/2020",)


def test_years_and_provinces_are_selected(project: Path) -> None:
    processed.refresh(project)
    assert set(processed.read(project, years=[2020])["code"]) == {"110101", "450802"}
    assert set(processed.read(project, codes=["45"])["code"]) == {"450802"}
    with pytest.raises(CallError, match="2018年"):
        processed.read(project, years=[2018])


def test_without_a_code_there_is_no_place_for_it(tmp_path: Path) -> None:
    path = made.write_xlsx(tmp_path / "甲县" / "2020.xlsx", {"学校": made.table(made.town())})
    with pytest.raises(DataError, match="行政区划代码"):
        processed.write(read(path), tmp_path)


def test_the_nation_is_judged_from_it(project: Path) -> None:
    processed.refresh(project)
    found = judge(processed.read(project), load_scheme("quality-2017"))
    assert found.counties.set_index(["code", "year"])["verdict"]["110101", 2020] == "met"
