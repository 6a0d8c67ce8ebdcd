"""Data that nobody here made: 45 counties of California and Joso in Japan, from raw file to coefficient.

Each file is read as it came, through the ``columns.yaml`` beside it; the coefficients must equal what an independent
library computed (tests/cases/oracle_given.csv).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from county import GIVEN, Row, balance, case, from_json, judge, lay_out_real_counties, oracle, saved
from edukit import documents
from edukit.assess import Assessment
from edukit.checks import check
from edukit.counties import all_counties, find_county
from edukit.findings import Finding, errors
from edukit.verdict import Verdict
from edukit.workbook import Workbook, read

NATIONAL = {"teachers_per_student": "B6", "computers_per_100_students": "B4"}


@pytest.fixture(scope="module")
def real_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder whose data/raw holds the real counties."""
    root = tmp_path_factory.mktemp("real")
    lay_out_real_counties(root)
    return root


@pytest.fixture(scope="module")
def books(real_root: Path) -> dict[str, Workbook]:
    """Every county, read."""
    return {county.name: read(path) for county in all_counties(real_root) for path in county.years().values()}


@pytest.fixture(scope="module")
def given(books: dict[str, Workbook]) -> dict[str, Assessment]:
    """The counties with an oracle, judged by the scheme for their columns."""
    return {group: judge(books[group].schools, GIVEN) for group in {line["group"] for line in oracle()} & books.keys()}


def test_all_counties_are_found(real_root: Path) -> None:
    counties = all_counties(real_root)
    assert len(counties) == 46
    assert sum(1998 in county.years() for county in counties) == 45
    assert find_county("Kern", real_root).years()[1998].name == "1998.csv"
    assert find_county("082112", real_root).name == "常総市"


def test_every_district_is_read_unchanged(books: dict[str, Workbook]) -> None:
    lines = case("c12_caschool_districts")
    assert sum(len(book.schools) for name, book in books.items() if name != "常総市") == len(lines) == 420
    for line in lines:
        schools = books[line["county"]].schools.set_index("school_code")
        own = schools.loc[line["district_code"]]
        assert own["school_name"] == " ".join(line["district"].split())
        for field, column in (
            ("pupils_primary", "students"),
            ("teachers_primary", "teachers"),
            ("computers", "computers"),
        ):
            assert own[field] == float(line[column])
        spent = float(line["students"]) * float(line["expenditure_per_student"]) / 10000
        assert own["funds_final"] == pytest.approx(spent, rel=1e-14)


def test_no_real_county_is_refused(books: dict[str, Workbook]) -> None:
    found: dict[str, list[Finding]] = {name: errors(check(book)) for name, book in books.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


@pytest.mark.parametrize(
    "line",
    [line for line in oracle() if line["case"] != "C01"],
    ids=lambda line: f"{line['group']}-{line['indicator']}",
)
def test_every_coefficient_equals_the_independent_one(given: dict[str, Assessment], line: dict[str, str]) -> None:
    row = balance(given[line["group"]], line["indicator"])
    assert (row["n_units"], row["pupils"]) == (int(line["n_units"]), float(line["students"]))
    for ours, theirs in (("mean", "weighted_mean"), ("sd", "weighted_sd"), ("cv", "weighted_cv")):
        assert row[ours] == pytest.approx(float(line[theirs]), rel=1e-12), theirs


def test_the_national_scheme_gives_the_same_coefficients(books: dict[str, Workbook]) -> None:
    national = {name: judge(book.schools, "basic-2012") for name, book in books.items()}
    lines = [line for line in oracle() if line["indicator"] in NATIONAL and line["case"] != "C01"]
    assert len(lines) == 69
    for line in lines:
        own = balance(national[line["group"]], NATIONAL[line["indicator"]])
        assert own["cv"] == pytest.approx(float(line["weighted_cv"]), rel=1e-12), line["group"]


@pytest.mark.parametrize("scheme", ["basic-2012", "quality-2017"])
@pytest.mark.parametrize("county", ["Kern", "Alameda", "常総市"])
def test_what_cannot_be_judged_is_said(books: dict[str, Workbook], county: str, scheme: str) -> None:
    book = books[county]
    result = judge(book.schools, scheme, findings=check(book), locate=book.where)
    assert result.verdict is Verdict.UNDETERMINED
    unknown = {f.field: f for f in result.findings if f.rule == "unknown-value"}
    assert "higher_degree_teachers_primary" in unknown
    assert "pupils_primary" not in unknown
    assert len(result.findings) < 20  # a blank column is one finding, not one for each district
    document = from_json(documents.as_json(documents.assessment(result)))
    assert len(document["schools"]) == len(book.schools)


def test_one_district_alone_has_no_inequality(books: dict[str, Workbook]) -> None:
    alone = books["Alameda"]
    assert len(alone.schools) == 1
    assert balance(judge(alone.schools, "basic-2012"), "B6")["cv"] == 0


def test_joso_adds_up_as_printed(books: dict[str, Workbook]) -> None:
    printed = next(line for line in case("c07_joso_published_totals") if line["year"] == "2011")
    schools = books["常総市"].schools
    for field, column in (
        ("pupils_primary", "students"),
        ("classes_primary", "classes"),
        ("teachers_primary", "teachers"),
    ):
        assert schools[field].sum() == int(printed[column])


def test_the_worked_example_from_a_workbook(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"学校": line["school"], "pupils": int(line["students"]), "books": int(line["books"])}
        for line in case("c01_books_example_schools")
    ]
    given = [
        {"school_name": row["学校"], "school_type": "小学", "pupils_primary": row["pupils"], "books": row["books"]}
        for row in rows
    ]
    line = next(line for line in oracle() if line["case"] == "C01")
    own = balance(judge(read(saved(tmp_path, given)).schools, GIVEN), "books_per_student")
    assert own["cv"] == pytest.approx(float(line["weighted_cv"]), rel=1e-12)


def test_where_the_numbers_came_from_is_told(books: dict[str, Workbook]) -> None:
    assert "California Department of Education" in books["Kern"].notes[0]
    assert books["Kern"].where(2, "teachers_primary") == "1998.csv!F2"
    assert books["常総市"].where(2, "pupils_primary") == "2011.csv!D2+2011.csv!E2"
