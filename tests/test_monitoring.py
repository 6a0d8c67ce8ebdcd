"""Monitoring: which year is the base, what slipped back, and the same school over the years."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import county as made
from edukit import figures, monitoring, tables, text
from edukit.case import open_years
from edukit.errors import CallError, DataError
from edukit.ledger import empty, entries, update
from edukit.monitoring import (
    CV,
    GONE,
    ITEM,
    KEPT,
    LASTING,
    NEW,
    OPEN,
    REPAIRED,
    SCHOOL,
    SLIPPED,
    THRESHOLD,
    UNVERIFIED,
    Monitoring,
    against_base,
    levels,
    open_monitoring,
    slipped,
    turns,
    units_over_time,
    verdicts,
)

Years = dict[int, list[made.Row]]
QUALITY = "quality-2017"


def schools(second: int = 6, area: float = 2400.0, **more: Any) -> list[made.Row]:
    """Two primary schools of 100 and 300 pupils; the second's backbone teachers and teaching area vary."""
    return [
        made.primary("甲小学", 100, school_code="1000000001", backbone_teachers_primary=2),
        made.primary(
            "乙小学", 300, school_code="1000000002", backbone_teachers_primary=second, teaching_area=area, **more
        ),
    ]


def saved(root: Path, years: Years, county: dict[str, Any] | None = None) -> Path:
    for year, rows in years.items():
        extra = {"县级": made.table([{"year": year, **county}])} if county else {}
        made.write_xlsx(root / "data" / "raw" / "990009-某县" / f"{year}.xlsx", {"学校": made.table(rows), **extra})
    return root


def watched(
    root: Path, years: Years, county: dict[str, Any] | None = None, base: int = 0, scheme: str = QUALITY
) -> Monitoring:
    return open_monitoring("990009", max(years), scheme, base, saved(root, years, county))


def state(found: pd.DataFrame, kind: str, item: str = "", school: str = "") -> Any:
    rows = found[(found["kind"] == kind) & (found["item"] == item) & (found["school"] == school)]
    assert len(rows) == 1
    return rows.iloc[0]


# ---- the base year --------------------------------------------------------------------------------------------------


def test_the_year_of_recognition_is_the_base(tmp_path: Path) -> None:
    watch = watched(tmp_path, {y: schools() for y in (2018, 2019, 2020)}, {"pass_year_basic": 2019})
    assert (watch.base.year, watch.basis, watch.unused) == (2019, "recognised", (2018,))
    assert "基本均衡认定年份是2019年，以该年为基准年" in text.years.scope(watch).text  # type: ignore[union-attr]


@pytest.mark.parametrize("recognised", [None, 2015, 2020, 2021])
def test_without_its_data_the_earliest_year_is_the_base(tmp_path: Path, recognised: int | None) -> None:
    watch = watched(tmp_path, {y: schools() for y in (2018, 2020)}, {"pass_year_basic": recognised})
    assert (watch.base.year, watch.basis) == (2018, "earliest")
    told = text.years.scope(watch).text  # type: ignore[union-attr]
    assert "有数据的最早年份2018年为基准年" in told
    assert ("没有填写" in told) == (recognised is None)
    assert "没有数据的年份：2019年" in told


def test_a_base_year_can_be_asked_for(tmp_path: Path) -> None:
    years = {y: schools() for y in (2018, 2019, 2020)}
    assert watched(tmp_path, years, base=2019).base.year == 2019
    for wrong in (2017, 2020):
        with pytest.raises(CallError, match=r"现有：2018、2019"):
            watched(tmp_path, years, base=wrong)


def test_a_year_with_errors_is_left_out_and_named(tmp_path: Path) -> None:
    bad = schools(second=900)
    root = saved(tmp_path, {2018: schools(), 2019: bad, 2020: schools()})
    (root / "data" / "raw" / "990009-某县" / "2017.xlsx").write_bytes(b"PK broken")
    found, refused = open_years("990009", QUALITY, 2020, root)
    assert [each.year for each in found] == [2018, 2020]
    assert [year for year, _ in refused] == [2017, 2019]
    watch = open_monitoring("990009", 2020, QUALITY, 0, root)
    told = text.years.scope(watch).text  # type: ignore[union-attr]
    assert "2019年的数据没有使用：2019.xlsx 中有" in told
    assert "2017年的数据没有使用" in told
    with pytest.raises(DataError):
        open_monitoring("990009", 2019, QUALITY, 0, root)


# ---- numbers by hand ------------------------------------------------------------------------------------------------


