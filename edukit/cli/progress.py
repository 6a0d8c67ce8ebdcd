"""The progress of a batch: a moving line on a terminal, a line for each report in a log."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self, TextIO

from edukit.batch import DONE, FAILED, SKIPPED, STALE, Report, Task, Watcher
from edukit.cli import screen

RUNNING_SHOWN = 3
"""So many of the reports that are being made are named in the line of progress."""
WORDS = {DONE: "完成", FAILED: "失败", STALE: "失败，保留旧报告"}


def duration(seconds: float) -> str:
    """A time to go as people say it.

    >>> [duration(s) for s in (4, 59.6, 200, 7300)]
    ['4 秒', '1 分钟', '3 分钟', '2 小时 2 分钟']
    """
    if seconds < 59.5:
        return f"{seconds:.0f} 秒"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return (f"{hours} 小时" + (f" {rest} 分钟" if rest else "")) if hours else f"{minutes} 分钟"


class Lines(Watcher):
    """Progress for a log: a line for each report that was made, with what is left and how long that may take."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self.total = self.skipped = self.done = self.failed = 0
        self.running: dict[int, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put away."""

    def begin(self, total: int) -> None:
        """The batch has so many reports in its plan."""
        self.total = total

    def started(self, task: Task) -> None:
        """A report is being made."""
        self.running[id(task)] = task.name

    def settled(self, report: Report) -> None:
        """A report is done, skipped or failed; those that needed nothing are only counted."""
        self.running.pop(id(report.task), None)
        if report.status == SKIPPED:
            self.skipped += 1
            return
        bad = report.status != DONE
        self.failed += bad
        self.done += not bad
        self._tell(report, bad)

    @property
    def left(self) -> int:
        """How many are not settled."""
        return self.total - self.skipped - self.done - self.failed

    def to_go(self) -> float:
        """Seconds that the rest may take, by the pace so far; what is up to date costs nothing."""
        made = self.done + self.failed
        return (time.monotonic() - self._began) / made * self.left if made else 0.0

    def counts(self) -> str:
        """Done, failed and left in a few words."""
        parts = [f"完成 {self.done}"]
        parts += [f"无变化 {self.skipped}"] if self.skipped else []
        parts += [f"失败 {self.failed}"] if self.failed else []
        return "，".join([*parts, f"还有 {self.left}"])

    def _tell(self, report: Report, bad: bool) -> None:
        reason = f"：{report.reason}" if report.reason else ""
        rest = f"，约需 {duration(self.to_go())}" if self.left else ""
        text = f" {WORDS[report.status]}（{report.seconds:.1f} 秒；{self.counts()}{rest}）{reason}"
        screen.say(text, self._stream, head=report.task.name, style=screen.STYLES["error"] if bad else "")
        self._stream.flush()


class Bar(Lines):
    """Progress on a terminal: one line that says what is running, what is done, failed and left, and the time to go.

    Only what failed is printed above it.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        columns = (SpinnerColumn(), BarColumn(20), TextColumn("{task.description}", markup=False))
        self._bar = Progress(*columns, console=Console(file=stream, highlight=False), transient=True)
        self._line = self._bar.add_task("正在核对哪些要做……", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the moving line away, whatever happened."""
        self._bar.stop()

    def started(self, task: Task) -> None:
        """A report is being made."""
        super().started(task)
        self._refresh()

    def settled(self, report: Report) -> None:
        """A report is done, skipped or failed."""
        super().settled(report)
        self._refresh()

    def _refresh(self) -> None:
        names = list(self.running.values())
        more = f" 等 {len(names)} 份" if len(names) > RUNNING_SHOWN else ""
        rest = f"，约需 {duration(self.to_go())}" if self.left and self.done + self.failed else ""
        now = f"　正在做：{'、'.join(names[:RUNNING_SHOWN])}{more}" if names else ""
        settled = self.total - self.left
        self._bar.update(self._line, total=self.total, completed=settled, description=f"{self.counts()}{rest}{now}")

    def _tell(self, report: Report, bad: bool) -> None:
        if bad:
            from rich.text import Text

            name = (report.task.name, screen.STYLES["error"])
            self._bar.console.print(Text.assemble(name, f" {WORDS[report.status]}：{report.reason}"), soft_wrap=True)


def progress(stream: TextIO) -> Lines:
    """What shows the progress of a batch on this stream; a context manager."""
    return Bar(stream) if screen.coloured(stream) else Lines(stream)
