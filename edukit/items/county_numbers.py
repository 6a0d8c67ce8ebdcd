"""Conditions on the county's own numbers and flags (sheet 县级)."""

from __future__ import annotations

import math
from fractions import Fraction

from edukit import formats
from edukit.dictionary import load
from edukit.exact import fraction
from edukit.items.evidence import Evidence
from edukit.items.told import Settings, asked, headers, judged, limit_of, missing, of_each, shown
from edukit.outcome import Outcome
from edukit.verdict import Verdict


def ratio(evidence: Evidence, settings: Settings) -> Outcome:
    """A ratio of the county's own numbers: sum of ``numerator`` ÷ sum of ``denominator``."""
    value, lacking = _quotient(evidence, settings, evidence.year)
    return missing(settings, lacking) if value is None else judged(value, settings)


def _quotient(evidence: Evidence, settings: Settings, year: int) -> tuple[Fraction | None, str]:
    """The ratio of a year, or what is missing for it."""
    over, under = list(settings["numerator"]), list(settings["denominator"])
    numbers = {name: evidence.number(name, year) for name in (*over, *under)}
    blank = [name for name, number in numbers.items() if math.isnan(number)]
    when = "" if year == evidence.year else f"{year}年"
    if blank:
        return None, f"县级表缺：{when}{headers(blank)}"
    total = sum((fraction(numbers[n]) for n in under), Fraction(0))
    if total == 0:
        return None, f"{when}{headers(under)}为 0，比例无意义"
    return sum((fraction(numbers[n]) for n in over), Fraction(0)) / total, ""


def rising(evidence: Evidence, settings: Settings) -> Outcome:
    """A ratio of the county's own numbers that must not fall below last year's; with ``strict`` it must exceed it."""
    now, lacking = _quotient(evidence, settings, evidence.year)
    last, lacking_before = _quotient(evidence, settings, evidence.year - 1)
    if now is None or last is None:
        return missing(settings, "；".join(filter(None, (lacking, lacking_before))))
    strict, name = bool(settings.get("strict")), str(settings["name"])
    verdict = Verdict.MET if now > last or (now == last and not strict) else Verdict.NOT_MET
    own = {**settings, "at_least": float(last)}
    word = "高于" if strict else "不低于"
    text = f"{name}{shown(float(now), own)}（要求{word}上年的{shown(float(last), own)}）"
    return Outcome(name, float(now), float(last), str(settings.get("unit", "")), verdict, text)


def value(evidence: Evidence, settings: Settings) -> Outcome:
    """One of the county's own numbers against a limit."""
    number = evidence.number(settings["field"])
    if math.isnan(number):
        return missing(settings, f"县级表缺：{headers([settings['field']])}")
    return judged(fraction(number), settings)


def since(evidence: Evidence, settings: Settings) -> Outcome:
    """A year of the county's own at least ``years`` years back; ``value`` is how many years ago it was."""
    name, then = str(settings["name"]), evidence.number(settings["field"])
    header = headers([settings["field"]])
    if math.isnan(then) or not evidence.year:
        return missing(settings, f"县级表缺：{header}" if math.isnan(then) else "评估年度未知")
    own = {"at_least": settings["years"], "unit": "年"}
    passed = evidence.year - int(then)
    verdict = Verdict.MET if passed >= settings["years"] else Verdict.NOT_MET
    text = f"{name}：{header}{int(then)}年，至{evidence.year}年满{passed}年（要求{asked(own)}）"
    return Outcome(name, float(passed), limit_of(own), "年", verdict, text)


def monitored(evidence: Evidence, settings: Settings) -> Outcome:
    """National monitoring: every subject at least at ``level``, its difference between schools under ``below``.

    A subject without any result was not monitored and is not asked; without any subject the item stays open.
    """
    ranks = list(settings["levels"])
    failing, unknown, subjects, worst = [], [], 0, []
    for subject in settings["subjects"]:
        level, difference = evidence.word(f"qual_level_{subject}"), evidence.number(f"qual_diff_{subject}")
        if not level and math.isnan(difference):
            continue
        subjects += 1
        header = load().field(f"qual_level_{subject}").header
        if not level or math.isnan(difference):
            unknown.append(header)
        if level and ranks.index(level) < ranks.index(settings["level"]):
            failing.append(f"{header}为{level}")
        if not math.isnan(difference):
            worst.append((difference, float(settings["below"])))
            if fraction(difference) >= fraction(settings["below"]):
                failing.append(f"{load().field(f'qual_diff_{subject}').header}{formats.plain(difference)}")
    if not subjects:
        return missing(settings, "没有监测结果")
    return of_each(settings, failing, unknown, subjects, worst)


def forbidden(evidence: Evidence, settings: Settings) -> Outcome:
    """Facts that must not have happened (一票否决): 否 for each of the county's own fields."""
    return _said(evidence, settings, wrong="是")


def confirmed(evidence: Evidence, settings: Settings) -> Outcome:
    """Facts that must hold: 是 for each of the county's own fields."""
    return _said(evidence, settings, wrong="否")


def _said(evidence: Evidence, settings: Settings, wrong: str) -> Outcome:
    said = {field: evidence.word(field) for field in settings["fields"]}
    failing = [load().field(field).header for field, word in said.items() if word == wrong]
    unknown = [load().field(field).header for field, word in said.items() if not word]
    return of_each(settings, failing, unknown, len(said))


def finding(evidence: Evidence, settings: Settings) -> Outcome:
    """A finding of the analyst, on record with its evidence; without evidence it does not count as met.

    ``facts`` are county fields whose numbers are printed with it; they do not decide.
    """
    outcome = _found(evidence, settings)
    facts = [_fact(evidence, name) for name in settings.get("facts", ())]
    if not facts:
        return outcome
    told = f"{outcome.evidence}（{'，'.join(facts)}）"
    return Outcome(outcome.name, math.nan, math.nan, "", outcome.verdict, told)


def _found(evidence: Evidence, settings: Settings) -> Outcome:
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


def _fact(evidence: Evidence, name: str) -> str:
    field, number = load().field(name), evidence.number(name)
    return f"{field.header}{'未填报' if math.isnan(number) else f'{formats.plain(number)}{field.unit}'}"
