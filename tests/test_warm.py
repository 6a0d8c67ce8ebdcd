"""The warm engine: nothing passes from one run to the next; what goes wrong is told apart and leaves nothing."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from edukit.errors import CallError, RunError
from edukit.run import notebook_bytes, run_notebook
from edukit.run.warm import InfrastructureError, WarmClient, WarmServer, available
from edukit.run.warm_fitness import unfit
from notebooks import behaviours

pytestmark = pytest.mark.skipif(not available(), reason="预热引擎只支持 Linux")

NOTEBOOKS = Path(__file__).parent / "notebooks"
GOOD = NOTEBOOKS / "parameters.ipynb"
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def server() -> Iterator[WarmServer]:
    with WarmServer(["edukit.figures", "test_warm"]) as running:
        yield running


@pytest.fixture(autouse=True)
def as_outside_of_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")


@pytest.fixture(scope="module", autouse=True)
def importable() -> Iterator[None]:
    """Let the server's process import this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)]))
        yield


@pytest.fixture
def run(server: WarmServer, tmp_path: Path) -> Callable[..., str]:
    """Run code cells warm and return all that they print."""
    count = iter(range(99))

    def printed(*cells: str, **options: Any) -> str:
        path = behaviours.write(tmp_path / str(next(count)), [textwrap.dedent(cell) for cell in cells])
        executed = server.run(path, {}, **options)
        return "".join(o.text for cell in executed.cells for o in cell.get("outputs", ()) if "text" in o)

    return printed


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(true: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


# functions that the server's children call


def multiply(a: int, b: int) -> bytes:
    return str(a * b).encode()


def refuse() -> None:
    raise CallError("不行。")


def refuse_oddly() -> None:
    class OddError(Exception):
        pass

    raise OddError("本地的类")


def sleep() -> None:
    time.sleep(60)


def leave() -> None:
    os._exit(3)


def where() -> tuple[str, str | None, int]:
    return os.getcwd(), os.environ.get("EDUKIT_TEST"), threading.active_count()


def in_a_worker(client: WarmClient, year: int) -> bytes:
    return notebook_bytes(client.run(GOOD, {"year": year}))


# ---- the same run as everywhere


def test_the_report_is_papermills_byte_by_byte(server: WarmServer, root: Path) -> None:
    given = {"county": "210903", "year": 2020, "scheme": "quality-2017"}
    options = {"env": {"EDUKIT_HOME": str(root)}}
    warm = server.run(root / "notebooks" / "balance.ipynb", given, **options)
    assert notebook_bytes(warm) == notebook_bytes(run_notebook(root / "notebooks" / "balance.ipynb", given, **options))


def test_parameters_arrive_and_environment_too(server: WarmServer) -> None:
    given = {"county": "新邱区", "year": 2021, "full": True, "only": ["甲'\n乙"]}
    warm = server.run(GOOD, given, env={"EDUKIT_TEST": "是"})
    assert notebook_bytes(warm) == notebook_bytes(run_notebook(GOOD, given, env={"EDUKIT_TEST": "是"}))
    assert "notebooks 是" in str(warm)


def test_a_wrong_call_is_refused_before_anything_runs() -> None:
    nowhere = WarmClient("/nowhere")
    with pytest.raises(CallError, match="没有名为 yaer 的参数"):
        nowhere.run(GOOD, {"yaer": 2020})
    with pytest.raises(InfrastructureError, match=r"parameters\.ipynb 未能运行：连不上预热服务"):
        nowhere.run(GOOD, {})
    assert not nowhere.alive()


# ---- nothing of one run in another


STATES = {
    "rcParams": (
        "import matplotlib as m\nm.rcParams['font.size'] = 33",
        "import matplotlib as m\nprint(m.rcParams['font.size'])",
    ),
    "figures": (
        "import matplotlib.pyplot as p; f = p.figure()",
        "import matplotlib.pyplot as p; print(p.get_fignums())",
    ),
    "pandas": (
        "import pandas as pd; pd.options.display.max_rows = 7",
        "import pandas as pd; print(pd.options.display.max_rows)",
    ),
    "monkeypatch": ("import edukit.formats as f; f.DASH = 'x'", "import edukit.formats as f; print(f.DASH)"),
    "environ": ("import os; os.environ['LEFT'] = '1'", "import os; print(os.environ.get('LEFT'))"),
    "sys.path": ("import sys; sys.path.insert(0, '/x')", "import sys; print('/x' in sys.path)"),
    "warnings": ("import warnings; warnings.simplefilter('error')", "import warnings; print(warnings.filters[0])"),
    "builtins": ("import builtins; builtins.print_ = 1", "import builtins; print(hasattr(builtins, 'print_'))"),
    "names": ("left = 1", "print('left' in globals())"),
    "cwd": ("import os; os.chdir('/')", "import os; print(os.getcwd() == '/')"),
    "signals": ("import signal; signal.signal(15, print)", "import signal; print(signal.getsignal(15))"),
    "locale": ("import decimal; decimal.getcontext().prec = 3", "import decimal; print(decimal.getcontext().prec)"),
}


def test_nothing_passes_from_one_run_to_the_next(run: Callable[..., str]) -> None:
    look = [second for _, second in STATES.values()]
    before = run(*look)
    run(*[first for first, _ in STATES.values()])
    assert run(*look) == before
    both = run(*[cell for pair in STATES.values() for cell in pair])
    assert all(a != b for a, b in zip(both.split("\n")[:-1], before.split("\n")[:-1], strict=True)), (
        "the test can see it"
    )


def test_random_numbers_differ_between_runs(run: Callable[..., str]) -> None:
    cell = "import random, numpy, uuid\nprint(random.random()); print(numpy.random.rand()); print(uuid.uuid4())"
    first, second = run(cell).split(), run(cell).split()
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_nothing_accumulates_in_the_server(server: WarmServer) -> None:
    def open_files() -> int:
        return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))

    server.run(GOOD, {})
    assert until(lambda: not children(server.pid))
    files, size = open_files(), Path(f"/proc/{server.pid}/statm").read_text().split()[1]
    for _ in range(8):
        server.call("test_warm:multiply", 2, 3)
    assert until(lambda: not children(server.pid))
    assert (open_files(), Path(f"/proc/{server.pid}/statm").read_text().split()[1]) == (files, size)
    assert Path(f"/proc/{server.pid}/status").read_text().split("Threads:")[1].split()[0] == "1"


