"""An .xlsx file reduced to what is read of it, within bounds, before a parser builds anything from it.

A workbook is a zip of XML parts. Kept are the list of sheets, the cells, the shared texts and the number formats;
drawings, macros, links to other files, comments, properties and embedded files are never opened. What stays is
measured first, so that no file, however it was made, takes more than bounded time and memory.
"""

from __future__ import annotations

import io
import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from zlib import error as zlib_error

from edukit.errors import DataError

MAX_FILE: Final = 50 * 2**20
"""Largest file that is opened, in bytes. A county's workbook has less than one hundredth of it."""
MAX_UNPACKED: Final = 128 * 2**20
"""Largest unpacked size of the parts that are read, together."""
MAX_OTHER: Final = 20 * 2**20
"""Largest unpacked size of a part that is neither a sheet nor the shared texts."""
MAX_ENTRIES: Final = 5_000
"""Most parts that a workbook may have."""
MAX_CELLS: Final = 1_000_000
"""Most cells with content in all sheets together: test scores of 40,000 pupils in five subjects."""
MAX_TAGS: Final = 4_000_000
"""Most tags of a part that holds no cells: one million different texts."""
MAX_SHEETS: Final = 200
MAX_COLUMNS: Final = 2_000
"""Widest sheet that is read; the widest of the template has about a hundred columns."""
MAX_AREA: Final = 8_000_000
"""Largest rows x columns of one sheet up to its last content."""
LAST_ROW: Final = 1_048_576
"""Number of rows that Excel has."""

_STRICT: Final = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)
"""Names in a workbook saved as “Strict Open XML”, and the usual names of the same things."""
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_BLANK_CELL: Final = re.compile(rb"<((?:\w+:)?)c\s[^<>]*?(?:/>|></\1c>)")
_BLANK_ROW: Final = re.compile(rb"<((?:\w+:)?)row\s[^<>]*?(?:/>|>\s*</\1row>)")
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s>/]")
_PLACED_CELL: Final = re.compile(rb"<(?:\w+:)?c(?=\s)[^<>]*?\sr\s*=\s*[\"']([A-Z]{1,3})\d{1,7}[\"']")
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s>/]")
_PLACED_ROW: Final = re.compile(rb"<(?:\w+:)?row(?=\s)[^<>]*?\sr\s*=\s*[\"'](\d{1,7})[\"']")
_HIDDEN_ROW: Final = re.compile(rb"<(?:\w+:)?row\s[^<>]*?\shidden=\"(?:1|true)\"[^<>]*>")
_HIDDEN_COLUMNS: Final = re.compile(rb"<(?:\w+:)?col\s[^<>]*?\shidden=\"(?:1|true)\"[^<>]*>")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s>/]")
_DATA: Final = re.compile(rb"<((?:\w+:)?)sheetData(?:\s[^<>]*?)?(/?)>")
_ROOT: Final = re.compile(rb"<((?:\w+:)?)worksheet(?:\s[^<>]*)?>")
_MERGE: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')

Area = tuple[int, int, int, int]


@dataclass(frozen=True)
class Part:
    """What is known of a sheet before its cells are read.

    Attributes:
        merges: merged areas as (first row, first column, last row, last column), from 0, both ends inclusive.
        hidden_rows, hidden_columns: numbers of the rows with content, and of the columns, that are hidden, from 0.
        width: number of columns up to the last with content; None where the cells do not say where they stand.
        formulas: whether it holds any.
    """

    merges: tuple[Area, ...]
    hidden_rows: tuple[int, ...]
    hidden_columns: tuple[int, ...]
    width: int | None
    formulas: bool


@dataclass(frozen=True)
class Package:
    """A reduced workbook: the bytes to hand to a parser, and its sheets by the name of their part."""

    content: bytes
    parts: Mapping[str, Part]


class _DamagedError(Exception):
    """The file is not what Excel or WPS would write; the reason is for nobody but a debugger."""


