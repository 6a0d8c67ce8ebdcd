"""How the batch bears many counties: ``python -m bench.scale [--full] [--sizes 10,100,1000] [--counties 2900]``.

Two measurements, each with the command ``edukit batch`` as people start it:

- a run over 2,900 counties where nothing changed. Their reports are not made one by one: one real report of the
  notebook ``balance`` is made, and lies in every county's folder with a record of that county's own fingerprint; their
  workbooks are copies. The full run is reckoned from reports that were really made.
- time and memory for 10, 100 and 1,000 counties. What a report costs is taken between two sizes, so that start-up,
  which all sizes pay once, does not hide how the rest grows. CPU time is printed beside wall time, since other work on
  the machine alters it less.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.__main__ import EDUKIT, ROOT, verdict
from bench.county import write_county
from bench.measure import MIB, Run, run, tree_sizes
from edukit.batch import from_data
from edukit.batch.made import fingerprint, record_name, record_of

WORKERS = 2
SMALL_SCHOOLS, SCHOOLS = 12, 60
NATION, FEW = 2900, 8
LINEAR, WORKER_MOST, SHARE = 1.15, 350 * MIB, 0.01
SAMPLE_EVERY = 0.2
"""Seconds between two looks at the processes: a look costs a part of what is measured, and runs take minutes."""
SMALL = (
    'county: str = "1"\nyear: int = 2020\nscheme: str = "quality-2017"',
    "from edukit import open_case, show, text\ncase = open_case(county, year, scheme)\nshow(text.cover(case))",
)
"""The cells of a notebook that opens the case and shows its verdict: all of the machinery, little of the drawing."""


@dataclass(frozen=True)
class Taken:
    """What one run of the batch took.

    Attributes:
        counties: how many reports it made.
        wall: seconds from start to end.
        cpu: seconds of processor time of all its processes.
        parent: bytes, the largest that the command itself grew to.
        worker: bytes, the largest that any other process grew to, with the pages that it shares with others.
    """

    counties: int
    wall: float
    cpu: float
    parent: int
    worker: int


def slug(number: int) -> str:
    """Folder name of a county."""
    return f"{990000 + number}-生成{number:04d}县"


@contextmanager
def project(counties: int, notebook: str, schools: int) -> Iterator[Path]:
    """A project folder with so many counties, gone afterwards; ``notebook`` is one of ours or ``small``."""
    with tempfile.TemporaryDirectory(prefix="edukit-bench-") as folder:
        home = Path(folder)
        (home / "notebooks").mkdir()
        if notebook == "small":
            write_small(home / "notebooks" / "small.ipynb")
        else:
            shutil.copy(ROOT / "notebooks" / f"{notebook}.ipynb", home / "notebooks")
        first = home / "county.xlsx"
        write_county(first, schools=schools)
        for number in range(counties):
            place = home / "data" / "raw" / slug(number)
            place.mkdir(parents=True)
            shutil.copy(first, place / "2020.xlsx")
        yield home


def write_small(path: Path) -> None:
    """Write the notebook of :data:`SMALL`."""
    tags: tuple[dict[str, object], ...] = ({"tags": ["parameters"]}, {})
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "id": f"c{n}", "metadata": tag, "source": source, "outputs": [], "execution_count": None}
        for n, (source, tag) in enumerate(zip(SMALL, tags, strict=True))
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")


def command(home: Path, notebook: str) -> tuple[str, ...]:
    """The batch as people start it."""
    return (*EDUKIT, "batch", "--home", str(home), "--notebook", notebook, "--workers", str(WORKERS), "--json")


def counts(home: Path) -> dict[str, int]:
    """What the summary of the last batch says."""
    told = json.loads((home / "reports" / "summary.json").read_text(encoding="utf-8"))
    return {key: told[key] for key in ("ran", "skipped", "failed")}


def make_all(counties: int, notebook: str, schools: int) -> Taken:
    """Make the reports of so many counties."""
    parent, worker = [0], [0]

    def watch(pid: int) -> None:
        while sizes := tree_sizes(pid, shared=True):
            parent.append(sizes.pop(pid, 0))
            worker.extend(sizes.values())
            time.sleep(SAMPLE_EVERY)

    with project(counties, notebook, schools) as home:
        before = os.times()
        taken = run(command(home, notebook), cwd=ROOT, watch=watch)
        after = os.times()
        if counts(home) != {"ran": counties, "skipped": 0, "failed": 0}:
            raise RuntimeError(f"{counts(home)}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Taken(counties, taken.wall, cpu, max(parent), max(worker))


def unchanged(counties: int) -> tuple[Run, Run]:
    """A run over so many counties where nothing changed, after one that fills the caches; and one that makes nothing.

    Returns:
        The run; and what ``edukit batch --help`` takes, which is the start-up alone.
    """
    with project(1, "balance", SCHOOLS) as made_in:
        run(command(made_in, "balance"), cwd=ROOT)
        report = made_in / "reports" / "2020" / slug(0)
        with project(counties, "balance", SCHOOLS) as home:
            lay_reports(home, report)
            taken = [run(command(home, "balance"), cwd=ROOT) for _ in range(2)]
            if counts(home) != {"ran": 0, "skipped": counties, "failed": 0}:
                raise RuntimeError(f"{counts(home)}")
    return taken[-1], run((*EDUKIT, "batch", "--help"), cwd=ROOT)


def lay_reports(home: Path, report: Path) -> None:
    """Give every county one and the same report, with a record of the county's own."""
    notebook = "balance"
    files = {path.name: path.read_bytes() for path in report.iterdir() if path.name != record_name(notebook)}
    for task in from_data(home, notebook=notebook, scheme="quality-2017"):
        folder = task.folder(home)
        folder.mkdir(parents=True)
        for name in files:
            os.link(report / name, folder / name)  # a copy of each page would be gigabytes
        (folder / record_name(notebook)).write_bytes(record_of(notebook, fingerprint(task, home), files))


