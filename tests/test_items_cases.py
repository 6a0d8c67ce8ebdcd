"""Every item of both national schemes: met, not met, open, exactly at its limit and one hair beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pytest

import county as made
from edukit import schools
from edukit.items import Evidence, judge_items, judge_school_items
from edukit.schemes import Item, SchoolItem, load_scheme

MET, NOT_MET, OPEN = "met", "not_met", "undetermined"
YEAR = 2020
SCHEMES = {id_: load_scheme(id_) for id_ in ("quality-2017", "basic-2012")}
ITEMS = {item.id: (item, scheme) for scheme in SCHEMES.values() for item in scheme.all_items}


def evidence(
    scheme: str,
    *,
    rows: Sequence[made.Row] | None = None,
    county: Mapping[str, Any] | None = None,
    years: Sequence[Mapping[str, Any]] = (),
    **sheets: Sequence[Mapping[str, Any]],
) -> Evidence:
    source = made.frame(made.town() if rows is None else rows)
    given = [*years, *([{"year": YEAR, **county}] if county is not None else [])]
    units = schools.units(source, SCHEMES[scheme]).frame
    frames = {name: pd.DataFrame(entries) for name, entries in sheets.items()}
    table = pd.DataFrame(given).set_index("year") if given else pd.DataFrame()
    return Evidence(schools=source, units=units, county=table, year=YEAR, **frames)


def judged(id_: str, **given: Any) -> dict[str, Any]:
    """The row of an item, from made-up sheets."""
    item, scheme = ITEMS[id_]
    known = evidence(scheme.id, **given)
    rows = judge_school_items([item], known) if isinstance(item, SchoolItem) else judge_items([item], known)
    return rows[0]


def found(id_: str, verdict: str | None = "达到") -> list[dict[str, Any]]:
    """The analyst's finding on an item."""
    return [{"item_id": id_, "item_verdict": verdict, "item_basis": "县政府文件"}]


Given = Mapping[str, Any]
Cases = Mapping[str, tuple[Given, str]]


def documented(id_: str) -> Cases:
    return {
        "met": ({"findings": found(id_)}, MET),
        "not met": ({"findings": found(id_, "未达到")}, NOT_MET),
        "open": ({}, OPEN),
    }


def county(id_: str, **cases: tuple[Given, str]) -> Cases:
    """Cases that differ in the county's own numbers, with the finding that the item may need besides."""
    return {
        label.replace("_", " "): ({"county": numbers, "findings": found(id_)}, verdict)
        for label, (numbers, verdict) in cases.items()
    }


def one_school(make: Any = made.primary, pupils: Any = 400, **cases: tuple[Given, str]) -> Cases:
    """Cases that differ in the fields of one school."""
    return {
        label.replace("_", " "): ({"rows": [make("甲", pupils, **fields)]}, verdict)
        for label, (fields, verdict) in cases.items()
    }


def flagged(field: str) -> Cases:
    return one_school(met=({field: "是"}, MET), not_met=({field: "否"}, NOT_MET), open=({}, OPEN))


def roomed(*cases: tuple[str, float | None, float | None, str]) -> Cases:
    """A school of 12 classes with one room of each kind, of these areas."""
    made_ = {}
    for label, music, art, verdict in cases:
        rooms = [
            {"school_code": None, "school_name": "甲", "room_kind": kind, "room_area": area}
            for kind, area in (("音乐", music), ("美术", art))
        ]
        made_[label] = ({"rows": [made.primary("甲", 480, classes_primary=12)], "rooms": rooms}, verdict)
    return made_


def village(**cases: tuple[Given, str]) -> Cases:
    """A village school of 60 pupils and what it was given in 万元; 100 pupils at 650 元 are 6.5 万元."""
    return {
        label.replace("_", " "): (
            {
                "rows": [made.primary("村小", 60, urban_type="乡村", **fields)],
                "county": {"norm_primary": 650, "norm_junior": 850},
            },
            verdict,
        )
        for label, (fields, verdict) in cases.items()
    }


def survey(**cases: tuple[float | None, str]) -> Cases:
    """A survey of 600 parents and 400 others of whom 340 are satisfied, and so many parents."""
    tallies = {"survey_n_parents": 600, "survey_n_others": 400, "survey_satisfied_others": 340}
    return {
        label.replace("_", " "): ({"county": {**tallies, "survey_satisfied_parents": parents}}, verdict)
        for label, (parents, verdict) in cases.items()
    }


