"""Verdicts: at the limits exactly, with unknowns, for schools, indicators, items and the county."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county import (
    Row,
    balance,
    cell,
    complete,
    frame,
    header,
    judge,
    junior,
    nine_year,
    primary,
    town,
    twelve_year,
    unit,
)
from edukit.assess import Assessment, resources
from edukit.schemes import load_scheme
from edukit.verdict import Verdict, all_of

MET, NOT_MET, UNDETERMINED = (verdict.value for verdict in (Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED))
QUALITY = load_scheme("quality-2017")
STAGES = ("primary", "junior")
FIELDS = {  # indicator: the field that carries it, and how many of its units one typed unit is
    "Q1": ("higher_degree_teachers_{stage}", 1),
    "Q2": ("backbone_teachers_{stage}", 1),
    "Q3": ("pe_arts_teachers_{stage}", 1),
    "Q4": ("teaching_area", 1),
    "Q5": ("sports_field_area", 1),
    "Q6": ("equipment_value", 10000),
    "Q7": ("multimedia_rooms", 1),
}


def needed(indicator: str, stage: str, share_of_standard: str = "1") -> Decimal:
    """The resource per pupil that gives exactly the standard, or a share of it, as it is typed."""
    own = QUALITY.indicator(indicator)
    return Decimal(str(own.threshold[stage])) * Decimal(share_of_standard) / own.per / FIELDS[indicator][1]


def single(indicator: str, stage: str, amount: Decimal, pupils: int, name: str = "某校") -> Row:
    """A school of one stage in which only one indicator has its resource set."""
    field = FIELDS[indicator][0].replace("{stage}", stage)
    make = primary if stage == "primary" else junior
    return make(name, pupils, indoor_sports_area=0, **{field: float(amount)})


# ---- thresholds and floors ------------------------------------------------------------------------------------------

SIZES = (1, 73, 300, 1997)
HAIR = Decimal("0.000000001")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("indicator", FIELDS)
def test_exactly_the_standard_is_met_and_a_hair_less_is_not(indicator: str, stage: str) -> None:
    rows = []
    for pupils in SIZES:
        exactly = needed(indicator, stage) * pupils
        rows += [single(indicator, stage, exactly, pupils, f"正好{pupils}")]
        rows += [single(indicator, stage, exactly - HAIR, pupils, f"差一点{pupils}")]
    result = judge(rows)
    for pupils in SIZES:
        assert cell(result, f"正好{pupils}", indicator, stage)["verdict"] == MET, pupils
        assert cell(result, f"差一点{pupils}", indicator, stage)["verdict"] == NOT_MET, pupils


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("indicator", FIELDS)
def test_exactly_the_floor_is_not_below_it_and_a_hair_less_is(indicator: str, stage: str) -> None:
    rows = []
    for pupils in SIZES:
        floor = needed(indicator, stage, "0.85") * pupils
        rows += [single(indicator, stage, floor, pupils, f"正好{pupils}")]
        rows += [single(indicator, stage, floor - HAIR, pupils, f"差一点{pupils}")]
    result = judge(rows)
    for pupils in SIZES:
        at, under = (cell(result, f"{name}{pupils}", indicator, stage) for name in ("正好", "差一点"))
        assert (at["verdict"], at["below_floor"]) == (NOT_MET, False), pupils
        assert (under["verdict"], under["below_floor"]) == (NOT_MET, True), pupils
        assert unit(result, f"正好{pupils}", stage)["verdict"] == MET
        assert unit(result, f"差一点{pupils}", stage)["verdict"] == NOT_MET
        assert unit(result, f"差一点{pupils}", stage)["below_floor"] == [indicator]


PAIRS = [(110 * a, b) for a in (1, 7, 9) for b in (17, 123, 611)]
"""Primary and junior pupils of nine-year schools for which the total that reaches a standard is a decimal number."""


def weighted(pupils: tuple[int, int], stage: str) -> Decimal:
    """Weighted pupils of a nine-year school in terms of one stage's pupils."""
    return Decimal(pupils[0] + Decimal("1.1") * pupils[1]) / (Decimal("1.1") if stage == "junior" else 1)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("indicator", ["Q4", "Q5", "Q6", "Q7"])
