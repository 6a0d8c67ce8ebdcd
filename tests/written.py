"""For tests of written forms: a report with everything in it, and LibreOffice to open what was written."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from matplotlib.figure import Figure

from docs.gallery import office
from edukit import style
from edukit.export.content import Report
from edukit.export.reading import read_report
from edukit.showing import Chart, Prose, table

HOSTILE = '=HYPERLINK("http://x.example","点我")'
SCRIPT = "<script>alert(1)</script>"
CONTROL = "甲\x0b校\x00\x1b"
LONG = "很长的校名" * 100


def output(thing: Any) -> nbformat.NotebookNode:
    """A shown object as the output of a cell."""
    data, metadata = thing._repr_mimebundle_()
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


def notebook(*cells: Any) -> nbformat.NotebookNode:
    """An executed notebook: text is Markdown, a tuple the objects that one cell shows."""
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(nbformat.v4.new_markdown_cell(cell))
        else:
            made.append(nbformat.v4.new_code_cell("show()", outputs=[output(thing) for thing in cell]))
    return nbformat.v4.new_notebook(cells=made)


def chart(caption: str = "规模") -> Chart:
    """A figure with Chinese words and data."""
    style.use()
    figure = Figure(figsize=(7.2, 2.0))
    figure.add_subplot().barh(["甲校", "乙校"], [1, 2])
    data = pd.DataFrame({"学校": ["甲校", "乙校"], "人数": [1.25, 2.0]})
    return Chart(figure, alt="甲校一人，乙校两人。", caption=caption, data=data, source="构造数据")


def schools(names: list[str], caption: str = "各校指标", columns: int = 0) -> Any:
    """A table with a marked number, a verdict, and as many further columns as asked for."""
    count = len(names)
    rows = {"学校": names, "比例": ["▼0.40"] * count, "判定": ["未达标"] * count}
    rows |= {f"第{n}项资源总量（平方米）": ["12,345.67"] * count for n in range(columns)}
    return table(
        pd.DataFrame(rows),
        caption=caption,
        classes=lambda _, column: {"比例": "num not-met", "判定": "not-met", "学校": ""}.get(column, "num"),
        numbers={"比例": [0.39682] * count},
        notes=["▼ 低于底线。"],
    )


def whole() -> nbformat.NotebookNode:
    """A notebook with every kind of block."""
    cover = (
        '<header class="cover"><h1>某县2020年报告</h1><p class="subtitle">依据</p><p class="facts">一句</p></header>'
    )
    verdict = (
        '<div class="verdict not-met"><p class="verdict-word"><strong>未达到</strong></p>'
        "<ul><li><strong>资源。</strong>一项</li></ul></div>"
    )
    callout = '<div class="callout notice"><p><strong>数据说明</strong></p><p>构造。</p></div>'
    head = (
        '<section class="school-head"><h2>甲校</h2><dl class="facts"><div><dt>学生</dt><dd>9人</dd></div>'
        "<div><dt>班</dt><dd>1</dd></div><div><dt>教师</dt><dd>3</dd></div></dl></section>"
    )
    lists = "<ol><li>甲</li><li>乙<ul><li>丙</li></ul></li></ol>"
    lists += "<p>H<sub>2</sub>O，<strong>要点</strong>。</p><ol><li>丁</li></ol>"
    return notebook(
        (Prose(cover), Prose(verdict), Prose(callout)),
        "## 一、数据\n\n正文 **粗** 字。",
        (Prose(lists), chart(), schools(["甲校", HOSTILE, SCRIPT, CONTROL, LONG, "+1", "-2", "@x"])),
        "### 小节",
        (schools(["甲校"] * 60, "很宽的表", columns=12),),
        "## 二、其他",
        (Prose(head),),
    )


def report() -> Report:
    """The same, read."""
    return read_report(whole(), title="某县2020年报告", stamp="quality-2017　数据 abc")


def soffice() -> str | None:
    """LibreOffice, if there is one."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def to_pdf(path: Path, folder: Path) -> bytes:
    """What LibreOffice makes of a file."""
    return office(path, folder).read_bytes()


def parts(content: bytes, folder: Path) -> dict[str, str]:
    """The XML parts of an office file by name."""
    path = folder / "parts.zip"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        return {name: archive.read(name).decode() for name in names}
