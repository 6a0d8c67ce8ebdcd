"""Tables about the data themselves: what was left out, and what reading and checking noticed."""

from __future__ import annotations

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.findings import Severity
from edukit.showing import Table, table


def excluded(case: Case) -> Table | None:
    """Schools that were left out, each with the reason."""
    frame = case.now.excluded
    if frame.empty:
        return None
    rows = pd.DataFrame(
        {
            "学校": frame["school"],
            "学段": frame["stage"].map({**STAGES, "": formats.DASH}),
            "学生数": [formats.whole(float(n)) for n in frame["pupils"]],
            "原因": frame["reason"],
        }
    )
    return table(rows, caption="未计入的学校", classes=lambda _, column: "num" if column == "学生数" else "")


def findings(case: Case) -> Table | None:
    """Everything that reading and checking noticed, with its cell."""
    if not case.now.findings:
        return None
    rows = [
        {
            "程度": f.severity.label,
            "位置": f.where,
            "问题": f.problem,
            "应为": f.expected,
            "实为": f.found,
            "处理": f.action,
        }
        for f in case.now.findings
    ]
    warned = {i for i, f in enumerate(case.now.findings) if f.severity is Severity.WARNING}
    return table(
        pd.DataFrame(rows),
        caption="数据问题清单",
        classes=lambda label, column: "floor" if column == "程度" and label in warned else "",
        row_header="位置",
    )
