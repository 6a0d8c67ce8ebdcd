"""What a scheme file must hold; the first entry that does not fit is refused with its line and the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any

from edukit import dictionary
from edukit.exact import fraction
from edukit.schemes.conditions import by_type, check_condition, check_relaxed
from edukit.schemes.files import Path_, SchemeFile
from edukit.schemes.model import (
    Block,
    Exclusion,
    Extra,
    Indicator,
    Item,
    Option,
    SchoolItem,
    SchoolRule,
    Target,
)

TEXTS = "id name short document title passed failed passed_all failed_all resource_block school_block".split()
TOP_KEYS = frozenset(
    "extends sources uncertain scope split school_rule cv_limit composite_limit indicators school_items items "
    "standards blocks options use targets class_meanings".split()
).union(TEXTS)
NEEDED = ("id", "name", "short", "document", "title", "passed", "failed", "indicators")
PARTS = TOP_KEYS - {*TEXTS, "extends", "uncertain"}
"""What holds entries by name."""
ALL_STAGES = ("primary", "junior", "senior")
RULES = ("all", "marks")
FULL_MARKS = 100
"""What a percentage of marks is counted from; the pass mark itself is a scheme's."""


def check(data: Mapping[str, Any], file: SchemeFile) -> None:
    """Refuse the first entry that a scheme cannot hold."""
    for key in data:
        if key not in TOP_KEYS:
            near = get_close_matches(str(key), sorted(TOP_KEYS), n=1)
            file.refuse((key,), f"不认识的键“{key}”" + (f"，是否指 {near[0]}" if near else ""))
    for key in NEEDED:
        if not data.get(key):
            file.refuse((), f"缺少“{key}”")
    _check_shapes(data, file)
    for key in ("indicators", "standards"):
        for id_, entry in data.get(key, {}).items():
            _check_indicator((key, id_), entry, file)
    for key in ("cv_limit", "composite_limit"):
        _check_numbers((key,), data.get(key, {}), dictionary.STAGES, file)
    _check_numbers(("split", "weights"), data.get("split", {}).get("weights", {}), ALL_STAGES, file)
    for word, most in data.get("class_meanings", {}).items():
        by_stage = most if isinstance(most, Mapping) else dict.fromkeys(dictionary.STAGES, most)
        _check_numbers(("class_meanings", word), by_stage, dictionary.STAGES, file)
    if rule := data.get("school_rule"):
        _check_rule(rule, len(data["indicators"]), file)
    excluded = data.get("scope", {}).get("exclude", {})
    named: Any = excluded.items() if isinstance(excluded, Mapping) else enumerate(excluded)
    for name, entry in named:
        _check_keys(("scope", "exclude", name), entry, Exclusion, set(), file)
        _check_when(("scope", "exclude", name, "when"), entry["when"], file)
    types = dictionary.load().field("school_type").choices
    for id_, entry in data.get("school_items", {}).items():
        _check_keys(("school_items", id_), entry, SchoolItem, {"id"}, file)
        allowed = types if entry["measure"] == "pupils" else tuple(dictionary.STAGES)
        _check_numbers(("school_items", id_, "limit"), entry["limit"], allowed, file)
        for number, rule in enumerate(entry.get("relaxed", ())):
            check_relaxed(("school_items", id_, "relaxed", number), rule, "limit", by_type, file.refuse)
    for id_, entry in data.get("items", {}).items():
        _check_keys(("items", id_), entry, Item, {"id"}, file)
        for position, condition in enumerate(entry["conditions"]):
            check_condition(("items", id_, "conditions", position), condition, file.refuse)
    _check_blocks(data, file)
    for id_, entry in data.get("options", {}).items():
        _check_keys(("options", id_), entry, Option, {"id", "basis"}, file)
    for id_ in data.get("use", {}):
        if id_ not in data.get("options", {}):
            file.refuse(("use", id_), f"没有名为“{id_}”的口径，可用：{'、'.join(data.get('options', {}))}")
    for county, entry in data.get("targets", {}).items():
        _check_keys(("targets", county), entry, Target, set(), file)
        _check_numbers(("targets", county), {"year": entry["year"]}, ("year",), file)


def _check_shapes(data: Mapping[str, Any], file: SchemeFile) -> None:
    """Refuse a part that is a text where entries should be, or the other way round."""
    for key, value in data.items():
        if key in TEXTS and isinstance(value, Mapping | list):
            file.refuse((key,), "应为文字")
        if key in PARTS and not isinstance(value, Mapping):
            file.refuse((key,), f"应为“{'指标编号' if key in ('indicators', 'standards') else '键'}: 内容”")
    for key, inner, kinds in (("scope", "exclude", Mapping | list), ("split", "weights", Mapping)):
        if not isinstance(data.get(key, {}).get(inner, {}), kinds):
            file.refuse((key, inner), "应为“键: 内容”")
    said = data.get("uncertain", [])
    for entry in said if isinstance(said, list) else [said]:
        if not isinstance(entry, Mapping) or not all(isinstance(entry.get(key), str) for key in ("topic", "text")):
            file.refuse(("uncertain",), "应为列表，每项写明 topic（事项）和 text（说明）")


