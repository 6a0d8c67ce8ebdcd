"""Schemes (评估办法): which indicators, thresholds, limits and scope a policy asks for, read from YAML files."""

from edukit.schemes.loading import available, load_scheme
from edukit.schemes.model import Condition, Exclusion, Indicator, Item, Scheme, SchoolItem, SchoolRule

__all__ = [
    "Condition",
    "Exclusion",
    "Indicator",
    "Item",
    "Scheme",
    "SchoolItem",
    "SchoolRule",
    "available",
    "load_scheme",
]
