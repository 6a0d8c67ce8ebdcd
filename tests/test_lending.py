"""A case that is opened once for two comes out as if it were opened twice."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from county import table, town, write_xlsx
from edukit import case as case_module
from edukit import lending, open_case
from edukit.case import Case
from edukit.errors import DataError

SLUG = "210903-新邱区"


@pytest.fixture(autouse=True)
def nothing_on_loan() -> None:
    with lending.keeping():
        pass


@pytest.fixture
def home(tmp_path: Path) -> Path:
    put(tmp_path, 2019)
    put(tmp_path, 2020)
    return tmp_path


def put(home: Path, year: int, books: int = 9000) -> None:
    rows = town()
    rows[0]["books"] = books
    write_xlsx(home / "data" / "raw" / SLUG / f"{year}.xlsx", {"学校": table(rows)})


def opened(home: Path, scheme: str = "quality-2017", county: str = SLUG) -> Case:
    return open_case(county, 2020, scheme, home)


def kept(home: Path) -> Case:
    with lending.keeping():
        return opened(home)


def test_it_is_lent_once(home: Path) -> None:
    first = kept(home)
    assert opened(home, county="210903") is first
    second = opened(home)
    assert second is not first
    assert second.now.schools.equals(first.now.schools)
    assert second.book.digest == first.book.digest


def test_nothing_is_lent_that_was_not_kept(home: Path) -> None:
    assert opened(home) is not opened(home)


def test_each_of_several_is_lent(home: Path) -> None:
    with lending.keeping():
        strict, basic = opened(home), opened(home, "basic-2012")
        assert opened(home) is not strict, "not within the block"
    assert opened(home, "basic-2012") is basic
    assert opened(home) is strict


@pytest.mark.parametrize("year", [2020, 2019])
def test_another_file_is_read(home: Path, year: int) -> None:
    first = kept(home)
    put(home, year, books=9001)
    assert opened(home) is not first


def test_a_year_before_that_has_come_or_gone_counts(home: Path) -> None:
    first = kept(home)
    (home / "data" / "raw" / SLUG / "2019.xlsx").unlink()
    assert opened(home) is not first
    alone = kept(home)
    put(home, 2019)
    assert opened(home) is not alone


def test_another_scheme_judges_anew(home: Path) -> None:
    first = kept(home)
    other = opened(home, "basic-2012")
    assert (other is first, other.scheme.id) == (False, "basic-2012")
    assert opened(home) is first, "it is still there"


@pytest.mark.parametrize("name", ["assess", "read"])
def test_a_program_in_which_something_was_replaced_makes_its_own(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kept(home)
    before = getattr(case_module, name)
    monkeypatch.setattr(case_module, name, lambda *given, **more: before(*given, **more))
    assert opened(home) is not first


def test_a_method_that_was_replaced_counts_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept(home)
    monkeypatch.setattr(Case, "county", "别处")
    assert opened(home) is not first


@pytest.mark.filterwarnings("default")
def test_what_gave_a_warning_is_not_lent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = case_module.read

    def warn(path: Path) -> object:
        warnings.warn("注意", UserWarning, stacklevel=1)
        return before(path)

    monkeypatch.setattr(case_module, "read", warn)
    first = kept(home)
    with pytest.warns(UserWarning, match="注意"):
        assert opened(home) is not first


def test_what_is_wrong_with_a_file_is_said_as_ever(home: Path) -> None:
    path = home / "data" / "raw" / SLUG / "2020.xlsx"
    kept(home)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="是空的"):
        opened(home)
    with pytest.raises(DataError, match="是空的"), lending.keeping():
        opened(home)
    with pytest.raises(DataError, match="是空的"):
        opened(home)
