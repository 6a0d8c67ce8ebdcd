"""Tallies x rule -> :class:`SurveyResult`: rates with their interval, and each requirement with its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import NormalDist

import pandas as pd

from edukit.errors import DataError
from edukit.exact import fraction
from edukit.findings import Finding, Severity
from edukit.formats import beside, percent, plain, whole
from edukit.survey.rule import COUNTED, SurveyRule, sample_size
from edukit.survey.tallies import PARENTS, UNNAMED, ordered
from edukit.verdict import Verdict, all_of


@dataclass(frozen=True)
class Requirement:
    """One requirement on a survey.

    Attributes:
        id: ``sample``, ``parents``, ``valid`` or ``pass``.
        value, limit: questionnaires (sample) or shares 0 to 1; NaN where unknown.
    """

    id: str
    name: str
    value: float
    limit: float
    verdict: Verdict
    evidence: str


@dataclass(frozen=True)
class SurveyResult:
    """What a survey says.

    Attributes:
        rule: how it was judged.
        persons, n, satisfied: respondents, answers that count, satisfied among them; NaN where a part is unknown.
        rate, low, high: satisfied ÷ n and its interval (:func:`wilson`); NaN where a part is unknown.
        lowest, highest: between which the rate lies whatever the unknown answers are.
        by_group, by_theme: group or theme, persons, n, satisfied, rate, low, high.
        requirements: sample, parents, valid, pass.
        findings: contradictions and answers that could not be read.
    """

    rule: SurveyRule
    persons: float
    n: float
    satisfied: float
    rate: float
    low: float
    high: float
    lowest: float
    highest: float
    by_group: pd.DataFrame
    by_theme: pd.DataFrame
    requirements: tuple[Requirement, ...]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether all requirements hold."""
        return all_of(requirement.verdict for requirement in self.requirements)

    def requirement(self, id: str) -> Requirement:  # noqa: A002 - the schemes' own word
        """The requirement of that id; KeyError where there is none."""
        return {requirement.id: requirement for requirement in self.requirements}[id]


def wilson(rate: float, n: float, confidence: float) -> tuple[float, float]:
    """Score interval of a proportion; (NaN, NaN) where rate or n is unknown or n is 0.

    (p + z²/2n ± z·sqrt(p(1 − p)/n + z²/4n²)) ÷ (1 + z²/n), z the normal quantile of (1 + confidence)/2.
    Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212; examples in Newcombe, Stat. Med. 17 (1998) 857-872, table I.

    >>> [round(limit, 4) for limit in wilson(81 / 263, 263, 0.95)]
    [0.2553, 0.3662]
    """
    if math.isnan(rate) or math.isnan(n) or n <= 0:
        return math.nan, math.nan
    square = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = rate + square / (2 * n)
    half = math.sqrt(square * (rate * (1 - rate) / n + square / (4 * n * n)))
    low, high = (centre - half) / (1 + square / n), (centre + half) / (1 + square / n)
    return min(max(low, 0.0), rate), max(min(high, 1.0), rate)


_DEFAULTS = {"answers": 1.0, "unknown": 0.0}
"""Where tallies tell no more than n: every answer counts, and none is unknown."""


