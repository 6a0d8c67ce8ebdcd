"""What a scheme holds once it is read: plain frozen data, no behaviour beyond simple look-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from edukit.cards import listing


@dataclass(frozen=True)
class Exclusion:
    """A kind of school that a scheme leaves out.

    Attributes:
        when: school field -> values that match; all fields must match.
        pupils_below: matches only schools with fewer pupils in the compulsory stages than this; None for any size.
        into: field that names another school of the list; a school that matches is not left out but counted with that
            school, its pupils, teachers and rooms added. "" leaves it out.
        reason: the sentence a report prints.
        source: source codes of the scheme.
    """

    when: Mapping[str, tuple[str, ...]]
    reason: str
    pupils_below: float | None = None
    into: str = ""
    source: str = ""


@dataclass(frozen=True)
class Extra:
    """Resources that count besides the numerator's, in some schools only (a relaxation).

    Attributes:
        fields: field name -> coefficient; ``{stage}`` in a name stands for the stage. Blank is none.
        when: field -> values that match, as in :class:`Exclusion`; all must match.
        pupils: fewest and most pupils of the compulsory stages, most exclusive; None for any size.
    """

    fields: Mapping[str, float]
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pupils: tuple[float, float] | None = None


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
        balance: whether its CV counts for the balance between schools; one that only has a threshold does not.
        extra: resources that count besides in some schools.
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
    balance: bool = True
    extra: Extra | None = None
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
    """How many thresholds a school must reach (None: all it has), and how far below one the others may be."""

    min_met: int | None
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
        relaxed: rules ``{when, limit}`` for some schools, the first that matches; see :mod:`edukit.items.when`.
        block: name of the block that it belongs to.
    """

    id: str
    name: str
    short: str
    measure: str
    unit: str
    limit: Mapping[str, float]
    relaxed: tuple[Mapping[str, Any], ...] = ()
    block: str = "政府保障程度"
    marks: float | None = None
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
        group: heading within its block, e.g. 入学机会; "" where the block has none.
        marks: full marks, in a block that is judged by marks.
        from_year, to_year: the years in which it is asked for; None is open.
        source: source codes of the scheme.
    """

    id: str
    block: str
    name: str
    short: str
    conditions: tuple[Condition, ...]
    group: str = ""
    marks: float | None = None
    from_year: int | None = None
    to_year: int | None = None
    source: str = ""

    def asked_in(self, year: int) -> bool:
        """Whether the item is judged in a year."""
        return (self.from_year is None or year >= self.from_year) and (self.to_year is None or year <= self.to_year)


@dataclass(frozen=True)
class Block:
    """How the items of one block are taken together.

    Attributes:
        name: as in the items' ``block``.
        rule: ``all`` (every item must be met), ``marks`` (marks earned must reach ``pass_mark``).
        pass_mark: lowest sum of marks that passes; None without marks.
        counts: whether the block enters the county's verdict; one that does not is only reported.
        note: a sentence for the report.
        source: source codes of the scheme.
    """

    name: str
    rule: str = "all"
    pass_mark: float | None = None
    counts: bool = True
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Option:
    """A relaxation or an uncertain rule: a change of the scheme that is off until somebody asks for it.

    Attributes:
        id, name, text: what it is called and what it says.
        uncertain: whether no national text settles it, so that a report shows both results; a relaxation that a
            document must allow is not.
        changes: laid on the scheme's file as a scheme that extends another is.
        source: source codes of the scheme.
        basis: the document by which a county uses it.
    """

    id: str
    name: str
    text: str
    changes: Mapping[str, Any]
    uncertain: bool = False
    source: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Target:
    """By when a county shall pass, and whose assessment it is (level: 国家, 自治区 …)."""

    year: int
    level: str = ""


@dataclass(frozen=True)
class Scheme:
    """A policy as data.

    Attributes:
        passed, failed: the sentence about the resources alone; passed_all, failed_all: about all blocks together.
        resource_block: what a report calls the block of the indicators.
        school_block: its name where the schools' thresholds are a block of their own (学校办学基本标准), else "".
        split_weights: stage -> weight of one pupil when a school's resources are split; senior included.
        school_rule: None where the scheme judges no single school.
        composite_limit: stage -> limit of the mean of all CVs; empty where the scheme has none.
        standards: indicators that only count where the sheet 办学标准 gives them a threshold.
        blocks: how items are taken together, in the order of a report; at least those that items name.
        options: relaxations and uncertain rules that can be asked for; those in use are in ``used``.
        targets: county name -> by when it shall pass.
        class_meanings: word -> stage -> the most pupils of a class that is not yet so called (大班额: 55).
        uncertain: (topic, text) of rules for which no national text was found, printed in each report.
        origin: the id or path that it was loaded by.
        files: the files of the user's own that it was read from, those that it extends first.
        digest: SHA-256 of the files that the scheme was read from, and of the options in use.
    """

    id: str
    name: str
    short: str
    document: str
    title: str
    passed: str
    failed: str
    passed_all: str
    failed_all: str
    resource_block: str
    school_block: str
    stages: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    exclusions: tuple[Exclusion, ...]
    split_weights: Mapping[str, float]
    school_rule: SchoolRule | None
    composite_limit: Mapping[str, float]
    school_items: tuple[SchoolItem, ...]
    items: tuple[Item, ...]
    standards: tuple[Indicator, ...]
    blocks: tuple[Block, ...]
    options: tuple[Option, ...]
    used: tuple[Option, ...]
    targets: Mapping[str, Target]
    class_meanings: Mapping[str, Mapping[str, float]]
    sources: Mapping[str, str]
    uncertain: tuple[tuple[str, str], ...]
    origin: str
    files: tuple[Path, ...]
    digest: str

    def __repr__(self) -> str:
        return f"<Scheme {self.id} {self.short}>"

    def _repr_html_(self) -> str:
        """The indicators with their thresholds and limits, by stage."""

        def told(by_stage: Mapping[str, float]) -> str:
            return " / ".join(f"{by_stage[stage]:g}" for stage in self.stages if stage in by_stage) or "—"

        rows = [(i.id, i.name, i.unit, told(i.threshold), told(i.cv_limit)) for i in self.indicators]
        used = f"启用的口径：{'、'.join(option.name for option in self.used)}。" if self.used else ""
        note = f"{self.document}。标准、上限依次为小学 / 初中。{used}全部内容：edukit schemes {self.id}"
        return listing(f"{self.name}（{self.id}）", ("编号", "指标", "单位", "标准", "差异系数上限"), rows, note)

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

    def condition(self, kind: str) -> Mapping[str, Any] | None:
        """The settings of the first condition of a kind among the items; None where no item has one."""
        return next((c.settings for item in self.items for c in item.conditions if c.kind == kind), None)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the indicators in order."""
        return tuple(indicator.id for indicator in self.indicators)