GROWING = ("exp_pp_primary", "exp_pp_junior", "wage", "funds_pp_primary", "funds_pp_junior")


def budget(alloc: float | None, **last: float) -> Given:
    """Four years: appropriations of the last one as given, revenue up 10 % each year, all else up by 1."""
    years = []
    for i, year in enumerate(range(2017, 2021)):
        money = {"edu_alloc": [1000, 1200, 1440, alloc][i], "revenue_recurrent": [10000, 11000, 12100, 13310][i]}
        years.append({"year": year, **money, **{name: 100 + i for name in GROWING}})
    years[-1] |= last
    return {"years": years, "findings": found("Work6")}


def quotas(now: float | None) -> Given:
    """800 of 1600 places last year: one half; this year of 2000."""
    years = [{"year": 2019, "hs_quota": 800, "hs_plan": 1600}, {"year": 2020, "hs_quota": now, "hs_plan": 2000}]
    return {"years": years}


GRADUATES = {"entry3y": 99, "in3y": 1, "out3y": 0, "died3y": 0}
NORMS = {"norm_primary": 935, "norm_junior": 1155, "norm_boarding": 200, "norm_special": 6000}
PROVINCE = {f"{name}_province": norm for name, norm in NORMS.items()}
MAY_NOT = dict.fromkeys(
    ("veto_exam", "veto_choice", "veto_key_classes", "veto_staffing", "veto_safety", "veto_fraud"), "否"
)
MIGRANTS = {"mig_eligible": 1000, "mig_purchased": 50}

