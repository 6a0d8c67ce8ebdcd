"""Send a report to be made to a machine that shares no files with this one: inputs and results travel as bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from edukit.batch.making import Engine, Limits, Product, Stock, make
from edukit.batch.plan import Task
from edukit.batch.warming import PRELOAD
from edukit.report import find_notebook


@dataclass(frozen=True)
class Order:
    """A task with everything that it is made from.

    Attributes:
        task: what to make.
        files: path below the project folder, with ``/`` -> content.
        limits: what it may take.
    """

    task: Task
    files: Mapping[str, bytes]
    limits: Limits


def order(task: Task, root: Path, limits: Limits) -> Order:
    """Everything that a report is made from: the counties' data of all years, its notebook, scheme and ledgers."""
    paths = [
        path
        for place in task.subject.counties
        for path in sorted(place.folder.rglob("*"))
        if path.is_file() and not path.name.startswith((".", "~$"))
    ]
    paths.append(find_notebook(task.notebook, root))
    paths += [path for year in (task.year, task.year - 1) if (path := _ledger(task, year, root)).is_file()]
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    scheme = Path(str(task.parameters.get("scheme", "")))
    if scheme.suffix in (".yaml", ".yml"):  # a file of the user's own goes along; the worker knows it by its name
        files[scheme.name] = (root / scheme).read_bytes()
    return Order(task, files, limits)


def _ledger(task: Task, year: int, root: Path) -> Path:
    return root / "reports" / str(year) / task.county / "ledger.xlsx"


def fulfil(given: Order) -> Product:
    """Make the report of an order in a folder of its own; runs on the worker."""
    with tempfile.TemporaryDirectory(prefix="edukit-order-") as folder:
        root = Path(folder).resolve()
        for name, content in given.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return replace(make(given.task, root, _engine(), given.limits), task=given.task)


_SERVER: list[Engine] = []


def _engine() -> Engine:
    """The worker's warm engine, started with its first order and kept; stock papermill where there is no fork."""
    from edukit.run.warm import WarmServer, available

    if not _SERVER:
        _SERVER.append(WarmServer(PRELOAD) if available() else Stock())
    return _SERVER[0]
