"""Scheme files as text: where they lie, the line of every entry, and how one is laid on another."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from edukit.errors import CallError, SchemeError

Path_ = tuple[str | int, ...]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where libyaml is there


class SchemeFile:
    """One YAML file with the line of every entry, so that a message can point at it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines: dict[Path_, int] = {}
        try:
            node = yaml.compose(text, Loader=LOADER)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise SchemeError(f"评估办法文件 {name} 第 {line} 行：YAML 格式有误（{error.problem}）。") from error
        self._mark(node, ())
        self.data = yaml.load(text, Loader=LOADER)
        if not isinstance(self.data, dict):
            raise SchemeError(f"评估办法文件 {name} 第 1 行：应为“键: 值”的列表。")

    def _mark(self, node: yaml.Node | None, path: Path_) -> None:
        if node is None:
            return
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                if key.value in seen:
                    self.refuse((*path, key.value), f"“{key.value}”重复出现", line=key.start_mark.line + 1)
                seen.add(key.value)
                self.lines[(*path, key.value)] = key.start_mark.line + 1
                self._mark(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for position, value in enumerate(node.value):
                self._mark(value, (*path, position))

    def refuse(self, path: Path_, reason: str, *, line: int = 0) -> None:
        """Raise SchemeError for the entry at ``path``; the nearest known parent gives the line."""
        while not line and path and path not in self.lines:
            path = path[:-1]
        where = ".".join(str(step) for step in path)
        raise SchemeError(f"评估办法文件 {self.name} 第 {line or self.lines.get(path, 1)} 行（{where}）：{reason}。")


def shipped() -> list[str]:
    """Ids of the schemes that ship with edukit."""
    return list(_shipped())


@cache  # asked for once for each report of a batch
def _shipped() -> tuple[str, ...]:
    names = (entry.name for entry in files("edukit.schemes").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache  # it is part of the program, which does not change while it runs
def _text_of_shipped(scheme_id: str) -> str:
    return files("edukit.schemes").joinpath(f"{scheme_id}.yaml").read_text(encoding="utf-8")


def text_of(scheme_id: str) -> tuple[str, str]:
    """Name and text of the file of an id, or of a path to a ``.yaml`` file.

    Raises:
        CallError: there is no such scheme.
    """
    path = Path(scheme_id)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise CallError(f"找不到评估办法文件 {scheme_id}。")
        return path.name, path.read_text(encoding="utf-8")
    known = shipped()
    if scheme_id not in known:
        near = get_close_matches(scheme_id, known, n=1, cutoff=0.4)
        hint = f"是否指 {near[0]}？" if near else ""
        raise CallError(f"没有名为“{scheme_id}”的评估办法。{hint}可用：{'、'.join(known)}。")
    return f"{scheme_id}.yaml", _text_of_shipped(scheme_id)


def with_parents(file: SchemeFile, text: str, seen: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    """The data of a file laid on those of the files that it extends, and the texts of all of them."""
    parent_id = file.data.get("extends")
    if parent_id is None:
        return file.data, [text]
    if parent_id in seen:
        file.refuse(("extends",), f"“{parent_id}”与本文件互相继承")
    try:
        parent_name, parent_text = text_of(str(parent_id))
    except CallError as error:
        file.refuse(("extends",), str(error).rstrip("。"))
        raise
    parent = SchemeFile(parent_name, parent_text)
    data, texts = with_parents(parent, parent_text, (*seen, str(parent_id)))
    return merged(data, file.data), [*texts, text]


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid on ``base``: mappings entry by entry, everything else replaced; null takes an entry away.

    Entries of a list are reached by their number, from 1; the number after the last adds one.

    >>> merged({"a": {"x": 1, "y": 2}, "b": [{"k": 1}, {"k": 2}]}, {"a": {"y": None}, "b": {2: {"k": 5}}})
    {'a': {'x': 1}, 'b': [{'k': 1}, {'k': 5}]}
    """
    result = dict(base)
    for key, value in over.items():
        there = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(there, Mapping):
            result[key] = merged(there, value)
        elif isinstance(value, Mapping) and isinstance(there, list) and all(isinstance(k, int) for k in value):
            numbered = merged(dict(enumerate(there, start=1)), value)  # type: ignore[arg-type]
            result[key] = [numbered[number] for number in sorted(numbered)]
        else:
            result[key] = value
    return result
