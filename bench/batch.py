"""What the batch gains, each ratio from one run: ``python -m bench.batch [--counties N]``.

Reports per minute against the shell loop ``papermill … && jupyter nbconvert --to html`` on the same notebook; a re-run
where nothing changed; and all counties at once against one county at a time with ``groupby.apply`` and against bare
numpy. How time and memory grow with the number of counties is measured by :mod:`bench.scale`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import nation
from bench.__main__ import ROOT
from bench.county import write_county
from edukit.batch import from_data, run_batch
from edukit.schemes import load_scheme
from examples import generated

WORKERS = 2
SOME = 30
"""Counties that are judged one by one; the rest is reckoned from them."""


def home_of(folder: Path, counties: int) -> Path:
    """A project with so many counties of 60 schools each and our notebooks."""
    (folder / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    first = folder / "county.xlsx"
    write_county(first, schools=60)
    for number in range(counties):
        place = folder / "data" / "raw" / f"99{number:04d}-生成{number:04d}县"
        place.mkdir(parents=True)
        shutil.copy(first, place / "2020.xlsx")
    return folder


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, once."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def shell_loop(home: Path, counties: int) -> None:
    """The same notebook with the commands that people use today."""
    scripts = Path(sys.executable).parent
    for number in range(counties):
        slug, out = f"99{number:04d}-生成{number:04d}县", home / "out"
        out.mkdir(exist_ok=True)
        env = {**os.environ, "EDUKIT_HOME": str(home)}
        made = out / f"{slug}.ipynb"
        source = str(home / "notebooks" / "balance.ipynb")
        papermill = [str(scripts / "papermill"), source, str(made), "-r", "county", slug, "-p", "year", "2020"]
        subprocess.run(papermill, env=env, check=True, capture_output=True, cwd=home / "notebooks")
        convert = [str(scripts / "jupyter"), "nbconvert", "--to", "html", "--no-input", str(made)]
        subprocess.run(convert, env=env, check=True, capture_output=True)


def batch(home: Path, *, force: bool = False) -> None:
    """Our own way."""
    tasks = from_data(home, notebook="balance", scheme="quality-2017")
    summary = run_batch(tasks, home, workers=WORKERS, force=force)
    if summary.failed:
        raise RuntimeError(summary.reports[0].reason)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.batch", description="测量批量生成和全国测算。")
    parser.add_argument("--counties", type=int, default=8, help="批量生成的县数（默认 8）")
    given = parser.parse_args()
    few = min(2, given.counties)
    with tempfile.TemporaryDirectory(prefix="edukit-bench-") as folder:
        home = home_of(Path(folder), given.counties)
        loop = seconds(lambda: shell_loop(home, few)) / few
        all_ = seconds(lambda: batch(home))
        again = seconds(lambda: batch(home))
        each = all_ / given.counties
        print(f"命令行循环（papermill 加 nbconvert）：{60 / loop:.1f} 份/分钟")
        print(
            f"edukit batch，{WORKERS} 个进程，{given.counties} 个县：{60 / each:.1f} 份/分钟，为其 {loop / each:.1f} 倍"
        )
        print(f"没有变化时重跑：{again:.2f} 秒，为全部重做的 {again / all_:.1%}（含启动）")
    policy = load_scheme("quality-2017")
    made = generated.nation(2900, list(range(2016, 2021)))
    frame = nation.prepared(made)
    few_counties = nation.prepared(made[made["code"].isin(made["code"].unique()[:SOME])])
    at_once, floor = seconds(lambda: nation.at_once(frame, policy)), seconds(lambda: nation.bare(frame, policy))
    loop = seconds(lambda: nation.one_by_one(few_counties, policy)) * 2900 / SOME
    print(f"全国 2900 县 5 年 {len(frame)} 行：{at_once:.1f} 秒")
    print(f"  逐县测算约 {loop:.0f} 秒，一次测算快 {loop / at_once:.0f} 倍")
    print(f"  只用 numpy 算系数 {floor:.2f} 秒，一次测算为其 {at_once / floor:.1f} 倍")


if __name__ == "__main__":
    main()
