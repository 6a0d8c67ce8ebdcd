"""How pandas keeps words here: as Python's own strings, whether or not pyarrow is installed; and one row of a frame.

With pyarrow beside it pandas would take that for words, and some sums and tables of words would come out differently.
Importing this module settles it for the process; :mod:`edukit.schools`, which everything stands on, does so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

Row = Mapping[Any, Any] | pd.Series
"""One row of a frame, value by column. To look into many rows take mappings, which ``to_dict`` gives: a Series costs
ten times as much to make and to look into."""

pd.set_option("mode.string_storage", "python")
