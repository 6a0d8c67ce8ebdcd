"""The chapters of a monitoring review: levels, relapses, schools, ledger."""

from __future__ import annotations

from typing import Any

import pandas as pd

from edukit import formats
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.ledger.columns import CLOSED, OPEN, WAITING
from edukit.monitoring import (
    COMPOSITE,
    GONE,
    KEPT,
    LASTING,
    NEW,
    REPAIRED,
    SCHOOL,
    SLIPPED,
    STATES,
    THRESHOLD,
    UNVERIFIED,
    Monitoring,
    against_base,
)
from edukit.monitoring import OPEN as UNTOLD
from edukit.monitoring import levels as levels_of
from edukit.showing import Prose
from edukit.text.annex import STEADY
from edukit.text.facts import MET, NOT_MET
from edukit.text.markup import led, paragraph, prose
from edukit.text.years.wording import own_entries, shown, what_of

MANY = 12
"""From this many on, the text gives counts and leaves names to the table."""


def _nothing(watch: Monitoring) -> Prose | None:
    return prose(paragraph(f"只有{watch.case.year}年的数据，没有可以比较的年份，本章从略。"))


def levels(watch: Monitoring) -> Prose | None:
    """How means and coefficients moved between the base year and now."""
    if not watch.compares:
        return _nothing(watch)
    both = against_base(levels_of(watch.years), watch.base.year, watch.case.year)
    base, parts = watch.base.year, []
    for stage, rows in both.groupby("stage", sort=False):
        single = rows[rows["indicator"] != COMPOSITE]
        parts.append(
            paragraph(
                f"{STAGES[str(stage)]}：",
                _moves(single["cv_change"], STEADY, f"与{base}年相比，", "项差异系数中"),
                _crossed(watch, rows),
                _moves(single["mean_change"], 0.0, "各项平均值中", ""),
                _sunk(watch, single),
            )
        )
    return prose(*parts)


def _moves(change: pd.Series, steady: float, lead: str, measure: str) -> str:
    known = change.dropna()
    if known.empty:
        return f"{lead}两年都有数据的一项也没有。"
    down, up = int((known < -steady).sum()), int((known > steady).sum())
    told = [f"{count}项{word}" for count, word in ((down, "下降"), (up, "上升")) if count]
    same = len(known) - down - up
    told += [f"{same}项持平"] if same else []
    lacking = f"（另有{len(change) - len(known)}项缺数据，不能比较）" if len(known) < len(change) else ""
    return f"{lead}{len(known) if measure else ''}{measure}{'、'.join(told)}{lacking}。"


def _crossed(watch: Monitoring, rows: pd.DataFrame) -> str:
    texts = []
    for old, new, word in ((MET, NOT_MET, "由不超过上限变为超过上限"), (NOT_MET, MET, "由超过上限降到上限以内")):
        found = rows[(rows["verdict_base"] == old) & (rows["verdict"] == new)]
        names = [
            f"{_name(watch, row.indicator)}（{formats.cv(row.cv_base, row.limit)}→{formats.cv(row.cv, row.limit)}）"
            for row in found.itertuples()
        ]
        texts.append(f"{word}的有{'、'.join(names)}。" if names else "")
    return "".join(texts)


def _sunk(watch: Monitoring, rows: pd.DataFrame) -> str:
    found = rows[rows["mean_change"].round(3) < 0].sort_values("mean_change")
    names = [
        f"{_name(watch, row.indicator)}（{formats.percent(row.mean_change).replace('-', '−')}）"
        for row in found.itertuples()
    ]
    return f"平均值下降的有{'、'.join(names)}。" if names else ""


def _name(watch: Monitoring, id_: str) -> str:
    return "综合差异系数" if id_ == COMPOSITE else watch.case.scheme.indicator(id_).short


def slipped(watch: Monitoring) -> Prose | None:
    """What was met in an earlier year and is not met now."""
    if not watch.compares:
        return _nothing(watch)
    found = watch.in_state(SLIPPED)
    lost = watch.in_state(UNVERIFIED)
    lost = lost[lost["kind"] != THRESHOLD]
    unsure = ""
    if len(lost):
        names = ["".join(what_of(watch, row)).removesuffix("学校达标") for row in records(lost)]
        unsure = (
            f"原已达到、本年缺数据无法核实的有{len(lost)}项：{formats.listed(names, 8, '项')}，补全数据后才能确认。"
        )
    if found.empty:
        return prose(
            paragraph(
                f"{watch.base.year}年以来达到过的学校、指标和事项，{watch.case.year}年没有发现退到要求以下的。", unsure
            )
        )
    items = [(f"{who}{what}：", text) for who, what, text in _told(watch, found)]
    cells = found[found["kind"] == THRESHOLD]
    alone = ""
    if len(cells):
        by_item = cells["item"].value_counts()
        parts = [f"{_name(watch, id_)}{by_item[id_]}处" for id_ in watch.case.scheme.ids if id_ in by_item]
        alone = f"学校的单项指标曾经达标、现在低于标准的共{len(cells)}处：{'、'.join(parts)}，逐处见下表。"
    return prose(led(items), paragraph(alone, unsure))


