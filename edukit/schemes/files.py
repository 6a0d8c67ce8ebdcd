"""Scheme files as text: where they lie, the line of every entry, and how one is laid on another."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from edukit import plain_yaml
from edukit.errors import CallError, SchemeError

Path_ = tuple[str | int, ...]


class SchemeFile:
    """One YAML file with the line of every entry, so that a message can point at it.

    Args:
        name: the file's name.
        text: what is in it.
        path: where it lies; None for one that ships with edukit.
    """

    def __init__(self, name: str, text: str, path: Path | None = None) -> None:
        self.name, self.text, self.path = name, text, path
        self.lines: dict[Path_, int] = {}
        try:
            self.data = plain_yaml.read(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or error
            line = mark.line + 1 if mark else 1
            raise SchemeError(f"评估办法文件 {name} 第 {line} 行：YAML 格式有误（{problem}）。") from error
        self._mark(yaml.compose(text, Loader=plain_yaml.LOADER), ())
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


def text_of(scheme_id: str, *folders: Path) -> tuple[str, str, Path | None]:
    """Name, text and place of the file of an id, or of a path to a ``.yaml`` file.

    Args:
        scheme_id: id or path.
        folders: where a path is looked for, before the working folder.

    Returns:
        The place is None for a scheme that ships with edukit.

    Raises:
        CallError: there is no such scheme.
        SchemeError: the file is no text.
    """
    path = Path(scheme_id)
    if path.suffix in (".yaml", ".yml"):
        found = next((place for place in (*(folder / path for folder in folders), path) if place.is_file()), None)
        if found is None:
            raise CallError(f"找不到评估办法文件 {scheme_id}。")
        try:
            return found.name, found.read_text(encoding="utf-8-sig"), found
        except UnicodeDecodeError as error:
            raise SchemeError(f"评估办法文件 {found.name} 不是 UTF-8 编码。请在记事本中另存为 UTF-8。") from error
    known = shipped()
    if scheme_id not in known:
        near = get_close_matches(scheme_id, known, n=1, cutoff=0.4)
        hint = f"是否指 {near[0]}？" if near else ""
        raise CallError(f"没有名为“{scheme_id}”的评估办法。{hint}可用：{'、'.join(known)}。")
    return f"{scheme_id}.yaml", _text_of_shipped(scheme_id), None


@lru_cache(maxsize=256)  # by its text, so that a file that is being edited is read again
def _parsed(name: str, text: str, path: Path | None) -> SchemeFile:
    return SchemeFile(name, text, path)


def family(scheme_id: str, *folders: Path) -> tuple[SchemeFile, ...]:
    """The file of a scheme and those that it extends, these first; a path in a file is one from that file's folder.

    Raises:
        CallError: there is no such scheme.
        SchemeError: a file is broken, or extends what does not exist, or itself.
    """
    found = [_parsed(*text_of(scheme_id, *folders))]
    seen = [scheme_id]
    while (parent := found[0].data.get("extends")) is not None:
        child = found[0]
        if parent in seen:
            child.refuse(("extends",), f"“{parent}”与本文件互相继承")
        try:
            found.insert(0, _parsed(*text_of(str(parent), *([child.path.parent] if child.path else []))))
        except CallError as error:
            child.refuse(("extends",), str(error).rstrip("。"))
        seen.append(str(parent))
    return tuple(found)


def as_given(scheme_id: str, root: Path) -> str:
    """What a report's notebook is told: the id, or the file's path from the project folder.

    A path that a user types is one from the working folder, and else from the project folder. A notebook works in
    another folder, perhaps on another machine, and its report must not name folders of this one.

    Raises:
        CallError: there is no such file, or it lies outside of the project folder.
    """
    path = Path(scheme_id)
    if path.suffix not in (".yaml", ".yml"):
        return scheme_id
    found = next((place.resolve() for place in (path, root / path) if place.is_file()), None)
    if found is None:
        raise CallError(f"找不到评估办法文件 {scheme_id}。")
    base = root.resolve()
    if not found.is_relative_to(base):
        raise CallError(
            f"评估办法文件 {scheme_id} 不在项目文件夹里。报告要用的文件都应放在项目文件夹，否则报告中会留下本机的路径，"
            "别的机器上也无法重做。请把它连同它所依据的办法文件复制到项目文件夹，再用新的路径。"
        )
    return found.relative_to(base).as_posix()


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
