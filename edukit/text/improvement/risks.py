"""What passes by a hair, what fails in the years to come, and whether schools become more alike."""

from __future__ import annotations

import math

import pandas as pd

from edukit import convergence as alike
from edukit import formats
from edukit.dictionary import STAGES
from edukit.fragility import PUPILS_IN, PUPILS_OUT, RESOURCE_OUT
from edukit.frames import records
from edukit.improvement import NEAR, Improvement, margins
from edukit.outlook import CLASS_SIZE, THRESHOLD
from edukit.showing import Prose
from edukit.text.facts import MET
from edukit.text.improvement.words import KINDS, thing
from edukit.text.markup import bullets, led, paragraph, prose

NAMED = 8


def thin_units(made: Improvement) -> str:
    """Passing units whose margin is thin, in one sentence; empty where there is none."""
    rows = margins(made)
    thin = rows[rows["thin"] < NEAR]
    if thin.empty:
        return ""
    name, least = made.now.unit_names[thin["unit"].iloc[0]], _breaks(thin.iloc[0])
    if len(thin) == 1:
        return f"{name}{least}。"
    return f"{len(thin)}个达标单位的余量不到{NEAR:.0%}，最少的是{name}，{least}。"


def _breaks(row: pd.Series) -> str:
    parts = [
        f"再增加{row['more_pupils']:.0f}名学生" if row["pupils_share"] < NEAR else "",
        f"减少{row['gone']:.0f}名教师" if row["gone_share"] < NEAR else "",
    ]
    return f"{'或'.join(part for part in parts if part)}就不达标"


def fragile(made: Improvement) -> Prose | None:
    """How near passing units and coefficients are to failing."""
    rule = made.case.scheme.school_rule
    rows = margins(made)
    if rule is None:
        lead = "该办法没有载入逐校标准，不计算各校余量。"
    elif rows.empty:
        lead = "没有已达标的学段单位，谈不上余量；先按方案整改。"
    else:
        thin = rows[rows["thin"] < NEAR]
        lead = (
            f"已达标的{len(rows)}个学段单位中，余量不到{NEAR:.0%}的有{len(thin)}个。"
            if len(thin)
            else (f"已达标的{len(rows)}个学段单位，余量都在{NEAR:.0%}以上。")
        )
    items = (
        [
            (f"{made.now.unit_names[row['unit']]}：", f"{_consequences(made, row)}。")
            for _, row in rows[rows["thin"] < NEAR].head(NAMED).iterrows()
        ]
        if rule is not None
        else []
    )
    return prose(paragraph(lead), led(items), paragraph(_coefficients(made)))


def _consequences(made: Improvement, row: pd.Series) -> str:
    """What the smallest changes of a unit with a thin margin would break."""
    changes = (
        (row["pupils_share"], f"再增加{row['more_pupils']:.0f}名学生", row["broken"]),
        (row["gone_share"], f"减少{row['gone']:.0f}名教师", row["broken_gone"]),
    )
    return "；".join(
        f"{what}就不达标（{'、'.join(_short(made, id_) for id_ in broken)}）"
        for share, what, broken in changes
        if share < NEAR
    )


def _coefficients(made: Improvement) -> str:
    near = made.cvs_near
    if near.empty:
        return "没有已知且不超过上限的差异系数，不计算差异系数的余量。"
    pupils = near[near["cause"].isin([PUPILS_IN, PUPILS_OUT]) & near["amount"].apply(math.isfinite)]
    if pupils.empty:
        return "任何一所学校的学生增减都不会使差异系数超过上限。"
    row = pupils.loc[pupils["amount"].idxmin()]
    how = "增加" if row["cause"] == PUPILS_IN else "减少"
    return (
        f"不超过上限的差异系数中，最容易因学生增减而超限的是{STAGES[row['stage']]}{_short(made, row['indicator'])}"
        f"（{formats.cv(row['cv'], row['limit'])}，上限{formats.plain(row['limit'])}）："
        f"{row['school']}{how}{row['amount']:.0f}名学生即超过。各项见下表。"
    )


def _short(made: Improvement, id_: object) -> str:
    return "综合差异系数" if id_ == "composite" else made.case.scheme.indicator(str(id_)).short


def cause(row: dict[str, object]) -> str:
    """The change of :func:`edukit.fragility.cv_fragility` in words."""
    words = {PUPILS_IN: "学生增加", PUPILS_OUT: "学生减少", RESOURCE_OUT: "资源减少"}
    return words[str(row["cause"])]


def newly(made: Improvement) -> pd.DataFrame:
    """What is met today and fails in a year to come, soonest first; single indicators of a school left out."""
    found = made.ahead
    rows = found[(found["verdict"] == MET) & found["earliest"].notna() & (found["kind"] != THRESHOLD)]
    return rows.sort_values(["earliest", "kind"], kind="stable").reset_index(drop=True)


def failing_ahead(made: Improvement) -> str:
    """What fails first if nothing is done, in one sentence; empty where nothing that is met today does."""
    rows = newly(made)
    if rows.empty:
        return ""
    first = int(rows["earliest"].min())
    names = [thing(made, row) for row in records(rows[rows["earliest"] == first])]
    return f"按学生数推算，现在达到的要求中，{first}年最早可能不再达到的有{formats.listed(names, 4, '项')}。"