def too_large(name: str, size: int) -> DataError:
    """The error for a file that is not opened for its size in bytes."""
    return DataError(
        f"文件 {name} 有 {size // 2**20} MB，超过上限 {MAX_FILE // 2**20} MB。请删除图片和多余的空白行列后另存再试。"
    )


def too_wide(where: str, rows: int, columns: int) -> DataError:
    """The error for a table with content farther down or to the right than any table has."""
    return DataError(
        f"{where}的内容一直到第 {rows} 行、第 {columns} 列，超出了可以读取的范围"
        f"（最多 {MAX_COLUMNS} 列，行数乘列数不超过 {MAX_AREA}）。请删除数据以外的内容后再试。"
    )


def reduce(content: bytes, name: str) -> Package:
    """The part of a workbook that is read.

    Args:
        content: bytes of the file, at most :data:`MAX_FILE`.
        name: what messages call it.

    Raises:
        DataError: it is no sound workbook, is protected by a password, or crosses one of the bounds.
    """
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(f"文件 {name} 加了打开密码，或是旧版 .xls。请取消密码，用 Excel 另存为 .xlsx 再试。")
    if not content.startswith(b"PK"):
        raise DataError(
            f"文件 {name} 不是 Excel 工作簿（.xlsx）。如果它是文本表格，请把扩展名改为 .csv；否则请重新导出。"
        )
    # counted before the list of parts is built: each takes half a kilobyte once it is
    if content.count(b"PK\x01\x02") > MAX_ENTRIES:
        raise DataError(f"工作簿 {name} 含有 {MAX_ENTRIES} 个以上的部件，不是正常的工作簿。请用 Excel 另存后再试。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as source:
            return _Reducer(source, name).package()
    except (
        *(_DamagedError, zipfile.BadZipFile, zlib_error, EOFError, OSError, RuntimeError, LookupError),
        *(ET.ParseError, UnicodeDecodeError, ValueError),
    ) as error:
        raise DataError(f"工作簿 {name} 不完整或已损坏。请重新复制或用 Excel 另存后再试。") from error


class _Reducer:
    """The steps of reducing one workbook share what is left of the bounds; nothing outlives it."""

    def __init__(self, source: zipfile.ZipFile, name: str) -> None:
        self.source, self.name = source, name
        self.names = frozenset(source.namelist())
        self.left, self.cells = MAX_UNPACKED, 0
        self.parts: dict[str, Part] = {}

    def package(self) -> Package:
        book, rels, kinds = self._workbook()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as target:  # stored, not compressed: it is read once, at once

            def put(name: str, data: bytes) -> None:
                target.writestr(zipfile.ZipInfo(name), data)

            put("[Content_Types].xml", _contents(book, kinds))
            put(rels, self._read(rels))
            put(book, _listing(ET.fromstring(self._read(book)), self.name))
            for part, kind in kinds.items():
                if kind == "worksheet":
                    put(part, self._sheet(part))
                elif kind == "sharedStrings":
                    put(part, self._read(part, MAX_UNPACKED))
                elif kind == "styles":
                    put(part, _formats(ET.fromstring(self._read(part))))
        return Package(buffer.getvalue(), self.parts)

    def _workbook(self) -> tuple[str, str, dict[str, str]]:
        """Name of the workbook part and of its relations, and the parts that it names with the kind of each."""
        top = self._relations("_rels/.rels", "")
        book = next(target for target, kind in (*top.items(), ("", "officeDocument")) if kind == "officeDocument")
        if not book:
            raise _DamagedError("no workbook part")
        folder, file = posixpath.split(book)
        rels = posixpath.join(folder, "_rels", f"{file}.rels")
        return book, rels, self._relations(rels, folder)

    def _relations(self, name: str, folder: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for entry in ET.fromstring(self._read(name)):
            target = entry.get("Target", "")
            place = posixpath.normpath(target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target))
            if entry.get("TargetMode") == "External" or place not in self.names:
                continue
            if place in found:
                raise _DamagedError("a part under two names would be read twice")
            found[place] = entry.get("Type", "").rpartition("/")[2]
        return found

    def _read(self, name: str, most: int = MAX_OTHER, tags: int = MAX_TAGS) -> bytes:
        entry = self.source.getinfo(name)
        if entry.flag_bits & 1:
            raise DataError(f"工作簿 {self.name} 加了密码。请取消密码后另存为 .xlsx 再试。")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _DamagedError("no workbook is packed like this")
        self.left -= entry.file_size
        if entry.file_size > most or self.left < 0:
            size, most = (entry.file_size, most) if entry.file_size > most else (MAX_UNPACKED - self.left, MAX_UNPACKED)
            raise DataError(
                f"工作簿 {self.name} 展开后有 {size // 2**20} MB，超过上限 {most // 2**20} MB。"
                "请删除多余的空白行列和样式后另存再试。"
            )
        with self.source.open(entry) as opened:
            data = opened.read()  # never more than it declares: what holds more fails its checksum
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
            raise _DamagedError("a declaration that no workbook has, or an encoding that would hide one")
        if tags and data.count(b"<") > tags:
            raise DataError(f"工作簿 {self.name} 中的不同文字或样式过多。请删除无关内容，用 Excel 另存后再试。")
        for strict, usual in _STRICT:
            data = data.replace(strict, usual)
        if b"<![CDATA[" in data or b"<!--" in data:
            if len(data) > MAX_OTHER:
                raise _DamagedError("too large to be written anew")
            data = ET.tostring(ET.fromstring(data), encoding="utf-8")
        return data

    def _sheet(self, name: str) -> bytes:
        """A sheet with nothing but its cells, blank ones left out."""
        data = self._read(name, MAX_UNPACKED, tags=0)
        root, start = _ROOT.search(data), _DATA.search(data)
        if root is None or start is None:
            raise _DamagedError("no sheet")
        end = start.end() if start[2] else data.rindex(b"</" + start[1] + b"sheetData>")
        merges = tuple(sorted(_area(found) for found in _MERGE.findall(data, end)))
        columns = tuple(_columns(data[root.end() : start.start()]))
        opening, cells = data[: root.end()], b"" if start[2] else data[start.end() : end]
        del data
        placed = _all_or_none(cells, _PLACED_CELL, _CELL)
        if placed:
            cells = _BLANK_CELL.sub(b"", cells)
        last = 0
        if _all_or_none(cells, _PLACED_ROW, _ROW):
            cells = _BLANK_ROW.sub(b"", cells)
            for found in _PLACED_ROW.finditer(cells):
                if int(found[1]) <= last:
                    raise _DamagedError("rows out of order")
                last = int(found[1])
        letters = {found[1] for found in _PLACED_CELL.finditer(cells)} if placed else set()
        width = max(map(_column, letters), default=0) if placed else None
        self._bound(name, _count(_CELL, cells), last, width or 0)
        unseen = tuple(int(row[1]) - 1 for row in map(_PLACED_ROW.match, _HIDDEN_ROW.findall(cells)) if row)
        self.parts[name] = Part(merges, unseen, columns, width, _FORMULA.search(cells) is not None)
        tag, inner = start[1] + b"sheetData", start[1] + b"dimension"
        extent = b"<%b ref='A1:%b%d'/>" % (inner, max(letters, key=_column), last) if letters and last else b""
        return b"".join([opening, extent, b"<", tag, b">", cells, b"</", tag, b"></", root[1], b"worksheet>"])

    def _bound(self, part: str, count: int, last: int, width: int) -> None:
        where = f"工作簿 {self.name} 的工作表（{posixpath.basename(part)}）"
        self.cells += count
        if self.cells > MAX_CELLS:
            raise DataError(f"{where}内容过多：有内容的单元格超过 {MAX_CELLS} 个。请拆分或删除无关内容后再试。")
        if last > LAST_ROW or width > MAX_COLUMNS or last * width > MAX_AREA:
            raise too_wide(where, last, width)


def _count(pattern: re.Pattern[bytes], data: bytes) -> int:
    return sum(1 for _ in pattern.finditer(data))


def _all_or_none(data: bytes, placed: re.Pattern[bytes], every: re.Pattern[bytes]) -> bool:
    """Whether all cells (rows) say where they stand; where only some do, nobody can say where the others stand."""
    said, there = _count(placed, data), _count(every, data)
    if said not in (0, there):
        raise _DamagedError("some places are said and some are not")
    return said > 0


def _column(letters: bytes) -> int:
    """Number of a column from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _columns(head: bytes) -> Iterator[int]:
    """The hidden columns, from 0, of what stands before a sheet's cells."""
    for column in _HIDDEN_COLUMNS.findall(head):
        bounds = [re.search(rb"\s%b=\"(\d{1,5})\"" % bound, column) for bound in (b"min", b"max")]
        first, last = (int(bound[1]) if bound else 0 for bound in bounds)
        yield from range(max(first - 1, 0), min(last, MAX_COLUMNS))


def _area(found: tuple[bytes, bytes, bytes, bytes]) -> Area:
    left, top, right, bottom = _column(found[0]) - 1, int(found[1]) - 1, _column(found[2]) - 1, int(found[3]) - 1
    if min(top, left) < 0 or bottom < top or right < left:
        raise _DamagedError("no area")
    return top, left, bottom, right


def _contents(book: str, kinds: Mapping[str, str]) -> bytes:
    """What the parts are, said as in a plain workbook, whether it was one or had macros."""
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    types = ET.Element(f"{{{space}}}Types")
    for part, kind in {book: "sheet.main", **kinds}.items():
        if part == book or kind in ("worksheet", "sharedStrings", "styles"):
            content = f"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"
            ET.SubElement(types, f"{{{space}}}Override", {"PartName": f"/{part}", "ContentType": content})
    return ET.tostring(types, encoding="utf-8")


def _listing(tree: ET.Element, name: str) -> bytes:
    """The list of sheets and nothing else: no names of areas, no links to other workbooks."""
    book = ET.Element(f"{_MAIN}workbook")
    settings = tree.find(f"{_MAIN}workbookPr")
    if settings is not None and "date1904" in settings.attrib:  # from which day dates are counted
        ET.SubElement(book, f"{_MAIN}workbookPr", {"date1904": settings.attrib["date1904"]})
    listed = ET.SubElement(book, f"{_MAIN}sheets")
    for entry in tree.iter(f"{_MAIN}sheet"):
        ET.SubElement(listed, f"{_MAIN}sheet", dict(entry.attrib))
    if len(listed) > MAX_SHEETS:
        raise DataError(
            f"工作簿 {name} 有 {len(listed)} 个工作表，超过上限 {MAX_SHEETS} 个。请只留下要读取的工作表后再试。"
        )
    return ET.tostring(book, encoding="utf-8")


def _formats(tree: ET.Element) -> bytes:
    """The style sheet with nothing but the number format of each cell style."""
    kept = ET.Element(f"{_MAIN}styleSheet")
    own = tree.find(f"{_MAIN}numFmts")
    formats = ET.SubElement(kept, f"{_MAIN}numFmts")
    for entry in own if own is not None else ():
        if "numFmtId" in entry.attrib and "formatCode" in entry.attrib:
            attributes = {key: entry.attrib[key] for key in ("numFmtId", "formatCode")}
            ET.SubElement(formats, f"{_MAIN}numFmt", attributes)
    used = tree.find(f"{_MAIN}cellXfs")
    target = ET.SubElement(kept, f"{_MAIN}cellXfs")
    for entry in used if used is not None else ():
        ET.SubElement(target, f"{_MAIN}xf", {"numFmtId": entry.get("numFmtId", "0")})
    if not len(target):
        ET.SubElement(target, f"{_MAIN}xf", {"numFmtId": "0"})
    return ET.tostring(kept, encoding="utf-8")
