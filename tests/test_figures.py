"""Figures: their numbers are the assessment's, their texts name what fails, and nothing is cut off or overlaps."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.font_manager import FontProperties

import county as made
from edukit import figures, formats, gaps, style
from edukit.assess import assess
from edukit.case import Case, open_case
from edukit.figures import canvas, measuring, school_plan, wording
from edukit.figures.canvas import KeyEntry, Scale, Sheet
from edukit.schemes import load_scheme
from edukit.school_plan import plans as school_plans
from edukit.showing import Chart
from edukit.workbook import Workbook

QUALITY, BASIC = "quality-2017", "basic-2012"
LONG = "某某蒙古族自治县长营子镇中心完全小学东校区"
NO_BOOK = cast(Workbook, None)
MOST_PLANS = 8
"""Pages of single schools that are drawn of a county."""


def case_of(rows: list[made.Row] | pd.DataFrame, scheme: str = QUALITY, before: list[made.Row] | None = None) -> Case:
    policy = load_scheme(scheme)
    source = rows if isinstance(rows, pd.DataFrame) else made.frame(rows)
    now = assess(source, policy, code="210903", county="新邱区", year=2020)
    old = assess(made.frame(before), policy, code="210903", county="新邱区", year=2019) if before else None
    return Case(now=now, book=NO_BOOK, before=old)


def town() -> list[made.Row]:
    """Six schools that fall short in several ways: below the floor, between, in a split school, in a whole stage."""
    return [
        made.primary("城关小学", 600, urban_type="城区", backbone_teachers_primary=24),
        made.primary("河东小学", 350, urban_type="镇区", backbone_teachers_primary=1),
        made.primary("阿金歹小学", 168, urban_type="乡村", teaching_area=403 + 84, multimedia_rooms=3),
        made.primary("甲村小学", 64, urban_type="乡村", sports_field_area=2000.0, pe_arts_teachers_primary=0),
        made.junior("城关中学", 700, urban_type="城区", equipment_value=160.0, max_class_junior=56),
        made.nine_year("蒙古族学校", (320, 260), urban_type="镇区", multimedia_rooms=12),
    ]


def last_year() -> list[made.Row]:
    rows = town()
    rows[0] |= {"backbone_teachers_primary": 12}
    rows[5] |= {"equipment_value": 300.0}
    return rows


def large(count: int, names: str = "{kind}第{number}学校") -> list[made.Row]:
    """Many schools of all sizes and levels; the same on every run."""
    rng = np.random.default_rng(count)
    rows = []
    for number in range(count):
        level, pupils = rng.uniform(0.6, 1.5), int(np.exp(rng.normal(5.5, 0.9))) + 20
        build = (made.primary, made.junior, made.nine_year)[int(rng.integers(0, 4)) % 3]
        size: Any = (pupils, pupils // 2 + 5) if build is made.nine_year else pupils
        name = names.format(kind=("长营子镇", "王府镇", "伊吗图镇")[number % 3], number=number + 1)
        row = build(name, size, urban_type=("城区", "镇区", "乡村")[number % 3])
        for field in ("teaching_area", "sports_field_area", "equipment_value", "books", "backbone_teachers_primary"):
            if field in row:
                row[field] = float(round(row[field] * level * rng.uniform(0.5, 1.6)))
        rows.append(row)
    return rows


def with_blanks() -> list[made.Row]:
    rows = [{key: value for key, value in row.items() if key != "backbone_teachers_primary"} for row in town()]
    rows[0]["teaching_area"] = None
    rows[3]["urban_type"] = None
    rows[4]["pupils_junior"] = None
    return rows


def passing() -> list[made.Row]:
    return made.town()


COUNTIES: dict[str, Any] = {
    "town": lambda: case_of(town(), before=last_year()),
    "town-basic": lambda: case_of(town(), BASIC, last_year()),
    "one-school": lambda: case_of(town()[:1]),
    "no-junior": lambda: case_of(town()[:4]),
    "no-primary-basic": lambda: case_of([town()[4]], BASIC),
    "blanks": lambda: case_of(with_blanks(), before=last_year()),
    "blanks-basic": lambda: case_of(with_blanks(), BASIC),
    "passing": lambda: case_of(passing(), before=passing()),
    "alike-basic": lambda: case_of([made.primary("甲校", 400), made.primary("乙校", 400)], BASIC),
    "all-zero-basic": lambda: case_of([made.primary(name, 90, books=0) for name in ("甲校", "乙校")], BASIC),
    "tiny-and-huge": lambda: case_of([made.primary("甲校", 3), made.primary("乙校", 4900, equipment_value=0.0)]),
    "long-names": lambda: case_of([row | {"school_name": LONG + str(i)} for i, row in enumerate(town())]),
    "27-units": lambda: case_of(large(27), before=large(27)),
    "60-long": lambda: case_of(large(60, names="某某县{kind}第{number}中心完全小学校本部校区")),
    "60-basic": lambda: case_of(large(60), BASIC),
}


@dataclass(frozen=True)
class Drawn:
    """A chart and the sheet that it was made from."""

    name: str
    chart: Chart
    sheet: Sheet


@contextmanager
def watched() -> Iterator[list[Sheet]]:
    """The sheets behind the charts that are made inside the block."""
    seen: list[Sheet] = []
    finish = Sheet.chart

    def remember(self: Sheet, *args: Any, **given: Any) -> Chart:
        seen.append(self)
        return finish(self, *args, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sheet, "chart", remember)
        yield seen


@pytest.fixture(scope="module", params=list(COUNTIES))
def drawn(request: pytest.FixtureRequest) -> list[Drawn]:
    """Every chart of a county."""
    with watched() as seen:
        return [Drawn(name, chart, seen[-1]) for name, chart in charts(COUNTIES[request.param]())]


@pytest.fixture(scope="module")
def case() -> Case:
    return cast(Case, COUNTIES["town"]())


@pytest.fixture(scope="module")
def basic() -> Case:
    return cast(Case, COUNTIES["town-basic"]())


@pytest.fixture
def sheets() -> Iterator[list[Sheet]]:
    """The sheets behind the charts that a test makes."""
    with watched() as seen:
        yield seen


def charts(case: Case) -> Iterator[tuple[str, Chart]]:
    """Every chart of a case, with the name of its function and stage."""
    for name in figures.__all__:
        draw = getattr(figures, name)
        asked = inspect.signature(draw).parameters
        more: Iterable[tuple[Any, ...]] = [()]
        if "stage" in asked:
            more = [(stage,) for stage in case.now.stages]
        elif "plan" in asked:
            more = [(plan,) for plan in school_plans(case)[:MOST_PLANS]]
        for given in more:
            made_ = draw(case, *given)
            if made_ is not None:
                told = [text if isinstance(text, str) else text.name for text in given]
                yield " ".join([name, *told]), made_


def must(chart: Chart | None) -> Chart:
    assert chart is not None
    return chart


# ---- every figure of every county -----------------------------------------------------------------------------------


def test_every_chart_says_what_it_shows(drawn: list[Drawn]) -> None:
    for each in drawn:
        name, chart = each.name, each.chart
        assert chart.caption and not chart.caption.endswith("。"), name
        assert chart.alt.endswith("。"), name
        assert "nan" not in chart.alt + chart.caption, name
        assert chart.source == "数据来源：新邱区2020年学校数据（edukit 测算）"
        assert not chart.data.empty, name
        assert not chart.data.columns.has_duplicates, name
        assert chart.data.iloc[:, 0].notna().all(), name
        assert len(chart.svg) < 100_000, name


def test_texts_stay_on_the_sheet_and_apart(drawn: list[Drawn]) -> None:
    for each in drawn:
        name, sheet = each.name, each.sheet
        assert sheet.width in (canvas.WIDTH, school_plan.WIDTH)
        words = sorted(sheet.words, key=lambda word: word.y)
        assert words
        for i, word in enumerate(words):
            left, top, right, bottom = word.box
            assert min(left, top) >= 0 and right <= sheet.width and bottom <= sheet.height, f"{name}: {word.text} 出界"
            assert word.size >= measuring.SMALL, f"{name}: {word.text} 太小"
            for other in takewhile(lambda other, end=bottom: other.y < end + 0.2, words[i + 1 :]):
                a, b = word.box, other.box
                across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
                assert across < 0.005 or down < 0.01, f"{name}: “{word.text}”与“{other.text}”重叠"


@pytest.mark.parametrize("name", ["town", "blanks", "long-names"])
def test_pictures_can_be_drawn_too_and_no_glyph_is_missing(name: str, sheets: list[Sheet]) -> None:
    for _ in charts(COUNTIES[name]()):
        figure = sheets[-1].figure
        figure.set_dpi(40)
        with style.strict():
            FigureCanvasAgg(figure).draw()


@pytest.mark.parametrize("name", ["town", "town-basic", "blanks"])
def test_every_chart_is_the_same_on_every_run(name: str) -> None:
    first, second = ([(name, chart.svg) for name, chart in charts(COUNTIES[name]())] for _ in range(2))
    assert first == second


def test_two_hundred_schools_fit(sheets: list[Sheet]) -> None:
    case = case_of(large(200))
    for _, chart in charts(case):
        assert sheets[-1].height < 22
        assert len(chart.svg) < 200_000
    caption = must(figures.matrix(case, "primary")).caption
    units = int((case.now.units["stage"] == "primary").sum())
    assert f"共{units}个单位，图中为达标项数最少的40个" in caption


# ---- the numbers are the assessment's -------------------------------------------------------------------------------


def test_limits_show_every_coefficient(case: Case) -> None:
    data = must(figures.limits(case)).data
    balance = case.now.balance
    pd.testing.assert_series_equal(data["2020年差异系数"], balance["cv"], check_names=False)
    pd.testing.assert_series_equal(data["上限"], balance["cv_limit"], check_names=False)
    before = case.before.balance["cv"]  # type: ignore[union-attr]
    pd.testing.assert_series_equal(data["2019年差异系数"], before, check_names=False)


def test_limits_show_the_composite_first(basic: Case) -> None:
    data = must(figures.limits(basic)).data
    top = data.iloc[:2]
    assert list(top["指标"]) == ["综合差异系数"] * 2
    assert list(top["2020年差异系数"]) == list(basic.now.composite["cv"])
    assert list(top["上限"]) == list(basic.now.composite["limit"])
    assert list(data.iloc[2:]["2020年差异系数"]) == list(basic.now.balance["cv"])
    assert data.iloc[2:]["上限"].isna().all()
    assert set(data.iloc[2:]["结论"]) == {"不设上限"}


@pytest.mark.parametrize("scheme", [QUALITY, BASIC])
def test_the_matrix_shows_every_value(scheme: str) -> None:
    case = case_of(town(), scheme)
    data = must(figures.matrix(case, "primary")).data.set_index("学校")
    for cell in case.now.cells[case.now.cells["stage"] == "primary"].itertuples():
        indicator = case.scheme.indicator(str(cell.indicator))
        assert data.at[cell.school, f"{indicator.short}（{indicator.unit}）"] == cell.value


def test_the_matrix_has_the_worst_school_on_top(case: Case) -> None:
    data = must(figures.matrix(case, "primary")).data
    assert list(data["达标项数"]) == sorted(data["达标项数"])
    assert data["学校"].iloc[0] == "阿金歹小学"


def test_strips_show_ratios_to_the_standard(case: Case) -> None:
    data = must(figures.against_threshold(case, "primary")).data
    cells = case.now.cells[case.now.cells["stage"] == "primary"]
    np.testing.assert_array_equal(data["数值"], cells["value"])
    np.testing.assert_array_equal(data["相当于标准"], cells["value"] / cells["threshold"])


def test_contributions_add_up_to_the_whole(case: Case) -> None:
    data = must(figures.contributions(case, "primary")).data
    sums = data.groupby("指标")["占方差的比重"].sum()
    np.testing.assert_allclose(sums, 1)
    cell = made.cell(case.now, "阿金歹小学", "Q4")
    total = made.balance(case.now, "Q4")["cv"] ** 2
    shown = data[(data["学校"] == "阿金歹小学") & data["指标"].str.startswith("教学及辅助用房")]["占方差的比重"].iloc[0]
    assert shown == pytest.approx(cell["contribution"] / total)


def test_places_show_ratios_of_sums(case: Case) -> None:
    data = must(figures.urban_rural(case)).data
    row = data[
        (data["指标"].str.startswith("网络多媒体教室")) & (data["学段"] == "小学") & (data["城乡类型"] == "乡村")
    ]
    rural = case.now.cells[case.now.cells["school"].isin(["阿金歹小学", "甲村小学"])]
    rural = rural[rural["indicator"] == "Q7"]
    assert row["平均"].iloc[0] == pytest.approx(rural["resource"].sum() * 100 / rural["pupils"].sum())
    assert row["学校数"].iloc[0] == 2


def test_shortfalls_add_up_to_the_totals(case: Case) -> None:
    data = must(figures.shortfalls(case)).data
    totals = gaps.totals(case.gaps).set_index("indicator")["amount"]
    short = {indicator.id: indicator.short for indicator in case.scheme.indicators}
    for id_, amount in totals.items():
        assert data.loc[data["指标"] == short[str(id_)], "缺口"].sum() == pytest.approx(amount)


def test_a_shared_resource_is_missing_once_per_school(case: Case) -> None:
    data = must(figures.shortfalls(case)).data
    rooms = data[data["指标"] == "网络多媒体教室"]
    assert list(rooms["学校"]).count("蒙古族学校（全校）") == 1
    assert not rooms["学校"].str.contains("蒙古族学校（小学）").any()
    need = case.gaps[(case.gaps["school"] == "蒙古族学校") & (case.gaps["indicator"] == "Q7")]
    assert rooms.loc[rooms["学校"] == "蒙古族学校（全校）", "缺口"].iloc[0] == need["school_to_threshold"].max()


def test_counts_are_those_of_the_schools(case: Case) -> None:
    data = must(figures.met_counts(case)).data
    schools = case.now.schools
    for row in data.itertuples():
        stage = {"小学": "primary", "初中": "junior"}[row.学段]
        here = schools[(schools["stage"] == stage) & (schools["n_met"] == int(row.达标项数.removesuffix("项")))]
        assert row.学校数 == len(here)
    assert data["学校数"].sum() == len(schools)


def test_sizes_add_the_stages_of_a_school(case: Case) -> None:
    data = must(figures.sizes(case)).data.set_index("学校")
    assert data.at["蒙古族学校", "在校生合计"] == 580
    assert data.at["蒙古族学校", "规模上限"] == 2500
    assert data.at["城关中学", "初中最大班额"] == 56
    assert math.isnan(data.at["城关中学", "小学在校生"])


def test_unknown_pupils_leave_a_schools_size_unknown() -> None:
    data = must(figures.sizes(case_of(with_blanks()))).data.set_index("学校")
    assert math.isnan(data.at["城关中学", "在校生合计"])


# ---- texts name what fails ------------------------------------------------------------------------------------------


def test_limits_name_each_coefficient_above_its_limit(case: Case) -> None:
    alt = must(figures.limits(case)).alt
    over = case.now.balance[case.now.balance["verdict"] == "not_met"]
    assert len(over)
    for row in over.itertuples():
        assert f"{case.scheme.indicator(row.indicator).short}{formats.cv(row.cv, row.cv_limit)}超过上限" in alt


def test_the_matrix_names_failing_schools(case: Case) -> None:
    alt = must(figures.matrix(case, "primary")).alt
    failing = case.now.schools[(case.now.schools["verdict"] == "not_met") & (case.now.schools["stage"] == "primary")]
    assert len(failing)
    for row in failing.itertuples():
        assert f"{row.school}（达标{row.n_met}项）" in alt


def test_strips_show_only_what_has_a_standard(root: Path, sheets: list[Sheet]) -> None:
    """Under the rules of 2012 four of nine indicators have one here, a county's own; none may be below it."""
    data = must(figures.against_threshold(open_case("450802", 2022, "basic-2012", root), "primary")).data
    assert data["指标"].nunique() == 4
    assert data["标准"].notna().all()
    texts = [word.text for word in sheets[-1].words]
    assert not [text for text in texts if text.startswith(("达标 0/", "标准的"))]


