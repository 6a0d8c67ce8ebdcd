"""What the caller, the server and the forked child of the warm engine say to each other over a Unix socket.

A connection carries one request and what comes back for it. Both ends belong to one user and one installation, so the
words are pickled. The child speaks in this order: :class:`Unfit`, or for a notebook :class:`Started`, then
:class:`Reached` and :class:`Published` as the cells run, then :class:`Done` or :class:`Failed`; for a call
:class:`Done` or :class:`Failed` at once; for a report :class:`Prepared` and the words of its notebook, but
:class:`Ran` instead of :class:`Done`. A process that is to stand is sent one :class:`Step` after the other and answers
each as a call.
"""

from __future__ import annotations

import importlib
import os
import pickle
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jupyter_client.session import Session
    from nbformat import NotebookNode

READ_AT_START: Final = (
    *("PYTHON", "LD_", "LC_", "LANG", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "MPLCONFIGDIR", "MATPLOTLIBRC"),
    *("FREETYPE_", "KMP_", "GOTO_NUM_THREADS"),
)
"""How the environment variables begin that take effect when Python or a library starts, and never later."""

LONGEST_START: Final = 120
"""Seconds that the server may take to import everything, and a child to be there."""

_LENGTH: Final = struct.Struct(">Q")
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Setting:
    """What a child must look like before it does anything.

    Attributes:
        environment: all environment variables.
        folder: the working folder, absolute.
        memory: bytes of address space that it may take beyond what it is forked with, or None for no limit.
        read_only: folders that it and what it starts cannot write to, see :mod:`edukit.run.guard`.
    """

    environment: Mapping[str, str]
    folder: str
    memory: int | None
    read_only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A function, ``module:name``, and what it is given; all that is pickled."""

    function: str
    arguments: tuple[Any, ...] = ()

    def call(self, *first: object) -> Any:
        """Call the function in this process; ``first`` are put before its own arguments."""
        module, _, name = self.function.partition(":")
        function: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return function(*first, *self.arguments)


@dataclass(frozen=True)
class RunNotebook:
    """Run a notebook that has been read and whose parameters have been checked.

    Attributes:
        setting: see there.
        name: the notebook's file name, for messages.
        source: the notebook as read.
        values: its parameters.
        timeout: seconds.
        private: a folder of this run's own.
    """

    setting: Setting
    name: str
    source: NotebookNode
    values: Mapping[str, object]
    timeout: int
    private: str


@dataclass(frozen=True)
class Call:
    """Call a function."""

    setting: Setting
    step: Step


@dataclass(frozen=True)
class Stand:
    """Stay, and call the functions that are sent; see :mod:`edukit.run.warm_standing`."""

    setting: Setting


@dataclass(frozen=True)
class Make:
    """Call a function, and run a notebook with the parameters that it gives; see :mod:`edukit.run.warm_making`.

    Attributes:
        setting: of the function.
        running: of the notebook.
        name: the notebook's file name, for messages.
        source: the notebook as read.
        prepare: what to call; ``parameters`` of what it returns are the notebook's.
        timeout: seconds for the notebook.
        private: a folder of this run's own.
    """

    setting: Setting
    running: Setting
    name: str
    source: NotebookNode
    prepare: Step
    timeout: int
    private: str


@dataclass(frozen=True)
class Prepared:
    """The notebook's parameters are known; it runs now. ``ready`` is what preparing has returned, pickled."""

    values: Mapping[str, object]
    ready: bytes


@dataclass(frozen=True)
class Ran:
    """The executed notebook, pickled, since it is only handed on."""

    executed: bytes


@dataclass(frozen=True)
class Unfit:
    """The child cannot do this as a fresh process would; nothing has been done."""

    reason: str


@dataclass(frozen=True)
class Started:
    """The kernel is there; the notebook with its parameters as it is about to run."""

    notebook: NotebookNode


@dataclass(frozen=True)
class Reached:
    """A cell is about to run; the index counts from 0."""

    index: int


@dataclass(frozen=True)
class Published:
    """A message of the kernel, see :func:`read`."""

    frames: list[bytes]


@dataclass(frozen=True)
class Done:
    """The executed notebook, or what the function returned."""

    result: Any


@dataclass(frozen=True)
class Failed:
    """What was raised, and the notebook as far as it came."""

    error: Exception
    notebook: NotebookNode | None = None


def read(frames: Any, session: Session) -> dict[str, Any]:
    """A message from the frames of :class:`Published`."""
    return session.deserialize(session.feed_identities(frames)[1])


class Connection:
    """One end of a connection; any thread may send, one thread receives.

    Args:
        stream: a connected stream socket; the connection closes it.
    """

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self._sending = threading.Lock()
        self._owner = os.getpid()

    @classmethod
    def to(cls, address: str) -> Connection:
        """A connection to the server at a path.

        Raises:
            OSError: there is none, or it does not answer.
        """
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            stream.settimeout(LONGEST_START)
            stream.connect(address)
        except OSError:
            stream.close()
            raise
        return cls(stream)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stream.close()

    def send(self, word: object) -> None:
        """Send one word; only the process that made the connection has a say, one that a notebook has forked ends here.

        Raises:
            OSError: the other end is gone.
        """
        if os.getpid() != self._owner:
            os._exit(0)
        body = pickle.dumps(word, pickle.HIGHEST_PROTOCOL)
        with self._sending:
            self.stream.sendall(_LENGTH.pack(len(body)))
            self.stream.sendall(body)

    def receive(self, deadline: float | None = None) -> Any:
        """Wait for one word.

        Args:
            deadline: moment of :func:`time.monotonic` to wait until; None for ever.

        Raises:
            TimeoutError: the deadline has passed.
            EOFError: the other end is gone.
        """
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size, deadline))
        return pickle.loads(self._exactly(length, deadline))

    def _exactly(self, count: int, deadline: float | None) -> bytearray:
        body = bytearray()
        while len(body) < count:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            self.stream.settimeout(left)
            try:
                part = self.stream.recv(min(_CHUNK, count - len(body)))
            except ConnectionError:
                part = b""
            if not part:
                raise EOFError
            body += part
        return body