@pytest.mark.parametrize(("share", "below"), [("1", False), ("0.85", True)], ids=["标准", "底线"])
def test_at_the_limit_in_split_schools(indicator: str, stage: str, share: str, below: bool) -> None:
    field = FIELDS[indicator][0]
    rows, floats = [], []
    for pupils in PAIRS:
        total = needed(indicator, stage, share) * weighted(pupils, stage)
        rows.append(nine_year(f"正好{pupils}", pupils, indoor_sports_area=0, **{field: float(total)}))
        rows.append(nine_year(f"差一点{pupils}", pupils, indoor_sports_area=0, **{field: float(total - HAIR)}))
    result = judge(rows)
    for pupils in PAIRS:
        at, under = (cell(result, f"{name}{pupils}", indicator, stage) for name in ("正好", "差一点"))
        reached = [not own["below_floor"] if below else own["verdict"] == MET for own in (at, under)]
        assert reached == [True, False], pupils
        floats.append(at["value"] - at["floor" if below else "threshold"])
    if stage == "primary":  # 1.1 as a float lies above 1.1, so that only these fall short
        assert min(floats) < 0, "no float falls short of its limit: this test would not see a plain comparison"


@pytest.mark.parametrize(
    ("stage", "indicator", "pupils", "have", "verdict"),
    [
        ("primary", "Q2", 300, 3, MET),
        ("primary", "Q2", 301, 3, NOT_MET),
        ("primary", "Q3", 1000, 9, MET),
        ("primary", "Q7", 1000, 23, MET),
        ("primary", "Q1", 500, 21, MET),
        ("junior", "Q1", 1000, 53, MET),
        ("junior", "Q7", 125, 3, MET),
        ("junior", "Q7", 126, 3, NOT_MET),
    ],
)
def test_whole_numbers_at_the_standard(stage: str, indicator: str, pupils: int, have: int, verdict: str) -> None:
    result = judge([single(indicator, stage, Decimal(have), pupils)])
    assert cell(result, "某校", indicator, stage)["verdict"] == verdict


# ---- one school: six of seven, the other at 85 % --------------------------------------------------------------------


def school_with(**shares: float | None) -> Row:
    """A primary school of 1000 with given shares of the standards, all others amply met."""
    row = primary("某校", 1000, indoor_sports_area=0)
    for indicator, share in shares.items():
        amount = None if share is None else float(needed(indicator, "primary") * 1000 * Decimal(str(share)))
        row[FIELDS[indicator][0].replace("{stage}", "primary")] = amount
    return row


@pytest.mark.parametrize(
    ("shares", "n_met", "n_unknown", "below", "verdict"),
    [
        ({}, 7, 0, [], MET),
        ({"Q1": 0.9}, 6, 0, [], MET),
        ({"Q1": 0.84}, 6, 0, ["Q1"], NOT_MET),
        ({"Q1": 0.9, "Q7": 0.9}, 5, 0, [], NOT_MET),
        ({"Q1": 0.84, "Q7": 0.1}, 5, 0, ["Q1", "Q7"], NOT_MET),
        ({"Q2": None}, 6, 1, [], UNDETERMINED),
        ({"Q2": None, "Q1": 0.9}, 5, 1, [], UNDETERMINED),
        ({"Q2": None, "Q1": 0.84}, 5, 1, ["Q1"], NOT_MET),
        ({"Q2": None, "Q1": 0.9, "Q7": 0.9}, 4, 1, [], NOT_MET),
        ({"Q2": None, "Q3": None}, 5, 2, [], UNDETERMINED),
        ({"Q6": 0}, 6, 0, ["Q6"], NOT_MET),
    ],
)
def test_school_rule(
    shares: dict[str, float | None], n_met: int, n_unknown: int, below: list[str], verdict: str
) -> None:
    own = unit(judge([school_with(**shares)]), "某校")
    assert (own["n_met"], own["n_unknown"], own["below_floor"], own["verdict"]) == (n_met, n_unknown, below, verdict)


def test_every_school_must_pass() -> None:
    assert judge(town()).parts["schools"] is Verdict.MET
    failing = judge([*town(), primary("落后小学", 300, teaching_area=900, indoor_sports_area=0)])
    assert failing.parts["schools"] is Verdict.NOT_MET
    assert failing.verdict is Verdict.NOT_MET
    assert failing.schools["verdict"].value_counts().to_dict() == {MET: 5, NOT_MET: 1}


