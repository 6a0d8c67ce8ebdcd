"""A city: which counties are its own, what each lacks, and whether it is on the way to its target year."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

import county as made
from edukit import figures, tables, text
from edukit.city import (
    AHEAD,
    BEHIND,
    DONE,
    DUE,
    UNTOLD,
    blocks,
    cvs,
    failing_on,
    gap_ledger,
    met_shares,
    open_city,
    overview,
    share_of,
    targets,
    yearly_share,
)
from edukit.counties import find_city
from edukit.errors import CallError, DataError
from edukit.render import check_html
from reports import PROJECT, make

CITY = "450800-贵港市"
SCHEME = """\
extends: quality-2017
id: 测试办法
name: 某市测试办法
targets:
  甲县: {{year: {first}, level: 自治区级}}
  乙县: {{year: 2032}}
"""


def weak(count: int, total: int = 4) -> list[made.Row]:
    """Primary schools of 200 pupils, the first ``count`` of them without backbone teachers: two are needed in each."""
    return [
        made.primary(f"第{i + 1}小学", 200, **({"backbone_teachers_primary": 0} if i < count else {}))
        for i in range(total)
    ]


def city(root: Path, counties: dict[str, dict[int, list[made.Row]]]) -> Path:
    """Counties 450801, 450802, … by name, with the rows of each year."""
    for number, (name, years) in enumerate(counties.items(), start=1):
        for year, rows in years.items():
            path = root / "data" / "raw" / f"45080{number}-{name}" / f"{year}.xlsx"
            made.write_xlsx(path, {"学校": made.table(rows)})
    return root


def scheme(root: Path, first: int = 2024) -> str:
    path = root / "scheme.yaml"
    path.write_text(SCHEME.format(first=first), encoding="utf-8")
    return str(path)


# ---- who belongs to a city ------------------------------------------------------------------------------------------


def test_a_city_is_found_by_code_by_slug_and_by_a_known_name(tmp_path: Path) -> None:
    city(tmp_path, {"甲县": {2022: weak(0)}, "乙县": {2022: weak(0)}})
    made.write_xlsx(tmp_path / "data" / "raw" / "450902-别县" / "2022.xlsx", {"学校": made.table(weak(0))})
    for wanted in ("450800", CITY):
        place = find_city(wanted, tmp_path)
        assert (place.code, [c.name for c in place.counties]) == ("450800", ["甲县", "乙县"])
    assert find_city("450800", tmp_path).slug == "450800"
    assert find_city(CITY, tmp_path).slug == CITY
    assert find_city("贵港市", tmp_path, [CITY]).slug == CITY
    (tmp_path / "reports" / "2021" / CITY).mkdir(parents=True)
    assert find_city("贵港市", tmp_path).code == "450800"
    assert find_city("450800", tmp_path).name == "贵港市"


@pytest.mark.parametrize("wanted", ["别市", "450802", "450802-甲县", "4508", ""])
def test_what_is_no_city_is_refused(tmp_path: Path, wanted: str) -> None:
    city(tmp_path, {"甲县": {2022: weak(0)}})
    with pytest.raises(CallError, match="不是已知的市"):
        find_city(wanted, tmp_path)


def test_a_city_without_counties_is_refused(tmp_path: Path) -> None:
    city(tmp_path, {"甲县": {2022: weak(0)}})
    with pytest.raises(CallError, match="4509 开头"):
        find_city("450900-别市", tmp_path)


def test_a_county_that_cannot_be_used_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    bad = [made.primary("错校", 300, backbone_teachers_primary=999)]
    city(tmp_path, {"甲县": {2022: weak(0)}, "乙县": {2021: weak(0)}, "丙县": {2022: bad}})
    found = open_city(CITY, 2022, "quality-2017", tmp_path)
    assert found.counties == ("甲县",)
    assert [slug for slug, _ in found.failed] == ["450802-乙县", "450803-丙县"]
    assert "没有2022年的数据（现有：2021）" in found.failed[0][1]
    assert "学校!" in found.failed[1][1]
    told = text.cities.conclusion(found).text  # type: ignore[union-attr]
    assert "乙县、丙县的数据未能汇总" in told
    assert "450803-丙县：2022.xlsx 中有 2 处错误" in text.cities.data(found).text  # type: ignore[union-attr]


def test_a_city_without_any_usable_county_is_refused(tmp_path: Path) -> None:
    bad = [made.primary("错校", 300, backbone_teachers_primary=999)]
    city(tmp_path, {"甲县": {2022: bad}, "乙县": {2021: weak(0)}})
    with pytest.raises(CallError, match=r"都没有 2030 年的数据"):
        open_city(CITY, 2030, "quality-2017", tmp_path)
    with pytest.raises(DataError, match="450801-甲县") as refused:
        open_city(CITY, 2022, "quality-2017", tmp_path)
    assert refused.value.findings


# ---- numbers by hand ------------------------------------------------------------------------------------------------


def test_the_overview_by_hand(tmp_path: Path) -> None:
    # 乙县: 3 of 4 schools have no backbone teacher, one has ceil(2.4) = 3: 1.5 per hundred, mean 0.375,
    # sd² = ¼·1.125² + ¾·0.375² = 0.421875, CV = √3.
    city(tmp_path, {"甲县": {2022: weak(0)}, "乙县": {2022: weak(3)}})
    found = open_city(CITY, 2022, scheme(tmp_path), tmp_path)
    table = overview(found).set_index("county")
    assert table["met_share"].to_dict() == {"甲县": 1.0, "乙县": 0.25}
    assert table["n_over"].to_dict() == {"甲县": 0, "乙县": 1}
    assert table["n_cvs"].tolist() == [7, 7]
    row = table.loc["乙县"]
    assert (row["max_stage"], row["max_indicator"], row["max_limit"]) == ("primary", "Q2", 0.5)
    assert row["max_cv"] == pytest.approx(math.sqrt(3))
    assert (row["verdict"], row["target"]) == ("not_met", 2032)
    assert blocks(found)["资源配置"].to_dict() == {"甲县": "met", "乙县": "not_met"}
    assert met_shares(found)[["county", "units", "met", "not_met"]].to_numpy().tolist() == [
        ["甲县", 4, 4, 0],
        ["乙县", 4, 1, 3],
    ]
    assert failing_on(found)[["county", "what", "item", "count"]].to_numpy().tolist() == [
        ["乙县", "school", "", 3],
        ["乙县", "cv", "Q2", 1],
    ]


def test_the_ledger_of_gaps_by_hand(tmp_path: Path) -> None:
    rows = weak(3)
    rows[3] |= {"equipment_value": 30.0, "multimedia_rooms": None}  # 1500 元 a pupil: 200 · 500 = 100000 元 short
    city(tmp_path, {"甲县": {2022: weak(0)}, "乙县": {2022: rows}})
    found = gap_ledger(open_city(CITY, 2022, scheme(tmp_path), tmp_path)).set_index(["county", "indicator"])
    assert list(found.index) == [("乙县", "Q2"), ("乙县", "Q6"), ("乙县", "Q7")]
    backbone = found.loc[("乙县", "Q2")]
    assert (backbone["units"], backbone["n_units"], backbone["amount"]) == (3, 4, 6.0)  # one per hundred: two each
    assert (found.loc[("乙县", "Q6"), "amount"], found.loc[("乙县", "Q6"), "below_floor"]) == (100000.0, 1)
    assert (found.loc[("乙县", "Q7"), "units"], found.loc[("乙县", "Q7"), "unknown"]) == (0, 1)
    assert found["due"].isna().all()  # the scheme sets no yearly share


def test_the_yearly_share_is_the_schemes(tmp_path: Path) -> None:
    path = tmp_path / "share.yaml"
    rule = "{kind: fewer, what: units, at_least: 0.15}"
    item = f"{{block: 政府保障程度, name: 每年修复, short: 每年修复, conditions: [{rule}], source: S3}}"
    path.write_text(
        f"extends: quality-2017\nid: share\nname: 每年修复\nsources: {{S3: 规划}}\nitems:\n  X1: {item}\n",
        encoding="utf-8",
    )
    city(tmp_path, {"甲县": {2022: weak(3)}})
    found = open_city(CITY, 2022, str(path), tmp_path)
    assert yearly_share(found.scheme) == 0.15
    row = gap_ledger(found).iloc[0]
    assert (row["share"], row["due"]) == (0.15, 1.0)  # 15 % of three, rounded up
    assert "1个（15%）" in tables.cities.shortfalls(found).text  # type: ignore[union-attr]
    assert "每年修复上年未达标单位的15%以上" in text.cities.shortfalls(found).text  # type: ignore[union-attr]


@given(number=st.integers(0, 500), percent=st.integers(0, 100))
def test_a_share_is_never_too_small(number: int, percent: int) -> None:
    due = share_of(number, percent / 100)
    assert due == -(-number * percent // 100)


@pytest.mark.parametrize(
    ("before", "now", "first", "state", "per_year"),
    [
        (4, 2, 2024, AHEAD, 1),  # two gone within a year, one a year is needed
        (3, 2, 2024, AHEAD, 1),  # just enough
        (2, 2, 2024, BEHIND, 1),
        (2, 3, 2023, BEHIND, 3),
        (4, 3, 2024, BEHIND, 2),  # 3 in two years: two a year
        (None, 2, 2024, UNTOLD, 1),
        (None, 0, 2024, AHEAD, 0),  # all schools pass; other blocks are open
        (3, 1, 2022, DUE, 1),
        (3, 2, 2020, DUE, 2),
        (3, 0, 2022, UNTOLD, 0),  # nothing fails, but the other blocks cannot be told
    ],
)
def test_targets_by_hand(tmp_path: Path, before: int | None, now: int, first: int, state: str, per_year: int) -> None:
    years = {2022: weak(now), **({2021: weak(before)} if before is not None else {})}
    open_block = {"核查结论": [{"item_id": "Gov1", "item_verdict": "达到", "item_basis": "文件"}]}
    for year, rows in years.items():
        sheets = {"学校": made.table(rows)} | {name: made.table(entries) for name, entries in open_block.items()}
        made.write_xlsx(tmp_path / "data" / "raw" / "450801-甲县" / f"{year}.xlsx", sheets)
    row = targets(open_city(CITY, 2022, scheme(tmp_path, first), tmp_path)).iloc[0]
    assert (row["state"], row["per_year"], row["years_left"], row["failing"]) == (state, per_year, first - 2022, now)
    if before is not None:
        assert row["failing_before"] == before
        assert row["repaired"] - row["fallen"] == before - now


def test_a_county_that_passes_has_reached_its_target(tmp_path: Path) -> None:
    city(tmp_path, {"甲县": {2022: weak(0)}})  # only the 学校 sheet: the verdict is that of the resources
    found = open_city(CITY, 2022, scheme(tmp_path), tmp_path)
    assert targets(found)["state"].tolist() == [DONE]
    assert "已达到要求" in text.cities.targets(found).text  # type: ignore[union-attr]


# ---- what a reader sees ---------------------------------------------------------------------------------------------


def blank() -> list[made.Row]:
    return [{**row, "backbone_teachers_primary": None} for row in weak(1)]


CITIES: dict[str, dict[str, dict[int, list[made.Row]]]] = {
    "one-county": {"甲县": {2022: weak(1)}},
    "all-pass": {"甲县": {2021: weak(1), 2022: weak(0)}, "乙县": {2022: made.town()}},
    "blanks": {"甲县": {2022: blank()}, "乙县": {2022: [made.junior()]}},
    "many": {
        f"{a}{b}县": {2022: weak(i % 4)}
        for i, (a, b) in enumerate(zip("甲乙丙丁戊己庚辛", "子丑寅卯辰巳午未", strict=True))
    },
    "long-name": {"某某蒙古族达斡尔族鄂温克族自治县经济技术开发区": {2022: weak(2)}, "乙县": {2022: weak(0)}},
}


@pytest.mark.parametrize("policy", ["quality-2017", "basic-2012", "targets"])
@pytest.mark.parametrize("name", CITIES)
def test_every_piece_for_awkward_cities(tmp_path: Path, name: str, policy: str) -> None:
    city(tmp_path, CITIES[name])
    found = open_city("450800", 2022, scheme(tmp_path) if policy == "targets" else policy, tmp_path)
    pieces: list[Any] = [
        *(getattr(text.cities, own)(found) for own in "cover notes conclusion counties coefficients shares".split()),
        *(getattr(text.cities, own)(found) for own in "shortfalls targets data".split()),
        *(getattr(figures.cities, own)(found) for own in "coefficients shares shortfalls paces".split()),
        *(getattr(tables.cities, own)(found) for own in "counties blocks shortfalls targets".split()),
        *(tables.cities.coefficients(found, stage) for stage in found.scheme.stages),
    ]
    for thing in filter(None, pieces):
        words = getattr(thing, "text", "") or thing.alt
        assert "nan" not in words.lower()
        assert "None" not in words
    assert "450800市" in text.cities.cover(found).text  # type: ignore[union-attr]
    assert len(cvs(found)["county"].unique()) == len(found.cases)


# ---- the report -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("市")
    shutil.copytree(PROJECT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return city(root, {"甲县": {2021: weak(3), 2022: weak(1)}, "乙县": {2022: weak(4)}, "丙县": {2021: weak(0)}})


def test_the_report_of_a_city(project: Path) -> None:
    path = make(project, CITY, 2022, scheme(project), "city")
    assert path == project / "reports" / "2022" / CITY / "city.html"
    assert sorted(file.name for file in path.parent.iterdir()) == ["assessment.json", "city.html", "city.ipynb"]
    page = path.read_text(encoding="utf-8")
    assert check_html(page) == []
    soup = BeautifulSoup(page, "html.parser")
    assert soup.title is not None
    assert soup.h1 is not None
    assert soup.title.get_text() == soup.h1.get_text() == "贵港市2022年义务教育优质均衡发展市级汇总报告"
    words = soup.main.get_text()  # type: ignore[union-attr]
    assert "450803-丙县：没有2022年的数据" in words
    assert str(project) not in page
    document = json.loads((path.parent / "assessment.json").read_text(encoding="utf-8"))
    assert document["city"] == {"code": "450800", "name": "贵港市"}
    assert [own["county"]["name"] for own in document["counties"]] == ["甲县", "乙县"]
    assert [own["county"] for own in document["failed"]] == ["450803-丙县"]
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    # the code alone and the name that the notebook carries lead to the same folder and the same bytes
    for wanted in ("450800", "贵港市"):
        again = make(project, wanted, 2022, scheme(project), "city")
        assert {file.name: file.read_bytes() for file in again.parent.iterdir()} == before


def test_a_county_is_no_city_for_a_city_notebook(project: Path) -> None:
    with pytest.raises(CallError, match="不是已知的市"):
        make(project, "450801", 2022, notebook="city")
    with pytest.raises(CallError, match="data/raw 中没有"):
        make(project, "450800", 2022, notebook="balance")


def test_a_city_notebook_of_ones_own(project: Path) -> None:
    source = (PROJECT / "notebooks" / "city.ipynb").read_text(encoding="utf-8")
    (project / "notebooks" / "own.ipynb").write_text(source.replace("一、各县一览", "一、自己的一章"), encoding="utf-8")
    path = make(project, CITY, 2022, notebook="own")
    assert path.name == "own.html"
    assert "自己的一章" in path.read_text(encoding="utf-8")