# ---- several at once


def test_several_threads_may_ask_at_once(server: WarmServer) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda year: str(server.run(GOOD, {"year": year})), range(2000, 2008)))
    assert all(f"'210903', {year}, " in text for year, text in enumerate(made, start=2000))


def test_other_processes_may_ask(server: WarmServer) -> None:
    assert pickle.loads(pickle.dumps(server)) == WarmClient(server.address)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = list(pool.map(in_a_worker, [server] * 2, [2001, 2002]))
    assert b"2001" in made[0]
    assert b"2002" in made[1]


# ---- what goes wrong is told apart


def test_a_run_that_takes_too_long_is_killed_with_all_it_started(server: WarmServer, tmp_path: Path) -> None:
    cells = ["import subprocess; p = subprocess.Popen(['sleep', '77.5']); print(p.pid, flush=True)", "while True: pass"]
    path, kept = behaviours.write(tmp_path / "n", cells), tmp_path / "kept"
    start = time.monotonic()
    with pytest.raises(RunError, match=r"n\.ipynb 第 4 个单元格运行超时：整本限时 1 秒") as caught:
        server.run(path, {}, timeout=1, failed_to=kept)
    assert time.monotonic() - start < 4
    assert (type(caught.value), caught.value.cause) == (RunError, "TimeoutError: 1 s")
    pid = int(nbformat.read(kept, as_version=4).cells[0].outputs[0].text)
    assert until(lambda: not Path(f"/proc/{pid}").exists())
    assert until(lambda: not children(server.pid))


def test_a_process_left_behind_does_not_hold_up_the_caller(run: Callable[..., str]) -> None:
    quiet = "import warnings\nwarnings.simplefilter('ignore')"  # from Python 3.12 on a fork beside threads is warned of
    left = int(run(f"{quiet}\nimport os, time\nif pid := os.fork(): print(pid)\nelse: time.sleep(60)", timeout=20))
    assert until(lambda: not Path(f"/proc/{left}").exists())
    with pytest.raises(RunError, match="意外终止"):
        run("import os, time\nif os.fork(): os._exit(0)\nelse: time.sleep(60)", timeout=20)


