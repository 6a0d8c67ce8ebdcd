"""What goes wrong around a batch, for real: notebooks that misbehave, folders that cannot be written to, clocks that
went back, schedulers that are killed.

After each: no half report, no lost old report, an index and a manifest that are true, and a run after it that makes
just what is missing. More of the kind is in test_batch.py (killed, interrupted, full disk, out of memory) and
test_cluster.py (a killed worker).
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from counts import HARD, survived
from county import primary, town
from edukit.batch import Limits, from_data, run_batch
from edukit.batch.telling import RunLog, read_manifest
from edukit.index import entries
from test_batch import COUNTIES, ENGINES, go, home, notebook, put, statuses, until  # noqa: F401 - home is a fixture
from test_cluster import Cluster, cluster  # noqa: F401 - cluster is a fixture
from test_run import guarded

FIRST, SECOND, THIRD = COUNTIES


def page(home: Path, slug: str) -> Path:  # noqa: F811
    return home / "reports" / "2020" / slug / "small.html"


def pages(home: Path) -> dict[str, bytes]:  # noqa: F811
    return {slug: page(home, slug).read_bytes() for slug in COUNTIES if page(home, slug).exists()}


def true(home: Path, expected: Mapping[str, str]) -> None:  # noqa: F811
    """What lies on disk, the manifest and the index all say the same, and nothing is half there."""
    assert {entry["county"]: entry["status"] for entry in read_manifest(home)} == expected
    there, problem = entries(home)
    assert problem == ""
    assert {entry.slug: entry.state for entry in there} == expected
    index = (home / "reports" / "index.html").read_text(encoding="utf-8")
    assert index.endswith("</html>\n")
    for slug, status in expected.items():
        assert slug.partition("-")[2] in index
        assert page(home, slug).exists() == (status != "failed"), slug
        if page(home, slug).exists():
            assert page(home, slug).read_text(encoding="utf-8").endswith("</html>\n"), slug
            assert all(path.stat().st_size for path in page(home, slug).parent.iterdir())
    left = [path for path in (home / "reports").rglob(".*") if path.is_file() and path.name != ".batch.lock"]
    assert left == []


def finished_by_the_next(home: Path, missing: set[str]) -> None:  # noqa: F811
    """The next run makes what is missing and nothing else; then all is well."""
    assert statuses(go(home)) == {slug: "done" if slug in missing else "skipped" for slug in COUNTIES}
    true(home, dict.fromkeys(COUNTIES, "done"))


# ---- notebooks that misbehave ---------------------------------------------------------------------------------------

FORKS = """
import warnings
warnings.simplefilter("ignore")  # from Python 3.12 on a fork beside the kernel's threads is warned of
child = 0
if county.startswith("210903"):
    os.fork()  # both go on
    child = os.fork()
    if not child:
        time.sleep(600)
"""
EXITS = "if county.startswith('210904'): os._exit(0)"
WRITES_OUTSIDE = """
if county.startswith("450804"):
    reports = os.path.join(os.getcwd(), "..", "reports")
    theirs = os.path.join(reports, "2020", "210903-新邱区", "small")
    while not os.path.exists(theirs + ".made.json"):
        time.sleep(0.05)
    for path in (theirs + ".html", os.path.join(reports, "manifest.json"), os.path.join(reports, "index.html")):
        open(path, "w").write("<html>")
"""


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system that keeps no folder read-only for a notebook."""
    monkeypatch.setattr("edukit.counties.not_for_notebooks", lambda root: ())


@pytest.mark.parametrize("engine", ENGINES if HARD else ENGINES[-1:])
def test_notebooks_that_fork_and_leave_the_interpreter(home: Path, engine: str) -> None:  # noqa: F811
    """The first county forks children that outlive it, the second leaves the interpreter; the third is well."""
    go(home, engine)
    old = pages(home)
    shutil.rmtree(page(home, FIRST).parent)
    notebook(home, FORKS.strip(), EXITS, "6 + 6")
    summary = go(home, engine, limits=Limits(seconds=120))
    assert statuses(summary) == {FIRST: "done", SECOND: "stale", THIRD: "done"}
    assert "内核意外终止" in summary.reports[1].reason
    assert pages(home) == old
    true(home, statuses(summary))
    assert statuses(go(home, engine)) == {FIRST: "skipped", SECOND: "stale", THIRD: "skipped"}
    survived("a notebook that forks or leaves the interpreter", 2)


