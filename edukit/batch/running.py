"""Run a plan: skip what is up to date, make the rest on an executor, put each report in place as it comes."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from edukit.batch.made import altered_since, changed, fingerprint, harmed, record_name, record_of
from edukit.batch.making import Product
from edukit.batch.plan import Task
from edukit.batch.stopping import Stop
from edukit.errors import EdukitError
from edukit.export.earlier import make_room
from edukit.publish import publish

TRIES = 2
"""How often a report is tried where the machinery failed; one that fails by itself is tried once."""
_LOOK_EVERY = 0.2
"""Seconds between two looks whether the batch is to stop, while no report comes."""
DONE, SKIPPED, FAILED, STALE = "done", "skipped", "failed", "stale"
_log = logging.getLogger("edukit.batch")


@dataclass
class Report:
    """One line of the summary: what became of a task. ``stale``: it failed, and an older report still stands."""

    task: Task
    status: str
    path: Path
    reason: str = ""
    seconds: float = 0.0


@dataclass
class Summary:
    """What became of a batch."""

    reports: list[Report] = field(default_factory=list)
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    """What went wrong around the reports: with the log, with the command that is called at the end."""

    def count(self, *statuses: str) -> int:
        """How many reports have one of these statuses."""
        return sum(report.status in statuses for report in self.reports)

    @property
    def failed(self) -> bool:
        """Whether any report failed."""
        return self.count(FAILED, STALE) > 0


class Interrupted(KeyboardInterrupt):
    """The batch was cut off; ``summary`` holds what was settled by then."""

    def __init__(self, summary: Summary) -> None:
        super().__init__()
        self.summary = summary


class Watcher:
    """Told what a batch does, from the thread that runs it; this one keeps silent."""

    def begin(self, total: int) -> None:
        """The plan has so many reports."""

    def started(self, task: Task) -> None:
        """A report was handed to an executor; a second time where the machinery failed."""

    def settled(self, report: Report) -> None:
        """A report is done, skipped or failed."""


def run(
    tasks: Iterable[Task],
    root: Path,
    make: Callable[[Task], Future[Product]],
    *,
    at_once: int,
    force: bool = False,
    watcher: Watcher | None = None,
    stop: Stop | None = None,
) -> Summary:
    """Run the tasks that are not up to date.

    Args:
        tasks: the plan.
        root: project folder.
        make: hands one task to an executor (of this machine or of a cluster), which the caller shuts down.
        at_once: how many tasks are handed out at a time, so that memory stays flat however long the plan is.
        force: make every report, up to date or not.
        watcher: told of each report.
        stop: asks the batch to stop.

    Returns:
        One line for each task, in the order of the plan.

    Raises:
        Interrupted: what is in place stays as it is; a run after it makes what is missing.
    """
    began, tasks, watcher, stop = time.monotonic(), list(tasks), watcher or Watcher(), stop or Stop()
    watcher.begin(len(tasks))
    settled: dict[int, Report] = {}
    marks: dict[int, dict[str, str]] = {}

    def settle(report: Report) -> None:
        settled[id(report.task)] = report
        more = {"seconds": round(report.seconds, 3), "at": datetime.now().isoformat(timespec="seconds")}
        _log.info(json.dumps({**line(report, root), **more}, ensure_ascii=False))
        watcher.settled(report)

    def heed() -> None:
        if stop.asked:
            raise KeyboardInterrupt

    def due() -> Iterator[Task]:
        for task in tasks:
            heed()
            marks[id(task)] = now = fingerprint(task, root)
            why = ["要求全部重做"] if force else changed(task, root, now)
            if why:
                yield task
            else:
                settle(Report(task, SKIPPED, _page(task, root)))

    def hand_out(task: Task) -> None:
        running[make(task)] = task
        watcher.started(task)

    waiting, held = due(), list[Task]()

    def next_free(most: int) -> Iterator[Task]:
        """The next tasks, of each county one at a time and in order: they read and write the same problem ledger."""
        busy = {task.county for task in running.values()}
        ready = [task for task in held if task.county not in busy]
        while most > 0 and (task := ready.pop(0) if ready else next(waiting, None)) is not None:
            known = any(task is other for other in held)
            if task.county not in busy:
                busy.add(task.county)
                most -= 1
                held[:] = [other for other in held if other is not task]
                yield task
            elif not known:
                held.append(task)

    tried: dict[int, int] = {}
    running: dict[Future[Product], Task] = {}
    try:
        while True:
            for task in [*next_free(at_once - len(running))]:
                hand_out(task)
            if not running:
                break
            heed()
            finished, _ = wait(running, _LOOK_EVERY, FIRST_COMPLETED)
            for future in finished:
                heed()  # before it is settled: the signal may be what it failed of
                task = running.pop(future)
                product = _result(future, task)
                tried[id(task)] = tried.get(id(task), 0) + 1
                if product.again and tried[id(task)] < TRIES:
                    hand_out(task)
                else:
                    settle(_place(product, root, marks[id(task)]))
        reports = [settled[id(task)] for task in tasks]
        if any(report.status != SKIPPED for report in reports):  # notebooks have run, which may write anywhere
            for place, report in enumerate(reports):
                heed()
                reports[place] = _still(report, root, marks[id(report.task)])
    except BaseException as error:
        for future in running:
            future.cancel()
        if isinstance(error, KeyboardInterrupt):
            done = [settled[id(task)] for task in tasks if id(task) in settled]
            raise Interrupted(Summary(done, time.monotonic() - began)) from None
        raise
    return Summary(reports, time.monotonic() - began)


def _still(report: Report, root: Path, mark: Mapping[str, str]) -> Report:
    """The report at the end of the batch.

    One that is no longer as it was put in place counts as failed, and so does one whose data are others by now.
    """
    if report.status not in (DONE, SKIPPED):
        return report
    reason = ""
    if problems := harmed(report.task, root):
        reason = f"{'、'.join(problems)}：可能有别的笔记本写到了这里。再运行一次即重做"
    elif changes := altered_since(report.task, root, mark):
        reason = f"{'、'.join(changes)}在运行期间被改动，报告是按改动前的做的。请核对后再运行一次"
    if not reason:
        return report
    return replace(report, status=STALE if report.path.exists() else FAILED, reason=reason)


def _result(future: Future[Product], task: Task) -> Product:
    """What a worker gave back; that it died is its own fault, not the batch's."""
    try:
        return replace(future.result(), task=task)  # what comes from another process is a copy
    except EdukitError as error:
        return Product(task, error=str(error))
    except Exception as error:  # a worker may fail in any way, and must not stop the other counties
        return Product(task, error=f"工作进程出错（{type(error).__name__}: {error}）", again=True)


