"""A kernel inside this very process: ipykernel and nbclient as they are, without sockets between them.

The warm engine forks a process that has imported everything already; what remains is to run the cells there. Nothing of
what a notebook can see or an output can hold is written anew here: the shell, the display hook, the output streams
with their thread, the capture of file descriptors 1 and 2, comms and tracebacks are ipykernel's classes, set up by
ipykernel's own application object; the client that turns messages into outputs is nbclient's. Only the transport is
replaced: a request is a task of the one event loop, a reply is an item of a queue.

Such a kernel cannot be interrupted, debugged or connected to. A process has one at most, and ends after the run.
"""

from __future__ import annotations

import asyncio
import contextvars
import fcntl
import os
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty
from types import SimpleNamespace
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.session import Session

from edukit.run.warm_wire import read

Tap = Callable[[Sequence[bytes]], None]
"""Sees every message that the kernel publishes, as :func:`edukit.run.warm_wire.read` takes it, in order."""

_LONGEST_WAIT_FOR_PIPE = 1.0  # seconds
_PIPE_POLL = 0.0005


class _Outlet:
    """Takes the place of a socket that messages are sent to."""

    def __init__(self, deliver: Callable[[list[bytes]], None], context: zmq.Context[Any] | None = None) -> None:
        self._deliver = deliver
        self.context = context

    def send_multipart(self, frames: Sequence[Any], *args: object, **kwargs: object) -> None:
        self._deliver([bytes(frame) for frame in frames])

    def flush(self, *args: object) -> None:
        """Nothing is ever waiting."""

    def close(self) -> None:
        """Nothing was open."""


class _Channel:
    """The client's end of a channel: what nbclient uses of it."""

    def __init__(self, ask: Callable[[dict[str, Any]], None]) -> None:
        self._ask = ask
        self._arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def arrive(self, message: dict[str, Any]) -> None:
        self._arrived.put_nowait(message)

    def send(self, message: dict[str, Any]) -> None:
        self._ask(message)

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        try:
            return await asyncio.wait_for(self._arrived.get(), timeout)
        except TimeoutError:
            raise Empty from None


