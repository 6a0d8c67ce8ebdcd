"""The batch on a Dask cluster: real schedulers and workers on the loopback address, without shared folders."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edukit.batch import Summary, from_data, run_batch
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


def test_an_address_without_a_scheduler(home: Path) -> None:  # noqa: F811
    with pytest.raises(CallError, match="连接不上集群"):
        go(home, f"tcp://127.0.0.1:{free_port()}")
