"""What if: changes that are thought of, and the county judged anew beside the county as it is.

A scenario is a name and a list of changes, in a notebook as objects, on disk as YAML::

    name: 调剂体艺教师
    changes:
      - {kind: move, school: 乙校, from_school: 甲校, field: 小学体育艺术专任教师数, amount: 2}
      - {kind: pupils, school: 乙校, from_school: 甲校, stage: 小学, amount: 30}
      - {kind: set, school: 乙校, field: 小学最大班额, amount: 44}

Kinds, fields and stages may be given by their names in the code or by their Chinese ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import yaml

from edukit import changes, plain_yaml
from edukit.assess import Assessment
from edukit.cards import card
from edukit.case import Case
from edukit.changes import Change
from edukit.dictionary import STAGES, load
from edukit.errors import CallError
from edukit.findings import Finding, Severity
from edukit.schools import bare
from edukit.trend import balance_change

_KINDS = {**{kind: kind for kind in changes.KINDS}, **{word: kind for kind, word in changes.KINDS.items()}}
_STAGES = {**{stage: stage for stage in (*STAGES, "senior")}, "小学": "primary", "初中": "junior", "高中": "senior"}
_TEXTS = ("school", "from_school")


@dataclass(frozen=True)
class Scenario:
    """What is tried: a name, and the changes in the order in which they are made.

    >>> Scenario("补校舍", (Change("build", "阿金歹小学", "teaching_area", 353),)).name
    '补校舍'

    Attributes:
        name: what tables and sentences call it.
        changes: see :class:`edukit.changes.Change`.
    """

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class WhatIf:
    """A county as it is and as it would be.

    Attributes:
        scenario: what is done.
        before: the assessment of the county as it is.
        after: the same county, year, scheme and options, with the changes.
        schools: the schools after the changes, one row each.
    """

    scenario: Scenario
    before: Assessment
    after: Assessment
    schools: pd.DataFrame

    def __repr__(self) -> str:
        turned = f"{self.before.verdict.label} → {self.after.verdict.label}"
        return f"<WhatIf {self.scenario.name}: {len(self.scenario.changes)} changes, {turned}>"

    def _repr_html_(self) -> str:
        """What is done, and what it makes of the verdicts."""
        before, after = self.before, self.after
        met = [int((each.schools["verdict"] == "met").sum()) for each in (before, after)]
        over = [int((each.balance["verdict"] == "not_met").sum()) for each in (before, after)]
        facts = [
            ("变更", f"{len(self.scenario.changes)} 项"),
            ("结论", f"{before.verdict.label} → {after.verdict.label}"),
            (after.scheme.resource_block, f"{before.resource_verdict.label} → {after.resource_verdict.label}"),
            ("达标的学段单位", f"{met[0]} → {met[1]} 个" if after.scheme.school_rule else ""),
            ("超过上限的差异系数", f"{over[0]} → {over[1]} 项"),
            ("情况有变的学段单位", f"{int(self.units['changed'].sum())} 个"),
        ]
        note = (
            "明细：.verdicts 各项结论，.balance 差异系数，.units 各校，.values 变了的数值；text.scenarios. 后按 Tab。"
        )
        return card(f"方案“{self.scenario.name}”", facts, note)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """What is said of the county, its blocks and items.

        One row each, also where nothing changed: kind (county, resources, block, item), id, name, before, after,
        changed; "" where a side has it not.
        """
        old, new = _said(self.before), _said(self.after)
        rows = [(*key, old.get(key, ""), new.get(key, "")) for key in dict.fromkeys([*old, *new])]
        frame = pd.DataFrame(rows, columns=["kind", "id", "name", "before", "after"])
        return frame.assign(changed=frame["before"] != frame["after"])

    @cached_property
    def balance(self) -> pd.DataFrame:
        """Level and inequality of each stage and indicator.

        As :func:`edukit.trend.balance_change` gives them, and cv_change (NaN where either is unknown).
        """
        frame = balance_change(self.before, self.after)
        return frame.assign(cv_change=frame["cv"] - frame["cv_before"])

    @cached_property
    def composite(self) -> pd.DataFrame:
        """The mean of all coefficients, where the scheme limits it.

        One row per stage of either side: stage, cv_before, cv, limit, verdict_before, verdict. NaN and "" where unknown
        or where a side has not the stage.
        """
        old, new = (each.composite.set_index("stage") for each in (self.before, self.after))
        stages = [stage for stage in self.after.scheme.stages if stage in old.index.union(new.index)]
        frame = pd.DataFrame({"stage": stages})
        for name, side in (("_before", old), ("", new)):
            frame[f"cv{name}"] = frame["stage"].map(side["cv"]).astype(float)
            frame[f"verdict{name}"] = frame["stage"].map(side["verdict"]).fillna("")
        frame["limit"] = frame["stage"].map(self.after.scheme.composite_limit).astype(float)
        return frame[["stage", "cv_before", "cv", "limit", "verdict_before", "verdict"]]

    @cached_property
    def units(self) -> pd.DataFrame:
        """Every unit of either side.

        school, stage, pupils_before, pupils, n_met_before, n_met, verdict_before, verdict, changed. NaN and "" where a
        side has it not: a school that is opened, merged or left out.
        """
        columns = ["school", "stage", "pupils", "n_met", "verdict"]
        both = _joined(self.before, self.after, "schools", columns, []).drop(columns="row")
        same = both["verdict"] == both["verdict_before"]
        gone = both["pupils"].isna() != both["pupils_before"].isna()  # also of a scheme that judges no single school
        return both.assign(changed=gone | ~(same & (both["n_met"].eq(both["n_met_before"]) | both["n_met"].isna())))

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Every value of either side, by stage, indicator and school.

        row (label of the school in the 学校 sheet), school, stage, indicator, value_before, value, verdict_before,
        verdict, threshold. NaN and "" where a side has it not.
        """
        both = _joined(self.before, self.after, "cells", ["school", "stage", "value", "verdict"], ["indicator"])
        limits = self.after.scheme
        both["threshold"] = [
            limits.indicator(id_).threshold.get(stage, float("nan"))
            for id_, stage in zip(both["indicator"], both["stage"], strict=True)
        ]
        return both

    @cached_property
    def values(self) -> pd.DataFrame:
        """Every value that is not what it was, with the columns of :attr:`cells` but row."""
        both = self.cells
        same = both["value"].eq(both["value_before"]) | (both["value"].isna() & both["value_before"].isna())
        return both[~same].drop(columns="row").reset_index(drop=True)


