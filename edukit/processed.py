"""The validated tables of all counties in one place: ``data/processed/schools/year=<year>/<code>.parquet``.

A county's workbook is read and checked once; what national and provincial tables are made from is then one file per
county and year that loads in a millisecond. The same workbook always gives the same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from edukit import __version__, counties, dictionary
from edukit.checks import check
from edukit.errors import CallError, DataError, EdukitError
from edukit.findings import errors
from edukit.workbook import Workbook, digest
from edukit.workbook import read as read_book

FOLDER = Path("data") / "processed" / "schools"
KEYS = ("code", "county", "year")
"""Columns that stand before the fields of the 学校 sheet."""
STAMP, MAKER, NOTES = b"edukit.digest", b"edukit.maker", b"edukit.notes"
"""Metadata of a file: SHA-256 of the workbook that it was made from; by what it was made, see :func:`maker`; what the
workbook says about its own data, one sentence a line."""


@dataclass(frozen=True)
class Refreshed:
    """What :func:`refresh` did, each county and year as ``<code>-<name>/<year>``.

    Attributes:
        written: made anew, because the workbook or edukit changed.
        skipped: unchanged.
        failed: not usable, with the reason; what was there of an earlier workbook is removed.
        removed: files whose workbook is gone.
    """

    written: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    removed: tuple[str, ...] = ()


def place(root: Path, code: str, year: int) -> Path:
    """The file of a county and year."""
    return root / FOLDER / f"year={year}" / f"{code}.parquet"


def tidy(book: Workbook) -> pd.DataFrame:
    """One row per school: code, county, year and every school-level field of the dictionary; unknown is missing.

    Raises:
        DataError: the workbook does not tell the county's code or the year.
    """
    if not re.fullmatch(r"\d{6}", book.code) or not book.year:
        raise DataError(
            f"{book.path.name} 没有写明县的行政区划代码（六位数字）或年度，无法归入 data/processed。"
            "请放到 data/raw/<代码>-<县名>/<年度>.xlsx。"
        )
    spec = dictionary.load()
    numeric = {field.name: field.numeric for field in spec.fields}
    keys = pd.DataFrame(
        {
            "code": pd.Series(book.code, index=book.schools.index, dtype="str"),
            "county": pd.Series(book.county, index=book.schools.index, dtype="str"),
            "year": pd.Series(book.year, index=book.schools.index, dtype="int64"),
        }
    )
    fields = [name for name in book.schools.columns if name not in KEYS]
    types = {name: "float64" if numeric.get(name) else "str" for name in fields}
    return pd.concat([keys, book.schools[fields].astype(types)], axis=1).reset_index(drop=True)


@cache
def maker() -> str:
    """Version of edukit and digest of its data dictionary: where either changes, every file is made anew."""
    columns = (Path(dictionary.__file__).parent / "dictionary.yaml").read_bytes()
    return f"{__version__} {hashlib.sha256(columns).hexdigest()[:16]}"


def content(book: Workbook) -> bytes:
    """The file of a workbook: the same bytes for the same workbook.

    Raises:
        DataError: as in :func:`tidy`.
    """
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.Table.from_pandas(tidy(book), preserve_index=False)
    told = {STAMP: book.digest.encode(), MAKER: maker().encode(), NOTES: "\n".join(book.notes).encode()}
    table = table.replace_schema_metadata(told)
    out = io.BytesIO()
    parquet.write_table(table, out, compression="zstd", use_dictionary=True)
    return out.getvalue()


def write(book: Workbook, root: Path) -> Path:
    """Put the schools of a checked workbook into data/processed, in one step; returns the file.

    Raises:
        DataError: as in :func:`tidy`.
        EdukitError: the folder cannot be written to; the earlier file is untouched.
    """
    data, path = content(book), place(root, book.code, book.year)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as part:
            try:
                part.write(data)
                part.flush()
                os.fsync(part.fileno())
                part.close()
                os.replace(part.name, path)
            except BaseException:
                part.close()
                Path(part.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise EdukitError(
            f"无法写入 {path.name}（{error.strerror or error}）。请确认 data/processed 可写、磁盘未满后重试。"
        ) from error
    return path


def stamp(path: Path) -> tuple[str, str]:
    """Digest and maker in a file's metadata; empty where there is no file, or one that cannot be read."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        found = parquet.read_schema(path).metadata or {}
    except (OSError, pa.ArrowException):
        return "", ""
    return found.get(STAMP, b"").decode(), found.get(MAKER, b"").decode()


