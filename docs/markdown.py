"""What the pages that are made from data have in common: a table of Markdown, and a file that is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from docs.links import ROOT


def line(cells: Iterable[object]) -> str:
    r"""One line of a table.

    >>> line(["a|b", 1])
    '| a\\|b | 1 |'
    """
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def table(head: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A table with an empty line before and after it, without the columns that are empty in every row.

    Args:
        head: names of the columns; one that ends in ``:`` stands over numbers.
        rows: the cells.

    >>> list(table(["栏", "无", "数:"], [["甲", "", 1]]))
    ['', '| 栏 | 数 |', '|---|---:|', '| 甲 | 1 |', '']
    """
    grid = [list(row) for row in rows]
    kept = [at for at in range(len(head)) if any(row[at] not in ("", None) for row in grid)]
    yield ""
    yield line(head[at].removesuffix(":") for at in kept)
    yield "|" + "|".join("---:" if head[at].endswith(":") else "---" for at in kept) + "|"
    yield from (line(row[at] for at in kept) for row in grid)
    yield ""


def write(name: str, text: str) -> None:
    """Put a page into ``docs/``."""
    path = ROOT / "docs" / name
    path.write_text(text, encoding="utf-8", newline="\n")
    print(path.relative_to(ROOT))
