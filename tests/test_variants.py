"""The schemes of provinces, cities and a county: what they change, and the conditions that only they use."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from county import Row, frame, judge, junior, nine_year, primary, town
from edukit import documents, schools
from edukit.assess import assess
from edukit.items import KINDS, Evidence, describe
from edukit.items.describing import WORDS
from edukit.schemes import load_scheme
from edukit.schemes.conditions import KEYS
from edukit.schemes.files import shipped

MET, NOT_MET, OPEN = "met", "not_met", "undetermined"
VARIANTS = [id_ for id_ in shipped() if id_ not in ("quality-2017", "basic-2012")]
URBAN: Row = {"urban_type": "城区"}
RURAL: Row = {"urban_type": "乡村"}


def items(
    scheme: str, rows: list[Row], *, year: int = 2030, before: list[Row] | None = None, **county: Any
) -> pd.DataFrame:
    """The items of a scheme for schools and one row of the 县级 sheet, index = id."""
    sheets = {"县级": pd.DataFrame([{"year": year, **county}])} if county else {}
    policy = load_scheme(scheme)
    earlier = assess(frame(before), policy, year=year - 1) if before else None
    return assess(frame(rows), policy, year=year, sheets=sheets, before=earlier).items.set_index("id")


def test_every_kind_can_be_checked_and_described() -> None:
    assert set(KINDS) == set(KEYS) == set(WORDS)


@pytest.mark.parametrize("scheme", shipped())
def test_a_scheme_can_be_read_with_its_sources_and_doubts(scheme: str) -> None:
    policy = load_scheme(scheme)
    text = documents.scheme(policy)
    for item in policy.items:
        assert item.name in text
        assert all(describe(condition, item) in text for condition in item.conditions)
    cited = [
        *policy.indicators,
        *policy.exclusions,
        *policy.all_items,
        *policy.blocks,
        *policy.options,
        *policy.standards,
    ]
    for entry in cited:
        assert set(entry.source.split("、")) - {""} <= set(policy.sources), entry
    assert all(item.source for item in policy.all_items)
    assert policy.uncertain
    assert "None" not in text
    assert "{" not in text


@pytest.mark.parametrize("scheme", VARIANTS)
def test_a_variant_judges_the_resources_as_its_parent_does(scheme: str) -> None:
    policy = load_scheme(scheme)
    parent = load_scheme("basic-2012" if policy.ids[0] == "B1" else "quality-2017")
    for name in ("ids", "school_rule", "composite_limit", "split_weights", "exclusions"):
        assert getattr(policy, name) == getattr(parent, name)
    assert {block.name for block in parent.blocks} <= {block.name for block in policy.blocks}
    assert judge(town(), scheme).resource_verdict is judge(town(), parent.id).resource_verdict


def test_guigang_asks_more_of_class_sizes_as_the_years_go_by() -> None:
    asked = {
        year: [
            id_ for id_ in ("Plan1", "Plan3", "Plan4") if id_ in items("guangxi-guigang-2022", town(), year=year).index
        ]
        for year in (2021, 2022, 2025, 2030)
    }
    assert asked == {2021: [], 2022: ["Plan1"], 2025: ["Plan1", "Plan3"], 2030: ["Plan1", "Plan3", "Plan4"]}


@pytest.mark.parametrize(
    ("largest", "verdicts"),
    [
        (45, (MET, MET, MET)),
        (46, (MET, MET, NOT_MET)),
        (55, (MET, MET, NOT_MET)),
        (56, (MET, NOT_MET, NOT_MET)),
        (65, (MET, NOT_MET, NOT_MET)),
        (66, (NOT_MET, NOT_MET, NOT_MET)),
        (None, (OPEN, OPEN, OPEN)),
    ],
)
def test_guigang_class_size_steps(largest: int | None, verdicts: tuple[str, str, str]) -> None:
    found = items("guangxi-guigang-2022", [primary(max_class_primary=largest)])
    assert tuple(found.loc[["Plan1", "Plan3", "Plan4"], "verdict"]) == verdicts


def test_guigang_targets() -> None:
    targets = load_scheme("guangxi-guigang-2022").targets
    assert {county: target.year for county, target in targets.items()} == {
        "覃塘区": 2022, "港北区": 2030, "港南区": 2030, "平南县": 2030, "桂平市": 2033,
    }  # fmt: skip


@pytest.mark.parametrize(("train", "verdict"), [(200.0, MET), (199.99, NOT_MET), (250.0, MET), (None, OPEN)])
def test_guigang_two_percent_of_wages(train: float | None, verdict: str) -> None:
    found = items("guangxi-guigang-2022", town(), wage_total=10000.0, train_county=train)
    assert found.at["Plan8", "verdict"] == verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(80.0, MET), (79.9999, NOT_MET), (None, OPEN)],  # 万元 for 400 pupils: 2,000 元 each
)
def test_guigang_equipment_of_each_unit(value: float | None, verdict: str) -> None:
    found = items("guangxi-guigang-2022", [primary(equipment_value=value), junior()])
    assert found.at["Plan6", "verdict"] == verdict
    assert found.at["Plan6", "limit"] == 2000 if verdict != OPEN else True


@pytest.mark.parametrize(
    ("still_failing", "verdict"),
    [(17, MET), (18, NOT_MET), (0, MET)],  # of 20: 15 % are 3
)
def test_guigang_fifteen_percent_a_year(still_failing: int, verdict: str) -> None:
    def rows(failing: int) -> list[Row]:
        return [primary(f"学校{n}", books=1, multimedia_rooms=0 if n < failing else 20) for n in range(25)]

    found = items("guangxi-guigang-2022", rows(still_failing), before=rows(20))
    assert found.at["Plan5", "verdict"] == verdict
    assert items("guangxi-guigang-2022", rows(3)).at["Plan5", "verdict"] == OPEN


@pytest.mark.parametrize(("now", "verdict"), [(56, MET), (55, MET), (None, MET)])
def test_guigang_no_more_large_classes(now: int | None, verdict: str) -> None:
    """A blank decides nothing here: one class cannot be more than the one of last year."""

    def rows(*largest: int | None) -> list[Row]:
        return [primary(f"学校{n}", 40, classes_primary=1, max_class_primary=size) for n, size in enumerate(largest)]

    assert items("guangxi-guigang-2022", rows(now, 40), before=rows(56, 40)).at["Plan11", "verdict"] == verdict
    assert items("guangxi-guigang-2022", rows(56, 57), before=rows(56, 40)).at["Plan11", "verdict"] == NOT_MET


@pytest.mark.parametrize(("pupils", "verdict"), [([2000, 500], MET), ([2001, 500], NOT_MET), ([None, 500], OPEN)])
def test_shandong_large_schools(pupils: list[Any], verdict: str) -> None:
    rows = [{**primary(f"学校{n}", 500), "pupils_primary": number} for n, number in enumerate(pupils)]
    assert items("shandong-city", rows).at["City2", "verdict"] == verdict


def test_jiangsu_has_its_own_numbers() -> None:
    found = items(
        "jiangsu", [primary(max_class_primary=41), junior(max_class_junior=45)],
        rot_eligible=100, rot_actual=15, rot_backbone=3, dis_total=1000, dis_enrolled=979,
        mig_eligible=100, mig_public=89, mig_purchased=11,
    )  # fmt: skip
    assert found.at["Gov5", "failing"] == ["第一小学（小学）"]
    assert found.at["Gov11", "verdict"] == MET
    assert found.at["Edu2", "verdict"] == NOT_MET
    assert found.at["Gov15", "verdict"] == NOT_MET  # the national rule would be met: 100 of 100


@pytest.mark.parametrize(("choosing", "verdict"), [(39, MET), (40, NOT_MET), (None, OPEN)])  # below 10 % of 400
def test_jiangsu_choice_of_schools(choosing: float | None, verdict: str) -> None:
    assert items("jiangsu", [primary(choice_pupils_primary=choosing)]).at["Js1", "verdict"] == verdict


@pytest.mark.parametrize(("failing", "verdict"), [(2, MET), (3, NOT_MET)])  # of 10: 0.80 is high
def test_liaoning_level(failing: int, verdict: str) -> None:
    rows = [primary(f"学校{n}", **({"multimedia_rooms": 0} if n < failing else {})) for n in range(10)]
    found = items("liaoning-2018", rows)
    assert found.at["Level1", "verdict"] == verdict
    assert found.at["Level1", "value"] == (10 - failing) / 10
    open_ = [primary(f"学校{n}", **({"multimedia_rooms": None} if n < failing else {})) for n in range(10)]
    assert items("liaoning-2018", open_).at["Level1", "verdict"] == (MET if failing == 2 else OPEN)


@pytest.mark.parametrize(
    ("rural", "verdict"),
    [(7, MET), (6, NOT_MET), (None, OPEN)],  # of 100 teachers each; urban 10
)
def test_draft_renowned_teachers(rural: float | None, verdict: str) -> None:
    rows = [
        primary("城", teachers_primary=100, renowned_teachers_primary=10, **URBAN),
        primary("乡", teachers_primary=100, renowned_teachers_primary=rural, **RURAL),
    ]
    found = items("county-draft", rows)
    assert found.at["Draft4", "verdict"] == verdict
    assert verdict == OPEN or found.at["Draft4", "value"] == pytest.approx((rural or 0) / 10)


def test_draft_town_against_country_by_hand() -> None:
    same: Row = {"teachers_primary": 20, "higher_degree_teachers_primary": 10, "middle_title_teachers_primary": 10}
    rows = [primary("城", 100, **same, **URBAN), primary("乡", 100, **same, **{"books": 1500}, **RURAL)]
    found = items("county-draft", rows)
    assert found.at["Draft2", "value"] == pytest.approx((7 * 1 + 0.5) / 8)  # books: 15 against 30 a pupil


def test_draft_near_term_is_an_option() -> None:
    near = load_scheme("county-draft", (("near-term", ""),))
    assert "Draft5" not in {item.id for item in near.items}
    limits = {
        item.id: item.conditions[0].settings.get("at_least") for item in near.items if item.id.startswith("Draft")
    }
    assert limits == {
        "Draft1": 0.85,
        "Draft2": 0.8,
        "Draft3": 0.25,
        "Draft4": 0.5,
        "Draft6": None,
        "Draft7": None,
        "Draft8": None,
    }


def test_public_schools_alone_must_be_standardised_in_guangdong() -> None:
    rows = [
        primary("公办", standardised="是", sponsor_type="县级教育部门"),
        primary("民办", standardised="否", sponsor_type="民办"),
    ]
    assert items("guangdong-city", rows).at["City4", "verdict"] == MET
    rows[0]["standardised"] = "否"
    assert items("guangdong-city", rows).at["City4", "verdict"] == NOT_MET
    rows[0]["standardised"] = None
    assert items("guangdong-city", rows).at["City4", "verdict"] == OPEN


def test_each_unit_of_a_nine_year_school_is_asked_by_its_own_stage() -> None:
    source = frame([nine_year("学校", (100, 100), equipment_value=42)])
    policy = load_scheme("quality-2017")
    units = schools.units(source, policy).frame
    values = pd.DataFrame({"Q6": [2000.0, 2499.0]}, index=units.index)
    found = KINDS["each_unit"](
        Evidence(schools=source, units=units, values=values),
        {"name": "设备", "indicator": "Q6", "at_least": {"primary": 2000, "junior": 2500}},
    )
    assert [text.split("）")[0] for text in found.failing] == ["学校（初中"]
