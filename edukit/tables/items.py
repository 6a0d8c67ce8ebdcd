"""The table of the items beyond the resources."""

from __future__ import annotations

from typing import Any

import pandas as pd

from edukit.case import Case
from edukit.frames import records
from edukit.showing import Table, table
from edukit.tables.states import CLASSES


def items(case: Case) -> Table | None:
    """Every item of the other blocks with its verdict and what it rests on."""
    if case.now.items.empty:
        return None
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for row in records(case.now.items):
        states[len(rows)] = CLASSES[row["verdict"]]
        rows.append(
            {
                "编号": row["id"],
                "事项": row["name"],
                "判定": {"met": "达到", "not_met": "未达到", "undetermined": "无法判定"}[row["verdict"]],
                "依据": row["evidence"],
            }
        )
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年政府保障程度、教育质量等事项判定",
        classes=lambda label, column: states[label] if column == "判定" else "",
        row_header="事项",
    )
