"""What the desk shows below its sliders, as one piece of HTML: verdicts, a chart and two tables, before and after."""

from __future__ import annotations

from html import escape
from typing import Any

from edukit import figures, style, tables, text
from edukit.scenario import WhatIf
from edukit.showing import Prose
from edukit.text.markup import callout, paragraph

# JupyterLab has no style sheet of ours; the colours are those of the report.
_SHEET = "".join(
    f".edukit-board .{css} {{ color: {colour}; background: {tint}; }}"
    for css, colour, tint in (
        ("met", style.MET_TEXT, style.MET_TINT),
        ("not-met", style.NOT_MET_TEXT, style.NOT_MET_TINT),
        ("unknown", style.UNDETERMINED_TEXT, style.UNDETERMINED_TINT),
        ("callout", style.FLOOR_TEXT, style.FLOOR_TINT),
    )
) + (
    ".edukit-board { max-width: 62em; line-height: 1.6; }"
    ".edukit-board .verdict, .edukit-board .callout { padding: 0.4em 1em; margin: 0.5em 0; }"
    ".edukit-board .judged { padding-left: 1.2em; } .edukit-board .judged li { background: none; }"
    ".edukit-board svg { max-width: 100%; height: auto; }"
    ".edukit-board caption { font-weight: bold; text-align: left; padding: 0.4em 0; }"
    ".edukit-board table { margin-left: 0; } .edukit-board th:first-child { text-align: left; }"
    ".edukit-board figure { margin: 0.5em 0; } .edukit-board td.num, .edukit-board th.num { text-align: right; }"
)


def board(found: WhatIf, row: Any, stage: str, indicator: str, yaml: str) -> str:
    """The assessment after the changes beside the one before.

    Args:
        found: the county before and after.
        row: label of the chosen school in the 学校 sheet.
        stage: stage that is looked at.
        indicator: id of the indicator that is looked at.
        yaml: the scenario as a file.
    """
    said, chart = text.scenarios.conclusion(found), figures.scenarios.values(found, stage, indicator)
    drawn = f"<figure>{chart.svg}<figcaption>{escape(chart.caption)}</figcaption></figure>" if chart else ""
    wanted = (tables.scenarios.school(found, row, stage), tables.scenarios.balance(found, stage))
    listed = "".join(each.html for each in wanted if each)
    parts = [said.html if said else "", drawn, listed, _file(yaml) if found.scenario.changes else ""]
    return f'<style>{_SHEET}</style><div class="edukit-board">{"".join(parts)}</div>'


def refused(reason: str) -> str:
    """Why a change cannot be."""
    return f'<div class="edukit-board">{callout("不能这样变更，已恢复原值。", [reason])}</div>'


def instead(found: WhatIf) -> Prose:
    """What stands for the sliders where none can be shown: in a report, in an editor without widgets."""
    said = text.scenarios.told(found)
    start = "".join(f"{lead}：{words}；" for lead, words in said).rstrip("；")
    tried = f"当前试算的变更：{start}。" if start else "当前没有任何变更。"
    return Prose(paragraph("此处为交互面板，在 JupyterLab 中运行本格后可以拖动滑块。", tried))


def _file(yaml: str) -> str:
    how = "复制以下内容，存为 方案.yaml，用 edukit assess 数据文件 --scenario 方案.yaml 重新测算。"
    return f"<details><summary>方案文件</summary><p>{escape(how)}</p><pre>{escape(yaml)}</pre></details>"
