"""Build the example workbooks of 贵港's five counties, 2021 and 2022.

No figures of single schools are published, so all of them are constructed; only what the city's plan of 2022 states is
taken from it: the counties and their target years, 650 and 850 元 of public funds a pupil, 200 for a boarder, 6,000 in
special education, the classes above 65 that are gone by 2022, equipment of 2,000 and 2,500 元, training money of 2 % of
wages and 5 % of a school's funds, 15 % of the failing schools repaired a year. The same program always writes the same
bytes.

Usage: python examples/guigang.py [FOLDER]    (without FOLDER: data/raw)
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import building
from building import Row, of_classes

YEARS = (2021, 2022)
TARGET = Path(__file__).resolve().parent.parent / "data" / "raw"


@dataclass(frozen=True)
class County:
    """A county and how well its schools are constructed to be.

    Attributes:
        quality: median of resources per pupil, in units of the standard.
        spread: how far schools differ (log).
        repaired: share of the units' shortfalls that 2022 mends.
        kinds: how many schools of each type.
    """

    code: str
    name: str
    population: float
    quality: float
    spread: float
    repaired: float
    kinds: dict[str, int]


KINDS = ("小学", "小学教学点", "初级中学", "九年一贯制学校")
COUNTIES = tuple(
    County(*facts, dict(zip(KINDS, counts, strict=True)))
    for *facts, counts in (
        ("450802", "港北区", 69.4, 1.10, 0.22, 0.45, (9, 3, 4, 2)),
        ("450803", "港南区", 52.7, 1.06, 0.24, 0.40, (8, 3, 4, 1)),
        ("450804", "覃塘区", 44.1, 1.32, 0.13, 0.70, (8, 3, 3, 2)),
        ("450821", "平南县", 112.6, 1.04, 0.26, 0.35, (11, 4, 5, 1)),
        ("450881", "桂平市", 150.9, 0.92, 0.32, 0.05, (12, 5, 5, 1)),
    )
)
ALSO = ("完全中学", "特殊教育学校")
"""Every county has one school of each of these; one primary school is private, one junior school the city's own."""

PER_PUPIL = {"teaching_area": 4.5, "sports_field_area": 7.4, "equipment_value": 0.2, "computers": 0.12, "books": 22.0}
PER_STAGE = {"higher_degree_teachers": 0.05, "backbone_teachers": 0.0105, "pe_arts_teachers": 0.0098}
"""What a pupil of a primary school with quality 1 has; a junior pupil has a quarter more."""
JUNIOR = 1.28
NORMS: Row = dict(norm_primary=650, norm_junior=850, norm_boarding=200, norm_special=6000)

NOTES = (
    "本工作簿是构造的示例数据，不是{county}的真实数据：各校名称、学生、教师、校舍、设备、经费等数字均为虚构，请勿引用。",
    "与公开材料（《贵港市义务教育优质均衡发展规划（2022—2035年）》）一致之处：生均公用经费小学650元、初中850元，寄宿生每年另加200元，"
    "特殊教育和随班就读学生6000元；2022年没有66人及以上的班；其余数字只按规划的要求设定高低，与实际情况无关。",
    "学校补充、班额、专用教室、经费、测试成绩、问卷、核查结论、办学标准、评估设置、迎检档案和县级各表均有构造的内容，用来演示全部判定；"
    "部分单元格有意留空，按未知处理。",
    "本工作簿由 examples/guigang.py 生成，如需改动，请修改该程序后重新生成。",
)


def schools(county: County, year: int) -> list[Row]:
    """Every school with the fields of the sheets 学校, 学校补充, 班额 and 经费."""
    return [_school(county, year, *place) for place in _places(county)]


def _places(county: County) -> Iterator[tuple[int, str, str, str]]:
    """Number, type, sponsor and place of every school."""
    kinds = [kind for kind, count in county.kinds.items() for _ in range(count)]
    for number, kind in enumerate([*kinds, *ALSO], start=1):
        place = "乡村" if kind == "小学教学点" or number % 3 == 0 else "城区" if number % 3 == 1 else "镇区"
        sponsor = "民办" if number == 4 else "县级教育部门"
        if kind == "初级中学" and number == county.kinds["小学"] + county.kinds["小学教学点"] + 1:
            sponsor = "地级教育部门"
        yield number, kind, sponsor, place


