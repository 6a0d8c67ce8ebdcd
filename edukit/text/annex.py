"""Comparison with the year before, data and scope, method, and the record that makes every number traceable."""

from __future__ import annotations

from edukit import __version__, formats, trend
from edukit.assess import Assessment
from edukit.case import Case
from edukit.dictionary import STAGES, STAGES_OF_TYPE
from edukit.findings import Severity
from edukit.frames import records
from edukit.showing import Prose
from edukit.text import facts
from edukit.text.facts import MET, NOT_MET
from edukit.text.markup import bullets, heading, led, paragraph, prose

STEADY = 0.005
"""A coefficient that moves less than this within a year is called steady in the text; no verdict hangs on it."""


def change(case: Case) -> Prose | None:
    """What rose, what fell, who passed and who slipped back since the year before."""
    before = case.before
    if before is None:
        return prose(paragraph(f"没有{case.year - 1}年可用的数据，未作比较。"))
    rows = trend.balance_change(before, case.now).dropna(subset=["cv", "cv_before"])
    moved = rows["cv"] - rows["cv_before"]
    down, up = rows[moved <= -STEADY], rows[moved >= STEADY]
    same = len(rows) - len(down) - len(up)
    counted = f"与{before.year}年相比，{len(rows)}项差异系数中{len(down)}项下降、{len(up)}项上升"
    sentences = [counted + (f"、{same}项基本持平（相差不到{STEADY}）。" if same else "。")]
    for part, word, pick in ((down, "降幅", "idxmin"), (up, "升幅", "idxmax")):
        if len(part):
            row = part.loc[getattr(part["cv"] - part["cv_before"], pick)()]
            name = f"{STAGES[row['stage']]}{case.scheme.indicator(row['indicator']).short}"
            old, new = formats.cv(row["cv_before"]), formats.cv(row["cv"], row["cv_limit"])
            sentences.append(f"{word}最大的是{name}（{old}→{new}）。")
    return prose(paragraph(*sentences, _verdicts(before, case.now)), led(_turned(case, before)))


def _verdicts(before: Assessment, now: Assessment) -> str:
    if now.scheme.school_rule is None:
        pairs = before.composite.merge(now.composite, on="stage", suffixes=("_before", ""))
        return "".join(
            f"{STAGES[row['stage']]}综合差异系数由{formats.cv(row['cv_before'])}"
            f"变为{formats.cv(row['cv'], row['limit'])}。"
            for row in records(pairs)
        )
    was, now_met = facts.counts(before.schools)[0], facts.counts(now.schools)[0]
    return f"达标的单位由{was}个（共{len(before.schools)}个）变为{now_met}个（共{len(now.schools)}个）。"


def _turned(case: Case, before: Assessment) -> list[tuple[str, str]]:
    rows = trend.school_change(before, case.now)
    items = []
    for old, new, lead in ((NOT_MET, MET, "新达标："), (MET, NOT_MET, "由达标变为未达标：")):
        turned = rows[(rows["verdict_before"] == old) & (rows["verdict"] == new)]
        if len(turned):
            names = [case.now.unit_names[unit] for unit in turned["unit"]]
            items.append((lead, f"{formats.listed(names, 8, '个')}。"))
    changes = trend.balance_change(before, case.now)
    crossed = changes[(changes["verdict_before"] == MET) & (changes["verdict"] == NOT_MET)]
    names = [f"{STAGES[r['stage']]}{case.scheme.indicator(r['indicator']).short}" for r in records(crossed)]
    return [*items, ("差异系数新超过上限：", f"{'、'.join(names)}。")] if names else items


def scope(case: Case) -> Prose | None:
    """Whom the numbers are about: source, exclusions, split, assumptions, and rules that are not settled."""
    n = case.now.units["row"].nunique()
    left_out = "；".join(rule.reason for rule in case.scheme.exclusions if not rule.into)
    opening = (
        f"数据为{case.year}年“学校”表，共{len(case.book.schools)}所学校，按《{case.scheme.name}》的口径计入{n}所。"
        f"该办法的口径：{left_out}；其余义务教育阶段学校均计入。"
        "学生数为学年初具有学籍的在校生，统计时点为9月1日。空白单元格按未知处理，不当作0。"
    )
    left = case.now.excluded
    out = f"未计入{left['row'].nunique()}所，名单和原因见下表。" if len(left) else "没有未计入的学校。"
    assumed = [f.problem for f in case.now.findings if f.rule in ("blank-means", "filled-sum")]
    parts = [paragraph(opening, out), _split(case)]
    if case.now.options:
        parts += [heading("采用的放宽口径和待定口径")]
        parts += [led((f"{o.name}：", f"{o.text}（依据：{o.basis or '未注明'}）") for o in case.now.options)]
    if assumed:
        parts += [heading("对空白的处理"), bullets(assumed)]
    if case.scheme.uncertain:
        parts += [heading("尚无全国统一规定的口径"), led((f"{topic}：", text) for topic, text in case.scheme.uncertain)]
    return prose(*parts)


