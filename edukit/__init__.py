"""edukit: is compulsory education in a county balanced, why not, and what repairs it.

In a notebook::

    from edukit import figures, open_case, tables, text

    case = open_case("210903", 2020, "quality-2017")

Everything is loaded when it is first used, so that ``import edukit`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

__all__ = [
    "Case",
    "Change",
    "Scenario",
    "check",
    "explore",
    "figures",
    "find_county",
    "load_scheme",
    "open_case",
    "open_city",
    "open_improvement",
    "open_monitoring",
    "open_nation",
    "problem_ledger",
    "read",
    "school_plans",
    "show",
    "tables",
    "text",
    "what_if",
]

_HOMES = {
    "Case": "edukit.case",
    "Change": "edukit.changes",
    "Scenario": "edukit.scenario",
    "check": "edukit.checks",
    "explore": "edukit.exploring",
    "find_county": "edukit.counties",
    "load_scheme": "edukit.schemes",
    "open_case": "edukit.case",
    "open_city": "edukit.city",
    "open_improvement": "edukit.improvement",
    "open_monitoring": "edukit.monitoring",
    "open_nation": "edukit.national",
    "problem_ledger": "edukit.export.kept",
    "read": "edukit.workbook",
    "school_plans": "edukit.export.plan_workbook",
    "show": "edukit.showing",
    "what_if": "edukit.scenario",
}
_MODULES = frozenset({"figures", "tables", "text"})


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"edukit.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'edukit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
