"""Build the example workbooks of 新邱区, 2018 to 2020.

No figures of the district's schools are published, so all of them are constructed here; what they agree with, and that
they are not real, stands in the sheet 数据说明 of each workbook. The same program always writes the same bytes.

Usage: python examples/xinqiu.py [FOLDER]    (without FOLDER: data/raw/210903-新邱区)
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import building
import xinqiu_sheets
from building import Row, Value, of_classes

ByYear = Mapping[str, tuple[tuple[Value, ...], tuple[Value, ...]]]

CODE, COUNTY = "210903", "新邱区"
YEARS = (2018, 2019, 2020)
COLUMN = {2018: 0, 2019: 0, 2020: 1}
"""Which column of the tables below is a year's; what 2018 has of its own stands in those named EARLIER."""
TARGET = Path(__file__).resolve().parent.parent / "data" / "raw" / f"{CODE}-{COUNTY}"

# Six schools. The first four teach primary pupils, the last three junior pupils; the fourth is the nine-year school.
STAGES = {"primary": slice(0, 4), "junior": slice(3, 6)}

FIXED: Mapping[str, tuple[Value, ...]] = {
    "school_code": tuple(f"{CODE}{number:04d}" for number in range(1, 7)),
    "school_name": (
        "新邱区第一小学（构造）", "阿金歹小学", "甲村小学（构造）", "新邱区蒙古族学校", "新邱区第一初级中学（构造）",
        "新邱区第二初级中学（构造）",
    ),
    "school_type": ("小学", "小学", "小学", "九年一贯制学校", "初级中学", "初级中学"),
    "sponsor_type": ("县级教育部门",) * 6,
    "urban_type": ("城区", "乡村", "乡村", "镇区", "城区", "城区"),
    "township": ("甲街道（构造）", "长营子镇", "长营子镇", "长营子镇", "甲街道（构造）", "乙街道（构造）"),
    "indoor_sports_area": (760, 108, 0, 640, 420, 300),
    "sports_field_area": (9860, 4230, 2080, 9150, 5480, 3050),
    "counted": ("是",) * 6,
    "built_year": (2009, 1996, 1992, 2012, 2006, 2003),
    "is_boarding": ("否", "否", "否", "是", "否", "否"),
    "dense_centre": ("否",) * 6,
    "stat_county": (COUNTY,) * 6,
    "site_area": (24600, 9800, 5200, 26400, 15700, 9600),
    "building_area": (8450, 1120, 860, 9650, 5200, 2760),
    "classrooms": (44, 9, 8, 34, 21, 15),
    "special_rooms": (14, 2, 2, 12, 10, 6),
    "largest_class_lt30_rural": ("否", "否", "是", "否", "否", "否"),
}  # fmt: skip

ROOMS_WITHOUT_SPORTS = (6038, 781, 642, 5600, 3380, 1788)
"""Teaching rooms without indoor sports rooms, ㎡; 阿金歹小学 has 4.5 x 252 - 353."""

WHOLE: ByYear = {
    "equipment_value": ((228.5, 42.8, 29.6, 242.6, 142.6, 64.8), (262.8, 46.4, 31.2, 268.2, 149.2, 66.9)),
    "multimedia_rooms": ((20, 3, 2, 10, 12, 2), (24, 4, 2, 14, 14, 2)),
    "computers": ((104, 34, 18, 98, 58, 42), (112, 38, 20, 110, 64, 44)),
    "books": ((20900, 6100, 3300, 22800, 15900, 9000), (21480, 6320, 3380, 23450, 16280, 9160)),
    "staff": ((81, 28, 11, 85, 54, 28), (80, 27, 11, 83, 53, 27)),
}

