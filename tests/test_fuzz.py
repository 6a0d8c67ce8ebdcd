"""Anything at all given to every reader: it is read, or refused in words; never a traceback."""

from __future__ import annotations

import datetime as dt
import io
import math
import zipfile
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import county as made
import hostile
from counts import count, times
from edukit import dictionary
from edukit.checks import check
from edukit.errors import DataError, EdukitError
from edukit.exact import converted, fraction, total
from edukit.findings import Severity
from edukit.workbook import columns, read
from edukit.workbook.cells import parse, unit_named
from edukit.workbook.grid import Grid, Trouble, grids_of
from edukit.workbook.rows import kind_of

FIELDS = st.sampled_from(dictionary.load().fields)
DIGITS = st.text("0123456789.,+-eE %元亩人㎡０１２，．－ '\"", max_size=14)
CELL = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.datetimes() | st.dates() | st.times() | st.timedeltas()
    | st.text(max_size=30) | DIGITS | st.builds(Trouble, st.text(max_size=9000), st.just("公式出错"))
    | st.just(10**400) | st.just(dt.timedelta.max)
)  # fmt: skip
TYPED = CELL.filter(lambda cell: not isinstance(cell, Trouble))
ENDING = st.sampled_from([".csv", ".txt", ".tsv", ".xlsx", ".xlsm"])


def tried(what: str, path: Path, content: bytes) -> None:
    """Read and check bytes as a file; only errors in words may come out."""
    path.write_bytes(content)
    try:
        book = read(path)
        assert all(f.where and f.problem for f in check(book))
        count(f"{what}: read")
    except EdukitError as error:
        assert path.name in str(error) or "表" in str(error)
        assert len(str(error)) < 2000
        count(f"{what}: refused")


@settings(max_examples=times(150, 20_000))
@given(CELL, FIELDS, st.booleans())
def test_any_cell(cell: object, item: dictionary.Field, whole: bool) -> None:
    value, remark = parse(cell, item, whole=whole)  # type: ignore[arg-type]
    if item.numeric:
        assert value is None or (isinstance(value, float) and math.isfinite(value))
    else:
        assert value is None or (isinstance(value, str) and 0 < len(value) <= max(item.longest, 60))
    if remark is not None:
        assert remark.problem
        assert len(remark.found) <= 60
        assert remark.severity is not Severity.ERROR or value is None
    count("cells of any kind")


@settings(max_examples=times(100, 5000))
@given(st.lists(CELL, max_size=8))
def test_any_row(cells: list[object]) -> None:
    assert kind_of(cells)  # type: ignore[arg-type]
    assert all(isinstance(unit_named(cell), str) for cell in cells)


@settings(max_examples=times(100, 5000))
@given(st.floats(-1e15, 1e15, allow_nan=False), st.sampled_from([1.0, 0.0001, 2000 / 3, 10000.0]))
def test_numbers_keep_what_was_typed(number: float, factor: float) -> None:
    assert float(fraction(number)) == number
    assert math.isfinite(converted(number, factor))
    assert total([number, -number]) == 0


@settings(max_examples=times(60, 4000))
@given(content=st.binary(max_size=300), ending=ENDING)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str) -> None:
    tried("files of any bytes", tmp_path_factory.mktemp("x") / f"2020{ending}", content)


@settings(max_examples=times(60, 3000))
@given(
    grid=st.lists(st.lists(CELL.filter(lambda c: not isinstance(c, Trouble)), max_size=5), max_size=6),
    head=st.booleans(),
)
def test_any_table(tmp_path_factory: pytest.TempPathFactory, grid: list[list[object]], head: bool) -> None:
    first = [["学校名称", "办学类型", "小学在校生数", "教学仪器设备资产值", "初中在校生数"]] if head else []
    content = made.csv_bytes([*first, *grid], "gb18030") if _encodes(grid) else made.csv_bytes(first)
    tried("tables of any cells", tmp_path_factory.mktemp("x") / "2020.csv", content)


def _encodes(grid: list[list[object]]) -> bool:
    try:
        made.csv_bytes(grid, "gb18030")
    except UnicodeEncodeError:
        return False
    return True


