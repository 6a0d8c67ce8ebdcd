"""Places per thousand residents (千人学位数): how many are needed, how many there are, and whether births agree.

demand = residents / 1000 x norm; supply = designed classes x class size, or the approved capacity;
gap = demand - supply. A norm of m places in a stage of g grades is right for a cohort of m / g per thousand residents:
with 80 places in six primary grades and 40 in three junior grades that is the same cohort, 13.3 ‰. Norms and class
sizes are arguments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from edukit.dictionary import STAGES
from edukit.exact import ceiling, fraction, total
from edukit.formats import beside, decimal, plain, whole
from edukit.outcome import Outcome, in_percent, missing
from edukit.verdict import Verdict


def supply(schools: pd.DataFrame, *, places: Mapping[str, tuple[str, float]]) -> pd.DataFrame:
    """The places that each school offers, by stage.

    Args:
        schools: one row per school, with school_name, school_code and the columns that ``places`` names.
        places: stage -> (column, places per unit of it): designed classes with the class size, or an approved
            capacity with 1. Schools without the stage have 0 in the column; blank is unknown.

    Returns:
        One row per school and stage: school, code, stage, places.
    """
    parts = [
        pd.DataFrame(
            {
                "school": schools["school_name"],
                "code": schools["school_code"],
                "stage": stage,
                "places": schools[column].astype(float) * per,
            }
        )
        for stage, (column, per) in places.items()
    ]
    return pd.concat(parts, ignore_index=True)


def seats(residents: float, offered: pd.DataFrame, *, norms: Mapping[str, float]) -> pd.DataFrame:
    """Demand, supply and gap of each stage.

    Args:
        residents: persons (not 万人) of the area planned for, counted where they live; NaN is unknown.
        offered: one row per school and stage with the columns school, stage, places, see :func:`supply`.
        norms: stage -> places per 1,000 residents.

    Returns:
        One row per stage of ``norms``: stage, residents, norm, demand, supply, gap (demand - supply, negative where
        there is room to spare), lacking (whole places, never rounded down), per_thousand (supply per 1,000
        residents), known_supply, unknown (tuple of the schools whose places are not known), verdict. Places of some
        schools may be unknown: if the others suffice, the norm is met all the same.
    """
    return pd.DataFrame([_stage(stage, residents, offered[offered["stage"] == stage], norms[stage]) for stage in norms])


def _stage(stage: str, residents: float, offered: pd.DataFrame, norm: float) -> dict[str, object]:
    blank = offered["places"].isna()
    known = total(offered.loc[~blank, "places"])
    unknown = tuple(offered.loc[blank, "school"])
    # No school in the list is not the same as no places: an empty list is unknown.
    have = math.nan if len(offered) == 0 or unknown else known
    need = None if pd.isna(residents) else fraction(residents) * fraction(norm) / 1000
    gap = None if need is None or math.isnan(have) else need - fraction(have)
    verdict = Verdict.UNDETERMINED
    if need is not None and len(offered) and fraction(known) >= need:
        verdict = Verdict.MET
    elif gap is not None:
        verdict = Verdict.NOT_MET
    lacking = max(Fraction(0), gap) if gap is not None else None
    return {
        "stage": stage,
        "residents": residents,
        "norm": norm,
        "demand": math.nan if need is None else float(need),
        "supply": have,
        "gap": math.nan if gap is None else float(gap),
        "lacking": math.nan if lacking is None else float(_whole(lacking)),
        "per_thousand": _per_thousand(have, residents),
        "known_supply": known,
        "unknown": unknown,
        "verdict": verdict.value,
    }


def _per_thousand(places: float, residents: float) -> float:
    if not residents or math.isnan(residents) or math.isnan(places):
        return math.nan
    return float(fraction(places) * 1000 / fraction(residents))


def _whole(places: Fraction) -> int:
    return ceiling(float(places), lambda: places)


def seat_outcomes(frame: pd.DataFrame) -> list[Outcome]:
    """The rows of :func:`seats` as outcomes: places per 1,000 residents against the norm, each with its sentence."""
    return [_outcome(row) for row in frame.to_dict("records")]


def _outcome(row: Mapping[str, Any]) -> Outcome:
    stage, norm = STAGES[str(row["stage"])], float(row["norm"])
    numbers = {key: float(row[key]) for key in row if key not in ("stage", "unknown", "verdict")}
    have, residents, gap = numbers["supply"], numbers["residents"], numbers["gap"]
    unknown = tuple(str(name) for name in row["unknown"])
    verdict = Verdict(str(row["verdict"]))
    facts = []
    if not math.isnan(residents):
        facts.append(f"常住人口{whole(residents)}人，按每千人{plain(norm)}个应有{stage}学位{_up(numbers['demand'])}个")
    if not math.isnan(have):
        facts.append(f"现有{whole(have)}个")
    elif numbers["known_supply"]:
        facts.append(
            f"已知的学校合计{whole(numbers['known_supply'])}个" + ("，已经够用" if verdict is Verdict.MET else "")
        )
    if not math.isnan(gap):
        facts.append(f"每千人{beside(numbers['per_thousand'], norm, 1)}个")
        facts.append(
            f"缺{whole(numbers['lacking'])}个" if gap > 0 else f"富余{whole(math.floor(-gap))}个" if gap else "正好够用"
        )
    open_ = (*(["常住人口"] if math.isnan(residents) else []), *unknown)
    if math.isnan(have) and not unknown:
        open_ = (*open_, f"{stage}学位数")
    return Outcome(
        f"{stage}每千人学位数不少于{plain(norm)}个",
        numbers["per_thousand"],
        norm,
        "个",
        verdict,
        ("，".join(facts) + "。" if facts else "") + missing(open_, measure="项"),
        (stage,) if verdict is Verdict.NOT_MET else (),
        open_,
    )


def _up(number: float) -> str:
    """A need in whole places, never shown smaller than it is."""
    return whole(ceiling(number, lambda: fraction(number)))


# ---- the cross-check with births ------------------------------------------------------------------------------------


def cohort_rate(norm: float, grades: int) -> Fraction:
    """The children per 1,000 residents in one year of age for which a norm has just enough places.

    >>> cohort_rate(80, 6) == cohort_rate(40, 3)
    True
    >>> round(float(cohort_rate(80, 6)), 1)
    13.3
    """
    return fraction(norm) / grades


def birth_check(
    births: pd.Series,
    residents: float,
    *,
    year: int,
    norms: Mapping[str, float],
    ages: Mapping[str, tuple[int, int]],
) -> pd.DataFrame:
    """Whether the norm fits the children who were born: the cohorts at school age against residents x norm.

    Neither deaths nor moves are counted, so this is a check of the norm, not a forecast and never a verdict.

    Args:
        births: children by year of birth.
        residents: persons.
        year: the calendar year in which the school year begins.
        norms: stage -> places per 1,000 residents.
        ages: stage -> youngest and oldest age in years, both inclusive; their number is the number of grades.

    Returns:
        One row per stage: stage, first_born, last_born, children (NaN where a year is missing), demand (by the norm),
        difference (children - demand), cohort_rate (children per grade per 1,000 residents), norm_rate (the same for
        the norm), missing (tuple of years).
    """
    rows = []
    for stage, (youngest, oldest) in ages.items():
        born = range(year - oldest, year - youngest + 1)
        absent = tuple(y for y in born if pd.isna(births.get(y)))
        children = math.nan if absent else total(births[y] for y in born)
        demand = residents / 1000 * norms[stage]
        rows.append(
            {
                "stage": stage,
                "first_born": born[0],
                "last_born": born[-1],
                "children": children,
                "demand": demand,
                "difference": children - demand,
                "cohort_rate": _per_thousand(children, residents) / len(born),
                "norm_rate": float(cohort_rate(norms[stage], len(born))),
                "missing": absent,
            }
        )
    return pd.DataFrame(rows)


def birth_sentence(row: Mapping[str, Any] | pd.Series) -> str:
    """One row of :func:`birth_check` as a sentence."""
    stage, years = STAGES[str(row["stage"])], f"{row['first_born']}至{row['last_born']}年"
    if row["missing"]:
        return f"{stage}：{years}出生人口缺{'、'.join(f'{y}年' for y in row['missing'])}，无法与千人学位标准核对。"
    children, demand = float(row["children"]), float(row["demand"])
    if math.isnan(demand):
        return f"{stage}：缺常住人口数，出生人口无法与千人学位标准核对。"
    less = "多" if children > demand else "少"
    share = f"，相差{decimal(abs(in_percent(fraction(children) / fraction(demand) - 1)), 1)}%" if demand else ""
    return (
        f"{stage}：{years}出生{whole(children)}人，按千人学位标准为{whole(demand)}个，出生人口{less}"
        f"{whole(abs(children - demand))}人{share}。出生人口未计迁移，只作核对。"
    )
