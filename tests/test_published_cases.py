"""What others published or computed, against what edukit computes. Sources: tests/cases/README.md."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

from county import GIVEN, Row, balance, case, cell, frame, judge, oracle
from edukit.assess import Assessment, resources
from edukit.dispersion import contributions, spread
from edukit.exact import fraction
from edukit.schemes import load_scheme
from edukit.schools import shares
from edukit.verdict import Verdict

STAGES = {"小学": "primary", "初中": "junior"}
MET, NOT_MET = Verdict.MET.value, Verdict.NOT_MET.value


def given_balance(scheme: str, cvs: dict[tuple[str, str], float]) -> pd.DataFrame:
    """A balance table as ``assess`` makes it, with given coefficients by stage and indicator."""
    policy = load_scheme(scheme)
    rows = []
    for (stage, indicator), cv in cvs.items():
        limit = policy.indicator(indicator).cv_limit.get(stage, np.nan)
        verdict = resources._cv_verdict(cv, limit, lambda cv=cv: fraction(cv) ** 2)
        rows.append({"stage": stage, "indicator": indicator, "cv": cv, "cv_limit": limit, "verdict": verdict})
    return pd.DataFrame(rows)


# ---- C01: the worked example ----------------------------------------------------------------------------------------


def books() -> list[Row]:
    return [
        {"school_name": line["school"], "school_type": "小学", "pupils_primary": int(line["students"]),
         "books": int(line["books"])}
        for line in case("c01_books_example_schools")
    ]  # fmt: skip


def test_c01_county_as_printed() -> None:
    printed = {line["quantity"]: line for line in case("c01_books_example_published")}
    row = balance(judge(books(), "basic-2012"), "B5")
    computed = {
        "total_students": row["pupils"],
        "total_books": row["mean"] * row["pupils"],
        "county_mean": row["mean"],
        "weighted_variance": row["sd"] ** 2,
        "weighted_sd": row["sd"],
        "cv": row["cv"],
    }
    assert computed.keys() == printed.keys()
    for quantity, value in computed.items():
        assert f"{value:.{printed[quantity]['decimals']}f}" == printed[quantity]["published"], quantity
    assert row["cv"] == pytest.approx(0.515257, abs=5e-7)


def test_c01_schools_as_printed() -> None:
    result = judge(books(), "basic-2012")
    row = balance(result, "B5")
    for line in case("c01_books_example_schools"):
        own = cell(result, line["school"], "B5")
        # the source cuts or rounds its last digit at will: 10.505… is printed as 10.51, 5.135… as 5.13
        assert own["value"] == pytest.approx(float(line["published_books_per_student"]), abs=0.01)
        assert own["contribution"] * row["mean"] ** 2 == pytest.approx(float(line["published_contribution"]), abs=0.02)


def test_c01_wrong_conventions_would_fail() -> None:
    ratios = np.array([int(line["books"]) / int(line["students"]) for line in case("c01_books_example_schools")])
    ours = balance(judge(books(), "basic-2012"), "B5")["cv"]
    for ddof, value in ((0, 0.488771), (1, 0.546462)):
        wrong = ratios.std(ddof=ddof) / ratios.mean()
        assert wrong == pytest.approx(value, abs=5e-7)
        assert f"{wrong:.2f}" != "0.52"
        assert abs(ours - wrong) > 0.02


# ---- C02: composites of Changchun -----------------------------------------------------------------------------------


def composites() -> list[tuple[str, str, float, list[float]]]:
    """County, stage, published composite, the eight published CVs."""
    singles = pd.DataFrame(case("c02_jilin_indicators"))
    rows = []
    for line in case("c02_jilin_composites"):
        own = singles[(singles["county"] == line["county"]) & (singles["stage"] == line["stage"])]
        assert own["code"].tolist() == [f"B{number}" for number in range(1, 9)]
        cvs = own["published_cv"].astype(float).tolist()
        rows.append((line["county"], line["stage"], float(line["published_composite_cv"]), cvs))
    return rows


B_NUMERATORS = {
    "B1": "teaching_area",
    "B2": "sports_field_area",
    "B3": "equipment_value",
    "B4": "computers",
    "B5": "books",
    "B6": "teachers_{stage}",
    "B7": "higher_degree_teachers_{stage}",
    "B8": "middle_title_teachers_{stage}",
}


def composite(stage: str, cvs: list[float]) -> pd.Series:
    """The composite of two schools whose eight coefficients are exactly ``cvs``.

    With a fifth of the pupils at 1 + 2 cv of the mean and the others at 1 - cv / 2, the coefficient is cv.
    """
    rows: list[Row] = []
    for name, pupils, factor in (("甲", 1000, 2.0), ("乙", 4000, -0.5)):
        fields = [field.replace("{stage}", stage) for field in B_NUMERATORS.values()]
        resources = {field: round(pupils * (1 + factor * cv), 6) for field, cv in zip(fields, cvs, strict=True)}
        kind = {"primary": "小学", "junior": "初级中学"}[stage]
        school = {"school_name": name, "school_type": kind, f"pupils_{stage}": pupils, "indoor_sports_area": 0}
        rows.append({**school, **resources})
    made = judge(rows, "basic-2012").composite
    assert len(made) == 1
    return made.iloc[0]


@pytest.mark.parametrize(("county", "stage", "published", "cvs"), composites())
def test_c02_composite_is_the_mean_of_the_eight(county: str, stage: str, published: float, cvs: list[float]) -> None:
    row = composite(STAGES[stage], cvs)
    assert row["cv"] == pytest.approx(published, abs=0.0011)  # the eight are printed with three decimals
    assert row["limit"] == {"小学": 0.65, "初中": 0.55}[stage]
    assert row["verdict"] == MET


@pytest.mark.parametrize(
    ("stage", "cvs", "value"),
    [
        ("primary", [0.393, 0.578, 0.372, 0.246, 0.208, 0.311, 0.311, 0.455], 0.359),
        ("junior", [0.362, 0.446, 0.324, 0.402, 0.362, 0.372, 0.342, 0.496], 0.388),
    ],
    ids=["南关小学", "绿园初中"],
)
def test_vector_2(stage: str, cvs: list[float], value: float) -> None:
    assert composite(stage, cvs)["cv"] == pytest.approx(value, abs=0.0005)


@pytest.mark.parametrize(
    ("stage", "cvs", "verdict"),
    [
        ("primary", [0.65] * 8, MET),
        ("primary", [1.2, 0.7, 0.7, 0.5, 0.5, 0.5, 0.5, 0.6], MET),  # no single coefficient has a limit
        ("primary", [0.6501] * 8, NOT_MET),
        ("junior", [0.55] * 8, MET),
        ("junior", [0.56] * 8, NOT_MET),
        ("junior", [0.65] * 8, NOT_MET),
    ],
)
def test_composite_limits(stage: str, cvs: list[float], verdict: str) -> None:
    assert composite(stage, cvs)["verdict"] == verdict


# ---- C06: Ningguo, judged per indicator -----------------------------------------------------------------------------


def ningguo() -> list[tuple[str, str, float, float]]:
    return [
        (STAGES[line["stage"]], line["code"].replace("L", "Q"), float(line["published_cv"]), float(line["limit"]))
        for line in case("c06_ningguo_2022_quality_cv")
    ]


def test_c06_only_the_sixth_passes() -> None:
    given = given_balance("quality-2017", {(stage, indicator): cv for stage, indicator, cv, _ in ningguo()})
    assert given["cv_limit"].tolist() == [limit for *_, limit in ningguo()]
    passed = given[given["verdict"] == MET]
    assert list(zip(passed["stage"], passed["indicator"], strict=True)) == [("primary", "Q6"), ("junior", "Q6")]
    assert set(given["verdict"]) == {MET, NOT_MET}


NUMERATORS: dict[str, Callable[[float], Row]] = {
    "Q1": lambda x: {"higher_degree_teachers_primary": x},
    "Q2": lambda x: {"backbone_teachers_primary": x},
    "Q3": lambda x: {"pe_arts_teachers_primary": x},
    "Q4": lambda x: {"teaching_area": x, "indoor_sports_area": 0},
    "Q5": lambda x: {"sports_field_area": x, "indoor_sports_area": 0},
    "Q6": lambda x: {"equipment_value": x},
    "Q7": lambda x: {"multimedia_rooms": x},
}


def test_c06_from_schools_that_have_these_coefficients() -> None:
    cvs = {indicator: cv for stage, indicator, cv, _ in ningguo() if stage == "primary"}
    rows: list[Row] = [
        {"school_name": name, "school_type": "小学", "pupils_primary": pupils}
        for name, pupils in (("甲", 1000), ("乙", 1000), ("丙", 2000))
    ]
    for indicator, cv in cvs.items():  # half of the pupils have 1 - cv of the mean, the others 1 + cv
        for row, times in zip(rows, (1 - cv, 1 - cv, 1 + cv), strict=True):
            row |= NUMERATORS[indicator](times * row["pupils_primary"])
    result = judge(rows)
    for indicator, cv in cvs.items():
        row = balance(result, indicator)
        assert row["cv"] == pytest.approx(cv, rel=1e-12)
        assert row["verdict"] == (MET if indicator == "Q6" else NOT_MET)
    assert result.parts["balance"] is Verdict.NOT_MET


# ---- C30: the weighted sample form is not ours ----------------------------------------------------------------------


def test_c30_population_form() -> None:
    lines = case("c30_altair_weighted_sd_control")
    value, weight = (np.array([float(line[key]) for line in lines]) for key in ("value", "weight"))
    printed = {line["quantity"]: float(line["published"]) for line in case("c30_altair_published")}
    ours = spread(value * weight, weight)
    assert f"{ours.mean[0, 0]:.2f}" == f"{printed['weighted_mean']:.2f}"
    assert ours.sd[0, 0] == pytest.approx(3.4993, abs=5e-5)
    positive = int((weight > 0).sum())
    sample = ours.sd[0, 0] * np.sqrt(positive / (positive - 1))
    assert sample == pytest.approx(printed["weighted_sample_sd_nist"], abs=0.005)
    assert abs(ours.sd[0, 0] - printed["weighted_sample_sd_nist"]) > 0.2


# ---- the independent library ----------------------------------------------------------------------------------------

CALIFORNIA = case("c12_caschool_districts")
JOSO = case("c07_joso_2011_primary_schools")


def real_schools(name: str, group: str) -> list[Row]:
    if name == "C01":
        return books()
    if name == "C07":
        return [
            {
                "school_name": line["school"],
                "school_type": "小学",
                "pupils_primary": int(line["students"]),
                "teachers_primary": int(line["teachers"]),
                "classes_primary": int(line["classes"]),
            }
            for line in JOSO
        ]
    return [
        {
            "school_name": line["district"],
            "school_code": line["district_code"],
            "school_type": "小学",
            "pupils_primary": float(line["students"]),
            "teachers_primary": float(line["teachers"]),
            "computers": float(line["computers"]),
            "funds_final": float(line["expenditure_per_student"]) * float(line["students"]) / 10000,
        }
        for line in CALIFORNIA
        if line["county"] == group
    ]


@cache
def judged(name: str, group: str) -> Assessment:
    return judge(real_schools(name, group), GIVEN)


@pytest.mark.parametrize("line", oracle(), ids=lambda line: f"{line['case']}-{line['group']}-{line['indicator']}")
def test_oracle(line: dict[str, str]) -> None:
    row = balance(judged(line["case"], line["group"]), line["indicator"])
    assert (row["n_units"], row["pupils"]) == (int(line["n_units"]), int(line["students"]))
    for ours, theirs in (("mean", "weighted_mean"), ("sd", "weighted_sd"), ("cv", "weighted_cv")):
        assert row[ours] == pytest.approx(float(line[theirs]), rel=1e-12), theirs
    assert abs(row["cv"] / float(line["unweighted_population_cv"]) - 1) > 1e-3


def test_c07_totals_as_printed() -> None:
    printed = next(line for line in case("c07_joso_published_totals") if line["year"] == "2011")
    for column in ("classes", "boys", "girls", "students", "teachers"):
        assert sum(int(line[column]) for line in JOSO) == int(printed[column])


def test_c12_ratios_as_printed() -> None:
    for line in CALIFORNIA:
        students = float(line["students"])
        assert students / float(line["teachers"]) == pytest.approx(
            float(line["published_students_per_teacher"]), rel=1e-6
        )
        computers = float(line["published_computers_per_student"])
        assert float(line["computers"]) / students == pytest.approx(computers, abs=1e-6)


# ---- vector 4: the split --------------------------------------------------------------------------------------------


def test_vector_4() -> None:
    school = {
        "school_name": "某校",
        "school_type": "九年一贯制学校",
        "pupils_primary": 166,
        "pupils_junior": 210,
        "books": 23226,
    }
    result = judge([school], "basic-2012")
    first, second = cell(result, "某校", "B5"), cell(result, "某校", "B5", "junior")
    assert (round(first["resource"], 2), round(second["resource"], 2)) == (9711.63, 13514.37)
    assert (round(first["value"], 4), round(second["value"], 4)) == (58.5038, 64.3542)
    assert second["value"] / first["value"] == pytest.approx(1.1, rel=1e-15)
    weights = load_scheme("basic-2012").split_weights
    own = shares(pd.DataFrame({"primary": [166.0], "junior": [210.0], "senior": [0.0]}), weights)
    assert own.sum(axis=1).tolist() == [1.0]


def test_copies_are_whole() -> None:
    lines = {name: len(case(name)) for name in ("c12_caschool_districts", "c02_jilin_indicators", "oracle_given")}
    assert lines == {"c12_caschool_districts": 420, "c02_jilin_indicators": 80, "oracle_given": 105}
    assert len({line["county"] for line in CALIFORNIA}) == 45


def test_contributions_of_the_worked_example_rank_as_printed() -> None:
    lines = case("c01_books_example_schools")
    parts = contributions([int(line["books"]) for line in lines], [int(line["students"]) for line in lines])
    printed = [float(line["published_contribution"]) for line in lines]
    assert np.argsort(parts).tolist() == np.argsort(printed).tolist()


def test_frame_of_real_schools_has_unknowns_only_where_nothing_was_given() -> None:
    source = frame(real_schools("C12", "Butte"))
    assert source["pupils_primary"].notna().all()
    assert source["books"].isna().all()
