"""A pool of processes for the papermill engine: built anew when one dies, gone with the batch that started it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess

from edukit.batch.making import Product

REPORTS_PER_PROCESS = 50
"""After so many a process is replaced, so that nothing piles up in it."""


class _Quiet(SpawnProcess):
    """A process that holds back Ctrl-C, while it imports for seconds, until :func:`end_with` sees to it."""

    def start(self) -> None:
        """Start with the signal blocked, which is handed on; then as before."""
        if sys.platform == "win32":
            super().start()
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Context(SpawnContext):
    """Spawn: a process that has threads must not be forked."""

    Process = _Quiet


class Processes:
    """The pool; a context manager. Where the batch is interrupted or killed, no process outlives it."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        # each process ends when this end is closed, by the batch or by the system when the batch was killed
        self._theirs, self._ours = Pipe(duplex=False)
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._workers,
            mp_context=_Context(),
            initializer=end_with,
            initargs=(self._theirs,),
            max_tasks_per_child=REPORTS_PER_PROCESS,
        )

    def submit(self, function: Callable[..., Product], /, *arguments: object) -> Future[Product]:
        """Have a function called in one of the processes."""
        try:
            return self._pool.submit(function, *arguments)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._new()
            return self._pool.submit(function, *arguments)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *exception: object) -> None:
        if exception[0] is not None:  # what they are at is not waited for
            self._ours.close()
        self._pool.shutdown(cancel_futures=True)
        self._ours.close()
        self._theirs.close()


def end_with(owner: Connection) -> None:
    """Let this process end as soon as the other end of a pipe is closed; its kernel ends with it.

    Ctrl-C, which a terminal sends to all processes, is the batch's to heed; here it would only be told in tracebacks.
    """
    signal.signal(signal.SIGINT, lambda *_: None)  # not ignored, which would be handed on to kernels
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def wait() -> None:
        try:
            owner.recv_bytes()
        except (EOFError, OSError):
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
