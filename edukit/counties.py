"""Where a county's files lie: ``data/raw/<code>-<name>/<year>.xlsx``, ``.csv``, or a folder of CSV files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from edukit.cards import card
from edukit.errors import CallError, EdukitError

HOME_VARIABLE = "EDUKIT_HOME"
"""Environment variable that names the project folder (the one that holds data/raw, notebooks and reports)."""


COSTS_FILE = "costs.yaml"
"""A county's own unit costs and limits of a plan, beside its data."""


_TABLES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".csv")
"""How files end that may hold a table, whether edukit reads them or not."""


@dataclass(frozen=True)
class County:
    """A county's code (行政区划代码, text), name and folder below data/raw."""

    code: str
    name: str
    folder: Path

    @property
    def slug(self) -> str:
        """The folder name, ``<code>-<name>``."""
        return self.folder.name

    def _repr_html_(self) -> str:
        """Code, name, and the years that can be opened."""
        years = self.years()
        note = f'打开：case = open_case("{self.code or self.name}", {max(years)}, "quality-2017")' if years else ""
        have = "、".join(f"{year}年" for year in years) or "没有"
        return card(self.slug, [("行政区划代码", self.code), ("县名", self.name), ("有数据的年度", have)], note)

    def years(self) -> dict[int, Path]:
        """The years for which there is data, each with its file or folder; ``.xlsx`` wins over a folder over CSV."""
        found: list[tuple[int, str, int]] = []
        try:
            with os.scandir(self.folder) as listing:  # one look at each folder: a batch has thousands
                for entry in listing:
                    stem, suffix = os.path.splitext(os.path.normcase(entry.name))
                    if re.fullmatch(r"\d{4}", stem) and ((folder := _is_folder(entry)) or suffix in (".csv", ".xlsx")):
                        found.append((1 if folder else 2 if suffix == ".xlsx" else 0, entry.name, int(stem)))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise EdukitError(f"无法读取文件夹 {self.folder}（{error.strerror}）。请确认它可读，然后重试。") from error
        best = {year: self.folder / name for _, name, year in sorted(found)}  # of a year the last stays
        return dict(sorted(best.items()))

    def misnamed(self) -> list[str]:
        """What looks like a year's data and is not seen by :meth:`years`: not named by the year alone, or no .xlsx.

        >>> find_county("新邱区").misnamed()
        []
        """
        have = self.years()
        names = sorted(
            entry.name for entry in self.folder.iterdir() if entry.is_dir() or entry.suffix.lower() in _TABLES
        )
        named = {
            name: re.search(r"(?<!\d)(19|20)\d\d(?!\d)", name) for name in names if not name.startswith((".", "~$"))
        }
        return [name for name, year in named.items() if year and int(year[0]) not in have]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself: whoever opens it is told
        return False


@dataclass(frozen=True)
class Prefecture:
    """A city (地级市): its code, its name ("" where it is not known), and its counties with a folder in data/raw."""

    code: str
    name: str
    counties: tuple[County, ...]

    @property
    def slug(self) -> str:
        """``<code>-<name>``, or the code alone where the name is not known."""
        return f"{self.code}-{self.name}" if self.name else self.code


def costs_beside(folder: Path) -> Path | None:
    """The file of a county's own unit costs in the folder of its data; None where it has none."""
    own = folder / COSTS_FILE
    return own if own.is_file() else None


def home() -> Path:
    """The project folder: ``EDUKIT_HOME``, else the nearest folder upwards that holds data/raw, else here."""
    if given := os.environ.get(HOME_VARIABLE):
        return Path(given)
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "data" / "raw").is_dir()), here)


def not_for_notebooks(root: Path) -> tuple[Path, ...]:
    """What a notebook only reads: the data, and the reports, where others' lie too; a file of its own it attaches."""
    return root / "data" / "raw", root / "reports"


def parse_slug(slug: str) -> tuple[str, str]:
    """Code and name of a folder name; the code is empty where there is none.

    >>> parse_slug("210903-新邱区"), parse_slug("新邱区")
    (('210903', '新邱区'), ('', '新邱区'))
    """
    match = re.fullmatch(r"(\d+)[-_ ]*(.+)", slug)
    return (match[1], match[2]) if match else ("", slug)


def all_counties(root: Path | None = None) -> list[County]:
    """Every county that has a folder in data/raw, by folder name."""
    raw = (root or home()) / "data" / "raw"
    folders = sorted(path for path in raw.glob("*") if path.is_dir() and not path.name.startswith("."))
    return [County(*parse_slug(folder.name), folder) for folder in folders]


