"""The chapter on groups: how many, where, and what the county's own rules for them come to."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES, load
from edukit.groups import Group, all_groups, by_place, concentrated, least_shown
from edukit.showing import Prose
from edukit.text.facts import MET, NOT_MET
from edukit.text.markup import led, paragraph, prose

NAMED = 3
"""So many of the schools with the highest shares are named for each group; the table has more."""
WITHHELD = "不单独公布"
SHEET = "学校补充"


def groups(case: Case) -> Prose | None:
    """Numbers by stage and place, the highest concentrations, and the verdicts of the items about the groups."""
    found = by_place(case.now.source)
    told = [(f"{group.name}：", _group(case, group, found[found["group"] == group.id])) for group in _filled(found)]
    blank = [group.name for group in all_groups().values() if group not in _filled(found)]
    lacking = f"“{SHEET}”表没有填报{'、'.join(blank)}人数，这{len(blank)}类学生没有统计。" if blank else ""
    note = (
        f"涉及留守儿童和残疾学生的，单所学校一个学段不足{least_shown()}人的不公布人数，能推算出它的合计也不公布。"
        if any(group.sensitive for group in _filled(found))
        else ""
    )
    return prose(led(told), paragraph(lacking, note), led(_items(case)))


def _filled(found: pd.DataFrame) -> list[Group]:
    """The groups of which at least one school has given a number."""
    given = found[(found["place"] == "") & (found["unknown"].map(len) < found["schools"])]
    return [group for id_, group in all_groups().items() if id_ in set(given["group"])]


def _group(case: Case, group: Group, rows: pd.DataFrame) -> str:
    parts = [_stage(row, rows[rows["stage"] == row["stage"]]) for row in _of_places(rows, whole=True)]
    near = concentrated(case.now.source, most=NAMED)
    named = [
        f"{row['school']}{STAGES[row['stage']]}（{formats.percent(row['share'])}，{formats.whole(row['number'])}人）"
        for row in near[near["group"] == group.id].to_dict("records")
    ]
    high = f"占比最高的是{'、'.join(named)}。" if named else ""
    return "；".join(parts) + "。" + high + _county(case, group)


def _of_places(rows: pd.DataFrame, *, whole: bool) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = rows[(rows["place"] == "") == whole].to_dict("records")
    return records


def _stage(whole: dict[str, Any], rows: pd.DataFrame) -> str:
    name = STAGES[whole["stage"]]
    text = f"{name}{amount(whole)}"
    if not whole["known"]:
        return text
    places = [f"{row['place']}{amount(row)}" for row in _of_places(rows, whole=False)]
    return f"{text}，其中{'、'.join(places)}" if len(places) > 1 else text


def amount(row: dict[str, Any]) -> str:
    """A row of :func:`edukit.groups.by_place` in words, with what may not be published left out.

    >>> amount({"published": True, "number": 12.0, "share": 0.04, "known": 12.0, "unknown": (), "schools": 3})
    '12人（占4.0%）'
    """
    if len(row["unknown"]) == row["schools"]:
        return "未填报"
    if not row["published"]:
        return WITHHELD
    if row["unknown"]:
        names = formats.listed(row["unknown"], 3)
        return f"至少{formats.whole(row['known'])}人（{names}未填报）"
    share = "" if math.isnan(row["share"]) or not row["number"] else f"（占{formats.percent(row['share'])}）"
    return f"{formats.whole(row['number'])}人{share}"


def _county(case: Case, group: Group) -> str:
    """What the county's own sheet says about the group."""
    numbers = {name: case.now.evidence.number(name) for name in group.county}
    known = [f"{load().field(name).header}{formats.whole(n)}人" for name, n in numbers.items() if not math.isnan(n)]
    return f"“县级”表：{'，'.join(known)}。" if known else ""


def _items(case: Case) -> Iterable[tuple[str, str]]:
    """The items that are about one of the groups, with verdict and evidence."""
    words = [word for group in all_groups().values() for word in group.words]
    for row in case.now.items.to_dict("records"):
        if any(word in row["name"] for word in words):
            said = {MET: "达到", NOT_MET: "未达到"}.get(row["verdict"], "无法判定")
            yield f"{row['id']} {row['short']}{said}。", f"{row['evidence']}。"
