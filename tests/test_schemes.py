"""The schemes: the numbers of both national policies, variants that extend them, and broken files refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from county import GIVEN, judge, junior, primary
from edukit import documents
from edukit.errors import CallError, SchemeError
from edukit.schemes import Scheme, as_given, available, load_scheme, with_options

QUALITY = {  # standard and floor of primary, standard and floor of junior; standards.md 2.1
    "Q1": (4.2, 3.57, 5.3, 4.505),
    "Q2": (1, 0.85, 1, 0.85),
    "Q3": (0.9, 0.765, 0.9, 0.765),
    "Q4": (4.5, 3.825, 5.8, 4.93),
    "Q5": (7.5, 6.375, 10.2, 8.67),
    "Q6": (2000, 1700, 2500, 2125),
    "Q7": (2.3, 1.955, 2.4, 2.04),
}


VARIANTS = ["county-draft", "guangdong-city", "guangxi-guigang-2022", "jiangsu", "liaoning-2018", "shandong-city"]


@pytest.fixture(scope="module")
def quality() -> Scheme:
    return load_scheme("quality-2017")


@pytest.fixture(scope="module")
def basic() -> Scheme:
    return load_scheme("basic-2012")


def test_both_national_schemes_are_there() -> None:
    names = available()
    assert names["basic-2012"] == "县域义务教育均衡发展督导评估暂行办法"
    assert names["quality-2017"] == "县域义务教育优质均衡发展督导评估办法"
    assert list(names) == sorted([*VARIANTS, "basic-2012", "quality-2017"])


@pytest.mark.parametrize("indicator", QUALITY)
def test_quality_standards_floors_and_limits(quality: Scheme, indicator: str) -> None:
    own, rule = quality.indicator(indicator), quality.school_rule
    assert rule is not None
    first, second = own.threshold["primary"], own.threshold["junior"]
    assert (first, rule.floor(first), second, rule.floor(second)) == QUALITY[indicator]
    assert dict(own.cv_limit) == {"primary": 0.5, "junior": 0.45}


def test_quality_rule(quality: Scheme) -> None:
    assert quality.ids == tuple(QUALITY)
    assert quality.school_rule is not None
    assert (quality.school_rule.min_met, quality.school_rule.floor_share) == (6, 0.85)
    assert not quality.composite_limit


def test_basic_limits(basic: Scheme) -> None:
    assert basic.ids == tuple(f"B{number}" for number in range(1, 9))
    assert dict(basic.composite_limit) == {"primary": 0.65, "junior": 0.55}
    assert basic.school_rule is None
    assert not any(indicator.cv_limit or indicator.threshold for indicator in basic.indicators)


@pytest.mark.parametrize(
    ("scheme", "split"), [("basic-2012", {"B1", "B2", "B3", "B4", "B5"}), ("quality-2017", {"Q4", "Q5", "Q6", "Q7"})]
)
def test_what_is_split_and_how(scheme: str, split: set[str]) -> None:
    policy = load_scheme(scheme)
    assert {indicator.id for indicator in policy.indicators if indicator.split} == split
    assert dict(policy.split_weights) == {"primary": 1, "junior": 1.1, "senior": 1.32}
    assert not any("{stage}" in field for i in policy.indicators if i.split for field in i.numerator)
    assert all("{stage}" in field for i in policy.indicators if not i.split for field in i.numerator)


@pytest.mark.parametrize("scheme", ["basic-2012", "quality-2017"])
def test_every_number_has_a_source_that_is_explained(scheme: str) -> None:
    policy = load_scheme(scheme)
    cited = [*policy.indicators, *policy.exclusions, *policy.school_items, *filter(None, [policy.school_rule])]
    for entry in cited:
        assert entry.source, entry
        assert set(entry.source.split("、")) <= set(policy.sources), entry


def test_a_scheme_can_be_printed(quality: Scheme, basic: Scheme) -> None:
    text = documents.scheme(quality)
    for part in (
        "教督〔2017〕6号",
        "小学 4.2、初中 5.3",
        "差异系数上限 小学 0.5、初中 0.45",
        "85%",
        "不足50人的教学点",
        "1.32",
    ):
        assert part in text
    assert "小学 0.65、初中 0.55" in documents.scheme(basic)


# ---- variants -------------------------------------------------------------------------------------------------------


def variant(folder: Path, text: str, name: str = "variant.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_variant_changes_only_what_it_says(tmp_path: Path, quality: Scheme) -> None:
    path = variant(
        tmp_path,
        """
extends: quality-2017
id: 某省-2024
name: 某省优质均衡评估办法
indicators:
  Q1: {threshold: {primary: 5}}
  Q7:
