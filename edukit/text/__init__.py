"""The sentences of a report, made from a case: what is passed, what fails, by how much, why, and what would settle it.

Every function takes a :class:`edukit.case.Case` and returns a :class:`edukit.showing.Prose`, or None where there is
nothing to say. ``text.years`` has those of several years, ``text.cities`` those of a city.

Example::

    show(text.conclusion(case))                   # 结论与下一步
    text.conclusion(case).text                    # 同样的话，纯文字
"""

from edukit.text import cities as cities
from edukit.text import improvement as improvement
from edukit.text import nation as nation
from edukit.text import scenarios as scenarios
from edukit.text import years as years
from edukit.text.annex import change, method, quality, scope, trace
from edukit.text.blocks import alternatives, block, blocks, gates, item_blocks, no_gates, options, survey_blocks
from edukit.text.chapters import balance, basics, causes, items, places, schools, shortfalls
from edukit.text.classes import classes
from edukit.text.estimates import estimates
from edukit.text.groups import groups
from edukit.text.money import money
from edukit.text.opening import conclusion, cover, notes, problems
from edukit.text.school_plan import left_out, plans_cover, school_findings, school_head
from edukit.text.seats import seats
from edukit.text.survey import survey

__all__ = [
    "alternatives",
    "balance",
    "basics",
    "block",
    "blocks",
    "causes",
    "change",
    "classes",
    "conclusion",
    "cover",
    "estimates",
    "gates",
    "groups",
    "item_blocks",
    "items",
    "left_out",
    "method",
    "money",
    "no_gates",
    "notes",
    "options",
    "places",
    "plans_cover",
    "problems",
    "quality",
    "school_findings",
    "school_head",
    "schools",
    "scope",
    "seats",
    "shortfalls",
    "survey",
    "survey_blocks",
    "trace",
]