# ---- coefficients at their limit ------------------------------------------------------------------------------------


def two_schools(stage: str, low: str, high: str, scale: int, field: str = "equipment_value") -> list[Row]:
    make = primary if stage == "primary" else junior
    return [
        make(name, 300, indoor_sports_area=0, **{field: float(Decimal(amount) * scale)})
        for name, amount in (("甲", low), ("乙", high))
    ]


SCALES = (1, 17, 34)


@pytest.mark.parametrize(
    ("stage", "low", "high", "limit"), [("primary", "0.1", "0.3", 0.5), ("junior", "0.11", "0.29", 0.45)]
)
def test_a_coefficient_exactly_at_its_limit_passes(stage: str, low: str, high: str, limit: float) -> None:
    cvs = []
    for scale in SCALES:
        at = balance(judge(two_schools(stage, low, high, scale)), "Q6", stage)
        cvs.append(at["cv"])
        assert at["cv"] == pytest.approx(limit, rel=1e-14)
        assert at["verdict"] == MET, scale
        over = balance(judge(two_schools(stage, low, f"{high}0000001", scale)), "Q6", stage)
        assert over["verdict"] == NOT_MET, scale
    assert max(cvs) > limit, "no float exceeds the limit: this test would not see a plain comparison"


@pytest.mark.parametrize("stage", STAGES)
def test_every_coefficient_has_its_limit(stage: str) -> None:
    """Half as much and one and a half times as much in each indicator: just above either limit."""
    rows = two_schools(stage, "1", "3.01", 1)
    for field, _ in FIELDS.values():
        for row, times in zip(rows, (100, 301), strict=True):
            row[field.replace("{stage}", stage)] = times
    result = judge(rows)
    assert result.balance["verdict"].tolist() == [NOT_MET] * 7
    for failing in FIELDS:
        row = dict(rows[0]) | {"school_name": "乙"}
        row[FIELDS[failing][0].replace("{stage}", stage)] = 301
        alone = judge([rows[0], row])
        assert alone.balance.loc[alone.balance["verdict"] == NOT_MET, "indicator"].tolist() == [failing]
        assert alone.parts["balance"] is Verdict.NOT_MET


def spread_in_all(low: str, high: str) -> list[Row]:
    """Two primary schools that stand low : high in all eight indicators of the basic scheme."""
    fields = ["teaching_area", "sports_field_area", "equipment_value", "computers", "books", "teachers_primary"]
    fields += ["higher_degree_teachers_primary", "middle_title_teachers_primary"]
    rows = []
    for name, amount in (("甲", low), ("乙", high)):
        given = {field: float(Decimal(amount) * k) for k, field in enumerate(fields, 3)}
        rows.append(primary(name, 300, indoor_sports_area=0, **given))
    return rows


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [("0.35", "1.65", MET), ("0.35", "1.6500001", NOT_MET), ("3.5", "16.5", MET)]
)
def test_a_composite_exactly_at_its_limit_passes(low: str, high: str, verdict: str) -> None:
    result = judge(spread_in_all(low, high), "basic-2012")
    own = result.composite.iloc[0]
    assert own["cv"] == pytest.approx(0.65, rel=1e-6)
    assert own["verdict"] == verdict
    assert result.verdict.value == verdict


def test_float_error_does_not_fail_a_composite() -> None:
    worst = judge(spread_in_all("0.35", "1.65"), "basic-2012")
    worst.balance["cv"] = np.nextafter(0.65, 1)  # as if summing up had come out one binary digit too high
    own = resources.composite(worst.balance, worst.scheme, worst.units, worst.source)
    assert own["verdict"].tolist() == [MET]


def test_known_coefficients_that_exceed_the_limit_alone_decide_a_composite() -> None:
    schools = [primary("甲", 300, books=1), primary("乙", 300, books=99999)]
    for school in schools:
        school.update(computers=school["books"], equipment_value=school["books"], sports_field_area=school["books"])
        school.update(teachers_primary=school["books"], higher_degree_teachers_primary=school["books"])
    schools[0]["teaching_area"] = None
    result = judge(schools, "basic-2012")
    assert math.isnan(result.composite["cv"].iloc[0])
    assert result.composite["verdict"].tolist() == [NOT_MET]


