"""The batch on a Dask cluster: real schedulers and workers on the loopback address, without shared folders."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counts import survived
from edukit.batch import Limits, Summary, from_data, run_batch
from edukit.batch.order import fulfil, order
from edukit.errors import CallError
from test_batch import COUNTIES, home, notebook, statuses, until  # noqa: F401 - home is a fixture

pytest.importorskip("distributed")


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


class Cluster:
    """A scheduler and workers, each worker with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"tcp://127.0.0.1:{free_port()}"
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start(["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"], folder)
        self.workers: list[subprocess.Popen[bytes]] = []

    def _start(self, arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        nothing = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=folder, stdout=nothing, stderr=nothing, start_new_session=True)

    def add_worker(self) -> None:
        name = f"worker{len(self.workers)}"
        more = ["--nthreads", "1", "--no-dashboard", "--no-nanny", "--name", name]
        self.workers.append(self._start(["worker", self.address, *more], self.folder / name))

    def wait_for(self, count: int) -> None:
        from distributed import Client

        deadline = time.monotonic() + 60
        while True:
            try:
                with Client(self.address, timeout=5) as client:
                    if count:
                        client.wait_for_workers(count, timeout=30)
                return
            except (OSError, TimeoutError):
                assert time.monotonic() < deadline

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path / "cluster")
    try:
        for _ in range(2):
            made.add_worker()
        made.wait_for(2)
        yield made
    finally:
        made.stop()


def go(home: Path, cluster: str = "", **more: bool) -> Summary:  # noqa: F811
    tasks = from_data(home, notebook="small", scheme="quality-2017")
    return run_batch(tasks, home, cluster=cluster, workers=2, **more)


def contents(home: Path) -> dict[str, bytes]:  # noqa: F811
    folder = home / "reports" / "2020"
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_cluster_makes_the_same_bytes(home: Path, cluster: Cluster) -> None:  # noqa: F811
    assert set(statuses(go(home, cluster.address)).values()) == {"done"}
    there = contents(home)
    assert set(statuses(go(home)).values()) == {"skipped"}
    assert set(statuses(go(home, force=True)).values()) == {"done"}
    assert contents(home) == there
    left = [path for path in cluster.folder.rglob("*.html")]
    assert left == []


