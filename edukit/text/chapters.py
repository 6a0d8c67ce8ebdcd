"""The sentences of the chapters: schools, coefficients, shortfalls, comparisons, size and class size."""

from __future__ import annotations

from typing import Any

import pandas as pd

from edukit import formats
from edukit.assess import Assessment
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.showing import Prose
from edukit.text import facts
from edukit.text.facts import MET, NOT_MET, UNDETERMINED
from edukit.text.markup import bullets, heading, led, paragraph, prose

MANY = 12
"""From this many failing schools on, the text gives counts and leaves names to the table."""


def basics(case: Case) -> Prose | None:
    """Schools by type and place, pupils by stage, largest and smallest school."""
    schools, units = case.book.schools, case.now.units
    kinds = "、".join(f"{kind}{count}所" for kind, count in schools["school_type"].value_counts(sort=False).items())
    pupils = {stage: float(schools[f"pupils_{stage}"].sum()) for stage in STAGES}
    by_stage = "、".join(f"{STAGES[s]}{formats.whole(n)}人" for s, n in pupils.items() if n)
    opening = (
        f"{case.year}年，{case.county}列入数据的义务教育阶段学校{len(schools)}所：{kinds}。"
        f"在校生{formats.whole(sum(pupils.values()))}人，其中{by_stage}。"
    )
    places = schools["urban_type"].value_counts(sort=False)
    place = "按城乡分，" + "、".join(f"{name}{count}所" for name, count in places.items()) + "。" if len(places) else ""
    size = ""
    if len(units) > 1:
        by_school = units.groupby("row")["pupils"].sum()
        names = case.now.source["school_name"]
        big, small = by_school.idxmax(), by_school.idxmin()
        size = (
            f"规模最大的是{names[big]}（{formats.whole(by_school[big])}人），"
            f"最小的是{names[small]}（{formats.whole(by_school[small])}人）。"
        )
    return prose(paragraph(opening, place, size, _teachers(schools)))


def _teachers(schools: pd.DataFrame) -> str:
    parts = []
    for stage, name in STAGES.items():
        teaches = schools[schools[f"pupils_{stage}"] > 0]
        total = teaches[f"teachers_{stage}"].sum(skipna=False)
        if total > 0:
            ratio = teaches[f"pupils_{stage}"].sum() / total
            parts.append(f"{name}专任教师{formats.whole(total)}人，生师比{ratio:.1f}:1")
    return "；".join(parts) + "。" if parts else ""


def schools(case: Case, stage: str | None = None) -> Prose | None:
    """How many units pass, which do not and on what; for a scheme without thresholds, that it has none."""
    now = case.now
    if case.scheme.school_rule is None:
        return prose(
            paragraph(
                "学校达到本省（区、市）义务教育学校办学基本标准，是接受评估的前置条件；"
                "该标准由省级制定，数据中没有填写“办学标准”表，本报告没有核查。"
                f"下面以{formats.area(case.county)}平均值（按在校生加权）为参照，列出各校各项指标的高低。"
            )
        )
    rule = case.scheme.school_rule
    total = len(case.scheme.indicators)
    if rule.min_met is None:
        total = sum(bool(indicator.threshold) for indicator in case.scheme.indicators)
        asked = f"每所学校（一贯制学校按学段分开）应达到办学标准所列的全部指标（{rule.source}）；所有学校都应达标。"
    else:
        asked = (
            f"每所学校（一贯制学校按学段分开）{total}项指标中至少{rule.min_met}项达到标准，"
            f"其余不低于标准的{rule.floor_share:.0%}（底线），才算达标；所有学校都应达标。"
        )
    parts = [paragraph(asked)]
    for each in (stage,) if stage else now.stages:
        own = now.schools[now.schools["stage"] == each]
        met, missed, unknown = facts.counts(own)
        full = int((own["n_met"] == total).sum())
        extra = f"，其中{total}项全部达标的{full}个" if full and full < met else ""
        parts.append(paragraph(f"{STAGES[each]}：{facts.tally(met, missed, unknown, '个单位')}{extra}。"))
        failing = own[own["verdict"] != MET].sort_values(["n_met", "pupils"], kind="stable")
        if len(failing) > MANY:
            parts.append(paragraph(f"未达标和无法判定的单位较多，逐校情况见附表；达标项最少的{MANY}个如下。"))
        parts.append(led(_failing(case, row) for row in records(failing.head(MANY))))
    return prose(*parts)


