"""The index over all counties: ``python -m bench.index`` says how long it takes to write and how large it is."""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.__main__ import _print_table
from bench.measure import KIB, MIB
from edukit.index import write_index

LAST = 2020
LIMITS = {"primary": 0.5, "junior": 0.45}
INDICATORS = "高于规定学历教师 骨干教师 体育艺术教师 教学用房 运动场馆 仪器设备值 多媒体教室".split()
BOOKS = ("balance.docx", "balance.xlsx", "ledger.xlsx")
SIZES = ((100, 1), (3000, 1), (3000, 5))
"""Counties and years to measure."""
MOST_SECONDS, MOST_BYTES = 30.0, 8 * MIB
"""Our own targets for 3,000 counties with one year; a browser's time is in tests/test_index.py."""


def made_up(home: Path, names: Sequence[str], years: int, first: int = 990100) -> None:
    """What the index reads of a report, for counties and years that are made up; always the same.

    Args:
        home: the project folder.
        names: of the counties; their codes count up from ``first``.
        years: how many, up to :data:`LAST`.
        first: code of the first county.
    """
    chance = random.Random(LAST)
    for number, name in enumerate(names):
        level = chance.uniform(0.28, 0.6)
        for year in range(LAST - years + 1, LAST + 1):
            level *= chance.uniform(0.88, 1.04)
            folder = home / "reports" / str(year) / f"{first + number}-{name}"
            folder.mkdir(parents=True)
            (folder / "balance.html").write_text("<!DOCTYPE html>", encoding="utf-8")
            for book in BOOKS:
                (folder / book).write_bytes(b"")
            balance = list(_coefficients(level, chance))
            over = any(entry["verdict"] == "not_met" for entry in balance)
            verdict = "not_met" if over else "undetermined" if chance.random() < 0.12 else "met"
            found = {"verdict": verdict, "balance": balance, "composite": []}
            (folder / "assessment.json").write_text(json.dumps(found), encoding="utf-8")


def _coefficients(level: float, chance: random.Random) -> Iterator[dict[str, object]]:
    """One coefficient a stage and indicator, none far from the county's level."""
    for stage, limit in LIMITS.items():
        for name in INDICATORS:
            value = level * chance.uniform(0.55, 1)
            verdict = "met" if value <= limit else "not_met"
            yield {"stage": stage, "name": name, "cv": value, "cv_limit": limit, "verdict": verdict}


def measure(counties: int, years: int) -> tuple[float, int, int]:
    """Seconds to write the index, its bytes, and its bytes as a server with gzip sends it."""
    with tempfile.TemporaryDirectory(prefix="edukit-bench-") as folder:
        home = Path(folder)
        made_up(home, [f"生成{number:04d}县" for number in range(counties)], years, first=110000)
        began = time.perf_counter()
        content = write_index(home).read_bytes()
        return time.perf_counter() - began, len(content), len(gzip.compress(content, 6))


def main() -> int:
    """Measure and print."""
    rows: list[tuple[str, ...]] = [("县", "年度", "条", "用时", "大小", "压缩后")]
    for counties, years in SIZES:
        taken, size, packed = measure(counties, years)
        shown = (f"{counties:,}", str(years), f"{counties * years:,}", f"{taken:.1f} 秒")
        rows.append((*shown, f"{size / KIB:,.0f} KB", f"{packed / KIB:,.0f} KB"))
        if (counties, years) == (3000, 1):
            met = taken < MOST_SECONDS and size < MOST_BYTES
    print("\n全部报告的目录\n")
    _print_table(rows)
    print(f"目标：3,000 个县一年 {MOST_SECONDS:.0f} 秒、{MOST_BYTES / MIB:.0f} MB 以内：{'达到' if met else '未达到'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
