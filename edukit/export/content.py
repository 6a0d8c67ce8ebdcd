"""What a report holds, in the order of the page, as every written form of it needs it: blocks without any markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    r"""A text without the characters that XML forbids; each becomes the sign for a character that cannot be shown.

    >>> clean("甲\x0b校")
    '甲\ufffd校'
    """
    return _FORBIDDEN.sub("\ufffd", text)


@dataclass(frozen=True)
class Run:
    """Words in one look.

    Attributes:
        text: without characters that XML forbids.
        bold: important.
        position: ``sub``, ``sup`` or "".
    """

    text: str
    bold: bool = False
    position: str = ""


@dataclass(frozen=True)
class Heading:
    """A title of the report (level 0), a chapter (1), a section (2), or less (3)."""

    level: int
    text: str
    new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A paragraph or one entry of a list.

    Attributes:
        runs: its words.
        role: ``subtitle``, ``facts`` (of the cover), ``lead`` (the verdict itself), ``note``, ``code`` or "".
        box: ``verdict`` or ``callout`` where it stands in a box, else "".
        tone: what the box or the verdict says: ``met``, ``not-met``, ``unknown``, ``notice``, ``problem`` or "".
        depth: level in a list from 1 on; 0 outside one.
        number: place in a numbered list from 1 on; 0 in another.
    """

    runs: tuple[Run, ...]
    role: str = ""
    box: str = ""
    tone: str = ""
    depth: int = 0
    number: int = 0

    @property
    def text(self) -> str:
        """The words alone."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Facts:
    """A few short facts: what, and how much."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: what a reader sees.
        state: ``met``, ``floor``, ``not-met``, ``unknown`` or "".
        numeric: whether its column holds numbers.
        header: whether it names a row or a column.
        number: the unrounded number, where the table has one.
        columns: how many columns it spans.
        rows: how many rows it spans.
    """

    text: str
    state: str = ""
    numeric: bool = False
    header: bool = False
    number: float | None = None
    columns: int = 1
    rows: int = 1


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        caption: without a number.
        head: rows of column names.
        body: the other rows.
        notes: sentences below.
        to_fill: whether people write into it by hand.
        wide: number of columns.
    """

    caption: str
    head: tuple[Row, ...]
    body: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    to_fill: bool = False

    @property
    def wide(self) -> int:
        """Number of columns."""
        return max((sum(cell.columns for cell in row) for row in (*self.head, *self.body)), default=0)

    @property
    def names(self) -> tuple[str, ...]:
        """The last row of column names."""
        return tuple(cell.text for cell in self.head[-1]) if self.head else ()


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes:
        content: SVG as text, or PNG or JPEG as base64 text.
        kind: its MIME type.
        alt: what it shows, for those who cannot see it.
        caption: without a number.
        source: where the data come from.
        data: what is drawn.
    """

    content: str = field(repr=False)
    kind: str
    alt: str = ""
    caption: str = ""
    source: str = ""
    data: Grid | None = field(default=None, repr=False)


Block = Heading | Paragraph | Facts | Grid | Picture


@dataclass(frozen=True)
class Report:
    """A whole report.

    Attributes:
        title: its title.
        stamp: which data, scheme and code it was made from.
        blocks: all of it, in order.
    """

    title: str
    stamp: str
    blocks: Sequence[Block] = field(repr=False)
