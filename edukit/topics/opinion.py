"""The survey of a case: what was asked, what came of it, and what of it may be printed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from edukit.case import Case
from edukit.errors import DataError
from edukit.items.opinion import result_of, rule_of
from edukit.survey import Requirement, SurveyRule, published, published_requirements
from edukit.topics.asked import settings_of


@dataclass(frozen=True)
class Survey:
    """A survey as a report may print it: nothing in it tells of a group smaller than ``rule.publish_from``.

    Attributes:
        name: what the scheme calls it, e.g. 社会认可度.
        rule: how it is judged.
        sent, returned, valid: questionnaires; NaN where unknown.
        answers: single answers on the sheet 问卷; 0 where the tallies of the sheet 县级 were used.
        parts: part (总体, 群体, 主题), label, n, satisfied, rate, low, high, withheld, see
            :func:`edukit.survey.published`; empty where the numbers contradict each other.
        requirements: sample, parents, valid, pass; those that ask for nothing left out.
        deciding: ids of the requirements that decide.
        problem: why the numbers cannot be used; "" where they can.
        noticed: contradictions and answers that could not be read.
    """

    name: str
    rule: SurveyRule
    sent: float
    returned: float
    valid: float
    answers: int
    parts: pd.DataFrame
    requirements: tuple[Requirement, ...]
    deciding: tuple[str, ...]
    problem: str = ""
    noticed: tuple[str, ...] = ()

    def rows(self, part: str) -> pd.DataFrame:
        """The rows of one part."""
        return self.parts[self.parts["part"] == part]


def survey(case: Case) -> Survey | None:
    """The survey of the year; None where the scheme asks for none, or nothing was filled in."""
    settings, evidence = settings_of(case, "survey"), case.now.evidence
    if settings is None:
        return None
    row = evidence.row()
    counts = [name for name in row.index if name.startswith("survey_")]
    if not len(evidence.answers) and row[counts].isna().all():
        return None
    rule = rule_of(settings)
    told = Survey(
        name=str(settings["name"]),
        rule=rule,
        sent=evidence.number("survey_sent"),
        returned=evidence.number("survey_returned"),
        valid=evidence.number("survey_valid"),
        answers=len(evidence.answers),
        parts=pd.DataFrame(columns=["part"]),
        requirements=(),
        deciding=tuple(settings.get("requirements", ("pass",))),
    )
    try:
        result = result_of(evidence, settings)
    except DataError as error:
        return replace(told, problem=str(error))
    asked = tuple(each for each in published_requirements(result) if each.limit != 0)
    noticed = tuple(finding.problem for finding in result.findings)
    return replace(told, parts=published(result), requirements=asked, noticed=noticed)
