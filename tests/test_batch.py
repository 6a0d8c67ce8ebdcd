"""The batch: what is made, skipped, kept and told, with real processes for what goes wrong."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from counts import survived
from county import Row, primary, table, town, write_xlsx
from edukit.batch import Limits, Summary, Task, due, from_data, run_batch
from edukit.batch.lock import LockedError, only_one
from edukit.batch.made import LIBRARIES, fingerprint, versions
from edukit.batch.making import Product
from edukit.batch.order import order
from edukit.batch.telling import document, read_manifest
from edukit.cli import main
from edukit.origin import code_digest
from edukit.run.warm import available

ENGINES = ["papermill", *(["warm"] if available() else [])]
COUNTIES = ("210903-新邱区", "210904-太平区", "450804-覃塘区")
OPEN = """
import os, signal, time
from edukit import open_case, show, text
case = open_case(county, year, scheme)
show(text.cover(case))
"""


def notebook(home: Path, *cells: str, name: str = "small") -> None:
    """A notebook with the usual parameters, one more, and these cells."""
    parameters = 'county: str = "210903"\nyear: int = 2020\nscheme: str = "quality-2017"\nmode: str = ""'
    parameters = f'from typing import Annotated\n\n{parameters}\ncount: Annotated[int, "1 至 9"] = 1'
    made = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    made += [nbformat.v4.new_code_cell(source.strip()) for source in (OPEN, *cells)]
    (home / "notebooks").mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=made), home / "notebooks" / f"{name}.ipynb")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with three counties and a notebook that does little."""
    monkeypatch.delenv("EDUKIT_HOME", raising=False)
    for slug in COUNTIES:
        put(tmp_path, slug, town())
    notebook(tmp_path, "1 + 1")
    return tmp_path


def put(home: Path, slug: str, rows: Sequence[Row], year: int = 2020) -> Path:
    return write_xlsx(home / "data" / "raw" / slug / f"{year}.xlsx", {"学校": table(rows)})


def go(home: Path, engine: str = ENGINES[-1], **more: Any) -> Summary:
    tasks = from_data(home, notebook="small", scheme="quality-2017")
    return run_batch(tasks, home, engine=engine, workers=2, **more)


def statuses(summary: Summary) -> dict[str, str]:
    return {report.task.county: report.status for report in summary.reports}