def _school(county: County, year: int, number: int, kind: str, sponsor: str, place: str) -> Row:
    rng = random.Random(f"{county.code} {number}")  # of the school, so that both years agree
    step = year - YEARS[0]
    row: Row = {
        "school_code": f"{county.code}{number:04d}",
        "school_name": f"{county.name}构造{kind.removesuffix('学校')}{number:02d}",
        "school_type": kind, "sponsor_type": sponsor, "urban_type": place,
        "township": f"构造{'街道' if place == '城区' else '镇'}{number % 4 + 1}",
        "counted": "否" if kind == "小学教学点" else "是", "built_year": rng.choice((1986, 1998, 2008, 2014, 2018)),
        "is_boarding": "是" if kind == "九年一贯制学校" else "否", "dense_centre": "否", "stat_county": county.name,
    }  # fmt: skip
    if kind == "特殊教育学校":
        return row | {"staff": 34}
    level = county.quality * rng.lognormvariate(0, county.spread)
    if step:  # what is short of the standard is mended in part
        level += max(0.0, 1.12 - level) * county.repaired
    weighted = 0.0
    for stage, classes in _classes(rng, county, kind, place, year).items():
        own = random.Random(f"{county.code} {number} {stage}")
        row |= of_classes(classes, stage) | _staff(own, county, sum(classes), stage, level, year)
        weighted += sum(classes) * (JUNIOR if stage == "junior" else 1.0)
    if kind == "完全中学":
        row["pupils_senior"] = 900 + 10 * number
        weighted += 1.32 / 1.1 * JUNIOR * (900 + 10 * number)
    # each with random numbers of its own, so that what one year draws more of does not move the rest
    own = [random.Random(f"{county.code} {number} {part}") for part in ("premises", "money", "checked")]
    row |= _premises(own[0], row, weighted, level, kind)
    return row | _money(own[1], row, county, year) | _checked(own[2], number)


def _classes(rng: random.Random, county: County, kind: str, place: str, year: int) -> dict[str, list[int]]:
    """The size of every class by stage; classes above 65 are gone by 2022."""
    crowded = {"城区": 50, "镇区": 44, "乡村": 33}[place] + (4 if county.quality < 1 else 0)
    if county.quality > 1.2:
        crowded = min(crowded, 42)
    found: dict[str, list[int]] = {}
    if kind == "小学教学点":
        found["primary"] = [rng.randint(6, 24) for _ in range(rng.choice((2, 3, 4)))]
    elif kind in ("小学", "九年一贯制学校"):
        found["primary"] = [_size(rng, crowded) for _ in range(6 * rng.choice((1, 2, 3)))]
    if kind in ("初级中学", "九年一贯制学校", "完全中学"):
        found["junior"] = [_size(rng, crowded + 4) for _ in range(3 * rng.choice((2, 3, 4)))]
    if year > YEARS[0]:
        most = 45 if county.quality > 1.2 else 62
        found = {stage: [min(size, most) for size in sizes] for stage, sizes in found.items()}
    elif county.quality < 1.2 and place == "城区" and kind != "小学教学点":
        for sizes in found.values():
            sizes[0] = 66 + rng.randint(0, 3)
    return found


def _size(rng: random.Random, middle: int) -> int:
    return max(8, min(65, round(rng.gauss(middle, 4))))


