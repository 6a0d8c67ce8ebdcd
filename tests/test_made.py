"""What makes a report out of date: every file that its content depends on, and nothing that cannot alter it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import openpyxl
import pytest

from county import csv_bytes, primary, table, town
from edukit.batch import Task, from_data, run_batch
from edukit.batch.made import LIBRARIES, fingerprint
from edukit.batch.making import Limits
from edukit.batch.order import order
from edukit.counties import find_city
from edukit.subjects import Subject
from test_batch import COUNTIES, go, home, notebook, put, statuses  # noqa: F401 - home is a fixture

FIRST, SECOND, THIRD = COUNTIES
MAPPING = """fields:
  school_name: 学校名称
  school_type: 办学类型
  pupils_primary: 小学在校生数
  pupils_junior: 初中在校生数
"""


def task(home: Path, wanted: str = FIRST, **more: object) -> Task:  # noqa: F811
    chosen = {"notebook": "small", "scheme": "quality-2017", "codes": [wanted], "year": 2020} | more
    (only,) = from_data(home, **chosen)  # type: ignore[arg-type]
    return only


def differing(home: Path, before: dict[str, str], wanted: str = FIRST) -> set[str]:  # noqa: F811
    now = fingerprint(task(home, wanted), home)
    return {part for part in now if now[part] != before[part]}


def as_folder(home: Path, slug: str = FIRST) -> Path:  # noqa: F811
    """The county's data of 2020 as a folder of CSV files."""
    (home / "data" / "raw" / slug / "2020.xlsx").unlink()
    folder = home / "data" / "raw" / slug / "2020"
    folder.mkdir()
    (folder / "学校.csv").write_bytes(csv_bytes(table(town())))
    return folder


@pytest.mark.parametrize("kind", ["workbook", "folder"])
@pytest.mark.parametrize("where", ["{slug}/2020.columns.yaml", "{slug}/columns.yaml", "columns.yaml",
                                   "{slug}/2020/columns.yaml"])  # fmt: skip
def test_every_mapping_that_the_reader_uses_is_watched(home: Path, kind: str, where: str) -> None:  # noqa: F811
    if kind == "folder":
        as_folder(home)
    elif where.endswith("2020/columns.yaml"):
        pytest.skip("a workbook is no folder")
    mapping = home / "data" / "raw" / where.format(slug=FIRST)
    none = fingerprint(task(home), home)
    mapping.write_text(MAPPING, encoding="utf-8")
    assert differing(home, none) == {"data"}
    one = fingerprint(task(home), home)
    mapping.write_text(MAPPING + "  books: 图书册数\n", encoding="utf-8")
    assert differing(home, one) == {"data"}
    mapping.unlink()
    assert differing(home, none) == set()


def test_a_mapping_that_another_one_hides_is_not_watched(home: Path) -> None:  # noqa: F811
    (home / "data" / "raw" / FIRST / "2020.columns.yaml").write_text(MAPPING, encoding="utf-8")
    before = fingerprint(task(home), home)
    (home / "data" / "raw" / "columns.yaml").write_text(MAPPING, encoding="utf-8")
    assert differing(home, before) == set()


def test_the_mapping_of_the_year_before_is_watched(home: Path) -> None:  # noqa: F811
    put(home, FIRST, town(), 2019)
    before = fingerprint(task(home), home)
    (home / "data" / "raw" / FIRST / "2019.columns.yaml").write_text(MAPPING, encoding="utf-8")
    assert differing(home, before) == {"before"}


def test_a_changed_mapping_makes_the_report_again(home: Path) -> None:  # noqa: F811
    """For real: the county that it belongs to is made anew with it, no other one is."""
    mapping = home / "data" / "raw" / SECOND / "2020.columns.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    go(home)
    page = home / "reports" / "2020" / SECOND / "assessment.json"
    old = page.read_bytes()
    mapping.write_text(MAPPING.replace("小学在校生数", "[小学在校生数, 小学班数]"), encoding="utf-8")
    assert statuses(go(home)) == {FIRST: "skipped", SECOND: "done", THIRD: "skipped"}
    assert page.read_bytes() != old


