"""What a case says this year, one row per thing judged: the problems, and what closes or keeps an earlier one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from edukit import formats
from edukit.dictionary import STAGES, STAGES_OF_TYPE, load
from edukit.frames import records
from edukit.gaps import settle
from edukit.ledger.columns import MET, NOT_MET, ORIGINS, UNDETERMINED, Key
from edukit.schemes import Indicator

if TYPE_CHECKING:
    from edukit.case import Case

COUNTY = "全县"
"""Stands for the school where a problem is the county's."""

FILLED = {MET: "已填报", NOT_MET: "缺数据"}
"""What stands for the number of a problem of missing data."""

FIELDS = ("key", "verdict", "origin", "school", "stage", "item", "problem", "standard", "value", "gap", "measure")

_SAYING = re.compile(r"\d[^；（）]*（[^）]*）")
Row = tuple[Key, str, str, str, str, str, str, str, str, str, str]


def entries(case: Case) -> pd.DataFrame:
    """Everything a case judges, as rows that a ledger is updated with.

    Returns:
        One row per school (or the county), stage, indicator or item, and kind of problem: below a threshold
        (``threshold``), coefficient above its limit (``cv``, ``composite``), item not met (``item``), number missing
        (``data``). Columns key, verdict, origin, school, stage, item, problem, standard, value, gap, measure, all
        text. ``not_met`` is a problem; ``met`` closes an earlier one; ``undetermined`` leaves it as it is. The
        problem is told without numbers, so that it stays true from year to year.
    """
    keys, *rest = zip(*_cells(case), *_coefficients(case), *_items(case), strict=True)
    return pd.DataFrame(dict(zip(FIELDS, (_told_apart(keys), *map(list, rest)), strict=True)), dtype=object)


def _told_apart(keys: Iterable[Key]) -> list[str]:
    """The keys as texts; of those that are the same, schools of one name without codes, the later ones numbered."""
    texts, seen = [], dict[str, int]()
    for key in keys:
        text = str(key)
        seen[text] = number = seen.get(text, 0) + 1
        texts.append(str(key._replace(name=f"{key.name}#{number}")) if number > 1 else text)
    return texts


def _row(
    key: Key,
    verdict: str,
    *,
    item: str,
    problem: str,
    standard: str = "",
    value: str = "",
    gap: str = "",
    measure: str = "",
) -> Row:
    """One row, in the order of :data:`FIELDS`."""
    stage = STAGES.get(key.stage, "")
    return key, verdict, ORIGINS[0], key.name, stage, item, problem, standard, value, gap, measure


def _label(indicator: Indicator) -> str:
    return f"{indicator.id} {indicator.short}"


def _cells(case: Case) -> Iterator[Row]:
    """Units below a threshold, and numbers that are missing."""
    now, scheme = case.now, case.scheme
    found = {(gap["unit"], gap["indicator"]): gap for gap in records(case.gaps)}
    blank = now.cells["value"].isna()
    by_column = blank.groupby([now.cells["stage"], now.cells["indicator"]], sort=False)
    # A column without a single number is one problem of the county, not one of each school.
    hollow = (by_column.all() & (by_column.size() > 1)).to_dict()
    for cell in records(now.cells):
        indicator = scheme.indicator(cell["indicator"])
        code = cell["code"] if isinstance(cell["code"], str) else ""
        key = Key(scheme.id, code, cell["school"], cell["stage"], indicator.id, "threshold")
        if cell["verdict"]:
            yield _row(
                key,
                cell["verdict"],
                item=_label(indicator),
                problem=f"{indicator.name}低于标准",
                standard=f"{formats.plain(cell['threshold'])}{indicator.unit}",
                value=_number(cell["value"], cell["threshold"], indicator.digits, indicator.unit),
                gap=_gap(case, indicator, found.get((cell["unit"], indicator.id))),
                measure=indicator.remedy,
            )
        missing = math.isnan(cell["value"])
        verdict = UNDETERMINED if hollow[cell["stage"], indicator.id] else NOT_MET if missing else MET
        yield _missing(
            key._replace(kind="data"), verdict, indicator, _blank_headers(case, cell, indicator) if missing else []
        )
    for (stage, indicator_id), empty in hollow.items():
        indicator = scheme.indicator(indicator_id)
        headers = [load().field(name).header for name in indicator.fields(stage)] if empty else []
        key = Key(scheme.id, "", COUNTY, stage, indicator_id, "data")
        yield _missing(key, NOT_MET if empty else MET, indicator, headers)


