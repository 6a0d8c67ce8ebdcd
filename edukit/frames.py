"""How pandas keeps words here: as Python's own strings, whether or not pyarrow is installed.

With pyarrow beside it pandas would take that for words, and some sums and tables of words would come out differently.
Importing this module settles it for the process; :mod:`edukit.schools`, which everything stands on, does so.
"""

from __future__ import annotations

import pandas as pd

pd.set_option("mode.string_storage", "python")
