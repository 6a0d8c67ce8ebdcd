"""One frame of schools from the 学校 sheet and the detail sheets that have one row per school."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from edukit import dictionary
from edukit.findings import Finding, Severity
from edukit.schools import bare
from edukit.workbook.table import Sheet

SCHOOLS = "学校"
KEYS = ("school_code", "school_name")


def origins(sheets: Mapping[str, Sheet], findings: list[Finding]) -> dict[str, dict[object, int]]:
    """For each sheet with one row per school: which of its rows belongs to which row of the 学校 sheet.

    Returns:
        Sheet -> row of the 学校 sheet -> row of that sheet; rows that belong to none are in ``findings``.
    """
    found: dict[str, dict[object, int]] = {}
    for sheet in sheets.values():
        spec = dictionary.load().sheet(sheet.name)
        if sheet.name == SCHOOLS or spec is None or spec.rows != "school":
            continue
        rows: dict[object, int] = {}
        for number, entry in sheet.frame.iterrows():
            row = _row_of(entry, sheets[SCHOOLS].frame)
            if row is None or row in rows:
                problem = "在“学校”表中找不到，或不止一所" if row is None else "在本表出现两次"
                findings.append(
                    Finding(
                        Severity.ERROR,
                        "unknown-school",
                        f"{sheet.name}!第{number}行",
                        f"“{entry['school_name']}”{problem}",
                        action="使学校名称或标识码与“学校”表一致，每校一行",
                    )
                )
            else:
                rows[row] = int(str(number))
        found[sheet.name] = rows
    return found


def _row_of(entry: pd.Series, schools: pd.DataFrame) -> object | None:
    for key in KEYS:
        value = entry.get(key)
        if isinstance(value, str):
            rows = schools.index[schools[key].map(bare, na_action="ignore") == bare(value)]
            if len(rows) == 1:
                return rows[0]
    return None


def named(sheets: Mapping[str, Sheet]) -> dict[str, Sheet]:
    """The sheets, those with several rows for a school with its name as the 学校 sheet has it.

    A row is a school's by code, else by name; blanks and width of characters do not matter. What belongs to none, or
    to more than one, keeps its own name: the checks say so.
    """
    schools = sheets[SCHOOLS].frame
    given = {}
    for key in KEYS:
        bared = schools[key].map(bare, na_action="ignore")
        once = bared.notna() & ~bared.duplicated(keep=False) & schools["school_name"].notna()
        given[key] = dict(zip(bared[once], schools.loc[once, "school_name"], strict=True))
    found = dict(sheets)
    for name, sheet in sheets.items():
        spec = dictionary.load().sheet(name)
        if spec is None or spec.rows == "school" or "school_name" not in spec.keys or sheet.frame.empty:
            continue
        own = sheet.frame["school_name"]
        for key in [key for key in reversed(KEYS) if key in spec.keys]:
            there = sheet.frame[key].map(lambda text, key=key: given[key].get(bare(text)), na_action="ignore")
            own = there.where(there.notna(), own)
        found[name] = replace(sheet, frame=sheet.frame.assign(school_name=own.astype("str")))
    return found


def joined(
    sheets: Mapping[str, Sheet], rows_of: Mapping[str, Mapping[object, int]], findings: list[Finding]
) -> pd.DataFrame:
    """The 学校 sheet with the columns of the other sheets beside it; what is absent is unknown.

    A field may stand in several sheets; where it has two different values, ``findings`` gets an error.
    """
    spec = dictionary.load()
    schools = sheets[SCHOOLS].frame.copy()
    added: dict[str, pd.Series] = {}  # put beside the others at once: one by one would cut the frame to pieces
    for name, rows in rows_of.items():
        there = pd.Series(rows, dtype=object).reindex(schools.index).to_numpy()
        for field in sheets[name].frame.columns:
            if field in sheets[name].present and field not in KEYS:
                column = sheets[name].frame[field].reindex(there).set_axis(schools.index)
                here = schools[field] if field in schools else added.get(field)
                if here is not None:
                    findings += _conflicts(here, column, sheets, name, rows)
                    column = here.where(here.notna(), column)
                if field in schools:
                    schools[field] = column
                else:
                    added[field] = column
    have = {*schools.columns, *added}
    missing = [f for s in spec.sheets if s.rows == "school" for f in spec.of_sheet(s.name) if f.name not in have]
    numbers = pd.DataFrame(np.nan, schools.index, [f.name for f in missing if f.numeric], dtype=float)
    words = pd.DataFrame(np.nan, schools.index, [f.name for f in missing if not f.numeric], dtype=object)
    return pd.concat([schools, pd.DataFrame(added, index=schools.index), numbers, words], axis=1)


def _conflicts(
    here: pd.Series, there: pd.Series, sheets: Mapping[str, Sheet], name: str, rows: Mapping[object, int]
) -> list[Finding]:
    field = dictionary.load().field(str(here.name))
    differ = here.index[here.notna() & there.notna() & (here != there)]
    return [
        Finding(
            Severity.ERROR,
            "conflict",
            sheets[name].where(rows[row], field.name),
            f"{sheets[SCHOOLS].frame.at[row, 'school_name']}：“{field.header}”在两处填得不同",
            f"{here[row]}（{sheets[SCHOOLS].where(row, field.name)}）",
            str(there[row]),
            "改正其中一处，或只在一处填写",
            school=str(sheets[SCHOOLS].frame.at[row, "school_name"]),
            field=field.name,
        )
        for row in differ
    ]
