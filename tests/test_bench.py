"""The measurements measure what they say, on a county that is fit to be measured."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bench import index, measure, nation, scale
from bench.county import write_county
from bench.index import made_up
from bench.steps import ORDER, OTHER, START_UP, Clock
from edukit.batch import due, from_data
from edukit.checks import check
from edukit.run.parameters import defaults
from edukit.schemes import load_scheme
from edukit.workbook import read
from examples import generated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="os.wait4 只在 POSIX 系统上有")


def test_the_county_is_plausible_and_always_the_same(tmp_path: Path) -> None:
    for name in ("2020.xlsx", "2021.xlsx"):
        write_county(tmp_path / name, schools=60)
    book = read(tmp_path / "2020.xlsx")
    assert len(book.schools) == 60
    assert list(check(book)) == []
    again = read(tmp_path / "2021.xlsx").schools
    assert again.equals(book.schools)


def test_wall_and_peak_are_those_of_the_process() -> None:
    taken = measure.run([sys.executable, "-c", "import time; time.sleep(0.2); b'x' * 2**26"], cwd=Path.cwd())
    assert 0.2 <= taken.wall < 20
    assert taken.peak > 64 * measure.MIB


def test_a_failed_command_has_no_time() -> None:
    with pytest.raises(measure.BenchError, match="退出码 3\nwhy"):
        measure.run([sys.executable, "-c", "import sys; print('why', file=sys.stderr); sys.exit(3)"], cwd=Path.cwd())


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="没有 /proc")
def test_memory_of_a_tree_adds_up_its_processes() -> None:
    hold = "x = bytearray(2**26); import time; time.sleep(0.5)"
    both = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {hold!r}]); {hold}; p.wait()"
    peak = measure.tree_peak([sys.executable, "-c", both], cwd=Path.cwd())
    assert peak is not None
    assert 128 * measure.MIB < peak < 256 * measure.MIB


def test_time_is_charged_to_the_innermost_step_and_adds_up() -> None:
    start = time.monotonic()
    clock = Clock(start)
    inner = clock.timed("运行笔记本", lambda: time.sleep(0.05))
    outer = clock.timed("生成网页", inner)
    clock.enter(OTHER)
    outer()
    clock.leave()
    assert tuple(clock.seconds) == ORDER
    assert clock.seconds["运行笔记本"] >= 0.05
    assert clock.seconds["生成网页"] < 0.05
    assert sum(clock.seconds.values()) == pytest.approx(time.monotonic() - start, abs=0.02)
    assert clock.seconds[START_UP] < 0.05


def test_what_one_county_more_costs_leaves_the_start_up_out() -> None:
    few, some, many = (scale.Taken(n, 5 + 2.0 * n, 1 + 3.0 * n, 0, 0) for n in (10, 100, 1000))
    assert scale.growth([few, some, many]) == [(2.0, 3.0), (2.0, 3.0)]


def test_the_laid_reports_are_up_to_date_and_each_has_a_record_of_its_own(tmp_path: Path) -> None:
    for name in ("balance.html", "balance.ipynb", "assessment.json", "balance.made.json"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    with scale.project(3, "balance", 5) as home:
        scale.lay_reports(home, tmp_path)
        tasks = from_data(home, notebook="balance", scheme="quality-2017")
        assert [why for _, why in due(tasks, home)] == [[], [], []]
        (home / "data" / "raw" / scale.slug(1) / "2020.xlsx").write_bytes(b"")
        assert [why for _, why in due(tasks, home)] == [[], ["本年数据"], []]


def test_the_small_notebook_of_the_scaling_runs(tmp_path: Path) -> None:
    path = tmp_path / "small.ipynb"
    scale.write_small(path)
    assert defaults(path) == {"county": "1", "year": 2020, "scheme": "quality-2017"}


def test_the_counties_of_the_index_are_always_the_same_and_all_listed(tmp_path: Path) -> None:
    found = []
    for home in (tmp_path / "a", tmp_path / "b"):
        made_up(home, ["东县", "西县"], years=3)
        found.append(index.write_index(home).read_bytes())
    assert found[0] == found[1]
    assert found[0].count(b"<tr data-key") == 6
    _, size, packed = index.measure(4, 2)
    assert 10_000 < packed < size


def test_the_nation_is_the_same_three_ways_and_a_difference_is_seen() -> None:
    policy = load_scheme("quality-2017")
    frame = nation.prepared(generated.nation(6, [2019, 2020], schools=12))
    found, floor, single = (way(frame, policy) for way in (nation.at_once, nation.bare, nation.one_by_one))
    assert len(single) == 12
    assert nation.differing(found, floor, single) == []
    other = nation.Bare(floor.cvs * (1 + 1e-6), np.roll(floor.units, 1), 2 - floor.verdicts)
    assert nation.differing(found, other, single.replace("not_met", "met")) == [
        "coefficients",
        "units",
        "counties",
        "one by one",
    ]
