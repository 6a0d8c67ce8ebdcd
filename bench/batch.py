"""What the batch gains, each ratio from one run: ``python -m bench.batch [--counties N] [--nation]``.

Reports per minute against the shell loop ``papermill … && jupyter nbconvert --to html`` on the same notebook and the
same counties, no two of which are alike; what is left to the floor of a plain script that draws the same figures, and
to one that makes the same files; the memory of a worker; a re-run where nothing changed. With ``--nation`` also all
counties at once against one county at a time with ``groupby.apply`` and against bare numpy. How time and memory grow
with the number of counties is measured by :mod:`bench.scale`.

Ratios are of processor time, which other work on the machine disturbs least. The shell loop makes one report at a time,
the batch one on each core, so that on a machine with nothing else to do reports per minute differ by as many times more
as there are cores.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from bench import nation
from bench.__main__ import ROOT, verdict
from bench.measure import KIB, MIB, tree_sizes
from edukit.batch import Limits, Task, from_data, run_batch
from edukit.batch.making import Product, make
from edukit.batch.running import run
from edukit.batch.warming import PRELOAD
from edukit.counties import HOME_VARIABLE
from edukit.run.warm import WarmServer
from edukit.schemes import load_scheme
from examples import generated

WORKERS = 2
SCHOOLS = 60
YEAR = 2020
TIMES, NEAR, WORKER_MOST = 15, 1.2, 350 * MIB
"""Goals: times the shell loop, times the floor, bytes of a worker."""
TIMES_EACH, ABOVE_NUMPY, NATION_MOST = 100, 3, 2048 * MIB
"""Goals of the nation: times one county at a time, times bare numpy, bytes."""
SAMPLE_EVERY = 0.1
SOME, ROUNDS = 30, 5
"""Counties that are judged one by one, the rest is reckoned from them; how often all at once and bare numpy are run."""


@dataclass(frozen=True)
class Took:
    """What something took: seconds from start to end, and processor seconds of this process and all that it ended."""

    wall: float
    cpu: float

    def __truediv__(self, number: float) -> Took:
        return Took(self.wall / number, self.cpu / number)


def took(work: Callable[[], object], server: WarmServer | None = None) -> Took:
    """What something takes, once; with what a server and the forks of it that have ended took meanwhile."""
    wall, cpu, there = time.monotonic(), sum(os.times()[:4]), _of_server(server)
    work()
    return Took(time.monotonic() - wall, sum(os.times()[:4]) - cpu + _of_server(server) - there)


def _of_server(server: WarmServer | None) -> float:
    """Processor seconds of a server and of its forks, once those that make a report have ended."""
    if server is None:
        return 0.0
    seconds, before = _seconds(server.pid), 0.0
    while seconds != before:
        time.sleep(0.1)
        seconds, before = _seconds(server.pid), seconds
    return seconds


def _seconds(pid: int) -> float:
    """Processor seconds of a process, of those below it that are there, and of those that have ended."""
    process = Path(f"/proc/{pid}")
    try:
        below = (process / "task" / str(pid) / "children").read_text(encoding="ascii").split()
        fields = (process / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0  # it has just ended, and is counted where it was started
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + sum(_seconds(int(child)) for child in below)


def home_of(folder: Path, counties: int) -> Path:
    """A project with so many different counties of about 60 schools, each with the year before, and our notebooks."""
    (folder / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    generated.write_workbooks(generated.nation(counties, [YEAR - 1, YEAR], schools=SCHOOLS), folder / "data" / "raw")
    return folder


def tasks_of(home: Path) -> list[Task]:
    """One report for each county."""
    return from_data(home, notebook="balance", scheme="quality-2017", year=YEAR)


def shell_loop(home: Path, tasks: list[Task]) -> None:
    """The same notebook with the commands that people use today."""
    scripts, out = Path(sys.executable).parent, home / "out"
    out.mkdir(exist_ok=True)
    env = {**os.environ, HOME_VARIABLE: str(home)}
    source = str(home / "notebooks" / "balance.ipynb")
    for task in tasks:
        made = out / f"{task.county}.ipynb"
        papermill = [
            str(scripts / "papermill"),
            source,
            str(made),
            "-r",
            "county",
            task.county,
            "-p",
            "year",
            str(YEAR),
        ]
        subprocess.run(papermill, env=env, check=True, capture_output=True, cwd=home / "notebooks")
        convert = [str(scripts / "jupyter"), "nbconvert", "--to", "html", "--no-input", str(made)]
        subprocess.run(convert, env=env, check=True, capture_output=True)


def batch(home: Path, tasks: list[Task], server: WarmServer) -> None:
    """Our own way, by a server that is there already."""
    with ThreadPoolExecutor(WORKERS) as threads:

        def submit(task: Task) -> Future[Product]:
            return threads.submit(make, task, home, server, Limits())

        summary = run(tasks, home, submit, at_once=WORKERS, force=True)
    if summary.failed:
        raise RuntimeError(summary.reports[0].reason)


def plain(home: Path, tasks: list[Task], server: WarmServer) -> None:
    """The floor: what the notebook's cells do, in a warm process, with neither notebook nor page nor workbooks."""
    for task in tasks:
        given = {"county": task.county, "year": YEAR}
        server.call("bench.warm:plain", home / "notebooks" / "balance.ipynb", given, env={HOME_VARIABLE: str(home)})


