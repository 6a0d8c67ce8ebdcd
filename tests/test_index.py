"""The index over all reports: what it lists, what it says of reports that failed, and that it can be worked with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup, Tag

from browser import chromium, look, reason_to_skip
from edukit.index import write_index
from edukit.index.entries import entries
from validity import faults

HOSTILE = "990001-<img src=x onerror=alert(1)>\"&'<script>alert(2)#?%41$style"
BOOKS = ("ledger.xlsx", "declaration.xlsx", "dossier.xlsx")


def coefficient(value: float | None, limit: float | None = 0.5, verdict: str = "met", **more: Any) -> dict[str, Any]:
    return {"stage": "primary", "name": "师生比", "cv": value, "cv_limit": limit, "verdict": verdict, **more}


def put(root: Path, slug: str, year: int, verdict: str = "met", *cvs: dict[str, Any], pages: str = "balance") -> Path:
    """A report as its folder shows it."""
    folder = root / "reports" / str(year) / slug
    folder.mkdir(parents=True)
    for name in pages.split():
        (folder / f"{name}.html").write_text("<p>页</p>", encoding="utf-8")
    document = {"verdict": verdict, "balance": list(cvs), "composite": []}
    (folder / "assessment.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def line(slug: str, year: int, status: str = "done", reason: str | None = None) -> dict[str, Any]:
    path = None if status == "failed" else f"reports/{year}/{slug}/balance.html"
    return {"county": slug, "year": year, "notebook": "balance", "status": status, "path": path, "reason": reason}


def manifest(root: Path, *lines: dict[str, Any]) -> None:
    (root / "reports").mkdir(exist_ok=True)
    (root / "reports" / "manifest.json").write_text(json.dumps({"reports": lines}), encoding="utf-8")


def rows(root: Path) -> dict[str, Tag]:
    """Code to the line of the written index."""
    soup = BeautifulSoup(write_index(root).read_text(encoding="utf-8"), "html.parser")
    return {row.td.get_text(): row for row in soup.select("tbody tr[data-year]")}


def said(row: Tag, column: str) -> str:
    cell = row.select_one(f'[data-label="{column}"]')
    assert cell is not None
    return cell.get_text().replace("\u00a0", " ").strip()


@pytest.fixture
def nation(tmp_path: Path) -> Path:
    """Six lines: three verdicts, two years, an old report, a failed one, one with a hostile name."""
    folder = put(tmp_path, "210903-新邱区", 2020, "met", coefficient(0.2), coefficient(0.4), pages="mine balance")
    for name in (*BOOKS, "balance.docx", "balance.pdf"):
        (folder / name).write_bytes(b"")
    put(tmp_path, "450802-港北区", 2021, "not_met", coefficient(0.51, verdict="not_met"))
    put(tmp_path, "450803-港南区", 2021, "undetermined", coefficient(None, verdict="undetermined"))
    put(tmp_path, HOSTILE, 2021, "met", coefficient(0.1))
    put(tmp_path, "450804-覃塘区", 2020, "met", coefficient(0.3))
    manifest(
        tmp_path,
        line("210903-新邱区", 2020),
        line("450804-覃塘区", 2020, "stale", "数据有 <b>错误</b>"),
        line("450881-桂平市", 2020, "failed", "第 3 个单元格"),
    )
    return tmp_path


def test_every_county_and_year_is_listed_in_manifest_or_not(nation: Path) -> None:
    found, problem = entries(nation)
    assert problem == ""
    assert [(entry.year, entry.slug[:6]) for entry in found] == [
        (2021, "450802"),
        (2021, "450803"),
        (2021, "990001"),
        (2020, "210903"),
        (2020, "450804"),
        (2020, "450881"),
    ]
    shown = rows(nation)
    assert {code: said(row, "结论") for code, row in shown.items()} == {
        "210903": "✓ 达到",
        "450802": "▼ 未达到",
        "450803": "？ 无法判定",
        "990001": "✓ 达到",
        "450804": "✓ 达到",
        "450881": "未测算",
    }


def test_links_are_relative_and_lead_to_files(nation: Path) -> None:
    links = [str(a["href"]) for row in rows(nation).values() for a in row.select("a")]
    assert len(links) == 6 + 3 + 2
    for link in links:
        assert "://" not in link
        assert (nation / "reports" / unquote(link)).is_file()
    shown = rows(nation)["210903"]
    assert [a.get_text() for a in shown.select("a")] == [
        *("分析报告", "Word", "PDF", "mine"),
        *("问题台账", "申报表", "迎检档案清单"),
    ]


def test_an_old_report_and_a_failed_one_say_why(nation: Path) -> None:
    shown = rows(nation)
    assert said(shown["450804"], "状态") == "旧报告　分析报告：数据有 <b>错误</b>"
    assert said(shown["450804"], "报告") == "分析报告（旧）"
    assert said(shown["450881"], "状态") == "失败　分析报告：第 3 个单元格"
    assert shown["450881"].select("a") == []
    assert said(shown["210903"], "状态") == "正常"


def test_a_report_made_since_it_failed_is_not_called_failed(nation: Path) -> None:
    put(nation, "450881-桂平市", 2020)
    assert said(rows(nation)["450881"], "状态") == "正常"


def test_a_report_that_has_gone_is_missed(nation: Path) -> None:
    (nation / "reports/2020/210903-新邱区/balance.html").unlink()
    assert said(rows(nation)["210903"], "状态") == "失败　分析报告：报告文件已不在"


@pytest.mark.parametrize(
    ("cvs", "shown"),
    [
        ([coefficient(0.2), coefficient(0.4)], "0.400 小学师生比，限 0.5"),
        # 0.44 / 0.45 is nearer to its limit than 0.48 / 0.5
        ([coefficient(0.48), coefficient(0.44, 0.45, stage="junior")], "0.440 初中师生比，限 0.45"),
        # not over by three decimals: shown with as many as it takes
        ([coefficient(0.50018, verdict="not_met")], "▼ 0.5002 小学师生比，限 0.5"),
        ([coefficient(0.3), coefficient(None, verdict="undetermined")], "0.300 小学师生比，限 0.5，另有 1 个未知"),
        ([coefficient(0.3, None), coefficient(0.6, None)], "0.600 小学师生比"),
        ([coefficient(None, verdict="undetermined")], "—"),
        ([], "—"),
    ],
)
def test_the_worst_coefficient(tmp_path: Path, cvs: list[dict[str, Any]], shown: str) -> None:
    put(tmp_path, "210903-新邱区", 2020, "met", *cvs)
    assert said(rows(tmp_path)["210903"], "最大差异系数") == shown


def test_the_composite_coefficient_counts_where_it_alone_has_a_limit(tmp_path: Path) -> None:
    folder = put(tmp_path, "210903-新邱区", 2020)
    composite = [{"stage": "junior", "cv": 0.6, "limit": 0.55, "verdict": "not_met"}]
    document = {"verdict": "not_met", "balance": [coefficient(0.9, None)], "composite": composite}
    (folder / "assessment.json").write_text(json.dumps(document), encoding="utf-8")
    assert said(rows(tmp_path)["210903"], "最大差异系数") == "▼ 0.600 初中综合，限 0.55"


def test_a_city_and_a_broken_file_have_no_verdict(tmp_path: Path) -> None:
    for code, text in (("450800-贵港市", '{"city": {}, "counties": [1, 2]}'), ("450802-港北区", "{"), ("1-甲", "[]")):
        (put(tmp_path, code, 2022) / "assessment.json").write_text(text, encoding="utf-8")
    shown = rows(tmp_path)
    assert said(shown["450800"], "结论") == "市级汇总，2 个县"
    assert said(shown["450802"], "结论") == said(shown["1"], "结论") == "assessment.json 无法读取"


@pytest.mark.parametrize("text", ["{", "[]", '{"reports": [{}]}', '{"reports": 3}'])
def test_a_broken_manifest_is_told(nation: Path, text: str) -> None:
    (nation / "reports" / "manifest.json").write_text(text, encoding="utf-8")
    html = write_index(nation).read_text(encoding="utf-8")
    assert "manifest.json 无法读取" in html
    assert html.count("<tr data-key") == 5


def test_names_cannot_break_out(nation: Path) -> None:
    html = write_index(nation).read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    assert soup.img is None
    assert len(soup.find_all("script")) == 1
    assert said(rows(nation)["990001"], "县") == HOSTILE.partition("-")[2]
    assert "unsafe-inline'; font-src" in html and "script-src 'sha256-" in html


def test_a_manifest_cannot_lead_out_of_the_reports(tmp_path: Path) -> None:
    (tmp_path / "balance.html").write_text("x", encoding="utf-8")
    manifest(tmp_path, line("../..", 2020), line("1-</script><b>", 2020, "stale", "</style>"))
    assert BeautifulSoup(write_index(tmp_path).read_text(encoding="utf-8"), "html.parser").select("tbody a") == []


def test_no_reports_at_all(tmp_path: Path) -> None:
    assert "还没有报告" in write_index(tmp_path).read_text(encoding="utf-8")


def test_the_same_reports_give_the_same_bytes(nation: Path) -> None:
    assert write_index(nation).read_bytes() == write_index(nation).read_bytes()
    assert not list((nation / "reports").glob(".publish-*"))


def test_the_page_keeps_the_contract(nation: Path) -> None:
    html = write_index(nation).read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    assert soup.html is not None and soup.html["lang"] == "zh"
    assert faults(html) == []
    assert soup.table is not None and soup.table.caption is not None
    assert not re.search(
        r"(src|action)=|@import|url\((?!data:)", re.sub(r"data-key=\"[^\"]*\"", "", html).replace("&lt;img src=", "")
    )


def test_the_last_years_are_drawn_side_by_side(tmp_path: Path) -> None:
    for year, cv in ((2018, 0.6), (2019, 0.5), (2020, 0.25)):
        put(tmp_path, "210903-新邱区", year, "not_met" if cv > 0.5 else "met", coefficient(cv))
    put(tmp_path, "450802-港北区", 2020, "met", coefficient(0.2))
    soup = BeautifulSoup(write_index(tmp_path).read_text(encoding="utf-8"), "html.parser")
    drawn = {(row["data-year"], str(row["data-key"])[:6]): row.svg for row in soup.select("tbody tr")}
    assert [key for key, svg in drawn.items() if svg is None] == [("2020", "450802"), ("2018", "210903")]
    newest = drawn["2020", "210903"]
    assert newest is not None
    assert newest["aria-label"] == (
        "2018年未达到，小学师生比0.600；2019年达到，小学师生比0.500；2020年达到，小学师生比0.250"
    )
    # 30 high, 4 left free above and below, from 0.4 to 1.4 times the limit
    heights = [float(point.split(",")[1]) for point in str(newest.polyline["points"]).split()]  # type: ignore[index]
    assert heights == [8.4, 12.8, 23.8]
    assert str(newest.path["d"]).startswith("M0 12.8h"), "a coefficient at its limit lies on the line"  # type: ignore[index]
    assert [mark["class"] for mark in newest.select("path")[1:]] == [["not_met"], ["met"], ["met"]]


@pytest.mark.slow
def test_three_thousand_counties_are_all_listed(tmp_path: Path) -> None:
    for number in range(3000):
        put(tmp_path, f"{110000 + number}-某县", 2020, "met", *[coefficient(0.3)] * 14)
    page = write_index(tmp_path)
    text = page.read_text(encoding="utf-8")
    assert sum(f"{110000 + number}" in text for number in range(3000)) == 3000
    assert page.stat().st_size < 4_500_000


# ---- in a browser ---------------------------------------------------------------------------------------------------

browser = pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip())
DRIVE = """
import json, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as driver:
    page = driver.chromium.launch(executable_path=sys.argv[2], args=["--no-sandbox", "--disable-gpu"]).new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.goto(sys.argv[1])
    def codes():
        return page.eval_on_selector_all(
            "tbody tr", "all => all.filter(r => !r.hidden).map(r => r.cells[0].textContent)")
    seen = {"all": codes()}
    page.fill("#search", "港"); seen["name"] = codes()
    page.fill("#search", "4508 区"); seen["code"] = codes(); seen["count"] = page.inner_text("#count")
    page.fill("#search", "")
    page.select_option("#verdict", "met"); seen["met"] = codes()
    page.select_option("#year", "2020"); seen["met in 2020"] = codes()
    page.select_option("#verdict", "*"); page.select_option("#year", "*")
    page.select_option("#state", "stale"); seen["stale"] = codes()
    page.select_option("#state", "*")
    page.focus("#state"); page.keyboard.press("Tab")  # the first head
    page.keyboard.press("Enter"); seen["up"] = codes()
    page.keyboard.press("Enter"); seen["down"] = codes()
    page.keyboard.press("Enter"); seen["back"] = codes()
    page.fill("#search", "xqq"); seen["initials"] = codes()
    page.fill("#search", "gangbei"); seen["pinyin"] = codes(); page.fill("#search", "")
    page.select_option("#year", "latest"); seen["latest"] = codes(); page.select_option("#year", "*")
    page.focus("thead th:nth-child(5) button")  # the coefficient
    page.keyboard.press("Space"); seen["cv up"] = codes()
    page.keyboard.press("Space"); seen["cv down"] = codes()
    seen["sorted"] = page.eval_on_selector_all("th[aria-sort]", "all => all.map(h => h.ariaSort + h.textContent)")
    page.select_option("#coefficient", "小学师生比")
    seen["chosen"] = page.eval_on_selector_all(
        "tbody tr", "all => all.map(r => r.cells[4].textContent)")
    seen["said"] = said
