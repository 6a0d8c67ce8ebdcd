"""Which keys a condition of each kind takes, so that a broken scheme is refused before anything is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from edukit import dictionary

LIMITS = frozenset({"at_least", "at_most", "below"})
SHOWN = frozenset({"name", "unit", "percent"})
FIELD_KEYS = frozenset({"numerator", "denominator", "numerator_minus", "denominator_minus", "field", "fields", "facts"})
BOUNDS = ("at_least", "at_most", "below", "above")
"""What a number of a school may be compared with in ``when``."""
MIGRANT_SHARE = "migrant_share"
"""The one name in ``when`` that is no field: migrants' children ÷ pupils."""


def _kind(needed: str, allowed: Iterable[str] = ()) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(needed.split()), frozenset(allowed) | {"name"}


KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "ratio": _kind("numerator denominator", LIMITS | SHOWN),
    "rising": _kind("numerator denominator", {"strict", "percent", "unit"}),
    "value": _kind("field", LIMITS | SHOWN),
    "since": _kind("field years"),
    "confirmed": _kind("fields"),
    "forbidden": _kind("fields"),
    "monitored": _kind("subjects levels level below"),
    "finding": _kind("", {"facts"}),
    "each_school": _kind("numerator", {"denominator"} | LIMITS | SHOWN),
    "pooled": _kind("numerator denominator", {"numerator_minus", "denominator_minus", "stage"} | LIMITS | SHOWN),
    "flags": _kind("field"),
    "school_share": _kind("field at_least", {"when"}),
    "school_count": _kind("types", {"total"}),
    "rooms": _kind("per_classes areas", {"relaxed"}),
    "class_sizes": _kind("limits", {"share_at_most"}),
    "small_classes": _kind("limits at_least"),
    "fewer": _kind("what at_least", {"limits", "net"}),
    "seats": _kind("norms per_class urban"),
    "urban_rural": _kind("indicators urban rural at_least"),
    "place_ratio": _kind("numerator denominator urban rural at_least"),
    "each_unit": _kind("indicator at_least"),
    "units_met": _kind("at_least", {"percent"}),
    "large_schools": _kind("limits"),
    "norms": _kind("base"),
    "small_school_funds": _kind("counted_as urban types anywhere special_instead funds"),
    "growths": _kind("years"),
    "never_falls": _kind("years"),
    "survey": _kind(
        "satisfied unsatisfied unsure count_unsure pass_rate sample_share sample_floor sample_of parents_share "
        "valid_share valid_of confidence publish_from",
        {"requirements", "source"},
    ),
}
"""Kind -> (keys it needs, keys it may have); the kinds are those of edukit/items/kinds.py."""

LIMITED = frozenset({"ratio", "value", "each_school", "pooled"})
"""Kinds that need exactly one limit."""

Refuse = Callable[[tuple[str | int, ...], str], None]
Path = tuple[str | int, ...]


def check_condition(path: Path, entry: Any, refuse: Refuse) -> None:
    """Refuse a condition whose kind, keys, fields or limits are not what its kind takes."""
    if not isinstance(entry, Mapping) or str(entry.get("kind")) not in KEYS:
        refuse(path, f"kind 应为：{'、'.join(KEYS)}")
    kind = entry["kind"]
    needed, allowed = KEYS[kind]
    keys = set(entry) - {"kind"}
    for key in sorted(keys - needed - allowed, key=str):
        near = get_close_matches(str(key), sorted(needed | allowed), n=1)
        refuse((*path, key), f"不认识的键“{key}”" + (f"，是否指 {near[0]}" if near else ""))
    for key in sorted(needed - keys):
        refuse(path, f"缺少“{key}”")
    if kind in LIMITED and len(keys & LIMITS) != 1:
        refuse(path, "应写 at_least、at_most、below 之一")
    for key in sorted(keys & FIELD_KEYS):
        _check_fields((*path, key), entry[key], refuse)
    for key in sorted(keys):
        check = VALUES.get((kind, key), VALUES.get(("", key)))
        if check is not None and (reason := check(entry[key])):
            refuse((*path, key), reason)
    for subject in entry.get("subjects", ()):
        if f"qual_level_{subject}" not in dictionary.load():
            refuse((*path, "subjects"), f"数据字典中没有“qual_level_{subject}”")
    if "level" in entry and entry["level"] not in entry["levels"]:
        refuse((*path, "level"), f"“{entry['level']}”不在 levels 之中")
    if kind == "rooms":
        for number, rule in enumerate(entry.get("relaxed", ())):
            check_relaxed((*path, "relaxed", number), rule, "areas", VALUES["rooms", "areas"], refuse)
    if "when" in entry:
        check_when((*path, "when"), entry["when"], refuse)
    if kind == "fewer":
        _check_fewer(path, entry, refuse)


