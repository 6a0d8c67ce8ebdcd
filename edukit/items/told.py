"""What all kinds of conditions share: comparing with a limit, and saying what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from edukit import formats
from edukit.dictionary import load
from edukit.exact import fraction
from edukit.outcome import Outcome
from edukit.verdict import Verdict, all_of

Settings = Mapping[str, Any]
"""The keys of a condition in the scheme, with ``name`` and ``item`` of the item that it belongs to."""


def compared(value: Fraction, settings: Settings) -> Verdict:
    """Whether a number keeps within ``at_least``, ``at_most`` (both inclusive) or ``below`` (strict)."""
    held = [value >= fraction(settings["at_least"])] if "at_least" in settings else []
    held += [value <= fraction(settings["at_most"])] if "at_most" in settings else []
    held += [value < fraction(settings["below"])] if "below" in settings else []
    return Verdict.MET if all(held) else Verdict.NOT_MET


def between(low: Fraction, high: Fraction, settings: Settings) -> Verdict:
    """The verdict on a number that lies somewhere from ``low`` to ``high``: open where the two ends differ."""
    least, most = compared(low, settings), compared(high, settings)
    return least if least is most else Verdict.UNDETERMINED


def limit_of(settings: Settings) -> float:
    """The limit of a condition; NaN where it has none."""
    return float(settings.get("at_least", settings.get("at_most", settings.get("below", math.nan))))


def shown(value: float, settings: Settings) -> str:
    """A number with its unit, with as many decimals as it takes to tell it from its limit."""
    if settings.get("percent"):
        return f"{formats.beside(value * 100, limit_of(settings) * 100, 1)}%"
    return f"{formats.beside(value, limit_of(settings), 2)}{settings.get('unit', '')}"


def asked(settings: Settings) -> str:
    """The limit in words.

    >>> asked({"at_least": 0.05, "percent": True}), asked({"below": 0.15})
    ('不低于5%', '低于0.15')
    """
    word = "不低于" if "at_least" in settings else "不超过" if "at_most" in settings else "低于"
    limit = limit_of(settings)
    return (
        f"{word}{formats.plain(limit * 100)}%"
        if settings.get("percent")
        else f"{word}{formats.plain(limit)}{settings.get('unit', '')}"
    )


def headers(names: Sequence[str]) -> str:
    """Fields by the names that a reader knows."""
    return "、".join(load().field(name).header for name in names)


def judged(value: Fraction, settings: Settings) -> Outcome:
    """One number against its limit."""
    name, number = str(settings["name"]), float(value)
    text = f"{name}{shown(number, settings)}（要求{asked(settings)}）"
    return Outcome(name, number, limit_of(settings), str(settings.get("unit", "")), compared(value, settings), text)


def missing(settings: Settings, text: str, unknown: Sequence[str] = ()) -> Outcome:
    """A condition that cannot be judged, and why."""
    name, unit = str(settings["name"]), str(settings.get("unit", ""))
    limit = limit_of(settings)
    return Outcome(name, math.nan, limit, unit, Verdict.UNDETERMINED, f"{name}：{text}", (), tuple(unknown))


def of_each(
    settings: Settings,
    failing: Sequence[str],
    unknown: Sequence[str],
    asked_: int,
    worst: Sequence[tuple[float, float]] = (),
) -> Outcome:
    """All of the schools, units or fields that were asked, together.

    Args:
        settings: name, unit and limit of the condition.
        failing: those that fail, each with what is said of it.
        unknown: those that cannot be told.
        asked_: how many were asked.
        worst: value and limit of each that is known; the one nearest to failing is shown.
    """
    name = str(settings["name"])
    verdict = Verdict.NOT_MET if failing else Verdict.UNDETERMINED if unknown or not asked_ else Verdict.MET
    pick = min if "at_least" in settings else max
    number, limit = (
        pick(worst, key=lambda pair: pair[0] / pair[1] if pair[1] else pair[0]) if worst else (math.nan, math.nan)
    )
    parts = [f"{name}：{len(failing)}个不符合：{formats.listed(failing, 6, '个')}"] if failing else []
    if unknown:
        lacking = f"缺数据：{formats.listed(unknown, 6, '个')}"
        parts.append(f"{name}：{'尚未填报' if len(unknown) == asked_ else lacking}")
    all_well = "没有可以核对的对象" if not asked_ else "符合要求" if asked_ == 1 else f"{asked_}个核对对象全部符合"
    text = "；".join(parts) or f"{name}：{all_well}"
    unit = str(settings.get("unit", ""))
    return Outcome(name, number, limit, unit, verdict, text, tuple(failing), tuple(unknown))


def together(outcomes: Sequence[Outcome]) -> Verdict:
    """The verdict where all conditions must hold."""
    return all_of(outcome.verdict for outcome in outcomes)


def decisive(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome that speaks for all: the first with the common verdict, one with a number before one without."""
    verdict = together(outcomes)
    same = [outcome for outcome in outcomes if outcome.verdict is verdict]
    return next((outcome for outcome in same if not math.isnan(outcome.value)), same[0])


def one_line(sentences: str) -> str:
    """Sentences as parts of one, since an item's conditions are told one after the other.

    >>> one_line("甲。乙。")
    '甲；乙'
    """
    return sentences.strip("。").replace("。", "；")


def named(settings: Settings, outcome: Outcome) -> Outcome:
    """An outcome of another module under the name that the scheme gives it."""
    name = str(settings["name"])
    return replace(outcome, name=name, evidence=f"{name}：{one_line(outcome.evidence)}")


def joined(settings: Settings, outcomes: Sequence[Outcome]) -> Outcome:
    """Several tests as one: all must hold; every sentence is kept, each led by the name of its test.

    ``failing`` and ``unknown`` are led by the name too where the test speaks of years, not of schools.
    """
    first = decisive(outcomes)
    texts = [f"{outcome.name}：{one_line(outcome.evidence)}" for outcome in outcomes]
    failing, unknown = (
        tuple(
            f"{outcome.name}（{label}）" if label.endswith("年") else label
            for outcome in outcomes
            for label in getattr(outcome, which)
        )
        for which in ("failing", "unknown")
    )
    verdict = together(outcomes)
    return Outcome(
        str(settings["name"]), first.value, first.limit, first.unit, verdict, "；".join(texts), failing, unknown
    )
