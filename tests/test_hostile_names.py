"""Names that are code somewhere, in HTML, Excel, a path or a notebook: whatever they say is shown and never done."""

from __future__ import annotations

import ast
import io
import json
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import nbformat
import openpyxl
import pytest
import xlsxwriter
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from papermill.translators import PythonTranslator

import county as made
from counts import count, times
from edukit import counties
from edukit.checks import check
from edukit.errors import CallError
from edukit.index import write_index
from edukit.run import parameters
from edukit.workbook import read
from reports import _project, make

NAMES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>小学",
    '"><svg onload=alert(1)>',
    "]]></style><!--",
    '=HYPERLINK("http://x.invalid","点")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3小学",
    "@SUM(A1)",
    "../../x",
    "{{ 7*7 }}{% raw %}",
    "$(touch ~/edukit-was-here)",
    "'; DROP TABLE 学校; --",
    '"""\nimport os\n"""',
    "第一\r\n小学",
    "\u202e学小二第",
    "👩‍🏫小学🏫",
    "javascript:alert(1)",
    "&lt;b&gt;小学&amp;",
    "C:\\Windows\\x",
    "NUL",
    "__import__('os').system('x')",
)
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FOLDER = "990099-县'\"<b>&{x}; $(x) =1+1"


@pytest.fixture(scope="module")
def hostile_home() -> Iterator[Path]:
    """A county that has such a name, as has every school of it; and another that is the same but named plainly."""
    root = _project()
    for folder, names in ((FOLDER, NAMES), ("990098-平常县", [f"第{i}号学校" for i in range(len(NAMES))])):
        rows = [
            (made.primary if i % 3 else made.nine_year)(name, township=names[-1 - i], teaching_area=800.0 + 10 * i)
            for i, name in enumerate(names)
        ]
        for row in rows[:3]:
            row["backbone_teachers_primary"] = None
        for year in (2019, 2020):
            notes = [[f"说明{name}"] for name in names[::2]] + [[name] for name in names[1::2]]
            _write_texts(root / "data" / "raw" / folder / f"{year}.xlsx", {"学校": made.table(rows), "数据说明": notes})
    yield root
    shutil.rmtree(root)


