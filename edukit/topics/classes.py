"""Class sizes of a case: classes by band, classes above each limit in use, large schools, and how they became fewer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from edukit import class_sizes, reduction, schools
from edukit.case import Case
from edukit.dictionary import STAGES, STAGES_OF_TYPE
from edukit.formats import plain
from edukit.schemes import load_scheme
from edukit.schools import stage_pupils
from edukit.topics.asked import conditions

NATIONAL = "quality-2017"
"""The scheme whose words for large classes are those of the national statistics."""


@dataclass(frozen=True)
class Limit:
    """A size that classes should keep within.

    Attributes:
        name: 大班额, 超大班额, or the name of the item that asks for it.
        most: stage -> the most pupils.
        asked: whether an item of the scheme asks for it; else it only is a word for such classes.
        local: whether the scheme means something else by the word than the national statistics.
        item: id of the item.
    """

    name: str
    most: Mapping[str, float]
    asked: bool = False
    local: bool = False
    item: str = ""

    @property
    def text(self) -> str:
        """What is above it, in words.

        >>> Limit("班额", {"primary": 45, "junior": 50}).text, Limit("大班额", {"primary": 55, "junior": 55}).text
        ('小学超过45人、初中超过50人', '超过55人')
        """
        if len(set(self.most.values())) == 1:
            return f"超过{plain(next(iter(self.most.values())))}人"
        return "、".join(f"{STAGES[stage]}超过{plain(most)}人" for stage, most in self.most.items())


def meanings() -> dict[str, dict[str, float]]:
    """What the national statistics call a large class: word -> stage -> the most pupils of one that is not yet so."""
    return {word: dict(most) for word, most in load_scheme(NATIONAL).class_meanings.items()}


def limits(case: Case) -> list[Limit]:
    """The limits in use: what the scheme's items ask for in the year, and what is called a large class.

    Several with the same numbers are one, with all their names.
    """
    national = meanings()
    own = {word: dict(most) for word, most in case.scheme.class_meanings.items()}
    found = [
        Limit(str(settings["name"]), dict(settings["limits"]), asked=True, item=str(settings["item"]))
        for _, settings in conditions(case, "class_sizes")
    ]
    found += [
        Limit(f"{word}（本办法所指）", most, local=True) for word, most in own.items() if most != national.get(word)
    ]
    found += [Limit(word, most) for word, most in national.items()]
    merged: dict[tuple[tuple[str, float], ...], Limit] = {}
    for limit in found:
        numbers = tuple(sorted(limit.most.items()))
        first = merged.get(numbers)
        merged[numbers] = limit if first is None else replace(first, name=f"{first.name}、{limit.name}")
    return list(merged.values())


def ledger(case: Case, limit: Limit) -> pd.DataFrame:
    """Classes above a limit by school and stage, see :func:`edukit.class_sizes.above`.

    A limit that an item asks for concerns the schools that are judged; a word for large classes concerns all schools.
    """
    evidence = case.now.evidence
    return class_sizes.above(evidence.judged if limit.asked else evidence.schools, limits=limit.most)


def changes(case: Case, limit: Limit) -> pd.DataFrame | None:
    """The ledger of a limit beside last year's, see :func:`edukit.reduction.changes`; None without last year's data."""
    now, before = case.now.evidence, case.now.evidence.before
    if before is None:
        return None
    same = schools.earlier(now.schools, before.schools)
    new, old = (class_sizes.above(each.schools, limits=limit.most) for each in (now, before))
    return reduction.changes(new, old, same)


def known(case: Case) -> bool:
    """Whether any school has filled in a band or its largest class."""
    frame = case.now.evidence.schools
    names = [name for stage in STAGES for name in (f"max_class_{stage}", *class_sizes.bands(stage))]
    return bool(frame[names].notna().any(axis=None))


def by_band(case: Case) -> pd.DataFrame:
    """Classes of all schools by stage and band of the 班额 sheet.

    Returns:
        stage, field, low, high (fewest and most pupils, high is inf in the last band), classes (those known), schools
        (that have the stage), unknown (tuple of the schools whose bands are not all known; bands above the largest
        class count as known to be empty).
    """
    frame = case.now.evidence.schools
    pupils = stage_pupils(frame)
    rows = []
    for stage in STAGES:
        taught = frame["school_type"].map(lambda kind, stage=stage: stage in STAGES_OF_TYPE.get(kind, ())).astype(bool)
        own = frame[taught & (pupils[stage] != 0)]
        bands = class_sizes.bands(stage)
        lows = pd.Series({field: low for field, (low, _) in bands.items()})
        given = own[list(bands)].astype(float)
        # No class is larger than the largest one.
        above = own[f"max_class_{stage}"].to_numpy(dtype=float)[:, None] < lows.to_numpy(dtype=float)[None, :]
        given = given.mask(given.isna() & above, 0.0)
        open_ = tuple(own.loc[given.isna().any(axis=1), "school_name"])
        for field, (low, high) in bands.items():
            count = float(given[field].sum())
            rows.append((stage, field, float(low), float(high), count, len(own), open_))
    return pd.DataFrame(rows, columns=["stage", "field", "low", "high", "classes", "schools", "unknown"])


def band_name(low: float, high: float) -> str:
    """A band in words.

    >>> band_name(1, 25), band_name(46, 50), band_name(66, math.inf)
    ('25人及以下', '46至50人', '66人及以上')
    """
    if math.isinf(high):
        return f"{plain(low)}人及以上"
    return f"{plain(high)}人及以下" if low <= 1 else f"{plain(low)}至{plain(high)}人"


def size_limits(case: Case) -> Mapping[str, float]:
    """School type -> the most pupils, of the item that asks for it; empty where none does."""
    for _, settings in conditions(case, "large_schools"):
        return dict(settings["limits"])
    found = (item.limit for item in case.scheme.school_items if item.measure == "pupils")
    return dict(next(found, {}))


def large_schools(case: Case) -> pd.DataFrame | None:
    """All schools by size against the limit of their type; None where the scheme has no limit."""
    most = size_limits(case)
    return class_sizes.large_schools(case.now.evidence.judged, limits=most) if most else None


def school_changes(case: Case) -> pd.DataFrame | None:
    """Large schools beside last year's; None without limits or without last year's data."""
    now, before, most = case.now.evidence, case.now.evidence.before, size_limits(case)
    if before is None or not most:
        return None
    new, old = (class_sizes.large_schools(each.schools, limits=most) for each in (now, before))
    return reduction.changes(new, old, schools.earlier(now.schools, before.schools))
