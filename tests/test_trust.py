"""What docs/trust.md promises is shown by tests that exist, and the long versions are all run by ``make test-hard``."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(test_\w+(?:\.py)?)`")
PROMISING = ("保证", "故障")
FILES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py")}


def chapter(title: str) -> str:
    """The text below a heading."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def rows(text: str) -> list[str]:
    """The rows of its tables, without head and rule."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return lines[2:]


def functions(source: str) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("title", PROMISING)
def test_every_promise_names_its_test(title: str) -> None:
    assert len(rows(chapter(title))) > 5
    assert [row for row in rows(chapter(title)) if not NAMED.search(row)] == []


def test_every_test_that_is_named_exists() -> None:
    there = {*FILES, *(name for source in FILES.values() for name in functions(source))}
    assert set(NAMED.findall(PAGE)) - there == set()


def test_what_has_a_long_version_is_run_by_make_test_hard() -> None:
    recipe = re.search(r"^test-hard:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe
    run = set(re.findall(r"tests/(test_\w+\.py)", recipe[1]))
    assert run <= FILES.keys()
    assert {name for name, source in FILES.items() if re.search("^from counts import", source, re.MULTILINE)} <= run


def test_every_command_that_is_named_exists() -> None:
    known = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"`make ([\w-]+)`", PAGE)) <= set(known)