def what_if(case: Case, scenario: Scenario) -> WhatIf:
    """What if: judge a county with a scenario's changes, and keep the assessment as it is beside the new one.

    >>> from edukit import Change, Scenario, open_case
    >>> case = open_case("210903", 2020, "quality-2017")
    >>> found = what_if(case, Scenario("补校舍", (Change("build", "阿金歹小学", "teaching_area", 353),)))
    >>> found.values[["school", "indicator", "verdict_before", "verdict"]].values.tolist()
    [['阿金歹小学', 'Q4', 'not_met', 'met']]

    Scheme and options are those that the county was judged by.
    Special rooms and test scores of a school that is merged count with the school that remains. Where pupils changed,
    the sizes of the classes are no longer known: what depends on them is open until a change ``set`` gives them.

    Raises:
        CallError: a change that cannot be, see :func:`edukit.changes.apply`.
    """
    try:
        schools = changes.apply(case.book.schools, scenario.changes)
    except CallError as error:
        raise CallError(f"方案“{scenario.name}”：{str(error).rstrip('。')}。") from None
    sheets = dict(case.book.sheets)
    if merged := _merged(case.book.schools, scenario):
        for name, sheet in sheets.items():
            if "school_name" in sheet.frame:
                sheets[name] = replace(sheet, frame=_renamed(sheet.frame, merged))
    after = case.again(replace(case.book, schools=schools, sheets=sheets), _noticed(case.book.schools, schools))
    return WhatIf(scenario, case.now, after, schools)