def _page(task: Task, root: Path) -> Path:
    return task.folder(root) / f"{task.notebook}.html"


def _place(product: Product, root: Path, mark: dict[str, str]) -> Report:
    """Put a report in place, the record of what it was made from last; or keep the notebook that failed."""
    task = product.task
    folder, page = task.folder(root), _page(task, root)
    failed = folder / f"{task.notebook}.failed.ipynb"
    reason = product.error
    if not reason:
        try:
            record = folder / record_name(task.notebook)
            record.unlink(missing_ok=True)  # until the new one is there the report counts as not made
            make_room(folder, task.notebook, product.files)
            publish(folder, product.files)
            publish(folder, {record.name: record_of(task.notebook, mark, product.files)})
            failed.unlink(missing_ok=True)
        except (OSError, EdukitError) as error:
            reason = str(error)
    if not reason:
        return Report(task, DONE, page, seconds=product.seconds)
    if product.failed:
        try:
            publish(folder, {failed.name: product.failed})
            reason += f"（已运行的部分：{failed.name}）"
        except (OSError, EdukitError):
            _log.warning("未能保存失败的笔记本：%s", failed)
    return Report(task, STALE if page.exists() else FAILED, page, reason, product.seconds)


def line(report: Report, root: Path) -> dict[str, object]:
    """A report as machines read it."""
    path = report.path.relative_to(root).as_posix() if report.status != FAILED else None
    task = report.task
    return {
        "county": task.county,
        "year": task.year,
        "notebook": task.notebook,
        "status": report.status,
        "path": path,
        "reason": report.reason or None,
    }
