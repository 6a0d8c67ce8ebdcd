"""The problem ledger: what becomes an entry, when it closes, when it opens again, and what is never touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import county as made
from edukit import ledger
from edukit.case import Case, case_of
from edukit.ledger.columns import Key
from edukit.schemes import load_scheme

KEY = str(Key("s", "01", "甲小学", "primary", "Q4", "threshold"))
SAME_NAME = str(Key("s", "", "甲小学", "primary", "Q4", "threshold"))


def said(verdict: str, key: str = KEY, **fields: str) -> dict[str, str]:
    """What one year says of one thing."""
    row = {"key": key, "verdict": verdict, "origin": "自评", "school": "甲小学", "stage": "小学", "item": "Q4 用房"}
    row |= {"problem": "生均用房低于标准", "standard": "4.5", "value": "3.1", "gap": "缺353㎡", "measure": "新建"}
    return row | fields


def judged(*rows: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, dtype=object)


def first(year: int = 2020, **typed: Any) -> pd.DataFrame:
    """A ledger with one open entry, and what people typed into it."""
    frame = ledger.update(ledger.empty(), judged(said("not_met")), year)
    return typed_into(frame, 0, **typed)


def typed_into(frame: pd.DataFrame, row: int, **typed: Any) -> pd.DataFrame:
    frame = frame.astype(object)
    for name, value in typed.items():
        frame.loc[row, name] = value
    return frame


def after(frame: pd.DataFrame, verdict: str, year: int, **fields: str) -> pd.DataFrame:
    """The ledger a year on; updating once more must change nothing."""
    new = judged(said(verdict, **fields))
    once = ledger.update(frame, new, year)
    assert_frame_equal(ledger.update(once, new, year), once)
    return once


def only(frame: pd.DataFrame) -> dict[str, Any]:
    assert len(frame) == 1
    return dict(frame.iloc[0])


# ---- rules ----------------------------------------------------------------------------------------------------------


def test_a_problem_becomes_an_entry_and_the_rest_does_not() -> None:
    other = str(Key("s", "02", "乙小学", "primary", "Q4", "threshold"))
    third = str(Key("s", "03", "丙小学", "primary", "Q4", "threshold"))
    new = judged(said("met", other), said("not_met"), said("undetermined", third))
    entry = only(ledger.update(ledger.empty(), new, 2020))
    assert (entry["number"], entry["status"], entry["key"]) == (1, "未销号", KEY)
    assert (entry["first_seen"], entry["last_seen"], entry["reopened"]) == (2020, 2020, 0)
    assert entry["evidence"] == entry["person"] == entry["closed_on"] == ""


def test_an_entry_that_stays_gets_this_years_numbers_and_keeps_what_people_typed() -> None:
    typed = {"person": "张某", "deadline": "2021年6月", "progress": "已立项", "measure": "改建旧楼", "office": "教育局"}
    entry = only(after(first(**typed), "not_met", 2021, value="3.9", gap="缺151㎡", measure="新建", problem="改写"))
    assert {name: entry[name] for name in typed} == typed
    assert (entry["value"], entry["gap"], entry["problem"]) == ("3.9", "缺151㎡", "生均用房低于标准")
    assert (entry["first_seen"], entry["last_seen"], entry["note"]) == (2020, 2021, "2021年仍未达标")


@pytest.mark.parametrize("evidence", ["", "  ", "无", "—", "待补"])
def test_a_number_that_is_met_does_not_close_without_evidence(evidence: str) -> None:
    entry = only(after(first(evidence=evidence, status="已销号"), "met", 2021, value="4.6", gap=""))
    assert (entry["status"], entry["value"], entry["gap"]) == ("待销号", "4.6", "")
    assert entry["last_seen"] == 2020
    assert "补充佐证材料" in entry["note"]


@pytest.mark.parametrize(("typed", "shown"), [("", "2021年"), ("2021-03-01", "2021-03-01")])
def test_it_closes_with_evidence_dated_by_people_or_by_the_year(typed: str, shown: str) -> None:
    entry = only(after(first(evidence="验收报告", closed_on=typed), "met", 2021))
    assert (entry["status"], entry["closed_on"], entry["reopened"]) == ("已销号", shown, 0)


def test_evidence_that_comes_later_closes_it_and_evidence_taken_away_opens_it() -> None:
    waiting = after(first(), "met", 2021)
    closed = after(typed_into(waiting, 0, evidence="验收报告"), "met", 2022)
    assert only(closed)["status"] == "已销号"
    assert only(closed)["closed_on"] == "2022年"
    assert only(after(typed_into(closed, 0, evidence=""), "met", 2022))["status"] == "待销号"


def test_what_is_not_met_cannot_be_closed_by_hand() -> None:
    entry = only(after(first(evidence="验收报告", status="已销号", closed_on="2020-12-01"), "not_met", 2020))
    assert (entry["status"], entry["closed_on"], entry["reopened"]) == ("未销号", "", 0)
    assert entry["history"] == "2020年退回未销号（原销号日期：2020-12-01）"


def closed_in_2021() -> pd.DataFrame:
    return after(first(evidence="验收报告"), "met", 2021)


def test_a_closed_entry_reopens_when_its_number_falls_back() -> None:
    back = after(closed_in_2021(), "not_met", 2023, value="4.4")
    entry = only(back)
    assert (entry["status"], entry["reopened"], entry["closed_on"]) == ("未销号", 1, "")
    assert (entry["first_seen"], entry["last_seen"]) == (2020, 2023)
    assert entry["note"].startswith("2023年反弹")
    assert entry["history"] == "2023年反弹（原销号日期：2021年）"
    # the evidence of the repair that did not last closes nothing
    assert only(after(back, "met", 2024))["status"] == "待销号"
    again = after(typed_into(back, 0, evidence="第二次验收报告"), "met", 2024)
    assert (only(again)["status"], only(again)["closed_on"]) == ("已销号", "2024年")
    twice = only(after(again, "not_met", 2025))
    assert twice["reopened"] == 2
    assert twice["history"] == "2023年反弹（原销号日期：2021年）；2025年反弹（原销号日期：2024年）"


def test_a_relapse_that_was_an_error_in_the_data_is_taken_back() -> None:
    closed = closed_in_2021()
    entry = only(after(after(closed, "not_met", 2022), "met", 2022))
    assert (entry["status"], entry["reopened"], entry["history"], entry["closed_on"]) == ("已销号", 0, "", "2021年")
    # a closing that rested on wrong data of the same year is no relapse
    entry = only(after(closed, "not_met", 2021))
    assert (entry["status"], entry["reopened"]) == ("未销号", 0)


def test_missing_data_close_nothing_and_open_nothing() -> None:
    entry = only(after(first(evidence="验收报告"), "undetermined", 2021, value=""))
    assert (entry["status"], entry["value"], entry["last_seen"]) == ("未销号", "3.1", 2020)
    assert "缺少数据" in entry["note"]
    by_hand = only(after(first(evidence="验收报告", status="已销号"), "undetermined", 2021))
    assert by_hand["status"] == "未销号"
    gone = after(closed_in_2021(), "undetermined", 2022)
    assert (only(gone)["status"], only(gone)["reopened"]) == ("已销号", 0)
    assert only(after(gone, "not_met", 2023))["reopened"] == 1
    waiting = after(first(), "met", 2021)
    assert only(after(typed_into(waiting, 0, status="已销号"), "undetermined", 2022))["status"] == "待销号"


def test_a_school_that_is_no_longer_judged_closes_nothing() -> None:
    other = str(Key("s", "09", "癸小学", "primary", "Q4", "threshold"))
    entry = only(ledger.update(first(evidence="验收报告"), judged(said("met", other)), 2021))
    assert entry["status"] == "未销号"
    assert "人工核查" in entry["note"]


def test_another_scheme_leaves_the_entries_of_this_one_alone() -> None:
    other = str(Key("t", "01", "甲小学", "primary", "Q4", "threshold"))
    before = first(evidence="验收报告")
    frame = ledger.update(before, judged(said("met", other)), 2021)
    assert_frame_equal(frame, before)


def test_rows_and_columns_of_peoples_own_stay_where_they_are() -> None:
    frame = first()
    frame["投入资金（万元）"] = 12.5
    own = dict.fromkeys(frame.columns, "") | {"origin": "国家反馈", "problem": "大班额", "status": "已销号"}
    frame = pd.concat([pd.DataFrame([own], dtype=object), frame.astype(object)], ignore_index=True)
    result = ledger.update(frame, judged(said("met")), 2021)
    assert list(result["投入资金（万元）"]) == ["", 12.5]
    kept = dict(result.iloc[0])
    assert (kept["origin"], kept["problem"], kept["status"], kept["key"]) == ("国家反馈", "大班额", "已销号", "")
    assert list(result["number"]) == [2, 1]
    assert result.iloc[1]["status"] == "待销号"


def test_new_entries_come_last_with_the_next_number() -> None:
    other = str(Key("s", "02", "乙小学", "primary", "Q4", "threshold"))
    frame = ledger.update(typed_into(first(), 0, number=7), judged(said("not_met", other), said("not_met")), 2021)
    assert list(frame["number"]) == [7, 8]
    assert list(frame["key"]) == [KEY, other]


def test_a_row_that_was_copied_is_the_same_entry_twice() -> None:
    frame = pd.concat([first(), first()], ignore_index=True)
    result = ledger.update(frame, judged(said("met")), 2021)
    assert list(result["status"]) == ["待销号", "待销号"]


@pytest.mark.parametrize(("old", "new"), [(KEY, SAME_NAME), (SAME_NAME, KEY)])
def test_a_school_is_known_by_its_name_where_one_year_has_no_code(old: str, new: str) -> None:
    frame = ledger.update(ledger.empty(), judged(said("not_met", old)), 2020)
    entry = only(ledger.update(frame, judged(said("not_met", new)), 2021))
    assert (entry["first_seen"], entry["last_seen"], entry["key"]) == (2020, 2021, new)


def test_a_school_that_was_renamed_is_known_by_its_code() -> None:
    renamed = str(Key("s", "01", "甲中心小学", "primary", "Q4", "threshold"))
    entry = only(ledger.update(first(school="甲校"), judged(said("not_met", renamed, school="甲中心小学")), 2021))
    assert (entry["school"], entry["last_seen"]) == ("甲校", 2021)


def test_two_schools_of_one_name_are_never_mixed_up() -> None:
    keys = [str(Key("s", code, "甲小学", "primary", "Q4", "threshold")) for code in ("07", "08")]
    new = judged(said("met", keys[0]), said("not_met", keys[1]))
    frame = ledger.update(first(evidence="验收报告"), new, 2021)
    assert list(frame["status"]) == ["未销号", "未销号"]
    assert_frame_equal(ledger.update(frame, new, 2021), frame)


def test_nothing_that_is_given_is_changed() -> None:
    old, new = first(evidence="验收报告"), judged(said("met"))
    copies = old.copy(), new.copy()
    ledger.update(old, new, 2021)
    assert_frame_equal(old, copies[0])
    assert_frame_equal(new, copies[1])


# ---- what a case says -----------------------------------------------------------------------------------------------


def case(folder: Path, rows: Iterable[made.Row], scheme: str = "quality-2017", year: int = 2020) -> Case:
    path = made.write_xlsx(folder / "990009-某县" / f"{year}.xlsx", {"学校": made.table(list(rows))})
    return case_of(path, load_scheme(scheme))


def problems(found: pd.DataFrame, kind: str) -> pd.DataFrame:
    return found[(found["verdict"] == "not_met") & found["key"].str.endswith(f"|{kind}")]


def test_a_shortfall_has_its_standard_value_and_gap(tmp_path: Path) -> None:
    low = made.primary("河西小学", 252, school_code="0000000001", teaching_area=3.2 * 252, indoor_sports_area=0.0)
    found = ledger.entries(case(tmp_path, [*made.town(), low]))
    assert found["key"].is_unique
    entry = only(problems(found, "threshold"))
    assert entry["key"] == "quality-2017|0000000001|河西小学|primary|Q4|threshold"
    assert (entry["school"], entry["stage"], entry["item"]) == ("河西小学", "小学", "Q4 教学及辅助用房")
    assert (entry["standard"], entry["value"]) == ("4.5㎡/生", "3.20㎡/生")
    # 4.5 x 252 - 3.2 x 252 = 327.6; the floor is 85 %: 3.825 x 252 - 806.4 = 157.5
    assert entry["gap"] == "缺327.6㎡（至底线157.5㎡）"
    assert entry["measure"]


def test_what_passes_gives_no_problem_of_a_school(tmp_path: Path) -> None:
    found = ledger.entries(case(tmp_path, made.town()))
    assert problems(found, "threshold").empty
    assert problems(found, "cv").empty
    assert (found["verdict"] == "met").any()


def test_a_coefficient_above_its_limit_is_the_countys(tmp_path: Path) -> None:
    rich = made.primary("示范小学", 600, equipment_value=600 * 3.0)
    found = ledger.entries(case(tmp_path, [*made.town(), rich]))
    entry = only(problems(found, "cv"))
    assert (entry["school"], entry["stage"], entry["standard"]) == ("全县", "小学", "≤0.5")
    assert float(entry["value"]) > 0.5
    assert entry["gap"].startswith("超出")


def test_a_composite_coefficient_above_its_limit_is_the_countys(tmp_path: Path) -> None:
    good = case(tmp_path, made.town(), "basic-2012")
    assert problems(ledger.entries(good), "composite").empty
    composite = good.now.composite.assign(cv=0.7, verdict="not_met").head(1)
    bad = replace(good, now=replace(good.now, composite=composite))
    entry = only(problems(ledger.entries(bad), "composite"))
    assert (entry["school"], entry["stage"], entry["standard"]) == ("全县", "小学", "≤0.65")
    assert (entry["value"], entry["gap"]) == ("0.700", "超出0.050")


def test_a_missing_number_is_a_problem_of_its_own(tmp_path: Path) -> None:
    rows = [*made.town(), made.primary("缺数小学", 300, backbone_teachers_primary=None)]
    found = ledger.entries(case(tmp_path, rows))
    data = problems(found, "data")
    entry = only(data[data["school"] == "缺数小学"])
    assert "“小学县级以上骨干教师数”" in entry["problem"]
    assert (entry["value"], entry["gap"]) == ("缺数据", "")
    threshold = found[found["key"].str.contains("缺数小学\\|primary\\|Q2\\|threshold")]
    assert only(threshold)["verdict"] == "undetermined"


def test_a_whole_column_that_is_missing_is_one_problem(tmp_path: Path) -> None:
    rows = [{**row, "backbone_teachers_primary": None} for row in made.town()]
    data = problems(ledger.entries(case(tmp_path, rows)), "data")
    assert list(data.loc[data["item"].str.startswith("Q2"), "school"]) == ["全县"]


def test_an_item_names_its_schools(tmp_path: Path) -> None:
    rows = [*made.town(), made.primary("大班小学", 400, max_class_primary=58), made.primary("巨型小学", 2300)]
    found = problems(ledger.entries(case(tmp_path, rows)), "item")
    size = only(found[found["item"].str.startswith("Gov4")])
    assert (size["school"], size["value"]) == ("巨型小学", "2300人")
    crowded = only(found[found["item"].str.startswith("Gov5")])
    assert (crowded["school"], crowded["stage"], crowded["value"]) == ("大班小学", "小学", "58人")


ITEM = {"id": "X1", "block": "b", "name": "每校达到", "short": "某项", "unit": "%", "value": 90.0, "limit": 100.0}


def item(found: Case, **fields: Any) -> pd.DataFrame:
    """The entries of a case that judges nothing but one item."""
    row = {**ITEM, "verdict": "not_met", "evidence": "", "failing": [], "unknown": [], **fields}
    only_item = ledger.entries(replace(found, now=made.saying(found.now, items=pd.DataFrame([row]))))
    return only_item[only_item["item"] == "X1 某项"]


def test_an_item_tells_of_schools_in_many_ways(tmp_path: Path) -> None:
    rows = [*made.town(), made.primary("城关小学分校", 400)]
    county = case(tmp_path, rows)
    # the longest name counts; several shortfalls of one school are one entry; its numbers are not part of the key
    failing = [
        "城关小学分校音乐教室0间（应有1间）",
        "城关小学分校美术教室0间（应有1间）",
        "城关中学（初中）91.7%（要求不低于100%）",
    ]
    found = problems(item(county, failing=failing), "item")
    assert list(found["school"]) == ["城关中学", "城关小学分校"]
    assert list(found["value"]) == ["91.7%", "音乐教室0间；美术教室0间"]
    assert list(found["standard"]) == ["不低于100%", "应有1间"]
    assert list(found["key"].str.contains("间|%")) == [False, False]
    # what is no school is the county's
    entry = only(problems(item(county, failing=["2019年"]), "item"))
    assert (entry["school"], entry["value"], entry["standard"]) == ("全县", "2019年", "100%")
    entry = only(problems(item(county, evidence="比例90%"), "item"))
    assert (entry["school"], entry["value"]) == ("全县", "比例90%")


def test_an_item_that_cannot_be_told_closes_no_schools_entry(tmp_path: Path) -> None:
    county = case(tmp_path, made.town())
    before = ledger.update(ledger.empty(), item(county, failing=["城关小学"]), 2020)
    before = typed_into(before, 0, evidence="验收报告")
    for unsure in (
        {"verdict": "undetermined", "evidence": "县级表缺数"},
        {"verdict": "undetermined", "unknown": ["城关小学"]},
        {"verdict": "not_met", "evidence": "全县比例不足"},
    ):
        frame = ledger.update(before, item(county, **unsure), 2021)
        assert frame.iloc[0]["status"] == "未销号", unsure
    for sure in ({"verdict": "met"}, {"failing": ["河东小学"]}, {"verdict": "undetermined", "unknown": ["河东小学"]}):
        frame = ledger.update(before, item(county, **sure), 2021)
        assert frame.iloc[0]["status"] == "已销号", sure


def test_data_that_an_item_lacks(tmp_path: Path) -> None:
    county = case(tmp_path, made.town())
    one = only(problems(item(county, verdict="undetermined", unknown=["河东小学"]), "data"))
    assert (one["school"], one["value"]) == ("河东小学", "缺数据")
    everyone = [row["school_name"] for row in made.town()]
    every = only(problems(item(county, verdict="undetermined", unknown=everyone), "data"))
    assert (every["school"], every["value"]) == ("全县", "各校均缺数据")
    silent = only(problems(item(county, verdict="undetermined", evidence="没有结论"), "data"))
    assert (silent["school"], silent["value"]) == ("全县", "没有结论")


def test_two_years_of_a_county_end_to_end(tmp_path: Path) -> None:
    def low(area: float | None) -> list[made.Row]:
        return [*made.town(), made.primary("河西小学", 252, teaching_area=area, indoor_sports_area=0.0)]

    def year(number: int, area: float | None, before: pd.DataFrame) -> pd.DataFrame:
        return ledger.update(before, ledger.entries(case(tmp_path, low(area), year=number)), number)

    def state(frame: pd.DataFrame) -> str:
        return str(only(frame[frame["key"].str.endswith("河西小学|primary|Q4|threshold")])["status"])

    ledger_2018 = year(2018, 800.0, ledger.empty())
    unknown = year(2019, None, ledger_2018)
    repaired = year(2020, 1200.0, unknown)
    assert [state(frame) for frame in (ledger_2018, unknown, repaired)] == ["未销号", "未销号", "待销号"]
    row = repaired.index[repaired["key"].str.endswith("河西小学|primary|Q4|threshold")][0]
    closed = year(2020, 1200.0, typed_into(repaired, row, evidence="竣工验收备案表"))
    assert [state(frame) for frame in (closed, year(2021, 1100.0, closed))] == ["已销号", "未销号"]
