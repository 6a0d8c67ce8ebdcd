"""Class sizes and school sizes: how many classes and schools are too large, and where.

A class is too large where it has more pupils than a limit: 大班额 (56 and over) is above 55, 超大班额 (66 and over) is
above 65; a local meaning is another limit. The statistics count classes by band (教基2106, 2107), so that a limit at
the upper edge of a band is exact and one inside a band leaves an interval. What is blank may be anything from nothing
to what the school's number of classes leaves over. The largest class narrows the interval; nothing is ever concluded
from a mean. How fast they become fewer is in :mod:`edukit.reduction`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import pandas as pd

from edukit.dictionary import STAGES, STAGES_OF_TYPE, load
from edukit.exact import fraction
from edukit.formats import beside, listed, plain, whole
from edukit.frames import records
from edukit.outcome import Outcome, decided, in_percent, missing
from edukit.schools import stage_pupils
from edukit.verdict import Verdict

BAND = re.compile(r"classes_(?:le(?P<most>\d+)|ge(?P<least>\d+)|(?P<low>\d+)_(?P<high>\d+))_(?P<stage>\w+)")


@cache
def bands(stage: str) -> Mapping[str, tuple[float, float]]:
    """The bands of the 班额 sheet: field -> fewest and most pupils of its classes.

    >>> list(bands("primary").items())[0], list(bands("primary").items())[-1]
    (('classes_le25_primary', (1, 25)), ('classes_ge66_primary', (66, inf)))
    """
    found: dict[str, tuple[float, float]] = {}
    for field in load().of_sheet("班额"):
        match = BAND.fullmatch(field.name)
        if match and match["stage"] == stage:
            low, high = match["low"] or match["least"] or 1, match["high"] or match["most"] or math.inf
            found[field.name] = (int(low), high if high == math.inf else int(high))
    return found


# ---- classes above a limit ------------------------------------------------------------------------------------------


def above(schools: pd.DataFrame, *, limits: Mapping[str, float]) -> pd.DataFrame:
    """How many classes of each school and stage have more pupils than the limit.

    Args:
        schools: one row per school, fields of the sheets 学校 and 班额.
        limits: stage -> the most pupils that a class may have.

    Returns:
        One row per school and stage that has, or may have, classes: row (label in ``schools``), school, code, stage,
        limit, classes_low, classes_high (number of classes; equal where it is known, high is inf where nothing
        bounds it), low, high (those above the limit), max_class, conflict (the school's numbers contradict each
        other: nothing is concluded), verdict (met: none above; not_met: at least one).
    """
    pupils = stage_pupils(schools)
    rows = []
    for stage, limit in limits.items():
        names = ["school_name", "school_code", "school_type", f"classes_{stage}", f"max_class_{stage}", *bands(stage)]
        own = records(schools[names])
        for row, school, number in zip(schools.index, own, pupils[stage], strict=True):
            if _present(school, stage, number):
                rows.append({"row": row, **_counted(school, stage, limit, number)})
    columns = "row school code stage limit classes_low classes_high low high max_class conflict verdict".split()
    return pd.DataFrame(rows, columns=columns)


def _present(school: Mapping[str, Any], stage: str, pupils: float) -> bool:
    """Whether the school has classes of the stage: it teaches it to somebody, or reports classes all the same."""
    teaches = stage in STAGES_OF_TYPE.get(school["school_type"], ()) and pupils != 0
    reported = any(school[name] > 0 for name in (f"classes_{stage}", f"max_class_{stage}", *bands(stage)))
    return teaches or reported


def _counted(school: Mapping[str, Any], stage: str, limit: float, pupils: float) -> dict[str, Any]:
    total, largest = float(school[f"classes_{stage}"]), float(school[f"max_class_{stage}"])
    given = {field: float(school[field]) for field in bands(stage)}
    for field, (fewest, _) in bands(stage).items():
        if math.isnan(given[field]) and fewest > largest:
            given[field] = 0.0  # no class is larger than the largest one
    blank = [field for field, count in given.items() if math.isnan(count)]
    known = sum(count for count in given.values() if not math.isnan(count))
    low_classes, high_classes = (known, math.inf if blank else known) if math.isnan(total) else (total, total)
    # What the bands leave over lies in the blank ones, all of it.
    spare = high_classes - known
    over = [field for field, (fewest, _) in bands(stage).items() if fewest > limit]
    maybe = [field for field, (_, most) in bands(stage).items() if most > limit]
    low = sum(given[field] for field in over if field not in blank)
    high = sum(given[field] for field in maybe if field not in blank)
    if blank:
        low += (low_classes - known) if set(blank) <= set(over) else 0
        high += spare if set(blank) & set(maybe) else 0
    conflict = spare < 0 or (not blank and spare != 0) or (high_classes == 0 and pupils > 0)
    if not math.isnan(largest):
        if largest > limit:
            low = max(low, 1.0)
        else:
            high = 0.0
        conflict |= _contradicts(given, largest, stage)
    conflict |= low > high
    if conflict:
        low, high = 0.0, math.inf
        low_classes, high_classes = min(low_classes, known), math.inf
    verdict = Verdict.MET if high == 0 else Verdict.NOT_MET if low > 0 else Verdict.UNDETERMINED
    return {
        "school": school["school_name"],
        "code": school["school_code"],
        "stage": stage,
        "limit": limit,
        "classes_low": low_classes,
        "classes_high": high_classes,
        "low": low,
        "high": high,
        "max_class": largest,
        "conflict": conflict,
        "verdict": verdict.value,
    }


def _contradicts(given: Mapping[str, float], largest: float, stage: str) -> bool:
    """Whether a band beyond the largest class has classes, or the largest class's own band has none."""
    return any(
        (fewest > largest and given[field] > 0) or (fewest <= largest <= most and given[field] == 0)
        for field, (fewest, most) in bands(stage).items()
    )


