"""The warm engine gives the notebook that stock papermill gives, byte by byte, whatever a notebook does."""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edukit.errors import RunError
from edukit.run import notebook_bytes, run_notebook
from edukit.run.warm import WarmServer, available
from notebooks import behaviours

pytestmark = pytest.mark.skipif(not available(), reason="预热引擎只支持 Linux")

# Seconds. With an output widget, stock nbclient now and then misses a message until the time is up, and then goes on.
TIMEOUTS = {"没完没了": 2, "等不到头": 2, "输出小部件": 4}


@pytest.fixture(scope="module")
def server() -> Iterator[WarmServer]:
    with WarmServer(["edukit.figures", "edukit.tables", "edukit.text"]) as running:
        yield running


@pytest.fixture(autouse=True)
def as_outside_of_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that finds itself under pytest leaves descriptors 1 and 2 alone; and the backend shall be its own."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.delenv("MPLBACKEND", raising=False)


def outcome(run: Callable[..., Any], folder: Path, name: str, cells: Any) -> tuple[str, dict[str, str]]:
    """What a run gives: the notebook, or the error and what was kept; and the files that lie beside it afterwards."""
    path, kept = behaviours.write(folder, cells), folder / "kept"
    try:
        said = notebook_bytes(run(path, {}, failed_to=kept, timeout=TIMEOUTS.get(name, 30))).decode()
    except RunError as failure:
        assert type(failure) is RunError
        said = f"{failure.cell}\n{failure.cause}\n{failure}\n" + kept.read_text(encoding="utf-8")
    files = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.is_file()}
    del files["n.ipynb"]
    files.pop("kept", None)
    return said, files


def compare(server: WarmServer, tmp_path: Path, name: str, cells: Any, log: pytest.LogCaptureFixture) -> str:
    # One folder after the other under one name, since a notebook can see where it is.
    stock = outcome(run_notebook, tmp_path / "笔记本", name, cells)
    (tmp_path / "笔记本").rename(tmp_path / "stock")
    with log.at_level(logging.WARNING, "edukit"):
        warm = outcome(server.run, tmp_path / "笔记本", name, cells)
    assert "改由 papermill" not in log.text
    differences = list(difflib.unified_diff(stock[0].splitlines(), warm[0].splitlines(), "papermill", "warm", n=1))
    assert not differences, "\n".join(line[:200] for line in differences[:60])
    assert warm[1] == stock[1]
    return warm[0]


@pytest.mark.parametrize("name", behaviours.FINE)
def test_outputs_are_equal(server: WarmServer, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    said = compare(server, tmp_path, name, behaviours.FINE[name], caplog)
    assert said.startswith("{"), said[:200]


@pytest.mark.parametrize("name", behaviours.FAILING)
def test_failures_are_equal(server: WarmServer, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    said = compare(server, tmp_path, name, behaviours.FAILING[name], caplog)
    assert re.match(r"\d+\n", said), said[:200]
    if "同格" in str(behaviours.FAILING[name]):
        assert re.search('"text(?:/plain)?": .{0,9}"\'?同格', said, re.DOTALL), (
            "what came before in the same cell is kept"
        )
