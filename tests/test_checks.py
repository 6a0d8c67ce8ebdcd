"""Checks: every rule once triggered and once not, all problems at once, messages that say what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from county import (
    Row,
    address,
    complete,
    found,
    header,
    junior,
    nine_year,
    opened,
    primary,
    saved,
    table,
    town,
    twelve_year,
    write_csv,
)
from edukit.checks import RULES, changes, check
from edukit.dictionary import load
from edukit.findings import Finding, Severity, errors
from edukit.workbook import Workbook, read

ENGLISH = re.compile(r"[A-Za-z]{4,}")
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
CODES = [f"210903000{number}" for number in range(4)]
DEGREES = ("doctor", "master", "bachelor", "college", "highschool", "below_highschool")


def clean() -> list[Row]:
    return [
        row | {"school_code": code, "sponsor_type": "县级教育部门"} for row, code in zip(town(), CODES, strict=True)
    ]


def test_a_clean_county_has_no_findings(tmp_path: Path) -> None:
    assert check(opened(tmp_path, clean())) == []


# ---- rules about one school -----------------------------------------------------------------------------------------

ONE: list[tuple[str, str, Severity, Row, str]] = [
    # function, rule, severity, a school that triggers it, the field where it is noticed
    *[
        ("required", "required", ERROR, row, field)
        for row, field in (
            (primary(school_name=None), "school_name"),
            (primary(school_type=None), "school_type"),
            (primary(pupils_primary=None), "pupils_primary"),
            (junior(pupils_junior=None), "pupils_junior"),
            (nine_year(pupils_junior=None), "pupils_junior"),
            (complete(pupils_junior=None), "pupils_junior"),
            (primary(school_type="小学教学点", pupils_primary=None), "pupils_primary"),
        )
    ],
    ("ranges", "range", ERROR, primary(pupils_primary=-1), "pupils_primary"),
    ("ranges", "range", ERROR, primary(pupils_primary=6001), "pupils_primary"),
    ("ranges", "range", ERROR, primary(equipment_value=20001), "equipment_value"),
    ("ranges", "unlikely", WARNING, primary(pupils=2001), "pupils_primary"),
    ("ranges", "unlikely", WARNING, primary(max_class_primary=66), "max_class_primary"),
    ("per_pupil", "unlikely", WARNING, primary(pupils=100, books=150), "books"),
    ("per_pupil", "unlikely", WARNING, primary(pupils=100, teaching_area=6001), "teaching_area"),
    ("per_pupil", "unlikely", WARNING, primary(pupils=100, computers=301), "computers"),
    ("per_pupil", "unit-mistake", ERROR, primary(pupils=20, equipment_value=18000), "equipment_value"),
    ("per_pupil", "unit-mistake", ERROR, primary(pupils=300, teaching_area=3, indoor_sports_area=0), "teaching_area"),
    ("parts", "part-over-whole", ERROR, primary(pupils=300, backbone_teachers_primary=28), "backbone_teachers_primary"),
    ("parts", "part-over-whole", ERROR, primary(pupils=300, indoor_sports_area=2401), "indoor_sports_area"),
    ("parts", "part-over-whole", ERROR, primary(pupils=300, building_area=2000), "teaching_area"),
    ("parts", "part-over-whole", ERROR, primary(pupils=300, boarders_primary=301), "boarders_primary"),
    ("parts", "sum", WARNING, primary(pupils=300, **{f"{d}_teachers_primary": 3 for d in DEGREES}), "teachers_primary"),
    ("types", "type-stage", ERROR, primary(pupils_junior=90), "pupils_junior"),
    ("types", "type-stage", ERROR, junior(pupils_primary=90), "pupils_primary"),
    ("types", "type-stage", ERROR, nine_year(pupils_senior=90), "pupils_senior"),
    ("types", "type-stage", WARNING, nine_year(pupils_junior=0), "pupils_junior"),
    ("types", "no-senior", WARNING, complete(pupils_senior=None), "pupils_senior"),
    ("types", "no-senior", WARNING, twelve_year(pupils_senior=None), "pupils_senior"),
    ("whole_school", "whole-school", WARNING, nine_year(pupils=(250, 250)), "pupils_primary"),
    ("class_sizes", "class-size", ERROR, primary(pupils=400, max_class_primary=39), "max_class_primary"),
    ("class_sizes", "class-size", ERROR, junior(pupils=400, classes_junior=0), "classes_junior"),
    ("class_sizes", "unlikely", WARNING, primary(pupils=410, teachers_primary=10, higher_degree_teachers_primary=9,
      middle_title_teachers_primary=9, backbone_teachers_primary=5, pe_arts_teachers_primary=5), "teachers_primary"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "rule", "severity", "school", "field"), ONE)
def test_a_rule_sees_the_fault_and_where(
    tmp_path: Path, function: str, rule: str, severity: Severity, school: Row, field: str
) -> None:
    rows = [*clean(), {"sponsor_type": "县级教育部门", "school_code": "2109030009", "township": "镇", **school}]
    path = saved(tmp_path, rows)
    book = read(path)
    run = next(own for own in RULES if own.__name__ == function)
    seen = [f for f in run(book) if f.rule == rule and f.field == field]
    assert [(f.severity, f.where) for f in seen] == [(severity, address(table(rows), field, 6))]
    assert seen[0].action
    for finding in check(book):
        assert finding.where
        assert finding.message.endswith("。")
        assert not ENGLISH.search(finding.message), finding.message


AT_THE_EDGE = [
    primary(pupils=2000, max_class_primary=65),
    primary(pupils=12, classes_primary=1, max_class_primary=12, teachers_primary=4),
    primary(pupils=100, books=200, computers=300, teaching_area=6000),
    primary(pupils=300, backbone_teachers_primary=27, indoor_sports_area=2400, boarders_primary=300),
    primary(pupils=300, building_area=2400, site_area=3600),
    primary(pupils=300, higher_degree_teachers_primary=27, college_teachers_primary=27,
            **{f"{d}_teachers_primary": 0 for d in DEGREES if d != "college"}),
    primary(pupils=400, max_class_primary=40),
    primary(pupils=400, pupils_junior=0, classes_junior=0, max_class_junior=0, teachers_junior=0, pupils_senior=0),
    nine_year(pupils=(250, 200), classes_primary=7, classes_junior=7),
    {"school_name": "启智学校", "school_type": "特殊教育学校"},
    {"school_name": "职业初中", "school_type": "职业初中", "pupils_junior": 90},
    primary(pupils=300, teachers_primary=None, books=None, computers=None, equipment_value=None, teaching_area=None),
]  # fmt: skip


def test_what_is_just_possible_is_no_fault(tmp_path: Path) -> None:
    common = {"sponsor_type": "县级教育部门", "township": "镇"}
    rows = [{**common, **row, "school_name": f"第{number}所"} for number, row in enumerate(AT_THE_EDGE)]
    assert check(opened(tmp_path, [*clean(), *rows])) == []


def test_a_school_without_a_name_is_not_called_nan(tmp_path: Path) -> None:
    rows = [*clean(), {**clean()[0], "school_name": None, "school_code": None, "pupils_primary": 5547}]
    said = [finding.message for finding in check(opened(tmp_path, rows))]
    assert any(message.startswith("（未填校名）：“学校名称”必填") for message in said)
    assert not any("nan" in message for message in said)


def test_without_the_pupils_of_a_stage_nothing_is_said_per_pupil(tmp_path: Path) -> None:
    rows = [complete(pupils=(100, 2000), pupils_senior=None)]
    assert {f.rule for f in check(opened(tmp_path, rows))} == {"no-senior", "blank-means"}


# ---- rules about several schools ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("graduated", "told"), [(99, []), (100, ["retention"]), (None, [])])
def test_more_graduates_than_pupils_who_stayed(tmp_path: Path, graduated: int | None, told: list[str]) -> None:
    school = {"entry3y": 100, "in3y": 2, "out3y": 3, "died3y": 0, "grads": graduated}
    found = check(opened(tmp_path, [*clean()[:2], junior(**school, **{"sponsor_type": "县级教育部门"})]))
    assert [f.rule for f in found if f.field == "grads"] == told


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ({"school_code": "0001"}, {"school_code": "0001"}, "school_code"),
        ({"school_code": "0001"}, {"school_code": " ０００1 "}, "school_code"),
        ({"school_name": "城关小学"}, {"school_name": "城关小学"}, "school_name"),
        ({"school_name": "城关小学（东）"}, {"school_name": "城关 小学(东)"}, "school_name"),
    ],
)
def test_duplicates(tmp_path: Path, first: Row, second: Row, field: str) -> None:
    rows = [primary("甲", 300) | first, primary("乙", 200) | second]
    twice = found(opened(tmp_path, rows), "duplicate")
    assert [(f.severity, f.where, f.field) for f in twice] == [(ERROR, address(table(rows), field, 3), field)]
    assert address(table(rows), field, 2) in twice[0].message


def test_no_duplicates(tmp_path: Path) -> None:
    rows = [
        primary("第一小学（东）", 300, school_code="0001"),
        primary("第一小学（西）", 200, school_code="1"),
        primary("丙", 100),
    ]
    assert found(opened(tmp_path, rows), "duplicate") == []


def test_the_same_numbers_under_two_names(tmp_path: Path) -> None:
    rows = [primary("甲", 300), primary("乙", 200), primary("丙", 300)]
    same = found(opened(tmp_path, rows), "same-numbers")
    assert [(f.severity, f.where) for f in same] == [(WARNING, address(table(rows), "school_name", 4))]
    assert "与甲相同" in same[0].message
    few = [{"school_name": name, "school_type": "小学", "pupils_primary": 30} for name in ("甲", "乙")]
    assert found(opened(tmp_path / "少", few), "same-numbers") == []


def test_a_total_row_that_differs(tmp_path: Path) -> None:
    grid = table(clean())
    places = [grid[0].index(header(name)) for name in ("school_name", "pupils_primary", "books")]
    total: list[Any] = [None] * len(grid[0])
    for place, value in zip(places, ("合计", 1250, 65500), strict=True):
        total[place] = value
    book = read(write_csv(tmp_path / "2020.csv", [*grid, total]))
    wrong = found(book, "total")
    assert [(f.severity, f.where, f.expected, f.found) for f in wrong] == [
        (WARNING, address(grid, "books", 6, "2020.csv"), "64500", "65500")
    ]


# ---- the county sheet -----------------------------------------------------------------------------------------------

COUNTY = {"county": "新邱区", "code": "210903", "year": 2020, "n_primary": 2, "n_junior": 1, "n_nine": 1}


def of_county(tmp_path: Path, **given: Any) -> list[tuple[str, Severity, str]]:
    entry = COUNTY | given
    seen = check(opened(tmp_path, clean(), 县级=[entry]))
    assert all(f.where == address(table([entry]), f.field, 2, "县级") for f in seen)
    return [(f.rule, f.severity, f.field) for f in seen]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"n_primary": 3}, [("school-count", WARNING, "n_primary")]),
        ({"n_points": 1}, [("school-count", WARNING, "n_points")]),
        ({"n_special": 0}, []),
        ({"zone_rate_primary": 101}, [("range", ERROR, "zone_rate_primary")]),
        ({"population": -1}, [("range", ERROR, "population")]),
        ({"norm_primary": 490}, [("unlikely", WARNING, "norm_primary")]),
        ({"norm_primary": 500}, []),
        ({"wage_teacher": 98600, "wage_civil": 9.7}, [("unit-mistake", ERROR, "wage_teacher")]),
        ({"qual_diff_maths_primary": 12}, [("unit-mistake", ERROR, "qual_diff_maths_primary")]),
        ({"hs_plan": 800, "hs_quota": 801}, [("part-over-whole", ERROR, "hs_quota")]),
        ({"hs_plan": 800, "hs_quota": 800}, []),
        ({"rot_actual": 36}, []),
        ({"dis_total": 60, "dis_enrolled": 58, "dis_inclusive": 30, "dis_special_school": 20, "dis_home": 6},
         [("sum", WARNING, "dis_enrolled")]),
        ({"dis_total": 60, "dis_enrolled": 58, "dis_inclusive": 30, "dis_special_school": 20, "dis_home": 8}, []),
    ],
)  # fmt: skip
def test_county_numbers(tmp_path: Path, given: dict[str, Any], expected: list[tuple[str, Severity, str]]) -> None:
    assert of_county(tmp_path, **given) == expected


def test_counts_of_other_years_are_not_compared(tmp_path: Path) -> None:
    entries = [COUNTY, COUNTY | {"year": 2019, "n_primary": 9}]
    assert found(opened(tmp_path, clean(), 县级=entries), "school-count") == []


# ---- sheets with several rows for a school, or about none -----------------------------------------------------------


def told(tmp_path: Path, sheet: str, rows: list[Row], rule: str) -> list[tuple[Severity, str, str]]:
    """What one rule says about a detail sheet of a county without any other fault."""
    seen = check(opened(tmp_path, clean(), **{sheet: rows}))
    assert {f.rule for f in seen} <= {rule}
    assert not any(ENGLISH.search(f.message.replace(f.found, "")) for f in seen)
    return [(f.severity, f.where, f.problem) for f in seen]


ROOM = {"school_name": "城关小学", "room_kind": "音乐", "room_area": 96}


@pytest.mark.parametrize(
    ("given", "rule", "severity", "field"),
    [
        ({}, "unlikely", None, ""),
        ({"room_area": 20}, "unlikely", None, ""),
        ({"room_area": 300}, "unlikely", None, ""),
        ({"room_area": None}, "unlikely", None, ""),
        ({"room_area": 19.9}, "unlikely", WARNING, "room_area"),
        ({"room_area": 300.5}, "unlikely", WARNING, "room_area"),
        ({"room_area": -1}, "range", ERROR, "room_area"),
        ({"room_kind": None}, "required", ERROR, "room_kind"),
        ({"school_name": "城关第二小学"}, "unknown-school", ERROR, "school_name"),
        ({"school_name": None, "school_code": "2109030009"}, "unknown-school", ERROR, "school_name"),
        ({"school_name": None, "school_code": CODES[0]}, "unknown-school", None, ""),
        ({"school_name": " 城关 小学 "}, "unknown-school", None, ""),
    ],
)
def test_rooms(tmp_path: Path, given: Row, rule: str, severity: Severity | None, field: str) -> None:
    rows = [ROOM, ROOM | given]
    expected = [(severity, address(table(rows), field, 3, "专用教室"))] if severity else []
    assert [(s, where) for s, where, _ in told(tmp_path, "专用教室", rows, rule)] == expected


def test_a_room_is_told_with_its_school(tmp_path: Path) -> None:
    own = found(opened(tmp_path, clean(), 专用教室=[ROOM | {"room_area": 500}]), "unlikely")[0]
    assert own.message == "城关小学：“专用教室面积”少见。应为：20 至 300 ㎡；实为：500。处理：核对；属实则不必改。"


def test_rows_of_a_school_take_the_name_of_the_list(tmp_path: Path) -> None:
    """What judges rooms looks for the school's own name, so the row of a code or of a name in other width has it."""
    rows = [ROOM | {"school_name": None, "school_code": CODES[1]}, ROOM | {"school_name": "长营子 学校"}]
    book = opened(tmp_path, clean(), 专用教室=rows)
    assert book.frames["专用教室"]["school_name"].tolist() == ["河东小学", "长营子学校"]


