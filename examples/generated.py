"""Plausible counties in any number, generated and plainly marked as such: for tests, `make bench` and trying out.

    python -m examples.generated data/raw --counties 100 --years 2019 2020      workbooks, one per county and year
    python -m examples.generated nation.parquet --counties 2900 --years 2016-2020   one table of all schools

Nothing in it is a real school. Sizes, types, places, classes and growth are drawn with rates of the order that
published tables show: a class for each grade where a village school has few pupils, large classes in towns, towns that
grow and villages that shrink. For the share of blank cells no published figure was found. The same arguments give the
same numbers.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MARK = "生成"
"""In every name, so that nobody takes a generated county for a real one."""
TYPES = np.array("小学 小学教学点 初级中学 九年一贯制学校 十二年一贯制学校 完全中学 特殊教育学校".split())
SHARE_OF_TYPES = [0.52, 0.16, 0.17, 0.10, 0.01, 0.02, 0.02]
PLACES = np.array("城区 镇区 乡村".split())
SPONSORS = np.array("县级教育部门 民办 地级教育部门".split())
PROVINCES = np.array(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65".split()
)
BLANK = 0.004
"""Share of optional cells that are left blank; a guess."""
GRADES = {"primary": 6, "junior": 3, "senior": 3}
CLASS = {"城区": 42.0, "镇区": 41.0, "乡村": 34.0}
"""Pupils that a school aims at in a class, on average; junior schools have 5 more."""
MOST_CLASSES = 100.0
"""Classes that the largest school has of a stage; with more pupils they are larger."""
MOST_ROOMS = 200.0
"""Rooms of one kind that the largest school has."""
LARGE = {"城区": 0.03, "镇区": 0.04, "乡村": 0.005}
"""Share of schools whose largest class has more than 55 pupils (大班额)."""
DRIFT = {"城区": 0.015, "镇区": 0.0, "乡村": -0.03}
"""How pupils grow from year to year, on average."""
PER_PUPIL = {  # field: mean per pupil, spread between schools (log), spread between counties (log)
    "teaching_area": (6.4, 0.30, 0.15),
    "indoor_sports_area": (0.35, 0.60, 0.30),
    "sports_field_area": (11.5, 0.35, 0.20),
    "equipment_value": (0.31, 0.35, 0.25),
    "multimedia_rooms": (0.034, 0.18, 0.10),
    "computers": (0.19, 0.30, 0.20),
    "books": (31.0, 0.25, 0.15),
}
PER_STAGE = {
    "teachers": (0.075, 0.16, 0.06),
    "higher_degree_teachers": (0.062, 0.18, 0.08),
    "middle_title_teachers": (0.036, 0.28, 0.12),
    "backbone_teachers": (0.0125, 0.38, 0.20),
    "pe_arts_teachers": (0.0105, 0.25, 0.12),
}
WHOLE = {"multimedia_rooms", "computers", "books"}


def nation(counties: int, years: Sequence[int], *, schools: int = 70, seed: int = 2020) -> pd.DataFrame:
    """One row per school, county and year: code, county, year and the fields of the 学校 sheet.

    Args:
        counties: how many; codes run through the provinces.
        years: the years, in order; pupils and resources grow or shrink from one to the next.
        schools: mean number of schools of a county.
        seed: of the random numbers.
    """
    rng = np.random.default_rng(seed)
    sizes = rng.poisson(schools * rng.lognormal(-0.08, 0.4, counties)).clip(4)
    county = np.repeat(np.arange(counties), sizes)
    n = len(county)
    kind = rng.choice(TYPES, n, p=SHARE_OF_TYPES)
    place = rng.choice(PLACES, n, p=[0.25, 0.35, 0.40])
    base = _pupils(rng, kind, place)
    ratios = {
        name: mean * rng.lognormal(-(a**2) / 2, a, n) * rng.lognormal(0, b, counties)[county]
        for name, (mean, a, b) in {**PER_PUPIL, **PER_STAGE}.items()
    }
    fixed = pd.DataFrame(
        {
            "code": _codes(counties)[county],
            "county": np.array([f"{MARK}{number + 1:04d}县" for number in range(counties)])[county],
            "school_name": [f"{MARK}第{i - start + 1}学校" for i, start in enumerate(_starts(sizes)[county])],
            "school_type": kind,
            "sponsor_type": rng.choice(SPONSORS, n, p=[0.93, 0.05, 0.02]),
            "urban_type": place,
            "township": pd.Series(pd.NA, index=range(n), dtype="str"),
        }
    )
    fixed["school_code"] = fixed["code"] + pd.Series(np.arange(n) - _starts(sizes)[county]).map("{:04d}".format)
    grown = rng.normal(0.0, 0.02, n) + np.array([DRIFT[name] for name in place])
    classes = _class_plan(np.random.default_rng([seed, 1]), kind, place)
    frames = [_year(rng, fixed, base, ratios, classes, grown, year - years[0], year) for year in years]
    return pd.concat(frames, ignore_index=True)


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]])


def _codes(counties: int) -> NDArray[np.str_]:
    """Six digits: province, then a running number that no real code uses (90 to 99 in the middle)."""
    number = np.arange(counties)
    province = PROVINCES[number % len(PROVINCES)]
    return np.array([f"{p}{9000 + k:04d}" for p, k in zip(province, number // len(PROVINCES), strict=True)])


def _pupils(
    rng: np.random.Generator, kind: NDArray[np.str_], place: NDArray[np.str_]
) -> dict[str, NDArray[np.float64]]:
    scale = np.select([place == "城区", place == "镇区"], [1.5, 1.0], 0.45)
    draw = {stage: rng.lognormal(6.2, 0.75, len(kind)) * scale for stage in ("primary", "junior", "senior")}
    both = np.isin(kind, ["九年一贯制学校", "十二年一贯制学校"])
    primary = np.where((kind == "小学") | both, draw["primary"].clip(20, 5000), np.nan)
    primary = np.where(kind == "小学教学点", rng.integers(5, 110, len(kind)), primary)
    junior = np.where((kind == "初级中学") | (kind == "完全中学") | both, draw["junior"].clip(30, 4500), np.nan)
    senior = np.where(np.isin(kind, ["完全中学", "十二年一贯制学校"]), draw["senior"].clip(60, 4000), np.nan)
    return {"primary": primary, "junior": junior, "senior": senior}


def _class_plan(
    rng: np.random.Generator, kind: NDArray[np.str_], place: NDArray[np.str_]
) -> dict[str, NDArray[np.float64]]:
    """What a school keeps to over the years: pupils it aims at in a class, grades it has, whether a class is too large.

    Random numbers of its own, so that nothing else depends on them.
    """
    n = len(kind)
    return {
        "aim": np.array([CLASS[name] for name in place]) * rng.lognormal(0, 0.1, n),
        "grades": np.where(kind == "小学教学点", rng.integers(1, 5, n), GRADES["primary"]),
        "large": rng.random(n) < np.array([LARGE[name] for name in place]),
        "largest": rng.integers(56, 62, n),
    }


def _classes(
    plan: dict[str, NDArray[np.float64]], stage: str, pupils: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Number of classes and pupils of the largest: one class for each grade at least, as far as there are pupils."""
    grades = plan["grades"] if stage == "primary" else np.full(len(pupils), GRADES[stage])
    aim = plan["aim"] + (5 if stage == "junior" else 0)
    classes = np.maximum(np.ceil(pupils / aim), np.minimum(grades, np.ceil(pupils / 4)))
    classes = classes.clip(max=MOST_CLASSES)
    mean = np.ceil(pupils / classes)
    largest = np.where(plan["large"] & (pupils > 4 * plan["largest"]), plan["largest"], mean + classes % 4)
    return classes, np.minimum(np.maximum(largest, mean), pupils)


