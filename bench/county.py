"""A made-up county of any size, plausible enough that no check complains: the load of the measurements."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from random import Random

import xlsxwriter

from edukit.dictionary import Dictionary, load

SHARES = (
    ("小学", 0.50),
    ("初级中学", 0.20),
    ("九年一贯制学校", 0.17),
    ("完全中学", 0.05),
    ("十二年一贯制学校", 0.03),
    ("小学教学点", 0.05),
)
STAGES_OF = {
    "小学": ("primary",),
    "小学教学点": ("primary",),
    "初级中学": ("junior",),
    "九年一贯制学校": ("primary", "junior"),
    "完全中学": ("junior", "senior"),
    "十二年一贯制学校": ("primary", "junior", "senior"),
}
TYPICAL_PUPILS = {"primary": 620, "junior": 560, "senior": 900}
Row = dict[str, str | int | float]


def write_county(path: Path, *, schools: int = 60, seed: int = 2020) -> None:
    """Write a workbook with the sheet 学校 under the dictionary's official headers.

    Args:
        path: the .xlsx file to write.
        schools: number of rows.
        seed: the same seed gives the same numbers.
    """
    dictionary = load()
    rows = list(_rows(dictionary, schools, Random(seed)))
    names = [field.name for field in dictionary.of_sheet("学校") if any(field.name in row for row in rows)]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("学校")
        sheet.write_row(0, 0, [dictionary.field(name).header for name in names])
        for number, row in enumerate(rows, start=1):
            for column, name in enumerate(names):
                sheet.write(number, column, row.get(name))


def _rows(dictionary: Dictionary, schools: int, random: Random) -> Iterator[Row]:
    sponsors = dictionary.field("sponsor_type").choices
    towns = [f"第{number}乡镇" for number in range(1, max(2, schools // 5) + 1)]
    for number in range(1, schools + 1):
        kind = _kind((number - 0.5) / schools)
        row: Row = {
            "school_code": f"21{number:08d}",
            "school_name": f"第{number}{kind}",
            "school_type": kind,
            "sponsor_type": sponsors[0],
            "urban_type": random.choices(("城区", "镇区", "乡村"), (4, 4, 2))[0],
            "township": towns[number % len(towns)],
        }
        for stage in STAGES_OF[kind]:
            row |= _stage(stage, random, small=kind == "小学教学点")
        yield row | _premises(sum(int(row.get(f"pupils_{stage}", 0)) for stage in TYPICAL_PUPILS), random)


def _kind(position: float) -> str:
    """The school type at a position from 0 to 1 in a county that is made up as :data:`SHARES` says."""
    for kind, share in SHARES:
        position -= share
        if position < 0:
            return kind
    return SHARES[0][0]


def _stage(stage: str, random: Random, *, small: bool) -> Row:
    """Pupils, classes and teachers of one stage of one school."""
    pupils = random.randint(55, 90) if small else max(120, int(random.lognormvariate(0, 0.5) * TYPICAL_PUPILS[stage]))
    if stage == "senior":
        return {"pupils_senior": pupils}
    classes = max(6 if stage == "primary" else 3, math.ceil(pupils / random.uniform(38, 46)))
    teachers = math.ceil(pupils * random.uniform(0.060, 0.085))

    def part(low: float, high: float) -> int:
        return min(teachers, round(teachers * random.uniform(low, high)))

    return {
        f"pupils_{stage}": pupils,
        f"classes_{stage}": classes,
        f"max_class_{stage}": math.ceil(pupils / classes) + random.randint(1, 4),
        f"teachers_{stage}": teachers,
        f"higher_degree_teachers_{stage}": part(0.65, 1.0),
        f"middle_title_teachers_{stage}": part(0.40, 0.70),
        f"backbone_teachers_{stage}": part(0.10, 0.25),
        f"pe_arts_teachers_{stage}": part(0.12, 0.20),
    }


def _premises(pupils: int, random: Random) -> Row:
    """Premises and equipment of a whole school, for all its pupils."""

    def per_pupil(low: float, high: float) -> float:
        return pupils * random.uniform(low, high)

    indoor = round(per_pupil(0.1, 0.6), 1)
    return {
        "teaching_area": round(per_pupil(4.0, 7.5) + indoor, 1),
        "indoor_sports_area": indoor,
        "sports_field_area": round(per_pupil(7.0, 12.0), 1),
        "equipment_value": round(per_pupil(0.18, 0.40), 2),
        "multimedia_rooms": math.ceil(per_pupil(0.022, 0.035)),
        "computers": math.ceil(per_pupil(0.10, 0.22)),
        "books": round(per_pupil(20, 45)),
    }
