"""The workbook of a plan: its sums are the plan's, nothing in it is executed, and people's words in it are kept."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import county as made
from edukit.cli import main
from edukit.errors import CallError
from edukit.export.attached import taken_out
from edukit.export.earlier import make_room
from edukit.export.plan_workbook import ACTIONS, SHEETS, plan_workbook
from edukit.plan import Plan, load_costs, plan
from edukit.schemes import load_scheme
from edukit.showing import Attachment
from reports import PROJECT, home, make
from test_figures import town

QUALITY = load_scheme("quality-2017")
COSTS = load_costs(QUALITY)
EXAMPLE = PROJECT / "data" / "raw" / "210903-新邱区" / "2020.xlsx"
Row = dict[str, Any]


def planned(rows: list[made.Row], **how: Any) -> Plan:
    return plan(made.judge(rows, year=2020, county="某县"), COSTS, **how)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(book: Any, name: str, first: str) -> list[Row]:
    """The rows of a sheet below the header whose first cell is ``first``, up to a blank row."""
    grid = list(book[name].iter_rows(values_only=True))
    top = next(number for number, row in enumerate(grid) if row[0] == first)
    found = []
    for row in grid[top + 1 :]:
        if all(cell is None for cell in row):
            break
        found.append(dict(zip(grid[top], row, strict=True)))
    return found


@pytest.fixture(scope="module")
def repair() -> Plan:
    return planned(town(), full=True, years=3)


@pytest.fixture(scope="module")
def book(repair: Plan) -> Any:
    return opened(plan_workbook(repair, COSTS, aim="各项指标全部达到标准"))


def test_it_has_its_sheets_with_frozen_headers_and_filters(book: Any) -> None:
    assert tuple(book.sheetnames) == SHEETS
    for sheet in book:
        assert sheet.freeze_panes and sheet.auto_filter.ref, sheet.title


def test_every_action_is_a_row_and_the_costs_sum_to_the_plans(book: Any, repair: Plan) -> None:
    rows = rows_of(book, "一校一案", "序号")
    assert list(rows[0]) == list(ACTIONS)
    assert len(rows) == len(repair.actions)
    assert sum(row["费用（元）"] for row in rows) == pytest.approx(repair.cost)
    for row, action in zip(rows, repair.actions.to_dict("records"), strict=True):
        assert (row["学校"], row["数量"], row["年度"]) == (action["school"], action["quantity"], action["year"])
        assert row["单价（元）"] * row["数量"] == pytest.approx(row["费用（元）"])
        assert row["责任人"] is None and row["完成情况"] is None


def test_the_values_before_and_after_are_those_of_the_assessments(book: Any, repair: Plan) -> None:
    for row in rows_of(book, "一校一案", "序号"):
        if row["学段"] == "全校":
            assert "小学" in row["现状值"] and "初中" in row["整改后"]
            continue
        id_ = next(i.id for i in QUALITY.indicators if i.short == row["指标"])
        stage = {"小学": "primary", "初中": "junior"}[row["学段"]]
        assert row["现状值"] == pytest.approx(made.cell(repair.before, row["学校"], id_, stage)["value"], rel=1e-14)
        assert row["整改后"] == pytest.approx(made.cell(repair.after, row["学校"], id_, stage)["value"], rel=1e-14)
        assert max(row["现状值"], row["标准值"]) <= row["整改后"]  # what is above already evens out a coefficient


def test_the_sums_by_year_and_by_school_are_the_plans(book: Any, repair: Plan) -> None:
    by_indicator, by_school = rows_of(book, "汇总", "指标"), rows_of(book, "学校汇总", "学校")
    total = by_indicator[-1]
    assert total["指标"] == "合计" and total["合计（元）"] == pytest.approx(repair.cost)
    years = [f"{year}年（元）" for year in repair.yearly["year"]]
    assert [total[year] for year in years] == pytest.approx(repair.yearly["cost"].tolist())
    assert sum(row["合计（元）"] for row in by_indicator[:-1]) == pytest.approx(repair.cost)
    assert sum(row["合计（元）"] for row in by_school) == pytest.approx(repair.cost)
    assert sum(row["措施数"] for row in by_school) == len(repair.actions)


def test_the_roadmap_has_every_year_and_unit(book: Any, repair: Plan) -> None:
    years, units = rows_of(book, "分年度路线图", "年度"), rows_of(book, "分年度路线图", "学校")
    assert [row["年度"] for row in years] == repair.yearly["year"].tolist()
    assert years[-1]["年末预期结论"] == "达标"
    assert len(units) == len(repair.verdicts) and {row["整改后"] for row in units} == {"达标"}


def test_every_price_names_its_source(book: Any) -> None:
    prices = rows_of(book, "单价及来源", "指标")
    assert [row["单价（元）"] for row in prices] == [100_000, 120_000, 100_000, 3000, 300, 1, 30_000]
    assert all(row["来源"] for row in prices)


def test_the_same_plan_gives_the_same_bytes(repair: Plan) -> None:
    assert plan_workbook(repair, COSTS, aim="甲") == plan_workbook(repair, COSTS, aim="甲")


def test_nothing_is_executed_whatever_a_school_is_called() -> None:
    wicked = '=HYPERLINK("http://x","甲")'
    rows = [made.primary(wicked, 400, multimedia_rooms=1), made.primary("@SUM(1)", 300), made.primary("+1", 200)]
    book = opened(plan_workbook(planned(rows), COSTS, aim="=1+1"))
    seen = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" and cell.hyperlink is None, cell.coordinate
                if isinstance(cell.value, str) and cell.value[:1] in "=+-@":
                    seen += 1
                    assert cell.quotePrefix, cell.coordinate
    assert seen >= 2


def test_a_plan_with_nothing_to_do_and_an_impossible_one_say_so(tmp_path: Path) -> None:
    idle = opened(plan_workbook(planned(made.town()), COSTS, aim="甲"))
    assert "没有需要安排的措施。" in {cell.value for row in idle["一校一案"].iter_rows() for cell in row}
    path = tmp_path / "costs.yaml"
    path.write_text("limits: {Q7: 0}\n", encoding="utf-8")
    costs = load_costs(QUALITY, path)
    stuck = plan(made.judge(town(), year=2020), costs)
    told = [row["内容"] for row in rows_of(opened(plan_workbook(stuck, costs, aim="甲")), "说明", "事项")]
    assert any("没有可行的方案" in line for line in told)
    assert any("至少要再放宽" in line for line in told)


# ---- the command ----------------------------------------------------------------------------------------------------


def test_the_command_writes_the_workbook_with_a_row_of_353_square_metres(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "方案.xlsx"
    call = ["plan", str(EXAMPLE), "--target", "full", "--years", "3", "--xlsx", str(out)]
    assert main([*call, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    rows = rows_of(openpyxl.load_workbook(out), "一校一案", "序号")
    assert sum(row["费用（元）"] for row in rows) == document["cost"]
    room = [row for row in rows if row["学校"] == "阿金歹小学" and row["指标"] == "教学及辅助用房"]
    assert [(row["数量"], row["计量单位"], row["措施"]) for row in room] == [(353, "㎡", "建设校舍场地")]
    was = out.read_bytes()
    assert main(call) == 2
    assert "已经存在" in capsys.readouterr().err and out.read_bytes() == was


@pytest.mark.parametrize(("name", "part"), [("方案.csv", ".xlsx"), ("没有的文件夹/方案.xlsx", "不存在")])
def test_a_place_where_it_cannot_be_written_is_refused_before_solving(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, part: str
) -> None:
    assert main(["plan", str(EXAMPLE), "--xlsx", str(tmp_path / name)]) == 2
    seen = capsys.readouterr()
    assert part in seen.err and seen.out == "" and not list(tmp_path.iterdir())


def test_the_command_takes_the_costs_beside_the_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made.saved(tmp_path, town())
    (path.parent / "costs.yaml").write_text("Q7: 1\n", encoding="utf-8")
    dear = tmp_path / "dear.yaml"
    dear.write_text("Q7: 50000\n", encoding="utf-8")
    spent = []
    for more in ([], ["--costs", str(dear)]):
        assert main(["plan", str(path), "--json", *more]) == 0
        actions = json.loads(capsys.readouterr().out)["actions"]
        spent.append({row["cost"] / row["quantity"] for row in actions if row["indicator"] == "Q7"})
    assert spent == [{1}, {50_000}]


# ---- beside the report ----------------------------------------------------------------------------------------------


def cell_with(*attachments: Attachment) -> Any:
    import nbformat

    outputs = []
    for one in attachments:
        data, metadata = one._repr_mimebundle_()
        outputs.append(nbformat.v4.new_output("display_data", data=data, metadata=metadata))  # type: ignore[no-untyped-call]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=outputs)])  # type: ignore[no-untyped-call]


def test_what_a_notebook_attaches_is_taken_out_of_it() -> None:
    notebook = cell_with(Attachment("甲.xlsx", b"PK\x00", "甲"), Attachment("乙.xlsx", b"", "乙"))
    assert taken_out(notebook) == {"甲.xlsx": b"PK\x00", "乙.xlsx": b""}
    assert "content" not in notebook.cells[0].outputs[0].metadata["edukit"]
    assert taken_out(notebook) == {}


@pytest.mark.parametrize("name", ["../甲.xlsx", "", "a\\b.xlsx", "b/甲.xlsx"])
def test_an_attachment_stays_in_the_folder(name: str) -> None:
    with pytest.raises(CallError, match="文件名"):
        taken_out(cell_with(Attachment(name, b"", "甲")))


def test_two_attachments_of_one_name_are_refused() -> None:
    with pytest.raises(CallError, match="重复"):
        taken_out(cell_with(Attachment("甲.xlsx", b"1", "甲"), Attachment("甲.xlsx", b"2", "甲")))


def test_a_workbook_that_people_wrote_in_is_kept_and_an_old_one_goes(tmp_path: Path, repair: Plan) -> None:
    path = tmp_path / "school_plans.xlsx"
    content = plan_workbook(repair, COSTS, aim="甲")
    path.write_bytes(content)
    make_room(tmp_path, "balance", ["balance.html"])
    assert path.read_bytes() == content  # none of that report's business
    make_room(tmp_path, "improvement", ["improvement.html"])
    assert not path.exists()
    book = opened(content)
    book["一校一案"]["O4"] = "张三"
    book.save(path)
    make_room(tmp_path, "improvement", ["improvement.html", "school_plans.xlsx"])
    kept = tmp_path / "school_plans（改稿）.xlsx"
    assert not path.exists() and openpyxl.load_workbook(kept)["一校一案"]["O4"].value == "张三"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder of its own with the example and the notebooks."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(home() / "notebooks", root / "notebooks")
    shutil.copytree(home() / "data" / "raw" / "210903-新邱区", root / "data" / "raw" / "210903-新邱区")
    return root


@pytest.mark.slow
def test_the_report_has_its_workbook_beside_it(project: Path) -> None:
    page = make(project, "210903", notebook="improvement", formats=("html", "docx", "xlsx"))
    names = {path.name for path in page.parent.iterdir()}
    assert {"school_plans.xlsx", "improvement.docx", "improvement.xlsx", "improvement.ipynb"} <= names
    html = page.read_text(encoding="utf-8")
    assert "<h1" in html and "整改提升方案" in html and "school_plans.xlsx" in html
    assert html.count("<figcaption") <= 10
    rows = rows_of(openpyxl.load_workbook(page.parent / "school_plans.xlsx"), "一校一案", "序号")
    assert {row["年度"] for row in rows} == {2021, 2022, 2023}
    assert f"{sum(row['费用（元）'] for row in rows) / 10_000:.2f}万元" in html
    assert '"content"' not in (page.parent / "improvement.ipynb").read_text(encoding="utf-8")
