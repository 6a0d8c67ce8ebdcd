"""Execute a notebook with parameters; the only module that knows papermill.

papermill puts parameters into a notebook without looking at them: a misspelt name runs the defaults, ``numpy.int64(3)``
becomes the text ``"3"``. So every call is checked before a kernel starts; see :mod:`edukit.run.parameters`.
The executed notebook carries nothing of the machine, the user or the time: the same input gives the same notebook.
"""

from __future__ import annotations

import logging
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edukit.errors import RunError
from edukit.run.parameters import check_source, read_notebook
from edukit.run.startup import without_iri_grammar

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager
    from nbformat import NotebookNode

_MARKER = "papermill-error-cell-tag"
_LONGEST_SOCKET_PATH = 80  # a Unix socket's path must stay under about 104 characters; zmq adds to ours
_LAUNCH = """
import sys
# A file beside the notebook must not stand in for a module of ipykernel; the shell adds the folder back.
sys.path[:] = filter(None, sys.path)
sys.modules["debugpy"] = None  # no debugger in a report: a third less time to start
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""

# papermill logs to a logger without handlers, whose warnings would land on the user's screen in English.
logging.getLogger("papermill").addHandler(logging.NullHandler())


def run_notebook(
    notebook: Path,
    parameters: Mapping[str, object],
    *,
    env: Mapping[str, str] | None = None,
    timeout: int = 600,
    failed_to: Path | None = None,
) -> NotebookNode:
    """Run a notebook from top to bottom in a fresh kernel of this Python and return it with its outputs.

    The kernel works in the notebook's folder; this process stays where it is. The file itself is not changed.

    Args:
        notebook: the notebook file.
        parameters: see :func:`edukit.run.parameters.check_parameters`.
        env: environment variables for the kernel beyond those of this process.
        timeout: seconds for the whole run, the start of the kernel not counted.
        failed_to: where to keep the notebook with the outputs so far if it fails.

    Returns:
        The executed notebook without any trace of machine, user or time.

    Raises:
        CallError: the call is wrong; nothing ran.
        RunError: a cell raised an error or left early, the kernel died, or the time was up.
    """
    source = read_notebook(notebook)
    values = check_source(source, notebook.name, parameters)
    progress = _Progress(notebook.name, timeout)
    try:
        with tempfile.TemporaryDirectory(prefix="edukit-", ignore_cleanup_errors=True) as private:
            executed = _execute(source, values, notebook.parent.resolve(), Path(private), env or {}, progress)
        _refuse_errors(executed, progress)
    except RunError as failure:
        if failed_to is None or progress.notebook is None:
            raise
        _keep(_tidy(progress.notebook, values), failed_to)
        raise RunError(f"{failure}已运行的部分存于 {failed_to}。", failure.cell, failure.cause) from failure.__cause__
    return _tidy(executed, values)


class _Progress:
    """How far a run has come, and the notebook as papermill fills it."""

    def __init__(self, name: str, timeout: int) -> None:
        self.name = name
        self.timeout = timeout
        self.deadline = math.inf
        self.cell = 0
        self.notebook: NotebookNode | None = None

    def started(self, notebook: NotebookNode) -> None:
        self.notebook = notebook
        self.deadline = time.monotonic() + self.timeout

    def reached(self, cell: NotebookNode, cell_index: int) -> None:
        self.cell = cell_index + 1

    def left(self, cell: NotebookNode) -> int:
        return max(1, math.ceil(self.deadline - time.monotonic()))

    def failure(self, problem: str, cause: str) -> RunError:
        return RunError(f"{self.name} 第 {self.cell} 个单元格{problem}。", self.cell, cause)


def _execute(
    source: NotebookNode,
    values: dict[str, object],
    folder: Path,
    private: Path,
    env: Mapping[str, str],
    progress: _Progress,
) -> NotebookNode:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        executed: NotebookNode = papermill.execute_notebook(
            source,
            None,
            parameters=values,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            kernel_manager_class=_kernel(private, env),
            resources={"metadata": {"path": str(folder)}},
            shutdown_kernel="immediate",
            record_timing=False,
            timeout_func=progress.left,
            on_notebook_start=progress.started,
            on_cell_execute=progress.reached,
        )
        return executed
    except PapermillExecutionError as error:
        progress.cell = error.cell_index + 1
        raise _cell_failure(progress, error.ename, error.evalue, error.traceback) from None
    except CellTimeoutError:
        raise progress.failure(
            f"运行超时：整本限时 {progress.timeout} 秒", f"TimeoutError: {progress.timeout} s"
        ) from None
    except DeadKernelError:
        problem = "运行时内核意外终止，常见原因是内存不足或进程被系统结束"
        raise progress.failure(problem, "DeadKernelError") from None
    except (RuntimeError, TimeoutError) as error:
        if progress.notebook is not None:
            raise
        cause = _one_line(f"{type(error).__name__}: {error}")
        raise RunError(f"{progress.name} 的内核未能启动（{cause}）。", 0, cause) from error


def _kernel(private: Path, env: Mapping[str, str]) -> type[AsyncKernelManager]:
    """A kernel manager that starts this very interpreter, whatever kernels and profiles the user has set up.

    Its sockets are files in a private folder where the system has such: no port to clash, nothing on the network.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    arguments = [sys.executable, "-c", _LAUNCH, "-f", "{connection_file}"]
    spec = KernelSpec(argv=arguments, display_name="Python 3", language="python")
    fixed = {
        "IPYTHONDIR": str(private / "ipython"),  # no start-up files, no history
        "PYTHONHASHSEED": "0",  # the order of a set must not differ between two runs
    }
    sockets = os.name == "posix" and len(os.fsencode(private)) < _LONGEST_SOCKET_PATH

    class ReportKernel(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        def start_kernel(self, **kwargs: Any) -> Awaitable[None]:  # type: ignore[override]
            self.connection_file = str(private / "kernel.json")
            if sockets:
                self.transport = "ipc"
                self.ip = str(private / "kernel")
            return super().start_kernel(**kwargs, env={**os.environ, **fixed, **env})

    return ReportKernel


def _refuse_errors(notebook: NotebookNode, progress: _Progress) -> None:
    """Refuse what papermill lets pass: it takes ``sys.exit(0)`` for success; but then the cells after it never ran."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                progress.cell = number
                raise _cell_failure(progress, output.ename, output.evalue, output.traceback)


def _cell_failure(progress: _Progress, name: str, message: str, traceback: Sequence[str]) -> RunError:
    cause = _one_line(f"{name}: {message}" if message else name)
    if name == "SystemExit":
        return progress.failure("中途调用了 exit 或 sys.exit，其后的单元格没有运行", cause)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
    line = re.search(r"^-+> *\d+ +(\S.*)$", plain, re.MULTILINE)
    place = f"（出错语句：{line[1].strip()}）" if line else ""
    return progress.failure(f"运行出错：{cause.rstrip('。')}{place}", cause)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tidy(notebook: NotebookNode, values: Mapping[str, object]) -> NotebookNode:
    """Take out what differs between two runs of the same input, and what papermill writes in its own language."""
    import nbformat

    notebook.cells = [cell for cell in notebook.cells if _MARKER not in cell.metadata.get("tags", ())]
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        }
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:03d}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", ()):
            # papermill writes Chinese as \uXXXX, which nobody can read.
            cell.source = "\n".join(["# Parameters", *(f"{name} = {value!r}" for name, value in values.items())])
        for output in cell.get("outputs", ()):
            text = output.get("data", {}).get("text/plain")
            if text is not None:
                output.data["text/plain"] = re.sub(r" at 0x[0-9a-f]{6,}", "", text)
    return notebook


def notebook_bytes(notebook: NotebookNode) -> bytes:
    """What the file of a notebook holds: UTF-8, ends with a line break, the same for the same notebook."""
    with without_iri_grammar():
        import nbformat

    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return f"{text}\n".encode()


def _keep(notebook: NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook_bytes(notebook))
