"""Signals that ask a batch to stop: what is finished stays, nothing is left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Sent by Ctrl-C; by a service manager or at shutdown; when the terminal is closed; the same on Windows."""


class Stop:
    """Whether a batch was asked to stop.

    Attributes:
        asked: the signal has come; another one changes nothing, since putting things away is not to be cut off.
        heeded: somebody looks at ``asked``, so the signal is only noted. An exception may come between two steps of
            the standard library: one that has taken the lock of a report under way never gives it back, and whoever
            waits for that report waits for ever.
    """

    def __init__(self) -> None:
        self.asked = False
        self.heeded = False

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Raise at once in here, where nothing is in hand that must not be torn, and which may take long."""
        heeded, self.heeded = self.heeded, False
        try:
            if self.asked:
                raise KeyboardInterrupt
            yield
        finally:
            self.heeded = heeded

    def ask(self, number: int, frame: FrameType | None) -> None:
        """The handler of the signals."""
        if not self.asked:
            self.asked = True
            if not self.heeded:
                raise KeyboardInterrupt


@contextmanager
def taking_signals() -> Iterator[Stop]:
    """Handle the signals in here, in the main thread only; one that is ignored, as under nohup, stays so."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = [number for name in _SIGNALS if (number := getattr(signal, name, None)) is not None]
    before = {number: signal.getsignal(number) for number in numbers}
    taken = [number for number in numbers if before[number] not in (signal.SIG_IGN, None)]
    for number in taken:
        signal.signal(number, stop.ask)
    try:
        yield stop
    finally:
        for number in taken:
            signal.signal(number, before[number])