def test_locked_files_of_office_programs_do_not_matter(home: Path) -> None:  # noqa: F811
    folder = as_folder(home)
    before = fingerprint(task(home), home)
    for name in ("~$学校.csv", ".~lock.学校.csv#", "Thumbs.db"):
        (folder / name).write_bytes(b"x")
    (folder.parent / "~$2020.xlsx").write_bytes(b"x")
    assert differing(home, before) == set()


def test_own_unit_costs_are_watched(home: Path) -> None:  # noqa: F811
    before = fingerprint(task(home), home)
    costs = home / "data" / "raw" / FIRST / "costs.yaml"
    costs.write_text("teacher: 1\n", encoding="utf-8")
    assert differing(home, before) == {"costs"}
    before = fingerprint(task(home), home)
    costs.write_text("teacher: 2\n", encoding="utf-8")
    assert differing(home, before) == {"costs"}


def test_a_city_counts_the_counties_that_have_no_data_too(home: Path) -> None:  # noqa: F811
    """Its report names them, with the years that they have."""

    def city() -> Task:
        place = find_city("210900-阜新市", home)
        return Task(place.slug, 2020, "small", {}, Subject("city", place.slug, place.slug, place.counties))

    digests = [fingerprint(city(), home)["data"]]
    (home / "data" / "raw" / "210905-新县").mkdir()
    digests.append(fingerprint(city(), home)["data"])
    put(home, "210905-新县", town(), 2021)
    digests.append(fingerprint(city(), home)["data"])
    assert len(set(digests)) == 3
    county = fingerprint(task(home), home)
    put(home, FIRST, town(), 2021)
    assert differing(home, county) == set()


def test_a_report_that_shows_the_ledger_is_made_again_when_people_have_written_in_it(home: Path) -> None:  # noqa: F811
    """Any other one is not; and what the report itself writes into the ledger does not count."""
    notebook(home, "from edukit import problem_ledger", "problem_ledger(case)['office'].tolist()", name="shows")
    put(home, FIRST, [primary("薄弱小学", 900, books=100), primary("第二小学")])

    def run(name: str) -> str:
        tasks = from_data(home, notebook=name, scheme="quality-2017", codes=["210903"])
        return run_batch(tasks, home, workers=1).reports[0].status

    assert [run(name) for name in ("shows", "small", "shows", "small")] == ["done", "done", "skipped", "skipped"]
    path = home / "reports" / "2020" / FIRST / "ledger.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    head = next(row for row in sheet.iter_rows() if any(cell.value == "责任单位" for cell in row))
    column = next(cell.column for cell in head if cell.value == "责任单位")
    sheet.cell(head[0].row + 1, column, "某某股")
    book.save(path)
    assert [run(name) for name in ("shows", "small", "shows")] == ["done", "skipped", "skipped"]
    assert "某某股" in (path.parent / "shows.ipynb").read_text(encoding="utf-8")


