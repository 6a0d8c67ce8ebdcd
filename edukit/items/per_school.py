"""Conditions on every school, on sums over all schools, and on how many schools there are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction

from edukit import formats
from edukit.dictionary import STAGES, STAGES_OF_TYPE
from edukit.exact import fraction
from edukit.frames import Row, records
from edukit.items.evidence import Evidence
from edukit.items.told import Settings, asked, between, compared, judged, limit_of, missing, of_each, shown
from edukit.items.when import matches
from edukit.outcome import Outcome
from edukit.verdict import Verdict


def each_school(evidence: Evidence, settings: Settings) -> Outcome:
    """A number, or a ratio, that every school (or every section of it) must keep within its limit.

    ``numerator`` may hold ``{stage}``; then every unit is asked for, else every school. A limit may be one number, or a
    mapping by stage or by school type; schools of a type without limit are not asked.
    """
    failing, unknown, worst, subjects = [], [], [], 0
    for label, kind, stage, school in _subjects(evidence, settings):
        limits = {
            key: settings[key].get(stage, settings[key].get(kind))
            if isinstance(settings[key], Mapping)
            else settings[key]
            for key in ("at_least", "at_most", "below")
            if key in settings
        }
        if None in limits.values():
            continue
        subjects += 1
        number = _of_school(school, settings, stage)
        if number is None:
            unknown.append(label)
            continue
        own = {**settings, **limits}
        worst.append((float(number), limit_of(own)))
        if compared(number, own) is Verdict.NOT_MET:
            failing.append(f"{label}{shown(float(number), own)}（要求{asked(own)}）")
    return of_each(settings, failing, unknown, subjects, worst)


def _subjects(evidence: Evidence, settings: Settings) -> Iterator[tuple[str, str, str, Row]]:
    by_stage = any("{stage}" in name for name in settings["numerator"])
    units = evidence.units if by_stage else evidence.units.drop_duplicates("row")
    schools = evidence.looked_up([*settings["numerator"], *settings.get("denominator", ())])
    for unit in records(units[["school", "stage", "type", "row"]]):
        label = f"{unit['school']}（{STAGES[unit['stage']]}）" if by_stage else str(unit["school"])
        yield label, str(unit["type"]), str(unit["stage"]), schools[unit["row"]]


def _of_school(school: Row, settings: Settings, stage: str) -> Fraction | None:
    sums = []
    for key in ("numerator", "denominator"):
        names = [name.replace("{stage}", stage) for name in settings.get(key, ())]
        numbers = [float(school[name]) for name in names]
        if any(math.isnan(number) for number in numbers):
            return None
        sums.append(sum((fraction(number) for number in numbers), Fraction(0)) if names else Fraction(1))
    return sums[0] / sums[1] if sums[1] else None


def pooled(evidence: Evidence, settings: Settings) -> Outcome:
    """A ratio over all schools: sums of numerator and denominator, not a mean of rates.

    ``minus`` and ``denominator_minus`` list fields that are taken off. A field with ``{stage}`` is summed over the
    units, each with its own stage; any other over the schools. With ``stage`` only units of that stage count. One
    unknown number leaves the ratio open.
    """
    units = evidence.units
    if stage := settings.get("stage"):
        units = units[units["stage"] == stage]
    sums, unknown = {}, []
    parts = ("numerator", "numerator_minus", "denominator", "denominator_minus")
    schools = evidence.looked_up(["school_name", *(field for key in parts for field in settings.get(key, ()))])
    for key in parts:
        total = Fraction(0)
        for field in settings.get(key, ()):
            own = units if "{stage}" in field else units.drop_duplicates("row")
            for row, stage in zip(own["row"], own["stage"], strict=True):
                number = schools[row][field.replace("{stage}", stage)]
                if math.isnan(number):
                    unknown.append(str(schools[row]["school_name"]))
                else:
                    total += fraction(number)
        sums[key] = total
    under = sums["denominator"] - sums["denominator_minus"]
    if unknown or under <= 0 or units.empty:
        names = list(dict.fromkeys(unknown))
        return missing(settings, f"缺数据：{formats.listed(names, 6)}" if names else "没有可计算的学校", names)
    return judged((sums["numerator"] - sums["numerator_minus"]) / under, settings)


def flags(evidence: Evidence, settings: Settings) -> Outcome:
    """A yes or no that must be 是 for every school that is judged."""
    rows = evidence.judged
    said = rows[settings["field"]]
    failing = rows.loc[said == "否", "school_name"].tolist()
    unknown = rows.loc[said.isna(), "school_name"].tolist()
    return of_each(settings, failing, unknown, len(rows))


def school_share(evidence: Evidence, settings: Settings) -> Outcome:
    """The share of the judged schools whose flag is 是; schools that do not say leave it between two bounds.

    With ``when`` only the schools that match are asked, see :mod:`edukit.items.when`.
    """
    rows = evidence.judged
    if when := settings.get("when"):
        rows = rows[[matches(school, when) is not False for school in records(rows)]]
    if rows.empty:
        return missing(settings, "没有可以核对的学校")
    said = rows[settings["field"]]
    unknown = tuple(rows.loc[said.isna(), "school_name"])
    yes = int((said == "是").sum())
    low, high = Fraction(yes, len(rows)), Fraction(yes + len(unknown), len(rows))
    own = {"percent": True, **settings}
    verdict = between(low, high, own)
    told = "至".join(dict.fromkeys(shown(float(part), own) for part in (low, high)))
    text = f"{settings['name']}：{len(rows)}所学校中{yes}所符合，占{told}（要求{asked(own)}）"
    if unknown:
        text += f"；未填报：{formats.listed(unknown, 6)}"
    failing = tuple(rows.loc[said == "否", "school_name"]) if verdict is Verdict.NOT_MET else ()
    value = float(low) if low == high else math.nan
    return Outcome(str(settings["name"]), value, limit_of(own), "", verdict, text, failing, unknown)


def school_count(evidence: Evidence, settings: Settings) -> Outcome:
    """How many schools there are, by type (``types``) and in all (``total``): not more than so many.

    Every row of the 学校 sheet counts under its own type; in all, those that teach a compulsory stage.
    """
    name, kinds = str(settings["name"]), evidence.schools["school_type"]
    if kinds.empty:
        return missing(settings, "“学校”表没有学校")
    counts = {kind: (int((kinds == kind).sum()), limit) for kind, limit in settings["types"].items()}
    if "total" in settings:
        compulsory = [kind for kind, stages in STAGES_OF_TYPE.items() if set(stages) & set(STAGES)]
        counts["义务教育学校合计"] = int(kinds.isin(compulsory).sum()), settings["total"]
    facts = [f"{kind}{number}所（上限{formats.plain(limit)}所）" for kind, (number, limit) in counts.items()]
    failing = tuple(f"{kind}{number}所" for kind, (number, limit) in counts.items() if number > limit)
    verdict = Verdict.NOT_MET if failing else Verdict.MET
    number, limit = max(counts.values(), key=lambda pair: pair[0] / pair[1] if pair[1] else math.inf)
    return Outcome(name, float(number), float(limit), "所", verdict, f"{name}：{'、'.join(facts)}", failing)
