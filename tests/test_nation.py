"""All counties at once give what each gives alone."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import county as made
from edukit.assess import assess
from edukit.errors import CallError
from edukit.nation import Nation, judge
from edukit.schemes import Scheme, load_scheme
from examples import generated

SCHEMES = ["quality-2017", "basic-2012"]
NUMBERS = ["mean", "sd", "cv", "cv_limit"]


def whole(schools: pd.DataFrame) -> pd.DataFrame:
    """The schools with every field of the 学校 sheet, as reading gives them."""
    frame = made.frame([{**row} for row in schools.to_dict("records")])
    return frame.assign(code=schools["code"].to_numpy(), year=schools["year"].to_numpy())


def nation(seed: int, counties: int = 4, schools: int = 9) -> pd.DataFrame:
    """A small generated nation with more blanks than a real one has, and with values that lie exactly at a limit."""
    frame = generated.nation(counties, [2019, 2020], schools=schools, seed=seed)
    rng = np.random.default_rng(seed)
    for name in ("pupils_primary", "backbone_teachers_junior", "teaching_area", "computers"):
        frame.loc[rng.random(len(frame)) < 0.02, name] = np.nan
    at = rng.random(len(frame)) < 0.2
    frame.loc[at, "pupils_primary"] = frame.loc[at, "pupils_primary"].mask(frame["pupils_primary"].notna(), 250.0)
    frame.loc[at, "higher_degree_teachers_primary"] = 10.5  # 4.2 per hundred
    frame.loc[at, "backbone_teachers_primary"] = 2.125  # 0.85 per hundred: the floor of 1
    frame.loc[frame["school_type"] == "特殊教育学校", "pupils_primary"] = 60.0
    return whole(frame)


def one_by_one(frame: pd.DataFrame, policy: Scheme) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Balance, stages and counties from judging every county and year by itself."""
    balance, stages, counties = [], [], []
    for (code, year), rows in frame.groupby(["code", "year"]):
        result = assess(rows.reset_index(drop=True), policy, code=code, year=year)
        balance.append(result.balance.assign(code=code, year=year))
        composite = result.composite.set_index("stage")
        for stage in result.stages:
            own = result.schools[result.schools["stage"] == stage]
            told = composite.loc[stage] if stage in composite.index else {"cv": math.nan, "verdict": ""}
            stages.append(
                {
                    "code": code,
                    "year": year,
                    "stage": stage,
                    "n_units": len(own),
                    **{f"n_{word}": (own["verdict"] == verdict).sum() for word, verdict in WORDS.items()},
                    "composite": told["cv"],
                    "verdict": told["verdict"],
                }
            )
        parts = {name: str(verdict.value) for name, verdict in result.parts.items()}
        counties.append({"code": code, "year": year, "n_schools": len(rows), **dict.fromkeys(PARTS, ""), **parts})
        counties[-1]["verdict"] = result.resource_verdict.value
    return pd.concat(balance), pd.DataFrame(stages), pd.DataFrame(counties)


WORDS = {"met": "met", "not_met": "not_met", "unknown": "undetermined"}
PARTS = ("schools", "balance", "composite")


