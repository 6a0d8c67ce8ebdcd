"""表Ⅰ 基本情况 of the 申报表: the county's own numbers and the totals of its schools, L1 to L22.

The form asks for 22 columns. Their order follows a provincial print of the form (山东省人民政府教育督导室制) and the
instructions (申报表填报说明): 自然情况 L1–L4, 经济情况 L5–L8, 学校数 L9–L14, 教学班 L15–L16, 在校生 L17–L18, 教职工 and
专任教师 L19–L22. The national original was not seen whole, so the order is a reading and not a quotation.

Totals, after the same instructions: 小学 counts the primary sections of 一贯制学校 and the 教学点, 初中 counts the
junior sections of 一贯制学校 and 完全中学. 表Ⅰ speaks of all schools on the county's territory, private ones included;
the tables after it leave out what the scheme leaves out. 特殊教育学校 and 职业初中 enter no total.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.checks.county import TYPE_COUNTS
from edukit.dictionary import STAGES, STAGES_OF_TYPE, load
from edukit.exact import total

Figure = tuple[float, str]
"""A number, NaN where it is not known, and a remark: what would settle it, or what must be known to read it."""

POINT = "小学教学点"
THROUGH = ("九年一贯制学校", "十二年一贯制学校")
ORDINARY = {"小学": ("小学",), "一贯制学校": THROUGH, "初中": ("初级中学",), "完全中学": ("完全中学",)}
"""The four kinds of ordinary schools that the form counts, with the school types of each."""
SPONSORS = {
    "省、市直属": ("省级教育部门", "地级教育部门"),
    "企业办学": ("企业",),
    "高校附属": ("高校",),
    "民办": ("民办",),
}
COUNTY_SHEET = "县级"


@dataclass(frozen=True)
class Line:
    """One of the 22 columns of the form: its number, heading, name, unit, where its data come from, and the figure."""

    number: str
    group: str
    name: str
    unit: str
    source: str
    figure: Callable[[Case], Figure]


def overview(case: Case) -> pd.DataFrame:
    """表Ⅰ of a county.

    Returns:
        One row per column of the form: number (L1 … L22), group, name, unit, value (NaN where unknown), source (where
        the number comes from), remark (which cell of the workbook would settle it, or what to know about it).
    """
    rows = [(line, *line.figure(case)) for line in LINES]
    return pd.DataFrame(
        {
            "number": [line.number for line, _, _ in rows],
            "group": [line.group for line, _, _ in rows],
            "name": [line.name for line, _, _ in rows],
            "unit": [line.unit for line, _, _ in rows],
            "value": [value for _, value, _ in rows],
            "source": [line.source for line, _, _ in rows],
            "remark": [remark for _, _, remark in rows],
        }
    )


def sponsors(case: Case) -> list[str]:
    """How many of the schools counted in L9 to L12 are not the county's own, one sentence per kind of school."""
    said = []
    for kind, types in ORDINARY.items():
        own = _counted(case.book.schools, types)["sponsor_type"]
        counts = {word: int(own.isin(sponsors).sum()) for word, sponsors in SPONSORS.items()}
        if parts := [f"{word}{count}所" for word, count in counts.items() if count]:
            said.append(f"{kind}中：{'，'.join(parts)}。")
    return said


def missing(case: Case, name: str, rows: pd.Index) -> str:
    """Which cells of the workbook are blank, in words; the column where all of it is.

    Args:
        case: whose workbook.
        name: a school-level field.
        rows: rows of ``case.book.schools`` that lack it.
    """
    field, schools = load().field(name), case.book.schools
    if len(rows) > 1 and schools[name].isna().all():
        return f"“{field.sheet}”表“{field.header}”整列空白或缺少这一列"
    cells = [f"{schools.at[row, 'school_name']}（{case.book.where(row, name)}）" for row in rows]
    return f"缺“{field.header}”：{formats.listed(cells, 4)}"


def _own(name: str, case: Case) -> Figure:
    """A number of the county's own sheet in the year that is judged."""
    value, header = case.now.evidence.number(name), load().field(name).header
    if not math.isnan(value):
        return value, ""
    sheet = case.book.sheets.get(COUNTY_SHEET)
    if sheet is None:
        return value, f"补填“{COUNTY_SHEET}”表“{header}”"
    rows = sheet.frame.index[sheet.frame["year"] == case.year]
    if not len(rows):
        return value, f"“{COUNTY_SHEET}”表没有{case.year}年一行，补填该行“{header}”"
    return value, f"补填 {sheet.where(rows[-1], name)}“{header}”"


def _counted(schools: pd.DataFrame, types: tuple[str, ...]) -> pd.DataFrame:
    """The schools of some types that count as schools: 是否计校数 blank counts, and a 教学点 is counted anyway."""
    here = schools[schools["school_type"].isin(types)]
    return here if types == (POINT,) else here[here["counted"] != "否"]


