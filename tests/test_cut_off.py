"""A batch that is killed before any of its changes to the disk, as the system or a power cut may do: nothing is lost.

The batch runs for real in a process of its own, which kills itself at the change that is asked for. Only the reports
were made before, so that every change can be tried and not just the few that a watch on the clock would hit.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

import cut_off
from counts import survived, times
from county import primary, town
from edukit.batch.making import Limits, Product, make
from edukit.batch.telling import read_manifest
from edukit.run.warm import InfrastructureError, WarmServer, available
from test_batch import COUNTIES, home, put  # noqa: F401 - home is a fixture
from test_faults import true

pytestmark = pytest.mark.skipif(not available(), reason="this system cannot fork")
TELLS_THE_TIME = ("summary.json", ".batch.lock", ".jsonl")
TYPED = "镇里已拨款，十月验收"
SAVED, LEDGER = (f"2020/{COUNTIES[1]}/{name}" for name in ("small.xlsx", "ledger.xlsx"))
EVERY = times(31, 1)
"""A number without a common factor with the changes of one report, so that the short version tries all kinds."""

Files = Mapping[str, bytes]


def files(home: Path) -> dict[str, bytes]:  # noqa: F811
    """What lies below reports/, without what tells of the time; folders too, with nothing in them."""
    below = home / "reports"
    return {
        path.relative_to(below).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in sorted(below.rglob("*"))
        if not path.name.endswith(TELLS_THE_TIME)
    }


def typed_into(workbook: Path) -> None:
    """As somebody does it in an office program, which leaves a date in the file."""
    book = openpyxl.load_workbook(workbook)
    sheet = book.worksheets[0]
    sheet.cell(sheet.max_row + 2, 2, TYPED)
    book.save(workbook)


def typed_in(content: bytes) -> bool:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    return any(TYPED in row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True))


def nothing_is_lost(home: Path, old: Files, new: Files) -> None:  # noqa: F811
    """Every file that anyone may open is the old one or the new one, and none that was there is missing.

    A page is never newer than what belongs to it, a record never newer than its report, and what people typed is there.
    """
    now = files(home)
    for name, content in now.items():
        if "/." not in f"/{name}":
            assert content in (old.get(name), new.get(name)), name
    assert {name for name in old.keys() - now.keys() if not name.endswith(".made.json")} <= {SAVED}
    assert any(typed_in(content) for name, content in now.items() if name.startswith(SAVED.removesuffix(".xlsx"))
               and name.endswith(".xlsx"))  # fmt: skip
    assert typed_in(now[LEDGER])
    for slug in COUNTIES:
        own = f"2020/{slug}/"
        assert old.get(f"{own}small.html") != new[f"{own}small.html"]
        if now.get(f"{own}small.html") == new[f"{own}small.html"]:
            parts = [name for name in new if name.startswith(own) and not name.endswith(".made.json")]
            assert [name for name in parts if now[name] != new[name]] == []
        if now.get(f"{own}small.made.json") == new[f"{own}small.made.json"]:
            assert now[f"{own}small.html"] == new[f"{own}small.html"]
    assert {entry["county"] for entry in read_manifest(home)} >= set(COUNTIES[:2])


@pytest.mark.slow
def test_a_batch_that_is_killed_before_any_change(
    home: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two counties have an old report, the third has none, and all are due."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)]))
    with WarmServer(["edukit.batch", "cut_off"]) as server:

        def made() -> dict[str, Product]:
            found = {task.county: make(task, home, server, Limits()) for task in cut_off.plan(home)}
            assert not any(product.error for product in found.values())
            return found

        def run(place: Path, fatal: int = 0) -> tuple[int, dict[str, str]]:
            answer: tuple[int, dict[str, str]] = server.call("cut_off:batch", str(place), products, fatal)
            return answer

        def copied() -> Path:
            return Path(shutil.copytree(home, tmp_path_factory.mktemp("cut") / "home"))

        products = made()
        run(home)
        shutil.rmtree(home / "reports" / "2020" / COUNTIES[2])
        for name in (LEDGER, SAVED):
            typed_into(home / "reports" / name)
        for slug in COUNTIES:
            put(home, slug, [*town(), primary("新建小学", 200)])
        products = made()
        old = files(home)
        whole = copied()
        last, _ = run(whole)
        new = files(whole)
        assert last > 100
        for fatal in range(1, last + 1, EVERY):
            place = copied()
            killed(lambda: run(place, fatal))  # noqa: B023 - called at once
            nothing_is_lost(place, old, new)
            records = {slug: f"2020/{slug}/small.made.json" for slug in COUNTIES}
            there = {slug for slug, name in records.items() if files(place).get(name) == new[name]}
            hours_later(place)
            _, statuses = run(place)
            assert statuses == {slug: "skipped" if slug in there else "done" for slug in COUNTIES}, fatal
            assert files(place) == new, fatal
            true(place, dict.fromkeys(COUNTIES, "done"))
            shutil.rmtree(place.parent)
            survived("the batch killed before one of its changes to the disk")


def hours_later(home: Path) -> None:  # noqa: F811
    """What the killed run was about to put in place is left; nobody else can be at it any longer."""
    for left in (home / "reports").rglob(".publish-*"):
        os.utime(left, (0, 0))


def killed(run: Callable[[], object]) -> None:
    with pytest.raises(InfrastructureError, match="进程意外终止"):
        run()