def _told(watch: Monitoring, found: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Each relapse but those of single indicators: who, what, and what happened."""
    told = []
    for row in records(found[found["kind"] != THRESHOLD]):
        who, what = what_of(watch, row)
        text = f"{row['then']:.0f}年{shown(watch, row, 'value_then')}，{watch.case.year}年{shown(watch, row, 'value')}"
        if row["kind"] == SCHOOL:
            what = ""
            text += _because(watch, row)
        told.append((who, what, f"{text}。"))
    return told


def _because(watch: Monitoring, school: dict[str, Any]) -> str:
    """Which indicators of a school are below their standards, and what they were before; nothing for other things."""
    if school["kind"] != SCHOOL:
        return ""
    rows = watch.in_state(SLIPPED, NEW, LASTING, kind=THRESHOLD)
    own = records(rows[(rows["unit"] == school["unit"]) & (rows["stage"] == school["stage"])])
    if not own:
        return ""
    parts = [
        f"{_name(watch, row['item'])}{shown(watch, row, 'value')}"
        + (f"（{row['then']:.0f}年{shown(watch, row, 'value_then')}，" if row["state"] == SLIPPED else "（")
        + f"标准{formats.plain(row['limit'])}）"
        for row in own
    ]
    return f"；低于标准的是{'、'.join(parts)}"


def new(watch: Monitoring) -> Prose | None:
    """Problems that no earlier year had: a new school, or a number that was not known."""
    if not watch.compares:
        return None
    found = watch.in_state(NEW)
    if found.empty:
        return prose(paragraph("没有新出现的问题。"))
    main = found[found["kind"] != THRESHOLD]
    items = [("".join(what_of(watch, row)).removesuffix("学校达标"), row) for row in records(main)[:MANY]]
    named = led((f"{name}：", f"{shown(watch, row, 'value')}{_because(watch, row)}。") for name, row in items)
    cells = int((found["kind"] == THRESHOLD).sum())
    return prose(
        paragraph(f"以前没有判定过或无法判定、{watch.case.year}年未达到的，有{len(main)}项。"),
        named,
        paragraph(f"学校的单项指标新低于标准的{cells}处，逐处见下表。" if cells else ""),
    )


def improved(watch: Monitoring) -> Prose | None:
    """What was not met since the base year and is met now."""
    if not watch.compares:
        return None
    found = watch.in_state(REPAIRED)
    main = found[found["kind"] != THRESHOLD]
    cells = int((found["kind"] == THRESHOLD).sum())
    if found.empty:
        return prose(paragraph(f"{watch.base.year}年以来未达到的事项，本年没有新达到的。"))
    names = ["".join(what_of(watch, row)).removesuffix("学校达标") for row in records(main)]
    told = (
        f"{watch.base.year}年以来未达到、本年达到的有{len(main)}项：{formats.listed(names, MANY, '项')}。"
        if names
        else ""
    )
    return prose(paragraph(told, f"学校的单项指标由低于标准变为达标的{cells}处。" if cells else ""))


def units(watch: Monitoring) -> Prose | None:
    """How many units are in which state, and which schools appeared or went."""
    if not watch.compares:
        return _nothing(watch)
    rows = watch.in_state(*STATES, kind=SCHOOL)
    if rows.empty:
        return prose(paragraph("该办法没有载入逐校标准，不作逐校判定；各校数值的变化见差异系数和平均值。"))
    counts = rows["state"].value_counts()
    order = (SLIPPED, NEW, LASTING, UNVERIFIED, UNTOLD, REPAIRED, KEPT)
    here = int(sum(counts.get(state, 0) for state in order))
    told = "、".join(f"{STATES[state]}{counts[state]}个" for state in order if state in counts)
    parts = [f"{watch.case.year}年核查{here}个学段单位：{told}。"]
    for state, text in ((LASTING, "从未达标的有"), (GONE, "以前判定过、本年没有数据或不再计入的有")):
        names = ["".join(what_of(watch, row)).removesuffix("学校达标") for row in records(rows[rows["state"] == state])]
        parts.append(f"{text}{formats.listed(names, 8, '个')}。" if names else "")
    return prose(paragraph(*parts))


def ledger(watch: Monitoring, kept: pd.DataFrame) -> Prose | None:
    """How many problems of the ledger are open, waiting, closed, came back.

    Args:
        watch: the county over the years.
        kept: the ledger as :func:`edukit.export.kept.problem_ledger` gives it.
    """
    own, year = own_entries(watch, kept), watch.case.year
    if own.empty:
        return prose(paragraph("问题台账中没有按本办法登记的问题。"))
    seen = pd.to_numeric(own["first_seen"], errors="coerce")
    counts = own["status"].value_counts()
    told = "、".join(f"{status}{counts[status]}条" for status in (OPEN, WAITING, CLOSED) if status in counts)
    fresh = int((seen == year).sum())
    parts = [f"台账（ledger.xlsx）按本办法登记的问题共{len(own)}条：{told}；其中{year}年新登记{fresh}条。"]
    if fresh == len(own):
        parts.append(f"台账中没有{year}年以前登记的问题，以前年度没有生成过台账；反弹情况以上面各章为准。")
    again = pd.to_numeric(own["reopened"], errors="coerce") > 0
    if again.any():
        parts.append(f"销号后又反弹的{int(again.sum())}条。")
    waiting = int(counts.get(WAITING, 0))
    parts.append(f"待销号的{waiting}条已经达标，补充佐证材料后销号。" if waiting else "")
    late = own[(own["status"] == OPEN) & (seen < year)]
    parts.append(f"{year}年以前发现、尚未销号的{len(late)}条，列于下表。" if len(late) else "")
    return prose(paragraph(*parts))