@pytest.mark.usefixtures("unguarded")
def test_a_notebook_that_writes_over_a_report_and_the_index(home: Path) -> None:  # noqa: F811
    """The third county writes over what the first has put in place and over what tells of all."""
    go(home)
    old = pages(home)
    shutil.rmtree(page(home, FIRST).parent)
    notebook(home, WRITES_OUTSIDE.strip(), "6 + 6")
    summary = go(home, limits=Limits(seconds=120))
    assert statuses(summary) == {FIRST: "stale", SECOND: "done", THIRD: "done"}
    reason = summary.reports[0].reason
    assert "small.html 不在或被改动" in reason and "再运行一次即重做" in reason
    assert pages(home) == {**old, FIRST: b"<html>"}
    assert {entry["county"]: entry["status"] for entry in read_manifest(home)} == statuses(summary)
    assert {entry.slug: entry.state for entry in entries(home)[0]} == statuses(summary)
    assert statuses(go(home)) == {FIRST: "done", SECOND: "skipped", THIRD: "skipped"}
    assert pages(home) == old
    true(home, dict.fromkeys(COUNTIES, "done"))
    survived("a notebook that writes outside its folder")


HARMS = """
if county.startswith("450804"):
    import json, shutil
    home = os.path.join(os.getcwd(), "..")
    reports = os.path.join(home, "reports")
    first, second = (os.path.join(reports, "2020", slug) for slug in ("210903-新邱区", "210904-太平区"))
    while not all(os.path.exists(os.path.join(folder, "small.made.json")) for folder in (first, second)):
        time.sleep(0.05)
    path = os.path.join(first, "assessment.json")
    told = json.load(open(path, encoding="utf-8"))
    json.dump({**told, "verdict": "met", "items": []}, open(path, "w", encoding="utf-8"))
    os.unlink(os.path.join(reports, "manifest.json"))
    shutil.rmtree(os.path.join(reports, "logs"))
    data = os.path.join(home, "data", "raw", "210904-太平区")
    shutil.copy(os.path.join(data, "neu.xlsx"), os.path.join(data, "2020.xlsx"))
"""


@pytest.mark.usefixtures("unguarded")
def test_a_notebook_that_writes_over_judgements_data_and_what_edukit_keeps(home: Path) -> None:  # noqa: F811
    """A forged judgement of the first county, other data of the second, no manifest and no log any more.

    What the manifest knew of years that this batch has not to do with is not lost with it.
    """
    put(home, FIRST, [primary("坏数据", 300, books=-5)], 2019)
    go(home)
    put(home, SECOND, [*town(), primary("新建小学", 200)]).rename(home / "data" / "raw" / SECOND / "neu.xlsx")
    put(home, SECOND, town())
    notebook(home, HARMS.strip())
    tasks = from_data(home, notebook="small", scheme="quality-2017", year=2020)
    summary = run_batch(tasks, home, workers=2)
    assert statuses(summary) == {FIRST: "stale", SECOND: "stale", THIRD: "done"}
    reasons = [report.reason for report in summary.reports]
    assert "assessment.json 不在或被改动" in reasons[0]
    assert "本年数据在运行期间被改动" in reasons[1]
    told = {(entry["county"], entry["year"]): entry["status"] for entry in read_manifest(home)}
    assert told == {(FIRST, 2019): "failed", (FIRST, 2020): "stale", (SECOND, 2020): "stale", (THIRD, 2020): "done"}
    notebook(home, HARMS.strip(), "9 + 9")
    (home / "data" / "raw" / SECOND / "neu.xlsx").unlink()
    notebook(home, "9 + 9")
    again = run_batch(tasks, home, workers=2)
    assert statuses(again) == dict.fromkeys(COUNTIES, "done")
    assert statuses(run_batch(tasks, home, workers=2)) == dict.fromkeys(COUNTIES, "skipped")
    judged = (home / "reports" / "2020" / SECOND / "assessment.json").read_text(encoding="utf-8")
    assert "新建小学" in judged
    survived("a notebook that changes other reports, raw data and the manifest")


