"""The chapter on seats: places per thousand residents against the norm, and the check against births."""

from __future__ import annotations

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.seats import birth_sentence, seat_outcomes
from edukit.showing import Prose
from edukit.text.markup import led, paragraph, prose
from edukit.topics import places
from edukit.topics.asked import WORDS


def seats(case: Case) -> Prose | None:
    """Demand, supply and gap of each stage, how places were counted, and what births say about the norm."""
    found = places.seats(case)
    if found is None:
        return prose(paragraph(f"{case.scheme.short}评估办法在{case.year}年没有千人学位数的要求，没有测算学位。"))
    if not places.filled(case):
        return prose(paragraph(f"没有学位数据，没有测算：请填写{places.asked_for()}。"))
    told = [
        (
            f"{STAGES[row['stage']]}{WORDS[outcome.verdict.value]}：",
            outcome.evidence.replace("常住人口", "城镇常住人口"),
        )
        for row, outcome in zip(records(found.frame), seat_outcomes(found.frame), strict=True)
    ]
    counted = (
        f"只计{'、'.join(found.urban)}学校；学校有核定学位数的用核定数，没有的按设计班数乘以规定班额计算；"
        "两者都没有填写的学校，学位数为未知。"
    )
    return prose(paragraph(f"{found.name}按城镇常住人口测算。{counted}"), led(told), paragraph(*_births(case)))


def _births(case: Case) -> list[str]:
    found = places.births(case)
    if found is None:
        return ["“县级”表没有填写出生人口数，没有用出生人口核对千人学位标准。"]
    check, rates = found
    whole = [row for row in records(check) if not row["missing"]]
    sentences = [birth_sentence(row) for row in whole]
    rates = rates.dropna(subset=["rate"])
    if len(whole) < len(check) and len(rates):
        sentences.append(_rates(rates))
    if len(whole) < len(check):
        lacking = "；".join(
            f"{STAGES[row['stage']]}缺{row['missing'][0]}至{row['missing'][-1]}年间的{len(row['missing'])}个年份"
            for row in records(check)
            if row["missing"]
        )
        sentences.append(f"在校年龄段的出生人口不全（{lacking}），不能与在校规模逐段核对。")
    return ["用出生人口核对标准（全县口径，只作参考）：", *sentences]


def _rates(rates: pd.DataFrame) -> str:
    mean, years = float(rates["rate"].mean()), rates["year"]
    span = f"{years.iloc[0]}至{years.iloc[-1]}年平均每千人" if len(rates) > 1 else f"{years.iloc[0]}年每千人"
    norms = {stage: float(rates[f"norm_{stage}"].iloc[0]) for stage in STAGES if f"norm_{stage}" in rates}
    shown: dict[str, list[str]] = {}
    for stage, norm in norms.items():
        shown.setdefault(formats.decimal(norm, 1), []).append(STAGES[stage])
    compared = "、".join(f"{number}个（{'、'.join(stages)}）" for number, stages in shown.items())
    word = "标准够用" if mean <= min(norms.values()) else "标准偏低，应按实际出生人口复核"
    return f"{span}出生{formats.decimal(mean, 1)}人，标准相当于每个年龄每千人{compared}，就此而言{word}。"
