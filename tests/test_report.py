"""The whole line: a county's data in, one sound page out; and what stays as it was when something is wrong."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag

import county as made
from edukit.errors import CallError, DataError, RunError
from edukit.export.ledger import read_ledger, write_ledger
from edukit.render import check_html
from reports import COUNTIES, home, make, report

EXAMPLE = "210903"
REAL = {"Butte": (1998, "basic-2012"), "Kern": (1998, "basic-2012"), "常総市": (2011, "basic-2012")}


def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def chapter(soup: BeautifulSoup, title: str) -> str:
    """The text from a chapter's heading to the next chapter."""
    heading = next(h for h in soup.find_all("h2") if title in h.get_text())
    words = []
    for part in heading.find_all_next():
        if part.name == "h2":
            break
        if part.name in ("p", "li"):
            words.append(part.get_text())
    return "\n".join(words)


@pytest.mark.parametrize(
    ("county", "scheme"),
    [
        *((county, "quality-2017") for county in (EXAMPLE, *COUNTIES)),
        (EXAMPLE, "basic-2012"),
        ("空白列县", "basic-2012"),
    ],
)
def test_every_county_gets_a_sound_page(county: str, scheme: str) -> None:
    path = report(county, 2020, scheme)
    assert check_html(path.read_text(encoding="utf-8")) == []
    for picture in page(path).find_all("svg", role="img"):
        assert len(str(picture["aria-label"])) > 10
    assert "nan" not in page(path).main.get_text().lower()  # type: ignore[union-attr]


def test_the_example_says_what_the_bureau_found() -> None:
    soup = page(report(EXAMPLE))
    verdict = soup.find("div", class_="verdict")
    assert isinstance(verdict, Tag)
    assert "新邱区2020年未达到优质均衡评估要求" in verdict.get_text()
    assert "构造的示例数据" in soup.find("header", class_="cover").get_text()  # type: ignore[union-attr]
    assert "353㎡" in chapter(soup, "六、缺口")
    assert len(soup.find_all("figure")) >= 8


def test_the_files_of_a_report() -> None:
    folder = report(EXAMPLE).parent
    assert folder.name == "210903-新邱区"
    assert folder.parent.name == "2020"
    assert sorted(path.name for path in folder.iterdir()) == [
        "assessment.json",
        "balance.html",
        "balance.ipynb",
        "declaration.xlsx",
        "dossier.xlsx",
        "ledger.xlsx",
    ]
    document = json.loads((folder / "assessment.json").read_text(encoding="utf-8"))
    assert (document["county"]["code"], document["scheme"], document["verdict"]) == (
        "210903",
        "quality-2017",
        "not_met",
    )
    executed = nbformat.read(folder / "balance.ipynb", as_version=4)
    assert all(cell.execution_count for cell in executed.cells if cell.cell_type == "code")


def test_the_text_adapts() -> None:
    passed = page(report("全部达标县")).main.get_text()  # type: ignore[union-attr]
    assert "达到优质均衡资源配置要求" in passed
    assert "没有发现问题" in passed
    assert "没有低于标准的指标，无缺口" in passed
    assert "差异系数恒为0" in page(report("一所学校县")).main.get_text()  # type: ignore[union-attr]
    no_junior = page(report("没有初中县")).main  # type: ignore[union-attr]
    assert "初中（" not in chapter(page(report("没有初中县")), "五、校际差异系数")
    assert no_junior is not None
    blank = page(report("空白列县"))
    assert "数据不全，尚不能判定" in blank.find("div", class_="verdict").get_text()  # type: ignore[union-attr]
    assert "整列空白" in blank.main.get_text()  # type: ignore[union-attr]


@pytest.mark.parametrize("county", REAL)
def test_real_counties_say_what_cannot_be_judged(county: str) -> None:
    year, scheme = REAL[county]
    path = report(county, year, scheme, real=True)
    assert check_html(path.read_text(encoding="utf-8")) == []
    text = page(path).main.get_text()  # type: ignore[union-attr]
    assert "数据不全，尚不能判定" in text
    assert "“图书册数”整列空白或缺少这一列，图书（B5）无法判定" in text
    document = json.loads((path.parent / "assessment.json").read_text(encoding="utf-8"))
    given = {
        row["indicator"]: float(row["weighted_cv"])
        for row in made.oracle()
        if row["group"] == county and row["indicator"] in ("teachers_per_student", "computers_per_100_students")
    }
    ours = {row["indicator"]: row["cv"] for row in document["balance"]}
    assert ours["B6"] == pytest.approx(given["teachers_per_student"], rel=1e-12)
    if "computers_per_100_students" in given:
        assert ours["B4"] == pytest.approx(given["computers_per_100_students"], rel=1e-12)


def test_the_same_input_gives_the_same_bytes() -> None:
    path = report("没有初中县")
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    again = make(home(), "没有初中县")
    assert {file.name: file.read_bytes() for file in again.parent.iterdir()} == before