def _is(value: Any, kind: str) -> bool:
    """Whether a value can be that of an annotation; what is checked elsewhere in more detail passes."""
    kind = kind.removesuffix(" | None")
    if kind == "str":
        return not isinstance(value, Mapping | list)
    if kind == "bool":
        return isinstance(value, bool)
    if kind in ("int", "float"):
        return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    if kind.startswith("tuple"):
        return isinstance(value, list)
    return not kind.startswith("Mapping") or kind == "Mapping[str, float]" or isinstance(value, Mapping)


def _check_rule(rule: Any, n_indicators: int, file: SchemeFile) -> None:
    _check_keys(("school_rule",), rule, SchoolRule, set(), file)
    numbers = ("min_met", "floor_share")
    _check_numbers(("school_rule",), {key: rule[key] for key in numbers}, numbers, file)
    if not 0 < rule["floor_share"] <= 1:
        file.refuse(("school_rule", "floor_share"), "应为 0 到 1 之间的数")
    if not 0 < rule["min_met"] <= n_indicators:
        file.refuse(("school_rule", "min_met"), f"应为 1 到 {n_indicators} 之间的整数")


def _check_blocks(data: Mapping[str, Any], file: SchemeFile) -> None:
    """Marks must make up 100, or else a pass mark means nothing."""
    items = {**data.get("items", {}), **data.get("school_items", {})}
    for name, entry in data.get("blocks", {}).items():
        _check_keys(("blocks", name), entry, Block, {"name"}, file)
        if entry.get("rule", "all") not in RULES:
            file.refuse(("blocks", name, "rule"), f"应为 {'、'.join(RULES)} 之一，实为“{entry['rule']}”")
        if entry.get("rule") != "marks":
            continue
        _check_numbers(("blocks", name), {"pass_mark": entry.get("pass_mark", "空白")}, ("pass_mark",), file)
        own = {id_: item for id_, item in items.items() if item.get("block") == name}
        for id_, item in own.items():
            _check_numbers(("items", id_), {"marks": item.get("marks", "空白")}, ("marks",), file)
        total = sum(fraction(item["marks"]) for item in own.values())
        if own and total != FULL_MARKS:
            file.refuse(("blocks", name), f"各项分值之和应为 {FULL_MARKS}，实为 {float(total):g}")


def _check_when(path: Path_, when: Any, file: SchemeFile) -> None:
    if not isinstance(when, Mapping):
        file.refuse(path, "应为“字段: [值]”的列表")
    for field, values in when.items():
        if field not in dictionary.load():
            file.refuse((*path, field), f"数据字典中没有“{field}”")
        if not isinstance(values, list):
            file.refuse((*path, field), f"应为列表，如 [{values}]")
        choices = dictionary.load().field(field).choices
        for value in values:
            if choices and value not in choices:
                file.refuse((*path, field), f"“{value}”不在可选值中（{'、'.join(choices)}）")


def _check_keys(path: Path_, entry: Any, kind: type, given: set[str], file: SchemeFile) -> None:
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
    kinds = {f.name: str(f.type) for f in fields(kind)}
    for key, value in entry.items():
        if not _is(value, kinds[key]):
            file.refuse((*path, key), f"内容的形式不对，实为“{value}”")


def _check_indicator(path: Path_, entry: Any, file: SchemeFile) -> None:
    _check_keys(path, entry, Indicator, {"id"}, file)
    _check_fields((*path, "numerator"), entry["numerator"], file)
    _check_numbers(path, {"per": entry["per"]}, ("per",), file)
    _check_numbers((*path, "threshold"), entry.get("threshold", {}), dictionary.STAGES, file)
    _check_numbers((*path, "cv_limit"), entry.get("cv_limit", {}), dictionary.STAGES, file)
    if extra := entry.get("extra"):
        _check_keys((*path, "extra"), extra, Extra, set(), file)
        _check_fields((*path, "extra", "fields"), extra["fields"], file)
        _check_when((*path, "extra", "when"), extra.get("when", {}), file)


def _check_fields(path: Path_, numbers: Any, file: SchemeFile) -> None:
    _check_numbers(path, numbers, None, file)
    for field in numbers:
        for stage in dictionary.STAGES:
            if field.replace("{stage}", stage) not in dictionary.load():
                file.refuse((*path, field), f"数据字典中没有“{field}”")


def _check_numbers(path: Path_, entry: Any, keys: Any, file: SchemeFile) -> None:
    if not isinstance(entry, Mapping):
        file.refuse(path, "应为“键: 数”的列表")
    for key, value in entry.items():
        if keys is not None and key not in keys:
            file.refuse((*path, key), f"不认识的键“{key}”，可用：{'、'.join(keys)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or (keys is not None and value <= 0):
            file.refuse((*path, key), f"应为{'大于 0 的' if keys is not None else ''}数，实为“{value}”")
