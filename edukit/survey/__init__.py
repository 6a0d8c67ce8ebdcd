"""Satisfaction surveys (满意度、社会认可度): tallies, rates, requirements, and what may be published.

Tallies have one row per group and theme: ``n`` answers that count, ``satisfied`` among them, and where single answers
are known ``answers`` given or left blank and ``unknown`` ones that cannot be read. Unknown is NaN, never 0: a verdict
is reached only where every possible value of what is unknown leads to it.
"""

from __future__ import annotations

from edukit.survey.judging import Requirement, SurveyResult, judge, wilson
from edukit.survey.publishing import published, published_requirements
from edukit.survey.rule import SurveyRule, sample_size
from edukit.survey.tallies import COLUMNS, GROUPS, OVERALL, PARENTS, UNNAMED, tallies_of_answers, tallies_of_county

__all__ = [
    "COLUMNS",
    "GROUPS",
    "OVERALL",
    "PARENTS",
    "UNNAMED",
    "Requirement",
    "SurveyResult",
    "SurveyRule",
    "judge",
    "published",
    "published_requirements",
    "sample_size",
    "tallies_of_answers",
    "tallies_of_county",
    "wilson",
]