@pytest.mark.parametrize(
    ("sheet", "row"),
    [
        ("测试成绩", {"test_grade": "八年级", "test_subject": "数学", "score": 80}),
        ("问卷", {"group": "家长", "theme": "课业负担", "answer": "满意"}),
    ],
)
def test_an_unknown_school_of_scores_and_answers_is_told_once(tmp_path: Path, sheet: str, row: Row) -> None:
    rows = [{"school_name": name, **row} for name in ("城关中学", "城关二中", "城关二中", None, "三中")]
    seen = told(tmp_path, sheet, rows, "unknown-school")
    places = [address(table(rows), "school_name", number, sheet) for number in (3, 6)]
    assert [(severity, where) for severity, where, _ in seen] == [(WARNING, place) for place in places]
    assert "“城关二中”不在“学校”表中（共 2 行）" in seen[0][2]


@pytest.mark.parametrize(
    ("sheet", "field", "values"),
    [
        ("核查结论", "item_id", ["Gov1", "Gov10", " gov1"]),
        ("评估设置", "option_id", ["rooms-2016", "size-2010", "rooms-2016"]),
        ("迎检档案", "dossier_no", [1, 2, 1]),
    ],
)
def test_what_may_be_there_once_only(tmp_path: Path, sheet: str, field: str, values: list[Any]) -> None:
    rows = [{field: value} for value in values]
    first, twice = (address(table(rows), field, number, sheet) for number in (2, 4))
    [(severity, where, problem)] = told(tmp_path, sheet, rows, "duplicate")
    assert (severity, where) == (ERROR, twice)
    assert "第2行和第4行" in problem and first in problem and twice in problem
    assert told(tmp_path / "各一行", sheet, rows[:2], "duplicate") == []


