"""What stands between the county and passing, and why it is so."""

from __future__ import annotations

from typing import Any

from edukit import formats
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.improvement import Improvement
from edukit.showing import Prose
from edukit.text import chapters, facts
from edukit.text.improvement.words import main_cause
from edukit.text.markup import led, paragraph, prose

HALF = 0.5
NAMED = 5
STEADY = 0.005
"""A coefficient that moves less than this within a year is called steady."""


def standing(made: Improvement) -> Prose | None:
    """The units that fail and on what; each coefficient above its limit."""
    schools = _many(made) or chapters.schools(made.case)
    return prose("" if schools is None else schools.html, _over(made))


def _many(made: Improvement) -> Prose | None:
    """Where very many units fail: how many of each stage, and on which indicators; None where they can be named."""
    now = made.now
    failing = now.schools[now.schools["verdict"] == facts.NOT_MET]
    if len(failing) <= chapters.MANY or made.case.scheme.school_rule is None:
        return None
    items = []
    for stage in now.stages:
        own = now.schools[now.schools["stage"] == stage]
        bad = own[own["verdict"] == facts.NOT_MET].sort_values("n_met", kind="stable")
        short = now.cells[now.cells["unit"].isin(bad["unit"]) & (now.cells["verdict"] == facts.NOT_MET)]
        counts = short["indicator"].value_counts()
        parts = [f"{made.case.scheme.indicator(str(id_)).short}{count}个" for id_, count in counts.items()]
        worst = [now.unit_names[unit] for unit in bad["unit"].head(NAMED)]
        text = f"{facts.tally(*facts.counts(own), '个单位')}。"
        if len(bad):
            text += f"未达标的单位低于标准的指标：{'、'.join(parts)}；达标项最少的是{'、'.join(worst)}。"
        items.append((f"{STAGES[stage]}：", text))
    return prose(led(items), paragraph("逐校情况见分析报告（balance）的附表。"))


def _over(made: Improvement) -> str:
    rows = facts.failing_cvs(made.now)
    unknown = made.now.balance[made.now.balance["verdict"] == facts.UNDETERMINED]
    lacking = [_name(made, row) for row in records(unknown)]
    blank = f"{formats.listed(lacking, 4, '项')}的差异系数缺数据，不能计算，请按附录补填所列单元格。" if lacking else ""
    if rows.empty:
        limited = made.now.balance["cv_limit"].notna().any()
        return paragraph("已知的差异系数均不超过上限。" if limited else "", *_composites(made), blank)
    parts = [
        f"{_name(made, row)}{formats.cv(row['cv'], row['cv_limit'])}（上限{formats.plain(row['cv_limit'])}）"
        for row in records(rows)
    ]
    return paragraph(f"差异系数超过上限的有{len(rows)}项：{'、'.join(parts)}。", *_composites(made), blank)


def _composites(made: Improvement) -> list[str]:
    texts = []
    for row in records(made.now.composite):
        side = {facts.MET: "不超过", facts.NOT_MET: "超过"}.get(row["verdict"])
        if side is None:
            texts.append(f"{STAGES[row['stage']]}有单项无法计算，综合差异系数无法判定。")
            continue
        shown = formats.cv(row["cv"], row["limit"])
        texts.append(f"{STAGES[row['stage']]}综合差异系数{shown}，{side}上限{formats.plain(row['limit'])}。")
    return texts


def _name(made: Improvement, row: dict[str, Any]) -> str:
    return f"{STAGES[str(row['stage'])]}{made.case.scheme.indicator(str(row['indicator'])).short}"


