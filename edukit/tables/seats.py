"""The table of seats: demand, supply and gap of each stage."""

from __future__ import annotations

import math

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.showing import Table, table
from edukit.tables.states import CLASSES
from edukit.topics import places
from edukit.topics.asked import WORDS


def seats(case: Case) -> Table | None:
    """Places per thousand residents against the norm; nothing where the scheme has none or nothing was filled in."""
    found = places.seats(case)
    if found is None or not places.filled(case):
        return None
    known = records(found.frame)
    rows = [
        {
            "学段": STAGES[row["stage"]],
            "城镇常住人口（人）": formats.whole(row["residents"]),
            "每千人标准（个）": formats.plain(row["norm"]),
            "应有学位（个）": formats.whole(math.nan if math.isnan(row["demand"]) else math.ceil(row["demand"] - 1e-9)),
            "现有学位（个）": _supply(row["supply"], row["known_supply"]),
            "每千人现有（个）": formats.beside(row["per_thousand"], row["norm"], 1),
            "缺口（个）": formats.whole(row["lacking"]),
            "判定": WORDS[row["verdict"]],
        }
        for row in known
    ]
    unknown = list(dict.fromkeys(name for row in known for name in row["unknown"]))
    notes = [f"只计{'、'.join(found.urban)}学校。"]
    if unknown:
        notes.append(f"学位数未知的学校：{formats.listed(unknown, 10)}。")
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年千人学位数",
        classes=lambda label, column: (
            CLASSES[known[label]["verdict"]] if column == "判定" else "" if column == "学段" else "num"
        ),
        notes=notes,
    )


def _supply(have: float, known: float) -> str:
    if not math.isnan(have):
        return formats.whole(have)
    return f"至少{formats.whole(known)}" if known else formats.DASH
