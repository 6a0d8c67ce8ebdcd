"""The other sheets of the example workbooks of 新邱区: money, tests, survey, findings, standards, settings, dossier."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from building import Row, Value

SCHOOLS: Mapping[str, tuple[Value, ...]] = {
    "left_behind_primary": (12, 21, 9, 18, None, None),
    "left_behind_junior": (None, None, None, 11, 14, 3),
    "choice_pupils_primary": (6, 0, 0, 0, None, None),
    "choice_pupils_junior": (None, None, None, 0, 7, 0),
    "renowned_teachers_primary": (6, 0, 0, 1, None, None),
    "renowned_teachers_junior": (None, None, None, 1, 4, 1),
    "designed_classes_primary": (30, 12, 6, 18, None, None),
    "designed_classes_junior": (None, None, None, 9, 15, 9),
    "approved_places_primary": (1350, None, None, 760, None, None),
    "approved_places_junior": (None, None, None, 400, 720, None),
    "standardised": ("是", "否", "否", "是", "是", "是"),
    "charter": ("是",) * 6,
    "it_ok": ("是", "是", "否", "是", "是", "是"),
    "moral_ok": ("是",) * 6,
    "curric_ok": ("是", "否", "是", "是", "是", "是"),
    "load_ok": ("是", "是", "是", "是", "是", None),
}
"""What was added to the sheet 学校补充; the same in every year, blank where it was not looked into."""

PER_PUPIL = {2015: 15210, 2016: 15660, 2017: 16080, 2018: 16520, 2019: 16980, 2020: 17430}
"""生均一般公共预算教育支出, 元."""

FUNDS_PER_PUPIL = {2018: 0.187, 2019: 0.193, 2020: 0.199}
"""公用经费 per pupil, 万元; a school below 100 pupils gets that of 100."""
TRAINING_SHARE = {
    2018: (0.052, 0.05, 0.05, 0.05, 0.051, 0.032),
    2019: (0.053, 0.05, 0.051, 0.052, 0.052, 0.038),
    2020: (0.055, 0.051, 0.051, 0.053, 0.054, 0.044),
}

SAME: Row = dict(
    births=430, norm_primary_province=650, norm_junior_province=850, norm_boarding_province=200,
    norm_special_province=6000, tax_transfer_share=56.4, monitor_ok="是", pass_year_basic=2015, veto_exam="否",
    veto_choice="否", veto_key_classes="否", veto_staffing="否", veto_safety="否", veto_fraud="否",
)  # fmt: skip
COUNTY_MORE: Mapping[int, Row] = {
    2018: SAME | dict(urban_residents=5.44, wage_total=3010, train_county=52, retention_primary=99.4,
                      fitness_primary=93.1, fitness_junior=91.8, hs_plan=432, hs_quota=224, hs_quota_rural=52,
                      survey_sent=640, survey_returned=612, survey_valid=598, survey_n_parents=340,
                      survey_n_teachers=86, survey_n_heads=12, survey_n_deputies=50, survey_n_advisers=50,
                      survey_n_others=60, survey_satisfied_parents=281, survey_satisfied_teachers=80,
                      survey_satisfied_heads=12,
                      survey_satisfied_deputies=43, survey_satisfied_advisers=42, survey_satisfied_others=46),
    2019: SAME | dict(urban_residents=5.41, wage_total=3120, train_county=57, retention_primary=99.5,
                      fitness_primary=93.6, fitness_junior=92.2, hs_plan=428, hs_quota=227, hs_quota_rural=55,
                      survey_sent=640, survey_returned=620, survey_valid=606, survey_n_parents=346,
                      survey_n_teachers=88, survey_n_heads=12, survey_n_deputies=50, survey_n_advisers=50,
                      survey_n_others=60, survey_satisfied_parents=296, survey_satisfied_teachers=82,
                      survey_satisfied_heads=12,
                      survey_satisfied_deputies=44, survey_satisfied_advisers=43, survey_satisfied_others=49),
    2020: SAME | dict(urban_residents=5.37, wage_total=3260, train_county=66, retention_primary=99.6,
                      fitness_primary=94.0, fitness_junior=92.9, hs_plan=420, hs_quota=231, hs_quota_rural=60,
                      survey_sent=650, survey_returned=636, survey_valid=620, qual_level_maths_primary="Ⅲ级",
                      qual_diff_maths_primary=0.118, qual_level_pe_primary="Ⅲ级", qual_diff_pe_primary=0.131,
                      qual_level_maths_junior="Ⅱ级", qual_diff_maths_junior=0.163, qual_level_pe_junior="Ⅲ级",
                      qual_diff_pe_junior=0.127),
}  # fmt: skip

GROUPS = {"家长": (350, 0.87), "学生": (80, 0.90), "教师": (88, 0.93), "校长": (12, 1.0), "人大代表": (30, 0.87),
          "政协委员": (30, 0.87), "其他群众": (30, 0.80)}  # fmt: skip
"""Questionnaires of 2020 by group, and the share that is satisfied."""
THEMES = {"就近入学": 0.03, "校际差距": -0.04, "课业负担": 0.0}
"""Questions, and by how much the share differs from the group's."""