def _failing(case: Case, row: dict[str, Any]) -> tuple[str, str]:
    now = case.now
    name = now.unit_names[row["unit"]]
    texts, missing = [], []
    for indicator in case.scheme.indicators:
        cell = now.by_cell[row["unit"], indicator.id]
        if cell["verdict"] == UNDETERMINED:
            missing.append(indicator.short)
        if cell["verdict"] != NOT_MET:
            continue
        floor = "，低于底线" if cell["below_floor"] and cell["floor"] < cell["threshold"] else ""
        shown = facts.value(indicator, cell["value"], cell["threshold"])
        texts.append(f"{indicator.short}{shown}（标准{formats.plain(cell['threshold'])}{floor}）")
    unknown = f"；缺数据：{'、'.join(missing)}" if missing else ""
    word = "未达标" if row["verdict"] == NOT_MET else "无法判定"
    missed = f"；未达标：{'、'.join(texts)}" if texts else ""
    return f"{name}：{word}。", f"达标{int(row['n_met'])}项{missed}{unknown}。"


def balance(case: Case) -> Prose | None:
    """The coefficients of each stage against their limits, and what they mean where there are few schools."""
    now, parts = case.now, []
    for stage in now.stages:
        rows = now.balance[now.balance["stage"] == stage]
        known = rows[rows["cv"].notna()]
        name, n_units = STAGES[stage], int(rows["n_units"].iloc[0])
        sentences = []
        if n_units == 1:
            parts.append(
                paragraph(
                    f"{name}只有1个单位，差异系数恒为0，不反映差异。",
                    _means_below(case, stage),
                    *_composites(now, stage, rows),
                )
            )
            continue
        if len(known):
            counted = "各项" if len(known) == len(rows) else f"可计算的{len(known)}项"
            low, high = known.loc[known["cv"].idxmin()], known.loc[known["cv"].idxmax()]
            sentences.append(
                f"{name}（{n_units}个单位）{counted}差异系数在{formats.cv(low['cv'])}（{_short(case, low)}）"
                f"至{formats.cv(high['cv'], high['cv_limit'])}（{_short(case, high)}）之间"
            )
            limited = known[known["cv_limit"].notna()]
            if len(limited):
                over = limited[limited["verdict"] == NOT_MET]
                limit = formats.plain(limited["cv_limit"].iloc[0])
                names = "、".join(_short(case, row) for _, row in over.iterrows())
                sentences.append(
                    f"，{len(over)}项超过上限{limit}：{names}。" if len(over) else f"，均不超过上限{limit}。"
                )
            else:
                sentences.append("。")
        sentences += _composites(now, stage, rows)
        if len(known) < len(rows):
            missing = "、".join(_short(case, row) for _, row in rows[rows["cv"].isna()].iterrows())
            sentences.append(f"无法计算的有：{missing}，原因见附录的数据问题清单。")
        if n_units < facts.FEW_UNITS:
            sentences.append(f"{name}只有{n_units}个单位，差异系数受单个学校影响很大，解读时应结合逐校数值。")
        below = _means_below(case, stage)
        parts.append(paragraph(*sentences, below))
    return prose(*parts)


def _short(case: Case, row: pd.Series) -> str:
    return case.scheme.indicator(row["indicator"]).short


def _composites(now: Assessment, stage: str, rows: pd.DataFrame) -> list[str]:
    found = records(now.composite[now.composite["stage"] == stage])
    return [_composite(row, len(rows)) for row in found]


