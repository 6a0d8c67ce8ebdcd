"""One page over all reports: every county and year in one table, with verdict, worst coefficient and links.

The page lies in reports/ and links to the reports beside it. It is one file that asks for nothing: searching, filtering
and sorting are done by a script of its own, and without the script the whole table can still be read. Of the manifest
that a batch keeps only what cannot be seen on disk is taken: which report failed, and which is an old one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edukit.index.entries import entries
from edukit.index.page import page
from edukit.publish import publish

__all__ = ["INDEX", "write_index"]

INDEX: Final = "index.html"


def write_index(root: Path) -> Path:
    """Rebuild ``reports/index.html`` from what lies in reports/ and from ``reports/manifest.json``.

    The same reports give the same bytes; the page is put in place in one step.

    Args:
        root: project folder.

    Returns:
        The path of the page.

    Raises:
        EdukitError: reports/ cannot be written to; an earlier index stays.
        FontError: no Chinese font on this machine.
    """
    reports = root / "reports"
    found, problem = entries(root)
    return publish(reports, {INDEX: page(found, problem).encode()})[0]
