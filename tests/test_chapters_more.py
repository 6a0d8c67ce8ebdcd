"""The chapters on survey, money, seats, class sizes and scores: numbers by hand, what is withheld, what is missing."""

from __future__ import annotations

import math
from itertools import takewhile

import pandas as pd
import pytest

import chapters as made_up
import county as made
from chapters import BASIC, QUALITY, SEATS
from edukit import figures, tables, text
from edukit.case import Case
from edukit.class_sizes import interval
from edukit.figures import canvas, measuring
from edukit.figures.canvas import Sheet
from edukit.showing import Chart, Prose, Table
from edukit.topics import classes, money, opinion, places, scores

CHAPTERS = ("survey", "money", "seats", "classes", "estimates")
TABLES = ("survey", "norms", "money", "growth", "seats", "class_totals", "classes", "large_schools", "estimates")
FIGURES = ("survey", "money", "training", "classes")


@pytest.fixture(scope="module")
def case() -> Case:
    return made_up.full()


@pytest.fixture(scope="module")
def seats() -> Case:
    return made_up.full(SEATS)


def said(prose: Prose | None) -> str:
    assert prose is not None
    return prose.text


def row(table: Table | None, first: str) -> list[str]:
    """The cells of the first row that starts with some words."""
    assert table is not None
    return next(line.split("\t") for line in table.text.split("\n") if line.startswith(first))


# ---- nothing filled in ----------------------------------------------------------------------------------------------

WANTED = {
    "survey": ("“问卷”表", "“县级”表", "满意度调查问卷发放数"),
    "money": ("“县级”表", "小学生均公用经费标准", "财政教育拨款", "“经费”表", "教师培训经费预算"),
    "seats": ("“县级”表", "城镇常住人口", "“学校补充”表", "小学设计班数", "初中核定学位数"),
    "classes": ("“班额”表", "“学校”表", "小学最大班额"),
    "estimates": ("“测试成绩”表", "测试年级", "测试得分", "“县级”表"),
}


@pytest.mark.parametrize("name", CHAPTERS)
def test_without_data_a_sentence_names_the_sheet_and_the_columns(name: str) -> None:
    words = said(getattr(text, name)(made_up.empty(SEATS)))
    assert all(wanted in words for wanted in WANTED[name]), words


@pytest.mark.parametrize("scheme", [QUALITY, BASIC, SEATS])
def test_without_data_there_is_no_figure_and_no_table(scheme: str) -> None:
    blank = made_up.empty(scheme)
    assert {name: getattr(figures, name)(blank) for name in FIGURES} == dict.fromkeys(FIGURES)
    assert {name: getattr(tables, name)(blank) for name in TABLES} == dict.fromkeys(TABLES)


@pytest.mark.parametrize("scheme", [QUALITY, BASIC, SEATS, "guangxi-guigang-2022", "county-draft", "jiangsu"])
def test_every_scheme_gives_every_chapter_without_unknown_numbers(scheme: str) -> None:
    full = made_up.full(scheme)
    words = [said(getattr(text, name)(full)) for name in CHAPTERS]
    words += [table.text for name in TABLES if (table := getattr(tables, name)(full))]
    words += [chart.alt + chart.caption for name in FIGURES if (chart := getattr(figures, name)(full))]
    assert not [each for each in words if "nan" in each or "inf" in each or "None" in each]


# ---- survey ---------------------------------------------------------------------------------------------------------


def test_the_rate_and_the_requirements_are_told(case: Case) -> None:
    words = said(text.survey(case))
    # 110 of 120 are satisfied; 1 ‰ of 25,000 residents is 25; 56 of 120 are parents, below one half.
    assert "计入的回答120个，其中满意110个，满意率91.7%" in words
    assert "调查样本量符合：发放问卷130份，按常住人口25,000人应不少于25份" in words
    assert "家长所占比例不符合：" in words and "本项供核对，不影响结论。" in words


