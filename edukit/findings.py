"""Findings: what was noticed in the data, each with its place and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from edukit.cards import listing


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The data contradict themselves or cannot be read; no report is made until it is mended."""
    WARNING = "warning"
    """Implausible or missing; numbers are still computed, and the report lists it."""
    INFO = "info"
    """Something edukit did or assumed that the reader should know."""

    @property
    def label(self) -> str:
        """The word a user reads: 错误, 警告 or 说明."""
        return {"error": "错误", "warning": "警告", "info": "说明"}[self.value]

    @property
    def rank(self) -> int:
        """0 for errors, 1 for warnings, 2 for information; sorts the worst first."""
        return list(Severity).index(self)


_ENDLESS = re.compile(r"[0-9]{25,}")
"""Longer than any number that somebody could mean or read."""


@dataclass(frozen=True)
class Finding:
    """One thing noticed in the data.

    Attributes:
        severity: error, warning or info.
        rule: stable id of the rule in lower case with hyphens, e.g. ``part-over-whole``.
        where: sheet and cell, e.g. ``学校!E5``; the sheet or the file where there is no cell.
        problem: what is wrong, naming the school.
        expected: what would be right, or empty.
        found: what stands there, or empty.
        action: what to do, or empty.
        school: the school it is about, or empty.
        field: the dictionary's field name it is about, or empty.
    """

    severity: Severity
    rule: str
    where: str
    problem: str
    expected: str = ""
    found: str = ""
    action: str = ""
    school: str = ""
    field: str = ""

    @property
    def message(self) -> str:
        """The finding as one Chinese sentence group, without severity and place.

        >>> Finding(Severity.ERROR, "range", "学校!E5", "小学在校生数不能为负", "不小于 0", "-3", "核对后重填").message
        '小学在校生数不能为负。应为：不小于 0；实为：-3。处理：核对后重填。'
        """
        facts = "；".join(f"{label}：{text}" for label, text in (("应为", self.expected), ("实为", self.found)) if text)
        parts = [self.problem, facts, f"处理：{self.action}" if self.action else ""]
        text = "".join(part if part.endswith("？") else part.rstrip("。") + "。" for part in parts if part)
        return _ENDLESS.sub(lambda digits: f"{digits[0][:8]}……（共 {len(digits[0])} 位）", text)

    def as_dict(self) -> dict[str, str]:
        """The four keys of the ``--json`` contract."""
        return {"severity": self.severity.value, "rule": self.rule, "where": self.where, "message": self.message}


class Findings(list[Finding]):
    """Several findings; in a notebook they show themselves as a table.

    >>> Findings([Finding(Severity.INFO, "scope", "学校!A5", "教学点不计入")]).told
    '1 条说明'
    """

    __slots__ = ()
    MOST = 50
    """How many the table lists."""

    @property
    def told(self) -> str:
        """How many there are of each severity; 没有发现问题 where there is none."""
        counts = [(sum(one.severity is severity for one in self), severity.label) for severity in Severity]
        return "，".join(f"{count} 条{label}" for count, label in counts if count) or "没有发现问题"

    def _repr_html_(self) -> str:
        rows = [(one.severity.label, one.where, one.message) for one in self[: self.MOST]]
        rest = f"另有 {len(self) - self.MOST} 条未列出，用 edukit check 查看全部。" if len(self) > self.MOST else ""
        return listing(f"数据问题：{self.told}", ("程度", "位置", "问题"), rows, rest)


def worst_first(findings: Iterable[Finding]) -> Findings:
    """Findings with errors before warnings before information, otherwise in the order given, without repeats."""
    return Findings(sorted(dict.fromkeys(findings), key=lambda finding: finding.severity.rank))


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Only the findings that stop a report."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]