# Pupils / classes of each grade, lowest first; every other number of pupils and classes follows from these.
GRADES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "primary": (
        (
            "190/5 196/5 201/5 207/5 210/5 213/5", "40/1 41/1 43/1 45/1 47/2 47/2", "12/1 14/1 15/1 16/1 17/1 18/1",
            "84/2 86/2 88/2 91/3 93/3 95/3",
        ),
        (
            "186/5 189/5 195/5 200/5 206/5 209/5", "38/1 40/1 41/1 43/1 44/1 46/2", "11/1 12/1 13/1 15/1 16/1 17/1",
            "82/2 83/2 86/2 87/2 91/3 92/3",
        ),
    ),
    "junior": (
        ("92/2 93/2 95/2", "181/4 51+46+45+43 187/4", "51/2 55/2 57/2"),
        ("88/2 91/2 92/2", "176/4 180/4 184/4", "46/2 50/2 54/2"),
    ),
}  # fmt: skip

# Teachers of a stage by highest degree and by title; totals and shares follow from these.
DEGREES = ("doctor", "master", "bachelor", "college", "highschool", "below_highschool")
HIGHER_DEGREES = {"primary": 4, "junior": 3}
TITLES = ("senior_full", "senior", "middle", "junior", "none")
BY_DEGREE: Mapping[str, tuple[tuple[tuple[int, ...], ...], ...]] = {
    "primary": (
        ((0, 2, 47, 17, 7, 0), (0, 0, 10, 10, 5, 0), (0, 0, 2, 5, 3, 0), (0, 1, 26, 14, 4, 0)),
        ((0, 2, 49, 15, 6, 0), (0, 0, 11, 9, 4, 0), (0, 0, 3, 4, 3, 0), (0, 1, 27, 13, 3, 0)),
    ),
    "junior": (
        ((0, 1, 23, 5, 0, 0), (0, 3, 38, 6, 0, 0), (0, 1, 17, 5, 0, 0)),
        ((0, 1, 23, 4, 0, 0), (0, 4, 38, 4, 0, 0), (0, 1, 17, 4, 0, 0)),
    ),
}
BY_TITLE: Mapping[str, tuple[tuple[tuple[int, ...], ...], ...]] = {
    "primary": (
        ((0, 9, 34, 25, 5), (0, 3, 12, 9, 1), (0, 1, 5, 3, 1), (0, 6, 21, 16, 2)),
        ((0, 10, 34, 23, 5), (0, 3, 12, 8, 1), (0, 1, 5, 3, 1), (0, 6, 22, 14, 2)),
    ),
    "junior": (
        ((0, 4, 13, 10, 2), (1, 8, 21, 15, 2), (0, 5, 11, 6, 1)),
        ((0, 4, 13, 9, 2), (1, 9, 21, 13, 2), (0, 5, 11, 5, 1)),
    ),
}

EARLIER_WHOLE: Mapping[str, tuple[Value, ...]] = {
    "equipment_value": (205.2, 39.9, 28.1, 221.4, 135.2, 62.1),
    "multimedia_rooms": (16, 2, 2, 8, 10, 2),
    "computers": (98, 32, 16, 90, 54, 40),
    "books": (20300, 5900, 3220, 22300, 15500, 8850),
    "staff": (82, 28, 11, 86, 55, 29),
}
EARLIER_GRADES: Mapping[str, tuple[str, ...]] = {
    "primary": (
        "195/5 201/5 207/5 210/5 213/5 216/5", "41/1 43/1 44/1 47/2 47/2 48/2", "14/1 15/1 16/1 17/1 18/1 19/1",
        "86/2 88/2 91/3 93/3 95/3 97/3",
    ),
    "junior": ("93/2 95/2 97/2", "52+47+45+43 189/4 190/4", "55/2 57/2 58/2"),
}  # fmt: skip
EARLIER_DEGREES = {
    "primary": ((0, 1, 46, 18, 8, 0), (0, 0, 9, 10, 6, 0), (0, 0, 2, 5, 3, 0), (0, 1, 25, 14, 5, 0)),
    "junior": ((0, 1, 22, 6, 0, 0), (0, 2, 38, 7, 0, 0), (0, 1, 16, 6, 0, 0)),
}
EARLIER_TITLES = {
    "primary": ((0, 8, 34, 26, 5), (0, 2, 12, 10, 1), (0, 1, 5, 3, 1), (0, 5, 21, 17, 2)),
    "junior": ((0, 3, 13, 11, 2), (1, 7, 21, 16, 2), (0, 4, 11, 7, 1)),
}
EARLIER_GRADUATES = ((104, 2, 6, 0, 99), (200, 3, 8, 0, 193), (66, 1, 4, 0, 62))