def test_four_heads_are_told_nowhere_and_cannot_be_worked_out(case: Case) -> None:
    table, chart = tables.survey(case), figures.survey(case)
    assert table is not None and "校长\t不单列\t不单列\t不单列\t不单列" in table.text
    # With the heads one more group is withheld: else 120 less the others would tell.
    assert table.text.count("不单列\t不单列") >= 2
    found = opinion.survey(case)
    assert found is not None
    shown = found.rows("群体").dropna(subset=["n"])["n"].sum()
    assert 120 - shown >= found.rule.publish_from
    assert chart is not None and "校长" not in chart.data["名称"].to_list()
    assert "不足10份" in chart.caption
    assert "校长" in said(text.survey(case)) and "4份" not in said(text.survey(case))


def test_a_rate_one_hair_below_the_mark_does_not_look_like_it() -> None:
    county = made_up.years().assign(survey_n_parents=20000, survey_satisfied_parents=16999)
    county = county.assign(survey_sent=20000, survey_returned=20000, survey_valid=20000)
    close = made_up.full(县级=county, 问卷=pd.DataFrame())
    assert "84.995%" in said(text.survey(close)) and "社会认可度不符合" in said(text.survey(close))
    assert "84.995%" in row(tables.survey(close), "总体")


def test_numbers_that_contradict_each_other_are_not_told_by_group() -> None:
    county = made_up.years().assign(survey_n_heads=3, survey_satisfied_heads=5)
    wrong = made_up.full(县级=county, 问卷=pd.DataFrame())
    assert "互相矛盾" in said(text.survey(wrong)) and "校长" not in said(text.survey(wrong))
    assert tables.survey(wrong) is None and figures.survey(wrong) is None


# ---- money ----------------------------------------------------------------------------------------------------------


def test_the_norms_give_what_they_give_by_hand(case: Case) -> None:
    found = money.allocation(case)
    assert found is not None
    totals = found.totals().set_index("part")["known"]
    # Pupils in special education get 6,000 instead of the ordinary norm; the village school counts as 100.
    base = (580 + 338 + 100) * 650 + 686 * 850
    assert totals["base"] == base
    assert (totals["boarding_funds"], totals["special_funds"]) == (110 * 200, 46 * 6000)
    assert totals["amount"] == base + 22_000 + 276_000
    assert "按本县标准，4所学校应核定公用经费154.28万元（“经费”表没有填写取暖费，未计）" in said(text.money(case))


def test_an_unknown_part_leaves_the_school_out_of_the_sum_and_names_it() -> None:
    rows = made_up.schools()
    rows[3]["boarders_junior"] = None
    words = said(text.money(made_up.full(rows=rows)))
    assert "3所学校应核定公用经费" in words and "寄宿生补助至少2,000元" in words
    assert "城关中学因缺学生数、寄宿生数、特殊教育学生数或取暖费，没有计入合计" in words


def test_parts_are_not_told_where_they_tell_of_a_few_children() -> None:
    rows = made_up.schools()
    for one in rows:
        one |= {name: 0 for name in one if name.startswith("special_pupils")}
    rows[3]["special_pupils_junior"] = 3
    words = said(text.money(made_up.full(rows=rows)))
    assert "特殊教育1.80万元" not in words and "分项涉及人数很少的群体" in words
    assert "应核定公用经费约131万元" in words
    assert "1.80" not in str(tables.money(made_up.full(rows=rows)))


def test_the_small_school_stands_in_the_table_with_what_it_must_get(case: Case) -> None:
    head = row(tables.money(case), "学校")
    cells = dict(zip(head, row(tables.money(case), "甲村小学"), strict=True))
    assert cells["计费人数"] == "100" and cells["按100人核定不少于"] == "6.50" and cells["小规模学校"] == "符合"
    rows = made_up.schools()
    rows[2]["funds_budget"] = 6.49
    short = made_up.full(rows=rows)
    assert "不符合" in row(tables.money(short), "甲村小学")
    assert case.now.items.set_index("id").at["Gov6", "verdict"] == "met"
    assert short.now.items.set_index("id").at["Gov6", "verdict"] == "not_met"