def why(made: Improvement) -> Prose | None:
    """Which schools cause the coefficients above their limit, or else the largest of each stage."""
    rows = facts.failing_cvs(made.now)
    lead = f"超过上限的{len(rows)}项中，超出最多的{NAMED}项如下。" if len(rows) > NAMED else ""
    if rows.empty:
        known = made.now.balance[made.now.balance["cv"] > 0]
        rows = known.loc[known.groupby("stage", sort=False)["cv"].idxmax()]
        if rows.empty:
            return prose(paragraph("各校各项指标相同或缺数据，没有可以分析的差异。"))
        lead = "没有超过上限的差异系数，各学段最大的一项如下。" if made.now.balance["cv_limit"].notna().any() else ""
    items = [
        (
            f"{_name(made, row)}（{formats.cv(row['cv'], row['cv_limit'])}）：",
            facts.why_unequal(made.now, row["stage"], row["indicator"]),
        )
        for row in records(rows.head(NAMED))
    ]
    return prose(paragraph(lead), led(items))


def places(made: Improvement) -> Prose | None:
    """How much of the inequality lies between urban, town and rural schools."""
    if made.now.units["urban"].dropna().nunique() < 2:
        return prose(
            paragraph("“城乡类型”没有填写或只有一类，不能分出城乡之间的差异；填写“学校”表的“城乡类型”后再算。")
        )
    items = []
    for stage, part in made.split.groupby("stage", sort=False):
        rows = part[(part["total"] > 0) & part["between"].notna()]
        if rows.empty:
            continue
        rows = rows.assign(share=rows["between"] / rows["total"])
        most = rows[rows["share"] >= HALF].sort_values("share", ascending=False, kind="stable")
        names = [f"{_short(made, r.indicator)}（{formats.percent(r.share, 0)}）" for r in most.itertuples()]
        if names:
            told = f"{len(rows)}项中{len(names)}项的差异一半以上在城乡之间：{'、'.join(names)}"
            text = f"{told}；这几项补短板应向薄弱的一类地区倾斜。"
        else:
            text = "各项差异一半以上在同类地区的学校之间，应逐校补齐，不能只按城乡分配。"
        items.append((f"{STAGES[str(stage)]}：", text))
    blank = made.split["n_unlabelled"].max()
    note = f"有{blank:.0f}个单位没有填城乡类型，单独算一类。" if blank > 0 else ""
    return prose(led(items), paragraph(note))


def _short(made: Improvement, id_: object) -> str:
    return made.case.scheme.indicator(str(id_)).short


def moved(made: Improvement) -> Prose | None:
    """What moved the coefficients since the year before."""
    found = made.movement
    if found is None:
        return prose(
            paragraph(
                f"没有{made.case.year - 1}年可用的数据，不能分析差异系数为何变化；"
                f"把上年数据存为 data/raw/{made.case.book.path.parent.name}/{made.case.year - 1}.xlsx 后再算。"
            )
        )
    rows = found.dropna(subset=["change"])
    if rows.empty:
        return prose(paragraph("两年都能计算的差异系数一项也没有，不能分析变化的原因；请补齐缺失的数据。"))
    down, up = rows[rows["change"] <= -STEADY], rows[rows["change"] >= STEADY]
    same = len(rows) - len(down) - len(up)
    told = [f"{len(part)}项{word}" for part, word in ((down, "缩小"), (up, "扩大")) if len(part)]
    told += [f"{same}项基本持平"] if same else []
    lead = f"与{made.case.year - 1}年相比，{len(rows)}项差异系数中{'、'.join(told)}。"
    items = []
    for part, word in ((up.sort_values("change", ascending=False), "扩大"), (down.sort_values("change"), "缩小")):
        if len(part):
            items.append((f"{word}的：", f"{'、'.join(_cause(made, row) for row in records(part.head(4)))}。"))
    lacking = len(found) - len(rows)
    note = f"另有{lacking}项缺数据，没有比较。" if lacking else ""
    return prose(paragraph(lead), led(items), paragraph(note))


def _cause(made: Improvement, row: dict[str, Any]) -> str:
    change = f"{row['change']:+.3f}".replace("-", "−")
    return f"{_name(made, row)}（{change}，主要由于{main_cause(row)}）"
