"""The table of estimates of the difference between schools (校际差异率)."""

from __future__ import annotations

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.frames import records
from edukit.groups import least_shown
from edukit.showing import Table, table
from edukit.topics.scores import FORMS
from edukit.topics.scores import estimates as estimates_of


def estimates(case: Case) -> Table | None:
    """The three estimates by grade and subject beside the delivered rate; nothing without local scores."""
    found = estimates_of(case)
    if found.empty:
        return None
    rows = []
    for row in records(found):
        rows.append(
            {
                "年级学科": f"{row['grade']}{row['subject']}",
                "校数": formats.whole(row["schools"]),
                "人数": f"不足{least_shown()}" if row["few"] else formats.whole(row["n"]),
                "平均分": formats.decimal(row["mean"], 1),
                **{f"估算{sign}": formats.beside(row[form], row["limit"], 3) for form, sign in FORMS.items()},
                "估算S（分）": formats.decimal(row["sd"], 2),
                "国家监测差异率": formats.beside(row["delivered"], row["limit"], 3),
            }
        )
    limit = float(found["limit"].iloc[0])
    notes = ["前三项为本地测试成绩的估算，不是国家监测的校际差异率，不用于判定；三种算法互不相同，不能互换。"]
    if limit == limit:
        notes.append(f"国家监测差异率须低于{formats.plain(limit)}。")
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年校际差异率估算（本地测试）",
        classes=lambda _, column: "" if column == "年级学科" else "num",
        notes=notes,
    )
