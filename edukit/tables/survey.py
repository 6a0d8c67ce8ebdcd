"""The table of the survey: the rate of the whole, of groups and of themes, small groups withheld."""

from __future__ import annotations

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.frames import records
from edukit.showing import Table, table
from edukit.tables.states import CLASSES
from edukit.topics.opinion import survey as survey_of

WITHHELD = "不单列"


def survey(case: Case) -> Table | None:
    """Answers, satisfied answers, rate and interval by group and theme; nothing where there was no survey."""
    found = survey_of(case)
    if found is None or found.parts.empty:
        return None
    # A single group or theme is the whole over again.
    alone = [part for part in ("群体", "主题") if len(found.rows(part)) == 1]
    parts = found.parts[~found.parts["part"].isin(alone)]
    rows = [_row(row, found.rule.pass_rate) for row in records(parts)]
    decided = {each.id: each.verdict.value for each in found.requirements}.get("pass", "")
    level = f"{formats.plain(found.rule.confidence * 100)}%置信区间"
    hidden = bool(found.parts["withheld"].any())
    notes = [
        f"满意率不低于{formats.plain(found.rule.pass_rate * 100)}%为达到，只判定总体；"
        "区间按Wilson法，同一人的多个回答按一人计。"
    ]
    if hidden:
        notes.append(
            f"“{WITHHELD}”：不足{found.rule.publish_from}份，或可由此推算出不足{found.rule.publish_from}份的部分。"
        )
    return table(
        pd.DataFrame(rows).rename(columns={"区间": level}),
        caption=f"{case.county}{case.year}年{found.name}调查结果",
        classes=lambda label, column: (
            ("num" if column in ("计入的回答", "满意", "满意率", level) else "")
            + (f" {CLASSES[decided]}" if label == 0 and column == "满意率" else "")
        ).strip(),
        notes=notes,
        row_header="名称",
    )


def _row(row: dict[str, object], limit: float) -> dict[str, str]:
    numbers = {key: float(str(row[key])) for key in ("n", "satisfied", "rate", "low", "high")}
    if row["withheld"]:
        shown = dict.fromkeys(("计入的回答", "满意", "满意率", "区间"), WITHHELD)
    else:
        known = numbers["low"] == numbers["low"]
        shown = {
            "计入的回答": formats.whole(numbers["n"]),
            "满意": formats.whole(numbers["satisfied"]),
            "满意率": f"{formats.beside(numbers['rate'] * 100, limit * 100, 1)}%"
            if numbers["rate"] == numbers["rate"]
            else formats.DASH,
            "区间": f"{formats.percent(numbers['low'])}～{formats.percent(numbers['high'])}" if known else formats.DASH,
        }
    return {"分组": str(row["part"]), "名称": str(row["label"]), **shown}
