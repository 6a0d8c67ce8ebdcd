"""Seats of a case: places per thousand residents against the norm, and whether births agree with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd
import yaml

from edukit import seats as counting
from edukit.case import Case
from edukit.dictionary import STAGES, load
from edukit.exact import converted
from edukit.items.places import RESIDENTS, offered
from edukit.spending import by_year
from edukit.topics.asked import settings_of

PERSONS_IN_WAN = 10000
"""The sheet 县级 has residents in 万人."""


@dataclass(frozen=True)
class Seats:
    """Places against the norm.

    Attributes:
        name: what the scheme calls it.
        urban: the places whose schools count.
        residents: persons; NaN where unknown.
        offered: school, stage, places.
        frame: one row per stage, see :func:`edukit.seats.seats`.
    """

    name: str
    urban: tuple[str, ...]
    residents: float
    offered: pd.DataFrame
    frame: pd.DataFrame


def seats(case: Case) -> Seats | None:
    """Demand, supply and gap of each stage; None where the scheme has no norm."""
    settings, evidence = settings_of(case, "seats"), case.now.evidence
    if settings is None:
        return None
    residents = _persons(evidence.number(RESIDENTS))
    rows = pd.DataFrame(offered(evidence, settings), columns=["school", "stage", "places"])
    frame = counting.seats(residents, rows, norms=settings["norms"])
    return Seats(str(settings["name"]), tuple(settings["urban"]), residents, rows, frame)


def filled(case: Case) -> bool:
    """Whether the residents, or the places of any school, were filled in."""
    evidence = case.now.evidence
    names = [f"{name}_{stage}" for name in ("approved_places", "designed_classes") for stage in STAGES]
    return not math.isnan(evidence.number(RESIDENTS)) or bool(evidence.schools[names].notna().any(axis=None))


@cache
def ages() -> Mapping[str, tuple[int, int]]:
    """Stage -> youngest and oldest age at school, from ``ages.yaml``."""
    text = files("edukit.topics").joinpath("ages.yaml").read_text(encoding="utf-8")
    return {stage: (low, high) for stage, (low, high) in yaml.safe_load(text)["ages"].items()}


def births(case: Case) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Births against the norm, of the whole county; None where no year has births, or the scheme has no norm.

    Returns:
        The cohorts at school age (:func:`edukit.seats.birth_check`); and year, births, rate (births per 1,000
        residents of the same year, NaN where unknown), norm_rate by stage as columns ``norm_<stage>``.
    """
    settings, evidence = settings_of(case, "seats"), case.now.evidence
    years = evidence.years()
    if settings is None or years["year"].dropna().empty:
        return None
    born, people = by_year(years, "births"), by_year(years, "population")
    born = born[born.index <= case.year].dropna()
    if born.empty:
        return None
    asked = {stage: ages()[stage] for stage in settings["norms"]}
    check = counting.birth_check(
        born, _persons(evidence.number("population")), year=case.year, norms=settings["norms"], ages=asked
    )
    rates = [number / _persons(people.get(year, math.nan)) * 1000 for year, number in born.items()]
    frame = pd.DataFrame({"year": born.index, "births": born.to_numpy(), "rate": rates})
    for stage, (low, high) in asked.items():
        frame[f"norm_{stage}"] = float(counting.cohort_rate(settings["norms"][stage], high - low + 1))
    return check, frame


def asked_for() -> str:
    """The sheets and columns that the chapter needs."""
    names = "、".join(
        load().field(f"{name}_{stage}").header for name in ("designed_classes", "approved_places") for stage in STAGES
    )
    return f"“县级”表的“{load().field(RESIDENTS).header}”，“学校补充”表的“{names}”"


def _persons(wan: float) -> float:
    return math.nan if math.isnan(wan) else converted(wan, PERSONS_IN_WAN)
