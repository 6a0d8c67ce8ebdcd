"""How a freshly forked child of the warm engine answers its one request: a notebook, a function, a report, or to stand.

Where it cannot look like a new process (:mod:`edukit.run.warm_child`) it says so and does nothing, and the caller takes
the stock engine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from edukit.run.warm_child import look_new, run, travelling
from edukit.run.warm_wire import (
    READ_AT_START,
    Call,
    Connection,
    Done,
    Failed,
    Make,
    RunNotebook,
    Setting,
    Stand,
    Step,
    Unfit,
)


def answer(connection: Connection, start: Mapping[str, str], preloaded: Collection[str]) -> None:
    """Answer the one request of a connection.

    Args:
        connection: to the client.
        start: the environment that the server was started with.
        preloaded: names of the packages that are imported, but would not be in a new kernel.
    """
    request: RunNotebook | Call | Make | Stand = connection.receive()
    notebooks = request.running if isinstance(request, Make) else request.setting
    if reason := _cannot_look_new(notebooks, isinstance(request, RunNotebook | Make), start, preloaded):
        connection.send(Unfit(reason))
        return
    look_new(request.setting)
    match request:
        case RunNotebook():
            run(request, connection)
        case Call(_, step):
            _call(step, connection)
        case Stand():
            with suppress(EOFError):  # it is needed no longer
                while True:
                    _call(connection.receive(), connection)
        case Make():
            from edukit.run.warm_making import prepare_and_run

            prepare_and_run(request, connection)


def _cannot_look_new(
    wanted: Setting, notebook: bool, start: Mapping[str, str], preloaded: Collection[str]
) -> str | None:
    for name in sorted({*start, *wanted.environment}):
        if name.startswith(READ_AT_START) and start.get(name) != wanted.environment.get(name):
            return f"环境变量 {name} 只在进程启动时生效"
    if notebook:
        for path in sorted(Path(wanted.folder).iterdir()):
            module = path.name.removesuffix(".py")
            if module in preloaded and (module != path.name or (path / "__init__.py").exists()):
                return f"笔记本旁的 {path.name} 与已载入的模块同名"
    return None


def _call(step: Step, connection: Connection) -> None:
    try:
        connection.send(Done(step.call()))
    except OSError as error:
        with suppress(OSError):  # the client has hung up; else it is the function's own
            connection.send(Failed(travelling(error)))
    except Exception as error:  # of the function, or of pickling what it returned
        connection.send(Failed(travelling(error)))
