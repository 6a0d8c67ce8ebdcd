"""What would come out under another reading of an uncertain rule, and what the options in use have changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pandas as pd

from edukit.assess import Assessment
from edukit.dictionary import STAGES
from edukit.formats import cv
from edukit.schemes import Scheme, load_scheme
from edukit.verdict import Verdict

COLUMNS = ("option", "name", "used", "uncertain", "subject", "kind", "here", "there")
VERDICTS = ("county", "block", "item", "balance", "composite", "units")
"""Kinds of a difference that change a verdict; the others (cv, value) change a number only."""


class Fact(NamedTuple):
    """One thing that an assessment says, as a reader compares it with that of another."""

    kind: str
    subject: str
    said: str


def alternatives(now: Assessment, judged: Callable[[Scheme], Assessment]) -> pd.DataFrame:
    """Every option of the scheme turned round: an uncertain one that is not used, and each that is used.

    Args:
        now: the assessment as it stands.
        judged: judges the same data under another scheme.

    Returns:
        One row per difference: option, name, used, uncertain, subject, kind (county, block, item, balance, composite,
        units, cv, value), here (as it stands), there (with the option turned round). For an option that is not used
        only what changes a verdict; for one in use every number that it changes. An option that changes nothing has
        no row.
    """
    used = {option.id: option.basis for option in now.options}
    here = facts(now)
    rows = []
    for option in now.scheme.options:
        if option.id not in used and not option.uncertain:
            continue
        turned = {**used, option.id: ""} if option.id not in used else {k: v for k, v in used.items() if k != option.id}
        there = facts(judged(load_scheme(now.scheme.origin, tuple(sorted(turned.items())))))
        for key in dict.fromkeys([*here, *there]):
            kind, subject = key
            if here.get(key, "") != there.get(key, "") and (option.id in used or kind in VERDICTS):
                told = (here.get(key, "—"), there.get(key, "—"))
                rows.append((option.id, option.name, option.id in used, option.uncertain, subject, kind, *told))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def facts(result: Assessment) -> dict[tuple[str, str], str]:
    """What an assessment says, by kind and subject, verdicts first."""
    return {(fact.kind, fact.subject): fact.said for fact in _facts(result)}


def _facts(result: Assessment) -> Iterator[Fact]:
    yield Fact("county", "全县结论", result.verdict.label)
    for row in result.blocks.to_dict("records"):
        yield Fact("block", row["name"], Verdict(row["verdict"]).label)
    for row in result.composite.to_dict("records"):
        yield Fact("composite", f"{STAGES[row['stage']]}综合差异系数", Verdict(row["verdict"]).label)
    for row in result.balance.to_dict("records"):
        subject = f"{STAGES[row['stage']]}{result.scheme.indicator(row['indicator']).short}差异系数"
        if row["verdict"]:
            yield Fact("balance", subject, Verdict(row["verdict"]).label)
        yield Fact("cv", subject, "无法计算" if math.isnan(row["cv"]) else cv(row["cv"], row["cv_limit"]))
    for stage in result.stages if result.scheme.school_rule else ():
        verdicts = result.schools.loc[result.schools["stage"] == stage, "verdict"].value_counts()
        said = "、".join(f"{verdicts[v.value]}个{v.label}" for v in Verdict if v.value in verdicts)
        yield Fact("units", f"{STAGES[stage]}学段单位", said)
    for row in result.items.to_dict("records"):
        yield Fact("item", f"{row['id']} {row['short']}", Verdict(row["verdict"]).label)
        if not math.isnan(row["value"]):
            yield Fact("value", f"{row['id']} {row['short']}", f"{row['value']:.4g}{row['unit']}")
