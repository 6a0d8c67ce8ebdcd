"""The chapter on estimates of the difference between schools (校际差异率): formulas, numbers, what they are worth."""

from __future__ import annotations

import math
import re
from typing import Any

from edukit import formats
from edukit.case import Case
from edukit.frames import records
from edukit.groups import least_shown
from edukit.showing import Prose
from edukit.text.markup import bullets, led, paragraph, prose
from edukit.topics.scores import FORMS, SHEET
from edukit.topics.scores import estimates as estimates_of

FORMULAS = (
    "η²＝Σn_j(m_j－M)²÷Σ(y－M)²，校间差异占全部差异的比例，0至1；",
    "ICC＝(MSB－MSW)÷[MSB＋(n_0－1)MSW]，n_0＝(N－Σn_j²÷N)÷(k－1)，扣除抽样波动后的校间方差比例，负值记为0；",
    "S/M，S＝√[Σ(n_j÷N)(m_j－M)²]，各校平均分的加权标准差与全县平均分之比。",
)
"""The three formulas, as far as a page without mathematics can print them; ``_`` makes the next sign an index."""
LEGEND = (
    "其中y为学生得分，m_j、n_j为第j所学校的平均分和人数，M为全县平均分，N为总人数，k为校数，MSB、MSW为校间、校内均方。"
)


def estimates(case: Case) -> Prose | None:
    """What the three estimates say beside the delivered rates; that they are estimates and decide nothing."""
    found = estimates_of(case)
    if found.empty:
        return prose(
            paragraph(
                "校际差异率由国家义务教育质量监测提供，填在“县级”表，判定只用该数。"
                f"没有本地测试成绩，没有作估算：如需估算，请在“{SHEET}”表填写学校名称、测试年级、测试学科和测试得分。"
            )
        )
    limit = float(found["limit"].iloc[0])
    asked = f"（须低于{formats.plain(limit)}）" if not math.isnan(limit) else ""
    opening = (
        f"以下是根据“{SHEET}”表本地测试成绩作出的估算，不是国家监测给出的校际差异率{asked}，不用于判定；"
        "国家监测没有公布计算公式，见到的三种算法如下："
    )
    told = [(f"{row['grade']}{row['subject']}：", _row(row)) for row in records(found)]
    return prose(
        paragraph(opening),
        _indexed(bullets(FORMULAS) + paragraph(LEGEND)),
        paragraph(_disagreement(records(found), limit)),
        led(told),
    )


def _indexed(html: str) -> str:
    """Indices set low; the fonts of a report have no small letters for them."""
    return re.sub(r"_(\w)", r"<sub>\1</sub>", html)


def _disagreement(rows: list[dict[str, Any]], limit: float) -> str:
    if math.isnan(limit):
        return ""
    apart = [f"{row['grade']}{row['subject']}" for row in rows if row["agree"] is False]
    text = f"三种算法量的不是同一件事，同一份成绩对界限{formats.plain(limit)}可能得出相反的结论"
    return f"{text}，本次{'、'.join(apart)}就是如此。" if apart else f"{text}（本次没有出现）。"


def _row(row: dict[str, Any]) -> str:
    counted = f"{formats.whole(row['schools'])}所学校{formats.whole(row['n'])}人"
    left = [
        f"{word}{formats.whole(row[name])}人"
        for name, word in (("absent", "缺考"), ("unplaced", "未注明学校"), ("left_out", "不在学校名单中"))
        if row[name]
    ]
    aside = f"（另有{'、'.join(left)}未计）" if left else ""
    if row["few"]:
        return f"不足{least_shown()}人，不公布估算。"
    shown = [
        f"{sign}为{formats.beside(row[form], row['limit'], 3)}"
        for form, sign in FORMS.items()
        if not math.isnan(row[form])
    ]
    text = f"{counted}{aside}，平均{formats.decimal(row['mean'], 1)}分，"
    text += "、".join(shown) if shown else "无法估算"
    text += f"（{row['reason']}）" if row["reason"] else ""
    if math.isnan(row["delivered"]):
        return f"{text}。"
    return f"{text}；国家监测给出的校际差异率为{formats.beside(row['delivered'], row['limit'], 3)}。"