def standard(indicator: str, stage: str | None = "小学") -> Row:
    return {"standard_indicator": indicator, "standard_stage": stage, "standard_value": 4}


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([standard("B1"), standard("B1", "初中")], []),
        ([standard("B1"), standard("B2"), standard("b1 ")], [4]),
        ([standard("B1", None), standard("B1", "初中")], [3]),
        ([standard("B1"), standard("B1", "初中"), standard("B1", None)], [4]),
    ],
)
def test_a_standard_is_there_once_per_stage(tmp_path: Path, rows: list[Row], wrong: list[int]) -> None:
    seen = told(tmp_path, "办学标准", rows, "duplicate")
    places = [address(table(rows), "standard_indicator", number, "办学标准") for number in wrong]
    assert [(severity, where) for severity, where, _ in seen] == [(ERROR, place) for place in places]


def test_at_most_ten_standards_per_stage(tmp_path: Path) -> None:
    ten = [standard(f"指标{number}") for number in range(10)]
    other = [standard(f"指标{number}", "初中") for number in range(10)]
    assert told(tmp_path / "十项", "办学标准", [*ten, *other], "too-many") == []
    rows = [*ten, *other, standard("指标十一", "初中"), standard("指标十二", "初中")]
    seen = told(tmp_path / "十一项", "办学标准", rows, "too-many")
    assert seen == [(ERROR, address(table(rows), "standard_indicator", 22, "办学标准"), "初中的办学标准超过 10 项")]
    both = [*ten[:9], standard("指标十", None), standard("指标十一", None)]
    assert [where for _, where, _ in told(tmp_path / "两学段", "办学标准", both, "too-many")] == [
        address(table(both), "standard_indicator", 12, "办学标准")
    ]


