"""Per-pupil norms of public funds and what they give each school.

Funds of a school = counted pupils x norm + boarders x supplement + pupils in special education x their norm
(+ heating), where a village school or teaching point with fewer pupils than a minimum is counted with the minimum.
Source: 2016年城乡义务教育补助经费. Limits and rules are arguments, never constants: they stand in the scheme. Money is
computed in fractions, so that a school exactly at its norm is at its norm. What was spent, and how it grew, is in
:mod:`edukit.spending`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import pandas as pd
import yaml

from edukit.dictionary import STAGES, STAGES_OF_TYPE
from edukit.errors import CallError
from edukit.exact import fraction
from edukit.formats import amount, plain
from edukit.frames import Row
from edukit.outcome import Outcome, decided, in_percent, missing
from edukit.schools import stage_pupils
from edukit.verdict import Verdict

SPECIAL_SCHOOL = "特殊教育学校"
WAN = 10000
"""元 in 万元, the unit in which schools report their funds."""

Known = Fraction | None
"""An exact number, or None where it is not known."""


# ---- norms ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Norms:
    """Per-pupil norms of public funds (生均公用经费基准定额), in 元 per pupil and year; NaN is unknown.

    Attributes:
        id: key in ``norms.yaml``; empty for a county's own.
        name: what a reader sees.
        primary, junior: for each pupil of the stage.
        boarding: what is added for a boarder.
        special: for a pupil of a special school or in special education in an ordinary school.
        place: where they hold; 全国 is everywhere.
        since, until: first and last year for which a source shows them; None where no source says.
        certain: whether a source with the numbers was seen.
        confidence: how well they are supported, in Chinese.
        source, note: where they come from, and what is to be known about them.
    """

    id: str
    name: str
    primary: float
    junior: float
    boarding: float
    special: float
    place: str = ""
    since: int | None = None
    until: int | None = None
    certain: bool = True
    confidence: str = ""
    source: str = ""
    note: str = ""

    def of(self, stage: str) -> float:
        """The norm of a stage, ``primary`` or ``junior``."""
        return {"primary": self.primary, "junior": self.junior}[stage]


@cache
def published_norms() -> Mapping[str, Norms]:
    """The norms that ship with edukit, by id.

    >>> published_norms()["national-2016-east"].junior
    850.0
    """
    text = files("edukit").joinpath("norms.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    numbers = ("primary", "junior", "boarding", "special")
    made = {}
    for id_, entry in raw["norms"].items():
        money = {key: math.nan if entry[key] is None else float(entry[key]) for key in numbers}
        made[id_] = Norms(**{"id": id_, **entry, **money})
    return made


def norms_in(year: int, place: str) -> tuple[Norms, ...]:
    """Every published set of norms that may hold in a year at a place (全国 holds everywhere), in the file's order.

    More than one means that the sources do not say which; the caller has to choose.

    >>> [norms.id for norms in norms_in(2023, "贵港")]
    ['national-unified', 'national-2023', 'guigang-2022']
    """
    return tuple(
        norms
        for norms in published_norms().values()
        if norms.place in ("全国", place)
        and (norms.since is None or norms.since <= year)
        and (norms.until is None or year <= norms.until)
    )


def county_norms(row: Mapping[str, Any] | pd.Series) -> Norms:
    """The norms that a county itself reports in a row of the 县级 sheet; blank stays unknown."""
    return Norms(
        id="",
        name="本县执行的公用经费标准",
        primary=float(row["norm_primary"]),
        junior=float(row["norm_junior"]),
        boarding=float(row["norm_boarding"]),
        special=float(row["norm_special"]),
        source="“县级”表",
    )


def norms_not_below(own: Norms, base: Norms) -> Outcome:
    """Whether none of a county's norms is below those of a higher level (Gov2); a norm that ``base`` lacks is no test.

    ``value`` is the smallest excess over ``base`` in 元.
    """
    labels = {"primary": "小学", "junior": "初中", "boarding": "寄宿生补助", "special": "特殊教育"}
    asked = [key for key in labels if not math.isnan(getattr(base, key))]
    if not asked:
        raise CallError(f"“{base.name}”没有一项数额，不能据以比较。")
    known = [key for key in asked if not math.isnan(getattr(own, key))]
    unknown = tuple(f"{labels[key]}公用经费标准" for key in asked if key not in known)
    short = {key: fraction(getattr(own, key)) - fraction(getattr(base, key)) for key in known}
    failing = tuple(labels[key] for key in known if short[key] < 0)
    facts = [f"{labels[key]}{plain(getattr(own, key))}元（{plain(getattr(base, key))}元）" for key in known]
    evidence = f"括号内为{base.name}：{'、'.join(facts)}。" if facts else ""
    return Outcome(
        f"生均公用经费标准不低于{base.name}",
        float(min(short.values())) if short else math.nan,
        0.0,
        "元",
        decided(failing, unknown),
        evidence + missing(unknown, measure="项"),
        failing,
        unknown,
    )


# ---- what the norms give each school --------------------------------------------------------------------------------


@dataclass(frozen=True)
class SmallSchools:
    """Which schools are counted with a minimum of pupils.

    Attributes:
        counted_as: the minimum; a school with fewer pupils is counted with so many.
        urban: values of urban_type that are villages.
        types: school types to which the rule applies in villages.
        anywhere: school types to which it applies wherever they stand.
    """

    counted_as: float
    urban: Collection[str]
    types: Collection[str]
    anywhere: Collection[str]

    def covers(self, school_type: object, urban_type: object) -> bool | None:
        """Whether the rule applies to such a school; None where a blank urban_type leaves it open."""
        if school_type in self.anywhere:
            return True
        if school_type not in self.types:
            return False
        return None if pd.isna(urban_type) else urban_type in self.urban


def allocation(
    schools: pd.DataFrame,
    norms: Norms,
    *,
    small: SmallSchools,
    special_instead: bool,
    heating: pd.Series | None = None,
) -> pd.DataFrame:
    """The public funds that the norms give each school in a year.

    A small school of two stages keeps its mix of pupils: the minimum is shared out as its real pupils are. A school
    without any pupil gets nothing. Whatever rests on an unknown number is unknown; a part of no pupils is none.

    Args:
        schools: one row per school, fields of the sheets 学校 and 学校补充.
        norms: 元 per pupil and year.
        small: which schools are counted with how many pupils at least.
        special_instead: whether pupils in special education get their norm instead of the ordinary one (True) or
            on top of it (False); the sources differ.
        heating: 元 per school, on the index of ``schools``; none where it is not given.

    Returns:
        On the index of ``schools``: school, code, pupils (primary and junior), small (True, False, or None where it
        cannot be told), counted_primary, counted_junior, boarders, special (pupils), base, boarding_funds,
        special_funds, heating, amount (元), required (元 that the minimum alone asks for, NaN where the school is
        not small; where it cannot be told, the most that it could ask for).
    """
    counts = stage_pupils(schools)[list(STAGES)]
    stageless = schools["school_type"].map(lambda kind: not STAGES_OF_TYPE.get(kind, ())).astype(bool)
    blank = schools[[f"pupils_{stage}" for stage in STAGES]].isna().all(axis=1)
    counts = counts.mask(stageless & blank)
    warm = pd.Series(0.0, index=schools.index) if heating is None else heating.reindex(schools.index).astype(float)
    of_stages = [f"{name}_{stage}" for name in ("boarders", "special_pupils") for stage in STAGES]
    own = schools[["school_name", "school_code", "school_type", "urban_type", *of_stages]].to_dict("records")
    rows = [
        _funded(school, {stage: _known(count) for stage, count in pupils.items()}, norms, small, special_instead)
        | {"heating": _known(heat)}
        for school, pupils, heat in zip(own, counts.to_dict("records"), warm, strict=True)
    ]
    for entry in rows:
        entry["amount"] = _sum(entry[key] for key in ("base", "boarding_funds", "special_funds", "heating"))
    columns = (
        "school code pupils small counted_primary counted_junior boarders special base boarding_funds special_funds "
        "heating amount required"
    ).split()
    words = ("school", "code", "small")
    told = {name: [entry[name] if name in words else _float(entry[name]) for entry in rows] for name in columns}
    return pd.DataFrame(told, index=schools.index).astype({"small": object})


def _funded(
    school: Row, pupils: Mapping[str, Known], norms: Norms, rule: SmallSchools, special_instead: bool
) -> dict[str, Any]:
    kind = school["school_type"]
    total = _sum(pupils.values())
    small = _is_small(rule.covers(kind, school["urban_type"]), pupils, rule)
    counted: dict[str, Known] = dict(pupils)
    if small and total:
        counted = {stage: _times(n, fraction(rule.counted_as) / total) for stage, n in pupils.items()}
    elif small is None:
        # A stage without pupils is counted with none either way.
        counted = {stage: Fraction(0) if n == 0 else None for stage, n in pupils.items()}

    def part(name: str) -> dict[str, Known]:
        """Pupils of one kind by stage; where there is no pupil there is none of that kind."""
        return {s: Fraction(0) if n == 0 else _known(school[f"{name}_{s}"]) for s, n in pupils.items()}

    special = dict(pupils) if kind == SPECIAL_SCHOOL else part("special_pupils")
    ordinary = dict(counted)
    if kind == SPECIAL_SCHOOL or special_instead:
        ordinary = {stage: _minus(counted[stage], special[stage]) for stage in STAGES}
    boarders = _sum(part("boarders").values())
    return {
        "school": school["school_name"],
        "code": school["school_code"],
        "pupils": total,
        "small": small,
        **{f"counted_{stage}": counted[stage] for stage in STAGES},
        "boarders": boarders,
        "special": _sum(special.values()),
        "base": _sum(_times(ordinary[stage], _known(norms.of(stage))) for stage in STAGES),
        "boarding_funds": _times(boarders, _known(norms.boarding)),
        "special_funds": _times(_sum(special.values()), _known(norms.special)),
        "required": None if small is False else _required(kind, pupils, norms, rule),
    }


def _is_small(covered: bool | None, pupils: Mapping[str, Known], rule: SmallSchools) -> bool | None:
    least = sum((n for n in pupils.values() if n is not None), Fraction(0))
    total = _sum(pupils.values())
    if covered is False or least >= fraction(rule.counted_as) or total == 0:
        return False
    return None if total is None else covered


def _required(kind: str, pupils: Mapping[str, Known], norms: Norms, rule: SmallSchools) -> Known:
    """What the minimum of pupils asks for: by the mix of the school's pupils, or by the dearest stage if unknown."""
    least, total = fraction(rule.counted_as), _sum(pupils.values())
    if total:
        return _sum(_times(_times(pupils[s], least / total), _known(norms.of(s))) for s in STAGES)
    norm = [_known(norms.of(stage)) for stage in STAGES_OF_TYPE.get(kind, ()) if stage in STAGES]
    known = [n for n in norm if n is not None]
    return least * max(known) if known and len(known) == len(norm) else None


