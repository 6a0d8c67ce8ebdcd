"""The chapter on class sizes and large schools: how many, where, and how they became fewer."""

from __future__ import annotations

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.class_sizes import interval, totals
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.reduction import DISSOLVED, GONE, MORE, NEW
from edukit.showing import Prose
from edukit.text.facts import NOT_MET, UNDETERMINED
from edukit.text.markup import heading, led, paragraph, prose
from edukit.topics import classes as sizes
from edukit.topics.asked import WORDS, conditions, outcome

NAMED = 8
"""So many schools are named in a sentence; the table has all."""


def classes(case: Case) -> Prose | None:
    """Classes above each limit in use, how many fewer than last year; large schools."""
    if not sizes.known(case):
        return prose(
            paragraph(
                "没有班额数据，没有核对：请在“班额”表填写各校各档班数，或至少在“学校”表填写“小学最大班额”“初中最大班额”。"
            ),
            *_schools(case),
        )
    told = [(f"{limit.name}：", _limit(case, limit)) for limit in sizes.limits(case)]
    lead = _lead(case)
    return prose(paragraph(lead), led(told), led(_fewer(case)), *_schools(case))


def _lead(case: Case) -> str:
    bands = sizes.by_band(case)
    parts = []
    for stage, own in bands.groupby("stage", sort=False):
        total, unknown = float(own["classes"].sum()), own["unknown"].iloc[0]
        if total or not unknown:
            most = own.loc[own["classes"].idxmax()]
            share = formats.percent(most["classes"] / total, 0) if total else formats.DASH
            some = "已知的" if unknown else ""
            parts.append(
                f"{STAGES[str(stage)]}{some}{formats.whole(total)}个班，"
                f"最多的是{sizes.band_name(most['low'], most['high'])}的班（占{share}）"
            )
    unknown = list(dict.fromkeys(name for names in bands["unknown"] for name in names))
    blank = f"{formats.listed(unknown, NAMED)}的“班额”表未填或未填全。" if unknown else ""
    return ("；".join(parts) + "。" if parts else "") + blank


def _limit(case: Case, limit: sizes.Limit) -> str:
    ledger = sizes.ledger(case, limit)
    if ledger.empty:
        return "没有可以核对的学校。"
    sums = totals(ledger)
    whole = sums[sums["stage"] == ""].iloc[0]
    what = f"{limit.text}的班级"
    if whole["high"] == 0:
        return f"没有{what}。"
    open_ = ledger[ledger["verdict"] == UNDETERMINED]
    label = open_["school"] + "（" + open_["stage"].map(STAGES) + "）"
    unknown = f"；因缺班额数据无法核对的有{formats.listed(list(label), NAMED, '个')}" if len(open_) else ""
    if whole["low"] == 0:
        return f"没有查明有{what}{unknown}。"
    over = ledger[ledger["verdict"] == NOT_MET].sort_values("low", ascending=False, kind="stable")
    names = [f"{row['school']}（{STAGES[row['stage']]}）{interval(row['low'], row['high'])}个" for row in records(over)]
    by_stage = "、".join(
        f"{STAGES[row['stage']]}{interval(row['low'], row['high'])}个"
        for row in records(sums[sums["stage"] != ""])
        if row["high"]
    )
    share = [formats.percent(whole[name], 2) for name in ("share_low", "share_high")]
    part = share[0] if share[0] == share[1] else f"{share[0]}至{share[1]}"
    return (
        f"{what}{interval(whole['low'], whole['high'])}个（{by_stage}），占全部班级的{part}，"
        f"分布在{formats.listed(names, NAMED, '个单位')}{unknown}。{_change(case, limit)}"
    )


def _change(case: Case, limit: sizes.Limit) -> str:
    found = sizes.changes(case, limit)
    if found is None or found.empty:
        return ""
    return f"与上年相比（全部学校）：{change_text(found, '个')}。"


def change_text(found: pd.DataFrame, measure: str) -> str:
    """How many there were and are, and in which schools they are new, more or gone."""
    sums = found[["before_low", "before_high", "low", "high"]].sum()
    before, now = interval(sums["before_low"], sums["before_high"]), interval(sums["low"], sums["high"])
    text = f"{before}{measure}变为{now}{measure}"
    label = found["school"] + found["stage"].map(lambda stage: f"（{STAGES[stage]}）" if stage else "")
    for state in (DISSOLVED, NEW, MORE, GONE):
        if len(names := list(label[found["state"] == state])):
            text += f"，{state}：{formats.listed(names, NAMED, '个')}"
    return text


def _fewer(case: Case) -> list[tuple[str, str]]:
    """What the scheme asks about becoming fewer, as the items judge it."""
    found = []
    for kind, settings in conditions(case, "fewer"):
        if settings["what"] in ("classes", "schools"):
            result = outcome(case, kind, settings)
            text = result.evidence.removeprefix(f"{result.name}：")
            found.append((f"{result.name}{WORDS[result.verdict.value]}：", f"{text}。"))
    return found


def _schools(case: Case) -> list[str]:
    found = sizes.large_schools(case)
    if found is None:
        return []
    limits: dict[float, list[str]] = {}
    for kind, limit in sizes.size_limits(case).items():
        limits.setdefault(limit, []).append(kind)
    rule = "；".join(f"{'、'.join(kinds)}{formats.plain(limit)}人" for limit, kinds in limits.items())
    over = found[found["verdict"] == NOT_MET].sort_values("excess", ascending=False, kind="stable")
    open_ = list(found.loc[found["verdict"] == UNDETERMINED, "school"])
    names = [
        f"{row['school']}（{formats.whole(row['pupils']) if row['pupils'] == row['pupils'] else '已超过上限'}"
        f"{'人' if row['pupils'] == row['pupils'] else ''}）"
        for row in records(over)
    ]
    text = f"超过规模上限的有{len(over)}所：{formats.listed(names, NAMED)}。" if names else "没有超过规模上限的学校。"
    if open_:
        text = (
            text if names else "没有查明有超过规模上限的学校。"
        ) + f"缺学生数无法核对的有{formats.listed(open_, NAMED)}。"
    found_ = sizes.school_changes(case)
    change = f"与上年相比：{change_text(found_, '所')}。" if found_ is not None and len(found_) else ""
    return [heading("大规模学校"), paragraph(f"学校规模上限（义务教育阶段在校生）：{rule}。{text}{change}")]
