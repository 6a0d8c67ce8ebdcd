"""What a notebook's report is about: a county, a city, or all counties of a province or the nation.

Its parameters tell: one that takes ``county`` is about a county; one that takes ``city`` instead is about a city; one
that takes only ``province`` is about all counties. Everything else that differs between the three is said here: the
folder name of the report, whose data it is made from, and which parameters edukit fills in by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from edukit import counties
from edukit.counties import County
from edukit.errors import CallError
from edukit.national import PROVINCES, province_code

Kind = Literal["county", "city", "province"]
NATION: Final = "000000-全国"
OWN: Final = frozenset({"county", "city", "province", "year", "scheme"})
"""Parameters that edukit gives a notebook by itself, where it declares them."""


@dataclass(frozen=True)
class Subject:
    """What one report is about.

    Attributes:
        kind: ``county``, ``city`` or ``province`` (the nation too).
        slug: folder name of the report, ``<code>-<name>``.
        value: what the notebook's parameter of that kind is given.
        counties: those whose data the report is made from.
    """

    kind: Kind
    slug: str
    value: str
    counties: tuple[County, ...]

    def years(self) -> dict[int, tuple[Path, ...]]:
        """The years for which any of the counties has data, each with the files or folders."""
        found: dict[int, list[Path]] = {}
        for county in self.counties:
            for year, path in county.years().items():
                found.setdefault(year, []).append(path)
        return {year: tuple(found[year]) for year in sorted(found)}

    def parameters(self, year: int) -> dict[str, object]:
        """What edukit gives the notebook by itself."""
        return {self.kind: self.value, "year": year}


def kind_of(declared: Iterable[str]) -> Kind:
    """What a notebook that declares these parameters is about.

    >>> kind_of(["city", "year"]), kind_of(["year", "province"]), kind_of([])
    ('city', 'province', 'county')
    """
    names = set(declared)
    if "county" in names:
        return "county"
    return "city" if "city" in names else "province" if "province" in names else "county"


def find(
    kind: Kind,
    wanted: str,
    root: Path,
    defaults: Mapping[str, object] | None = None,
    places: counties.Places | None = None,
) -> Subject:
    """The subject of a code, a name, or ``<code>-<name>``.

    Args:
        kind: what the notebook is about.
        wanted: a county, a city, or a province (``450000-广西``, ``广西``) or the nation (``000000-全国``).
        root: project folder.
        defaults: the notebook's parameters; the city that they name is known even where no folder bears its name.
        places: the counties in data/raw, for whoever asks for many.

    Raises:
        CallError: there is none, or none of its counties has a folder in data/raw.
    """
    if kind == "county":
        place = (places or counties.Places(root)).find(wanted)
        return Subject(kind, place.slug, place.slug, (place,))
    if kind == "city":
        default = (defaults or {}).get("city")
        city = counties.find_city(wanted, root, (default,) if isinstance(default, str) else ())
        return Subject(kind, city.slug, city.slug, city.counties)
    code, name = counties.parse_slug(wanted.strip())
    own = province_code("" if not (code or name).strip("0") else code or name)
    within = tuple(place for place in counties.all_counties(root) if place.code.startswith(own))
    if not within:
        raise CallError(f"data/raw 中没有{PROVINCES.get(own, '任何县')}的数据。")
    return Subject(kind, f"{own or '00'}0000-{PROVINCES[own]}" if own else NATION, own, within)


def all_of(kind: Kind, root: Path, defaults: Mapping[str, object] | None = None) -> list[Subject]:
    """Every county or city with data in data/raw; of the provinces only the nation as a whole."""
    places = counties.all_counties(root)
    if kind == "county":
        return [Subject(kind, place.slug, place.slug, (place,)) for place in places]
    if kind == "city":
        codes = dict.fromkeys(f"{place.code[:4]}00" for place in places if len(place.code) == 6)
        return [find(kind, code, root, defaults) for code in codes]
    return [find(kind, NATION, root)] if places else []
