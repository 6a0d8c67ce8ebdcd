"""Ask the warm engine's server for a run and see to it that what comes back is what papermill gives."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edukit.errors import CallError, RunError
from edukit.run.execution import ONE_THREAD, Progress, kept, kernel_environment, one_line, tidy
from edukit.run.notebook import run_notebook
from edukit.run.parameters import check_source, read_notebook
from edukit.run.warm_failures import InfrastructureError, Stage, ended, late, refused, unreachable
from edukit.run.warm_fitness import unfit
from edukit.run.warm_record import Record
from edukit.run.warm_standing import Standing
from edukit.run.warm_wire import (
    LONGEST_START,
    Call,
    Connection,
    Done,
    Failed,
    Make,
    Prepared,
    Published,
    Ran,
    Reached,
    RunNotebook,
    Setting,
    Started,
    Step,
    Unfit,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

LONGEST_CALL: Final = 600
"""Seconds that a function may take."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WarmClient:
    """Asks a server that runs somewhere on this machine; can be pickled and given to other processes.

    Attributes:
        address: path of the server's socket.
    """

    address: str
    _standing: Standing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_standing", Standing(self.address))

    def __reduce__(self) -> tuple[type[WarmClient], tuple[str]]:
        return WarmClient, (self.address,)

    def run(
        self,
        notebook: Path,
        parameters: Mapping[str, object],
        *,
        env: Mapping[str, str] | None = None,
        timeout: int = 600,
        memory: int | None = None,
        failed_to: Path | None = None,
        read_only: Sequence[Path] = (),
        fallen_back: Callable[[str], None] | None = None,
    ) -> NotebookNode:
        """Run a notebook in a process of its own; like :func:`edukit.run.run_notebook` in all that is not said here.

        Args:
            notebook: the notebook file.
            parameters: see :func:`edukit.run.parameters.check_parameters`.
            env: environment variables beyond those of this process.
            timeout: seconds for the whole run; when they are over the process and what it started are killed.
            memory: bytes of address space that the notebook may take beyond what the libraries have; more than that
                is a ``MemoryError`` in its cell, also where the stock engine runs instead.
            failed_to: where to keep the notebook with the outputs so far if it fails.
            read_only: folders that the notebook cannot write to, see :mod:`edukit.run.guard`.
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
                    setting = _of_a_notebook(notebook, Path(private), env or {}, memory)
                    setting = replace(setting, read_only=_absolute(read_only))
                    request = RunNotebook(setting, notebook.name, source, values, timeout, private)
                    return tidy(self._answer(request, notebook.name, Stage.STARTING, LONGEST_START, record), values)
            except _UnfitError as refusal:
                reason = str(refusal)
            except RunError as failure:
                raise kept(failure, record.notebook(), values, failed_to) from failure.__cause__
        _log.warning("%s 改由 papermill 运行：%s。", notebook.name, reason)
        if fallen_back is not None:
            fallen_back(reason)
        # in a process of its own too, so that it ends when the server is closed and is not waited for
        arguments = (notebook.resolve(), parameters, env, timeout, memory, failed_to, read_only)
        call = Call(_of_a_call({}, None), Step(f"{__name__}:by_papermill", arguments))
        longest = LONGEST_START + timeout + LONGEST_START  # its own limit comes first
        try:
            return self._answer(call, notebook.name, Stage.CALLED, longest)
        except _UnfitError:  # this environment is another one than that in which the server was started
            return by_papermill(*arguments)

    def call(
        self,
        function: str,
        *arguments: Any,
        env: Mapping[str, str] | None = None,
        timeout: int = LONGEST_CALL,
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
        setting = _of_a_call(env or {}, memory)
        try:
            return self._answer(Call(setting, Step(function, arguments)), function, Stage.CALLED, timeout)
        except _UnfitError as refusal:
            raise refused(function, str(refusal)) from None

    def make(
        self,
        notebook: Path,
        prepare: Step,
        finish: Step,
        *,
        env: Mapping[str, str] | None = None,
        timeout: int = 600,
        memory: int | None = None,
        failed_to: Path | None = None,
        read_only: Sequence[Path] = (),
    ) -> Any:
        """Call a function, run a notebook with the parameters that it gives, and call another one with both.

        ``prepare`` is called in the process that then runs the notebook, so that what it has opened need not be opened
        again (:mod:`edukit.lending`), and ``finish`` in one that stays. It comes out what :meth:`call`, :meth:`run`
        and :meth:`call` one after the other give, and where the engine cannot do it that is what is done.

        Args:
            notebook: the notebook file.
            prepare: returns something that has ``parameters``.
            finish: is given that and the executed notebook before its own arguments.
            env: of the notebook, as for :meth:`run`.
            timeout: of the notebook.
            memory: of the notebook.
            failed_to: of the notebook.
            read_only: of ``prepare`` too.

        Returns:
            What ``finish`` returns.

        Raises:
            InfrastructureError: the engine failed, or the process died outside of the notebook.
            RunError: as for :meth:`run`, or a function took too long.
            Exception: what a function raised.
        """
        source = _fit(notebook)
        if source is not None:
            record = Record(Progress(notebook.name, timeout))
            try:
                with tempfile.TemporaryDirectory(prefix="edukit-", ignore_cleanup_errors=True) as private:
                    running = _of_a_notebook(notebook, Path(private), env or {}, memory)
                    called = _of_a_call({}, None)
                    # from the first moment on, when the process has one thread only
                    guarded = replace(called, read_only=_absolute(read_only))
                    request = Make(guarded, running, notebook.name, source, prepare, timeout, private)
                    executed = self._answer(request, notebook.name, Stage.CALLED, LONGEST_CALL, record)
            except _UnfitError:
                pass  # run says so
            except RunError as failure:
                raise kept(failure, record.notebook(), record.values, failed_to) from failure.__cause__
            else:
                step = Step("edukit.run.warm_making:finish", (finish, record.ready, executed, record.values))
                return self._standing.call(called, step, notebook.name, LONGEST_CALL)
        ready = self.call(prepare.function, *prepare.arguments)
        given: Mapping[str, object] = ready.parameters
        executed = self.run(
            notebook, given, env=env, timeout=timeout, memory=memory, failed_to=failed_to, read_only=read_only
        )
        return self.call(finish.function, ready, executed, *finish.arguments)

    def alive(self) -> bool:
        """Whether the server accepts connections."""
        try:
            with self._connect("server"):
                return True
        except InfrastructureError:
            return False

    def _answer(self, request: object, what: str, stage: Stage, longest: float, record: Record | None = None) -> Any:
        """Ask, follow what happens, and return what comes of it; a notebook is not yet tidied.

        Args:
            request: what is asked for.
            what: what a message calls it.
            stage: what happens first.
            longest: seconds that this may take.
            record: of the notebook, where one is run.
        """
        record = record or Record(Progress(what, 0))
        progress = record.progress
        with self._connect(what) as connection:
            self._ask(connection, request, what)
            until = time.monotonic() + longest
            while True:
                try:
                    word = connection.receive(until)
                except TimeoutError:
                    raise late(stage, progress, what, longest) from None
                except EOFError:
                    raise ended(stage, progress, what, alive=self.alive()) from None
                match word:
                    case Prepared(values, ready):
                        record.values, record.ready = values, ready
                        stage, until = Stage.STARTING, time.monotonic() + LONGEST_START
                    case Started(notebook):
                        record.start(notebook)
                        stage, until = Stage.RUNNING, progress.deadline
                    case Reached(index):
                        record.reach(index)
                    case Published(frames):
                        record.publish(frames)
                    case Done(result) | Ran(result):
                        return result
                    case Unfit(reason):
                        raise _UnfitError(reason)
                    case Failed(error, notebook):
                        if stage is Stage.CALLED:
                            raise error
                        record.finish(notebook)
                        if isinstance(error, RunError):
                            raise error
                        cause = one_line(f"{type(error).__name__}: {error}")
                        message = f"{what} 运行时预热引擎出错（{cause}）。"
                        raise InfrastructureError(message, progress.cell, cause) from error

    def _connect(self, what: str) -> Connection:
        try:
            return Connection.to(self.address)
        except OSError as error:
            raise unreachable(what, error) from None

    def _ask(self, connection: Connection, request: object, what: str) -> None:
        try:
            connection.send(request)
        except OSError as error:
            raise unreachable(what, error) from None


def by_papermill(
    notebook: Path,
    parameters: Mapping[str, object],
    env: Mapping[str, str] | None,
    timeout: int,
    memory: int | None,
    failed_to: Path | None,
    read_only: Sequence[Path],
) -> NotebookNode:
    """Run a notebook in the stock engine: what a process of the warm one calls where it cannot look new itself."""
    return run_notebook(
        notebook, parameters, env=env, timeout=timeout, memory=memory, failed_to=failed_to, read_only=read_only
    )


class _UnfitError(Exception):
    """The child refused; its argument says why."""


def _fit(notebook: Path) -> NotebookNode | None:
    """The notebook, if the engine can run it; None too where it cannot be read, which is said when it is to run."""
    try:
        source = read_notebook(notebook)
    except CallError:
        return None
    return source if unfit(source) is None else None


def _of_a_call(env: Mapping[str, str], memory: int | None) -> Setting:
    return Setting({**os.environ, **ONE_THREAD, "PYTHONHASHSEED": "0", **env}, os.getcwd(), memory)


def _of_a_notebook(notebook: Path, private: Path, env: Mapping[str, str], memory: int | None) -> Setting:
    environment = kernel_environment(private, env) | {"JPY_PARENT_PID": str(os.getpid())}
    return Setting(environment, str(notebook.parent.resolve()), memory)


def _absolute(folders: Sequence[Path]) -> tuple[str, ...]:
    return tuple(str(folder.resolve()) for folder in folders)
