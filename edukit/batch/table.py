"""The table of a plan as it lies in a CSV: its rows, each with its line; what cannot be meant is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edukit.errors import CallError, DataError
from edukit.workbook.grid import DELIMITERS, csv_rows, decode

NAMES = {"县": "county", "年度": "year", "笔记本": "notebook", "评估办法": "scheme"}
"""Chinese headers of the columns that every plan may have."""
NEEDED = ("county", "year")
EXPECTED = "第一行应为列名：county（县）、year（年度），可有 notebook（笔记本）、scheme（评估办法）和笔记本的参数各列"
FAULTS_SHOWN = 20
"""So many faults of a plan are told; a table of the nation for the wrong project would have thousands."""
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_table(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    """The rows that hold anything, each with its number as Excel shows it, and column -> text without outer blanks.

    UTF-8, with or without a byte order mark, and GB18030 are read, with commas, tabs or semicolons between the cells.

    Raises:
        CallError: the file cannot be read, holds no row, or a row has more cells than there are columns.
    """
    rows = _rows(path)
    header = [NAMES.get(name.strip(), name.strip()) for name in rows[0]]
    while header and not header[-1]:
        header.pop()
    if missing := [name for name in NEEDED if name not in header]:
        found = "、".join(name for name in header if name) or "空行"
        raise CallError(f"计划表 {path.name} 缺少列：{'、'.join(missing)}。第一行现有：{found}。{EXPECTED}。")
    if again := sorted({name or "（空）" for name in header if header.count(name) > 1 or not name}):
        raise CallError(f"计划表 {path.name} 的列名重复或空白：{'、'.join(again)}。{EXPECTED}。")
    table: list[tuple[int, Mapping[str, str]]] = []
    problems = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row]
        if any(cells[len(header) :]):
            problems.append(
                f"第 {number} 行有 {len(cells)} 格，列名只有 {len(header)} 个：文字中有逗号的，整格加英文双引号"
            )
        elif any(cells):
            cells += [""] * (len(header) - len(cells))
            table.append((number, dict(zip(header, cells, strict=False))))
    refuse(path, problems)
    if not table:
        raise CallError(f"计划表 {path.name} 只有列名，没有要做的报告。每份报告写一行。")
    return table


def refuse(path: Path, problems: list[str]) -> None:
    """Raise what is wrong with a plan, a line for each problem, not more than fit on a screen.

    Raises:
        CallError: there are any.
    """
    if problems:
        listed = "".join(f"\n  {problem.rstrip('。')}。" for problem in problems[:FAULTS_SHOWN])
        more = "\n  其余各行没有核对。" if len(problems) >= FAULTS_SHOWN else ""
        raise CallError(f"计划表 {path.name} 有误，什么也没有运行。{listed}{more}")


def _rows(path: Path) -> list[list[str]]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CallError(f"找不到计划表 {path}。") from None
    except OSError as error:
        raise CallError(f"不能读取计划表 {path}（{error.strerror or error}）。") from error
    if content.startswith(_EXCEL):
        raise CallError(f"计划表 {path.name} 是 Excel 工作簿。请在 Excel 中另存为“CSV UTF-8（逗号分隔）”。")
    try:
        text = decode(content, path.name)
        head = next((line for line in text.splitlines() if line.strip()), "")
        rows = csv_rows(text, path.name, max(DELIMITERS, key=head.count))
    except DataError as error:
        raise CallError(str(error)) from error
    if not any(map(any, rows)):
        raise CallError(f"计划表 {path.name} 是空的。{EXPECTED}。")
    return rows