def test_nothing_of_this_machine_is_in_a_report() -> None:
    for file in report(EXAMPLE).parent.iterdir():
        if file.suffix == ".xlsx":
            with zipfile.ZipFile(file) as package:
                text = "".join(package.read(name).decode() for name in package.namelist())
        else:
            text = file.read_text(encoding="utf-8")
        for trace in (str(home()), str(Path.home()), str(Path(made.__file__).parent)):
            assert trace not in text, (file.name, trace)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one good county and its report from before."""
    shutil.copytree(home() / "notebooks", tmp_path / "notebooks")
    made.write_xlsx(tmp_path / "data" / "raw" / "990009-某县" / "2020.xlsx", {"学校": made.table(made.town())})
    folder = tmp_path / "reports" / "2020" / "990009-某县"
    folder.mkdir(parents=True)
    (folder / "balance.html").write_text("去年的报告", encoding="utf-8")
    return tmp_path


def files(project: Path) -> dict[str, bytes]:
    return {str(p.relative_to(project)): p.read_bytes() for p in (project / "reports").rglob("*") if p.is_file()}


def test_bad_data_change_nothing(project: Path) -> None:
    before = files(project)
    rows = [*made.town(), made.primary("错校", 300, backbone_teachers_primary=999)]
    made.write_xlsx(project / "data" / "raw" / "990009-某县" / "2020.xlsx", {"学校": made.table(rows)})
    with pytest.raises(DataError) as refused:
        make(project, "990009")
    assert any("错校" in finding.problem and "!" in finding.where for finding in refused.value.findings)
    assert files(project) == before


def with_weak_school(project: Path, year: int, backbone: int) -> None:
    rows = [*made.town(), made.primary("河西小学", 300, backbone_teachers_primary=backbone)]
    made.write_xlsx(project / "data" / "raw" / "990009-某县" / f"{year}.xlsx", {"学校": made.table(rows)})


def ledger_of(project: Path, year: int) -> Path:
    return project / "reports" / str(year) / "990009-某县" / "ledger.xlsx"


def weak(project: Path, year: int) -> dict[str, object]:
    frame = read_ledger(ledger_of(project, year))
    rows = frame[frame["key"].str.endswith("|河西小学|primary|Q2|threshold")]
    assert len(rows) == 1
    return dict(rows.iloc[0])


@pytest.mark.slow
def test_the_ledger_goes_on_from_year_to_year(project: Path) -> None:
    with_weak_school(project, 2020, backbone=1)
    make(project, "990009")
    assert weak(project, 2020)["status"] == "未销号"
    frame = read_ledger(ledger_of(project, 2020))
    entry = frame["key"].str.endswith("|河西小学|primary|Q2|threshold")
    frame.loc[entry, ["person", "evidence"]] = ["张某", "区教育局评审文件"]
    ledger_of(project, 2020).write_bytes(write_ledger(frame, title="某县问题台账"))
    # an edited ledger of the same year is gone on with, and so is that of the year before
    make(project, "990009")
    assert (weak(project, 2020)["status"], weak(project, 2020)["person"]) == ("未销号", "张某")
    before = ledger_of(project, 2020).read_bytes()
    with_weak_school(project, 2021, backbone=3)
    make(project, "990009", 2021)
    closed = weak(project, 2021)
    assert (closed["status"], closed["closed_on"], closed["person"]) == ("已销号", "2021年", "张某")
    assert ledger_of(project, 2020).read_bytes() == before


def test_a_monitoring_report_is_sound_and_the_same_twice(project: Path) -> None:
    with_weak_school(project, 2018, backbone=3)
    with_weak_school(project, 2019, backbone=3)
    with_weak_school(project, 2020, backbone=1)
    path = make(project, "990009", notebook="monitoring")
    html = path.read_text(encoding="utf-8")
    assert check_html(html) == []
    soup = page(path)
    assert soup.title is not None
    assert soup.title.get_text() == soup.h1.get_text() == "某县2020年优质均衡监测复查报告"  # type: ignore[union-attr]
    assert "河西小学（小学）：2019年7项达标，2020年6项达标" in chapter(soup, "二、反弹")
    assert "新登记" in chapter(soup, "五、问题台账")
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert "declaration.xlsx" in before
    # the second run finds the ledger that the first one wrote, and says the same
    make(project, "990009", notebook="monitoring")
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


@pytest.mark.parametrize("year", [2020, 2019])
def test_a_ledger_that_cannot_be_read_stops_the_report(project: Path, year: int) -> None:
    ledger_of(project, year).parent.mkdir(parents=True, exist_ok=True)
    ledger_of(project, year).write_bytes(b"PK broken")
    before = files(project)
    with pytest.raises(DataError, match=r"ledger\.xlsx"):
        make(project, "990009")
    assert files(project) == before


def test_excels_lock_file_is_no_ledger(project: Path) -> None:
    lock = ledger_of(project, 2020).with_name("~$ledger.xlsx")
    lock.write_bytes(b"somebody")
    make(project, "990009")
    assert lock.read_bytes() == b"somebody"
    assert len(read_ledger(ledger_of(project, 2020)))


def test_a_failing_notebook_leaves_the_old_report(project: Path) -> None:
    notebook = nbformat.read(project / "notebooks" / "balance.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("1 / 0", id="broken"))
    nbformat.write(notebook, project / "notebooks" / "balance.ipynb")
    with pytest.raises(RunError, match="ZeroDivisionError"):
        make(project, "990009")
    after = files(project)
    assert after.pop("reports/2020/990009-某县/balance.failed.ipynb")
    assert after == {"reports/2020/990009-某县/balance.html": "去年的报告".encode()}


def test_a_wrong_call_runs_nothing(project: Path) -> None:
    before = files(project)
    for county, year, scheme, notebook in (
        ("990008", 2020, "quality-2017", "balance"),
        ("990009", 2031, "quality-2017", "balance"),
        ("990009", 2020, "quality-2071", "balance"),
        ("990009", 2020, "quality-2017", "balanse"),
    ):
        with pytest.raises(CallError):
            make(project, county, year, scheme, notebook)
    assert files(project) == before