def test_training_is_judged_at_the_limit_and_never_rounded_to_it(case: Case) -> None:
    found = money.training(case)
    assert found is not None and found.limit == 0.05
    assert dict(zip(found.ledger["school"], found.ledger["verdict"], strict=True)) == {
        "城关小学": "met", "河东小学": "not_met", "甲村小学": "met", "城关中学": "met",
    }  # fmt: skip
    assert "低于要求的1所：河东小学（4.90%）" in said(text.money(case))
    chart = figures.training(case)
    assert chart is not None and chart.data["学校"].iloc[0] == "河东小学" and "低于要求的1所：河东小学" in chart.alt


def test_growth_is_judged_for_the_basic_scheme_and_told_for_the_other(case: Case) -> None:
    basic = made_up.full(BASIC)
    words = said(text.money(basic))
    assert "三个增长·财政教育拨款的增长高于财政经常性收入的增长不符合" in words
    assert "2020年财政教育拨款增长0.83%，低于财政经常性收入增长3.85%" in words
    assert "三个增长·教师年人均工资逐年增长不符合" in words and "供参考" not in words
    assert "没有把它列为判定事项，以下供参考" in said(text.money(case))
    # Public expenditure stayed the same in one year: it may, while what must grow may not.
    assert "一般公共预算教育支出逐年只增不减符合" in said(text.money(case))


def test_the_growth_table_and_figure_mark_what_fell(case: Case) -> None:
    assert row(tables.growth(case), "教师年人均工资")[1:4] == ["70,000", "72,000", "+2.86%"]
    assert "−1.39%" in row(tables.growth(case), "教师年人均工资")
    chart = figures.money(case)
    assert chart is not None and "比上年下降的有2019年教师年人均工资" in chart.alt
    assert "财政教育拨款增长没有高于财政经常性收入增长的有2020年" in chart.alt


def test_a_county_below_the_published_norms_is_told_so() -> None:
    low = made_up.full(县级=made_up.years().assign(norm_primary=599.0))
    assert "2016年基准定额（中西部地区）：小学600元" in said(text.money(low))
    assert "本县小学低1元" in said(text.money(low))


# ---- seats ----------------------------------------------------------------------------------------------------------


def test_seats_by_hand_and_as_the_item_judges_them(seats: Case) -> None:
    found = places.seats(seats)
    assert found is not None
    by_stage = found.frame.set_index("stage")
    # 15 thousand residents: 1,200 and 600 places asked; 700 approved + 12 x 45, and 16 x 50; no village is counted.
    assert by_stage.loc["primary", ["demand", "supply", "gap"]].to_list() == [1200, 1240, -40]
    assert by_stage.loc["junior", ["demand", "supply", "gap"]].to_list() == [600, 800, -200]
    assert row(tables.seats(seats), "小学")[-1] == "符合"
    items = seats.now.items[seats.now.items["evidence"].str.contains("每千人")]
    assert list(items["verdict"]) == ["met"]
    assert "小学符合：" in said(text.seats(seats))


def test_a_school_without_a_place_leaves_the_supply_unknown() -> None:
    rows = made_up.schools()
    rows[1] |= {"designed_classes_primary": None}
    words = said(text.seats(made_up.full(SEATS, rows=rows)))
    assert "小学无法判定" in words and "河东小学" in words and "初中符合" in words
    assert "至少700" in row(tables.seats(made_up.full(SEATS, rows=rows)), "小学")


def test_births_of_a_few_years_are_compared_as_a_rate(seats: Case) -> None:
    words = said(text.seats(seats))
    # 251.5 births a year on average among 25,000 residents
    assert "2017至2020年平均每千人出生10.1人，标准相当于每个年龄每千人13.3个（小学、初中），就此而言标准够用" in words
    assert "小学缺2009至2014年间的6个年份" in words


