"""The dossier's checklist as a workbook to print: counts by state on top, then the 33 items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from edukit.case import Case
from edukit.dossier import (
    LACKING,
    NOT_NEEDED,
    NOT_READY,
    PARTLY,
    PROVIDED,
    READY,
    SHEET,
    STATES,
    UNCOUNTED,
    entries,
    states,
    strange,
    summary,
)
from edukit.export.paper import CENTRE, Paper, Style, workbook
from edukit.frames import records

if TYPE_CHECKING:
    from edukit.workbook.look import Look

COLUMNS = {
    **{"序号": 6, "档案内容": 36, "说明什么": 26, "印证的指标及结论": 32, "备齐情况": 16},
    **{"档案材料": 24, "责任人": 12, "备注": 40},
}
GREEN, AMBER, RED, BLUE, GREY = "#D5EBD8", "#FFF0C2", "#F8C9CE", "#DCE6F0", "#F1F3F5"
GROUND = {
    **{READY: GREEN, PARTLY: AMBER, NOT_READY: RED, PROVIDED: BLUE},
    **{LACKING: AMBER, UNCOUNTED: GREY, NOT_NEEDED: GREY},
}
BAND: Style = {"bold": True, "bg_color": BLUE, "border": 1, "border_color": "#C9D2DC"}


def dossier(case: Case) -> bytes:
    """The checklist of the 33 dossier items; the same case gives the same bytes.

    Args:
        case: a county in one year under one scheme.

    Returns:
        An .xlsx workbook with one sheet, ready to print on A4 in landscape.
    """

    def fill(book: Any, look: Look) -> None:
        paper = Paper(book, look, SHEET, tuple(COLUMNS.values()))
        paper.heading(case, SHEET, f"{len(entries())}项清单")
        frame = states(case)
        _counts(paper, frame)
        first = paper.row
        paper.head(list(COLUMNS))
        for group, rows in frame.groupby("group", sort=False):
            paper.wide(f"{group}（{len(rows)}项）", **BAND)
            for row in records(rows):
                names = ("no", "title", "proves", "verdicts", "state", "files", "by", "note")
                row["verdicts"] = row["verdicts"].replace("；", "\n")
                state = {**CENTRE, "bg_color": GROUND[row["state"]]}
                paper.line([row[name] for name in names], {0: CENTRE, 4: state, 6: CENTRE})
        paper.notes(_notes(case))
        paper.sign()
        paper.page(first, first, frozen=2)

    return workbook(f"{case.county}义务教育均衡发展迎检档案清单（{case.year}年）", fill)


def _counts(paper: Paper, frame: pd.DataFrame) -> None:
    """How many items are in each state: one cell each, from the second column on."""
    counted = summary(frame)
    texts = [f"{state} {counted[state]}项" for state in STATES]
    styles = {k: {**CENTRE, "bold": True, "bg_color": GROUND[state]} for k, state in enumerate(STATES, start=1)}
    paper.line(["合计", *texts], {0: CENTRE, **styles})
    paper.row += 1


def _notes(case: Case) -> list[str]:
    said = [
        f"备齐情况、档案材料和责任人取自数据工作簿的“{SHEET}”表，填写后重新生成即更新；没有填写的，由系统按数据标明："
        f"“{PROVIDED}”是数据已齐、系统可出的部分，仍须按备注另附文件；“{LACKING}”是补齐数据后可出；“{UNCOUNTED}”须人工清点。",
        "清单按一份公开的迎检材料目录（甘肃省）的编号重新表述，两个第10项合并，第11项改为各省通用；报送时以本省要求为准。",
    ]
    if odd := strange(case):
        said.append(f"“{SHEET}”表中序号不在1至{len(entries())}之内、没有采用的行：{'、'.join(odd)}。")
    return said
