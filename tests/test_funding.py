"""Money: norms, what they give each school, the minimum for small schools, growth, training, wages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from county import frame, junior, nine_year, primary
from edukit import funding, spending
from edukit.errors import CallError
from edukit.funding import Norms, SmallSchools, allocation, small_school_outcome, small_school_rule
from edukit.verdict import Verdict

NORMS = Norms("", "示例标准", primary=650, junior=850, boarding=200, special=6000)
SMALL = SmallSchools(100, urban=["乡村"], types=["小学", "初级中学", "九年一贯制学校"], anywhere=["小学教学点"])
PARTS = {f"{name}_{stage}": 0 for name in ("boarders", "special_pupils") for stage in ("primary", "junior")}
UNKNOWN = math.nan


def give(*rows: dict[str, Any], norms: Norms = NORMS, instead: bool = False, **given: Any) -> pd.DataFrame:
    return allocation(frame(PARTS | row for row in rows), norms, small=SMALL, special_instead=instead, **given)


def village(name: str = "村小", pupils: int = 60, **fields: Any) -> dict[str, Any]:
    return primary(name, pupils, urban_type="乡村", **fields)


def point(pupils: int = 30, **fields: Any) -> dict[str, Any]:
    return primary("教学点", pupils, **{"school_type": "小学教学点", "urban_type": "镇区", **fields})


# ---- norms ----------------------------------------------------------------------------------------------------------


def test_published_norms_say_where_they_come_from(root: Any) -> None:
    raw = yaml.safe_load((root / "edukit" / "norms.yaml").read_text(encoding="utf-8"))
    for norms in funding.published_norms().values():
        assert set(norms.source.split("、")) <= set(raw["sources"])
        assert norms.certain == (norms.confidence != "未见原文")
        assert norms.until is None or norms.since is None or norms.since <= norms.until


def test_numbers_from_memory_are_never_certain() -> None:
    uncertain = [norms for norms in funding.published_norms().values() if not norms.certain]
    assert [(n.primary, n.junior, n.boarding, n.special) for n in uncertain] == [(720, 940, 300, 7000)]
    assert not any(norms.primary in (760, 980) for norms in funding.published_norms().values())


def test_norms_that_no_source_gives_are_unknown() -> None:
    assert math.isnan(funding.published_norms()["shenyang-2024"].boarding)


@pytest.mark.parametrize(
    ("year", "place", "ids"),
    [
        (2015, "东部", []),
        (2018, "中西部", ["national-2016-central-west"]),
        (2022, "贵港", ["national-unified", "guigang-2022"]),
        (2024, "沈阳", ["national-2023", "shenyang-2024"]),
    ],
)
def test_norms_by_year_and_place(year: int, place: str, ids: list[str]) -> None:
    assert [norms.id for norms in funding.norms_in(year, place)] == ids


@pytest.mark.parametrize(
    ("junior_norm", "verdict", "failing"),
    [(850, Verdict.MET, ()), (849.99, Verdict.NOT_MET, ("初中",)), (UNKNOWN, Verdict.UNDETERMINED, ())],
)
def test_county_norms_against_a_base(junior_norm: float, verdict: Verdict, failing: tuple[str, ...]) -> None:
    row = {"norm_primary": 650, "norm_junior": junior_norm, "norm_boarding": 200, "norm_special": 6000}
    outcome = funding.norms_not_below(funding.county_norms(row), NORMS)
    assert (outcome.verdict, outcome.failing) == (verdict, failing)
    assert bool(outcome.unknown) == (verdict is Verdict.UNDETERMINED)


def test_nothing_to_compare_is_a_wrong_call() -> None:
    empty = Norms("", "空", *(UNKNOWN,) * 4)
    with pytest.raises(CallError, match="没有一项数额"):
        funding.norms_not_below(NORMS, empty)


# ---- what the norms give each school --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("school", "counted", "amount"),
    [
        (primary("城关小学", 400), (400, 0), 400 * 650),
        (primary("城区小学", 60, urban_type="城区"), (60, 0), 60 * 650),  # small, but not in a village
        (village(pupils=60), (100, 0), 100 * 650),
        (village(pupils=99), (100, 0), 100 * 650),
        (village(pupils=100), (100, 0), 100 * 650),
        (village(pupils=101), (101, 0), 101 * 650),
        (village(pupils=60) | {"pupils_primary": 0}, (0, 0), 0),  # a school without pupils gets nothing
        (point(30), (100, 0), 100 * 650),  # a teaching point counts wherever it stands
        (point(30, urban_type=None), (100, 0), 100 * 650),
        (junior("乡中", 80, urban_type="乡村"), (0, 100), 100 * 850),
        (nine_year("乡村学校", (60, 40), urban_type="乡村"), (60, 40), 60 * 650 + 40 * 850),
        (nine_year("乡村学校", (60, 20), urban_type="乡村"), (75, 25), 75 * 650 + 25 * 850),
        (primary("寄宿", 400, boarders_primary=30), (400, 0), 400 * 650 + 30 * 200),
        (primary("随班就读", 400, special_pupils_primary=3), (400, 0), 400 * 650 + 3 * 6000),
    ],
)
def test_allocation_by_hand(school: dict[str, Any], counted: tuple[float, float], amount: float) -> None:
    own = give(school).iloc[0]
    assert (own["counted_primary"], own["counted_junior"]) == counted
    assert own["amount"] == amount


def test_special_pupils_instead_of_or_on_top() -> None:
    school = primary("随班就读", 400, special_pupils_primary=3)
    assert give(school, instead=True).at[0, "amount"] == 397 * 650 + 3 * 6000
    small = village(pupils=60, special_pupils_primary=3)
    assert give(small, instead=True).at[0, "amount"] == 97 * 650 + 3 * 6000


def test_special_school_has_its_own_norm_only() -> None:
    school = {"school_name": "启智学校", "school_type": "特殊教育学校", "pupils_primary": 40, "pupils_junior": 18}
    own = give(school).iloc[0]
    assert (own["base"], own["special"], own["amount"]) == (0, 58, 58 * 6000)
    unknown = give({"school_name": "启智学校", "school_type": "特殊教育学校"}).iloc[0]
    assert math.isnan(unknown["special"]) and math.isnan(unknown["amount"])


def test_heating_is_added_and_unknown_heating_is_unknown() -> None:
    schools = [primary("甲", 400), primary("乙", 400)]
    amounts = give(*schools, heating=pd.Series({0: 1234.5}))["amount"]
    assert amounts[0] == 400 * 650 + 1234.5
    assert math.isnan(amounts[1])


@pytest.mark.parametrize(
    "school",
    [
        primary("甲", 400, pupils_primary=None),
        primary("甲", 400, boarders_primary=None),
        primary("甲", 400, special_pupils_primary=None),
        primary("甲", 80, urban_type=None),  # village or not?
    ],
)
def test_unknown_stays_unknown(school: dict[str, Any]) -> None:
    assert math.isnan(give(school).at[0, "amount"])


def test_an_unknown_norm_matters_only_where_it_is_needed() -> None:
    norms = Norms("", "无寄宿标准", 650, 850, UNKNOWN, 6000)
    found = give(primary("甲", 400), primary("乙", 400, boarders_primary=1), norms=norms)["amount"]
    assert found[0] == 260_000
    assert math.isnan(found[1])


def test_blank_parts_of_a_stage_without_pupils_are_none() -> None:
    school = primary("甲", 400, boarders_junior=None, special_pupils_junior=None)
    assert give(school).at[0, "amount"] == 260_000


@given(st.integers(1, 300), st.integers(0, 300), st.sampled_from(["乡村", "镇区"]))
def test_nobody_is_counted_with_less_than_he_has(first: int, second: int, urban: str) -> None:
    school = nine_year("校", (first, max(second, 1)), urban_type=urban) | {"pupils_junior": second}
    own = give(school).iloc[0]
    total, counted = first + second, own["counted_primary"] + own["counted_junior"]
    assert counted == pytest.approx(max(total, 100) if urban == "乡村" else total, rel=1e-12)
    assert own["counted_primary"] * total == pytest.approx(first * counted)


# ---- Gov6: the minimum was really given -----------------------------------------------------------------------------


def rule(*rows: dict[str, Any]) -> pd.DataFrame:
    schools = frame(PARTS | row for row in rows)
    allocated = allocation(schools, NORMS, small=SMALL, special_instead=False)
    return small_school_rule(schools, allocated, funds="funds_budget")


@pytest.mark.parametrize(
    ("school", "verdict"),
    [
        (village(funds_budget=6.5), "met"),  # 100 x 650 = 65,000 元 exactly
        (village(funds_budget=6.4999), "not_met"),
        (village(funds_budget=3.9), "not_met"),  # a budget exists, but only for the 60 pupils that are there
        (village(funds_budget=None), "undetermined"),
        (nine_year("乡村学校", (60, 20), urban_type="乡村", funds_budget=7.0), "met"),  # 75 x 650 + 25 x 850
        (nine_year("乡村学校", (60, 20), urban_type="乡村", funds_budget=6.9999), "not_met"),
        (point(funds_budget=6.5), "met"),
        (primary("甲", 80, urban_type=None, funds_budget=6.5), "met"),  # enough whether village or not
        (primary("甲", 80, urban_type=None, funds_budget=6.4), "undetermined"),
        (point(pupils_primary=None, funds_budget=6.5), "met"),  # enough for 100, so enough if it is small
        (point(pupils_primary=None, funds_budget=6.4), "undetermined"),
        # With the junior pupils unknown all hundred could be junior: 100 x 850 settles it, 100 x 650 does not.
        (nine_year("校", urban_type="乡村", funds_budget=8.5, pupils_primary=60, pupils_junior=None), "met"),
        (nine_year("校", urban_type="乡村", funds_budget=8.4, pupils_primary=60, pupils_junior=None), "undetermined"),
    ],
)
def test_small_school_rule(school: dict[str, Any], verdict: str) -> None:
    assert rule(school)["verdict"].tolist() == [verdict]


def test_small_schools_together() -> None:
    ledger = rule(village("甲", funds_budget=6.5), village("乙", funds_budget=5.2), primary("丙", 400))
    outcome = small_school_outcome(ledger, counted_as=100)
    assert list(ledger["school"]) == ["甲", "乙"]
    assert (outcome.verdict, outcome.failing, outcome.value) == (Verdict.NOT_MET, ("乙",), 80.0)
    assert outcome.evidence == "未按100名学生核定的1所：乙应核定6.50万元，实有5.20万元。"


def test_a_county_without_small_schools_meets_the_rule() -> None:
    outcome = small_school_outcome(rule(primary("甲", 400)), counted_as=100)
    assert outcome.verdict is Verdict.MET
    assert outcome.evidence == "没有不足100名学生的村小学和教学点。"


def test_one_unknown_small_school_leaves_the_rule_open() -> None:
    outcome = small_school_outcome(rule(village("甲", funds_budget=7), village("乙")), counted_as=100)
    assert (outcome.verdict, outcome.unknown) == (Verdict.UNDETERMINED, ("乙",))
    assert outcome.evidence == "缺公用经费：乙。"


# ---- growth ---------------------------------------------------------------------------------------------------------

YEARS = [2017, 2018, 2019, 2020]
RISING: dict[str, list[float]] = {
    "edu_alloc": [100, 110, 121, 133.1],
    "revenue_recurrent": [100, 105, 110, 115],
    "edu_exp": [100, 110, 110, 120],
    **{name: [10.0, 11.0, 12.0, 13.0] for name in spending.GROWING},
}


def county(**changed: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"year": YEARS, **RISING, **changed}).astype(float)


def three(data: pd.DataFrame) -> list[Any]:
    return spending.three_growths(data, year=2020, years=3)


@given(st.lists(st.floats(1, 100), min_size=2, max_size=6))
def test_growth_gives_the_values_back(numbers: list[float]) -> None:
    values = pd.Series(numbers, index=range(2015, 2015 + len(numbers)))
    rebuilt = numbers[0] * np.cumprod(1 + spending.growth(values))
    assert np.allclose(rebuilt, numbers[1:], rtol=1e-9)


def test_growth_is_unknown_beside_a_gap_or_a_zero() -> None:
    rates = spending.growth(pd.Series({2020: 4.0, 2016: 1.0, 2017: 0.0, 2018: 2.0, 2019: math.nan}))
    assert rates.index.tolist() == [2017, 2018, 2019, 2020]
    assert rates[2017] == -1
    assert rates[[2018, 2019, 2020]].isna().all()
    assert spending.growth(pd.Series(dtype=float)).empty


def test_three_growths_met() -> None:
    found = three(county())
    assert [outcome.verdict for outcome in found] == [Verdict.MET] * 6
    assert found[0].value == 5.0  # 2018: 10 % against 5 %, the narrowest of the three
    assert found[0].evidence.startswith("2018年财政教育拨款增长10.00%，高于财政经常性收入增长5.00%；2019年")


@pytest.mark.parametrize(
    ("revenue", "verdict"),
    [
        ([100, 110, 115, 120], Verdict.NOT_MET),  # 10 % against 10 %: the same is not faster
        ([100, 109.999999, 115, 120], Verdict.MET),
        ([100, 120, UNKNOWN, 120], Verdict.NOT_MET),  # one year fails, whatever the others are
        ([100, 105, UNKNOWN, 115], Verdict.UNDETERMINED),
        ([UNKNOWN, 105, 110, 115], Verdict.UNDETERMINED),  # three growth rates need four years
        ([0, 105, 110, 115], Verdict.UNDETERMINED),  # no growth from zero
    ],
)
def test_appropriations_against_revenue(revenue: list[float], verdict: Verdict) -> None:
    assert three(county(revenue_recurrent=revenue))[0].verdict is verdict


def test_equal_growth_is_seen_through_floating_point() -> None:
    # Both are tripled, but in floats 0.3 / 0.1 is 2.9999999999999996 and 0.9 / 0.3 is 3.0.
    data = county(edu_alloc=[0.3, 0.9, 9, 90], revenue_recurrent=[0.1, 0.3, 1, 2])
    assert three(data)[0].failing == ("2018年",)


@pytest.mark.parametrize("position", range(5))
@pytest.mark.parametrize(
    ("numbers", "verdict", "failing", "unknown"),
    [
        ([10, 11, 11, 12], Verdict.NOT_MET, ("2019年",), ()),
        ([10, 11, 11.0001, 12], Verdict.MET, (), ()),
        ([10, UNKNOWN, 11, 12], Verdict.UNDETERMINED, (), ("2018年", "2019年")),
        ([10, UNKNOWN, 13, 12], Verdict.NOT_MET, ("2020年",), ("2018年", "2019年")),
    ],
)
def test_each_of_the_others_must_grow(
    position: int, numbers: list[float], verdict: Verdict, failing: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    outcomes = three(county(**{spending.GROWING[position]: numbers}))
    changed = outcomes.pop(position + 1)
    assert (changed.verdict, changed.failing, changed.unknown) == (verdict, failing, unknown)
    assert {outcome.verdict for outcome in outcomes} == {Verdict.MET}


def test_a_missing_year_is_named() -> None:
    outcome = three(county().iloc[1:])[3]
    assert outcome.verdict is Verdict.UNDETERMINED
    assert outcome.evidence.endswith("缺数据：2017年教师年人均工资。")


def test_rows_that_disagree_are_unknown_and_equal_rows_are_one() -> None:
    data = county()
    assert three(pd.concat([data, data]))[0].verdict is Verdict.MET
    other = data.iloc[[3]].assign(wage=99.0)
    assert three(pd.concat([data, other]))[3].verdict is Verdict.UNDETERMINED


def test_expenditure_per_pupil_itself_comes_before_what_stands_in_for_it() -> None:
    falls = county(exp_pp_primary=[10.0, 9.0, 8.0, 7.0])
    assert spending.never_falls(falls, year=2020, years=3)[1].verdict is Verdict.NOT_MET
    given = falls.assign(edu_exp_pp=[10.0, 10.0, 11.0, 12.0])
    assert spending.never_falls(given, year=2020, years=3)[1].verdict is Verdict.MET
    falling = falls.assign(edu_exp_pp=[10.0, 11.0, 10.9, 12.0])
    outcome = spending.never_falls(falling, year=2020, years=3)[1]
    assert (outcome.verdict, outcome.failing) == (Verdict.NOT_MET, ("2019年",))


def test_never_falls() -> None:
    assert [o.verdict for o in spending.never_falls(county(), year=2020, years=3)] == [Verdict.MET] * 2
    level = spending.never_falls(county(exp_pp_primary=[10.0] * 4), year=2020, years=3)
    assert level[1].verdict is Verdict.MET  # the same is no fall
    total, pupil = spending.never_falls(
        county(edu_exp=[100, 110, 109.99, 120], exp_pp_junior=[10, 11, UNKNOWN, 13]), year=2020, years=3
    )
    assert (total.verdict, total.failing) == (Verdict.NOT_MET, ("2019年",))
    assert "2019年一般公共预算教育支出109.99万元，比上年下降0.01%" in total.evidence
    assert pupil.verdict is Verdict.UNDETERMINED
    assert pupil.evidence.endswith("缺数据：2019年初中生均教育事业费。")


def test_no_county_sheet_is_undetermined() -> None:
    assert {outcome.verdict for outcome in three(county().iloc[:0])} == {Verdict.UNDETERMINED}


# ---- training, wages, special schools -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("training", "funds", "verdict"),
    [
        (3.5, 70, Verdict.MET),
        (3.4999999999, 70, Verdict.NOT_MET),
        (0.07, 1.4, Verdict.MET),  # in floats 0.07 / 1.4 is 0.05000000000000001 and 0.05 * 1.4 is 0.06999999999999999
        (0.15, 3, Verdict.MET),  # in floats 0.15 / 3 is 0.049999999999999996
        (0, 70, Verdict.NOT_MET),
        (None, 70, Verdict.UNDETERMINED),
        (3.5, None, Verdict.UNDETERMINED),
        (0, 0, Verdict.UNDETERMINED),
    ],
)
def test_training_share(training: float | None, funds: float | None, verdict: Verdict) -> None:
    schools = frame([primary("甲", train_final=training, funds_budget=funds, train_budget=0)])
    outcome = spending.training_share(schools, limit=0.05, numerator="train_final")
    assert outcome.verdict is verdict
    assert outcome.limit == 5
    assert outcome.unknown == (("甲",) if verdict is Verdict.UNDETERMINED else ())


def test_training_share_judges_every_school_not_the_sum() -> None:
    schools = frame([primary("甲", train_budget=50, funds_budget=100), primary("乙", train_budget=4, funds_budget=100)])
    outcome = spending.training_share(schools, limit=0.05, numerator="train_budget")
    assert (outcome.verdict, outcome.failing, outcome.value) == (Verdict.NOT_MET, ("乙",), 4.0)
    assert outcome.evidence == "教师培训经费按预算数、公用经费按预算数计算，不足5%的1所：乙4.00%。"


@pytest.mark.parametrize(
    ("teacher", "civil", "verdict", "words"),
    [
        (9.72, 9.72, Verdict.MET, "教师持平"),
        (9.7199999999, 9.72, Verdict.NOT_MET, "教师低"),
        (9.86, 9.72, Verdict.MET, "教师高出0.14万元"),
        (9.86, UNKNOWN, Verdict.UNDETERMINED, "缺数据：公务员年平均工资收入"),
    ],
)
def test_wages(teacher: float, civil: float, verdict: Verdict, words: str) -> None:
    outcome = spending.wages({"wage_teacher": teacher, "wage_civil": civil})
    assert outcome.verdict is verdict
    assert words in outcome.evidence


@pytest.mark.parametrize(
    ("funds", "pupils", "verdict"),
    [
        (348_000, 58, Verdict.MET),
        (347_999.99, 58, Verdict.NOT_MET),
        (UNKNOWN, 58, Verdict.UNDETERMINED),
        (348_000, UNKNOWN, Verdict.UNDETERMINED),
        (UNKNOWN, 0, Verdict.MET),
    ],
)
def test_special_school_funds(funds: float, pupils: float, verdict: Verdict) -> None:
    row = {"special_funds": funds, "special_n": pupils}
    assert spending.special_school_funds(row, limit=6000).verdict is verdict