@pytest.mark.parametrize(
    ("sheet", "row", "field", "severity"),
    [
        ("测试成绩", {"test_grade": None, "test_subject": "数学", "score": 80}, "test_grade", WARNING),
        ("问卷", {"group": None, "theme": "课业负担", "answer": "满意"}, "group", WARNING),
        ("核查结论", {"item_id": None, "item_verdict": "达到"}, "item_id", ERROR),
        ("办学标准", {"standard_indicator": None, "standard_value": 4}, "standard_indicator", ERROR),
        ("评估设置", {"option_id": None, "option_on": "是"}, "option_id", ERROR),
        ("迎检档案", {"dossier_no": None, "dossier_state": "未备"}, "dossier_no", ERROR),
    ],
)
def test_a_row_without_what_it_is_about(tmp_path: Path, sheet: str, row: Row, field: str, severity: Severity) -> None:
    [(own, where, problem)] = told(tmp_path, sheet, [row], "required")
    assert (own, where) == (severity, address(table([row]), field, 2, sheet))
    assert "必填" in problem


@pytest.mark.parametrize(("number", "rule"), [(34, "range"), (0, "unlikely")])
def test_a_dossier_that_does_not_exist(tmp_path: Path, number: int, rule: str) -> None:
    rows = [{"dossier_no": number, "dossier_state": "未备"}]
    assert [where for _, where, _ in told(tmp_path, "迎检档案", rows, rule)] == [
        address(table(rows), "dossier_no", 2, "迎检档案")
    ]