def _composite(row: dict[str, Any], n: int) -> str:
    if row["verdict"] == UNDETERMINED:
        return "有单项无法计算，综合差异系数无法判定。"
    side = "不超过" if row["verdict"] == MET else "超过"
    shown = formats.cv(row["cv"], row["limit"])
    return f"{n}项的算术平均（综合差异系数）为{shown}，{side}上限{formats.plain(row['limit'])}。"


def _means_below(case: Case, stage: str) -> str:
    rows = case.now.balance[case.now.balance["stage"] == stage]
    below = [
        f"{indicator.short}（{facts.value(indicator, row['mean'], limit)}，标准{formats.plain(limit)}）"
        for _, row in rows.iterrows()
        if (indicator := case.scheme.indicator(row["indicator"])) and (limit := indicator.threshold.get(stage))
        if row["mean"] < limit
    ]
    text = f"{formats.area(case.county)}平均值低于标准的有：{'、'.join(below)}（平均值不作判定，供参考）。"
    return text if below else ""


def causes(case: Case) -> Prose | None:
    """Who causes the coefficients above their limit; where none is, the largest of each stage."""
    now = case.now
    rows = facts.failing_cvs(now)
    items = []
    if rows.empty:
        known = now.balance[now.balance["cv"] > 0]
        rows = known.loc[known.groupby("stage", sort=False)["cv"].idxmax()]
    for row in records(rows):
        name = f"{STAGES[row['stage']]}{case.scheme.indicator(row['indicator']).short}"
        lead = f"{name}（{formats.cv(row['cv'], row['cv_limit'])}）："
        settled = facts.what_settles(now, row["stage"], row["indicator"]) if row["verdict"] == NOT_MET else ""
        items.append((lead, facts.why_unequal(now, row["stage"], row["indicator"]) + settled))
    return prose(led(item for item in items if item[1]))


def shortfalls(case: Case) -> Prose | None:
    """What is short, in people, ㎡, rooms and yuan, and which section of a school with several stages binds."""
    if case.scheme.school_rule is None:
        return prose(paragraph("没有载入本省办学基本标准，未计算各校缺口。"))
    if case.gaps.empty:
        return prose(paragraph("按已有数据，没有低于标准的指标，无缺口。"))
    items, least = [], "至少" if facts.known_only(case) else ""
    every = facts.school_needs(case.gaps)
    for indicator in case.scheme.indicators:
        if indicator.id not in every.index:
            continue
        needs = every[indicator.id]
        needs = needs[needs > 0].sort_values(ascending=False, kind="stable")
        if len(needs):
            names = case.now.source["school_name"]
            each = [f"{names[row]}{formats.amount(need, indicator.resource_unit)}" for row, need in needs.items()]
            total = formats.amount(float(needs.sum()), indicator.resource_unit)
            items.append(
                (f"{indicator.resource}：", f"{len(needs)}所学校共缺{least}{total}（{formats.listed(each, 6)}）。")
            )
    unknown = "缺数据的学校和指标没有计入，补全后缺口可能增加。" if least else ""
    return prose(led(items), paragraph(unknown), _binding(case))


def _binding(case: Case) -> str:
    """In a school with several stages the building serves all of them: the section that asks for most decides."""
    units, found = case.now.units, case.gaps
    split = {i.id for i in case.scheme.indicators if i.split}
    several = found[found["indicator"].isin(split) & (units.loc[found["unit"], "share"] < 1).to_numpy()]
    items = []
    for (school, indicator_id), part in several.groupby(["school", "indicator"], sort=False):
        indicator = case.scheme.indicator(indicator_id)
        section = STAGES[part.loc[part["binding"], "stage"].iloc[0]]
        need = formats.amount(float(part["school_to_threshold"].iloc[0]), indicator.resource_unit)
        items.append(f"{school}的{indicator.short}以{section}部为准：全校增加{need}后，各学段都达到标准。")
    if not items:
        return ""
    return heading("多学段学校的共用资源以哪个学段为准") + bullets(items[:MANY])


