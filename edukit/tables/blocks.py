"""The tables of the blocks: what each comes to, its items one by one, and both results of uncertain rules."""

from __future__ import annotations

from typing import Any

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.frames import records
from edukit.showing import Table, table
from edukit.tables.states import CLASSES
from edukit.text.blocks import OUTCOMES, PARTS, marks, own_parts, worst_first

WORDS = {"met": "达到", "not_met": "未达到", "undetermined": "无法判定"}

NUMBERS = ("项数", "达到", "未达到", "无法判定", "分值", "得分")
CSS = dict.fromkeys(NUMBERS, "num") | {"说明": "long", "依据": "long"}


def blocks(case: Case) -> Table | None:
    """Every block with its verdict, the number of items met, and the marks where it has some."""
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for row in records(case.now.blocks):
        states[len(rows)] = CLASSES[row["verdict"]]
        rows.append(
            {
                "方面": row["name"],
                "判定": WORDS[row["verdict"]],
                "项数": str(row["n_items"]),
                "达到": str(row["n_met"]),
                "未达到": str(row["n_not_met"]),
                "无法判定": str(row["n_unknown"]),
                "说明": _brief(case, row),
                "计入结论": "是" if row["counts"] else "否",
            }
        )
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年各方面判定",
        classes=lambda label, column: states[label] if column == "判定" else CSS.get(column, ""),
        row_header="方面",
    )


def _brief(case: Case, row: dict[str, Any]) -> str:
    """The marks, or what decides: the parts of the resources, the items that are not met."""
    if row["rule"] == "marks":
        return marks(row)
    items = case.now.items[case.now.items["block"] == row["name"]]
    if items.empty:
        own = own_parts(case, row["name"])
        return "；".join(f"{PARTS[part]}{OUTCOMES[case.now.parts[part].value]}" for part in own) or row["note"]
    failing = items.loc[items["verdict"] == "not_met", "short"].tolist()
    return f"未达到：{formats.listed(failing, 6, '项')}" if failing and len(items) > 1 else ""


def block(case: Case, name: str) -> Table | None:
    """The items of one block: verdict, evidence, and the marks where the block is judged by marks."""
    found = case.now.items[case.now.items["block"] == name]
    if found.empty:
        return None
    marked = bool(found["marks"].notna().any())
    groups = {item.id: item.group for item in case.scheme.items}
    rows: list[dict[str, str]] = []
    for row in records(found):
        entry = {"编号": row["id"]}
        if any(groups.get(id_) for id_ in found["id"]):
            entry["类别"] = groups.get(row["id"], "")
        entry |= {"事项": row["name"], "判定": WORDS[row["verdict"]]}
        if marked:
            low, high = formats.plain(row["earned_low"]), formats.plain(row["earned_high"])
            entry |= {"分值": formats.plain(row["marks"]), "得分": low if low == high else f"{low}至{high}"}
        rows.append({**entry, "依据": row["evidence"]})
    states = [CLASSES[verdict] for verdict in found["verdict"]]
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年{name}逐项判定",
        classes=lambda label, column: states[label] if column == "判定" else CSS.get(column, ""),
        row_header="事项",
    )


def alternatives(case: Case) -> Table | None:
    """What each uncertain rule, and each option in use, would change if it were read the other way."""
    found = worst_first(case.alternatives)
    if found.empty:
        return None
    rows = pd.DataFrame(
        {
            "口径": found["name"],
            "本报告": ["采用" if used else "未采用" for used in found["used"]],
            "涉及": found["subject"],
            "本报告的结果": found["here"],
            "改换后的结果": found["there"],
        }
    )
    repeated = rows["口径"].eq(rows["口径"].shift())
    rows.loc[repeated, ["口径", "本报告"]] = "同上"
    return table(
        rows.reset_index(drop=True),
        caption=f"{case.county}{case.year}年不确定口径的两种结果",
        row_header="涉及",
        notes=["只列改换后有变化的；“未采用”的待定口径只列判定的变化，已采用的口径并列数值的变化。"],
    )
