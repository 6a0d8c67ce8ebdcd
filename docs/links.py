"""Where a link of the table of requirements leads: a field, an entry of a scheme, a test, a chapter of a report."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache, reduce
from pathlib import Path
from typing import Any

import yaml

from edukit import dictionary
from edukit.errors import EdukitError
from edukit.schemes import load_scheme
from edukit.schemes.files import family, merged

ROOT = Path(__file__).resolve().parent.parent
NUMBERING = re.compile(r"^(?:附录)?[一二三四五六七八九十]*[、\s]*")
"""What stands before the title of a chapter and may change when one is put in."""


def fields_of(pattern: str) -> tuple[dictionary.Field, ...]:
    """Fields that a name stands for: ``{stage}`` is each stage, ``*`` anything, a sheet's name all of its own.

    >>> [field.name for field in fields_of("boarders_{stage}")]
    ['boarders_primary', 'boarders_junior']
    """
    known = dictionary.load().fields
    if pattern in sheets():
        return tuple(field for field in known if field.sheet == pattern)
    wanted = [pattern.replace("{stage}", stage) for stage in dictionary.STAGES]
    return tuple(field for field in known if any(fnmatchcase(field.name, name) for name in wanted))


@cache
def sheets() -> frozenset[str]:
    """Names of the sheets of the workbook."""
    return frozenset(sheet.name for sheet in dictionary.load().sheets)


def is_field(pattern: str) -> bool:
    """Whether the dictionary has such a field or sheet, for every stage where stages are asked for."""
    stages = dictionary.STAGES if "{stage}" in pattern else ("",)
    return all(fields_of(pattern.replace("{stage}", stage)) for stage in stages)


def is_policy(link: str) -> bool:
    """Whether an entry of a scheme or of another data file exists.

    ``quality-2017:Gov5`` is an item or indicator, ``quality-2017:option rooms-2016`` an option, ``…:block 教育质量`` a
    block, ``quality-2017:scope.exclude.教学点`` any entry by its path, ``edukit/norms.yaml:national-2023`` an entry of
    that file.
    """
    name, _, entry = link.partition(":")
    if name.endswith(".yaml"):
        return entry in _entries(name)
    try:
        scheme = load_scheme(name)
    except EdukitError:
        return False
    what, _, id_ = entry.partition(" ")
    if what == "option":
        return id_ in {option.id for option in scheme.options}
    if what == "block":
        return id_ in {block.name for block in scheme.blocks}
    return entry in ids_of(name) or _reaches(_data(name), entry)


@cache
def ids_of(scheme_id: str) -> frozenset[str]:
    """Ids of the indicators, standards and items of a scheme."""
    scheme = load_scheme(scheme_id)
    indicators = (*scheme.indicators, *scheme.standards)
    return frozenset([entry.id for entry in indicators] + [entry.id for entry in scheme.all_items])


def parent_of(scheme_id: str) -> str:
    """Id of the scheme that a scheme extends, or an empty text."""
    return str(family(scheme_id)[-1].data.get("extends", ""))


@cache
def _data(scheme_id: str) -> Mapping[str, Any]:
    return reduce(merged, (file.data for file in family(scheme_id)))


def _reaches(data: Any, path: str) -> bool:
    for step in path.split("."):
        if not isinstance(data, Mapping) or step not in data:
            return False
        data = data[step]
    return True


@cache
def _entries(name: str) -> frozenset[str]:
    """Names of the entries of a data file: keys of its mappings, numbers of its lists' entries."""
    path = ROOT / name
    if not path.is_file():
        return frozenset()
    found: set[str] = set()
    for value in yaml.safe_load(path.read_text(encoding="utf-8")).values():
        if isinstance(value, Mapping):
            found |= {str(key) for key in value}
        elif isinstance(value, list):
            found |= {str(entry["number"]) for entry in value if isinstance(entry, Mapping) and "number" in entry}
    return frozenset(found)


def is_test(link: str) -> bool:
    """Whether ``tests/test_x.py::test_name`` is a test function."""
    path, _, name = link.partition("::")
    return name.startswith("test_") and name in _functions(path)


@cache
def _functions(path: str) -> frozenset[str]:
    if not (ROOT / path).is_file():
        return frozenset()
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def is_chapter(link: str) -> bool:
    """Whether ``notebooks/x.ipynb#标题`` is a heading of that notebook, whatever its number; without one, the whole."""
    path, mark, heading = link.partition("#")
    return heading in _headings(path) if mark else path.endswith(".ipynb") and (ROOT / path).is_file()


@cache
def _headings(path: str) -> frozenset[str]:
    if not (ROOT / path).is_file():
        return frozenset()
    cells = json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"]
    lines = ("".join(cell["source"]).splitlines() for cell in cells if cell["cell_type"] == "markdown")
    titles = (line.lstrip("#").strip() for each in lines for line in each if line.startswith("#"))
    return frozenset(NUMBERING.sub("", title) for title in titles)
