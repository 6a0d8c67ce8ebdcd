"""Files made to break a reader: each gives a right result or one clear message, in bounded time and memory.

The worst are read in a process of its own that may use no more memory than :data:`MEMORY`, so that a bound that does
not hold fails the test instead of the machine; ``make test-hard`` does so with every one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hostile
from counts import HARD, count, highest, times
from county import write_xlsx
from edukit.errors import DataError
from edukit.findings import Severity
from edukit.workbook import package, read
from hostile import HEAD, PLAIN, parts, rows, sheet

MEMORY = 1300 * 2**20
"""Address space of the reading process above what Python and its libraries take, in bytes."""
SECONDS = 60.0

PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from edukit.checks import check
from edukit.errors import EdukitError
from edukit.workbook import read
import openpyxl
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv[2]), taken + int(sys.argv[2])))
started = time.process_time()
try:
    book = read(Path(sys.argv[1]))
    told = {"schools": book.schools["school_name"].tolist(), "pupils": book.schools["pupils_primary"].tolist(),
            "findings": [f"{f.severity}: {f.where}: {f.message}" for f in check(book)]}
except EdukitError as error:
    told = {"error": str(error)}
told["seconds"] = time.process_time() - started
told["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps(told))
"""


def told(path: Path) -> dict[str, Any]:
    """What a process of its own says about a file; fails where it takes too long, too much, or a traceback."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(MEMORY)],
        capture_output=True,
        text=True,
        timeout=20 * SECONDS,  # of the clock, should it hang; what counts is its own time
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["seconds"] < SECONDS
    count("hostile files read under a memory limit")
    return answer


BLANK_ROW = "".join(f'<c r="{chr(65 + c)}{{r}}" s="0"/>' for c in range(20))


def blanks(size: int) -> dict[str, str | bytes]:
    """A sheet of styled blanks below two schools, its size declared as that of all of Excel."""
    each = len(BLANK_ROW.format(r=100_000)) + 30
    lines = "".join(f'<row r="{r}">{BLANK_ROW.format(r=r)}</row>' for r in range(4, 4 + size // each))
    return parts(rows(PLAIN) + lines, before='<dimension ref="A1:XFD1048576"/>')


def many_cells(last: int) -> dict[str, str | bytes]:
    """Twenty numbers in each row down to the last."""
    line = "".join(f'<c r="{letter}{{r}}"><v>1</v></c>' for letter in "DEFGHIJKLMNOPQRSTUVW")
    lines = "".join(f'<row r="{r}">{line.format(r=r)}</row>' for r in range(4, last + 1))
    return parts(rows(PLAIN) + lines)


def many_texts() -> dict[str, str | bytes]:
    """A table of shared texts with millions of empty ones."""
    made = parts(rows(PLAIN))
    made["xl/sharedStrings.xml"] = f'<sst xmlns="{hostile.MAIN}">' + "<si><t/></si>" * 3_000_000 + "</sst>"
    made["xl/_rels/workbook.xml.rels"] = hostile.relations(
        ("rId1", f"{hostile.REL}/worksheet", "worksheets/sheet1.xml"),
        ("rId2", f"{hostile.REL}/sharedStrings", "sharedStrings.xml"),
    )
    return made


def laughs() -> dict[str, str | bytes]:
    """Ten entities, each ten times the one before."""
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = sheet(rows([HEAD, ("&a9;", "小学", 300)]))
    return {**parts(""), "xl/worksheets/sheet1.xml": text.replace("<worksheet", f"<!DOCTYPE x [{entities}]><worksheet")}


def outside() -> dict[str, str | bytes]:
    """An entity that stands for a file of the machine."""
    text = sheet(rows([HEAD, ("&a;", "小学", 300)]))
    doctype = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    return {**parts(""), "xl/worksheets/sheet1.xml": text.replace("<worksheet", f"{doctype}<worksheet")}


def hidden_laughs() -> dict[str, str | bytes]:
    """The same in an encoding that hides the declaration from a search for it."""
    made = laughs()
    text = str(made["xl/worksheets/sheet1.xml"]).replace("UTF-8", "UTF-16")
    return {**made, "xl/worksheets/sheet1.xml": text.encode("utf-16")}


def many_sheets() -> dict[str, str | bytes]:
    """Ten thousand sheets that are all the same part."""
    made = parts(rows(PLAIN))
    listed = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, 10_001))
    made["xl/workbook.xml"] = (
        f'<workbook xmlns="{hostile.MAIN}" xmlns:r="{hostile.REL}"><sheets>{listed}</sheets></workbook>'
    )
    made["xl/_rels/workbook.xml.rels"] = hostile.relations(
        *((f"rId{n}", f"{hostile.REL}/worksheet", "worksheets/sheet1.xml") for n in range(1, 10_001))
    )
    return made


def image_bomb() -> dict[str, str | bytes]:
    """A picture that would unpack to gigabytes, linked from the sheet: never opened."""
    made = parts(rows(PLAIN), after='<drawing r:id="rId1"/>')
    made["xl/media/image1.png"] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01\0\0\0\x01\0\0\x08\x06\0\0\0"
    made["xl/worksheets/_rels/sheet1.xml.rels"] = hostile.relations(
        ("rId1", f"{hostile.REL}/drawing", "../drawings/d.xml")
    )
    made["xl/drawings/d.xml"] = "<broken"
    return made


def linked() -> dict[str, str | bytes]:
    """Links to other files, names, a pivot cache, a macro, broken properties: none of them is opened."""
    made = parts(rows([HEAD, ("甲小学", "小学", "<c><f>[1]表!A1</f><v>300</v></c>"), ("乙小学", "小学", 200)]))
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace(
        "</sheets>",
        '</sheets><externalReferences><externalReference r:id="rId9"/></externalReferences>'
        "<definedNames><definedName name='_xlnm.Print_Area' localSheetId='7'>#REF!</definedName></definedNames>"
        "<pivotCaches><pivotCache cacheId='1' r:id='rId77'/></pivotCaches>",
    )
    made["xl/_rels/workbook.xml.rels"] = hostile.relations(
        ("rId1", f"{hostile.REL}/worksheet", "/xl/worksheets/sheet1.xml"),
        ("rId9", f"{hostile.REL}/externalLink", "externalLinks/externalLink1.xml"),
        ("rId2", "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin"),
    )
    made["xl/externalLinks/externalLink1.xml"] = "<no xml"
    made["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 macro"
    made["docProps/core.xml"] = "<broken"
    plain, macros = "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", "vnd.ms-excel.sheet.macroEnabled.main"
    made["[Content_Types].xml"] = str(made["[Content_Types].xml"]).replace(plain, macros)
    return made


def nested() -> dict[str, str | bytes]:
    """A workbook in a workbook in a workbook."""
    inner = hostile.packed(parts(rows(PLAIN)))
    for _ in range(3):
        inner = hostile.packed({**parts(rows(PLAIN)), "xl/embeddings/book.xlsx": inner})
    return {**parts(rows(PLAIN)), "xl/embeddings/book.xlsx": inner}


def deep() -> dict[str, str | bytes]:
    """A hundred thousand elements within each other where a text is expected."""
    inner = "<r>" * 100_000 + "</r>" * 100_000
    return parts(rows([HEAD]) + f'<row r="2"><c r="A2" t="inlineStr"><is>{inner}</is></c></row>')


OUTSIDE = ("../edukit-was-here", "../../edukit-was-here", "../../../../edukit-was-here", "/etc/edukit-was-here")
"""Names of parts that would land outside the folder where somebody unpacks the workbook."""


def traversing() -> dict[str, str | bytes]:
    """Names that lead out of the folder somebody might unpack to."""
    return {**dict.fromkeys(OUTSIDE, "x"), **parts(rows(PLAIN))}


def strict() -> dict[str, str | bytes]:
    """A workbook saved as Strict Open XML."""
    swap = [(a.decode(), b.decode()) for a, b in package._STRICT]
    made = parts(rows(PLAIN))
    return {name: str(data).replace(swap[0][1], swap[0][0]).replace(swap[1][1], swap[1][0])
            for name, data in made.items()}  # fmt: skip


def merged_everywhere() -> dict[str, str | bytes]:
    """Merged areas over nothing, over the whole sheet's right and bottom, and far outside."""
    return parts(
        rows(PLAIN), after='<mergeCells><mergeCell ref="E1:XFD1048576"/><mergeCell ref="A4:C1048576"/></mergeCells>'
    )