def _year(
    rng: np.random.Generator,
    fixed: pd.DataFrame,
    base: dict[str, NDArray[np.float64]],
    ratios: dict[str, NDArray[np.float64]],
    class_plan: dict[str, NDArray[np.float64]],
    grown: NDArray[np.float64],
    step: int,
    year: int,
) -> pd.DataFrame:
    frame = fixed.assign(year=year)
    all_pupils = np.zeros(len(fixed))
    for stage, pupils in base.items():
        now = np.round(pupils * (1 + grown) ** step * rng.normal(1, 0.01, len(fixed))).clip(1)
        frame[f"pupils_{stage}"] = now
        all_pupils += np.nan_to_num(now)
    improved = 1 + 0.03 * step
    for stage in ("primary", "junior"):
        pupils = frame[f"pupils_{stage}"].to_numpy()
        frame[f"classes_{stage}"], frame[f"max_class_{stage}"] = _classes(class_plan, stage, pupils)
        teachers = np.ceil(pupils * ratios["teachers"]).clip(1)
        frame[f"teachers_{stage}"] = teachers
        for name in PER_STAGE:
            if name != "teachers":
                number = np.minimum(np.round(pupils * ratios[name] * improved), teachers)
                frame[f"{name}_{stage}"] = _with_blanks(rng, number)
    for name in PER_PUPIL:
        number = (all_pupils * ratios[name] * improved).clip(max=MOST_ROOMS if name == "multimedia_rooms" else None)
        frame[name] = _with_blanks(rng, np.round(number) if name in WHOLE else np.round(number, 2))
    special = (frame["school_type"] == "特殊教育学校").to_numpy()
    frame.loc[special, list(PER_PUPIL)] = np.nan
    indoor = np.minimum(frame["indoor_sports_area"], (frame["teaching_area"] * 0.3).round(2))
    frame["indoor_sports_area"] = indoor
    return frame


