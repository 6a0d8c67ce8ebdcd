"""Run the cells of a checked notebook through papermill and say what became of them; nothing else calls papermill.

Which kernel runs the cells is the caller's choice: the stock one of :mod:`edukit.run.notebook`, or the warm one of
:mod:`edukit.run.warm_kernel`. Parameters, the order of cells, the collection of outputs and the words for a failure
are the same for both because they are this module.
"""

from __future__ import annotations

import errno
import logging
import math
import os
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from edukit.errors import RunError
from edukit.run.startup import without_iri_grammar

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager
    from nbformat import NotebookNode

_WIDGET = "application/vnd.jupyter.widget-view+json"
_MARKER = "papermill-error-cell-tag"
ONE_THREAD: Final = MappingProxyType(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
)
"""Environment in which numerical libraries keep to one thread: several reports run at once, and a sum that is split
among threads differs in its last digit from machine to machine."""

# papermill logs to a logger without handlers, whose warnings would land on the user's screen in English.
logging.getLogger("papermill").addHandler(logging.NullHandler())


def kernel_environment(private: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a kernel: that of this process, what a report needs, and what the caller wants.

    Args:
        private: a folder of this run's own.
        env: variables of the caller; they win.
    """
    fixed = {
        "IPYTHONDIR": str(private / "ipython"),  # no start-up files, no history
        "PYTHONHASHSEED": "0",  # the order of a set must not differ between two runs
    }
    return {**os.environ, **ONE_THREAD, **fixed, **env}


class Progress:
    """How far a run has come, and the notebook as papermill fills it.

    Args:
        name: the notebook's file name, for messages.
        timeout: seconds for the whole run, the start of the kernel not counted.
    """

    def __init__(self, name: str, timeout: int) -> None:
        self.name = name
        self.timeout = timeout
        self.deadline = math.inf
        self.cell = 0
        self.notebook: NotebookNode | None = None

    def started(self, notebook: NotebookNode) -> None:
        """The kernel is there: the time runs."""
        self.notebook = notebook
        self.deadline = time.monotonic() + self.timeout

    def reached(self, cell: NotebookNode, cell_index: int) -> None:
        """A cell is about to run."""
        self.cell = cell_index + 1

    def left(self, cell: NotebookNode) -> int:
        """Whole seconds that are left, at least one."""
        return max(1, math.ceil(self.deadline - time.monotonic()))

    def failure(self, problem: str, cause: str) -> RunError:
        """What to raise for a problem in the cell that was reached last."""
        return RunError(f"{self.name} 第 {self.cell} 个单元格{problem}。", self.cell, cause)

    def timed_out(self) -> RunError:
        """What to raise when the time was up."""
        return self.failure(f"运行超时：整本限时 {self.timeout} 秒", f"TimeoutError: {self.timeout} s")

    def died(self) -> RunError:
        """What to raise when the kernel was gone."""
        return self.failure("运行时内核意外终止，常见原因是内存不足或进程被系统结束", "DeadKernelError")

    def not_started(self, cause: str) -> str:
        """What to say when the kernel never was there."""
        return f"{self.name} 的内核未能启动（{cause}）。"


def execute(
    source: NotebookNode,
    values: Mapping[str, object],
    folder: Path,
    manager: type[KernelManager],
    progress: Progress,
) -> NotebookNode:
    """Run all cells in a new kernel and return the notebook with its outputs, not yet tidied.

    Args:
        source: the notebook as read; it is not changed.
        values: parameters that have been checked.
        folder: where the kernel works, absolute.
        manager: makes the kernel.
        progress: is told how far the run has come.

    Raises:
        RunError: a cell raised an error or left early, the kernel died or did not start, or the time was up.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from nbformat import ValidationError
    from papermill.exceptions import PapermillExecutionError

    try:
        executed: NotebookNode = papermill.execute_notebook(
            source,
            None,
            parameters=dict(values),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            kernel_manager_class=manager,
            resources={"metadata": {"path": str(folder)}},
            shutdown_kernel="immediate",
            record_timing=False,
            timeout_func=progress.left,
            on_notebook_start=progress.started,
            on_cell_execute=progress.reached,
        )
    except PapermillExecutionError as error:
        progress.cell = error.cell_index + 1
        raise _cell_failure(progress, error.ename, error.evalue, error.traceback) from None
    except CellTimeoutError:
        raise progress.timed_out() from None
    except DeadKernelError:
        raise progress.died() from None
    except ValidationError as error:
        cause = one_line(f"ValidationError: {error}")[:200]
        raise progress.failure(f"的输出不合笔记本格式：{cause}", cause) from None
    except (RuntimeError, TimeoutError) as error:
        if progress.notebook is not None:
            raise
        cause = one_line(f"{type(error).__name__}: {error}")
        raise RunError(progress.not_started(cause), 0, cause) from error
    _refuse_errors(executed, progress)
    return executed


def _refuse_errors(notebook: NotebookNode, progress: Progress) -> None:
    """Refuse what papermill lets pass: it takes ``sys.exit(0)`` for success; but then the cells after it never ran."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                progress.cell = number
                raise _cell_failure(progress, output.ename, output.evalue, output.traceback)


def _cell_failure(progress: Progress, name: str, message: str, traceback: Sequence[str]) -> RunError:
    cause = one_line(f"{name}: {message}" if message else name)
    if name == "SystemExit":
        return progress.failure("中途调用了 exit 或 sys.exit，其后的单元格没有运行", cause)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
    line = re.search(r"^-+> *\d+ +(\S.*)$", plain, re.MULTILINE)
    place = f"（出错语句：{line[1].strip()}）" if line else ""
    meaning = "（内存用尽或超过上限）" if name == "MemoryError" else ""
    if f"[Errno {errno.EROFS}]" in message:
        meaning = "（此处只读。出报告时 reports 和 data/raw 对笔记本只读，可写到笔记本所在的文件夹）"
    return progress.failure(f"运行出错：{cause.rstrip('。')}{meaning}{place}", cause)


def one_line(text: str) -> str:
    """The text with every run of blanks and line breaks as one blank."""
    return " ".join(text.split())


def kept(failure: RunError, notebook: NotebookNode | None, values: Mapping[str, object], path: Path | None) -> RunError:
    """The failure to raise, after the notebook as far as it came has been kept where the caller wants it.

    Args:
        failure: what happened.
        notebook: the notebook with the outputs so far, or None where nothing ran.
        values: its parameters.
        path: where to keep it, or None.
    """
    if path is None or notebook is None:
        return failure
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook_bytes(tidy(notebook, values)))
    return type(failure)(f"{failure}已运行的部分存于 {path}。", failure.cell, failure.cause)


def tidy(notebook: NotebookNode, values: Mapping[str, object]) -> NotebookNode:
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
        if "outputs" in cell:
            cell.outputs = _steady(cell.outputs)
    return notebook


def _steady(outputs: Sequence[NotebookNode]) -> list[NotebookNode]:
    """Outputs without addresses in memory and names of the kernel's temporary files, which differ from run to run.

    Streams of one name that follow each other become one: how many messages they come in is a matter of time. A widget
    is gone with its kernel, so only what stands in its place where no widgets can be shown is kept.
    """
    steady: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            if steady and steady[-1].output_type == "stream" and steady[-1].name == output.name:
                steady[-1].text += output.text
                continue
        elif "text/plain" in output.get("data", {}):
            output.data["text/plain"] = _without_traces(output.data["text/plain"])
        steady.append(output)
    for output in steady:
        if output.output_type == "stream":
            output.text = _without_traces(output.text)
        elif set(output.get("data", ())) > {_WIDGET}:
            output.data.pop(_WIDGET, None)
    return steady


def _without_traces(text: str) -> str:
    here = re.escape(tempfile.gettempdir())
    text = re.sub(rf"(?:{here})?[/\\]ipykernel_\d+[/\\](?=\d+\.py)", "", text)
    return re.sub(r" at 0x[0-9a-f]{6,}", "", text)


def notebook_bytes(notebook: NotebookNode) -> bytes:
    """What the file of a notebook holds: UTF-8, ends with a line break, the same for the same notebook."""
    with without_iri_grammar():
        import nbformat

    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return f"{text}\n".encode()