FINDINGS: Mapping[str, tuple[str | None, str | None, float | None]] = {
    "Gov1": ("达到", "义务教育学校布局专项规划（构造）", None),
    "Gov2": ("达到", "四项标准统一的文件汇编（构造）", None),
    "Gov8": ("达到", "绩效工资总量核定文件（构造）", None),
    "Gov10": ("达到", "教职工编制和岗位统筹分配方案（构造）", None),
    "Gov14": ("达到", "优质高中招生名额分配办法（构造）", None),
    "Gov15": ("达到", "留守儿童关爱服务体系台账（构造）", None),
    "Work1": ("达到", "随迁子女入学纳入规划和财政保障的文件（构造）", 5),
    "Work2": ("达到", "留守儿童关爱服务体系台账（构造）", 4.5),
    "Work5": ("达到", "责任、监督和问责机制文件（构造）", 5),
    "Work7": ("达到", "薄弱学校改造计划和资金安排（构造）", 5),
    "Work9": ("达到", "绩效工资发放台账（构造）", 6),
    "Work10": ("未达到", "音乐、美术教师不足的学校名单（构造）", 4),
    "Work11": ("达到", "校长教师交流名册（构造）", 5),
    "Work12": ("达到", "培训计划和经费决算（构造）", 5.5),
    "Work13": ("达到", "课程表抽查记录（构造）", 5),
    "Work14": ("达到", "学籍系统巩固率报表（构造）", 6),
    "Work15": ("达到", "体质健康测试上报数据（构造）", 6),
    "Work16": ("达到", "招生和编班检查记录（构造）", 5),
    "Work17": (None, None, None),
}
"""Item -> finding, evidence, marks."""

STANDARDS = {
    "B1": (2.6, 3.4), "B2": (6, 8), "B3": (900, 1000), "B4": (7, 9), "B5": (12, 18), "B6": (0.052, 0.06),
}  # fmt: skip
"""Constructed school standards: indicator -> primary, junior."""


def school_fields(i: int) -> Row:
    """What the sheet 学校补充 has of school i besides."""
    return {name: values[i] for name, values in SCHOOLS.items()}


def of_schools(year: int, schools: Sequence[Row]) -> dict[str, list[Row]]:
    """The sheets 经费 and 测试成绩."""
    return {"经费": _funds(year, schools), "测试成绩": _scores(year, schools)}


def _funds(year: int, schools: Sequence[Row]) -> list[Row]:
    rows = []
    for school, share in zip(schools, TRAINING_SHARE[year], strict=True):
        pupils = sum(int(school.get(f"pupils_{stage}") or 0) for stage in ("primary", "junior"))
        funds = round(max(pupils, 100) * FUNDS_PER_PUPIL[year], 2)
        train = round(funds * share + 0.005, 2)  # rounded up, so that what is meant to reach 5 % does
        named = {key: school[key] for key in ("school_code", "school_name")}
        final = {"funds_final": round(funds * 0.98, 2), "train_final": round(train * 0.97, 2)}
        rows.append(
            {**named, "funds_budget": funds, "train_budget": train, **final, "heating_funds": round(pupils * 0.011, 2)}
        )
    return rows


def _scores(year: int, schools: Sequence[Row]) -> list[Row]:
    rng = random.Random(f"新邱区 {year}")
    rows: list[Row] = []
    for number, school in enumerate(schools):
        for stage, grade in (("primary", "四年级"), ("junior", "八年级")):
            if school.get(f"pupils_{stage}"):
                level = 74 - 3.5 * (number % 3) + rng.uniform(-1, 1)
                for _ in range(min(24, int(school[f"pupils_{stage}"] or 0) // 6)):
                    score = round(min(100.0, max(20.0, rng.gauss(level, 11))), 1)
                    rows.append(
                        {
                            "school_name": school["school_name"],
                            "test_grade": grade,
                            "test_subject": "数学",
                            "score": score,
                        }
                    )
    return rows


def of_county(year: int) -> dict[str, list[Row]]:
    """The sheets 问卷 (2020 only), 核查结论, 办学标准, 评估设置 and 迎检档案."""
    found = [
        {"item_id": item, "item_verdict": verdict, "item_basis": basis, "item_marks": marks,
         "item_by": "区督导室（构造）" if verdict else None, "item_date": f"{year}-11-20" if verdict else None}
        for item, (verdict, basis, marks) in FINDINGS.items()
    ]  # fmt: skip
    standards = [
        {"standard_indicator": indicator, "standard_stage": stage, "standard_value": value,
         "standard_source": "构造的办学基本标准，不是辽宁省标准"}
        for indicator, values in STANDARDS.items()
        for stage, value in zip(("小学", "初中"), values, strict=True)
    ]  # fmt: skip
    options = [{"option_id": name, "option_on": "否", "option_basis": None} for name in ("rooms-2016", "private-out")]
    states = ("已备齐", "部分备齐", "已备齐", "未备")
    dossier = [
        {"dossier_no": number, "dossier_state": states[number % 4], "dossier_files": f"档案盒{number:02d}（构造）",
         "dossier_by": "区督导室（构造）"}
        for number in range(1, 31)
    ]  # fmt: skip
    sheets = {"核查结论": found, "办学标准": standards, "评估设置": options, "迎检档案": dossier}
    return {"问卷": _answers(year), **sheets} if year == 2020 else sheets


def _answers(year: int) -> list[Row]:
    rng = random.Random(f"新邱区问卷 {year}")
    rows: list[Row] = []
    for group, (persons, share) in GROUPS.items():
        for theme, more in THEMES.items():
            satisfied = round(persons * min(1.0, share + more))
            unsure = round((persons - satisfied) * 0.3)
            pleased = [rng.choice(("满意", "满意", "比较满意", "基本满意")) for _ in range(satisfied)]
            answers = [*pleased, *["不了解"] * unsure, *["不满意"] * (persons - satisfied - unsure)]
            rng.shuffle(answers)
            rows += [{"group": group, "theme": theme, "answer": answer} for answer in answers]
    return rows
