"""Tables of a county over several years, made from an :class:`edukit.monitoring.Monitoring`."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.ledger.columns import CLOSED, COLUMNS
from edukit.monitoring import COMPOSITE, ITEM, SCHOOL, SLIPPED, STATES, THRESHOLD, Monitoring, units_over_time
from edukit.monitoring import levels as levels_of
from edukit.monitoring import verdicts as verdicts_of
from edukit.showing import Table, table
from edukit.style import VERDICT_MARKS
from edukit.tables.states import CLASSES, LABELS
from edukit.text import facts
from edukit.text.years.wording import MEASURES, own_entries, shown, what_of
from edukit.verdict import Verdict

MOST = 60
"""Entries of the ledger that a page lists; all are in ledger.xlsx."""
OUTCOMES = {"met": "达到", "not_met": "未达到", "undetermined": "无法判定", "": formats.DASH}


def verdicts(watch: Monitoring) -> Table | None:
    """The verdict of every block, and of all together, in every year."""
    by_block = verdicts_of(watch.years)
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    every = {name: row.to_dict() for name, row in by_block.iterrows()}
    every["总的结论"] = {each.year: each.verdict.value for each in watch.years}
    for name, own in every.items():
        states |= {(len(rows), f"{year}年"): CLASSES[verdict] for year, verdict in own.items()}
        rows.append({"方面": str(name)} | {f"{year}年": OUTCOMES[verdict] for year, verdict in own.items()})
    return table(
        pd.DataFrame(rows),
        caption=f"{watch.case.county}历年判定结果",
        classes=states,
        notes=["各年数据均按同一评估办法重新判定，不是当年公布的结论。"],
    )


def means(watch: Monitoring) -> Table | None:
    """The county's mean of every indicator in every year, and its change since the base year."""
    rows = [row | {"增减": _grown(part)} for row, part in _wide(watch, "mean")]
    return table(
        pd.DataFrame(rows),
        caption=f"各项指标历年{formats.area(watch.case.county)}平均值",
        classes=lambda _, column: "" if column in ("学段", "指标") else "num",
        row_header="指标",
        notes=[f"增减为{watch.case.year}年比基准年（{watch.base.year}年）的百分比。"] if watch.compares else (),
    )


def coefficients(watch: Monitoring) -> Table | None:
    """Every coefficient of variation in every year, with limit, change since the base year and verdict."""
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for row, part in _wide(watch, "cv"):
        last = records(part[part["year"] == watch.case.year])
        verdict, limit = (last[0]["verdict"], last[0]["limit"]) if last else ("", math.nan)
        states |= {
            (len(rows), f"{year}年"): f"num {CLASSES[own]}"
            for year, own in part[["year", "verdict"]].itertuples(index=False)
        }
        states[len(rows), "判定"] = CLASSES[verdict]
        rows.append(row | {"变化": _moved(part), "上限": formats.plain(limit), "判定": LABELS[verdict]})
    plain = ("学段", "指标", "判定")
    return table(
        pd.DataFrame(rows),
        caption="各项指标历年校际差异系数",
        classes=lambda label, column: states.get((label, column), "" if column in plain else "num"),
        row_header="指标",
        notes=[f"变化为{watch.case.year}年减基准年（{watch.base.year}年）。"] if watch.compares else (),
    )


def _wide(watch: Monitoring, column: str) -> list[tuple[dict[str, str], pd.DataFrame]]:
    """For each stage and indicator its row of years as text, and the rows of levels behind it."""
    found, scheme, rows = levels_of(watch.years), watch.case.scheme, []
    for (stage, id_), part in found.groupby(["stage", "indicator"], sort=False):
        if id_ == COMPOSITE and column == "mean":
            continue
        indicator = None if id_ == COMPOSITE else scheme.indicator(str(id_))
        name = f"{indicator.short}（{indicator.unit}）" if indicator and column == "mean" else ""
        row = {"学段": STAGES[str(stage)], "指标": name or (indicator.short if indicator else "综合差异系数")}
        known = {own["year"]: own for own in records(part)}
        for each in watch.years:
            own = known.get(each.year, {"mean": math.nan, "cv": math.nan, "limit": math.nan})
            limit = indicator.threshold.get(str(stage), math.nan) if indicator else math.nan
            text = formats.cv(own["cv"], own["limit"]) if column == "cv" or not indicator else ""
            row[f"{each.year}年"] = text or facts.value(indicator, own["mean"], limit)  # type: ignore[arg-type]
        first = part[part["year"].isin([watch.base.year, watch.case.year])] if watch.compares else part.iloc[:0]
        rows.append((row, first if column == "mean" else part))
    return rows


def _pair(part: pd.DataFrame, column: str) -> tuple[float, float]:
    values = part[column].tolist()
    return (values[0], values[-1]) if len(values) > 1 else (math.nan, math.nan)


