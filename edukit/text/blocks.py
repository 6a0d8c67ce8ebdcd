"""The blocks of a scheme in words: what each comes to, how they make the verdict, and what uncertain rules change."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.assess import Assessment
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.schemes import Option
from edukit.showing import Prose
from edukit.text import facts
from edukit.text.facts import MET, NOT_MET, UNDETERMINED
from edukit.text.markup import heading, led, paragraph, prose

OUTCOMES = {"met": "达到要求", "not_met": "未达到要求", "undetermined": "无法判定"}
PARTS = {"schools": "逐校指标", "balance": "校际差异系数", "composite": "综合差异系数"}
GATES = frozenset({"forbidden", "since", "confirmed"})
"""Kinds of conditions that make a precondition or a veto; a block of nothing else is shown as one."""
SURVEYS = frozenset({"survey"})
MANY = 2
"""With more failing schools than this the text gives their number and leaves the names to the table."""


def parts(case: Case) -> list[tuple[str, str, str]]:
    """The verdicts within the block of the indicators, each with what it consists of."""
    held = case.now.parts.items()
    return [
        (verdict.value, f"{PARTS[part]}{OUTCOMES[verdict.value]}。", part_text(case, part)) for part, verdict in held
    ]


def part_text(case: Case, part: str) -> str:
    """What one part of the resources comes to: the schools, the coefficients, or their mean."""
    now = case.now
    if part == "schools":
        listed = {}
        for verdict, word in ((NOT_MET, "未达标"), (UNDETERMINED, "无法判定")):
            names = [now.unit_names[unit] for unit in now.schools.loc[now.schools["verdict"] == verdict, "unit"]]
            listed[word] = f"{len(names)}个{word}（{formats.listed(names, 6, '个')}）" if names else ""
        met = int((now.schools["verdict"] == MET).sum())
        texts = [f"{met}个达标" if met else "", *listed.values()]
        if met == len(now.schools):
            return f"{met}个学段单位全部达标。"
        return f"{len(now.schools)}个学段单位中" + "、".join(text for text in texts if text) + "。"
    if part == "balance":
        return _balance(now)
    rows = records(now.composite)
    return "；".join(
        f"{STAGES[row['stage']]}{formats.cv(row['cv'], row['limit'])}（上限{formats.plain(row['limit'])}）"
        for row in rows
    ) + ("。" if rows else "没有可以计算的学段。")


def _balance(now: Assessment) -> str:
    judged = now.balance[now.balance["verdict"] != ""]
    met, _, unknown = facts.counts(judged)
    over = [
        f"{STAGES[row['stage']]}{now.scheme.indicator(row['indicator']).short}"
        f"{formats.cv(row['cv'], row['cv_limit'])}，上限{formats.plain(row['cv_limit'])}"
        for row in records(facts.failing_cvs(now))
    ]
    lacking = [
        f"{STAGES[row['stage']]}{now.scheme.indicator(row['indicator']).short}"
        for row in records(judged[judged["verdict"] == UNDETERMINED])
    ]
    if met == len(judged):
        text = f"{met}项差异系数均不超过上限"
    else:
        told = [f"{met}项不超过上限" if met else ""]
        told += [f"{len(over)}项超过上限（{'；'.join(over[:4])}{'等' if len(over) > 4 else ''}）" if over else ""]
        told += [f"{unknown}项缺数据（{formats.listed(lacking, 4, '项')}）" if unknown else ""]
        text = f"{len(judged)}项差异系数中" + "，".join(part for part in told if part)
    return text + "。" + _small(now)


def _small(now: Assessment) -> str:
    """What a reader must know before he trusts a coefficient: single units, few units, a stage without data."""
    sizes = {stage: int((now.units["stage"] == stage).sum()) for stage in now.scheme.stages}
    single = [STAGES[stage] for stage, size in sizes.items() if size == 1]
    few = [f"{STAGES[stage]}{size}个" for stage, size in sizes.items() if 1 < size < facts.FEW_UNITS]
    absent = [STAGES[stage] for stage, size in sizes.items() if not size]
    texts = [f"{'、'.join(single)}只有1个单位，差异系数恒为0，不反映差异。" if single else ""]
    texts += [f"单位很少（{'、'.join(few)}），差异系数受单个学校影响大。" if few else ""]
    texts += [f"没有{'、'.join(absent)}数据，该学段未判定。" if absent else ""]
    return "".join(texts)


def by_block(case: Case) -> list[tuple[str, str, str]]:
    """Every block in the scheme's order with its verdict and what it consists of."""
    told = []
    for row in records(case.now.blocks):
        apart = "" if row["counts"] else "（不计入结论）"
        lead = f"{row['name']}{apart}{OUTCOMES[row['verdict']]}。"
        told.append((row["verdict"], lead, block_text(case, row)))
    return told