def test_births_of_all_years_are_compared_by_cohort() -> None:
    county = pd.DataFrame({"year": range(2005, 2021), "population": 2.5, "births": 400, "urban_residents": 1.5})
    words = said(text.seats(made_up.full(SEATS, 县级=county)))
    assert "小学：2009至2014年出生2,400人，按千人学位标准为2,000个，出生人口多400人" in words
    assert "年份" not in words


# ---- classes --------------------------------------------------------------------------------------------------------


def test_classes_above_each_limit_by_hand(case: Case) -> None:
    found = {limit.name: classes.ledger(case, limit)[["low", "high"]].sum().to_list() for limit in classes.limits(case)}
    # Primary above 45: 3 + 2 + 1; junior above 50: 1. Above 55: 2 + 1. Above 65: 1.
    assert list(found.values()) == [[7, 7], [3, 3], [1, 1]]
    words = said(text.classes(case))
    assert "大班额：超过55人的班级3个（小学3个），占全部班级的7.69%，分布在城关小学（小学）3个" in words
    assert "与上年相比（全部学校）：5个变为3个" in words
    assert row(tables.classes(case), "城关小学")[3:] == ["67", "6", "3", "1"]


def test_the_same_numbers_are_told_once_and_a_local_meaning_is_named(seats: Case) -> None:
    names = [limit.name for limit in classes.limits(seats)]
    assert names[1:] == ["大班额", "超大班额"] and "大班额（本办法所指）" in names[0]
    assert classes.limits(seats)[0].asked
    assert not any(limit.local for limit in classes.limits(made_up.full(QUALITY)))


def test_blank_bands_are_an_interval_and_the_school_is_named() -> None:
    rows = made_up.schools()
    rows[0] |= {name: None for name in rows[0] if name.startswith("classes_") and name != "classes_primary"}
    blank = made_up.full(rows=rows)
    words = said(text.classes(blank))
    assert "城关小学的“班额”表未填或未填全" in words
    assert "大班额：超过55人的班级1至11个" in words
    assert "城关小学（小学）1至11个" in words
    chart = figures.classes(blank)
    assert chart is not None and "1所学校缺分档班数" in chart.caption and "小学至少14个班" in chart.alt


def test_the_figure_shows_every_band_as_given(case: Case) -> None:
    chart = figures.classes(case)
    assert chart is not None
    counts = chart.data.set_index(["学段", "班额"])["班数"]
    assert counts.sum() == 11 + 8 + 6 + 14
    assert counts["小学", "66人及以上"] == 1 and counts["初中", "51至55人"] == 1
    states = chart.data.set_index(["学段", "班额"])["说明"]
    assert states["小学", "46至50人"] == "超过规定班额" and states["初中", "46至50人"] == "—"
    assert states["小学", "56至60人"] == "大班额"


def test_large_schools_are_a_ledger() -> None:
    rows = [*made_up.schools(), made.primary("大学校", 2001), made.primary("正好", 2000)]
    large = made_up.full(rows=rows)
    assert "超过规模上限的有1所：大学校（2,001人）" in said(text.classes(large))
    assert row(tables.large_schools(large), "大学校") == ["大学校", "小学", "2,001", "2,000", "1", "超过", "新增"]


# ---- scores ---------------------------------------------------------------------------------------------------------


def test_the_estimates_stand_beside_the_delivered_rate_and_say_what_they_are(case: Case) -> None:
    words = said(text.estimates(case))
    assert "不是国家监测给出的校际差异率（须低于0.15），不用于判定" in words
    assert "η²为0.264、ICC为0.071、S/M为0.074；国家监测给出的校际差异率为0.120" in words
    assert "可能得出相反的结论，本次四年级数学就是如此" in words
    assert row(tables.estimates(case), "四年级数学") == [
        "四年级数学", "3", "10", "71.5", "0.264", "0.071", "0.074", "5.27", "0.120",
    ]  # fmt: skip