def _split(case: Case) -> str:
    shared = case.now.units[case.now.units["type"].map(lambda kind: len(STAGES_OF_TYPE.get(kind, ())) > 1)]
    if shared.empty:
        return ""
    ratio = ":".join(formats.plain(case.scheme.split_weights[stage]) for stage in ("primary", "junior", "senior"))
    names = "、".join(i.short for i in case.scheme.indicators if i.split)
    text = (
        f"一贯制学校和完全中学的校舍、场地、设备等（{names}）按学生数加权拆分到各学段，"
        f"小学:初中:高中={ratio}，再除以本学段学生数；教师按所教学段分别统计，不拆分。"
    )
    lines = [
        f"{school}："
        + "，".join(
            f"{STAGES[row.stage]}占{formats.percent(row.share)}" for row in part.itertuples() if row.share == row.share
        )
        for school, part in list(shared.groupby("school", sort=False))[:12]
    ]
    return paragraph(text) + bullets(line for line in lines if not line.endswith("："))


def method(case: Case) -> Prose | None:
    """The formulas, as a reader can check them by hand."""
    area = formats.area(case.county)
    lines = [
        (f"{area}平均值：", "X = 各校资源总量之和 ÷ 各校学生数之和（不是各校生均值的简单平均）。"),
        ("标准差：", f"S = √ Σ［（该校学生数 ÷ {area}学生数）×（该校生均值 − X）²］，以学生数为权重，不是样本标准差。"),
        ("差异系数：", "CV = S ÷ X，小学、初中分别计算。数值不取整，直接与上限比较；报告中的小数位数只为阅读。"),
        (
            "各校对差异的影响：",
            f"某校所占份额 =（该校学生数 ÷ {area}学生数）×（该校生均值 − X）² ÷ S²，各校之和为100%。",
        ),
    ]
    if case.scheme.composite_limit:
        lines.append(("综合差异系数：", "各单项差异系数的算术平均。单项没有上限。"))
    if case.scheme.school_rule:
        lines.append(
            ("缺口：", "标准 × 学生数 − 现有资源；人、间等不可分的资源向上取整；一贯制学校取各学段要求中最高的。")
        )
    rows = [
        f"{i.id} {i.name}（{i.unit}）"
        + (f"：{_thresholds(case, i.id)}" if i.threshold else "")
        + f"〔来源 {i.source}〕"
        for i in case.scheme.indicators
    ]
    sources = [f"{code}：{text}" for code, text in case.scheme.sources.items()]
    return prose(
        led(lines),
        heading("指标与标准"),
        bullets(rows),
        heading("来源"),
        paragraph(f"标准和口径出自{case.scheme.document}；未见文件全文，据下列材料核对。"),
        bullets(sources),
    )


def _thresholds(case: Case, id_: str) -> str:
    indicator, rule = case.scheme.indicator(id_), case.scheme.school_rule
    return "，".join(
        f"{STAGES[stage]}标准{formats.plain(limit)}" + (f"、底线{formats.plain(rule.floor(limit))}" if rule else "")
        for stage, limit in indicator.threshold.items()
    )


def quality(case: Case) -> Prose | None:
    """What the checks found, in numbers; the list itself is a table."""
    found = case.now.findings
    warnings = sum(f.severity is Severity.WARNING for f in found)
    infos = sum(f.severity is Severity.INFO for f in found)
    if not found:
        return prose(paragraph("数据核对没有发现问题。"))
    counted = "、".join(f"{word}{count}处" for word, count in (("警告", warnings), ("说明", infos)) if count)
    return prose(paragraph(f"数据核对没有发现错误；{counted}，列于下表，请逐项确认。"))


def trace(case: Case) -> Prose | None:
    """Which data, scheme and code the report was made from."""
    return prose(
        led(
            [
                ("数据版本：", f"{case.book.path.name}，SHA-256 {case.book.digest[:16]}"),
                ("评估办法：", f"{case.scheme.id}，SHA-256 {case.scheme.digest[:16]}"),
                ("程序版本：", f"edukit {__version__}"),
            ]
        ),
        paragraph("同一数据、同一办法、同一程序得到的报告内容完全相同。报告中每个数可由数据文件和上述公式复算。"),
    )
