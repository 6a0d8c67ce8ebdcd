"""The plan of a batch: what lies in data/raw, or the rows of a CSV as Excel saves it, checked before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from county import town
from edukit.batch import Task, from_csv, from_data
from edukit.counties import all_counties
from edukit.errors import CallError
from test_batch import COUNTIES, home, put  # noqa: F401 - home is a fixture


def test_the_plan_has_a_row_for_each_county_and_year(home: Path) -> None:  # noqa: F811
    put(home, COUNTIES[0], town(), 2019)
    names = [task.name for task in from_data(home, notebook="small", scheme="quality-2017")]
    assert names[:2] == ["210903-新邱区 2019 small", "210903-新邱区 2020 small"]
    assert len(names) == 4
    one = from_data(home, notebook="small", scheme="quality-2017", year=2020, codes=["覃塘区"])
    assert [(task.county, task.parameters["county"]) for task in one] == [("450804-覃塘区", "450804-覃塘区")]


def planned(home: Path, content: bytes) -> list[Task]:  # noqa: F811
    path = home / "plan.csv"
    path.write_bytes(content)
    return from_csv(path, home, notebook="small", scheme="quality-2017")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("names", ["county,year,mode", "县,年度,mode", " county , year,mode,"])
def test_a_plan_from_a_table(home: Path, encoding: str, delimiter: str, names: str) -> None:  # noqa: F811
    """As Excel saves it, in any of its ways; rows without anything in them are none."""
    text = f"{names}\n210903,2020,快\n,,\n\n 210904 ,2020,\n450804,2020\n".replace(",", delimiter)
    tasks = planned(home, text.encode(encoding))
    assert [task.parameters.get("mode") for task in tasks] == ["快", None, None]
    assert [task.parameters["county"] for task in tasks] == list(COUNTIES)


@pytest.mark.parametrize(
    "text",
    ["450804", "010903", "2020-09-01", "2020-10-11", "2020/9/1", "None", "True", "5", "甲，乙；丙", '"快, 好"', "[1]"],
)
def test_text_arrives_unharmed(home: Path, text: str) -> None:  # noqa: F811
    """What a notebook declares as text stays text: a code, a date, whatever it looks like."""
    (task,) = planned(home, f"county,year,mode\n210903,2020,{text}\n".encode())
    assert task.parameters["mode"] == text.strip('"')


def test_the_notebook_is_found_by_its_name_however_it_is_written(home: Path) -> None:  # noqa: F811
    for name in ("small", "small.ipynb", "notebooks/small.ipynb"):
        tasks = from_data(home, notebook=name, scheme="quality-2017")
        assert {task.notebook for task in tasks} == {"small"}
    for name in ("../notebooks/small", "sub/small", str(home / "notebooks" / "small.ipynb")):
        with pytest.raises(CallError, match="notebooks 文件夹中没有"):
            from_data(home, notebook=name, scheme="quality-2017")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "plan.csv 是空的.*第一行应为列名"),
        ("county\n210903\n", "缺少列：year。第一行现有：county"),
        ("county,year\n", "只有列名，没有要做的报告"),
        ("county,year,mode,mode\n210903,2020,a,b\n", "列名重复或空白：mode"),
        ("county,year,mode\n210903,2020,快,好\n", "第 2 行有 4 格，列名只有 3 个"),
        ("county,year,,mode\n210903,2020,,快\n", "列名重复或空白：（空）"),
        ("county,year\n,2020\n", "第 2 行：county（县）是空的"),
        ("county,year\n210903,²\n", "第 2 行：year（年度）应为四位年份，实为“²”"),
        ("county,year\n210903\n", "第 2 行：year（年度）应为四位年份，实为“”"),
        (
            "county,year,mode\n210903,2020,a\n新邱区,2020,b\n",
            "第 3 行：与第 2 行是同一份报告（210903-新邱区 2020 small）",
        ),
        ("county,year,notebook\n210903,2020,small\n210903,2020,small.ipynb\n", "第 3 行：与第 2 行是同一份报告"),
        ("county,year\n999999,2020\n210903,1999\n", "第 2 行"),
        ("county,year\n210903,二零二零\n", "year（年度）应为四位年份"),
        ("county,year,mood\n210903,2020,x\n", "没有名为 mood 的参数，是否想写 mode"),
        ("county,year,count\n210903,2020,五\n", "参数 count 应为整数（1 至 9），实为文本 '五'"),
        ("county,year,count\n210903,2020,10\n", "参数 count 应为整数（1 至 9），实为整数 10"),
        ("county,year,notebook\n210903,2020,smal\n", "notebooks 文件夹中没有“smal”"),
        (
            "county,year,scheme\n210903,2020,qualty-2017\n",
            "第 2 行：没有名为“qualty-2017”的评估办法。是否指 quality-2017",
        ),
    ],
)
def test_a_wrong_plan_is_refused_before_anything_runs(home: Path, text: str, said: str) -> None:  # noqa: F811
    with pytest.raises(CallError, match=said):
        planned(home, text.encode())
    assert not (home / "reports").exists()


def test_a_plan_that_is_no_csv_is_refused(home: Path) -> None:  # noqa: F811
    with pytest.raises(CallError, match=r"找不到计划表 .*没有\.csv"):
        from_csv(home / "没有.csv", home, notebook="small", scheme="quality-2017")
    with pytest.raises(CallError, match="不能读取计划表"):
        from_csv(home, home, notebook="small", scheme="quality-2017")
    with pytest.raises(CallError, match=r"plan\.csv 是 Excel 工作簿。.*另存为“CSV UTF-8"):
        planned(home, put(home, COUNTIES[0], town()).read_bytes())


def test_of_a_plan_with_many_faults_the_first_are_told(home: Path) -> None:  # noqa: F811
    with pytest.raises(CallError, match=r"plan\.csv 有误，什么也没有运行") as error:
        planned(home, ("county,year\n" + "999999,2020\n" * 2900).encode())
    assert len(str(error.value).splitlines()) == 22
    assert str(error.value).endswith("其余各行没有核对。")


def test_a_plan_looks_through_the_folders_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """However many rows it has: thousands of rows times thousands of folders would take minutes."""
    looked: list[object] = []
    monkeypatch.setattr("edukit.counties.all_counties", lambda root: looked.append(root) or all_counties(root))
    assert len(planned(home, "county,year\n210903,2020\n太平区,2020\n450804,2020\n".encode())) == len(COUNTIES)
    assert len(looked) == 1
