"""Plans where something is missing, forbidden, too dear or too short: what is said then, and that it is true."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bench.plan
from bench.county import write_county
from county import Row, judge, junior, nine_year, primary, town
from edukit.assess import Assessment, assess
from edukit.changes import apply
from edukit.errors import CallError
from edukit.plan import Plan, as_text, load_costs, making, plan
from edukit.plan.levers import problem
from edukit.plan.program import Answer, Program
from edukit.plan.roadmap import urgency
from edukit.plan.solving import Solution, cheapest
from edukit.plan.steps import Workshop, added, moved
from edukit.schemes import load_scheme
from edukit.verdict import Verdict
from edukit.workbook import read

POOR = {"books": 100, "computers": 4, "equipment_value": 6.0, "sports_field_area": 200.0, "multimedia_rooms": 1}
RICH = {"books": 60_000, "computers": 600, "equipment_value": 900.0, "sports_field_area": 30_000.0,
        "teaching_area": 20_000.0}  # fmt: skip
EIGHT = [f"B{number}" for number in range(1, 9)]


def limited(now: Assessment, limits: dict[str, float], **how: Any) -> Plan:
    return plan(now, replace(load_costs(now.scheme), limits=limits), **how)


def uneven(**of_all: Any) -> list[Row]:
    """A rich primary school and three poor ones, whose mean of the eight coefficients exceeds 0.65."""
    poor = {**POOR, "teaching_area": 400.0, "middle_title_teachers_primary": 1}
    return [
        primary("甲小学", 500, **{**RICH, **of_all}),
        *(primary(f"乙{k}小学", 500, **{**poor, **of_all}) for k in range(3)),
    ]


# ---- numbers that are not there --------------------------------------------------------------------------------------


def test_known_coefficients_that_alone_exceed_the_mean_s_limit_are_repaired() -> None:
    rows = uneven()
    rows[1] = {**rows[1], "middle_title_teachers_primary": None}
    now = judge([*rows, junior()], "basic-2012", year=2020)
    assert now.resource_verdict is Verdict.NOT_MET and math.isnan(now.composite.loc[0, "cv"])
    made = plan(now, seconds=5)
    assert made.feasible and made.verdict_after is Verdict.UNDETERMINED
    known = made.after.balance.query("stage == 'primary'")["cv"]
    assert np.nansum(known) / 8 <= 0.65 * (1 + 1e-9) < np.nansum(now.balance.query("stage == 'primary'")["cv"]) / 8
    assert "实施后已知各项达到办法要求" in made.reason and "缺数据" in made.reason


def test_what_no_school_has_leaves_the_mean_open_and_the_rest_is_planned() -> None:
    now = judge([*uneven(computers=0), junior()], "basic-2012", year=2020)
    made = plan(now, seconds=5)
    assert made.feasible and made.verdict_after is Verdict.UNDETERMINED
    assert "实施后已知各项达到办法要求" in made.reason and "B4" not in set(made.actions["indicator"])


def test_a_threshold_of_the_other_stage_is_not_asked_for() -> None:
    """With Q7 asked of junior schools only, a primary school with six thresholds may miss none."""
    scheme = load_scheme("quality-2017")
    only = tuple(
        replace(each, threshold={"junior": 2.4}) if each.id == "Q7" else each for each in scheme.indicators
    )  # fmt: skip
    rows = [*town(), primary("乙小学", 400, pe_arts_teachers_primary=3)]  # 0.75 of 0.9: above no floor of 0.765
    rows.append(primary("丙小学", 1000, pe_arts_teachers_primary=8))  # 0.8: above the floor, five of six
    now = assess(judge(rows, year=2020).source, replace(scheme, indicators=only), year=2020)
    made = plan(now)
    assert made.verdict_after is Verdict.MET
    assert made.actions.set_index("school")["quantity"].to_dict() == {"乙小学": 1, "丙小学": 1}


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_what_a_limit_must_give_is_enough_and_no_more_also_where_a_coefficient_binds() -> None:
    rows = [primary("甲小学", 100, multimedia_rooms=14), primary("乙小学", 200, multimedia_rooms=5)]
    now = judge([*rows, primary("丙小学", 300, multimedia_rooms=7), junior()], year=2020)
    made = limited(now, {"Q7": 1.0})
    assert not made.feasible
    enough = 1 + made.unmet.set_index("indicator")["amount"].to_dict()["Q7"]
    assert f"要放宽到{enough}间" in made.reason
    assert limited(now, {"Q7": float(enough)}).feasible
    assert not limited(now, {"Q7": float(enough - 1)}).feasible


def test_a_limit_in_yuan_is_told_to_the_yuan_and_is_enough() -> None:
    rows = [primary("甲小学", 100, equipment_value=140.0), primary("乙小学", 200, equipment_value=41.3333)]
    now = judge([*rows, primary("丙小学", 300, equipment_value=60.5), junior()], year=2020)
    made = limited(now, {"Q6": 12_345.0})
    enough = 12_345 + int(made.unmet.set_index("indicator")["amount"].to_dict()["Q6"])
    assert f"不超过12,345元的限制，要放宽到{enough:,}元" in made.reason
    again = limited(now, {"Q6": float(enough)})
    assert again.feasible and again.actions["quantity"].sum() <= enough


def test_a_limit_on_what_no_school_tells_changes_nothing() -> None:
    now = judge([primary("乙小学", 400, teaching_area=None, multimedia_rooms=2)], year=2020)
    made = limited(now, {"Q4": 0.0, "Q7": 1.0})
    assert made.unmet["indicator"].tolist() == ["Q7"]


def test_limits_that_keep_the_mean_of_coefficients_too_high_are_named() -> None:
    now = judge([*uneven(), junior()], "basic-2012", year=2020)
    made = limited(now, dict.fromkeys(EIGHT, 0.0), seconds=5)
    assert not made.feasible and "全县新增图书不超过0册的限制，要放宽到" in made.reason
    more = dict(zip(made.unmet["indicator"], made.unmet["amount"].astype(float), strict=True))
    assert limited(now, dict.fromkeys(EIGHT, 0.0) | more, seconds=5).feasible


def test_steps_beyond_a_limit_are_not_allowed() -> None:
    """A tenth of 25 eligible teachers may move, two; and of rooms there may be three more."""
    rows = [primary("甲小学", 1000, backbone_teachers_primary=30, pe_arts_teachers_primary=30,
                    higher_degree_teachers_primary=90), *(primary(f"乙{k}小学", 400) for k in range(2))]  # fmt: skip
    now = judge(rows, year=2020, sheets={"县级": pd.DataFrame({"year": [2020], "rot_eligible": [25.0]})})
    made = problem(now, replace(load_costs(now.scheme), limits={"Q7": 3.0}), full=False)
    giver, one, other = [move for move in made.moves if move.lever.indicator == "Q2"]
    lone, two = [lever for lever in made.levers if lever.indicator == "Q7" and lever.school != "甲小学"]
    assert (made.movable, giver.most) == (2, 20)
    assert Workshop(made, [moved(giver, one, 1), moved(giver, other, 1), added(lone, 1), added(two, 2)]).allowed()
    assert not Workshop(made, [moved(giver, one, 2), moved(giver, other, 1)]).allowed()
    assert not Workshop(made, [moved(one, giver, one.most + 1)]).allowed()
    assert not Workshop(made, [added(lone, 2), added(two, 2)]).allowed()
    closed = replace(lone, closed=True)
    assert not Workshop(replace(made, levers=(closed,)), [added(closed, 1)]).allowed()


def test_time_that_is_up_is_not_told_as_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "solve", lambda self, **how: Answer(None, -math.inf, False))
    made = plan(judge([*town(), primary("乙小学", 400, multimedia_rooms=2)], year=2020))
    assert not made.feasible
    assert "在限定时间内没有找到方案，也没有证明不存在" in made.reason and "没有可行" not in made.reason


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan])
def test_no_time_at_all_is_refused(seconds: float) -> None:
    with pytest.raises(CallError, match="求解时间应大于 0 秒"):
        plan(judge(town()), seconds=seconds)


# ---- years -----------------------------------------------------------------------------------------------------------


def test_the_full_target_counts_the_schools_that_miss_any_threshold() -> None:
    rows = [primary(name, 400, multimedia_rooms=8) for name in ("乙小学", "丙小学")]  # pass with one at the floor
    made = plan(judge([*town(), *rows, primary("丁小学", 400, multimedia_rooms=2)], year=2020), full=True, years=3)
    assert made.yearly["failing_schools"].tolist() == [3, 3, 3]
    assert made.yearly["target"].tolist() == made.yearly["repaired"].tolist() == [1, 2, 3]


def test_in_each_year_the_yearly_share_is_repaired_while_any_are_left() -> None:
    """Three schools in six years: one each of the first three, as a yearly 15 % asks for, not one every other year."""
    now = judge(
        [*town(), *(primary(f"第{k}小学", 300, multimedia_rooms=1) for k in range(3))],
        "guangxi-guigang-2022",
        year=2022,
    )
    made = plan(now, years=6)
    assert made.yearly["repaired"].tolist() == [1, 2, 3, 3, 3, 3]
    before, schools = now, now.source
    item = next(i.id for i in now.scheme.items for c in i.conditions if c.settings.get("what") == "units")
    for year, own in enumerate(made.changes[:3], start=2023):
        schools = apply(schools, own)
        after = assess(schools, now.scheme, year=year, before=before)
        assert after.items.set_index("id").at[item, "verdict"] == "met"
        before = after


def test_a_school_with_one_section_repaired_is_not_counted_as_repaired() -> None:
    school = nine_year("九年制学校", (300, 200), backbone_teachers_primary=0, backbone_teachers_junior=0,
                       pe_arts_teachers_junior=0)  # fmt: skip
    made = plan(judge([*town(), school], year=2020), budget=400_000, years=2)
    assert made.yearly["target"].tolist() == made.yearly["repaired"].tolist() == [0, 0]
    assert made.yearly["units_met"].tolist() == [5, 6]
    assert (made.yearly["repaired"] >= made.yearly["target"]).all()


# ---- budgets ---------------------------------------------------------------------------------------------------------


def test_urgency_is_the_distance_from_the_worst_threshold() -> None:
    """2 of 9.2 rooms: 7.2 / 9.2 missing; of what reaches everything nothing is."""
    now = judge([primary("甲小学", 400), primary("乙小学", 400, multimedia_rooms=2)], year=2020)
    assert urgency(problem(now, load_costs(now.scheme), full=False)) == pytest.approx({0: 0, 1: 7.2 / 9.2})


def test_a_budget_goes_to_the_urgent_school_where_that_is_what_counts() -> None:
    """近 lacks one room, 远 six, and there is money for six."""
    near = primary("近小学", 400, multimedia_rooms=7)
    far = primary("远小学", 400, multimedia_rooms=2)
    for weight, school in ((0.0, "近小学"), (1.0, "远小学")):
        made = plan(judge([near, far, *town()], year=2020), budget=180_000, urgency=weight)
        assert not made.feasible and made.actions["school"].tolist() == [school]


def test_a_budget_that_is_enough_is_said_with_what_remains() -> None:
    now = judge([*town(), primary("乙小学", 400, multimedia_rooms=7)], year=2020)
    made = plan(now, budget=100_000)
    assert made.feasible and made.reason.startswith("预算10.00万元够用，余7.00万元。")
    assert plan(now, budget=30_000).feasible  # to the last yuan


def test_a_budget_that_does_not_suffice_says_what_it_leaves_undone() -> None:
    rows = [primary("甲小学", 100, multimedia_rooms=14), primary("乙小学", 200, multimedia_rooms=5)]
    even = plan(judge([*rows, primary("丙小学", 300, multimedia_rooms=7), junior()], year=2020), budget=0)
    assert even.actions.empty and "仍有 1 项差异系数超过限值" in even.reason
    assert "没有未达标的学段单位" in even.reason
    units = plan(judge([*town(), primary("乙小学", 400, multimedia_rooms=2)], year=2020), budget=0)
    assert "在预算内不能使更多的学段单位达标（现有 5 个，共 6 个）" in units.reason
    single = plan(judge([*uneven(), junior()], "basic-2012", year=2020), budget=10_000, seconds=5)
    assert "对单个学校没有标准，预算不足时不作部分安排" in single.reason and single.actions.empty
    assert "学段单位由" not in as_text(single)


def test_steps_within_the_budget_that_do_everything_are_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the search had stopped at something dearer."""
    now = judge([*town(), primary("乙小学", 400, multimedia_rooms=7)], year=2020)
    dear = cheapest(problem(now, load_costs(now.scheme), full=False), 5.0)
    assert dear.steps is not None
    doubled = tuple(replace(step, quantity=2 * step.quantity) for step in dear.steps)
    monkeypatch.setattr(making.solving, "cheapest", lambda *_: Solution(doubled, 30_000.0, 0.5))
    made = plan(now, budget=40_000)
    assert made.feasible and (made.cost, made.optimality_gap) == (30_000, 0)


