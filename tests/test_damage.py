"""Good workbooks damaged one to five ways: no traceback, nothing silent; see :mod:`damage` for what that means."""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import Path

import pytest

from comparing import differences
from counts import count, highest, times
from damage import BASES, Book, Damage, damaged, good
from edukit.assess import assess
from edukit.case import assess_book
from edukit.checks import check
from edukit.errors import EdukitError
from edukit.findings import Finding, errors
from edukit.schemes import load_scheme

SCHEMES = ("quality-2017", "basic-2012")
FOUND_BEFORE = (1068, 1108, 1180, 1434, 2284, 2357, 2550)
"""Seeds that once showed a fault."""


@cache
def usual(path: Path) -> frozenset[Finding]:
    """What is said of the workbook as it was."""
    return frozenset(check(good(path).opened()))


def problems(book: Book, done: list[Damage]) -> list[str]:
    """What is wrong with the way edukit takes a damaged workbook; nothing where all is well."""
    try:
        opened = book.opened()
        findings = check(opened)
    except EdukitError as error:
        assert str(error)
        count("damaged workbooks: not read, with one message")
        return []
    told = [f for f in findings if f not in usual(book.path)]
    hard = errors(findings)
    totals = {damage.where for damage in done if damage.kind == "total row"}  # nothing is computed from them
    stops = [damage.errors and damage.where[1:] not in totals for damage in done]
    wrong = [f"nothing said of {damage}" for damage, stop in zip(done, stops, strict=True)
             if damage.detectable and not named(damage, errors(told) if stop else told)]  # fmt: skip
    if hard:
        count("damaged workbooks: stopped, with the cell")
        return wrong
    count("damaged workbooks: judged, as recomputed from the damaged cells")
    for scheme in SCHEMES:
        # every fourth time with all blocks, which takes four times as long
        whole = len(findings) % 4 == 0
        policy = load_scheme(scheme)
        result = assess_book(opened, policy, findings) if whole else assess(opened.schools, policy)
        for line in differences(result, book.schools()):
            if not any(named(damage, told) for damage in done):
                wrong.append(f"{scheme} {line}")
    return wrong


def named(damage: Damage, findings: list[Finding]) -> bool:
    """Whether a finding names the cell, or its whole column, of which then nothing is read.

    A row of totals that has lost its first word is a school without a name, and is named by that cell.
    """
    places = {*damage.where, *(re.sub(r"(?<=!)([A-Z]+)\d+$", r"\1列", place) for place in damage.where)}
    if damage.kind == "total row":
        places |= {re.sub(r"第(\d+)行$", r"B\1", place) for place in damage.where}
    return any(place in f.where.split("+") or place == f.where for f in findings for place in places)


@pytest.mark.parametrize("path", BASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_undamaged_workbook_agrees_with_the_recomputation(path: Path) -> None:
    assert problems(good(path), []) == []
    assert errors(usual(path)) == []


def test_what_was_found_before() -> None:
    for seed in FOUND_BEFORE:
        assert problems(*damaged(seed)) == []


def test_damaged_workbooks() -> None:
    end = time.monotonic() + times(300, 1500)  # bounded, however slow the machine is; what was tried is counted
    for seed in range(1000, 1000 + times(15, 4000)):
        if (started := time.monotonic()) > end:
            break
        book, done = damaged(seed)
        assert problems(book, done) == [], (seed, done)
        highest("seconds for one damaged workbook", time.monotonic() - started)
        for damage in done:
            count(f"damage: {damage.kind}")


def test_a_silent_change_would_be_seen() -> None:
    book = good(BASES[0])
    schools = book.schools()
    row, column = book.rows("学校")[0], next(c for c, f in book.columns("学校").items() if f.name == "teaching_area")
    before = book.sheets["学校"][row][column]
    opened = book.opened()
    book.sheets["学校"][row][column] = before * 1.01
    result = assess_book(opened, load_scheme("quality-2017"), ())
    assert list(differences(result, schools)) == []
    assert list(differences(result, book.schools())) != []
