"""The improvement report: its numbers are those of the modules below, and every county gets its say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import county as made
import test_figures as shown
from edukit import figures, school_plans, tables, text
from edukit.batch.made import fingerprint
from edukit.batch.plan import from_data
from edukit.errors import CallError
from edukit.figures.improvement.money import by_indicator
from edukit.figures.improvement.roadmap import steps
from edukit.improvement import AHEAD, NEAR, Improvement, margins, open_improvement
from edukit.plan import plan
from edukit.text.improvement.risks import newly
from edukit.verdict import Verdict
from test_figures import (  # the same is asked of these figures as of the others
    test_every_chart_says_what_it_shows,  # noqa: F401
    test_texts_stay_on_the_sheet_and_apart,  # noqa: F401
)

QUALITY, BASIC = "quality-2017", "basic-2012"
TABLES = "actions ahead coefficients_near convergence costs roadmap unit_costs".split()
LIMITS = "limits: {Q2: 0, Q7: 0}\nclosed: [{school: 阿金歹小学, indicator: Q4}]\n"


@dataclass(frozen=True)
class County:
    """Years of a made-up county, and how its improvement is asked for."""

    years: Mapping[int, list[made.Row]]
    scheme: str = QUALITY
    how: Mapping[str, Any] = field(default_factory=dict)
    costs: str = ""


def grown(rows: list[made.Row], by: float, **more: Any) -> list[made.Row]:
    """The schools with more or fewer pupils and all else as it is."""
    return [
        {name: round(value * by) if name.startswith("pupils_") else value for name, value in row.items()} | more
        for row in rows
    ]


def by_grade(pupils: int) -> dict[str, int]:
    """Six grades that make up the pupils of a primary school."""
    each, rest = divmod(pupils, 6)
    return {f"grade{number}_primary": each + (number <= rest) for number in range(1, 7)}


def graded(pupils: int) -> list[made.Row]:
    return [made.primary("甲小学", pupils, **by_grade(pupils)), made.primary("乙小学", 300, **by_grade(300))]


def with_blanks() -> list[made.Row]:
    rows = [{key: value for key, value in row.items() if key != "backbone_teachers_primary"} for row in shown.town()]
    return [rows[0] | {"teaching_area": None, "indoor_sports_area": None}, *rows[1:]]


TOWN = {2018: shown.last_year(), 2019: shown.last_year(), 2020: shown.town()}
COUNTIES = {
    "town": County(TOWN),
    "full": County(TOWN, how={"target": "full", "years": 5}),
    "budget": County(TOWN, how={"budget": 60, "years": 2}),
    "impossible": County(TOWN, costs=LIMITS),
    "basic": County(TOWN, BASIC),
    "one-year": County({2020: shown.town()}),
    "one-school": County({2019: shown.town()[:1], 2020: shown.town()[:1]}),
    "no-junior": County({2020: shown.town()[:4]}),
    "blanks": County({2019: shown.last_year(), 2020: with_blanks()}),
    "passing": County({2019: made.town(), 2020: made.town()}),
    "passing-basic": County({2020: made.town()}, BASIC),
    "growing": County({2018: grown(made.town(), 0.84), 2019: grown(made.town(), 0.92), 2020: made.town()}),
    "grades": County({2019: graded(600), 2020: graded(630)}),
    "long-names": County({2020: [row | {"school_name": shown.LONG + str(i)} for i, row in enumerate(shown.town())]}),
    "60-schools": County({2020: shown.large(60, names="某某县{kind}第{number}中心完全小学校本部校区")}),
}


def opened(root: Path, county: County) -> Improvement:
    folder = root / "data" / "raw" / "210903-新邱区"
    for year, rows in county.years.items():
        made.write_xlsx(folder / f"{year}.xlsx", {"学校": made.table(rows)})
    if county.costs:
        (folder / "costs.yaml").write_text(county.costs, encoding="utf-8")
    return open_improvement("210903", max(county.years), county.scheme, **county.how, root=root)


OPEN: dict[str, Improvement] = {}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("improvement")


def of(root: Path, name: str) -> Improvement:
    if name not in OPEN:
        OPEN[name] = opened(root / name, COUNTIES[name])
    return OPEN[name]


@pytest.fixture(scope="module", params=list(COUNTIES))
def each(request: pytest.FixtureRequest, root: Path) -> Improvement:
    return of(root, request.param)


@pytest.fixture(scope="module")
def drawn(each: Improvement) -> list[shown.Drawn]:
    """Every chart of a county's improvement."""
    with shown.watched() as seen:
        charts = [(name, getattr(figures.improvement, name)(each)) for name in figures.improvement.__all__]
        return [shown.Drawn(name, chart, sheet) for (name, chart), sheet in _paired(charts, seen)]


