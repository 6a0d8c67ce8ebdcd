"""Options, school standards, blocks with marks, branches counted with their main school, and both results."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from county import Row, balance, frame, judge, junior, nine_year, primary, town, unit
from edukit.alternatives import alternatives
from edukit.assess import assess
from edukit.errors import CallError, SchemeError
from edukit.schemes import load_scheme, with_options, with_standards
from edukit.schemes.files import merged, shipped
from edukit.settings import as_set

MET, NOT_MET, UNDETERMINED = "met", "not_met", "undetermined"
EVERY_OPTION = [(scheme, option.id) for scheme in shipped() for option in load_scheme(scheme).options]


def variant(folder: Path, text: str, extends: str = "quality-2017") -> str:
    path = folder / "variant.yaml"
    path.write_text(f"extends: {extends}\nid: variant\n{text}", encoding="utf-8")
    return str(path)


def sheet(**columns: list[object]) -> pd.DataFrame:
    first = next(iter(columns.values()))
    return pd.DataFrame(columns, index=range(5, 5 + len(first)))


# ---- options --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "option"), EVERY_OPTION)
def test_every_option_can_be_used_and_says_where_it_comes_from(scheme: str, option: str) -> None:
    plain, used = load_scheme(scheme), load_scheme(scheme, ((option, "某文件"),))
    assert [(o.id, o.basis) for o in used.used] == [(option, "某文件")]
    assert plain.used == ()
    assert used.digest != plain.digest
    own = next(o for o in plain.options if o.id == option)
    assert own.name
    assert own.text
    assert set(own.source.split("、")) <= set(plain.sources)
    changed = [name for name in vars(plain) if name not in ("used", "options", "digest")]
    assert any(getattr(used, name) != getattr(plain, name) for name in changed)


def test_no_option_is_on_by_default() -> None:
    assert [scheme for scheme in ("quality-2017", "basic-2012") if load_scheme(scheme).used] == []


def test_options_are_laid_on_in_the_order_of_the_file() -> None:
    one = load_scheme("quality-2017", (("private-out", ""), ("higher-level-out", "")))
    two = load_scheme("quality-2017", (("higher-level-out", ""), ("private-out", "")))
    assert one.exclusions == two.exclusions
    assert with_options(load_scheme("quality-2017", (("private-out", ""),)), {"higher-level-out": ""}) == one


def test_an_unknown_option_is_refused_with_a_suggestion() -> None:
    with pytest.raises(CallError, match="是否指 private-out"):
        load_scheme("quality-2017", (("privat-out", ""),))


def test_a_scheme_file_can_use_an_option(tmp_path: Path) -> None:
    policy = load_scheme(variant(tmp_path, "name: 某省办法\nuse: {private-out: 某省〔2024〕1号}\n"))
    assert [(o.id, o.basis) for o in policy.used] == [("private-out", "某省〔2024〕1号")]
    assert any("民办" in rule.when.get("sponsor_type", ()) for rule in policy.exclusions)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("use: {nobody: x}\n", "没有名为“nobody”的口径"),
        ("options: {o: {name: 口径, text: 说明}}\n", "缺少“changes”"),
        ("blocks: {教育质量: {rule: most}}\n", "应为 all、marks 之一"),
        ("blocks: {教育质量: {rule: marks}}\n", "应为大于 0 的数"),
        ("targets: {某县: {level: 省级}}\n", "缺少“year”"),
        ("indicators: {Q3: {extra: {fields: {nonsense: 1}}}}\n", "数据字典中没有“nonsense”"),
        ("scope: {exclude: {民办: {when: {sponsor_type: 民办}, reason: x}}}\n", "应为列表"),
    ],
)
def test_a_broken_entry_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SchemeError, match=reason) as refusal:
        load_scheme(variant(tmp_path, text))
    assert "variant.yaml 第 3 行" in str(refusal.value)


def test_marks_must_make_up_a_hundred(tmp_path: Path) -> None:
    with pytest.raises(SchemeError, match="各项分值之和应为 100，实为 101"):
        load_scheme(variant(tmp_path, "items: {Work1: {marks: 6}}\n", "basic-2012"))


def test_entries_of_a_list_are_reached_by_their_number() -> None:
    base = {"conditions": [{"kind": "a", "x": 1}, {"kind": "b"}]}
    assert merged(base, {"conditions": {1: {"x": 2}, 3: {"kind": "c"}}}) == {
        "conditions": [{"kind": "a", "x": 2}, {"kind": "b"}, {"kind": "c"}]
    }
    assert merged(base, {"conditions": {1: None}}) == {"conditions": [{"kind": "b"}]}
    assert merged(base, {"conditions": [{"kind": "d"}]}) == {"conditions": [{"kind": "d"}]}


def test_a_workbook_switches_options_on() -> None:
    policy, found = as_set(
        load_scheme("quality-2017"),
        sheet(
            option_id=["private-out", "rooms-2016", "size-2010", "gym-deducted"],
            option_on=["是", "是", "否", "是"],
            option_basis=["某文件", None, None, "某文件"],
        ),
    )
    assert [(o.id, o.basis) for o in policy.used] == [("rooms-2016", ""), ("private-out", "某文件")]
    assert [(f.severity.value, f.where) for f in found] == [("warning", "评估设置!第6行"), ("info", "评估设置!第8行")]
    assert "没有写明依据" in found[0].message
    assert as_set(load_scheme("quality-2017"), pd.DataFrame()) == (load_scheme("quality-2017"), [])


def test_shared_teachers_count_only_in_rural_schools_of_50_to_99_pupils() -> None:
    shared: Row = {"pe_shared_teachers_primary": 1, "music_shared_teachers_primary": 2, "urban_type": "乡村"}
    rows = [
        primary("满员", 99, **shared),
        primary("过大", 100, **shared),
        primary("城区", 99, **{**shared, "urban_type": "城区"}),
        primary("空白", 99, urban_type="乡村"),
    ]
    plain, used = judge(rows), assess(frame(rows), load_scheme("quality-2017", (("shared-teachers", ""),)))
    more = used.matrix("resource")["Q3"] - plain.matrix("resource")["Q3"]
    assert dict(zip(used.units["school"], more, strict=True)) == {"满员": 3, "过大": 0, "城区": 0, "空白": 0}
    assert used.matrix("value")["Q3"].iloc[0] == pytest.approx((1 + 3) / 99 * 100)


def test_a_dense_centre_counts_rented_fields_split_between_its_sections() -> None:
    rows = [nine_year("中心学校", (300, 200), dense_centre="是", offsite_sports_area=520, extra_sports_area=None)]
    plain, used = judge(rows), assess(frame(rows), load_scheme("quality-2017", (("dense-centre", ""),)))
    more = used.matrix("resource")["Q5"] - plain.matrix("resource")["Q5"]
    assert more.tolist() == pytest.approx([300.0, 220.0])  # 520 in the ratio 300 : 1.1 x 200


# ---- branches -------------------------------------------------------------------------------------------------------


def test_a_branch_is_added_to_its_main_school() -> None:
    rows = [
        nine_year("中心校", (300, 200)),
        primary("教学点", 60, counted="否", main_school="中心 校", max_class_primary=44),
        primary("失联点", 70, counted="否", main_school="没有的学校"),
    ]
    used = assess(frame(rows), load_scheme("quality-2017", (("branches-merged", ""),)))
    assert used.units[["school", "stage", "pupils"]].values.tolist() == [
        ["中心校", "primary", 360.0],
        ["失联点", "primary", 70.0],
        ["中心校", "junior", 200.0],
    ]
    main = used.source.loc[0]
    assert main["max_class_primary"] == 44
    assert main["teaching_area"] == (500 + 60) * 8
    assert main["teachers_primary"] == 27 + 6
    assert main["teachers_junior"] == 18
    assert used.excluded["reason"].tolist() == ["并入主校计算（中心 校）"]
    assert used.excluded["pupils"].tolist() == [60]


def test_what_a_branch_leaves_blank_is_unknown_in_the_sum() -> None:
    rows = [
        primary("主校", 300),
        primary("分校", 60, counted="否", main_school="主校", books=None, multimedia_rooms=None),
    ]
    used = assess(frame(rows), load_scheme("quality-2017", (("branches-merged", ""),)))
    assert unit(used, "主校")["verdict"] == UNDETERMINED  # the seventh may be below the floor
    assert balance(used, "Q7")["verdict"] == UNDETERMINED


# ---- the provinces' school standards --------------------------------------------------------------------------------


def standards(*rows: tuple[str, str | None, float | None]) -> pd.DataFrame:
    return sheet(
        standard_indicator=[row[0] for row in rows],
        standard_stage=[row[1] for row in rows],
        standard_value=[row[2] for row in rows],
        standard_source=["某省办学标准" for _ in rows],
    )


def test_school_standards_come_from_the_workbook() -> None:
    rows = [primary("甲", 100, books=3000, site_area=2000), primary("乙", 100, books=2999, site_area=2000)]
    table = standards(("生均图书册数", "小学", 30), ("S1", None, 20))
    result = assess(frame(rows), load_scheme("basic-2012"), sheets={"办学标准": table})
    assert [unit(result, name)["verdict"] for name in ("甲", "乙")] == [MET, NOT_MET]
    assert unit(result, "乙")["below_floor"] == ["B5"]
    assert result.parts["schools"].value == NOT_MET
    assert "S1" not in set(result.balance["indicator"])
    assert len(result.balance) == 8
    assert result.blocks[["name", "verdict"]].values.tolist()[:2] == [
        ["学校办学基本标准", NOT_MET],
        ["校际间均衡状况", MET],
    ]


def test_a_standard_at_its_value_is_reached_and_a_blank_is_open() -> None:
    rows = [primary("甲", 300, books=None), primary("乙", 300, teaching_area=1200.3)]
    table = standards(("B5", None, 1), ("B1", None, 4.001))
    result = assess(frame(rows), load_scheme("basic-2012"), sheets={"办学标准": table})
    assert [unit(result, name)["verdict"] for name in ("甲", "乙")] == [UNDETERMINED, MET]


def test_without_a_table_the_schools_are_not_judged() -> None:
    result = judge(town(), "basic-2012")
    first = result.blocks.iloc[0]
    assert (first["name"], first["verdict"], first["n_items"]) == ("学校办学基本标准", UNDETERMINED, 0)
    assert "办学标准" in first["note"]


def test_rows_of_the_table_that_cannot_be_used_are_named() -> None:
    policy, found = with_standards(load_scheme("basic-2012"), standards(("操场", None, 3), ("B5", "小学", None)))
    assert policy == load_scheme("basic-2012")
    assert [f.where for f in found] == ["办学标准!第5行", "办学标准!第6行"]
    assert "没有名为“操场”的指标" in found[0].message
    assert with_standards(load_scheme("quality-2017"), standards(("B5", None, 3))) == (load_scheme("quality-2017"), [])


# ---- blocks and scope -----------------------------------------------------------------------------------------------


def on_record(**verdicts: str) -> dict[str, pd.DataFrame]:
    return {
        "核查结论": sheet(
            item_id=list(verdicts),
            item_verdict=list(verdicts.values()),
            item_basis=["某文件" for _ in verdicts],
            item_marks=[float("nan") for _ in verdicts],
        )
    }


def test_with_the_main_sheet_alone_the_resources_are_judged_alone() -> None:
    result = judge(town())
    assert (result.scope, result.verdict, result.resource_verdict) == ("resources", MET, MET)


def test_with_anything_of_the_other_blocks_all_of_them_count() -> None:
    one = assess(frame(town()), load_scheme("quality-2017"), sheets=on_record(Gov1="达到"))
    other = assess(frame(town()), load_scheme("quality-2017"), sheets=on_record(Gov1="未达到"))
    assert (one.scope, one.verdict, one.resource_verdict) == ("all", UNDETERMINED, MET)
    assert (other.scope, other.verdict) == ("all", NOT_MET)


def test_a_block_that_does_not_count_is_only_reported(tmp_path: Path) -> None:
    text = "".join(
        f"  {name}: {{counts: false}}\n" for name in ("前置条件", "政府保障程度", "教育质量", "社会认可度", "一票否决")
    )
    policy = load_scheme(variant(tmp_path, f"blocks:\n{text}"))
    result = assess(frame(town()), policy, sheets=on_record(Gov1="未达到"))
    own = result.blocks.set_index("name").loc["政府保障程度"]
    assert (own["verdict"], own["counts"], result.verdict) == (NOT_MET, False, MET)


def test_an_item_is_asked_for_in_its_years_only(tmp_path: Path) -> None:
    policy = load_scheme(variant(tmp_path, "items: {Gov1: {from_year: 2022, to_year: 2024}}\n"))
    there = {
        year: "Gov1" in set(assess(frame(town()), policy, year=year).items["id"]) for year in (2021, 2022, 2024, 2025)
    }
    assert there == {2021: False, 2022: True, 2024: True, 2025: False}


# ---- both results ---------------------------------------------------------------------------------------------------


def turned(rows: list[Row], *options: str) -> pd.DataFrame:
    source = frame(rows)
    now = assess(source, load_scheme("quality-2017", tuple((option, "") for option in options)))
    return alternatives(now, lambda scheme: assess(source, scheme))


def test_an_uncertain_rule_that_decides_is_shown_with_both_results() -> None:
    found = turned([*town(), primary("民办学校", 300, sponsor_type="民办", multimedia_rooms=0)])
    assert set(found["option"]) == {"private-out"}
    county = found[found["kind"] == "county"].iloc[0]
    assert (county["here"], county["there"]) == ("未达标", "达标")
    assert not found["used"].any()


def test_an_uncertain_rule_that_decides_nothing_is_not_shown() -> None:
    assert turned(town()).empty


def test_an_option_in_use_shows_every_number_that_it_changed() -> None:
    rows = [*town(), primary("民办学校", 300, sponsor_type="民办", books=1), junior("第二中学", 400)]
    found = turned(rows, "private-out")
    assert set(found["option"]) == {"private-out"}
    assert found["used"].all()
    assert "cv" in set(found["kind"])
