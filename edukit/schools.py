"""From schools to assessment units: scope, exclusions, and the split of schools that teach several stages.

A unit is one school in one stage. A nine-year school gives a primary and a junior unit; what belongs to the whole
school (rooms, fields, equipment, books) is split between them by weighted pupils, 小学:初中:高中 = 1:1.1:1.32 in both
national schemes, and then divided by the stage's own pupils. Source: 测算均衡系数拆分公式.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit.dictionary import STAGES, STAGES_OF_TYPE, load
from edukit.frames import Row, plain  # this also settles how words are kept, before the first frame is made
from edukit.schemes import Exclusion, Scheme

WORDS = {
    "school": "school_name",
    "code": "school_code",
    "type": "school_type",
    "sponsor": "sponsor_type",
    "urban": "urban_type",
    "township": "township",
}
"""Column of the units -> field of the school."""


@dataclass(frozen=True)
class Units:
    """Who is judged and who is not.

    Attributes:
        frame: one row per unit, index 0 …; columns school, code, stage, type, sponsor, urban, township, pupils,
            share (of the whole school's resources; 1 for a school with one stage, NaN where it cannot be told),
            row (index of the school in the frame it came from).
        excluded: one row per school and stage left out: school, code, stage ("" where the school has none), pupils,
            reason, row.
    """

    frame: pd.DataFrame
    excluded: pd.DataFrame


def stage_pupils(schools: pd.DataFrame) -> pd.DataFrame:
    """Pupils by school and stage, columns primary, junior, senior.

    A stage that the school's type does not teach counts as 0 where it is blank; a blank in a stage that it does
    teach stays unknown.
    """
    counts = {}
    for stage in ("primary", "junior", "senior"):
        given = schools[f"pupils_{stage}"].to_numpy(dtype=float, copy=True)
        given[np.isnan(given) & ~teaches(schools["school_type"], stage).to_numpy()] = 0.0
        counts[stage] = given
    return pd.DataFrame(counts, index=schools.index)


def pupils_of(school: Row, stage: str) -> float:
    """Pupils of a stage in one school, counted as :func:`stage_pupils` does for all of them."""
    given = float(school[f"pupils_{stage}"])
    return 0.0 if math.isnan(given) and stage not in STAGES_OF_TYPE.get(school["school_type"], ()) else given


def teaches(types: pd.Series, stage: str) -> pd.Series:
    """Whether schools of these types teach a stage; one of unknown type teaches none.

    >>> teaches(pd.Series(["小学", "九年一贯制学校", None]), "junior").tolist()
    [False, True, False]
    """
    return pd.Series(_among(types, [kind for kind, taught in STAGES_OF_TYPE.items() if stage in taught]), types.index)


def _among(words: pd.Series, values: Collection[str]) -> NDArray[np.bool_]:
    """Which words are among the values; categories are looked up once each, not once a row."""
    if isinstance(words.dtype, pd.CategoricalDtype):
        return np.append(words.cat.categories.isin(values), False)[words.cat.codes]  # -1, the last, is unknown
    return words.isin(values).to_numpy(bool)


def _matches(rule: Exclusion, schools: pd.DataFrame, pupils: pd.DataFrame) -> NDArray[np.bool_]:
    mask = np.ones(len(schools), dtype=bool)
    for field, values in rule.when.items():
        mask &= _among(schools[field], values)
    if rule.pupils_below is not None:
        mask &= pupils[list(STAGES)].to_numpy().sum(axis=1) < rule.pupils_below
    return mask


def _leaving_out(scheme: Scheme) -> list[Exclusion]:
    """The rules that leave a school out; the others count it with another one."""
    return [rule for rule in scheme.exclusions if not rule.into]


def _reasons(schools: pd.DataFrame, pupils: pd.DataFrame, scheme: Scheme) -> pd.Series:
    """The reason for leaving each school out, empty where it is in; the first rule that matches speaks."""
    reasons = np.full(len(schools), "", dtype=object)
    for rule in reversed(_leaving_out(scheme)):
        reasons[_matches(rule, schools, pupils)] = rule.reason
    return pd.Series(reasons, index=schools.index, dtype=object)


def shares(pupils: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Each stage's share of the whole school's resources, from pupils by stage.

    >>> pupils = pd.DataFrame({"primary": [166.0], "junior": [210.0], "senior": [0.0]})
    >>> weights = {"primary": 1, "junior": 1.1, "senior": 1.32}
    >>> (shares(pupils, weights) * 23226).round(2).loc[0, ["primary", "junior"]].tolist()
    [9711.63, 13514.37]
    """
    weighted = pupils * pd.Series(weights)
    return weighted.div(weighted.sum(axis=1, skipna=False), axis=0)


def bare(name: object) -> str:
    """A school's name or code as it is compared: half-width, without blanks; what stands in brackets counts.

    >>> bare("第一 小学（东校区）") == bare("第一小学(东校区)")
    True
    """
    return "".join(unicodedata.normalize("NFKC", str(name)).split())


def earlier(now: pd.DataFrame, before: pd.DataFrame) -> pd.Series:
    """For each school the row of the same school in another year: the same code, else the same name.

    Args:
        now: one row per school, with the columns school_code and school_name.
        before: the same of the other year.

    Returns:
        Row labels of ``before`` by row label of ``now``; NA for a school that ``before`` does not have.
    """
    codes = before["school_code"].dropna()[::-1]
    found = now["school_code"].map(dict(zip(codes, codes.index, strict=True)))
    free = before.loc[before.index.difference(pd.Index(found.dropna())), "school_name"][::-1]
    names = now["school_name"].map(bare).map(dict(zip(free.map(bare), free.index, strict=True)))
    return found.where(found.notna(), names).astype("Int64")


LARGEST = ("max_class_primary", "max_class_junior")
"""Numbers of which a school and its branch have the larger, not the sum."""


def with_branches(schools: pd.DataFrame, scheme: Scheme) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The schools with their branches added in, where the scheme counts branches with their main school.

    Args:
        schools: one row per school.
        scheme: exclusions with ``into`` say which schools are branches and which field names the main school.

    Returns:
        The schools that remain, numbers of branches added (unknown where either is unknown), and the branches: school,
        code, stage (""), pupils, reason, row. A branch whose main school is not in the list remains by itself.
    """
    pupils = stage_pupils(schools)
    frame, left_out = schools, []
    for rule in (rule for rule in scheme.exclusions if rule.into):
        rows_of = {bare(name): row for row, name in schools["school_name"].items()}
        for row in schools.index[_matches(rule, schools, pupils)]:
            name = schools.at[row, rule.into]
            main = rows_of.get(bare(name)) if isinstance(name, str) else None
            if main is None or main == row or main not in frame.index or row not in frame.index:
                continue
            frame = merged(frame, main, row)
            number = float(pupils.loc[row, list(STAGES)].sum(skipna=False))
            told = {"school": schools.at[row, "school_name"], "code": schools.at[row, "school_code"], "stage": ""}
            left_out.append({**told, "pupils": number, "reason": f"{rule.reason}（{name}）", "row": row})
    return frame, pd.DataFrame(left_out, columns=["school", "code", "stage", "pupils", "reason", "row"])


def merged(frame: pd.DataFrame, main: object, branch: object) -> pd.DataFrame:
    """The schools with one of them added to another: numbers summed, of the largest class the larger.

    Args:
        frame: one row per school.
        main: row label of the school that remains.
        branch: row label of the school that is added to it.
    """
    result = frame.drop(index=branch)
    both = stage_pupils(frame.loc[[main, branch]])
    for field in load().fields:
        if field.name not in frame or field.kind not in ("count", "decimal"):
            continue
        here, there = frame.at[main, field.name], frame.at[branch, field.name]
        stage = field.name.rpartition("_")[2]
        if stage in both and (both[stage] == 0).any():  # one of them does not teach the stage: the other's number holds
            result.at[main, field.name] = here if both.at[branch, stage] == 0 else there
        else:
            result.at[main, field.name] = np.maximum(here, there) if field.name in LARGEST else here + there
    return result


def counted(schools: pd.DataFrame, scheme: Scheme) -> dict[str, pd.DataFrame]:
    """The units that a scheme judges, only what their numbers are made from: many counties at once want no more.

    Args:
        schools: as in :func:`units`.
        scheme: whose scope and split weights apply.

    Returns:
        Stage -> its units in the order of the schools: columns stage (a category), pupils, share and row as in
        ``Units.frame``.
    """
    pupils = stage_pupils(schools)
    counts = np.ones(len(schools), dtype=bool)
    for rule in _leaving_out(scheme):
        counts &= ~_matches(rule, schools, pupils)
    return _counted(pupils, counts, scheme)


def _counted(pupils: pd.DataFrame, counts: NDArray[np.bool_], scheme: Scheme) -> dict[str, pd.DataFrame]:
    """The units of the schools that count, by stage."""
    split, found = shares(pupils, scheme.split_weights), {}
    for number, stage in enumerate(scheme.stages):
        here = np.flatnonzero(counts & _present(pupils[stage]))
        columns = {
            "stage": pd.Categorical.from_codes(np.full(len(here), number), list(scheme.stages)),
            "pupils": pupils[stage].to_numpy()[here],
            "share": split[stage].to_numpy()[here],
            "row": pupils.index.take(here),
        }
        found[stage] = pd.DataFrame(columns, copy=False)
    return found


def _present(pupils: pd.Series) -> NDArray[np.bool_]:
    """Where a stage is taught: there are pupils, or their number is unknown."""
    return ~(pupils.to_numpy() <= 0)


def units(schools: pd.DataFrame, scheme: Scheme) -> Units:
    """The units that a scheme judges, and the schools that it leaves out.

    Args:
        schools: one row per school with the dictionary's field names as columns; unknown is NaN. May hold many
            counties: columns other than the dictionary's are ignored.
        scheme: whose scope and split weights apply.

    Returns:
        Units in the order primary then junior, schools in the order given.
    """
    pupils = stage_pupils(schools)
    reasons = _reasons(schools, pupils, scheme)
    counts = (reasons == "").to_numpy(bool)
    numbers = pd.concat(_counted(pupils, counts, scheme).values(), ignore_index=True)
    frame = schools.loc[numbers["row"], list(WORDS.values())].set_axis(list(WORDS), axis=1).reset_index(drop=True)
    frame.insert(2, "stage", numbers["stage"].astype(object))
    frame = pd.concat([frame, numbers[["pupils", "share", "row"]]], axis=1)
    left_out = []
    for stage in scheme.stages:
        part = pd.DataFrame(
            {
                "school": schools["school_name"],
                "code": schools["school_code"],
                "stage": stage,
                "pupils": pupils[stage],
                "reason": reasons,
                "row": schools.index,
            }
        )
        empty = teaches(schools["school_type"], stage) & (part["pupils"] == 0) & counts
        left_out.append(part[_present(pupils[stage]) & ~counts])
        left_out.append(part[empty].assign(reason=f"{STAGES[stage]}在校生数为 0"))
    stageless = ~counts & (pupils[list(scheme.stages)].sum(axis=1, skipna=False) == 0)
    left_out.append(part.assign(stage="")[stageless])
    excluded = pd.concat(left_out, ignore_index=True).sort_values("row", kind="stable", ignore_index=True)
    return Units(plain(frame), plain(excluded))