def _paired(charts: list[tuple[str, Any]], sheets: list[Any]) -> list[tuple[tuple[str, Any], Any]]:
    drawn = [one for one in charts if one[1] is not None]
    return list(zip(drawn, sheets, strict=True))


def words(thing: Any) -> str:
    return str(getattr(thing, "text", "") or getattr(thing, "alt", ""))


# ---- every county ---------------------------------------------------------------------------------------------------


def test_every_piece_of_every_county(each: Improvement) -> None:
    pieces = [getattr(text.improvement, name) for name in text.improvement.__all__]
    said = [piece(each) for piece in pieces]
    assert all(thing is not None for thing in said)  # no chapter is left without a sentence
    said += [getattr(tables.improvement, name)(each) for name in TABLES]
    for thing in filter(None, said):
        for wrong in ("nan", "None", "inf", "。。", "；。", "：。"):
            assert wrong not in words(thing).lower(), words(thing)


def test_no_more_than_ten_figures(each: Improvement, drawn: list[shown.Drawn]) -> None:
    others = [figures.met_counts(each.case), figures.limits(each.case), figures.years.coefficients(each.watch)]
    assert len(drawn) + len([chart for chart in others if chart is not None]) <= 10


def test_the_plan_is_the_least_for_its_target(each: Improvement) -> None:
    assert set(each.least) == ({"pass", "full"} if each.now.scheme.school_rule else {"pass"})
    if "full" in each.least and each.least["full"].feasible:
        assert each.least["pass"].cost <= each.least["full"].cost * (1 + 1e-5)
    if each.budget is None:
        assert each.plan is each.least[each.target]


# ---- what is asked for ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "part"),
    [({"target": "best"}, "pass（"), ({"years": 0}, "1 至 30"), ({"years": 31}, "31"), ({"budget": -1}, "不小于 0")],
)
def test_a_wrong_call_is_refused_before_anything_is_read(tmp_path: Path, how: dict[str, Any], part: str) -> None:
    with pytest.raises(CallError, match=part):
        open_improvement("无此县", 2020, QUALITY, **how, root=tmp_path)


def test_a_budget_that_suffices_changes_nothing_and_one_that_does_not_is_kept(root: Path) -> None:
    small = of(root, "budget")
    assert not small.plan.feasible and small.plan.cost <= 600_000 < small.least["pass"].cost
    assert "预算60.00万元不足以全部达标" in words(text.improvement.roadmap(small))
    large = opened(root / "rich", County(TOWN, how={"budget": 10_000}))
    assert large.plan is large.least["pass"]


def test_a_county_has_costs_of_its_own(root: Path) -> None:
    cheap = opened(root / "cheap", County(TOWN, costs="Q4: 1500\nQ7: 15000\n"))
    usual = of(root, "town")
    assert cheap.costs_given and not usual.costs_given
    assert cheap.least["pass"].cost < usual.least["pass"].cost
    assert "1,500元/㎡" in words(tables.improvement.unit_costs(cheap))
    assert "本县" in words(text.improvement.costs(cheap))


def test_costs_are_part_of_what_a_batch_looks_at(tmp_path: Path) -> None:
    opened(tmp_path, COUNTIES["one-school"])
    (tmp_path / "notebooks").mkdir()
    notebook = Path(__file__).resolve().parent.parent / "notebooks" / "improvement.ipynb"
    (tmp_path / "notebooks" / notebook.name).write_bytes(notebook.read_bytes())
    task = from_data(tmp_path, notebook="improvement", scheme=QUALITY, year=2020)[0]
    before = fingerprint(task, tmp_path)
    (tmp_path / "data" / "raw" / "210903-新邱区" / "costs.yaml").write_text("Q4: 10\n", encoding="utf-8")
    after = fingerprint(task, tmp_path)
    assert {part for part in after if after[part] != before[part]} == {"costs"}