def test_levels_by_hand(tmp_path: Path) -> None:
    # 100 and 300 pupils. 2019: 2 and 6 backbone teachers: 2 per hundred each, CV 0.
    # 2020: 2 and 3: 2 and 1 per hundred; mean 5 / 400 = 1.25; sd² = ¼·0.75² + ¾·0.25² = 0.1875; CV = 0.34641.
    watch = watched(tmp_path, {2019: schools(6), 2020: schools(3)})
    rows = levels(watch.years)
    own = rows[rows["indicator"] == "Q2"].set_index("year")
    assert own["mean"].tolist() == [2.0, 1.25]
    assert own["cv"].tolist() == pytest.approx([0.0, math.sqrt(0.1875) / 1.25], abs=1e-12)
    assert own["n_units"].tolist() == [2, 2]
    both = against_base(rows, 2019, 2020).set_index("indicator").loc["Q2"]
    assert both["mean_change"] == pytest.approx(-0.375)
    assert both["cv_change"] == pytest.approx(0.34641016151377546)
    assert (both["verdict_base"], both["verdict"], both["limit"]) == ("met", "met", 0.5)


def test_the_composite_is_a_level_of_its_own(tmp_path: Path) -> None:
    rows = levels(watched(tmp_path, {2019: schools(), 2020: schools()}, scheme="basic-2012").years)
    top = rows[rows["indicator"] == "composite"]
    assert top["year"].tolist() == [2019, 2020]
    assert top["mean"].isna().all()
    for year, row in top.set_index("year").iterrows():
        single = rows[(rows["year"] == year) & (rows["indicator"] != "composite")]
        assert row["cv"] == pytest.approx(single["cv"].mean())


def test_what_slipped_by_hand(tmp_path: Path) -> None:
    # 乙小学, 300 pupils: 3 backbone teachers are needed (1 per hundred), 1350 ㎡ (4.5), floors 2.55 and 1147.5 ㎡.
    # 2018: 2 teachers, below the floor: fails. 2019: all met. 2020: 2 teachers again, and 1200 ㎡ of rooms with 150 ㎡
    # of indoor sports in them leave 1050: 5 of 7. The coefficient of the teachers, 2 and ⅔ per hundred, slips too:
    # mean 1, sd² = ¼·1² + ¾·(⅓)² = ⅓, CV = 0.577; that of the rooms, 7.5 and 3.5, does not: √3 ÷ 4.5 = 0.385.
    watch = watched(tmp_path, {2018: schools(2), 2019: schools(6), 2020: schools(2, 1200.0)})
    found = slipped(watch.years)
    assert list(zip(found["kind"], found["item"], found["school"], strict=True)) == [
        (CV, "Q2", ""),
        (SCHOOL, "", "乙小学"),
        (THRESHOLD, "Q2", "乙小学"),
        (THRESHOLD, "Q4", "乙小学"),
    ]
    assert found["value"][0] == pytest.approx(math.sqrt(1 / 3))
    school = found.iloc[1]
    assert (school["then"], school["value_then"], school["value"], school["limit"]) == (2019, 7, 5, 6)
    rooms = found.iloc[3]
    assert (rooms["value_then"], rooms["value"]) == (7.5, 3.5)
    told = text.years.slipped(watch).text  # type: ignore[union-attr]
    assert "乙小学（小学）：2019年7项达标，2020年5项达标" in told
    assert "教学及辅助用房3.50（2019年7.50，标准4.5）" in told
    assert "有2项反弹" in text.years.conclusion(watch).text  # type: ignore[union-attr]
    assert "反弹" in tables.years.units(watch).text  # type: ignore[union-attr]


def test_a_coefficient_that_crosses_its_limit_slips(tmp_path: Path) -> None:
    # 2020: 2 and 0 backbone teachers: mean 0.5 per hundred, sd² = ¼·1.5² + ¾·0.5² = 0.75, CV = 1.732 > 0.5.
    watch = watched(tmp_path, {2019: schools(6), 2020: schools(0)})
    row = state(watch.turns, CV, "Q2")
    assert (row["state"], row["limit"]) == (SLIPPED, 0.5)
    assert row["value"] == pytest.approx(math.sqrt(3))
    assert "由不超过上限变为超过上限的有县级以上骨干教师（0.000→1.732）" in text.years.levels(watch).text  # type: ignore[union-attr]
    assert "1.732" in tables.years.changes(watch).text  # type: ignore[union-attr]


