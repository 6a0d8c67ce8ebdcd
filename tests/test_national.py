"""The nation's report: ranked, counted, compared, and drawn."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from edukit import figures, tables, text
from edukit.errors import CallError
from edukit.nation import MET, NOT_MET, OPEN, Nation
from edukit.national import PROVINCES, National, by_province, change, distribution, open_nation, province_code, ranking
from edukit.render import check_html
from examples import generated
from reports import PROJECT, make

COUNTIES = 6


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small generated nation of six provinces and two years."""
    root = tmp_path_factory.mktemp("nation")
    generated.write_workbooks(generated.nation(COUNTIES, [2019, 2020], schools=10, seed=4), root / "data" / "raw")
    return root


@pytest.fixture(scope="module", params=["quality-2017", "basic-2012"])
def place(request: pytest.FixtureRequest, project: Path) -> National:
    return open_nation(2020, request.param, root=project)


def test_every_county_is_counted_once(place: National) -> None:
    assert by_province(place)["counties"].sum() == len(ranking(place)) == len(change(place)) == COUNTIES
    found = distribution(place.now, place.scheme)
    judged = found[found["limit"].notna()]
    assert (judged["n"] + judged["unknown"] == COUNTIES).all()
    assert (found["low"] <= found["median"]).all() and (found["median"] <= found["high"]).all()


def test_ranking_is_by_the_coefficient_nearest_to_its_limit(place: National) -> None:
    known = ranking(place).dropna(subset=["rank"])
    assert known["ratio"].is_monotonic_increasing
    clear = known[known["n_unknown"] == 0]
    assert ((clear["ratio"] > 1) == (clear["n_over"] > 0)).all()


def test_everything_can_be_shown(place: National) -> None:
    told = [text.nation.cover, text.nation.conclusion, text.nation.provinces, text.nation.ranking, text.nation.data]
    assert all(make_(place) for make_ in told)
    shown = [tables.nation.provinces, tables.nation.distribution, tables.nation.ranking, tables.nation.change]
    assert all(make_(place) for make_ in shown)
    cover = text.nation.cover(place)
    assert cover is not None and f"生成数据（{COUNTIES}个县）" in cover.text
    chart = figures.nation.tiles(place)
    assert chart is not None and "新疆" in chart.svg and "黑龙江" in chart.svg
    assert figures.nation.distribution(place) is not None


def test_a_province_alone_has_no_tiles_and_no_year_before_no_change(project: Path) -> None:
    place = open_nation(2019, "quality-2017", "北京", project)
    assert (place.province, len(place.now.counties), place.before) == ("11", 1, None)
    assert figures.nation.tiles(place) is None
    assert tables.nation.change(place) is None
    prose = text.nation.change(place)
    assert prose is not None and "没有2018年的数据" in prose.text


def judged(place: National, verdicts: list[str]) -> Nation:
    """The counties of the place with other verdicts, in the order of their codes."""
    return replace(place.now, counties=place.now.counties.assign(verdict=verdicts))


def test_provinces_with_the_same_share_are_told_together(place: National) -> None:
    def told(*verdicts: str) -> str:
        prose = text.nation.provinces(replace(place, now=judged(place, list(verdicts))))
        assert prose is not None
        return prose.text

    assert "最高的是北京（1/1，100.0%），最低的是天津、河北、山西、内蒙古、辽宁（均为0.0%）。" in told(
        MET, *[NOT_MET] * 5
    )
    assert "最高的是天津、河北、山西、内蒙古、辽宁（均为100.0%），最低的是北京（0/1，0.0%）。" in told(OPEN, *[MET] * 5)
    assert "6个省份有数据，达到要求的县一个也没有。" in told(*[NOT_MET] * 6)
    assert "6个省份有数据，达到要求的县所占比例均为100.0%。" in told(*[MET] * 6)


def test_only_what_the_scheme_asks_for_is_told(place: National) -> None:
    prose, shown = text.nation.conclusion(place), tables.nation.ranking(place)
    assert prose is not None and shown is not None
    asked = ("学校标准、各项差异系数", True) if place.scheme.school_rule else ("综合差异系数", False)
    assert f"只就资源配置（{asked[0]}）作出判定" in prose.text
    assert ("学校标准" in prose.text, "结论还取决于学校标准" in shown.html) == (asked[1], asked[1])


def test_a_county_that_cannot_be_judged_has_not_fallen_behind(place: National) -> None:
    before, now = (
        judged(place, [MET, MET, NOT_MET, OPEN, MET, OPEN]),
        judged(place, [OPEN, NOT_MET, MET, MET, MET, OPEN]),
    )
    prose = text.nation.change(replace(place, now=now, before=before))
    assert prose is not None
    told = prose.text
    assert "新达到2个（其中1个上年尚不能判定），不再达到2个（其中1个本年尚不能判定）。" in told


def test_unknown_provinces_and_years_are_refused(project: Path) -> None:
    assert [province_code(name) for name in ("内蒙古自治区", "45", "")] == ["15", "45", ""]
    for wrong in ("99", "450800", "某省"):
        with pytest.raises(CallError, match="没有“"):
            province_code(wrong)
    with pytest.raises(CallError, match="2031年"):
        open_nation(2031, "quality-2017", root=project)


def test_tiles_hold_every_province_once() -> None:
    codes = [code for code in figures.nation.TILES.split() if code != ".."]
    assert sorted(codes) == sorted(PROVINCES)


@pytest.mark.slow
def test_the_report_of_the_nation(project: Path) -> None:
    shutil.copytree(PROJECT / "notebooks", project / "notebooks", dirs_exist_ok=True)
    page = make(project, "000000-全国", 2020, "basic-2012", notebook="national")
    assert page == project / "reports" / "2020" / "000000-全国" / "national.html"
    html = page.read_text(encoding="utf-8")
    check_html(html)
    soup = BeautifulSoup(html, "html.parser")
    assert soup.title is not None and soup.title.text == "全国2020年义务教育基本均衡发展县域资源配置汇总报告"
    told = json.loads((page.parent / "assessment.json").read_text(encoding="utf-8"))
    assert len(told["counties"]) == COUNTIES and told["failed"] == []
    assert {row["verdict"] for row in told["counties"]} <= {"met", "not_met", "undetermined"}
    first = page.read_bytes()
    assert make(project, "000000-全国", 2020, "basic-2012", notebook="national").read_bytes() == first