STAGED: Mapping[str, ByYear] = {
    "primary": {
        "backbone_teachers": ((16, 0, 0, 2), (18, 1, 0, 2)),
        "pe_teachers": ((5, 1, 0, 2), (5, 1, 0, 2)),
        "music_teachers": ((4, 0, 0, 2), (4, 0, 0, 2)),
        "art_teachers": ((3, 0, 0, 1), (3, 1, 0, 2)),
        "pe_shared_teachers": ((None, None, 1, None), (None, None, 1, None)),
        "music_shared_teachers": ((None, None, 0, None), (None, None, 1, None)),
        "art_shared_teachers": ((None, None, 0, None), (None, None, 0, None)),
        "trained360": ((66, 21, 8, 40), (68, 22, 9, 42)),
        "boarders": ((0, 0, 0, 28), (0, 0, 0, 26)),
        "migrants": ((49, 3, 0, 13), (46, 3, 0, 12)),
        "in_zone_pupils": ((1217, 263, 92, 512), (1185, 252, 84, 498)),
        "special_pupils": ((2, 0, 1, 2), (2, 0, 1, 1)),
    },
    "junior": {
        "backbone_teachers": ((2, 7, 2), (2, 8, 2)),
        "pe_teachers": ((2, 3, 2), (2, 3, 1)),
        "music_teachers": ((1, 2, 0), (1, 2, 0)),
        "art_teachers": ((1, 1, 0), (1, 1, 0)),
        "trained360": ((26, 43, 21), (27, 44, 21)),
        "boarders": ((78, 0, 0), (74, 0, 0)),
        "migrants": ((6, 19, 2), (5, 18, 2)),
        "in_zone_pupils": ((250, 545, 160), (241, 533, 148)),
        "special_pupils": ((1, 1, 0), (1, 1, 0)),
    },
}

# Those who left the junior stage in summer: entered three years before, moved in, moved out, died, graduated.
FLOWS = ("entry3y", "in3y", "out3y", "died3y", "grads")
GRADUATES = (
    ((101, 2, 5, 0, 97), (196, 2, 7, 0, 190), (64, 1, 4, 0, 60)),
    ((98, 2, 5, 0, 94), (191, 3, 7, 0, 186), (59, 1, 3, 0, 56)),
)

# Areas of the music and art rooms of each school, ㎡.
ROOMS: Mapping[str, tuple[tuple[float, ...], ...]] = {
    "音乐": ((98, 86), (55,), (56,), (102, 84), (99,), (74,)),
    "美术": ((92, 78), (), (55,), (94, 76), (93,), (70,)),
}