print(json.dumps(seen))
"""


@pytest.mark.browser
@browser
def test_search_filter_and_sort_by_keyboard(nation: Path) -> None:
    address = write_index(nation).as_uri()
    done = subprocess.run(
        [sys.executable, "-c", DRIVE, address, str(chromium())], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["all"] == ["450802", "450803", "990001", "210903", "450804", "450881"]
    assert seen["name"] == ["450802", "450803"]
    assert seen["code"] == ["450802", "450803", "450804"]
    assert seen["count"] == "显示 3 条，共 6 条：达到 1，未达到 1，无法判定 1，旧报告 1，失败 0。"
    assert seen["met"] == ["990001", "210903", "450804"]
    assert seen["met in 2020"] == ["210903", "450804"]
    assert seen["stale"] == ["450804"]
    assert seen["up"] == sorted(seen["all"])
    assert seen["down"] == sorted(seen["all"], reverse=True)
    # 0.1, 0.3, 0.4, 0.51; the two that are not known stand last either way, in the order of the page
    assert seen["cv up"] == ["990001", "450804", "210903", "450802", "450803", "450881"]
    assert seen["cv down"] == ["450802", "210903", "450804", "990001", "450803", "450881"]
    assert seen["sorted"] == ["descending最大差异系数"]
    assert seen["back"] == seen["all"]
    assert seen["initials"] == ["210903"] and seen["pinyin"] == ["450802"]
    assert seen["latest"] == seen["all"]
    assert seen["chosen"] == ["▼\u00a00.510", "0.400", "0.300", "0.100", "—", "—"]
    assert seen["said"] == []


@pytest.mark.browser
@browser
def test_the_page_in_a_browser(nation: Path, tmp_path: Path) -> None:
    facts = look(write_index(nation), tmp_path / "pictures")
    assert facts.requests == []
    assert facts.console == []
    assert facts.foreign == facts.font_missing == facts.axe == []
    assert all(width <= window for window, width in facts.scroll_width.items()), facts.overflowing
    assert facts.pdf_pages <= 2


THOUSANDS = """
import json, sys, time
from playwright.sync_api import sync_playwright
with sync_playwright() as driver:
    page = driver.chromium.launch(executable_path=sys.argv[2], args=["--no-sandbox", "--disable-gpu"]).new_page()
    page.set_viewport_size({"width": int(sys.argv[3]), "height": 800})
    page.goto(sys.argv[1])
    rows = "all => all.filter(r => !r.hidden).map(r => r.cells[0].textContent)"
    seen = {"load": page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"), "took": {}}
    def timed(name, act):
        page.evaluate("window.began = performance.now()")
        act()
        seen["took"][name] = page.evaluate("(document.body.offsetHeight, performance.now() - began)")
    timed("search", lambda: page.fill("#search", "ddx 1129"))
    seen["found"] = page.eval_on_selector_all("tbody tr", rows)
    page.fill("#search", "")
    timed("sort", lambda: page.eval_on_selector("thead th:nth-child(5) button", "b => b.click()"))
    seen["first"] = page.eval_on_selector_all("tbody tr", rows)[0]
    seen["drawn"] = len(page.eval_on_selector_all("tbody tr", rows))
    page.locator("#more").scroll_into_view_if_needed(); page.wait_for_timeout(500)
    seen["more"] = len(page.eval_on_selector_all("tbody tr", rows))
    timed("choose", lambda: page.select_option("#coefficient", "小学师生比"))
    seen["width"] = page.evaluate("document.documentElement.scrollWidth")
print(json.dumps(seen))
"""


@pytest.mark.browser
@pytest.mark.slow
@browser
@pytest.mark.parametrize("width", [360, 1440])
def test_three_thousand_counties_in_a_browser(tmp_path: Path, width: int) -> None:
    for number in range(3000):
        cv = coefficient(0.1 + 0.0001 * ((number * 7) % 3000))
        put(tmp_path, f"{110000 + number}-大东县", 2020, "met", *[cv | {"name": name} for name in ("师生比", "图书")])
    address = write_index(tmp_path).as_uri()
    call = [sys.executable, "-c", THOUSANDS, address, str(chromium()), str(width)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["found"] == [str(code) for code in range(110000, 113000) if "1129" in str(code)]
    assert seen["first"] == "110000"
    assert seen["width"] <= width
    assert seen["drawn"] == 200 and seen["more"] > 200, "the rest comes when it is asked for"
