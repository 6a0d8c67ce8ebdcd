"""Conditions on what people say: the satisfaction survey (公众满意度、社会认可度)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from fractions import Fraction

from edukit import survey as surveys
from edukit.errors import DataError
from edukit.exact import converted, fraction
from edukit.items.evidence import Evidence
from edukit.items.told import Settings
from edukit.outcome import Outcome, in_percent
from edukit.verdict import Verdict, all_of

REQUIREMENTS = ("sample", "parents", "valid", "pass")
"""Ids of the requirements on a survey, see :class:`edukit.survey.Requirement`."""
PERSONS_IN_WAN = 10000
"""The sheet 县级 has the residents in 万人."""


def rule_of(settings: Settings) -> surveys.SurveyRule:
    """The rule of a condition of kind ``survey``."""
    known = {field.name for field in fields(surveys.SurveyRule)}
    return surveys.SurveyRule.from_settings({key: value for key, value in settings.items() if key in known})


def result_of(evidence: Evidence, settings: Settings) -> surveys.SurveyResult:
    """What the survey says: from the single answers of the sheet 问卷 where there are any, else from the tallies.

    Raises:
        DataError: numbers that cannot be, such as more satisfied answers than answers.
    """
    rule, row = rule_of(settings), evidence.row()
    answers = evidence.answers
    tallies = surveys.tallies_of_answers(answers, rule) if len(answers) else surveys.tallies_of_county(row)
    residents = evidence.number("population")
    return surveys.judge(
        tallies,
        rule,
        sent=evidence.number("survey_sent"),
        returned=evidence.number("survey_returned"),
        valid=evidence.number("survey_valid"),
        population=math.nan if math.isnan(residents) else converted(residents, PERSONS_IN_WAN),
    )


def survey(evidence: Evidence, settings: Settings) -> Outcome:
    """A survey of enough people with enough satisfied answers.

    ``requirements`` lists which of the requirements decide (sample, parents, valid, pass; only pass where it is not
    given); the others are told beside them where they ask for something. Numbers of small groups never appear.
    """
    name, deciding = str(settings["name"]), tuple(settings.get("requirements", ("pass",)))
    limit = in_percent(fraction(settings["pass_rate"]))
    if not _asked_anybody(evidence):
        text = f"{name}：“问卷”表没有回答，“县级”表没有满意度调查的份数"
        return Outcome(name, math.nan, limit, "%", Verdict.UNDETERMINED, text)
    try:
        result = result_of(evidence, settings)
    except DataError as error:
        text = f"{name}：{str(error).rstrip('。')}"
        return Outcome(name, math.nan, limit, "%", Verdict.UNDETERMINED, text)
    told = {requirement.id: requirement for requirement in surveys.published_requirements(result)}
    asked = [told[id_] for id_ in REQUIREMENTS if id_ in deciding]
    beside = [told[id_] for id_ in REQUIREMENTS if id_ not in deciding and (told[id_].limit != 0)]
    public = not math.isnan(told["pass"].value) and result.n > 0
    rate = in_percent(Fraction(result.satisfied) / Fraction(result.n)) if public else math.nan
    text = _sentence(asked)
    if beside:
        text += f"；另按调查要求核对（不影响结论）：{_sentence(beside)}"
    failing, unknown = (
        tuple(requirement.name for requirement in asked if requirement.verdict is verdict)
        for verdict in (Verdict.NOT_MET, Verdict.UNDETERMINED)
    )
    verdict = all_of(requirement.verdict for requirement in asked)
    return Outcome(name, rate, limit, "%", verdict, text, failing, unknown)


def _asked_anybody(evidence: Evidence) -> bool:
    row = evidence.row()
    return len(evidence.answers) > 0 or bool(
        row[[name for name in row.index if name.startswith("survey_")]].notna().any()
    )


def _sentence(requirements: Sequence[surveys.Requirement]) -> str:
    return "；".join(f"{each.name}{each.verdict.label}：{each.evidence}" for each in requirements)