def whole(home: Path, tasks: list[Task], server: WarmServer) -> None:
    """The same files as a plain script would make them in a warm process, without a notebook."""
    for task in tasks:
        source = home / "notebooks" / "balance.ipynb"
        env = {HOME_VARIABLE: str(home)}
        server.call("bench.warm:whole", source, task.county, YEAR, "quality-2017", env=env)


@contextmanager
def watched() -> Iterator[list[float]]:
    """Bytes that each worker takes while the block runs, with its part of what all of them share, sample by sample."""
    samples, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_EVERY):
            sizes = tree_sizes(os.getpid())
            sizes.pop(os.getpid(), None)
            samples.append(sum(sizes.values()) / WORKERS)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()


def measure_batch(counties: int) -> None:
    """Print what the batch gains over the shell loop, and what is left to the floor."""
    with tempfile.TemporaryDirectory(prefix="edukit-bench-") as folder:
        home = home_of(Path(folder), counties + 1)
        tasks = tasks_of(home)
        loop = took(lambda: shell_loop(home, tasks[1:])) / counties
        with WarmServer((*PRELOAD, "bench.warm")) as server:
            with watched() as samples:  # not while time is measured: to look takes time too
                batch(home, tasks[:WORKERS], server)
            made = took(lambda: batch(home, tasks[1:], server), server) / counties
            floor = took(lambda: plain(home, tasks[1:], server), server) / counties
            script = took(lambda: whole(home, tasks[1:], server), server) / counties
        again = took(lambda: run_batch(tasks, home))
    times, above = loop.cpu / made.cpu, made.cpu / floor.cpu
    print(f"每县约 {SCHOOLS} 所学校，两年数据，{counties} 个各不相同的县，每份报告的处理器时间：")
    print(f"  命令行循环（papermill 加 nbconvert）{loop.cpu:.2f} 秒，每核 {60 / loop.cpu:.1f} 份/分钟")
    print(f"  edukit batch {made.cpu:.2f} 秒，每核 {60 / made.cpu:.1f} 份/分钟，为其 {times:.1f} 倍")
    both = times * WORKERS
    print(f"  {WORKERS} 核上循环一次做一份，批量一次做 {WORKERS} 份：{both:.1f} 倍", end="")
    print(f"；目标 {TIMES} 倍：{verdict(both >= TIMES)}")
    print(f"  本次实际用时 {loop.wall:.2f} 秒比 {made.wall:.2f} 秒：{loop.wall / made.wall:.1f} 倍（受其他任务影响）")
    print(f"  底线（同样的图表文字，不经笔记本，不出网页和表册）{floor.cpu:.2f} 秒，批量为其 {above:.2f} 倍", end="")
    print(f"；目标 {NEAR} 倍：{verdict(above <= NEAR)}")
    print(f"  一个普通脚本做出同样的网页和表册 {script.cpu:.2f} 秒，批量为其 {made.cpu / script.cpu:.2f} 倍")
    print(f"  每个工作进程占内存至多 {max(samples) / MIB:.0f} MB；目标 350 MB：{verdict(max(samples) < WORKER_MOST)}")
    print(f"  没有变化时重跑 {counties + 1} 个县：{again.wall:.2f} 秒", flush=True)


def measure_nation() -> None:
    """Print what judging all counties at once gains; the three ways must first agree."""
    policy = load_scheme("quality-2017")
    made = generated.nation(2900, list(range(2016, 2021)))
    frame = nation.prepared(made)
    few = nation.prepared(made[made["code"].isin(made["code"].unique()[:SOME])])
    found = nation.at_once(frame, policy)
    differing = nation.differing(found, nation.bare(frame, policy), nation.one_by_one(few, policy))
    if differing:
        raise RuntimeError(f"三种算法的结果不同：{differing}")
    loop = took(lambda: nation.one_by_one(few, policy)).cpu / SOME * 2900
    rounds = [
        (took(lambda: nation.at_once(frame, policy)), took(lambda: nation.bare(frame, policy))) for _ in range(ROUNDS)
    ]
    wall = sum(ours.wall for ours, _ in rounds) / ROUNDS
    cpu, floor = sum(ours.cpu for ours, _ in rounds) / ROUNDS, sum(bare.cpu for _, bare in rounds) / ROUNDS
    peak = getrusage(RUSAGE_SELF).ru_maxrss * KIB
    print(f"全国 2900 县 5 年 {len(frame)} 行：{wall:.1f} 秒，处理器 {cpu:.2f} 秒（{ROUNDS} 次平均）")
    times, above = loop / cpu, cpu / floor
    print(f"  逐县测算约 {loop:.0f} 秒，一次测算快 {times:.0f} 倍", end="")
    print(f"；目标 {TIMES_EACH} 倍：{verdict(times >= TIMES_EACH)}")
    print(f"  只用 numpy 求同样的结果 {floor:.2f} 秒，一次测算为其 {above:.1f} 倍", end="")
    print(f"；目标 {ABOVE_NUMPY} 倍：{verdict(above <= ABOVE_NUMPY)}")
    print(f"  连同生成数据占内存至多 {peak / MIB:.0f} MB；目标 2 GB：{verdict(peak < NATION_MOST)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.batch", description="测量批量生成和全国测算。")
    parser.add_argument("--counties", type=int, default=8, help="批量生成的县数（默认 8）")
    parser.add_argument("--nation", action="store_true", help="也测量全国一次测算")
    given = parser.parse_args()
    measure_batch(max(1, given.counties))
    if given.nation:
        measure_nation()


if __name__ == "__main__":
    main()