def judge(
    tallies: pd.DataFrame, rule: SurveyRule, *, sent: float, returned: float, valid: float, population: float
) -> SurveyResult:
    """Rates and requirements of a survey.

    With several themes the rate is over all answers, while a person counts once: respondents of a group are the most
    answers to any one theme, and the interval is that of as many persons, since one person's answers are not
    independent.

    Args:
        tallies: group, theme, n, satisfied, and perhaps answers and unknown; one row per group and theme.
        rule: how to judge.
        sent: questionnaires handed out; NaN where unknown, as for the next three.
        returned: questionnaires that came back.
        valid: valid ones among them; more than the tallies hold means that some answers are unknown.
        population: residents in persons.

    Raises:
        DataError: numbers that cannot be, such as more satisfied answers than answers.
    """
    told = tallies.assign(**{name: tallies.get(name, tallies["n"] * missing) for name, missing in _DEFAULTS.items()})
    _possible(told, {"sent": sent, "returned": returned, "valid": valid})
    by_group = _rates(told, "group", ordered(told["group"]), rule)
    by_theme = _rates(told, "theme", list(dict.fromkeys(told["theme"])), rule)
    tallied = float(by_group["persons"].sum())
    missing = max(valid - tallied, 0.0) if not math.isnan(valid) else math.inf if told["n"].isna().any() else 0.0
    both = told["n"].notna() & told["satisfied"].notna()
    n, satisfied = float(told.loc[both, "n"].sum()), float(told.loc[both, "satisfied"].sum())
    unknown = float(told["unknown"].sum() + told.loc[~both, "n"].sum()) + missing * max(len(by_theme), 1)
    complete = bool(both.all()) and not missing and n > 0
    rate = satisfied / n if complete else math.nan
    persons = _people(told, "n") if complete else math.nan
    low, high = wilson(rate, persons, rule.confidence)
    bounds = _bounds(satisfied, n, unknown)
    counts = {"sent": sent, "returned": returned, "valid": valid}
    parents = float(by_group.loc[by_group["group"] == PARENTS, "persons"].sum())
    unnamed = float(by_group.loc[by_group["group"] == UNNAMED, "persons"].sum())  # any of them may be a parent
    result = SurveyResult(
        rule,
        tallied if not missing else math.nan,
        n if complete else math.nan,
        satisfied if complete else math.nan,
        rate,
        low,
        high,
        float(bounds[0]),
        float(bounds[1]),
        by_group,
        by_theme,
        (),
        tuple(_noticed(told, tallied, valid)),
    )
    required = (
        _sample(rule, counts[rule.sample_of], population),
        _parents(rule, parents, tallied - unnamed, missing + unnamed),
        _valid(rule, valid, counts[rule.valid_of], returned),
        _pass(result, bounds),
    )
    return replace(result, requirements=required)


def _people(told: pd.DataFrame, column: str) -> float:
    """Persons of all groups: in each the most answers to one theme."""
    return float(told.groupby("group")[column].max().sum())


def _rates(told: pd.DataFrame, key: str, order: Sequence[str], rule: SurveyRule) -> pd.DataFrame:
    """Persons, counts, rate and interval of each group or theme; what is unknown in a part is unknown in the whole."""
    rows = []
    for label in order:
        part = told[told[key] == label]
        n, satisfied = (float(part[column].sum(skipna=False)) for column in ("n", "satisfied"))
        rate = satisfied / n if n else math.nan
        low, high = wilson(rate, _people(part, "n"), rule.confidence)
        persons = math.nan if part["n"].isna().all() else _people(part, "answers")
        rows.append((label, persons, n, satisfied, rate, low, high))
    return pd.DataFrame(rows, columns=[key, "persons", "n", "satisfied", "rate", "low", "high"])


def _possible(told: pd.DataFrame, counts: Mapping[str, float]) -> None:
    wrong = []
    for row in told.itertuples():
        numbers = [value for value in (row.n, row.satisfied) if not math.isnan(value)]
        if any(value < 0 or not float(value).is_integer() for value in numbers) or row.satisfied > row.n:
            wrong.append(f"{row.group}“{row.theme}”：有效 {row.n:g}、满意 {row.satisfied:g}")
    names = list(counts)
    for more, fewer in (("sent", "returned"), ("returned", "valid"), ("sent", "valid")):
        if counts[fewer] > counts[more]:
            wrong.append(f"{COUNTED[fewer]} {counts[fewer]:g} 份，多于{COUNTED[more]} {counts[more]:g} 份")
    wrong += [f"{COUNTED[name]} {counts[name]:g} 份" for name in names if counts[name] < 0]
    if wrong:
        found = [Finding(Severity.ERROR, "survey-counts", "县级", f"满意度调查的份数有误：{text}") for text in wrong]
        raise DataError(f"满意度调查的份数有误：{'；'.join(wrong)}。请核对后重填。", found)


def _noticed(told: pd.DataFrame, tallied: float, valid: float) -> list[Finding]:
    found = []
    if unread := int(told["unknown"].sum()):
        problem = f"满意度调查有 {unread} 个回答空白或不是问卷选项，按未知处理"
        found.append(Finding(Severity.WARNING, "survey-unknown", "问卷", problem, action="核对回答的写法"))
    if tallied > valid:
        problem = f"各群体的份数合计 {whole(tallied)}，多于有效问卷 {whole(valid)} 份"
        found.append(Finding(Severity.WARNING, "survey-sum", "县级", problem, action="核对有效问卷数和各群体份数"))
    return found


