"""A report by the warm engine: what prepares it and its notebook in one fork, what finishes it in a standing process.

The notebook inherits what preparing has opened (:mod:`edukit.lending`). What preparing returned has left the process
before the first cell runs, and is finished in another one, so that whatever the cells do to tables, modules and
settings is not seen there.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from edukit import lending
from edukit.run.execution import tidy
from edukit.run.parameters import check_source
from edukit.run.warm_child import look_new, run, travelling
from edukit.run.warm_wire import Connection, Failed, Make, Prepared, RunNotebook, Step


def prepare_and_run(request: Make, connection: Connection) -> None:
    """Answer the request; nothing more is said once the process has died."""
    with suppress(OSError):  # the client has hung up
        try:
            gc.disable()  # what preparing makes is in use until it ends
            with lending.keeping():
                ready = request.prepare.call()
            values = check_source(request.source, request.name, ready.parameters)
            word = Prepared(values, pickle.dumps(ready, pickle.HIGHEST_PROTOCOL))
        except Exception as error:
            connection.send(Failed(travelling(error)))
            return
        connection.send(word)
        del ready, word
        gc.freeze()
        gc.enable()
        look_new(request.running)
        private = request.private
        notebook = RunNotebook(request.running, request.name, request.source, values, request.timeout, private)
        run(notebook, connection, handed_on=True)


def finish(step: Step, ready: bytes, executed: bytes, values: Mapping[str, object]) -> Any:
    """Call a function with what was prepared and the executed notebook before its own arguments."""
    return step.call(pickle.loads(ready), tidy(pickle.loads(executed), values))