def _schools(types: tuple[str, ...], case: Case) -> Figure:
    schools = case.book.schools
    counted, remarks = len(_counted(schools, types)), []
    if beside := int(schools["school_type"].isin(types).sum()) - counted:
        remarks.append(f"另有不计校数的{beside}所")
    told = [case.now.evidence.number(name) for name, kind in TYPE_COUNTS.items() if kind in types]
    if (sum_told := sum(told)) == sum_told and sum_told != counted:
        remarks.append(f"“{COUNTY_SHEET}”表填{formats.plain(sum_told)}所，与“学校”表名单不一致，请核对")
    return float(counted), "；".join(remarks)


def _stages(case: Case) -> pd.Series:
    return case.book.schools["school_type"].map(lambda kind: STAGES_OF_TYPE.get(kind, ()))


def _sum(name: str, stage: str, case: Case) -> Figure:
    """A number of all schools that teach a stage, and of those ordinary schools that report it all the same."""
    stages, numbers = _stages(case), case.book.schools[name].astype(float)
    teaches = stages.map(lambda own: stage in own).astype(bool)
    asked = teaches | (stages.map(bool).astype(bool) & numbers.notna())
    if (asked & numbers.isna()).any():
        return math.nan, _open(case, name, asked)
    return total(numbers[asked]), ""


def _open(case: Case, name: str, asked: pd.Series) -> str:
    """What is missing from a sum, and what the others come to."""
    numbers = case.book.schools[name].astype(float)[asked]
    said, known = missing(case, name, numbers.index[numbers.isna()]), numbers.dropna()
    return f"{said}；其余{len(known)}所合计{formats.plain(total(known))}" if len(known) else said


def _staff(stage: str, case: Case) -> Figure:
    """教职工 of a stage: reported by school, so that a school of several stages cannot be told apart."""
    stages, schools = _stages(case), case.book.schools
    alone = stages.map(lambda own: own == (stage,)).astype(bool)
    shared = stages.map(lambda own: stage in own and len(own) > 1).astype(bool)
    if not shared.any():
        unknown = schools["staff"].isna() & alone
        return (math.nan, _open(case, "staff", alone)) if unknown.any() else (total(schools["staff"][alone]), "")
    names = formats.listed(list(schools.loc[shared, "school_name"]), 2)
    remark = f"“教职工数”不分学段，{names}{STAGES[stage]}部的教职工数须查教职工统计表（教基4149）"
    known = schools["staff"][alone].astype(float)
    if len(known) and known.notna().all():
        remark += f"；只办{STAGES[stage]}的{len(known)}所合计{formats.plain(total(known))}"
    return math.nan, remark


def _lines() -> tuple[Line, ...]:
    economy, people, units = "统计部门公布数（评估前一年）", "统计部门公布数（常住人口）", "行政区划"
    nature, money, schools, staff = "自然情况", "经济情况", "普通中小学校数", "教职工数"
    list_, by_school = "“学校”表名单", "“学校”表各校合计"
    made = [
        (nature, "人口总数", "万人", people, partial(_own, "population")),
        (nature, "农业人口数", "万人", people, partial(_own, "rural_pop")),
        (nature, "乡镇数", "个", units, partial(_own, "towns")),
        (nature, "行政村数", "个", units, partial(_own, "villages")),
        (money, "年人均国内生产总值", "元", economy, partial(_own, "gdp_pc")),
        (money, "年人均地方财政收入", "元", economy, partial(_own, "revenue_pc")),
        (money, "农民年人均纯收入", "元", economy, partial(_own, "rural_income")),
        (money, "城镇居民年人均可支配收入", "元", economy, partial(_own, "urban_income")),
        *((schools, kind, "所", list_, partial(_schools, types)) for kind, types in ORDINARY.items()),
        ("其他学校", "特殊教育学校数", "所", list_, partial(_schools, ("特殊教育学校",))),
        ("其他学校", "小学教学点数", "个", list_, partial(_schools, (POINT,))),
        ("教学班数", "小学教学班数", "个", by_school, partial(_sum, "classes_primary", "primary")),
        ("教学班数", "初中教学班数", "个", by_school, partial(_sum, "classes_junior", "junior")),
        ("在校学生数", "小学在校学生数", "人", by_school, partial(_sum, "pupils_primary", "primary")),
        ("在校学生数", "初中在校学生数", "人", by_school, partial(_sum, "pupils_junior", "junior")),
        (staff, "小学教职工合计", "人", "“学校补充”表各校合计", partial(_staff, "primary")),
        (staff, "其中：小学专任教师数", "人", by_school, partial(_sum, "teachers_primary", "primary")),
        (staff, "初中教职工合计", "人", "“学校补充”表各校合计", partial(_staff, "junior")),
        (staff, "其中：初中专任教师数", "人", by_school, partial(_sum, "teachers_junior", "junior")),
    ]
    return tuple(Line(f"L{number}", *entry) for number, entry in enumerate(made, start=1))


LINES = _lines()