def ahead(made: Improvement) -> Prose | None:
    """Enrolment as a range, and the first year in which something that is met fails."""
    county = made.projected.county
    last = county[county["year"] == county["year"].max()]
    now = county[county["year"] == made.case.year].set_index("stage")
    parts = []
    for row in records(last):
        if row["stage"] not in now.index or math.isnan(row["low"]):
            parts.append(f"{STAGES[row['stage']]}缺数据，不能推算")
            continue
        low, high = formats.whole(row["low"]), formats.whole(row["high"])
        span = f"{low}人" if low == high else f"{low}至{high}人"
        before = formats.whole(float(now.at[row["stage"], "low"]))
        parts.append(f"{STAGES[row['stage']]}在校生{made.case.year}年{before}人，{row['year']}年为{span}")
    lead = f"按分年级人数和历年升级比例推算：{'；'.join(parts)}。" if _by_grade(made) else f"推算：{'；'.join(parts)}。"
    hint = _hint(made) + _narrow(made)
    if not last["low"].notna().any():
        return prose(
            paragraph(lead, hint), paragraph("今后各年的学生数未知，不能判断现在达到的要求哪一年可能不再达到。")
        )
    rows = newly(made)
    if rows.empty:
        text = (
            "如果资源、教师和班级数不变，现在达到的各项要求在推算期内没有因学生变化而不再达到的；"
            "现在未达到的仍须按方案整改。"
        )
        return prose(paragraph(lead, hint), paragraph(text, _untold(made)))
    counts = rows["kind"].value_counts()
    told = "、".join(f"{word}{counts[kind]}项" for kind, word in KINDS.items() if kind in counts)
    text = f"如果资源、教师和班级数不变，现在达到、推算期内可能不再达到的有{len(rows)}项：{told}，最早的年份见下表。"
    large = rows[rows["kind"] == CLASS_SIZE]
    also = ""
    if len(large):
        also = "班额按“在校生超过现有班级按上限能容纳的人数”判断，只有增加班级才能避免。"
    return prose(paragraph(lead, hint), paragraph(text, also, _untold(made)))


def _untold(made: Improvement) -> str:
    """How much that is met today cannot be told for the years to come."""
    found = made.ahead
    rows = found[(found["verdict"] == MET) & found["unknown_from"].notna() & found["earliest"].isna()]
    count = int((rows["kind"] != THRESHOLD).sum())
    return f"另有{count}项因学生数未知或缺数据，今后能否保持无法判断。" if count else ""


def _by_grade(made: Improvement) -> bool:
    return bool((made.projected.enrolment["method"] == "cohort").any())


def _hint(made: Improvement) -> str:
    """What to fill in for a better projection."""
    methods = set(made.projected.enrolment["method"])
    if methods <= {"cohort"}:
        return ""
    if "unknown" in methods:
        return (
            "没有连续两年的数据，也没有分年级在校生数，有学校今后各年未知："
            "请填写各年级在校生数，或把上年数据放入同一文件夹。"
        )
    return "有学校没有填各年级在校生数，只能按全县该学段历年变化推算；填写各年级在校生数和出生人口后，推算更可靠。"


def _narrow(made: Improvement) -> str:
    """What a range without width means."""
    county = made.projected.county[made.projected.county["year"] > made.case.year].dropna(subset=["low", "high"])
    if len(county) and (county["low"] == county["high"]).all():
        return f"只有{len(made.years)}年数据，低值和高值相同，不代表没有变动；年份多了才能看出范围。"
    return ""


def converging(made: Improvement) -> Prose | None:
    """Whether schools became more alike since the base year."""
    found = made.convergence
    if found is None:
        return prose(
            paragraph(f"只有{made.case.year}年的数据，不能判断校际差距在缩小还是扩大；放入以前年度的数据后再算。")
        )
    base, year = made.watch.base.year, made.case.year
    items = []
    for stage, rows in found.groupby("stage", sort=False):
        told = []
        for state, word in (
            (alike.NARROWS, "缩小"),
            (alike.WIDENS, "扩大"),
            (alike.MIXED, "变化不一致"),
            (alike.SAME, "没有变化"),
            (alike.UNKNOWN, "缺数据"),
        ):
            names = [_short(made, id_) for id_ in rows.loc[rows["spread"] == state, "indicator"]]
            if names:
                listed = f"（{'、'.join(names)}）" if len(names) < len(rows) else ""
                told.append(f"{word}的{len(names)}项{listed}")
        moved = rows[rows["spread"] != alike.SAME]
        behind = sum(value is False for value in moved["catching_up"])
        gap = f"；{len(rows)}项中有{behind}项薄弱学校的增加不比条件好的学校多" if behind else ""
        items.append((f"{STAGES[str(stage)]}：", f"{'，'.join(told)}{gap}。"))
    left = [f"{y}年（{why}）" for y, why in made.watch.left_out]
    note = f"数据不能使用的年份：{'；'.join(left)}" if left else ""
    return prose(paragraph(f"{base}年至{year}年，校际差距："), led(items), bullets([note] if note else []))
