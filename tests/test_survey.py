"""Surveys: the sample, the rates, each requirement at its limit, and that nothing withheld can be worked out."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counts import count, times
from county import opened, town
from edukit.errors import DataError, SchemeError
from edukit.survey import (
    COLUMNS,
    GROUPS,
    PARENTS,
    UNNAMED,
    SurveyResult,
    SurveyRule,
    judge,
    published,
    published_requirements,
    sample_size,
    tallies_of_answers,
    tallies_of_county,
    wilson,
)
from edukit.verdict import Verdict

MET, NOT_MET, OPEN = Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED
SETTINGS: dict[str, Any] = {
    "satisfied": ["满意", "比较满意", "基本满意"],
    "unsatisfied": ["不满意"],
    "unsure": ["不了解"],
    "count_unsure": True,
    "pass_rate": 0.85,
    "sample_share": 0.0015,
    "sample_floor": 600,
    "sample_of": "sent",
    "parents_share": 0.5,
    "valid_share": 0.7,
    "valid_of": "sent",
    "confidence": 0.95,
    "publish_from": 10,
}
RULE = SurveyRule.from_settings(SETTINGS)
NAN = math.nan


def rule(**given: Any) -> SurveyRule:
    return SurveyRule.from_settings(SETTINGS | given)


def tallies(*rows: tuple[str, float, float], theme: str = "总体") -> pd.DataFrame:
    """Rows of (group, n, satisfied)."""
    return pd.DataFrame([(g, theme, n, s) for g, n, s in rows], columns=["group", "theme", "n", "satisfied"])


def judged(frame: pd.DataFrame, by: SurveyRule = RULE, **given: float) -> SurveyResult:
    return judge(frame, by, **{"sent": NAN, "returned": NAN, "valid": NAN, "population": NAN} | given)


def answers(*rows: tuple[str | None, str | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["group", "theme", "answer"], dtype="str")


# ---- the rule -------------------------------------------------------------------------------------------------------


def test_the_rule_is_what_the_file_says() -> None:
    assert (RULE.satisfied, RULE.pass_rate, RULE.sample_floor) == (("满意", "比较满意", "基本满意"), 0.85, 600)
    assert rule(source="P12").source == "P12"


@pytest.mark.parametrize("key", SETTINGS)
def test_a_missing_setting_is_refused(key: str) -> None:
    with pytest.raises(SchemeError, match=f"缺少“{key}”"):
        SurveyRule.from_settings({name: value for name, value in SETTINGS.items() if name != key})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pass_rat": 0.85}, "不认识的键“pass_rat”，是否指 pass_rate"),
        ({"pass_rate": 85}, "“pass_rate”应为 0 到 1 之间的数，实为“85”"),
        ({"pass_rate": True}, "“pass_rate”应为"),
        ({"valid_share": "七成"}, "“valid_share”应为"),
        ({"sample_floor": 600.5}, "“sample_floor”应为不小于 0 的整数"),
        ({"publish_from": -1}, "“publish_from”应为"),
        ({"confidence": 1}, "“confidence”应大于 0、小于 1"),
        ({"satisfied": "满意"}, "“satisfied”应为回答的列表"),
        ({"satisfied": []}, "至少要有一种回答"),
        ({"unsure": ["满意"]}, "回答“满意”出现两次"),
        ({"count_unsure": 1}, "“count_unsure”应为 true 或 false"),
        ({"sample_of": "all"}, "“sample_of”应为 sent、returned、valid 之一"),
        ({"valid_of": "valid"}, "“valid_of”应为 sent、returned 之一"),
    ],
)
def test_a_broken_setting_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SchemeError, match=words):
        rule(**given)


# ---- sample and interval --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "share", "size"),
    [
        (0, 0.0015, 600),
        (85_000, 0.0015, 600),
        (400_000, 0.0015, 600),  # both branches meet here
        (400_001, 0.0015, 601),
        (1_000_000, 0.0015, 1500),
        (1_000_001, 0.0015, 1501),
        (600_000, 0.001, 600),
        (860_000, 0.0011, 946),  # in floating point the product is a hair more, which would ask for one too many
        (700_000, 0.001, 700),
        (4_100_000, 0.0015, 6150),
    ],
)
def test_sample_size(population: float, share: float, size: int) -> None:
    assert sample_size(population, rule(sample_share=share)) == size


@given(st.integers(0, 10**8), st.integers(1, 100))
def test_the_sample_is_never_short_and_never_one_too_many(population: int, per_ten_thousand: int) -> None:
    size = sample_size(population, rule(sample_share=per_ten_thousand / 10_000))
    need = Fraction(per_ten_thousand, 10_000) * population
    assert size >= need and size >= 600 and (size == 600 or size - 1 < need)


@pytest.mark.parametrize("population", [NAN, -1])
def test_no_sample_without_a_population(population: float) -> None:
    with pytest.raises(ValueError, match="population"):
        sample_size(population, RULE)


@pytest.mark.parametrize(
    ("part", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_published_examples_of_the_interval(part: int, n: int, low: float, high: float) -> None:
    """Newcombe 1998, table I, method 3."""
    assert [round(limit, 4) for limit in wilson(part / n, n, 0.95)] == [low, high]


@given(st.integers(1, 5000), st.data())
def test_the_interval_holds_the_rate_and_mirrors(n: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, n))
    low, high = wilson(part / n, n, 0.95)
    assert 0 <= low <= part / n <= high <= 1
    other = wilson((n - part) / n, n, 0.95)
    assert (1 - high, 1 - low) == pytest.approx(other, abs=1e-12)
    wider = wilson(part / n, n, 0.99)
    assert wider[0] <= low and high <= wider[1]


def test_no_interval_of_nothing() -> None:
    assert all(math.isnan(limit) for pair in (wilson(NAN, 5, 0.95), wilson(0.5, 0, 0.95)) for limit in pair)


# ---- tallies --------------------------------------------------------------------------------------------------------

SINGLE = answers(
    ("教师", "择校", "满意"),
    ("家长", "就近入学", "满意"),
    ("家长", "就近入学", " 比较满意 "),
    ("家长", "就近入学", "不满意"),
    ("家长", "就近入学", "不了解"),
    ("家长", "就近入学", None),
    ("家长", "择校", "尚可"),
    (None, "择校", "基本满意"),
)


def test_single_answers_are_counted_by_hand() -> None:
    found = tallies_of_answers(SINGLE, RULE)
    assert list(found.columns) == list(COLUMNS)
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("家长", "择校", 0, 0, 1, 1),
        ("家长", "就近入学", 4, 2, 5, 1),
        ("教师", "择校", 1, 1, 1, 0),
        (UNNAMED, "择校", 1, 1, 1, 0),
    ]


def test_unsure_answers_leave_the_denominator_where_the_rule_says_so() -> None:
    found = tallies_of_answers(SINGLE, rule(count_unsure=False))
    assert found.loc[1, ["n", "satisfied", "answers", "unknown"]].tolist() == [3, 2, 5, 1]


def test_which_answers_satisfy_is_a_setting() -> None:
    strict = rule(satisfied=["满意"], unsatisfied=["比较满意", "基本满意", "不满意"])
    assert tallies_of_answers(SINGLE, strict)["satisfied"].tolist() == [0, 1, 1, 0]


def test_a_survey_with_one_question_needs_no_theme() -> None:
    assert tallies_of_answers(answers(("家长", None, "满意")), RULE)["theme"].tolist() == ["总体"]
    both = tallies_of_answers(answers(("家长", None, "满意"), ("家长", "择校", "满意")), RULE)
    assert both["theme"].tolist() == [UNNAMED, "择校"]


def test_no_answers_are_no_tallies() -> None:
    found = tallies_of_answers(answers(), RULE)
    assert found.empty and list(found.columns) == list(COLUMNS)
    assert judged(found).requirement("pass").verdict is OPEN


@given(st.permutations(range(len(SINGLE))))
def test_the_order_of_answers_does_not_matter(order: list[int]) -> None:
    def counts(frame: pd.DataFrame) -> set[tuple[Any, ...]]:
        return set(tallies_of_answers(frame, RULE).itertuples(index=False, name=None))

    assert counts(SINGLE.iloc[order]) == counts(SINGLE)


def county_row(**given: float) -> pd.Series:
    blank = {f"survey_{part}_{key}": NAN for part in ("n", "satisfied") for key in GROUPS}
    return pd.Series(blank | given)


def test_the_county_sheet_as_tallies() -> None:
    row = county_row(survey_n_parents=500, survey_satisfied_parents=462, survey_n_heads=30, survey_satisfied_others=5)
    found = tallies_of_county(row)
    assert found["group"].tolist() == ["家长", "校长", "其他群众"]
    assert found["n"].tolist()[:2] == [500, 30] and math.isnan(found["n"][2])
    assert found["satisfied"].tolist()[0] == 462 and math.isnan(found["satisfied"][1])


def test_parents_who_are_not_told_are_unknown_and_not_absent() -> None:
    row = county_row(survey_n_teachers=100, survey_satisfied_teachers=90)
    result = judged(tallies_of_county(row))
    assert result.requirement("parents").verdict is OPEN
    assert result.requirement("pass").verdict is OPEN and math.isnan(result.rate)
    told = judged(tallies_of_county(row), valid=100)  # nobody else is left to be a parent
    assert (told.requirement("parents").verdict, told.requirement("pass").verdict) == (NOT_MET, MET)


# ---- requirements ---------------------------------------------------------------------------------------------------

GOOD = tallies((PARENTS, 500, 462), ("教师", 250, 230), ("校长", 30, 29), ("其他群众", 160, 152))
COUNTS: dict[str, float] = {"sent": 1000, "returned": 960, "valid": 940, "population": 325_000}


def test_a_survey_by_hand() -> None:
    result = judged(GOOD, **COUNTS)
    assert (result.persons, result.n, result.satisfied, result.rate) == (940, 940, 873, 873 / 940)
    assert (result.low, result.high) == wilson(873 / 940, 940, 0.95)
    assert [(r.id, r.value, r.limit, r.verdict) for r in result.requirements] == [
        ("sample", 1000, 600, MET),
        ("parents", 500 / 940, 0.5, MET),
        ("valid", 0.94, 0.7, MET),
        ("pass", 873 / 940, 0.85, MET),
    ]
    assert result.verdict is MET and result.findings == ()
    assert result.by_group["rate"].tolist() == [462 / 500, 230 / 250, 29 / 30, 152 / 160]
    assert [r.evidence for r in result.requirements] == [
        "发放问卷1,000份，按常住人口325,000人应不少于600份",
        "家长问卷500份，占940份的53.2%，应不低于50%",
        "有效问卷940份，占发放问卷1,000份的94.0%，应不低于70%",
        "计入的回答940个，其中满意873个，满意率92.9%（95%置信区间91.0%～94.3%），应不低于85%",
    ]


@pytest.mark.parametrize(
    ("n", "satisfied", "verdict"), [(1000, 850, MET), (1000, 849, NOT_MET), (10**7, 8_499_999, NOT_MET), (20, 17, MET)]
)
def test_the_pass_mark(n: int, satisfied: int, verdict: Verdict) -> None:
    found = judged(tallies((PARENTS, n, satisfied))).requirement("pass")
    assert found.verdict is verdict
    assert "满意率85.0%" in found.evidence or verdict is NOT_MET
    assert verdict is MET or "85.0%（" not in found.evidence  # a rate that misses the mark never looks like it


@given(st.integers(1, 1000), st.data())
def test_the_pass_mark_is_exact(n: int, data: st.DataObject) -> None:
    satisfied = data.draw(st.integers(0, n))
    found = judged(tallies((PARENTS, n, satisfied))).requirement("pass")
    assert (found.verdict is MET) == (20 * satisfied >= 17 * n)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"sent": 1500, "population": 1_000_000}, MET),
        ({"sent": 1499, "population": 1_000_000}, NOT_MET),
        ({"sent": 600, "population": 400_000}, MET),
        ({"sent": 599, "population": 1000}, NOT_MET),
        ({"sent": 599}, NOT_MET),  # whatever the population is
        ({"sent": 600}, OPEN),
        ({"population": 400_000}, OPEN),
    ],
)
def test_the_sample_requirement(given: dict[str, float], verdict: Verdict) -> None:
    assert judged(GOOD, **given).requirement("sample").verdict is verdict


def test_what_the_sample_is_is_a_setting() -> None:
    given = {"sent": 700, "returned": 650, "valid": 599, "population": 85_000}
    frame = tallies((PARENTS, 599, 599))
    found = {
        of: judged(frame, rule(sample_of=of), **given).requirement("sample").verdict
        for of in ("sent", "returned", "valid")
    }
    assert found == {"sent": MET, "returned": MET, "valid": NOT_MET}


@pytest.mark.parametrize(
    ("parents", "others", "verdict"), [(50, 50, MET), (499_999, 500_000, NOT_MET), (51, 49, MET), (0, 9, NOT_MET)]
)
def test_the_parents_share(parents: int, others: int, verdict: Verdict) -> None:
    frame = tallies((PARENTS, parents, parents), ("教师", others, others))
    found = judged(frame).requirement("parents")
    assert found.verdict is verdict and found.value == parents / (parents + others)


@pytest.mark.parametrize(("parents", "unnamed", "verdict"), [(50, 10, MET), (45, 10, OPEN), (39, 10, NOT_MET)])
def test_answers_without_a_group_may_be_parents(parents: int, unnamed: int, verdict: Verdict) -> None:
    frame = tallies((PARENTS, parents, 1), ("教师", 90 - parents, 1), (UNNAMED, unnamed, 1))
    found = judged(frame).requirement("parents")
    assert found.verdict is verdict and math.isnan(found.value)


@pytest.mark.parametrize(
    ("given", "of", "verdict"),
    [
        ({"sent": 1000, "valid": 700}, "sent", MET),
        ({"sent": 1000, "valid": 699}, "sent", NOT_MET),
        ({"sent": 1000, "returned": 900, "valid": 699}, "returned", MET),
        ({"sent": 1000, "returned": 690}, "sent", NOT_MET),  # no more than those can be valid
        ({"sent": 1000, "returned": 710}, "sent", OPEN),
        ({"valid": 700}, "sent", OPEN),
        ({"sent": 0, "valid": 0}, "sent", OPEN),
    ],
)
def test_the_valid_returns(given: dict[str, float], of: str, verdict: Verdict) -> None:
    assert judged(tallies((PARENTS, 5, 5)), rule(valid_of=of), **given).requirement("valid").verdict is verdict


# ---- unknown stays unknown ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "satisfied", "unknown", "verdict"),
    [
        (900, 850, 100, MET),  # 850/1000 at worst
        (900, 849, 100, OPEN),
        (900, 749, 100, NOT_MET),  # 849/1000 at best
        (900, 750, 100, OPEN),
    ],
)
def test_unreadable_answers_decide_nothing_either_way(n: int, satisfied: int, unknown: int, verdict: Verdict) -> None:
    frame = tallies((PARENTS, n, satisfied)).assign(unknown=unknown, answers=n + unknown)
    result = judged(frame)
    assert result.requirement("pass").verdict is verdict
    assert result.rate == satisfied / n
    assert (result.lowest, result.highest) == (satisfied / 1000, (satisfied + unknown) / 1000)
    assert [finding.rule for finding in result.findings] == ["survey-unknown"]


def test_a_group_without_its_satisfied_is_unknown_and_said_so() -> None:
    result = judged(tallies((PARENTS, 900, 880), ("教师", 100, NAN)))
    assert math.isnan(result.rate) and math.isnan(result.low) and math.isnan(result.satisfied)
    assert (result.lowest, result.highest) == (0.88, 0.98)
    assert result.requirement("pass").verdict is MET  # for all that the teachers may have said
    assert "满意率在88.0%至98.0%之间" in result.requirement("pass").evidence
    assert math.isnan(result.by_group["rate"][1])
    assert judged(tallies((PARENTS, 900, 840), ("教师", 100, NAN))).requirement("pass").verdict is OPEN


def test_valid_questionnaires_without_a_tally_are_unknown() -> None:
    result = judged(tallies((PARENTS, 600, 600), ("教师", 200, 200)), valid=1000, sent=1000)
    assert math.isnan(result.rate) and math.isnan(result.persons) and (result.lowest, result.highest) == (0.8, 1)
    assert result.requirement("pass").verdict is OPEN
    assert result.requirement("parents").verdict is MET  # 600 of 1000 at the least
    more = judged(GOOD, valid=900)
    assert [finding.rule for finding in more.findings] == ["survey-sum"] and more.rate == 873 / 940


@pytest.mark.parametrize(
    ("rows", "given"),
    [
        ([(PARENTS, 10, 11)], {}),
        ([(PARENTS, -1, NAN)], {}),
        ([(PARENTS, 10.5, 3)], {}),
        ([(PARENTS, 10, 3)], {"sent": 10, "returned": 11}),
        ([(PARENTS, 10, 3)], {"returned": 10, "valid": 11}),
        ([(PARENTS, 10, 3)], {"sent": -5}),
    ],
)
def test_numbers_that_cannot_be_are_refused(rows: list[tuple[str, float, float]], given: dict[str, float]) -> None:
    with pytest.raises(DataError, match="份数有误") as caught:
        judged(tallies(*rows), **given)
    assert len(caught.value.findings) == 1


def test_a_person_counts_once_whatever_the_number_of_questions() -> None:
    themes = [GOOD.assign(theme=theme) for theme in ("就近入学", "择校", "课业负担")]
    one, three = judged(GOOD, **COUNTS), judged(pd.concat(themes, ignore_index=True), **COUNTS)
    assert (three.n, three.persons, three.rate) == (3 * one.n, one.persons, one.rate)
    assert (three.low, three.high) == (one.low, one.high)
    assert three.requirement("parents").value == one.requirement("parents").value
    assert three.by_group["persons"].tolist() == one.by_group["persons"].tolist()
    assert three.by_theme["rate"].tolist() == [one.rate] * 3


# ---- what may be published ------------------------------------------------------------------------------------------


def hidden(frame: pd.DataFrame, part: str = "群体") -> list[str]:
    return frame.loc[frame["withheld"] & (frame["part"] == part), "label"].tolist()


def test_large_groups_are_published_as_they_are() -> None:
    table = published(judged(GOOD, **COUNTS))
    assert not table["withheld"].any()
    assert table["label"].tolist() == ["总体", "家长", "教师", "校长", "其他群众", "总体"]
    assert table["n"].tolist() == [940, 500, 250, 30, 160, 940]
    assert published_requirements(judged(GOOD, **COUNTS)) == judged(GOOD, **COUNTS).requirements


@pytest.mark.parametrize(
    ("rows", "withheld"),
    [
        ([(PARENTS, 500, 400), ("教师", 60, 50), ("校长", 10, 8)], []),
        ([(PARENTS, 500, 400), ("教师", 60, 50), ("校长", 9, 8)], ["教师", "校长"]),
        ([(PARENTS, 500, 400), ("教师", 9, 5), ("校长", 8, 8)], ["教师", "校长"]),
        ([(PARENTS, 500, 400), ("教师", 5, 3), ("校长", 4, 4)], [PARENTS, "教师", "校长"]),  # nine together
        ([(PARENTS, 500, 400), ("教师", 20, 20), ("校长", 9, 9)], [PARENTS, "教师", "校长"]),  # all satisfied
        ([(PARENTS, 500, 400), ("教师", 60, 50), ("校长", 9, 8), ("其他群众", 60, 9)], ["教师", "校长", "其他群众"]),
        ([(PARENTS, 500, 400), ("教师", 9, 5), ("校长", 9, 5)], [PARENTS, "教师", "校长"]),
    ],
    ids=["ten", "nine", "two small", "too few together", "of one mind", "ties", "alike"],
)
def test_small_groups_take_others_with_them(rows: list[tuple[str, float, float]], withheld: list[str]) -> None:
    table = published(judged(tallies(*rows)))
    assert hidden(table) == withheld
    assert table.loc[table["withheld"], ["n", "satisfied", "rate", "low", "high"]].isna().all(axis=None)
    assert not table["withheld"].iloc[0]


def test_a_tiny_survey_is_not_published_at_all() -> None:
    result = judged(tallies((PARENTS, 6, 5), ("教师", 3, 3)))
    assert published(result)["withheld"].all()
    shown = {requirement.id: requirement for requirement in published_requirements(result)}
    assert math.isnan(shown["pass"].value) and "不公布" in shown["pass"].evidence and shown["pass"].verdict is MET
    assert math.isnan(shown["parents"].value) and "6" not in shown["parents"].evidence


def test_persons_and_not_answers_make_a_group_large() -> None:
    """Three heads who answer six questions each are still three people."""
    rows = [tallies((PARENTS, 300, 280), ("教师", 90, 80), ("校长", 3, 2), theme=f"题{k}") for k in range(6)]
    assert hidden(published(judged(pd.concat(rows, ignore_index=True)))) == ["教师", "校长"]


def test_a_question_that_few_answered_is_withheld_too() -> None:
    rows = [tallies((PARENTS, n, s), theme=theme) for theme, n, s in (("甲", 90, 80), ("乙", 50, 40), ("丙", 7, 6))]
    assert hidden(published(judged(pd.concat(rows, ignore_index=True))), "主题") == ["乙", "丙"]


@st.composite
def surveys(draw: st.DrawFn) -> pd.DataFrame:
    """Any survey with up to three themes and groups mostly near the size at which publishing begins."""
    groups = draw(st.lists(st.sampled_from(list(GROUPS.values())), min_size=1, max_size=6, unique=True))
    rows = []
    for theme in ("甲", "乙", "丙")[: draw(st.integers(1, 3))]:
        for group in groups:
            n = draw(st.integers(1, 14) | st.integers(1, 60))
            rows.append((group, theme, float(n), float(draw(st.integers(0, n) | st.just(n)))))
    return pd.DataFrame(rows, columns=["group", "theme", "n", "satisfied"])


@settings(max_examples=times(40, 2000))
@given(surveys())
def test_no_withheld_count_can_be_worked_out(frame: pd.DataFrame) -> None:
    """For every withheld count there is another survey with another count there and the very same publication."""
    result = judged(frame)
    table = published(result)
    for part, key, truth in (("群体", "group", result.by_group), ("主题", "theme", result.by_theme)):
        labels = hidden(table, part)
        shown = table[table["part"] == part]
        small = truth.loc[truth[["persons", "n"]].min(axis=1) < RULE.publish_from, key]
        assert set(small) <= set(labels)
        if table["withheld"].iloc[0]:
            assert shown["withheld"].all()
            continue
        if not labels:
            continue
        counts = truth.set_index(key).loc[labels]
        remainder = result.n - shown["n"].sum()
        assert len(labels) > 1 and remainder == counts["n"].sum() >= RULE.publish_from
        others: dict[tuple[str, str], set[float]] = {}
        for one, two in combinations(labels, 2):
            swapped = frame.assign(**{key: frame[key].replace({one: two, two: one})})
            again = judged(swapped)
            same = published(again).sort_values(["part", "label"], ignore_index=True)
            assert same.equals(table.sort_values(["part", "label"], ignore_index=True))
            column = {"group": again.by_group, "theme": again.by_theme}[key].set_index(key)
            for label in (one, two):
                for name in ("n", "satisfied"):
                    others.setdefault((label, name), set()).add(float(column.at[label, name]))
        for (label, name), seen in others.items():
            if seen == {float(counts.at[label, name])}:
                # All are equal, which only whole splits may be; one answer more here and less there is as likely.
                assert shown["withheld"].all() and counts["satisfied"].sum() > 0 and counts["n"].sum() > len(labels)
            count("withheld counts of surveys that may be another")


# ---- from the workbook ----------------------------------------------------------------------------------------------


def test_the_sheet_of_answers_is_read_as_it_is(tmp_path: Path) -> None:
    rows = [
        {"group": "学生家长", "theme": "就近入学", "answer": "满意", "school_name": "城关小学"},
        {"group": "教师", "theme": "就近入学", "answer": "不满意"},
        {"group": "教师", "answer": "满意"},
        {"group": "教师", "theme": "就近入学", "answer": None},
    ]
    book = opened(tmp_path, town(), 问卷=rows)
    frame = book.sheets["问卷"].frame
    assert frame["group"].tolist() == ["家长", "教师", "教师", "教师"]
    assert len(book.schools) == len(town()) and "answer" not in book.schools
    assert "unknown-school" not in {finding.rule for finding in book.findings}
    found = tallies_of_answers(frame, RULE)
    assert [tuple(row)[:4] for row in found.itertuples(index=False)] == [
        ("家长", "就近入学", 1, 1),
        ("教师", "就近入学", 1, 0),
        ("教师", UNNAMED, 1, 1),
    ]
    assert found["unknown"].tolist() == [0, 1, 0]


def test_a_group_that_is_none_is_an_error_with_its_cell(tmp_path: Path) -> None:
    book = opened(tmp_path, town(), 问卷=[{"group": "局长", "answer": "满意"}])
    error = next(finding for finding in book.findings if finding.field == "group")
    assert error.where.startswith("问卷!") and "局长" in error.message
