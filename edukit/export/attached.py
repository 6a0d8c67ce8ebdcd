"""The files that a notebook made for the folder of its report, see :class:`edukit.showing.Attachment`."""

from __future__ import annotations

import base64
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from edukit.errors import CallError

if TYPE_CHECKING:
    from nbformat import NotebookNode

SCHOOL_PLANS: Final = "school_plans.xlsx"
"""The workbook of a plan, in which people write."""
ATTACHED: Final = {"improvement": SCHOOL_PLANS}
"""Notebook -> the file that it attaches where it has something to put into it."""


def taken_out(executed: NotebookNode) -> dict[str, bytes]:
    """Name -> content of each attachment; the notebook keeps their names only, so that it does not hold them twice.

    Raises:
        CallError: a name is not that of a file in the folder itself, or two attachments have the same.
    """
    found: dict[str, bytes] = {}
    for cell in executed.cells:
        for output in cell.get("outputs", ()):
            about = output.get("metadata", {}).get("edukit", {})
            if about.get("kind") != "attachment" or "content" not in about:
                continue
            name = str(about["name"])
            if not name or PurePath(name).name != name or "\\" in name or name in found:
                raise CallError(f"附件的文件名无效或重复：{name!r}。应为不带文件夹、互不相同的文件名。")
            found[name] = base64.b64decode(about.pop("content"))
    return found
