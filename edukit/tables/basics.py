"""The county at a glance (申报表 表Ⅰ)."""

from __future__ import annotations

import math

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.declaration import overview
from edukit.showing import Table, table


def basics(case: Case) -> Table | None:
    """The 22 numbers of 表Ⅰ with unit and source; a number that is not known says what would settle it."""
    found = overview(case)
    pairs = zip(found["group"], found["name"], strict=True)
    numbers = zip(found["value"], found["unit"], strict=True)
    rows = pd.DataFrame(
        {
            "编号": found["number"],
            "项目": [f"{group}：{name}" for group, name in pairs],
            "数值": ["？" if math.isnan(value) else f"{formats.plain(value)}{unit}" for value, unit in numbers],
            "来源": found["source"],
            "说明": found["remark"].fillna(""),
        }
    )
    unknown = {i for i, value in enumerate(found["value"]) if math.isnan(value)}
    return table(
        rows,
        caption=f"{case.county}{case.year}年基本情况（表Ⅰ）",
        classes=lambda label, column: (
            ("num unknown" if label in unknown else "num") if column == "数值" else {"说明": "long"}.get(column, "")
        ),
        row_header="项目",
        notes=["小学含一贯制学校小学部和教学点，初中含一贯制学校和完全中学的初中部。"],
    )