def test_the_basic_scheme_judges_the_composite_alone() -> None:
    result = judge([primary("甲", 300, books=100), primary("乙", 300, books=40000)], "basic-2012")
    assert balance(result, "B5")["cv"] > 0.9
    assert set(result.balance["verdict"]) == {""}
    assert result.balance["cv_limit"].isna().all()
    assert set(result.schools["verdict"]) == {""}
    assert list(result.parts) == ["composite"]
    assert result.verdict is Verdict.MET


def test_contributions_name_who_causes_it() -> None:
    result = judge([*town(), primary("条件差", 300, books=300), primary("无数据", 10)], "basic-2012")
    own = result.cells[(result.cells["indicator"] == "B5") & (result.cells["stage"] == "primary")]
    assert own["contribution"].sum() == pytest.approx(balance(result, "B5")["cv"] ** 2, rel=1e-12)
    assert own.loc[own["contribution"].idxmax(), "school"] == "条件差"


# ---- unknown --------------------------------------------------------------------------------------------------------


def test_one_blank_leaves_open_only_what_depends_on_it() -> None:
    rows = town()
    rows[0]["books"] = None
    rows[1]["multimedia_rooms"] = None
    quality, basic = judge(rows), judge(rows, "basic-2012")
    assert cell(quality, "河东小学", "Q7")["verdict"] == UNDETERMINED
    assert quality.cells["verdict"].value_counts().to_dict() == {MET: 34, UNDETERMINED: 1}
    assert balance(quality, "Q7")["verdict"] == UNDETERMINED
    assert balance(quality, "Q7")["unknown"] == 1
    assert balance(quality, "Q7", "junior")["verdict"] == MET
    assert quality.schools["verdict"].tolist() == [MET, UNDETERMINED, MET, MET, MET]
    assert quality.verdict is Verdict.UNDETERMINED
    assert basic.composite["verdict"].tolist() == [UNDETERMINED, MET]
    assert math.isnan(balance(basic, "B5")["cv"])
    assert balance(basic, "B4")["cv"] > 0


def test_a_failure_decides_whatever_is_unknown() -> None:
    rows = [
        *town(),
        primary("落后小学", 300, teaching_area=900, indoor_sports_area=0, books=None, backbone_teachers_primary=None),
    ]
    assert judge(rows).verdict is Verdict.NOT_MET


def test_all_zero_is_known_but_has_no_coefficient() -> None:
    rows = [primary("甲", backbone_teachers_primary=0), primary("乙", backbone_teachers_primary=0)]
    result = judge(rows)
    own = balance(result, "Q2")
    assert (own["mean"], own["unknown"], own["verdict"]) == (0, 0, UNDETERMINED)
    assert result.cells[result.cells["indicator"] == "Q2"]["verdict"].tolist() == [NOT_MET, NOT_MET]


def unknown_findings(result: Assessment) -> list[tuple[str, str, str]]:
    return [(f.where, f.school, f.field) for f in result.findings if f.rule == "unknown-value"]


def test_the_cell_that_would_settle_it_is_named() -> None:
    rows = town()
    rows[1]["multimedia_rooms"] = None
    result = judge(rows, locate=lambda row, field: f"学校!{field}@{row}")
    assert unknown_findings(result) == [("学校!multimedia_rooms@1", "河东小学", "multimedia_rooms")]
    message = next(f.message for f in result.findings if f.rule == "unknown-value")
    for part in ("河东小学", f"“{header('multimedia_rooms')}”空白", "Q7", "无法判定", "补填", "确为零的填"):
        assert part in message


def test_a_blank_column_is_named_once() -> None:
    rows = [row | {"books": None} for row in town()]
    result = judge(rows, "basic-2012")
    assert unknown_findings(result) == [("学校", "", "books")]
    assert f"“{header('books')}”整列空白" in result.findings[0].message
    assert "B5" in result.findings[0].message


def test_missing_senior_pupils_are_named() -> None:
    result = judge([*town(), complete(pupils_senior=None)])
    assert unknown_findings(result) == [("学校", "完全中学", "pupils_senior")]
    assert "拆分到学段的各项指标" in result.findings[0].message


