"""Reports made on the workers of a Dask cluster, behind the same interface as a pool of this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from edukit.batch.making import Limits, Product
from edukit.batch.order import fulfil, order
from edukit.batch.plan import Task
from edukit.errors import CallError, EdukitError

LONGEST_WITHOUT_WORKERS = 60.0
"""Seconds that a batch waits for the first worker, or goes on without any; a scheduler would let it wait for ever."""
LONGEST_CONNECTING = 10
_RETRIES = 2
_LOST = "与集群的连接断开，没有做成"
_DESERTED = "集群上已没有工作进程，没有做成。处理：启动 dask worker 后再运行"

Submit = Callable[[Task], Future[Product]]


@contextmanager
def cluster(address: str, root: Path, limits: Limits) -> Iterator[tuple[Submit, int]]:
    """What hands a task to the cluster, and how many tasks to hand out at a time.

    Raises:
        CallError: there is no such cluster, or it has no worker.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise CallError('要用集群须先安装：pip install "edukit[cluster]"。') from error
    try:
        client: Any = Client(address, timeout=LONGEST_CONNECTING)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise CallError(f"连接不上集群 {address}（{error}）。请确认 dask scheduler 已启动。") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=LONGEST_WITHOUT_WORKERS)
        except TimeoutError as error:
            waited = f"{LONGEST_WITHOUT_WORKERS:.0f} 秒内"
            raise CallError(
                f"集群 {address} {waited}没有工作进程，什么也没有做。请启动 dask worker {address}。"
            ) from error
        with client.get_executor(pure=False, retries=_RETRIES) as pool, _Orders(client, pool, root, limits) as orders:
            yield orders.submit, 2 * max(1, sum(client.nthreads().values()))


class _Orders:
    """Orders under way; they fail, and are not waited for, once the scheduler or all workers are gone."""

    def __init__(self, client: Any, pool: Any, root: Path, limits: Limits) -> None:
        self._client, self._pool, self._root, self._limits = client, pool, root, limits
        self._open: set[Future[Product]] = set()
        self._deserted = False
        self._end = threading.Event()
        self._watch = threading.Thread(target=self._look_for_workers, daemon=True)

    def submit(self, task: Task) -> Future[Product]:
        """Hand a task to the cluster."""
        told: Future[Product] = Future()
        if self._client.status == "running" and not self._deserted:
            asked: Future[Product] = self._pool.submit(fulfil, order(task, self._root, self._limits))
            if self._client.status == "running":  # from here on a loss of the scheduler cancels it
                self._open.add(told)
                told.add_done_callback(lambda _: asked.cancel())  # given up by whoever waits for it
                asked.add_done_callback(lambda done: self._hand_on(done, told))
                return told
        # what is asked of a client that has lost its scheduler would be waited for in vain
        told.set_exception(EdukitError(_DESERTED if self._deserted else _LOST))
        return told

    def _hand_on(self, done: Future[Product], told: Future[Product]) -> None:
        self._open.discard(told)
        with suppress(InvalidStateError):  # it was given up meanwhile
            if done.cancelled():
                if told.cancel():
                    told.set_running_or_notify_cancel()
            elif error := done.exception():
                told.set_exception(error)
            else:
                told.set_result(done.result())

    def _look_for_workers(self) -> None:
        without = 0.0
        step = LONGEST_WITHOUT_WORKERS / 10
        while not self._end.wait(step):
            with suppress(OSError, RuntimeError, ValueError):  # the scheduler is gone, which the client sees by itself
                without = 0.0 if self._client.nthreads() else without + step
            if without >= LONGEST_WITHOUT_WORKERS:
                self._deserted = True
                for told in list(self._open):
                    with suppress(InvalidStateError):  # it was done at this moment
                        told.set_exception(EdukitError(_DESERTED))
                return

    def __enter__(self) -> _Orders:
        self._watch.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._end.set()
        self._watch.join()