CASES: Mapping[str, Cases] = {
    **{f"Work{n}": documented(f"Work{n}") for n in (1, 2, 5, 7, 9, 10, 11, 12, 13, 14, 15, 17)},
    **{id_: documented(id_) for id_ in ("Gov1", "Gov10")},
    "Gov2": county(
        "Gov2",
        met=({**NORMS, **PROVINCE, "norm_primary": 1000}, MET),
        not_met=({**NORMS, **PROVINCE, "norm_junior": 850}, NOT_MET),
        open=({**NORMS, **PROVINCE, "norm_boarding": None}, OPEN),
        at=({**NORMS, **PROVINCE}, MET),
        hair=({**NORMS, **PROVINCE, "norm_special": 5999.99}, NOT_MET),
    ),
    "Gov3": roomed(
        ("met", 120, 100, MET),
        ("not met", 96, 60, NOT_MET),
        ("open", None, 90, OPEN),
        ("at", 96, 90, MET),
        ("hair", 96, 89.99, NOT_MET),
    ),
    "Gov4": {
        "met": ({"rows": [made.nine_year("甲", (1200, 1200))]}, MET),
        "not met": ({"rows": [made.primary("甲", 2300)]}, NOT_MET),
        "open": ({"rows": [made.nine_year("甲", (300, 200), pupils_junior=None)]}, OPEN),
        "at": ({"rows": [made.primary("甲", 2000), made.nine_year("乙", (1300, 1200))]}, MET),
        "hair": ({"rows": [made.nine_year("乙", (1301, 1200))]}, NOT_MET),
    },
    "Gov5": one_school(
        met=({"max_class_primary": 40}, MET),
        not_met=({"max_class_primary": 60}, NOT_MET),
        open=({"max_class_primary": None}, OPEN),
        at=({"max_class_primary": 45}, MET),
        hair=({"max_class_primary": 46}, NOT_MET),
    ),
    "Gov6": village(
        met=({"funds_budget": 8}, MET),
        not_met=({"funds_budget": 3.9}, NOT_MET),  # 60 x 650: what it has by its own pupils
        open=({"funds_budget": None}, OPEN),
        at=({"funds_budget": 6.5}, MET),
        hair=({"funds_budget": 6.4999}, NOT_MET),
    ),
    "Gov7": county(
        "Gov7",
        met=({"special_funds": 400000, "special_n": 58}, MET),
        not_met=({"special_funds": 300000, "special_n": 58}, NOT_MET),
        open=({"special_n": 58}, OPEN),
        at=({"special_funds": 348000, "special_n": 58}, MET),
        hair=({"special_funds": 347999, "special_n": 58}, NOT_MET),
    ),
    "Gov8": county(
        "Gov8",
        met=({"wage_teacher": 9.5, "wage_civil": 9}, MET),
        not_met=({"wage_teacher": 8, "wage_civil": 9}, NOT_MET),
        open=({"wage_teacher": 8}, OPEN),
        at=({"wage_teacher": 8.1, "wage_civil": 8.1}, MET),
        hair=({"wage_teacher": 8.0999, "wage_civil": 8.1}, NOT_MET),
    ),
    **{
        id_: one_school(
            met=({field: 36, "teachers_primary": 36}, MET),
            not_met=({field: 10, "teachers_primary": 36}, NOT_MET),
            open=({field: None, "teachers_primary": 36}, OPEN),
            at=({field: 36, "teachers_primary": 36}, MET),
            hair=({field: 35, "teachers_primary": 36}, NOT_MET),
        )
        for id_, field in (("Gov9", "trained360_primary"), ("Gov12", "cert_teachers_primary"))
    },
    "Gov11": county(
        "Gov11",
        met=({"rot_actual": 50, "rot_eligible": 320, "rot_backbone": 20}, MET),
        not_met=({"rot_actual": 20, "rot_eligible": 320, "rot_backbone": 20}, NOT_MET),
        open=({"rot_actual": 35, "rot_eligible": 320}, OPEN),
        at=({"rot_actual": 35, "rot_eligible": 350, "rot_backbone": 7}, MET),
        hair=({"rot_actual": 36, "rot_eligible": 350, "rot_backbone": 7}, NOT_MET),
    ),
    "Gov13": county(
        "Gov13",
        met=({"zone_rate_primary": 100, "zone_rate_junior": 99}, MET),
        not_met=({"zone_rate_primary": 90, "zone_rate_junior": 99}, NOT_MET),
        open=({"zone_rate_primary": 100}, OPEN),
        at=({"zone_rate_primary": 100, "zone_rate_junior": 95}, MET),
        hair=({"zone_rate_primary": 100, "zone_rate_junior": 94.99}, NOT_MET),
    ),
    "Gov14": county(
        "Gov14",
        met=({"hs_quota": 900, "hs_plan": 1200}, MET),
        not_met=({"hs_quota": 300, "hs_plan": 1200}, NOT_MET),
        open=({"hs_plan": 1200}, OPEN),
        at=({"hs_quota": 600, "hs_plan": 1200}, MET),
        hair=({"hs_quota": 599, "hs_plan": 1200}, NOT_MET),
    ),
    "Gov15": county(
        "Gov15",
        met=({**MIGRANTS, "mig_public": 900}, MET),
        not_met=({**MIGRANTS, "mig_public": 500}, NOT_MET),
        open=({**MIGRANTS}, OPEN),
        at=({**MIGRANTS, "mig_public": 800}, MET),
        hair=({**MIGRANTS, "mig_public": 799}, NOT_MET),
    ),
    "Edu1": one_school(
        made.junior,
        500,
        met=({**GRADUATES, "grads": 99}, MET),
        not_met=({**GRADUATES, "grads": 80}, NOT_MET),
        open=({**GRADUATES, "died3y": None, "grads": 99}, OPEN),
        at=({**GRADUATES, "grads": 95}, MET),
        hair=({**GRADUATES, "grads": 94}, NOT_MET),
    ),
    "Edu2": county(
        "Edu2",
        met=({"dis_enrolled": 99, "dis_total": 100}, MET),
        not_met=({"dis_enrolled": 60, "dis_total": 100}, NOT_MET),
        open=({"dis_enrolled": 60}, OPEN),
        at=({"dis_enrolled": 190, "dis_total": 200}, MET),
        hair=({"dis_enrolled": 189, "dis_total": 200}, NOT_MET),
    ),
    "Edu3": flagged("charter"),
    "Edu4": one_school(
        met=({"train_budget": 5, "funds_budget": 50}, MET),
        not_met=({"train_budget": 1, "funds_budget": 50}, NOT_MET),
        open=({"funds_budget": 50}, OPEN),
        at=({"train_budget": 2.5, "funds_budget": 50}, MET),
        hair=({"train_budget": 2.4999, "funds_budget": 50}, NOT_MET),
    ),
    "Edu5": flagged("it_ok"),
    "Edu6": flagged("moral_ok"),
    "Edu7": flagged("curric_ok"),
    "Edu8": flagged("load_ok"),
    "Edu9": county(
        "Edu9",
        met=({"qual_level_maths_junior": "Ⅳ级", "qual_diff_maths_junior": 0.1}, MET),
        not_met=({"qual_level_maths_junior": "Ⅱ级", "qual_diff_maths_junior": 0.1}, NOT_MET),
        open=({"qual_level_maths_junior": "Ⅲ级"}, OPEN),
        at=({"qual_level_maths_junior": "Ⅲ级", "qual_diff_maths_junior": 0.15}, NOT_MET),  # strict
        hair=({"qual_level_maths_junior": "Ⅲ级", "qual_diff_maths_junior": 0.1499}, MET),
    ),
    "Soc1": survey(met=(560, MET), not_met=(300, NOT_MET), open=(None, OPEN), at=(510, MET), hair=(509, NOT_MET)),
    "Sat1": survey(met=(560, MET), not_met=(300, NOT_MET), open=(None, OPEN), at=(510, MET), hair=(509, NOT_MET)),
    "Pre1": county(
        "Pre1",
        met=({"pass_year_basic": 2014}, MET),
        not_met=({"pass_year_basic": 2020}, NOT_MET),
        open=({"pass_year_basic": None}, OPEN),
        at=({"pass_year_basic": 2017}, MET),
        hair=({"pass_year_basic": 2018}, NOT_MET),
    ),
    "Pre2": county(
        "Pre2",
        met=({"monitor_ok": "是"}, MET),
        not_met=({"monitor_ok": "否"}, NOT_MET),
        open=({"monitor_ok": None}, OPEN),
    ),
    "Veto": county(
        "Veto",
        met=(MAY_NOT, MET),
        not_met=({**MAY_NOT, "veto_safety": "是"}, NOT_MET),
        open=({**MAY_NOT, "veto_staffing": None}, OPEN),
    ),
    "Work3": county(
        "Work3",
        met=({"dis_enrolled": 90, "dis_total": 100}, MET),
        not_met=({"dis_enrolled": 50, "dis_total": 100}, NOT_MET),
        open=({"dis_total": 100}, OPEN),
        at=({"dis_enrolled": 80, "dis_total": 100}, MET),
        hair=({"dis_enrolled": 79, "dis_total": 100}, NOT_MET),
    ),
    "Work4": {
        "met": (quotas(1200), MET),
        "not met": (quotas(900), NOT_MET),
        "open": (quotas(None), OPEN),
        "at": (quotas(1000), NOT_MET),  # strict: as high as last year is not higher
        "hair": (quotas(1001), MET),
    },
    "Work6": {
        "met": (budget(1700), MET),
        "not met": (budget(1500), NOT_MET),
        "open": (budget(None), OPEN),
        "at": (budget(1584), NOT_MET),  # strict: 10 % against 10 %
        "hair": (budget(1584.01), MET),
    },
    "Work8": county(
        "Work8",
        met=({"tax_transfer_share": 55.2}, MET),
        not_met=({"tax_transfer_share": 30}, NOT_MET),
        open=({"tax_transfer_share": None}, OPEN),
        at=({"tax_transfer_share": 50}, MET),
        hair=({"tax_transfer_share": 49.99}, NOT_MET),
    ),
    "Work16": county(
        "Work16",
        met=({"veto_key_classes": "否"}, MET),
        not_met=({"veto_key_classes": "是"}, NOT_MET),
        open=({"veto_key_classes": None}, OPEN),
    ),
}

