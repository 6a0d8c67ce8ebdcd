"""The table of requirements is true: each link leads somewhere, nothing that was asked for is left out."""

from __future__ import annotations

import copy
import dataclasses
import doctest
import re

import pytest
import yaml

from docs import links, requirements
from docs.requirements import LINKS, SORTS, Row
from edukit.schemes import available, load_scheme

ROWS = requirements.load()
BY_ID = {row.id: row for row in ROWS}

# A row whose links all lead somewhere.
SOUND = Row(
    id="S0-99",
    source="S0",
    section="一",
    at="一1",
    text="某要求",
    sort="可计算",
    links={
        "fields": ("pupils_{stage}",),
        "scheme": ("quality-2017:Gov1", "quality-2017:option rooms-2016"),
        "tests": ("tests/test_dispersion.py::test_the_worked_example",),
        "chapter": ("notebooks/balance.ipynb#基本情况",),
    },
)

# What each table of the rules has: section -> the ids of its rows. A row that is taken out is missed here.
TABLES = {
    "1.1": [*"1234"],
    "1.2": [f"B{n}" for n in range(1, 9)],
    "1.4": [f"Work{n}" for n in range(1, 18)],
    "1.5": [*"12345678"],
    "2.1": [f"Q{n}" for n in range(1, 8)],
    "2.2": [f"Gov{n}" for n in range(1, 16)],
    "2.3": [f"Edu{n}" for n in range(1, 10)],
    "2.6": [*"1234567"],
    "3.1": [*"123456789"],
    "3.2": [*"123456"],
    "4": [*"345"],
    "5": [str(n) for n in range(1, 11)],
    "6.1": [*"123457"],
    "6.2": "国家 辽宁 沈阳 广西贵港 广东 山东 江苏 江苏某市 浙江 河北 云南 北京".split(),
    "7.1": [*"1234567"],
    "7.3": [*"12345"],
    "8.1": [*"123"],
    "8.2": [*"1"],
    "8.3": [*"123"],
    "8.4": [*"1234567"],
    "8.5": [*"1234"],
    "8.6": [*"12"],
    "8.7": [*"1234"],
    "8.8": [*"123456"],
    "8.9": [*"12"],
}
SECTIONS = "1.1 1.2 1.3 1.4 1.5 1.6 2.0 2.1 2.2 2.3 2.4 2.5 2.6 3.1 3.2 3.3 4 5 6.1 6.2 7.1 7.2 7.3 7.4".split()
FORMULAS = [f"8.{n}" for n in range(1, 10)]


def test_every_link_leads_somewhere() -> None:
    assert {row.id: found for row in ROWS if (found := requirements.faults(row))} == {}


def test_the_page_is_what_the_table_gives() -> None:
    page = requirements.PAGE.read_text(encoding="utf-8")
    assert page == requirements.page(ROWS), "请运行 python -m docs.requirements 重新生成 docs/requirements.md"


def test_ids_name_their_source() -> None:
    for row in ROWS:
        assert row.id.startswith(row.source.partition("　")[0] + "-")
        assert re.fullmatch(r"S[0-4]-[A-D]?\d\d[ab]?|STD-[1-8](\.\d)?-[\w一-鿿]+", row.id), row.id


def test_every_source_and_section_is_there() -> None:
    assert {row.id.partition("-")[0] for row in ROWS} == {"S0", "S1", "S2", "S3", "S4", "STD"}
    assert {row.id.split("-")[1] for row in ROWS if row.id.startswith("STD")} == {*SECTIONS, *FORMULAS}


@pytest.mark.parametrize("section", TABLES)
def test_every_row_of_a_table_of_the_rules_is_there(section: str) -> None:
    assert [id_ for each in TABLES[section] if (id_ := f"STD-{section}-{each}") not in BY_ID] == []


def test_the_33_dossier_items_are_there() -> None:
    linked = {link for row in ROWS if row.id.startswith("S1-D") for link in row.links["scheme"]}
    assert {f"edukit/dossier.yaml:{number}" for number in range(1, 34)} <= linked


@pytest.mark.parametrize("scheme_id", available())
def test_nothing_of_a_scheme_is_without_a_requirement(scheme_id: str) -> None:
    parent = links.parent_of(scheme_id)
    inherited = links.ids_of(parent) if parent else frozenset()
    wanted = {f"{scheme_id}:{id_}" for id_ in links.ids_of(scheme_id) - inherited}
    known = {option.id for option in load_scheme(parent).options} if parent else set()
    wanted |= {f"{scheme_id}:option {option.id}" for option in load_scheme(scheme_id).options if option.id not in known}
    assert wanted - {link for row in ROWS for link in row.links["scheme"]} == set()