def growth(taken: Sequence[Taken]) -> list[tuple[float, float]]:
    """Seconds and processor seconds of one report more, from each size to the next."""
    return [
        (
            (more.wall - less.wall) / (more.counties - less.counties),
            (more.cpu - less.cpu) / (more.counties - less.counties),
        )
        for less, more in pairwise(taken)
    ]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="测量批量生成随县数的增长。")
    parser.add_argument("--full", action="store_true", help="用 60 所学校的县和 balance（千县约一小时），默认用小的")
    parser.add_argument("--sizes", default="10,100,1000", metavar="县数", help="依次的县数（默认 10,100,1000）")
    parser.add_argument("--counties", type=int, default=NATION, metavar="县数", help="重跑的县数（默认 2900）")
    given = parser.parse_args()
    _print_unchanged(given.counties)
    notebook, schools = ("balance", SCHOOLS) if given.full else ("small", SMALL_SCHOOLS)
    what = "" if given.full else "，只显示结论；balance 用 --full"
    print(f"\n由少到多，{schools} 所学校的县，笔记本 {notebook}{what}，{WORKERS} 个进程：\n", flush=True)
    taken = []
    for counties in sorted({int(size) for size in given.sizes.split(",")}):
        taken.append(make_all(counties, notebook, schools))
        _print_one(taken[-1])
    _print_growth(taken)
    return 0


def _print_unchanged(counties: int) -> None:
    again, start = unchanged(counties)
    less, more = (make_all(number, "balance", SCHOOLS) for number in (WORKERS, FEW))
    ((each, _),) = growth((less, more))
    whole = less.wall + each * (counties - less.counties)
    took, size = f"{again.wall:.1f} 秒（其中启动 {start.wall:.1f} 秒）", f"{again.peak / MIB:.0f} MB"
    print(f"{counties} 个县没有变化时重跑：{took}，{size}；目标 10 秒：{verdict(again.wall < 10)}")
    shown = "、".join(f"{one.counties} 县 {one.wall:.1f} 秒" for one in (less, more))
    print(f"  全部重做约 {whole / 60:.0f} 分钟，由 {shown}（每多一县 {each:.2f} 秒）推算")
    share = again.wall / whole
    print(f"  重跑为全部重做的 {share:.2%}；目标 1%：{verdict(share < SHARE)}", flush=True)


def _print_one(one: Taken) -> None:
    memory = f"主进程 {one.parent / MIB:.0f} MB，工作进程最大 {one.worker / MIB:.0f} MB"
    print(f"  {one.counties:5d} 县　{one.wall:7.1f} 秒　处理器 {one.cpu:7.1f} 秒　{memory}", flush=True)


def _print_growth(taken: Sequence[Taken]) -> None:
    each = growth(taken)
    for (less, more), (wall, cpu) in zip(pairwise(taken), each, strict=True):
        print(f"  {less.counties} 到 {more.counties} 县，每多一县 {wall:.3f} 秒，处理器 {cpu:.3f} 秒")
    if len(each) > 1:
        wall, cpu = (after / before for before, after in zip(each[0], each[-1], strict=True))
        print(f"  后段每县用时为前段的 {wall:.2f} 倍，处理器时间 {cpu:.2f} 倍；目标 1.15 倍：{verdict(wall <= LINEAR)}")
    first, last = taken[0], taken[-1]
    most = max(one.worker for one in taken)
    print(f"  工作进程最大 {most / MIB:.0f} MB，目标 350 MB：{verdict(most < WORKER_MOST)}")
    parent, worker = last.parent / first.parent, last.worker / first.worker
    print(f"  县数增至 {last.counties / first.counties:.0f} 倍时，主进程内存 {parent:.2f} 倍，工作进程 {worker:.2f} 倍")


if __name__ == "__main__":
    sys.exit(main())
