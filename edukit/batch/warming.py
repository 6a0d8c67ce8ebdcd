"""What the warm engine does once, before the first report, so that no report has to do it: imports and caches.

No county's data are touched: a report is prepared and rendered for a county of two schools that does not exist. What
that leaves are caches of what ships with the program: the dictionary, the national schemes, the dossier's list, the
page's template, the font.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from edukit import style
from edukit.errors import EdukitError
from edukit.report import prepared

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
_PAGE: Final = "# 预热\n\n一段文字，第 1 页。"
_TABLE: Final = "<table><caption>表</caption><tbody><tr><td>1</td></tr></tbody></table>"


def fill_caches() -> None:
    """Prepare a report under each national scheme, render a page and draw a figure, all for nobody.

    What fails here (no Chinese font on this machine) fails again in a report, and is said there.
    """
    try:
        _prepare()
        style.fill_caches()
        _render()
    except EdukitError:
        return


def _prepare() -> None:
    with tempfile.TemporaryDirectory(prefix="edukit-") as folder:
        root = Path(folder)
        place = root / "data" / "raw" / _SLUG
        for year in ("2019", "2020"):
            (place / year).mkdir(parents=True)
            (place / year / "学校.csv").write_text(_SCHOOLS, encoding="utf-8")
        for scheme in SCHEMES:
            prepared(_SLUG, 2020, root / "notebooks" / "无.ipynb", {"scheme": scheme}, root)


def _render() -> None:
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    from edukit.render import render_html
    from edukit.run import notebook_bytes

    table = new_output("display_data", data={"text/html": _TABLE})  # type: ignore[no-untyped-call]
    cells = [new_markdown_cell(_PAGE), new_code_cell("1", outputs=[table])]  # type: ignore[no-untyped-call]
    notebook = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    notebook_bytes(notebook)
    render_html(notebook, title="预热")
