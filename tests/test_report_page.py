"""A report as somebody works with it in a browser: tables sort and filter, contents lead, folds open."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pandas as pd
import pytest

from browser import chromium, reason_to_skip
from edukit.render import render_html
from edukit.render.script import policy, script
from edukit.showing import table
from test_render import code, figure, notebook, prose, text

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip())]

VALUES = (0.5, None, 12.0, -3.0, 1200.0, 7.0, 2.0, 9.0, 0.0, 30.0, 4.0, 5.0)
DRIVE = """
import json, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as driver:
    page = driver.chromium.launch(executable_path=sys.argv[2], args=["--no-sandbox", "--disable-gpu"]).new_page()
    page.set_viewport_size({"width": 1440, "height": 700})
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(sys.argv[1])
    def column(at):
        return page.eval_on_selector_all(
            "#tab-1 tbody tr", "(all, at) => all.filter(r => !r.hidden).map(r => r.cells[at].textContent)", at)
    head = "#tab-1 thead th:nth-child(%d) button"
    seen = {"page": column(1)}
    page.click(head % 2); seen["up"] = column(1)
    page.click(head % 2); seen["down"] = column(1)
    seen["aria"] = page.get_attribute("#tab-1 thead th:nth-child(2)", "aria-sort")
    page.focus(head % 2); page.keyboard.press("Enter"); seen["again"] = column(1)
    page.keyboard.press("Tab"); page.keyboard.press("Space"); seen["verdicts"] = column(2)
    page.keyboard.press("Space"); page.keyboard.press("Space")
    tools = ".table-tools:has(+ .table-wrap #tab-1)"
    page.fill(tools + " [type=search]", "校1"); seen["words"] = column(0)
    seen["count"] = page.inner_text(tools + " output")
    seen["role"] = page.evaluate("t => document.querySelector(t).computedRole ?? 'status'", tools + " output")
    page.fill(tools + " [type=search]", ""); page.check(tools + " [type=checkbox]"); seen["bad"] = column(0)
    page.uncheck(tools + " [type=checkbox]"); seen["whole"] = column(1)
    seen["tools"] = page.locator(".table-tools").count()
    page.click(".side a[href='#sec-2']"); page.wait_for_timeout(300)
    seen["top"] = page.evaluate("document.getElementById('sec-2').getBoundingClientRect().top")
    page.evaluate("document.getElementById('tab-1').rows[9].scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)
    seen["stuck"] = page.evaluate("document.querySelector('#tab-1 thead').getBoundingClientRect().top")
    seen["current"] = page.eval_on_selector_all(".side [aria-current]", "all => all.map(a => a.textContent)")
    page.click("figure summary"); seen["data"] = page.locator("figure table").is_visible()
    page.hover("#sec-2"); page.wait_for_timeout(100)
    seen["anchor"] = page.eval_on_selector(
        "#sec-2 .anchor", "a => getComputedStyle(a).opacity + a.getAttribute('href')")
    page.set_viewport_size({"width": 360, "height": 700}); page.evaluate("scrollTo(0, 99999)")
    page.click(".to-contents"); page.wait_for_timeout(300)
    seen["fold"] = page.eval_on_selector("details.fold", "d => d.open && d.getBoundingClientRect().top >= -1")
    page.click(".fold a[href='#sec-1']"); seen["closed"] = page.eval_on_selector("details.fold", "d => !d.open")
    try: page.evaluate("(() => { const s = document.createElement('script'); s.textContent = 'window.evil = 1';"
                       " document.body.append(s); })()")
    except Exception: pass
    seen["evil"] = page.evaluate("window.evil ?? 0")
    seen["said"] = said
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    verdicts = ["达标" if at % 3 else "未达标" for at in range(len(VALUES))]
    frame = pd.DataFrame(
        {"学校": [f"学校{at}" for at in range(len(VALUES))], "数值": pd.Series(VALUES, dtype=float), "判定": verdicts}
    )
    css = {(at, "判定"): "met" if at % 3 else "not-met" for at in range(len(VALUES))}
    shown, small = table(frame, caption="各校", classes=css), table(frame.head(4), caption="几校")
    cells = [
        text("## 一、甲"),
        code(prose("<p>文</p>" * 40)),
        text("## 二、乙"),
        code(prose(shown.html), prose(small.html)),
    ]
    cells += [code(figure(data=table(frame.head(2), caption="数据").html)), code(prose("<p>文</p>" * 40))]
    path = tmp_path_factory.mktemp("页") / "页.html"
    path.write_text(render_html(notebook(*cells), title="报告"), encoding="utf-8")
    call = [sys.executable, "-c", DRIVE, path.as_uri(), str(chromium())]
    done = subprocess.run(call, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_tables_sort_by_mouse_and_keyboard(seen: dict[str, Any]) -> None:
    # numbers as numbers, what is not known last in both directions, then back to the order of the page
    assert seen["up"] == ["-3", "0", "0.5", "2", "4", "5", "7", "9", "12", "30", "1,200", "—"]
    assert seen["down"] == ["1,200", "30", "12", "9", "7", "5", "4", "2", "0.5", "0", "-3", "—"]
    assert seen["aria"] == "descending"
    assert seen["again"] == seen["page"] == seen["whole"]
    assert seen["verdicts"] == ["未达标"] * 4 + ["达标"] * 8, "the gravest first"


def test_long_tables_filter_and_tell_how_many_are_left(seen: dict[str, Any]) -> None:
    assert seen["words"] == ["学校1", "学校10", "学校11"]
    assert seen["count"] == "显示 3 行，共 12 行"
    assert seen["role"] == "status", "a change is read aloud"
    assert seen["bad"] == ["学校0", "学校3", "学校6", "学校9"]
    assert seen["tools"] == 1, "a short table needs no filter"


def test_the_head_of_a_table_stays_in_sight(seen: dict[str, Any]) -> None:
    assert 0 <= seen["stuck"] <= 1


def test_contents_anchors_and_folds(seen: dict[str, Any]) -> None:
    assert 0 <= seen["top"] < 100
    assert seen["current"] == ["二、乙"]
    assert seen["data"] and seen["fold"] and seen["closed"]
    assert seen["anchor"] == "1#sec-2"


def test_no_other_script_runs(seen: dict[str, Any]) -> None:
    assert seen["evil"] == 0
    assert all("Content Security Policy" in line for line in seen["said"]), seen["said"]
    assert policy("report") != policy("index") and "eval" not in script("report")