COUNTY_FIELDS = (
    "population edu_exp edu_alloc revenue_recurrent exp_pp_primary exp_pp_junior funds_pp_primary funds_pp_junior wage"
).split()
COUNTY_ROWS: Mapping[int, tuple[float, ...]] = {
    2015: (7.39, 5690, 5410, 27000, 9490, 12800, 1720, 2200, 63800),
    2016: (7.31, 5900, 5620, 27700, 9830, 13210, 1770, 2270, 66400),
    2017: (7.24, 6120, 5830, 28400, 10180, 13620, 1820, 2340, 68900),
    2018: (7.17, 6340, 6050, 29100, 10560, 14050, 1870, 2410, 71600),
    2019: (7.10, 6560, 6270, 29800, 10940, 14480, 1930, 2480, 74200),
    2020: (7.02, 6815, 6520, 30500, 11360, 14960, 1990, 2560, 78600),
}
COUNTY_YEAR: Mapping[int, Row] = {
    2018: dict(rural_pop=1.73, gdp_pc=28100, revenue_pc=4020, rural_income=13100, urban_income=26900, wage_teacher=7.16,
               wage_civil=7.05, rot_eligible=173, rot_actual=10, rot_backbone=1, mig_eligible=99, mig_purchased=0,
               zone_rate_primary=100, zone_rate_junior=98.1, dis_total=22, dis_special_school=10, dis_home=4),
    2019: dict(rural_pop=1.69, gdp_pc=29600, revenue_pc=4150, rural_income=14100, urban_income=28300, wage_teacher=7.42,
               wage_civil=7.35, rot_eligible=171, rot_actual=12, rot_backbone=1, mig_eligible=95, mig_purchased=0,
               zone_rate_primary=100, zone_rate_junior=98.5, dis_total=22, dis_special_school=10, dis_home=4),
    2020: dict(rural_pop=1.65, gdp_pc=31200, revenue_pc=4280, rural_income=15200, urban_income=29600, wage_teacher=7.86,
               wage_civil=7.74, rot_eligible=168, rot_actual=15, rot_backbone=2, mig_eligible=88, mig_purchased=0,
               zone_rate_primary=100, zone_rate_junior=98.7, dis_total=21, dis_special_school=10, dis_home=4),
}  # fmt: skip
COUNTY_SAME: Row = dict(towns=1, n_primary=3, n_junior=2, n_nine=1, n_twelve=0, n_complete=0, n_special=0,
                        n_points=0, n_points50=0, norm_primary=650, norm_junior=850, norm_boarding=200,
                        norm_special=6000)  # fmt: skip

NOTES = (
    "本工作簿是构造的示例数据，不是新邱区的真实数据：未见新邱区公布各校数据，学生、教师、校舍、设备、经费等数字均为虚构，请勿引用。",
    "“蒙古族学校”“阿金歹小学”两个校名见于公开文件，其办学类型和全部数字仍是假定的；名称以“（构造）”结尾的学校和街道均为虚构。",
    "{agrees}",
    "在校生数、班数、最大班额和“班额”表由同一份虚构的编班情况推算，彼此一致；没有构造的项目留空，按未知处理。",
    "本工作簿由 examples/xinqiu.py 生成，如需改动，请修改该程序后重新生成。",
)
AGREES = {
    2018: "本年度数据只作以后年度的对照，没有可以对应的公开材料。",
    2019: "本年度数据只作2020年的上年对照，没有可以对应的公开材料。",
    2020: (
        "与公开材料（《新邱区推进义务教育优质均衡发展实施方案》，2021年1月）一致之处：全区学校6所；辖一个镇，即长营子镇；"
        "方案要求为阿金歹小学新建教学辅助用房不少于353平方米，本表设其教学及辅助用房（不含室内体育用房）按小学标准恰缺353平方米；"
        "方案拟购置131个智慧黑板，本表设6所学校的教室合计131间。"
    ),
}


def class_sizes(grades: str) -> list[int]:
    """The pupils of every class: pupils/classes of a grade, divided evenly, or its classes one by one.

    >>> class_sizes("92/3 51+46")
    [31, 31, 30, 51, 46]
    """
    sizes: list[int] = []
    for grade in grades.split():
        if "/" in grade:
            pupils, classes = map(int, grade.split("/"))
            each, more = divmod(pupils, classes)
            sizes += [each + 1] * more + [each] * (classes - more)
        else:
            sizes += map(int, grade.split("+"))
    return sizes


