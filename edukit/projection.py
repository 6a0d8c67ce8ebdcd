"""Enrolment in the years to come, by grade cohorts: a range, not a line.

Each year the children of a grade are in the next one, times the ratio at which that was so in the years on record:
the smallest ratio seen for the low end, the largest for the high end. The first grade is births six years before times
the ratio of first graders to births; where births are not given, between the fewest and the most first graders on
record. Ratios are the whole county's; a school grows with its own grades, and takes the share of the county's new first
graders (primary or junior) that it takes now.

A school whose grades are not known grows as the stage's whole enrolment did from year to year; where that is not known
either, its pupils are unknown from the next year on. Nobody's number is invented: what was assumed is in ``notes``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import pandas as pd

from edukit import schools
from edukit.assess import Assessment
from edukit.dictionary import STAGES, load
from edukit.formats import listed
from edukit.topics.places import ages

COHORT, GROWTH, UNKNOWN = "cohort", "growth", "unknown"
"""How a school's pupils were projected: by its grades, by the stage's growth, not at all."""
ENDS: Final = ("low", "high")
Range = tuple[float, float]


@dataclass(frozen=True)
class Projection:
    """Enrolment from the last year with data on.

    Attributes:
        year: the last year with data.
        enrolment: row (of the last year's ``source``), school, stage, year, low, high, method; unrounded pupils, of
            the last year itself the same low and high; NaN where unknown.
        county: stage, year, low, high: their sums; NaN where a school's are unknown.
        ratios: stage, grade (1 is the entry of junior schools), low, high, pairs (years that it was observed in; 0
            where it is assumed).
        notes: what was assumed or is missing, in Chinese.
    """

    year: int
    enrolment: pd.DataFrame
    county: pd.DataFrame
    ratios: pd.DataFrame
    notes: tuple[str, ...]


def grades(stage: str) -> tuple[str, ...]:
    """Fields with the pupils of each grade of a stage, lowest first.

    >>> grades("junior")
    ('grade1_junior', 'grade2_junior', 'grade3_junior', 'grade4_junior')
    """
    return load().field(f"pupils_{stage}").sum_of


def projection(years: Sequence[Assessment], until: int) -> Projection:
    """Enrolment of every school and stage up to a year.

    Args:
        years: assessments of one county, earliest first; ratios are observed between consecutive years.
        until: the last year to project, after the last year with data.

    Raises:
        ValueError: there is no year to project.
    """
    now = years[-1]
    if until <= now.year:
        raise ValueError(f"{until} is not after {now.year}")
    model = _Model(years)
    rows = [row for stage in now.scheme.stages for row in _of_stage(model, stage, until)]
    enrolment = pd.DataFrame(rows, columns=["row", "school", "stage", "year", *ENDS, "method"])
    county = enrolment.groupby(["stage", "year"], sort=False)[list(ENDS)].agg(_sum).reset_index()
    return Projection(now.year, enrolment, county, model.ratios(), tuple(dict.fromkeys(model.notes)))


def _sum(values: pd.Series) -> float:
    return float(values.sum(skipna=False))


def _over(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


class _Model:
    """Ratios of one county, and the schools of its last year."""

    def __init__(self, years: Sequence[Assessment]) -> None:
        self.years, self.now = years, years[-1]
        self.notes: list[str] = []
        self.pairs = [(a, b) for a, b in pairwise(years) if b.year == a.year + 1]
        if not self.pairs:
            self.notes.append("没有连续两年的数据，升级比例按1计，低值和高值可能相同，不代表没有变动。")
        self._births = self._known_births()
        self._grown: dict[str, dict[str, dict[int, pd.DataFrame]]] = {}
        self._ratios = {stage: self._steps(stage) for stage in self.now.scheme.stages}

    def used(self, stage: str) -> tuple[str, ...]:
        """The grades that the county has: a sixth primary or a fourth junior grade may not exist."""
        source = self.now.source
        return tuple(name for name in grades(stage) if not (source[name].fillna(0) == 0).all())

    def by_grade(self, stage: str) -> pd.DataFrame:
        """Pupils by grade of the schools that know all of theirs and whose sum is that of the stage."""
        known = self._known(self.now, stage)
        # Where the grades that are given make up the stage, one that is blank has nobody: no unknown becomes 0 here.
        return self.now.source.loc[known, list(self.used(stage))].fillna(0.0)

    def _known(self, each: Assessment, stage: str) -> pd.Series:
        numbers, all_ = each.source[list(grades(stage))], schools.stage_pupils(each.source)[stage]
        # A blank last grade is one that the school does not have, if the others make up the sum.
        return (numbers.sum(axis=1) == all_) & (all_ > 0) & numbers.iloc[:, 0].notna()

    def _total(self, each: Assessment, stage: str, name: str) -> float:
        """A grade of the whole county; NaN where a school with the stage does not tell."""
        teaches = schools.stage_pupils(each.source)[stage] != 0
        if not self._known(each, stage)[teaches].all():
            return math.nan
        return float(each.source.loc[teaches, name].sum())

    def _passed(self, a: Assessment, b: Assessment, stage: str, lower: str, upper: str) -> float:
        """One grade to the grade below it a year before: of the county, else of the schools known in both years."""
        whole = _over(self._total(b, stage, upper), self._total(a, stage, lower))
        if math.isfinite(whole):
            return whole
        same = schools.earlier(b.source, a.source).dropna()
        then, now = self._known(a, stage), self._known(b, stage)
        both = [(new, old) for new, old in same.items() if now[new] and then[old]]
        return _over(sum(b.source.at[new, upper] for new, _ in both), sum(a.source.at[old, lower] for _, old in both))

    def _known_births(self) -> dict[int, float]:
        found: dict[int, float] = {}
        for each in self.years:
            rows = each.evidence.years()
            own = rows[["year", "births"]].dropna() if len(rows) else pd.DataFrame({"year": [], "births": []})
            found |= {int(y): float(b) for y, b in zip(own["year"], own["births"], strict=True)}
        return found

    def _observed(self, values: list[float]) -> tuple[Range, int] | None:
        known = [value for value in values if math.isfinite(value) and value >= 0]
        return ((min(known), max(known)), len(known)) if known else None

    def _steps(self, stage: str) -> list[tuple[Range, int]]:
        """For each grade but the first the range of its ratio to the grade before, one year earlier."""
        steps = []
        for lower, upper in pairwise(self.used(stage)):
            seen = [self._passed(a, b, stage, lower, upper) for a, b in self.pairs]
            steps.append(self._observed(seen) or ((1.0, 1.0), 0))
        return steps

    def entrants(self, stage: str, year: int) -> Range:
        """New first graders of the whole county in a year; NaN where nothing tells."""
        first = self.used(stage)[0]
        have = [total for each in self.years if math.isfinite(total := self._total(each, stage, first))]
        spread = (min(have), max(have)) if have else (math.nan, math.nan)
        if stage != "primary":
            return spread
        age = ages()["primary"][0]
        observed = self._observed(
            [_over(self._total(each, stage, first), self._births.get(each.year - age, math.nan)) for each in self.years]
        )
        born = self._births.get(year - age, math.nan)
        if observed is None or math.isnan(born):
            self.notes.append(f"{year}年小学新生没有可用的出生人口，取已有各年一年级人数的最少和最多。")
            return spread
        return born * observed[0][0], born * observed[0][1]

    def transition(self) -> tuple[Range, int]:
        """First junior graders to the last primary graders of the year before."""
        junior, primary = self.used("junior"), self.used("primary")
        if not junior or not primary:
            return (math.nan, math.nan), 0
        after = [self._total(b, "junior", junior[0]) for _, b in self.pairs]
        before = [self._total(a, "primary", primary[-1]) for a, _ in self.pairs]
        seen = [_over(new, old) for new, old in zip(after, before, strict=True)]
        return self._observed(seen) or ((1.0, 1.0), 0)

    def growth(self, stage: str) -> tuple[Range, int] | None:
        """The stage's whole enrolment to that of the year before; None where no two years are known."""
        sums = [[_sum(schools.stage_pupils(each.source)[stage]) for each in pair] for pair in self.pairs]
        return self._observed([_over(b, a) for a, b in sums])

    def ratios(self) -> pd.DataFrame:
        """The ratios that are used, see :attr:`Projection.ratios`."""
        rows = []
        for stage, steps in self._ratios.items():
            if stage == "junior" and self.used(stage):
                (low, high), pairs = self.transition()
                rows.append((stage, 1, low, high, pairs))
            rows += [(stage, i, low, high, pairs) for i, ((low, high), pairs) in enumerate(steps, start=2)]
        return pd.DataFrame(rows, columns=["stage", "grade", *ENDS, "pairs"])

    def grown(self, stage: str, until: int) -> dict[str, dict[int, pd.DataFrame]]:
        """By end and year: pupils by grade of the schools that know theirs."""
        if stage not in self._grown:
            self._grown[stage] = self._grow(stage, until)
        return self._grown[stage]

    def _grow(self, stage: str, until: int) -> dict[str, dict[int, pd.DataFrame]]:
        found: dict[str, dict[int, pd.DataFrame]] = {}
        start, names = self.by_grade(stage), self.used(stage)
        if start.empty or not names:
            return {end: {} for end in ENDS}
        total = start[names[0]].sum()
        for side, end in enumerate(ENDS):
            table, own = start, {self.now.year: start}
            for year in range(self.now.year + 1, until + 1):
                new = self._entering(stage, year, side, until)
                aged = {name: table[names[i]] * self._ratios[stage][i][0][side] for i, name in enumerate(names[1:])}
                first = start[names[0]] * (new / total if total else math.nan)
                table = pd.DataFrame({names[0]: first, **aged})
                own[year] = table
            found[end] = own
        return found

    def _entering(self, stage: str, year: int, side: int, until: int) -> float:
        """The county's new first graders that fall to the schools that know their grades."""
        known, total = self._known(self.now, stage), self._total(self.now, stage, self.used(stage)[0])
        own = float(self.now.source.loc[known, self.used(stage)[0]].sum())
        part = own / total if math.isfinite(total) and total else 1.0
        if stage == "junior" and self._known(self.now, "primary").any():
            leavers = self.grown("primary", until)[ENDS[side]].get(year - 1)
            if leavers is not None and math.isfinite(self._total(self.now, "primary", self.used("primary")[0])):
                return float(leavers[self.used("primary")[-1]].sum()) * self.transition()[0][side] * part
        new = self.entrants(stage, year)[side]
        return new * part if math.isfinite(new) else own


def _of_stage(model: _Model, stage: str, until: int) -> list[tuple[object, ...]]:
    now, rows = model.now, []
    pupils = schools.stage_pupils(now.source)[stage]
    grown, growth = model.grown(stage, until), model.growth(stage)
    open_ = []
    for row, count in pupils.items():
        if count == 0:
            continue
        name = now.source.at[row, "school_name"]
        by_grade = bool(grown[ENDS[0]]) and row in grown[ENDS[0]][now.year].index
        method = COHORT if by_grade else GROWTH if growth is not None and not math.isnan(count) else UNKNOWN
        if method != COHORT:
            open_.append(str(name))
        for year in range(now.year, until + 1):
            ahead = year - now.year
            if by_grade:
                ends = [float(grown[end][year].loc[row].sum()) for end in ENDS]
            elif growth is not None:
                ends = [count * ratio**ahead for ratio in growth[0]]
            else:
                ends = [count if ahead == 0 else math.nan] * 2
            rows.append((row, name, stage, year, *ends, method))
    if open_:
        how = "按全县该学段在校生逐年变化推算" if growth else "今后各年按未知处理"
        model.notes.append(f"{STAGES[stage]}没有分年级在校生数的{len(open_)}所：{listed(open_, most=6)}，{how}。")
    return rows
