"""The sentences of a report, made from a case: what is passed, what fails, by how much, why, and what would settle it.

Every function takes a :class:`edukit.case.Case` and returns a :class:`edukit.showing.Prose`, or None where there is
nothing to say.
"""

from edukit.text.annex import change, method, quality, scope, trace
from edukit.text.chapters import balance, basics, causes, items, places, schools, shortfalls
from edukit.text.opening import conclusion, cover, notes, problems

__all__ = [
    "balance",
    "basics",
    "causes",
    "change",
    "conclusion",
    "cover",
    "items",
    "method",
    "notes",
    "places",
    "problems",
    "quality",
    "schools",
    "scope",
    "shortfalls",
    "trace",
]
