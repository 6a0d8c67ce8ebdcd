"""What the warm engine gains: reports per minute, each way in turn. ``python -m bench.warm [--rounds N]``.

The floor is plain Python in a warm fork that calls the same functions of ``edukit`` as the notebook's cells do and asks
their results for all that a notebook would show, without IPython, messages or a notebook.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.__main__ import ROOT
from bench.county import write_county
from edukit.counties import HOME_VARIABLE
from edukit.run import run_notebook
from edukit.run.parameters import read_notebook
from edukit.run.warm import WarmServer

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK = ROOT / "notebooks" / "balance.ipynb"
PRELOAD = ("edukit.case", "edukit.figures", "edukit.tables", "edukit.text", "edukit.showing", "bench.warm")
AT_ONCE = 2
SCHOOLS = 60


def plain(notebook: Path, parameters: Mapping[str, object]) -> bytes:
    """Do what the notebook's code cells do, and return all they show as JSON."""
    shown = _caught()
    for _ in _cells(read_notebook(notebook), parameters):
        pass
    return json.dumps(shown, ensure_ascii=False).encode()


def whole(notebook: Path, county: str, year: int, scheme: str) -> int:
    """Make all files of a report as one plain script would, its cells by ``exec``; returns how many bytes they have."""
    from nbformat.v4 import output_from_msg

    from edukit import lending
    from edukit.report import finished, prepared

    shown, root = _caught(), notebook.parent.parent
    with lending.keeping():
        ready = prepared(county, year, notebook, {"scheme": scheme}, root)
    executed = read_notebook(notebook)
    for cell in _cells(executed, ready.parameters):
        for data, metadata in shown:
            content = {"data": data, "metadata": metadata}
            message = {"header": {"msg_type": "display_data"}, "content": content}
            cell.outputs.append(output_from_msg(message))  # type: ignore[no-untyped-call]
        shown.clear()
    return sum(map(len, finished(ready, executed, root).values()))


def _caught() -> list[tuple[Any, Any]]:
    """What is shown from now on, instead of being shown."""
    from edukit import showing

    shown: list[tuple[Any, Any]] = []

    def show(*things: Any) -> None:
        for thing in things:
            if thing is not None:
                bundle = thing._repr_mimebundle_()
                shown.append(bundle if isinstance(bundle, tuple) else (bundle, {}))

    showing.show = show
    return shown


def _cells(notebook: NotebookNode, parameters: Mapping[str, object]) -> Iterator[NotebookNode]:
    """The code cells one after the other, each once it has been run."""
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
            if "parameters" in cell.metadata.get("tags", ()):
                names |= parameters
            yield cell


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.warm", description="测量预热引擎的速度。", add_help=False)
    parser.add_argument("-h", "--help", action="help", help="显示本说明")
    parser.add_argument("--rounds", type=int, default=5, metavar="次", help="每种方式轮流运行几次（默认 5）")
    rounds = max(1, parser.parse_args().rounds)
    with tempfile.TemporaryDirectory(prefix="edukit-bench-") as folder:
        home = Path(folder)
        place = home / "data" / "raw" / "210000-某县"
        place.mkdir(parents=True)
        write_county(place / "2020.xlsx", schools=SCHOOLS)
        env, given = {HOME_VARIABLE: str(home)}, {"county": "210000", "year": 2020}
        with WarmServer(PRELOAD) as server, ThreadPoolExecutor(AT_ONCE) as pool:

            def warm(_: int = 0) -> object:
                return server.run(NOTEBOOK, given, env=env)

            def floor(_: int = 0) -> object:
                return server.call("bench.warm:plain", NOTEBOOK, given, env=env)

            ways: dict[str, tuple[Callable[[], object], int]] = {
                "papermill，一个接一个": (lambda: run_notebook(NOTEBOOK, given, env=env), 1),
                "预热，一个接一个": (warm, 1),
                "底线：预热的普通 Python，一个接一个": (floor, 1),
                f"预热，{AT_ONCE} 个同时": (lambda: list(pool.map(warm, range(AT_ONCE))), AT_ONCE),
                f"底线，{AT_ONCE} 个同时": (lambda: list(pool.map(floor, range(AT_ONCE))), AT_ONCE),
            }
            seconds: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(rounds):
                for name, (once, reports) in ways.items():
                    start = time.perf_counter()
                    once()
                    seconds[name].append((time.perf_counter() - start) / reports)
    _print(seconds)
    return 0


def _print(seconds: Mapping[str, list[float]]) -> None:
    stock, warm, floor, warm_two, floor_two = seconds.values()
    print(f"{SCHOOLS} 所学校的县，中位数：\n")
    for name, taken in seconds.items():
        one = median(taken)
        print(f"  {60 / one:6.1f} 份/分钟　{one:.3f} 秒/份　为 papermill 的 {_times(stock, taken):4.1f} 倍　{name}")
    alone, together = _times(warm, floor), _times(warm_two, floor_two)
    print(f"\n  预热引擎为底线的 {alone:.2f} 倍，{AT_ONCE} 个同时为 {together:.2f} 倍（目标 1.2 倍以内）")


def _times(longer: list[float], shorter: list[float]) -> float:
    """How many times as long, by the median of the rounds, since a slow minute of the machine hits both."""
    return median(one / other for one, other in zip(longer, shorter, strict=True))


if __name__ == "__main__":
    sys.exit(main())
