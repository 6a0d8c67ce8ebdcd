"""The errors that edukit raises on purpose.

::

    EdukitError
    ├── CallError      the call is wrong: nothing ran, exit 2
    ├── DataError      the data cannot be used: every finding is carried, exit 1
    ├── SchemeError    a scheme file is broken: file, place and reason, exit 2
    ├── FontError      no Chinese font on this machine, exit 1
    ├── RunError       a notebook failed: which cell and why, exit 1
    └── RenderError    a finished notebook could not be turned into a sound page, exit 1

Messages are in Chinese, since analysts read them, and say what, where, what was expected, what was found and
what to do. Each error survives pickling, so that a worker process can hand it to its parent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edukit.findings import Finding


class EdukitError(Exception):
    """Base of all errors that edukit raises on purpose; the command line prints them without a traceback."""

    exit_code = 1


class CallError(EdukitError):
    """The call itself is wrong: an unknown county, year, scheme or notebook."""

    exit_code = 2


class DataError(EdukitError):
    """The data cannot be used as it is.

    Attributes:
        findings: every problem that was found, not only the first.
    """

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)

    def __reduce__(self) -> tuple[type[DataError], tuple[str, tuple[Finding, ...]]]:
        return type(self), (str(self), self.findings)


class SchemeError(EdukitError):
    """A scheme file cannot be used; the message names the file, the place in it and the reason."""

    exit_code = 2


class FontError(EdukitError):
    """No font with Chinese glyphs was found."""


class RunError(EdukitError):
    """A notebook stopped with an error.

    Attributes:
        cell: position of the failing cell in the executed notebook, from 1; 0 where it is not known.
        cause: the error's name and message in one line.
    """

    def __init__(self, message: str, cell: int = 0, cause: str = "") -> None:
        super().__init__(message)
        self.cell = cell
        self.cause = cause

    def __reduce__(self) -> tuple[type[RunError], tuple[str, int, str]]:
        return type(self), (str(self), self.cell, self.cause)


class RenderError(EdukitError):
    """A finished notebook could not be turned into a sound page."""