# ---- Kleene: a determined verdict never changes, whatever is put into the blanks ------------------------------------

FILLABLE = [
    *(field for field, _ in FIELDS.values() if "{" not in field),
    *(field.replace("{stage}", stage) for field, _ in FIELDS.values() if "{" in field for stage in STAGES),
    *("indoor_sports_area", "computers", "books", "teachers_primary", "teachers_junior"),
    *("middle_title_teachers_primary", "middle_title_teachers_junior", "max_class_primary", "max_class_junior"),
    "pupils_senior",
]
COUNTY = [
    primary("甲", 300),
    primary("乙", 200),
    nine_year("丙", (150, 120)),
    complete("丁", (200, 300)),
    junior("戊", 350),
]


def verdicts(result: Assessment) -> dict[tuple[Any, ...], str]:
    """Every verdict of an assessment by what it is about."""
    found: dict[tuple[Any, ...], str] = {("county",): result.verdict.value}
    found |= {("block", name): verdict.value for name, verdict in result.parts.items()}
    for name, keys in (
        ("cells", ["school", "stage", "indicator"]), ("schools", ["school", "stage"]), ("items", ["id"]),
        ("balance", ["stage", "indicator"]), ("composite", ["stage"]),
    ):  # fmt: skip
        part = getattr(result, name)
        found |= {(name, *key): verdict for *key, verdict in part[[*keys, "verdict"]].itertuples(index=False)}
    return found


@settings(max_examples=10)
@given(st.data(), st.sampled_from(["quality-2017", "basic-2012"]))
def test_no_number_put_into_a_blank_overturns_a_verdict(data: st.DataObject, scheme: str) -> None:
    table = frame(COUNTY)
    places = st.tuples(st.integers(0, len(COUNTY) - 1), st.sampled_from(FILLABLE))
    for row, field in data.draw(st.lists(places, min_size=0, max_size=4)):  # some numbers decide one way or other
        table.at[row, field] *= data.draw(st.sampled_from([0, 0.1, 0.5, 3]))
    blanks = data.draw(st.lists(places, min_size=1, max_size=4, unique=True))
    blanks = [(row, field) for row, field in blanks if not math.isnan(table.at[row, field])]
    for row, field in blanks:
        table.at[row, field] = np.nan
    before = verdicts(judge(table.copy(), scheme))
    filled = table.copy()
    for row, field in blanks:
        filled.at[row, field] = data.draw(st.sampled_from([0, 1, 20, 45, 46, 400, 3000, 50000]))
    after = verdicts(judge(filled, scheme))
    overturned = {key: (was, after[key]) for key, was in before.items() if was not in ("", UNDETERMINED, after[key])}
    assert not overturned


@given(st.lists(st.sampled_from(list(Verdict)), max_size=6))
def test_all_of_is_kleene(given_verdicts: list[Verdict]) -> None:
    answers = {
        all_of(v if v is not Verdict.UNDETERMINED else filled for v in given_verdicts)
        for filled in (Verdict.MET, Verdict.NOT_MET)
    }
    result = all_of(given_verdicts)
    assert result is Verdict.UNDETERMINED or answers == {result}


# ---- order, single schools, missing stages --------------------------------------------------------------------------


def numbers(result: Assessment) -> dict[tuple[str, str], tuple[float, ...]]:
    columns = ["stage", "indicator", "pupils", "mean", "sd", "cv"]
    return {(row[0], row[1]): row[2:] for row in result.balance[columns].itertuples(index=False, name=None)}


@settings(max_examples=4)
@given(
    st.permutations(
        [*COUNTY, twelve_year("己"), primary("庚", 90, books=None), primary("辛", 30, school_type="小学教学点")]
    )
)
def test_the_order_of_rows_never_matters(rows: list[Row]) -> None:
    for scheme in ("quality-2017", "basic-2012"):
        first, other = judge(sorted(rows, key=lambda row: row["school_name"]), scheme), judge(rows, scheme)
        assert verdicts(first) == verdicts(other)
        theirs = numbers(other)
        for key, values in numbers(first).items():
            assert theirs[key] == pytest.approx(values, rel=1e-12, abs=1e-12, nan_ok=True)