# ---- what is made and what is not -----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_only_what_changed_is_made_again(home: Path, engine: str) -> None:
    first = go(home, engine)
    assert set(statuses(first).values()) == {"done"}
    assert set(statuses(go(home, engine)).values()) == {"skipped"}
    put(home, COUNTIES[1], [*town(), primary("新建小学", 200)])
    assert [why for _, why in due(from_data(home, notebook="small", scheme="quality-2017"), home)] == [
        [],
        ["本年数据"],
        [],
    ]
    assert statuses(go(home, engine)) == {COUNTIES[0]: "skipped", COUNTIES[1]: "done", COUNTIES[2]: "skipped"}
    notebook(home, "2 + 2")
    assert set(statuses(go(home, engine)).values()) == {"done"}
    (home / "reports" / "2020" / COUNTIES[2] / "small.html").write_text("", encoding="utf-8")
    assert statuses(go(home, engine))[COUNTIES[2]] == "done"
    assert set(statuses(go(home, engine, force=True)).values()) == {"done"}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_scheme_of_ones_own_is_found_by_every_engine(
    home: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named as a user does, from the project folder; the notebook works in another and no report names folders."""
    (home / "父.yaml").write_text("extends: quality-2017\nid: 父\n", encoding="utf-8")
    (home / "省.yaml").write_text("extends: 父.yaml\nid: 省\n", encoding="utf-8")
    monkeypatch.chdir(home)

    def made(code: str) -> tuple[str, list[str]]:
        tasks = from_data(home, notebook="small", scheme="省.yaml", codes=[code])
        (why,) = [why for _, why in due(tasks, home)]
        return run_batch(tasks, home, engine=engine).reports[0].status, why

    assert made("210903") == ("done", ["没有生成过"])
    assert made("210903") == ("skipped", [])
    (home / "父.yaml").write_text("extends: quality-2017\nid: 父\ncv_limit: {primary: 0.4}\n", encoding="utf-8")
    assert made("210903") == ("done", ["评估办法"])
    text = (home / "reports" / "2020" / COUNTIES[0] / "small.ipynb").read_text(encoding="utf-8")
    assert "scheme = '省.yaml'" in text
    assert str(home) not in text


def test_everything_that_can_alter_a_report_is_in_its_fingerprint(home: Path) -> None:
    task = from_data(home, notebook="small", scheme="quality-2017", codes=["210903"])[0]
    now = fingerprint(task, home)
    put(home, COUNTIES[0], town(), 2019)
    assert {part for part, digest in fingerprint(task, home).items() if digest != now[part]} == {"before"}
    basic = from_data(home, notebook="small", scheme="basic-2012", year=2020, codes=["210903"])[0]
    differ = {part for part, digest in fingerprint(basic, home).items() if digest != now[part]}
    assert differ == {"before", "scheme", "parameters"}


SCHOOLS = "学校名称,办学类型,小学在校生数\n甲小学,小学,300\n"
COLUMNS = "fields:\n  school_name: 学校名称\n  school_type: 办学类型\n  pupils_primary: 小学在校生数\n"


@pytest.mark.parametrize("data", ["2020.csv", "2020/学校.csv"])
@pytest.mark.parametrize("place", ["{county}/2020.columns.yaml", "{county}/columns.yaml", "columns.yaml"])
def test_how_a_table_is_read_is_part_of_the_data(home: Path, data: str, place: str) -> None:
    """A ``columns.yaml`` wherever it may lie: beside the table, in its folder, one for all counties."""
    raw, slug = home / "data" / "raw", "990001-表格县"
    (raw / slug / data).parent.mkdir(parents=True)
    (raw / slug / data).write_text(SCHOOLS, encoding="utf-8")
    task = from_data(home, notebook="small", scheme="quality-2017", codes=[slug])[0]
    now = fingerprint(task, home)
    mapping = raw / place.format(county=slug)
    mapping.write_text(COLUMNS, encoding="utf-8")
    then = fingerprint(task, home)
    assert {part for part, digest in then.items() if digest != now[part]} == {"data"}
    mapping.write_text(COLUMNS + "note: 改过\n", encoding="utf-8")
    assert fingerprint(task, home)["data"] != then["data"]
    assert mapping.relative_to(home).as_posix() in order(task, home, Limits()).files


def test_what_makes_the_bytes_of_a_report_is_in_its_fingerprint(root: Path) -> None:
    """Every library that edukit depends on, but for those that start, connect or show things."""
    makes_no_bytes = {
        "ipywidgets", "jupyter-client", "jupyter-core", "jupyterlab", "jupyterlab-language-pack-zh-cn", "pypinyin",
        "pyzmq", "rich",
    }  # fmt: skip
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    assert needed - makes_no_bytes <= set(LIBRARIES)
    assert not makes_no_bytes & set(LIBRARIES)
    assert "-" not in versions().values(), "a library of the list is not installed"


@pytest.mark.parametrize("engine", ENGINES[-1:])
def test_a_workbook_that_cannot_be_opened_stops_no_other_county(home: Path, engine: str) -> None:
    path = home / "data" / "raw" / COUNTIES[1] / "2020.xlsx"
    path.unlink()
    path.symlink_to(home / "gone.xlsx")
    summary = go(home, engine)
    assert statuses(summary) == {COUNTIES[0]: "done", COUNTIES[1]: "failed", COUNTIES[2]: "done"}
    assert "2020.xlsx" in next(report.reason for report in summary.reports if report.reason)


@pytest.mark.parametrize(
    "name", ["templates/report/script.js", "templates/report/conf.json", "schemes/basic-2012.yaml"]
)
def test_no_part_of_the_program_is_left_out(
    name: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(root / "edukit", tmp_path / "edukit", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("edukit.origin.files", lambda _: copy)
    before = code_digest.__wrapped__()
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "x.pyc").write_bytes(b"1")
    assert code_digest.__wrapped__() == before
    with (copy / name).open("a") as file:
        file.write("\n")
    assert code_digest.__wrapped__() != before


def test_what_people_type_into_the_ledger_does_not_make_a_report_old(home: Path) -> None:
    go(home)
    ledger = home / "reports" / "2020" / COUNTIES[0] / "ledger.xlsx"
    ledger.write_bytes(ledger.read_bytes() + b"")
    os.utime(ledger)
    assert set(statuses(go(home)).values()) == {"skipped"}


@pytest.mark.skipif(len(ENGINES) < 2, reason="this system has no warm engine")
def test_both_engines_make_the_same_bytes(home: Path) -> None:
    made = []
    for engine in ENGINES:
        go(home, engine, force=True)
        folder = home / "reports" / "2020"
        made.append({str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()})
    assert made[0] == made[1]


# ---- what fails -----------------------------------------------------------------------------------------------------

ONE_FAILS = "if county.startswith('210904'): {}"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("raise ValueError('数不对')", "数不对"),
        ("import sys; sys.exit(0)", "中途调用了 exit"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "内核意外终止"),
        ("time.sleep(60)", "运行超时"),
    ],
)
def test_one_county_that_fails_does_not_stop_the_others(home: Path, engine: str, cell: str, said: str) -> None:
    notebook(home, ONE_FAILS.format(cell), "3 + 3")
    summary = go(home, engine, limits=Limits(seconds=20))
    assert statuses(summary) == {COUNTIES[0]: "done", COUNTIES[1]: "failed", COUNTIES[2]: "done"}
    reason = next(report.reason for report in summary.reports if report.status == "failed")
    assert said in reason
    assert "\n" not in reason
    folder = home / "reports" / "2020" / COUNTIES[1]
    assert [path.name for path in folder.iterdir()] == ["small.failed.ipynb"]
    assert document(summary, home)["failed"] == 1
    notebook(home, "4 + 4")
    assert set(statuses(go(home, engine)).values()) == {"done"}
    assert not (folder / "small.failed.ipynb").exists()
    survived("a notebook that fails, leaves, is killed or hangs")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_notebook_that_eats_memory_is_stopped(home: Path, engine: str) -> None:
    notebook(home, ONE_FAILS.format("hoard = bytearray(3 * 2**30)"), "hoard = bytearray(2**29)")
    summary = go(home, engine, limits=Limits(seconds=60, memory=2**30))
    assert statuses(summary) == {COUNTIES[0]: "done", COUNTIES[1]: "failed", COUNTIES[2]: "done"}
    assert statuses(summary)[COUNTIES[1]] == "failed"
    assert "MemoryError" in next(report.reason for report in summary.reports if report.status == "failed")
    survived("a notebook that eats memory")


def test_bad_data_fail_with_the_first_cell_and_an_old_report_stays(home: Path) -> None:
    go(home)
    page = home / "reports" / "2020" / COUNTIES[1] / "small.html"
    before = page.read_bytes()
    put(home, COUNTIES[1], [primary("坏数据", 300, books=-5)])
    summary = go(home)
    assert statuses(summary)[COUNTIES[1]] == "stale"
    assert "图书册数" in next(report.reason for report in summary.reports if report.status == "stale")
    assert page.read_bytes() == before
    assert {entry["county"]: entry["status"] for entry in read_manifest(home)}[COUNTIES[1]] == "stale"
    put(home, COUNTIES[1], town())
    assert set(statuses(go(home)).values()) <= {"skipped", "done"}
    assert {entry["status"] for entry in read_manifest(home)} == {"done"}


def test_a_full_disk_leaves_the_old_report_and_a_rerun_makes_what_is_missing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(home)
    old = (home / "reports" / "2020" / COUNTIES[0] / "small.html").read_bytes()
    notebook(home, "5 + 5")

    def full(path: Path, content: bytes) -> None:
        if COUNTIES[0] in str(path):
            raise OSError(28, "No space left on device")
        path.write_bytes(content)

    with monkeypatch.context() as patched:
        patched.setattr("edukit.publish._write", full)
        summary = go(home)
    assert statuses(summary)[COUNTIES[0]] == "stale"
    assert (home / "reports" / "2020" / COUNTIES[0] / "small.html").read_bytes() == old
    assert statuses(go(home)) == {COUNTIES[0]: "done", COUNTIES[1]: "skipped", COUNTIES[2]: "skipped"}


def test_two_batches_at_once(home: Path) -> None:
    with only_one(home / "reports"), pytest.raises(LockedError, match="另一个批量任务正在运行"):
        go(home)
    assert set(statuses(go(home)).values()) == {"done"}


def test_where_nothing_changed_no_engine_is_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go(home)

    def started(*_: object) -> None:
        raise AssertionError("an engine was started")

    monkeypatch.setattr("edukit.run.warm.WarmServer", started)
    monkeypatch.setattr("edukit.run.run_notebook", started)
    assert set(statuses(go(home)).values()) == {"skipped"}


# ---- real processes -------------------------------------------------------------------------------------------------


@contextmanager
def command(home: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-m", "edukit", "batch", "--home", str(home), "--notebook", "small", "--workers", "1"]
    pipe = subprocess.PIPE
    given = [*arguments, *more]
    options: dict[str, Any] = {"text": True, "preexec_fn": heed_interrupts, "process_group": 0}
    with subprocess.Popen(given, stdout=pipe, stderr=pipe, **options) as process:
        try:
            yield process
        except BaseException:
            process.kill()  # else it would be waited for
            raise


def heed_interrupts() -> None:
    """What runs in the background or under nohup, as these tests may, hands on that it ignores them."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def told(home: Path, *more: str) -> tuple[int, str, str]:
    with command(home, *more) as process:
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


def until(true: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_batch_that_is_cut_off_is_finished_by_the_next(home: Path, how: signal.Signals) -> None:
    go = home / "go"  # the first county ends by itself, the others wait for a file that comes after the signal
    notebook(home, f"while {COUNTIES[0]!r} != county and not os.path.exists({str(go)!r}): time.sleep(0.05)")
    with command(home) as process:
        until(lambda: any('"done"' in log.read_text("utf-8") for log in home.glob("reports/logs/*")))
        process.send_signal(how)
        began = time.monotonic()
        _, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 10
    done = [slug for slug in COUNTIES if (home / "reports" / "2020" / slug / "small.made.json").exists()]
    assert done == [COUNTIES[0]]
    if how != signal.SIGKILL:  # nobody is left to say so
        assert (process.returncode, err.splitlines()[-1]) == (1, "已中断。")
        assert [(entry["county"], entry["status"]) for entry in read_manifest(home)] == [(COUNTIES[0], "done")]
        assert COUNTIES[0].partition("-")[2] in (home / "reports" / "index.html").read_text(encoding="utf-8")
        assert json.loads((home / "reports" / "summary.json").read_text(encoding="utf-8"))["ran"] == 1
        (log,) = (home / "reports" / "logs").iterdir()
        assert "被中断" in json.loads(log.read_text(encoding="utf-8").splitlines()[-1])["warning"]
    go.touch()
    _, out, _ = told(home, "--json")
    assert {r["county"]: r["status"] for r in json.loads(out)["reports"]} == {
        slug: "skipped" if slug in done else "done" for slug in COUNTIES
    }
    survived("the batch killed or interrupted")


def test_a_signal_cuts_off_no_step_of_handing_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception at any point of the standard library may leave a lock held, for which a thread waits for ever."""
    steps = []

    @contextmanager
    def here(*_: object) -> Iterator[tuple[Callable[[Task], Future[Product]], int]]:
        def submit(task: Task) -> Future[Product]:
            for number in (signal.SIGINT, signal.SIGTERM):  # the second as from a shell that hands on what it gets
                os.kill(os.getpid(), number)
                time.sleep(0)  # here Python would raise
                steps.append(number)
            return Future()  # never done

        yield submit, 1

    took_signals(home, monkeypatch, here)
    assert steps == [signal.SIGINT, signal.SIGTERM]
    assert json.loads((home / "reports" / "summary.json").read_text(encoding="utf-8"))["ran"] == 0


def test_a_signal_when_all_is_made_is_heeded_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one would wait for the command that is called at the end, and no other signal would help."""
    go(home)

    @contextmanager
    def here(*_: object) -> Iterator[tuple[Callable[[Task], Future[Product]], int]]:
        def submit(task: Task) -> Future[Product]:
            raise AssertionError("nothing is due")

        yield submit, 1
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)

    took_signals(home, monkeypatch, here)
    assert json.loads((home / "reports" / "summary.json").read_text(encoding="utf-8"))["skipped"] == 3


def took_signals(home: Path, monkeypatch: pytest.MonkeyPatch, here: object) -> None:
    """The batch says that it was interrupted, with these executors, and handles signals no longer."""
    monkeypatch.setattr("edukit.batch._here", here)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            go(home)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_of_papermill_outlives_the_batch(home: Path, how: signal.Signals, engine: str) -> None:
    """Each would keep its memory for ever, waiting for work; what it is at may take another ten minutes.

    The warm engine hands on to papermill a notebook that looks at the threads of its process.
    """
    mark = home / "kernel"
    notebook(
        home,
        f"open({str(mark)!r}, 'w').write(str(os.getpid()))",
        "import threading; threading.enumerate(); time.sleep(600)",
    )
    with command(home, "--engine", engine, "--county", COUNTIES[0]) as process:
        until(lambda: mark.exists() and mark.read_text(encoding="ascii"))
        below = _below(process.pid)
        assert int(mark.read_text(encoding="ascii")) in below
        began = time.monotonic()
        process.send_signal(how)
        process.communicate(timeout=30)
    assert time.monotonic() - began < 20
    until(lambda: not [pid for pid in below if Path(f"/proc/{pid}").exists()], 30)


@pytest.mark.parametrize("seconds", [0.3, 1.5, None])
@pytest.mark.parametrize("engine", ENGINES)
def test_ctrl_c_reaches_all_processes_and_only_the_batch_answers(
    home: Path, engine: str, seconds: float | None
) -> None:
    """While the engine starts and its processes import, so long after the lock is there, and while a cell runs."""
    mark = home / "kernel" if seconds is None else home / "reports" / ".batch.lock"
    notebook(home, f"open({str(home / 'kernel')!r}, 'w').write('x')", "time.sleep(600)")
    with command(home, "--engine", engine, "--county", COUNTIES[0]) as process:
        until(mark.exists)
        time.sleep(seconds or 0)
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)  # as people press it
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.splitlines()) == (1, "", ["已中断。"])
    assert time.monotonic() - began < 15


