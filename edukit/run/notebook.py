"""Execute a notebook with parameters in a kernel of its own, as papermill does everywhere.

papermill puts parameters into a notebook without looking at them: a misspelt name runs the defaults, ``numpy.int64(3)``
becomes the text ``"3"``. So every call is checked before a kernel starts; see :mod:`edukit.run.parameters`.
The executed notebook carries nothing of the machine, the user or the time: the same input gives the same notebook.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from edukit.errors import RunError
from edukit.run import guard
from edukit.run.execution import Progress, execute, kept, kernel_environment, tidy
from edukit.run.parameters import check_source, read_notebook

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager
    from nbformat import NotebookNode

_LONGEST_SOCKET_PATH = 80  # a Unix socket's path must stay under about 104 characters; zmq adds to ours
MEMORY = "EDUKIT_KERNEL_MEMORY"
"""Environment variable with the bytes that a kernel may take; the kernel itself takes it out."""
READ_ONLY = "EDUKIT_KERNEL_READ_ONLY"
"""The same with the folders that it cannot write to, as JSON."""
FOR_LIBRARIES = 256 << 20
"""Bytes beyond the limit, for what every report imports."""
_LAUNCH = f"""
import os, sys
limit = int(os.environ.pop("{MEMORY}", 0))
if limit:
    import resource
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
# A file beside the notebook must not stand in for a module of ipykernel; the shell adds the folder back.
sys.path[:] = filter(None, sys.path)
if kept := os.environ.pop("{READ_ONLY}", ""):
    import json, runpy
    runpy.run_path({guard.__file__!r})["keep_read_only"](json.loads(kept))
sys.modules["debugpy"] = None  # no debugger in a report: a third less time to start
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""


def run_notebook(
    notebook: Path,
    parameters: Mapping[str, object],
    *,
    env: Mapping[str, str] | None = None,
    timeout: int = 600,
    memory: int | None = None,
    failed_to: Path | None = None,
    read_only: Sequence[Path] = (),
) -> NotebookNode:
    """Run a notebook from top to bottom in a fresh kernel of this Python and return it with its outputs.

    The kernel works in the notebook's folder; this process stays where it is. The file itself is not changed.

    Args:
        notebook: the notebook file.
        parameters: see :func:`edukit.run.parameters.check_parameters`.
        env: environment variables for the kernel beyond those of this process.
        timeout: seconds for the whole run, the start of the kernel not counted.
        memory: bytes that the notebook may take beyond the libraries, about; more is a ``MemoryError`` in its cell.
            Linux only.
        failed_to: where to keep the notebook with the outputs so far if it fails.
        read_only: folders that the notebook cannot write to, see :mod:`edukit.run.guard`.

    Returns:
        The executed notebook without any trace of machine, user or time.

    Raises:
        CallError: the call is wrong; nothing ran.
        RunError: a cell raised an error or left early, the kernel died, or the time was up.
    """
    source = read_notebook(notebook)
    values = check_source(source, notebook.name, parameters)
    progress = Progress(notebook.name, timeout)
    _keep_quiet_about_dead_kernels()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="edukit-", ignore_cleanup_errors=True) as name,
            tempfile.TemporaryFile() as said,
        ):
            private = Path(name)
            own = {MEMORY: str(memory + FOR_LIBRARIES)} if memory else {}
            if read_only:
                own[READ_ONLY] = json.dumps([str(folder.resolve()) for folder in read_only])
            manager = _kernel(private, kernel_environment(private, {**(env or {}), **own}), said)
            try:
                executed = execute(source, values, notebook.parent.resolve(), manager, progress)
            except RunError as failure:
                if progress.notebook is None and (last := _last_line(said)):
                    raise RunError(f"{failure}内核最后说：{last}", failure.cell, failure.cause) from failure.__cause__
                raise
    except RunError as failure:
        raise kept(failure, progress.notebook, values, failed_to) from failure.__cause__
    return tidy(executed, values)


def _keep_quiet_about_dead_kernels() -> None:
    """Let no traceback reach the terminal of the task with which nbclient still asks after a kernel that is gone.

    Python would write it whenever the garbage is next collected, long after the failure has been reported.
    """
    from jupyter_core.utils import ensure_event_loop

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "_async_poll_kernel_alive" not in repr(context.get("future")):
            loop.default_exception_handler(context)

    ensure_event_loop().set_exception_handler(handle)


def _last_line(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _kernel(private: Path, environment: Mapping[str, str], said: IO[bytes]) -> type[AsyncKernelManager]:
    """A kernel manager that starts this very interpreter, whatever kernels and profiles the user has set up.

    Its sockets are files in a private folder where the system has such: no port to clash, nothing on the network.
    Its outputs come as messages; what else it says, such as that its parent is gone, goes into a file, since it is for
    no user's screen.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    arguments = [sys.executable, "-c", _LAUNCH, "-f", "{connection_file}"]
    spec = KernelSpec(argv=arguments, display_name="Python 3", language="python")
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
            return super().start_kernel(**kwargs, stdout=subprocess.DEVNULL, stderr=said, env=dict(environment))

    return ReportKernel
