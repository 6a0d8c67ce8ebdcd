"""``make bench``: print every goal, what was measured and whether it is kept. It informs and never fails the build."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.county import write_county
from bench.measure import MIB, BenchError, Runs, in_turns, run, tree_peak
from bench.steps import ORDER, STARTED

ROOT = Path(__file__).resolve().parent.parent
EDUKIT = (sys.executable, "-m", "edukit")
REPORT = ("report", "210903", "2020")
REFERENCE = (sys.executable, "-c", "import pandas")


@dataclass(frozen=True)
class Goal:
    """What a command may take.

    Attributes:
        name: what a reader sees.
        command: the command.
        seconds: most seconds from start to end.
        mebibytes: most memory of all its processes together, or None.
    """

    name: str
    command: tuple[str, ...]
    seconds: float
    mebibytes: int | None = None


def main() -> int:
    """Measure and print; the exit code is 0 even where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="测量速度与内存，与目标对照。", add_help=False)
    parser.add_argument("-h", "--help", action="help", help="显示本说明")
    parser.add_argument("--rounds", type=int, default=5, metavar="次", help="每个命令运行几次，取中位数（默认 5）")
    rounds = max(1, parser.parse_args().rounds)
    with tempfile.TemporaryDirectory(prefix="edukit-bench-") as folder:
        work = Path(folder)
        county = work / "2020.xlsx"
        write_county(county, schools=60)
        report = (*REPORT, "--home", str(_home(work)))
        goals = (
            Goal("edukit --help", (*EDUKIT, "--help"), 0.3),
            Goal("edukit assess（60 所学校）", (*EDUKIT, "assess", str(county), "--json"), 1.5, 250),
            Goal("edukit report（新邱区，冷启动）", (*EDUKIT, *report), 6.0, 400),
        )
        _print_goals(goals, rounds)
        _print_steps(report, work / "steps.json", rounds)
    return 0


def _home(work: Path) -> Path:
    """A project folder with our data and notebooks and with reports of its own, so that ours stay as they are."""
    home = work / "home"
    home.mkdir()
    for name in ("data", "notebooks"):
        (home / name).symlink_to(ROOT / name, target_is_directory=True)
    return home


def _print_goals(goals: Sequence[Goal], rounds: int) -> None:
    working: list[Goal] = []
    for goal in goals:
        try:
            run(goal.command, cwd=ROOT)  # once unmeasured: files come into memory, bytecode is written
            working.append(goal)
        except BenchError as error:
            print(f"{goal.name} 未能运行：{error}\n")
    taken = in_turns({"": REFERENCE, **{goal.name: goal.command for goal in working}}, rounds, cwd=ROOT)
    reference = taken[""]
    print(f"参照：python -c 'import pandas'，{reference.wall:.2f} 秒。各命令轮流运行 {rounds} 次，按中位数下结论。\n")
    heads = ("命令", "目标", "中位", "最快", "为参照的", "结论", "内存目标", "实测", "结论")
    _print_table([heads, *(_row(goal, taken[goal.name], reference) for goal in working)])


def _row(goal: Goal, taken: Runs, reference: Runs) -> tuple[str, ...]:
    seconds = (f"{value:.2f} 秒" for value in (goal.seconds, taken.wall, taken.best))
    row = (goal.name, *seconds, f"{taken.wall / reference.wall:.1f} 倍", verdict(taken.wall <= goal.seconds))
    if goal.mebibytes is None:
        return (*row, "", f"{taken.peak / MIB:.0f} MB", "")
    peak = tree_peak(goal.command, cwd=ROOT) or taken.peak
    return (*row, f"{goal.mebibytes} MB", f"{peak / MIB:.0f} MB", verdict(peak <= goal.mebibytes * MIB))


def verdict(kept: bool) -> str:
    """How a goal is said to be kept or not."""
    return "达到" if kept else "超出"


def _print_steps(report: Sequence[str], out: Path, rounds: int) -> None:
    """The share of each step of one report."""
    runs: list[dict[str, float]] = []
    for _ in range(rounds):
        command = (sys.executable, "-m", "bench.steps", str(out), *report)
        try:
            run(command, cwd=ROOT, env={STARTED: repr(time.monotonic())})
        except BenchError as error:
            print(f"\n未能分步测量：{error}")
            return
        runs.append(json.loads(out.read_text(encoding="utf-8")))
    steps = {label: median(one[label] for one in runs) for label in ORDER}
    whole = sum(steps.values())
    print(f"\n一份报告的时间去向（共 {whole:.2f} 秒）\n")
    _print_table([("步骤", "秒", "占比"), *((name, f"{s:.2f}", f"{s / whole:.0%}") for name, s in steps.items())])


def _print_table(rows: Iterable[Sequence[str]]) -> None:
    """Columns side by side on a terminal, where a Chinese character is two columns wide."""
    rows = list(rows)
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


if __name__ == "__main__":
    sys.exit(main())