def test_new_repaired_gone_and_what_cannot_be_told(tmp_path: Path) -> None:
    old = [*schools(2), made.primary("撤并小学", 120, school_code="1000000003")]
    now = [*schools(6, multimedia_rooms=None), made.primary("新建小学", 200, equipment_value=20.0)]
    watch = watched(tmp_path, {2019: old, 2020: now})
    found = watch.turns
    assert state(found, THRESHOLD, "Q2", "乙小学")["state"] == REPAIRED
    assert state(found, THRESHOLD, "Q7", "乙小学")["state"] == UNVERIFIED
    assert state(found, SCHOOL, school="新建小学")["state"] == NEW
    assert state(found, THRESHOLD, "Q6", "新建小学")["state"] == NEW
    assert state(found, SCHOOL, school="撤并小学")["state"] == GONE
    assert state(found, SCHOOL, school="甲小学")["state"] == KEPT
    assert state(found, SCHOOL, school="乙小学")["state"] in (OPEN, REPAIRED)  # six of six known are met
    assert "撤并小学" in text.years.units(watch).text  # type: ignore[union-attr]
    assert "新建小学（小学）：6项达标；低于标准的是教学仪器设备值1,000（标准2,000）" in text.years.new(watch).text  # type: ignore[union-attr]


def test_items_slip_too(tmp_path: Path) -> None:
    large = made.primary("大校", 1900)
    watch = watched(tmp_path, {2019: [*schools(), large], 2020: [*schools(), made.primary("大校", 2100)]})
    row = state(watch.turns, ITEM, "Gov4")
    assert row["state"] == SLIPPED
    assert "2019年达到，2020年" in text.years.slipped(watch).text  # type: ignore[union-attr]
    assert "大校" in tables.years.changes(watch).text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("mn", SLIPPED),
        ("mnn", SLIPPED),
        ("nmn", SLIPPED),
        ("nn", LASTING),
        ("un", NEW),
        (".n", NEW),
        ("nm", REPAIRED),
        ("nmm", REPAIRED),
        ("mm", KEPT),
        ("um", KEPT),
        ("mu", UNVERIFIED),
        ("nmu", UNVERIFIED),
        ("mnu", OPEN),
        ("nu", OPEN),
        ("uu", OPEN),
        ("m.", GONE),
    ],
)
def test_every_state(tmp_path: Path, path: str, expected: str) -> None:
    teachers: dict[str, Any] = {"m": 6, "n": 2, "u": None}
    years = {2010 + i: schools()[:1] if sign == "." else schools(teachers[sign]) for i, sign in enumerate(path)}
    found = turns(watched(tmp_path, years).years)
    assert state(found, THRESHOLD, "Q2", "乙小学")["state"] == expected


# ---- the same school over the years ---------------------------------------------------------------------------------


def test_schools_are_matched_by_code_else_by_name(tmp_path: Path) -> None:
    renamed = [{**schools()[0], "school_name": "甲中心小学"}, {**schools()[1], "school_code": None}]
    rows = units_over_time(watched(tmp_path, {2018: schools(), 2019: renamed, 2020: renamed}).years)
    assert set(rows["school"]) == {"甲中心小学", "乙小学"}
    assert rows.groupby("unit").size().tolist() == [3, 3]
    assert rows["verdict"].tolist() == ["met"] * 6


def test_two_schools_of_one_name_stay_two() -> None:
    twins = [made.primary("同名小学", 100), made.primary("同名小学", 200)]
    rows = units_over_time([made.judge(twins, year=year) for year in (2019, 2020)])
    assert len(rows) == 4
    assert not rows.duplicated(["unit", "stage", "year"]).any()


@settings(max_examples=20)
@given(order=st.lists(st.permutations(range(4)), min_size=2, max_size=3))
def test_the_order_of_schools_does_not_matter(order: list[list[int]]) -> None:
    rows = [made.primary(f"{name}校", 100 + i, school_code=f"100000000{i}") for i, name in enumerate("甲乙丙丁")]
    years = [made.judge([rows[i] for i in own], year=2010 + k) for k, own in enumerate(order)]
    found = units_over_time(years)
    assert found.groupby("unit")["school"].nunique().tolist() == [1, 1, 1, 1]
    assert found.groupby("unit").size().tolist() == [len(order)] * 4


@settings(max_examples=20)
@given(signs=st.lists(st.sampled_from([6.0, 2.0, math.nan]), min_size=2, max_size=4))
def test_slipped_is_what_was_met_and_is_not(signs: list[float]) -> None:
    years = [made.judge(schools(None if math.isnan(n) else int(n)), year=2010 + i) for i, n in enumerate(signs)]  # type: ignore[arg-type]
    found = slipped(years)
    fell = ((found["kind"] == THRESHOLD) & (found["item"] == "Q2") & (found["school"] == "乙小学")).any()
    assert fell == (signs[-1] == 2.0 and 6.0 in signs[:-1])