def _write_texts(path: Path, sheets: Mapping[str, list[list[Any]]]) -> None:
    """Sheets in which a text is a text, whatever it begins with."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        for name, grid in sheets.items():
            sheet = book.add_worksheet(name)
            for r, line in enumerate(grid):
                for c, value in enumerate(line):
                    if isinstance(value, str):
                        sheet.write_string(r, c, value)
                    elif value is not None:
                        sheet.write_number(r, c, value)


def shown(name: str) -> str:
    """A name as reading keeps it."""
    return " ".join(name.replace("\u202e", "").replace("\u200d", "").split())


def skeleton(path: Path) -> Counter[str]:
    """How often each tag stands in a page, and which of its attributes could do something."""
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    found: Counter[str] = Counter()
    for tag in soup.find_all(True):
        found[tag.name] += 1
        for attribute, value in tag.attrs.items():
            if attribute.startswith("on") or attribute in ("href", "src", "action", "srcdoc", "formaction"):
                link = str(value)
                found[f"{tag.name} {attribute} {link if not link.startswith(('data:', '#')) else link[:5]}"] += 1
    return found


@pytest.mark.slow
@pytest.mark.parametrize("notebook", ["balance", "school_plan"][: times(1, 2)])
def test_a_report_of_hostile_names_is_a_report_of_names(hostile_home: Path, notebook: str) -> None:
    formats = ("html", "docx", "xlsx")
    plain = make(hostile_home, "990098", notebook=notebook, formats=formats)
    bad = make(hostile_home, "990099", notebook=notebook, formats=formats)
    same, other = skeleton(plain), skeleton(bad)
    for tag in {*same, *other}:
        if tag not in ("tspan", "text", "br", "g", "path", "use", "wbr"):  # long names take more lines in a figure
            assert other[tag] == same[tag], tag
    text = BeautifulSoup(bad.read_text(encoding="utf-8"), "html.parser").get_text()
    for name in NAMES:
        assert "".join(shown(name).split()) in "".join(text.split()), name
    assert not (Path.home() / "edukit-was-here").exists()
    assert bad.parent == hostile_home / "reports" / "2020" / FOLDER
    _no_formula(bad.parent)
    assert _does(bad.with_suffix(".docx")) == _does(plain.with_suffix(".docx"))
    said = "".join("".join(ET.fromstring(_document(bad.with_suffix(".docx"))).itertext()).split())
    assert [name for name in NAMES if "".join(shown(name).split()) not in said] == []
    executed = nbformat.read(bad.with_suffix(".ipynb"), as_version=4)
    injected = next(cell for cell in executed.cells if "injected-parameters" in cell.metadata.get("tags", ()))
    values = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(injected.source).body}  # type: ignore[attr-defined]
    assert values["county"] == FOLDER
    document = json.loads((bad.parent / "assessment.json").read_text(encoding="utf-8"))
    assert {entry["school"] for entry in document["schools"]} == set(map(shown, NAMES))
    count("hostile names through whole reports", len(NAMES))


def _document(path: Path) -> bytes:
    with zipfile.ZipFile(path) as package:
        return package.read("word/document.xml")


def _does(path: Path) -> Counter[str]:
    """What a Word file could do: its fields without what they count, its links, and every part that leads elsewhere."""
    found: Counter[str] = Counter()
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            assert not re.search("vba|embed|activex|external", name.lower()), name
            tree = ET.fromstring(package.read(name)) if name.endswith((".xml", ".rels")) else ET.Element("picture")
            for element in tree.iter():
                tag = element.tag.rpartition("}")[2]
                if tag in ("fldSimple", "instrText", "hyperlink", "object", "OLEObject", "altChunk", "subDoc"):
                    instruction = element.get(f"{WORD}instr") or element.text or element.get(f"{WORD}anchor") or ""
                    found[f"{tag} {instruction.split()[:1]}"] += 1
                if element.get("TargetMode") == "External":
                    found[f"{tag} {element.get('Target')}"] += 1
    assert found
    return found


def _no_formula(folder: Path) -> None:
    for path in folder.glob("*.xlsx"):
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as package:
            for name in package.namelist():
                if name.startswith("xl/worksheets/"):
                    assert b"<f>" not in package.read(name)
            assert not [name for name in package.namelist() if "external" in name.lower() or "vba" in name.lower()]
        book = openpyxl.load_workbook(path)
        places = {None, *(f"'{title.replace(chr(39), chr(39) * 2)}'!A1" for title in book.sheetnames)}
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f"
                    if link := cell.hyperlink:  # the contents lead to the sheets of the same file
                        assert (link.id, link.target) == (None, None)
                        assert link.location in places
                    if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
                        assert cell.quotePrefix, (path.name, cell.coordinate)
                        count("cells that begin like a formula and are marked as text")


def test_the_index_of_hostile_names(hostile_home: Path) -> None:
    folder = hostile_home / "reports" / "2020" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "balance.html").exists() or (folder / "balance.html").write_text("<html>", encoding="utf-8")
    before = folder.with_name("990098-平常县")
    before.mkdir(exist_ok=True)
    (before / "balance.html").exists() or (before / "balance.html").write_text("<html>", encoding="utf-8")
    write_index(hostile_home)
    soup = BeautifulSoup((hostile_home / "reports" / "index.html").read_text(encoding="utf-8"), "html.parser")
    links = [str(link["href"]) for link in soup.find_all("a", href=True)]
    assert any("990099" in link for link in links)
    assert not [link for link in links if "<" in link or '"' in link or link.startswith(("javascript", "/", "http"))]
    assert len(soup.find_all("script")) == 1
    assert FOLDER.partition("-")[2] in soup.get_text()


def test_hostile_schools_are_checked_like_others(hostile_home: Path) -> None:
    book = read(hostile_home / "data" / "raw" / FOLDER / "2020.xlsx")
    assert book.schools["school_name"].tolist() == list(map(shown, NAMES))
    assert [f for f in check(book) if f.severity == "error"] == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("第一小学", "第一 小学"),
        ("第１小学", "第1小学"),
        ("第一小学", "第一\u200b小学"),
        ("第一小学", "\u202e第一小学\u202c"),
        ("甲（东）", "甲(东)"),
    ],
)
def test_names_that_only_look_different_are_the_same_school(tmp_path: Path, first: str, second: str) -> None:
    book = made.opened(tmp_path, [made.primary(first), made.primary(second, 300)])
    assert [f.rule for f in check(book) if f.severity == "error"] == ["duplicate"]


@pytest.mark.parametrize("field", ["school_name", "township"])
def test_a_name_of_five_hundred_characters_is_refused_with_its_cell(tmp_path: Path, field: str) -> None:
    rows = [{**made.primary(), "township": "甲镇", field: "长" * 500}, made.primary("乙")]
    (error,) = (f for f in check(made.opened(tmp_path, rows)) if f.severity == "error")
    assert error.rule == "too-long"
    assert error.where == made.address(made.table(rows), field, 2)
    assert "有 500 个字，过长（最多 60 个）" in error.message
    assert len(error.message) < 200


@pytest.mark.parametrize("name", ["..", "../x", "x/../../y", "", " ", ".", "/etc", "data"])
def test_no_name_leads_out_of_the_project(tmp_path: Path, name: str) -> None:
    (tmp_path / "data" / "raw" / "210903-新邱区").mkdir(parents=True)
    with pytest.raises(CallError):
        counties.find_county(name, tmp_path)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(NAMES)


@given(st.dictionaries(st.sampled_from(["county", "scheme", "note"]), TEXT, min_size=1))
def test_text_reaches_a_notebook_as_data(values: dict[str, str]) -> None:
    """What papermill writes into the notebook is one assignment for each parameter, of just that text."""
    body = ast.parse(PythonTranslator.codify(parameters._plain(values))).body
    assert {node.targets[0].id: ast.literal_eval(node.value) for node in body} == values  # type: ignore[attr-defined]
    count("texts as parameters of a notebook")
