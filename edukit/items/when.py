"""Which schools a relaxed rule is for: ``when`` is a mapping of fields to what each must be.

A condition is a list of allowed words, or a mapping with ``at_least``, ``at_most``, ``below`` or ``above``. The name
``migrant_share`` stands for the share of migrants' children among all pupils of the compulsory stages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from edukit.dictionary import STAGES, STAGES_OF_TYPE, load
from edukit.exact import fraction
from edukit.frames import Row
from edukit.schemes.conditions import MIGRANT_SHARE

BOUNDS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "at_least": lambda number, limit: number >= limit,
    "at_most": lambda number, limit: number <= limit,
    "below": lambda number, limit: number < limit,
    "above": lambda number, limit: number > limit,
}

When = Mapping[str, Any]


def matches(school: Row, when: When) -> bool | None:
    """Whether a school is one of those that ``when`` describes; None where an unknown field leaves it open.

    All fields must hold; one that does not decides, whatever is unknown besides.

    >>> matches({"built_year": 2016, "urban_type": "乡村"}, {"built_year": {"at_most": 2016}, "urban_type": ["乡村"]})
    True
    >>> matches({"built_year": math.nan}, {"built_year": {"at_most": 2016}}) is None
    True
    """
    held = [_holds(school, field, asked) for field, asked in when.items()]
    return False if False in held else None if None in held else True


def fields(rules: Iterable[Mapping[str, Any]]) -> set[str]:
    """The fields of a school that the rules look at; ``{stage}`` in a name stands for each stage."""
    names = {field for rule in rules for field in rule["when"]}
    share = {"school_type", "pupils_{stage}", "migrants_{stage}"} if MIGRANT_SHARE in names else set()
    return names - {MIGRANT_SHARE} | share


def unknown_fields(school: Row, when: When) -> list[str]:
    """What is not known of a school that ``when`` asks for, by the names that a reader knows."""
    names = [field for field, asked in when.items() if _holds(school, field, asked) is None]
    return ["随迁子女数" if name == MIGRANT_SHARE else load().field(name).header for name in names]


def first_that_matches(school: Row, rules: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], bool]:
    """The rules that may be the first to match, and whether none of them may.

    One rule and False is certain, as is no rule and True; anything else is left open by unknown fields.
    """
    possible: list[Mapping[str, Any]] = []
    for rule in rules:
        match = matches(school, rule["when"])
        if match is not False:
            possible.append(rule)
        if match:
            return possible, False
    return possible, True


def _holds(school: Row, field: str, asked: Any) -> bool | None:
    value = _migrant_share(school) if field == MIGRANT_SHARE else school.get(field)
    if value is None or pd.isna(value):
        return None
    if isinstance(asked, Mapping):
        number = value if isinstance(value, Fraction) else fraction(value)
        return all(BOUNDS[key](number, fraction(limit)) for key, limit in asked.items())
    return value in asked


def _migrant_share(school: Row) -> Fraction | None:
    """Migrants' children among all pupils; a stage that the school does not teach has none where it is blank."""
    total, migrants = Fraction(0), Fraction(0)
    for stage in STAGES:
        pupils, own = (float(school.get(f"{name}_{stage}", math.nan)) for name in ("pupils", "migrants"))
        if pupils == 0 or (math.isnan(pupils) and stage not in STAGES_OF_TYPE.get(school["school_type"], ())):
            continue
        if math.isnan(pupils) or math.isnan(own):
            return None
        total, migrants = total + fraction(pupils), migrants + fraction(own)
    return migrants / total if total else None
