"""Make one report of a plan: the function that every engine runs, here, in a warm fork or on another machine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from edukit import counties
from edukit.batch.plan import Task
from edukit.errors import DataError, EdukitError, RunError
from edukit.report import find_notebook
from edukit.run.warm_wire import Step


@dataclass(frozen=True)
class Limits:
    """What a report may take: seconds for its notebook, and bytes of memory (0: no limit)."""

    seconds: int = 600
    memory: int = 0


@dataclass(frozen=True)
class Product:
    """What came of one report.

    Attributes:
        task: which.
        files: name -> content; empty where it failed.
        error: one line that says why it failed; "" where it did not.
        failed: the notebook as far as it ran, with the failing cell marked; empty where there is none.
        again: whether another try may help, since not the report but the machinery failed.
        seconds: how long it took.
    """

    task: Task
    files: Mapping[str, bytes] = field(default_factory=dict)
    error: str = ""
    failed: bytes = b""
    again: bool = False
    seconds: float = 0.0


class Engine(Protocol):
    """What makes a report somewhere: :class:`edukit.run.warm.WarmServer`, :class:`Stock`."""

    def make(  # noqa: D102 - see Stock
        self,
        notebook: Path,
        prepare: Step,
        finish: Step,
        *,
        env: Mapping[str, str] | None = ...,
        timeout: int = ...,
        memory: int | None = ...,
        failed_to: Path | None = ...,
        read_only: Sequence[Path] = ...,
    ) -> Any: ...


class Stock:
    """Stock papermill, and functions in this process: for systems without fork, and to compare with."""

    def make(
        self,
        notebook: Path,
        prepare: Step,
        finish: Step,
        *,
        env: Mapping[str, str] | None = None,
        timeout: int = 600,
        memory: int | None = None,
        failed_to: Path | None = None,
        read_only: Sequence[Path] = (),
    ) -> Any:
        """Call ``prepare``, run the notebook in a kernel, call ``finish``."""
        from edukit.run import run_notebook

        ready = prepare.call()
        executed = run_notebook(
            notebook,
            ready.parameters,
            env=env,
            timeout=timeout,
            memory=memory,
            failed_to=failed_to,
            read_only=read_only,
        )
        return finish.call(ready, executed)


def make(task: Task, root: Path, engine: Engine, limits: Limits) -> Product:
    """Check the data, run the notebook, render: everything but putting it in place. Never raises for a bad county."""
    from edukit.run.warm import InfrastructureError

    began = time.monotonic()
    kept = root / "reports" / ".failed" / f"{task.county}-{task.year}-{task.notebook}.ipynb"
    source = find_notebook(task.notebook, root)
    env = {counties.HOME_VARIABLE: str(root)}
    try:
        files = engine.make(
            source,
            Step("edukit.report:prepared", (task.county, task.year, source, task.parameters, root)),
            Step("edukit.report:finished", (root, task.formats)),
            env=env,
            timeout=limits.seconds,
            memory=limits.memory or None,
            failed_to=kept,
            read_only=counties.not_for_notebooks(root),
        )
    except InfrastructureError as error:
        return Product(task, error=_line(error), again=True, seconds=time.monotonic() - began)
    except (RunError, DataError, EdukitError) as error:
        failed = kept.read_bytes() if kept.is_file() else b""
        return Product(task, error=_line(error), failed=failed, seconds=time.monotonic() - began)
    finally:
        kept.unlink(missing_ok=True)
    return Product(task, files=files, seconds=time.monotonic() - began)


def _line(error: EdukitError) -> str:
    """The cause in one line: without where the notebook was kept, which is said elsewhere."""
    if isinstance(error, DataError) and error.findings:
        first = error.findings[0]
        return f"{error}首先是 {first.where}：{first.message}"
    return " ".join(str(error).split()).split("已运行的部分存于")[0]
