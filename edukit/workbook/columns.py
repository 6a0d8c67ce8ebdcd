"""``columns.yaml``: how the columns of somebody else's table map to the dictionary.

It lies beside the raw file (``<stem>.columns.yaml`` or ``columns.yaml``, also one folder up, so that many counties
can share one) and lets a statistics export be read as it came::

    sheet: 学校                       # which sheet the table stands for; 学校 where left out
    source: California Department of Education, 1998-99
    note: 以学区为单位
    rows: {county: Butte}             # only these rows, by header of the raw table
    fields:
      school_name: district           # field name or official name: header of the raw table
      pupils_primary: [boys, girls]   # the sum of several columns
      school_type: {value: 小学}       # the same for every row
      teachers_primary: {column: teachers, fraction: true, max: 3000}
      funds_final: {column: expenditure_per_student, times: students, factor: 0.0001}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from edukit import dictionary, plain_yaml
from edukit.errors import DataError


@dataclass(frozen=True)
class Source:
    """Where the values of one field come from.

    Attributes:
        columns: headers of the raw table; their sum is taken where there are several.
        times: header of a column to multiply by (for tables that give numbers per pupil), or empty.
        factor: unit conversion.
        value: the same value for every row, instead of columns.
        fraction: whether a count may have decimals (teachers as full-time equivalents).
        max: highest number accepted instead of the dictionary's, or None.
    """

    columns: tuple[str, ...] = ()
    times: str = ""
    factor: float = 1.0
    value: str | float | None = None
    fraction: bool = False
    max: float | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers of the raw table that are needed."""
        return (*self.columns, self.times) if self.times else self.columns


@dataclass(frozen=True)
class ColumnMap:
    """A whole ``columns.yaml``."""

    name: str
    sheet: str
    fields: Mapping[str, Source]
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    note: str = ""


def find(path: Path) -> Path | None:
    """The ``columns.yaml`` that belongs to a raw file or folder, or None."""
    beside = [path.with_name(f"{path.stem}.columns.yaml"), path.with_name("columns.yaml")]
    if path.is_dir():
        beside.insert(0, path / "columns.yaml")
    candidates = [*beside, path.parent.parent / "columns.yaml"]
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def read(path: Path, content: bytes) -> ColumnMap:
    """Read and check a ``columns.yaml``.

    Args:
        path: where it lies; messages name it.
        content: its bytes.

    Raises:
        DataError: it is broken; the message names the file, the entry and what is expected.
    """
    name = path.name
    try:
        raw = plain_yaml.read(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError(f"列对照文件 {name} 编码有误，应为 UTF-8。") from error
    except yaml.YAMLError as error:
        raise DataError(f"列对照文件 {name} {plain_yaml.told(error)}。请按 docs/data.md 中的例子书写。") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("fields"), dict) or not raw["fields"]:
        raise DataError(f"列对照文件 {name} 缺少 fields（字段名: 原表列名）。")
    if unknown := sorted(map(str, set(raw) - {"sheet", "source", "note", "rows", "fields"})):
        raise DataError(f"列对照文件 {name} 有不认识的键：{'、'.join(unknown)}。")
    sheet = str(raw.get("sheet", "学校"))
    if dictionary.load().sheet(sheet) is None:
        raise DataError(f"列对照文件 {name} 的 sheet“{sheet}”不是数据字典中的工作表。")
    if not isinstance(raw.get("rows") or {}, dict):
        raise DataError(f"列对照文件 {name} 的 rows 应为“原表列名: 值”，实为“{raw['rows']}”。")
    rows = {str(key): tuple(map(str, _listed(value))) for key, value in (raw.get("rows") or {}).items()}
    sources = {}
    for key, entry in raw["fields"].items():
        found = dictionary.load().match(key, sheet)
        if found is None:
            near = get_close_matches(str(key), [f.name for f in dictionary.load().of_sheet(sheet)], n=1)
            hint = f"，是否指 {near[0]}" if near else "。应为数据字典的字段名或官方名称"
            raise DataError(f"列对照文件 {name}：数据字典中没有“{key}”{hint}。")
        if found.name in sources:
            raise DataError(f"列对照文件 {name}：“{found.header}”出现两次；几列相加请写成 [甲, 乙]。")
        source = _source(entry, found.name, name)
        if len(source.headers) > 1 and not found.numeric:
            raise DataError(f"列对照文件 {name} 的 {key} 是文字，不能由几列相加；请只写一列。")
        sources[found.name] = source
    return ColumnMap(name, sheet, sources, rows, str(raw.get("source", "")), str(raw.get("note", "")))


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e15


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _source(entry: Any, key: str, name: str) -> Source:
    if not isinstance(entry, dict):
        return Source(columns=tuple(map(str, _listed(entry))))
    allowed = {"column", "columns", "times", "factor", "value", "fraction", "max"}
    if unknown := sorted(map(str, set(entry) - allowed)):
        raise DataError(
            f"列对照文件 {name} 的 {key} 有不认识的键：{'、'.join(unknown)}；可用：{'、'.join(sorted(allowed))}。"
        )
    listed = entry.get("columns", entry.get("column"))
    columns = () if listed is None else tuple(map(str, _listed(listed)))
    if bool(columns) == ("value" in entry):
        raise DataError(f"列对照文件 {name} 的 {key} 应写 column（原表列名）或 value（固定值）之一。")
    for number in ("factor", "max"):
        if number in entry and not (_is_amount(entry[number])):
            raise DataError(f"列对照文件 {name} 的 {key}.{number} 应为大于 0 的数，实为“{entry[number]}”。")
    if not isinstance(entry.get("fraction", False), bool):
        raise DataError(f"列对照文件 {name} 的 {key}.fraction 应为 true 或 false，实为“{entry['fraction']}”。")
    return Source(
        columns=columns,
        times=str(entry.get("times", "")),
        factor=float(entry.get("factor", 1)),
        value=entry.get("value"),
        fraction=bool(entry.get("fraction", False)),
        max=entry.get("max"),
    )
