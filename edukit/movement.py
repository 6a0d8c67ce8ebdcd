"""What moved a coefficient of variation from one year to the next: pupils, resources, or schools opened and closed.

The change is shared out between the three as Shapley's value does: each part is what its change alone does, averaged
over all orders in which the three may have happened. The parts sum to the whole change, and none is favoured by the
order in which they are looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit import dispersion, schools

if TYPE_CHECKING:
    from edukit.assess import Assessment

PARTS: Final = ("pupils", "resources", "schools")


def movement(before: Assessment, now: Assessment) -> pd.DataFrame:
    """Why each coefficient is not what it was the year before.

    A section's share of what the whole school uses counts as its resource, so that pupils who change the split of a
    nine-year school move resources too.

    Returns:
        One row per stage and indicator that both years have: stage, indicator, cv_before, cv, change, pupils,
        resources, schools (parts of ``change``, which they sum to), n_opened, n_closed (units). NaN where a number of
        either year is unknown.
    """
    same = schools.earlier(now.source, before.source)
    rows = []
    for (stage, indicator), cells in now.cells.groupby(["stage", "indicator"], sort=False):
        old = before.cells[(before.cells["stage"] == stage) & (before.cells["indicator"] == indicator)]
        if old.empty:
            continue
        key = cells["unit"].map(now.units["row"]).map(same)
        merged = cells.assign(row=key)[["row", "pupils", "resource"]].merge(
            old.assign(row=old["unit"].map(before.units["row"]).astype("Int64"))[["row", "pupils", "resource"]],
            on="row",
            how="outer",
            suffixes=("", "_before"),
            indicator="where",
        )
        # A school that was not there has no row number; two such must not be taken for one.
        parts = _shapley(partial(_coefficient, merged))
        cv_before, cv = _coefficient(merged, frozenset()), _coefficient(merged, frozenset(PARTS))
        counts = merged["where"].value_counts()
        rows.append(
            {
                "stage": stage,
                "indicator": indicator,
                "cv_before": cv_before,
                "cv": cv,
                "change": cv - cv_before,
                **parts,
                "n_opened": int(counts["left_only"]),
                "n_closed": int(counts["right_only"]),
            }
        )
    columns = ["stage", "indicator", "cv_before", "cv", "change", *PARTS, "n_opened", "n_closed"]
    return pd.DataFrame(rows, columns=columns)


def _coefficient(merged: pd.DataFrame, changed: frozenset[str]) -> float:
    """The CV where these parts are as they are now and the others as they were."""
    where = merged["where"].to_numpy()
    stays = where == "both"
    here = stays | (where == ("left_only" if "schools" in changed else "right_only"))

    def column(name: str, part: str) -> NDArray[np.float64]:
        new, old = merged[name].to_numpy(float), merged[f"{name}_before"].to_numpy(float)
        own = np.where(where == "left_only", new, old)
        return np.where(stays, new if part in changed else old, own)[here]

    return dispersion.coefficient(column("resource", "resources"), column("pupils", "pupils"))


def _shapley(value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """Each part's mean effect over all orders."""
    orders = list(permutations(PARTS))
    found = dict.fromkeys(PARTS, 0.0)
    for order in orders:
        for i, part in enumerate(order):
            found[part] += value(frozenset(order[: i + 1])) - value(frozenset(order[:i]))
    return {part: total / len(orders) for part, total in found.items()}