def test_one_school_alone_is_balanced() -> None:
    result = judge([primary("独校", 300)])
    assert result.balance["cv"].eq(0).all()
    assert result.balance["n_units"].eq(1).all()
    assert result.stages == ("primary",)
    assert result.verdict is Verdict.MET


@pytest.mark.parametrize(
    ("rows", "stages"), [([primary()], ["primary"]), ([junior()], ["junior"]), (town(), ["primary", "junior"])]
)
def test_a_stage_without_schools_is_not_judged(rows: list[Row], stages: list[str]) -> None:
    quality, basic = judge(rows), judge(rows, "basic-2012")
    assert quality.balance["stage"].unique().tolist() == stages
    assert basic.composite["stage"].tolist() == stages
    assert list(quality.stages) == stages
    assert quality.verdict is basic.verdict is Verdict.MET


@pytest.mark.parametrize("scheme", ["quality-2017", "basic-2012"])
def test_nobody_to_judge_is_undetermined(scheme: str) -> None:
    result = judge([{"school_name": "启智学校", "school_type": "特殊教育学校"}], scheme)
    assert result.verdict is Verdict.UNDETERMINED
    assert result.stages == ()
    assert len(result.excluded) == 1
    assert result.cells.empty and result.schools.empty and result.balance.empty
    assert result.matrix().empty


def test_matrix_lays_out_units_by_indicator() -> None:
    result = judge(town())
    assert result.matrix().shape == (5, 7)
    assert list(result.matrix(stage="junior").columns) == list(QUALITY.ids)
    assert len(result.matrix("verdict", "junior")) == 2


def test_the_source_is_not_touched() -> None:
    source = frame(town())
    copy = source.copy(deep=True)
    judge(source)
    judge(source, "basic-2012")
    pd.testing.assert_frame_equal(source, copy)


# ---- items of other blocks ------------------------------------------------------------------------------------------


def item(rows: list[Row], id_: str) -> pd.Series:
    items = judge(rows).items
    return items[items["id"] == id_].iloc[0]


@pytest.mark.parametrize(
    ("school", "verdict"),
    [
        (primary("甲", 2000), MET),
        (primary("甲", 2001), NOT_MET),
        (junior("甲", 2001), NOT_MET),
        (nine_year("甲", (1500, 1000)), MET),
        (nine_year("甲", (1500, 1001)), NOT_MET),
        (twelve_year("甲", (1500, 1000, 3000)), MET),
        (complete("甲", (2000, 3000)), MET),
        (nine_year("甲", (300, 200), pupils_junior=None), UNDETERMINED),
    ],
)
def test_school_size(school: Row, verdict: str) -> None:
    own = item([school], "Gov4")
    assert own["verdict"] == verdict
    if verdict == NOT_MET:
        assert own["failing"] == ["甲"]
        assert "甲" in own["evidence"]


@pytest.mark.parametrize(
    ("school", "verdict"),
    [
        (primary("甲", max_class_primary=45), MET),
        (primary("甲", max_class_primary=46), NOT_MET),
        (junior("甲", max_class_junior=50), MET),
        (junior("甲", max_class_junior=51), NOT_MET),
        (nine_year("甲", max_class_primary=46, max_class_junior=None), NOT_MET),
        (nine_year("甲", max_class_primary=45, max_class_junior=None), UNDETERMINED),
    ],
)
def test_class_size(school: Row, verdict: str) -> None:
    own = item([school], "Gov5")
    assert own["verdict"] == verdict
    if verdict == UNDETERMINED:
        assert own["unknown"] == ["甲（初中）"]
        assert "缺数据：甲（初中）" in own["evidence"]


def test_items_do_not_enter_the_verdict() -> None:
    result = judge([primary("甲", 2001, max_class_primary=60)])
    assert set(result.items.set_index("id").loc[["Gov4", "Gov5"], "verdict"]) == {NOT_MET}
    assert result.verdict is Verdict.MET


def test_units_and_cells_are_found_by_what_they_are() -> None:
    found = judge([nine_year("九年校"), primary("小学甲", 300)])
    assert list(found.unit_names.values()) == ["九年校小学部", "小学甲", "九年校初中部"]
    cells = found.cells.set_index(["unit", "indicator"])
    assert len(found.by_cell) == len(cells)
    assert all(cells.at[place, "value"] == cell["value"] for place, cell in found.by_cell.items())
