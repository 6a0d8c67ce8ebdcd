"""A county's schools after something was done: teachers hired or moved, rooms built, schools merged, pupils moved.

Pure functions on the frame of the 学校 sheet. Arithmetic goes through the dictionary: a part grows the whole that it
is counted in (``at_most``: a new teacher with a higher degree is one more teacher), sums are made of the decimals as
typed, and a blank stays a blank. Sums over parts that the dictionary names (``sum_of``: degrees, titles) are not told
apart, since nobody knows a new teacher's degree. A certificate and the hours of training every teacher must have
(教师资格条例 asks for the one before anybody may teach; of the other the part due since), so whoever comes has them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from fractions import Fraction
from typing import Any, NoReturn

import pandas as pd

from edukit.dictionary import STAGES, STAGES_OF_TYPE, Field, load
from edukit.errors import CallError
from edukit.exact import fraction, total
from edukit.schools import bare, merged

KINDS: Mapping[str, str] = {
    "hire": "补充教师",
    "move": "交流教师",
    "build": "建设校舍场地",
    "buy": "购置",
    "pupils": "划转学生",
    "merge": "撤并学校",
    "open": "新设学校",
    "grow": "在校生增减",
    "set": "改填数字",
}
"""Kinds of changes, with what a reader sees."""

LAND = frozenset({"site_area"})
"""Wholes that do not grow with their parts: what is built stands on ground that the school has."""


@dataclass(frozen=True)
class Change:
    """One thing that is done to one school: teachers moved, rooms built, equipment bought, pupils moved, a merger.

    >>> Change("build", "乙校", "teaching_area", 353)  # doctest: +ELLIPSIS
    Change(kind='build', school='乙校', field='teaching_area', amount=353, ...)
    >>> two_teachers = Change("move", "乙校", "pe_arts_teachers_primary", 2, from_school="甲校")
    >>> thirty_pupils = Change("pupils", "乙校", stage="primary", amount=30, from_school="甲校")
    >>> five_percent_more_pupils_everywhere = Change("grow", amount=0.05)

    Attributes:
        kind: one of :data:`KINDS`.
        school: the school that it is done to, by code or full name; for ``merge`` the one that remains; "" only for
            ``grow``, which then is about all schools.
        field: for hire, move, build and buy: the number that grows, e.g. ``pe_arts_teachers_primary``; for set the
            number that is given, e.g. one that is blank, or ``max_class_primary`` after pupils were moved.
        amount: by how much, in the field's own unit (equipment in 万元). For ``pupils`` the pupils moved, for ``grow``
            the relative growth (0.05 is 5 % more, rounded to whole pupils), for ``set`` the number itself. May be
            negative for build, buy and hire.
        from_school: for move and pupils: where from; for merge: the school that is dissolved.
        stage: for pupils and grow: primary, junior or senior; "" for grow is all stages.
        values: for open: the new school's fields; at least school_name and school_type.
    """

    kind: str
    school: str = ""
    field: str = ""
    amount: float = 0.0
    from_school: str = ""
    stage: str = ""
    values: Mapping[str, Any] = dataclass_field(default_factory=dict)


OF_EVERY_TEACHER = ("cert_teachers_{stage}", "trained360_{stage}")
"""Numbers of teachers who have what every teacher must have: they come and go with the teachers."""


def apply(schools: pd.DataFrame, changes: Iterable[Change]) -> pd.DataFrame:
    """The schools after all changes, one after the other.

    Args:
        schools: one row per school with the dictionary's field names as columns; not changed.
        changes: what is done.

    Returns:
        A new frame. Row labels stay; a school that is opened gets the next free one. What was unknown stays unknown.

    Raises:
        CallError: a change that cannot be: no such school, field or stage, or a number would fall below zero.

    >>> one = pd.DataFrame({"school_name": ["甲校"], "school_code": ["1"], "school_type": ["小学"],
    ...     "pupils_primary": [300.0], "pe_arts_teachers_primary": [2.0], "teachers_primary": [20.0]})
    >>> after = apply(one, [Change("hire", "甲校", "pe_arts_teachers_primary", 1)])
    >>> after.loc[0, ["pe_arts_teachers_primary", "teachers_primary"]].tolist()
    [3.0, 21.0]
    """
    frame, highest = schools.copy(), max(schools.index, default=-1)
    for number, change in enumerate(changes, start=1):
        if change.kind not in KINDS:
            _refuse(f"没有“{change.kind}”这种变更，应为{'、'.join(KINDS)}之一", number)
        try:
            if change.kind == "open":  # never under the label of a school that was merged
                highest += 1
                frame = _open(frame, change, highest)
            else:
                frame = _ACTS[change.kind](frame, change)
        except CallError as error:
            _refuse(f"{KINDS[change.kind]}：{error}", number)
    return frame


def wholes(name: str) -> tuple[str, ...]:
    """The fields that count what a field counts a part of, and so grow with it, nearest first.

    >>> wholes("pe_arts_teachers_primary"), wholes("indoor_sports_area"), wholes("sports_field_area")
    (('teachers_primary', 'staff'), ('teaching_area', 'building_area'), ())
    """
    found: list[str] = []
    queue = list(load().field(name).at_most)
    while queue:
        whole = queue.pop(0)
        if whole not in LAND and whole not in found:
            found.append(whole)
            queue += load().field(whole).at_most
    return tuple(found)


def row_of(schools: pd.DataFrame, name: str) -> Any:
    """The row label of the school with a code, or else a name.

    Raises:
        CallError: there is none, or several have the name.
    """
    wanted = bare(name)
    fits = schools.index[(schools["school_code"] == name).fillna(False).astype(bool)]
    if not len(fits):
        fits = schools.index[schools["school_name"].map(bare) == wanted]
    if not len(fits):
        _refuse(f"“学校”表中没有“{name}”，请填学校标识码或全称")
    if len(fits) > 1:
        _refuse(f"“学校”表中有 {len(fits)} 所学校叫“{name}”，请改填学校标识码")
    return fits[0]


def _refuse(problem: str, number: int = 0) -> NoReturn:
    raise CallError(f"第 {number} 项变更不能进行。{problem}" if number else problem)


def _numeric(frame: pd.DataFrame, name: str) -> Field:
    if name not in load() or not load().field(name).numeric or name not in frame:
        _refuse(f"“{name}”不是“学校”表的数字列")
    return load().field(name)


def _resource(frame: pd.DataFrame, name: str) -> None:
    """Refuse what is no resource: pupils are moved or grow, they are not bought."""
    _numeric(frame, name)
    for stage in (*STAGES, "senior"):
        pupils = f"pupils_{stage}"
        if name == pupils or name in load().field(pupils).sum_of:
            _refuse(f"“{load().field(name).header}”应以{KINDS['pupils']}（pupils）或{KINDS['grow']}（grow）变更")


def _has_stage_of(frame: pd.DataFrame, row: Any, name: str) -> None:
    """Refuse a number of a stage at a school that does not teach it and has none of its pupils."""
    stage = name.rpartition("_")[2]
    if stage in (*STAGES, "senior") and not frame.at[row, f"pupils_{stage}"] > 0:
        _teaches(frame, row, stage)


def _add(frame: pd.DataFrame, row: Any, name: str, amount: float) -> None:
    """Add to one number in place; a blank stays blank."""
    have = frame.at[row, name]
    if pd.isna(have):
        return
    result = total([have, amount])
    spec = load().field(name)
    if result < 0:
        _refuse(f"{frame.at[row, 'school_name']}的“{spec.header}”为 {have:g}，不能减少 {-amount:g}")
    if spec.kind == "count" and not float(result).is_integer():
        _refuse(f"“{spec.header}”应为整数，变更后为 {result:g}")
    frame.at[row, name] = result


def _add_with_wholes(frame: pd.DataFrame, row: Any, name: str, amount: float) -> None:
    grown = (name, *wholes(name))
    for each in grown:
        if each in frame:
            _add(frame, row, each, amount)
    for stage in STAGES:
        if (teachers := f"teachers_{stage}") in grown and teachers in frame:
            for each in (template.format(stage=stage) for template in OF_EVERY_TEACHER):
                if each in frame and each not in grown:
                    have, most = frame.at[row, each], frame.at[row, teachers]
                    frame.at[row, each] = min(max(have + amount, 0.0), most) if have == have and most == most else have


def _grow_resource(frame: pd.DataFrame, change: Change) -> pd.DataFrame:
    _resource(frame, change.field)
    _finite(change)
    row = row_of(frame, change.school)
    _has_stage_of(frame, row, change.field)
    _add_with_wholes(frame, row, change.field, change.amount)
    return frame


def _move(frame: pd.DataFrame, change: Change) -> pd.DataFrame:
    _resource(frame, change.field)
    giver, taker = _both(frame, change)
    for row in (giver, taker):
        _has_stage_of(frame, row, change.field)
    _add_with_wholes(frame, giver, change.field, -change.amount)
    _add_with_wholes(frame, taker, change.field, change.amount)
    return frame


def _pupils(frame: pd.DataFrame, change: Change) -> pd.DataFrame:
    giver, taker = _both(frame, change)
    name = _pupils_field(change.stage)
    for row in (giver, taker):
        _teaches(frame, row, change.stage)
    _add(frame, giver, name, -change.amount)
    _add(frame, taker, name, change.amount)
    for row in (giver, taker) if change.amount else ():
        _forget_classes(frame, row, change.stage)
    return frame


def _forget_classes(frame: pd.DataFrame, row: Any, stage: str) -> None:
    """With other pupils nobody knows how large each class and each grade is; the number of classes stays."""
    if stage in STAGES:
        parts = (*load().field(f"classes_{stage}").sum_of, *load().field(f"pupils_{stage}").sum_of)
        for name in (f"max_class_{stage}", *parts):
            if name in frame:
                frame.at[row, name] = math.nan


def _merge(frame: pd.DataFrame, change: Change) -> pd.DataFrame:
    main, branch = row_of(frame, change.school), row_of(frame, change.from_school)
    if main == branch:
        _refuse(f"“{change.school}”不能并入自己")
    lost = set(STAGES_OF_TYPE[frame.at[branch, "school_type"]]) - set(STAGES_OF_TYPE[frame.at[main, "school_type"]])
    lost = {stage for stage in lost if frame.at[branch, f"pupils_{stage}"] != 0}
    if lost:
        kinds = f"“{frame.at[main, 'school_type']}”不办{'、'.join(sorted(_stage_name(stage) for stage in lost))}"
        _refuse(f"{frame.at[branch, 'school_name']}不能并入{frame.at[main, 'school_name']}：{kinds}")
    return merged(frame, main, branch)


def _open(frame: pd.DataFrame, change: Change, label: Any) -> pd.DataFrame:
    name, kind = change.values.get("school_name"), change.values.get("school_type")
    if not name or kind not in STAGES_OF_TYPE:
        _refuse(f"应写明学校名称和办学类型（{'、'.join(STAGES_OF_TYPE)}）")
    if (frame["school_name"].map(bare) == bare(name)).any():
        _refuse(f"“学校”表中已有“{name}”")
    if unknown := [key for key in change.values if key not in frame or key not in load()]:
        _refuse(f"“学校”表没有这些列：{'、'.join(map(str, unknown))}")
    blank = {key: spec.blank_means for key in frame if key in load() and (spec := load().field(key)).blank_means}
    row = pd.DataFrame([{**blank, **change.values}], index=[label]).reindex(columns=frame.columns)
    return pd.concat([frame, row.astype(frame.dtypes.to_dict())])


def _grow(frame: pd.DataFrame, change: Change) -> pd.DataFrame:
    _finite(change)
    if change.amount < -1:
        _refuse(f"在校生不能减少 {-change.amount:.0%}")
    rows = [row_of(frame, change.school)] if change.school else list(frame.index)
    if change.school and change.stage:
        _teaches(frame, rows[0], change.stage)
    for stage in [change.stage] if change.stage else [*STAGES, "senior"]:
        name = _pupils_field(stage)
        for row in rows:
            if pd.notna(have := frame.at[row, name]):
                grown = float(math.floor(fraction(have) * (1 + fraction(change.amount)) + Fraction(1, 2)))
                frame.at[row, name] = grown
                if grown != have:
                    _forget_classes(frame, row, stage)
    return frame


def _set(frame: pd.DataFrame, change: Change) -> pd.DataFrame:
    spec, row = _numeric(frame, change.field), row_of(frame, change.school)
    _finite(change)
    _has_stage_of(frame, row, change.field)
    if change.amount < 0 or (spec.kind == "count" and not float(change.amount).is_integer()):
        _refuse(f"“{spec.header}”应为不小于 0 的{'整' if spec.kind == 'count' else ''}数，实为 {change.amount:g}")
    frame.at[row, change.field] = float(change.amount)
    return frame


def _finite(change: Change) -> None:
    if not math.isfinite(change.amount):
        _refuse(f"数量应为数字，实为“{change.amount}”")


def _both(frame: pd.DataFrame, change: Change) -> tuple[Any, Any]:
    """Row labels of the school that gives and the one that takes."""
    _finite(change)
    if change.amount < 0:
        _refuse(f"数量不能为负，实为 {change.amount:g}")
    giver, taker = row_of(frame, change.from_school), row_of(frame, change.school)
    if giver == taker:
        _refuse(f"“{change.school}”不能与自己交流")
    return giver, taker


def _pupils_field(stage: str) -> str:
    if stage not in (*STAGES, "senior"):
        _refuse(f"学段应为 {'、'.join((*STAGES, 'senior'))}，实为“{stage}”")
    return f"pupils_{stage}"


def _teaches(frame: pd.DataFrame, row: Any, stage: str) -> None:
    if stage not in STAGES_OF_TYPE[frame.at[row, "school_type"]]:
        _refuse(f"{frame.at[row, 'school_name']}（{frame.at[row, 'school_type']}）不办{_stage_name(stage)}")


def _stage_name(stage: str) -> str:
    return STAGES.get(stage, "高中")


_ACTS: Mapping[str, Callable[[pd.DataFrame, Change], pd.DataFrame]] = {
    "hire": _grow_resource,
    "move": _move,
    "build": _grow_resource,
    "buy": _grow_resource,
    "pupils": _pupils,
    "merge": _merge,
    "grow": _grow,
    "set": _set,
}
