"""The commands: exit codes, what they print, and the JSON that other programs rely on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from county import balance, from_json, judge, junior, opened, primary, saved, town, unit, write_csv
from edukit.checks import check
from edukit.cli import main

HEAD = ["county", "year", "scheme", "verdict", "balance", "composite", "schools", "items", "excluded", "findings"]
KEYS = {
    "balance": ["stage", "indicator", "name", "unit", "n_units", "pupils", "mean", "sd", "cv", "cv_limit", "verdict"],
    "composite": ["stage", "cv", "limit", "verdict"],
    "schools": ["school", "code", "stage", "pupils", "values", "n_met", "below_floor", "verdict"],
    "items": ["id", "block", "name", "value", "limit", "verdict", "evidence"],
    "excluded": ["school", "stage", "reason"],
    "findings": ["severity", "rule", "where", "message"],
}
MIXED = [
    primary("甲", 300, school_code="0123456789"),
    primary("乙", 207, multimedia_rooms=None),
    primary("点", 30, school_type="小学教学点"),
    primary("丁", 307, backbone_teachers_primary=0, sponsor_type="民办"),
    junior("戊", 411, max_class_junior=None),
]
BROKEN = [primary("甲", 300, pupils_primary="三百"), primary("乙", 200, books=-1)]

Run = tuple[int, str, str]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Run:
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def assessed(capsys: pytest.CaptureFixture[str], path: Path, scheme: str, expected: int = 0) -> dict[str, Any]:
    code, out, _ = run(capsys, "assess", path, "--scheme", scheme, "--json")
    assert code == expected
    return from_json(out)


# ---- assess ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["quality-2017", "basic-2012"])
def test_assess_json_has_exactly_the_promised_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], scheme: str
) -> None:
    document = assessed(capsys, saved(tmp_path, MIXED), scheme)
    assert list(document) == HEAD
    assert document["county"] == {"code": "210903", "name": "新邱区"}
    assert (document["year"], document["scheme"]) == (2020, scheme)
    for part, keys in KEYS.items():
        assert all(list(entry) == keys for entry in document[part]), part
    assert {entry["stage"] for entry in document["balance"]} == {"primary", "junior"}
    assert bool(document["composite"]) == (scheme == "basic-2012")
    assert {entry["severity"] for entry in document["findings"]} <= {"error", "warning", "info"}


def test_assess_json_numbers_are_unrounded_and_unknown_is_null(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = assessed(capsys, saved(tmp_path, MIXED), "quality-2017")
    result = judge(opened(tmp_path, MIXED).schools)
    for entry in document["balance"]:
        row = balance(result, entry["indicator"], entry["stage"])
        for key in ("mean", "sd", "cv", "pupils", "cv_limit"):
            assert (entry[key] is None) == (row[key] != row[key])
            assert entry[key] is None or entry[key] == row[key]
        assert isinstance(entry["n_units"], int)
    own = {entry["school"]: entry for entry in document["schools"]}
    assert own["甲"]["code"] == "0123456789"
    assert own["乙"]["code"] is None
    assert own["乙"]["values"]["Q7"] is None
    assert own["乙"]["verdict"] == "undetermined"
    assert own["丁"]["values"]["Q2"] == 0
    assert own["丁"]["below_floor"] == ["Q2"]
    assert own["丁"]["values"]["Q6"] == 3000
    assert list(own["甲"]["values"]) == [f"Q{number}" for number in range(1, 8)]
    assert own["甲"]["n_met"] == unit(result, "甲")["n_met"] == 7
    assert [entry["school"] for entry in document["excluded"]] == ["点"]
    assert document["verdict"] == "not_met"


def test_assess_json_without_limits_has_null(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = assessed(capsys, saved(tmp_path, MIXED), "basic-2012")
    assert {(entry["cv_limit"], entry["verdict"]) for entry in document["balance"]} == {(None, None)}
    assert {(entry["n_met"], entry["verdict"]) for entry in document["schools"]} == {(None, None)}
    assert [(entry["stage"], entry["limit"]) for entry in document["composite"]] == [
        ("primary", 0.65),
        ("junior", 0.55),
    ]
    assert {entry["school"] for entry in document["excluded"]} == {"点", "丁"}


def test_assess_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "assess", saved(tmp_path, MIXED))
    assert (code, err) == (0, "")
    for part in ("新邱区 2020 优质均衡", "未达到优质均衡资源配置要求", "无法计算", "点：不足50人的教学点"):
        assert part in out
    assert re.search(r"丁（小学）.*达标 6 项.*低于底线：Q2", out)
    assert re.search(r"乙（小学）.*无法判定", out)
    assert "nan" not in out


def test_assess_basic_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "assess", saved(tmp_path, town()), "--scheme", "basic-2012")
    assert code == 0
    assert "小学综合差异系数" in out
    assert "（上限 0.65）达标" in out


def test_assess_refuses_data_with_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, BROKEN)
    code, out, err = run(capsys, "assess", path)
    assert (code, out) == (1, "")
    assert "2020.xlsx 中有 2 处错误" in err
    assert "三百" in err
    document = assessed(capsys, path, "quality-2017", expected=1)
    assert list(document) == HEAD
    assert document["verdict"] == "undetermined"
    assert [entry["rule"] for entry in document["findings"] if entry["severity"] == "error"] == [
        "not-a-number",
        "range",
    ]
    assert document["balance"] == document["schools"] == []


def test_assess_of_an_unreadable_file_is_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "2020.xlsx"
    path.write_bytes(b"PK\x03\x04")
    document = assessed(capsys, path, "quality-2017", expected=1)
    assert list(document) == HEAD
    assert [entry["rule"] for entry in document["findings"]] == ["unreadable"]


def test_the_year_before_is_compared_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, town())
    saved(tmp_path, [row | {"books": 1} for row in town()]).rename(path.with_name("2019.xlsx"))
    saved(tmp_path, town())
    _, out, _ = run(capsys, "check", path)
    assert "比上年变化" in out


def test_a_broken_year_before_does_not_matter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, town())
    path.with_name("2019.xlsx").write_bytes(b"PK")
    assert run(capsys, "assess", path)[0] == 0


# ---- check ----------------------------------------------------------------------------------------------------------


def test_check_a_clean_county(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row | {"sponsor_type": "县级教育部门"} for row in town()]
    code, out, err = run(capsys, "check", saved(tmp_path, rows))
    assert (code, err) == (0, "")
    assert "没有发现问题" in out


def test_check_prints_every_finding_with_its_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, BROKEN)
    code, out, _ = run(capsys, "check", path)
    assert code == 1
    for finding in check(opened(tmp_path, BROKEN)):
        assert f"[{finding.severity.label}] {finding.where}　{finding.message}" in out
    assert "错误 2 处" in out
    assert "改正错误后才能测算" in out


def test_check_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, BROKEN)
    code, out, _ = run(capsys, "check", path, "--json")
    assert code == 1
    document = from_json(out)
    assert list(document) == ["path", "findings"]
    assert all(list(entry) == KEYS["findings"] for entry in document["findings"])
    assert [entry["severity"] for entry in document["findings"]][:2] == ["error", "error"]


def test_check_several_files_goes_on_after_a_bad_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "坏.xlsx"
    bad.write_bytes(b"PK\x03\x04")
    good = saved(tmp_path, town())
    code, out, _ = run(capsys, "check", bad, good, "--json")
    assert code == 1
    documents = json.loads(out)
    assert [entry["path"] for entry in documents] == [str(bad), str(good)]
    assert [entry["rule"] for entry in documents[0]["findings"]] == ["unreadable"]
    assert not [entry for entry in documents[1]["findings"] if entry["severity"] == "error"]


def test_a_missing_path_among_several_checks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", saved(tmp_path, town()), tmp_path / "没有.xlsx")
    assert (code, out) == (2, "")
    assert "没有.xlsx" in err


# ---- template -------------------------------------------------------------------------------------------------------


def test_template_writes_once_and_never_over_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "某县2020.xlsx"
    assert run(capsys, "template", out)[0] == 0
    first = out.read_bytes()
    code, _, err = run(capsys, "template", out)
    assert code == 2
    assert "已经存在，没有覆盖" in err
    assert out.read_bytes() == first


@pytest.mark.parametrize(("name", "words"), [("某县.xls", "应以 .xlsx 结尾"), ("没有/某县.xlsx", "不存在")])
def test_template_refuses_a_wrong_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    code, _, err = run(capsys, "template", tmp_path / name)
    assert code == 2
    assert words in err
    assert list(tmp_path.iterdir()) == []


# ---- schemes --------------------------------------------------------------------------------------------------------


def test_schemes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "schemes")
    assert code == 0
    assert {"basic-2012", "quality-2017", "guangxi-guigang-2022"} <= {line.split()[0] for line in out.splitlines()}
    code, out, _ = run(capsys, "schemes", "quality-2017")
    assert code == 0
    assert "教督〔2017〕6号" in out
    assert "来源" in out


@pytest.mark.parametrize("arguments", [["schemes", "quality-2071"], ["assess", "{path}", "--scheme", "quality-2071"]])
def test_an_unknown_scheme_is_answered_with_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    path = saved(tmp_path, town())
    code, out, err = run(capsys, *[argument.format(path=path) for argument in arguments])
    assert (code, out) == (2, "")
    assert "是否指 quality-2017？" in err


def test_a_broken_scheme_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scheme = tmp_path / "某省.yaml"
    scheme.write_text(
        "extends: quality-2017\nid: x\nindicators:\n  Q1: {threshold: {primary: 约4}}\n", encoding="utf-8"
    )
    code, out, err = run(capsys, "assess", saved(tmp_path, town()), "--scheme", scheme)
    assert (code, out) == (2, "")
    assert "某省.yaml 第 4 行" in err


# ---- report: before anything runs -----------------------------------------------------------------------------------


def project(tmp_path: Path) -> Path:
    home = tmp_path / "项目"
    saved(home / "data" / "raw", BROKEN)
    (home / "notebooks").mkdir()
    (home / "notebooks" / "balance.ipynb").write_text("{}", encoding="utf-8")
    return home


@pytest.mark.parametrize(
    ("county", "year", "more", "code", "words"),
    [
        ("210904", 2020, [], 2, "没有“210904”。是否指 210903"),
        ("新邱", 2020, [], 2, "是否指 新邱区"),
        ("210903", 2019, [], 2, "没有 2019 年的数据"),
        ("210903", 2020, ["--scheme", "quality"], 2, "是否指 quality-2017"),
        ("210903", 2020, ["--notebook", "blance"], 2, "现有：balance"),
        ("210903", 2020, [], 1, "2020.xlsx 中有 2 处错误"),
    ],
)
def test_bad_input_writes_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    county: str,
    year: int,
    more: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.setenv("EDUKIT_HOME", "")
    home = project(tmp_path)
    before = sorted(path for path in home.rglob("*"))
    result, out, err = run(capsys, "report", county, year, "--home", home, *more)
    assert (result, out) == (code, "")
    assert words in err
    assert "Traceback" not in err
    assert sorted(path for path in home.rglob("*")) == before


# ---- wrong calls ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "缺少参数"),
        (["chek"], "错误：没有“chek”，可选：template、check、"),
        (["batch", "--engine", "warn"], "参数 --engine 没有“warn”，可选：warm、papermill\n"),
        (["batch", "--year", "去年"], "参数 --year 应为整数，实为“去年”\n"),
        (["batch", "--year"], "参数 --year 后面应有一个值\n"),
        (["assess"], "缺少参数"),
        (["assess", "没有这个文件.xlsx"], "找不到"),
        (["check", "没有这个文件.xlsx"], "找不到"),
        (["report", "210903"], "缺少参数"),
        (["report", "210903", "二〇二〇"], "应为整数"),
        (["assess", "x.xlsx", "--shceme", "y"], "不认识的参数"),
        (["template"], "缺少参数"),
    ],
)
def test_a_wrong_call_is_2_and_says_so_in_chinese(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("错误：")
    assert words in err


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["assess", "--help"], ["check", "-h"]])
def test_help_is_in_chinese(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, _ = run(capsys, *arguments)
    assert code == 0
    assert "显示本说明" in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from edukit import __version__

    assert run(capsys, "--version")[:2] == (0, f"edukit {__version__}\n")


def test_python_dash_m(tmp_path: Path, root: Path) -> None:
    path = write_csv(
        tmp_path / "210903-新邱区" / "2020.csv", [["学校名称", "办学类型", "小学在校生数"], ["甲", "小学", "x"]]
    )
    done = subprocess.run(
        [sys.executable, "-m", "edukit", "check", str(path)],
        cwd=root,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1", "PATH": ""},
    )
    assert done.returncode == 1
    assert "2020.csv!C2" in done.stdout
    assert done.stderr == ""


def test_output_to_a_console_that_cannot_show_chinese(tmp_path: Path, root: Path) -> None:
    path = saved(tmp_path, town())
    done = subprocess.run(
        [sys.executable, "-m", "edukit", "assess", str(path)], cwd=root, capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0
    assert b"2020" in done.stdout


def test_help_imports_no_heavy_library(root: Path) -> None:
    program = (
        "import sys; from edukit.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'yaml', 'openpyxl', 'matplotlib', 'papermill', 'nbconvert'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "[]"
