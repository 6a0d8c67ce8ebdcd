"""What the commands print: colours on a terminal that wants them, plain text in a pipe, a file or a log."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from edukit.findings import Finding

STYLES = {"error": "bold red", "warning": "yellow", "info": "dim"}


def coloured(stream: TextIO) -> bool:
    """Whether a stream is a terminal; what it can show, and whether the user wants colours (NO_COLOR), rich knows."""
    return stream.isatty()


def say(text: str, stream: TextIO, *, head: str = "", style: str = "") -> None:
    """Print a line whose beginning may be coloured; never wrapped, never read as markup."""
    if not coloured(stream):
        print(f"{head}{text}", file=stream)
        return
    from rich.console import Console
    from rich.text import Text

    Console(file=stream, highlight=False).print(Text.assemble((head, style), text), soft_wrap=True)


def error(message: str) -> None:
    """Print what went wrong."""
    say(message, sys.stderr, head="错误：", style=STYLES["error"])


def findings(found: Sequence[Finding], stream: TextIO) -> None:
    """Print findings, one line each: severity, cell, message."""
    for finding in found:
        head = f"  [{finding.severity.label}]"
        say(f" {finding.where}　{finding.message}", stream, head=head, style=STYLES[finding.severity.value])
