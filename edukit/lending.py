"""What is opened once for two: by what prepares a report, and by the first call in its notebook.

A report's data are read, checked and judged before its notebook runs, and the notebook does the same again. Where it
runs in the process that has just done it (:mod:`edukit.run.warm_making`), the first call that asks for the
same is given what is there. It never knows: it gets what it would have made, and gets it once, so that a second call,
after a cell has changed the first one's tables, makes its own.

Lent is only what could not come out differently: the same files with the same bytes, the same policy, nothing replaced
in edukit since, and no warning given, which the notebook would have shown.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from edukit.errors import EdukitError
from edukit.workbook import digest

T = TypeVar("T")
_Space = tuple[Mapping[str, object], dict[str, object]]
_NOTHING = object()


@dataclass(frozen=True, eq=False)
class _Loan:
    """One thing on loan.

    Attributes:
        files: what it was made of, each with a digest of its bytes.
        policy: the scheme, the very object.
        made: what was made.
    """

    files: tuple[tuple[Path, str], ...]
    policy: object
    made: Any


@dataclass
class _Desk:
    """What is on loan, and whether what is opened now is to be lent later; the program as it was when it was made."""

    keeping: bool = False
    loans: list[_Loan] = field(default_factory=list)
    program: list[_Space] = field(default_factory=list)


_desk = _Desk()


@contextmanager
def keeping() -> Iterator[None]:
    """Whatever is opened in this block is lent, after it, to the first call that asks for the same."""
    _desk.keeping, _desk.loans = True, []
    try:
        yield
    finally:
        _desk.keeping = False
        _desk.program = _program()


def opened(paths: Sequence[Path], policy: object, make: Callable[[], T]) -> T:
    """What ``make`` makes of the files under a policy, or what is lent in its place.

    Args:
        paths: every file or folder it is made of.
        policy: the scheme; the same one only if it is the same object, which those of one text are.
        make: makes it.
    """
    if not _desk.keeping and not _desk.loans:
        return make()
    try:
        files = tuple((path.resolve(), digest(path)) for path in paths)
    except EdukitError:
        return make()  # which says what is wrong with the file
    if _desk.keeping:
        with warnings.catch_warnings(record=True) as given:
            made = make()
        if not given:
            _desk.loans.append(_Loan(files, policy, made))
        return made
    for loan in _desk.loans:
        if loan.policy is policy and loan.files == files and _unchanged(_desk.program):
            _desk.loans.remove(loan)
            return loan.made
    return make()


def _unchanged(program: list[_Space]) -> bool:
    return all(now.get(name, _NOTHING) is was for now, then in program for name, was in then.items())


def _program() -> list[_Space]:
    """The names in all modules and classes of edukit, with what they stand for at this moment."""
    modules = [vars(module) for name, module in [*sys.modules.items()] if name.partition(".")[0] == "edukit"]
    things = (thing for module in modules for thing in [*module.values()])
    classes = {thing: vars(thing) for thing in things if isinstance(thing, type) and _is_ours(thing)}
    return [(space, dict(space)) for space in (*modules, *classes.values())]


def _is_ours(thing: type) -> bool:
    return thing.__module__.partition(".")[0] == "edukit"
