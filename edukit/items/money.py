"""Conditions on money: norms, small schools, growth over the years."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from edukit import funding, spending
from edukit.dictionary import STAGES
from edukit.errors import SchemeError
from edukit.items.evidence import Evidence
from edukit.items.told import Settings, joined, missing, named
from edukit.outcome import Outcome
from edukit.schools import stage_pupils
from edukit.verdict import Verdict

NORMS = ("primary", "junior", "boarding", "special")


def norms(evidence: Evidence, settings: Settings) -> Outcome:
    """The county's norms of public funds are not below the province's; where it gives none, not below ``base``.

    ``base`` is an id of ``edukit/norms.yaml``.
    """
    row = evidence.row()
    published = funding.published_norms()
    if settings["base"] not in published:
        raise SchemeError(f"没有名为“{settings['base']}”的公用经费基准定额，可用：{'、'.join(published)}。")
    base = published[settings["base"]]
    province = {key: float(row[f"norm_{key}_province"]) for key in NORMS}
    given = [key for key in NORMS if not math.isnan(province[key])]
    used = {key: province[key] if key in given else getattr(base, key) for key in NORMS}
    word = "省定标准" if len(given) == len(NORMS) else base.name if not given else f"省定标准（未填报的按{base.name}）"
    asked = funding.Norms("", word, used["primary"], used["junior"], used["boarding"], used["special"])
    return named(settings, funding.norms_not_below(funding.county_norms(row), asked))


def small_school_funds(evidence: Evidence, settings: Settings) -> Outcome:
    """Every small school was given the funds of ``counted_as`` pupils, one that is left out of the indicators too."""
    rule = funding.SmallSchools(
        counted_as=settings["counted_as"],
        urban=settings["urban"],
        types=settings["types"],
        anywhere=settings["anywhere"],
    )
    # Only schools that may be small: what the norms give all the others is not asked here.
    known = stage_pupils(evidence.schools)[list(STAGES)].sum(axis=1)
    schools = evidence.schools[known < rule.counted_as]
    allocated = funding.allocation(
        schools, funding.county_norms(evidence.row()), small=rule, special_instead=settings["special_instead"]
    )
    ledger = funding.small_school_rule(schools, allocated, funds=settings["funds"])
    return named(settings, funding.small_school_outcome(ledger, counted_as=rule.counted_as))


def growths(evidence: Evidence, settings: Settings) -> Outcome:
    """The three growths over the last ``years`` years, see :func:`edukit.spending.three_growths`."""
    return _over_the_years(evidence, settings, spending.three_growths)


def never_falls(evidence: Evidence, settings: Settings) -> Outcome:
    """What may only rise, over the last ``years`` years, see :func:`edukit.spending.never_falls`."""
    return _over_the_years(evidence, settings, spending.never_falls)


def _over_the_years(evidence: Evidence, settings: Settings, test: Callable[..., list[Outcome]]) -> Outcome:
    """The tests as one; what holds in all years is told in a few words, what fails or is open with its numbers."""
    year, years = evidence.year, int(settings["years"])
    outcomes = test(evidence.years(), year=year, years=years)
    if all(o.verdict is Verdict.UNDETERMINED and math.isnan(o.value) for o in outcomes):
        names = "、".join(o.name for o in outcomes)
        lacking = f"县级表缺{year - years}至{year}年的数据" if year else "评估年度未知"
        return missing(settings, f"{lacking}，无法核对：{names}")
    return joined(
        settings,
        [replace(o, evidence=f"{years}年均符合") if o.verdict is Verdict.MET else o for o in outcomes],
    )
