"""Charts of a case, each for one question. A function gives None where there is nothing to draw."""

from edukit.figures.causes import contributions
from edukit.figures.coefficients import before_after, limits
from edukit.figures.counts import met_counts
from edukit.figures.matrix import matrix
from edukit.figures.places import urban_rural
from edukit.figures.repair import shortfalls
from edukit.figures.sizes import sizes
from edukit.figures.strips import against_threshold

__all__ = [
    "against_threshold",
    "before_after",
    "contributions",
    "limits",
    "matrix",
    "met_counts",
    "shortfalls",
    "sizes",
    "urban_rural",
]
