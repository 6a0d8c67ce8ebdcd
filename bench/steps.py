"""Where the time of one command goes: ``python -m bench.steps OUT.json report 210903 2020``.

The command runs in this process with the functions of :data:`STEPS` and every import timed. A moment is charged to the
innermost step only, so the shares add up to the whole.
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STARTED = "EDUKIT_BENCH_STARTED"
"""Environment variable with the monotonic time at which the parent started this process."""

START_UP = "启动与导入"
OTHER = "其他"
STEPS = (
    ("读取、校验、测算", "edukit.workbook", "read"),
    ("读取、校验、测算", "edukit.checks", "check"),
    ("读取、校验、测算", "edukit.assess", "assess"),
    ("运行笔记本", "edukit.run", "run_notebook"),
    ("生成网页", "edukit.render", "render_html"),
    ("写出文件", "edukit.publish", "publish"),
)
ORDER = (START_UP, *dict.fromkeys(label for label, _, _ in STEPS), OTHER)


class Clock:
    """Seconds by step, each moment charged to the step that was entered last."""

    def __init__(self, started: float) -> None:
        self.seconds = dict.fromkeys(ORDER, 0.0)
        self._open = [START_UP]
        self._mark = started

    def enter(self, label: str) -> None:
        """From now on time belongs to ``label``."""
        self._charge()
        self._open.append(label)

    def leave(self) -> None:
        """Time belongs again to the step before."""
        self._charge()
        self._open.pop()

    def _charge(self) -> None:
        now = time.monotonic()
        self.seconds[self._open[-1]] += now - self._mark
        self._mark = now

    def timed(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with its time charged to ``label``; other threads are left alone."""
        main = threading.get_ident()

        def call(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != main:
                return function(*args, **kwargs)
            self.enter(label)
            try:
                return function(*args, **kwargs)
            finally:
                self.leave()

        return call


def instrument(clock: Clock) -> None:
    """Time every import, and every function of :data:`STEPS` under whatever name a module of edukit knows it."""
    builtins.__import__ = clock.timed(START_UP, builtins.__import__)
    importlib.import_module("edukit.report")
    for label, module, name in STEPS:
        function = getattr(importlib.import_module(module), name)
        timed = clock.timed(label, function)
        for known in [known for key, known in sys.modules.items() if key.partition(".")[0] == "edukit"]:
            for alias in [alias for alias, value in vars(known).items() if value is function]:
                setattr(known, alias, timed)


def main() -> int:
    """Run the command that follows the name of the result file; its exit code."""
    clock = Clock(float(os.environ[STARTED]))
    instrument(clock)
    from edukit import cli

    clock.enter(OTHER)
    code = cli.main(sys.argv[2:])
    clock.leave()
    Path(sys.argv[1]).write_text(json.dumps(clock.seconds), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
