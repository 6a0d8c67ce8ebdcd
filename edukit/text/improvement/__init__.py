"""Sentences of an improvement report, made from an :class:`edukit.improvement.Improvement`."""

from edukit.text.improvement.opening import cover, summary
from edukit.text.improvement.repair import actions, costs, method, roadmap
from edukit.text.improvement.risks import ahead, converging, fragile
from edukit.text.improvement.why import moved, places, standing, why

__all__ = [
    "actions",
    "ahead",
    "converging",
    "costs",
    "cover",
    "fragile",
    "method",
    "moved",
    "places",
    "roadmap",
    "standing",
    "summary",
    "why",
]
