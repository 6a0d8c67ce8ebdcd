"""What judging a county gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from edukit.assess.blocks import ALL, RESOURCES, blocks, scope, scope_finding
from edukit.cards import card
from edukit.dictionary import STAGES
from edukit.findings import Findings, worst_first
from edukit.frames import records
from edukit.items import Evidence, judged
from edukit.schemes import Option, Scheme
from edukit.verdict import Verdict, all_of


@dataclass(frozen=True)
class Assessment:
    """What a scheme says about a county in one year.

    Attributes:
        code, county, year: whom and when it is about.
        scheme: the policy as it was applied: with the options in use and the county's own school standards.
        source: the schools, one row each; where the scheme counts branches with their main school, added to it.
        units: one row per unit (school x stage) that is judged, see :class:`edukit.schools.Units`.
        cells: one row per unit and indicator: unit, school, code, stage, indicator, pupils, resource, value,
            threshold, floor, verdict ("" without threshold), below_floor, contribution (part of CV², NaN if unknown).
        balance: one row per stage and indicator: stage, indicator, name, unit, n_units, pupils, mean, sd, cv,
            cv_limit, verdict ("" without limit), unknown (units whose number is missing). ``mean`` and ``sd`` are in
            the indicator's unit.
        composite: one row per stage where the scheme has a composite limit: stage, cv, limit, verdict.
        schools: one row per unit: unit, school, code, stage, pupils, n_met, n_unknown, below_floor (list), verdict.
        excluded: schools left out, with stage and reason.
        parts: verdicts within the block of the indicators: schools (thresholds), balance (CVs), composite.
        evidence: what the items are judged from.
        noticed: problems of the data but the one that :attr:`findings` adds.
    """

    code: str
    county: str
    year: int
    scheme: Scheme
    source: pd.DataFrame
    units: pd.DataFrame
    cells: pd.DataFrame
    balance: pd.DataFrame
    composite: pd.DataFrame
    schools: pd.DataFrame
    excluded: pd.DataFrame
    parts: Mapping[str, Verdict]
    evidence: Evidence
    noticed: Findings

    # Items cost as much as all else and of a year that is only compared with nobody asks for them.

    @cached_property
    def items(self) -> pd.DataFrame:
        """Items of the other blocks, see :data:`edukit.items.COLUMNS`."""
        return judged(self.scheme, self.evidence)

    @cached_property
    def blocks(self) -> pd.DataFrame:
        """One row per block.

        Columns name, rule, verdict, n_items, n_met, n_not_met, n_unknown, earned_low, earned_high, limit (pass mark;
        NaN without marks), counts (whether it enters the county's verdict), note.
        """
        return blocks(self.parts, self.items, self.scheme, self.year)

    @cached_property
    def scope(self) -> str:
        """What the verdict is about.

        ``all``: all blocks; ``resources`` where the workbook tells nothing of the other blocks, so that the verdict is
        that of the indicators alone, and says so.
        """
        return scope(self.items, self.scheme)

    @cached_property
    def findings(self) -> Findings:
        """Problems of the data, worst first."""
        return worst_first([*self.noticed, *scope_finding(self.scope, self.scheme)])

    @property
    def verdict(self) -> Verdict:
        """Whether the county passes: all blocks that count, or the indicators alone where ``scope`` says so."""
        if self.scope == RESOURCES:
            return self.resource_verdict
        return all_of(Verdict(v) for v in self.blocks.loc[self.blocks["counts"], "verdict"])

    @property
    def resource_verdict(self) -> Verdict:
        """The verdict of the indicators: thresholds of the schools and balance between them."""
        return all_of(self.parts.values())

    @property
    def options(self) -> tuple[Option, ...]:
        """Relaxations and uncertain rules that were used."""
        return self.scheme.used

    @cached_property
    def by_cell(self) -> Mapping[tuple[int, str], Mapping[str, Any]]:
        """The rows of ``cells`` by unit and indicator, for whoever looks at one after the other."""
        return {(cell["unit"], cell["indicator"]): cell for cell in records(self.cells)}

    @cached_property
    def unit_names(self) -> Mapping[int, str]:
        """What a reader reads for each unit: its school; with its section where the school has several."""
        several = self.units["row"].duplicated(keep=False)
        names = self.units["school"] + (self.units["stage"].map(STAGES) + "部").where(several, "")
        return dict(names.items())

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that have at least one unit."""
        present = set(self.units["stage"])
        return tuple(stage for stage in self.scheme.stages if stage in present)

    def __repr__(self) -> str:
        return f"<Assessment {self.county}{self.year}年 {self.scheme.id} {self.verdict.label}>"

    def _repr_html_(self) -> str:
        """Verdicts and counts, and where to find the rest."""
        over = self.balance[self.balance["verdict"] == Verdict.NOT_MET.value]
        names = [f"{STAGES[r['stage']]}{self.scheme.indicator(r['indicator']).short}" for r in records(over)]
        met = int((self.schools["verdict"] == Verdict.MET.value).sum())
        facts = [
            ("结论", self.verdict.label + ("" if self.scope == ALL else "（只就资源配置）")),
            *((row["name"], Verdict(row["verdict"]).label) for row in records(self.blocks)),
            ("学校", f"{len(self.schools)} 个学段单位" + (f"，{met} 个达标" if self.scheme.school_rule else "")),
            ("超过上限的差异系数", "、".join(names) or "无"),
            ("数据提示", self.findings.told),
        ]
        note = "明细：.schools 各校，.cells 各校各指标，.balance 差异系数，.items 各事项，.findings 数据提示。"
        return card(f"{self.county or '本县'}{self.year}年《{self.scheme.name}》测算结果", facts, note)

    def matrix(self, column: str = "value", stage: str | None = None) -> pd.DataFrame:
        """One column of ``cells`` as units x indicators, in the order of ``units``."""
        shape = len(self.scheme.ids), len(self.units)  # the cells stand one indicator after the other
        ids = pd.Index(self.scheme.ids, name="indicator")
        wide = pd.DataFrame(self.cells[column].to_numpy().reshape(shape).T, index=self.units.index, columns=ids)
        return wide if stage is None else wide[self.units["stage"] == stage]
