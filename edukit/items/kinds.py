"""The kinds of conditions. Each takes the evidence and its settings from the scheme and gives an :class:`Outcome`.

Limits are inclusive (``at_least``, ``at_most``) or strict (``below``), and compared as fractions of the decimals
typed, so that a number at its limit is judged as it stands on paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from edukit import formats
from edukit.dictionary import STAGES, STAGES_OF_TYPE, load
from edukit.exact import fraction
from edukit.items.evidence import Evidence
from edukit.outcome import Outcome
from edukit.verdict import Verdict, all_of

Settings = Mapping[str, Any]


def _compared(value: Fraction, settings: Settings) -> Verdict:
    held = [value >= fraction(settings["at_least"])] if "at_least" in settings else []
    held += [value <= fraction(settings["at_most"])] if "at_most" in settings else []
    held += [value < fraction(settings["below"])] if "below" in settings else []
    return Verdict.MET if all(held) else Verdict.NOT_MET


def _limit(settings: Settings) -> float:
    return float(settings.get("at_least", settings.get("at_most", settings.get("below", math.nan))))


def _shown(value: float, settings: Settings) -> str:
    if settings.get("percent"):
        return f"{formats.beside(value * 100, _limit(settings) * 100, 1)}%"
    return f"{formats.beside(value, _limit(settings), 2)}{settings.get('unit', '')}"


def _asked(settings: Settings) -> str:
    word = "不低于" if "at_least" in settings else "不超过" if "at_most" in settings else "低于"
    limit = _limit(settings)
    return (
        f"{word}{formats.plain(limit * 100)}%"
        if settings.get("percent")
        else f"{word}{formats.plain(limit)}{settings.get('unit', '')}"
    )


def _headers(names: Sequence[str]) -> str:
    return "、".join(load().field(name).header for name in names)


def ratio(evidence: Evidence, settings: Settings) -> Outcome:
    """A ratio of the county's own numbers: sum of ``numerator`` ÷ sum of ``denominator``."""
    over, under = list(settings["numerator"]), list(settings["denominator"])
    numbers = {name: evidence.number(name) for name in (*over, *under)}
    missing = [name for name, number in numbers.items() if math.isnan(number)]
    name = str(settings["name"])
    if missing:
        return _missing(name, settings, f"县级表缺：{_headers(missing)}")
    total = sum((fraction(numbers[n]) for n in under), Fraction(0))
    if total == 0:
        return _missing(name, settings, f"{_headers(under)}为 0，比例无意义")
    value = sum((fraction(numbers[n]) for n in over), Fraction(0)) / total
    verdict = _compared(value, settings)
    text = f"{name}{_shown(float(value), settings)}（要求{_asked(settings)}）"
    return Outcome(name, float(value), _limit(settings), str(settings.get("unit", "")), verdict, text)


def value(evidence: Evidence, settings: Settings) -> Outcome:
    """One of the county's own numbers against a limit."""
    name, number = str(settings["name"]), evidence.number(settings["field"])
    if math.isnan(number):
        return _missing(name, settings, f"县级表缺：{_headers([settings['field']])}")
    verdict = _compared(fraction(number), settings)
    text = f"{name}{_shown(number, settings)}（要求{_asked(settings)}）"
    return Outcome(name, number, _limit(settings), str(settings.get("unit", "")), verdict, text)


def finding(evidence: Evidence, settings: Settings) -> Outcome:
    """A finding of the analyst, on record with its evidence; without evidence it does not count as met."""
    name, item = str(settings["name"]), str(settings["item"])
    rows = evidence.findings
    own = rows[rows["item_id"] == item] if len(rows) else rows
    if own.empty or not isinstance(own["item_verdict"].iloc[-1], str):
        return Outcome(name, math.nan, math.nan, "", Verdict.UNDETERMINED, f"{name}：“核查结论”表中没有结论")
    said, basis = own["item_verdict"].iloc[-1], own["item_basis"].iloc[-1]
    if said == "达到" and not isinstance(basis, str):
        text = f"{name}：结论为达到，但没有写明依据和佐证材料"
        return Outcome(name, math.nan, math.nan, "", Verdict.UNDETERMINED, text)
    verdict = Verdict.MET if said == "达到" else Verdict.NOT_MET
    because = f"，依据：{basis}" if isinstance(basis, str) else ""
    return Outcome(name, math.nan, math.nan, "", verdict, f"{name}：核查结论为{said}{because}")


