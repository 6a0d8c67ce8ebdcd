"""The generated nation: plausible, marked as generated, the same each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from edukit import dictionary
from edukit.checks import check
from edukit.findings import errors
from edukit.workbook import read
from examples import generated


def workbooks(folder: Path) -> list[Path]:
    """Two counties and two years as workbooks."""
    assert generated.write_workbooks(generated.nation(2, [2019, 2020], schools=12, seed=5), folder) == 4
    return sorted(folder.glob("*/*.xlsx"))


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    first, second = (workbooks(tmp_path / name) for name in ("a", "b"))
    assert [path.relative_to(tmp_path / "a") for path in first] == [p.relative_to(tmp_path / "b") for p in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    other = generated.nation(2, [2020], schools=12, seed=6)
    assert not other.equals(generated.nation(2, [2020], schools=12, seed=5))


def test_checks_find_no_error_and_nobody_takes_it_for_real(tmp_path: Path) -> None:
    for path in workbooks(tmp_path):
        book = read(path)
        assert errors(check(book)) == []
        assert book.schools["school_name"].str.startswith(generated.MARK).all()
        assert generated.MARK in book.county
        assert 9000 <= int(book.code[2:]) <= 9999
        assert any("生成数据" in note for note in book.notes)


@pytest.mark.parametrize("seed", range(5))
def test_no_seed_gives_errors(tmp_path: Path, seed: int) -> None:
    generated.write_workbooks(generated.nation(1, [2018, 2020], schools=40, seed=seed), tmp_path)
    for path in sorted(tmp_path.glob("*/*.xlsx")):
        assert [finding.message for finding in errors(check(read(path)))] == []


def test_no_number_of_a_large_nation_is_an_error() -> None:
    """A school in ten thousand may be the one that is too large."""
    frame = generated.nation(600, [2020])
    for name in frame.select_dtypes("number"):
        least, most = dictionary.load().field(str(name)).hard if name != "year" else (None, None)
        assert least is None or frame[name].min() >= least, name
        assert most is None or frame[name].max() <= most, name


def test_some_cells_are_blank_and_counties_differ() -> None:
    frame = generated.nation(40, [2020], schools=30)
    share = frame.loc[frame["school_type"] == "小学", "computers"].isna().mean()
    assert 0 < share < 0.02
    assert frame["code"].nunique() == 40
    assert frame.groupby("code").size().std() > 3
    assert frame["code"].str[:2].nunique() == len(generated.PROVINCES)


def test_classes_are_as_schools_have_them() -> None:
    """A class for each grade where a village school is small, larger ones in towns, few too large, none impossible."""
    frame = generated.nation(100, [2020, 2023])
    then = frame[frame["year"] == 2020]
    small = then[(then["school_type"] == "小学") & then["pupils_primary"].between(40, 120)]
    assert len(small) > 100
    assert (small["classes_primary"] >= 6).all()
    points = then[then["school_type"] == "小学教学点"]
    assert points["classes_primary"].between(1, 6).mean() > 0.9
    per_class = {}
    for stage, low, high in (("primary", 34, 40), ("junior", 40, 48)):
        pupils, classes, largest = (then[f"{name}_{stage}"] for name in ("pupils", "classes", "max_class"))
        there = pupils.notna()
        assert low < pupils.sum() / classes.sum() < high
        assert (largest * classes >= pupils)[there].all()
        assert (largest <= pupils)[there].all()
        assert 0.005 < (largest[there] > 55).mean() < 0.06
        by_place = then.groupby("urban_type")
        per_class[stage] = by_place[f"pupils_{stage}"].sum() / by_place[f"classes_{stage}"].sum()
        assert per_class[stage]["城区"] > per_class[stage]["乡村"] + 4
    pupils = frame.groupby(["urban_type", "year"])["pupils_primary"].sum().unstack()
    assert pupils.loc["城区", 2023] > 1.02 * pupils.loc["城区", 2020]
    assert pupils.loc["乡村", 2023] < 0.95 * pupils.loc["乡村", 2020]


def test_command(tmp_path: Path, root: Path) -> None:
    out = tmp_path / "nation.parquet"
    arguments = [str(out), "--counties", "3", "--years", "2018-2020", "--schools", "8"]
    done = subprocess.run(
        [sys.executable, "-m", "examples.generated", *arguments], cwd=root, capture_output=True, text=True, check=True
    )
    assert "生成数据" in done.stdout
    assert sorted(pd.read_parquet(out)["year"].unique()) == [2018, 2019, 2020]