def _missing(key: Key, verdict: str, indicator: Indicator, headers: list[str]) -> Row:
    named = f"“{'”“'.join(headers)}”" if headers else ""
    return _row(
        key,
        verdict,
        item=_label(indicator),
        problem=f"缺少数据{named}，{indicator.name}无法测算",
        value=FILLED.get(verdict, ""),
        measure=f"核实后补填{named}，确为零的填0" if named else "",
    )


def _blank_headers(case: Case, cell: Mapping[str, Any], indicator: Indicator) -> list[str]:
    """The official headers of a school's blank columns that an indicator needs."""
    unit = case.now.units.loc[cell["unit"]]
    school = case.now.source.loc[unit["row"]]
    needed = [*indicator.fields(cell["stage"]), f"pupils_{cell['stage']}"]
    if indicator.split and pd.isna(unit["share"]):
        needed += [f"pupils_{stage}" for stage in STAGES_OF_TYPE[school["school_type"]]]
    return [load().field(name).header for name in dict.fromkeys(needed) if pd.isna(school[name])]


def _number(value: float, limit: float, digits: int, unit: str) -> str:
    return "" if math.isnan(value) else f"{formats.beside(value, limit, digits)}{unit}"


def _gap(case: Case, indicator: Indicator, gap: dict[str, Any] | None) -> str:
    if gap is None:
        return ""
    need = f"缺{formats.amount(gap['to_threshold'], indicator.resource_unit)}"
    notes = []
    if indicator.split and case.now.units.at[gap["unit"], "share"] < 1:
        notes.append(f"全校{formats.amount(gap['school_to_threshold'], indicator.resource_unit)}")
    if gap["below_floor"]:
        notes.append(f"至底线{formats.amount(gap['to_floor'], indicator.resource_unit)}")
    return need + (f"（{'，'.join(notes)}）" if notes else "")


def _coefficients(case: Case) -> Iterator[Row]:
    """Coefficients of variation above their limits."""
    now, scheme = case.now, case.scheme
    for row in records(now.balance[now.balance["verdict"] != ""]):
        indicator = scheme.indicator(row["indicator"])
        steps = settle(now, row["stage"], indicator.id) if row["verdict"] == NOT_MET else pd.DataFrame()
        raised = f"优先补足{formats.listed(list(steps['school']), 3)}；" if len(steps) else ""
        yield _row(
            Key(scheme.id, "", COUNTY, row["stage"], indicator.id, "cv"),
            row["verdict"],
            item=f"{_label(indicator)}（差异系数）",
            problem=f"{indicator.name}校际差异系数超过上限",
            standard=f"≤{formats.plain(row['cv_limit'])}",
            value=_number(row["cv"], row["cv_limit"], 3, ""),
            gap=_over(row["cv"], row["cv_limit"], row["verdict"]),
            measure=f"{raised}{indicator.remedy}",
        )
    for row in records(now.composite):
        yield _row(
            Key(scheme.id, "", COUNTY, row["stage"], "composite", "composite"),
            row["verdict"],
            item="综合差异系数",
            problem="综合差异系数超过上限",
            standard=f"≤{formats.plain(row['limit'])}",
            value=_number(row["cv"], row["limit"], 3, ""),
            gap=_over(row["cv"], row["limit"], row["verdict"]),
            measure="向各项指标低于全县平均水平的学校倾斜配置",
        )


def _over(cv: float, limit: float, verdict: str) -> str:
    return f"超出{formats.beside(cv - limit, 0.0, 3)}" if verdict == NOT_MET else ""


