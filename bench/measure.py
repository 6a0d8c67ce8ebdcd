"""Wall time and peak memory of whole processes, as the kernel counts them."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

KIB = 1024
MIB = 1024 * KIB
SAMPLE_EVERY = 0.02
"""Seconds between two looks at a process tree; a look costs about 2 ms per process."""


class BenchError(Exception):
    """A measured command failed, so that its time means nothing."""


@dataclass(frozen=True)
class Run:
    """One run of a command.

    Attributes:
        wall: seconds from start to end.
        peak: bytes of the largest resident set of any single process of the run, children included.
    """

    wall: float
    peak: int


@dataclass(frozen=True)
class Runs:
    """Several runs of one command.

    Attributes:
        wall: median seconds.
        best: fewest seconds: what the machine can do when nothing else runs.
        peak: median bytes, as in :class:`Run`.
    """

    wall: float
    best: float
    peak: int


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    watch: Callable[[int], None] | None = None,
) -> Run:
    """Run a command to its end and return what it took.

    Args:
        command: program and arguments.
        cwd: its working folder.
        env: variables in addition to the present ones.
        watch: called with the process id from a thread of its own; must return soon after the process has ended.

    Raises:
        BenchError: the command did not exit with 0.
    """
    with tempfile.TemporaryFile() as said:
        start = time.monotonic()
        process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env={**_environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        watcher = threading.Thread(target=watch, args=(process.pid,)) if watch else None
        if watcher:
            watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        # Popen would wait for the child itself and must be told that it is gone.
        process.returncode = os.waitstatus_to_exitcode(status)
        if watcher:
            watcher.join()
        if process.returncode:
            said.seek(0)
            message = said.read().decode(errors="replace").strip()
            raise BenchError(f"{' '.join(command)}：退出码 {process.returncode}\n{message}")
    return Run(wall, usage.ru_maxrss * (1 if os.uname().sysname == "Darwin" else KIB))


def tree_peak(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> int | None:
    """Peak memory in bytes of a command and all its children together; None where there is no ``/proc``.

    Pages that processes share are counted once (proportional set size). Sampling costs time, so a run is measured
    either for its time or for its memory.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    peaks = [0]

    def watch(pid: int) -> None:
        while sizes := tree_sizes(pid):
            peaks.append(sum(sizes.values()))
            time.sleep(SAMPLE_EVERY)

    run(command, cwd=cwd, env=env, watch=watch)
    return max(peaks)


def tree_sizes(pid: int, *, shared: bool = False) -> dict[int, int]:
    """Bytes of a process and of each of its descendants now, by process id; empty once it has ended.

    Args:
        pid: the process.
        shared: count a page that several share in full for each of them; else divided among them, so that the sum is
            what all of them take together.
    """
    sizes = {one: _size(one, "Rss:" if shared else "Pss:") for one in _tree(pid)}
    return {one: size for one, size in sizes.items() if size}


def in_turns(jobs: Mapping[str, Sequence[str]], rounds: int, *, cwd: Path) -> dict[str, Runs]:
    """Several runs of each command, all taken in turn so that a slow minute of the machine hits all of them."""
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, command in jobs.items():
            runs[name].append(run(command, cwd=cwd))
    return {name: _summary(taken) for name, taken in runs.items()}


def _summary(taken: Sequence[Run]) -> Runs:
    walls = [one.wall for one in taken]
    return Runs(median(walls), min(walls), int(median(one.peak for one in taken)))


def _environment() -> dict[str, str]:
    """The present environment, with bytecode written as on any user's machine."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _tree(pid: int) -> list[int]:
    """A process and its descendants that are alive now."""
    found = [pid]
    try:
        for listing in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in listing.read_text(encoding="ascii").split():
                found += _tree(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass  # it ended while we looked
    return found


def _size(pid: int, kind: str) -> int:
    """Bytes of a process: with its shared pages (``Rss:``) or with its part of them (``Pss:``); 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return sum(int(line.split()[1]) * KIB for line in lines if line.startswith(kind))