REMOVES_ALL = """
if county.startswith("450804"):
    import shutil
    reports = os.path.join(os.getcwd(), "..", "reports")
    while not os.path.exists(os.path.join(reports, "2020", "210904-太平区", "small.made.json")):
        time.sleep(0.05)
    shutil.rmtree(reports)
"""


@pytest.mark.usefixtures("unguarded")
def test_a_notebook_that_removes_all_reports(home: Path) -> None:  # noqa: F811
    """Where it cannot be kept from it, what is left is told truly, and the next run makes just what is gone."""
    notebook(home, REMOVES_ALL.strip())
    summary = go(home)
    assert statuses(summary) == {FIRST: "failed", SECOND: "failed", THIRD: "done"}
    true(home, statuses(summary))
    finished_by_the_next(home, {FIRST, SECOND})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_notebook_harms_neither_reports_nor_data(home: Path, engine: str) -> None:  # noqa: F811
    """Where the system lets folders be read-only for it, its cell fails, and all that others have is as it was."""
    if not guarded(home):
        pytest.skip("this system keeps no folder read-only for a process")
    put(home, SECOND, [*town(), primary("新建小学", 200)]).rename(home / "data" / "raw" / SECOND / "neu.xlsx")
    put(home, SECOND, town())
    go(home, engine)
    old = pages(home)
    handed_on = "import threading; threading.enumerate()"  # from the warm engine to papermill
    for more, harm in (("0", WRITES_OUTSIDE), ("0", HARMS), (handed_on, REMOVES_ALL)):
        data = {path: path.read_bytes() for path in (home / "data").rglob("*.xlsx")}
        notebook(home, more, harm.strip())
        summary = go(home, engine, limits=Limits(seconds=120))
        assert statuses(summary) == {FIRST: "done", SECOND: "done", THIRD: "stale"}
        reason = summary.reports[2].reason
        assert "Read-only file system" in reason
        assert "reports 和 data/raw 对笔记本只读" in reason
        assert {path: path.read_bytes() for path in (home / "data").rglob("*.xlsx")} == data
        true(home, statuses(summary))
    notebook(home, "1 + 1")
    go(home, engine)
    assert pages(home) == old
    notebook(home, "open('mine.txt', 'w').write('x'), open('../beside.txt', 'w').write('x')")
    assert set(statuses(go(home, engine)).values()) == {"done"}
    assert (home / "notebooks" / "mine.txt").exists()
    assert (home / "beside.txt").exists(), "what is not edukit's is the notebook's own affair"
    survived("a notebook that writes over reports and data", 3)


def test_a_county_is_at_work_on_one_year_at_a_time(home: Path) -> None:  # noqa: F811
    """A year goes on with the ledger of the year before, and two schemes share one: whoever comes first, or at once."""
    for year in (2018, 2019):
        put(home, FIRST, [primary("薄弱小学", 900, books=100), primary("第二小学")], year)
    put(home, FIRST, [primary("薄弱小学", 900, books=100), primary("第二小学")])
    notebook(home, "time.sleep({2018: 3, 2019: 2}.get(year, 0))")
    made = []
    for workers in (3, 1):
        shutil.rmtree(home / "reports", ignore_errors=True)
        tasks = from_data(home, notebook="small", scheme="quality-2017", codes=["210903"])
        assert {report.status for report in run_batch(tasks, home, workers=workers).reports} == {"done"}
        made.append({path.relative_to(home): path.read_bytes() for path in home.glob("reports/20*/*/ledger.xlsx")})
    assert len(made[0]) == 3
    assert made[0] == made[1]