def read(root: Path, years: Collection[int] | None = None, codes: Collection[str] | None = None) -> pd.DataFrame:
    """All schools of the counties and years asked for, in the order of year and code.

    Args:
        root: project folder.
        years: which years; all where None.
        codes: codes of counties, or their beginnings (``45`` is a province); all where None.

    Returns:
        Columns as in :func:`tidy`; words are categories, which judging all at once is fast with.

    Raises:
        CallError: there is nothing of it in data/processed.
    """
    import pyarrow as pa
    from pyarrow import parquet

    paths = _files(root, years, codes)
    if not paths:
        asked = "、".join([*(f"{year}年" for year in years or ()), *map(str, codes or ())])
        raise CallError(
            f"data/processed 中没有{asked or '任何'}的学校数据。"
            "请先把工作簿放到 data/raw/<代码>-<县名>/<年度>.xlsx，核对无误后再试。"
        )
    tables = [parquet.ParquetFile(path).read().replace_schema_metadata() for path in paths]
    whole = pa.concat_tables(tables, promote_options="permissive")
    words = [
        field.name for field in whole.schema if pa.types.is_large_string(field.type) or pa.types.is_string(field.type)
    ]
    return whole.to_pandas(categories=words, split_blocks=True)


def fingerprint(root: Path, years: Collection[int] | None = None, codes: Collection[str] | None = None) -> str:
    """SHA-256 over the digests of all workbooks that :func:`read` would give the schools of."""
    told = [f"{_year(path)} {path.stem} {stamp(path)[0]}" for path in _files(root, years, codes)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def notes(
    root: Path, years: Collection[int] | None = None, codes: Collection[str] | None = None
) -> dict[str, list[str]]:
    """The first thing that workbooks say about their own data (constructed, generated …), each with the codes."""
    from pyarrow import parquet

    said: dict[str, list[str]] = {}
    for path in _files(root, years, codes):
        told = (parquet.read_schema(path).metadata or {}).get(NOTES, b"").decode()
        if told:
            said.setdefault(re.split("[：；。\n]", told)[0], []).append(path.stem)
    return said


def _files(root: Path, years: Collection[int] | None = None, codes: Collection[str] | None = None) -> list[Path]:
    return [
        path
        for path in sorted((root / FOLDER).glob("year=*/*.parquet"))
        if (years is None or _year(path) in years) and (codes is None or path.stem.startswith(tuple(codes)))
    ]


def _year(path: Path) -> int:
    text = path.parent.name.removeprefix("year=")
    return int(text) if text.isdigit() else 0


def refresh(root: Path, years: Collection[int] | None = None) -> Refreshed:
    """Bring data/processed up to date with data/raw: only what changed is written, what cannot be used is named.

    Args:
        root: project folder.
        years: which years; all where None.
    """
    written: list[str] = []
    skipped: list[str] = []
    failed: list[tuple[str, str]] = []
    kept: set[Path] = set()
    seen: dict[tuple[str, int], str] = {}
    for county in counties.all_counties(root):
        for year, path in county.years().items():
            if years is not None and year not in years:
                continue
            name = f"{county.slug}/{year}"
            if county.code and (first := seen.setdefault((county.code, year), county.slug)) != county.slug:
                failed.append((name, f"行政区划代码与 {first} 相同，没有计入"))
                continue
            try:
                state, file = _refreshed(path, county.code, year, root)
            except EdukitError as error:
                failed.append((name, str(error)))
                continue
            kept.add(file)
            (written if state else skipped).append(name)
    removed = list(_orphans(root, kept, years))
    return Refreshed(tuple(written), tuple(skipped), tuple(failed), tuple(removed))


def _refreshed(path: Path, code: str, year: int, root: Path) -> tuple[bool, Path]:
    """Whether a county's file was written, and which it is."""
    file = place(root, code, year)
    if stamp(file) == (digest(path), maker()):
        return False, file
    book = read_book(path)
    if hard := errors(check(book)):
        raise DataError(f"有{len(hard)}处错误，第一处：{hard[0].where} {hard[0].message}", hard)
    return True, write(book, root)


def _orphans(root: Path, kept: set[Path], years: Collection[int] | None) -> Iterator[str]:
    """Remove files that no usable workbook stands behind, so that no outdated number is counted."""
    for path in _files(root):
        if path not in kept and (years is None or _year(path) in years):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            yield f"{_year(path)}/{path.stem}"


def summary(done: Refreshed) -> dict[str, Any]:
    """How many of each, and every failure with its reason, as a command prints it with ``--json``."""
    return {
        "written": len(done.written),
        "skipped": len(done.skipped),
        "removed": list(done.removed),
        "failed": [{"county": name, "reason": reason} for name, reason in done.failed],
    }
