"""The tables of a report, made from a case. Numbers are rounded for display only; the verdicts beside them are not.

Every function takes a :class:`edukit.case.Case` and returns a :class:`edukit.showing.Table`, or None where there is
nothing to show.

Example::

    show(tables.balance(case))                    # 差异系数
    show(tables.schools(case, "junior"))          # 初中各校指标
"""

from edukit.tables import cities as cities
from edukit.tables import improvement as improvement
from edukit.tables import nation as nation
from edukit.tables import scenarios as scenarios
from edukit.tables import years as years
from edukit.tables.balance import balance, change
from edukit.tables.basics import basics
from edukit.tables.blocks import alternatives, block, blocks
from edukit.tables.classes import class_totals, classes, large_schools
from edukit.tables.data import excluded, findings
from edukit.tables.estimates import estimates
from edukit.tables.groups import group_schools, groups
from edukit.tables.items import items
from edukit.tables.money import growth, money, norms
from edukit.tables.plan import plan
from edukit.tables.school_plan import plan_list, school_indicators, school_plan
from edukit.tables.schools import resources, schools
from edukit.tables.seats import seats
from edukit.tables.survey import survey

__all__ = [
    "alternatives",
    "balance",
    "basics",
    "block",
    "blocks",
    "change",
    "class_totals",
    "classes",
    "estimates",
    "excluded",
    "findings",
    "group_schools",
    "groups",
    "growth",
    "items",
    "large_schools",
    "money",
    "norms",
    "plan",
    "plan_list",
    "resources",
    "school_indicators",
    "school_plan",
    "schools",
    "seats",
    "survey",
]