# ---- what is missing is said ----------------------------------------------------------------------------------------


def test_one_year_says_what_to_put_where(root: Path) -> None:
    alone = of(root, "one-year")
    assert alone.movement is None and alone.convergence is None
    assert "data/raw/210903-新邱区/2019.xlsx" in words(text.improvement.moved(alone))
    assert "只有2020年的数据" in words(text.improvement.converging(alone))
    told = words(text.improvement.ahead(alone))
    assert "不能判断" in told and "填写各年级在校生数" in told
    assert figures.improvement.movement(alone) is None and figures.improvement.enrolment(alone) is None


def test_a_county_that_passes_is_told_to_keep_it_and_gets_no_workbook(root: Path) -> None:
    passed = of(root, "passing")
    assert passed.plan.actions.empty and passed.plan.cost == 0
    assert "防止反弹" in words(text.improvement.summary(passed))
    assert "没有需要安排的措施" in words(text.improvement.actions(passed))
    assert figures.improvement.costs(passed) is None and figures.improvement.roadmap(passed) is None
    assert school_plans(passed) is None


def test_an_impossible_plan_says_which_limit_must_give(root: Path) -> None:
    stuck = of(root, "impossible")
    assert not stuck.plan.feasible and math.isnan(stuck.plan.cost)
    for piece in (text.improvement.summary, text.improvement.costs, text.improvement.roadmap):
        assert "阿金歹小学的教学及辅助用房" in words(piece(stuck)), piece
    assert "放宽 data/raw/210903-新邱区/costs.yaml" in words(text.improvement.actions(stuck))
    assert school_plans(stuck) is None


def test_blanks_leave_the_end_open(root: Path) -> None:
    open_ = of(root, "blanks")
    assert open_.plan.verdict_after is not Verdict.MET
    assert "补齐后" in words(text.improvement.costs(open_))
    assert "缺数据，不能计算" in words(text.improvement.standing(open_))


def test_a_scheme_without_school_standards_says_so(root: Path) -> None:
    basic = of(root, "basic")
    assert margins(basic).empty
    assert "没有载入逐校标准" in words(text.improvement.fragile(basic))
    assert "综合差异系数" in words(tables.improvement.coefficients_near(basic))


# ---- the numbers ----------------------------------------------------------------------------------------------------


def test_margins_by_hand(root: Path) -> None:
    # 城关小学: 600 pupils, six teachers of sport and art. The floor asks for 0.85 x 0.9 x 6 = 4.59; five are left after
    # one has gone, four after two. Teachers with a higher degree: 36 - 2 = 34 of 25.2; backbone: 8 - 2 = 6 of 6.
    rows = margins(of(root, "passing")).set_index("unit")
    row = rows.loc[0]
    assert (row["pupils"], row["gone"], row["broken_gone"]) == (600, 2, ("Q3",))
    assert row["gone_share"] == 2 / 54 and row["thin"] == min(row["pupils_share"], row["gone_share"])
    assert list(rows["thin"]) == sorted(rows["thin"])
    more = int(row["more_pupils"])
    for extra, verdict in ((more - 1, "met"), (more, "not_met")):
        town = made.town()
        town[0]["pupils_primary"] = 600 + extra
        assert made.unit(made.judge(town), "城关小学")["verdict"] == verdict
    chart = figures.improvement.margins(of(root, "passing"))
    assert chart is not None
    assert chart.data["增加学生至不达标"].tolist() == rows["more_pupils"].tolist()
    thin = int((rows["thin"] < NEAR).sum())
    assert f"余量不到5%的有{thin}个" in words(text.improvement.fragile(of(root, "passing")))