def _with_blanks(rng: np.random.Generator, number: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(rng.random(len(number)) < BLANK, np.nan, number)


def write_workbooks(frame: pd.DataFrame, folder: Path) -> int:
    """Write ``<code>-<name>/<year>.xlsx`` for every county and year; returns how many."""
    import xlsxwriter

    from edukit.dictionary import load

    written = 0
    for (code, county, year), rows in frame.groupby(["code", "county", "year"], sort=False):
        path = folder / f"{code}-{county}" / f"{year}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = [name for name in rows.columns if name in load() and name not in ("code", "county", "year")]
        with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
            book.set_properties({"created": pd.Timestamp(2020, 1, 1).to_pydatetime()})
            sheet = book.add_worksheet("学校")
            sheet.write_row(0, 0, [load().field(name).header for name in columns])
            for number, row in enumerate(rows[columns].itertuples(index=False), start=1):
                for column, value in enumerate(row):
                    if value == value:
                        sheet.write(number, column, value)
            notes = book.add_worksheet("数据说明")
            notes.write(0, 0, "生成数据：学校、数字均由程序生成，不是任何真实县区，只供测试和演示。")
        written += 1
    return written


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line, see the top of the file."""
    parser = argparse.ArgumentParser(description="生成任意多个虚构县的数据（只供测试和演示）。")
    parser.add_argument("out", type=Path, help="文件夹（写工作簿）或 .parquet 文件（写一张大表）")
    parser.add_argument("--counties", type=int, default=100)
    parser.add_argument("--years", nargs="+", default=["2020"], help="如 2019 2020 或 2016-2020")
    parser.add_argument("--schools", type=int, default=70, help="每县平均学校数")
    parser.add_argument("--seed", type=int, default=2020)
    given = parser.parse_args(arguments)
    years = [
        year
        for text in given.years
        for year in (range(int(text[:4]), int(text[-4:]) + 1) if "-" in text else [int(text)])
    ]
    frame = nation(given.counties, years, schools=given.schools, seed=given.seed)
    if given.out.suffix == ".parquet":
        frame.to_parquet(given.out, index=False)
        print(f"已生成 {given.out}：{given.counties} 个县，{len(frame)} 行（生成数据）。")
    else:
        print(f"已生成 {write_workbooks(frame, given.out)} 个工作簿（生成数据）。")


if __name__ == "__main__":
    main()