def block_text(case: Case, row: dict[str, Any]) -> str:
    """What a row of ``Assessment.blocks`` consists of, in one sentence or a few."""
    if row["name"] in (case.scheme.resource_block, case.scheme.school_block):
        own = own_parts(case, row["name"])
        told = "".join(f"{PARTS[part]}：" * (len(own) > 1) + part_text(case, part) for part in own)
        return told or f"{row['note']}。"
    items = case.now.items[case.now.items["block"] == row["name"]]
    if row["rule"] == "marks":
        return f"{marks(row)}。{_counted(items)}"
    return _counted(items)


def own_parts(case: Case, block: str) -> list[str]:
    """The parts of the resources that a block of the indicators consists of; none for a block of items."""
    scheme = case.scheme
    if block == scheme.school_block:
        return [part for part in case.now.parts if part == "schools"]
    if block == scheme.resource_block:
        return [part for part in case.now.parts if not (scheme.school_block and part == "schools")]
    return []


def marks(row: dict[str, Any]) -> str:
    """The marks of a block against its pass mark.

    >>> marks({"earned_low": 78.0, "earned_high": 92.0, "limit": 85.0})
    '已确定得78分，最多可得92分，达到要求须85分'
    """
    low, high = formats.plain(row["earned_low"]), formats.plain(row["earned_high"])
    got = f"得{low}分" if row["earned_low"] == row["earned_high"] else f"已确定得{low}分，最多可得{high}分"
    return f"{got}，达到要求须{formats.plain(row['limit'])}分"


def _counted(items: pd.DataFrame) -> str:
    met, missed, unknown = facts.counts(items)
    if len(items) == 1:  # its evidence begins with what decides
        return f"{str(items['evidence'].iloc[0]).partition('；')[0]}。"
    if met == len(items):
        return f"{met}项全部达到。"
    told = [f"{met}项达到" if met else ""]
    for verdict, word, count in ((NOT_MET, "未达到", missed), (UNDETERMINED, "无法判定", unknown)):
        names = items.loc[items["verdict"] == verdict, "short"].tolist()
        told.append(f"{count}项{word}（{formats.listed(names, 6, '项')}）" if count else "")
    return f"{len(items)}项中" + "、".join(part for part in told if part) + "。"


def blocks(case: Case) -> Prose | None:
    """How the blocks make the county's verdict, and what has to be said about single blocks."""
    rows = case.now.blocks
    counted, apart = rows.loc[rows["counts"], "name"].tolist(), rows.loc[~rows["counts"], "name"].tolist()
    met, missed, unknown = facts.counts(rows[rows["counts"]])
    told = [f"{count}个{word}" for count, word in ((met, "达到"), (missed, "未达到"), (unknown, "无法判定")) if count]
    opening = (
        f"结论由{len(counted)}个方面合成：{'、'.join(counted)}。各方面均达到要求，方为达到；有一个方面未达到，即为未达到；"
        f"没有未达到但有无法判定的，不能作出结论。目前{'、'.join(told)}。"
    )
    only = ""
    if case.now.scope == "resources":
        only = "数据中没有可以判定其他方面的内容，首页的结论只就资源配置作出。"
    note = f"{'、'.join(apart)}只作监测，不计入结论。" if apart else ""
    notes = [(f"{row['name']}：", f"{row['note']}。") for row in records(rows) if row["note"]]
    return prose(paragraph(opening, note, only), led(notes))


def item_blocks(case: Case) -> list[str]:
    """The blocks of items that are judged one by one; those of surveys, and of preconditions and vetoes, apart."""
    apart = {*survey_blocks(case), *gates(case)}
    return [name for name in _block_names(case) if name not in apart]


def survey_blocks(case: Case) -> list[str]:
    """The blocks that a survey alone decides."""
    return [name for name in _block_names(case) if _made_of(case, name, SURVEYS)]