def load_scenario(path: Path) -> Scenario:
    """A scenario from a YAML file.

    Raises:
        CallError: the file cannot be read, or an entry is not what a change has; names the entry.
    """
    try:
        raw = plain_yaml.read(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CallError(f"找不到方案文件 {path}。请核对路径。") from None
    except yaml.YAMLError as error:
        raise CallError(f"方案文件 {path} 读不出来：{plain_yaml.told(error)}。") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(f"方案文件 {path} 读不出来：{error}。应为 UTF-8 编码的 YAML 文件。") from None
    if not isinstance(raw, dict) or set(raw) - {"name", "changes"} or not isinstance(raw.get("changes"), list):
        _refuse(path.name, "应写明 name（名称）和 changes（变更的列表），不含别的内容")
    if not raw["changes"]:
        _refuse(path.name, "changes 是空的，没有可测算的变更")
    entries = [_change(entry, number, path.name) for number, entry in enumerate(raw["changes"], start=1)]
    return Scenario(str(raw.get("name") or path.stem), tuple(entries))


def _change(entry: Any, number: int, where: str) -> Change:
    known = {field.name for field in fields_of(Change)}
    if not isinstance(entry, Mapping) or "kind" not in entry:
        _refuse(where, f"第 {number} 项应写明 kind，例如 {{kind: hire, school: 某校, field: …, amount: 1}}")
    if unknown := set(entry) - known:
        _refuse(where, f"第 {number} 项不认识“{'、'.join(map(str, unknown))}”，应为{'、'.join(sorted(known))}")
    given: dict[str, Any] = dict(entry)
    kind = _KINDS.get(str(given["kind"]))
    if kind is None:
        kinds = "、".join(f"{key}（{word}）" for key, word in changes.KINDS.items())
        _refuse(where, f"第 {number} 项没有“{given['kind']}”这种变更，应为{kinds}")
    given["kind"] = kind
    for name in _TEXTS:
        if name in given and not isinstance(given[name], str):
            _refuse(where, f"第 {number} 项的 {name} 应为学校标识码或全称，标识码请加引号，实为“{given[name]}”")
    if "stage" in given:
        stage = _STAGES.get(str(given["stage"]))
        if stage is None:
            _refuse(where, f"第 {number} 项的 stage 应为小学、初中或高中，实为“{given['stage']}”")
        given["stage"] = stage
    if "amount" in given and (isinstance(given["amount"], bool) or not isinstance(given["amount"], int | float)):
        _refuse(where, f"第 {number} 项的 amount 应为数字，实为“{given['amount']}”")
    if "field" in given:
        given["field"] = _field(given["field"], number, where)
    if "values" in given:
        if not isinstance(given["values"], Mapping):
            _refuse(where, f"第 {number} 项的 values 应为“列名: 值”")
        given["values"] = {_field(key, number, where): value for key, value in given["values"].items()}
    for name in ("field", "amount") if kind in ("hire", "move", "build", "buy", "set") else ():
        if name not in given:
            _refuse(where, f"第 {number} 项（{changes.KINDS[kind]}）缺少 {name}")
    return Change(**given)


def _field(name: Any, number: int, where: str) -> str:
    found = load().match(str(name), "学校")
    if found is None:
        _refuse(where, f"第 {number} 项：“学校”表没有“{name}”这一列")
    return found.name


def _refuse(where: str, problem: str) -> NoReturn:
    raise CallError(f"方案文件 {where}：{problem}。")


def _merged(schools: pd.DataFrame, scenario: Scenario) -> list[tuple[pd.Series, pd.Series]]:
    """For each merger the school that goes and the one that remains, as they were just before."""
    found = []
    for change in scenario.changes if any(change.kind == "merge" for change in scenario.changes) else ():
        if change.kind == "merge":
            gone, stays = (schools.loc[changes.row_of(schools, name)] for name in (change.from_school, change.school))
            found.append((gone, stays))
        schools = changes.apply(schools, [change])
    return found


def _renamed(frame: pd.DataFrame, merged: list[tuple[pd.Series, pd.Series]]) -> pd.DataFrame:
    """A detail sheet in which the rows of a merged school are those of the school that remains."""
    frame = frame.copy()
    for gone, stays in merged:
        own = frame["school_name"].map(bare) == bare(gone["school_name"])
        if "school_code" in frame and isinstance(gone["school_code"], str):
            own |= (frame["school_code"] == gone["school_code"]).fillna(False).astype(bool)
        for name in ("school_name", "school_code"):
            if name in frame:
                frame.loc[own, name] = stays[name]
    return frame


def _noticed(before: pd.DataFrame, after: pd.DataFrame) -> list[Finding]:
    """Schools whose class sizes were known and are not any more."""
    both = before.index.intersection(after.index)
    found = []
    for stage, word in STAGES.items():
        name = f"max_class_{stage}"
        lost = both[before.loc[both, name].notna() & after.loc[both, name].isna()]
        for school in after.loc[lost, "school_name"]:
            problem = f"{school}{word}的学生数变了，各班人数不再可知，班额按无法判定处理"
            action = f"预计的最大班额可用改填数字（kind: set, field: {name}）给出"
            found.append(Finding(Severity.INFO, "scenario-classes", "方案", problem, action=action, school=school))
    return found


def _said(result: Assessment) -> dict[tuple[str, str, str], str]:
    """Verdicts by kind, id and name."""
    said = {
        ("county", "", "全县结论"): result.verdict.value,
        ("resources", "", result.scheme.resource_block): result.resource_verdict.value,
    }
    said |= {("block", "", row["name"]): row["verdict"] for row in result.blocks.to_dict("records")}
    return said | {("item", row["id"], row["name"]): row["verdict"] for row in result.items.to_dict("records")}


def _joined(before: Assessment, after: Assessment, table: str, columns: list[str], more: list[str]) -> pd.DataFrame:
    """A table of both sides, row by row of the same school and stage; numbers and verdicts of the first ``_before``."""
    keys = ["row", "stage", *more]
    old, new = (
        getattr(each, table)[["unit", *columns, *more]].assign(
            row=lambda frame, each=each: frame["unit"].map(each.units["row"])
        )
        for each in (before, after)
    )
    both = new.drop(columns="unit").merge(
        old.drop(columns="unit"), on=keys, how="outer", suffixes=("", "_before"), sort=False
    )
    both["school"] = both["school"].where(both["school"].notna(), both["school_before"])
    order = {stage: i for i, stage in enumerate(after.scheme.stages)}
    ranks = [both["stage"].map(order), *([both[name].map(list(after.scheme.ids).index) for name in more])]
    places = pd.DataFrame({"row": both["row"], **{str(i): rank for i, rank in enumerate(ranks)}})
    both = both.loc[places.sort_values([*map(str, range(len(ranks))), "row"], kind="stable").index]
    measures = [name for name in columns if name not in ("school", "stage")]
    told = [part for name in measures for part in (f"{name}_before", name)]
    words = {name: "" for name in ("verdict", "verdict_before")}
    return both[["row", "school", "stage", *more, *told]].fillna(words).reset_index(drop=True)