def small_school_rule(
    schools: pd.DataFrame, allocated: pd.DataFrame, *, funds: Literal["funds_budget", "funds_final"]
) -> pd.DataFrame:
    """Whether each small school was really given the funds of the minimum number of pupils (Gov6).

    That a budget figure exists proves nothing: it is compared with minimum x norm. A school of which it cannot be
    told whether it is small meets the rule if it was given enough in any case.

    Args:
        schools: the same rows as were given to :func:`allocation`, with the field ``funds`` in 万元.
        allocated: what :func:`allocation` made of them.
        funds: budget or final account, whichever the scheme judges.

    Returns:
        One row per school that is or may be small: school, code, pupils, small, required, given (both 元), verdict.
    """
    rows = []
    wanted = ["school", "code", "pupils", "small", "required"]
    maybe = allocated.loc[allocated["small"].map(lambda small: small is not False), wanted]
    for entry, reported in zip(maybe.to_dict("records"), schools.loc[maybe.index, funds], strict=True):
        given, required = _times(_known(reported), Fraction(WAN)), _known(entry["required"])
        if given is None or required is None:
            verdict = Verdict.UNDETERMINED
        elif given >= required:
            verdict = Verdict.MET
        else:
            verdict = Verdict.NOT_MET if entry["small"] else Verdict.UNDETERMINED
        rows.append({**entry, "given": _float(given), "verdict": verdict.value})
    return pd.DataFrame(rows, columns=[*wanted, "given", "verdict"])