def gates(case: Case) -> list[str]:
    """The blocks of preconditions and vetoes."""
    return [name for name in _block_names(case) if _made_of(case, name, GATES)]


def _block_names(case: Case) -> list[str]:
    order = [name for name in case.now.blocks["name"] if (case.now.items["block"] == name).any()]
    return list(dict.fromkeys([*order, *case.now.items["block"]]))


def _made_of(case: Case, block: str, kinds: frozenset[str]) -> bool:
    """Whether a block has conditions of these kinds only."""
    own = {c.kind for item in case.scheme.items if item.block == block for c in item.conditions}
    return bool(own) and own <= kinds and not any(item.block == block for item in case.scheme.school_items)


def block(case: Case, name: str) -> Prose | None:
    """One block: how many items are met, each that is not, with the reason, and those that nobody can tell yet."""
    items = case.now.items[case.now.items["block"] == name]
    row = next((row for row in records(case.now.blocks) if row["name"] == name), None)
    if items.empty:
        return None
    verdict = f"{OUTCOMES[row['verdict']]}。" if row else ""
    scored = f"{marks(row)}。" if row and row["rule"] == "marks" else ""
    failing = records(items[items["verdict"] == NOT_MET])
    open_ = records(items[items["verdict"] == UNDETERMINED])
    return prose(
        heading(name),
        paragraph(f"{verdict}{scored}", _counted(items)),
        led((f"{row['id']} {row['short']}未达到：", _why(row)) for row in failing if len(items) > 1),
        led((f"{row['id']} {row['short']}无法判定：", f"{row['evidence']}。") for row in open_ if len(items) > 1),
    )


def _why(row: dict[str, Any]) -> str:
    many = len(row["failing"]) > MANY
    return f"{len(row['failing'])}处不符合，名单见下表的依据。" if many else f"{row['evidence']}。"


def no_gates(case: Case) -> Prose | None:
    """That the scheme has neither preconditions nor vetoes; nothing where it has some."""
    if gates(case):
        return None
    before = (
        f"“{case.scheme.school_block}”是接受评估的前置条件，判定见资源配置一章。" if case.scheme.school_block else ""
    )
    return prose(paragraph("本办法没有另设一票否决事项和申报前置条件。", before))


def options(case: Case) -> Prose | None:
    """The relaxations and uncertain rules in use, each with text, source and the document that allows it."""
    if not case.now.options:
        return prose(paragraph("没有采用放宽口径或待定口径，全部按办法的一般规定计算。"))
    return prose(
        paragraph(
            f"采用了{len(case.now.options)}条放宽或待定口径，凡因此改变的数字和结论，见“不确定口径的两种结果”一章。"
        ),
        led((f"{option.name}：", _option(option)) for option in case.now.options),
    )


def _option(option: Option) -> str:
    basis = f"依据：{option.basis}" if option.basis else "没有写明依据，须补充"
    return f"{option.text}。{basis}；来源{option.source}。" if option.source else f"{option.text}。{basis}。"


def alternatives(case: Case) -> Prose | None:
    """Whether another reading of an uncertain rule would change anything, and what."""
    found = case.alternatives
    asked = [option.name for option in case.scheme.options if option.uncertain]
    if not asked and not case.now.options:
        return prose(paragraph("本办法没有待定口径。"))
    if found.empty:
        names = f"（{'、'.join(asked)}）" if asked else ""
        return prose(paragraph(f"逐条改换待定口径{names}重新计算，各项判定均不变。"))
    county = found[found["kind"] == "county"]
    turned = [f"“{row['name']}”一条使全县结论由{row['here']}变为{row['there']}" for row in records(county)]
    result = f"{'；'.join(turned)}。" if turned else "全县结论都不变。"
    names = found["name"].drop_duplicates().tolist()
    return prose(
        paragraph(
            f"对没有全国统一规定的口径，逐条改换后重新计算：{result}改变数字或单项判定的有{len(names)}条，两种结果列于下表。"
        )
    )


def worst_first(found: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``case.alternatives`` with what weighs most in front: county, block, single verdicts, numbers."""
    weight = {"county": 0, "block": 1, "composite": 2, "balance": 2, "units": 2, "item": 2}
    order = found["kind"].map(weight).fillna(math.inf)
    first = order.groupby(found["option"]).transform("min")
    return found.assign(first=first, order=order).sort_values(["first", "option", "order"], kind="stable")[
        list(found.columns)
    ]
