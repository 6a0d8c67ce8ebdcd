"""The warm engine: run many notebooks, each in a fresh process that has imported everything already. Linux only.

Starting a kernel and importing pandas and matplotlib takes longer than most reports. :class:`WarmServer` does it once;
then every run is a fork of that process, so that no county's run can see anything of another's. A notebook runs
unmodified, and its outputs are those of :func:`edukit.run.run_notebook`, cell by cell::

    with WarmServer(["edukit.figures", "edukit.tables", "edukit.text"]) as server:
        executed = server.run(notebook, {"county": "210903"}, timeout=600)
        files = server.call("edukit.report:finish", executed)

Runs may be asked for by several threads and processes at once; how many at a time is the caller's to decide. What the
engine cannot do as a stock kernel does (see :mod:`edukit.run.warm_fitness`) it leaves to that, and logs that it did.

Known differences that remain:

- Warnings that a preloaded module gives when it is imported are not shown.
- The call stack below a cell is deeper by a dozen frames, so a ``RecursionError`` shows as many frames less.
- In the traceback of an error within a library, the part of a line that failed may lack its colour, since Python's
  interpreter keeps less about code that has run often.
- The last words of a subprocess, and what was printed just before the process was killed, are never lost; in a stock
  kernel that is a matter of luck.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from edukit.run.execution import ONE_THREAD, one_line
from edukit.run.warm_client import WarmClient
from edukit.run.warm_failures import InfrastructureError
from edukit.run.warm_wire import LONGEST_START

__all__ = ["InfrastructureError", "WarmClient", "WarmServer", "available"]

PRELOAD: Final = (
    *("numpy", "pandas", "openpyxl"),
    *("matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
)
"""What is imported in any case."""

_LONGEST_ADDRESS = 100  # bytes of the path of a Unix socket
_LONGEST_STOP = 5
_QUIET: Final = {
    "PYTHONHASHSEED": "0",
    # Few arenas, since each reserves address space that would count against a memory limit.
    "MALLOC_ARENA_MAX": "2",
    # pyarrow's allocator would start a thread, and only a process with a single one may be forked.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


def available() -> bool:
    """Whether this system can run the engine; elsewhere take :func:`edukit.run.run_notebook`."""
    return sys.platform == "linux" and hasattr(os, "fork")


class WarmServer(WarmClient):
    """A server and the client for it; a context manager that stops the server and every run at its end.

    Args:
        preload: modules to import before the first fork, and functions, ``module:name``, that fill caches; a function
            must leave no other trace, matplotlib's settings and warning filters are put back for it.

    Raises:
        InfrastructureError: the system cannot run it, or an import failed.
    """

    def __init__(self, preload: Iterable[str] = ()) -> None:
        if not available():
            raise InfrastructureError("本系统不支持预热引擎（只支持 Linux），请改用 papermill。", 0, "unavailable")
        object.__setattr__(self, "_folder", _private_folder())
        super().__init__(str(self._folder / "s"))
        object.__setattr__(self, "_process", self._start([*PRELOAD, *preload]))

    _folder: Path
    _process: subprocess.Popen[bytes]

    def __enter__(self) -> WarmServer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def close(self) -> None:
        """Stop the server and kill every run; may be called twice."""
        self._standing.close()
        self._process.terminate()
        try:
            self._process.wait(_LONGEST_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, preload: list[str]) -> subprocess.Popen[bytes]:
        from edukit.run.warm_server import LAUNCH, READY

        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [sys.executable, "-c", LAUNCH, self.address, str(os.getpid()), *preload],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                env={**os.environ, **ONE_THREAD, **_QUIET},
                start_new_session=True,
            )
            assert process.stdout is not None
            ready = False
            try:
                with process.stdout:
                    there, _, _ = select.select([process.stdout], [], [], LONGEST_START)
                    ready = bool(there) and process.stdout.readline() == READY
            finally:
                if not ready:
                    process.kill()
                    process.wait()
                    shutil.rmtree(self._folder, ignore_errors=True)
            if ready:
                return process
            said.seek(0)
            lines = said.read().decode(errors="replace").split("\n")
        cause = one_line(next((line for line in reversed(lines) if line.strip()), "没有回应"))
        raise InfrastructureError(f"预热服务未能启动（{cause}）。", 0, cause)


def _private_folder() -> Path:
    """A folder that only this user can enter, with a path short enough for a socket."""
    for parent in (tempfile.gettempdir(), "/tmp"):
        if len(os.fsencode(parent)) + 30 < _LONGEST_ADDRESS:
            with suppress(OSError):
                return Path(tempfile.mkdtemp(prefix="edukit-warm-", dir=parent))
    raise InfrastructureError("没有可放置套接字的临时文件夹，请设置 TMPDIR。", 0, "no folder for the socket")