def small_school_outcome(ledger: pd.DataFrame, *, counted_as: float) -> Outcome:
    """The schools of :func:`small_school_rule` together; ``value`` is the lowest share of the required funds, in %."""
    failing, unknown = (
        tuple(ledger.loc[ledger["verdict"] == verdict.value, "school"])
        for verdict in (Verdict.NOT_MET, Verdict.UNDETERMINED)
    )
    known = ledger.dropna(subset=["given", "required"])
    shares = [fraction(g) / fraction(r) for g, r in zip(known["given"], known["required"], strict=True) if r]
    count = plain(counted_as)
    facts = [
        f"{row.school}应核定{amount(row.required, '元')}，实有{amount(row.given, '元')}"
        for row in ledger[ledger["verdict"] == Verdict.NOT_MET.value].itertuples()
    ]
    if ledger.empty:
        evidence = f"没有不足{count}名学生的村小学和教学点。"
    elif facts:
        evidence = f"未按{count}名学生核定的{len(facts)}所：{'；'.join(facts)}。"
    else:
        evidence = "" if unknown else f"不足{count}名学生的{len(ledger)}所村小学和教学点均按{count}名学生核定公用经费。"
    open_ = ledger[ledger["verdict"] == Verdict.UNDETERMINED.value]
    blank, unclear = open_["given"].isna(), open_["small"].isna()
    for what, mask in (
        ("公用经费", blank),
        ("学生数或城乡类型", ~blank & unclear),
        ("公用经费标准", ~blank & ~unclear),
    ):
        evidence += missing(list(open_.loc[mask, "school"]), what)
    return Outcome(
        f"不足{count}名学生的村小学和教学点按{count}名学生核定公用经费",
        in_percent(min(shares)) if shares else math.nan,
        100.0,
        "%",
        decided(failing, unknown),
        evidence,
        failing,
        unknown,
    )


# ---- numbers that may be unknown ------------------------------------------------------------------------------------


def _known(number: float) -> Known:
    return None if pd.isna(number) else fraction(number)


def _float(number: Known) -> float:
    return math.nan if number is None else float(number)


def _times(a: Known, b: Known) -> Known:
    """The product; nothing times an unknown is nothing."""
    if a == 0 or b == 0:
        return Fraction(0)
    return None if a is None or b is None else a * b


def _minus(a: Known, b: Known) -> Known:
    return None if a is None or b is None else a - b


def _sum(numbers: Iterable[Known]) -> Known:
    total = Fraction(0)
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