def find_county(wanted: str, root: Path | None = None) -> County:
    """Find a county in data/raw by its code, its name, or ``<code>-<name>``.

    >>> county = find_county("新邱区")
    >>> county.code, sorted(county.years())
    ('210903', [2018, 2019, 2020])

    Raises:
        CallError: there is none, or the name fits several.
    """
    return Places(root).find(wanted)


class Places:
    """The counties in data/raw, for whoever asks for many: the folders are looked through once, and only if need be."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or home()

    def find(self, wanted: str) -> County:
        """See :func:`find_county`."""
        text = str(wanted).strip()
        folder = self._root / "data" / "raw" / text
        if re.fullmatch(r"\d{6}-[^/\\]+", text) and folder.is_dir():  # no need to look through thousands of folders
            return County(*parse_slug(text), folder)
        fits = self._named.get(text, [])
        if len(fits) == 1:
            return fits[0]
        if fits:
            better = "请写文件夹的全名" if all(c.code == text for c in fits) else "请改用行政区划代码"
            raise CallError(f"“{text}”对应多个县：{'、'.join(c.slug for c in fits)}。{better}。")
        if not self._all:
            raise CallError("data/raw 中没有任何县的数据。请把工作簿放到 data/raw/<行政区划代码>-<县名>/<年度>.xlsx。")
        names = [text for county in self._all for text in (county.slug, county.name, county.code)]
        near = get_close_matches(text, names, n=1, cutoff=0.5)
        shown = "、".join(county.slug for county in self._all[:10]) + ("……" if len(self._all) > 10 else "")
        raise CallError(f"data/raw 中没有“{text}”。{f'是否指 {near[0]}？' if near else ''}现有：{shown}。")

    @cached_property
    def _all(self) -> list[County]:
        return all_counties(self._root)

    @cached_property
    def _named(self) -> dict[str, list[County]]:
        """Code, name and slug -> whom they fit."""
        found: dict[str, list[County]] = {}
        for county in self._all:
            for text in {county.code, county.name, county.slug}:
                found.setdefault(text, []).append(county)
        return found


def find_year(county: County, year: int) -> Path:
    """The file or folder of one year.

    Raises:
        CallError: there is none for that year.
    """
    years = county.years()
    if year in years:
        return years[year]
    have = "、".join(map(str, years)) or "没有任何年度的数据"
    other = [name for name in county.misnamed() if str(year) in name]
    hint = f"文件夹中的 {'、'.join(other)} 没有读取：应命名为 {year}.xlsx。" if other else ""
    raise CallError(f"{county.slug} 没有 {year} 年的数据（data/raw/{county.slug}/{year}.xlsx）。现有：{have}。{hint}")


def find_city(wanted: str, root: Path | None = None, known: Iterable[str] = ()) -> Prefecture:
    """The city of a code that ends in 00, of ``<code>-<name>``, or of a name that is known.

    Its counties are those in data/raw whose code begins with the city's first four digits.

    Args:
        wanted: code, ``<code>-<name>`` or name.
        root: project folder; found as :func:`home` does where None.
        known: ``<code>-<name>`` of cities whose names are known besides those that have a folder in data/raw or
            reports.

    Raises:
        CallError: it is no city, its name is not known, or none of its counties has data.
    """
    base = root or home()
    folders = [*(base / "data" / "raw").glob("*00-*"), *(base / "reports").glob("*/*00-*")]
    slugs = [parse_slug(slug) for slug in (*known, *sorted(folder.name for folder in folders))]
    names = {code: name for code, name in reversed(slugs) if _is_city(code)}
    text = str(wanted).strip()
    code, name = (text, "") if text.isdigit() else parse_slug(text)
    if not code:
        code = next((code for code, own in names.items() if own == name), "")
    if not _is_city(code):
        raise CallError(
            f"“{wanted}”不是已知的市。应为以 00 结尾的六位行政区划代码，如 450800，或“代码-市名”，如 450800-贵港市。"
        )
    counties = [c for c in all_counties(base) if c.code.startswith(code[:4]) and not _is_city(c.code)]
    if not counties:
        raise CallError(
            f"data/raw 中没有 {wanted} 所辖县的数据：应有行政区划代码以 {code[:4]} 开头的文件夹，"
            f"如 data/raw/{code[:4]}02-<县名>。"
        )
    return Prefecture(code, name or names.get(code, ""), tuple(counties))


def _is_city(code: str) -> bool:
    return re.fullmatch(r"\d{4}00", code) is not None
