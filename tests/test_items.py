"""Items beyond the resources: every kind of condition met, not met, open, at its limit and a hair below."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

import county as made
from edukit import schools
from edukit.items import KINDS, Evidence, judge_items
from edukit.outcome import Outcome
from edukit.schemes import Condition, Item, load_scheme
from edukit.schemes.conditions import KEYS
from edukit.verdict import Verdict

MET, NOT_MET, OPEN = Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED
QUALITY = load_scheme("quality-2017")


def evidence(rows: list[made.Row] | None = None, county: Mapping[str, Any] | None = None, **sheets: Any) -> Evidence:
    source = made.frame(rows if rows is not None else made.town())
    years = pd.DataFrame([{"year": 2020, **county}]).set_index("year") if county is not None else pd.DataFrame()
    tables = {name: pd.DataFrame(entries) for name, entries in sheets.items()}
    return Evidence(schools=source, units=schools.units(source, QUALITY).frame, county=years, year=2020, **tables)


def judged(id_: str, given: Evidence) -> dict[str, Any]:
    """The row of an item of the national scheme."""
    return judge_items([item for item in QUALITY.items if item.id == id_], given)[0]


def said(kind: str, given: Evidence, **settings: Any) -> Outcome:
    return KINDS[kind](given, {"name": "某事项", "item": "X1", **settings})


def test_the_loader_knows_the_kinds() -> None:
    assert set(KEYS) == set(KINDS)


def test_all_24_items_the_survey_the_preconditions_and_the_veto_are_there() -> None:
    ids = [item.id for item in QUALITY.all_items]
    guarantee, quality = [f"Gov{n}" for n in range(1, 16)], [f"Edu{n}" for n in range(1, 10)]
    assert ids == [*guarantee, *quality, "Soc1", "Pre1", "Pre2", "Veto"]
    assert {item.block for item in QUALITY.all_items} == {block.name for block in QUALITY.blocks}


def test_all_17_items_of_the_government_and_the_survey_are_there() -> None:
    items = load_scheme("basic-2012").all_items
    assert [item.id for item in items] == [*(f"Work{n}" for n in range(1, 18)), "Sat1"]
    groups: dict[str, list[float]] = {}
    for item in items[:-1]:
        assert isinstance(item, Item) and item.marks is not None
        groups.setdefault(item.group, []).append(item.marks)
    sums = {group: (len(marks), sum(marks)) for group, marks in groups.items()}
    # 入学机会 20 and 保障机制 25 stand in a provincial table (standards 1.4); the other two are what is left of 100.
    assert sums == {"入学机会": (4, 20), "保障机制": (4, 25), "教师队伍": (4, 25), "质量与管理": (5, 30)}


@pytest.mark.parametrize(
    ("id_", "numbers", "verdict"),
    [
        ("Gov7", {"special_funds": 348000, "special_n": 58}, MET),  # exactly 6000
        ("Gov7", {"special_funds": 347999, "special_n": 58}, NOT_MET),
        ("Gov7", {"special_funds": None, "special_n": 58}, OPEN),
        ("Gov7", {"special_funds": 0, "special_n": 0}, OPEN),
        ("Gov11", {"rot_actual": 32, "rot_eligible": 320, "rot_backbone": 7}, MET),  # exactly 10 %
        ("Gov11", {"rot_actual": 31, "rot_eligible": 320, "rot_backbone": 31}, NOT_MET),
        ("Gov11", {"rot_actual": 35, "rot_eligible": 320, "rot_backbone": 7}, MET),  # exactly 20 %
        ("Gov11", {"rot_actual": 36, "rot_eligible": 320, "rot_backbone": 7}, NOT_MET),
        ("Gov11", {"rot_actual": 31, "rot_eligible": 320, "rot_backbone": None}, NOT_MET),  # one failed decides
        ("Gov11", {"rot_actual": 36, "rot_eligible": 320, "rot_backbone": None}, OPEN),
        ("Gov13", {"zone_rate_primary": 100, "zone_rate_junior": 95}, MET),
        ("Gov13", {"zone_rate_primary": 99.99, "zone_rate_junior": 95}, NOT_MET),
        ("Gov13", {"zone_rate_primary": 100, "zone_rate_junior": 94.99}, NOT_MET),
        ("Edu2", {"dis_enrolled": 95, "dis_total": 100}, MET),
        ("Edu2", {"dis_enrolled": 94, "dis_total": 100}, NOT_MET),
        ("Edu2", {"dis_enrolled": 94}, OPEN),
    ],
)
def test_county_numbers(id_: str, numbers: Mapping[str, Any], verdict: Verdict) -> None:
    every = {name: None for item in QUALITY.items for c in item.conditions for name in _fields(c)} | dict(numbers)
    assert judged(id_, evidence(county=every))["verdict"] == verdict.value


def _fields(condition: Condition) -> list[str]:
    return [
        *condition.settings.get("numerator", ()),
        *condition.settings.get("denominator", ()),
        *([condition.settings["field"]] if "field" in condition.settings else []),
    ]


def test_without_a_county_sheet_everything_of_it_is_open() -> None:
    row = judged("Gov11", evidence())
    assert (row["verdict"], math.isnan(row["value"])) == ("undetermined", True)
    assert "符合交流条件教师数" in row["evidence"]


@pytest.mark.parametrize(
    ("records", "verdict", "words"),
    [
        ([], OPEN, "没有结论"),
        ([{"item_id": "X1", "item_verdict": "达到", "item_basis": "布局规划"}], MET, "依据：布局规划"),
        ([{"item_id": "X1", "item_verdict": "达到", "item_basis": None}], OPEN, "没有写明依据"),
        ([{"item_id": "X1", "item_verdict": "未达到", "item_basis": None}], NOT_MET, "未达到"),
        ([{"item_id": "X2", "item_verdict": "达到", "item_basis": "布局规划"}], OPEN, "没有结论"),
        ([{"item_id": "X1", "item_verdict": None, "item_basis": "布局规划"}], OPEN, "没有结论"),
    ],
)
def test_a_finding_counts_only_with_its_evidence(records: list[dict[str, Any]], verdict: Verdict, words: str) -> None:
    outcome = said("finding", evidence(findings=records))
    assert outcome.verdict is verdict
    assert words in outcome.evidence


def test_each_school_is_asked_and_named() -> None:
    share = {"numerator": ["train_budget"], "denominator": ["funds_budget"], "at_least": 0.05, "percent": True}
    rows = [
        made.primary("正好", 400, train_budget=2.5, funds_budget=50),
        made.primary("差一点", 400, train_budget=2.4999, funds_budget=50),
        made.primary("没有填", 400, funds_budget=50),
    ]
    outcome = said("each_school", evidence(rows), **share)
    assert outcome.verdict is NOT_MET
    assert outcome.failing == ("差一点4.9998%（要求不低于5%）",) or outcome.failing[0].startswith("差一点4.9")
    assert outcome.unknown == ("没有填",)
    assert said("each_school", evidence([rows[0], rows[2]]), **share).verdict is OPEN
    assert said("each_school", evidence([rows[0]]), **share).verdict is MET


def test_a_limit_may_depend_on_the_stage() -> None:
    rows = [made.nine_year("九年", (300, 200), max_class_primary=45, max_class_junior=50)]
    limits = {"numerator": ["max_class_{stage}"], "at_most": {"primary": 45, "junior": 50}}
    assert said("each_school", evidence(rows), **limits).verdict is MET
    rows[0]["max_class_primary"] = 46
    outcome = said("each_school", evidence(rows), **limits)
    assert (outcome.verdict, len(outcome.failing)) == (NOT_MET, 1)
    assert "九年（小学）46" in outcome.failing[0]


def test_a_rate_of_the_county_is_a_ratio_of_sums() -> None:
    rows = [
        made.junior("甲", 500, grads=100, entry3y=98, in3y=12, out3y=5, died3y=0),
        made.junior("乙", 100, grads=10, entry3y=20, in3y=0, out3y=0, died3y=0),
    ]
    row = judged("Edu1", evidence(rows))
    assert row["value"] == pytest.approx(110 / (118 + 12 - 5))  # not the mean of 0.952 and 0.5
    assert row["verdict"] == "not_met"
    rows[1]["grads"] = None
    assert judged("Edu1", evidence(rows))["unknown"] == ["乙"]
    exact = [made.junior("丙", 500, grads=95, entry3y=99, in3y=1, out3y=0, died3y=0)]
    assert judged("Edu1", evidence(exact))["verdict"] == "met"


def test_flags() -> None:
    rows = [made.primary("甲", charter="是"), made.primary("乙", charter="否"), made.primary("丙")]
    assert judged("Edu3", evidence(rows))["failing"] == ["乙"]
    assert judged("Edu3", evidence([rows[0], rows[2]]))["verdict"] == "undetermined"
    assert judged("Edu3", evidence([rows[0]]))["verdict"] == "met"
    assert "尚未填报" in judged("Edu3", evidence([rows[2]]))["evidence"]


@pytest.mark.parametrize(
    ("classes", "areas", "verdict"),
    [
        (12, {"音乐": [96], "美术": [90]}, MET),
        (12, {"音乐": [95.99], "美术": [90]}, NOT_MET),
        (12, {"音乐": [96], "美术": []}, NOT_MET),
        (13, {"音乐": [96], "美术": [90, 90]}, NOT_MET),  # 13 classes need two of each
        (13, {"音乐": [96, 120], "美术": [90, 90]}, MET),
        (12, {"音乐": [None], "美术": [90]}, OPEN),
        (None, {"音乐": [96], "美术": [90]}, OPEN),
        (12, {"音乐": [], "美术": []}, OPEN),  # no list is not the same as no rooms
    ],
)
def test_special_rooms_count_with_their_area(
    classes: int | None, areas: Mapping[str, list[float | None]], verdict: Verdict
) -> None:
    rooms = [
        {"school_code": None, "school_name": "甲", "room_kind": kind, "room_area": area}
        for kind, own in areas.items()
        for area in own
    ]
    given = evidence([made.primary("甲", 480, classes_primary=classes)], rooms=rooms)
    assert judged("Gov3", given)["verdict"] == verdict.value


@pytest.mark.parametrize(
    ("level", "difference", "verdict"),
    [("Ⅲ级", 0.1499, MET), ("Ⅲ级", 0.15, NOT_MET), ("Ⅱ级", 0.1, NOT_MET), ("Ⅳ级", None, OPEN), (None, None, OPEN)],
)
def test_monitoring(level: str | None, difference: float | None, verdict: Verdict) -> None:
    county = {"qual_level_maths_junior": level, "qual_diff_maths_junior": difference}
    assert judged("Edu9", evidence(county=county))["verdict"] == verdict.value


def test_veto() -> None:
    fields = ("veto_exam", "veto_choice", "veto_key_classes", "veto_staffing", "veto_safety", "veto_fraud")
    clean = dict.fromkeys(fields, "否")
    assert judged("Veto", evidence(county=clean))["verdict"] == "met"
    assert judged("Veto", evidence(county={**clean, "veto_choice": "是"}))["failing"] == ["是否存在违规择校"]
    assert judged("Veto", evidence(county={**clean, "veto_fraud": None}))["verdict"] == "undetermined"


def test_an_item_shows_the_condition_that_decides() -> None:
    row = judged("Gov11", evidence(county={"rot_actual": 36, "rot_eligible": 320, "rot_backbone": 5}))
    assert row["value"] == pytest.approx(5 / 36)
    assert row["limit"] == 0.2
    assert row["evidence"].count("（要求") == 2


def test_items_do_not_enter_the_verdict_of_the_resources() -> None:
    result = made.judge(made.town())
    assert result.verdict is MET
    assert set(result.items["verdict"]) >= {"undetermined"}
    assert Item("X", "b", "n", "s", ()).source == ""


def test_unknown_pupils_do_not_make_a_school_need_no_rooms() -> None:
    rooms = [{"school_code": None, "school_name": "甲", "room_kind": "音乐", "room_area": 96.0}]
    row = made.primary("甲", 480, pupils_primary=None, classes_primary=12)
    assert judged("Gov3", evidence([row], rooms=rooms))["verdict"] == "not_met"  # 12 classes, no room for art
    row["classes_primary"] = None
    assert judged("Gov3", evidence([row], rooms=rooms))["verdict"] == "undetermined"
