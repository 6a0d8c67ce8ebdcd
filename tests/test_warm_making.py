"""A whole report by the warm engine: the same as its three steps one by one, and what goes wrong is told apart."""

from __future__ import annotations

import logging
import os
import re
import signal
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from edukit.batch.making import Stock
from edukit.batch.warming import PRELOAD
from edukit.errors import CallError, DataError, RunError
from edukit.run import notebook_bytes
from edukit.run.warm import InfrastructureError, WarmServer, available
from edukit.run.warm_wire import Step
from notebooks import behaviours

pytestmark = pytest.mark.skipif(not available(), reason="预热引擎只支持 Linux")

STATE: list[str] = []


# functions that the server's children call


@dataclass(frozen=True)
class Ready:
    parameters: dict[str, object]
    number: int


HELD: list[Ready] = []


def prepare(number: int) -> Ready:
    STATE.append("prepared")
    HELD.append(Ready({}, number))
    return HELD[0]


def ask_for(**parameters: object) -> Ready:
    return Ready(parameters, 0)


def finish(ready: Ready, executed: nbformat.NotebookNode, word: str) -> tuple[int, bytes, str, int]:
    assert os.environ.get("EDUKIT_TEST") is None, "what the notebook's environment is does not concern this"
    return ready.number, notebook_bytes(executed), word, len(STATE)


def who(*_: object) -> int:
    return os.getpid()


def dawdle(*_: object) -> None:
    time.sleep(60)