def _staff(rng: random.Random, county: County, pupils: int, stage: str, level: float, year: int) -> Row:
    more = JUNIOR if stage == "junior" else 1.0
    teachers = max(2, math.ceil(pupils * 0.068 * more))
    row: Row = {f"teachers_{stage}": teachers, f"middle_title_teachers_{stage}": teachers // 2}
    for name, rate in PER_STAGE.items():
        least = {"higher_degree_teachers": 0.8, "backbone_teachers": 0.7, "pe_arts_teachers": 0.75}[name]
        number = round(pupils * rate * max(least, level) * (more if name == "higher_degree_teachers" else 1))
        row[f"{name}_{stage}"] = min(teachers, number)
    behind = 0 if county.quality > 1.2 or rng.random() < 0.6 else 1
    row |= {f"cert_teachers_{stage}": teachers, f"trained360_{stage}": teachers - behind}
    row |= {
        f"boarders_{stage}": pupils // 4 if stage == "junior" else pupils // 12,
        f"migrants_{stage}": pupils // 11, f"left_behind_{stage}": pupils // 7,
        f"special_pupils_{stage}": pupils // 180, f"choice_pupils_{stage}": pupils // 150,
        f"in_zone_pupils_{stage}": pupils - pupils // 40,
        f"renowned_teachers_{stage}": teachers // 14, f"designed_classes_{stage}": math.ceil(pupils / 42),
        f"approved_places_{stage}": None if rng.random() < 0.3 else math.ceil(pupils / 42) * 45,
    }  # fmt: skip
    return row


def _premises(rng: random.Random, row: Row, weighted: float, level: float, kind: str) -> Row:
    made: Row = {}
    for name, rate in PER_PUPIL.items():
        amount = weighted * rate * level * rng.uniform(0.96, 1.08)
        made[name] = (
            round(amount) if name in ("computers", "books") else round(amount, 2 if name == "equipment_value" else 0)
        )
    made["indoor_sports_area"] = 0 if kind == "小学教学点" or rng.random() < 0.5 else round(weighted * 0.3)
    made["teaching_area"] = float(made["teaching_area"] or 0) + float(made["indoor_sports_area"] or 0)
    made["multimedia_rooms"] = max(1, math.ceil(weighted * 0.0232 * max(0.8, level)))
    classes = sum(int(row.get(f"classes_{stage}") or 0) for stage in ("primary", "junior"))
    made["classrooms"] = max(classes + 3, int(made["multimedia_rooms"]))
    made |= {"special_rooms": 2 + classes // 4, "site_area": round(weighted * 24), "largest_class_lt30_rural": "否"}
    made["building_area"] = round(float(made["teaching_area"]) * 1.7)
    made["staff"] = sum(int(row.get(f"teachers_{stage}") or 0) for stage in ("primary", "junior")) + 2 + classes // 8
    if kind == "完全中学":
        made["staff"] = int(made["staff"]) + 90
    return made


def _money(rng: random.Random, row: Row, county: County, year: int) -> Row:
    pupils = {stage: int(row.get(f"pupils_{stage}") or 0) for stage in ("primary", "junior")}
    small = row["school_type"] == "小学教学点" and sum(pupils.values()) < 100
    counted = {"primary": 100, "junior": 0} if small else pupils
    boarders = sum(int(row.get(f"boarders_{stage}") or 0) for stage in pupils)
    own = (counted["primary"] * 650 + counted["junior"] * 850 + boarders * 200) / 10000
    funds = round(own * 1.1 + int(row.get("pupils_senior") or 0) * 0.07, 2)
    share = 0.052 if county.quality > 1.2 or rng.random() < 0.75 else 0.041
    train = round(funds * share + 0.005, 2)
    row_of: Row = {"funds_budget": funds, "funds_final": round(funds * 0.97, 2)}
    row_of |= {"train_budget": train, "train_final": round(train * 0.96, 2)}
    if row["school_type"] in ("初级中学", "九年一贯制学校"):
        left = round(pupils["junior"] / 3)
        row_of |= {"entry3y": left + 3, "in3y": 2, "out3y": 3, "died3y": 0, "grads": left + 1}
    elif row["school_type"] == "完全中学":
        row_of |= {"entry3y": 120, "in3y": 1, "out3y": 4, "died3y": 0, "grads": 116}
    return row_of


def _checked(rng: random.Random, number: int) -> Row:
    flags = ("charter", "it_ok", "moral_ok", "curric_ok", "load_ok")
    return {name: "是" for name in flags} | {"standardised": "是" if rng.random() < 0.9 or number < 3 else "否"}


def rooms(county: County, here: list[Row]) -> list[Row]:
    """One row per music or art room; some counties have too few or too small ones."""
    rows: list[Row] = []
    for row in here:
        classes = sum(int(row.get(f"classes_{stage}") or 0) for stage in ("primary", "junior"))
        for kind, area in (("音乐", 98), ("美术", 92)) if classes else ():
            for number in range(math.ceil(classes / 12)):
                small = county.quality < 1.2 and (number + classes) % 3 == 0
                named = {key: row[key] for key in ("school_code", "school_name")}
                rows.append({**named, "room_kind": kind, "room_area": area - 30 if small else area + number})
    return rows


def county_rows(county: County, year: int, here: list[Row]) -> list[Row]:
    """Four years of money, and of the year itself everything else."""
    pupils = sum(int(row.get(f"pupils_{stage}") or 0) for row in here for stage in ("primary", "junior"))
    rows: list[Row] = []
    for y in range(year - 3, year + 1):
        grown = 1.045 ** (y - 2018)
        rows.append(
            {"county": county.name, "code": county.code, "year": y, "edu_exp": round(county.population * 1800 * grown),
             "edu_exp_pp": round(9200 * grown), "edu_alloc": round(county.population * 1700 * grown),
             "revenue_recurrent": round(county.population * 9000 * 1.03 ** (y - 2018)),
             "exp_pp_primary": round(8100 * grown), "exp_pp_junior": round(10900 * grown),
             "funds_pp_primary": round(760 * grown), "funds_pp_junior": round(990 * grown),
             "wage": round(78000 * grown)}
        )  # fmt: skip
    kinds = [str(row["school_type"]) for row in here]
    wages = round(pupils * 0.55)
    good = county.quality > 1.2
    rows[-1] |= NORMS | {
        "population": county.population, "rural_pop": round(county.population * 0.5, 2),
        "urban_residents": round(county.population * 0.02, 2),  # of the few schools that are constructed
        "births": round(pupils / 9), "towns": 10, "villages": 120,
        "n_primary": kinds.count("小学"), "n_junior": kinds.count("初级中学"), "n_nine": kinds.count("九年一贯制学校"),
        "n_twelve": 0, "n_complete": 1, "n_special": 1, "n_points": kinds.count("小学教学点"),
        "gdp_pc": 34000, "revenue_pc": 2100, "rural_income": 16800, "urban_income": 36500,
        "special_funds": 90 * 6100, "special_n": 90, "wage_teacher": 8.6, "wage_civil": 8.5, "wage_total": wages,
        "train_county": round(wages * (0.021 if good else 0.018)), "rot_eligible": 400,
        "rot_actual": 44 if good else 37, "rot_backbone": 10 if good else 6, "hs_plan": 1000,
        "hs_quota": 520 if good else 480, "hs_quota_rural": 180, "mig_eligible": 300, "mig_public": 270,
        "mig_purchased": 6, "zone_rate_primary": 100, "zone_rate_junior": 97.2, "retention_primary": 99.3,
        "fitness_primary": 92.4, "fitness_junior": 91.1, "dis_total": 240, "dis_inclusive": 96,
        "dis_special_school": 90, "dis_home": 45 if good else 38, "dis_enrolled": 231 if good else 224,
        "tax_transfer_share": 54.0,
        "pass_year_basic": 2017, "monitor_ok": "是", "survey_sent": 2000, "survey_returned": 1900, "survey_valid": 1860,
        "survey_n_pupils": 200, "survey_n_parents": 1000, "survey_n_teachers": 240, "survey_n_heads": 60,
        "survey_n_deputies": 120, "survey_n_advisers": 120, "survey_n_others": 120,
        **{f"survey_satisfied_{group}": round(n * (0.9 if good else 0.84)) for group, n in (
            ("pupils", 200), ("parents", 1000), ("teachers", 240), ("heads", 60), ("deputies", 120), ("advisers", 120),
            ("others", 120))},
        **{f"veto_{name}": "否" for name in ("exam", "choice", "key_classes", "staffing", "safety", "fraud")},
        **{f"qual_level_{subject}": "Ⅲ级" for subject in ("maths_primary", "maths_junior", "pe_primary", "pe_junior")},
        **{f"qual_diff_{subject}": 0.12 if good else 0.152 for subject in ("maths_primary", "maths_junior")},
        **{f"qual_diff_{subject}": 0.11 for subject in ("pe_primary", "pe_junior")},
    }  # fmt: skip
    return rows


def others(county: County, year: int, here: list[Row]) -> dict[str, list[Row]]:
    """The sheets 测试成绩, 核查结论, 办学标准, 评估设置 and 迎检档案."""
    rng = random.Random(f"{county.code} {year} 测试")
    scores: list[Row] = []
    for number, row in enumerate(here):
        if row.get("pupils_junior"):
            level = 68 - 4 * (number % 3) * (0.5 if county.quality > 1.2 else 1)
            scores += [
                {"school_name": row["school_name"], "test_grade": "八年级", "test_subject": "数学",
                 "score": round(min(100.0, max(15.0, rng.gauss(level, 12))), 1)}
                for _ in range(20)
            ]  # fmt: skip
    items = [f"Gov{n}" for n in (1, 2, 8, 10, 14, 15)] + ["Plan2", "Plan9", "Plan10"]
    items += [f"Work{n}" for n in (1, 2, 5, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17)]
    open_ = set() if county.quality > 1.2 else {"Gov10", "Work10", "Plan10"}
    found: list[Row] = [
        {"item_id": item, "item_verdict": None if item in open_ else "达到",
         "item_basis": None if item in open_ else f"{item}的文件和台账（构造）", "item_by": "构造的督学",
         "item_date": f"{year}-11-15"}
        for item in items
    ]  # fmt: skip
    standards: list[Row] = [
        {"standard_indicator": indicator, "standard_stage": stage, "standard_value": value,
         "standard_source": "构造的办学基本标准，不是广西的标准"}
        for indicator, values in {"B1": (3.2, 4.0), "B3": (1100, 1400), "B5": (15, 20), "S1": (15, 18)}.items()
        for stage, value in zip(("小学", "初中"), values, strict=True)
    ]  # fmt: skip
    settings: list[Row] = [
        {"option_id": "rooms-2016", "option_on": "是" if county.code == "450803" else "否",
         "option_basis": "构造的自治区文件" if county.code == "450803" else None}
    ]  # fmt: skip
    dossier: list[Row] = [
        {"dossier_no": number, "dossier_state": ("已备齐", "部分备齐", "未备")[number % 3],
         "dossier_files": f"构造档案{number:02d}", "dossier_by": "构造的科室"}
        for number in range(1, 34)
    ]  # fmt: skip
    return {"测试成绩": scores, "核查结论": found, "办学标准": standards, "评估设置": settings, "迎检档案": dossier}


def answers(county: County, year: int) -> list[Row]:
    """The sheet 问卷: for one county a sheet of single answers shows how it is used."""
    rng = random.Random(f"{county.code} {year} 问卷")
    rows: list[Row] = []
    for group, persons in (("家长", 90), ("教师", 20), ("学生", 24), ("人大代表", 8)):
        for theme in ("就近入学", "课业负担"):
            words = rng.choices(("满意", "比较满意", "基本满意", "不满意", "不了解"), (50, 25, 14, 7, 4), k=persons)
            rows += [{"group": group, "theme": theme, "answer": word} for word in words]
    return rows


def workbook(county: County, year: int) -> bytes:
    """The .xlsx of one county and year; the same bytes every time."""
    here = schools(county, year)
    sheets: dict[str, list[Row]] = {name: here for name in ("学校", "学校补充", "班额")}
    sheets |= {"专用教室": rooms(county, here), "经费": [row for row in here if row.get("funds_budget") is not None]}
    last = county_rows(county, year, here)
    if county.code == "450804" and year == YEARS[-1]:
        sheets["问卷"] = answers(county, year)
        last[-1] |= {name: None for name in list(last[-1]) if name.startswith("survey_") and name.count("_") == 2}
        last[-1] |= {"survey_sent": 160, "survey_returned": 150, "survey_valid": 142}
    sheets |= {**others(county, year, here), "县级": last}
    notes = [note.format(county=county.name) for note in NOTES]
    return building.workbook(county.name, year, sheets, notes)


def main(folder: Path = TARGET) -> None:
    """Write the ten workbooks below a folder."""
    for county in COUNTIES:
        place = folder / f"{county.code}-{county.name}"
        place.mkdir(parents=True, exist_ok=True)
        for year in YEARS:
            (place / f"{year}.xlsx").write_bytes(workbook(county, year))
        print(f"已生成 {place.name}")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
