"""Groups of pupils whom policies name: migrants' children, left-behind and disabled children, boarders (特殊群体).

Numbers by stage, by place and by school, from the sheet 学校补充. A blank is unknown and named. What would tell how
many children of a sensitive group a single school has, where they are few, is marked as not to be published: the
number itself, and every total from which it could be worked out by subtraction.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

import pandas as pd
import yaml

from edukit.dictionary import STAGES, STAGES_OF_TYPE
from edukit.exact import total
from edukit.schools import stage_pupils

COLUMNS = "group stage place schools pupils number share known unknown published".split()
NO_PLACE = "未填城乡类型"
PLACES = ("城区", "镇区", "乡村", NO_PLACE)


@dataclass(frozen=True)
class Group:
    """A group of pupils.

    Attributes:
        id: key in ``groups.yaml``.
        name: what a reader calls it.
        field: the column with its number; ``{stage}`` stands for the stage.
        sensitive: whether small numbers of single schools are withheld.
        not_asked: types of schools that do not fill the column.
        words: items whose official name holds one of them are about the group.
        county: columns of the 县级 sheet that are about it.
    """

    id: str
    name: str
    field: str
    sensitive: bool = False
    not_asked: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    county: tuple[str, ...] = ()


@cache
def all_groups() -> Mapping[str, Group]:
    """The groups that reports speak of, by id.

    >>> [group.name for group in all_groups().values()]
    ['随迁子女', '留守儿童', '随班就读和特教班学生', '寄宿生']
    """
    lists = ("not_asked", "words", "county")
    made = {}
    for id_, entry in _file()["groups"].items():
        given: dict[str, Any] = {key: tuple(value) if key in lists else value for key, value in entry.items()}
        made[id_] = Group(id=id_, **given)
    return made


def least_shown() -> int:
    """The smallest number of a sensitive group that is published for one school and stage."""
    return int(_file()["least_shown"])


@cache
def _file() -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load(files("edukit").joinpath("groups.yaml").read_text(encoding="utf-8"))
    return read


def counts(schools: pd.DataFrame) -> pd.DataFrame:
    """The number of every group in every school and stage.

    Args:
        schools: one row per school with the school-level fields; unknown is NaN.

    Returns:
        One row per group, stage and school that teaches the stage: group, stage, row (index of the school), school,
        code, place, pupils (of the stage), number, share (NaN where unknown), published (False for an unknown number,
        and for a small one of a sensitive group).
    """
    pupils = stage_pupils(schools)
    place = schools["urban_type"].where(schools["urban_type"].isin(PLACES), NO_PLACE)
    parts = []
    for group in all_groups().values():
        asked = ~schools["school_type"].isin(group.not_asked)
        for stage in STAGES:
            teaches = schools["school_type"].map(lambda kind, at=stage: at in STAGES_OF_TYPE.get(kind, ()))
            given = schools[group.field.replace("{stage}", stage)].astype(float)
            here = asked & (pupils[stage] != 0) & (teaches.astype(bool) | (pupils[stage] > 0))
            parts.append(
                pd.DataFrame(
                    {
                        "group": group.id,
                        "stage": stage,
                        "row": schools.index[here],
                        "school": schools.loc[here, "school_name"].to_numpy(),
                        "code": schools.loc[here, "school_code"].to_numpy(),
                        "place": place[here].to_numpy(),
                        "pupils": pupils.loc[here, stage].to_numpy(),
                        "number": given[here].to_numpy(),
                    }
                )
            )
    frame = pd.concat(parts, ignore_index=True)
    frame["share"] = frame["number"] / frame["pupils"]
    sensitive = frame["group"].map({id_: group.sensitive for id_, group in all_groups().items()}).astype(bool)
    frame["published"] = frame["number"].notna() & (~sensitive | (frame["number"] >= least_shown()))
    return frame


def by_place(schools: pd.DataFrame) -> pd.DataFrame:
    """The number of every group by stage, in the county and in each kind of place.

    Args:
        schools: as for :func:`counts`.

    Returns:
        One row per group, stage and place, "" for the whole county first: schools, pupils, number, share (of the
        pupils), all NaN as soon as a school's is unknown; known (the sum of the known numbers), unknown (tuple of the
        schools whose number is blank), published: False where the sum would tell a small number of a single school,
        or would by subtraction from another.
    """
    rows = []
    for (group, stage), part in counts(schools).groupby(["group", "stage"], sort=False):
        shown = _published(part) if all_groups()[str(group)].sensitive else None
        places = [place for place in PLACES if (part["place"] == place).any()]
        for place in ("", *places):
            own = part[part["place"] == place] if place else part
            number = math.nan if own["number"].isna().any() else total(own["number"])
            pupils = math.nan if own["pupils"].isna().any() else total(own["pupils"])
            rows.append(
                {
                    "group": group,
                    "stage": stage,
                    "place": place,
                    "schools": len(own),
                    "pupils": pupils,
                    "number": number,
                    "share": number / pupils if pupils else math.nan,
                    "known": total(own["number"].dropna()),
                    "unknown": tuple(own.loc[own["number"].isna(), "school"]),
                    "published": shown is None or place in shown,
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def concentrated(schools: pd.DataFrame, *, most: int = 5) -> pd.DataFrame:
    """The schools with the highest shares of each group, of those whose number may be published.

    Args:
        schools: as for :func:`counts`.
        most: how many of each group.

    Returns:
        Rows of :func:`counts`, group by group, the highest share first; schools without any are left out.
    """
    found = counts(schools)
    found = found[found["published"] & (found["number"] > 0) & found["share"].notna()]
    order = {id_: number for number, id_ in enumerate(all_groups())}
    found = found.assign(order=found["group"].map(order)).sort_values(
        ["order", "share", "number"], ascending=[True, False, False], kind="stable"
    )
    return found.groupby("group", sort=False).head(most).drop(columns="order").reset_index(drop=True)


def _published(part: pd.DataFrame) -> set[str]:
    """The places (and "", all of them) whose sums give no school's small number away.

    A sum less the numbers that are shown is the sum of those that are not. A place whose own sum would tell is
    withheld; since the county's total less the other places' would tell it again, places are added to it until the
    withheld ones together tell nothing, or else the total is withheld too.
    """
    least = least_shown()
    small = part[part["number"] < least]
    hidden = {place: list(small.loc[small["place"] == place, "number"]) for place in part["place"].unique()}
    closed = {place for place, numbers in hidden.items() if not _tells_nothing(numbers, least)}
    others = sorted((place for place in hidden if hidden[place] and place not in closed), key=lambda p: len(hidden[p]))
    widened = set(closed)
    while not _tells_nothing(_pool(hidden, widened), least) and others:
        widened.add(others.pop(0))
    if _tells_nothing(_pool(hidden, widened), least):
        return {"", *hidden} - widened
    return set(hidden) - closed


def _pool(hidden: Mapping[str, Sequence[float]], places: Iterable[str]) -> list[float]:
    return list(chain.from_iterable(hidden[place] for place in places))


def _tells_nothing(numbers: Sequence[float], least: int) -> bool:
    """Whether the sum of small numbers leaves each of them open; that there is no child at all may be told."""
    return not numbers or sum(numbers) == 0 or (len(numbers) > 1 and sum(numbers) < len(numbers) * (least - 1))
