"""Which keys a condition of each kind takes, so that a broken scheme is refused before anything is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from edukit import dictionary

LIMITS = frozenset({"at_least", "at_most", "below"})
SHOWN = frozenset({"name", "unit", "percent"})
FIELD_KEYS = frozenset({"numerator", "denominator", "numerator_minus", "denominator_minus", "field", "fields"})

KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "ratio": (frozenset({"numerator", "denominator"}), LIMITS | SHOWN),
    "value": (frozenset({"field"}), LIMITS | SHOWN),
    "finding": (frozenset(), frozenset({"name"})),
    "each_school": (frozenset({"numerator"}), frozenset({"denominator"}) | LIMITS | SHOWN),
    "pooled": (
        frozenset({"numerator", "denominator"}),
        frozenset({"numerator_minus", "denominator_minus", "stage"}) | LIMITS | SHOWN,
    ),
    "flags": (frozenset({"field"}), frozenset({"name"})),
    "rooms": (frozenset({"per_classes", "areas"}), frozenset({"name"})),
    "monitored": (frozenset({"subjects", "levels", "level", "below"}), frozenset({"name"})),
    "forbidden": (frozenset({"fields"}), frozenset({"name"})),
}
"""Kind -> (keys it needs, keys it may have); the kinds are the functions of edukit/items/kinds.py."""

LIMITED = frozenset({"ratio", "value", "each_school", "pooled"})
"""Kinds that need exactly one limit."""

Refuse = Callable[[tuple[str | int, ...], str], None]


def check_condition(path: tuple[str | int, ...], entry: Any, refuse: Refuse) -> None:
    """Refuse a condition whose kind, keys, fields or limits are not what its kind takes."""
    if not isinstance(entry, Mapping) or entry.get("kind") not in KEYS:
        refuse(path, f"kind 应为：{'、'.join(KEYS)}")
    needed, allowed = KEYS[entry["kind"]]
    keys = set(entry) - {"kind"}
    for key in sorted(keys - needed - allowed):
        near = get_close_matches(str(key), sorted(needed | allowed), n=1)
        refuse((*path, key), f"不认识的键“{key}”" + (f"，是否指 {near[0]}" if near else ""))
    for key in sorted(needed - keys):
        refuse(path, f"缺少“{key}”")
    if entry["kind"] in LIMITED and len(keys & LIMITS) != 1:
        refuse(path, "应写 at_least、at_most、below 之一")
    for key in sorted(keys & FIELD_KEYS):
        names = entry[key] if isinstance(entry[key], list) else [entry[key]]
        for name in names:
            for stage in dictionary.STAGES:
                if str(name).replace("{stage}", stage) not in dictionary.load():
                    refuse((*path, key), f"数据字典中没有“{name}”")
    for subject in entry.get("subjects", ()):
        if f"qual_level_{subject}" not in dictionary.load():
            refuse((*path, "subjects"), f"数据字典中没有“qual_level_{subject}”")
