"""Tables of class sizes: classes above each limit, the schools that have them, and large schools."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.class_sizes import interval, totals
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.showing import Table, table
from edukit.tables.states import CLASSES
from edukit.topics import classes as sizes
from edukit.topics.asked import WORDS
from edukit.verdict import Verdict

NOT_MET, UNDETERMINED = Verdict.NOT_MET.value, Verdict.UNDETERMINED.value


def class_totals(case: Case) -> Table | None:
    """Classes above each limit in use, by stage, beside last year's; nothing where no school filled them in."""
    if not sizes.known(case):
        return None
    rows: list[dict[str, str]] = []
    states: list[str] = []
    for limit in sizes.limits(case):
        before = sizes.changes(case, limit)
        ledger = sizes.ledger(case, limit)
        for row in records(totals(ledger))[:-1]:
            own = ledger.loc[ledger["stage"] == row["stage"], "verdict"]
            state = _state(own) if limit.asked else ""
            share = [formats.percent(row[key], 2) for key in ("share_low", "share_high")]
            states.append(state)
            rows.append(
                {
                    "口径": limit.name,
                    "学段": STAGES[row["stage"]],
                    "超过": f"{formats.plain(limit.most[row['stage']])}人",
                    "班数": interval(row["classes_low"], row["classes_high"]),
                    "超过的班数": interval(row["low"], row["high"]),
                    "占比": share[0] if share[0] == share[1] else "至".join(share),
                    "上年": _last(before, row["stage"]),
                    "判定": WORDS[state] if state else formats.DASH,
                }
            )
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年班额情况",
        classes=lambda label, column: (
            CLASSES[states[label]] if column == "判定" else "" if column in ("口径", "学段") else "num"
        ),
        notes=[
            "评估办法的要求只计列入评估的学校，大班额等统计口径计全部学校；“至少”“至”为有学校缺班额数据。"
            "上年数计上年全部学校。"
        ],
    )


def _state(verdicts: pd.Series) -> str:
    return next((v for v in (NOT_MET, UNDETERMINED) if (verdicts == v).any()), Verdict.MET.value)


def _last(found: pd.DataFrame | None, stage: str) -> str:
    if found is None:
        return formats.DASH
    own = found[found["stage"] == stage]
    return interval(float(own["before_low"].sum()), float(own["before_high"].sum()))


def classes(case: Case) -> Table | None:
    """The ledger (台账): schools with classes above the lowest limit in use, or for which it is not known.

    Nothing where there are none: the text says so.
    """
    if not sizes.known(case):
        return None
    limits = sizes.limits(case)
    found: dict[tuple[Any, str], dict[str, Any]] = {}
    for limit in limits:
        for row in records(sizes.ledger(case, limit)):
            entry = found.setdefault((row["row"], row["stage"]), {"row": row})
            entry[limit.name] = row
    open_ = {
        key: entry
        for key, entry in found.items()
        if any(entry[limit.name]["high"] for limit in limits if limit.name in entry)
    }
    if not open_:
        return None
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for entry in open_.values():
        first = entry["row"]
        told = {
            "学校": str(first["school"]),
            "学段": STAGES[first["stage"]],
            "班数": interval(first["classes_low"], first["classes_high"]),
            "最大班额": formats.whole(first["max_class"]),
        }
        for limit in limits:
            head = f"{limit.name}（{_over(limit, first['stage'])}）" if _same(limit) else limit.name
            own = entry.get(limit.name)
            told[head] = formats.DASH if own is None else interval(own["low"], own["high"])
            states[len(rows), head] = "" if own is None or not own["high"] else _seen(own)
        told["核实"] = "数据矛盾" if first["conflict"] else formats.DASH
        rows.append(told)
    frame = pd.DataFrame(rows)
    if not any(entry["row"]["conflict"] for entry in open_.values()):
        frame = frame.drop(columns="核实")
    return table(
        frame,
        caption=_caption(case),
        classes=lambda label, column: (
            "" if column in ("学校", "学段", "核实") else f"num {states.get((label, column), '')}".strip()
        ),
        notes=[_explained(limits)],
    )


def _caption(case: Case) -> str:
    return f"{case.county}{case.year}年超过规定班额和大班额的班数（台账）"


def _same(limit: sizes.Limit) -> bool:
    return len(set(limit.most.values())) == 1


def _over(limit: sizes.Limit, stage: str) -> str:
    return f"超过{formats.plain(limit.most[stage])}人"


def _seen(own: dict[str, Any]) -> str:
    return "not-met" if own["low"] else "unknown"


def _explained(limits: list[sizes.Limit]) -> str:
    told = "；".join(f"{limit.name}：{limit.text}" for limit in limits if not _same(limit))
    return (f"{told}。" if told else "") + "表中为超过该人数的班数；“0至N”为缺班额数据。"


def large_schools(case: Case) -> Table | None:
    """Schools above the limit of their type, and those for which it is not known, with last year's state.

    Nothing where there are none: the text says so.
    """
    found = sizes.large_schools(case)
    if found is None:
        return None
    open_ = found[found["verdict"].isin([NOT_MET, UNDETERMINED])].sort_values("excess", ascending=False, kind="stable")
    if open_.empty:
        return None
    changed = sizes.school_changes(case)
    state = {} if changed is None else dict(zip(changed["school"], changed["state"], strict=True))
    rows = pd.DataFrame(
        {
            "学校": open_["school"],
            "办学类型": open_["type"],
            "在校生": [formats.whole(n) for n in open_["pupils"]],
            "上限": [formats.plain(n) for n in open_["limit"]],
            "超出": [formats.DASH if math.isnan(n) else formats.whole(n) for n in open_["excess"]],
            "判定": open_["verdict"].map({NOT_MET: "超过", UNDETERMINED: "缺学生数"}),
            "与上年比": [state.get(name, formats.DASH) for name in open_["school"]],
        }
    ).reset_index(drop=True)
    verdicts = list(open_["verdict"])
    return table(
        rows,
        caption=f"{case.county}{case.year}年超过规模上限的学校（台账）",
        classes=lambda label, column: (
            CLASSES[verdicts[label]] if column == "判定" else "num" if column in ("在校生", "上限", "超出") else ""
        ),
    )
