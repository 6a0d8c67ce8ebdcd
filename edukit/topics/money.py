"""Money of a case: norms and what they give each school, small schools, growth over the years, training, wages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from edukit import funding, spending
from edukit.case import Case
from edukit.dictionary import load
from edukit.exact import converted
from edukit.funding import WAN, Norms
from edukit.groups import by_place
from edukit.outcome import Outcome
from edukit.topics.asked import about, conditions, outcome, settings_of

SERIES = (spending.ALLOCATION, spending.REVENUE, spending.EXPENDITURE, spending.PER_PUPIL, *spending.GROWING)
"""Fields of the 县级 sheet whose growth is told."""
REGIONS = ("东部", "中西部")
"""The regions for which norms were published; which of them a county belongs to is not in its data."""
SINGLE = ("wage_teacher", "special_funds", "train_county", "tax_transfer_share")
"""Fields whose conditions belong to this chapter."""
PARTS = ("base", "boarding_funds", "special_funds", "heating")


def norms(case: Case) -> list[Norms]:
    """The county's own norms, the province's where given, the scheme's base, and those published for the year."""
    row = case.now.evidence.row()
    keys = ("primary", "junior", "boarding", "special")
    primary, junior, boarding, special = (float(row[f"norm_{key}_province"]) for key in keys)
    found = [funding.county_norms(row)]
    if not all(map(math.isnan, (primary, junior, boarding, special))):
        found.append(Norms("province", "省定标准", primary, junior, boarding, special, source="“县级”表"))
    settings = settings_of(case, "norms")
    base = [funding.published_norms()[settings["base"]]] if settings else []
    published = [each for region in REGIONS for each in funding.norms_in(case.year, region)]
    return found + list({each.id: each for each in [*base, *published]}.values())


def own_norms_known(case: Case) -> bool:
    """Whether the county reports a norm of public funds for any stage."""
    row = case.now.evidence.row()
    return not (math.isnan(float(row["norm_primary"])) and math.isnan(float(row["norm_junior"])))


@dataclass(frozen=True)
class Allocation:
    """What the county's norms give its schools.

    Attributes:
        schools: one row per school, see :func:`edukit.funding.allocation`.
        counted_as: pupils that a small school is counted with.
        small: the ledger of small schools, see :func:`edukit.funding.small_school_rule`.
        rule: the verdict on them.
        heated: whether heating money was reported and is counted.
        funds: the field of what a school was given, funds_budget or funds_final.
    """

    schools: pd.DataFrame
    counted_as: float
    small: pd.DataFrame
    rule: Outcome
    heated: bool
    funds: str

    def totals(self) -> pd.DataFrame:
        """Part (those of :data:`PARTS` and amount), known (元), schools whose part is known, unknown (names)."""
        rows = []
        for part in (*PARTS, "amount"):
            blank = self.schools[part].isna()
            names = tuple(self.schools.loc[blank, "school"])
            rows.append((part, float(self.schools[part].sum()), int((~blank).sum()), names))
        return pd.DataFrame(rows, columns=["part", "known", "schools", "unknown"])


def allocation(case: Case) -> Allocation | None:
    """What the norms give; None where the scheme has no rule for small schools, or the county reports no norms."""
    settings, evidence = settings_of(case, "small_school_funds"), case.now.evidence
    if settings is None or not own_norms_known(case):
        return None
    rule = funding.SmallSchools(
        **{key: settings[key] for key in ("counted_as", "urban", "types", "anywhere")},
    )
    heating = evidence.schools["heating_funds"].astype(float)
    heated = bool(heating.notna().any())
    given = funding.allocation(
        evidence.schools,
        funding.county_norms(evidence.row()),
        small=rule,
        special_instead=settings["special_instead"],
        heating=heating.map(lambda wan: converted(wan, WAN), na_action="ignore") if heated else None,
    )
    small = funding.small_school_rule(evidence.schools, given, funds=settings["funds"])
    rule_of_small = funding.small_school_outcome(small, counted_as=rule.counted_as)
    return Allocation(given, rule.counted_as, small, rule_of_small, heated, str(settings["funds"]))


