"""The house: who may import whom, how large a module may be, and what must not be committed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

# From the ground up: a room imports only from itself and from those before it.
ROOMS = (
    "origin errors plain_yaml cards frames findings dictionary verdict exact schemes formats counties schools "
    "workbook checks indicators changes dispersion inequality influence outcome survey funding spending seats "
    "class_sizes reduction achievement groups items assess nation processed national alternatives difference "
    "documents gaps fragility trend movement plan settings lending case scenario topics projection outlook "
    "declaration dossier monitoring convergence improvement city subjects ledger school_plan style webfont showing "
    "text figures tables exploring run render export publish report index batch lab cli __main__"
).split()
ONLY_IN = {
    "papermill": {"run"},
    "nbconvert": {"render"},
    "matplotlib": {"style", "figures"},
    "seaborn": {"style", "figures"},
    "highspy": {"plan"},
    "ipywidgets": {"exploring"},
    "jupyterlab": {"lab"},
}
LONGEST_MODULE = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}
MACHINE_PATH = re.compile(r"(?<![\w.~}])/(?:root|work|home/\w+|Users/\w+)/|\b[A-Z]:\\+Users\\", re.ASCII)
REGISTRY = re.compile(r"pypi[.]org|pythonhosted[.]org|npmjs[.]org|conda[.]anaconda|registry[.]npm", re.IGNORECASE)
TEXT = set(".py .js .md .toml .yaml .yml .ipynb .j2 .css .html .json .csv .lock .txt .service .timer".split()) | {""}
DATA = {".xlsx"}
PICTURES = Path("docs", "pictures")
"""The one place for pictures, which tests/test_docs.py keeps small."""


def modules(root: Path) -> list[Path]:
    return sorted((root / "edukit").rglob("*.py"))


def room_of(path: Path, root: Path) -> str:
    return path.relative_to(root / "edukit").parts[0].removesuffix(".py")


def runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from runtime_nodes(node)


def imports(source: str, package: tuple[str, ...]) -> Iterator[str]:
    """Dotted names that a module imports; ``from x import y`` counts as ``x.y``, since y may be a module."""
    for node in runtime_nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join((*base, node.module) if node.module else base)
            yield from (f"{start}.{alias.name}" for alias in node.names)


def trespasses(source: str, path: Path, root: Path) -> list[str]:
    """What a module imports although its room may not."""
    room = room_of(path, root)
    found = []
    for name in imports(source, path.relative_to(root).parent.parts):
        top, _, rest = name.partition(".")
        if top == "edukit" and (other := rest.partition(".")[0]) in ROOMS:
            if room in ROOMS and ROOMS.index(other) > ROOMS.index(room):
                found.append(f"{room} imports {other}, which stands above it")
        elif room not in ONLY_IN.get(top, {room}):
            found.append(f"{room} imports {top}, which belongs to {sorted(ONLY_IN[top])}")
    return found


def test_every_module_has_a_room(root: Path) -> None:
    assert {room_of(path, root) for path in modules(root)} <= {*ROOMS, "__init__"}


def test_modules_import_only_from_below(root: Path) -> None:
    found = {path.name: trespasses(path.read_text(encoding="utf-8"), path, root) for path in modules(root)}
    assert {name: list_ for name, list_ in found.items() if list_} == {}


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("from edukit.cli import main", "edukit/assess.py"),
        ("from edukit import render", "edukit/workbook/reading.py"),
        ("from ..run import run_notebook", "edukit/workbook/reading.py"),
        ("from . import figures", "edukit/indicators.py"),
        ("def f():\n    import papermill as pm", "edukit/cli.py"),
        ("from matplotlib import pyplot", "edukit/tables.py"),
    ],
)
def test_a_trespass_is_seen(root: Path, line: str, place: str) -> None:
    assert len(trespasses(line, root / place, root)) == 1


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("from edukit import __version__, errors", "edukit/cli.py"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from edukit.cli import main", "edukit/errors.py"),
        ("from .model import Scheme", "edukit/schemes/loading.py"),
        ("import seaborn", "edukit/figures/bars.py"),
    ],
)
def test_a_neighbour_is_no_trespass(root: Path, line: str, place: str) -> None:
    assert trespasses(line, root / place, root) == []


def test_modules_are_small_and_well_named(root: Path) -> None:
    assert {path.stem for path in modules(root)} & VAGUE == set()
    lengths = {path.name: path.read_text(encoding="utf-8").count("\n") for path in modules(root)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_files_are_text_or_data_and_name_no_machine(root: Path, project_files: tuple[Path, ...]) -> None:
    for path in project_files:
        name = str(path.relative_to(root))
        if path.suffix in DATA or (path.suffix == ".png" and path.parent == root / PICTURES):
            continue
        assert path.suffix in TEXT, f"{name}: neither text nor data"
        # A CSV file may be in any encoding that bureaus use; everything else is UTF-8.
        text = path.read_text(encoding="utf-8", errors="replace" if path.suffix == ".csv" else "strict")
        assert not MACHINE_PATH.search(text), f"{name} holds a path of one machine: {MACHINE_PATH.search(text)}"
        assert not REGISTRY.search(text), f"{name} names a package registry: {REGISTRY.search(text)}"
