"""Scheme x data -> Assessment: a verdict for every unit, indicator, item and the county, with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit import dispersion, indicators, schools
from edukit.dictionary import STAGES_OF_TYPE, load
from edukit.exact import at_least, close, fraction, roots_at_most
from edukit.findings import Finding, Severity, worst_first
from edukit.items import COLUMNS, Evidence, judge_items, judge_school_items
from edukit.schemes import Indicator, Scheme
from edukit.verdict import Verdict, all_of

Locate = Callable[[object, str], str]
"""Where a school's field stands in the source: (row of the schools frame, field name) -> e.g. 学校!E5."""


@dataclass(frozen=True)
class Assessment:
    """What a scheme says about a county in one year.

    Attributes:
        code, county, year: whom and when it is about.
        units: one row per unit (school x stage) that is judged, see :class:`edukit.schools.Units`.
        cells: one row per unit and indicator: unit, school, code, stage, indicator, pupils, resource, value,
            threshold, floor, verdict ("" without threshold), below_floor, contribution (part of CV², NaN if unknown).
        balance: one row per stage and indicator: stage, indicator, name, unit, n_units, pupils, mean, sd, cv,
            cv_limit, verdict ("" without limit), unknown (units whose number is missing). ``mean`` and ``sd`` are in
            the indicator's unit.
        composite: one row per stage where the scheme has a composite limit: stage, cv, limit, verdict.
        schools: one row per unit: unit, school, code, stage, pupils, n_met, n_unknown, below_floor (list), verdict.
        items: items of other blocks that the 学校 sheet carries: id, block, name, value, limit, verdict, evidence.
            They do not enter ``verdict``.
        excluded: schools left out, with stage and reason.
        findings: problems of the data, worst first.
        verdict: of the balance between schools and of the schools' thresholds together.
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
    items: pd.DataFrame
    excluded: pd.DataFrame
    findings: tuple[Finding, ...]
    verdict: Verdict
    blocks: dict[str, Verdict] = field(default_factory=dict)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that have at least one unit."""
        present = set(self.units["stage"])
        return tuple(stage for stage in self.scheme.stages if stage in present)

    def matrix(self, column: str = "value", stage: str | None = None) -> pd.DataFrame:
        """One column of ``cells`` as units x indicators, in the order of ``units``."""
        wide = self.cells.pivot(index="unit", columns="indicator", values=column)
        wide = wide.reindex(index=self.units.index, columns=list(self.scheme.ids))
        return wide if stage is None else wide[self.units["stage"] == stage]


def assess(
    source: pd.DataFrame,
    scheme: Scheme,
    *,
    code: str = "",
    county: str = "",
    year: int = 0,
    findings: Iterable[Finding] = (),
    locate: Locate | None = None,
    sheets: Mapping[str, pd.DataFrame] | None = None,
) -> Assessment:
    """Judge a county's schools under a scheme.

    Args:
        source: one row per school, columns named as in the dictionary, all fields of the 学校 sheet present;
            unknown is NaN.
        scheme: the policy to judge by.
        code: the county's code, for the record.
        county: its name.
        year: the year of the data.
        findings: what reading and checking found, carried along.
        locate: names the cell that would settle an unknown; without it findings name the school only.
        sheets: the other sheets of the workbook by name (县级, 专用教室, 核查结论), for the items.

    Returns:
        An assessment in which an unknown number makes ``undetermined`` what depends on it, and nothing else.
    """
    found = schools.units(source, scheme)
    totals = indicators.resources(found.frame, source, scheme)
    values = indicators.values(totals, found.frame, scheme)
    cells = _cells(found.frame, source, totals, values, scheme)
    balance = _balance(found.frame, source, totals, scheme)
    composite = _composite(balance, scheme, found.frame, source)
    by_school = _schools(found.frame, cells, scheme)
    blocks = _blocks(balance, composite, by_school, scheme)
    return Assessment(
        code=code,
        county=county,
        year=year,
        scheme=scheme,
        source=source,
        units=found.frame,
        cells=cells,
        balance=balance,
        composite=composite,
        schools=by_school,
        items=_items(found.frame, source, scheme, year, sheets or {}),
        excluded=found.excluded,
        findings=tuple(worst_first([*findings, *_unknown(cells, source, found.frame, scheme, locate)])),
        verdict=all_of(blocks.values()),
        blocks=blocks,
    )


def _cells(
    units: pd.DataFrame, source: pd.DataFrame, totals: pd.DataFrame, values: pd.DataFrame, scheme: Scheme
) -> pd.DataFrame:
    n, k = len(units), len(scheme.indicators)
    cells = units.loc[np.tile(units.index, k), ["school", "code", "stage", "pupils"]]
    cells.insert(0, "unit", cells.index)
    judged = [
        _judged(indicator, values[indicator.id].to_numpy(), units, source, scheme) for indicator in scheme.indicators
    ]
    columns = {
        "indicator": np.repeat(np.array(scheme.ids, dtype=object), n),
        "resource": totals.to_numpy(float).T.ravel(),
        "value": values.to_numpy(float).T.ravel(),
        **{name: np.concatenate([part[name] for part in judged]) for name in judged[0]},
        "contribution": np.concatenate([_contributions(totals[id_].to_numpy(), units) for id_ in scheme.ids]),
    }
    return cells.assign(**columns).reset_index(drop=True)