# ---- what a reader sees ---------------------------------------------------------------------------------------------


def test_one_year_says_what_is_missing(tmp_path: Path) -> None:
    watch = watched(tmp_path, {2020: schools()})
    assert not watch.compares
    told = text.years.conclusion(watch).text  # type: ignore[union-attr]
    assert "没有可以比较的年份" in told
    assert "data/raw/990009-某县/<年度>.xlsx" in told
    assert figures.years.coefficients(watch) is None
    assert figures.years.means(watch) is None
    assert figures.years.units(watch) is None
    assert tables.years.changes(watch) is None
    for sentence in (text.years.levels, text.years.slipped, text.years.units):
        assert "只有2020年的数据" in sentence(watch).text  # type: ignore[union-attr]


def test_every_piece_for_awkward_years(tmp_path: Path) -> None:
    counties: list[tuple[Years, str]] = [
        ({2019: schools(2), 2020: schools(6)}, QUALITY),
        ({2019: schools(2), 2020: schools(6)}, "basic-2012"),
        ({2018: schools(None), 2019: schools(6), 2020: schools(None, multimedia_rooms=None)}, QUALITY),  # type: ignore[arg-type]
        ({2019: [made.junior()], 2020: schools()}, QUALITY),
        ({2019: made.town(), 2020: made.town()}, QUALITY),
    ]
    for number, (years, scheme) in enumerate(counties):
        watch = watched(tmp_path / str(number), years, scheme=scheme)
        kept = update(empty(), entries(watch.case), watch.case.year)
        pieces = [getattr(text.years, name) for name in text.years.__all__ if name != "ledger"]
        pieces += [figures.years.coefficients, figures.years.means, figures.years.units]
        pieces += [tables.years.verdicts, tables.years.means, tables.years.coefficients, tables.years.units]
        shown = [piece(watch) for piece in pieces]
        shown += [tables.years.changes(watch, own) for own in monitoring.STATES]
        shown += [text.years.ledger(watch, kept), tables.years.ledger(watch, kept)]
        for thing in filter(None, shown):
            words = getattr(thing, "text", "") or thing.alt
            assert "nan" not in words.lower()
            assert "None" not in words


def test_the_ledger_is_told_by_state(tmp_path: Path) -> None:
    watch = watched(tmp_path, {2018: schools(2), 2019: schools(6), 2020: schools(2)})
    kept = empty()
    for year in (2018, 2019, 2020):
        own = open_monitoring("990009", year, QUALITY, 0, tmp_path)
        kept = update(kept, entries(own.case), year)
        entry = kept["key"].str.endswith("|乙小学|primary|Q2|threshold")
        if year == 2019:
            kept.loc[entry, "evidence"] = "评审文件"
            kept = update(kept, entries(own.case), year)
            assert kept.loc[entry, "status"].tolist() == ["已销号"]
    told = text.years.ledger(watch, kept).text  # type: ignore[union-attr]
    assert "销号后又反弹的1条" in told
    table = tables.years.ledger(watch, kept).text  # type: ignore[union-attr]
    assert table.splitlines()[2].split("\t")[1] == "乙小学"  # what came back stands on top
    assert "没有2020年以前登记的问题" not in told
    other = kept.assign(key=kept["key"].str.replace(QUALITY, "basic-2012"))
    assert "没有按本办法登记" in text.years.ledger(watch, other).text  # type: ignore[union-attr]


def test_verdicts_of_every_block(tmp_path: Path) -> None:
    watch = watched(tmp_path, {2019: schools(2), 2020: schools(6)})
    found = verdicts(watch.years)
    assert found.loc["资源配置"].tolist() == ["not_met", "met"]
    assert list(found.columns) == [2019, 2020]


def test_forty_units_fit_and_the_worst_stand_on_top(tmp_path: Path) -> None:
    names = [f"第{a}{b}小学" for a, b in itertools.product("一二三四五六七", "甲乙丙丁戊己庚辛")]
    before = [made.primary(name, 100) for name in names]
    now = [
        made.primary(name, 100, **({"backbone_teachers_primary": 0} if i == 50 else {})) for i, name in enumerate(names)
    ]
    chart = figures.years.units(watched(tmp_path, {2019: before, 2020: now}))
    assert chart is not None
    assert "图中为变化最不利的40个" in chart.caption
    assert names[50] in chart.svg
    assert names[49] not in chart.svg
    assert len(chart.data) == len(names)
