"""What a freshly forked child of the warm engine does: look like a new process, and run a notebook as one.

A fork has all that its parent had imported, and that is the point. All else that a new process would have for itself
is made anew here: environment, working folder, random numbers, time zone, limits.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edukit.errors import RunError
from edukit.run.execution import Progress, execute
from edukit.run.guard import keep_read_only
from edukit.run.warm_wire import (
    Connection,
    Done,
    Failed,
    Published,
    Ran,
    Reached,
    RunNotebook,
    Setting,
    Started,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

_PR_SET_PDEATHSIG = 1
_SPARE_FOR_MESSAGE = 256 << 20
"""Bytes beyond the limit with which a notebook that ran out of memory may still be told so."""


def look_new(setting: Setting) -> None:
    """Take on the environment, the folder and the limits of a setting, and forget the rest."""
    keep_read_only(setting.read_only)
    os.environ.clear()
    os.environ.update(setting.environment)
    time.tzset()
    os.chdir(setting.folder)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # Python's own generator sees to itself
    if setting.memory is not None:
        limit = _address_space() + setting.memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit + _SPARE_FOR_MESSAGE))


def die_with_parent(parent: int) -> bool:
    """Let this process be killed when its parent ends; False where that has ended already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


def _address_space() -> int:
    """Bytes of address space of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


class _Reporting(Progress):
    """Tells the client how far the run has come, so that it knows when this process is killed."""

    def __init__(self, name: str, timeout: int, connection: Connection) -> None:
        super().__init__(name, timeout)
        self._connection = connection

    def started(self, notebook: NotebookNode) -> None:
        super().started(notebook)
        self._connection.send(Started(notebook))

    def reached(self, cell: NotebookNode, cell_index: int) -> None:
        super().reached(cell, cell_index)
        self._connection.send(Reached(cell_index))


def run(request: RunNotebook, connection: Connection, *, handed_on: bool = False) -> None:
    """Run a notebook in this process.

    Args:
        request: what to run; this process looks as its setting says.
        connection: is told how far the run has come, and the end of it: :class:`Done` or :class:`Failed`; nothing where
            the kernel has died.
        handed_on: the last word is :class:`Ran`, since the other end has no use for the notebook itself.
    """
    from edukit.run.warm_kernel import direct_kernel

    progress = _Reporting(request.name, request.timeout, connection)
    manager = direct_kernel(
        Path(request.private),
        lambda frames: connection.send(Published(list(frames))),
        _spare_memory if request.setting.memory is not None else lambda shell: None,
    )
    try:
        executed = execute(request.source, request.values, Path(request.setting.folder), manager, progress)
    except RunError as error:
        connection.send(Failed(error, progress.notebook))
    except Exception as error:
        if "Event loop stopped" in str(error):
            return  # the notebook has stopped the kernel's event loop, of which a stock kernel dies
        connection.send(Failed(travelling(error), progress.notebook))
    else:
        connection.send(Ran(pickle.dumps(executed, pickle.HIGHEST_PROTOCOL)) if handed_on else Done(executed))


def _spare_memory(shell: Any) -> None:
    """Let a notebook that ran out of memory be told so, which takes some."""

    def tell(
        shell: Any, kind: type[BaseException], error: BaseException, trace: Any, tb_offset: int | None = None
    ) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=True)

    shell.set_custom_exc((MemoryError,), tell)


def travelling(error: Exception) -> Exception:
    """The error itself where it survives pickling, else one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