def each_school(evidence: Evidence, settings: Settings) -> Outcome:
    """A number, or a ratio, that every school (or every section of it) must keep within its limit.

    ``numerator`` may hold ``{stage}``; then every unit is asked for, else every school. A limit may be one number, or a
    mapping by stage or by school type; schools of a type without limit are not asked.
    """
    name = str(settings["name"])
    failing, unknown, worst, asked = [], [], [], 0
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
        asked += 1
        number = _of_school(school, settings, stage)
        if number is None:
            unknown.append(label)
            continue
        own = {**settings, **limits}
        worst.append((float(number), _limit(own)))
        if _compared(number, own) is Verdict.NOT_MET:
            failing.append(f"{label}{_shown(float(number), own)}（要求{_asked(own)}）")
    return _of_schools(name, settings, failing, unknown, worst, asked)


def _subjects(evidence: Evidence, settings: Settings) -> list[tuple[str, str, str, pd.Series]]:
    rows = []
    by_stage = any("{stage}" in name for name in settings["numerator"])
    units = evidence.units if by_stage else evidence.units.drop_duplicates("row")
    for unit in units.to_dict("records"):
        label = f"{unit['school']}（{STAGES[unit['stage']]}）" if by_stage else str(unit["school"])
        rows.append((label, str(unit["type"]), str(unit["stage"]), evidence.schools.loc[unit["row"]]))
    return rows


def _of_school(school: pd.Series, settings: Settings, stage: str) -> Fraction | None:
    sums = []
    for key in ("numerator", "denominator"):
        names = [name.replace("{stage}", stage) for name in settings.get(key, ())]
        numbers = [float(school[name]) for name in names]
        if any(math.isnan(number) for number in numbers):
            return None
        sums.append(sum((fraction(number) for number in numbers), Fraction(0)) if names else Fraction(1))
    return sums[0] / sums[1] if sums[1] else None


def _of_schools(
    name: str, settings: Settings, failing: list[str], unknown: list[str], worst: list[tuple[float, float]], asked: int
) -> Outcome:
    verdict = Verdict.NOT_MET if failing else Verdict.UNDETERMINED if unknown or not asked else Verdict.MET
    pick = min if "at_least" in settings else max
    number, limit = (
        pick(worst, key=lambda pair: pair[0] / pair[1] if pair[1] else pair[0]) if worst else (math.nan, math.nan)
    )
    parts = [f"{name}：{len(failing)}个不符合：{formats.listed(failing, 6, '个')}"] if failing else []
    if unknown:
        lacking = f"缺数据：{formats.listed(unknown, 6, '个')}"
        parts.append(f"{name}：{'尚未填报' if len(unknown) == asked else lacking}")
    text = "；".join(parts) or f"{name}：{asked}个核对对象全部符合"
    unit = str(settings.get("unit", ""))
    return Outcome(name, number, limit, unit, verdict, text, tuple(failing), tuple(unknown))


def pooled(evidence: Evidence, settings: Settings) -> Outcome:
    """A ratio over all schools: sums of numerator and denominator, not a mean of rates.

    ``minus`` and ``denominator_minus`` list fields that are taken off. Only schools with a known or needed denominator
    count; one unknown number leaves the ratio open.
    """
    name = str(settings["name"])
    sums, unknown = {}, []
    rows = evidence.schools.loc[evidence.units["row"].unique()]
    if stage := settings.get("stage"):
        rows = evidence.schools.loc[evidence.units.loc[evidence.units["stage"] == stage, "row"]]
    for key in ("numerator", "numerator_minus", "denominator", "denominator_minus"):
        total = Fraction(0)
        for field in settings.get(key, ()):
            for row, number in rows[field].items():
                if math.isnan(number):
                    unknown.append(str(rows.at[row, "school_name"]))
                else:
                    total += fraction(number)
        sums[key] = total
    under = sums["denominator"] - sums["denominator_minus"]
    if unknown or under <= 0 or rows.empty:
        names = list(dict.fromkeys(unknown))
        return _missing(name, settings, f"缺数据：{formats.listed(names, 6)}" if names else "没有可计算的学校", names)
    quotient = (sums["numerator"] - sums["numerator_minus"]) / under
    text = f"{name}{_shown(float(quotient), settings)}（要求{_asked(settings)}）"
    unit = str(settings.get("unit", ""))
    return Outcome(name, float(quotient), _limit(settings), unit, _compared(quotient, settings), text)