def test_strips_name_schools_below_the_standard(case: Case) -> None:
    alt = must(figures.against_threshold(case, "primary")).alt
    below = case.now.cells[(case.now.cells["stage"] == "primary") & (case.now.cells["verdict"] == "not_met")]
    assert len(below)
    for row in below.itertuples():
        assert f"{row.school}{wording.share_text(row.value / row.threshold)}" in alt


def test_strips_write_the_names_beside_the_dots(case: Case, sheets: list[Sheet]) -> None:
    figures.against_threshold(case, "primary")
    written = {word.text for word in sheets[-1].words}
    assert {"阿金歹小学", "河东小学", "甲村小学"} <= written
    assert "城关小学" not in written


def test_shortfalls_name_amounts_and_schools(case: Case) -> None:
    alt = must(figures.shortfalls(case)).alt
    assert "教学及辅助用房共缺353㎡（阿金歹小学）" in alt


def test_sizes_name_classes_above_the_limit(case: Case) -> None:
    assert "最大班额超过上限的有城关中学（初中56人）" in must(figures.sizes(case)).alt


def test_change_counts_up_and_down(case: Case) -> None:
    alt = must(figures.before_after(case)).alt
    change = case.now.balance["cv"] - case.before.balance["cv"]  # type: ignore[union-attr]
    primary = change[case.now.balance["stage"] == "primary"]
    assert f"小学7项差异系数中{(primary < 0).sum()}项比上年下降，{(primary > 0).sum()}项上升" in alt


