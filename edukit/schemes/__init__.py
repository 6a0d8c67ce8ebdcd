"""Schemes (评估办法): which indicators, thresholds, limits and scope a policy asks for, read from YAML files."""

from edukit.schemes.files import as_given
from edukit.schemes.loading import available, load_scheme, with_options
from edukit.schemes.model import (
    Block,
    Condition,
    Exclusion,
    Extra,
    Indicator,
    Item,
    Option,
    Scheme,
    SchoolItem,
    SchoolRule,
    Target,
)
from edukit.schemes.standards import SHEET as STANDARDS_SHEET
from edukit.schemes.standards import with_standards

__all__ = [
    "STANDARDS_SHEET",
    "Block",
    "Condition",
    "Exclusion",
    "Extra",
    "Indicator",
    "Item",
    "Option",
    "Scheme",
    "SchoolItem",
    "SchoolRule",
    "Target",
    "as_given",
    "available",
    "load_scheme",
    "with_options",
    "with_standards",
]