def _items(case: Case) -> Iterator[Row]:
    """Items of other blocks: a row for each school where the item names schools, and one of the county."""
    names = _names(case)
    units = [names[f"{unit['school']}（{STAGES[unit['stage']]}）"] for unit in records(case.now.units)]
    schools = [key._replace(stage="") for key in units]
    for item in records(case.now.items):
        base = Key(case.scheme.id, "", COUNTY, "", item["id"], "item")
        told = {"item": f"{item['id']} {item['short']}", "problem": f"不符合要求：{item['name']}"}
        lacks = {
            "item": told["item"],
            "problem": f"缺少数据或核查结论，{item['short']}无法核对",
            "measure": "核实后补填数据或核查结论",
        }
        failing, failing_facts = _sorted_out(item["failing"], names, item["evidence"])
        unknown, unknown_facts = _sorted_out(item["unknown"], names, "")

        verdict = item["verdict"]
        if verdict == NOT_MET and failing and not failing_facts:
            verdict = UNDETERMINED  # its schools are told one by one; the county's own row neither opens nor closes
        limit = float(item["limit"])
        standard = f"{formats.plain(limit)}{item['unit']}" if item["unit"] and not math.isnan(limit) else ""
        yield _row(base, verdict, **told, standard=standard, value="；".join(failing_facts) or str(item["evidence"]))

        hollow = any(len(set(group)) > 1 and set(group) <= set(unknown) for group in (units, schools))
        silent = item["verdict"] == UNDETERMINED and not unknown
        lacking = "；".join(unknown_facts) or ("各校均缺数据" if hollow else str(item["evidence"]) if silent else "")
        yield _row(
            base._replace(kind="data"),
            NOT_MET if lacking else MET,
            **lacks,
            value=lacking or FILLED[MET],
        )
        # Of schools that are not named, a verdict is known only where the item names schools, or holds for all.
        others = MET if item["verdict"] == MET or failing or unknown else UNDETERMINED
        for school in dict.fromkeys([*units, *schools, *failing, *unknown]):
            who = school[:4]
            state = NOT_MET if school in failing else UNDETERMINED if school in unknown else others
            yield _row(Key(*who, item["id"], "item"), state, **told, **_told(failing.get(school, [])))
            state = UNDETERMINED if hollow else NOT_MET if school in unknown else others
            yield _row(Key(*who, item["id"], "data"), state, **lacks, value=FILLED.get(state, ""))


def _names(case: Case) -> dict[str, Key]:
    """The schools by the names that items call them, 某校 or 某校（小学） for one of its stages."""
    names = {}
    source = case.now.source
    shared = set(source.loc[source["school_name"].duplicated(), "school_name"])
    for school in records(source[["school_name", "school_code"]]):
        # Where two schools have one name, an item does not tell which of them it means.
        known = isinstance(school["school_code"], str) and school["school_name"] not in shared
        key = Key(case.scheme.id, school["school_code"] if known else "", school["school_name"], "", "", "item")
        names[key.name] = key
        names |= {f"{key.name}（{word}）": key._replace(stage=stage) for stage, word in STAGES.items()}
    return names


def _sorted_out(labels: list[str], names: dict[str, Key], evidence: str) -> tuple[dict[Key, list[str]], list[str]]:
    """What an item names: schools with what is said of each, there or in the evidence; and what is no school.

    A label begins with a school's name; of two that fit, the longer one is meant.
    """
    schools: dict[Key, list[str]] = {}
    facts = []
    lengths = sorted({len(name) for name in names}, reverse=True)
    for label in dict.fromkeys(labels):
        name = next((label[:length] for length in lengths if label[:length] in names), None)
        if name is None:
            facts.append(label)
            continue
        schools.setdefault(names[name], []).append(_said(label, evidence) or label.removeprefix(name))
    return schools, facts


def _said(label: str, evidence: str) -> str:
    """What the evidence says of a school right behind its label: a number, and the requirement in brackets.

    >>> _said("甲校", "每百名学生拥有教师：乙甲校3.1（要求4.2）；甲校4（要求4.2）")
    '4（要求4.2）'
    """
    place = evidence.find(label)
    while place >= 0:
        begins = place == 0 or evidence[place - 1] in "；：、"
        if begins and (found := _SAYING.match(evidence, place + len(label))):
            return found[0]
        place = evidence.find(label, place + 1)
    return ""


def _told(sayings: list[str]) -> dict[str, str]:
    """Value and standard out of what an item says of a school.

    >>> _told(["94.4%（要求不低于100%）"])
    {'value': '94.4%', 'standard': '不低于100%'}
    """
    if not sayings:
        return {"value": "", "standard": ""}
    pairs = [re.fullmatch(r"(.*?)(?:（(?:要求)?([^（）]*)）)?", saying) for saying in sayings]
    columns = [[pair[i] for pair in pairs if pair and pair[i]] for i in (1, 2)]
    return {name: "；".join(dict.fromkeys(texts)) for name, texts in zip(("value", "standard"), columns, strict=True)}