school_rule: {min_met: 5}
""",
    )
    own = load_scheme(path)
    assert (own.id, own.document) == ("某省-2024", quality.document)
    assert own.ids == ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6")
    assert dict(own.indicator("Q1").threshold) == {"primary": 5, "junior": 5.3}
    assert own.indicator("Q2") == quality.indicator("Q2")
    assert own.school_rule is not None
    assert (own.school_rule.min_met, own.school_rule.floor_share) == (5, 0.85)
    assert own.exclusions == quality.exclusions
    assert own.digest != quality.digest
    assert judge([primary("小学", 100, higher_degree_teachers_primary=5)], path).cells["threshold"].iloc[0] == 5


def test_a_stage_without_a_standard_is_not_judged_by_it(tmp_path: Path) -> None:
    path = variant(tmp_path, "extends: quality-2017\nid: x\nindicators:\n  Q7: {threshold: {junior: null}}\n")
    result = judge([junior("初中", 500, multimedia_rooms=0), primary("小学", 400)], path)
    own = result.cells[(result.cells["school"] == "初中") & (result.cells["indicator"] == "Q7")].iloc[0]
    assert (own["verdict"], own["below_floor"]) == ("", False)
    assert result.schools[["n_met", "n_unknown", "verdict"]].to_numpy().tolist() == [[7, 0, "met"], [6, 0, "met"]]


def test_a_variant_of_a_variant(tmp_path: Path) -> None:
    first = variant(tmp_path, "extends: quality-2017\nid: a\ncv_limit: {primary: 0.4}\n", "a.yaml")
    second = variant(tmp_path, f"extends: {first}\nid: b\ncv_limit: {{junior: 0.3}}\n", "b.yaml")
    assert dict(load_scheme(second).indicator("Q1").cv_limit) == {"primary": 0.4, "junior": 0.3}


def test_a_file_is_found_from_the_project_folder_and_its_parent_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "办法").mkdir()
    variant(tmp_path / "办法", "extends: quality-2017\nid: a\ncv_limit: {primary: 0.4}\n", "a.yaml")
    variant(tmp_path / "办法", "extends: a.yaml\nid: b\ncv_limit: {junior: 0.3}\n", "b.yaml")
    own = load_scheme("办法/b.yaml", folder=tmp_path)
    assert dict(own.indicator("Q1").cv_limit) == {"primary": 0.4, "junior": 0.3}
    assert own.files == (tmp_path / "办法" / "a.yaml", tmp_path / "办法" / "b.yaml")
    assert with_options(own, {}).digest == own.digest
    variant(tmp_path / "办法", "extends: quality-2017\nid: a\ncv_limit: {primary: 0.41}\n", "a.yaml")
    changed = load_scheme("办法/b.yaml", folder=tmp_path)
    assert dict(changed.indicator("Q1").cv_limit) == {"primary": 0.41, "junior": 0.3}
    assert changed.digest != own.digest


def test_a_report_is_told_a_file_of_the_project_by_its_place_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, elsewhere = tmp_path / "项目", tmp_path / "别处"
    for folder in (project / "办法", elsewhere):
        folder.mkdir(parents=True)
        variant(folder, "extends: quality-2017\nid: a\n", "a.yaml")
    monkeypatch.chdir(project / "办法")
    for typed in ("a.yaml", "办法/a.yaml", str(project / "办法" / "a.yaml")):
        assert as_given(typed, project) == "办法/a.yaml"
    with pytest.raises(CallError, match="不在项目文件夹里"):
        as_given(str(elsewhere / "a.yaml"), project)
    assert as_given("quality-2017", project) == "quality-2017"
    with pytest.raises(CallError, match=r"找不到评估办法文件 b\.yaml"):
        as_given("b.yaml", project)


def test_a_file_that_notepad_saved_otherwise_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("extends: quality-2017\nid: a\nname: 某某省优质均衡办法\n".encode("gb18030"))
    with pytest.raises(SchemeError, match=r"a\.yaml 不是 UTF-8 编码"):
        load_scheme(str(path))
    path.write_bytes("extends: quality-2017\nid: a\nname: 某省\n".encode("utf-8-sig"))
    assert load_scheme(str(path)).name == "某省"


def test_a_scope_of_its_own(tmp_path: Path) -> None:
    path = variant(
        tmp_path,
        """
extends: quality-2017
id: 公办
scope:
  exclude:
    - when: {sponsor_type: [民办]}
      reason: 民办学校不计入
      source: 省
