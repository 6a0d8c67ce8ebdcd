"""Conditions on the size of every class, and on how fast what is wrong becomes less."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import pandas as pd

from edukit import class_sizes as sizes
from edukit import formats, reduction, schools
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.items.evidence import Evidence
from edukit.items.told import Settings, asked, between, limit_of, missing, named, shown
from edukit.outcome import Outcome, decided
from edukit.verdict import Verdict


def class_sizes(evidence: Evidence, settings: Settings) -> Outcome:
    """No class above the ``limits`` of its stage: by the bands of the 班额 sheet and by the largest class.

    With ``share_at_most`` so many of all classes may be above. ``value`` is the largest class known.
    """
    name, ledger = str(settings["name"]), _of_units(evidence, settings["limits"])
    if "share_at_most" in settings:
        return named(settings, sizes.share_at_most(ledger, name=name, limit=settings["share_at_most"]))
    failing, unknown, facts = [], [], []
    for row in records(ledger):
        label = f"{row['school']}（{STAGES[row['stage']]}）"
        if row["verdict"] == Verdict.UNDETERMINED.value:
            unknown.append(label)
        if row["verdict"] == Verdict.NOT_MET.value:
            failing.append(label)
            most = row["max_class"]
            said = f"{sizes.interval(row['low'], row['high'])}个班超过" if math.isnan(most) else f"{most:g}人"
            facts.append(f"{label}{said}（上限{row['limit']:g}人）")
    if unknown:
        facts.append(f"缺数据：{'、'.join(unknown)}")
    conflicts = list(ledger.loc[ledger["conflict"].astype(bool), "school"].unique())
    if conflicts:
        facts.append(f"班数、分档班数与最大班额互相矛盾，须核实：{'、'.join(conflicts)}")
    verdict = decided(failing, unknown) if len(ledger) else Verdict.UNDETERMINED
    text = "；".join(facts) or (f"{len(ledger)}个学段单位均符合" if len(ledger) else "没有可以核对的学校")
    number, limit = float(_largest(evidence, ledger).max()), float(ledger["limit"].max())
    return Outcome(name, number, limit, "人", verdict, text, tuple(failing), tuple(unknown))


def _of_units(evidence: Evidence, limits: Mapping[str, float]) -> pd.DataFrame:
    """The ledger of :func:`edukit.class_sizes.above` for the units that are judged, in their order."""
    rows = evidence.units.loc[evidence.units["stage"].isin(list(limits)), ["row", "school", "code", "stage"]]
    ledger = sizes.above(evidence.judged, limits=limits).drop(columns=["school", "code"])
    found = rows.merge(ledger, on=["row", "stage"], how="left", sort=False)
    # A unit without a row has neither classes nor bands on record: nothing is known of it.
    nothing = {"classes_low": 0.0, "classes_high": math.inf, "low": 0.0, "high": math.inf, "conflict": False}
    open_ = {**nothing, "verdict": Verdict.UNDETERMINED.value}
    return found.assign(limit=found["stage"].map(dict(limits)).astype(float)).fillna(open_)


def _largest(evidence: Evidence, ledger: pd.DataFrame) -> pd.Series:
    """The largest class of each unit; where it is blank, the smallest that the highest band in use can hold."""
    found = ledger["max_class"].astype(float).copy()
    schools = evidence.looked_up(field for stage in STAGES for field in sizes.bands(stage))
    for i, row in ledger.loc[found.isna(), ["row", "stage"]].to_dict("index").items():
        school = schools[row["row"]]
        used = [fewest for field, (fewest, _) in sizes.bands(row["stage"]).items() if school[field] > 0]
        found[i] = float(max(used)) if used else math.nan
    return found


def small_classes(evidence: Evidence, settings: Settings) -> Outcome:
    """The share of classes with at most so many pupils (小班化率); unknown bands leave it between two bounds."""
    ledger = _of_units(evidence, settings["limits"])
    sums = ledger[["classes_low", "classes_high", "low", "high"]].sum()
    name, own = str(settings["name"]), {"percent": True, **settings}
    if not sums["classes_high"]:
        return missing(own, "没有班级数据")
    large = Fraction(0) if math.isinf(sums["classes_high"]) else sizes.share(sums["low"], sums["classes_high"])
    most = Fraction(1)
    if not math.isinf(sums["high"]):
        most = sizes.share(sums["high"], max(sums["classes_low"], sums["high"]))
    low, high = 1 - most, 1 - large
    open_ = ledger["low"] != ledger["high"]
    unknown = tuple(ledger.loc[open_, "school"] + "（" + ledger.loc[open_, "stage"].map(STAGES) + "）")
    if len(unknown) == len(ledger):
        return missing(own, "缺各档班额的班数或最大班额", unknown)
    told = "至".join(dict.fromkeys(shown(float(part), own) for part in (low, high)))
    limits = "、".join(f"{STAGES[stage]}{formats.plain(limit)}人" for stage, limit in settings["limits"].items())
    classes = sizes.interval(sums["classes_low"], sums["classes_high"])
    text = f"{name}：{classes}个班中不超过{limits}的占{told}（要求{asked(own)}）"
    if unknown:
        text += f"；缺班额数据：{formats.listed(unknown, 6, '个')}"
    value = float(low) if low == high else math.nan
    return Outcome(name, value, limit_of(own), "", between(low, high, own), text, (), unknown)


# ---- what became less within the year -------------------------------------------------------------------------------


def fewer(evidence: Evidence, settings: Settings) -> Outcome:
    """The share of last year's large classes, large schools or units not met that are gone within the year.

    ``what``: classes (``limits`` by stage), schools (``limits`` by type) or units (those not met, without limits).
    ``net`` sets new ones off against those that are gone.
    """
    before, name, share = evidence.before, str(settings["name"]), settings["at_least"]
    if before is None:
        return missing({"name": name, "at_least": share * 100, "unit": "%"}, "没有上年的数据，无法计算减少的比例")
    same = schools.earlier(evidence.schools, before.schools)
    if settings["what"] == "units":
        now_, before_ = _units_not_met(evidence), _units_not_met(before)
        # A school that is no longer judged has not been repaired: only those judged now count as the same.
        same = same[same.index.isin(evidence.units["row"])]
        thing, measure = "未达标单位", "个"
    elif settings["what"] == "schools":
        now_, before_ = (sizes.large_schools(each.schools, limits=settings["limits"]) for each in (evidence, before))
        thing, measure = "大规模学校", "所"
    else:
        now_, before_ = (sizes.above(each.schools, limits=settings["limits"]) for each in (evidence, before))
        limits = "、".join(f"{STAGES[stage]}{formats.plain(limit)}人" for stage, limit in settings["limits"].items())
        thing, measure = f"超过{limits}的班级", "个"
    found = reduction.changes(now_, before_, same)
    outcome = reduction.reduction(
        found, limit=share, net=bool(settings.get("net")), name=name, thing=thing, measure=measure
    )
    return named(settings, outcome)


def _units_not_met(evidence: Evidence) -> pd.DataFrame:
    """The units as a ledger for :func:`edukit.reduction.changes`: 1 where not met, 0 to 1 where it is open."""
    standing = evidence.standing
    if standing.empty:
        standing = pd.DataFrame({"unit": evidence.units.index, "verdict": Verdict.UNDETERMINED.value})
    units = evidence.units.loc[standing["unit"], ["row", "school", "code", "stage"]].reset_index(drop=True)
    verdict = standing["verdict"].reset_index(drop=True)
    low = (verdict == Verdict.NOT_MET.value).astype(float)
    return units.assign(low=low, high=(verdict != Verdict.MET.value).astype(float))
