"""What items are judged from: the schools, the county's own numbers, the list of rooms, and findings on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from edukit.dictionary import STAGES, load
from edukit.frames import by_label


def _nothing() -> pd.DataFrame:
    return pd.DataFrame()


@dataclass(frozen=True)
class Evidence:
    """The data of one county and year.

    Attributes:
        schools: one row per school with all school-level fields; unknown is NaN.
        units: the units that the scheme judges, see :class:`edukit.schools.Units`.
        county: one row per year with the fields of the 县级 sheet, index = year; empty where there is no such sheet.
        year: the year that is judged.
        rooms: one row per special room: school_code, school_name, room_kind, room_area.
        findings: one row per item on record: item_id, item_verdict (达到 or 未达到), item_basis, item_marks.
        answers: the sheet 问卷, one row per answer of a survey.
        values: value of each indicator, units x indicator ids.
        standing: one row per unit with its verdict under the scheme's thresholds, see ``Assessment.schools``.
        before: the same of the year before; None where there is none.
    """

    schools: pd.DataFrame
    units: pd.DataFrame
    county: pd.DataFrame = field(default_factory=_nothing)
    year: int = 0
    rooms: pd.DataFrame = field(default_factory=_nothing)
    findings: pd.DataFrame = field(default_factory=_nothing)
    answers: pd.DataFrame = field(default_factory=_nothing)
    values: pd.DataFrame = field(default_factory=_nothing)
    standing: pd.DataFrame = field(default_factory=_nothing)
    before: Evidence | None = None

    @cached_property
    def judged(self) -> pd.DataFrame:
        """The schools with at least one unit that is judged."""
        return self.schools.loc[self.units["row"].unique()]

    def looked_up(self, names: Iterable[str]) -> Mapping[object, Mapping[Any, Any]]:
        """Some fields of every school, by its row; ``{stage}`` in a name stands for each stage.

        This is how to look at one school after the other: to cut single rows out of ``schools`` takes far longer.
        """
        wanted = {name.replace("{stage}", stage) for name in names for stage in STAGES}
        return by_label(self.schools[[name for name in self.schools if name in wanted]])

    def number(self, name: str, year: int | None = None) -> float:
        """A number of the county's own sheet in a year (that which is judged); NaN where it is not known."""
        year = self.year if year is None else year
        if year in self.county.index and name in self.county:
            value = self.county.at[year, name]
            if pd.notna(value):
                return float(value)
        # Last year's workbook may know of its own year what this year's no longer carries.
        if year != self.year and self.before is not None and self.before.year == year:
            return self.before.number(name)
        return float("nan")

    def row(self) -> pd.Series:
        """The county's own sheet in the year that is judged, every field of it; unknown is NaN."""
        names = [field.name for field in load().of_sheet("县级")]
        if self.year not in self.county.index:
            return pd.Series(float("nan"), index=names, dtype=object)
        row = self.county.loc[self.year].reindex(names)
        return row.where(row.notna(), float("nan"))

    def years(self) -> pd.DataFrame:
        """The county's own sheet, one row per year with the column ``year``, every field of it."""
        names = [field.name for field in load().of_sheet("县级")]
        return (
            self.county.rename_axis("year").reset_index().reindex(columns=["year", *(n for n in names if n != "year")])
        )

    def word(self, name: str) -> str:
        """A text of the county's own sheet in the year that is judged; empty where it is not known."""
        if self.year not in self.county.index or name not in self.county:
            return ""
        value = self.county.at[self.year, name]
        return value if isinstance(value, str) else ""
