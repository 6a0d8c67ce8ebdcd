"""The nation or a province in one year: every county judged at once, ranked, and compared with the year before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from edukit import counties, nation, processed
from edukit.errors import CallError
from edukit.nation import MET, NOT_MET, OPEN, Nation
from edukit.schemes import Scheme, load_scheme

COMPOSITE = "composite"
"""Stands for the indicator where a coefficient is the mean of all."""
PROVINCES = dict(
    part.split("=")
    for part in (
        "11=北京 12=天津 13=河北 14=山西 15=内蒙古 21=辽宁 22=吉林 23=黑龙江 31=上海 32=江苏 33=浙江 34=安徽 "
        "35=福建 36=江西 37=山东 41=河南 42=湖北 43=湖南 44=广东 45=广西 46=海南 50=重庆 51=四川 52=贵州 53=云南 "
        "54=西藏 61=陕西 62=甘肃 63=青海 64=宁夏 65=新疆 71=台湾 81=香港 82=澳门"
    ).split()
)
"""First two digits of a code (GB/T 2260) -> short name."""


@dataclass(frozen=True)
class National:
    """All counties of the nation or of a province in one year.

    Attributes:
        year: the year that is judged.
        scheme: the policy, without any county's own options.
        province: two digits; "" for the nation.
        now, before: the verdicts of the year, and of the year before or None where no county has data of it.
        names: county by code.
        natures: what workbooks of the year say about their data (生成数据 …), with the number of counties.
        digest: SHA-256 of the schools of the year and of the year before.
        failed: counties whose data of the year cannot be used, ``<code>-<name>/<year>`` with the reason.
    """

    year: int
    scheme: Scheme
    province: str
    now: Nation
    before: Nation | None
    names: dict[str, str]
    natures: dict[str, int]
    digest: str
    failed: tuple[tuple[str, str], ...]

    @property
    def place(self) -> str:
        """全国, or the province's short name."""
        return PROVINCES.get(self.province, self.province) if self.province else "全国"


def open_nation(year: int, scheme: str, province: str = "", root: Path | None = None) -> National:
    """Open every county in data/raw with data of a year, all judged by one scheme; for the nation or a province.

    Brings data/processed up to date first. Example::

        place = open_nation(2020, "quality-2017")          # 全国
        place = open_nation(2022, "quality-2017", "广西")   # 一个省
        place.now.counties                                 # 各县的结论

    Args:
        year: the year to judge; the year before is compared with where there is one.
        scheme: id of a scheme, or path of a scheme file.
        province: code (``45``, ``450000``) or short name of a province; "" for all.
        root: project folder; found as :func:`edukit.counties.home` does where None.

    Raises:
        CallError: province or scheme do not exist, or no county has data of the year.
    """
    base = root or counties.home()
    policy, own = load_scheme(scheme, folder=base), province_code(province)
    done = processed.refresh(base, {year - 1, year})
    frame = processed.read(base, {year}, [own])
    try:
        other = processed.read(base, {year - 1}, [own])
    except CallError:
        other = None
    names = dict(frame.drop_duplicates("code")[["code", "county"]].astype(str).itertuples(index=False))
    return National(
        year=year,
        scheme=policy,
        province=own,
        now=nation.judge(frame, policy),
        before=None if other is None else nation.judge(other, policy),
        natures=_natures(processed.notes(base, {year}, [own]), names),
        digest=processed.fingerprint(base, {year - 1, year}, [own]),
        names=names,
        failed=tuple(
            (name, reason) for name, reason in done.failed if name.startswith(own) and name.endswith(f"/{year}")
        ),
    )


def _natures(said: dict[str, list[str]], names: dict[str, str]) -> dict[str, int]:
    """What workbooks say about themselves, with the number of counties; what differs only by the own name is one.

    >>> _natures({"不是甲县的数据": ["1"], "不是乙县的数据": ["2", "3"]}, {"1": "甲县", "2": "乙县", "3": "丙县"})
    {'不是本县的数据': 2, '不是乙县的数据': 1}
    """
    told: dict[str, int] = {}
    for sentence, codes in said.items():
        for code in codes:
            name = names.get(code, "")
            own = sentence.replace(name, "本县") if name else sentence
            told[own] = told.get(own, 0) + 1
    return told


def province_code(province: str) -> str:
    """The two digits of a province's code or name; "" for the nation.

    >>> province_code("广西"), province_code("450000"), province_code("")
    ('45', '45', '')

    Raises:
        CallError: there is no such province.
    """
    text = province.strip()
    if text in ("", "全国"):
        return ""
    if text.isdigit() and text[:2] in PROVINCES and not text[2:].strip("0"):
        return text[:2]
    for code, name in PROVINCES.items():
        if text.startswith(name):
            return code
    raise CallError(f"没有“{province}”这个省份。应为两位代码（如 45）或名称（如 广西）；全国留空。")