def places(case: Case) -> Prose | None:
    """Rural schools against urban ones (or town schools, where there is none), by ratio of sums."""
    types = case.now.units["urban"].dropna().unique()
    if len(types) < 2:
        return prose(paragraph("“城乡类型”未填或只有一类，不作城乡比较。"))
    items = []
    for stage in case.now.stages:
        means, name = place_means(case, stage), f"{STAGES[stage]}："
        if "乡村" not in means or means.shape[1] < 2:
            items.append((name, "没有可以比较的乡村学校。" if "乡村" not in means else "没有可以比较的城镇学校。"))
            continue
        other = "城区" if "城区" in means else "镇区"
        ratio = (means["乡村"] / means[other]).dropna()
        lower, higher = ratio[ratio < 0.9].sort_values(), ratio[ratio > 1.1].sort_values(ascending=False)
        count = case.now.units[case.now.units["stage"] == stage]["urban"].value_counts()
        text = f"乡村学校{count['乡村']}所，{other}{count[other]}所。以{other}学校为100%，乡村学校"
        text += f"较低的有{_ratios(case, lower)}" if len(lower) else "没有低于90%的指标"
        text += f"；较高的有{_ratios(case, higher)}" if len(higher) else "；没有高于110%的指标"
        items.append((name, f"{text}。"))
    return prose(led(items), paragraph("（90%至110%之间视为接近；各类学校的平均值为资源总量除以学生总数。）"))


def place_means(case: Case, stage: str) -> pd.DataFrame:
    """Mean of each indicator (rows) by urban type (columns), as ratio of sums in the indicator's unit."""
    cells = case.now.cells[case.now.cells["stage"] == stage]
    cells = cells.assign(place=cells["unit"].map(case.now.units["urban"]))
    sums = cells.groupby(["indicator", "place"])[["resource", "pupils"]].sum(skipna=False)
    means = (sums["resource"] / sums["pupils"]).unstack()
    per = pd.Series({i.id: i.per for i in case.scheme.indicators})
    order = [name for name in ("城区", "镇区", "乡村") if name in means]
    return means.reindex(list(case.scheme.ids)).mul(per, axis=0)[order]


def _ratios(case: Case, ratios: pd.Series) -> str:
    return "、".join(f"{case.scheme.indicator(id_).short}（{formats.percent(r)}）" for id_, r in ratios.items())


def items(case: Case) -> Prose | None:
    """The blocks beyond the resources: how many items are met, which are not and why, which nobody has answered yet."""
    if case.now.items.empty:
        return prose(paragraph("没有载入资源配置以外的判定事项，须另行核查。"))
    parts = []
    for block, rows in case.now.items.groupby("block", sort=False):
        met, missed, unknown = facts.counts(rows)
        found = ((met, "达到"), (missed, "未达到"), (unknown, "无法判定"))
        counted = "、".join(f"{count}项{word}" for count, word in found if count)
        parts.append(paragraph(f"{block}{len(rows)}项：{counted}。"))
        failing = rows[rows["verdict"] == NOT_MET]
        parts.append(led((f"{row['short']}未达到：", f"{row['evidence']}。") for row in records(failing)))
        open_ = rows.loc[rows["verdict"] == UNDETERMINED, "short"].tolist()
        if open_:
            parts.append(paragraph(f"因缺数据或尚无核查结论而无法判定的：{'、'.join(open_)}。"))
    if case.now.scope == "resources":
        parts.append(paragraph("数据中没有可以判定这些事项的内容，本报告的结论只就资源配置作出；逐项依据见下表。"))
    else:
        reported = "、".join(case.now.blocks.loc[~case.now.blocks["counts"], "name"])
        apart = f"{reported}只作监测，不计入结论；" if reported else ""
        parts.append(paragraph(f"{apart}逐项依据见下表。"))
    return prose(*parts)