def totals(ledger: pd.DataFrame) -> pd.DataFrame:
    """The rows of :func:`above` added up by stage, and over all stages (stage ``""``).

    Returns:
        stage, units, classes_low, classes_high, low, high, share_low, share_high (classes above the limit as a share
        of all classes, 0 to 1; NaN where there is no class).
    """
    parts = [(stage, part) for stage, part in ledger.groupby("stage", sort=False)]
    rows = []
    for stage, part in [*parts, ("", ledger)]:
        sums = part[["classes_low", "classes_high", "low", "high"]].sum()
        low, high = _share_bounds(sums)
        rows.append(
            {
                "stage": stage,
                "units": len(part),
                **sums.to_dict(),
                "share_low": math.nan if low is None else float(low),
                "share_high": math.nan if high is None else float(high),
            }
        )
    return pd.DataFrame(rows)


def _share_bounds(sums: Mapping[str, float] | pd.Series) -> tuple[Fraction | None, Fraction | None]:
    """The smallest and the largest share of classes above the limit that the numbers allow."""
    if sums["classes_high"] == 0:
        return None, None
    least = Fraction(0) if math.isinf(sums["classes_high"]) else share(sums["low"], sums["classes_high"])
    # The more classes are above the limit, the more there are at least.
    most = Fraction(1) if math.isinf(sums["high"]) else share(sums["high"], max(sums["classes_low"], sums["high"]))
    return least, most


def share(part: float, whole_: float) -> Fraction:
    """Classes above a limit as an exact share of all classes.

    >>> round(float(share(26.5, 375.49)), 4)  # 万个, China 2018
    0.0706
    """
    return fraction(part) / fraction(whole_) if whole_ else Fraction(0)


def fall(before: float, now: float) -> Fraction | None:
    """The part of last year's number that is gone; negative where it grew, None where there was nothing.

    >>> round(float(fall(36.8, 26.5)), 3)  # 万个, China 2017 and 2018
    0.28
    """
    return (fraction(before) - fraction(now)) / fraction(before) if before else None


def none_above(ledger: pd.DataFrame, *, name: str) -> Outcome:
    """Whether no class at all is above the limit (Gov5); ``value`` is their number, NaN where it is not certain."""
    failing, unknown = _labels(ledger)
    low, high = float(ledger["low"].sum()), float(ledger["high"].sum())
    limits = _limits(ledger)
    found = ledger[ledger["low"] > 0]
    facts = [f"{label}{interval(r.low, r.high)}个" for label, r in zip(failing, found.itertuples(), strict=True)]
    if facts:
        evidence = f"超过班额上限（{limits}）的班级{interval(low, high)}个：{listed(facts, most=10)}。"
    elif unknown or ledger.empty:
        evidence = "" if unknown else "没有可以核对的学校。"
    else:
        classes = interval(ledger["classes_low"].sum(), ledger["classes_high"].sum())
        evidence = f"{classes}个班均未超过班额上限（{limits}）。"
    return Outcome(
        name,
        low if low == high else math.nan,
        0.0,
        "个",
        decided(failing, unknown) if len(ledger) else Verdict.UNDETERMINED,
        evidence + _conflicts(ledger) + missing(unknown, "班额数据"),
        failing,
        unknown,
    )