def coefficients(judged: Nation, scheme: Scheme) -> pd.DataFrame:
    """Every coefficient of every county: code, stage, indicator, cv, limit, verdict; the composite where it counts."""
    single = judged.balance.rename(columns={"cv_limit": "limit"})
    rows = [single[["code", "stage", "indicator", "cv", "limit", "verdict"]]]
    if scheme.composite_limit:
        whole = judged.stages[judged.stages["verdict"] != ""].rename(columns={"composite": "cv"})
        rows.append(whole.assign(indicator=COMPOSITE)[["code", "stage", "indicator", "cv", "limit", "verdict"]])
    return pd.concat(rows, ignore_index=True)


def ranking(place: National) -> pd.DataFrame:
    """One row per county, the most balanced first: the coefficient that is largest in relation to its limit decides.

    Returns:
        Columns rank (NaN where no coefficient is known), code, county, verdict, n_schools, pupils, n_cvs, n_over,
        n_unknown, stage, indicator, cv, limit, ratio (cv ÷ limit of the largest).
    """
    every = coefficients(place.now, place.scheme)
    every = every[every["verdict"] != ""].assign(ratio=lambda rows: rows["cv"] / rows["limit"])
    counted = every.assign(n_over=every["verdict"] == NOT_MET, n_unknown=every["verdict"] == OPEN, n_cvs=1)
    sums = counted.groupby("code")[["n_cvs", "n_over", "n_unknown"]].sum()
    known = every.dropna(subset=["ratio"])
    top = known.loc[known.groupby("code")["ratio"].idxmax()].drop(columns="verdict")
    result = place.now.counties[["code", "verdict", "n_schools", "pupils"]].merge(sums, on="code", how="left")
    result = result.merge(top, on="code", how="left").assign(county=lambda rows: rows["code"].map(place.names))
    result["rank"] = result["ratio"].rank(method="min")
    return result.sort_values(["ratio", "code"], ignore_index=True)


def by_province(place: National) -> pd.DataFrame:
    """One row per province with data: province (two digits), name, counties, met, not_met, undetermined, share met."""
    table = place.now.counties.assign(province=place.now.counties["code"].astype(str).str[:2])
    result = pd.crosstab(table["province"], table["verdict"]).reindex(columns=[MET, NOT_MET, OPEN], fill_value=0)
    result["counties"] = result.sum(axis=1)
    result["share"] = result[MET] / result["counties"]
    result["name"] = [PROVINCES.get(code, code) for code in result.index]
    return result.reset_index().rename_axis(columns=None)


def distribution(judged: Nation, scheme: Scheme) -> pd.DataFrame:
    """One row per stage and indicator.

    Returns:
        Columns stage, indicator, limit, n (counties whose coefficient is known), low, median, high (10 %, 50 %, 90 % of
        them are not above), over (above the limit), unknown.
    """
    every = coefficients(judged, scheme)
    rows = []
    order = [*scheme.ids, COMPOSITE]
    for (stage, indicator), own in every.groupby(["stage", "indicator"]):
        cv = own["cv"].dropna().to_numpy()
        low, median, high = np.quantile(cv, [0.1, 0.5, 0.9]) if len(cv) else [np.nan] * 3
        over, unknown = (own["verdict"] == NOT_MET).sum(), own["cv"].isna().sum()
        key = (scheme.stages.index(str(stage)), order.index(str(indicator)))
        rows.append((key, stage, indicator, own["limit"].iloc[0], len(cv), low, median, high, over, unknown))
    names = ["key", "stage", "indicator", "limit", "n", "low", "median", "high", "over", "unknown"]
    return pd.DataFrame(sorted(rows, key=lambda row: row[0]), columns=names).drop(columns="key")


def change(place: National) -> pd.DataFrame:
    """Counties that have data of both years: code, county, before, now (verdicts); empty without a year before."""
    if place.before is None:
        return pd.DataFrame(columns=["code", "county", "before", "now"])
    left, right = (table.counties[["code", "verdict"]] for table in (place.before, place.now))
    both = left.merge(right, on="code", suffixes=("_before", "_now"))
    both = both.rename(columns={"verdict_before": "before", "verdict_now": "now"})
    return both.assign(county=both["code"].map(place.names))[["code", "county", "before", "now"]]
