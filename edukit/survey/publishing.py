"""What of a survey may leave the machine: small parts are withheld so that nobody can work them out."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from edukit.survey.judging import Requirement, SurveyResult
from edukit.survey.tallies import OVERALL, PARENTS


def published(result: SurveyResult) -> pd.DataFrame:
    """The result as it may be published: the whole, groups, themes; small parts withheld so that none can be inferred.

    A part with fewer than ``publish_from`` persons or answers is withheld. Since the total and the other parts would
    give it away by subtraction, the next smallest parts are withheld too, those of one size together, until those
    withheld are two or more, reach ``publish_from`` together, are neither all satisfied nor all not, and differ among
    themselves: then any two of them could change places and the publication would stay the same. Where only all parts
    together do, no part is published, and where not even they do, the whole is withheld as well. Counts by group and
    theme together are never published.

    Returns:
        Columns part (总体, 群体, 主题), label, n, satisfied, rate, low, high, withheld; counts and rates of a withheld
        row are NaN, as are unknown ones. A report prints :func:`published_requirements` beside it, never the raw ones.
    """
    groups, secret = _withheld(result.by_group, "group", result.rule.publish_from)
    themes, secret_too = _withheld(result.by_theme, "theme", result.rule.publish_from)
    nothing = secret or secret_too
    numbers = ["n", "satisfied", "rate", "low", "high"]
    rows = [(OVERALL, OVERALL, *(getattr(result, name) for name in numbers), nothing)]
    for part, frame, key, hidden in (
        ("群体", result.by_group, "group", groups),
        ("主题", result.by_theme, "theme", themes),
    ):
        for _, row in frame.iterrows():
            rows.append((part, row[key], *(row[name] for name in numbers), nothing or row[key] in hidden))
    table = pd.DataFrame(rows, columns=["part", "label", *numbers, "withheld"])
    table[numbers] = table[numbers].astype(float).mask(table["withheld"])
    return table


def published_requirements(result: SurveyResult) -> tuple[Requirement, ...]:
    """The requirements without the numbers that :func:`published` withholds; their verdicts stay."""
    table = published(result)
    hidden = {
        "pass": bool(table["withheld"].iloc[0]),
        "parents": bool(table.loc[(table["label"] == PARENTS) | (table["part"] == OVERALL), "withheld"].any()),
    }
    reason = f"份数过少（不足{result.rule.publish_from}份）或可由此推算，不公布具体数字"
    return tuple(
        replace(requirement, value=math.nan, evidence=reason) if hidden.get(requirement.id) else requirement
        for requirement in result.requirements
    )


def _withheld(parts: pd.DataFrame, key: str, smallest: int) -> tuple[frozenset[str], bool]:
    """Labels to withhold, and whether the total would still give one of them away."""
    sizes = parts[["persons", "n"]].min(axis=1)
    if not (sizes < smallest).any():
        return frozenset(), False
    uniform = parts["satisfied"].sum() == parts["n"].sum()
    # Parts of one size go together, so that who is withheld does not depend on names and tells nothing about sizes.
    for most in sorted({size for size in sizes if size >= smallest} | {sizes[sizes < smallest].max()}):
        chosen = parts[sizes <= most]
        if _safe(chosen, smallest, uniform) and (chosen[["n", "satisfied"]].nunique() > 1).all():
            return frozenset(chosen[key]), False
    return frozenset(parts[key]), not _safe(parts, smallest, uniform)


def _safe(chosen: pd.DataFrame, smallest: int, uniform: bool) -> bool:
    """Whether parts that are known together, by subtraction from the total, keep each of their counts secret."""
    persons, n, satisfied = (float(chosen[name].sum()) for name in ("persons", "n", "satisfied"))
    mixed = satisfied > 0 and (satisfied < n or uniform)
    return min(persons, n) >= max(smallest, len(chosen) + 1) and mixed  # so never a small part alone
