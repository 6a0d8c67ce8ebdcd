"""What the warm engine does once, before the first report, so that no report has to do it: imports and caches.

Nothing here knows a county. What is filled are caches of what ships with the program: the dictionary, the national
schemes, the page's template, the font.
"""

from __future__ import annotations

from typing import Final

from edukit import dictionary, style
from edukit.errors import EdukitError
from edukit.schemes import load_scheme

PRELOAD: Final = (
    "edukit.report", "edukit.figures", "edukit.tables", "edukit.text", "edukit.render", "edukit.export.declaration",
    "edukit.export.dossier", "edukit.export.ledger", "nbconvert", "openpyxl", "xlsxwriter", "bs4", "fontTools.subset",
    "brotli", "edukit.batch.warming:fill_caches",
)  # fmt: skip
"""What the warm engine imports and calls once for all reports."""
SCHEMES: Final = ("quality-2017", "basic-2012")
_PAGE: Final = "# 预热\n\n一段文字，第 1 页。"
_TABLE: Final = "<table><caption>表</caption><tbody><tr><td>1</td></tr></tbody></table>"


def fill_caches() -> None:
    """Read the dictionary and the national schemes, render a page and draw a figure, all for nobody.

    What fails here (no Chinese font on this machine) fails again in a report, and is said there.
    """
    dictionary.load()
    for scheme in SCHEMES:
        load_scheme(scheme)
    try:
        style.fill_caches()
        _render()
    except EdukitError:
        return


def _render() -> None:
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    from edukit.render import render_html
    from edukit.run import notebook_bytes

    table = new_output("display_data", data={"text/html": _TABLE})  # type: ignore[no-untyped-call]
    cells = [new_markdown_cell(_PAGE), new_code_cell("1", outputs=[table])]  # type: ignore[no-untyped-call]
    notebook = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    notebook_bytes(notebook)
    render_html(notebook, title="预热")