def share_at_most(ledger: pd.DataFrame, *, name: str, limit: float) -> Outcome:
    """Whether the share of classes above the limit, over all stages of the ledger, is at most ``limit`` (0 to 1)."""
    failing, unknown = _labels(ledger)
    sums = ledger[["classes_low", "classes_high", "low", "high"]].sum()
    least, most = _share_bounds(sums)
    if least is None or most is None:
        return Outcome(name, math.nan, in_percent(fraction(limit)), "%", Verdict.UNDETERMINED, "没有班级数据。")
    verdict = (
        Verdict.MET if most <= fraction(limit) else Verdict.NOT_MET if least > fraction(limit) else Verdict.UNDETERMINED
    )
    bound = in_percent(fraction(limit))
    shown = [f"{beside(in_percent(part), bound, 2)}%" for part in dict.fromkeys((least, most))]
    evidence = (
        f"全部{interval(sums['classes_low'], sums['classes_high'])}个班中，超过{_limits(ledger)}的"
        f"{interval(sums['low'], sums['high'])}个，占{'至'.join(shown)}（上限{plain(bound)}%）。"
    )
    return Outcome(
        name,
        in_percent(least) if least == most else math.nan,
        bound,
        "%",
        verdict,
        evidence + _conflicts(ledger) + missing(unknown, "班额数据"),
        failing if verdict is Verdict.NOT_MET else (),
        unknown,
    )


def _labels(ledger: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    label = ledger["school"] + "（" + ledger["stage"].map(STAGES) + "）"
    over, open_ = (ledger["verdict"] == verdict.value for verdict in (Verdict.NOT_MET, Verdict.UNDETERMINED))
    return tuple(label[over]), tuple(label[open_])


def _limits(ledger: pd.DataFrame) -> str:
    limits = dict(zip(ledger["stage"], ledger["limit"], strict=True))
    if len(set(limits.values())) == 1:
        return f"{plain(next(iter(limits.values())))}人"
    return "、".join(f"{STAGES[stage]}{plain(limit)}人" for stage, limit in limits.items())


def _conflicts(ledger: pd.DataFrame) -> str:
    names = list(ledger.loc[ledger["conflict"].astype(bool), "school"].unique())
    return f"班数、分档班数与最大班额互相矛盾，须核实：{listed(names, most=10)}。" if names else ""


def interval(low: float, high: float) -> str:
    """A count, or what is known of it.

    >>> interval(3, 3), interval(3, 5), interval(3, math.inf)
    ('3', '3至5', '至少3')
    """
    if low == high:
        return whole(low)
    return f"至少{whole(low)}" if math.isinf(high) else f"{whole(low)}至{whole(high)}"


# ---- large schools --------------------------------------------------------------------------------------------------


def large_schools(schools: pd.DataFrame, *, limits: Mapping[str, float]) -> pd.DataFrame:
    """Schools by size against the limit of their type, counted in compulsory education only.

    Args:
        schools: one row per school, fields of the 学校 sheet.
        limits: school_type -> the most pupils; other types are not judged.

    Returns:
        row, school, code, type, pupils (primary and junior), limit, excess (pupils above the limit, 0 where within),
        low, high (1 where the school is too large, 0 where not; 0 and 1 where it is not known), verdict.
    """
    judged = schools[schools["school_type"].isin(list(limits))]
    stages = stage_pupils(judged)[list(STAGES)]
    limit = judged["school_type"].map(dict(limits)).astype(float)
    pupils, least = stages.sum(axis=1, skipna=False), stages.sum(axis=1)
    # A school whose known stage alone is too large is too large, whatever the other one has.
    over, unknown = least > limit, pupils.isna() & (least <= limit)
    verdict = pd.Series(Verdict.MET.value, index=judged.index, dtype=object)
    verdict = verdict.mask(over, Verdict.NOT_MET.value).mask(unknown, Verdict.UNDETERMINED.value)
    return pd.DataFrame(
        {
            "row": judged.index,
            "school": judged["school_name"],
            "code": judged["school_code"],
            "type": judged["school_type"],
            "pupils": pupils,
            "limit": limit,
            "excess": (pupils - limit).clip(lower=0),
            "low": over.astype(float),
            "high": (over | unknown).astype(float),
            "verdict": verdict,
        }
    ).reset_index(drop=True)


def no_large_school(ledger: pd.DataFrame, *, name: str) -> Outcome:
    """Whether no school is too large (Gov4); ``value`` is the number of those that are, NaN where it is not certain."""
    over = ledger[ledger["verdict"] == Verdict.NOT_MET.value]
    unknown = tuple(ledger.loc[ledger["verdict"] == Verdict.UNDETERMINED.value, "school"])
    facts = [
        f"{row.school}{'已超过' if math.isnan(row.pupils) else whole(row.pupils) + '人，超过'}{plain(row.limit)}人"
        for row in over.itertuples()
    ]
    evidence = f"超过规模上限的学校{len(over)}所：{'；'.join(facts)}。" if facts else ""
    if not facts and not unknown:
        evidence = f"{len(ledger)}所学校均未超过规模上限。" if len(ledger) else "没有可以核对的学校。"
    return Outcome(
        name,
        float(len(over)) if not unknown else math.nan,
        0.0,
        "所",
        decided(list(over["school"]), unknown) if len(ledger) else Verdict.UNDETERMINED,
        evidence + missing(unknown, "学生数"),
        tuple(over["school"]),
        unknown,
    )
