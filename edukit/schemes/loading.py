"""Reading scheme files: inheritance, and refusal of a broken file with its line and the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from edukit import dictionary
from edukit.errors import CallError, SchemeError
from edukit.schemes.conditions import check_condition
from edukit.schemes.model import Condition, Exclusion, Indicator, Item, Scheme, SchoolItem, SchoolRule

TOP_KEYS = frozenset(
    "id name short document title passed failed extends sources uncertain scope split school_rule cv_limit "
    "composite_limit indicators school_items items".split()
)
ALL_STAGES = ("primary", "junior", "senior")

Path_ = tuple[str | int, ...]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where libyaml is there


class _File:
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


def available() -> dict[str, str]:
    """Ids of the schemes that ship with edukit, each with its official name."""
    folder = files("edukit.schemes")
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return {name.removesuffix(".yaml"): load_scheme(name.removesuffix(".yaml")).name for name in found}


def _text_of(scheme_id: str) -> tuple[str, str]:
    path = Path(scheme_id)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise CallError(f"找不到评估办法文件 {scheme_id}。")
        return path.name, path.read_text(encoding="utf-8")
    known = sorted(e.name.removesuffix(".yaml") for e in files("edukit.schemes").iterdir() if e.name.endswith(".yaml"))
    if scheme_id not in known:
        near = get_close_matches(scheme_id, known, n=1, cutoff=0.4)
        hint = f"是否指 {near[0]}？" if near else ""
        raise CallError(f"没有名为“{scheme_id}”的评估办法。{hint}可用：{'、'.join(known)}。")
    return f"{scheme_id}.yaml", files("edukit.schemes").joinpath(f"{scheme_id}.yaml").read_text(encoding="utf-8")


@cache
def load_scheme(scheme_id: str) -> Scheme:
    """The scheme of an id, or of a path to a ``.yaml`` file.

    Raises:
        CallError: there is no such scheme.
        SchemeError: the file is broken; the message names line and reason.
    """
    name, text = _text_of(scheme_id)
    file = _File(name, text)
    data, texts = _with_parents(file, text, seen=(scheme_id,))
    _check(data, file)
    return _build(data, hashlib.sha256("\0".join(texts).encode()).hexdigest())


def _with_parents(file: _File, text: str, seen: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    parent_id = file.data.get("extends")
    if parent_id is None:
        return file.data, [text]
    if parent_id in seen:
        file.refuse(("extends",), f"“{parent_id}”与本文件互相继承")
    try:
        parent_name, parent_text = _text_of(str(parent_id))
    except CallError as error:
        file.refuse(("extends",), str(error).rstrip("。"))
        raise
    parent = _File(parent_name, parent_text)
    data, texts = _with_parents(parent, parent_text, (*seen, str(parent_id)))
    return _merged(data, file.data), [*texts, text]


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid on ``base``: mappings entry by entry, everything else replaced; null takes an entry away."""
    result = dict(base)
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = _merged(result[key], value)
        else:
            result[key] = value
    return result


def _check(data: Mapping[str, Any], file: _File) -> None:
    for key in data:
        if key not in TOP_KEYS:
            near = get_close_matches(str(key), sorted(TOP_KEYS), n=1)
            file.refuse((key,), f"不认识的键“{key}”" + (f"，是否指 {near[0]}" if near else ""))
    for key in ("id", "name", "short", "document", "title", "passed", "failed", "indicators"):
        if not data.get(key):
            file.refuse((), f"缺少“{key}”")
    if not isinstance(data["indicators"], Mapping):
        file.refuse(("indicators",), "应为“指标编号: 内容”")
    for id_, entry in data["indicators"].items():
        _check_indicator(("indicators", id_), entry, file)
    for key in ("cv_limit", "composite_limit"):
        _check_numbers((key,), data.get(key, {}), dictionary.STAGES, file)
    _check_numbers(("split", "weights"), data.get("split", {}).get("weights", {}), ALL_STAGES, file)
    if rule := data.get("school_rule"):
        _check_keys(("school_rule",), rule, SchoolRule, set(), file)
        numbers = ("min_met", "floor_share")
        _check_numbers(("school_rule",), {key: rule[key] for key in numbers}, numbers, file)
        if not 0 < rule["floor_share"] <= 1:
            file.refuse(("school_rule", "floor_share"), "应为 0 到 1 之间的数")
        if not 0 < rule["min_met"] <= len(data["indicators"]):
            file.refuse(("school_rule", "min_met"), f"应为 1 到 {len(data['indicators'])} 之间的整数")
    for position, entry in enumerate(data.get("scope", {}).get("exclude", [])):
        _check_exclusion(("scope", "exclude", position), entry, file)
    types = dictionary.load().field("school_type").choices
    for id_, entry in data.get("school_items", {}).items():
        _check_keys(("school_items", id_), entry, SchoolItem, {"id"}, file)
        allowed = types if entry["measure"] == "pupils" else tuple(dictionary.STAGES)
        _check_numbers(("school_items", id_, "limit"), entry["limit"], allowed, file)

    for id_, entry in data.get("items", {}).items():
        _check_keys(("items", id_), entry, Item, {"id"}, file)
        for position, condition in enumerate(entry["conditions"]):
            check_condition(("items", id_, "conditions", position), condition, file.refuse)