# ---- the year before ------------------------------------------------------------------------------------------------


def changed(tmp_path: Path, before: list[Row], now: list[Row]) -> list[Finding]:
    return list(changes(opened(tmp_path / "今年", now), opened(tmp_path / "去年", before)))


@pytest.mark.parametrize(
    ("field", "was", "now", "noticed"),
    [
        ("pupils_primary", 300, 391, True),
        ("pupils_primary", 300, 390, False),
        ("pupils_primary", 300, 209, True),
        ("books", 9000, 13501, True),
        ("books", 9000, 13500, False),
        ("books", 9000, None, False),
        ("books", None, 9000, False),
        ("books", 0, 9000, False),
        ("equipment_value", 100, 49, True),
    ],
)
def test_unlikely_changes(tmp_path: Path, field: str, was: Any, now: Any, noticed: bool) -> None:
    rows = [primary("甲", 300) | {field: now}]
    seen = changed(tmp_path, [primary("甲", 300) | {field: was}], rows)
    assert [(f.rule, f.severity, f.field) for f in seen] == ([("change", WARNING, field)] if noticed else [])
    if noticed:
        assert seen[0].where == address(table(rows), field, 2)
        assert " → " in seen[0].message


def test_schools_that_came_and_went(tmp_path: Path) -> None:
    before = [primary("甲", 300, school_code="0001"), primary("乙", 200), primary("撤并小学", 40)]
    now = [primary("甲校改名", 300, school_code="0001"), primary("乙", 200), primary("新建小学", 40)]
    seen = changed(tmp_path, before, now)
    assert [(f.rule, f.severity, f.school) for f in seen] == [
        ("school-gone", INFO, "撤并小学"),
        ("school-new", INFO, "新建小学"),
    ]


