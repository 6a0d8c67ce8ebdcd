"""What the warm engine does once, before the first report, so that no report has to do it: imports and caches.

No county's data are touched: a report is prepared and rendered for a county of two schools that does not exist. What
that leaves are caches of what ships with the program: the dictionary, the national schemes, the dossier's list, the
page's template, the font.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edukit import style
from edukit.errors import EdukitError
from edukit.figures.measuring import measure
from edukit.report import finished, prepared

if TYPE_CHECKING:
    from nbformat import NotebookNode

PRELOAD: Final = (
    "edukit.report", "edukit.figures", "edukit.tables", "edukit.text", "edukit.render", "edukit.export.declaration",
    "edukit.export.dossier", "edukit.export.ledger", "nbconvert", "openpyxl", "xlsxwriter", "bs4", "fontTools.subset",
    "brotli", "edukit.batch.warming:fill_caches",
)  # fmt: skip
"""What the warm engine imports and calls once for all reports."""
SCHEMES: Final = ("quality-2017", "basic-2012")
_SLUG: Final = "000000-无此县"
_SCHOOLS: Final = """学校名称,办学类型,小学在校生数,初中在校生数,小学专任教师数,教学及辅助用房面积
甲校,小学,300,,20,1500
乙校,九年一贯制学校,200,100,15,
"""
_COMMON: Final = bytes(
    byte for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF if row < 0xD7 else 0xFA) for byte in (row, cell)
).decode("gb2312")
"""The 3,755 characters of daily use, level one of GB 2312, whose widths figures ask for."""
_PAGE: Final = "# 预热\n\n一段文字，第 1 页。"
_TABLE: Final = "<table><caption>表</caption><tbody><tr><td>1</td></tr></tbody></table>"


def fill_caches() -> None:
    """Make a report under each national scheme, but for its notebook, and draw a figure, all for nobody.

    What fails here (no Chinese font on this machine) fails again in a report, and is said there.
    """
    try:
        style.fill_caches()
        measure(_COMMON)
        _make()
    except EdukitError:
        return


def _make() -> None:
    with tempfile.TemporaryDirectory(prefix="edukit-") as folder:
        root = Path(folder)
        place = root / "data" / "raw" / _SLUG
        for year in ("2019", "2020"):
            (place / year).mkdir(parents=True)
            (place / year / "学校.csv").write_text(_SCHOOLS, encoding="utf-8")
        for scheme in SCHEMES:
            ready = prepared(_SLUG, 2020, root / "notebooks" / "无.ipynb", {"scheme": scheme}, root)
            finished(ready, _executed(), root)


def _executed() -> NotebookNode:
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    table = new_output("display_data", data={"text/html": _TABLE})  # type: ignore[no-untyped-call]
    cells = [new_markdown_cell(_PAGE), new_code_cell("1", outputs=[table])]  # type: ignore[no-untyped-call]
    made: NotebookNode = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    return made
