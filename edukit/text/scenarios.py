"""Sentences about a scenario: what is done, and what it makes of the verdicts. Made from a :class:`WhatIf`."""

from __future__ import annotations

from html import escape

import pandas as pd

from edukit import changes, formats
from edukit.changes import Change
from edukit.dictionary import STAGES, load
from edukit.scenario import WhatIf
from edukit.showing import Prose
from edukit.text.markup import STATE_CLASSES, callout, judged, led, paragraph, prose
from edukit.verdict import Verdict

SAME = "结论、差异系数和各校达标情况都没有变化。"


def conclusion(found: WhatIf) -> Prose | None:
    """What is done, and what it makes of the county: its verdict, the blocks, the schools, the coefficients."""
    done = [(f"{lead}：", f"{text}。") for lead, text in told(found)]
    verdicts = found.verdicts
    county = verdicts[verdicts["kind"] == "county"].iloc[0]
    head = f"{found.before.county or '本县'}总的结论：{turn(county['before'], county['after'])}"
    resources = verdicts["kind"] == "resources"
    own = verdicts["name"] == verdicts.loc[resources, "name"].iloc[0]
    blocks = verdicts[resources | ((verdicts["kind"] == "block") & verdicts["changed"] & ~own)]
    said = [(row["after"], f"{row['name']}：", f"{turn(row['before'], row['after'])}。") for row in _records(blocks)]
    items = verdicts[(verdicts["kind"] == "item") & verdicts["changed"]]
    said += [(row["after"], f"{row['id']}　", f"{row['name']}：{_turned(row)}。") for row in _records(items)]
    state = STATE_CLASSES.get(county["after"], "unknown")
    return prose(
        f"<p>{escape(f'方案“{found.scenario.name}”')}{'：' if done else '没有任何变更，前后相同。'}</p>",
        led(done, ordered=True),
        f'<div class="verdict {state}"><p class="verdict-word"><strong>{escape(head)}</strong></p>'
        f"{judged((verdict or 'undetermined', lead, text) for verdict, lead, text in said)}</div>",
        paragraph(schools(found), coefficients(found)) if done else "",
        _notes(found),
    )


def schools(found: WhatIf) -> str:
    """How many units pass before and after, and which of them turn, as a sentence; empty without thresholds."""
    if found.after.scheme.school_rule is None:
        return ""
    passing = [int((each.schools["verdict"] == Verdict.MET.value).sum()) for each in (found.before, found.after)]
    rows = found.units
    counts = f"达标的学段单位由{passing[0]}个变为{passing[1]}个" if passing[0] != passing[1] else ""
    known = rows[(rows["verdict_before"] != "") & (rows["verdict_before"] != rows["verdict"])]
    turned = [
        (word, known[known["verdict"] == verdict])
        for verdict, word in ((Verdict.MET.value, "转为达标的"), (Verdict.NOT_MET.value, "转为未达标的"))
    ]
    parts = [f"{word}有{formats.listed(_names(part), 8, '个')}" for word, part in turned if len(part)]
    still = "" if counts or parts else f"达标的学段单位仍为{passing[1]}个"
    return "，".join(filter(None, [counts, *parts, still])) + "。"


def coefficients(found: WhatIf) -> str:
    """How many coefficients are above their limit before and after, and which of them turn; empty without limits."""
    rows = found.balance
    if rows["cv_limit"].isna().all():
        return ""
    over, was = (rows[rows[name] == Verdict.NOT_MET.value] for name in ("verdict", "verdict_before"))
    names = {
        word: [
            f"{STAGES[row['stage']]}{found.after.scheme.indicator(row['indicator']).short}"
            for row in _records(part[~part.index.isin(other.index)])
        ]
        for word, part, other in (("降到上限以内的有", was, over), ("升到上限以上的有", over, was))
    }
    parts = [f"{word}{formats.listed(each, 6, '项')}" for word, each in names.items() if each]
    counts = f"超过上限的差异系数由{len(was)}项变为{len(over)}项" if len(was) != len(over) else ""
    still = "" if counts or parts else f"超过上限的差异系数仍为{len(over)}项" if len(over) else "差异系数均不超过上限"
    return "，".join(filter(None, [counts, *parts, still])) + "。"


def told(found: WhatIf) -> list[tuple[str, str]]:
    """What is done: for each change its kind and what is done where, in words."""
    return [(changes.KINDS[each.kind], _done(each, found.before.source)) for each in found.scenario.changes]


def turn(before: str, after: str) -> str:
    """A verdict before and after in words.

    >>> turn("not_met", "met"), turn("met", "met"), turn("", "met")
    ('未达标 → 达标', '达标（不变）', '— → 达标')
    """
    words = [Verdict(each).label if each else formats.DASH for each in (before, after)]
    return f"{words[1]}（不变）" if before == after else " → ".join(words)


def _turned(row: dict[str, str]) -> str:
    return turn(row["before"], row["after"])


def _done(change: Change, source: pd.DataFrame) -> str:
    school, other = _name(change.school, source), _name(change.from_school, source)
    stage = STAGES.get(change.stage, "高中" if change.stage else "")
    if change.kind == "merge":
        return f"{other}并入{school}"
    if change.kind == "open":
        return f"{change.values.get('school_name')}（{change.values.get('school_type')}）"
    if change.kind == "grow":
        whole = change.amount * 100
        more = "增加" if whole >= 0 else "减少"
        return f"{school or '全县'}{stage}在校生{more}{formats.plain(round(abs(whole), 6))}%"
    if change.kind == "pupils":
        return f"{other}划到{school}，{stage}{formats.amount(change.amount, '人')}"
    field = load().field(change.field)
    quantity = f"{formats.plain(abs(change.amount))}{field.unit}"
    if change.kind == "set":
        return f"{school}{field.header}改为{quantity}"
    if change.kind == "move":
        return f"{other}到{school}，{field.header}{quantity}"
    return f"{school}{field.header}{'增加' if change.amount >= 0 else '减少'}{quantity}"


def _name(school: str, source: pd.DataFrame) -> str:
    """The name of a school that is given by its code; what is no code is a name."""
    fits = source.loc[(source["school_code"] == school).fillna(False).astype(bool), "school_name"]
    return str(fits.iloc[0]) if len(fits) else school


def _names(rows: pd.DataFrame) -> list[str]:
    several = rows["school"].duplicated(keep=False)
    return [
        f"{school}{STAGES[stage]}部" if twice else str(school)
        for school, stage, twice in zip(rows["school"], rows["stage"], several, strict=True)
    ]


def _notes(found: WhatIf) -> str:
    """What is no longer known once pupils changed."""
    schools = [finding.school for finding in found.after.findings if finding.rule == "scenario-classes"]
    if not schools:
        return ""
    said = "学生数变了，各班人数不再可知，班额按无法判定处理。"
    return callout(f"班额待定：{formats.listed(list(dict.fromkeys(schools)))}", [said])


def _records(frame: pd.DataFrame) -> list[dict[str, str]]:
    return frame.to_dict("records")