def _judged(
    indicator: Indicator, value: NDArray[np.float64], units: pd.DataFrame, source: pd.DataFrame, scheme: Scheme
) -> dict[str, NDArray[np.generic]]:
    """Threshold, floor, verdict ("" without threshold) and whether it is below the floor, of every unit."""

    def exact(i: int) -> Fraction:
        unit = units.iloc[i]
        resource = indicators.exact_resource(indicator, unit, source.loc[unit["row"]], scheme)
        return resource * indicator.per / fraction(unit["pupils"])

    stage, rule = units["stage"], scheme.school_rule
    floors = {stage: rule.floor(limit) for stage, limit in indicator.threshold.items()} if rule else {}
    threshold, floor = (stage.map(limits).to_numpy(float) for limits in (indicator.threshold, floors))
    reached, above = at_least(value, threshold, exact), at_least(value, floor, exact)
    verdict = np.select(
        [np.isnan(threshold), np.isnan(value), reached],
        ["", Verdict.UNDETERMINED.value, Verdict.MET.value],
        Verdict.NOT_MET.value,
    )
    below = ~(np.isnan(value) | np.isnan(floor) | above)
    return {"threshold": threshold, "floor": floor, "verdict": verdict.astype(object), "below_floor": below}


def _contributions(resource: NDArray[np.float64], units: pd.DataFrame) -> NDArray[np.float64]:
    """Each unit's part of CV² within its own stage."""
    parts = np.full(len(units), np.nan)
    for stage in units["stage"].unique():
        here = (units["stage"] == stage).to_numpy()
        parts[here] = dispersion.contributions(resource[here], units["pupils"].to_numpy()[here])
    return parts