def prefixed() -> dict[str, str | bytes]:
    """Every tag with a prefix, comments and CDATA between, as some programs write it."""
    made = parts(rows(PLAIN))
    text = (
        sheet(rows(PLAIN))
        .replace("<t>甲小学</t>", "<t><![CDATA[甲小学]]></t>")
        .replace("<sheetData>", "<!-- x --><sheetData>")
    )
    text = text.replace("xmlns=", "xmlns:x=")
    for tag in ("worksheet", "sheetData", "row", "c", "v", "is", "t"):
        text = (
            text.replace(f"<{tag} ", f"<x:{tag} ").replace(f"<{tag}>", f"<x:{tag}>").replace(f"</{tag}>", f"</x:{tag}>")
        )
    return {**made, "xl/worksheets/sheet1.xml": text}


def unplaced() -> dict[str, str | bytes]:
    """Cells and rows that do not say where they stand."""
    text = sheet("".join(f"<row>{''.join(hostile.cell(1, 1, v) for v in line)}</row>" for line in PLAIN))
    return {**parts(""), "xl/worksheets/sheet1.xml": text.replace(' r="A1"', "")}


READ: list[Callable[[], dict[str, str | bytes]]] = [
    image_bomb, linked, nested, traversing, strict, merged_everywhere, prefixed, unplaced,
]  # fmt: skip