def parts_public(case: Case) -> bool:
    """Whether what the norms give may be told by part: not where it tells of a few disabled children in one school."""
    found = by_place(case.now.evidence.schools)
    whole = found[(found["group"] == "disabled") & (found["place"] == "")]
    return bool(whole["published"].all())


@dataclass(frozen=True)
class Growth:
    """Money over the years.

    Attributes:
        rows: field, header, unit, year, value, rate (growth over the year before, as a share; NaN where unknown).
        outcomes: the tests, each with the name of the rule that it belongs to.
        years: how many years of growth were looked at.
        asked: whether the scheme asks for it.
    """

    rows: pd.DataFrame
    outcomes: tuple[tuple[str, Outcome], ...]
    years: int
    asked: bool


def growth(case: Case) -> Growth | None:
    """The series and the tests; None where no year has any of the numbers.

    Where the scheme asks for neither rule they are told for all years given, for information.
    """
    county = case.now.evidence.years()
    county = county[county["year"].notna()]
    county = county[county["year"].astype(int) <= case.year]
    series = {field: spending.by_year(county, field).dropna() for field in SERIES} if len(county) else {}
    known = [year for values in series.values() for year in values.index]
    if not known:
        return None
    rules: Mapping[str, tuple[str, Any]] = {
        "growths": ("三个增长", spending.three_growths),
        "never_falls": ("两个只增不减", spending.never_falls),
    }
    asked = {kind: int(settings["years"]) for kind, settings in conditions(case, *rules)}
    years = max(asked.values(), default=max(1, case.year - min(known)))
    outcomes = [
        (name, each)
        for kind, (name, judge) in rules.items()
        if kind in asked or not asked
        for each in judge(county, year=case.year, years=asked.get(kind, years))
    ]
    rows = [
        (field, load().field(field).header, load().field(field).unit, year, value, rates.get(year, math.nan))
        for field, values in series.items()
        for rates in [spending.growth(values)]
        for year, value in values.items()
        if year >= case.year - years
    ]
    frame = pd.DataFrame(rows, columns=["field", "header", "unit", "year", "value", "rate"])
    return Growth(frame, tuple(outcomes), years, bool(asked))


@dataclass(frozen=True)
class Training:
    """Money for training by school: the ledger of :func:`edukit.spending.training_ledger`, and the verdict."""

    ledger: pd.DataFrame
    limit: float
    kind: str
    outcome: Outcome


def training(case: Case) -> Training | None:
    """Training money of the judged schools; None where the scheme asks for no share, or no school filled it in."""
    found = about(case, "each_school", "train_budget", "train_final")
    schools = case.now.evidence.judged
    if not found or not {"train_budget", "train_final", "funds_budget"} <= set(schools):
        return None
    field = next(name for name in found[0]["numerator"] if name.startswith("train_"))
    if schools[[field, "funds_budget"]].isna().all(axis=None):
        return None
    limit = float(found[0]["at_least"])
    ledger = spending.training_ledger(schools, limit=limit, numerator=field)
    kind = "预算" if field == "train_budget" else "决算"
    return Training(ledger, limit, kind, spending.training_share(schools, limit=limit, numerator=field))


def singles(case: Case) -> list[Outcome]:
    """The other conditions on money, as the items judge them: wages, special schools, training money of the county."""
    return [outcome(case, kind, settings) for kind in ("ratio", "value") for settings in about(case, kind, *SINGLE)]


def training_asked(case: Case) -> tuple[str, str] | None:
    """The columns that the rule on training money needs; None where the scheme has no such rule."""
    found = about(case, "each_school", "train_budget", "train_final")
    return (
        (next(name for name in found[0]["numerator"] if name.startswith("train_")), "funds_budget") if found else None
    )