def _bounds(part: float, known: float, unknown: float) -> tuple[Fraction, Fraction]:
    """Lowest and highest share of a part, whatever the unknown ones are; 0 and 1 where nothing is known."""
    if math.isinf(unknown) or not known + unknown:
        return Fraction(0), Fraction(1)
    total = Fraction(known) + Fraction(unknown)
    return Fraction(part) / total, (Fraction(part) + Fraction(unknown)) / total


def _reaches(bounds: tuple[Fraction, Fraction], limit: float) -> Verdict:
    if bounds[0] >= fraction(limit):
        return Verdict.MET
    return Verdict.NOT_MET if bounds[1] < fraction(limit) else Verdict.UNDETERMINED


def _share(value: float, limit: float) -> str:
    return f"{beside(value * 100, limit * 100, 1)}%"


def _limit(share: float) -> str:
    return f"{plain(share * 100)}%"


def _sample(rule: SurveyRule, counted: float, population: float) -> Requirement:
    known = not math.isnan(population)
    need = sample_size(population, rule) if known else rule.sample_floor
    if math.isnan(counted):
        verdict, said = Verdict.UNDETERMINED, f"缺{COUNTED[rule.sample_of]}数"
    else:
        short = counted < need
        verdict = Verdict.NOT_MET if short else Verdict.MET if known else Verdict.UNDETERMINED
        said = f"{COUNTED[rule.sample_of]}{whole(counted)}份"
    basis = f"按常住人口{whole(population)}人应不少于" if known else "缺常住人口数，最低应为"
    evidence = f"{said}，{basis}{whole(need)}份"
    return Requirement("sample", "调查样本量", counted, float(need) if known else math.nan, verdict, evidence)


def _parents(rule: SurveyRule, parents: float, tallied: float, missing: float) -> Requirement:
    bounds, limit = _bounds(parents, tallied, missing), rule.parents_share
    if missing or not tallied:
        value, said = math.nan, f"各群体的有效问卷数不全，已知{PARENTS}{whole(parents)}份"
    else:
        value = parents / tallied
        said = f"{PARENTS}问卷{whole(parents)}份，占{whole(tallied)}份的{_share(value, limit)}"
    evidence = f"{said}，应不低于{_limit(limit)}"
    return Requirement("parents", "家长所占比例", value, limit, _reaches(bounds, limit), evidence)


def _valid(rule: SurveyRule, valid: float, base: float, returned: float) -> Requirement:
    limit, share = rule.valid_share, math.nan
    bounds = (Fraction(0), Fraction(1))
    most = returned if math.isnan(valid) else valid  # no more can be valid than came back
    if base > 0 and not math.isnan(most):
        highest = Fraction(most) / Fraction(base)
        bounds = (Fraction(0) if math.isnan(valid) else highest, highest)
    said = f"缺有效问卷数或{COUNTED[rule.valid_of]}数"
    if base > 0 and not math.isnan(valid):
        share = valid / base
        said = f"有效问卷{whole(valid)}份，占{COUNTED[rule.valid_of]}{whole(base)}份的{_share(share, limit)}"
    evidence = f"{said}，应不低于{_limit(limit)}"
    return Requirement("valid", "有效问卷回收率", share, limit, _reaches(bounds, limit), evidence)


def _pass(result: SurveyResult, bounds: tuple[Fraction, Fraction]) -> Requirement:
    limit, verdict = result.rule.pass_rate, _reaches(bounds, result.rule.pass_rate)
    if math.isnan(result.rate):
        said = f"满意情况的数据不全，满意率在{_share(result.lowest, limit)}至{_share(result.highest, limit)}之间"
    else:
        interval = f"{_limit(result.rule.confidence)}置信区间{percent(result.low)}～{percent(result.high)}"
        said = f"计入的回答{whole(result.n)}个，其中满意{whole(result.satisfied)}个，"
        said += f"满意率{_share(result.rate, limit)}（{interval}）"
        if verdict is Verdict.UNDETERMINED:
            said += f"，计入未知的回答则在{_share(result.lowest, limit)}至{_share(result.highest, limit)}之间"
    return Requirement("pass", "公众满意度", result.rate, limit, verdict, f"{said}，应不低于{_limit(limit)}")