def flags(evidence: Evidence, settings: Settings) -> Outcome:
    """A yes or no that must be 是 for every school that is judged."""
    name = str(settings["name"])
    rows = evidence.schools.loc[evidence.units["row"].unique()]
    said = rows[settings["field"]]
    failing = rows.loc[said == "否", "school_name"].tolist()
    unknown = rows.loc[said.isna(), "school_name"].tolist()
    return _of_schools(name, {**settings, "at_least": 1}, failing, unknown, [], len(rows))


def rooms(evidence: Evidence, settings: Settings) -> Outcome:
    """Special rooms: of each kind at least ceil(classes ÷ per_classes), each counted only from its area on."""
    name, per = str(settings["name"]), settings["per_classes"]
    failing, unknown, asked = [], [], 0
    listed = evidence.rooms
    for row in evidence.units["row"].unique():
        school = evidence.schools.loc[row]
        # A stage whose pupils are unknown still needs its classes: only a known 0 takes it out.
        own_stages = STAGES_OF_TYPE[school["school_type"]]
        taught = [s for s in STAGES if s in own_stages and school[f"pupils_{s}"] != 0]
        classes = sum(float(school[f"classes_{stage}"]) for stage in taught)
        label = str(school["school_name"])
        asked += 1
        own = listed[(listed["school_name"] == label)] if len(listed) else listed
        if math.isnan(classes) or own.empty or own["room_area"].isna().any():
            unknown.append(label)
            continue
        needed = math.ceil(fraction(classes) / fraction(per))
        for kind, area in settings["areas"].items():
            have = int((own.loc[own["room_kind"] == kind, "room_area"] >= area).sum())
            if have < needed:
                failing.append(
                    f"{label}{kind}专用教室达标{have}间（应有{needed}间，每间不小于{formats.plain(area)}㎡）"
                )
    return _of_schools(name, {**settings, "at_least": 1}, failing, unknown, [], asked)


def monitored(evidence: Evidence, settings: Settings) -> Outcome:
    """National monitoring: every subject at least at ``level``, its difference between schools under ``below``.

    A subject without any result was not monitored and is not asked; without any subject the item stays open.
    """
    name, ranks = str(settings["name"]), list(settings["levels"])
    failing, unknown, asked, worst = [], [], 0, []
    for subject in settings["subjects"]:
        level, difference = evidence.word(f"qual_level_{subject}"), evidence.number(f"qual_diff_{subject}")
        if not level and math.isnan(difference):
            continue
        asked += 1
        header = load().field(f"qual_level_{subject}").header
        if not level or math.isnan(difference):
            unknown.append(header)
        if level and ranks.index(level) < ranks.index(settings["level"]):
            failing.append(f"{header}为{level}")
        if not math.isnan(difference):
            worst.append((difference, float(settings["below"])))
            if fraction(difference) >= fraction(settings["below"]):
                failing.append(f"{load().field(f'qual_diff_{subject}').header}{formats.plain(difference)}")
    if not asked:
        return _missing(name, settings, "没有监测结果")
    return _of_schools(name, settings, failing, unknown, worst, asked)


def forbidden(evidence: Evidence, settings: Settings) -> Outcome:
    """Facts that must not have happened (一票否决): 否 for each of the county's own fields."""
    name = str(settings["name"])
    said = {field: evidence.word(field) for field in settings["fields"]}
    failing = [load().field(field).header for field, word in said.items() if word == "是"]
    unknown = [load().field(field).header for field, word in said.items() if not word]
    return _of_schools(name, {**settings, "at_most": 0}, failing, unknown, [], len(said))


def _missing(name: str, settings: Settings, text: str, unknown: Sequence[str] = ()) -> Outcome:
    unit = str(settings.get("unit", ""))
    return Outcome(name, math.nan, _limit(settings), unit, Verdict.UNDETERMINED, f"{name}：{text}", (), tuple(unknown))


KINDS: Mapping[str, Callable[[Evidence, Settings], Outcome]] = {
    "ratio": ratio,
    "value": value,
    "finding": finding,
    "each_school": each_school,
    "pooled": pooled,
    "flags": flags,
    "rooms": rooms,
    "monitored": monitored,
    "forbidden": forbidden,
}


def together(outcomes: Sequence[Outcome]) -> Verdict:
    """The verdict of an item: all of its conditions."""
    return all_of(outcome.verdict for outcome in outcomes)
