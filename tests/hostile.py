"""Workbooks that nobody should send: made part by part, so that each can be wrong in exactly one way."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from openpyxl.utils import get_column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
HEAD = ("学校名称", "办学类型", "小学在校生数")
PLAIN = (HEAD, ("甲小学", "小学", 300), ("乙小学", "小学", 200))


def cell(row: int, column: int, value: object) -> str:
    """One cell as XML; a text is inline, a text that begins with ``<`` is taken as it is."""
    place = f"{get_column_letter(column)}{row}"
    if isinstance(value, str) and value.startswith("<"):
        return value.replace("<c", f'<c r="{place}"', 1)
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'


def rows(grid: Iterable[Iterable[object]], first: int = 1) -> str:
    """Rows as XML; None is no cell."""
    return "".join(
        f'<row r="{r}">' + "".join(cell(r, c, v) for c, v in enumerate(line, start=1) if v is not None) + "</row>"
        for r, line in enumerate(grid, start=first)
    )


def sheet(data: str, after: str = "", before: str = "") -> str:
    """A worksheet around its rows."""
    head = f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{REL}">'
    return f"{head}{before}<sheetData>{data}</sheetData>{after}</worksheet>"


def parts(data: str, after: str = "", before: str = "", name: str = "学校") -> dict[str, str | bytes]:
    """The parts of a workbook with one sheet."""
    return {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": relations(("rId1", f"{REL}/officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(("rId1", f"{REL}/worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": sheet(data, after, before),
    }


def relations(*entries: tuple[str, str, str]) -> str:
    """A part of relations: id, type and target of each."""
    inner = "".join(f'<Relationship Id="{i}" Type="{kind}" Target="{target}"/>' for i, kind, target in entries)
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def packed(content: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Parts as the bytes of a workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, data in content.items():
            target.writestr(name, data)
    return buffer.getvalue()


def saved(path: Path, content: Mapping[str, str | bytes] | bytes) -> Path:
    """The same as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else packed(content))
    return path


def understated(content: bytes, name: str, size: int) -> bytes:
    """The workbook with the unpacked size of one part declared as ``size`` in both of its headers."""
    data = bytearray(content)
    encoded = name.encode()
    for signature, length, at in ((b"PK\x03\x04", 30, 22), (b"PK\x01\x02", 46, 24)):
        start = data.find(signature)
        while start >= 0:
            if data[start + length : start + length + len(encoded)] == encoded:
                data[start + at : start + at + 4] = struct.pack("<I", size)
            start = data.find(signature, start + 4)
    return bytes(data)


def encrypted(content: bytes) -> bytes:
    """The workbook with every entry marked as encrypted."""
    data = bytearray(content)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(signature)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(signature, start + 4)
    return bytes(data)
