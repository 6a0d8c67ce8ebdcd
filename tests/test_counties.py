"""Where data lie: whatever looks like a county's data and is not read is named, never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from county import table, town, write_xlsx
from edukit import processed
from edukit.city import open_city
from edukit.cli import main
from edukit.counties import HOME_VARIABLE, find_county, find_year
from edukit.errors import CallError
from test_batch import notebook

SEEN = ["2019.xlsx", "２０１８.xlsx", "2017/学校.csv"]
UNSEEN = ["2020年.xlsx", "2021.xls", "2022 (1).xlsx", "某县2023学年.xlsm", "2024年/学校.csv", "终稿2025.et"]
NEITHER = [
    "2019 副本.xlsx",
    "~$2020.xlsx",
    ".2020.xlsx",
    "columns.yaml",
    "2020.columns.yaml",
    "读我.txt",
    "210903.xlsx",
]


def put(root: Path, slug: str, *names: str) -> None:
    for name in names or ("2020.xlsx",):
        write_xlsx(root / "data" / "raw" / slug / name, {"学校": table(town())})


def test_files_that_are_named_otherwise_are_told(tmp_path: Path) -> None:
    put(tmp_path, "210903-新邱区", *SEEN, *UNSEEN, *NEITHER)
    county = find_county("210903", tmp_path)
    assert list(county.years()) == [2017, 2018, 2019]
    assert county.misnamed() == sorted(name.partition("/")[0] for name in UNSEEN)


def test_who_asks_for_a_year_that_is_named_otherwise_is_told_how_to_name_it(tmp_path: Path) -> None:
    put(tmp_path, "210903-新邱区", "2020年.xlsx", "2019年.xlsx")
    with pytest.raises(CallError, match=r"文件夹中的 2020年\.xlsx 没有读取：应命名为 2020\.xlsx"):
        find_year(find_county("210903", tmp_path), 2020)


def test_a_batch_says_what_it_passes_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))  # the command sets it; so it is put back
    put(tmp_path, "210903-新邱区")
    put(tmp_path, "210904-太平区", "2020年.xlsx")
    notebook(tmp_path)
    assert main(["batch", "--why", "--notebook", "small", "--home", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == "210903-新邱区 2020 small：没有生成过"
    assert "太平区" not in told.out
    assert "没有读取 210904-太平区/2020年.xlsx" in told.err


def test_two_folders_of_one_code_are_told_apart_by_their_names(tmp_path: Path) -> None:
    put(tmp_path, "210903-新邱区")
    put(tmp_path, "210903-新邱")
    with pytest.raises(CallError, match="请写文件夹的全名"):
        find_county("210903", tmp_path)
    assert find_county("210903-新邱", tmp_path).name == "新邱"


def test_no_county_counts_twice_or_in_place_of_another(tmp_path: Path) -> None:
    """For the nation the second would have overwritten the first, in a city it would have counted beside it."""
    put(tmp_path, "210903-新邱")
    put(tmp_path, "210903-新邱区")
    done = processed.refresh(tmp_path)
    assert done.written == ("210903-新邱/2020",)
    assert done.failed == (("210903-新邱区/2020", "行政区划代码与 210903-新邱 相同，没有计入"),)
    assert processed.refresh(tmp_path).written == ()
    city = open_city("210900-阜新市", 2020, "quality-2017", tmp_path)
    assert [case.book.path.parent.name for case in city.cases] == ["210903-新邱"]
    assert city.failed == (("210903-新邱区", "行政区划代码与 210903-新邱 相同，没有计入"),)
