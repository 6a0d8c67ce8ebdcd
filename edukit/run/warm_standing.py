"""Processes of the warm engine's server that stay, for functions of our own that come again with every report.

A fork starts with nothing but shared memory, and most of what it touches it must first copy; to end it costs as much
again. What runs no code of a notebook needs no process of its own: it leaves nothing but what caches hold.
"""

from __future__ import annotations

import os
import select
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from edukit.run.warm_failures import call_ended, call_late, refused, unreachable
from edukit.run.warm_wire import Connection, Done, Failed, Setting, Stand, Step, Unfit

CALLS_EACH: Final = 50
"""After so many a process is replaced, so that nothing piles up in it."""


@dataclass(eq=False)
class _Process:
    """One process at the other end of a connection."""

    connection: Connection
    setting: Setting
    calls: int = 0
    owner: int = field(default_factory=os.getpid)

    def usable(self, setting: Setting) -> bool:
        """Whether it looks as it should, lives, and is not that of a process of which this one is a fork."""
        silent = not select.select([self.connection.stream], [], [], 0)[0]  # its end could be read
        return silent and self.setting == setting and self.owner == os.getpid()


@dataclass(eq=False)
class Standing:
    """The processes, as many as calls are made at the same time; any thread may call.

    Attributes:
        address: path of the server's socket.
        close: ends those that wait for a call; done at the latest when nobody has this object any longer.
    """

    address: str
    close: Callable[[], object] = field(init=False)
    _idle: list[_Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.close = weakref.finalize(self, _let_go, self._idle)

    def call(self, setting: Setting, step: Step, what: str, longest: int) -> Any:
        """Call a function in one of the processes and return what it returns.

        Args:
            setting: what the process looks like; one that looks otherwise is replaced.
            step: the function.
            what: what a message calls it.
            longest: seconds; when they are over the process is given up, and killed by the server.

        Raises:
            InfrastructureError: the engine failed, or the process died.
            RunError: the time was up.
            Exception: what the function raised.
        """
        process, stays = self._free(setting, what), False
        try:
            process.connection.send(step)
            word = process.connection.receive(time.monotonic() + longest)
            process.calls += 1
            stays = process.calls < CALLS_EACH and not isinstance(word, Unfit)
        except TimeoutError:
            raise call_late(what, longest) from None
        except (EOFError, OSError):
            raise call_ended(what) from None
        finally:
            if stays:
                self._idle.append(process)
            else:  # the server sees that nobody is there any longer, and kills it
                process.connection.stream.close()
        match word:
            case Done(result):
                return result
            case Failed(error):
                raise error
            case Unfit(reason):
                raise refused(what, reason)

    def _free(self, setting: Setting, what: str) -> _Process:
        while self._idle:
            try:
                process = self._idle.pop()
            except IndexError:  # another thread has just taken the last one
                break
            if process.usable(setting):
                return process
            process.connection.stream.close()
        try:
            connection = Connection.to(self.address)
            connection.send(Stand(setting))
        except OSError as error:
            raise unreachable(what, error) from None
        return _Process(connection, setting)


def _let_go(idle: list[_Process]) -> None:
    while idle:
        idle.pop().connection.stream.close()