def same(frame: pd.DataFrame, scheme: str, *options: str) -> Nation:
    """Judge all at once and hold the result against county by county."""
    policy = load_scheme(scheme, tuple((option, "测试") for option in options))
    found = judge(frame, policy)
    balance, stages, counties = one_by_one(frame, policy)
    for own, other, keys in (
        (found.balance, balance, ["code", "year", "stage", "indicator"]),
        (found.stages, stages, ["code", "year", "stage"]),
        (found.counties, counties, ["code", "year"]),
    ):
        assert len(own) == len(other)
        if other.empty:
            continue
        columns = [name for name in other.columns if name in own.columns]
        left, right = (table[columns].sort_values(keys, ignore_index=True) for table in (own, other))
        pd.testing.assert_frame_equal(left, right, check_dtype=False, check_categorical=False, rtol=1e-12)
    assert {*NUMBERS, "n_units", "pupils", "unknown", "verdict"} < set(found.balance.columns)
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("seed", range(6))
def test_all_at_once_is_one_by_one(scheme: str, seed: int) -> None:
    frame = nation(seed)
    found = same(frame, scheme)
    assert len(found.counties) == 8
    assert found.balance["unknown"].sum() > 0


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=8)
@given(data=st.data())
def test_any_small_nation(scheme: str, data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "code": st.sampled_from(["119000", "129000", "139000"]),
                    "year": st.sampled_from([2019, 2020]),
                    "school_type": st.sampled_from(
                        ["小学", "初级中学", "九年一贯制学校", "小学教学点", "特殊教育学校"]
                    ),
                    "pupils_primary": st.sampled_from([None, 0, 40, 100, 250, 300]),
                    "pupils_junior": st.sampled_from([None, 0, 50, 100, 200]),
                    "teaching_area": st.sampled_from([None, 0, 450, 1350.0, 1800]),
                    "indoor_sports_area": st.sampled_from([None, 0, 30]),
                    "higher_degree_teachers_primary": st.sampled_from([None, 0, 4.2, 10.5]),
                    "higher_degree_teachers_junior": st.sampled_from([None, 0, 5.3, 10.6]),
                    "books": st.sampled_from([None, 0, 1500, 4000]),
                }
            ),
            min_size=1,
            max_size=14,
        )
    )
    schools = pd.DataFrame([{"school_name": f"第{i}学校", **row} for i, row in enumerate(rows)])
    same(whole(schools), scheme)


def tipped(limit: str, *, just_below: bool) -> tuple[int, float]:
    """Pupils, and a number that is a limit per hundred of them or the next float below it, where floats err."""
    for pupils in range(100, 3000):
        at = float(Fraction(limit) * pupils / 100)
        number = math.nextafter(at, 0) if just_below else at
        exactly, reached = Fraction(str(at)) * 100 / pupils == Fraction(limit), number * 100 / pupils >= float(limit)
        if exactly and reached == just_below:
            return pupils, number
    raise AssertionError(limit)


def alike(pupils: int, numbers: list[float]) -> list[made.Row]:
    """Primary schools of the same size with so many teachers of a higher degree."""
    return [
        made.primary(f"第{i}小学", pupils, higher_degree_teachers_primary=number) for i, number in enumerate(numbers)
    ]


def hostile() -> dict[str, tuple[list[made.Row], str, str]]:
    """Counties that are hard to judge, by code, with the verdicts of quality-2017 on schools and balance."""
    at, below = tipped("3.57", just_below=False), tipped("3.57", just_below=True)  # the floor: 85 % of 4.2
    special = {**made.primary("特教", 90), "school_type": "特殊教育学校"}
    private = {**made.primary("私立", 300), "sponsor_type": "民办"}
    bare_field = {"sports_field_area": 0, "indoor_sports_area": 0}
    village = {"urban_type": "乡村", "pe_arts_teachers_primary": 0, "pe_shared_teachers_primary": 1}
    met, open_, failed = "met", "undetermined", "not_met"
    return {
        "110001": (alike(at[0], [at[1]]), met, met),
        "110002": (alike(below[0], [below[1]]), failed, met),
        "110003": (alike(at[0], [at[1], at[1]]), met, met),
        "110004": (alike(at[0], [at[1], math.nextafter(at[1], 0)]), failed, met),
        "120001": ([made.nine_year()], met, met),
        "120002": ([made.complete(), made.twelve_year(), made.complete("缺", pupils_senior=None)], open_, open_),
        "130001": ([special, made.primary("点", 49, school_type="小学教学点")], open_, open_),
        "130002": ([special, made.primary("点", 50, school_type="小学教学点"), made.junior()], met, met),
        "130003": ([*made.town(), {**private, "multimedia_rooms": 0}], failed, met),
        "140001": ([*made.town(), made.primary("空", pupils_primary=0)], met, met),
        "140002": ([*made.town(), made.primary("缺", pupils_primary=None)], open_, open_),
        "140003": ([*made.town(), made.nine_year("缺", pupils_primary=None)], open_, open_),
        "140004": ([*made.town(), made.junior("缺", teaching_area=None)], open_, open_),
        "140005": ([*made.town(), made.junior("缺", teaching_area=None, backbone_teachers_junior=4)], failed, open_),
        "150001": ([made.primary("甲", **bare_field), made.primary("乙", **bare_field)], failed, open_),
        "150002": ([made.primary("村小", 60, **village)], failed, open_),
    }