def _below(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text(encoding="ascii").split()):
            found += [child, *_below(child)]
    return found


def test_why_says_what_would_be_made_and_runs_nothing(home: Path) -> None:
    go(home)
    put(home, COUNTIES[1], [*town(), primary("新建小学", 200)])
    before = {path: path.stat().st_mtime_ns for path in (home / "reports").rglob("*")}
    code, out, err = told(home, "--why")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{COUNTIES[0]} 2020 small：无变化", f"{COUNTIES[1]} 2020 small：本年数据", f"{COUNTIES[2]} 2020 small：无变化",
        "共 3 份报告，要做的 1 份；什么也没有运行。",
    ]  # fmt: skip
    _, out, _ = told(home, "--why", "--json")
    assert json.loads(out)["reports"][1] == {
        "county": COUNTIES[1], "year": 2020, "notebook": "small", "due": True, "why": ["本年数据"],
    }  # fmt: skip
    _, out, _ = told(home, "--why", "--force")
    assert out.count("要求全部重做") == len(COUNTIES)
    assert {path: path.stat().st_mtime_ns for path in (home / "reports").rglob("*")} == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--plan", "plan.csv", "--year", "2019"), "--plan 不能与 --year、--county 同用"),
        (("--plan", "plan.csv", "--county", "210903"), "--plan 不能与 --year、--county 同用"),
        (("--cluster", "tcp://127.0.0.1:1", "--workers", "2"), "--cluster 不能与 --engine、--workers 同用"),
        (("--timeout", "0"), "--timeout 应大于 0"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    home: Path, options: Sequence[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rather than one of them being heeded in silence."""
    assert main(["batch", "--home", str(home), "--notebook", "small", *options]) == 2
    assert said in capsys.readouterr().err
    assert not (home / "reports").exists()


def test_the_command_tells_machines_and_people(home: Path) -> None:
    hook = "import sys, shutil; shutil.copy(sys.argv[-1], sys.argv[1])"
    (home / "edukit.toml").write_text(
        f"[batch]\non_success = \"{sys.executable} -c '{hook}' told.json\"\n", encoding="utf-8"
    )
    code, out, err = told(home, "--json")
    found = json.loads(out)
    assert code == 0
    assert {key: found[key] for key in ("ran", "skipped", "failed")} == {"ran": 3, "skipped": 0, "failed": 0}
    assert found["reports"][0] == {
        "county": COUNTIES[0], "year": 2020, "notebook": "small", "status": "done",
        "path": f"reports/2020/{COUNTIES[0]}/small.html", "reason": None,
    }  # fmt: skip
    assert "还有 0）" in err
    assert json.loads((home / "told.json").read_text(encoding="utf-8"))["ran"] == 3
    assert len(list((home / "reports" / "logs").glob("*.jsonl"))) == 1
    put(home, COUNTIES[2], [primary("坏数据", 300, books=-5)])
    assert told(home)[0] == 1
    assert told(home, "--county", "999999")[0] == 2


@pytest.mark.skipif(not available(), reason="only the warm engine has such a process")
def test_a_killed_fork_server_costs_no_report(home: Path) -> None:
    """Not the report it was at, which is tried again, nor those that come after."""
    mark = home / "running"
    notebook(home, f"open({str(mark)!r}, 'a').write(county + ' ')", "time.sleep(2)")
    with command(home, "--json") as process:
        until(mark.exists)
        (server,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        os.kill(int(server), signal.SIGKILL)
        out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    assert {report["status"] for report in json.loads(out)["reports"]} == {"done"}
    assert len(mark.read_text(encoding="utf-8").split()) == len(COUNTIES) + 1
    survived("the warm engine killed")


def test_a_killed_worker_of_the_papermill_engine_costs_no_report(home: Path) -> None:
    """The pool is built anew, and what the process was at is tried again."""
    mark = home / "running"
    notebook(home, f"open({str(mark)!r}, 'a').write(f'{{os.getppid()}} ')", "time.sleep(2)")
    with command(home, "--json", "--engine", "papermill") as process:
        until(lambda: mark.exists() and mark.read_text(encoding="ascii").split())
        os.kill(int(mark.read_text(encoding="ascii").split()[0]), signal.SIGKILL)
        out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert {report["status"] for report in json.loads(out)["reports"]} == {"done"}
    assert len(mark.read_text(encoding="ascii").split()) > len(COUNTIES)


def test_a_second_batch_ends_at_once_and_leaves_the_first_alone(home: Path) -> None:
    notebook(home, "time.sleep(2)")
    with command(home, "--json") as first:
        until((home / "reports" / "2020").exists)
        began = time.monotonic()
        code, out, err = told(home)
        assert first.poll() is None
        assert (code, out) == (2, "")
        assert f"另一个批量任务正在运行（进程 {first.pid}）" in err
        assert time.monotonic() - began < 30
        told_first, _ = first.communicate(timeout=120)
    assert {report["status"] for report in json.loads(told_first)["reports"]} == {"done"}
    assert len(list((home / "reports" / "logs").iterdir())) == 1
    survived("two batches at once")


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """The folder reports/ on a file system of a few megabytes."""
    reports = home / "reports"
    reports.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "edukit", str(reports)], capture_output=True)
    if mounted.returncode:
        pytest.skip("不能挂载文件系统")
    try:
        yield reports
    finally:
        subprocess.run(["umount", "--lazy", str(reports)], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="没有 mount")
def test_a_disk_that_is_really_full(home: Path, small_disk: Path) -> None:
    assert told(home, "--county", COUNTIES[0])[0] == 0
    page = small_disk / "2020" / COUNTIES[0] / "small.html"
    old = page.read_bytes()
    put(home, COUNTIES[0], [*town(), primary("新建小学", 200)])
    filler = small_disk / "filler"
    (home / "told").mkdir()
    (home / "edukit.toml").write_text("[batch]\non_failure = 'cp -t told'\n", encoding="utf-8")
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"0" * 4096):
            pass
    code, out, err = told(home, "--county", COUNTIES[0], "--force")
    again = told(home, "--year", "2020")  # by now there is no record to take away, and not a byte free
    for exit_code, text, lines in ((code, out, err), again):
        assert (exit_code, text) == (1, "")
        assert "Traceback" not in lines
        assert "无法写入" in lines.splitlines()[-1]
    summary = json.loads((home / "told" / "summary.json").read_text(encoding="utf-8"))
    assert "No space left on device" in summary["problem"]
    assert "No space left on device" in out + err
    assert page.read_bytes() == old
    assert [path.name for path in (small_disk / "2020").rglob(".publish-*")] == []
    filler.unlink()
    _, out, _ = told(home, "--json")
    assert {report["county"]: report["status"] for report in json.loads(out)["reports"]} == dict.fromkeys(
        COUNTIES, "done"
    )
    assert page.read_bytes() != old
    _, out, _ = told(home, "--json")
    assert {report["status"] for report in json.loads(out)["reports"]} == {"skipped"}
    survived("a disk that is full")