def test_all_passed_is_said_plainly() -> None:
    case = case_of(passing())
    assert "均不超过上限" in must(figures.limits(case)).alt
    assert "所学校均达标" in must(figures.matrix(case, "primary")).alt
    assert "均达到标准" in must(figures.against_threshold(case, "primary")).alt


def test_unknown_is_neither_passed_nor_failed() -> None:
    case = case_of(with_blanks())
    chart = must(figures.limits(case))
    assert "县级以上骨干教师缺数据无法判定" in chart.alt
    row = chart.data[(chart.data["指标"] == "县级以上骨干教师") & (chart.data["学段"] == "小学")].iloc[0]
    assert math.isnan(row["2020年差异系数"])
    assert row["结论"] == "无法判定"
    assert "项次缺数据" in must(figures.against_threshold(case, "primary")).alt
    places = must(figures.urban_rural(case))
    assert "1所学校未填城乡类型" in places.caption
    town_level = places.data[places.data["指标"].str.startswith("县级以上骨干教师") & (places.data["学段"] == "小学")]
    assert town_level["平均"].isna().all()


def test_a_value_just_below_its_limit_does_not_look_equal() -> None:
    rows = [made.primary("甲校", 10000, backbone_teachers_primary=9999 // 100, max_class_primary=40)]
    case = case_of(rows)
    assert "99%" in must(figures.against_threshold(case, "primary")).alt
    assert wording.share_text(0.99999) == "99.999%"


# ---- nothing to draw ------------------------------------------------------------------------------------------------


def test_without_a_year_before_there_is_no_change() -> None:
    assert figures.before_after(case_of(town())) is None


def test_one_school_has_no_inequality_and_no_town_and_country() -> None:
    case = case_of(town()[:1])
    assert figures.contributions(case, "primary") is None
    assert figures.urban_rural(case) is None


def test_a_stage_without_units_has_no_figures() -> None:
    case = case_of(town()[:4])
    assert case.now.stages == ("primary",)
    for draw in (figures.matrix, figures.against_threshold, figures.contributions):
        assert draw(case, "junior") is None


def test_nothing_missing_is_no_figure() -> None:
    assert figures.shortfalls(case_of(passing())) is None


def test_a_scheme_without_thresholds_counts_nothing(basic: Case) -> None:
    assert figures.met_counts(basic) is None
    assert figures.shortfalls(basic) is None


def test_without_any_unit_there_are_no_figures() -> None:
    special = [{"school_name": "特校", "school_type": "特殊教育学校", "pupils_primary": 30}]
    assert list(charts(case_of(special))) == []


def test_schools_that_are_all_alike_have_no_contributions() -> None:
    case = case_of([made.primary("甲校", 400), made.primary("乙校", 400)])
    assert figures.contributions(case, "primary") is None


# ---- measuring, wrapping, scales ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["差异系数", "0.5002 √", LONG, "A↑41%", "教学及辅助用房（㎡/生）", "i l W ≥4.2"])
@pytest.mark.parametrize("size", [9.0, 10.5])
def test_widths_are_those_that_are_drawn(text: str, size: float) -> None:
    canvas.prepare()
    figure = Sheet(2.0).figure
    figure.set_dpi(720)
    renderer = FigureCanvasAgg(figure).get_renderer()
    width, _, _ = renderer.get_text_width_height_descent(text, FontProperties(size=size), False)
    assert measuring.measure(text, size) == pytest.approx(width / 720, rel=0.04, abs=0.02)


def test_wrapping_keeps_every_character_where_there_is_room() -> None:
    broken = measuring.wrap(LONG, 1.6)
    assert broken.replace("\n", "") == LONG
    assert measuring.measure(broken) <= 1.6
    first, second = broken.split("\n")
    assert abs(len(first) - len(second)) <= 1


def test_wrapping_keeps_a_bracket_together() -> None:
    assert measuring.wrap("新邱区第二初级中学（构造）", 1.4) == "新邱区第二初级中学\n（构造）"


def test_a_name_beyond_all_room_loses_its_middle() -> None:
    broken = measuring.wrap(LONG * 3, 1.2)
    assert broken.startswith(LONG[:4]) and broken.endswith(LONG[-4:])
    assert "…" in broken
    assert measuring.measure(broken) <= 1.2


@pytest.mark.parametrize(("high", "most", "steps"), [(1, 4, [0, 0.25, 0.5, 0.75, 1]), (0.3, 4, [0, 0.1, 0.2, 0.3])])
def test_steps_are_round(high: float, most: int, steps: list[float]) -> None:
    assert Scale(0, high, 0, 1).steps(most) == steps


def test_a_key_breaks_into_lines() -> None:
    entry = KeyEntry("bar", "#000000", "未达标，不低于标准的85%")
    assert canvas.key_height([]) == 0
    assert canvas.key_height([entry] * 6) > canvas.key_height([entry])


def test_drawing_leaves_no_figure_open() -> None:
    from matplotlib import pyplot

    list(charts(case_of(town()[:4])))
    assert not pyplot.get_fignums()


def test_schemes_with_several_limits_name_each(
    case: Case, monkeypatch: pytest.MonkeyPatch, sheets: list[Sheet]
) -> None:
    limits = case.now.balance["cv_limit"].copy()
    limits.iloc[0] = 0.3
    frame = case.now.balance.assign(cv_limit=limits)
    monkeypatch.setitem(case.now.__dict__, "balance", frame)
    figures.limits(case)
    texts = [word.text for word in sheets[-1].words]
    assert any("（限0.30）" in text for text in texts)
    assert sum(bool(re.fullmatch(r"上限0\.\d+", text)) for text in texts) == 1