# ---- private schools -------------------------------------------------------------------------------------------------


def test_no_teacher_moves_to_or_from_a_private_school_unless_the_user_says_so(tmp_path: Path) -> None:
    rich = primary("甲小学", 1000, backbone_teachers_primary=30, pe_arts_teachers_primary=30,
                   higher_degree_teachers_primary=90)  # fmt: skip
    poor = primary("乙小学", 400, backbone_teachers_primary=0, sponsor_type="民办")
    sheets = {"县级": pd.DataFrame({"year": [2020], "rot_eligible": [100.0]})}
    now = judge([rich, poor, junior()], year=2020, sheets=sheets)
    made = plan(now)
    assert set(made.actions["kind"]) == {"hire"} and any("民办学校不参加" in note for note in made.notes)
    assert any("方案含民办学校（乙小学）" in note for note in made.notes)
    path = tmp_path / "costs.yaml"
    path.write_text("apart: []", encoding="utf-8")
    assert set(plan(now, load_costs(now.scheme, path)).actions["kind"]) == {"move"}
    path.write_text("apart: [私立]", encoding="utf-8")
    with pytest.raises(CallError, match="apart 不认识“私立”"):
        load_costs(now.scheme, path)


def test_a_solver_that_sees_no_plan_does_not_outweigh_one_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """HiGHS called a county of 300 uneven schools infeasible, with a plan for it already found and checked."""
    write_county(tmp_path / "2020.xlsx", schools=6)
    now = assess(bench.plan.uneven(read(tmp_path / "2020.xlsx").schools), load_scheme("quality-2017"), year=2020)
    honest, whole = Program.solve, []

    def doubtful(self: Program, **how: Any) -> Answer:
        whole.append(how["whole"])
        return Answer(None, math.inf, True) if how["whole"] else honest(self, **how)

    monkeypatch.setattr(Program, "solve", doubtful)
    made = plan(now, full=True, seconds=5)
    assert made.feasible and made.verdict_after is Verdict.MET
    assert any(whole) and 0 < made.optimality_gap < 1
