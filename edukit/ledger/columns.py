"""What a ledger consists of: its columns, the states of an entry, and the key that makes it the same next year."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from edukit.schools import bare
from edukit.verdict import Verdict

COLUMNS = {
    "number": "序号",
    "origin": "来源",
    "school": "学校",
    "stage": "学段",
    "item": "对应指标",
    "problem": "问题描述",
    "standard": "标准值",
    "value": "现状值",
    "gap": "缺口",
    "measure": "整改措施",
    "office": "责任单位",
    "person": "责任人",
    "deadline": "时限",
    "progress": "进展",
    "result": "整改结果",
    "evidence": "佐证材料",
    "status": "是否销号",
    "closed_on": "销号日期",
    "first_seen": "首次发现年度",
    "last_seen": "最近发现年度",
    "reopened": "反弹次数",
    "note": "状态说明",
    "history": "变动记录",
    "key": "条目编号（请勿改动）",
    "verdict": "上次判定",
    "met_since": "达标起始年度",
    "spent": "已用佐证材料",
}
"""Column of a ledger -> its header in the workbook."""

HIDDEN = ("key", "verdict", "met_since", "spent")
"""Columns that only edukit needs; they lie hidden in the workbook, so that rows may be sorted and renamed."""

KEPT_BY_EDUKIT = ("standard", "value", "gap", "first_seen", "last_seen", "reopened", "note")
"""Visible columns that each update writes anew."""

OPEN, WAITING, CLOSED = STATUSES = ("未销号", "待销号", "已销号")
ORIGINS = ("自评", "市级反馈", "省级反馈", "国家反馈")

MET, NOT_MET, UNDETERMINED = (verdict.value for verdict in (Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED))


class Key(NamedTuple):
    """What makes an entry the same entry in another year: one problem of one school, stage and indicator or item.

    >>> str(Key("quality-2017", "2109030002", "阿金歹小学", "primary", "Q4", "threshold"))
    'quality-2017|2109030002|阿金歹小学|primary|Q4|threshold'
    """

    scheme: str
    code: str
    name: str
    stage: str
    item: str
    kind: str

    def __str__(self) -> str:
        return "|".join(map(_part, self))

    @classmethod
    def parse(cls, text: object) -> Key | None:
        """The key of a text, None where it is none: a row that people added."""
        parts = str(text).split("|")
        return cls(*parts) if len(parts) == len(cls._fields) else None

    def by_code(self) -> tuple[str, ...]:
        """What must agree where both years have the school's code."""
        return (self.scheme, self.code, self.stage, self.item, self.kind)

    def by_name(self) -> tuple[str, ...]:
        """What must agree where they do not."""
        return (self.scheme, self.name, self.stage, self.item, self.kind)


@lru_cache(maxsize=4096)  # a county's ledger has thousands of keys from a few hundred words
def _part(text: str) -> str:
    return bare(text).replace("|", "／")


def empty() -> pd.DataFrame:
    """A ledger without entries."""
    return pd.DataFrame(columns=list(COLUMNS), dtype=object)
