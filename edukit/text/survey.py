"""The chapter on the survey: how many were asked, what counts as satisfied, the rate by group and theme."""

from __future__ import annotations

import math

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import load
from edukit.showing import Prose
from edukit.survey import Requirement, SurveyRule
from edukit.survey.rule import COUNTED
from edukit.text.markup import led, paragraph, prose
from edukit.topics.asked import WORDS
from edukit.topics.opinion import Survey
from edukit.topics.opinion import survey as survey_of

LOWEST = 3
"""So many of the themes with the lowest rates are named; the table has all."""


def survey(case: Case) -> Prose | None:
    """Numbers of questionnaires, the requirements one by one, groups and themes, and the rule that was used."""
    if case.scheme.condition("survey") is None:
        return prose(paragraph(f"{case.scheme.short}评估办法没有满意度调查的要求，本章从略。"))
    found = survey_of(case)
    if found is None:
        columns = "、".join(load().field(f"survey_{name}").header for name in ("sent", "returned", "valid"))
        return prose(
            paragraph(
                f"没有满意度调查的数据，没有测算：请在“问卷”表逐条填写回答，或在“县级”表{case.year}年一行填写“{columns}”"
                "和各类人员的“有效问卷数”“满意问卷数”。"
            )
        )
    basis = f"“问卷”表的{formats.whole(found.answers)}个回答" if found.answers else "“县级”表的汇总数"
    opening = f"{found.name}根据{basis}测算。{_sent(found)}"
    if found.problem:
        return prose(paragraph(opening, "填报的份数互相矛盾，没有计算满意率，请按数据问题清单核对后重新生成。"))
    public = found.rows("总体")["withheld"].eq(False).all()
    return prose(
        paragraph(opening),
        led(_requirement(each, found) for each in found.requirements),
        paragraph(_groups(found)),
        paragraph(_themes(found)),
        paragraph(_withheld(found), *(f"{text}。" for text in found.noticed if public)),
        paragraph(_rule(found.rule)),
    )


def _sent(found: Survey) -> str:
    given = ((found.sent, "发放"), (found.returned, "回收"), (found.valid, "有效"))
    known = [f"{word}{formats.whole(number)}份" for number, word in given if not math.isnan(number)]
    blank = [word for number, word in given if math.isnan(number)]
    text = f"问卷{'，'.join(known)}。" if known else ""
    return text + (f"“县级”表没有填写问卷{'、'.join(blank)}数。" if blank else "")


def _requirement(each: Requirement, found: Survey) -> tuple[str, str]:
    word = WORDS[each.verdict.value]
    aside = "" if each.id in found.deciding else "本项供核对，不影响结论。"
    name = found.name if each.id == "pass" else each.name
    return f"{name}{word}：", f"{each.evidence}。{aside}"


def rate_text(row: pd.Series, rule: SurveyRule) -> str:
    """A rate with its interval, never looking equal to a pass mark that it misses."""
    shown = formats.beside(float(row["rate"]) * 100, rule.pass_rate * 100, 1)
    return f"{shown}%（{formats.percent(row['low'])}～{formats.percent(row['high'])}）"


def _groups(found: Survey) -> str:
    rows = found.rows("群体").dropna(subset=["rate"])
    if len(rows) < 2:
        return ""
    high, low = rows.loc[rows["rate"].idxmax()], rows.loc[rows["rate"].idxmin()]
    ends = "，".join(
        f"最{word}的是{row['label']}{rate_text(row, found.rule)}" for word, row in (("高", high), ("低", low))
    )
    below = rows[rows["rate"] < found.rule.pass_rate]
    mark = formats.plain(found.rule.pass_rate * 100)
    every = "各群体均低于" if len(below) == len(rows) else f"{'、'.join(below['label'])}低于"
    told = f"{every}{mark}%。" if len(below) else f"均不低于{mark}%。"
    return f"按群体（括号内为{_confidence(found.rule)}置信区间），{ends}；{told}"


def _themes(found: Survey) -> str:
    rows = found.rows("主题").dropna(subset=["rate"])
    if len(rows) < 2:
        return ""
    lowest = rows.sort_values("rate", kind="stable").head(LOWEST)
    told = "、".join(f"{row['label']}{rate_text(row, found.rule)}" for _, row in lowest.iterrows())
    return f"按主题分为{len(rows)}项，满意率最低的是{told}。"


def _withheld(found: Survey) -> str:
    hidden = list(found.parts.loc[found.parts["withheld"].astype(bool), "label"])
    if not hidden:
        return ""
    return f"不足{found.rule.publish_from}份或可由此推算的{'、'.join(hidden)}不单列，避免推断到个人。"


def _confidence(rule: SurveyRule) -> str:
    return f"{formats.plain(rule.confidence * 100)}%"


def _rule(rule: SurveyRule) -> str:
    unsure = f"；“{'、'.join(rule.unsure)}”{'计入' if rule.count_unsure else '不计入'}分母" if rule.unsure else ""
    floor = f"，且不少于{formats.whole(rule.sample_floor)}份" if rule.sample_floor else ""
    valid = (
        f"；有效问卷不低于{COUNTED[rule.valid_of]}的{formats.plain(rule.valid_share * 100)}%"
        if rule.valid_share
        else ""
    )
    return (
        f"口径：“{'、'.join(rule.satisfied)}”计为满意{unsure}。样本量按{COUNTED[rule.sample_of]}计，"
        f"不少于常住人口的{formats.plain(rule.sample_share * 1000)}‰{floor}；"
        f"家长占有效问卷不低于{formats.plain(rule.parents_share * 100)}%{valid}；"
        f"满意率不低于{formats.plain(rule.pass_rate * 100)}%。置信区间按Wilson法，只反映抽样误差，判定用满意率本身。"
    )
