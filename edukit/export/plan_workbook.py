"""A plan as a workbook to work with: what each school does, by year, what it costs, and what it was reckoned from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from edukit import formats
from edukit.changes import KINDS
from edukit.dictionary import STAGES
from edukit.export.attached import SCHOOL_PLANS
from edukit.export.paper import CENTRE, LEFT, RIGHT, TOTAL, Paper, Style, number_format, workbook
from edukit.frames import records
from edukit.improvement import TARGETS, Improvement
from edukit.plan import Costs, Plan
from edukit.plan.costs import lever_field
from edukit.plan.telling import unmet
from edukit.plan.wording import proof
from edukit.showing import Attachment
from edukit.verdict import Verdict

if TYPE_CHECKING:
    from edukit.workbook.look import Look

SHEETS: Final = ("汇总", "学校汇总", "一校一案", "分年度路线图", "单价及来源", "说明")
ACTIONS: Final = {
    **{"序号": 6, "学校": 20, "学段": 7, "指标": 20, "现状值": 9, "标准值": 9, "整改后": 9, "措施": 14, "数量": 9},
    **{"计量单位": 7, "单价（元）": 10, "费用（元）": 12, "年度": 7, "调出学校": 16, "责任人": 10, "完成情况": 12},
}
"""Columns of 一校一案 with their widths; the last two are to be filled in."""
WHOLE: Style = {**RIGHT, "num_format": number_format(0)}
MONEY: Style = {**RIGHT, "num_format": "#,##0.##_ "}
YEAR: Style = {**CENTRE, "num_format": "0"}
VERDICTS: Final[dict[str, Style]] = {
    "met": {"bg_color": "#D5EBD8"},
    "not_met": {"bg_color": "#F8C9CE"},
    "undetermined": {"bg_color": "#FFF0C2"},
}


def school_plans(made: Improvement) -> Attachment | None:
    """Attach the workbook of the plan to the report, so that it lies beside the page; None where there is none to do.

    Example::

        plan = open_improvement("210903", 2020, "quality-2017")
        show(school_plans(plan))
    """
    if made.plan.actions.empty:
        return None
    content = plan_workbook(made.plan, made.costs, aim=TARGETS[made.target])
    about = "各校的措施、数量、单价、费用和年度，以及分年度路线图；可筛选，可填写责任人和完成情况"
    return Attachment(SCHOOL_PLANS, content, about)


def plan_workbook(made: Plan, costs: Costs, *, aim: str) -> bytes:
    """The .xlsx file of a plan; the same plan gives the same bytes.

    Args:
        made: the plan; it may have no actions, or be impossible: the sheets then say so.
        costs: the unit costs it was made with.
        aim: what it aims at, in words.
    """
    now = made.before
    county, year = now.county or "本县", now.year
    title = f"{county}{year}年{now.scheme.short}整改提升方案"

    def fill(book: Any, look: Look) -> None:
        below = f"目标：{aim}　依据：《{now.scheme.name}》（{now.scheme.document}）"
        _summary(Paper(book, look, SHEETS[0], _summary_widths(made)), made, title, below)
        _schools(Paper(book, look, SHEETS[1], _summary_widths(made)), made, title)
        _actions(Paper(book, look, SHEETS[2], tuple(ACTIONS.values())), made, title)
        _roadmap(Paper(book, look, SHEETS[3], (24, 13, 13, 13, 13, 13, 15, 12)), made, title)
        _prices(Paper(book, look, SHEETS[4], (22, 20, 14, 16, 60)), made, costs, title)
        _explained(Paper(book, look, SHEETS[5], (14, 100)), made, title)

    return workbook(title, fill)


def _years(made: Plan) -> list[int]:
    return [int(year) for year in made.yearly["year"]]


def _summary_widths(made: Plan) -> tuple[float, ...]:
    return (26, *(14 for _ in _years(made)), 15, 12)


def _summary(paper: Paper, made: Plan, title: str, below: str) -> None:
    """元 by indicator and year."""
    paper.title(title, below)
    paper.wide(made.reason)
    paper.wide(_outcome(made))
    paper.row += 1
    years, actions = _years(made), made.actions
    first = paper.row
    scheme = made.before.scheme
    paper.head(["指标", *(f"{year}年（元）" for year in years), "合计（元）", "措施数"])
    used = [id_ for id_ in scheme.ids if id_ in set(actions["indicator"])]
    _money(
        paper, [(f"{id_} {scheme.indicator(id_).short}", actions[actions["indicator"] == id_]) for id_ in used], years
    )
    _money(paper, [("合计", actions)], years, TOTAL)
    if actions.empty:
        paper.wide("没有需要安排的措施。")
    else:
        paper.sheet.autofilter(first, 0, paper.row - 2, len(years) + 2)  # the sum stays where it is
    paper.page(first, first, frozen=1)


def _schools(paper: Paper, made: Plan, title: str) -> None:
    """元 by school and year."""
    paper.title(f"学校汇总　{title}", "各校各年的费用和措施数，逐项见“一校一案”")
    years, actions = _years(made), made.actions
    first = paper.row
    paper.head(["学校", *(f"{year}年（元）" for year in years), "合计（元）", "措施数"])
    schools = list(dict.fromkeys(actions["school"]))
    _money(paper, [(school, actions[actions["school"] == school]) for school in schools], years)
    if actions.empty:
        paper.wide("没有需要安排的措施。")
    paper.sheet.autofilter(first, 0, max(first, paper.row - 1), len(years) + 2)
    paper.page(first, first, frozen=1)


def _money(
    paper: Paper, groups: Iterable[tuple[str, pd.DataFrame]], years: Sequence[int], look: Style | None = None
) -> None:
    for name, own in groups:
        by_year = [float(own.loc[own["year"] == year, "cost"].sum()) for year in years]
        values = [name, *by_year, float(own["cost"].sum()), float(len(own))]
        styles = {column: MONEY for column in range(1, len(values) - 1)} | {len(values) - 1: WHOLE}
        paper.line(values, {column: {**style, **(look or {})} for column, style in styles.items()}, **(look or {}))


def _outcome(made: Plan) -> str:
    if made.actions.empty:
        return f"实施后：{made.verdict_after.label}。"
    money = formats.amount(made.cost, "元")
    how_good = proof(made.optimality_gap) if made.feasible else "预算内的方案"
    return f"{len(made.actions)}项措施，共需{money}；{how_good}；实施后重新测算：{made.verdict_after.label}。"


def _actions(paper: Paper, made: Plan, title: str) -> None:
    paper.title(
        f"一校一案　{title}",
        "数量为比现有资源增加的部分；多学段共用的校舍、场地、设备按全校计。责任人、完成情况由学校填写。",
    )
    first = paper.row
    paper.head(list(ACTIONS))
    scheme = made.before.scheme
    centred = {0: CENTRE, 2: CENTRE, 9: CENTRE, 12: YEAR}
    for number, row in enumerate(records(made.actions), start=1):
        indicator = scheme.indicator(row["indicator"])
        before, asked, after = (_values(made, row, what) for what in ("before", "threshold", "after"))
        quantity, cost = float(row["quantity"]), float(row["cost"])
        values = [
            *(number, row["school"], STAGES.get(row["stage"], "全校"), indicator.short),
            *(before, asked, after, KINDS[row["kind"]], quantity, row["unit"], cost / quantity, cost, row["year"]),
            *(row["from_school"], "", ""),
        ]
        number_of = {**RIGHT, "num_format": number_format(indicator.digits)}
        styles = {**centred, 4: number_of, 5: {**RIGHT, "num_format": "#,##0.##_ "}, 6: number_of}
        paper.line(values, {**styles, 8: WHOLE, 10: MONEY, 11: {**MONEY, "bold": True}})
    if made.actions.empty:
        paper.wide("没有需要安排的措施。")
    else:
        paper.sheet.autofilter(first, 0, paper.row - 1, len(ACTIONS) - 1)
    paper.page(first, first, frozen=2)


def _values(made: Plan, row: Mapping[str, Any], what: str) -> object:
    """An indicator's value of the action's section before or after, or its threshold; a text for several sections."""
    cells = (made.after if what == "after" else made.before).cells
    own = cells[(cells["school"] == row["school"]) & (cells["indicator"] == row["indicator"])]
    own = own[own["stage"] == row["stage"]] if row["stage"] else own
    values = own["threshold" if what == "threshold" else "value"].tolist()
    if len(values) == 1:
        return float(values[0])
    digits = made.before.scheme.indicator(row["indicator"]).digits
    shown = [formats.plain(value) if what == "threshold" else formats.decimal(value, digits) for value in values]
    return "\n".join(f"{STAGES[stage]}{text}" for stage, text in zip(own["stage"], shown, strict=True))


def _roadmap(paper: Paper, made: Plan, title: str) -> None:
    paper.title(
        f"分年度路线图　{title}", f"学生数按{made.before.year}年计；结论只就资源配置指标作出，为按方案实施后的预期。"
    )
    first = paper.row
    heads = [
        "年度",
        "投入（元）",
        "应达标学校",
        "预计达标学校",
        "达标学段单位",
        "学段单位总数",
        "超限差异系数",
        "年末预期结论",
    ]
    paper.head(heads)
    for row in records(made.yearly):
        names = ("year", "cost", "target", "repaired", "units_met", "units", "cvs_over")
        values = [*(float(row[name]) for name in names), Verdict(row["verdict"]).label]
        styles = {0: YEAR, 1: MONEY, **{k: WHOLE for k in range(2, 7)}, 7: {**CENTRE, **VERDICTS[row["verdict"]]}}
        paper.line(values, styles)
    if made.yearly.empty:
        paper.wide("没有可行的方案，没有分年安排。")
    paper.notes(["“应达标学校”“预计达标学校”为到该年末的累计数，只计整改前未达到目标的学校。"])
    paper.row += 1
    top = paper.row
    paper.head(["学校", "学段", "整改前", "整改后", "首次达标年度"])
    for row in records(made.verdicts):
        when = "" if pd.isna(row["year"]) else float(row["year"])
        words = [_word(row[name]) for name in ("before", "after")]
        looks = {k: {**CENTRE, **VERDICTS.get(row[name], {})} for k, name in ((2, "before"), (3, "after"))}
        paper.line([row["school"], STAGES[row["stage"]], *words, when], {1: CENTRE, **looks, 4: YEAR})
    paper.sheet.autofilter(top, 0, max(top, paper.row - 1), 4)
    paper.page(first, first, frozen=1)


def _word(verdict: str) -> str:
    return Verdict(verdict).label if verdict else formats.DASH


def _prices(paper: Paper, made: Plan, costs: Costs, title: str) -> None:
    paper.title(f"单价及来源　{title}", "标“估计”的没有公开依据，只为能够比较方案；按本县实际价格改写后重新计算。")
    first = paper.row
    paper.head(["指标", "措施", "单价（元）", "交流一人（元）", "来源"])
    for indicator in made.before.scheme.indicators:
        cost = costs.of(lever_field(indicator).replace("_{stage}", ""))
        name, kind = f"{indicator.id} {indicator.short}", f"{KINDS[cost.kind]}（每{indicator.resource_unit}）"
        paper.line([name, kind, cost.cost, cost.move, cost.source or "估计"], {2: MONEY, 3: MONEY, 4: LEFT})
    paper.sheet.autofilter(first, 0, paper.row - 1, 4)
    paper.page(first, first, frozen=1)


def _explained(paper: Paper, made: Plan, title: str) -> None:
    paper.title(f"说明　{title}", "方案怎样得出、有什么前提、还缺什么")
    first = paper.row
    paper.head(["事项", "内容"])
    rows = [("方案", made.reason), *(("前提", note) for note in made.notes)]
    rows.append(("复核", "把各年措施加到各校数据上，按同一办法重新测算得出各年末结论；没有通过复核的方案不会列出。"))
    rows += [("没有解决", text) for _, text in unmet(made)]
    rows += [("缺数据", f"{row['where']}：{row['message']}") for row in records(made.unknown)]
    for row in rows:
        paper.line(row, {})
    paper.sheet.autofilter(first, 0, paper.row - 1, 1)
    paper.page(first, first)
