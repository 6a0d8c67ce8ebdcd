"""A ledger from one year to the next: numbers are edukit's, who does what by when is people's.

An entry whose number is met closes only with evidence, reopens when the number falls back, and stays as it is while
the number is unknown or nobody judged it. The rules are edukit's own, after 整改台账 and 销号管理 as
bureaus practise them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

import pandas as pd

from edukit.frames import records
from edukit.ledger.columns import CLOSED, COLUMNS, HIDDEN, MET, NOT_MET, OPEN, UNDETERMINED, WAITING, Key
from edukit.workbook.cells import is_placeholder


def update(old: pd.DataFrame, new: pd.DataFrame, year: int) -> pd.DataFrame:
    """A ledger brought up to a year's judgements; what people typed stays.

    Args:
        old: the ledger so far, with the columns of ``COLUMNS`` and any of people's own; blank is "". Rows without a
            key are people's own and are left alone.
        new: everything judged this year, from :func:`edukit.ledger.entries`: key, verdict, origin, school, stage,
            item, problem, standard, value, gap, measure.
        year: the year of ``new``; dates a closing where nobody typed a date.

    Returns:
        The rows of ``old`` in their order, then one row per problem that is new. Updating twice changes nothing more.
    """
    today = records(new)
    rows = records(old)
    keys = [Key.parse(row["key"]) for row in today] if rows else []
    schemes = {key.scheme for key in keys if key}
    matches = _matches([Key.parse(row["key"]) for row in rows], keys)
    for row, match in zip(rows, matches, strict=True):
        key = Key.parse(row["key"])
        if match is not None:
            _judge(row, today[match], year)
        elif key is not None and key.scheme in schemes:
            row["note"] = f"{year}年数据中没有该校或该项，未能核实，请人工核查"
    known = set(matches)
    rows += [_opened(row, year) for i, row in enumerate(today) if row["verdict"] == NOT_MET and i not in known]
    _numbered(rows)
    own = [column for column in old.columns if column not in COLUMNS]
    visible = [column for column in COLUMNS if column not in HIDDEN]
    return pd.DataFrame(rows, columns=[*visible, *own, *HIDDEN], dtype=object)


def _matches(old: list[Key | None], new: list[Key | None]) -> list[int | None]:
    """For each old entry its row in ``new``: the same code, else the same name where only one school has it."""
    codes = {key.by_code(): i for i, key in enumerate(new) if key and key.code}
    found = [codes.get(key.by_code()) if key and key.code else None for key in old]
    taken = {i for i in found if i is not None}
    names = {key.by_name(): i for i, key in enumerate(new) if key and i not in taken}
    # Counted over all, also those with a code: where a name is not one school's, it tells nothing. A row that was
    # copied keeps its key; both copies are the same entry, not two schools of one name.
    often = Counter(key.by_name() for key in new if key)
    often_old = Counter(key.by_name() for key in set(old) if key)
    for position, key in enumerate(old):
        if key and found[position] is None and often[key.by_name()] == often_old[key.by_name()] == 1:
            found[position] = names.get(key.by_name())
    return found


def _judge(row: dict[str, Any], today: dict[str, Any], year: int) -> None:
    """One entry after one year's judgement."""
    row["key"] = today["key"]
    if today["verdict"] == UNDETERMINED:
        _unknown(row, year)
    else:
        if today["verdict"] == MET:
            _met(row, year)
        else:
            _failed(row, year)
        row |= {column: today[column] for column in ("verdict", "standard", "value", "gap")}
    row["reopened"] = len(re.findall(r"\d+年反弹（", str(row["history"])))


def _failed(row: dict[str, Any], year: int) -> None:
    if _closed(row):
        _reopen(row, year)
    seen = [number for column in ("first_seen", "last_seen") if (number := _year(row[column])) is not None]
    row |= {"first_seen": min([*seen, year]), "last_seen": max([*seen, year]), "status": OPEN}
    word = "新发现" if row["first_seen"] == year else "仍未达标"
    if f"{year}年反弹（" in str(row["history"]):
        word = "反弹"
    row["note"] = f"{year}年{word}" + ("，再次销号须补充新的佐证材料" if row["spent"] else "")


def _met(row: dict[str, Any], year: int) -> None:
    if row["verdict"] != MET and not _undone(row, year):
        row["met_since"] = year
    row["status"] = CLOSED if _proven(row) else WAITING
    if _proven(row):
        row["closed_on"] = row["closed_on"] if row["closed_on"] != "" else f"{year}年"
        row["note"] = f"{year}年达标，有佐证材料"
    else:
        row["note"] = f"{year}年达标，补充{'新的' if row['spent'] else ''}佐证材料后销号"


def _unknown(row: dict[str, Any], year: int) -> None:
    """Nothing closes or opens while the number is unknown; a closing that never had a number met does not stand."""
    if row["verdict"] == MET:
        row["status"] = CLOSED if _closed(row) and _proven(row) else WAITING
    else:
        if _closed(row):
            _reopen(row, year)
        row["status"] = OPEN
    row["note"] = f"{year}年缺少数据，未能核实，沿用上次的数值和状态"


def _reopen(row: dict[str, Any], year: int) -> None:
    """Take back a closing, and keep on record what it was."""
    since, word = _year(row["met_since"]), "退回未销号"
    if row["verdict"] == MET and since is not None and since < year:
        word = "反弹"
        # What proved the last repair does not prove the next one.
        row["spent"] = str(row["evidence"]).strip()
    date = row["closed_on"]
    if isinstance(date, dt.date):
        date = date.strftime("%Y-%m-%d")
    date = date if date != "" else "未填"
    record = f"{year}年{word}（原销号日期：{date}）"
    row["history"] = "；".join(part for part in (str(row["history"]), record) if part)
    row["closed_on"] = ""


def _undone(row: dict[str, Any], year: int) -> bool:
    """Take back a relapse of this same year: its data were corrected, and the number had not fallen back at all."""
    found = re.search(rf"；?{year}年反弹（原销号日期：([^）]*)）$", str(row["history"]))
    if found is None:
        return False
    row["history"] = str(row["history"])[: found.start()]
    row["spent"] = ""
    if row["closed_on"] == "" and found[1] != "未填":
        row["closed_on"] = found[1]
    return True


def _opened(today: dict[str, Any], year: int) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    row |= {column: today[column] for column in COLUMNS if column in today}
    row |= {"verdict": NOT_MET, "reopened": 0}
    _failed(row, year)
    return row


def _numbered(rows: list[dict[str, Any]]) -> None:
    """Give a number to rows that have none; a number once given stays, since papers refer to it."""
    given = [_year(row["number"]) or 0 for row in rows]
    last = max(given, default=0)
    for row in rows:
        if row["number"] == "":
            last += 1
            row["number"] = last


def _closed(row: dict[str, Any]) -> bool:
    return str(row["status"]).strip() in (CLOSED, "是")


def _proven(row: dict[str, Any]) -> bool:
    """Whether there is evidence; 无 or a dash is none, and neither is what proved a repair that did not last."""
    evidence = str(row["evidence"]).strip()
    return not is_placeholder(evidence) and evidence != row["spent"]


def _year(value: object) -> int | None:
    """A whole number as typed, None where it is none."""
    text = str(value).strip().removesuffix("年").removesuffix(".0")
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None
