"""The data dictionary: every input column once.

``dictionary.yaml`` is read into :class:`Field` objects. Header matching, the template workbook, the checks and the
footnotes of the reports are all made from it, so that a column is described in one place only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any

import yaml

STAGES: Mapping[str, str] = {"primary": "小学", "junior": "初中"}
"""The stages that are judged, with the name a reader sees."""

STAGES_OF_TYPE: Mapping[str, tuple[str, ...]] = {
    "小学": ("primary",),
    "小学教学点": ("primary",),
    "初级中学": ("junior",),
    "九年一贯制学校": ("primary", "junior"),
    "十二年一贯制学校": ("primary", "junior", "senior"),
    "完全中学": ("junior", "senior"),
    "特殊教育学校": (),
    "职业初中": (),
}
"""The stages that a school of each type teaches."""

KINDS = ("text", "code", "choice", "flag", "count", "decimal", "percent", "year")
"""text; code: text whose leading zeros count; choice: one of a list; flag: 是/否; count: whole number;
decimal: any number; percent: 0 to 100; year: four digits."""

NUMERIC_KINDS = frozenset({"count", "decimal", "percent", "year"})

KIND_HINTS: Mapping[str, str] = {
    "text": "文字",
    "code": "文本",
    "choice": "下拉选择",
    "flag": "是/否",
    "year": "年份",
    "count": "整数",
    "decimal": "小数",
}
"""What the unit row of the template says where a column has no unit."""


@lru_cache(maxsize=4096)
def plain(text: object) -> str:
    r"""Header text reduced to what identifies it: half-width, without blanks, brackets' content or marks.

    Brackets that say what is counted in or which stage is meant stay, since they tell columns apart.

    >>> plain(" 教学及辅助用房\n面积（㎡）* ")
    '教学及辅助用房面积'
    >>> plain("县级以上骨干教师（小学）")
    '县级以上骨干教师(小学)'
    """
    folded = unicodedata.normalize("NFKC", str(text)).lower()
    folded = re.sub(r"\s+", "", folded)
    folded = re.sub(r"\((?!含|不含|小学|初中|高中).*?\)|\[.*?\]|【.*?】", "", folded)
    return re.sub(r"[*:;,。、·_\-]", "", folded)


@dataclass(frozen=True)
class Field:
    """One column of the input.

    Attributes:
        name: the field name in code, e.g. ``pupils_primary``.
        header: the official name a user reads, e.g. 小学在校生数.
        sheet: the sheet it belongs to.
        group: the heading under which the template shows it.
        kind: one of :data:`KINDS`.
        unit: unit of the numbers as they are typed (人, ㎡, 万元 …), empty for text.
        required: whether every row must have it.
        required_for: school types for which a blank is an error.
        choices: the allowed values of a choice.
        hard: lowest and highest possible number, both inclusive; None where there is no bound.
        soft: lowest and highest plausible number.
        per_pupil: plausible range of the number divided by the school's pupils, in ``unit`` per pupil.
        at_most: fields that this one can never exceed (it counts a part of them).
        sum_of: fields whose sum this one must equal.
        confusions: units that are often typed instead, with the factor that converts them to ``unit``.
        aliases: other headers that mean the same.
        synonyms: other words for a choice, each with the choice that it means.
        blank_means: what a blank counts as, always with a finding; None where a blank is unknown.
        blank_needs: a field that must be filled for ``blank_means`` to hold; empty where none.
        form: the statistics form that carries it.
        longest: most characters of a text.
        since: the template version that added it, from 1.
        note: guidance for the person who fills it in.
        example: the value in the template's example row.
    """

    name: str
    header: str
    sheet: str
    group: str
    kind: str
    unit: str = ""
    required: bool = False
    required_for: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    hard: tuple[float | None, float | None] = (None, None)
    soft: tuple[float | None, float | None] = (None, None)
    per_pupil: tuple[float | None, float | None] = (None, None)
    at_most: tuple[str, ...] = ()
    sum_of: tuple[str, ...] = ()
    confusions: tuple[tuple[str, float], ...] = ()
    aliases: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, str], ...] = ()
    blank_means: str | float | None = None
    blank_needs: str = ""
    form: str = ""
    longest: int = 2000
    since: int = 1
    note: str = ""
    example: str | float | None = None

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.kind in NUMERIC_KINDS

    @property
    def label(self) -> str:
        """Header with unit, as a table shows it.

        >>> load().field("equipment_value").label
        '教学仪器设备资产值（万元）'
        """
        return f"{self.header}（{self.unit}）" if self.unit else self.header

    @property
    def hint(self) -> str:
        """What stands under the header in the template's unit row: the unit, or how the column is filled.

        >>> load().field("pupils_primary").hint, load().field("school_type").hint
        ('人', '下拉选择')
        """
        return self.unit or KIND_HINTS[self.kind]


@dataclass(frozen=True)
class SheetSpec:
    """One sheet of the workbook.

    Attributes:
        name: its name.
        rows: what a row of it is: school, room, score, answer, item, standard, option, dossier or year.
        note: a sentence about it.
        keys: fields of another sheet that are repeated at its left, so that its rows can be told apart.
        most: how many rows it may have for a stage; None where there is no limit.
        since: the template version that added it, from 1.
    """

    name: str
    rows: str
    note: str
    keys: tuple[str, ...] = ()
    most: int | None = None
    since: int = 1


@dataclass(frozen=True)
class Ratio:
    """Two fields whose quotient should be plausible: numerator ÷ denominator within ``soft``."""

    name: str
    numerator: str
    denominator: str
    soft: tuple[float | None, float | None]


@dataclass(frozen=True)
class Dictionary:
    """All fields and sheets, in the order in which the template shows them.

    Attributes:
        version: of the template that is made from it, raised whenever a sheet or a column is added.
        ratios: quotients of two fields that should be plausible.
        changes: field -> relative change within one year beyond which a check asks.
    """

    version: int
    sheets: tuple[SheetSpec, ...]
    fields: tuple[Field, ...]
    ratios: tuple[Ratio, ...]
    changes: Mapping[str, float]

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def _by_header(self) -> dict[tuple[str, str], Field]:
        table: dict[tuple[str, str], Field] = {}
        for field in self.fields:
            for text in (field.name, field.header, *field.aliases):
                other = table.setdefault((field.sheet, plain(text)), field)
                if other is not field:
                    raise ValueError(f"dictionary.yaml: {text} names both {other.name} and {field.name}")
        return table

    def field(self, name: str) -> Field:
        """The field of that name; KeyError where there is none."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a field of that name."""
        return name in self._by_name

    def sheet(self, name: str) -> SheetSpec | None:
        """The sheet of that name (blanks and width of characters do not matter), or None."""
        wanted = plain(name)
        return next((sheet for sheet in self.sheets if plain(sheet.name) == wanted), None)

    def of_sheet(self, sheet: str) -> tuple[Field, ...]:
        """The fields of one sheet."""
        return tuple(field for field in self.fields if field.sheet == sheet)

    def added(self, after: int) -> tuple[Field, ...]:
        """The fields that the template has got since a version of it.

        >>> [field.name for field in load().added(after=3)][:2]
        ['grade1_primary', 'grade2_primary']
        """
        return tuple(field for field in self.fields if field.since > after)

    def columns(self, sheet: str) -> tuple[Field, ...]:
        """The columns of one sheet as the template shows them: its key fields, then its own.

        >>> [field.name for field in load().columns("专用教室")][:3]
        ['school_code', 'school_name', 'room_kind']
        """
        spec = self.sheet(sheet)
        return tuple(self.field(key) for key in (spec.keys if spec else ())) + self.of_sheet(sheet)

    def match(self, header: object, sheet: str) -> Field | None:
        """The field that a header means on a sheet: official name, field name or alias.

        A sheet also knows its key fields. On a sheet with one row per school the school-level fields of the other
        sheets are known too, so that one wide table can be read as it is.

        >>> load().match(" 小学在校生数 （人）", "学校").name
        'pupils_primary'
        >>> load().match("学校代码", "专用教室").name
        'school_code'
        """
        text = plain(header)
        found = self._by_header.get((sheet, text))
        spec = self.sheet(sheet)
        if found is None and spec is not None:
            keys = (self.field(key) for key in spec.keys)
            found = next((key for key in keys if self._by_header.get((key.sheet, text)) is key), None)
        if found is None and spec is not None and spec.rows == "school":
            others = (other.name for other in self.sheets if other.rows == "school")
            found = next((self._by_header[key] for other in others if (key := (other, text)) in self._by_header), None)
        return found


def _field(entry: Mapping[str, Any]) -> Field:
    values = dict(entry)
    for key in ("required_for", "choices", "hard", "soft", "per_pupil", "at_most", "sum_of", "aliases"):
        if key in values:
            values[key] = tuple(values[key])
    values["confusions"] = tuple((unit, float(factor)) for unit, factor in dict(values.get("confusions", {})).items())
    values["synonyms"] = tuple(dict(values.get("synonyms", {})).items())
    return Field(**values)


@cache
def load() -> Dictionary:
    """The dictionary that ships with edukit."""
    text = files("edukit").joinpath("dictionary.yaml").read_text(encoding="utf-8")
    raw = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    sheets = tuple(
        SheetSpec(name, spec["rows"], spec["note"], tuple(spec.get("keys", ())), spec.get("most"), spec.get("since", 1))
        for name, spec in raw["sheets"].items()
    )
    ratios = tuple(Ratio(**{**entry, "soft": tuple(entry["soft"])}) for entry in raw["ratios"])
    age = {sheet.name: sheet.since for sheet in sheets}
    fields = tuple(_field({"since": age[entry["sheet"]], **entry}) for entry in raw["fields"])
    return Dictionary(int(raw["version"]), sheets, fields, ratios, raw["changes"])