def _balance(units: pd.DataFrame, source: pd.DataFrame, totals: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    stage_number = units["stage"].map({stage: i for i, stage in enumerate(scheme.stages)}).to_numpy(dtype=np.intp)
    spread = dispersion.spread(totals.to_numpy(float), units["pupils"], stage_number, len(scheme.stages))
    rows = []
    for s, stage in enumerate(scheme.stages):
        if not spread.n_units[s]:
            continue
        here = units[units["stage"] == stage]
        for k, indicator in enumerate(scheme.indicators):
            limit = indicator.cv_limit.get(stage, np.nan)
            exact = partial(_exact_square, indicator, here, source, scheme)
            rows.append(
                {
                    "stage": stage,
                    "indicator": indicator.id,
                    "name": indicator.name,
                    "unit": indicator.unit,
                    "n_units": int(spread.n_units[s]),
                    "pupils": spread.pupils[s],
                    "mean": spread.mean[s, k] * indicator.per,
                    "sd": spread.sd[s, k] * indicator.per,
                    "cv": spread.cv[s, k],
                    "cv_limit": limit,
                    "verdict": _cv_verdict(spread.cv[s, k], limit, exact),
                    "unknown": int(spread.unknown[s, k]),
                }
            )
    columns = "stage indicator name unit n_units pupils mean sd cv cv_limit verdict unknown".split()
    return pd.DataFrame(rows, columns=columns)


def _exact_square(indicator: Indicator, units: pd.DataFrame, source: pd.DataFrame, scheme: Scheme) -> Fraction:
    resources = [
        indicators.exact_resource(indicator, unit, source.loc[unit["row"]], scheme) for _, unit in units.iterrows()
    ]
    return dispersion.exact_square(resources, units["pupils"])


def _cv_verdict(cv: float, limit: float, exact: Callable[[], Fraction]) -> str:
    if np.isnan(limit):
        return ""
    if np.isnan(cv):
        return Verdict.UNDETERMINED.value
    within = exact() <= fraction(limit) ** 2 if close(np.array([cv]), limit)[0] else cv <= limit
    return (Verdict.MET if within else Verdict.NOT_MET).value


def _composite(balance: pd.DataFrame, scheme: Scheme, units: pd.DataFrame, source: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for stage, limit in scheme.composite_limit.items():
        cvs = balance.loc[balance["stage"] == stage, "cv"]
        if len(cvs):
            cv = float(np.mean(cvs.to_numpy()))
            within = cv <= limit
            if close(np.array([cv]), limit)[0]:
                here = units[units["stage"] == stage]
                within = roots_at_most([_exact_square(i, here, source, scheme) for i in scheme.indicators], limit)
            verdict = Verdict.UNDETERMINED if np.isnan(cv) else Verdict.MET if within else Verdict.NOT_MET
            rows.append({"stage": stage, "cv": cv, "limit": limit, "verdict": verdict.value})
    return pd.DataFrame(rows, columns=["stage", "cv", "limit", "verdict"])


def _schools(units: pd.DataFrame, cells: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    result = units[["school", "code", "stage", "pupils"]].copy()
    result.insert(0, "unit", units.index)
    judged, shape = (
        bool(scheme.school_rule),
        (len(scheme.indicators), len(units)),
    )  # cells: one indicator after the other
    verdicts, below = (cells[column].to_numpy(object).reshape(shape) for column in ("verdict", "below_floor"))
    result["n_met"] = (verdicts == Verdict.MET.value).sum(axis=0) if judged else np.nan
    result["n_unknown"] = (verdicts == Verdict.UNDETERMINED.value).sum(axis=0) if judged else np.nan
    ids = np.array(scheme.ids, dtype=object)
    result["below_floor"] = [list(ids[own.astype(bool)]) for own in below.T]
    result["verdict"] = ""
    if judged:
        result["verdict"] = [_school_verdict(row, scheme) for row in result.to_dict("records")]
    return result


def _school_verdict(row: dict[str, object], scheme: Scheme) -> str:
    """At least ``min_met`` thresholds reached and none of the others below the floor, with unknowns left open."""
    rule = scheme.school_rule
    met, unknown = int(row["n_met"]), int(row["n_unknown"])  # type: ignore[call-overload]
    if rule is None:
        return ""
    if row["below_floor"] or met + unknown < rule.min_met:
        return Verdict.NOT_MET.value
    return Verdict.UNDETERMINED.value if unknown else Verdict.MET.value


def _blocks(
    balance: pd.DataFrame, composite: pd.DataFrame, by_school: pd.DataFrame, scheme: Scheme
) -> dict[str, Verdict]:
    blocks = {}
    if scheme.school_rule:
        blocks["schools"] = all_of(Verdict(v) for v in by_school["verdict"])
    if any(indicator.cv_limit for indicator in scheme.indicators):
        blocks["balance"] = all_of(Verdict(v) for v in balance["verdict"] if v)
    if scheme.composite_limit:
        blocks["composite"] = all_of(Verdict(v) for v in composite["verdict"])
    return blocks


def _items(
    units: pd.DataFrame, source: pd.DataFrame, scheme: Scheme, year: int, sheets: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    nothing = pd.DataFrame()
    years = sheets.get("县级", nothing)
    if len(years):
        years = years[years["year"].notna()].drop_duplicates("year", keep="last").set_index("year")
    evidence = Evidence(
        schools=source,
        units=units,
        county=years,
        year=year,
        rooms=sheets.get("专用教室", nothing),
        findings=sheets.get("核查结论", nothing),
    )
    rows = [*judge_school_items(scheme.school_items, evidence), *judge_items(scheme.items, evidence)]
    order = {item.id: position for position, item in enumerate(scheme.all_items)}
    return pd.DataFrame(sorted(rows, key=lambda row: order[str(row["id"])]), columns=list(COLUMNS))


def _unknown(
    cells: pd.DataFrame, source: pd.DataFrame, units: pd.DataFrame, scheme: Scheme, locate: Locate | None
) -> list[Finding]:
    """One finding for each input cell whose value would settle something, or for a whole column that is blank."""
    missing: dict[str, list[object]] = {}
    for cell in cells[cells["value"].isna()].itertuples():
        row, indicator = units.at[cell.unit, "row"], scheme.indicator(str(cell.indicator))
        needed = list(indicator.fields(str(cell.stage)))
        if indicator.split and np.isnan(units.at[cell.unit, "share"]):
            needed += [f"pupils_{stage}" for stage in STAGES_OF_TYPE[source.at[row, "school_type"]]]
        for name in needed:
            if pd.isna(source.at[row, name]) and row not in missing.setdefault(name, []):
                missing[name].append(row)
    findings = []
    for name, rows in missing.items():
        affected = [
            f"{i.short}（{i.id}）" for i in scheme.indicators if any(name in i.fields(stage) for stage in scheme.stages)
        ]
        what = "、".join(affected) or "拆分到学段的各项指标"
        header = load().field(name).header
        if len(rows) > 1 and source[name].isna().all():
            findings.append(
                _blank(name, "学校", f"“{header}”整列空白或缺少这一列，{what}无法判定", f"补填“{header}”列")
            )
            continue
        for row in rows:
            school = str(source.at[row, "school_name"])
            where = locate(row, name) if locate else "学校"
            findings.append(_blank(name, where, f"{school}的“{header}”空白，{what}无法判定", "补填该单元格", school))
    return findings


def _blank(name: str, where: str, problem: str, action: str, school: str = "") -> Finding:
    return Finding(
        Severity.WARNING, "unknown-value", where, problem, action=f"{action}；确为零的填 0", school=school, field=name
    )
