"""Ask the warm engine's server for a run and see to it that what comes back is what papermill gives."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edukit.errors import RunError
from edukit.run.execution import ONE_THREAD, Progress, kept, kernel_environment, one_line, tidy
from edukit.run.notebook import run_notebook
from edukit.run.parameters import check_source, read_notebook
from edukit.run.warm_fitness import unfit
from edukit.run.warm_record import Record
from edukit.run.warm_wire import (
    Call,
    Connection,
    Done,
    Failed,
    Published,
    Reached,
    RunNotebook,
    Setting,
    Started,
    Unfit,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

LONGEST_START: Final = 120
"""Seconds that the server may take to import everything, and a child to be there."""


_log = logging.getLogger(__name__)


class InfrastructureError(RunError):
    """The engine failed, not the notebook: the server is gone, or a child never started. May be tried again."""


@dataclass(frozen=True)
class WarmClient:
    """Asks a server that runs somewhere on this machine; can be pickled and given to other processes.

    Attributes:
        address: path of the server's socket.
    """

    address: str

    def run(
        self,
        notebook: Path,
        parameters: Mapping[str, object],
        *,
        env: Mapping[str, str] | None = None,
        timeout: int = 600,
        memory: int | None = None,
        failed_to: Path | None = None,
        fallen_back: Callable[[str], None] | None = None,
    ) -> NotebookNode:
        """Run a notebook in a process of its own; like :func:`edukit.run.run_notebook` in all that is not said here.

        Args:
            notebook: the notebook file.
            parameters: see :func:`edukit.run.parameters.check_parameters`.
            env: environment variables beyond those of this process.
            timeout: seconds for the whole run; when they are over the process and what it started are killed.
            memory: bytes of address space that the notebook may take beyond what the libraries have; more than that
                is a ``MemoryError`` in its cell. Not applied where the stock engine runs instead.
            failed_to: where to keep the notebook with the outputs so far if it fails.
            fallen_back: is told why the stock engine runs instead, where it does; it is logged in any case.

        Raises:
            CallError: the call is wrong; nothing ran.
            InfrastructureError: the engine failed; the notebook is not to blame.
            RunError: a cell raised an error or left early, the process died, or the time was up.
        """
        source = read_notebook(notebook)
        values = check_source(source, notebook.name, parameters)
        reason = unfit(source)
        record = Record(Progress(notebook.name, timeout))
        if reason is None:
            try:
                with tempfile.TemporaryDirectory(prefix="edukit-", ignore_cleanup_errors=True) as private:
                    environment = kernel_environment(Path(private), env or {}) | {"JPY_PARENT_PID": str(os.getpid())}
                    setting = Setting(environment, str(notebook.parent.resolve()), memory)
                    request = RunNotebook(setting, notebook.name, source, values, timeout, private)
                    return tidy(self._run(request, record), values)
            except _UnfitError as refusal:
                reason = str(refusal)
            except RunError as failure:
                raise kept(failure, record.notebook(), values, failed_to) from failure.__cause__
        _log.warning("%s 改由 papermill 运行：%s。", notebook.name, reason)
        if fallen_back is not None:
            fallen_back(reason)
        return run_notebook(notebook, parameters, env=env, timeout=timeout, failed_to=failed_to)

    def call(
        self,
        function: str,
        *arguments: Any,
        env: Mapping[str, str] | None = None,
        timeout: int = 600,
        memory: int | None = None,
    ) -> Any:
        """Call a function in a process of its own and return what it returns.

        Args:
            function: ``module:name``; imported before the first fork if the module was preloaded.
            arguments: must survive pickling, as must the result.
            env: environment variables beyond those of this process.
            timeout: seconds.
            memory: as for :meth:`run`.

        Raises:
            InfrastructureError: the engine failed, or the process died.
            RunError: the time was up.
            Exception: what the function raised.
        """
        setting = Setting({**os.environ, **ONE_THREAD, "PYTHONHASHSEED": "0", **(env or {})}, os.getcwd(), memory)
        with self._connect(function) as connection:
            self._ask(connection, Call(setting, function, arguments), function)
            try:
                word = connection.receive(time.monotonic() + timeout)
            except TimeoutError:
                cause = f"TimeoutError: {timeout} s"
                raise RunError(f"{function} 运行超时：限时 {timeout} 秒。", 0, cause) from None
            except EOFError:
                cause = "进程意外终止，常见原因是内存不足或被系统结束"
                raise InfrastructureError(f"{function} 的{cause}。", 0, cause) from None
        match word:
            case Done(result):
                return result
            case Failed(error):
                raise error
            case Unfit(reason):
                raise InfrastructureError(f"{function} 未能运行：{reason}。", 0, reason)
        raise AssertionError(word)

    def alive(self) -> bool:
        """Whether the server accepts connections."""
        try:
            with self._connect("server"):
                return True
        except InfrastructureError:
            return False

    def _run(self, request: RunNotebook, record: Record) -> NotebookNode:
        """The executed notebook, not yet tidied."""
        progress = record.progress
        with self._connect(request.name) as connection:
            self._ask(connection, request, request.name)
            started_by = time.monotonic() + LONGEST_START
            while True:
                try:
                    word = connection.receive(min(started_by, progress.deadline))
                except TimeoutError:
                    if not record.running:
                        raise _never_started(progress, f"{LONGEST_START} 秒内没有回应") from None
                    raise progress.timed_out() from None
                except EOFError:
                    if not record.running:
                        raise _never_started(progress, "进程在启动时终止") from None
                    if not self.alive():
                        raise InfrastructureError(
                            f"{request.name} 运行时预热服务意外终止。", progress.cell, "server died"
                        ) from None
                    raise progress.died() from None
                match word:
                    case Started(notebook):
                        record.start(notebook)
                        started_by = progress.deadline
                    case Reached(index):
                        record.reach(index)
                    case Published(frames):
                        record.publish(frames)
                    case Done(notebook):
                        return notebook
                    case Unfit(reason):
                        raise _UnfitError(reason)
                    case Failed(error, notebook):
                        record.finish(notebook)
                        if isinstance(error, RunError):
                            raise error
                        cause = one_line(f"{type(error).__name__}: {error}")
                        message = f"{request.name} 运行时预热引擎出错（{cause}）。"
                        raise InfrastructureError(message, progress.cell, cause) from error

    def _connect(self, what: str) -> Connection:
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            stream.settimeout(LONGEST_START)
            stream.connect(self.address)
        except OSError as error:
            stream.close()
            raise _unreachable(what, error) from None
        return Connection(stream)

    def _ask(self, connection: Connection, request: object, what: str) -> None:
        try:
            connection.send(request)
        except OSError as error:
            raise _unreachable(what, error) from None


class _UnfitError(Exception):
    """The child refused; its argument says why."""


def _unreachable(what: str, error: OSError) -> InfrastructureError:
    cause = one_line(f"{type(error).__name__}: {error}")
    return InfrastructureError(f"{what} 未能运行：连不上预热服务（{cause}）。", 0, cause)


def _never_started(progress: Progress, cause: str) -> InfrastructureError:
    return InfrastructureError(progress.not_started(cause), 0, cause)
