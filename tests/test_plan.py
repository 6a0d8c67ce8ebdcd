"""The cheapest repair: against plans made by hand and by trying everything, and checked by ``assess`` itself."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county import Row, frame, from_json, judge, junior, nine_year, primary, town
from edukit.assess import Assessment, assess
from edukit.changes import apply
from edukit.cli import main
from edukit.dispersion import coefficient
from edukit.errors import CallError
from edukit.plan import Plan, as_text, load_costs, plan
from edukit.schemes import load_scheme
from edukit.verdict import Verdict

QUALITY = load_scheme("quality-2017")


def planned(rows: list[Row], eligible: int | None = None, costs: Path | None = None, **how: Any) -> Plan:
    county = pd.DataFrame({"rot_eligible": [eligible]}, index=[2020], dtype=float)
    sheets = {} if eligible is None else {"县级": county.rename_axis("year").reset_index()}
    now = judge(rows, year=2020, sheets=sheets)
    return plan(now, load_costs(now.scheme, costs), **how)


def cost_file(folder: Path, text: str) -> Path:
    path = folder / "costs.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def lines(made: Plan) -> list[tuple[str, str, str, int]]:
    rows = made.actions.to_dict("records")
    return [(row["school"], row["indicator"], row["kind"], row["quantity"]) for row in rows]


def after(made: Plan) -> Assessment:
    schools = made.before.source
    for year in made.changes:
        schools = apply(schools, year)
    return assess(schools, made.before.scheme)


def still_passes_with_less(made: Plan) -> list[str]:
    """The changes that could be left out, whole or by one unit, without the county failing."""
    changes = [change for year in made.changes for change in year]
    idle = []
    for k, change in enumerate(changes):
        one = 0.0001 if change.field == "equipment_value" else 1.0
        for amount in {change.amount, one}:
            fewer = [*changes[:k], replace(change, amount=round(change.amount - amount, 4)), *changes[k + 1 :]]
            result = assess(apply(made.before.source, fewer), made.before.scheme)
            if result.resource_verdict is Verdict.MET:
                idle.append(f"{change} - {amount}")
    return idle


def test_nothing_is_planned_where_nothing_is_wrong() -> None:
    made = planned(town())
    assert made.feasible
    assert (made.cost, made.optimality_gap, len(made.actions)) == (0, 0, 0)
    assert made.verdict_after is Verdict.MET


def test_one_indicator_may_stay_at_the_floor_and_the_dearer_one_does() -> None:
    # 400 pupils. Q4 lacks 400 ㎡ (3.5 of 4.5), 130 ㎡ to the floor of 3.825; Q7 lacks 2 rooms (8 of 9.2), above 7.82.
    short = primary("乙小学", 400, teaching_area=1600.0, indoor_sports_area=200.0, multimedia_rooms=8)
    made = planned([*town(), short])
    assert lines(made) == [("乙小学", "Q4", "build", 130), ("乙小学", "Q7", "buy", 2)]
    assert made.cost == 130 * 3000 + 2 * 30_000
    full = planned([*town(), short], full=True)
    assert lines(full) == [("乙小学", "Q4", "build", 400), ("乙小学", "Q7", "buy", 2)]
    assert full.cost == 400 * 3000 + 2 * 30_000


def test_a_nine_year_school_is_one_building() -> None:
    # 300 and 200 pupils, weights 1 and 1.1: the junior section, 5.8 x 200 ÷ (220/520) = 2741.8, binds.
    school = nine_year("九年制学校", (300, 200), teaching_area=2500.0, indoor_sports_area=0.0)
    made = planned([*town(), school], full=True)
    assert lines(made) == [("九年制学校", "Q4", "build", 242)]
    assert made.actions["stage"].tolist() == [""]


def test_equipment_is_bought_to_the_yuan() -> None:
    made = planned([*town(), primary("乙小学", 300, equipment_value=59.9999)], full=True)
    assert lines(made) == [("乙小学", "Q6", "buy", 1)]
    assert (made.cost, made.verdict_after) == (1, Verdict.MET)


def test_teachers_move_where_that_is_cheaper_and_nobody_is_pushed_below(tmp_path: Path) -> None:
    enough = {"backbone_teachers_primary": 12, "pe_arts_teachers_primary": 20, "higher_degree_teachers_primary": 80}
    rows = [primary("甲小学", 1000, **enough), primary("乙小学", 300, backbone_teachers_primary=0)]
    made = planned([*rows, junior()], eligible=50, full=True)
    assert sorted(lines(made)) == [("乙小学", "Q2", "hire", 1), ("乙小学", "Q2", "move", 2)]  # 甲 needs 10 of its 12
    assert made.actions.set_index("kind").at["move", "from_school"] == "甲小学"
    assert made.cost == 120_000 + 2 * 8_000
    capped = planned([*rows, junior()], eligible=19, full=True)  # 10 % of 19: one
    assert sorted(lines(capped)) == [("乙小学", "Q2", "hire", 2), ("乙小学", "Q2", "move", 1)]
    unknown = planned([*rows, junior()], full=True)
    assert lines(unknown) == [("乙小学", "Q2", "hire", 3)]
    assert any("没有安排教师交流" in note for note in unknown.notes)
    own = cost_file(tmp_path, "settings: {rotation_share: 0}")
    assert lines(planned([*rows, junior()], eligible=50, costs=own, full=True)) == [("乙小学", "Q2", "hire", 3)]


def test_the_coefficient_is_brought_within_its_limit_for_the_least_that_trying_everything_finds() -> None:
    rows = [
        primary("甲小学", 100, multimedia_rooms=14),
        primary("乙小学", 200, multimedia_rooms=5),
        primary("丙小学", 300, multimedia_rooms=7),
        junior(),
    ]
    made = planned(rows)
    best = math.inf
    for extra in itertools.product(range(14), repeat=3):
        rooms = [row["multimedia_rooms"] + more for row, more in zip(rows[:3], extra, strict=True)]
        if sum(extra) < best and coefficient(rooms, [100, 200, 300]) <= 0.51:
            tried = [{**row, "multimedia_rooms": room} for row, room in zip(rows[:3], rooms, strict=True)]
            if judge([*tried, junior()]).resource_verdict is Verdict.MET:
                best = sum(extra)
    assert made.cost == best * 30_000
    assert made.verdict_after is Verdict.MET
    assert made.optimality_gap == 0
    assert made.actions["quantity"].sum() > 2  # thresholds and floors alone ask for less


COUNTY = st.lists(
    st.tuples(
        st.integers(60, 900), *(st.floats(0.5, 1.6) for _ in range(7)), st.sampled_from(["primary", "junior", "nine"])
    ),
    min_size=2,
    max_size=4,
)


def made_up(parts: list[tuple[Any, ...]]) -> list[Row]:
    rows = []
    for number, (pupils, *shares, kind) in enumerate(parts):
        name = f"第{number}学校"
        row = (
            {"primary": primary, "junior": junior}[kind](name, pupils)
            if kind != "nine"
            else nine_year(name, (pupils, 150))
        )
        for share, field in zip(
            shares,
            "higher_degree_teachers backbone_teachers pe_arts_teachers teaching_area sports_field_area equipment_value "
            "multimedia_rooms".split(),
            strict=True,
        ):
            for key in [key for key in row if key.startswith(field)]:
                row[key] = (
                    round(row[key] * share) if "teachers" in key or "rooms" in key else round(row[key] * share / 1.7, 2)
                )
        rows.append(row)
    return rows


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(COUNTY)
def test_the_repaired_county_passes_and_needs_every_unit_of_it(parts: list[tuple[Any, ...]]) -> None:
    rows = made_up(parts)
    made, full = planned(rows, eligible=60, seconds=5), planned(rows, eligible=60, full=True, seconds=5)
    assert made.feasible and full.feasible
    assert after(made).resource_verdict is made.verdict_after is Verdict.MET
    assert (after(full).cells["verdict"] != Verdict.NOT_MET.value).all()
    assert made.cost <= full.cost * (1 + 1e-5)
    assert still_passes_with_less(made) == []


def test_a_budget_brings_as_many_units_to_standard_as_trying_every_choice() -> None:
    short = {"甲": 2, "乙": 5, "丙": 1, "丁": 4}  # rooms that each lacks below its floor
    rows = [
        primary(f"{name}小学", 400, multimedia_rooms=10 - lacking - 1, pe_arts_teachers_primary=3)
        for name, lacking in short.items()
    ]
    alone = {name: planned([row, *town()]).cost for name, row in zip(short, rows, strict=True)}
    for budget in (0, 150_000, 330_000, 700_000):
        made = planned([*rows, *town()], budget=budget)
        assert made.cost <= budget
        fits = [
            len(c) for n in range(5) for c in itertools.combinations(alone, n) if sum(alone[x] for x in c) <= budget
        ]
        assert (made.verdicts["after"] == "met").sum() - (made.verdicts["before"] == "met").sum() == max(fits)
        assert made.feasible == (budget >= sum(alone.values()))
        if not made.feasible:
            assert "不足以全部达标" in made.reason and "budget" in made.unmet["what"].tolist()


def test_urgent_schools_come_first_where_that_is_what_counts() -> None:
    near = primary("近小学", 400, multimedia_rooms=7)
    far = primary("远小学", 400, multimedia_rooms=1)
    easy = planned([near, far, *town()], years=2)
    urgent = planned([near, far, *town()], years=2, urgency=1.0)
    assert easy.actions["school"].tolist() == ["近小学", "远小学"]
    assert urgent.actions["school"].tolist() == ["远小学", "近小学"]


def test_each_year_reaches_its_target_and_the_last_one_passes() -> None:
    rows = [primary(f"第{k}小学", 300 + 50 * k, multimedia_rooms=k) for k in range(6)]
    made = planned([*rows, *town()], years=4)
    assert made.yearly["target"].tolist() == [2, 3, 5, 6]
    assert (made.yearly["repaired"] >= made.yearly["target"]).all()
    assert made.yearly["year"].tolist() == [2021, 2022, 2023, 2024]
    assert made.yearly["verdict"].tolist() == ["not_met"] * 3 + ["met"]
    assert made.yearly["cost"].sum() == made.cost == made.actions["cost"].sum()
    assert made.verdicts["year"].max() == 2024


def test_a_provincial_goal_sets_the_yearly_share() -> None:
    rows = [*town(), *(primary(f"第{k}小学", 300, multimedia_rooms=1) for k in range(8))]
    now = judge(rows, "shandong-city", year=2022)  # 25 % a year: done in four years of six
    assert plan(now, years=6).yearly["target"].tolist() == [2, 4, 6, 8, 8, 8]
    own = replace(load_costs(now.scheme), yearly_share=0.5)  # what the user gives goes before the scheme's
    assert plan(now, own, years=2).yearly["target"].tolist() == [4, 8]


def test_limits_that_make_a_plan_impossible_are_named_with_what_they_must_give(tmp_path: Path) -> None:
    rows = [*town(), primary("乙小学", 400, multimedia_rooms=2, sports_field_area=1000.0, teaching_area=1500.0)]
    limits = "limits: {Q7: 4}\nclosed: [{school: 乙小学, indicator: Q5}]"
    made = planned(rows, costs=cost_file(tmp_path, limits))
    assert not made.feasible
    assert math.isnan(made.cost) and made.actions.empty
    # Q5: 2550 to the floor, of which 1000 + 200 indoors are there; Q7: 2 of 7.82 (floor) and 9.2 (threshold).
    given_ = made.unmet.set_index("indicator")["amount"].to_dict()
    assert given_["Q5"] == 1350
    assert given_["Q7"] == 4
    assert "要放宽到8间" in made.reason and "须增加1,350㎡" in made.reason
    enough = cost_file(tmp_path, "limits: {Q7: 8}\nclosed: [{school: 乙小学, indicator: Q3}]")
    assert planned(rows, costs=enough).feasible


def test_unknown_cells_are_named_and_the_rest_is_planned() -> None:
    rows = [*town(), primary("乙小学", 400, teaching_area=None, multimedia_rooms=2, pe_arts_teachers_primary=2)]
    made = planned(rows)
    assert made.feasible and made.verdict_after is Verdict.UNDETERMINED
    assert {indicator for _, indicator, _, _ in lines(made)} == {"Q3", "Q7"}
    assert made.unknown["field"].tolist() == ["teaching_area"]
    assert "缺数据" in made.reason and "教学及辅助用房面积" in as_text(made)


def test_the_mean_of_coefficients_is_brought_within_its_limit() -> None:
    poor = {"books": 100, "computers": 4, "equipment_value": 6.0, "sports_field_area": 200.0, "multimedia_rooms": 1}
    rows = [
        primary(
            "甲小学",
            500,
            books=60_000,
            computers=600,
            equipment_value=900.0,
            sports_field_area=30_000.0,
            teaching_area=20_000.0,
        )
    ]
    rows += [primary(f"乙{k}小学", 500, **poor, teaching_area=400.0, middle_title_teachers_primary=1) for k in range(3)]
    now = judge([*rows, junior()], "basic-2012", year=2020)
    assert now.composite.loc[0, "cv"] > 0.65
    made = plan(now, seconds=5)
    assert made.feasible and made.verdict_after is Verdict.MET
    assert after(made).composite.loc[0, "cv"] <= 0.65
    assert 0 <= made.optimality_gap <= 1


def test_the_same_county_gives_the_same_plan() -> None:
    rows = made_up(
        [(300, 0.6, 0.5, 1.2, 0.9, 0.7, 0.8, 0.6, "nine"), (700, 1.4, 1.1, 0.8, 1.5, 0.6, 1.1, 0.9, "primary")]
    )
    first, second = planned(rows, eligible=40), planned(rows, eligible=40)
    pd.testing.assert_frame_equal(first.actions, second.actions)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Q4: null", "缺少 Q4 教学及辅助用房（teaching_area）的单位成本"),
        ("Q4: 0", "应为大于 0 的数"),
        ("Q4: many", "Q4 应为不小于 0 的数"),
        ("Q9: 5", "不认识“Q9”"),
        ("Q4: {price: 3}", "不认识“price”"),
        ("limits: {Q9: 5}", "没有编号为“Q9”的指标"),
        ("settings: {rotation_share: 3}", "应在 0 与 1 之间"),
        ("settings: {colour: 3}", "settings 没有“colour”"),
        ("closed: [甲]", "应写明 school 和 indicator"),
        ("- 5", "应为“指标编号: 单位成本”的列表"),
        ("{", "读不出来"),
    ],
)
def test_a_cost_file_that_says_nothing_clear_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CallError) as error:
        load_costs(QUALITY, cost_file(tmp_path, text))
    assert message in str(error.value)


def test_the_user_s_costs_override_the_defaults(tmp_path: Path) -> None:
    costs = load_costs(QUALITY, cost_file(tmp_path, "Q4: 3500\nQ1: {cost: 90000, move: 5000}\nbooks: 30"))
    assert (costs.of("teaching_area").cost, costs.of("books").cost) == (3500, 30)
    assert (costs.of("higher_degree_teachers_primary").cost, costs.of("higher_degree_teachers_junior").move) == (
        90000,
        5000,
    )
    assert costs.of("teaching_area").source == "用户给定"


@pytest.mark.parametrize("how", [{"budget": -1.0}, {"years": 0}, {"urgency": 2.0}])
def test_numbers_out_of_range_are_refused(how: dict[str, Any]) -> None:
    with pytest.raises(CallError):
        planned(town(), **how)


def test_the_353_square_metres_of_the_example(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(root / "data" / "raw" / "210903-新邱区" / "2020.xlsx")
    assert main(["plan", path, "--target", "full", "--json"]) == 0
    full = from_json(capsys.readouterr().out)
    assert set(full) == {"feasible", "cost", "optimality_gap", "reason", "verdict_after", "actions"}
    assert set(full["actions"][0]) == {*"school stage indicator kind from_school quantity unit cost year".split()}
    own = [a for a in full["actions"] if a["school"] == "阿金歹小学" and a["indicator"] == "Q4"]
    assert [(a["quantity"], a["unit"], a["kind"], a["stage"]) for a in own] == [(353, "㎡", "build", "primary")]
    assert (full["feasible"], full["verdict_after"]) == (True, "met")
    assert main(["plan", path, "--json", "--detail", "--years", "3"]) == 0
    least = json.loads(capsys.readouterr().out)
    assert least["cost"] <= full["cost"] == sum(action["cost"] for action in full["actions"])
    assert [year["year"] for year in least["yearly"]] == [2021, 2022, 2023]


def test_the_command_prints_a_table_and_refuses_in_one_sentence(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(root / "data" / "raw" / "210903-新邱区" / "2020.xlsx")
    assert main(["plan", path, "--years", "2", "--budget", "50"]) == 0
    said = capsys.readouterr().out
    assert "分年安排" in said and "预算50.00万元不足以全部达标" in said and "阿金歹小学" not in said
    assert main(["plan", path, "--costs", "nowhere.yaml"]) == 2
    assert "找不到单位成本文件" in capsys.readouterr().err


def test_rows_of_a_frame_need_no_order() -> None:
    rows = [*town(), primary("乙小学", 400, multimedia_rooms=2)]
    shuffled = frame(rows).sample(frac=1, random_state=3)
    made = plan(assess(shuffled, QUALITY, year=2020))
    assert made.cost == planned(rows).cost
