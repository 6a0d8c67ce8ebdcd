"""The problem ledger that people keep in a county's report folder, and that ledger brought up to the year judged."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from edukit import counties, ledger
from edukit.case import Case

NAME = "ledger.xlsx"
"""Name of the problem ledger in a report's folder."""


def earlier_ledger(year: int, slug: str, root: Path) -> pd.DataFrame:
    """The problem ledger to go on with: this year's where there is one, else that of the year before, else none.

    Args:
        year: the year that is judged.
        slug: the county's folder name, ``<code>-<name>``.
        root: project folder.

    Raises:
        DataError: it cannot be read without losing something; see :func:`edukit.export.ledger.read_ledger`.
    """
    from edukit.export.ledger import read_ledger

    path = kept_file(year, slug, root)
    return read_ledger(path) if path else ledger.empty()


def kept_file(year: int, slug: str, root: Path) -> Path | None:
    """The file that :func:`earlier_ledger` reads; None where nobody keeps one yet."""
    paths = (root / "reports" / str(own) / slug / NAME for own in (year, year - 1))
    return next((path for path in paths if path.exists()), None)


def problem_ledger(case: Case, root: Path | None = None) -> pd.DataFrame:
    """The problem ledger (问题台账) of a case as its report writes it: what people keep, with this year's judgements.

    Example::

        problem_ledger(case)[["school", "item", "gap"]].head()

    Before and after the report is written it is the same, so that a notebook that shows it is too.

    Args:
        case: a case of a county in data/raw.
        root: project folder; found as :func:`edukit.counties.home` does where None.

    Returns:
        See :func:`edukit.ledger.update`.

    Raises:
        DataError: the ledger kept so far cannot be read without losing something.
    """
    kept = earlier_ledger(case.year, case.book.path.parent.name, (root or counties.home()).resolve())
    return ledger.update(kept, ledger.entries(case), case.year)