def test_the_estimates_decide_nothing(case: Case) -> None:
    without = made_up.full(测试成绩=pd.DataFrame())
    pd.testing.assert_frame_equal(case.now.items, without.now.items)
    assert case.now.verdict is without.now.verdict


def test_fewer_than_ten_scores_are_not_told() -> None:
    few = made_up.full(测试成绩=made_up.scores().iloc[1:])
    assert "不足10人，不公布估算" in said(text.estimates(few)) and "71." not in said(text.estimates(few))
    found = scores.estimates(few)
    assert found[["mean", "eta2", "icc", "sd", "cv"]].isna().all(axis=None)
    assert row(tables.estimates(few), "四年级数学")[2] == "不足10"


def test_single_schools_are_never_told(case: Case) -> None:
    words = said(text.estimates(case)) + str(tables.estimates(case))
    assert not [name for name in made_up.SCORES if name in words]


# ---- figures stay on their sheet ------------------------------------------------------------------------------------


def many() -> Case:
    rows = [
        made.primary(
            f"某某县长营子镇第{i}中心完全小学校本部", 200 + 90 * i, funds_budget=50.0, train_budget=1.0 + 0.06 * i
        )
        | made_up.bands("primary", **{"41_45": 400 + i, "ge66": 30})
        for i in range(60)
    ]
    county = made_up.years()
    for key in ("pupils", "parents", "teachers", "heads", "deputies", "advisers", "others"):
        county = county.assign(**{f"survey_n_{key}": 100, f"survey_satisfied_{key}": 84})
    themes = pd.concat(
        [made_up.answers(i).assign(theme=f"第{i}个很长很长的主题名称，长到写不下为止") for i in range(25)]
    )
    return made_up.full(rows=rows, 县级=county, 问卷=themes)


@pytest.mark.parametrize("name", ["full", "basic", "many", "falling"])
def test_texts_stay_on_the_sheet_and_apart(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steep = made_up.years().assign(edu_alloc=[1000.0, 500, 900, 100], wage=[90000.0, 70000, 80000, 10])
    cases = {
        "full": made_up.full,
        "basic": lambda: made_up.full(BASIC),
        "many": many,
        "falling": lambda: made_up.full(县级=steep),
    }
    one = cases[name]()
    seen: list[Sheet] = []
    finish = Sheet.chart

    def remember(self: Sheet, *args: object, **given: object) -> Chart:
        seen.append(self)
        return finish(self, *args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(Sheet, "chart", remember)
    for figure in FIGURES:
        chart = getattr(figures, figure)(one)
        if chart is None:
            assert (name, figure) == ("basic", "training")
            continue
        assert chart.alt.endswith("。") and not chart.caption.endswith("。") and not chart.data.empty
        assert len(chart.svg) < 100_000
        words = sorted(seen[-1].words, key=lambda word: word.y)
        for i, word in enumerate(words):
            left, top, right, bottom = word.box
            assert min(left, top) >= 0 and right <= canvas.WIDTH and bottom <= seen[-1].height, f"{figure}: {word.text}"
            assert word.size >= measuring.SMALL
            for other in takewhile(lambda other, end=bottom: other.y < end + 0.2, words[i + 1 :]):
                a, b = word.box, other.box
                across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
                assert across < 0.005 or down < 0.01, f"{figure}: “{word.text}”与“{other.text}”重叠"


def test_charts_are_the_same_on_every_run() -> None:
    first, second = ([getattr(figures, name)(made_up.full()).svg for name in FIGURES] for _ in range(2))
    assert first == second


def test_an_interval_is_told_as_one() -> None:
    assert (interval(1, math.inf), interval(2, 2)) == ("至少1", "2")
