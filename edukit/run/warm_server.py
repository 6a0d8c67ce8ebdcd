"""The fork server of the warm engine: imports everything once, then forks a child for each request. Linux only.

It is started by :class:`edukit.run.warm.WarmServer` and has one thread, since a fork copies only the thread that
forks: a lock that another one holds would stay locked in the child for ever. It does no work of its own and reads no
request, so nothing accumulates in it and no client can make it wait.

- A connection is accepted and a child forked; the child reads the request and answers it.
- When the child has ended, the rest of its session is killed and the connection shut down, so that the client sees
  the end even where a process that the notebook left behind still holds it.
- When the client hangs up (it has what it wanted, or the time was up, or it was killed), the child's session is killed.
- When the server's owner is gone, or SIGTERM comes, everything is killed and the server ends.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from edukit.run import guard
from edukit.run.startup import without_iri_grammar
from edukit.run.warm_answer import answer
from edukit.run.warm_child import die_with_parent
from edukit.run.warm_wire import Connection

LAUNCH: Final = """
import sys
sys.path[:] = filter(None, sys.path)
sys.modules["debugpy"] = None
from edukit.run.warm_server import main
main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
"""
"""The program of the server's process; it starts as a stock kernel's does, see :mod:`edukit.run.notebook`."""

READY: Final = b"ready\n"
"""What the server writes to its standard output once it accepts connections."""

_MACHINERY = (
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger", "IPython.core.oinspect"),
    *("IPython.extensions.storemagic", "IPython.utils.wildcard", "ipykernel.debugger", "tornado.platform.asyncio"),
)
"""What every kernel imports when it is made."""

_GARBAGE_AFTER = 50_000
"""New containers after which a child looks for cycles among them. A child lives for a second or two: with Python's own
700 it would spend a twentieth of that on looking through objects that are all still in use."""

_OWNER_CHECK = 1000  # milliseconds between two looks whether the owner still lives
_BACKLOG = 128


def main(address: str, owner: int, preload: Sequence[str]) -> None:
    """Serve until told to stop.

    Args:
        address: path of the Unix socket to make.
        owner: the process that started this one; it may be gone by now, so that asking for the parent is too late.
        preload: modules to import and functions, ``module:name``, to call before the first fork.
    """
    os.environ.pop("MPLBACKEND", None)  # each child sets its own
    known = _preload(preload)
    guard.available()  # found out once for all children
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    wake, waker = os.pipe()
    for end in (wake, waker):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.write(1, READY)
    _silence()
    gc.collect()
    gc.set_threshold(_GARBAGE_AFTER, *gc.get_threshold()[1:])
    gc.freeze()  # what is here now is never looked at again, so its memory stays shared with the children
    server = _Server(listener, wake, known)
    try:
        while os.getppid() == owner:
            server.turn()
    finally:
        server.stop()
        with suppress(OSError):  # the owner has done it, or else is gone
            os.unlink(address)
            os.rmdir(os.path.dirname(address))


def _preload(names: Sequence[str]) -> frozenset[str]:
    """Import and call what is asked for; the modules that are here only because of it."""
    with without_iri_grammar():
        import nbformat  # noqa: F401
    from edukit.run import warm_kernel  # noqa: F401

    for module in _MACHINERY:
        importlib.import_module(module)
    before = {name.partition(".")[0] for name in sys.modules}
    with warnings.catch_warnings():  # a kernel has not imported these, so it has none of their filters
        for module in ("papermill", "nbclient", "edukit.run.warm_making"):
            importlib.import_module(module)
    for name in names:
        module, _, function = name.partition(":")
        loaded = importlib.import_module(module)
        if function:
            _leaving_no_trace(getattr(loaded, function))
    if "matplotlib" in sys.modules:
        importlib.import_module("matplotlib.backends").backend_registry.list_all()  # looks through all packages, once
    return frozenset({name.partition(".")[0] for name in sys.modules} - before)


def _leaving_no_trace(function: object) -> None:
    """Call a function that fills caches, and take back what it did to settings."""
    assert callable(function)
    matplotlib = sys.modules.get("matplotlib")
    before = dict(matplotlib.rcParams) if matplotlib else {}
    with warnings.catch_warnings():
        function()
    if matplotlib:
        dict.update(matplotlib.rcParams, before)


def _silence() -> None:
    """Nothing that a child or a library writes to the terminal's descriptors shall reach it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


class _Server:
    """The children and their connections."""

    def __init__(self, listener: socket.socket, wake: int, known: frozenset[str]) -> None:
        self.listener = listener
        self.wake = wake
        self.known = known
        self.start_environment = dict(os.environ)
        self.children: dict[int, socket.socket] = {}
        self.poller = select.poll()
        self.poller.register(listener, select.POLLIN)
        self.poller.register(wake, select.POLLIN)

    def turn(self) -> None:
        """Wait for something to happen and see to it."""
        for descriptor, event in self.poller.poll(_OWNER_CHECK):
            if descriptor == self.listener.fileno():
                self._accept()
            elif descriptor == self.wake:
                os.read(self.wake, 4096)
            elif event & (select.POLLHUP | select.POLLERR):
                self._hung_up(descriptor)
        self._reap()

    def stop(self) -> None:
        """Kill every child and what it has started."""
        for pid in self.children:
            _kill(pid)

    def _accept(self) -> None:
        try:
            stream, _ = self.listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        try:
            pid = os.fork()
        except OSError:  # no memory or too many processes: the client sees that the connection ends
            stream.close()
            return
        if pid == 0:
            self._child(stream)
        # No event is asked for: data are the child's to read; that the client hung up is always reported.
        self.poller.register(stream, 0)
        self.children[pid] = stream

    def _child(self, stream: socket.socket) -> None:
        """All that the forked child ever does."""
        code = 70
        try:
            server = os.getppid()
            os.setsid()
            if not die_with_parent(server):
                return
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.listener.close()
            for other in self.children.values():
                other.close()
            stream.setblocking(True)
            answer(Connection(stream), self.start_environment, self.known)
            code = 0
        finally:
            os._exit(code)  # as a stock kernel, which is killed: without atexit functions

    def _hung_up(self, descriptor: int) -> None:
        for pid, stream in self.children.items():
            if stream.fileno() == descriptor:
                self.poller.unregister(descriptor)
                _kill(pid)

    def _reap(self) -> None:
        while self.children:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            pid = ended.si_pid
            _kill(pid)  # what it left behind; its number is not given away before the next line
            os.waitpid(pid, 0)
            if stream := self.children.pop(pid, None):
                with suppress(KeyError):  # the client had hung up
                    self.poller.unregister(stream)
                with suppress(OSError):  # the client has closed its end
                    stream.shutdown(socket.SHUT_RDWR)
                stream.close()


def _kill(pid: int) -> None:
    """Kill a child and its session; it may have had no time yet to make one."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