""",
    )
    rows = [primary("公办小学"), primary("民办小学", sponsor_type="民办")]
    assert judge(rows, path).excluded["reason"].tolist() == ["民办学校不计入"]
    assert judge(rows).excluded.empty


def test_the_scheme_for_given_columns_is_sound() -> None:
    assert load_scheme(GIVEN).ids[0] == "teachers_per_student"


# ---- broken files ---------------------------------------------------------------------------------------------------

HEAD = "extends: quality-2017\nid: x\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + "indicator: {}\n", 3, ["不认识的键“indicator”", "是否指 indicators"]),
        (HEAD + "indicators:\n  Q1: {treshold: {primary: 4}}\n", 4, ["treshold", "是否指 threshold"]),
        (HEAD + "indicators:\n  Q1:\n    threshold: {primary: 约4}\n", 5, ["indicators.Q1.threshold.primary", "约4"]),
        (HEAD + "indicators:\n  Q1:\n    threshold:\n      primary: -4\n", 6, ["大于 0"]),
        (HEAD + "indicators:\n  Q1: {threshold: {senior: 4}}\n", 4, ["senior", "primary、junior"]),
        (HEAD + "indicators:\n  Q1: {numerator: {techers: 1}}\n", 4, ["数据字典中没有“techers”"]),
        (HEAD + "indicators:\n  Q1: {numerator: [books]}\n", 4, ["indicators.Q1.numerator", "键: 数"]),
        (HEAD + "indicators:\n  Q1: {per: 0}\n", 4, ["indicators.Q1.per", "大于 0"]),
        (HEAD + "indicators:\n  Q9: {name: 新指标}\n", 4, ["缺少"]),
        (HEAD + "indicators:\n  Q1: 4.2\n", 4, ["键: 值"]),
        (HEAD + "indicators: [Q1]\n", 3, ["指标编号: 内容"]),
        (HEAD + "cv_limit: {primary: true}\n", 3, ["cv_limit.primary"]),
        (HEAD + "school_rule: {min_met: 8}\n", 3, ["min_met", "1 到 7"]),
        (HEAD + "school_rule: {floor_share: 85}\n", 3, ["floor_share", "0 到 1"]),
        (HEAD + "school_rule: {floor_share: 八成五}\n", 3, ["school_rule.floor_share", "八成五"]),
        (HEAD + "school_rule: {min_meet: 6}\n", 3, ["min_meet", "是否指 min_met"]),
        (HEAD + "split: {weights: {primary: 0}}\n", 3, ["split.weights.primary", "大于 0"]),
        (HEAD + "scope: {exclude: [{when: {school_kind: [小学]}, reason: x}]}\n", 3, ["school_kind"]),
        (
            HEAD + "scope:\n  exclude:\n    - when: {school_type: [私立学校]}\n      reason: x\n",
            5,
            ["私立学校", "可选值"],
        ),
        (HEAD + "scope:\n  exclude:\n    - when: {school_type: [小学]}\n", 5, ["缺少“reason”"]),
        (HEAD + "name: a\nname: b\n", 4, ["“name”重复出现"]),
        (HEAD + "school_items: {Gov4: {limit: {小学: 四十五}}}\n", 3, ["school_items.Gov4.limit.小学"]),
        ("id: x\nname: y\n", 1, ["缺少"]),
        ("- a\n- b\n", 1, ["键: 值"]),
        ("id: x\nname: [y\n", 3, ["YAML 格式有误"]),
        ("extends: 没有这个\nid: x\n", 1, ["没有名为“没有这个”的评估办法"]),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: list[str]) -> None:
    path = variant(tmp_path, text)
    with pytest.raises(SchemeError) as refused:
        load_scheme(path)
    message = str(refused.value)
    assert f"variant.yaml 第 {line} 行" in message, message
    for word in words:
        assert word in message, message
    assert refused.value.exit_code == 2


def test_two_files_that_extend_each_other(tmp_path: Path) -> None:
    first, second = str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")
    variant(tmp_path, f"extends: {second}\nid: a\n", "a.yaml")
    variant(tmp_path, f"extends: {first}\nid: b\n", "b.yaml")
    with pytest.raises(SchemeError, match="互相继承"):
        load_scheme(first)


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ("quality-2071", ["没有名为“quality-2071”", "是否指 quality-2017？"]),
        ("base", ["可用：basic-2012、county-draft"]),
        ("没有.yaml", ["找不到评估办法文件 没有.yaml"]),
    ],
)
def test_an_unknown_scheme(scheme: str, words: list[str]) -> None:
    with pytest.raises(CallError) as refused:
        load_scheme(scheme)
    for word in words:
        assert word in str(refused.value)