def test_what_is_still_open_is_told_on_the_page() -> None:
    page = requirements.page(ROWS)
    for row in ROWS:
        assert (
            f"**未落实**：{row.open}" in page if row.open else f"[{row.id}](#{row.id.lower()}) {row.text}：" not in page
        )


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        ("fields", "pupils_senior_primary"),
        ("fields", "pupils_{stage}_x"),
        ("fields", "grads_{stage}"),
        ("fields", "没有这张表"),
        ("scheme", "quality-2017:Gov16"),
        ("scheme", "quality-2018:Gov1"),
        ("scheme", "quality-2017:option rooms-2099"),
        ("scheme", "quality-2017:block 政府"),
        ("scheme", "quality-2017:scope.exclude.民办学校"),
        ("scheme", "edukit/norms.yaml:national-1999"),
        ("scheme", "edukit/nothing.yaml:1"),
        ("tests", "tests/test_dispersion.py::test_nothing"),
        ("tests", "tests/test_dispersion.py::ratio"),
        ("tests", "tests/test_nowhere.py::test_x"),
        ("chapter", "notebooks/balance.ipynb#没有这一章"),
        ("chapter", "notebooks/nothing.ipynb#基本情况"),
        ("chapter", "notebooks/nothing.ipynb"),
        ("chapter", "notebooks/balance.ipynb#"),
    ],
)
def test_a_link_that_leads_nowhere_is_seen(kind: str, link: str) -> None:
    assert requirements.faults(SOUND) == []
    broken = dataclasses.replace(SOUND, links={**SOUND.links, kind: (*SOUND.links[kind], link)})
    assert requirements.faults(broken) == [f"{kind}：{link}"]


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        ("fields", "boarders_{stage}"),
        ("fields", "班额"),
        ("fields", "qual_diff_*"),
        ("scheme", "quality-2017:scope.exclude.小教学点"),
        ("scheme", "basic-2012:B1"),
        ("chapter", "notebooks/balance.ipynb"),  # the whole of it
        ("chapter", "notebooks/balance.ipynb#逐校数据"),  # 附录二　逐校数据: the number does not count
    ],
)
def test_a_link_that_leads_somewhere_is_none(kind: str, link: str) -> None:
    assert requirements.faults(dataclasses.replace(SOUND, links={**SOUND.links, kind: (link,)})) == []


def test_the_examples_hold() -> None:
    assert doctest.testmod(links) == doctest.TestResults(failed=0, attempted=1)


@pytest.mark.parametrize(
    ("sort", "fault"),
    [
        ("可计算", ["可计算的没有fields", "可计算的没有tests", "可计算的没有chapter"]),
        ("核查结论", ["核查结论的没有scheme", "核查结论的没有chapter"]),
        ("工作流程", ["工作流程的没有说明"]),
        ("背景", ["背景的没有说明"]),
        ("其他", ["sort：其他"]),
    ],
)
def test_a_row_needs_what_its_sort_asks_for(sort: str, fault: list[str]) -> None:
    bare = dataclasses.replace(SOUND, sort=sort, links=dict.fromkeys(LINKS, ()))
    assert requirements.faults(bare) == fault
    if sort in SORTS:
        assert requirements.faults(dataclasses.replace(bare, open="还没有做")) == []


def test_a_row_that_is_like_another_has_its_links() -> None:
    row, other = BY_ID["S2-B15"], BY_ID["STD-2.2-Gov11"]
    assert row.like == (other.id,)
    assert row.links == other.links


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "S0-02"}, "S0-02 出现两次"),
        ({"like": ["S9-99"]}, "S9-99 不存在"),
        ({"like": ["S0-01"]}, "互相指向"),
        ({"fild": []}, "不认识的键fild"),
    ],
)
def test_a_broken_table_is_refused(change: dict[str, object], reason: str) -> None:
    data = yaml.safe_load(requirements.DATA.read_text(encoding="utf-8"))
    broken = copy.deepcopy(data)
    broken["sources"][0]["sections"][0]["rows"][0].update(change)
    with pytest.raises(ValueError, match=reason):
        requirements.load(yaml.safe_dump(broken, allow_unicode=True))