def _check_exclusion(path: Path_, entry: Any, file: _File) -> None:
    _check_keys(path, entry, Exclusion, set(), file)
    for field, values in entry["when"].items():
        if field not in dictionary.load():
            file.refuse((*path, "when", field), f"数据字典中没有“{field}”")
        if not isinstance(values, list):
            file.refuse((*path, "when", field), f"应为列表，如 [{values}]")
        choices = dictionary.load().field(field).choices
        for value in values:
            if choices and value not in choices:
                file.refuse((*path, "when", field), f"“{value}”不在可选值中（{'、'.join(choices)}）")


def _check_keys(path: Path_, entry: Any, kind: type, given: set[str], file: _File) -> None:
    """An entry must have the keys that its dataclass needs, and no others; ``given`` are not written in the entry."""
    if not isinstance(entry, Mapping):
        file.refuse(path, "应为“键: 值”的列表")
    needed = {
        f.name: f.default is MISSING and f.default_factory is MISSING for f in fields(kind) if f.name not in given
    }
    for key in entry:
        if key not in needed:
            near = get_close_matches(str(key), sorted(needed), n=1)
            file.refuse((*path, key), f"不认识的键“{key}”" + (f"，是否指 {near[0]}" if near else ""))
    for key, always in needed.items():
        if always and key not in entry:
            file.refuse(path, f"缺少“{key}”")


def _check_indicator(path: Path_, entry: Any, file: _File) -> None:
    _check_keys(path, entry, Indicator, {"id"}, file)
    for field in entry["numerator"]:
        for stage in dictionary.STAGES:
            if field.replace("{stage}", stage) not in dictionary.load():
                file.refuse((*path, "numerator", field), f"数据字典中没有“{field}”")
    _check_numbers((*path, "numerator"), entry["numerator"], None, file)
    _check_numbers(path, {"per": entry["per"]}, ("per",), file)
    _check_numbers((*path, "threshold"), entry.get("threshold", {}), dictionary.STAGES, file)
    _check_numbers((*path, "cv_limit"), entry.get("cv_limit", {}), dictionary.STAGES, file)


def _check_numbers(path: Path_, entry: Any, keys: Any, file: _File) -> None:
    if not isinstance(entry, Mapping):
        file.refuse(path, "应为“键: 数”的列表")
    for key, value in entry.items():
        if keys is not None and key not in keys:
            file.refuse((*path, key), f"不认识的键“{key}”，可用：{'、'.join(keys)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or (keys is not None and value <= 0):
            file.refuse((*path, key), f"应为{'大于 0 的' if keys is not None else ''}数，实为“{value}”")


def _build(data: Mapping[str, Any], digest: str) -> Scheme:
    common_limit = data.get("cv_limit", {})
    indicators = tuple(
        Indicator(id=id_, **{"cv_limit": common_limit, **entry}) for id_, entry in data["indicators"].items()
    )
    exclusions = tuple(
        Exclusion(
            when={field: tuple(values) for field, values in entry.get("when", {}).items()},
            reason=entry["reason"],
            pupils_below=entry.get("pupils_below"),
            source=entry.get("source", ""),
        )
        for entry in data.get("scope", {}).get("exclude", [])
    )
    rule = data.get("school_rule")
    return Scheme(
        **{key: data[key] for key in ("id", "name", "short", "document", "title", "passed", "failed")},
        stages=tuple(dictionary.STAGES),
        indicators=indicators,
        exclusions=exclusions,
        split_weights=data.get("split", {}).get("weights", dict.fromkeys(ALL_STAGES, 1)),
        school_rule=SchoolRule(**rule) if rule else None,
        composite_limit=data.get("composite_limit", {}),
        school_items=tuple(SchoolItem(id=id_, **entry) for id_, entry in data.get("school_items", {}).items()),
        items=tuple(_item(id_, entry) for id_, entry in data.get("items", {}).items()),
        sources=data.get("sources", {}),
        uncertain=tuple((entry["topic"], entry["text"]) for entry in data.get("uncertain", [])),
        digest=digest,
    )


def _item(id_: str, entry: Mapping[str, Any]) -> Item:
    conditions = tuple(
        Condition(given["kind"], {key: value for key, value in given.items() if key != "kind"})
        for given in entry["conditions"]
    )
    return Item(id=id_, **{**entry, "conditions": conditions})
