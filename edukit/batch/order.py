"""Send a report to be made to a machine that shares no files with this one: inputs and results travel as bytes."""

from __future__ import annotations

import platform
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from edukit.batch.made import versions
from edukit.batch.making import Engine, Limits, Product, Stock, make
from edukit.batch.plan import Task
from edukit.batch.warming import PRELOAD
from edukit.errors import CallError
from edukit.export.kept import kept_file
from edukit.origin import code_digest
from edukit.report import find_notebook
from edukit.schemes import load_scheme
from edukit.workbook import MAX_FILE, sources


@dataclass(frozen=True)
class Order:
    """A task with everything that it is made from.

    Attributes:
        task: what to make.
        files: path below the project folder, with ``/`` -> content.
        limits: what it may take.
        code: digest of the edukit that the report is to be made by.
        versions: of the libraries likewise; a worker that has others would make other bytes.
    """

    task: Task
    files: Mapping[str, bytes]
    limits: Limits
    code: str
    versions: Mapping[str, str]


def order(task: Task, root: Path, limits: Limits) -> Order:
    """Everything that a report is made from: the counties' data of all years, its notebook, scheme and ledgers.

    Raises:
        CallError: a file that the scheme extends lies outside the project folder, so that a worker would not find it.
    """
    paths = {
        path
        for place in task.subject.counties
        for path in place.folder.rglob("*")
        if path.is_file() and not path.name.startswith((".", "~$"))
    }
    paths |= {file for place in task.subject.counties for year in place.years().values() for file in sources(year)}
    paths.add(find_notebook(task.notebook, root))
    paths |= {ledger} if (ledger := kept_file(task.year, task.county, root)) else set()
    scheme = str(task.parameters.get("scheme") or "")
    for path in load_scheme(scheme, folder=root).files if scheme else ():
        if not path.resolve().is_relative_to(root):
            raise CallError(
                f"评估办法文件 {path.name} 不在项目文件夹中，集群的工作进程读不到。请复制到项目文件夹再指定。"
            )
        paths.add(path.resolve())
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(paths) if _can_travel(path)}
    return Order(task, files, limits, code_digest(), versions())


def _can_travel(path: Path) -> bool:
    """Whether it is a file, and no larger than any that is read; else the worker says that it is not there."""
    return path.is_file() and path.stat().st_size <= MAX_FILE


def fulfil(given: Order) -> Product:
    """Make the report of an order in a folder of its own; runs on the worker."""
    if other := _differences(given):
        return Product(
            given.task, error=f"工作机 {platform.node()} 上的{other}与本机不同，结果会不一样。处理：装成同一版本"
        )
    with tempfile.TemporaryDirectory(prefix="edukit-order-") as folder:
        root = Path(folder).resolve()
        for name, content in given.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return replace(make(given.task, root, _engine(), given.limits), task=given.task)


def _differences(given: Order) -> str:
    here = versions()
    others = [
        f"{name}（{here.get(name)}，本机 {number}）"
        for name, number in given.versions.items()
        if here.get(name) != number
    ]
    return "、".join([*(["edukit 程序"] if given.code != code_digest() else []), *others])


_SERVER: list[Engine] = []
_STARTING = threading.Lock()


def _engine() -> Engine:
    """The worker's warm engine, kept from its first order on, started anew when it was killed; or stock papermill."""
    from edukit.run.warm import WarmServer, available

    with _STARTING:  # a worker may have several threads
        while _SERVER and isinstance(_SERVER[0], WarmServer) and not _SERVER[0].alive():
            _SERVER.pop().close()  # type: ignore[attr-defined]
        if not _SERVER:
            _SERVER.append(WarmServer(PRELOAD) if available() else Stock())
        return _SERVER[0]
