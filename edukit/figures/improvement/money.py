"""What the cheapest repair costs, indicator by indicator, for the two things that it may aim at."""

from __future__ import annotations

import pandas as pd

from edukit import formats, style
from edukit.figures.canvas import AXIS, EDGE, WIDTH, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, widest
from edukit.improvement import TARGETS, TEN_THOUSAND, Improvement
from edukit.showing import Chart

ROW, BAR = 0.46, 0.15
COLOURS = {"pass": style.EMPHASIS, "full": style.NEUTRAL}


def costs(made: Improvement) -> Chart | None:
    """元 by indicator: bars for the plan that reaches what the scheme asks for, and for every standard reached.

    Returns:
        None where no plan costs anything.
    """
    rows = by_indicator(made)
    if rows.empty:
        return None
    scheme = made.case.scheme
    ids = [id_ for id_ in scheme.ids if id_ in set(rows["indicator"])]
    targets = [target for target in made.least if made.least[target].cost > 0]
    totals = {target: formats.amount(made.least[target].cost, "元") for target in targets}
    key = [KeyEntry("bar", COLOURS[target], f"{TARGETS[target]}，共{totals[target]}") for target in targets]
    names = {id_: scheme.indicator(id_).short for id_ in ids}
    name_width = widest(names.values()) + 0.12
    rows = rows.assign(text=[f"{formats.amount(r.cost, '元')}（{r.what}）" for r in rows.itertuples()])
    text_width = widest(rows["text"], SMALL) + 0.1
    top = EDGE + key_height(key) + 0.1
    bottom = top + ROW * len(ids)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    scale = Scale(0, float(rows["cost"].max()) / TEN_THOUSAND, EDGE + name_width, WIDTH - EDGE - text_width - 0.06)
    sheet.axis(scale, top, bottom, "费用（万元）", most=5, form=lambda value: f"{value:,g}")
    for i, id_ in enumerate(ids):
        y = top + (i + 0.5) * ROW
        sheet.text(EDGE + name_width - 0.1, y, names[id_], align="right")
        own = rows[rows["indicator"] == id_]
        for place, row in enumerate(own.itertuples()):
            middle = y + (place - (len(own) - 1) / 2) * (BAR + 0.03)
            length = max(scale(row.cost / TEN_THOUSAND) - scale.left, 0.01)
            sheet.bars([(scale.left, middle - BAR / 2, length, BAR)], COLOURS[str(row.target)])
            sheet.text(scale.left + length + 0.06, middle, str(row.text), size=SMALL)
    data = pd.DataFrame(
        {
            "指标": rows["indicator"].map(names),
            "目标": rows["target"].map(TARGETS),
            "数量": rows["what"],
            "费用（元）": rows["cost"],
        }
    ).reset_index(drop=True)
    parts = []
    for target in targets:
        own = rows[rows["target"] == target].sort_values("cost", ascending=False)
        most = [f"{names[str(r.indicator)]}{formats.amount(float(r.cost), '元')}" for r in own.head(3).itertuples()]
        parts.append(f"{TARGETS[target]}至少需{totals[target]}，其中{'、'.join(most)}")
    return sheet.chart(
        made.case,
        alt="；".join(parts) + "。",
        caption="最省方案的费用：按指标，括号内为数量",
        data=data,
    )


def by_indicator(made: Improvement) -> pd.DataFrame:
    """元 of each cheapest plan by indicator: indicator, target, cost, what (quantities by kind in words)."""
    rows = []
    for target, plan in made.least.items():
        for id_ in made.case.scheme.ids:
            own = plan.actions[plan.actions["indicator"] == id_]
            if len(own):
                rows.append({"indicator": id_, "target": target, "cost": float(own["cost"].sum()), "what": _what(own)})
    return pd.DataFrame(rows, columns=["indicator", "target", "cost", "what"])


def _what(own: pd.DataFrame) -> str:
    words = {"hire": "补充", "move": "交流", "build": "建", "buy": "购"}
    if set(own["unit"]) == {"元"}:  # the quantity is the money
        return "购置"
    return "、".join(
        f"{words[str(kind)]}{formats.amount(float(part['quantity'].sum()), str(part['unit'].iloc[0]))}"
        for kind, part in own.groupby("kind", sort=True)
    )
