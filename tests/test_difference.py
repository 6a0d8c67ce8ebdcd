"""Two assessments side by side: what changed, and because of data, scheme or code."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from county import Row, from_json, judge, nine_year, primary, saved, town
from edukit import documents
from edukit.cli import main
from edukit.difference import CODE, DATA, SCHEME, causes, differences, is_assessment
from edukit.origin import code_digest

Document = dict[str, Any]


def document(rows: list[Row], scheme: str = "quality-2017", data: str = "d1", code: str = "") -> Document:
    result = judge(rows, scheme, county="某县", code="000001", year=2020)
    made = documents.traced(documents.assessment(result), data=data, before=None, scheme=result.scheme.digest)
    return {**made, "made": {**made["made"], "code": code or made["made"]["code"]}}


def changes(*made: Document) -> dict[tuple[str, ...], tuple[Any, Any, tuple[str, ...]]]:
    return {
        (row["kind"], row["stage"], row["subject"], row["item"], row["field"]): (row["old"], row["new"], row["causes"])
        for row in differences(made).to_dict("records")
    }


POOR = [*town(), primary("贫校", 100, multimedia_rooms=1, books=100)]
BETTER = [*town(), primary("贫校", 100, multimedia_rooms=3, books=200)]


def test_nothing_changed() -> None:
    assert changes(document(POOR), document(POOR)) == {}
    assert causes(document(POOR), document(POOR)) == ()


def test_other_data() -> None:
    found = changes(document(POOR), document(BETTER, data="d2"))
    assert found["schools", "primary", "贫校", "Q7", "value"] == (1.0, 3.0, (DATA,))
    assert found["schools", "primary", "贫校", "", "verdict"] == ("not_met", "met", (DATA,))
    assert found["schools", "primary", "贫校", "", "below_floor"] == (["Q7"], [], (DATA,))
    assert {key[0] for key in found} >= {"balance", "schools"}
    assert {cause for *_, cause in found.values()} == {(DATA,)}
    assert not [key for key in found if key[3] == "Q1"]  # what did not change is not in it


def test_other_limits_are_the_schemes() -> None:
    old, new = document(POOR), document(BETTER, data="d2")
    strict = copy.deepcopy(new)
    strict["made"]["scheme"] = "s2"
    strict["balance"][6]["cv_limit"] = 0.4
    found = changes(old, strict)
    assert found["balance", "primary", "", "Q7", "cv_limit"] == (0.5, 0.4, (SCHEME,))
    assert found["balance", "primary", "", "Q7", "cv"][2] == (DATA, SCHEME)


def test_a_document_in_between_tells_two_causes_apart() -> None:
    old, new = document(POOR, "quality-2017"), document(BETTER, "basic-2012", data="d2")
    between = document(POOR, "basic-2012")
    steps = differences([old, between, new])
    assert set(steps.loc[steps["step"] == 0, "causes"]) == {(SCHEME,)}
    assert set(steps.loc[steps["step"] == 1, "causes"]) == {(DATA,)}


def test_other_code_and_a_number_that_should_not_differ() -> None:
    old, new = document(POOR), document(POOR, code="c2")
    new["balance"][0]["cv"] += 0.001
    assert [cause for *_, cause in changes(old, new).values()] == [(CODE,)]
    altered = document(POOR)
    altered["verdict"] = "met"
    assert changes(document(POOR), altered)["county", "", "", "", "verdict"] == ("not_met", "met", ())
    found = differences([document(POOR), altered])
    assert "不应有变化" in documents.changes_text([document(POOR), altered], found)


def test_without_a_record_nothing_is_excluded() -> None:
    old = {key: value for key, value in document(POOR).items() if key != "made"}
    assert causes(old, document(POOR)) == (DATA, SCHEME, CODE)


def test_the_year_before_is_data_too() -> None:
    old, new = document(POOR), document(POOR)
    new["made"]["before"] = "b2"
    assert causes(old, new) == (DATA,)


def test_schools_that_come_go_and_change_their_name() -> None:
    old = [primary("旧名", 300, school_code="1"), primary("去校", 200), nine_year("九")]
    new = [primary("新名", 300, school_code="1"), primary("来校", 200), nine_year("九")]
    found = changes(document(old), document(new, data="d2"))
    rows = {key[2]: value[:2] for key, value in found.items() if key[0] == "schools"}
    assert rows == {"来校": (None, "有"), "去校": ("有", None)}


def test_a_code_that_was_filled_in_or_changed_is_no_new_school() -> None:
    old = [primary("甲校", 300), primary("乙校", 200, school_code="2"), primary("丙校", 250, school_code="3")]
    new = [primary("甲校", 300, school_code="1"), primary("乙校", 200, school_code="9"), primary("丁校", 250)]
    found = changes(document(old), document(new, data="d2"))
    rows = {key[2]: value[:2] for key, value in found.items() if key[0] == "schools"}
    assert rows == {"丁校": (None, "有"), "丙校": ("有", None)}
    assert not [key for key in found if key[2] in ("甲校", "乙校")]


# ---- the command ----------------------------------------------------------------------------------------------------


def written(path: Path, made: Any) -> Path:
    path.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    return path


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = []
    for name, rows in (("old", POOR), ("new", BETTER)):
        assert main(["assess", str(saved(tmp_path / name, rows)), "--json", "--detail"]) == 0
        made = from_json(capsys.readouterr().out)
        assert list(made["made"]) == ["data", "before", "scheme", "code"]
        assert made["made"]["code"] == code_digest() and is_assessment(made)
        paths.append(written(tmp_path / f"{name}.json", made))
    assert main(["diff", *map(str, paths), "--json"]) == 0
    found = from_json(capsys.readouterr().out)
    assert list(found) == ["county", "steps", "changes"]
    assert found["steps"][0]["causes"] == ["data"]
    assert {"step", "kind", "stage", "subject", "item", "field", "old", "new", "causes"} == set(found["changes"][0])
    assert main(["diff", *map(str, paths)]) == 0
    text = capsys.readouterr().out
    assert "原因：数据。" in text and "贫校（小学） Q7 数值：1 → 3　〔数据〕" in text


def test_the_plain_contract_has_no_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", str(saved(tmp_path, POOR)), "--json"]) == 0
    assert "made" not in from_json(capsys.readouterr().out)


def test_what_cannot_be_compared_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = written(tmp_path / "a.json", document(POOR))
    other = written(tmp_path / "b.json", {**document(POOR), "county": {"code": "000002", "name": "他县"}})
    broken = tmp_path / "d.json"
    broken.write_text("{", encoding="utf-8")
    for second, told in (
        (tmp_path / "没有.json", "找不到"),
        (written(tmp_path / "c.json", [1]), "不是一个县的测算结果"),
        (other, "不是同一个县的：000001、000002"),
        (broken, "读不出来"),
    ):
        assert main(["diff", str(good), str(second)]) == 2
        assert told in capsys.readouterr().err
