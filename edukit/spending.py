"""What was spent: growth over the years, money for training, wages, and the funds of special schools.

三个增长 (教育法、义务教育法): (1) public appropriations for education grow faster than recurrent revenue;
(2) expenditure  and per pupil, does not fall. Every limit is an argument; comparisons are made in fractions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

import pandas as pd

from edukit.dictionary import load
from edukit.exact import fraction
from edukit.formats import beside, decimal, plain
from edukit.outcome import Outcome, decided, in_percent, missing
from edukit.verdict import Verdict

ALLOCATION, REVENUE, EXPENDITURE = "edu_alloc", "revenue_recurrent", "edu_exp"
PER_PUPIL = "edu_exp_pp"
PER_PUPIL_EXPENDITURE = ("exp_pp_primary", "exp_pp_junior")
GROWING = (*PER_PUPIL_EXPENDITURE, "wage", "funds_pp_primary", "funds_pp_junior")
"""Fields of the 县级 sheet that must grow from year to year: the second and the third of the three growths."""


# ---- over the years -------------------------------------------------------------------------------------------------


def by_year(county: pd.DataFrame, field: str) -> pd.Series:
    """A field of the 县级 sheet as numbers by year, ascending.

    A year without a row is not in it; one with two rows that disagree is unknown.
    """
    numbers = county.dropna(subset=["year"]).groupby(county["year"].dropna().astype(int))[field]
    return numbers.agg(lambda given: given.dropna().iloc[0] if given.nunique() == 1 else math.nan).astype(float)


def growth(values: pd.Series) -> pd.Series:
    """Yearly growth ``v[t] / v[t-1] - 1``, by year.

    Args:
        values: numbers by year (whole years as index, in any order).

    Returns:
        For every year between the first (without it) and the last; NaN where the year or the one before is unknown or
        the year before is zero.

    >>> growth(pd.Series({2018: 100.0, 2019: 125.0, 2021: 90.0})).to_dict()
    {2019: 0.25, 2020: nan, 2021: nan}
    """
    if values.empty:
        return values.astype(float)
    years = range(int(values.index.min()) + 1, int(values.index.max()) + 1)
    rates = [_rate(values, year) for year in years]
    return pd.Series([math.nan if rate is None else float(rate) for rate in rates], index=list(years), dtype=float)


def _at(values: pd.Series, year: int) -> Fraction | None:
    number = values.get(year)
    return None if number is None or pd.isna(number) else fraction(number)


def _rate(values: pd.Series, year: int) -> Fraction | None:
    now, before = _at(values, year), _at(values, year - 1)
    return None if now is None or not before else now / before - 1


def three_growths(county: pd.DataFrame, *, year: int, years: int) -> list[Outcome]:
    """The three growths, each of their conditions on its own; all must hold, strictly.

    Args:
        county: rows of the 县级 sheet, one per year.
        year: the last year that is judged.
        years: how many years of growth; one more year of numbers is needed.

    Returns:
        Six outcomes: appropriations against recurrent revenue (``value`` is the smallest lead in percentage points),
        then expenditure per pupil (primary, junior), wage per teacher, public funds per pupil (primary, junior), with
        the smallest yearly growth in % as ``value``. ``failing`` and ``unknown`` name the years.
    """
    asked = range(year - years + 1, year + 1)
    return [_faster(county, asked), *(_grows(county, (field,), asked, strict=True) for field in GROWING)]


def never_falls(county: pd.DataFrame, *, year: int, years: int) -> list[Outcome]:
    """The two that may only rise: public expenditure on education, and the same per pupil.

    Args:
        county: rows of the 县级 sheet, one per year.
        year: the last year that is judged.
        years: how many years are compared with the year before.

    Returns:
        Two outcomes with the smallest yearly growth in % as ``value``. The second is
        按在校学生人数平均的一般公共预算教育支出; a county that gives none of it is asked for 生均教育事业费 of both
        stages instead, which is the larger part of it.
    """
    asked = range(year - years + 1, year + 1)
    given = PER_PUPIL in county and bool(county[PER_PUPIL].notna().any())
    per_pupil = (PER_PUPIL,) if given else PER_PUPIL_EXPENDITURE
    return [_grows(county, fields, asked, strict=False) for fields in ((EXPENDITURE,), per_pupil)]


def _faster(county: pd.DataFrame, asked: Sequence[int]) -> Outcome:
    spent, income = by_year(county, ALLOCATION), by_year(county, REVENUE)
    facts, failing, unknown, leads = [], [], [], []
    for year in asked:
        a, b = _rate(spent, year), _rate(income, year)
        if a is None or b is None:
            unknown.append(f"{year}年")
            continue
        leads.append(a - b)
        if a <= b:
            failing.append(f"{year}年")
        shown, other = beside(in_percent(a), in_percent(b), 2), decimal(in_percent(b), 2)
        word = "高于" if a > b else "等于" if a == b else "低于"
        facts.append(f"{year}年财政教育拨款增长{shown}%，{word}财政经常性收入增长{other}%")
    fields = [(spent, ALLOCATION), (income, REVENUE)]
    return Outcome(
        "财政教育拨款的增长高于财政经常性收入的增长",
        in_percent(min(leads)) if leads else math.nan,
        0.0,
        "个百分点",
        decided(failing, unknown),
        _sentences(facts) + missing(_blank(fields, asked), measure="项"),
        tuple(failing),
        tuple(unknown),
    )


def _grows(county: pd.DataFrame, fields: Sequence[str], asked: Sequence[int], *, strict: bool) -> Outcome:
    facts, failing, unknown, rates = [], [], [], []
    series = [(by_year(county, field), field) for field in fields]
    for values, field in series:
        header, unit = load().field(field).header, load().field(field).unit
        for year in asked:
            now, before, rate = _at(values, year), _at(values, year - 1), _rate(values, year)
            label = f"{year}年" if len(fields) == 1 else f"{year}年{header}"
            if now is None or before is None:
                unknown.append(label)
                continue
            if now < before or (strict and now == before):
                failing.append(label)
            if rate is not None:
                rates.append(rate)
            facts.append(f"{year}年{header}{_number(now)}{unit}，{_compared(now, before, rate)}")
    # The dictionary's fields of the same per pupil are by stage.
    name = "按在校学生人数平均的教育支出" if len(fields) > 1 else load().field(fields[0]).header
    return Outcome(
        f"{name}逐年增长" if strict else f"{name}逐年只增不减",
        in_percent(min(rates)) if rates else math.nan,
        0.0,
        "%",
        decided(failing, unknown),
        _sentences(facts) + missing(_blank(series, asked), measure="项"),
        tuple(failing),
        tuple(unknown),
    )


def _compared(now: Fraction, before: Fraction, rate: Fraction | None) -> str:
    if now == before:
        return "与上年持平"
    word = "增长" if now > before else "下降"
    return f"比上年{word}{beside(abs(in_percent(rate)), 0, 2)}%" if rate is not None else f"上年为0，本年{word}"


def _number(number: Fraction) -> str:
    return decimal(float(number), 0 if number.denominator == 1 else 2)


def _sentences(facts: Sequence[str]) -> str:
    return "；".join(facts) + "。" if facts else ""


def _blank(series: Sequence[tuple[pd.Series, str]], asked: Sequence[int]) -> tuple[str, ...]:
    """The cells that would settle what is open: every year asked for and the one before the first."""
    return tuple(
        f"{year}年{load().field(field).header}"
        for values, field in series
        for year in range(asked[0] - 1, asked[-1] + 1)
        if _at(values, year) is None
    )


# ---- training, wages, special schools -------------------------------------------------------------------------------


def training_ledger(
    schools: pd.DataFrame, *, limit: float, numerator: Literal["train_budget", "train_final"]
) -> pd.DataFrame:
    """Money for teacher training as a share of each school's yearly budget of public funds.

    Args:
        schools: one row per school, fields of the 经费 sheet in 万元.
        limit: the share that each school must reach, 0 to 1.
        numerator: budget or final account: the sources differ. The denominator is always the budget.

    Returns:
        On the index of ``schools``: school, code, training, funds (both 万元), share (0 to 1), verdict.
    """
    rows = []
    for school in schools.to_dict("records"):
        training, funds = school[numerator], school["funds_budget"]
        share, verdict = math.nan, Verdict.UNDETERMINED
        if not (pd.isna(training) or pd.isna(funds)) and funds > 0:
            exact = fraction(training) / fraction(funds)
            share, verdict = float(exact), Verdict.MET if exact >= fraction(limit) else Verdict.NOT_MET
        names = {"school": school["school_name"], "code": school["school_code"]}
        rows.append({**names, "training": training, "funds": funds, "share": share, "verdict": verdict.value})
    return pd.DataFrame(rows, index=schools.index, columns=["school", "code", "training", "funds", "share", "verdict"])


def training_share(
    schools: pd.DataFrame, *, limit: float, numerator: Literal["train_budget", "train_final"]
) -> Outcome:
    """Whether every school spends enough on training; ``value`` is the lowest share in %.

    The arguments are those of :func:`training_ledger`.
    """
    ledger = training_ledger(schools, limit=limit, numerator=numerator)
    below = ledger[ledger["verdict"] == Verdict.NOT_MET.value]
    failing = tuple(below["school"])
    unknown = tuple(ledger.loc[ledger["verdict"] == Verdict.UNDETERMINED.value, "school"])
    least, kind = in_percent(fraction(limit)), "预算" if numerator == "train_budget" else "决算"
    facts = [f"{row.school}{beside(row.share * 100, least, 2)}%" for row in below.itertuples()]
    counted = f"教师培训经费按{kind}数、公用经费按预算数计算，"
    if facts:
        evidence = f"{counted}不足{plain(least)}%的{len(facts)}所：{'、'.join(facts)}。"
    elif ledger.empty:
        evidence = "没有可以核对的学校。"
    else:
        known = len(ledger) - len(unknown)
        evidence = f"{counted}{known}所学校均不低于{plain(least)}%。" if known else ""
    shares = [fraction(row.training) / fraction(row.funds) for row in ledger.dropna(subset=["share"]).itertuples()]
    return Outcome(
        f"每所学校教师培训经费不低于年度公用经费预算总额的{plain(least)}%",
        in_percent(min(shares)) if shares else math.nan,
        least,
        "%",
        decided(failing, unknown) if len(ledger) else Verdict.UNDETERMINED,
        evidence + missing(unknown, "公用经费预算或教师培训经费"),
        failing,
        unknown,
    )


def wages(row: Mapping[str, Any] | pd.Series) -> Outcome:
    """Whether teachers earn on average no less than civil servants (Gov8), from a row of the 县级 sheet, in 万元."""
    teacher, civil = float(row["wage_teacher"]), float(row["wage_civil"])
    unknown = tuple(load().field(name).header for name in ("wage_teacher", "wage_civil") if pd.isna(row[name]))
    if unknown:
        verdict, evidence = Verdict.UNDETERMINED, missing(unknown, measure="项")
    else:
        lead = fraction(teacher) - fraction(civil)
        verdict = Verdict.MET if lead >= 0 else Verdict.NOT_MET
        word = f"高出{plain(float(lead))}万元" if lead > 0 else f"低{plain(float(-lead))}万元" if lead else "持平"
        evidence = f"教师年平均工资收入{plain(teacher)}万元，公务员{plain(civil)}万元，教师{word}。"
    failing = ("教师年平均工资收入",) if verdict is Verdict.NOT_MET else ()
    return Outcome(
        "义务教育学校教师平均工资收入不低于公务员", teacher, civil, "万元", verdict, evidence, failing, unknown
    )


def special_school_funds(row: Mapping[str, Any] | pd.Series, *, limit: float) -> Outcome:
    """Whether public funds per pupil of special schools reach a limit in 元 (Gov7), from a row of the 县级 sheet.

    A county without pupils in special schools has nothing to fund: the item does not concern it and is met.
    """
    funds, pupils, limit = row["special_funds"], row["special_n"], float(limit)
    name = f"特殊教育学校生均公用经费不低于{plain(limit)}元"
    if pupils == 0:
        return Outcome(name, math.nan, limit, "元", Verdict.MET, "特殊教育学校没有在校生，本项不涉及。")
    unknown = tuple(load().field(key).header for key in ("special_funds", "special_n") if pd.isna(row[key]))
    if unknown:
        return Outcome(
            name, math.nan, limit, "元", Verdict.UNDETERMINED, missing(unknown, measure="项"), unknown=unknown
        )
    each = fraction(funds) / fraction(pupils)
    verdict = Verdict.MET if each >= fraction(limit) else Verdict.NOT_MET
    shown = beside(float(each), limit, 0)
    evidence = f"特殊教育学校公用经费{decimal(funds, 0)}元，在校生{decimal(pupils, 0)}人，生均{shown}元。"
    failing = ("特殊教育学校",) if verdict is Verdict.NOT_MET else ()
    return Outcome(name, float(each), limit, "元", verdict, evidence, failing)
