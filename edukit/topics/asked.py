"""What the scheme asks for in the year: its conditions by kind, ready to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edukit.case import Case
from edukit.items.kinds import KINDS
from edukit.outcome import Outcome

WORDS = {"met": "符合", "not_met": "不符合", "undetermined": "无法判定"}
"""Verdict on a single requirement -> the word for it."""


def conditions(case: Case, *kinds: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Kind and settings of all conditions of some kinds, of the items that are asked for in the year.

    ``name`` is the item's short name unless the condition has its own, ``item`` the item's id.
    """
    return [
        (condition.kind, {"name": item.short, "item": item.id, **condition.settings})
        for item in case.scheme.items
        if item.asked_in(case.year)
        for condition in item.conditions
        if condition.kind in kinds
    ]


def settings_of(case: Case, kind: str) -> Mapping[str, Any] | None:
    """The settings of the first condition of a kind; None where the scheme asks for none in the year."""
    found = conditions(case, kind)
    return found[0][1] if found else None


def about(case: Case, kind: str, *fields: str) -> list[Mapping[str, Any]]:
    """The settings of the conditions of a kind whose numerator, or only field, is one of some fields."""
    found = []
    for _, settings in conditions(case, kind):
        names = settings.get("numerator", settings.get("field", ()))
        if set([names] if isinstance(names, str) else names) & set(fields):
            found.append(settings)
    return found


def outcome(case: Case, kind: str, settings: Mapping[str, Any]) -> Outcome:
    """A condition as the item judges it."""
    return KINDS[kind](case.now.evidence, settings)