def test_too_much_memory_is_an_error_of_the_cell(run: Callable[..., str]) -> None:
    assert run("x = bytearray(20 * 2**20); print(len(x))", memory=600 * MEBIBYTE) == f"{20 * MEBIBYTE}\n"
    with pytest.raises(RunError, match=r"第 4 个单元格运行出错：MemoryError") as caught:
        run("kept = []", "while True: kept.append(bytearray(2**20))", memory=600 * MEBIBYTE, timeout=20)
    assert type(caught.value) is RunError
    with pytest.raises(RunError, match="MemoryError"):
        run("import numpy; numpy.ones(2**30)", memory=600 * MEBIBYTE)


def test_endless_recursion_is_an_error(run: Callable[..., str]) -> None:
    with pytest.raises(RunError, match="RecursionError: maximum recursion depth exceeded"):
        run("def f(): return f()", "f()")


def test_a_killed_server_is_no_fault_of_the_notebook(tmp_path: Path) -> None:
    path = behaviours.write(tmp_path / "n", ["print('前', flush=True)", "import time; time.sleep(30)"])
    with WarmServer() as server:
        killer = threading.Timer(1.0, os.kill, (server.pid, signal.SIGKILL))
        killer.start()
        with pytest.raises(InfrastructureError, match=r"n\.ipynb 运行时预热服务意外终止") as caught:
            server.run(path, {}, failed_to=tmp_path / "kept")
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
        assert type(pickle.loads(pickle.dumps(caught.value))) is InfrastructureError
        assert not server.alive()
        with pytest.raises(InfrastructureError, match="连不上预热服务"):
            server.run(path, {})
    with WarmServer() as again:
        assert again.call("operator:add", 1, 2) == 3


def test_everything_ends_with_its_owner(tmp_path: Path) -> None:
    path = behaviours.write(tmp_path / "n", ["import os; open('pid', 'w').write(str(os.getpid()))", "while True: pass"])
    program = (
        "import pathlib, sys; from edukit.run.warm import WarmServer\n"
        "s = WarmServer(); print(s.pid, s.address, flush=True); s.run(pathlib.Path(sys.argv[1]), {})"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    server, address = owner.stdout.readline().split()
    pid = path.parent / "pid"
    assert until(lambda: pid.exists() and pid.read_text() != "", 10)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert until(lambda: not Path(f"/proc/{pid.read_text()}").exists())
    assert until(lambda: not Path(f"/proc/{server}").exists())
    assert not Path(address).parent.exists()


def test_stopping_kills_what_runs_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    path = behaviours.write(tmp_path / "n", ["import time; time.sleep(30)"])
    failed: list[RunError] = []

    def ask(server: WarmServer) -> None:
        try:
            server.run(path, {})
        except RunError as error:
            failed.append(error)

    with WarmServer() as server:
        asking = threading.Thread(target=ask, args=(server,))
        asking.start()
        assert until(lambda: bool(children(server.pid)))
        time.sleep(0.5)
    asking.join(5)
    assert [type(error) for error in failed] == [InfrastructureError]
    assert list((tmp_path / "tmp").iterdir()) == []
    server.close()


def test_a_server_that_cannot_import_says_why() -> None:
    with pytest.raises(InfrastructureError, match=r"预热服务未能启动（ModuleNotFoundError: No module named 'no_such"):
        WarmServer(["no_such_module"])


# ---- calls


def test_functions_are_called_in_a_process_of_their_own(
    server: WarmServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert server.call("test_warm:multiply", 6, 7) == b"42"
    assert server.call("test_warm:where", env={"EDUKIT_TEST": "1"}) == (str(tmp_path), "1", 1)
    executed = server.run(GOOD, {})
    assert server.call("edukit.run:notebook_bytes", executed) == notebook_bytes(executed)


def test_a_call_that_fails_says_how(server: WarmServer) -> None:
    with pytest.raises(CallError, match=r"^不行。$"):
        server.call("test_warm:refuse")
    with pytest.raises(RuntimeError, match="OddError: 本地的类"):
        server.call("test_warm:refuse_oddly")
    with pytest.raises(RunError, match="test_warm:sleep 运行超时：限时 1 秒"):
        server.call("test_warm:sleep", timeout=1)
    with pytest.raises(InfrastructureError, match="test_warm:leave 的进程意外终止"):
        server.call("test_warm:leave")
    with pytest.raises(AttributeError):
        server.call("test_warm:nothing")
    with pytest.raises(TypeError, match="pickle"):
        server.call("threading:Lock")


# ---- what the engine leaves to papermill


@pytest.mark.parametrize(
    ("source", "wants"),
    [
        ("%connect_info", "要连接到内核"),
        ("from ipykernel.kernelapp import IPKernelApp", "要用内核本身"),
        ("get_ipython().kernel.shell_streams", "要用内核本身"),
        ("%matplotlib qt", "要用图形界面"),
        ("x = 1\n%gui tk", "要用图形界面"),
        ("%debug", "要用调试器"),
        ("'pandas' in sys.modules", "要看已载入的模块或对象"),
        ("threading.active_count()", "要看进程中的线程或任务"),
        ("asyncio.get_event_loop().stop()", "要停止事件循环"),
        ("inspect.stack()", "要看调用栈"),
        ("os.environ['MPLBACKEND'] = 'svg'", "要改库载入时才读的设置"),
        ("%env OMP_NUM_THREADS=4", "要改库载入时才读的设置"),
    ],
)
def test_what_a_fork_cannot_show_is_seen_beforehand(source: str, wants: str) -> None:
    found = unfit(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]))
    assert found is not None
    assert found.startswith(f"第 1 个单元格{wants}（")


