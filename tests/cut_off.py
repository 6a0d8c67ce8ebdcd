"""A batch that kills itself before one of its changes to the disk, for :mod:`test_cut_off`; called in a fork."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import edukit.batch
from edukit.batch import Task, from_data, run_batch
from edukit.batch.making import Product

CHANGES = ("os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.truncate")


class Changes:
    """Counts the changes to the disk below a folder, and kills this process before one of them; 0: before none."""

    def __init__(self, below: str, fatal: int) -> None:
        self.number = 0
        self._below, self._fatal = below, fatal
        sys.addaudithook(self._seen)

    def _seen(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            flags = arguments[2]
            changing = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        else:
            changing = event in CHANGES
        # shutil.rmtree names what it removes from within the folder
        if changing and isinstance(path := arguments[0], str) and (path.startswith(self._below) or path[:1] != "/"):
            self.number += 1
            if self.number == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)


def plan(home: Path) -> list[Task]:
    """The reports of a project."""
    return from_data(home, notebook="small", scheme="quality-2017", formats=("html", "xlsx"))


def batch(home: str, products: Mapping[str, Product], fatal: int = 0) -> tuple[int, dict[str, str]]:
    """Run the batch of a project, with reports that were made before.

    Args:
        home: project folder.
        products: county -> what an engine made of it.
        fatal: number of the change before which to be killed.

    Returns:
        How many changes there were, and what became of each report.
    """

    def submit(task: Task) -> Future[Product]:
        done: Future[Product] = Future()
        done.set_result(products[task.county])
        return done

    @contextmanager
    def here(*_: object) -> Iterator[tuple[object, int]]:
        yield submit, 1

    changes = Changes(home, fatal)
    with mock.patch.object(edukit.batch, "_here", here):
        summary = run_batch(plan(Path(home)), Path(home), workers=1)
    return changes.number, {report.task.county: report.status for report in summary.reports}
