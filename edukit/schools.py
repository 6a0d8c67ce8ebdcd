"""From schools to assessment units: scope, exclusions, and the split of schools that teach several stages.

A unit is one school in one stage. A nine-year school gives a primary and a junior unit; what belongs to the whole
school (rooms, fields, equipment, books) is split between them by weighted pupils, 小学:初中:高中 = 1:1.1:1.32 in both
national schemes, and then divided by the stage's own pupils. Source: 测算均衡系数拆分公式.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit.dictionary import STAGES, STAGES_OF_TYPE, load
from edukit.frames import Row, plain  # this also settles how words are kept, before the first frame is made
from edukit.schemes import Exclusion, Scheme


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
    return types.isin([kind for kind, taught in STAGES_OF_TYPE.items() if stage in taught])


def _matches(rule: Exclusion, schools: pd.DataFrame, pupils: pd.DataFrame) -> NDArray[np.bool_]:
    mask = np.ones(len(schools), dtype=bool)
    for field, values in rule.when.items():
        mask &= schools[field].isin(values).to_numpy(bool)
    if rule.pupils_below is not None:
        mask &= pupils[list(STAGES)].to_numpy().sum(axis=1) < rule.pupils_below
    return mask


def _reasons(schools: pd.DataFrame, pupils: pd.DataFrame, scheme: Scheme) -> pd.Series:
    """The reason for leaving each school out, empty where it is in; the first rule that matches speaks."""
    reasons = np.full(len(schools), "", dtype=object)
    for rule in reversed([rule for rule in scheme.exclusions if not rule.into]):
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
    split = shares(pupils, scheme.split_weights)
    reasons = _reasons(schools, pupils, scheme)
    counts = reasons == ""
    judged, left_out = [], []
    for stage in scheme.stages:
        part = pd.DataFrame(
            {
                "school": schools["school_name"],
                "code": schools["school_code"],
                "stage": stage,
                "type": schools["school_type"],
                "sponsor": schools["sponsor_type"],
                "urban": schools["urban_type"],
                "township": schools["township"],
                "pupils": pupils[stage],
                "share": split[stage],
                "row": schools.index,
            }
        )
        present = (part["pupils"] > 0) | part["pupils"].isna()
        empty = teaches(schools["school_type"], stage) & (part["pupils"] == 0) & counts
        judged.append(part[present & counts])
        left_out.append(part.assign(reason=reasons)[present & ~counts])
        left_out.append(part[empty].assign(reason=f"{STAGES[stage]}在校生数为 0"))
    stageless = ~counts & (pupils[list(scheme.stages)].sum(axis=1, skipna=False) == 0)
    left_out.append(part.assign(stage="", reason=reasons)[stageless])
    frame = pd.concat(judged, ignore_index=True)
    excluded = pd.concat(left_out, ignore_index=True)[["school", "code", "stage", "pupils", "reason", "row"]]
    excluded = excluded.sort_values("row", kind="stable", ignore_index=True)
    frame["share"] = np.where(frame["pupils"].isna(), np.nan, frame["share"])
    return Units(plain(frame), plain(excluded))
