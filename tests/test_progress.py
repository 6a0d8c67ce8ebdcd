"""What the commands print while they work: lines for a log, a moving line and colours for a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from edukit.batch import DONE, SKIPPED, STALE, Report, Task
from edukit.cli import main, screen
from edukit.cli.progress import Bar, Lines, progress
from edukit.subjects import Subject

SLUGS = [f"99000{number}-第[{number}]县" for number in range(4)]
TASKS = [Task(slug, 2020, "balance", {}, Subject("county", slug, slug, ())) for slug in SLUGS]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def play(watcher: Lines) -> None:
    """One report is up to date, one done, one fails, one is never begun."""
    with watcher:
        watcher.begin(len(TASKS))
        watcher.settled(Report(TASKS[0], SKIPPED, Path()))
        for task, status, reason in ((TASKS[1], DONE, ""), (TASKS[2], STALE, "第 3 行：[red]人数应为整数")):
            watcher.started(task)
            watcher.settled(Report(task, status, Path(), reason, 1.25))


def test_a_log_has_a_line_for_each_report_that_was_made() -> None:
    stream = io.StringIO()
    play(progress(stream))
    done, failed = stream.getvalue().splitlines()
    assert done.startswith("990001-第[1]县 2020 balance 完成（1.2 秒；完成 1，无变化 1，还有 2，约需 ")
    assert "失败，保留旧报告（1.2 秒；完成 1，无变化 1，失败 1，还有 1，约需 " in failed
    assert failed.endswith("：第 3 行：[red]人数应为整数")
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_has_a_moving_line_and_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    watcher = progress(stream)
    assert isinstance(watcher, Bar)
    play(watcher)
    shown = stream.getvalue()
    assert "失败，保留旧报告：第 3 行：[red]人数应为整数" in shown  # never read as markup
    assert "完成 1，无变化 1，失败 1，还有 1" in shown
    assert "\x1b[1;31m" in shown


def test_what_is_running_is_named_up_to_three() -> None:
    watcher = Bar(Terminal())
    watcher.begin(4)
    for task in TASKS:
        watcher.started(task)
    assert "正在做：" + "、".join(task.name for task in TASKS[:3]) + " 等 4 份" in str(
        watcher._bar.tasks[0].description
    )


@pytest.mark.parametrize("wanted", [True, False])
def test_colours_only_on_a_terminal_that_wants_them(monkeypatch: pytest.MonkeyPatch, wanted: bool) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLORTERM", "")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not wanted:
        monkeypatch.setenv("NO_COLOR", "1")
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        screen.say("[bold]原样", stream, head="错误：", style="red")
    assert pipe.getvalue() == "错误：[bold]原样\n"
    assert ("\x1b[31m" in terminal.getvalue()) == wanted
    assert "[bold]原样" in terminal.getvalue()


@pytest.mark.parametrize("command", ["template", "check", "assess", "report", "batch", "index", "schemes"])
def test_every_help_shows_a_call_that_can_be_typed(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    assert f"示例：\n  edukit {command}" in out
    assert "usage" not in out and "options" not in out