def test_a_year_without_codes_is_matched_by_name(tmp_path: Path) -> None:
    before = [primary("甲", 300), primary("乙", 200)]
    now = [primary("甲", 300, school_code="0001"), primary("乙", 200, school_code="0002")]
    assert changed(tmp_path, before, now) == []


def test_the_year_before_enters_the_check(tmp_path: Path) -> None:
    before, now = (
        opened(tmp_path / "去年", clean()),
        opened(tmp_path / "今年", [clean()[0] | {"books": 90000}, *clean()[1:]]),
    )
    assert {f.rule for f in check(now, before)} == {"change"}
    assert check(now) == []


# ---- all at once ----------------------------------------------------------------------------------------------------


def test_every_problem_at_once_errors_first(tmp_path: Path) -> None:
    rows: list[Row] = [
        primary("甲", 300, pupils_primary="三百", books="—", school_code="0001"),
        primary("乙", 200, school_type="小学校", school_code="0001", backbone_teachers_primary=999),
        junior("丙", 500, max_class_junior=30, equipment_value=990000, teaching_area=-5),
        nine_year("甲", (200, 90), pupils_junior=0),
        {"school_name": None, "school_type": "小学", "pupils_primary": 20000},
    ]
    book = opened(tmp_path, rows)
    seen = check(book)
    assert [f.severity.rank for f in seen] == sorted(f.severity.rank for f in seen)
    assert len(seen) == len(set(seen))
    assert {f.rule for f in errors(seen)} == {
        "not-a-number", "choice", "duplicate", "range", "part-over-whole", "class-size", "required", "unit-mistake"
    }  # fmt: skip
    assert {f.rule for f in seen if f.severity is WARNING} >= {"placeholder", "type-stage"}


def test_a_cell_that_cannot_be_read_is_not_called_blank_too(tmp_path: Path) -> None:
    book = opened(tmp_path, [primary("甲", 300, pupils_primary="三百", school_type="小学校")])
    assert {f.rule for f in errors(check(book))} == {"not-a-number", "choice"}


def test_a_missing_column_is_said_once(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "school_type"} for row in clean()]
    missing = found(opened(tmp_path, rows), "missing-column")
    assert [(f.severity, f.field) for f in missing] == [(ERROR, "school_type")]
    assert "缺少必填列“办学类型”" in missing[0].message
    assert found(opened(tmp_path, rows), "required") == []


def test_a_message_names_cell_expected_found_and_action(tmp_path: Path) -> None:
    rows = [primary("阿金歹小学", 300, pupils_primary=-3)]
    own = found(opened(tmp_path, rows), "range")[0]
    assert own.where == address(table(rows), "pupils_primary", 2)
    assert own.message == (
        "阿金歹小学：“小学在校生数”超出可能的范围。应为：0 至 6000 人；实为：-3。处理：核对数值和单位（人）。"
    )


def test_large_numbers_are_written_out(tmp_path: Path) -> None:
    own = found(opened(tmp_path, [primary("甲", 300, books=12345678)]), "range")[0]
    assert own.found == "12345678"
    assert own.expected == "0 至 1000000 册"


def test_rules_cover_the_dictionary() -> None:
    """Whatever the dictionary says about a field is used by some rule, so no entry there is idle."""
    spec = load()
    for field in spec.fields:
        for other in (*field.at_most, *field.sum_of):
            assert other in spec, (field.name, other)
            assert spec.sheet(spec.field(other).sheet).rows == spec.sheet(field.sheet).rows  # type: ignore[union-attr]


def test_checking_changes_nothing(tmp_path: Path) -> None:
    book: Workbook = opened(tmp_path, clean())
    before = book.schools.copy(deep=True)
    check(book, book)
    assert book.schools.equals(before)


def test_a_number_of_hundreds_of_digits_is_told_in_few(tmp_path: Path) -> None:
    for finding in check(opened(tmp_path, [primary("甲小学", 10**300), primary("乙小学", 200)])):
        assert len(finding.message) < 300, finding.message
        assert "0" * 40 not in finding.message
