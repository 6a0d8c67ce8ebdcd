"""Charts of a case, each for one question. A function gives None where there is nothing to draw.

Example::

    show(figures.limits(case))                    # 差异系数与上限
    show(figures.matrix(case, "primary"))         # 小学各校各项指标
    chart = figures.limits(case)
    chart.data                                    # 图中的数，可另作他用
"""

from edukit.figures import cities as cities
from edukit.figures import improvement as improvement
from edukit.figures import nation as nation
from edukit.figures import scenarios as scenarios
from edukit.figures import years as years
from edukit.figures.causes import contributions
from edukit.figures.classes import classes
from edukit.figures.coefficients import before_after, limits
from edukit.figures.counts import met_counts
from edukit.figures.groups import groups
from edukit.figures.matrix import matrix
from edukit.figures.money import money, training
from edukit.figures.places import urban_rural
from edukit.figures.repair import shortfalls
from edukit.figures.school_plan import school
from edukit.figures.sizes import sizes
from edukit.figures.strips import against_threshold
from edukit.figures.survey import survey

__all__ = [
    "against_threshold",
    "before_after",
    "classes",
    "contributions",
    "groups",
    "limits",
    "matrix",
    "met_counts",
    "money",
    "school",
    "shortfalls",
    "sizes",
    "survey",
    "training",
    "urban_rural",
]
