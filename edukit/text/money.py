"""The chapter on money: norms, what they give, small schools, growth over the years, training, wages."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import load
from edukit.formats import amount, plain
from edukit.funding import WAN, Norms
from edukit.outcome import Outcome
from edukit.showing import Prose
from edukit.text.markup import heading, led, paragraph, prose
from edukit.topics import money as funds
from edukit.topics.asked import WORDS
from edukit.verdict import Verdict

PARTS = {"base": "基本定额", "boarding_funds": "寄宿生补助", "special_funds": "特殊教育", "heating": "取暖费"}
KINDS = {"primary": "小学", "junior": "初中", "boarding": "寄宿生另加", "special": "特殊教育"}


def money(case: Case) -> Prose | None:
    """Five parts, each with its numbers or with the sheet and columns that are still to be filled in."""
    return prose(*_norms(case), *_allocation(case), *_growth(case), *_training(case), *_singles(case))


def _headers(*fields: str) -> str:
    return "、".join(load().field(name).header for name in fields)


def _outcome(each: Outcome) -> tuple[str, str]:
    """A test with its verdict, its sentence once."""
    text = each.evidence.removeprefix(f"{each.name}：").removeprefix(each.name)
    return f"{each.name}{WORDS[each.verdict.value]}：", text if text.endswith("。") else f"{text}。"


def _norms(case: Case) -> list[str]:
    own, *others = funds.norms(case)
    if not funds.own_norms_known(case):
        columns = _headers("norm_primary", "norm_junior", "norm_boarding", "norm_special")
        text = f"没有本县公用经费标准，没有比较和测算：请在“县级”表{case.year}年一行填写“{columns}”。"
        return [heading("生均公用经费标准"), paragraph(text)]
    doubtful = [each.name for each in others if not each.certain]
    note = f"“{'、'.join(doubtful)}”的数额未见原文，只供参考。" if doubtful else ""
    several = "公布的标准不止一套时，来源没有交代各自适用的地区和起止，一并列出。" if len(others) > 1 else ""
    return [
        heading("生均公用经费标准"),
        paragraph(f"{own.name}：{_numbers(own)}（元/生·年）。"),
        led((f"{each.name}：", f"{_numbers(each)}；{_compared(own, each)}。") for each in others),
        paragraph(several, note),
    ]


def _numbers(norms: Norms) -> str:
    known = [(word, getattr(norms, key)) for key, word in KINDS.items() if not math.isnan(getattr(norms, key))]
    return "、".join(f"{word}{plain(number)}元" for word, number in known)


def _compared(own: Norms, base: Norms) -> str:
    lower = [
        f"{word}低{plain(getattr(base, key) - getattr(own, key))}元"
        for key, word in KINDS.items()
        if getattr(own, key) < getattr(base, key)
    ]
    blank = [
        word for key, word in KINDS.items() if math.isnan(getattr(own, key)) and not math.isnan(getattr(base, key))
    ]
    text = f"本县{'、'.join(lower)}" if lower else "本县已填报的不低于此数"
    return text + (f"，本县{'、'.join(blank)}未填" if blank else "")


def _allocation(case: Case) -> list[str]:
    found = funds.allocation(case)
    if found is None:
        return []
    opening = _given(case, found)
    count = plain(found.counted_as)
    ledger = found.small
    given = ledger[ledger["small"].map(lambda small: small is True)]
    return [
        heading("按标准核定的公用经费"),
        paragraph(opening),
        heading(f"不足{count}人的小规模学校"),
        paragraph(f"不足{count}人、按{count}人核定公用经费的学校{len(given)}所。" if len(given) else ""),
        led([_outcome(found.rule)]),
    ]


def _given(case: Case, found: funds.Allocation) -> str:
    totals = found.totals().set_index("part")
    whole = totals.loc["amount"]
    heat = "" if found.heated else "（“经费”表没有填写取暖费，未计）"
    schools = f"按本县标准，{int(whole['schools'])}所学校应核定公用经费"
    unknown = formats.listed(list(whole["unknown"]), 6)
    open_ = f"{unknown}因缺学生数、寄宿生数、特殊教育学生数或取暖费，没有计入合计。" if unknown else ""
    if not funds.parts_public(case):
        # The parts, or an exact sum, would tell how many disabled children a single school has.
        rounded = f"约{formats.decimal(whole['known'] / WAN, 0)}万元"
        return f"{schools}{rounded}{heat}；分项涉及人数很少的群体，不单独公布。{open_}"
    parts = [f"{word}{_sum(totals.loc[part])}" for part, word in PARTS.items() if part != "heating" or found.heated]
    return f"{schools}{amount(whole['known'], '元')}{heat}：{'、'.join(parts)}。{open_}"


def _sum(row: pd.Series) -> str:
    least = "至少" if len(row["unknown"]) else ""
    return f"{least}{amount(row['known'], '元')}"


def _growth(case: Case) -> list[str]:
    found = funds.growth(case)
    title = heading("教育经费的增长")
    if found is None:
        columns = _headers(*funds.SERIES)
        text = f"没有各年经费数据，没有核对增长：请在“县级”表逐年填写“{columns}”，需比计算增长的年数多填一年。"
        return [title, paragraph(text)]
    span = f"{case.year - found.years + 1}至{case.year}年" if found.years > 1 else f"{case.year}年"
    aside = "" if found.asked else f"{case.scheme.short}评估办法没有把它列为判定事项，以下供参考。"
    opening = f"核对{span}的增长（与上年相比）。{aside}"
    parts = [title, paragraph(opening)]
    for name in dict.fromkeys(name for name, _ in found.outcomes):
        parts += [led(_growth_row(name, each, found.years) for own, each in found.outcomes if own == name)]
    return parts


def _growth_row(rule: str, each: Outcome, years: int) -> tuple[str, str]:
    """A test; where it is met in a few words, since the table has the numbers."""
    lead, text = _outcome(each)
    if each.verdict is Verdict.MET:
        least = formats.beside(each.value, each.limit, 2)
        what = "增幅之差最小为" if each.unit != "%" else "增幅最小为"
        text = f"{'各年均符合，' if years > 1 else ''}{what}{least}{each.unit}。"
    return f"{rule}·{lead}", text


def _training(case: Case) -> list[str]:
    found = funds.training(case)
    asked = funds.training_asked(case)
    if asked is None:
        return []
    title = heading("教师培训经费")
    if found is None:
        return [title, paragraph(f"没有教师培训经费数据，没有核对：请在“经费”表填写“{_headers(*asked)}”。")]
    known = found.ledger.dropna(subset=["share"])
    total = float(known["training"].sum()) / float(known["funds"].sum()) if len(known) else math.nan
    sums = (
        f"已填报的{len(known)}所学校培训经费合计{plain(round(float(known['training'].sum()), 2))}万元，"
        f"占公用经费预算的{formats.percent(total, 2)}（按校判定，合计数只供参考）。"
        if len(known)
        else ""
    )
    return [title, paragraph(sums), led([_training_row(found)])]


def _training_row(found: funds.Training) -> tuple[str, str]:
    lead, text = _outcome(found.outcome)
    below = found.ledger[found.ledger["verdict"] == Verdict.NOT_MET.value].sort_values("share", kind="stable")
    if below.empty:
        return lead, text
    names = [f"{row.school}（{formats.beside(row.share * 100, found.limit * 100, 2)}%）" for row in below.itertuples()]
    unknown = list(found.outcome.unknown)
    open_ = f"缺数据：{formats.listed(unknown, 6)}。" if unknown else ""
    return lead, f"培训经费按{found.kind}数计，低于要求的{len(below)}所：{formats.listed(names, 8)}。{open_}"


def _singles(case: Case) -> list[str]:
    found: Sequence[Outcome] = funds.singles(case)
    return [heading("工资待遇和其他"), led(_outcome(each) for each in found)] if found else []