def schools(year: int) -> list[Row]:
    """One dict per school with every constructed field of the sheets 学校, 学校补充 and 班额."""
    y, first = COLUMN[year], year == YEARS[0]
    rows: list[Row] = [{name: values[i] for name, values in FIXED.items()} for i in range(6)]
    for i, row in enumerate(rows):
        row |= {name: values[y][i] for name, values in WHOLE.items()}
        row |= {name: values[i] for name, values in EARLIER_WHOLE.items()} if first else {}
        row["teaching_area"] = ROOMS_WITHOUT_SPORTS[i] + FIXED["indoor_sports_area"][i]  # type: ignore[operator]
        row |= xinqiu_sheets.school_fields(i)
        row |= {"music_rooms": len(ROOMS["音乐"][i]), "art_rooms": len(ROOMS["美术"][i])}
    for stage, part in STAGES.items():
        for i, row in enumerate(rows[part]):
            row |= {f"{name}_{stage}": values[y][i] for name, values in STAGED[stage].items()}
            row |= of_classes(class_sizes((EARLIER_GRADES[stage] if first else GRADES[stage][y])[i]), stage)
            degrees = (EARLIER_DEGREES[stage] if first else BY_DEGREE[stage][y])[i]
            row |= _teachers(degrees, (EARLIER_TITLES[stage] if first else BY_TITLE[stage][y])[i], stage)
            pe, music, art = (int(STAGED[stage][f"{name}_teachers"][y][i] or 0) for name in ("pe", "music", "art"))
            row |= {f"arts_teachers_{stage}": music + art, f"pe_arts_teachers_{stage}": pe + music + art}
    for row, flow in zip(rows[STAGES["junior"]], EARLIER_GRADUATES if first else GRADUATES[y], strict=True):
        row |= dict(zip(FLOWS, flow, strict=True))
    return rows


def _teachers(degrees: Sequence[int], titles: Sequence[int], stage: str) -> Row:
    if sum(degrees) != sum(titles):
        raise ValueError(f"{stage}: degrees {degrees} and titles {titles} are not of the same teachers")
    row: Row = {f"{name}_teachers_{stage}": number for name, number in zip(DEGREES, degrees, strict=True)}
    row |= {f"title_{name}_teachers_{stage}": number for name, number in zip(TITLES, titles, strict=True)}
    row |= {f"teachers_{stage}": sum(degrees), f"cert_teachers_{stage}": sum(degrees)}
    row[f"higher_degree_teachers_{stage}"] = sum(degrees[: HIGHER_DEGREES[stage]])
    row[f"middle_title_teachers_{stage}"] = sum(titles[:3])
    return row


def rooms() -> list[Row]:
    """One dict per music or art room."""
    named = [{key: FIXED[key][i] for key in ("school_code", "school_name")} for i in range(6)]
    return [
        {**named[i], "room_kind": kind, "room_area": area}
        for i in range(6)
        for kind, areas in ROOMS.items()
        for area in areas[i]
    ]


def county(year: int) -> list[Row]:
    """Four years of the county's money, and of the year itself everything that is constructed."""
    rows: list[Row] = [
        {"county": COUNTY, "code": CODE, "year": y, **dict(zip(COUNTY_FIELDS, COUNTY_ROWS[y], strict=True))}
        for y in range(year - 3, year + 1)
    ]
    here = schools(year)

    def total(name: str) -> int:
        return sum(int(row.get(f"{name}_{stage}") or 0) for row in here for stage in STAGES)

    own = {**COUNTY_SAME, **COUNTY_YEAR[year], **xinqiu_sheets.COUNTY_MORE[year]}
    own |= {"mig_public": total("migrants"), "dis_inclusive": total("special_pupils")}
    own["dis_enrolled"] = sum(own[f"dis_{way}"] for way in ("inclusive", "special_school", "home"))  # type: ignore[misc]
    rows[-1] |= own
    for row in rows:
        row["edu_exp_pp"] = xinqiu_sheets.PER_PUPIL[int(row["year"])]  # type: ignore[arg-type]
    return rows


def workbook(year: int) -> bytes:
    """The .xlsx of one year; the same bytes every time."""
    here = schools(year)
    sheets: dict[str, Sequence[Row]] = {name: here for name in ("学校", "学校补充", "班额")}
    sheets |= {"专用教室": rooms(), **xinqiu_sheets.of_schools(year, here), **xinqiu_sheets.of_county(year)}
    notes = [note.format(agrees=AGREES[year]) for note in NOTES]
    return building.workbook(COUNTY, year, {**sheets, "县级": county(year)}, notes)


def main(folder: Path = TARGET) -> None:
    """Write both workbooks into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for year in YEARS:
        path = folder / f"{year}.xlsx"
        path.write_bytes(workbook(year))
        print(f"已生成 {path}")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
