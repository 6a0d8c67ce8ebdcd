"""What each form of a report takes beside its page: ``python -m bench.formats``, for 6 and for 60 schools.

All forms are made from one executed notebook in one process, so that their times can be set against the page's.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.__main__ import ROOT, _print_table
from bench.county import write_county
from edukit.export.browser import find_browser, pdf
from edukit.export.reading import read_report
from edukit.export.sheets import sheets
from edukit.export.word import word
from edukit.render import render_html
from edukit.report import find_notebook, prepared
from edukit.run import run_notebook

ROUNDS = 3


def _best(make: Callable[[], bytes]) -> tuple[float, int]:
    """The shortest time of some rounds in seconds, and how many bytes came of it."""
    times: list[float] = []
    size = 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        size = len(make())
        times.append(time.perf_counter() - began)
    return min(times), size


def _measure(home: Path, slug: str, label: str) -> list[tuple[str, ...]]:
    source = find_notebook("balance", ROOT)
    ready = prepared(slug, 2020, source, {"scheme": "quality-2017"}, home)
    executed = run_notebook(source, ready.parameters, env={"EDUKIT_HOME": str(home)})
    html = render_html(executed, title=ready.title, stamp=ready.stamp)
    report = read_report(executed, title=ready.title, stamp=ready.stamp)
    forms: dict[str, Callable[[], bytes]] = {
        "html": lambda: render_html(executed, title=ready.title, stamp=ready.stamp).encode(),
        "docx": lambda: word(report),
        "xlsx": lambda: sheets(report),
    }
    if find_browser() is not None:
        forms["pdf"] = lambda: pdf(html)
    rows: list[tuple[str, ...]] = []
    page = 0.0
    for form, make in forms.items():
        taken, size = _best(make)
        page = page or taken
        rows.append((label, form, f"{taken:.2f} 秒", f"{taken / page:.1f} 倍", f"{size / 1024:,.0f} KB"))
    return rows


def main() -> None:
    """Measure and print."""
    rows: list[tuple[str, ...]] = [("报告", "格式", "最快", "为网页的", "大小")]
    rows += _measure(ROOT, "210903", "新邱区，6 所学校")
    with tempfile.TemporaryDirectory(prefix="edukit-bench-") as folder:
        home = Path(folder)
        place = home / "data" / "raw" / "990001-生成县"
        place.mkdir(parents=True)
        write_county(place / "2020.xlsx", schools=60)
        rows += _measure(home, "990001", "生成县，60 所学校")
    print("\n一份报告的各种格式，由同一个运行过的笔记本生成\n")
    _print_table(rows)


if __name__ == "__main__":
    main()