@pytest.mark.parametrize("make", READ)
def test_what_does_not_matter_is_never_opened(tmp_path: Path, make: Callable[[], dict[str, str | bytes]]) -> None:
    book = read(hostile.saved(tmp_path / "2020.xlsx", make()))
    assert book.schools["school_name"].tolist() == ["甲小学", "乙小学"]
    assert book.schools["pupils_primary"].tolist() == [300, 200]
    assert not any((tmp_path / name).exists() or Path(name).exists() for name in OUTSIDE)


def test_a_sheet_of_blanks_is_read(tmp_path: Path) -> None:
    answer = told(hostile.saved(tmp_path / "2020.xlsx", blanks(times(4, 100) * 10**6)))
    assert answer["schools"] == ["甲小学", "乙小学"]
    assert answer["pupils"] == [300, 200]


def test_more_cells_than_any_county_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not HARD:
        monkeypatch.setattr(package, "MAX_CELLS", 15_000)
    path = hostile.saved(tmp_path / "2020.xlsx", many_cells(package.MAX_CELLS // 20 + 10))
    with pytest.raises(DataError, match=f"有内容的单元格超过 {package.MAX_CELLS} 个"):
        read(path)


def test_a_long_table_is_read(tmp_path: Path) -> None:
    last = times(20_000, 1_048_576)
    path = hostile.saved(tmp_path / "2020.xlsx", parts(rows(PLAIN) + rows([("丙小学",)], first=last)))
    assert read(path).schools.index.tolist() == [2, 3, last]


TOO_MUCH: list[tuple[Callable[[], dict[str, str | bytes] | bytes], str]] = [
    (many_texts, "过多"),
    (many_sheets, "不完整或已损坏"),
    (laughs, "不完整或已损坏"),
    (hidden_laughs, "不完整或已损坏"),
    (outside, "不完整或已损坏"),
    (lambda: parts(rows(PLAIN) + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "行、第 16384 列"),
    (lambda: parts(rows(PLAIN) + '<row r="9999999"><c r="A9999999"><v>1</v></c></row>'), "第 9999999 行"),
    (lambda: parts(rows(PLAIN) + '<row r="2"><c r="A2"><v>1</v></c></row>'), "不完整或已损坏"),
    (lambda: parts(rows(PLAIN) + '<row r="4"><c r="A9"><v>1</v></c></row>'), "已损坏"),
    (lambda: parts(rows(PLAIN) + '<row r="4"><c><v>1</v></c></row>'), "不完整或已损坏"),
    (lambda: parts(rows(PLAIN), after="<mergeCells>" + '<mergeCell ref="A1:C3"/>' * 2 + "</mergeCells>"), "已损坏"),
    (lambda: parts(rows(PLAIN) + '<row r="4"><c r="BYZ4"><v>1</v></c></row>'), "第 2028 列"),
    (lambda: hostile.encrypted(hostile.packed(parts(rows(PLAIN)))), "加了密码"),
    (lambda: hostile.packed(parts(rows(PLAIN)), zipfile.ZIP_LZMA), "不完整或已损坏"),
    (lambda: hostile.understated(hostile.packed(blanks(10**6)), "xl/worksheets/sheet1.xml", 100), "不完整或已损坏"),
    (lambda: hostile.packed({**{f"x{n}.xml": "" for n in range(6000)}, **parts(rows(PLAIN))}), "个以上的部件"),
    (lambda: b"PK\x05\x06" + b"\0" * 18, "不完整或已损坏"),
    (lambda: hostile.packed(parts(rows(PLAIN)))[:-100], "不完整或已损坏"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "words"), TOO_MUCH)
def test_what_cannot_be_read_costs_little_and_says_why(
    tmp_path: Path, make: Callable[[], dict[str, str | bytes] | bytes], words: str
) -> None:
    path = hostile.saved(tmp_path / "2020.xlsx", make())
    with pytest.raises(DataError) as refused:
        read(path)
    assert words in str(refused.value)
    assert path.name in str(refused.value) or "学校" in str(refused.value)


def test_more_sheets_than_are_read(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "2020.xlsx", {"学校": PLAIN, **{f"表{n}": [["x"]] for n in range(package.MAX_SHEETS)}})
    with pytest.raises(DataError, match=r"2020.xlsx 有 201 个工作表，超过上限 200 个"):
        read(path)


HEAVY = [
    lambda: blanks(140 * 2**20),
    lambda: many_cells(51_000),
    lambda: many_cells(49_000),
    lambda: parts(rows(PLAIN) + rows([("丙小学",)], first=1_048_576)),
    deep,
]


@pytest.mark.slow
@pytest.mark.skipif(not HARD, reason="make test-hard")
@pytest.mark.parametrize("make", [*READ, *(make for make, _ in TOO_MUCH), *HEAVY])
def test_every_hostile_file_within_the_memory_limit(
    tmp_path: Path, make: Callable[[], dict[str, str | bytes] | bytes]
) -> None:
    answer = told(hostile.saved(tmp_path / "2020.xlsx", make()))
    highest("seconds for one hostile file", answer["seconds"])
    highest("MB for one hostile file", answer["memory"] / 2**20)


def test_elements_without_end(tmp_path: Path) -> None:
    assert "error" in (answer := told(hostile.saved(tmp_path / "2020.xlsx", deep()))) or answer["schools"] == []


def test_a_large_csv(tmp_path: Path) -> None:
    path = tmp_path / "2020.csv"
    path.write_bytes("学校名称,办学类型,小学在校生数\n甲,小学,3\n".encode() + b"," * 5000 + b"\n" + b"\n" * 10**6)
    with pytest.raises(DataError, match="5001 列"):
        read(path)


def test_a_file_larger_than_any_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "2020.xlsx"
    with path.open("wb") as sparse:
        sparse.truncate(200 * 2**30)
    with pytest.raises(DataError, match="超过上限 50 MB"):
        read(path)


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "2020.xlsx")
    with pytest.raises(DataError, match="不是普通文件"):
        read(tmp_path / "2020.xlsx")


def test_hidden_rows_columns_and_sheets_are_read_and_said(tmp_path: Path) -> None:
    made = parts(rows(PLAIN), before='<cols><col min="3" max="3" hidden="1"/></cols>')
    made["xl/worksheets/sheet1.xml"] = str(made["xl/worksheets/sheet1.xml"]).replace(
        '<row r="3">', '<row r="3" hidden="1">'
    )
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace('sheetId="1"', 'sheetId="1" state="veryHidden"')
    book = read(hostile.saved(tmp_path / "2020.xlsx", made))
    assert book.schools["pupils_primary"].tolist() == [300, 200]
    (said,) = (f for f in book.findings if f.rule == "hidden")
    assert said.severity is Severity.INFO
    assert said.where == "学校"
    assert all(words in said.message for words in ("整个工作表", "第 3 行", "C列"))


def test_other_numbers_than_numbers(tmp_path: Path) -> None:
    """What Excel could never write as a number stops with a message, what it could is judged as it is."""
    odd = {"1e308": "超出可能", "1e999": "不是有限的数", "nan": "已损坏", "INF": "已损坏", "0x10": "已损坏"}
    odd |= {"9" * 4000: "不是有限的数", "9" * 9000: "已损坏", "-0": "", "-0.0": "", "1_0": ""}
    for value, words in odd.items():
        path = hostile.saved(tmp_path / "2020.xlsx", parts(rows([HEAD, ("甲小学", "小学", f"<c><v>{value}</v></c>")])))
        assert words in (answer := _said(path)), (value, answer)
        count("odd numbers in a cell")


def _said(path: Path) -> str:
    from edukit.checks import check

    try:
        return "".join(f.message for f in check(read(path)))
    except DataError as error:
        return str(error)


def test_names_that_are_code_elsewhere_are_names_here(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "2020.xlsx", {"学校": [HEAD, ("'=1+1", "小学", 300), ("../../x", "小学", 200)]})
    assert read(tmp_path / "2020.xlsx").schools["school_name"].tolist() == ["'=1+1", "../../x"]
