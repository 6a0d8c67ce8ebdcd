"""What of an executed notebook a reader sees, whatever becomes of it: a page, a Word file, a workbook."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from edukit.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode

IMAGES: Final = ("image/svg+xml", "image/png", "image/jpeg")
"""Kinds of pictures, the best first."""
_RICH = (*IMAGES, "text/html", "text/markdown")
_HIDDEN_TAGS = {"parameters", "injected-parameters", "guide"}
"""Cells that a reader never sees: parameters, and what tells an analyst how to use the notebook."""


def visible(notebook: NotebookNode) -> NotebookNode:
    """A copy with only the cells and outputs that a reader sees.

    Of the outputs these are pictures, tables and prose; what a cell printed and the plain text of its last value only
    where the cell is tagged ``show-output``; warnings never.

    Raises:
        RenderError: a cell ended in an error.
    """
    shown = copy.copy(notebook)
    shown.cells = []
    for number, cell in enumerate(notebook.cells, start=1):
        tags = set(cell.metadata.get("tags", ()))
        if cell.cell_type == "code":
            cell = copy.deepcopy(cell)
            _refuse_error(cell, number)
        if tags & _HIDDEN_TAGS:
            continue
        if cell.cell_type == "code":
            cell.metadata.tags = sorted(tags)
            cell.outputs = [output for output in cell.outputs if _is_shown(output, "show-output" in tags)]
        shown.cells.append(cell)
    return shown


def image_kind(output: NotebookNode) -> str | None:
    """The kind of picture that an output is, if it is one."""
    return next((kind for kind in IMAGES if kind in output.get("data", {})), None)


def markdown_html(text: str) -> str:
    """Markdown as the HTML that the page shows for it."""
    return _markdown()(text)


@lru_cache(maxsize=1)
def _markdown() -> Callable[[str], str]:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render


def _refuse_error(cell: NotebookNode, number: int) -> None:
    for output in cell.outputs:
        if output.output_type == "error":
            raise RenderError(
                f"笔记本第 {number} 个单元格以错误结束（{output.ename}：{output.evalue}），不能生成网页。"
            )


def _is_shown(output: NotebookNode, text_too: bool) -> bool:
    if output.output_type == "stream":
        return text_too and output.name == "stdout"
    return any(kind in output.data for kind in _RICH) or (text_too and "text/plain" in output.data)