def test_a_scheme_of_ones_own_and_what_it_extends_are_watched(
    home: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(home)
    parent, own = home / "province.yaml", home / "county.yaml"
    parent.write_text("extends: quality-2017\nid: province\nname: 省办法\n", encoding="utf-8")
    own.write_text("extends: province.yaml\nid: county\nname: 县办法\n", encoding="utf-8")
    digests = []
    for path, text in ((parent, ""), (parent, "short: 省\n"), (own, "title: 题\n")):
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
        digests.append(fingerprint(task(home, scheme="county.yaml"), home)["scheme"])
    assert len(set(digests)) == 3


def test_a_cluster_is_sent_every_file_that_a_report_is_made_of(
    home: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(home)
    (home / "data" / "raw" / "columns.yaml").write_text(MAPPING, encoding="utf-8")
    (home / "data" / "raw" / FIRST / "costs.yaml").write_text("teacher: 1\n", encoding="utf-8")
    schemes = home / "办法"
    schemes.mkdir()
    (schemes / "province.yaml").write_text("extends: quality-2017\nid: province\nname: 省\n", encoding="utf-8")
    (schemes / "county.yaml").write_text("extends: province.yaml\nid: county\nname: 县\n", encoding="utf-8")
    put(home, FIRST, town(), 2019)
    with (home / "data" / "raw" / FIRST / "扫描件.zip").open("wb") as scans:
        scans.truncate(2**40)
    sent = order(task(home, scheme="办法/county.yaml"), home, Limits()).files
    county = f"data/raw/{FIRST}"
    assert set(sent) == {f"{county}/2019.xlsx", f"{county}/2020.xlsx", f"{county}/costs.yaml", "data/raw/columns.yaml",
                         "notebooks/small.ipynb", "办法/county.yaml", "办法/province.yaml"}  # fmt: skip


def test_a_scheme_file_serves_for_reports_and_no_report_tells_where_it_lies(home: Path) -> None:  # noqa: F811
    """By the path that a user types, from the folder that the user is in; the notebook runs in another one."""
    folder = home / "办法"
    folder.mkdir()
    (folder / "province.yaml").write_text("extends: quality-2017\nid: province\nname: 省办法\n", encoding="utf-8")
    (folder / "county.yaml").write_text("extends: province.yaml\nid: county\nname: 县办法\n", encoding="utf-8")
    for command, place, typed in (
        (["report", "210903", "2020"], home, "办法/county.yaml"),
        (["batch", "--county", "210903"], folder, "county.yaml"),
        (["batch", "--county", "210903", "--engine", "papermill", "--force"], folder, "county.yaml"),
    ):
        arguments = [*command, "--notebook", "small", "--scheme", typed, "--home", str(home)]
        done = subprocess.run([sys.executable, "-m", "edukit", *arguments], cwd=place, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        made = (home / "reports" / "2020" / FIRST / "small.ipynb").read_text(encoding="utf-8")
        assert "办法/county.yaml" in made
        assert str(home) not in made


def test_every_library_that_we_build_on_is_watched(root: Path) -> None:
    wanted = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.split(r"[<>=]", line)[0] for line in wanted}
    only_starts_or_shows = "jupyterlab jupyterlab-language-pack-zh-cn jupyter_core jupyter_client pyzmq ipywidgets rich"
    assert names - {*only_starts_or_shows.split(), "pypinyin"} <= set(LIBRARIES)


# ---- what cannot be read must neither stop the others nor hang ------------------------------------------------------


def test_data_that_are_no_file_fail_their_own_county_only(home: Path) -> None:  # noqa: F811
    """Found by looking for what is up to date, where reading them would wait, fill the memory or end the batch."""
    bad = {f"45099{n}-坏{n}县": home / "data" / "raw" / f"45099{n}-坏{n}县" / "2020.xlsx" for n in range(6)}
    for workbook in bad.values():
        workbook.parent.mkdir()
    pipe, dangling, loop, huge, folder_of_a_pipe, empty_folder = bad.values()
    os.mkfifo(pipe)
    dangling.symlink_to("nowhere.xlsx")
    loop.symlink_to("2020.xlsx")
    with huge.open("wb") as sparse:
        sparse.truncate(200 * 2**30)
    (folder_of_a_pipe.parent / "2020").mkdir()
    os.mkfifo(folder_of_a_pipe.parent / "2020" / "学校.csv")
    (empty_folder.parent / "2020").mkdir()
    summary = go(home)
    assert statuses(summary) == {**dict.fromkeys(COUNTIES, "done"), **dict.fromkeys(bad, "failed")}
    reasons = [report.reason for report in summary.reports if report.status == "failed"]
    assert all("2020" in reason or "学校.csv" in reason for reason in reasons), reasons
    shutil.rmtree(pipe.parent)
    os.unlink(loop)
    put(home, loop.parent.name, town())
    again = statuses(go(home))
    assert [slug for slug, status in again.items() if status == "done"] == [loop.parent.name]
    assert [slug for slug, status in again.items() if status == "skipped"] == [FIRST, SECOND, THIRD]