def check_relaxed(path: Path, rule: Any, key: str, check: Callable[[Any], str], refuse: Refuse) -> None:
    """Refuse a relaxed rule that is not ``{when: …, <key>: …}``, where ``check`` says what is wrong with the latter."""
    if not isinstance(rule, Mapping) or set(rule) != {"when", key}:
        refuse(path, f"应为 when 和 {key} 两项")
    if reason := check(rule[key]):
        refuse((*path, key), reason)
    check_when((*path, "when"), rule["when"], refuse)


def check_when(path: Path, when: Any, refuse: Refuse) -> None:
    """Refuse a ``when`` that :mod:`edukit.items.when` cannot read: fields to lists of words, or to bounds."""
    if not isinstance(when, Mapping) or not when:
        refuse(path, "应为“字段: 条件”的列表")
    for field, asked in when.items():
        if field != MIGRANT_SHARE and field not in dictionary.load():
            refuse((*path, field), f"数据字典中没有“{field}”")
        numeric = field == MIGRANT_SHARE or dictionary.load().field(field).numeric
        if isinstance(asked, Mapping) and numeric:
            for bound, limit in asked.items():
                if bound not in BOUNDS:
                    refuse((*path, field, bound), f"应为 {'、'.join(BOUNDS)} 之一")
                if reason := _number(limit):
                    refuse((*path, field, bound), reason)
        elif isinstance(asked, list) and not numeric:
            choices = _choices(field)
            for word in asked:
                if choices and word not in choices:
                    refuse((*path, field), f"“{word}”不在可选值中（{'、'.join(choices)}）")
        else:
            refuse((*path, field), "应为界限，如 {at_most: 2016}" if numeric else f"应为列表，如 [{asked}]")


def _check_fields(path: Path, names: Any, refuse: Refuse) -> None:
    for name in names if isinstance(names, list) else [names]:
        for stage in dictionary.STAGES:
            if str(name).replace("{stage}", stage) not in dictionary.load():
                refuse(path, f"数据字典中没有“{name}”")


def _check_fewer(path: Path, entry: Mapping[str, Any], refuse: Refuse) -> None:
    what, limits = entry["what"], entry.get("limits")
    if (what == "units") != (limits is None):
        refuse(path, "what 为 units 时不写 limits，为 classes、schools 时必须写")
    check = {"classes": _by_stage, "schools": by_type}.get(what)
    if check is not None and (reason := check(limits)):
        refuse((*path, "limits"), reason)


# ---- what a value may be: each gives the reason why it may not, or "" -----------------------------------------------


def _number(value: Any) -> str:
    wrong = isinstance(value, bool) or not isinstance(value, int | float) or value < 0
    return f"应为不小于 0 的数，实为“{value}”" if wrong else ""


def _share(value: Any) -> str:
    return f"应为 0 到 1 之间的数，实为“{value}”" if _number(value) or value > 1 else ""


def _years(value: Any) -> str:
    wrong = isinstance(value, bool) or not isinstance(value, int) or value < 1
    return f"应为大于 0 的整数，实为“{value}”" if wrong else ""


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else f"应为 true 或 false，实为“{value}”"