class DirectKernel(IPythonKernel):
    """ipykernel's kernel, fed by calls instead of sockets."""

    def start(self) -> None:
        """Be ready for requests; there are no streams to listen on and there is no debugger."""
        if self.shell:
            self.shell.exit_now = False
        Kernel.start(self)  # type: ignore[no-untyped-call]

    async def do_execute(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run a cell; what its subprocesses wrote to the descriptors has been read when this returns."""
        reply: dict[str, Any] = await super().do_execute(*args, **kwargs)  # type: ignore[no-untyped-call]
        _drain_descriptors()
        return reply

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """No request ever waits behind the one that failed."""


class DirectApp(IPKernelApp):
    """ipykernel's application without connection file, sockets, heartbeat and the threads that serve them."""

    def init_connection_file(self) -> None:
        """The file is named, as notebooks can see, but never written."""

    def init_poller(self) -> None:
        """The process ends with the server that forked it; see :mod:`edukit.run.warm_server`."""

    def init_sockets(self) -> None:
        """Only the thread that publishes outputs is made, with its pipe for forked subprocesses."""
        self.session.auth = None  # nobody else could send a message, so none is signed
        self.context = zmq.Context()
        outlet = _Outlet(lambda frames: None, self.context)  # what is published before the client listens is for nobody
        self.iopub_thread = IOPubThread(outlet, pipe=True, session=self.session)  # type: ignore[no-untyped-call]
        self.iopub_thread.start()  # type: ignore[no-untyped-call]
        self.iopub_socket = self.iopub_thread.background_socket
        self.configure_tornado_logger()  # type: ignore[no-untyped-call]

    def init_heartbeat(self) -> None:
        """Nobody listens."""

    def write_connection_file(self, **kwargs: Any) -> None:
        """Nobody connects."""

    def log_connection_info(self) -> None:
        """Nobody connects."""

    def init_kernel(self) -> None:
        """Make the kernel; ``answer`` is set once the client is there."""
        self.answer: Callable[[list[bytes]], None] = lambda frames: None
        replies = _Outlet(lambda frames: self.answer(frames))
        thread = SimpleNamespace(
            parent_thread=threading.main_thread(),
            manager=SimpleNamespace(get_subshell_to_shell_channel_socket=lambda subshell: replies),
        )
        self.kernel = DirectKernel.instance(
            parent=self,
            session=self.session,
            shell_channel_thread=thread,
            iopub_thread=self.iopub_thread,
            iopub_socket=self.iopub_socket,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count


DirectApp.__name__ = IPKernelApp.__name__  # libraries tell a notebook by the section of this name in IPython's settings


class _Mortal:
    """The event loop as the kernel knows it: to stop it, as ``exit()`` does in a notebook, is the kernel's death.

    The loop itself serves the client too, and goes on.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self.busy = 0
        self._dead = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def stop(self) -> None:
        """Die: now if a cell is running, else with the next one."""
        self._dead = True
        self.look()

    def look(self) -> None:
        """End this process if the kernel is dead and something is asked of it."""
        if self._dead and self.busy:
            os._exit(0)


class _Client(AsyncKernelClient):
    """nbclient's view of the kernel."""

    ends: tuple[_Channel, _Channel]

    @property
    def shell_channel(self) -> Any:
        return self.ends[0]

    @property
    def iopub_channel(self) -> Any:
        return self.ends[1]

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """They are open."""

    def stop_channels(self) -> None:
        """They end with the process."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """It is ready once it is made."""

    async def is_alive(self) -> bool:
        return True


def direct_kernel(private: Path, tap: Tap, ready: Callable[[Any], None]) -> type[AsyncKernelManager]:
    """A kernel manager whose kernel lives in this process.

    Args:
        private: a folder of this run's own.
        tap: is called from the thread that publishes outputs with every message before the client sees it.
        ready: is given the IPython shell before the first cell.
    """
    spec = KernelSpec(argv=["-c", "-f", str(private / "kernel.json")], display_name="Python 3", language="python")

    class DirectManager(AsyncKernelManager):
        _client: _Client | None = None

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        @property
        def has_kernel(self) -> bool:
            return self._client is not None

        async def start_kernel(self, *, extra_arguments: Sequence[str] = (), cwd: str, **_: Any) -> None:  # type: ignore[override]
            os.chdir(cwd)
            self._client = _start([*spec.argv, *extra_arguments], tap)
            ready(DirectKernel.instance().shell)

        def client(self, **kwargs: Any) -> _Client:  # type: ignore[override]
            assert self._client is not None
            return self._client

        async def is_alive(self) -> bool:  # type: ignore[override]
            return False  # there is nothing to shut down: the process ends after the run

        async def cleanup_resources(self, restart: bool = False) -> None:  # type: ignore[override]
            """Nothing was made outside of the process."""

    return DirectManager


def _start(argv: Sequence[str], tap: Tap) -> _Client:
    """Make the kernel and the client that talks to it on the running event loop."""
    loop = asyncio.get_running_loop()
    sys.argv[:] = argv
    app = DirectApp.instance()
    app.initialize(list(argv[1:]))  # type: ignore[no-untyped-call]
    _late_backend()
    session: Session = app.session
    app.kernel.start()
    app.kernel.io_loop = mortal = _Mortal(app.kernel.io_loop)
    context = contextvars.copy_context()
    tasks: set[asyncio.Task[None]] = set()  # the loop itself keeps none alive

    def ask(message: dict[str, Any]) -> None:
        frames = [zmq.Frame(part) for part in session.serialize(message)]
        task = loop.create_task(handle(frames), context=context)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def handle(frames: list[zmq.Frame]) -> None:
        mortal.busy += 1
        mortal.look()
        await app.kernel.shell_main(None, frames)
        mortal.busy -= 1

    shell, iopub = _Channel(ask), _Channel(ask)

    def publish(frames: Any) -> None:
        tap(frames)
        loop.call_soon_threadsafe(iopub.arrive, read(frames, session))

    app.answer = lambda frames: shell.arrive(read(frames, session))
    app.iopub_thread.socket = _Outlet(publish, app.context)
    client = _Client(session=session)
    client.ends = shell, iopub
    return client


def _late_backend() -> None:
    """Let matplotlib, which was imported long ago, see the backend that the kernel has put into the environment."""
    if loaded := sys.modules.get("matplotlib"):
        loaded.rcParams["backend"] = os.environ["MPLBACKEND"]


def _drain_descriptors() -> None:
    """Wait until the threads that watch descriptors 1 and 2 have read what was written to them.

    In a stock kernel it depends on the moment whether the last words of a subprocess still reach their cell; here
    they always do.
    """
    until = time.monotonic() + _LONGEST_WAIT_FOR_PIPE
    for stream in (sys.stdout, sys.stderr):
        pipe = getattr(stream, "_fid", None)
        while pipe is not None and time.monotonic() < until:
            if not int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4), sys.byteorder):
                break
            time.sleep(_PIPE_POLL)
