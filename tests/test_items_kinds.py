"""Kinds of conditions beyond what the national items show: shares, seats, town and country, years, surveys, marks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given as given_
from hypothesis import strategies as st

import county as made
from edukit import funding, schools
from edukit.errors import SchemeError
from edukit.items import KINDS, Evidence, judge_items
from edukit.items.told import asked, one_line
from edukit.outcome import Outcome
from edukit.schemes import Condition, Item, load_scheme
from edukit.schemes.conditions import KEYS, check_condition
from edukit.verdict import Verdict

MET, NOT_MET, OPEN = Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED
QUALITY = load_scheme("quality-2017")


def evidence(rows: Sequence[made.Row], years: Mapping[int, Mapping[str, Any]] | None = None, **sheets: Any) -> Evidence:
    source = made.frame(rows)
    units = schools.units(source, QUALITY).frame
    county = pd.DataFrame.from_dict(years or {}, orient="index")
    frames = {name: pd.DataFrame(given) if isinstance(given, list) else given for name, given in sheets.items()}
    return Evidence(schools=source, units=units, county=county, year=2020, **frames)


def said(kind: str, given: Evidence, **settings: Any) -> Outcome:
    refused: list[str] = []
    check_condition((), {"kind": kind, **settings}, lambda path, reason: refused.append(f"{path}: {reason}"))
    assert refused == []
    outcome = KINDS[kind](given, {"name": "某事项", "item": "X1", **settings})
    assert not outcome.evidence.endswith("。")
    return outcome


# ---- schools: how many, which share ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at_least", "verdict"), [(0.8, MET), (0.8001, OPEN), (0.9, OPEN), (0.9001, NOT_MET), (1, NOT_MET)]
)
def test_a_share_of_schools_lies_between_bounds(at_least: float, verdict: Verdict) -> None:
    """Eight say yes, one no, one nothing: 80 % to 90 %."""
    words = [*["是"] * 8, "否", None]
    rows = [made.primary(f"小学{i}", 300, standardised=word) for i, word in enumerate(words)]
    outcome = said("school_share", evidence(rows), field="standardised", at_least=at_least)
    assert outcome.verdict is verdict
    assert outcome.unknown == ("小学9",)
    assert outcome.failing == (("小学8",) if verdict is NOT_MET else ())
    assert math.isnan(outcome.value)


@given_(st.lists(st.sampled_from(["是", "否", None]), min_size=1, max_size=8), st.data())
def test_what_is_filled_in_never_turns_a_verdict(words: list[str | None], data: st.DataObject) -> None:
    rows = [made.primary(f"小学{i}", 300, standardised=word) for i, word in enumerate(words)]
    before = said("school_share", evidence(rows), field="standardised", at_least=0.5)
    for row in rows:
        row["standardised"] = row["standardised"] or data.draw(st.sampled_from(["是", "否"]))
    after = said("school_share", evidence(rows), field="standardised", at_least=0.5)
    assert after.verdict is not OPEN
    assert before.verdict in (OPEN, after.verdict)


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        ({"types": {"小学": 2, "初级中学": 1}, "total": 4}, MET),
        ({"types": {"小学": 2, "初级中学": 1}, "total": 3}, NOT_MET),
        ({"types": {"小学": 1}}, NOT_MET),
        ({"types": {"小学": 2}}, MET),
    ],
)
def test_number_of_schools(limits: Mapping[str, Any], verdict: Verdict) -> None:
    rows = [*made.town(), {"school_name": "启智学校", "school_type": "特殊教育学校"}]  # no compulsory stage of its own
    assert said("school_count", evidence(rows), **limits).verdict is verdict


def test_a_pooled_rate_takes_each_unit_with_its_stage() -> None:
    rows = [
        made.primary("甲", 400, choice_pupils_primary=2),
        made.nine_year("乙", (300, 200), choice_pupils_primary=1, choice_pupils_junior=3),
    ]
    share = {"numerator": ["choice_pupils_{stage}"], "denominator": ["pupils_{stage}"]}
    outcome = said("pooled", evidence(rows), **share, at_most=0.01)
    assert outcome.value == pytest.approx(6 / 900)
    assert outcome.verdict is MET
    assert said("pooled", evidence(rows), **share, at_most=0.0066).verdict is NOT_MET
    junior = said("pooled", evidence(rows), **share, stage="junior", at_most=0.01)
    assert junior.value == pytest.approx(3 / 200)
    assert junior.verdict is NOT_MET
    rows[1]["choice_pupils_junior"] = None
    assert said("pooled", evidence(rows), **share, at_most=0.01).unknown == ("乙",)


# ---- classes --------------------------------------------------------------------------------------------------------


def bands(stage: str = "primary", **counts: float) -> made.Row:
    """Every band of a stage, 0 where it is not given, and no largest class."""
    names = "le25 26_30 31_35 36_40 41_45 46_50 51_55 56_60 61_65 ge66".split()
    filled = {f"classes_{name}_{stage}": counts.get(f"b{name}", 0.0) for name in names}
    return {**filled, f"classes_{stage}": sum(counts.values()), f"max_class_{stage}": None}


LIMITS = {"primary": 45, "junior": 50}


def test_the_bands_decide_where_the_largest_class_is_blank() -> None:
    fine = evidence([made.primary("甲", 400, **bands(b36_40=4, b41_45=6))])
    assert said("class_sizes", fine, limits=LIMITS).verdict is MET
    over = said("class_sizes", evidence([made.primary("甲", 400, **bands(b41_45=9, b46_50=1))]), limits=LIMITS)
    assert (over.verdict, over.failing, over.value, over.limit) == (NOT_MET, ("甲（小学）",), 46, 45)
    assert over.evidence == "甲（小学）1个班超过（上限45人）"


def test_the_largest_class_alone_decides_as_it_always_did() -> None:
    rows = [made.nine_year("甲", (300, 200), max_class_primary=45, max_class_junior=51)]
    outcome = said("class_sizes", evidence(rows), limits=LIMITS)
    assert (outcome.verdict, outcome.value, outcome.limit, outcome.unit) == (NOT_MET, 51, 50, "人")
    assert outcome.evidence == "甲（初中）51人（上限50人）"
    rows[0]["max_class_junior"] = None
    outcome = said("class_sizes", evidence(rows), limits=LIMITS)
    assert (outcome.verdict, outcome.unknown, outcome.evidence) == (OPEN, ("甲（初中）",), "缺数据：甲（初中）")


def test_numbers_that_contradict_each_other_decide_nothing() -> None:
    row = {**bands(b41_45=9, b46_50=1), "max_class_primary": 44}
    outcome = said("class_sizes", evidence([made.primary("甲", 400, **row)]), limits=LIMITS)
    assert outcome.verdict is OPEN
    assert "互相矛盾" in outcome.evidence


@pytest.mark.parametrize(("share", "verdict"), [(0.1, MET), (0.0999, NOT_MET)])
def test_a_share_of_large_classes_may_be_allowed(share: float, verdict: Verdict) -> None:
    given = evidence([made.primary("甲", 400, **bands(b41_45=9, b46_50=1))])
    outcome = said("class_sizes", given, limits=LIMITS, share_at_most=share)
    assert (outcome.verdict, outcome.value) == (verdict, 10)


@pytest.mark.parametrize(("at_least", "verdict"), [(0.4, MET), (0.4001, NOT_MET)])
def test_small_classes(at_least: float, verdict: Verdict) -> None:
    given = evidence([made.primary("甲", 400, **bands(b36_40=4, b41_45=6))])
    outcome = said("small_classes", given, limits={"primary": 40, "junior": 45}, at_least=at_least)
    assert (outcome.verdict, outcome.value) == (verdict, 0.4)


def test_small_classes_between_bounds() -> None:
    blank = made.primary("乙", 400, **bands(b36_40=10), school_code="1")
    blank |= {name: None for name in blank if name.startswith("classes_") and name != "classes_primary"}
    rows = [made.primary("甲", 400, **bands(b36_40=10)), blank]
    limits = {"primary": 40, "junior": 45}
    outcome = said("small_classes", evidence(rows), limits=limits, at_least=0.6)
    assert (outcome.verdict, outcome.unknown) == (OPEN, ("乙（小学）",))
    assert "50.0%至100.0%" in outcome.evidence
    assert said("small_classes", evidence(rows), limits=limits, at_least=0.5).verdict is MET
    rows[1]["max_class_primary"] = 40
    assert said("small_classes", evidence(rows), limits=limits, at_least=1).verdict is MET


# ---- what became less -----------------------------------------------------------------------------------------------


def crowded(**counts: int) -> Evidence:
    """Schools with so many classes above 45 of ten."""
    rows = [made.primary(name, 400, **bands(b41_45=10 - n, b46_50=n)) for name, n in counts.items()]
    return evidence(rows)


@pytest.mark.parametrize(
    ("before", "now", "net", "verdict"),
    [
        ({"甲": 4}, {"甲": 3}, False, MET),  # a quarter exactly
        ({"甲": 5}, {"甲": 4}, False, NOT_MET),  # a fifth
        ({"甲": 4, "乙": 0}, {"甲": 3, "乙": 1}, False, MET),  # new ones elsewhere are not set off
        ({"甲": 4, "乙": 0}, {"甲": 3, "乙": 1}, True, NOT_MET),
        ({"甲": 0}, {"甲": 0}, False, MET),
        ({"甲": 4}, {"乙": 0}, False, OPEN),  # where have they gone?
    ],
)
def test_fewer_large_classes(before: dict[str, int], now: dict[str, int], net: bool, verdict: Verdict) -> None:
    given = replace(crowded(**now), before=crowded(**before))
    settings = {"what": "classes", "limits": LIMITS, "at_least": 0.25, "net": net}
    assert said("fewer", given, **settings).verdict is verdict


def test_without_a_year_before_nothing_is_said_of_less() -> None:
    for what in ({"what": "classes", "limits": LIMITS}, {"what": "units"}):
        outcome = said("fewer", crowded(甲=3), **what, at_least=0.25)
        assert outcome.verdict is OPEN
        assert "没有上年" in outcome.evidence


def test_fewer_large_schools() -> None:
    def of(*pupils: int) -> Evidence:
        return evidence([made.primary(f"小学{i}", n) for i, n in enumerate(pupils)])

    limits = {"小学": 2000}
    before = of(2100, 2200, 2300, 2400)
    for now, verdict in ((of(2000, 2200, 2300, 2400), MET), (of(2001, 2200, 2300, 2400), NOT_MET)):
        outcome = said("fewer", replace(now, before=before), what="schools", limits=limits, at_least=0.25)
        assert outcome.verdict is verdict


def standing(**verdicts: Verdict) -> Evidence:
    given = evidence([made.primary(name, 400) for name in verdicts])
    rows = [{"unit": i, "verdict": verdict.value} for i, verdict in enumerate(verdicts.values())]
    return replace(given, standing=pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ({"甲": MET, "乙": NOT_MET, "丙": NOT_MET, "丁": NOT_MET}, MET),
        ({"甲": NOT_MET, "乙": NOT_MET, "丙": NOT_MET, "丁": NOT_MET}, NOT_MET),
        ({"甲": OPEN, "乙": NOT_MET, "丙": NOT_MET, "丁": NOT_MET}, OPEN),
        ({"乙": NOT_MET, "丙": NOT_MET, "丁": NOT_MET}, OPEN),  # no longer judged is not repaired
    ],
)
def test_fewer_units_not_met(now: dict[str, Verdict], verdict: Verdict) -> None:
    before = standing(甲=NOT_MET, 乙=NOT_MET, 丙=NOT_MET, 丁=NOT_MET)
    assert said("fewer", replace(standing(**now), before=before), what="units", at_least=0.25).verdict is verdict


# ---- places ---------------------------------------------------------------------------------------------------------

SEATS = {"norms": {"primary": 80, "junior": 40}, "per_class": {"primary": 45, "junior": 50}, "urban": ["城区", "镇区"]}


def in_town(primary: made.Row, junior: made.Row, place: str | None = "城区") -> Evidence:
    """10,000 urban residents: 800 primary and 400 junior places are due. A village school counts for nothing."""
    rows = [
        made.primary("城关小学", 700, urban_type="镇区", **primary),
        made.junior("城关中学", 380, urban_type=place, **junior),
        made.primary("村小", 300, urban_type="乡村", approved_places_primary=5000),
    ]
    return evidence(rows, {2020: {"urban_residents": 1}})


@pytest.mark.parametrize(
    ("primary", "junior", "place", "verdict"),
    [
        ({"approved_places_primary": 800}, {"designed_classes_junior": 8}, "城区", MET),  # both exactly
        ({"approved_places_primary": 799}, {"designed_classes_junior": 8}, "城区", NOT_MET),
        ({"designed_classes_primary": 18}, {"designed_classes_junior": 8}, "城区", MET),  # 18 x 45 = 810
        ({"designed_classes_primary": 17}, {"designed_classes_junior": 8}, "城区", NOT_MET),
        (
            {"approved_places_primary": 799, "designed_classes_primary": 30},
            {"designed_classes_junior": 8},
            "城区",
            NOT_MET,
        ),
        ({}, {"designed_classes_junior": 8}, "城区", OPEN),
        ({"approved_places_primary": 800}, {"designed_classes_junior": 8}, None, OPEN),
        ({"approved_places_primary": 799}, {}, "城区", NOT_MET),
    ],
)
def test_seats(primary: made.Row, junior: made.Row, place: str | None, verdict: Verdict) -> None:
    assert said("seats", in_town(primary, junior, place), **SEATS).verdict is verdict


def test_seats_without_residents() -> None:
    given = replace(in_town({"approved_places_primary": 800}, {"designed_classes_junior": 8}), county=pd.DataFrame())
    outcome = said("seats", given, **SEATS)
    assert (outcome.verdict, set(outcome.unknown)) == (OPEN, {"城镇常住人口"})


def compared(at_least: float, rural: float | None = 6.3, place: str | None = "乡村") -> Outcome:
    """Town: (100 x 10 + 300 x 6) / 400 = 7 of Q1; country: 6.3, nine tenths of it."""
    rows = [
        made.primary("甲", 100, urban_type="城区"),
        made.primary("乙", 300, urban_type="镇区"),
        made.primary("丙", 50, urban_type=place),
        made.junior("丁", 500, urban_type="城区"),
    ]
    given = evidence(rows, values=pd.DataFrame({"Q1": [10, 6, rural, 4]}))
    return said("urban_rural", given, indicators=["Q1"], urban=["城区", "镇区"], rural=["乡村"], at_least=at_least)


def test_town_and_country() -> None:
    assert (compared(0.9).verdict, compared(0.9).value) == (MET, 0.9)
    assert compared(0.9001).verdict is NOT_MET
    assert "初中只有城镇或只有乡村学校" in compared(0.9).evidence
    assert compared(0.9, rural=None).unknown == ("丙（小学）",)
    assert compared(0.9, place=None).unknown == ("丙",)
    assert compared(0.9, rural=None).verdict is OPEN


# ---- the county's own numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("strict", "now", "verdict"), [(True, 50, NOT_MET), (False, 50, MET), (False, 49, NOT_MET)])
def test_a_ratio_that_may_stay_or_must_rise(strict: bool, now: int, verdict: Verdict) -> None:
    years = {2019: {"hs_quota": 40, "hs_plan": 80}, 2020: {"hs_quota": now, "hs_plan": 100}}
    share: dict[str, Any] = {"numerator": ["hs_quota"], "denominator": ["hs_plan"], "strict": strict, "percent": True}
    assert said("rising", evidence(made.town(), years), **share).verdict is verdict
    # Where this year's workbook does not carry last year, last year's does.
    before = replace(evidence(made.town(), {2019: years[2019]}), year=2019)
    alone = replace(evidence(made.town(), {2020: years[2020]}), before=before)
    assert said("rising", alone, **share).verdict is verdict
    assert said("rising", replace(alone, before=None), **share).verdict is OPEN


def test_what_may_never_fall() -> None:
    years: dict[int, dict[str, float]] = {
        year: {"edu_exp": 100, "exp_pp_primary": 10 + i, "exp_pp_junior": 12}
        for i, year in enumerate(range(2017, 2021))
    }
    assert said("never_falls", evidence(made.town(), years), years=3).verdict is MET
    years[2019]["exp_pp_junior"] = 12.01
    outcome = said("never_falls", evidence(made.town(), years), years=3)
    assert outcome.verdict is NOT_MET
    assert any("2020年初中生均教育事业费" in text for text in outcome.failing)
    assert said("never_falls", evidence(made.town(), {2020: years[2020]}), years=3).verdict is OPEN


def test_norms_are_the_provinces_where_it_gives_them_and_published_ones_elsewhere() -> None:
    own = {"norm_primary": 650, "norm_junior": 850, "norm_boarding": 200, "norm_special": 6000}
    base = {"base": "national-2016-central-west"}
    assert said("norms", evidence(made.town(), {2020: own}), **base).verdict is MET
    dearer = {**own, "norm_primary_province": 650.01}
    outcome = said("norms", evidence(made.town(), {2020: dearer}), **base)
    assert (outcome.verdict, outcome.failing) == (NOT_MET, ("小学",))
    assert "未填报的按2016年基准定额（中西部地区）" in outcome.evidence
    with pytest.raises(SchemeError, match="national-unified"):
        said("norms", evidence(made.town(), {2020: own}), base="nowhere")


def test_the_norms_that_schemes_name_are_there() -> None:
    for scheme in ("quality-2017", "basic-2012"):
        for item in load_scheme(scheme).items:
            for condition in item.conditions:
                assert condition.settings.get("base", "national-2016-east") in funding.published_norms()


def test_no_small_school_is_none_underfunded() -> None:
    settings = next(c.settings for item in QUALITY.items for c in item.conditions if c.kind == "small_school_funds")
    assert said("small_school_funds", evidence(made.town()), **settings).verdict is MET
    # A teaching point of 20 pupils is not judged by the seven indicators, but must be funded.
    point = {"school_name": "教学点", "school_type": "小学教学点", "pupils_primary": 20, "funds_budget": 6.4}
    outcome = said("small_school_funds", evidence([*made.town(), point], {2020: {"norm_primary": 650}}), **settings)
    assert (outcome.verdict, outcome.failing) == (NOT_MET, ("教学点",))


def test_a_finding_prints_its_facts() -> None:
    record = [{"item_id": "X1", "item_verdict": "达到", "item_basis": "学籍"}]
    given = evidence(made.town(), {2020: {"retention_primary": 99.6}}, findings=record)
    outcome = said("finding", given, facts=["retention_primary", "fitness_primary"])
    assert outcome.verdict is MET
    assert outcome.evidence.endswith("依据：学籍（小学六年巩固率99.6%，小学生体质健康及格率未填报）")


# ---- surveys --------------------------------------------------------------------------------------------------------

SURVEY = {
    "satisfied": ["满意", "基本满意"],
    "unsatisfied": ["不满意"],
    "unsure": ["不了解"],
    "count_unsure": True,
    "pass_rate": 0.85,
    "sample_share": 0.001,
    "sample_floor": 0,
    "sample_of": "sent",
    "parents_share": 0.5,
    "valid_share": 0.7,
    "valid_of": "sent",
    "confidence": 0.95,
    "publish_from": 10,
}


def answers(**counts: tuple[int, int]) -> pd.DataFrame:
    """So many satisfied and unsatisfied answers of each group."""
    rows = [
        {"group": group, "theme": None, "answer": answer}
        for group, (yes, no) in counts.items()
        for answer in ["满意"] * yes + ["不满意"] * no
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("yes", "no", "verdict"), [(85, 15, MET), (84, 16, NOT_MET), (849, 151, NOT_MET)])
def test_a_survey_of_single_answers(yes: int, no: int, verdict: Verdict) -> None:
    given = evidence(made.town(), answers=answers(家长=(yes, no)))
    outcome = said("survey", given, **SURVEY)
    assert (outcome.verdict, outcome.limit) == (verdict, 85)
    assert outcome.value == pytest.approx(yes / (yes + no) * 100)


def test_answers_go_before_tallies() -> None:
    tallies = {"survey_n_parents": 100, "survey_satisfied_parents": 10}
    given = evidence(made.town(), {2020: tallies})
    assert said("survey", given, **SURVEY).verdict is NOT_MET
    assert said("survey", replace(given, answers=answers(家长=(90, 10))), **SURVEY).verdict is MET


def test_which_requirements_decide_is_a_setting() -> None:
    """200,000 residents ask for 200 questionnaires; 199 were sent."""
    county = {"population": 20, "survey_sent": 199, "survey_returned": 150, "survey_valid": 140}
    given = evidence(made.town(), {2020: county}, answers=answers(家长=(130, 10)))
    told = said("survey", given, **SURVEY)
    assert told.verdict is MET
    assert "（不影响结论）：调查样本量未达标：发放问卷199份，按常住人口200,000人应不少于200份" in told.evidence
    asked_ = said("survey", given, **SURVEY, requirements=["sample", "pass"])
    assert (asked_.verdict, asked_.failing) == (NOT_MET, ("调查样本量",))
    enough = evidence(made.town(), {2020: {**county, "survey_sent": 200}}, answers=answers(家长=(130, 10)))
    every = said("survey", enough, **SURVEY, requirements=["sample", "parents", "valid", "pass"])
    assert every.verdict is MET


def test_small_groups_are_not_told() -> None:
    few = said("survey", evidence(made.town(), answers=answers(家长=(8, 1))), **SURVEY)
    assert few.verdict is MET
    assert math.isnan(few.value)
    assert "8" not in few.evidence.replace("85%", "")


def test_impossible_counts_leave_the_survey_open() -> None:
    given = evidence(made.town(), {2020: {"survey_n_parents": 10, "survey_satisfied_parents": 11}})
    outcome = said("survey", given, **SURVEY)
    assert (outcome.verdict, "有误" in outcome.evidence) == (OPEN, True)
    nobody = said("survey", evidence(made.town()), **SURVEY)
    assert (nobody.verdict, "没有回答" in nobody.evidence) == (OPEN, True)


# ---- marks and years ------------------------------------------------------------------------------------------------


def marked(item_marks: float | None, verdict: str | None = "达到", marks: float | None = 5) -> dict[str, Any]:
    record = [{"item_id": "X1", "item_verdict": verdict, "item_basis": "文件", "item_marks": item_marks}]
    item = Item("X1", "b", "某事项", "某事项", (Condition("finding", {}),), marks=marks)
    return judge_items([item], evidence(made.town(), findings=record))[0]


@pytest.mark.parametrize(
    ("given", "verdict", "low", "high"),
    [
        (None, "达到", 5, 5),
        (None, "未达到", 0, 0),
        (None, None, 0, 5),
        (4.5, "达到", 4.5, 4.5),
        (3, "未达到", 3, 3),
        (2, None, 2, 2),
        (0, "达到", 0, 0),
        (5, "未达到", 5, 5),
        (5.01, "达到", 0, 5),
        (-1, "达到", 0, 5),
    ],
)
def test_marks(given: float | None, verdict: str | None, low: float, high: float) -> None:
    row = marked(given, verdict)
    assert (row["marks"], row["earned_low"], row["earned_high"]) == (5, low, high)
    assert ("按未知处理" in row["evidence"]) == (given in (5.01, -1))


def test_without_marks_nothing_is_earned() -> None:
    row = marked(3, marks=None)
    assert all(math.isnan(row[name]) for name in ("marks", "earned_low", "earned_high"))


@pytest.mark.parametrize(
    ("first", "last", "asked_for"),
    [(None, None, True), (2020, None, True), (2021, None, False), (None, 2020, True), (None, 2019, False)],
)
def test_an_item_is_asked_for_in_its_years_only(first: int | None, last: int | None, asked_for: bool) -> None:
    item = Item("X1", "b", "某事项", "某事项", (Condition("finding", {}),), from_year=first, to_year=last)
    assert bool(judge_items([item], evidence(made.town()))) is asked_for


# ---- conditions in a scheme file ------------------------------------------------------------------------------------


class RefusedError(Exception):
    """What a scheme file would be refused for."""


def refuse(path: tuple[str | int, ...], reason: str) -> None:
    raise RefusedError(f"{'.'.join(map(str, path))}：{reason}")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"kind": "sinse"}, "kind 应为"),
        ({"kind": "since", "field": "pass_year_basic"}, "缺少“years”"),
        ({"kind": "since", "field": "pass_year_basic", "years": "三"}, "years：应为大于 0 的整数"),
        ({"kind": "since", "field": "pass_year", "years": 3}, "没有“pass_year”"),
        ({"kind": "confirmed", "fields": ["monitor"]}, "没有“monitor”"),
        ({"kind": "finding", "facts": ["retention"]}, "没有“retention”"),
        ({"kind": "class_sizes", "limits": {"senior": 55}}, "不认识的键“senior”"),
        ({"kind": "class_sizes", "limits": {"primary": "四十五"}}, "应为不小于 0 的数"),
        ({"kind": "class_sizes", "limits": {"primary": 45}, "share_at_most": 5}, "0 到 1"),
        ({"kind": "small_classes", "limits": {"primary": 45}, "at_least": 35}, "0 到 1"),
        ({"kind": "school_share", "field": "standardised"}, "缺少“at_least”"),
        ({"kind": "school_count", "types": {"小学校": 3}}, "不认识的键“小学校”"),
        (
            {"kind": "urban_rural", "indicators": ["Q1"], "urban": ["城市"], "rural": ["乡村"], "at_least": 0.9},
            "“城市”",
        ),
        ({"kind": "fewer", "what": "classes", "at_least": 0.2}, "必须写"),
        ({"kind": "fewer", "what": "units", "limits": {"primary": 1}, "at_least": 0.2}, "不写 limits"),
        ({"kind": "fewer", "what": "schools", "limits": {"primary": 1}, "at_least": 0.2}, "不认识的键“primary”"),
        ({"kind": "fewer", "what": "pupils", "at_least": 0.2}, "classes、schools、units"),
        ({"kind": "rooms", "per_classes": 12, "areas": {"舞蹈": 90}}, "不认识的键“舞蹈”"),
        ({"kind": "rooms", "per_classes": 12, "areas": {"音乐": 96}, "relaxed": [{"areas": {"音乐": 73}}]}, "when"),
        (
            {
                "kind": "rooms",
                "per_classes": 12,
                "areas": {"音乐": 96},
                "relaxed": [{"when": {"built_year": {"most": 2016}}, "areas": {"音乐": 73}}],
            },
            "at_least、at_most、below、above",
        ),
        ({"kind": "survey", **SURVEY, "pass_rate": 85}, "pass_rate：应为 0 到 1"),
        ({"kind": "survey", **SURVEY, "requirements": ["rate"]}, "“rate”"),
        ({"kind": "survey", **SURVEY, "sample_of": "asked"}, "sent、returned、valid"),
        ({"kind": "rising", "numerator": ["hs_quota"], "denominator": ["hs_plan"], "strict": "是"}, "true 或 false"),
        ({"kind": "ratio", "numerator": ["hs_quota"], "denominator": ["hs_plan"]}, "之一"),
        ({"kind": "ratio", "numerator": ["hs_quota"], "denominator": ["hs_plan"], "at_least": "半数"}, "应为不小于"),
        ({"kind": "growths", "year": 3}, "是否指 years"),
        ({"kind": "small_school_funds", "counted_as": 100}, "缺少"),
    ],
)
def test_a_broken_condition_is_refused(condition: Mapping[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        check_condition((), condition, refuse)


def test_every_kind_has_its_keys() -> None:
    assert set(KEYS) == set(KINDS)


def test_words() -> None:
    assert asked({"at_most": 2, "unit": "人"}) == "不超过2人"
    assert one_line("甲。乙。") == "甲；乙"
