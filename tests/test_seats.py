"""Places per thousand residents: demand, supply, gap, and the check against births."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edukit import seats
from edukit.verdict import Verdict

NORMS = {"primary": 80, "junior": 40}
PLACES = {"primary": ("designed_primary", 45), "junior": ("designed_junior", 50)}
UNKNOWN = math.nan


def offered(*rows: tuple[str, float, float]) -> pd.DataFrame:
    """Schools with their designed classes in the two stages."""
    schools = pd.DataFrame(rows, columns=["school_name", "designed_primary", "designed_junior"])
    return seats.supply(schools.assign(school_code=None), places=PLACES)


def judged(residents: float, *rows: tuple[str, float, float]) -> dict[str, Any]:
    found = seats.seats(residents, offered(*rows), norms=NORMS)
    return found.set_index("stage").to_dict("index")


def test_by_hand() -> None:
    found = judged(50_000, ("甲", 24, 0), ("乙", 48, 0), ("丙", 30, 42))
    # 50 x 80 = 4,000 against 102 x 45 = 4,590; 50 x 40 = 2,000 against 42 x 50 = 2,100
    assert (found["primary"]["demand"], found["primary"]["supply"], found["primary"]["gap"]) == (4000, 4590, -590)
    assert found["primary"]["per_thousand"] == 91.8
    assert (found["junior"]["gap"], found["junior"]["lacking"], found["junior"]["verdict"]) == (-100, 0, "met")


@pytest.mark.parametrize(
    ("residents", "verdict", "lacking"),
    [(45_000, "met", 0), (45_000.0001, "not_met", 1), (45_001, "not_met", 1), (45_100, "not_met", 8)],
)
def test_at_the_norm_and_a_hair_below(residents: float, verdict: str, lacking: int) -> None:
    primary = judged(residents, ("甲", 80, 0))["primary"]  # 3,600 places, enough for 45,000 residents
    assert (primary["verdict"], primary["lacking"]) == (verdict, lacking)


def test_approved_capacity_counts_as_it_is() -> None:
    schools = pd.DataFrame({"school_name": ["甲"], "school_code": [None], "capacity": [810.0]})
    places = seats.supply(schools, places={"primary": ("capacity", 1)})
    assert seats.seats(10_000, places, norms={"primary": 80}).at[0, "supply"] == 810


def test_unknown_residents_leave_it_open() -> None:
    found = judged(UNKNOWN, ("甲", 80, 20))
    assert found["primary"]["verdict"] == "undetermined"
    assert math.isnan(found["primary"]["demand"])
    assert found["primary"]["supply"] == 3600


def test_an_unknown_school_leaves_it_open_unless_the_others_suffice() -> None:
    assert judged(45_000, ("甲", 80, 0), ("乙", UNKNOWN, 0))["primary"]["verdict"] == "met"
    short = judged(45_000, ("甲", 79, 0), ("乙", UNKNOWN, 0))["primary"]
    assert (short["verdict"], short["unknown"]) == ("undetermined", ("乙",))
    assert math.isnan(short["gap"])


def test_no_school_at_all_is_unknown_not_zero() -> None:
    assert judged(45_000)["primary"]["verdict"] == "undetermined"


def test_sentences() -> None:
    rows = offered(("甲", 80, 30), ("乙", 5, UNKNOWN))
    primary, junior = seats.seat_outcomes(seats.seats(50_000.4, rows, norms=NORMS))
    assert primary.verdict is Verdict.NOT_MET
    assert primary.evidence == "常住人口50,000人，按每千人80个应有小学学位4,001个，现有3,825个，每千人76.5个，缺176个。"
    assert junior.evidence == "常住人口50,000人，按每千人40个应有初中学位2,001个，已知的学校合计1,500个。缺数据：乙。"
    assert junior.unknown == ("乙",)
    spare = seats.seat_outcomes(seats.seats(45_000, offered(("甲", 81, 36)), norms=NORMS))
    assert "每千人81.0个，富余45个。" in spare[0].evidence
    assert spare[1].evidence.endswith("每千人40.0个，正好够用。")
    assert spare[1].value == spare[1].limit == 40
    open_ = seats.seat_outcomes(seats.seats(UNKNOWN, offered(), norms=NORMS))
    assert open_[0].evidence == "缺数据：常住人口、小学学位数。"


@given(st.integers(1, 10**6), st.lists(st.integers(0, 60), min_size=1, max_size=8), st.sampled_from([45, 50]))
def test_the_places_lacking_are_just_enough(residents: int, classes: list[int], size: int) -> None:
    schools = pd.DataFrame({"school_name": "校", "school_code": None, "c": [float(c) for c in classes]})
    row = seats.seats(residents, seats.supply(schools, places={"primary": ("c", size)}), norms={"primary": 80}).iloc[0]
    supplied = sum(classes) * size
    assert (supplied + row["lacking"]) * 1000 >= residents * 80
    assert row["lacking"] == 0 or (supplied + row["lacking"] - 1) * 1000 < residents * 80
    assert (row["verdict"] == "met") == (supplied * 1000 >= residents * 80)


# ---- births ---------------------------------------------------------------------------------------------------------

AGES = {"primary": (6, 11), "junior": (12, 14)}


def test_births_against_the_norm() -> None:
    births = pd.Series({year: 650 for year in range(2006, 2015)})
    found = seats.birth_check(births, 50_000, year=2020, norms=NORMS, ages=AGES).set_index("stage")
    primary, junior = found.loc["primary"], found.loc["junior"]
    assert (primary["first_born"], primary["last_born"]) == (2009, 2014)
    assert (junior["first_born"], junior["last_born"]) == (2006, 2008)
    assert (primary["children"], primary["demand"], primary["difference"]) == (3900, 4000, -100)
    assert primary["cohort_rate"] == junior["cohort_rate"] == 13.0
    assert primary["norm_rate"] == junior["norm_rate"] == pytest.approx(40 / 3)
    assert seats.birth_sentence(primary.to_dict() | {"stage": "primary"}) == (
        "小学：2009至2014年出生3,900人，按千人学位标准为4,000个，出生人口少100人，相差2.5%。出生人口未计迁移，只作核对。"
    )


def test_a_missing_cohort_is_named() -> None:
    births = pd.Series({year: 650.0 for year in range(2006, 2015) if year != 2010})
    found = seats.birth_check(births, 50_000, year=2020, norms=NORMS, ages=AGES)
    assert found["missing"].tolist() == [(2010,), ()]
    assert found["children"].isna().tolist() == [True, False]
    assert "缺2010年" in seats.birth_sentence(found.iloc[0])
    assert "缺常住人口" in seats.birth_sentence(
        seats.birth_check(births, UNKNOWN, year=2020, norms=NORMS, ages=AGES).iloc[1]
    )
