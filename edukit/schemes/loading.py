"""Loading a scheme: its file laid on those that it extends, the options in use laid on that, checked and built."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import deepcopy
from difflib import get_close_matches
from functools import cache, reduce
from pathlib import Path
from typing import Any

from edukit import dictionary
from edukit.errors import CallError
from edukit.schemes.checking import ALL_STAGES, TEXTS, check
from edukit.schemes.files import SchemeFile, family, merged, shipped
from edukit.schemes.model import (
    Block,
    Condition,
    Exclusion,
    Extra,
    Indicator,
    Item,
    Option,
    Scheme,
    SchoolItem,
    SchoolRule,
    Target,
)


def available() -> dict[str, str]:
    """Ids of the schemes that ship with edukit, each with its official name."""
    return {scheme_id: load_scheme(scheme_id).name for scheme_id in shipped()}


def load_scheme(scheme_id: str, options: tuple[tuple[str, str], ...] = (), folder: Path | None = None) -> Scheme:
    """Read a scheme (评估办法) by its id, or from a ``.yaml`` file of your own.

    >>> scheme = load_scheme("quality-2017")
    >>> scheme.short, scheme.indicator("Q4").threshold["primary"]
    ('优质均衡', 4.5)

    Args:
        scheme_id: id or path.
        options: (id, basis) of the options in use besides those that the file itself uses.
        folder: where a path is looked for before the working folder: the project folder, for a report.

    Raises:
        CallError: there is no such scheme, or no such option in it.
        SchemeError: the file is broken; the message names line and reason.
    """
    return _load(scheme_id, family(scheme_id, *([folder] if folder else [])), options)


@cache
def _load(scheme_id: str, files: tuple[SchemeFile, ...], options: tuple[tuple[str, str], ...]) -> Scheme:
    """By the files too, which are others once one of them has been edited."""
    file = files[-1]
    data = reduce(merged, (deepcopy(each.data) for each in files))
    check(data, file)
    chosen = {**{id_: str(basis or "") for id_, basis in data.get("use", {}).items()}, **dict(options)}
    known = data.get("options", {})
    for id_ in chosen:
        if id_ not in known:
            near = get_close_matches(id_, list(known), n=1, cutoff=0.4)
            hint = f"是否指 {near[0]}？" if near else ""
            raise CallError(f"《{data['name']}》没有名为“{id_}”的口径设置。{hint}可用：{'、'.join(known) or '无'}。")
    for id_ in known:  # in the order of the file, whatever the order in which they were asked for
        if id_ in chosen:
            data = merged(data, known[id_]["changes"])
            check(data, file)
    digest = hashlib.sha256("\0".join([*(each.text for each in files), *sorted(chosen)]).encode()).hexdigest()
    own = tuple(each.path for each in files if each.path)
    return _build(data, chosen, str(file.path or scheme_id), own, digest)


def with_options(scheme: Scheme, options: Mapping[str, str]) -> Scheme:
    """The same scheme with these options (id -> basis) in use besides those it uses already.

    Raises:
        CallError: the scheme has no such option.
    """
    used = {option.id: option.basis for option in scheme.used}
    return load_scheme(scheme.origin, tuple(sorted({**used, **options}.items())))


def _build(
    data: Mapping[str, Any], chosen: Mapping[str, str], origin: str, own: tuple[Path, ...], digest: str
) -> Scheme:
    excluded = data.get("scope", {}).get("exclude", {})
    rule = data.get("school_rule")
    items = tuple(_item(id_, entry) for id_, entry in data.get("items", {}).items())
    school_items = tuple(
        SchoolItem(id=id_, **{**entry, "relaxed": tuple(entry.get("relaxed", ()))})
        for id_, entry in data.get("school_items", {}).items()
    )
    options = tuple(
        Option(id=id_, **entry, basis=chosen.get(id_, "")) for id_, entry in data.get("options", {}).items()
    )
    texts = {key: str(data.get(key, "")) for key in TEXTS}
    texts["passed_all"] = texts["passed_all"] or texts["passed"]
    texts["failed_all"] = texts["failed_all"] or texts["failed"]
    texts["resource_block"] = texts["resource_block"] or "资源配置"
    return Scheme(
        **texts,
        stages=tuple(dictionary.STAGES),
        indicators=_indicators(data.get("indicators", {}), data.get("cv_limit", {})),
        standards=_indicators(data.get("standards", {}), {}),
        exclusions=tuple(_exclusion(e) for e in (excluded.values() if isinstance(excluded, Mapping) else excluded)),
        split_weights=data.get("split", {}).get("weights", dict.fromkeys(ALL_STAGES, 1)),
        school_rule=SchoolRule(**rule) if rule else None,
        composite_limit=data.get("composite_limit", {}),
        school_items=school_items,
        items=items,
        blocks=_blocks(data.get("blocks", {}), (*items, *school_items)),
        options=options,
        used=tuple(option for option in options if option.id in chosen),
        targets={county: Target(**entry) for county, entry in data.get("targets", {}).items()},
        class_meanings={word: _by_stage(most) for word, most in data.get("class_meanings", {}).items()},
        sources=data.get("sources", {}),
        uncertain=tuple((entry["topic"], entry["text"]) for entry in data.get("uncertain", [])),
        origin=origin,
        files=own,
        digest=digest,
    )


def _indicators(entries: Mapping[str, Any], common_limit: Mapping[str, float]) -> tuple[Indicator, ...]:
    return tuple(
        Indicator(id=id_, **{"cv_limit": common_limit, **entry, "extra": _extra(entry.get("extra"))})
        for id_, entry in entries.items()
    )


def _extra(entry: Mapping[str, Any] | None) -> Extra | None:
    if entry is None:
        return None
    bounds = entry.get("pupils")
    return Extra(entry["fields"], _words(entry.get("when", {})), tuple(bounds) if bounds else None)


def _by_stage(number: Any) -> dict[str, float]:
    return dict(number) if isinstance(number, Mapping) else dict.fromkeys(dictionary.STAGES, number)


def _words(when: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {field: tuple(values) for field, values in when.items()}


def _exclusion(entry: Mapping[str, Any]) -> Exclusion:
    return Exclusion(**{**entry, "when": _words(entry.get("when", {}))})


def _blocks(entries: Mapping[str, Any], items: tuple[Item | SchoolItem, ...]) -> tuple[Block, ...]:
    """The blocks of the file, and with the ordinary rule those that only items name."""
    named = dict.fromkeys([*entries, *(item.block for item in items)])
    return tuple(Block(name, **entries.get(name, {})) for name in named)


def _item(id_: str, entry: Mapping[str, Any]) -> Item:
    conditions = tuple(
        Condition(given["kind"], {key: value for key, value in given.items() if key != "kind"})
        for given in entry["conditions"]
    )
    return Item(id=id_, **{**entry, "conditions": conditions})