def test_our_notebooks_are_fit(root: Path) -> None:
    paths = [*(root / "notebooks").glob("*.ipynb"), NOTEBOOKS / "report.ipynb"]
    assert [unfit(nbformat.read(path, as_version=4)) for path in paths] == [None] * len(paths)


def test_papermill_takes_over_and_it_is_said(
    server: WarmServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    threads = behaviours.write(tmp_path / "a", ["import threading; print(threading.active_count() > 4)"])
    shadow = behaviours.write(tmp_path / "b", ["import pandas; print(pandas.y)"])
    (tmp_path / "b" / "made.py").rename(tmp_path / "b" / "pandas.py")
    plain = behaviours.write(tmp_path / "c", ["import os; print(os.environ['LC_ALL'])"])
    with caplog.at_level(logging.WARNING, "edukit"):
        made = [
            server.run(threads, {}, fallen_back=told.append),
            server.run(shadow, {}, fallen_back=told.append),
            server.run(plain, {}, fallen_back=told.append, env={"LC_ALL": "C"}),
        ]
    assert [one.cells[0].outputs[0].text for one in made] == ["True\n", "7\n", "C\n"]
    assert told == [
        "第 1 个单元格要看进程中的线程或任务（threading.active_count）",
        "笔记本旁的 pandas.py 与已载入的模块同名",
        "环境变量 LC_ALL 只在进程启动时生效",
    ]
    assert "n.ipynb 改由 papermill 运行：笔记本旁的 pandas.py 与已载入的模块同名。" in caplog.text


def test_memory_is_limited_where_papermill_takes_over(server: WarmServer, tmp_path: Path) -> None:
    path = behaviours.write(
        tmp_path / "n", ["import threading; threading.active_count()", "hoard = bytearray(3 * 2**30)"]
    )
    with pytest.raises(RunError, match=r"运行出错：MemoryError（内存用尽或超过上限）（出错语句：hoard"):
        server.run(path, {}, memory=2**30)


def test_a_server_whose_owner_is_killed_at_once_does_not_stay(tmp_path: Path) -> None:
    """While it still starts it has another parent already, and must not take that for its owner."""
    program = f"""
import os, subprocess, sys
from edukit.run.warm_server import LAUNCH
command = [sys.executable, "-c", LAUNCH, {str(tmp_path / "s")!r}, str(os.getpid()), "numpy"]
print(subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL).pid, flush=True)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    server = Path(f"/proc/{int(done.stdout)}")
    deadline = time.monotonic() + 60
    while server.exists():
        assert time.monotonic() < deadline, "it serves for ever"
        time.sleep(0.1)


def test_a_function_that_fills_caches_leaves_no_settings(tmp_path: Path) -> None:
    path = behaviours.write(tmp_path / "n", ["import matplotlib\nprint(matplotlib.rcParams['font.sans-serif'][0])"])
    with WarmServer(["edukit.style", "edukit.style:use"]) as server:
        assert server.run(path, {}).cells[0].outputs[0].text == "DejaVu Sans\n"


def test_elsewhere_it_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not available()
    with pytest.raises(InfrastructureError, match="只支持 Linux"):
        WarmServer()