def test_what_fails_first_is_the_year_in_which_the_pupils_have_come(root: Path) -> None:
    growing = of(root, "growing")
    rows = newly(growing)
    assert len(rows) and set(rows["verdict"]) == {"met"}
    enrolment = growing.projected.enrolment
    for row in rows[rows["kind"] == "unit"].to_dict("records"):
        number = growing.now.units.index[
            (growing.now.units["row"] == row["row"]) & (growing.now.units["stage"] == row["stage"])
        ][0]
        if growing.now.units.at[number, "share"] < 1:
            continue  # there the pupils of the other stage grow too
        limit = margins(growing).set_index("unit").at[number, "more_pupils"] + growing.now.units.at[number, "pupils"]
        own = enrolment[(enrolment["row"] == row["row"]) & (enrolment["stage"] == row["stage"])]
        assert row["first_high"] == own.loc[own["high"] > limit - 1, "year"].min()
    assert f"{rows['earliest'].min():.0f}年最早可能不再达到" in words(text.improvement.summary(growing))
    assert words(tables.improvement.ahead(growing)).count("年\t") >= len(rows)


def test_grades_make_the_projection(root: Path) -> None:
    graded_ = of(root, "grades")
    assert set(graded_.projected.enrolment["method"]) == {"cohort"}
    told = words(text.improvement.ahead(graded_))
    assert "按分年级人数" in told and "填写各年级" not in told
    chart = figures.improvement.enrolment(graded_)
    assert chart is not None and chart.data["年度"].tolist() == [str(year) for year in range(2019, 2021 + AHEAD)]
    assert (chart.data["低值"] <= chart.data["高值"]).all()
    assert chart.data["低值"].tolist()[:2] == [900, 930]


def test_costs_by_indicator_sum_to_those_of_the_plan(root: Path) -> None:
    town = of(root, "town")
    rows = by_indicator(town)
    for target, made_ in town.least.items():
        assert rows.loc[rows["target"] == target, "cost"].sum() == pytest.approx(made_.cost)
    assert "合计" in words(tables.improvement.costs(town))


def test_the_roadmap_begins_today_and_ends_with_what_the_plan_brings(root: Path) -> None:
    town = of(root, "full")
    rows = steps(town)
    assert rows["year"].tolist() == list(range(2020, 2026))
    assert rows.iloc[0]["verdict"] == town.now.resource_verdict.value
    assert rows.iloc[-1]["verdict"] == town.plan.verdict_after.value == "met"
    assert rows["cost"].sum() == pytest.approx(town.plan.cost)
    assert town.plan.cost == plan(town.now, full=True, years=5).cost


def test_shares_of_a_coefficient_are_those_of_its_square(root: Path) -> None:
    town = of(root, "town")
    chart = figures.improvement.drivers(town)
    assert chart is not None
    name = chart.data["指标"].iloc[0]
    stage, short = ("primary", name.removeprefix("小学")) if name.startswith("小学") else ("junior", name[2:])
    id_ = next(i.id for i in town.case.scheme.indicators if i.short == short)
    cells = town.now.cells[(town.now.cells["stage"] == stage) & (town.now.cells["indicator"] == id_)]
    total = made.balance(town.now, id_, stage)["cv"] ** 2
    largest = cells["contribution"].sort_values(ascending=False).head(len(chart.data[chart.data["指标"] == name]))
    assert chart.data.loc[chart.data["指标"] == name, "占差异的比重"].tolist() == pytest.approx(
        (largest / total).tolist()
    )


def test_parts_sum_to_the_whole(root: Path) -> None:
    town = of(root, "town")
    moved, places = figures.improvement.movement(town), figures.improvement.places(town)
    assert moved is not None and places is not None
    causes = [column for column in moved.data if column.startswith("其中")]
    assert moved.data[causes].sum(axis=1).tolist() == pytest.approx(moved.data["变化"].tolist(), abs=1e-12)
    assert places.data[["城乡之间", "同类地区的学校之间"]].sum(axis=1).tolist() == pytest.approx(
        places.data["差异系数的平方"].tolist()
    )
    assert places.data["差异系数的平方"].pow(0.5).tolist() == pytest.approx(
        [made.balance(town.now, row.indicator, row.stage)["cv"] for row in town.split.itertuples()]
    )