WITHOUT_LIMIT = {"finding", "flags", "forbidden", "confirmed"}


@pytest.mark.parametrize("id_", ITEMS)
def test_no_item_is_without_its_cases(id_: str) -> None:
    item, _ = ITEMS[id_]
    plain = isinstance(item, Item) and {condition.kind for condition in item.conditions} <= WITHOUT_LIMIT
    assert set(CASES[id_]) == {"met", "not met", "open"} | (set() if plain else {"at", "hair"})


@pytest.mark.parametrize(("id_", "label"), [(id_, label) for id_, cases in CASES.items() for label in cases])
def test_item(id_: str, label: str) -> None:
    given, verdict = CASES[id_][label]
    row = judged(id_, **given)
    assert row["verdict"] == verdict, row["evidence"]
    assert row["evidence"] and not row["evidence"].endswith("。")
    marks = getattr(ITEMS[id_][0], "marks", None)
    assert (row["marks"] == marks) if marks else (row["marks"] != row["marks"])


def test_no_case_is_left_over() -> None:
    assert set(CASES) == set(ITEMS)


def test_the_other_condition_of_an_item_counts_too() -> None:
    for id_ in ("Gov2", "Gov8", "Gov14", "Gov15", "Work6", "Work16"):
        given, _ = CASES[id_]["met"]
        assert judged(id_, **{**given, "findings": found(id_, "未达到")})["verdict"] == NOT_MET, id_
        assert judged(id_, **{**given, "findings": []})["verdict"] == OPEN, id_
