"""What items are judged from: the schools, the county's own numbers, the list of rooms, and findings on record."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


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
        findings: one row per item on record: item_id, item_verdict (达到 or 未达到), item_basis.
    """

    schools: pd.DataFrame
    units: pd.DataFrame
    county: pd.DataFrame = field(default_factory=_nothing)
    year: int = 0
    rooms: pd.DataFrame = field(default_factory=_nothing)
    findings: pd.DataFrame = field(default_factory=_nothing)

    def number(self, name: str) -> float:
        """A number of the county's own sheet in the year that is judged; NaN where it is not known."""
        if self.year not in self.county.index or name not in self.county:
            return float("nan")
        value = self.county.at[self.year, name]
        return float(value) if pd.notna(value) else float("nan")

    def word(self, name: str) -> str:
        """A text of the county's own sheet in the year that is judged; empty where it is not known."""
        if self.year not in self.county.index or name not in self.county:
            return ""
        value = self.county.at[self.year, name]
        return value if isinstance(value, str) else ""