@cache
def good() -> bytes:
    buffer = io.BytesIO()
    with TemporaryDirectory() as folder:
        path = made.write_xlsx(Path(folder, "x.xlsx"), {"学校": made.table(made.town())})
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(buffer, "w") as target:
            for name in source.namelist():
                target.writestr(zipfile.ZipInfo(name), source.read(name))
    return buffer.getvalue()


@settings(max_examples=times(40, 3000))
@given(seed=st.integers(0, 10**9))
def test_a_workbook_with_bytes_changed(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    random, content = Random(seed), bytearray(good())
    for _ in range(random.randint(1, 8)):
        place = random.randrange(len(content))
        match random.randrange(4):
            case 0:
                content[place] = random.randrange(256)
            case 1:
                del content[place : place + random.randint(1, 400)]
            case 2:
                content[place:place] = content[place : place + random.randint(1, 400)]
            case _:
                content[place : place + 8] = random.randbytes(8)
    tried("workbooks with bytes changed", tmp_path_factory.mktemp("x") / "2020.xlsx", bytes(content))


WORDS = """<c> </c> <v> </row> <row> <row_r="3"> <f>1</f> <v/> <is><t>x</t></is> _t="s" _t="d" _t="e" _t="b" _s="99"
&amp; &#0; <mergeCell/> _r="A1" _r="ZZZZ9" </sheetData> <sheetData> -1 1e9 nan""".split()


@settings(max_examples=times(60, 4000))
@given(seed=st.integers(0, 10**9))
def test_a_sheet_with_its_xml_changed(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    random = Random(seed)
    parts = hostile.parts(hostile.rows(hostile.PLAIN), after='<mergeCells><mergeCell ref="A2:A3"/></mergeCells>')
    name = random.choice(["xl/worksheets/sheet1.xml"] * 6 + list(parts))
    text = str(parts[name])
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(text))
        text = text[:place] + random.choice(WORDS).replace("_", " ") + text[place + random.randrange(0, 12) :]
    tried(
        "workbooks with XML changed", tmp_path_factory.mktemp("x") / "2020.xlsx", hostile.packed({**parts, name: text})
    )


def test_parts_in_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    """Found by the test above with seed 237."""
    parts = hostile.parts(hostile.rows(hostile.PLAIN))
    for name in ("_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        bare = str(parts[name]).partition("?>")[2] or str(parts[name])
        path = tmp_path / "2020.xlsx"
        path.write_bytes(hostile.packed({**parts, name: f'<?xml version="1.0" encoding="U1e9-8"?>{bare}'}))
        with pytest.raises(DataError, match="损坏"):
            read(path)


KEYS = st.sampled_from(["column", "value", "factor", "max", "times"])
YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["school_name", "pupils_primary", "办学类型", "x"]) | st.integers()
OTHERS = st.sampled_from(["sheet", "rows", "note", "y"]) | st.integers()


@settings(max_examples=times(80, 4000))
@given(st.dictionaries(NAMES, YAML, max_size=4), st.dictionaries(OTHERS, YAML, max_size=2))
def test_any_columns_file(fields: dict[object, object], rest: dict[object, object]) -> None:
    content = yaml.safe_dump({"fields": fields, **rest}, allow_unicode=True).encode()
    try:
        columns.read(Path("columns.yaml"), content)
        count("columns files: read")
    except DataError:
        count("columns files: refused")


@settings(max_examples=times(80, 4000))
@given(st.binary(max_size=80) | st.text(":{}[]&*!|>-#\"' \nfields", max_size=60).map(str.encode))
def test_any_bytes_as_columns_file(content: bytes) -> None:
    with pytest.raises(DataError):
        columns.read(Path("columns.yaml"), content)


def test_a_columns_file_that_grows_when_read() -> None:
    laughs = "a: &a [x, x]\nb: &b [*a, *a]\nfields: {school_name: *b}\n"
    with pytest.raises(DataError, match="引用"):
        columns.read(Path("columns.yaml"), laughs.encode())
    with pytest.raises(DataError, match="层次过深"):
        columns.read(Path("columns.yaml"), ("fields: " + "[" * 5000 + "]" * 5000).encode())


def test_grids_of_anything_have_rows_of_one_width() -> None:
    for grid in grids_of(Path("2020.csv"), b"a,b\nc\n\n,,,d"):
        assert isinstance(grid, Grid)
        assert len({len(row) for row in grid.rows}) == 1
