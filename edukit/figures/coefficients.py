"""Coefficients of variation: against their limits, and this year beside the last."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, Bar, KeyEntry, Scale, Sheet, key_height, unknown_key
from edukit.figures.measuring import SMALL, TITLE, measure, widest
from edukit.figures.wording import MET, NOT_MET, UNDETERMINED, limit_text, marked, stage_names
from edukit.frames import Row, records
from edukit.showing import Chart, Format

COMPOSITE = "综合差异系数"
ROW, BAR, GAP = 0.3, 0.15, 0.18


def limits(case: Case) -> Chart | None:
    """The coefficient of every indicator and stage beside its limit, and the composite where a scheme has one.

    Returns:
        None where no coefficient is known.
    """
    rows = _rows(case)
    if not rows["cv"].notna().any():
        return None
    key = _verdict_key(rows, "bar", "")
    key += [KeyEntry("bar", style.NEUTRAL, "单项（不设上限）")] if "" in set(rows["verdict"]) else []
    key += [unknown_key()] if rows["cv"].isna().any() else []
    key += _before_key(case, rows)
    rows["text"] = [_value(row) for row in records(rows)]
    sheet, placed, scales = _panels(rows, key)
    for colour, bars in _bars(placed, scales).items():
        sheet.bars(bars, colour)
    unknown = [(scales[row["stage"]], row["y"]) for row in placed if math.isnan(row["cv"])]
    blank = [(scale.left, y - BAR / 2, scale.right - scale.left, BAR) for scale, y in unknown]
    sheet.bars(blank, style.UNDETERMINED_TINT, hatch=True)
    _limits(sheet, placed, scales)
    _rings(sheet, placed, scales)
    single = "；单项不设上限，按综合差异系数判定" if rows["composite"].any() and "" in set(rows["verdict"]) else ""
    caption = f"{stage_names(case.now.stages)}各项指标的校际差异系数与上限{single}"
    return sheet.chart(case, alt=_alt(case, rows), caption=caption, data=_data(case, rows), formats=_formats(case))


def before_after(case: Case) -> Chart | None:
    """The coefficients of last year and of this year, joined by a line.

    Returns:
        None without a year before, or where it shares no coefficient with this year.
    """
    every = _rows(case)
    rows = every[every["before"].notna() & every["cv"].notna()].reset_index(drop=True)
    if case.before is None or rows.empty:
        return None
    key = [*_before_key(case, rows), *_verdict_key(rows, "o", f"{case.year}年，")]
    key += [KeyEntry("o", style.INK, f"{case.year}年，单项（不设上限）")] if "" in set(rows["verdict"]) else []
    rows["text"] = [_change(row) for row in records(rows)]
    sheet, placed, scales = _panels(rows, key)
    ends = [(scales[row["stage"]], row) for row in placed]
    paths = [(scale(row["before"]), row["y"], scale(row["cv"]), row["y"]) for scale, row in ends]
    sheet.lines(paths, style.NEUTRAL, width=2.2)
    _limits(sheet, placed, scales)
    _rings(sheet, placed, scales)
    for verdict in dict.fromkeys(rows["verdict"]):
        dots = [(scales[row["stage"]](row["cv"]), row["y"]) for row in placed if row["verdict"] == verdict]
        sheet.dots(dots, style.VERDICT_COLOURS.get(verdict, style.INK), sizes=7)
    blank = "（缺数据的指标不画）" if len(rows) < len(every) else ""
    caption = f"{case.before.year}年与{case.year}年各项指标的校际差异系数{blank}"
    data = _data(case, rows)
    return sheet.chart(case, alt=_change_alt(rows), caption=caption, data=data, formats=_formats(case))


def _rows(case: Case) -> pd.DataFrame:
    """One row per bar in drawing order: stage, label, cv, limit, verdict, before, composite, several (limits)."""
    keys = ["stage", "indicator"]
    rows = case.now.balance.assign(composite=False, label=case.now.balance["indicator"].map(_labels(case)))
    top = case.now.composite.assign(indicator=COMPOSITE, label=COMPOSITE, composite=True)
    rows = pd.concat([top.rename(columns={"limit": "cv_limit"}), rows] if len(top) else [rows], ignore_index=True)
    rows = rows.rename(columns={"cv_limit": "limit"})
    if case.before is None:
        rows["before"] = math.nan
    else:
        old = [case.before.balance[[*keys, "cv"]]]
        if len(case.before.composite):
            old.append(case.before.composite.assign(indicator=COMPOSITE)[[*keys, "cv"]])
        rows = rows.merge(pd.concat(old).rename(columns={"cv": "before"}), on=keys, how="left")
    rows["several"] = rows.groupby("stage")["limit"].transform("nunique") > 1
    return rows[["stage", "label", "cv", "limit", "verdict", "before", "composite", "several"]]


def _labels(case: Case) -> dict[str, str]:
    return {indicator.id: indicator.short for indicator in case.scheme.indicators}


def _panels(rows: pd.DataFrame, key: list[KeyEntry]) -> tuple[Sheet, list[Row], dict[str, Scale]]:
    """A panel per stage with labels, an axis and a column of texts; the caller draws the marks.

    Args:
        rows: as :func:`_rows` gives them, with the column text.
        key: what the signs mean.

    Returns:
        The sheet, the rows with their place ``y``, and the scale of each stage.
    """
    stages = list(dict.fromkeys(rows["stage"]))
    labels = list(dict.fromkeys(rows["label"]))
    apart = GAP if rows["composite"].any() else 0.0
    name_width = widest(labels) + 0.12
    text_width = widest(rows["text"], SMALL) + 0.12
    top = EDGE + key_height(key) + 0.5
    bottom = top + len(labels) * ROW + apart
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    place = {label: top + (i + 0.5) * ROW + (apart if i else 0) for i, label in enumerate(labels)}
    for label, y in place.items():
        sheet.text(EDGE + name_width - 0.1, y, label, align="right")
    if apart:
        sheet.lines([(EDGE, top + ROW + apart / 2, sheet.width - EDGE, top + ROW + apart / 2)], style.RULE)
    placed = records(rows.assign(y=rows["label"].map(place)))
    highest = rows[["cv", "limit", "before"]].max().max() * 1.04 or 1.0
    across = (sheet.width - 2 * EDGE - name_width + GAP) / len(stages)
    scales = {}
    for i, stage in enumerate(stages):
        left = EDGE + name_width + i * across
        right = left + across - GAP
        scale = scales[stage] = Scale(0, highest, left, right - text_width)
        sheet.text(left, top - 0.36, STAGES[stage], size=TITLE)
        sheet.axis(scale, top, bottom, "差异系数", most=4)
        for row in placed:
            if row["stage"] == stage:
                colour = style.VERDICT_TEXTS.get(row["verdict"], style.INK)
                sheet.text(right, row["y"], row["text"], size=SMALL, colour=colour, align="right")
    return sheet, placed, scales


def _bars(rows: Sequence[Row], scales: dict[str, Scale]) -> dict[str, list[Bar]]:
    """Bars of the known coefficients by colour; that of the composite is thicker."""
    bars: dict[str, list[Bar]] = {}
    for row in rows:
        if not math.isnan(row["cv"]):
            scale, thick = scales[row["stage"]], BAR * (1.5 if row["composite"] else 1)
            bar = (scale.left, row["y"] - thick / 2, scale(row["cv"]) - scale.left, thick)
            bars.setdefault(style.VERDICT_COLOURS.get(row["verdict"], style.NEUTRAL), []).append(bar)
    return bars


def _limits(sheet: Sheet, rows: Sequence[Row], scales: dict[str, Scale]) -> None:
    """A line across each row that has a limit, and its label above; different limits stand beside the values."""
    for stage, scale in scales.items():
        limits = {row["y"]: row["limit"] for row in rows if row["stage"] == stage and not math.isnan(row["limit"])}
        if not limits:
            continue
        if len(set(limits.values())) > 1:
            ends = [(scale(limit), y - ROW / 2, scale(limit), y + ROW / 2) for y, limit in limits.items()]
            sheet.lines(ends, style.EMPHASIS, width=1.6)
            continue
        top, bottom, limit = min(limits) - ROW / 2, max(limits) + ROW / 2, next(iter(limits.values()))
        x = scale(limit)
        sheet.lines([(x, top, x, bottom)], style.EMPHASIS, width=1.6)
        text = f"上限{limit_text(limit)}"
        x = min(max(x, scale.left + measure(text, SMALL) / 2), scale.right - measure(text, SMALL) / 2)
        sheet.text(x, top - 0.1, text, size=SMALL, colour=style.EMPHASIS, align="center")


def _rings(sheet: Sheet, rows: Sequence[Row], scales: dict[str, Scale]) -> None:
    known = [row for row in rows if not math.isnan(row["before"])]
    sheet.dots([(scales[row["stage"]](row["before"]), row["y"]) for row in known], style.INK, sizes=6, hollow=True)


def _verdict_key(rows: pd.DataFrame, sign: Literal["bar", "o"], start: str) -> list[KeyEntry]:
    return [
        KeyEntry(sign, style.VERDICT_COLOURS[verdict], marked(f"{start}{label}", verdict))
        for verdict, label in ((MET, "不超过上限"), (NOT_MET, "超过上限"))
        if verdict in set(rows["verdict"])
    ]


def _before_key(case: Case, rows: pd.DataFrame) -> list[KeyEntry]:
    if case.before is None or not rows["before"].notna().any():
        return []
    return [KeyEntry("o", style.INK, f"{case.before.year}年", hollow=True)]


def _value(row: dict[str, object]) -> str:
    text = marked(formats.cv(row["cv"], row["limit"]), str(row["verdict"]))  # type: ignore[arg-type]
    return f"{text}（限{limit_text(row['limit'])}）" if row["several"] and row["verdict"] else text  # type: ignore[arg-type]


def _change(row: dict[str, object]) -> str:
    return f"{formats.cv(row['before'], row['limit'])}→{_value(row)}"  # type: ignore[arg-type]


def _alt(case: Case, rows: pd.DataFrame) -> str:
    sentences = []
    for stage in case.now.stages:
        here = rows[rows["stage"] == stage]
        judged = here[here["limit"].notna()]
        over, unknown = judged[judged["verdict"] == NOT_MET], judged[judged["verdict"] == UNDETERMINED]
        composite = judged[judged["composite"]]
        if len(composite):
            row = composite.iloc[0]
            limit = limit_text(row["limit"])
            number = formats.cv(row["cv"], row["limit"])
            words = {MET: f"{number}，不超过上限{limit}", NOT_MET: f"{number}，超过上限{limit}"}
            sentences.append(f"{STAGES[stage]}综合差异系数{words.get(row['verdict'], '缺数据，无法判定')}")
            continue
        parts = [
            f"{row['label']}{formats.cv(row['cv'], row['limit'])}超过上限{limit_text(row['limit'])}"
            for row in records(over)
        ]
        parts += [f"{label}缺数据无法判定" for label in unknown["label"]]
        good = len(judged) - len(over) - len(unknown)
        start = f"{STAGES[stage]}{len(judged)}项差异系数"
        start += "均不超过上限" if not parts else f"中{good}项不超过上限" if good else "没有一项判定为不超过上限"
        sentences.append("，".join([start, *parts]))
    return "；".join(sentences) + "。"


def _change_alt(rows: pd.DataFrame) -> str:
    sentences = []
    for stage in dict.fromkeys(rows["stage"]):
        here = rows[rows["stage"] == stage]
        single = here[~here["composite"].astype(bool)]
        change = single["cv"] - single["before"]
        parts = [f"综合差异系数由{_step(row)}" for row in records(here[here["composite"].astype(bool)])]
        text = f"{len(single)}项差异系数中{int((change < 0).sum())}项比上年下降，{int((change > 0).sum())}项上升"
        if (change > 0).any():
            most = single.loc[change.idxmax()].to_dict()
            text += f"，升幅最大的是{most['label']}（由{_step(most)}）"
        sentences.append(f"{STAGES[stage]}" + "，".join([*parts, text]))
    return "；".join(sentences) + "。"


def _step(row: Mapping[str, Any]) -> str:
    before, now = row["before"], row["cv"]
    word = "升至" if now > before else "降至" if now < before else "保持在"
    return f"{formats.cv(before, now)}{word}{formats.cv(now, before)}"


def _data(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    words = {MET: "不超过上限", NOT_MET: "超过上限", UNDETERMINED: "无法判定", "": "不设上限"}
    return pd.DataFrame(
        {
            "指标": rows["label"],
            "学段": rows["stage"].map(STAGES),
            **({f"{case.before.year}年差异系数": rows["before"]} if case.before else {}),
            f"{case.year}年差异系数": rows["cv"],
            "上限": rows["limit"],
            "结论": rows["verdict"].map(words),
        }
    )


def _formats(case: Case) -> dict[str, Format]:
    years = [case.year, *([case.before.year] if case.before else [])]
    return {**{f"{year}年差异系数": formats.cv for year in years}, "上限": limit_text}