def test_a_worker_that_is_killed_loses_nothing(home: Path, cluster: Cluster, tmp_path: Path) -> None:  # noqa: F811
    marks = tmp_path / "marks"
    marks.mkdir()
    notebook(home, f"open({str(marks)!r} + f'/{{os.getpid()}}', 'x').close()", "time.sleep(3)")

    def kill_one_at_work() -> None:
        until(lambda: len(list(marks.iterdir())) == 2)  # both are in the middle of a notebook
        os.killpg(cluster.workers[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_one_at_work)
    killer.start()
    assert statuses(go(home, cluster.address)) == dict.fromkeys(COUNTIES, "done")
    killer.join()
    assert cluster.workers[0].wait() == -signal.SIGKILL
    assert len(list(marks.iterdir())) > len(COUNTIES)  # what the killed one was at was run again
    assert set(statuses(go(home)).values()) == {"skipped"}
    survived("the cluster's worker killed")


def test_a_warm_engine_that_is_killed_on_a_worker_costs_no_report(
    home: Path,  # noqa: F811
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    """The worker lives and starts another; else it would fail whatever comes after."""
    mark = tmp_path / "running"
    notebook(home, f"open({str(mark)!r}, 'a').write(county + ' ')", "time.sleep(3)")
    killed: list[int] = []

    def kill_one_at_work() -> None:
        until(mark.exists)
        for worker in cluster.workers:
            children = Path(f"/proc/{worker.pid}/task").glob("*/children")
            for child in {int(pid) for file in children for pid in file.read_text(encoding="ascii").split()}:
                if b"warm_server" in Path(f"/proc/{child}/cmdline").read_bytes():
                    os.kill(child, signal.SIGKILL)
                    killed.append(child)

    killer = threading.Thread(target=kill_one_at_work)
    killer.start()
    summary = go(home, cluster.address)
    killer.join()
    assert killed
    assert statuses(summary) == dict.fromkeys(COUNTIES, "done"), [report.reason for report in summary.reports]


def test_what_a_report_is_made_from_travels(home: Path, cluster: Cluster) -> None:  # noqa: F811
    """A scheme of one's own with the file that it extends, and the columns that all counties share."""
    (home / "父.yaml").write_text("extends: quality-2017\nid: 父\ncv_limit: {primary: 0.4}\n", encoding="utf-8")
    (home / "省.yaml").write_text("extends: 父.yaml\nid: 省\n", encoding="utf-8")
    raw = home / "data" / "raw"
    (raw / "990001-表格县").mkdir()
    (raw / "990001-表格县" / "2020.csv").write_text("校名,办学类型,小学在校生数\n甲小学,小学,300\n", encoding="utf-8")
    fields = "fields:\n  school_name: 校名\n  school_type: 办学类型\n  pupils_primary: 小学在校生数\n"
    (raw / "columns.yaml").write_text(fields, encoding="utf-8")

    def made(address: str) -> dict[str, bytes]:
        tasks = from_data(home, notebook="small", scheme=str(home / "省.yaml"), codes=["990001"])
        summary = run_batch(tasks, home, cluster=address, force=True)
        assert [report.reason for report in summary.reports] == [""]
        return contents(home)

    there = made(cluster.address)
    assert any(name.endswith("small.html") for name in there)
    assert made("") == there


def test_a_scheme_that_extends_one_outside_is_refused(
    home: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("elsewhere") / "省.yaml"
    path.write_text("extends: quality-2017\nid: 省\n", encoding="utf-8")
    (home / "市.yaml").write_text(f"extends: {path}\nid: 市\n", encoding="utf-8")
    (task,) = from_data(home, notebook="small", scheme=str(home / "市.yaml"), codes=["210903"])
    with pytest.raises(CallError, match=r"省\.yaml 不在项目文件夹中"):
        order(task, home, Limits())


@pytest.mark.parametrize(
    ("change", "said"),
    [({"code": "0" * 64}, "edukit 程序"), ({"versions": {"pandas": "1.0"}}, r"pandas（.*，本机 1\.0）")],
)
def test_a_worker_with_another_edukit_refuses(home: Path, change: dict[str, Any], said: str) -> None:  # noqa: F811
    """It would make other bytes, and the record would say that they are this machine's."""
    (task,) = from_data(home, notebook="small", scheme="quality-2017", codes=["210903"])
    product = fulfil(replace(order(task, home, Limits()), **change))
    assert re.search(f"上的{said}与本机不同", product.error)
    assert (product.again, product.files) == (False, {})


def test_a_cluster_without_workers_is_not_waited_for(
    home: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edukit.batch.cluster.LONGEST_WITHOUT_WORKERS", 2.0)
    empty = Cluster(tmp_path / "cluster")
    try:
        empty.wait_for(0)
        with pytest.raises(CallError, match=r"2 秒内没有工作进程，什么也没有做。请启动 dask worker tcp://"):
            go(home, empty.address)
        assert not (home / "reports" / "2020").exists()
    finally:
        empty.stop()


def test_a_cluster_that_loses_all_its_workers(
    home: Path,  # noqa: F811
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What they were at, and what they were not yet given, fails; nothing waits for workers that may never come."""
    monkeypatch.setattr("edukit.batch.cluster.LONGEST_WITHOUT_WORKERS", 2.0)
    mark = tmp_path / "running"
    notebook(home, f"open({str(mark)!r}, 'a').close()", "time.sleep(600)")

    def kill_all() -> None:
        until(mark.exists)
        for worker in cluster.workers:
            os.killpg(worker.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_all)
    killer.start()
    summary = go(home, cluster.address)
    killer.join()
    assert statuses(summary) == dict.fromkeys(COUNTIES, "failed")
    assert {report.reason.partition("，")[0] for report in summary.reports} == {"集群上已没有工作进程"}
    notebook(home, "1 + 1")
    assert statuses(go(home)) == dict.fromkeys(COUNTIES, "done")


def test_an_address_without_a_scheduler(home: Path) -> None:  # noqa: F811
    with pytest.raises(CallError, match="连接不上集群"):
        go(home, f"tcp://127.0.0.1:{free_port()}")
