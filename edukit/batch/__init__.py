"""Many counties: plan, run, put in place, and say what became of it. The steps are modules of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edukit.batch.cluster import cluster as _cluster
from edukit.batch.hooks import settings
from edukit.batch.lock import NAME as LOCK
from edukit.batch.lock import only_one
from edukit.batch.made import due
from edukit.batch.making import Limits, Product, Stock, make
from edukit.batch.plan import Task, from_csv, from_data
from edukit.batch.processes import Processes
from edukit.batch.running import DONE, FAILED, SKIPPED, STALE, Interrupted, Report, Summary, Watcher, run
from edukit.batch.stopping import Stop, taking_signals
from edukit.batch.telling import RunLog, conclude, document, in_words, interrupted, read_manifest
from edukit.batch.warming import PRELOAD
from edukit.errors import CallError
from edukit.publish import clear

if TYPE_CHECKING:
    from edukit.run.warm import WarmServer

__all__ = [
    "DONE",
    "FAILED",
    "SKIPPED",
    "STALE",
    "Limits",
    "Report",
    "Summary",
    "Task",
    "Watcher",
    "document",
    "due",
    "from_csv",
    "from_data",
    "in_words",
    "run_batch",
]

ENGINES = ("warm", "papermill")


def run_batch(
    tasks: list[Task],
    root: Path,
    *,
    engine: str = "",
    workers: int = 0,
    cluster: str = "",
    limits: Limits | None = None,
    force: bool = False,
    watcher: Watcher | None = None,
) -> Summary:
    """Make the reports of a plan that are not up to date.

    Args:
        tasks: the plan, see :mod:`edukit.batch.plan`.
        root: project folder.
        engine: ``warm`` (a fork for each report) or ``papermill``; "" takes the first that this system can run.
        workers: reports at a time; 0 for one for each core.
        cluster: address of a Dask scheduler; "" for this machine.
        limits: what one report may take.
        force: make every report, up to date or not.
        watcher: told of each report.

    Raises:
        CallError: the engine or the cluster does not exist.
        LockedError: another batch is at work on the same reports.
        Interrupted: a signal asked it to stop; a run after it makes what is missing.
    """
    from edukit.run.warm import available

    engine = engine or ("warm" if available() else "papermill")
    if engine not in ENGINES:
        raise CallError(f"没有名为“{engine}”的引擎，可用：{'、'.join(ENGINES)}。")
    if engine == "warm" and not available():
        raise CallError("本系统不支持预热引擎，请用 --engine papermill。")
    if limits and limits.memory and not cluster and sys.platform != "linux":
        raise CallError("本系统不能限制内存（--memory 只用于 Linux）。")
    at_once, limits, given = workers or os.cpu_count() or 1, limits or Limits(), settings(root)
    with taking_signals() as stop, only_one(root / "reports"), RunLog(root, datetime.now()) as run_log:
        clear(root / "reports", now=(root / "reports" / LOCK).stat().st_mtime)  # just written
        earlier = read_manifest(root)
        where = _cluster(cluster, root, limits) if cluster else _here(engine, at_once, root, limits, stop)
        try:
            with where as (submit, width):
                stop.heeded = True
                summary = run(tasks, root, submit, at_once=width or at_once, force=force, watcher=watcher, stop=stop)
            if stop.asked:  # when all was made
                raise Interrupted(summary)
        except Interrupted as cut:
            interrupted(cut.summary, root, earlier)
            raise
        finally:
            stop.heeded = False
        conclude(summary, root, given, run_log, earlier)
        return summary


@contextmanager
def _here(engine: str, at_once: int, root: Path, limits: Limits, stop: Stop) -> Iterator[tuple]:  # type: ignore[type-arg]
    """An executor of this machine: threads that wait for the warm engine's forks, or processes that run papermill."""
    if engine == "papermill":
        with Processes(at_once) as processes:
            yield (lambda task: processes.submit(make, task, root, Stock(), limits)), at_once
        return
    with _Forks(at_once, stop) as forks:
        yield (lambda task: forks.submit(task, root, limits)), at_once


class _Forks:
    """Threads that wait for forks of a process that has imported everything.

    That process starts with the first report that is due, since where nothing changed its imports would be most of the
    run; and anew when it has been killed, so that the other counties do not fail with the reports it was at.
    """

    def __init__(self, workers: int, stop: Stop) -> None:
        self._stopping = stop
        self._threads = ThreadPoolExecutor(workers)
        self._server: WarmServer | None = None

    def submit(self, task: Task, root: Path, limits: Limits) -> Future[Product]:
        from edukit.run.warm import WarmServer

        if self._server is None or not self._server.alive():
            self._stop()
            with self._stopping.raising():  # it imports for seconds
                self._server = WarmServer(PRELOAD)
        return self._threads.submit(make, task, root, self._server, limits)

    def _stop(self) -> None:
        if self._server is not None:
            self._server.close()

    def __enter__(self) -> _Forks:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop()  # first, so that no thread waits for a fork any longer
        self._threads.shutdown()
