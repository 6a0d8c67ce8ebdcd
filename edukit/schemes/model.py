"""What a scheme holds once it is read: plain frozen data, no behaviour beyond simple look-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Exclusion:
    """A kind of school that a scheme leaves out.

    Attributes:
        when: school field -> values that match; all fields must match.
        pupils_below: matches only schools with fewer pupils in the compulsory stages than this; None for any size.
        reason: the sentence a report prints.
        source: source codes of the scheme.
    """

    when: Mapping[str, tuple[str, ...]]
    reason: str
    pupils_below: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Indicator:
    """One resource indicator: (sum of coefficient x field) ÷ pupils x ``per``.

    Attributes:
        id: Q1 … Q7, B1 … B8, or a scheme's own.
        name, short: official name and a short one for figures.
        resource, resource_unit: what is counted and its unit (人, ㎡, 元, 间 …), for gaps.
        unit: unit of the per-pupil value.
        per: 1 for per pupil, 100 for per hundred pupils.
        numerator: field name -> coefficient; ``{stage}`` in a name stands for the stage.
        split: whether the resource belongs to the whole school and is split between its stages.
        whole: whether the resource comes in whole pieces (teachers, rooms).
        threshold: stage -> standard that a school must reach; empty where the scheme has none.
        cv_limit: stage -> highest coefficient of variation allowed; empty where the scheme has none.
        digits: decimals for display only.
        remedy: what a bureau usually does about a shortfall, for the plan's column 措施.
        source: source codes of the scheme.
    """

    id: str
    name: str
    short: str
    resource: str
    resource_unit: str
    unit: str
    per: int
    numerator: Mapping[str, float]
    split: bool = False
    whole: bool = False
    threshold: Mapping[str, float] = field(default_factory=dict)
    cv_limit: Mapping[str, float] = field(default_factory=dict)
    digits: int = 2
    remedy: str = ""
    source: str = ""

    def fields(self, stage: str) -> dict[str, float]:
        """Field name -> coefficient for one stage.

        >>> from edukit.schemes import load_scheme
        >>> load_scheme("quality-2017").indicator("Q1").fields("junior")
        {'higher_degree_teachers_junior': 1}
        """
        return {name.replace("{stage}", stage): factor for name, factor in self.numerator.items()}


@dataclass(frozen=True)
class SchoolRule:
    """How many thresholds a school must reach, and how far below one the others may be."""

    min_met: int
    floor_share: float
    source: str = ""

    def floor(self, threshold: float) -> float:
        """The floor of one threshold, exact in decimals.

        >>> SchoolRule(6, 0.85).floor(4.2)
        3.57
        """
        return float(Fraction(str(self.floor_share)) * Fraction(str(threshold)))


@dataclass(frozen=True)
class SchoolItem:
    """An item of another block that can be judged for every school from the 学校 sheet.

    Attributes:
        measure: ``pupils`` for the pupils of the compulsory stages, else a field name with ``{stage}``.
        limit: highest number allowed, by school type (measure ``pupils``) or by stage.
    """

    id: str
    name: str
    short: str
    measure: str
    unit: str
    limit: Mapping[str, float]
    source: str = ""


@dataclass(frozen=True)
class Condition:
    """One condition of an item: a kind of :mod:`edukit.items.kinds` and its settings."""

    kind: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """An item beyond the resource indicators.

    Attributes:
        id: Gov1 … Gov15, Edu1 … Edu9, or a scheme's own.
        block: name of the block that it belongs to, as a report prints it.
        name, short: official wording, and a few words for tables.
        conditions: all must hold.
        source: source codes of the scheme.
    """

    id: str
    block: str
    name: str
    short: str
    conditions: tuple[Condition, ...]
    source: str = ""


@dataclass(frozen=True)
class Scheme:
    """A policy as data.

    Attributes:
        split_weights: stage -> weight of one pupil when a school's resources are split; senior included.
        school_rule: None where the scheme judges no single school.
        composite_limit: stage -> limit of the mean of all CVs; empty where the scheme has none.
        uncertain: (topic, text) of rules for which no national text was found, printed in each report.
        digest: SHA-256 of the files that the scheme was read from.
    """

    id: str
    name: str
    short: str
    document: str
    title: str
    passed: str
    failed: str
    stages: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    exclusions: tuple[Exclusion, ...]
    split_weights: Mapping[str, float]
    school_rule: SchoolRule | None
    composite_limit: Mapping[str, float]
    school_items: tuple[SchoolItem, ...]
    items: tuple[Item, ...]
    sources: Mapping[str, str]
    uncertain: tuple[tuple[str, str], ...]
    digest: str

    @property
    def all_items(self) -> tuple[SchoolItem | Item, ...]:
        """All items in official order: by the letters of their id as they first appear, then by number."""
        every: tuple[SchoolItem | Item, ...] = (*self.items, *self.school_items)
        groups = list(dict.fromkeys(item.id.rstrip("0123456789") for item in every))
        return tuple(
            sorted(every, key=lambda i: (groups.index(g := i.id.rstrip("0123456789")), int(i.id[len(g) :] or 0)))
        )

    def indicator(self, id: str) -> Indicator:  # noqa: A002 - the field's own word
        """The indicator of that id; KeyError where there is none."""
        for indicator in self.indicators:
            if indicator.id == id:
                return indicator
        raise KeyError(id)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the indicators in order."""
        return tuple(indicator.id for indicator in self.indicators)
