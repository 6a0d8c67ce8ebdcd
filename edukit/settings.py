"""Which relaxations and uncertain rules a county's workbook asks for (sheet 评估设置)."""

from __future__ import annotations

import pandas as pd

from edukit.findings import Finding, Severity
from edukit.schemes import Scheme, with_options

SHEET = "评估设置"


def as_set(scheme: Scheme, rows: pd.DataFrame) -> tuple[Scheme, list[Finding]]:
    """The scheme with the options that the sheet switches on.

    Args:
        scheme: the policy.
        rows: sheet 评估设置: option_id, option_on (是 or 否; blank is 否), option_basis.

    Returns:
        The scheme, and what the reader must know: an option that the scheme does not have (it may belong to another
        scheme), one without the document that allows it.
    """
    known = {option.id: option for option in scheme.options}
    chosen: dict[str, str] = {}
    findings = []
    for number, row in rows[rows["option_on"] == "是"].iterrows() if len(rows) else ():
        id_, where = str(row["option_id"]).strip(), f"{SHEET}!第{number}行"
        if id_ not in known:
            problem = f"《{scheme.name}》没有编号为“{id_}”的口径，没有采用"
            expected = "、".join(known) or "（本办法没有可选口径）"
            findings.append(Finding(Severity.INFO, "option", where, problem, expected, id_))
            continue
        basis = row["option_basis"] if isinstance(row["option_basis"], str) else ""
        if not basis:
            problem = f"采用了口径“{known[id_].name}”，但没有写明依据"
            action = "写明允许采用的文件名称和文号，否则填“否”"
            findings.append(Finding(Severity.WARNING, "option", where, problem, action=action))
        chosen[id_] = basis
    return (with_options(scheme, chosen) if chosen else scheme), findings
