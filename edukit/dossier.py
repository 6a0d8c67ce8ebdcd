"""The dossier of an inspection (迎检档案): 33 items, what each proves, and how far each is prepared.

The list is data (``dossier.yaml``). How far an item is prepared is what people wrote on the sheet 迎检档案; where they
wrote nothing, whether edukit can provide its own part of it from the data that are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

from edukit import formats
from edukit.case import Case
from edukit.dictionary import load as dictionary
from edukit.frames import records
from edukit.verdict import Verdict

SHEET = "迎检档案"
READY, PARTLY, NOT_READY, NOT_NEEDED = "已备齐", "部分备齐", "未备", "不适用"
PROVIDED, LACKING, UNCOUNTED = "可由本系统生成", "缺数据", "未清点"
STATES = (READY, PARTLY, NOT_READY, PROVIDED, LACKING, UNCOUNTED, NOT_NEEDED)
"""All states in the order of a report: the four that people choose, and the three that follow from the data."""
COLUMNS = "no group title proves items verdicts state files by note".split()


@dataclass(frozen=True)
class Need:
    """Data that must be there, all of them.

    Attributes:
        county: fields of the 县级 sheet.
        years: how many years up to the judged one must have them.
        units: school-level fields that every unit must have; ``{stage}`` stands for its stage.
        junior: the same for junior units only.
        sheets: sheets that must hold a row.
        thresholds: whether schools must have thresholds to be judged by.
    """

    county: tuple[str, ...] = ()
    years: int = 1
    units: tuple[str, ...] = ()
    junior: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    thresholds: bool = False


@dataclass(frozen=True)
class Auto:
    """What edukit provides of an item: which file or field serves it, from which data, and what is still to be added.

    Attributes:
        serves: the file or the part of it.
        needs: alternatives, of which one must be there; empty where the assessment itself is enough.
        besides: papers that no data can stand for.
    """

    serves: str
    needs: tuple[Need, ...] = ()
    besides: str = ""


@dataclass(frozen=True)
class Entry:
    """One of the 33 items.

    Attributes:
        number: its number in the list.
        group: 县级申报材料, 档案资料 or 其他辅助资料及准备工作.
        title: the papers that belong to it, in our own words.
        proves: what they are to show.
        items: ids of the items of all schemes that they prove.
        auto: what edukit provides of it; None where nothing.
        note: a remark about the entry.
    """

    number: int
    group: str
    title: str
    proves: str
    items: tuple[str, ...] = ()
    auto: Auto | None = None
    note: str = ""


@cache
def entries() -> tuple[Entry, ...]:
    """The list that ships with edukit."""
    text = files("edukit").joinpath("dossier.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    return tuple(_entry(entry, raw["groups"]) for entry in raw["dossier"])


def _entry(raw: Mapping[str, Any], groups: Mapping[str, Sequence[int]]) -> Entry:
    given = dict(raw)
    group = next(name for name, (first, last) in groups.items() if first <= given["number"] <= last)
    if auto := given.pop("auto", None):
        needs = tuple(Need(**{key: _frozen(value) for key, value in need.items()}) for need in auto.get("needs", ()))
        given["auto"] = Auto(auto["serves"], needs, auto.get("besides", ""))
    return Entry(**{**given, "group": group, "items": tuple(given.get("items", ()))})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def states(case: Case) -> pd.DataFrame:
    """How far each of the 33 items is prepared.

    Args:
        case: a county in one year under one scheme.

    Returns:
        One row per item: no, group, title, proves, items (ids of the case's items that it proves), verdicts (their
        verdicts in words), state (one of :data:`STATES`), files, by (as people wrote them, "" where they did not),
        note. What people say goes before what the data allow. Where several rows speak of one item their papers are
        joined; if they disagree about the state, the item is 部分备齐.
    """
    told = _told(case)
    judged = {row["id"]: row for row in records(case.now.items[["id", "short", "verdict"]])}
    rows = []
    for entry in entries():
        own = [judged[id_] for id_ in entry.items if id_ in judged]
        given = told.get(entry.number, {"state": "", "files": "", "by": ""})
        lacking = _lacking(entry.auto, case) if entry.auto else ""
        by_data = UNCOUNTED if entry.auto is None else LACKING if lacking else PROVIDED
        said = "；".join(f"{item['id']} {item['short']}：{Verdict(item['verdict']).label}" for item in own)
        rows.append(
            {
                "no": entry.number,
                "group": entry.group,
                "title": entry.title,
                "proves": entry.proves,
                "items": [str(item["id"]) for item in own],
                "verdicts": said,
                "files": given["files"],
                "by": given["by"],
                "state": given["state"] or by_data,
                "note": _note(entry, given, lacking),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def summary(frame: pd.DataFrame) -> dict[str, int]:
    """How many of the 33 items of :func:`states` are in each state, in the order of :data:`STATES`, none left out."""
    seen = frame["state"].value_counts()
    return {state: int(seen.get(state, 0)) for state in STATES}


def strange(case: Case) -> list[str]:
    """Rows of the sheet 迎检档案 whose number names no item, as cells; they are used nowhere."""
    sheet = case.book.sheets.get(SHEET)
    if sheet is None:
        return []
    known = {entry.number for entry in entries()}
    return [sheet.where(row, "dossier_no") for row, number in sheet.frame["dossier_no"].items() if number not in known]


def _told(case: Case) -> dict[int, dict[str, str]]:
    """What people wrote about each item."""
    frame = case.book.frames.get(SHEET)
    if frame is None or frame.empty:
        return {}
    told = {}
    for number, rows in frame.groupby("dossier_no"):
        states_ = [state for state in _texts(rows["dossier_state"]) if state != NOT_NEEDED]
        state = states_[0] if len(states_) == 1 else PARTLY if states_ else ""
        if not states_ and _texts(rows["dossier_state"]):
            state = NOT_NEEDED
        told[int(number)] = {
            "state": state,
            "files": "；".join(_texts(rows["dossier_files"])),
            "by": "、".join(_texts(rows["dossier_by"])),
        }
    return told


def _texts(column: Iterable[object]) -> list[str]:
    """The texts of a column, each once, in order."""
    return list(dict.fromkeys(text for text in column if isinstance(text, str)))


def _note(entry: Entry, given: Mapping[str, str], lacking: str) -> str:
    said = [entry.note]
    if entry.auto and given["state"] not in (READY, NOT_NEEDED):
        said.append(f"待补：{lacking}" if lacking else f"可用：{entry.auto.serves}")
        said.append(f"另附：{entry.auto.besides}" if entry.auto.besides else "")
    if given["state"] in (READY, PARTLY) and not given["files"]:
        said.append("未写明档案材料名称")
    return "；".join(text for text in said if text)


# ---- which data are there -------------------------------------------------------------------------------------------


def _lacking(auto: Auto, case: Case) -> str:
    """What is missing for edukit to provide its part, "" where nothing; of several ways the one that lacks least."""
    ways = sorted((_missing(need, case) for need in auto.needs), key=len)
    return "；".join(ways[0]) if ways else ""


def _missing(need: Need, case: Case) -> list[str]:
    said = [f"“{name}”表没有内容" for name in need.sheets if not len(case.book.frames.get(name, ()))]
    if need.thresholds and case.scheme.school_rule is None:
        said.append("“办学标准”表没有填写本省的办学基本标准")
    said += _missing_years(need, case) if need.county else []
    for stages, names in ((case.now.stages, need.units), (("junior",), need.junior)):
        said += [text for name in names for text in _missing_units(name, stages, case)]
    return said


def _missing_years(need: Need, case: Case) -> list[str]:
    known, said = case.now.evidence.county, []
    for year in range(case.year - need.years + 1, case.year + 1):
        blank = [name for name in need.county if year not in known.index or pd.isna(known.at[year, name])]
        if len(blank) == len(need.county) and year not in known.index:
            said.append(f"“县级”表没有{year}年一行")
        elif blank:
            headers = [dictionary().field(name).header for name in blank]
            said.append(f"“县级”表{year}年缺{formats.listed(headers, 4, '项')}")
    return said


def _missing_units(name: str, stages: Sequence[str], case: Case) -> list[str]:
    """Units of some stages that lack a field, counted; one sentence per field."""
    units, said = case.now.units, []
    for field in dict.fromkeys(name.replace("{stage}", stage) for stage in stages):
        here = units["stage"].isin([s for s in stages if name.replace("{stage}", s) == field]).to_numpy()
        rows = dict.fromkeys(units["row"].to_numpy()[here].tolist())
        blank = int(case.now.source[field].isna().loc[list(rows)].sum())
        if blank:
            entry = dictionary().field(field)
            said.append(f"“{entry.sheet}”表“{entry.header}”{'整列' if blank == len(rows) else f'{blank}所学校'}空白")
    return said
