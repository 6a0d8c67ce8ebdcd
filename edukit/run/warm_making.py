"""A whole report in one fork of the warm engine: prepare it, run its notebook in a fork of that fork, finish it.

The notebook's process inherits what preparing has opened (:mod:`edukit.lending`) and leaves nothing in the one that
finishes: whatever its cells do to modules and settings is gone with it.
"""

from __future__ import annotations

import gc
import os
import select
import socket
from collections.abc import Mapping
from contextlib import suppress

from edukit import lending
from edukit.run.execution import tidy
from edukit.run.parameters import check_source
from edukit.run.warm_child import die_with_parent, look_new, run, travelling
from edukit.run.warm_wire import Connection, Done, Failed, Make, Prepared, Ran, RunNotebook

_LOOK_EVERY = 0.1
"""Seconds between two looks whether the notebook's process still lives, while nothing comes from it."""


def make(request: Make, connection: Connection) -> None:
    """Answer the request; nothing more is said once the notebook's process has died."""
    gc.disable()  # a process of a second, whose garbage goes with it; the notebook's own looks for cycles as any does
    with suppress(OSError):  # the client has hung up
        _make(request, connection)


def _make(request: Make, connection: Connection) -> None:
    try:
        with lending.keeping():
            ready = request.prepare.call()
        values = check_source(request.source, request.name, ready.parameters)
    except Exception as error:
        connection.send(Failed(travelling(error)))
        return
    connection.send(Prepared(values))
    match _executed(request, values, connection):
        case Done(executed):
            connection.send(Ran())
            try:
                word: object = Done(request.finish.call(ready, tidy(executed, values)))
            except Exception as error:
                word = Failed(travelling(error))
            connection.send(word)
        case Failed() as failed:
            connection.send(failed)


def _executed(request: Make, values: Mapping[str, object], connection: Connection) -> Done | Failed | None:
    """What the notebook's process says last; None where it died before."""
    gc.freeze()  # what preparing has made stays shared
    here = os.getpid()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                ours.close()
                gc.enable()
                if die_with_parent(here):
                    look_new(request.running)
                    told = Connection(connection.stream)
                    run(_notebook(request, values), told, Connection(theirs))
                    told.keep_silent()
                    code = 0
            finally:
                os._exit(code)
        theirs.close()
        try:
            return _last_word(ours, pid)
        finally:
            os.waitpid(pid, 0)


def _notebook(request: Make, values: Mapping[str, object]) -> RunNotebook:
    return RunNotebook(request.running, request.name, request.source, values, request.timeout, request.private)


def _last_word(stream: socket.socket, pid: int) -> Done | Failed | None:
    """Wait for the last word of a process, or for its end.

    That the stream ends is not enough: a process that the notebook has left behind may hold it.
    """
    while not _readable(stream, _LOOK_EVERY):
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None and not _readable(stream, 0):
            return None
    try:
        word: Done | Failed = Connection(stream).receive()
    except EOFError:
        return None
    return word


def _readable(stream: socket.socket, seconds: float) -> bool:
    return bool(select.select([stream], [], [], seconds)[0])