def _texts(value: Any) -> str:
    fine = isinstance(value, list) and all(isinstance(text, str) for text in value)
    return "" if fine else f"应为列表，如 [{value}]"


def _one_of(choices: Iterable[str]) -> Callable[[Any], str]:
    known = tuple(choices)
    return lambda value: "" if value in known else f"应为 {'、'.join(known)} 之一，实为“{value}”"


def _each_of(field: str, choices: Iterable[str] = ()) -> Callable[[Any], str]:
    """A list of words out of the choices of a field, or out of those given."""

    def check(value: Any) -> str:
        known = tuple(choices) or _choices(field)
        wrong = [] if _texts(value) else [text for text in value if text not in known]
        return _texts(value) or (f"“{wrong[0]}”不在可选值中（{'、'.join(known)}）" if wrong else "")

    return check


def _choices(field: str) -> tuple[str, ...]:
    spec = dictionary.load().field(field)
    return ("是", "否") if spec.kind == "flag" else spec.choices


def _by(keys: Iterable[str], value: Any, check: Callable[[Any], str] = _number) -> str:
    known = tuple(keys)
    if not isinstance(value, Mapping) or not value:
        return f"应为“{known[0]}: 数”的列表"
    wrong = [key for key in value if key not in known]
    if wrong:
        return f"不认识的键“{wrong[0]}”，可用：{'、'.join(known)}"
    return next((reason for entry in value.values() if (reason := check(entry))), "")


def _by_stage(value: Any) -> str:
    return _by(dictionary.STAGES, value)


def by_type(value: Any) -> str:
    """Why a mapping of school types to numbers may not be, or ""."""
    return _by(_choices("school_type"), value)


def _areas(value: Any) -> str:
    return _by(
        _choices("room_kind"), value, lambda area: _by_stage(area) if isinstance(area, Mapping) else _number(area)
    )


def _limit(value: Any) -> str:
    """One number, or one for each stage or type of school."""
    return _by((*dictionary.STAGES, *_choices("school_type")), value) if isinstance(value, Mapping) else _number(value)


VALUES: Mapping[tuple[str, str], Callable[[Any], str]] = {
    **{("each_school", key): _limit for key in LIMITS},
    **{("", key): _number for key in (*LIMITS, "per_classes", "counted_as", "total", "sample_floor", "publish_from")},
    **{("", key): _share for key in ("pass_rate", "sample_share", "parents_share", "valid_share", "confidence")},
    **{(kind, "at_least"): _share for kind in ("school_share", "small_classes", "fewer", "urban_rural", "units_met")},
    **{("", key): _flag for key in ("percent", "strict", "net", "special_instead", "count_unsure")},
    **{("", key): _texts for key in ("satisfied", "unsatisfied", "unsure", "subjects", "levels", "indicators")},
    **{("", key): _by_stage for key in ("norms", "per_class")},
    **{("", key): _each_of("urban_type") for key in ("urban", "rural")},
    **{("", key): _each_of("school_type") for key in ("types", "anywhere")},
    ("class_sizes", "limits"): _by_stage,
    ("small_classes", "limits"): _by_stage,
    ("school_count", "types"): by_type,
    ("large_schools", "limits"): by_type,
    ("each_unit", "at_least"): _by_stage,
    ("", "share_at_most"): _share,
    ("", "years"): _years,
    ("", "stage"): _one_of(dictionary.STAGES),
    ("", "what"): _one_of(("classes", "schools", "units")),
    ("", "funds"): _one_of(("funds_budget", "funds_final")),
    ("", "sample_of"): _one_of(("sent", "returned", "valid")),
    ("", "valid_of"): _one_of(("sent", "returned")),
    ("", "requirements"): _each_of("", ("sample", "parents", "valid", "pass")),
    ("rooms", "areas"): _areas,
}
"""(Kind or "" for all, key) -> what is wrong with a value."""