def _grown(part: pd.DataFrame) -> str:
    old, new = _pair(part, "mean")
    grown = (new - old) / old if old else math.nan
    return formats.DASH if math.isnan(grown) else _signed(f"{grown:+.1%}")


def _moved(part: pd.DataFrame) -> str:
    return formats.cv_change(*_pair(part, "cv"))


def _signed(text: str) -> str:
    """A change with its sign; nought has none."""
    return text.replace("-", "−") if any(digit in text for digit in "123456789") else text.lstrip("+-")


def changes(watch: Monitoring, *states: str) -> Table | None:
    """What slipped back, or is in other states of :data:`edukit.monitoring.STATES`, one row each; None for none."""
    found = watch.in_state(*(states or (SLIPPED,)))
    if found.empty or not watch.compares:
        return None
    now = f"{watch.case.year}年"
    rank = {kind: i for i, kind in enumerate(MEASURES)}
    found = found.assign(rank=found["kind"].map(rank)).sort_values("rank", kind="stable")
    rows = [
        {
            "类别": MEASURES[row["kind"]],
            "对象": what_of(watch, row)[0],
            "事项": what_of(watch, row)[1],
            "比较年": formats.DASH if math.isnan(row["then"]) else f"{row['then']:.0f}年",
            "当时": shown(watch, row, "value_then"),
            now: shown(watch, row, "value"),
            "要求": _asked(row),
        }
        for row in records(found)
    ]
    told = (found["kind"] == ITEM).tolist()  # an item has a sentence for a number
    words = "、".join(STATES[state] for state in states or (SLIPPED,))
    return table(
        pd.DataFrame(rows),
        caption=f"{words}的学校、指标和事项",
        classes=lambda label, column: "num" if column in ("当时", "要求", now) and not told[label] else "",
        row_header="对象",
    )


def _asked(row: dict[str, Any]) -> str:
    if row["kind"] == ITEM or math.isnan(row["limit"]):
        return formats.DASH
    if row["kind"] == SCHOOL:
        return f"≥{row['limit']:.0f}项，不低于底线"
    return f"{'≥' if row['kind'] == THRESHOLD else '≤'}{formats.plain(row['limit'])}"


def units(watch: Monitoring) -> Table | None:
    """Every unit's verdict in every year, and what became of it; None where no school is judged."""
    rows = units_over_time(watch.years)
    rows = rows[rows["verdict"] != ""]
    if rows.empty or not watch.compares:
        return None
    turned = watch.in_state(*STATES, kind=SCHOOL).set_index(["unit", "stage"])
    lines: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for (unit, stage), part in rows.groupby(["unit", "stage"], sort=False):
        known = {row["year"]: row for row in records(part)}
        line = {"学校": part["school"].iloc[-1], "学段": STAGES[str(stage)]}
        for each in watch.years:
            own, column = known.get(each.year), f"{each.year}年"
            line[column] = formats.DASH
            if own:
                mark, label = VERDICT_MARKS[own["verdict"]], Verdict(own["verdict"]).label
                line[column] = f"{mark}{label}（{own['n_met']:.0f}项）"
                states[len(lines), column] = CLASSES[own["verdict"]]
        line["变化"] = STATES[turned.at[(unit, stage), "state"]]
        lines.append(line)
    return table(
        pd.DataFrame(lines),
        caption=f"{watch.case.county}各校历年达标情况",
        classes=states,
        notes=["括号内为达标的指标项数。“—”表示当年没有该校（学段）的数据，或按口径不计入。"],
    )


def ledger(watch: Monitoring, kept: pd.DataFrame) -> Table | None:
    """The entries that were open before this year, or came back: those that a review asks about first."""
    own = own_entries(watch, kept)
    year = watch.case.year
    old = own[(own["status"] != CLOSED) & (pd.to_numeric(own["first_seen"], errors="coerce") < year)]
    again = pd.to_numeric(old["reopened"], errors="coerce") > 0
    old = pd.concat([old[again], old[~again]])
    if old.empty:
        return None
    names = ["number", "school", "stage", "item", "value", "first_seen", "reopened", "status", "person"]
    rows = old[names].head(MOST).astype(str).replace("", formats.DASH).rename(columns=COLUMNS).reset_index(drop=True)
    cut = f"共{len(old)}条，列出{MOST}条，全部见 ledger.xlsx。" if len(old) > MOST else "全部条目见 ledger.xlsx。"
    return table(
        rows,
        caption=f"{year}年以前发现、尚未销号的问题",
        classes=lambda _, column: "num" if column in ("序号", "首次发现年度", "反弹次数") else "",
        row_header=COLUMNS["school"],
        notes=[cut],
    )