def test_a_manifest_that_is_gone_or_broken_is_made_from_the_records(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "2020" / FIRST
    folder.mkdir(parents=True)
    (folder / "small.made.json").write_text("{}", encoding="utf-8")
    manifest = tmp_path / "reports" / "manifest.json"
    path = f"reports/2020/{FIRST}/small.html"
    lines = [{"county": FIRST, "year": 2020, "notebook": "small", "status": "done", "path": path, "reason": None}]
    assert read_manifest(tmp_path) == lines
    for broken in ("", "[]", '{"reports": [1]}', '{"reports": [{"county": "x", "year": "?"}]}', '{"reports": [{"cou'):
        manifest.write_text(broken, encoding="utf-8")
        assert read_manifest(tmp_path) == lines
        survived("a manifest that is gone or broken")
    manifest.write_text('{"reports": []}', encoding="utf-8")
    assert read_manifest(tmp_path) == []


# ---- folders that cannot be written to ------------------------------------------------------------------------------


@pytest.fixture
def read_only(home: Path) -> Iterator[Path]:  # noqa: F811
    """The folder reports/ with reports, on a file system that is read-only from then on; root may not write either."""
    go(home)
    reports = home / "reports"
    aside = reports.rename(home / "aside")
    reports.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "edukit", str(reports)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("不能挂载文件系统")
    try:
        shutil.copytree(aside, reports, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", str(reports)], check=True)
        yield reports
    finally:
        subprocess.run(["umount", "--lazy", str(reports)], check=True)


def test_a_read_only_folder_gives_one_message(home: Path, read_only: Path) -> None:  # noqa: F811
    old = pages(home)
    put(home, FIRST, [*town(), primary("新建小学", 200)])
    for command in (["batch", "--notebook", "small"], ["report", "210903", "2020", "--notebook", "small"], ["index"]):
        arguments = [sys.executable, "-m", "edukit", *command, "--home", str(home)]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout) == (1, ""), command
        assert len(done.stderr.strip().splitlines()) == 1
        assert all(word in done.stderr for word in ("无法写入", "Read-only file system", "处理："))
        assert pages(home) == old
    subprocess.run(["mount", "-o", "remount,rw", str(read_only)], check=True)
    finished_by_the_next(home, {FIRST})
    survived("a folder that is read-only")


# ---- clocks ---------------------------------------------------------------------------------------------------------


def test_a_clock_that_went_back_changes_nothing(home: Path) -> None:  # noqa: F811
    """Everything on disk is from the future; what is saved now is older than the report, and is still seen."""
    go(home)
    later = time.time() + 400 * 86400
    for path in home.rglob("*"):
        os.utime(path, (later, later))
    finished_by_the_next(home, set())
    workbook = put(home, SECOND, [*town(), primary("新建小学", 200)])
    os.utime(workbook, (0, 0))
    finished_by_the_next(home, {SECOND})
    survived("a clock that went back")


def test_two_runs_of_one_second_share_a_log(tmp_path: Path) -> None:
    moment = datetime(2026, 10, 25, 2, 30)  # as when summer time ends
    for line in ("first", "second"):
        with RunLog(tmp_path, moment):
            logging.getLogger("edukit.batch").info(line)
    (log,) = (tmp_path / "reports" / "logs").iterdir()
    assert log.read_text(encoding="utf-8").split() == ["first", "second"]
    survived("a clock that went back")


# ---- the cluster's scheduler ----------------------------------------------------------------------------------------


def test_a_scheduler_that_is_killed(home: Path, cluster: Cluster) -> None:  # noqa: F811
    """What is in place stays, the rest is told as failed, in flight or not yet handed out; the next run makes it."""
    years = range(2012, 2021)  # more than are handed out at a time
    for year in years:
        put(home, FIRST, town(), year)
    notebook(home, "if year > 2013: time.sleep(600)")
    folders = {year: home / "reports" / str(year) / FIRST for year in years}

    def kill() -> None:
        until(lambda: all((folders[year] / "small.made.json").exists() for year in (2012, 2013)))
        os.killpg(cluster.scheduler.pid, signal.SIGKILL)

    def asked(address: str = "") -> dict[int, tuple[str, str]]:
        tasks = from_data(home, notebook="small", scheme="quality-2017", codes=["210903"])
        summary = run_batch(tasks, home, cluster=address, workers=2)
        return {report.task.year: (report.status, report.reason) for report in summary.reports}

    killer = threading.Thread(target=kill)
    killer.start()
    told = asked(cluster.address)
    killer.join()
    assert {year: status for year, (status, _) in told.items()} == {
        year: "done" if year < 2014 else "failed" for year in years
    }
    assert {reason for status, reason in told.values() if status == "failed"} == {"与集群的连接断开，没有做成"}
    assert {entry["year"]: entry["status"] for entry in read_manifest(home)} == {y: told[y][0] for y in years}
    assert [year for year in years if (folders[year] / "small.html").exists()] == [2012, 2013]
    notebook(home, "if year > 2013: 7 + 7")
    assert {status for status, _ in asked().values()} == {"done"}
    survived("the cluster's scheduler killed")