def open_files() -> list[str]:
    descriptors = (Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return [os.readlink(link) for link in descriptors if link.is_file()]


def refuse(*_: object) -> None:
    raise DataError("数据有错。", [])


def leave(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def server() -> Iterator[WarmServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        with WarmServer(["test_warm_making"]) as running:
            yield running


@pytest.fixture(autouse=True)
def as_outside_of_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


PREPARE = Step("test_warm_making:prepare", (7,))
FINISH = Step("test_warm_making:finish", ("好",))


def made(server: Any, path: Path, prepare: Step = PREPARE, finish: Step = FINISH, **options: Any) -> Any:
    return server.make(path, prepare, finish, **options)


def test_it_is_what_the_three_steps_give(server: WarmServer, tmp_path: Path) -> None:
    cells = ["import os; print(os.environ['EDUKIT_TEST'])", "import made; made.y"]
    path = behaviours.write(tmp_path / "n", cells)
    number, notebook, word, states = made(server, path, env={"EDUKIT_TEST": "有"})
    assert (number, word, states) == (7, "好", 0), "what finishes is not the process that ran cells"
    assert notebook == made(Stock(), path, env={"EDUKIT_TEST": "有"})[1]
    assert STATE == ["prepared"], "the warm one was not this process"


def test_what_the_notebook_does_is_gone_before_the_report_is_finished(server: WarmServer, tmp_path: Path) -> None:
    cell = "import test_warm_making as t, os\nt.STATE += 'abc'\nt.notebook_bytes = None\nos.chdir('/')"
    cell += "\nobject.__setattr__(t.HELD[0], 'number', 8)\nlen(t.HELD)"
    number, notebook, _, states = made(server, behaviours.write(tmp_path / "n", [cell]))
    assert (number, states) == (7, 0)
    assert nbformat.reads(notebook.decode(), as_version=4).cells[0].outputs[0].data["text/plain"] == "1"


def test_what_finishes_stays_for_the_next_report_but_not_for_ever(
    server: WarmServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, finish = behaviours.write(tmp_path / "n", ["1"]), Step("test_warm_making:who")
    first = made(server, path, finish=finish)
    assert made(server, path, finish=finish) == first
    with pytest.raises(DataError, match="数据有错"):
        made(server, path, finish=Step("test_warm_making:refuse"))
    assert made(server, path, finish=finish) == first, "an error ends no process"
    monkeypatch.setattr("edukit.run.warm_standing.CALLS_EACH", 5)
    assert made(server, path, finish=finish) == first
    second = made(server, path, finish=finish)
    assert second != first
    os.kill(second, signal.SIGKILL)  # while nobody uses it, which costs no report
    end = time.monotonic() + 5
    while Path(f"/proc/{second}").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    third = made(server, path, finish=finish)
    assert third not in (first, second)
    monkeypatch.setattr("edukit.run.warm_client.LONGEST_CALL", 3)
    with pytest.raises(RunError, match=r"n\.ipynb 运行超时：限时 3 秒"):
        made(server, path, finish=Step("test_warm_making:dawdle"))
    monkeypatch.setenv("EDUKIT_ELSE", "1")
    gone = (first, second, third)
    assert made(server, path, finish=finish) not in gone, "it must look as the setting of the call says"
    end = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in gone):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_first_error_is_that_of_the_data(server: WarmServer, tmp_path: Path) -> None:
    broken = tmp_path / "n.ipynb"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="数据有错"):
        made(server, broken, Step("test_warm_making:refuse"))
    with pytest.raises(CallError, match=r"n\.ipynb"):
        made(server, broken)


def test_parameters_are_checked(server: WarmServer) -> None:
    path = Path(__file__).parent / "notebooks" / "parameters.ipynb"
    with pytest.raises(CallError, match="yeer"):
        made(server, path, Step("test_warm_making:ask_for_a_wrong_one"))


def ask_for_a_wrong_one() -> Ready:
    return ask_for(yeer=2020)


def test_a_cell_that_fails_is_told_and_the_notebook_kept(server: WarmServer, tmp_path: Path) -> None:
    path, kept = behaviours.write(tmp_path / "n", ["print('之前')", "1 / 0"]), tmp_path / "kept"
    with pytest.raises(RunError, match="ZeroDivisionError") as caught:
        made(server, path, failed_to=kept)
    assert type(caught.value) is RunError
    assert "之前" in kept.read_text(encoding="utf-8")


def test_a_killed_notebook_is_no_fault_of_the_engine(server: WarmServer, tmp_path: Path) -> None:
    cells = ["print('之前')", "import os\nif os.fork(): os.kill(os.getpid(), 9)\nelse:\n  import time; time.sleep(30)"]
    path, kept = behaviours.write(tmp_path / "n", cells), tmp_path / "kept"
    start = time.monotonic()
    with pytest.raises(RunError, match="内核意外终止") as caught:
        made(server, path, failed_to=kept)
    assert type(caught.value) is RunError
    assert time.monotonic() - start < 15, "a process that it left behind does not hold up the caller"
    assert "之前" in kept.read_text(encoding="utf-8")


@pytest.mark.parametrize(("prepare", "finish"), [("leave", "finish"), ("prepare", "leave")])
def test_a_killed_function_may_be_tried_again(server: WarmServer, tmp_path: Path, prepare: str, finish: str) -> None:
    path = behaviours.write(tmp_path / "n", ["1"])
    steps = Step(f"test_warm_making:{prepare}", (7,)), Step(f"test_warm_making:{finish}", ("好",))
    with pytest.raises(InfrastructureError, match="意外终止"):
        made(server, path, *steps)


def test_what_finishing_raises_is_raised(server: WarmServer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="数据有错"):
        made(server, behaviours.write(tmp_path / "n", ["1"]), finish=Step("test_warm_making:refuse"))


def test_the_time_is_the_notebooks(server: WarmServer, tmp_path: Path) -> None:
    cells = ["import subprocess; p = subprocess.Popen(['sleep', '77.5']); print(p.pid, flush=True)", "while True: pass"]
    path, kept = behaviours.write(tmp_path / "n", cells), tmp_path / "kept"
    with pytest.raises(RunError, match=r"第 4 个单元格运行超时：整本限时 1 秒"):
        made(server, path, timeout=1, failed_to=kept)
    pid = int(nbformat.read(kept, as_version=4).cells[0].outputs[0].text)
    end = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_thread_that_goes_on_printing_spoils_nothing(server: WarmServer, tmp_path: Path) -> None:
    cell = """
    import threading
    def talk():
        while True: print("x" * 1000, flush=True)
    threading.Thread(target=talk, daemon=True).start()
    """
    path = behaviours.write(tmp_path / "n", [cell, "1"])
    for _ in range(3):
        assert made(server, path)[2] == "好"


def test_too_much_memory_is_an_error_of_the_cell(server: WarmServer, tmp_path: Path) -> None:
    path = behaviours.write(tmp_path / "n", ["b = bytes(1 << 30)"])
    with pytest.raises(RunError, match="MemoryError"):
        made(server, path, memory=300 << 20)


def test_papermill_takes_over_and_it_is_said(
    server: WarmServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = behaviours.write(tmp_path / "n", ["import os; print(os.getppid() > 0)"])
    with caplog.at_level(logging.WARNING, "edukit"):
        number, notebook, _, states = made(server, path)
    assert re.search("改由 papermill 运行：.*进程之间的关系", caplog.text)
    assert (number, states) == (7, 0), "each function in a process of its own"
    assert "True" in notebook.decode()


def test_a_fork_of_the_caller_makes_its_reports_itself(server: WarmServer, tmp_path: Path) -> None:
    """What stands for its parent is not for it, as in a pool of processes that share a client."""
    path = behaviours.write(tmp_path / "n", ["1"])
    made(server, path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # from Python 3.12 on a fork beside threads is warned of
        child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 3 if made(server, path)[2] == "好" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    assert made(server, path)[2] == "好"


def test_no_fork_shares_a_file_with_another_one() -> None:
    """They would share the place up to which it is read too, and one would read what another one looked for.

    So it was with the font that widths are measured with: two reports at once, and a glyph was garbage.
    """
    with WarmServer(["test_warm_making", *PRELOAD]) as whole:
        assert whole.call("test_warm_making:open_files") == []