@pytest.mark.parametrize(
    ("scheme", "option", "otherwise"),
    [
        ("quality-2017", "", {}),
        ("quality-2017", "private-out", {"130003": ("met", "met")}),
        ("quality-2017", "shared-teachers", {"150002": ("met", "met")}),
        ("basic-2012", "", None),
    ],
)
def test_hostile_counties(scheme: str, option: str, otherwise: dict[str, tuple[str, str]] | None) -> None:
    given = hostile()
    rows = [{**row, "code": code, "year": year} for year in (2020, 2019) for code in given for row in given[code][0]]
    frame, options = whole(pd.DataFrame(rows)), [option] if option else []
    found = same(frame, scheme, *options).counties
    assert list(found["code"]) == [code for code in given for _ in range(2)]
    if otherwise is not None:
        expected = {code: verdicts for code, (_, *verdicts) in given.items()}
        expected.update({code: list(verdicts) for code, verdicts in otherwise.items()})
        assert {row.code: [row.schools, row.balance] for row in found.itertuples()} == expected


def test_limits_are_decided_in_fractions() -> None:
    """Two schools with as many pupils, 30.3 and 10.1 of a resource: CV is 0.5, the limit; floats say a hair more."""
    rows = []
    for code, first in (("119000", 30.3), ("129000", 30.30000001), ("139000", 30.29999999)):
        fields = {"indoor_sports_area": 0, "code": code, "year": 2020}
        rows.append(made.primary("甲", 50, sports_field_area=first, **fields))
        rows.append(made.primary("乙", 50, sports_field_area=10.1, **fields))
    found = same(whole(pd.DataFrame(rows)), "quality-2017")
    field = found.balance[found.balance["indicator"] == "Q5"].set_index("code")
    assert set(field["cv_limit"]) == {0.5}
    assert field.loc["119000", "cv"] > 0.5
    assert dict(field["verdict"]) == {"119000": "met", "129000": "not_met", "139000": "met"}


def test_order_of_rows_and_kind_of_columns_do_not_matter() -> None:
    frame = nation(11)
    policy = load_scheme("quality-2017")
    shuffled = frame.sample(frac=1, random_state=3)
    words = {name: "category" for name in ("code", "school_type", "sponsor_type", "urban_type", "school_name")}
    other = judge(shuffled.astype(words), policy)
    pd.testing.assert_frame_equal(judge(frame, policy).counties, other.counties, check_dtype=False)


def test_counties_without_anybody_to_judge_are_open() -> None:
    rows = [{**made.primary("特教", 50), "school_type": "特殊教育学校", "code": "119000", "year": 2020}]
    rows += [{**row, "code": "129000", "year": 2020} for row in made.town()]
    found = same(whole(pd.DataFrame(rows)), "quality-2017")
    assert list(found.counties["verdict"]) == ["undetermined", "met"]


def test_rows_without_a_county_are_refused() -> None:
    frame = nation(1)
    frame.loc[0, "code"] = None
    with pytest.raises(CallError, match="行政区划代码"):
        judge(frame, load_scheme("quality-2017"))
