"""What to raise when the warm engine gives no answer: whose fault it is, and in which words."""

from __future__ import annotations

from enum import Enum

from edukit.errors import RunError
from edukit.run.execution import Progress, one_line
from edukit.run.warm_wire import LONGEST_START


class InfrastructureError(RunError):
    """The engine failed, not the notebook: the server is gone, or a child never started. May be tried again."""


class Stage(Enum):
    """What a process is at."""

    CALLED = "calls a function"
    STARTING = "makes the kernel"
    RUNNING = "runs the notebook"


def late(stage: Stage, progress: Progress, what: str, longest: float) -> RunError:
    """What to raise when the time is up."""
    match stage:
        case Stage.CALLED:
            return call_late(what, longest)
        case Stage.STARTING:
            return never_started(progress, f"{LONGEST_START} 秒内没有回应")
    return progress.timed_out()


def ended(stage: Stage, progress: Progress, what: str, *, alive: bool) -> RunError:
    """What to raise when the process has ended without its last word; ``alive``: the server has not."""
    match stage:
        case Stage.CALLED:
            return call_ended(what)
        case Stage.STARTING:
            return never_started(progress, "进程在启动时终止")
    if not alive:
        return InfrastructureError(f"{what} 运行时预热服务意外终止。", progress.cell, "server died")
    return progress.died()


def call_late(what: str, longest: float) -> RunError:
    """The same for a function alone."""
    return RunError(f"{what} 运行超时：限时 {longest:g} 秒。", 0, f"TimeoutError: {longest:g} s")


def call_ended(what: str) -> InfrastructureError:
    """The same for a function alone."""
    cause = "进程意外终止，常见原因是内存不足或被系统结束"
    return InfrastructureError(f"{what} 的{cause}。", 0, cause)


def never_started(progress: Progress, cause: str) -> InfrastructureError:
    """The notebook has no kernel."""
    return InfrastructureError(progress.not_started(cause), 0, cause)


def refused(what: str, reason: str) -> InfrastructureError:
    """A process cannot look as it should, and there is no other way."""
    return InfrastructureError(f"{what} 未能运行：{reason}。", 0, reason)


def unreachable(what: str, error: OSError) -> InfrastructureError:
    """The server does not answer."""
    cause = one_line(f"{type(error).__name__}: {error}")
    return InfrastructureError(f"{what} 未能运行：连不上预热服务（{cause}）。", 0, cause)
