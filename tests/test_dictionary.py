"""The data dictionary: complete, unambiguous, and consistent in itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from edukit.dictionary import KINDS, Dictionary, Field, SheetSpec, load, plain

CORE = """
school_code 学校标识码 · school_name 学校名称 · school_type 办学类型 · sponsor_type 举办者类型 · urban_type 城乡类型 ·
township 乡镇街道 · pupils_primary 小学在校生数 · pupils_junior 初中在校生数 · pupils_senior 高中在校生数 ·
classes_primary 小学班数 · classes_junior 初中班数 · max_class_primary 小学最大班额 · max_class_junior 初中最大班额 ·
teachers_primary 小学专任教师数 · teachers_junior 初中专任教师数 ·
higher_degree_teachers_primary 小学高于规定学历专任教师数 · higher_degree_teachers_junior 初中高于规定学历专任教师数 ·
middle_title_teachers_primary 小学中级及以上职称专任教师数 · middle_title_teachers_junior 初中中级及以上职称专任教师数 ·
backbone_teachers_primary 小学县级以上骨干教师数 · backbone_teachers_junior 初中县级以上骨干教师数 ·
pe_arts_teachers_primary 小学体育艺术专任教师数 · pe_arts_teachers_junior 初中体育艺术专任教师数 ·
teaching_area 教学及辅助用房面积 · indoor_sports_area 室内体育用房面积 · sports_field_area 运动场地面积 ·
equipment_value 教学仪器设备资产值 · multimedia_rooms 网络多媒体教室数 · computers 教学用计算机台数 · books 图书册数
"""
"""The input contract: field names and official headers of the sheet 学校, in order."""

BANDS = ("le25", "26_30", "31_35", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "ge66")
BY_STAGE = (
    "boarders migrants in_zone_pupils special_pupils cert_teachers trained360 "
    "pe_shared_teachers music_shared_teachers art_shared_teachers "
    "pe_teachers music_teachers art_teachers arts_teachers "
    "doctor_teachers master_teachers bachelor_teachers college_teachers highschool_teachers below_highschool_teachers "
    "title_senior_full_teachers title_senior_teachers title_middle_teachers title_junior_teachers title_none_teachers"
).split()
SCHOOL = (
    "counted built_year dense_centre is_boarding stat_county staff offsite_sports_area extra_sports_area classrooms "
    "site_area building_area music_rooms art_rooms room_kind room_area largest_class_lt30_rural "
    "funds_budget funds_final train_budget train_final grads entry3y in3y out3y died3y "
    "charter it_ok moral_ok curric_ok load_ok"
).split()
COUNTY = (
    "county code year population rural_pop towns villages gdp_pc revenue_pc rural_income urban_income "
    "n_primary n_junior n_nine n_twelve n_complete n_special n_points n_points50 "
    "norm_primary norm_junior norm_boarding norm_special special_funds special_n wage_teacher wage_civil "
    "rot_eligible rot_actual rot_backbone hs_plan hs_quota hs_quota_rural mig_eligible mig_public mig_purchased "
    "zone_rate_primary zone_rate_junior dis_total dis_enrolled dis_inclusive dis_special_school dis_home "
    "edu_exp edu_alloc revenue_recurrent exp_pp_primary exp_pp_junior funds_pp_primary funds_pp_junior wage "
    "survey_sent survey_returned survey_valid pass_year_basic monitor_ok veto_note"
).split()
SUBJECTS = "moral chinese maths english science pe arts labour mental".split()
GROUPS = "pupils parents teachers heads deputies advisers others".split()
VETOES = "exam choice key_classes staffing safety fraud".split()

SHEETS = {
    "学校": ("school", ()),
    "学校补充": ("school", ("school_code", "school_name")),
    "班额": ("school", ("school_code", "school_name")),
    "专用教室": ("room", ("school_code", "school_name")),
    "经费": ("school", ("school_code", "school_name")),
    "测试成绩": ("score", ("school_name",)),
    "问卷": ("answer", ("school_name",)),
    "核查结论": ("item", ()),
    "办学标准": ("standard", ()),
    "评估设置": ("option", ()),
    "迎检档案": ("dossier", ()),
    "县级": ("year", ()),
}

EVERY = load().fields


def test_core_fields_are_those_of_the_contract() -> None:
    wanted = [tuple(entry.split()) for entry in CORE.split("·")]
    found = [(field.name, field.header) for field in load().of_sheet("学校")]
    assert found[: len(wanted)] == wanted
    assert [name for name, _ in found[len(wanted) :]] == ["counted", "built_year", "is_boarding", "dense_centre"]


def test_sheets_in_order_with_their_keys() -> None:
    assert {sheet.name: (sheet.rows, sheet.keys) for sheet in load().sheets} == SHEETS
    assert list(SHEETS) == [sheet.name for sheet in load().sheets]
    assert {field.sheet for field in EVERY} == set(SHEETS)
    assert all(sheet.note.endswith("。") for sheet in load().sheets)


def test_every_school_column_of_the_standards_is_there() -> None:
    wanted = SCHOOL + [f"{name}_{stage}" for stage in ("primary", "junior") for name in BY_STAGE]
    wanted += [f"classes_{band}_{stage}" for stage in ("primary", "junior") for band in BANDS]
    assert [name for name in wanted if name not in load()] == []


def test_every_county_column_of_the_standards_is_there() -> None:
    wanted = COUNTY + [f"veto_{name}" for name in VETOES]
    wanted += [f"survey_{part}_{group}" for part in ("n", "satisfied") for group in GROUPS]
    wanted += [f"qual_{part}_{subject}_junior" for part in ("level", "diff") for subject in SUBJECTS]
    wanted += [f"qual_{part}_{name}_primary" for part in ("level", "diff") for name in SUBJECTS if name != "english"]
    assert [name for name in wanted if name not in load()] == []
    assert {load().field(name).sheet for name in wanted} == {"县级"}


def test_choices_of_the_contract() -> None:
    choices = {field.name: " ".join(field.choices) for field in EVERY if field.kind == "choice"}
    assert choices["school_type"] == (
        "小学 小学教学点 初级中学 九年一贯制学校 十二年一贯制学校 完全中学 特殊教育学校 职业初中"
    )
    assert choices["sponsor_type"] == "县级教育部门 地级教育部门 省级教育部门 县级其他部门 企业 高校 民办"
    assert choices["urban_type"] == "城区 镇区 乡村"
    assert choices["room_kind"] == "音乐 美术"
    assert choices["group"] == "学生 家长 教师 校长 人大代表 政协委员 其他群众"


def test_only_what_the_contract_requires_is_required() -> None:
    always = {"school_name", "school_type", "room_kind", "group", "item_id", "year"}
    always |= {"test_grade", "test_subject", "standard_indicator", "option_id", "dossier_no"}
    assert {field.name for field in EVERY if field.required} == always
    needed = {field.name: set(field.required_for) for field in EVERY if field.required_for}
    several = {"九年一贯制学校", "十二年一贯制学校"}
    assert needed == {
        "pupils_primary": {"小学", "小学教学点"} | several,
        "pupils_junior": {"初级中学", "完全中学"} | several,
    }


def test_names_and_headers_are_unique() -> None:
    for texts in ([field.name for field in EVERY], [plain(field.header) for field in EVERY]):
        assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_no_alias_is_ambiguous_on_any_sheet() -> None:
    meanings: dict[str, set[str]] = {}
    for field in EVERY:
        for text in (field.name, field.header, *field.aliases):
            meanings.setdefault(plain(text), set()).add(field.name)
    assert {text: names for text, names in meanings.items() if len(names) > 1} == {}
    assert "" not in meanings


def test_an_alias_of_two_fields_is_refused() -> None:
    field = Field("a", "甲", "学校", "组", "count", aliases=("同名",))
    other = replace(field, name="b", header="乙")
    sheets = (SheetSpec("学校", "school", ""),)
    dictionary = replace(load(), sheets=sheets, fields=(field, other))
    with pytest.raises(ValueError, match="同名 names both a and b"):
        dictionary.match("甲", "学校")


@pytest.mark.parametrize("field", EVERY, ids=lambda field: field.name)
def test_field_is_sound(field: Field) -> None:
    dictionary = load()
    assert field.kind in KINDS
    assert field.header and field.group
    assert field.note.endswith("。") and 4 <= len(field.note) <= 255
    assert "\n" not in field.note
    assert bool(field.choices) == (field.kind == "choice")
    for low, high in (field.hard, field.soft, field.per_pupil):
        assert low is None or high is None or low < high
    for bound, soft in zip(field.hard, field.soft, strict=True):
        sign = 1 if bound is field.hard[0] else -1
        assert bound is None or soft is None or sign * soft >= sign * bound
    if field.kind in {"count", "decimal"}:
        assert field.hard[0] == 0
    if field.kind == "percent":
        assert field.hard == (0, 100)
    if not field.numeric:
        assert (field.hard, field.soft, field.at_most, field.sum_of) == ((None, None), (None, None), (), ())
    for name in (*field.at_most, *field.sum_of):
        other = dictionary.field(name)
        assert name != field.name and other.unit == field.unit and other.numeric
    for name in field.sum_of:
        assert field.name not in dictionary.field(name).sum_of
    assert all(factor > 0 for _, factor in field.confusions)
    assert set(field.required_for) <= set(dictionary.field("school_type").choices)
    assert {meaning for _, meaning in field.synonyms} <= set(field.choices)


def test_groups_are_not_split() -> None:
    for spec in load().sheets:
        runs = [field.group for field in load().columns(spec.name)]
        changes = [group for index, group in enumerate(runs) if index == 0 or runs[index - 1] != group]
        assert len(changes) == len(set(changes)), spec.name


def test_units_that_are_often_confused() -> None:
    confusions = {field.name: dict(field.confusions) for field in EVERY}
    assert confusions["equipment_value"] == confusions["funds_budget"] == {"元": 0.0001}
    areas = [field for field in EVERY if field.unit == "㎡" and field.sheet != "专用教室"]
    assert len(areas) == 7
    assert all(confusions[field.name]["亩"] == pytest.approx(2000 / 3, rel=1e-15) for field in areas)


def test_parts_and_wholes_that_the_standards_name() -> None:
    field = load().field
    assert field("backbone_teachers_primary").at_most == ("teachers_primary",)
    assert field("indoor_sports_area").at_most == ("teaching_area",)
    assert field("teaching_area").at_most == ("building_area",)
    assert field("higher_degree_teachers_primary").sum_of[-1] == "college_teachers_primary"
    assert "college_teachers_junior" not in field("higher_degree_teachers_junior").sum_of
    assert field("classes_junior").sum_of == tuple(f"classes_{band}_junior" for band in BANDS)


@pytest.mark.parametrize(
    ("header", "sheet", "name"),
    [
        ("学校(机构)标识码", "学校", "school_code"),
        ("校名", "学校", "school_name"),
        ("乡镇/街道", "学校", "township"),
        ("小学 在校生数\n（人）", "学校", "pupils_primary"),
        ("学生数（小学）", "学校", "pupils_primary"),
        ("学生数(初中)", "学校", "pupils_junior"),
        ("县级以上骨干教师（初中）", "学校", "backbone_teachers_junior"),
        ("教学及辅助用房（计）", "学校", "teaching_area"),
        ("室内体育用房", "学校", "indoor_sports_area"),
        ("教学仪器设备资产值（万元）*", "学校", "equipment_value"),
        ("网络多媒体教室", "学校", "multimedia_rooms"),
        ("计算机", "学校", "computers"),
        ("教学用计算机", "学校", "computers"),
        ("图书", "学校", "books"),
        ("pupils_junior", "学校", "pupils_junior"),
        ("教职工数", "学校", "staff"),
        ("小学41-45人", "班额", "classes_41_45_primary"),
        ("小学４１～４５人", "班额", "classes_41_45_primary"),
        ("学校名称", "专用教室", "school_name"),
        ("标识码", "专用教室", "school_code"),
        ("面积", "专用教室", "room_area"),
        ("县区", "县级", "county"),
        ("主题/题目", "问卷", "theme"),
        ("调查对象", "问卷", "group"),
        ("学校名称", "问卷", "school_name"),
    ],
)
def test_headers_as_they_are_met(header: str, sheet: str, name: str) -> None:
    found = load().match(header, sheet)
    assert found is not None and found.name == name


@pytest.mark.parametrize(
    ("header", "sheet"),
    [
        ("在校生数", "学校"),
        ("骨干教师", "学校"),
        ("教学及辅助用房面积（不含室内体育用房）", "学校"),
        ("体育运动场馆面积", "学校"),
        ("固定资产总值", "学校"),
        ("面积", "学校"),
        ("小学在校生数", "专用教室"),
        ("学校名称", "县级"),
    ],
)
def test_headers_that_could_mean_several_things_mean_nothing(header: str, sheet: str) -> None:
    assert load().match(header, sheet) is None


def test_columns_are_keys_and_own_fields() -> None:
    dictionary: Dictionary = load()
    names = [field.name for field in dictionary.columns("经费")]
    funds = ["funds_budget", "funds_final", "train_budget", "train_final", "heating_funds"]
    assert names == ["school_code", "school_name", *funds]
    assert dictionary.columns("学校") == dictionary.of_sheet("学校")


def test_the_example_row_obeys_the_dictionary() -> None:
    values = {field.name: field.example for field in EVERY}
    pupils = sum(float(values[f"pupils_{stage}"] or 0) for stage in ("primary", "junior", "senior"))
    given = [field for field in EVERY if field.numeric and field.example is not None]
    assert len(given) > 170
    for field in given:
        value = float(field.example or 0)
        for low, high in (field.hard, field.soft):
            assert (low is None or value >= low) and (high is None or value <= high), field.name
        low, high = field.per_pupil
        assert low is None or high is None or low <= value / pupils <= high, field.name
        assert all(value <= float(values[whole] or 0) for whole in field.at_most), field.name
        if field.sum_of:
            assert value == sum(float(values[part] or 0) for part in field.sum_of), field.name
    for field in EVERY:
        assert not field.choices or field.example is None or field.example in field.choices
        assert field.kind != "flag" or field.example in {"是", "否", None}
    assert str(values["school_name"]).startswith("示例") and str(values["county"]).startswith("示例")
