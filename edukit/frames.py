"""How pandas keeps words here, as Python's own strings whether or not pyarrow is installed; and how rows are read.

With pyarrow beside it pandas would take that for words, and some sums and tables of words would come out differently.
Importing this module settles it for the process; :mod:`edukit.schools`, which everything stands on, does so.

The frames that all else is cut from, a county's schools, units and cells, hold words as plain objects (:func:`plain`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

Row = Mapping[Any, Any] | pd.Series
"""One row of a frame, value by column. To look into many rows take mappings, which ``to_dict`` gives: a Series costs
ten times as much to make and to look into."""

pd.set_option("mode.string_storage", "python")


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its words as objects, unknown as NaN.

    pandas keeps each column of its own type for words apart, and cutting some rows out of a frame of a few hundred
    takes three times as long as where all of its words are one block.

    >>> plain(pd.DataFrame({"school": ["甲校", None], "pupils": [1, 2]})).dtypes.tolist()
    [dtype('O'), dtype('int64')]
    """
    words = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.StringDtype)]
    return frame.astype(dict.fromkeys(words, object)) if words else frame


def records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """The rows as ``to_dict("records")`` gives them, in half the time; to reach into a frame cell by cell takes longer.

    >>> records(pd.DataFrame({"a": [1, 2], "b": [0.5, None]}, index=[7, 9]))
    [{'a': 1, 'b': 0.5}, {'a': 2, 'b': nan}]
    """
    names = frame.columns.tolist()  # a list: to walk an index costs more than to make the dictionary
    columns = [frame[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def by_label(frame: pd.DataFrame) -> dict[Any, dict[Any, Any]]:
    """The rows by their labels, each of which stands once."""
    return dict(zip(frame.index.tolist(), records(frame), strict=True))
